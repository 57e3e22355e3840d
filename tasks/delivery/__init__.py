"""Delivery (送达) of notices from the ledger, a step a module."""
