"""Giving way (让行): where two writers wait for each other PostgreSQL ends one of them, and what it undid is done again."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from models.wording import Refusal

LOG = logging.getLogger(__name__)

GIVES_WAY = ("40P01", "40001")
"""PostgreSQL's own numbers: two waited for each other; what was read has changed since. The transaction was taken back whole."""
PAUSES = (0.1, 0.4, 1.6)
"""Seconds before each further attempt; after the last one the writer is told that the system is busy."""

_Given = ParamSpec("_Given")
_Answer = TypeVar("_Answer")


class GaveWay(Refusal):
    """A transaction that the server took back for the sake of another, and that nothing else ails."""


def done_again(act: Callable[_Given, _Answer]) -> Callable[_Given, _Answer]:
    """An act that leaves nothing behind where it fails, begun again a few times where its transaction gave way."""

    @wraps(act)
    def insisting(*args: _Given.args, **options: _Given.kwargs) -> _Answer:
        for pause in PAUSES:
            try:
                return act(*args, **options)
            except GaveWay:
                LOG.warning("%s gave way to another writer, and begins again", act.__name__)
                time.sleep(pause)
        return act(*args, **options)

    return insisting
