"""The rows that phases' modules are given, each register's read when it is asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

import polars as pl

from tasks.campaign.store import Store
from tasks.registers.current import rows_of


class Lists(Mapping[str, pl.DataFrame]):
    """The rows of registers as they stood at a moment: of districts, of which a nation has millions, the codes alone, unless
    `columns` names more.

    columns: by register, those that are asked for (absent: all).
    """

    def __init__(
        self, store: Store, names: Sequence[str], now: datetime, columns: Mapping[str, Collection[str]]
    ) -> None:
        self._store, self._names, self._now, self._columns = store, tuple(names), now, columns
        self._read: dict[str, pl.DataFrame] = {}

    def __getitem__(self, name: str) -> pl.DataFrame:
        if name not in self._names:
            raise KeyError(name)
        if name not in self._read:
            register = self._store.plan().registers[name]
            columns = self._columns.get(name, () if register.built_in else None)
            self._read[name] = rows_of(self._store, register, self._now, columns=columns)
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
