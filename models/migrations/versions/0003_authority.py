"""Acts by who may, with one-time codes for all that binds; and rows tied to the trail."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "codes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("codes_by_subject", "codes", ["subject", "act"], unique=False)
    # codes of an hour ago are good for nothing, and what was signed with them stands with the signatures
    op.drop_table("signing_codes")
    op.add_column("cases", sa.Column("acknowledged_at", sa.BigInteger(), nullable=True))
    op.add_column("notices", sa.Column("sealed", sa.BigInteger(), nullable=True))
    op.execute("UPDATE notices SET sealed = 0 WHERE settled_at IS NOT NULL")
    op.add_column("audit_head", sa.Column("lines", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute("UPDATE audit_head SET lines = (SELECT COALESCE(MAX(id), 0) FROM notice_lines)")
