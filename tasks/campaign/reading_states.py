"""In which state the readings of provinces are (读数状态): told by what names them, and without reading any.

Readings, and the words that stand beside some, are never changed nor taken away. So a province has others only where another
report brought some, and then it has another word (`ReadingState`), and more of them: both are told, so that rows which came
past the one door count too.
Moving readings into columns, and making columns one, leaves both as they are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from secrets import token_hex

import polars as pl
from sqlalchemy import Connection, delete, insert
from sqlmodel import col

from models.rules.judging.tree import ranges_of
from models.tables import ReadingState
from tasks.campaign.frames import in_ranges, read_frame
from tasks.campaign.reading_columns import BEGINNING

State = tuple[str, str, int, int, int]
"""A province, its word, how many readings it has (those with words count twice), the moment of the last one up to a moment, and
that moment itself where it falls within columns, of which nobody knows then how many are of before."""
_TOLD = {"province": pl.String, "word": pl.String, "count": pl.Int64, "last": pl.Int64, "within": pl.Int64}
_ASKED = (
    "SELECT province, '' AS word, CAST(SUM(rows) AS BIGINT), MAX(CASE WHEN last_as_of <= :until THEN last_as_of END),"
    " MAX(CASE WHEN first_as_of <= :until AND last_as_of > :until THEN 1 ELSE 0 END)"
    " FROM reading_columns WHERE {province} GROUP BY province"
    " UNION ALL SELECT substr(unit, 1, 2), '', COUNT(*), MAX(CASE WHEN as_of <= :until THEN as_of END), 0"
    " FROM readings WHERE {unit} GROUP BY substr(unit, 1, 2)"
    " UNION ALL SELECT substr(unit, 1, 2), '', COUNT(*), MAX(CASE WHEN as_of <= :until THEN as_of END), 0"
    " FROM written_figures WHERE {unit} GROUP BY substr(unit, 1, 2)"
    " UNION ALL SELECT province, word, 0, NULL, 0 FROM reading_states WHERE {province}"
)


def another_state(connection: Connection, provinces: Collection[str]) -> None:
    """Readings of these provinces were added in this transaction."""
    if not provinces:
        return
    own = sorted(provinces)
    connection.execute(delete(ReadingState).where(col(ReadingState.province).in_(own)))
    connection.execute(insert(ReadingState), [{"province": one, "word": token_hex(16)} for one in own])


def reading_states(connection: Connection, until: int, provinces: Collection[str] | None) -> list[State]:
    """The states of these provinces (None: of all), in order: the same ones, the same readings up to and including `until`."""
    own = ranges_of(provinces)
    asked = _ASKED.format(province=in_ranges("province", own), unit=in_ranges("unit", own))
    told = defaultdict[str, list[tuple[str, int, int | None, int]]](list)
    for province, *of_it in read_frame(connection, asked, _TOLD, until=until).iter_rows():
        told[province].append((of_it[0], of_it[1], of_it[2], of_it[3]))
    return [
        (
            province,
            "".join(word for word, *_ in parts),
            sum(count for _, count, _, _ in parts),
            max(BEGINNING if last is None else last for _, _, last, _ in parts),
            until if any(within for *_, within in parts) else BEGINNING,
        )
        for province, parts in sorted(told.items())
    ]
