"""Blocks of lines: the numbers that a transaction gave to the lines of notices which it wrote, and its record speaks of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from sqlalchemy import Connection
from sqlmodel import col, select

from models.rules.oversight.row_digests import digest_of
from models.tables import NoticeLine
from models.wording import Said
from tasks.campaign.frames import read_frame

Block = tuple[int, int]
"""The numbers after the first up to the second."""
_LINE = pl.Schema(
    {
        "id": pl.Int64,
        "notice_id": pl.Int64,
        "case_id": pl.Int64,
        "rung": pl.String,
        "unit": pl.String,
        "role": pl.String,
        "person": pl.String,
        "kind": pl.String,
        "about": pl.String,
        "owed_at": pl.Int64,
    }
)


@dataclass(frozen=True)
class WrittenBlock:
    """The lines that were written under the numbers of a block, by their digest."""

    block: Block
    digest: str

    @staticmethod
    def of(lines: pl.DataFrame) -> WrittenBlock:
        """lines: rows of `notice_lines` with numbers that follow each other, as they go into the database; not empty."""
        rows = lines.select(_LINE.names()).cast(pl.Schema(_LINE))
        return WrittenBlock((rows["id"][0] - 1, rows["id"][-1]), digest_of(rows))


def tie_of_lines(connection: Connection, written: Sequence[WrittenBlock], newest: int) -> dict[str, Any]:
    """What a record keeps of the lines of its transaction. newest: the last that earlier records speak of."""
    blocks = [one.block for one in written]
    first, last = min((first for first, _ in blocks), default=newest), max((last for _, last in blocks), default=newest)
    # a nation's first lines are half a million; only those that stand where a savepoint took others back are read again
    known = len(written) == 1 and _stands(connection, last)
    digest = written[0].digest if known else digest_of_lines(connection, blocks)
    return {"after": first, "last": last, "blocks": [list(block) for block in blocks], "digest": digest}


def _stands(connection: Connection, line: int) -> bool:
    """Whether a line is there: a savepoint takes a block back whole, or not at all."""
    return connection.execute(select(NoticeLine.id).where(col(NoticeLine.id) == line)).first() is not None


def digest_of_lines(connection: Connection, blocks: Iterable[Sequence[int]]) -> str:
    """One digest over the lines that have these numbers, as they were written."""
    query = f"SELECT {', '.join(_LINE)} FROM notice_lines WHERE id > :after AND id <= :last ORDER BY id"
    found = [read_frame(connection, query, _LINE, after=after, last=last) for after, last in blocks]
    return digest_of(pl.concat([pl.DataFrame(schema=_LINE), *found]))


def digest_of_no_lines() -> str:
    """The digest where none is left."""
    return digest_of(_LINE.to_frame())


def blocks_of(lines: Mapping[str, Any]) -> list[Sequence[int]]:
    """The numbers of which a record speaks. Those of before provinces wrote side by side speak of one run each."""
    return list(lines.get("blocks", [(lines["after"], lines["last"])]))


def untold_lines(connection: Connection, told: Iterable[Mapping[str, Any]]) -> list[Said]:
    """Findings for lines of which no record speaks, from the first block on: somebody put them there. told: of all records."""
    blocks = pl.DataFrame(
        [tuple(block) for lines in told for block in lines.get("blocks", ())],
        schema={"after": pl.Int64, "last": pl.Int64},
        orient="row",
    ).sort("after")
    if blocks.is_empty():
        return []
    query = "SELECT id FROM notice_lines WHERE id > :after ORDER BY id"
    numbers = read_frame(connection, query, {"id": pl.Int64}, after=blocks["after"][0])
    within = numbers.join_asof(
        blocks.select(pl.col("last").cum_max(), id=pl.col("after") + 1), on="id", check_sortedness=False
    )
    stray = within.filter(pl.col("id") > pl.col("last"))["id"][:20].to_list()
    if not stray:
        return []
    listed = ", ".join(str(number) for number in stray)
    return [Said(f"通知事项 {listed} 没有审计记录", f"no record speaks of these lines of notices: {listed}")]
