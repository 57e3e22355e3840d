"""Figures under new codes (数字随转): what an office has reported follows it where divisions change.

The figures of an office that has another code are its own, moment by moment. Those of offices that merged are gathered as
the indicator rolls up, from the first moment at which all of them had one. Those of an office that was split cannot be
divided and stay behind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

import polars as pl

from models.moments import micros, moment_at
from models.plan.model import Plan
from models.plan.periods import OF_PERIOD, Rhythm, period_around
from models.sums import decimal_places, sum_of
from models.written import allowed_said

_GATHERED: Mapping[str, str] = {
    "sum": "sum",
    "count": "sum",
    "gaps": "sum",
    "virtual": "sum",
    "villages": "sum",
    "count_where": "sum",
    "sum_where": "sum",
    "least_of": "min",
    "most_of": "max",
    "min": "min",
    "max": "max",
}
_MOMENT = ["indicator", "new", "as_of"]


@dataclass(frozen=True)
class CarriedReadings:
    """What follows, and what does not.

    readings: indicator, unit (the new code), as_of, value, reported, expected, evidence. left: old (the code under which they
    stay), indicator, why: "split", or "gather" where figures of this kind cannot be put together.
    """

    readings: pl.DataFrame
    left: pl.DataFrame


def carried_readings(history: pl.DataFrame, pairs: pl.DataFrame, plan: Plan) -> CarriedReadings:
    """The figures of old codes as those of the new ones.

    history: indicator, unit, as_of, batch, value, reported, expected, evidence of the old codes, in any order. pairs: old,
    new, parts, joined. A figure that was replaced is not carried: of several of one moment that of the last report.
    """
    history = (
        history.with_columns(pl.col("indicator", "unit").cast(pl.String))
        .sort("batch")
        .unique(["indicator", "unit", "as_of"], keep="last", maintain_order=True)
    )
    whole = pairs.filter(pl.col("parts") == 1)
    merged = whole.join(pairs.filter(pl.col("parts") > 1).select("new").unique(), on="new", how="anti").filter(
        pl.col("joined") > 1
    )
    moved = whole.filter((pl.col("joined") == 1) & (pl.col("old") != pl.col("new")))
    of_moved = history.join(moved.select("new", unit="old"), on="unit").with_columns(unit="new")
    of_merged = history.join(merged.select("old", "new", "joined", unit="old"), on="unit")
    can = [name for name in of_merged["indicator"].unique() if _how(name, plan)]
    stays = of_merged.filter(~pl.col("indicator").is_in(can)).select("old", "indicator", why=pl.lit("gather"))
    divided = pairs.filter((pl.col("old") != pl.col("new")) & ~pl.col("new").is_in([*moved["new"], *merged["new"]]))
    behind = history.join(divided.select(unit="old").unique(), on="unit").select(
        "indicator", old="unit", why=pl.lit("split")
    )
    left = pl.concat([stays, behind.select("old", "indicator", "why")]).unique().sort("old", "indicator")
    return CarriedReadings(
        pl.concat([of_moved.select(_READING), *_gathered(of_merged, merged, plan)]).sort("indicator", "unit", "as_of"),
        left.filter(~pl.col("indicator").str.contains(OF_PERIOD, literal=True)),
    )


def carried_written(history: pl.DataFrame, written: pl.DataFrame, pairs: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    """How the figures of the new codes were written, where words stood behind those of the old ones.

    history, pairs: as above; written: indicator, unit, as_of, written, least, most, above, below of those of the old codes that
    have words. That of an office with another code is its own; of offices that merged it says what their figures allow together.
    Returns the columns of `written`, an end without limit infinite.
    """
    if written.is_empty():
        return written
    written = written.with_columns(pl.col("indicator", "unit").cast(pl.String))
    history = history.with_columns(pl.col("indicator", "unit").cast(pl.String))
    laid = history.join(written, on=_KEY, how="left", maintain_order="left")
    least, most = (
        carried_readings(laid.with_columns(value=pl.coalesce(end, "value")), pairs, plan).readings.select(
            *_KEY, pl.col("value").alias(end)
        )
        for end in ("least", "most")
    )
    loose = laid.with_columns(value=pl.col("written").is_not_null().cast(pl.Float64))
    touched = carried_readings(loose, pairs, plan).readings.filter(pl.col("value") > 0).select(_KEY)
    whole = pairs.filter((pl.col("parts") == 1) & (pl.col("joined") == 1))
    own = written.join(whole.select("new", unit="old"), on="unit").with_columns(unit="new").select(written.columns)
    gathered = touched.join(own, on=_KEY, how="anti").join(least, on=_KEY).join(most, on=_KEY)
    texts = [
        allowed_said(low, high, above=False, below=False).zh
        for low, high in gathered.select("least", "most").iter_rows()
    ]
    together = gathered.with_columns(
        pl.Series("written", texts, dtype=pl.String), above=pl.lit(False), below=pl.lit(False)
    ).select(written.columns)
    return pl.concat([own.join(touched, on=_KEY, how="semi"), together]).sort(_KEY)


_KEY = ["indicator", "unit", "as_of"]
_READING = ["indicator", "unit", "as_of", "value", "reported", "expected", "evidence"]


def _how(name: str, plan: Plan) -> str | None:
    """How figures of several offices become one; None where they cannot."""
    indicator = plan.indicators.get(name.partition(OF_PERIOD)[0])
    return None if indicator is None else _GATHERED.get(indicator.roll_up)


def _gathered(history: pl.DataFrame, merged: pl.DataFrame, plan: Plan) -> list[pl.DataFrame]:
    """At each moment at which one of the merged offices reported what all of them had by then.

    Where that is nothing, an office that kept its code has no figure: what it reported was of a part.
    """
    found = []
    kept = merged.filter(pl.col("old") == pl.col("new"))["new"]
    for (name,), own in history.partition_by("indicator", as_dict=True).items():
        how, rhythms = _how(str(name), plan), _rhythms(str(name), plan)
        moments = own.select(_MOMENT).unique().join(merged.select("old", "new", "joined"), on="new").sort("as_of")
        figures = own.select("old", "value", "reported", "expected", at="as_of").sort("at")
        beside = moments.join_asof(
            figures, left_on="as_of", right_on="at", by="old", strategy="backward", check_sortedness=False
        )
        is_there = pl.col("at").is_not_null()
        if rhythms:
            is_there &= pl.col("at") >= _begins(beside["as_of"], rhythms, plan.zone)
        value = pl.col("value")
        gathered = {"min": value.min(), "max": value.max()}.get(
            how or "", sum_of("value", decimal_places(own["value"]))
        )
        all_there = (pl.col("there").sum() == pl.col("joined").first()) & pl.lit(how is not None)
        found.append(
            beside.with_columns(there=is_there.fill_null(False))
            .group_by(_MOMENT, maintain_order=True)
            .agg(
                all_there.alias("whole"),
                value=pl.when(all_there & value.is_not_null().all()).then(gathered),
                reported=_together("reported", all_there),
                expected=_together("expected", all_there),
                evidence=pl.lit(None, pl.String),
            )
            .filter(pl.col("whole") | pl.col("new").is_in(kept.implode()))
            .rename({"new": "unit"})
            .select(_READING)
        )
    return found


def _together(name: str, all_there: pl.Expr) -> pl.Expr:
    return pl.when(all_there & pl.col(name).is_not_null().all()).then(pl.col(name).sum()).alias(name)


def _rhythms(name: str, plan: Plan) -> list[Rhythm]:
    """That which a name is of (`within_period`); of any other those in which an indicator is owed anew, none for one that is owed once.

    What one office reported today and another yesterday is no figure of today.
    """
    name, _, of_period = name.partition(OF_PERIOD)
    if not of_period:
        return plan.rhythms(one for one in plan.requirements if name in plan.behind[one.key])
    of_calendar: tuple[Rhythm, ...] = ("week", "month")
    known = {str(one): one for one in (*of_calendar, *plan.rhythms())}
    return [known.get(of_period, "day")]


def _begins(moments: pl.Series, rhythms: Sequence[Rhythm], zone: tzinfo) -> pl.Expr:
    """When the shortest period of each moment began, in microseconds."""
    starts = {
        at: max(micros(period_around(moment_at(at, zone), rhythm, zone).starts) for rhythm in rhythms)
        for at in moments.unique()
    }
    return pl.col("as_of").replace_strict(starts, return_dtype=pl.Int64)
