"""The lists that a place's offices keep, row by row (登记册): see `catalogue`."""
