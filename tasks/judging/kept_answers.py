"""Kept answers on this machine's disk: one file for the offices that are judged together, written again when it lacks one.

Nothing rests on the file: an answer in it is found by what it rests on alone, one that is not found is worked out, and a file
that cannot be read or written, or is not as it was written, costs time and nothing else. Before the table stands its own digest:
a disk that turned a bit over would otherwise be believed.
"""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import polars as pl

from models.rules.judging.kept_answers import ALWAYS, TABLE, Holds, digest
from tasks.campaign.on_disk import put_aside_and_in_place
from tasks.campaign.store import Store

LOG = logging.getLogger(__name__)

FOLDER = "answers"
_PARTS = "parts"
_ROW_GROUP = 20_000
"""A few answers are read without most of the others."""
_ANSWERING = ("models", "tasks/judging", "tasks/registers")
"""The rooms whose program reads plans and rows and judges them."""
_DIGEST = 32
"""Bytes that stand before the table."""
_UNREADABLE = (OSError, ValueError, KeyError, pl.exceptions.PolarsError)


@dataclass(frozen=True, eq=False)
class Answer:
    """The parts of an answer, and from when and up to when it holds."""

    parts: list[pl.DataFrame]
    holds: Holds


class KeptAnswers:
    """The answers of one judgement: those that were kept, and those that it has worked out."""

    def __init__(self, store: Store, provinces: Collection[str] | None, few: bool = False) -> None:
        """provinces: those whose offices are judged together; None for all. few: only some answers are asked for, perhaps of
        what was judged with more than these provinces."""
        own, every = (store.home / FOLDER / f"{name}.answers" for name in (_joined(provinces), _joined(None)))
        self._file = own
        self._files = list(dict.fromkeys((own, every) if few else (own,)))
        self._few = few
        self._kept: list[_File] | None = None
        self._used: dict[str, Answer] = {}
        self._is_new = False

    def find(self, name: str, at: int) -> Answer | None:
        """An answer, by what it rests on (`digest`), that holds at a moment (microseconds); None where it is not kept."""
        if name not in self._used:
            if self._kept is None:
                self._kept = [_File.opened(file) for file in self._files]
            found = next((one.answer(name, self._few) for one in self._kept if one.has(name, at)), None)
            if found is None:
                return None
            self._used[name] = found
        known = self._used[name]
        return known if _holds_at(known.holds, at) else None

    def add(self, name: str, parts: Sequence[pl.DataFrame], holds: Holds) -> None:
        """Take up an answer that was worked out. holds: from when, and up to when it is this one."""
        self._used[name] = Answer(list(parts), holds)
        self._is_new = True

    def keep(self) -> None:
        """Write down what this judgement has asked for, in place of what another one had, where some of it is new."""
        if not self._is_new:
            return
        places = [[name, [part.height for part in one.parts], one.holds] for name, one in self._used.items()]
        table = pl.concat([TABLE.to_frame(), *(part for one in self._used.values() for part in one.parts)])
        named = {_PARTS: json.dumps(places)}
        written = io.BytesIO()
        try:
            table.write_parquet(
                written, compression="zstd", compression_level=1, row_group_size=_ROW_GROUP, metadata=named
            )
            data = written.getbuffer()
            put_aside_and_in_place(self._file, sha256(data).digest(), data)
        except (OSError, pl.exceptions.PolarsError):
            LOG.warning("what lists came to could not be kept", exc_info=True)


@dataclass(eq=False)
class _File:
    """One file of answers, as it was when it was opened. places: of each answer where its parts begin, of how many rows
    each is, and from when and up to when it holds."""

    data: bytes
    places: dict[str, tuple[int, list[int], Holds]]

    @classmethod
    def opened(cls, file: Path) -> _File:
        """A file that is not there, or cannot be read, has none."""
        try:
            whole = file.read_bytes()
            own, data = whole[:_DIGEST], whole[_DIGEST:]
            if sha256(data).digest() != own:
                LOG.warning("what lists came to is not as it was written and is worked out anew")
                return cls(b"", {})
            listed, places, at = json.loads(pl.read_parquet_metadata(io.BytesIO(data))[_PARTS]), {}, 0
            for name, heights, *holds in listed:
                first, end = holds[0] if holds else ALWAYS
                places[name] = at, heights, (first, end)
                at += sum(heights)
            found = cls(data, places)
            is_whole = pl.scan_parquet(data, schema=TABLE).select(pl.len()).collect().item() == at
        except FileNotFoundError:
            return cls(b"", {})
        except _UNREADABLE:
            LOG.warning("what lists came to cannot be read and is worked out anew", exc_info=True)
            return cls(b"", {})
        return found if is_whole else cls(b"", {})

    def has(self, name: str, at: int) -> bool:
        """Whether there is an answer of that name that holds at a moment."""
        return name in self.places and _holds_at(self.places[name][2], at)

    def answer(self, name: str, few: bool) -> Answer | None:
        """An answer; None where it cannot be read. few: nobody will ask for most of the others."""
        first, heights, holds = self.places[name]
        try:
            if few:
                table, first = pl.scan_parquet(self.data, schema=TABLE).slice(first, sum(heights)).collect(), 0
            else:
                table = self._table
        except _UNREADABLE:
            LOG.warning("what lists came to cannot be read and is worked out anew", exc_info=True)
            self.places.clear()
            return None
        found = []
        for height in heights:
            found.append(table.slice(first, height))
            first += height
        return Answer(found, holds)

    @cached_property
    def _table(self) -> pl.DataFrame:
        return pl.read_parquet(io.BytesIO(self.data), schema=TABLE)


def _holds_at(holds: Holds, at: int) -> bool:
    return holds[0] <= at < holds[1]


def _joined(provinces: Collection[str] | None) -> str:
    return "all" if provinces is None else "-".join(sorted(provinces))


@cache
def this_program() -> str:
    """How this program reads plans and rows and judges them, as one word: another text of it may answer otherwise.

    Of all that it knows, and of what reads rows: which part of that an answer rests on, nobody need keep up to date.
    """
    told, root = sha256(), Path(__file__).parents[2]
    for room in _ANSWERING:
        for file in sorted((root / room).rglob("*.py")):
            told.update(file.read_bytes())
    return digest(version("pucha"), version("polars"), told.hexdigest())
