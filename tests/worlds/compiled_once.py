"""Statements made out once in a process: SQLAlchemy keeps them for each engine, and every test opens a few engines of its own."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.util import LRUCache

MOST_KEPT = 2_000
"""Four times what SQLAlchemy keeps for an engine."""


class _OfEveryEngine(LRUCache[Any, Any]):
    """By what the engine speaks instead of by the engine, whose dialect stands first in a key."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(_spoken(key), default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        super().__setitem__(_spoken(key), compiled)


def _spoken(key: Any) -> Any:
    dialect, *rest = key
    return type(dialect), dialect.server_version_info, *rest


_COMPILED = _OfEveryEngine(MOST_KEPT)


def compile_once() -> None:
    """From here on whatever one engine made out of a statement is known to all of this process."""
    event.listen(Engine, "engine_connect", _share)


def _share(connection: Connection) -> None:
    connection.execution_options(compiled_cache=_COMPILED)
