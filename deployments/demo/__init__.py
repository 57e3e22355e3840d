"""The demonstration: real divisions, synthetic figures, a mailbox that takes every notice."""
