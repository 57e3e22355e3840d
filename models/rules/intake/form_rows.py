"""Forms (填报表) that come back: which of their cells stand as they were handed out, and so say nothing.

Beside each row that was filled in stands a mark: some letters for every cell. A cell that still has its letters is not
reported, so that a form that lay on a desk for a week takes back nothing that was reported meanwhile. A row that was moved
without its mark, as in sorting, is known by its key from the mark of another line. Where a cell of the key was changed, the
row is another one, and all of it is reported.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b

import polars as pl

from models.cells import AROUND
from models.rules.intake.report_columns import column

_BYTES = 4
_LETTERS = 2 * _BYTES
_DIGITS_AS_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
"""Letters alone: what looks like a number would be looked through for those of persons."""


def mark_of(cells: Iterable[tuple[str, str]]) -> str:
    """The mark of a row: the id of each column and its cell as it is read back; empty cells leave none."""
    return "".join(_letters(name, text) for name, text in cells if text)


def _letters(name: str, text: str) -> str:
    digest = blake2b(f"{name}\0{text}".encode(), digest_size=_BYTES).hexdigest()
    return digest.translate(_DIGITS_AS_LETTERS)


def without_untouched(
    part: pl.DataFrame, cells: Mapping[int, str], key: Collection[int], beside: Sequence[int], mark: int
) -> pl.DataFrame:
    """Rows of a form without the cells that stand as they were handed out; without a row all of whose cells do.

    part: row, and a column of text for each of the header. cells: place → id of the columns that are marked, the code's
    among them; key: those by which a row is known; beside: other columns that say something of a row. mark: the place of
    the marks.
    """
    texts = {place: _bare(part[column(place)]) for place in (*cells, *beside)}
    keeps: list[bool] = []
    kept: dict[int, list[str | None]] = {place: [] for place in cells}
    marks = list(_known(part[column(mark)]))
    lines = _Lines(marks)
    for row, known in enumerate(marks):
        own = {place: texts[place][row] for place in cells}
        letters = {place: _letters(cells[place], text) for place, text in own.items() if text}
        if any(place in letters and letters[place] not in known for place in key) or not known:
            known = lines.of({letters.get(place) for place in key})
        same = {place for place, one in letters.items() if one in known}
        said = any(text for place, text in own.items() if place not in same)
        keeps.append(not same or said or any(texts[place][row] for place in beside))
        for place, text in own.items():
            kept[place].append(None if place in same and place not in key else text or None)
    told = [pl.Series(column(place), values, dtype=pl.String) for place, values in kept.items()]
    return part.with_columns(told).filter(pl.Series(keeps, dtype=pl.Boolean))


class _Lines:
    """The marks of all lines, found by the letters of a key."""

    def __init__(self, marks: Sequence[frozenset[str]]) -> None:
        self._marks = marks
        self._by_letters: dict[str, set[int]] | None = None

    def of(self, key: Collection[str | None]) -> frozenset[str]:
        """The mark of the one line that has all of these letters; nothing where several have, none has, or one is missing."""
        if None in key:
            return frozenset()
        if self._by_letters is None:
            self._by_letters = {}
            for line, mark in enumerate(self._marks):
                for one in mark:
                    self._by_letters.setdefault(one, set()).add(line)
        lines = [self._by_letters.get(one or "", set()) for one in key]
        found = set.intersection(*sorted(lines, key=len))
        return self._marks[found.pop()] if len(found) == 1 else frozenset()


def _bare(cells: pl.Series) -> list[str]:
    return cells.cast(pl.String).str.strip_chars(AROUND).fill_null("").to_list()


def _known(marks: pl.Series) -> Iterator[frozenset[str]]:
    """The letters of every row."""
    for mark in _bare(marks):
        yield frozenset(mark[begun : begun + _LETTERS] for begun in range(0, len(mark), _LETTERS))
