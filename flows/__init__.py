"""Composition: the phases of a census and its routines, as Prefect flows."""
