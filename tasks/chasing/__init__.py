"""Chasing (催办): passes, their cases and notices, what people decide on them, and the lists of all that."""
