"""Duties listed for people: made and explained when they are read, some at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import overload

import polars as pl

from models.status import DutyStatus
from tasks.judging.judge import Judged, duty_statuses

_PORTION = 20_000
"""Each portion asks for the figures of the requirements that are in it, which a list in order of days has few of."""


class Duties(Sequence[DutyStatus]):
    """Duties as people read them. A nation owes more than a million: those already read are not kept."""

    def __init__(self, judged: Judged, rows: pl.DataFrame, portion: int = _PORTION) -> None:
        """rows: of the verdict frame, in the order in which they are listed. portion: how many are made at a time."""
        self._judged, self._rows, self._portion = judged, rows, portion

    def __len__(self) -> int:
        return self._rows.height

    def __iter__(self) -> Iterator[DutyStatus]:
        for rows in self._rows.iter_slices(self._portion):
            yield from duty_statuses(self._judged, rows)

    @overload
    def __getitem__(self, place: int) -> DutyStatus: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[DutyStatus]: ...
    def __getitem__(self, place: int | slice) -> DutyStatus | Sequence[DutyStatus]:
        if isinstance(place, slice):
            return Duties(self._judged, self._rows[place], self._portion)
        return duty_statuses(self._judged, self._rows[place])[0]
