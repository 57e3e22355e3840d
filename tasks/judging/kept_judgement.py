"""A judgement of everything that a pass asks about (留用核对结果), kept on this machine's disk until something that it rests on changes.

It is found by what it rests on alone, as the answers of `tasks.judging.kept_answers` are, and like these it is no truth: lost,
damaged or not to be written it costs time and nothing else. Before it stands its own digest: a disk that turned a bit over would
otherwise be believed. Figures are read when somebody asks for them.
"""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import polars as pl

from models.calendar.working_time import Calendar
from models.former_codes import FormerCodes
from models.moments import micros
from models.plan.model import Plan, Requirement
from models.rules.judging.judging import SCHEMA
from models.rules.judging.kept_answers import (
    Holds,
    digest,
    digest_of,
    digest_of_calendar,
    digest_of_contacts,
    digest_of_rows,
)
from models.rules.judging.settled import Settled
from models.rules.judging.tree import NAMES
from models.rules.judging.verifying import dated
from models.rules.registers.duties import RowDuties
from tasks.campaign.on_disk import put_aside_and_in_place
from tasks.campaign.store import Store
from tasks.judging.counted import counted_behind
from tasks.judging.kept_answers import FOLDER
from tasks.judging.known_readings import KnownReadings
from tasks.judging.rows import Rows

LOG = logging.getLogger(__name__)

Figures = Mapping[tuple[str, str], pl.DataFrame]
_DIGEST, _LENGTH = 32, 8
"""Bytes that stand before all else: the digest of what follows, and how long the list of parts is that it begins with."""
_UNREADABLE = (OSError, ValueError, KeyError, TypeError, pl.exceptions.PolarsError)


@dataclass(frozen=True, eq=False)
class Whole:
    """Every duty over figures and over rows, judged before what people decided. holds: from when, and up to when; figures,
    newest: as of `Judgement` and `Judged`."""

    holds: Holds
    verdicts: pl.DataFrame
    figures: Figures
    newest: Callable[[], pl.DataFrame]


class KeptFigures(Figures):
    """Figures by requirement and period, of which many share one frame: read when they are asked for."""

    def __init__(self, places: Mapping[tuple[str, str], int], read: Callable[[int], pl.DataFrame]) -> None:
        self._places, self._read = places, read
        self._known: dict[int, pl.DataFrame] = {}

    def __getitem__(self, key: tuple[str, str]) -> pl.DataFrame:
        place = self._places[key]
        if place not in self._known:
            self._known[place] = self._read(place)
        return self._known[place]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


class DutiesOnCall(Mapping[str, RowDuties]):
    """The duties over rows of each requirement that has any, looked up or worked out when somebody asks for them."""

    def __init__(self, requirements: Iterable[Requirement], duties_of: Callable[[Requirement], RowDuties]) -> None:
        self._asked = {one.key: one for one in requirements if one.each is not None}
        self._duties_of = duties_of

    def __getitem__(self, key: str) -> RowDuties:
        return self._duties_of(self._asked[key])

    def __iter__(self) -> Iterator[str]:
        return iter(self._asked)

    def __len__(self) -> int:
        return len(self._asked)


@dataclass(frozen=True, eq=False)
class Grounds:
    """All that a judgement rests on beside lists. units: those that are judged; came, former: changes of divisions; known: what is
    reported, the words of readings among it."""

    plan: Plan
    units: pl.DataFrame
    came: pl.DataFrame
    former: FormerCodes
    calendar: Calendar
    settled: Settled
    known: KnownReadings

    def word(self, rows: Rows, covered_by: Callable[[], Mapping[str, pl.Series]], now: datetime) -> str | None:
        """All of it, lists among it, as one word; None where something is another one each moment, or cannot be told."""
        counted = counted_behind(self.plan, self.plan.requirements)
        if not dated(self.plan.requirements).isdisjoint(counted):
            return None  # what is counted is always as of now
        lists = rows.word(self.plan.requirements, self.known.drawn_from_rows(), covered_by)
        reported = None if lists is None else self.known.word(now)
        if lists is None or reported is None:
            return None
        return digest(
            lists,
            digest_of(self.units),
            digest_of_rows(self.came),
            self.former.changes,
            digest_of_calendar(self.calendar),
            self.settled.until,
            digest_of_rows(self.settled.known),
            reported,
            digest_of_contacts(rows.offices.contacts()) if counted else "",
        )


class KeptJudgement:
    """One file: the last judgement of a scope that was worked out."""

    def __init__(self, store: Store, scope: str | None, plan: Plan) -> None:
        self._file, self._plan = store.home / FOLDER / f"{scope or 'all'}.judgement", plan
        self._new: tuple[str, Whole] | None = None

    def found(self, name: Callable[[], str | None], now: datetime, worked_out: Callable[[], Whole]) -> Whole:
        """The judgement that rests on what `name` says (`Grounds.word`), kept or worked out.

        Readings are read while it is worked out: where a report came in between, it is of neither word and kept under none.
        """
        before = name()
        kept = None if before is None else self._find(before, micros(now))
        if kept is not None:
            return kept
        whole = worked_out()
        if before is not None and name() == before:
            self._new = before, whole
        return whole

    def _find(self, name: str, at: int) -> Whole | None:
        try:
            data = self._file.read_bytes()
            if sha256(memoryview(data)[_DIGEST:]).digest() != data[:_DIGEST]:
                LOG.warning("what was judged is not as it was written and is worked out anew")
                return None
            begins = _DIGEST + _LENGTH + int.from_bytes(data[_DIGEST : _DIGEST + _LENGTH], "big")
            told = json.loads(data[_DIGEST + _LENGTH : begins])
            first, end = told["holds"]
            if told["name"] != name or not first <= at < end:
                return None
            return self._taken_up(data, begins, told)
        except FileNotFoundError:
            return None
        except _UNREADABLE:
            LOG.warning("what was judged cannot be read and is worked out anew", exc_info=True)
            return None

    def _taken_up(self, data: bytes, begins: int, told: Mapping[str, Any]) -> Whole:
        places = list[tuple[int, int]]()
        for length in told["parts"]:
            places.append((begins, begins + length))
            begins += length

        def part(number: int) -> pl.DataFrame:
            first, end = places[number]
            return pl.read_ipc(io.BytesIO(data[first:end]))

        verdicts = part(0)
        keys = pl.Series([one.key for one in self._plan.requirements], dtype=pl.String).cast(pl.Categorical())
        first, end = told["holds"]
        return Whole(
            holds=(first, end),
            verdicts=verdicts.with_columns(keys.gather(verdicts["place"]).alias("requirement")).select(SCHEMA.names()),
            figures=KeptFigures({(key, period): number for key, period, number in told["figures"]}, part),
            newest=lambda: part(1).cast({"indicator": NAMES, "unit": NAMES}),
        )

    def keep(self) -> None:
        """Write it down in place of the one before, if there is any."""
        if self._new is None:
            return
        name, whole = self._new
        frames, figures, numbers = [whole.verdicts.drop("requirement"), whole.newest()], [], dict[int, int]()
        for (key, period), wide in whole.figures.items():
            if id(wide) not in numbers:
                numbers[id(wide)] = len(frames)
                frames.append(wide)
            figures.append([key, period, numbers[id(wide)]])
        try:
            parts = [_written(frame) for frame in frames]
            told = {"name": name, "holds": whole.holds, "parts": [len(one) for one in parts], "figures": figures}
            listed = json.dumps(told).encode()
            data = b"".join([len(listed).to_bytes(_LENGTH, "big"), listed, *parts])
            put_aside_and_in_place(self._file, sha256(data).digest() + data)
        except (OSError, pl.exceptions.PolarsError):
            LOG.warning("what was judged could not be kept", exc_info=True)


def _written(frame: pl.DataFrame) -> bytes:
    out = io.BytesIO()
    names = [name for name, kind in frame.schema.items() if isinstance(kind, pl.Categorical)]
    frame.with_columns(pl.col(names).cast(pl.String)).write_ipc(out, compression="zstd")
    return out.getvalue()
