"""Corrections (更正): figures that stood otherwise for the same moment before, and the reason that was given for it."""

from __future__ import annotations

import json

import polars as pl
from sqlalchemy import Connection
from sqlmodel import col, select

from models.plan.periods import OF_PERIOD
from models.tables import TrailRecord
from tasks.campaign.kept_readings import HOLDING, every_reading
from tasks.campaign.reading_columns import BEGINNING, KEPT, Asked
from tasks.campaign.written_figures import every_written

CORRECTION = "correction"
_HELD = pl.Schema({name: KEPT[name] for name in HOLDING})
_FIGURE = ["indicator", "unit", "as_of"]
_SAYS = ("least", "most", "above", "below")
_SAME_DISTRICTS = pl.col("reported").eq_missing(pl.col("reported:before"))
"""Where districts came in since, it is no correction."""
_OTHERWISE = (pl.col("value") != pl.col("value:before")) | pl.any_horizontal(
    pl.col(name).ne_missing(pl.col(f"{name}:before")) for name in _SAYS
)
"""8000 after 8000余 says more than that did; 580万元 after 5800000 says the same."""


def replaced_by(connection: Connection, batch: int, readings: pl.DataFrame) -> pl.DataFrame:
    """A batch's figures, each beside all that stood for the same moment before it, in the order of their batches.

    readings: as the batch brought them. A figure that is kept for a period too is one figure.
    """
    brought = readings.with_columns(batch=pl.lit(batch, pl.Int64)).select(HOLDING).cast(_HELD)
    brought = brought.filter(~pl.col("indicator").cast(pl.String).str.contains(OF_PERIOD, literal=True))
    if brought.is_empty():
        return brought.join(brought, on=_FIGURE, suffix=":before")
    asked = _asked(brought, (BEGINNING, batch - 1))
    return brought.join(every_reading(connection, asked), on=_FIGURE, suffix=":before").sort("batch:before")


def corrected_among(connection: Connection, replaced: pl.DataFrame) -> pl.DataFrame:
    """Of `replaced_by` a batch those that said otherwise before, of as many districts: one row a figure."""
    last = replaced.unique(_FIGURE, keep="last", maintain_order=True).filter(_SAME_DISTRICTS)
    if last.is_empty():
        return last
    words = every_written(connection, _asked(last, (BEGINNING, last["batch"][0]))).filter(~pl.col("statement"))
    for end in ("", ":before"):
        own = words.select(
            *(pl.col(name).cast(last.schema[name]) for name in _FIGURE),
            pl.col("batch").cast(last.schema["batch"]).alias(f"batch{end}"),
            *(pl.col(name).alias(f"{name}{end}") for name in _SAYS),
            pl.col("written").alias(f"written{end}"),
        )
        last = last.join(own, on=[*_FIGURE, f"batch{end}"], how="left", maintain_order="left")
        last = last.with_columns(_allowed(end))
    return last.filter(_OTHERWISE)


def correction_of(connection: Connection, batch: int, indicator: str, unit: str) -> tuple[bool, str | None]:
    """Whether a report corrected a figure of a unit, and the reason that was given for it."""
    own = every_reading(connection, Asked([indicator], units=[unit], batches=(batch, batch)))
    if corrected_among(connection, replaced_by(connection, batch, own)).is_empty():
        return False, None
    begins = col(TrailRecord.about).startswith(f'{{"batch":{batch},')
    kept = select(TrailRecord.about).where(col(TrailRecord.act) == CORRECTION, begins)
    about = connection.execute(kept.order_by(col(TrailRecord.id).desc())).scalars().first()
    return True, json.loads(about).get("reason") if about else None


def _asked(figures: pl.DataFrame, batches: tuple[int, int]) -> Asked:
    """These figures in these batches."""
    names, units = (figures[name].unique().cast(pl.String).to_list() for name in ("indicator", "unit"))
    since, until = (int(str(end)) for end in (figures["as_of"].min(), figures["as_of"].max()))
    return Asked(names, since, until, units, batches=batches)


def _allowed(end: str) -> list[pl.Expr]:
    """What figures allow; one without words, or made plain again, is what it is."""
    plain, value = pl.col(f"written{end}").is_null(), pl.col(f"value{end}")
    least, most, above, below = (f"{name}{end}" for name in _SAYS)
    return [
        *(pl.when(plain).then(value).otherwise(name).alias(name) for name in (least, most)),
        *(pl.col(name).fill_null(False) for name in (above, below)),
    ]
