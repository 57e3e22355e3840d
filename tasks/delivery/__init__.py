"""Delivery of notices from the ledger, a step a module: routes, leases, sending, records, what goes up, health."""
