"""Registers (登记册): rows laid over one another, the figures drawn from them, and the duties over them."""
