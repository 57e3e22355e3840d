"""Registers (登记册): the rows that hold, kept as files beside the archive, and what became of each."""
