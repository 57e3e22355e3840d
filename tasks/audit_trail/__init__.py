"""The audit trail (审计记录): every act in a chain of hashes, and its exports."""
