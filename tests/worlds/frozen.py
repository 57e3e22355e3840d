"""Imported last by a process from which others are forked: what is there by then is nobody's to collect. A child whose collector
goes through all of it makes a copy of all of it, which costs it more than a delivery of twenty notices."""

from __future__ import annotations

import gc

gc.collect()
gc.freeze()
