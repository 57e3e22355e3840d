"""Figures with their words (原样的数) beside the readings: how each was written, and from where to where it may lie.

They are few, so they stand in a table of their own, and whoever reads plain figures pays one look at an empty table.
"""

from __future__ import annotations

from collections.abc import Collection

import polars as pl
from sqlalchemy import Connection

from models.rules.judging.bounds import WRITTEN
from tasks.campaign.frames import insert_frame, read_frame
from tasks.campaign.reading_columns import Asked

BROUGHT = pl.Schema(
    {
        "indicator": pl.String(),
        "unit": pl.String(),
        "as_of": pl.Int64(),
        "written": pl.String(),
        "least": pl.Float64(),
        "most": pl.Float64(),
        "above": pl.Boolean(),
        "below": pl.Boolean(),
        "statement": pl.Boolean(),
    }
)
"""What a report brings of them, and what a digest of it is made of; an end without limit is null."""
_KEY = ["indicator", "unit", "as_of"]


def brought(found: pl.DataFrame, *, statement: bool = False) -> pl.DataFrame:
    """Figures as they were written, as a report brings them: BROUGHT. found: WRITTEN; an end without limit is infinite there."""
    ends = (pl.when(pl.col(end).is_finite()).then(end).alias(end) for end in ("least", "most"))
    return found.with_columns(*ends, statement=pl.lit(statement)).select(BROUGHT.names()).cast(BROUGHT)


def add_written(connection: Connection, written: pl.DataFrame, readings: pl.DataFrame, batch: int) -> pl.DataFrame:
    """Keep how the figures of a batch were written, and that others of it are plain where words stood for the same moment.

    written: BROUGHT; readings: indicator, unit, as_of of all that the batch brought. Returns what was kept: BROUGHT.
    """
    plain = _made_plain(connection, readings, written)
    kept = pl.concat([written.select(BROUGHT.names()).cast(BROUGHT), plain]) if plain.height else written
    if kept.height:
        insert_frame(connection, "written_figures", kept.with_columns(batch=pl.lit(batch, pl.Int64)))
    return kept


def _made_plain(connection: Connection, readings: pl.DataFrame, written: pl.DataFrame) -> pl.DataFrame:
    none = pl.DataFrame(schema=BROUGHT)
    if readings.is_empty():
        return none
    names = readings["indicator"].cast(pl.String).unique().to_list()
    since, until = (int(str(end)) for end in (readings["as_of"].min(), readings["as_of"].max()))
    before = every_written(connection, Asked(names, since, until)).filter(~pl.col("statement"))
    if before.is_empty():
        return none
    own = readings.select(pl.col("indicator", "unit").cast(pl.String), "as_of").unique()
    gone = own.join(written, on=_KEY, how="anti").join(before, on=_KEY, how="semi").sort(_KEY)
    return gone.select(
        *_KEY, *(pl.lit(None, BROUGHT[name]).alias(name) for name in ("written", "least", "most")), *_FALSE
    )


_FALSE = tuple(pl.lit(False).alias(name) for name in ("above", "below", "statement"))


def every_written(connection: Connection, asked: Asked) -> pl.DataFrame:
    """How figures were written, each with its batch, in the order of their batches: BROUGHT and batch."""
    conditions = ["as_of BETWEEN :since AND :until", "batch BETWEEN :first AND :last"]
    first, last = asked.batches
    values: dict[str, object] = {"since": asked.since, "until": asked.until, "first": first, "last": last}
    if asked.names is not None:
        conditions.append("indicator IN :names")
        values["names"] = sorted(asked.names)
    if asked.in_provinces is not None:
        conditions.append("substr(unit, 1, 2) IN :provinces")
        values["provinces"] = sorted(asked.in_provinces)
    query = f"SELECT {', '.join(BROUGHT)}, batch FROM written_figures WHERE {' AND '.join(conditions)} ORDER BY batch"
    found = read_frame(connection, query, {**BROUGHT, "batch": pl.Int64()}, **values)
    if asked.units is not None:
        found = found.filter(pl.col("unit").is_in(sorted(asked.units)))
    return found.filter(~pl.col("batch").is_in(sorted(asked.but))) if asked.but else found


def written_of(found: pl.DataFrame) -> pl.DataFrame:
    """How the figures that hold were written, one row a moment: WRITTEN. found: as `every_written` gives it."""
    numbers = found.filter(~pl.col("statement"))
    held = numbers.unique(_KEY, keep="last", maintain_order=True).filter(pl.col("written").is_not_null())
    return held.select(
        *_KEY,
        "written",
        pl.col("least").fill_null(-float("inf")),
        pl.col("most").fill_null(float("inf")),
        "above",
        "below",
    ).cast(WRITTEN)


def holding_written(connection: Connection, asked: Asked) -> pl.DataFrame:
    """How the figures asked for were written, one row a moment, those alone that have words or a unit: WRITTEN."""
    return written_of(every_written(connection, asked))


def last_statement(
    connection: Connection, names: Collection[str], units: Collection[str], since: int, until: int
) -> pl.DataFrame:
    """What an office said last of each indicator without a number, from `since` up to `until`: indicator, as_of, written, batch.

    units: the codes that it has and had.
    """
    found = every_written(connection, Asked(names, since, until, units)).filter(pl.col("statement"))
    last = found.sort("as_of", "batch", maintain_order=True).unique("indicator", keep="last", maintain_order=True)
    return last.select("indicator", "as_of", "written", "batch")
