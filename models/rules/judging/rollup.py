"""From readings to the figures of one level of office, with how many of how many have reported."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache

import polars as pl

from models.plan.derived import told, with_derived_figure
from models.plan.districts_known import with_counts_of_districts
from models.plan.model import Indicator, Plan
from models.rules.judging.allowed import derived_bounds
from models.rules.judging.bounds import NO_WORDS, bounds, gathered_bounds, laid_with_words, loose
from models.rules.judging.bounds import written as as_written
from models.rules.judging.laid_out import spread
from models.rules.judging.offices import Offices
from models.sums import SIGNIFICANT, decimal_places, mean_of, sum_of
from models.units import Level

STORED: Level = "township"
"""Districts are rolled up to this level at intake; their figures are read from there."""


def stored_level(indicator: Indicator, judged: Level = STORED) -> Level:
    """The level whose readings a figure at `judged` is made of; villages have district figures of their own, and who
    holds a role is counted at every level."""
    if indicator.is_counted:
        return judged
    if indicator.level != "district":
        return indicator.level
    return "village" if judged == "village" else STORED


def reported(name: str) -> str:
    """The column that counts the units behind a figure that have reported it."""
    return f"{name}:reported"


def expected(name: str) -> str:
    """The column that counts the units behind a figure."""
    return f"{name}:expected"


def unknown(name: str) -> str:
    """The column that counts the offices behind a figure of districts of which no district is known.

    `expected` counts each of them for one.
    """
    return f"{name}:unknown"


def is_missing(name: str) -> pl.Expr:
    """True where a figure is not there because something behind it was not reported.

    One that cannot be computed (a division by a reported zero) is not there either, but is not missing.
    """
    return pl.col(name).is_null() & ~_all_reported(name)


def _all_reported(name: str) -> pl.Expr:
    return (pl.col(reported(name)) >= pl.col(expected(name))) & (pl.col(expected(name)) > 0)


def as_of(name: str) -> str:
    """The column that says as of when the newest reading behind a figure is, where that was asked for."""
    return f"{name}:as_of"


def figures(
    readings: pl.DataFrame,
    offices: Offices,
    plan: Plan,
    names: Collection[str],
    level: Level,
    dated: Collection[str] = (),
    written: pl.DataFrame = NO_WORDS,
) -> pl.DataFrame:
    """The figures of every office of `level`, one row a unit in code order.

    readings: unit, indicator, value, reported, expected, as_of; the one reading that holds for each pair, and with `period` (its
    place among them) in each, where offices stand in several periods. written: those of them that have words (WRITTEN).
    Returns unit and, for each of `names`, its value (null while anything behind it is
    missing) and the counts `name:reported`, `name:expected`, `name:unknown`; for each of `dated` among them also
    `name:as_of`, and for each that words stand behind the columns of `bounds`.
    """
    made_here = _innermost_first((plan.indicators[name] for name in names), plan, _is_made_at_every_level)
    parts = {name for one in made_here for name in _parts(one)}
    gathered = sorted(name for name in parts.union(names) if not _is_made_at_every_level(plan.indicators[name]))
    moments = plan.base_indicators(frozenset(one.id for one in made_here if one.id in dated)).union(dated)
    found = _gathered(readings, offices, plan, gathered, level, dated=moments, written=written)
    for one in made_here:
        found = _with_derived(found, one)
    asked = [name for name in (*gathered, *(one.id for one in made_here)) if name in names]
    kept = (column for name in asked for column in (*_columns(name), *_words(name, found)))
    return found[
        "unit", *(column for column in kept if not column.endswith(":as_of") or column[: -len(":as_of")] in dated)
    ]


def _columns(name: str) -> tuple[str, ...]:
    return name, reported(name), expected(name), unknown(name), as_of(name)


def _words(name: str, frame: pl.DataFrame) -> tuple[str, ...]:
    """The columns of what a figure with words allows, where there are any."""
    if loose(name) not in frame.columns:
        return ()
    return (*bounds(name), as_written(name)) if as_written(name) in frame.columns else bounds(name)


def _gathered(
    readings: pl.DataFrame,
    offices: Offices,
    plan: Plan,
    names: Sequence[str],
    level: Level,
    *,
    dated: Collection[str],
    written: pl.DataFrame,
) -> pl.DataFrame:
    """The figures of every office of `level` that are rolled up to it from where they are reported or derived."""
    found = offices.at(level).to_frame()
    by_level: dict[Level, list[Indicator]] = {}
    for name in names:
        indicator = plan.indicators[name]
        by_level.setdefault(stored_level(indicator, level), []).append(indicator)
    for base, indicators in by_level.items():
        wide = _wide(readings, offices, base, plan, indicators, dated=dated, written=written)
        if base != level:
            wide = _up(wide, offices.rows_below(base, level), indicators, dated, rows=found.height)
        found = found.hstack(wide.drop("unit", strict=False))
    counts = (column for column in found.columns if column.endswith((":reported", ":expected", ":unknown")))
    return found.with_columns(pl.col(column).fill_null(0) for column in counts if found[column].null_count())


def _wide(
    readings: pl.DataFrame,
    offices: Offices,
    level: Level,
    plan: Plan,
    indicators: Sequence[Indicator],
    *,
    dated: Collection[str],
    written: pl.DataFrame,
) -> pl.DataFrame:
    """One row for each office of a level, with each indicator's own value and counts there."""
    derived = _innermost_first(indicators, plan, _is_derived_here)
    behind = [plan.indicators[name] for one in derived for name in _parts(one)]
    asked = {one.id for one in (*indicators, *behind) if one.where is None or one.level == "district"}
    made_here = {one.id for one in behind if _is_made_at_every_level(one)}
    sources = [plan.indicators[name] for name in sorted(with_counts_of_districts(plan, asked))]
    by_moment = {one.id for one in sources if one.roll_up == "last"} | plan.base_indicators(
        frozenset(one.id for one in indicators if one.id in dated)
    )
    units, placed = offices.at(level), offices.placed(readings, level)
    laid = spread(placed, len(units), sources, by_moment)
    wide = pl.DataFrame([units, *(column for source in sources for column in _own(source, laid[source.id]))])
    wide = _with_districts_known(wide, sources)
    wide = wide.with_columns(count for one in sources for count in _counts_of(one))
    if not written.is_empty():
        wide = laid_with_words(wide, placed, written, sources)
    if made_here:
        own = figures(readings, offices, plan, made_here, level, dated=made_here, written=written)
        wide = wide.hstack(own.drop("unit"))
    for indicator in derived:
        wide = _with_derived(wide, indicator)
    # an indicator that others are derived from is no column of the answer unless it was asked for
    kept = [
        column
        for name in sorted(one.id for one in indicators)
        for column in (name, reported(name), expected(name), unknown(name), *_words(name, wide))
    ]
    moments = [as_of(i.id) for i in indicators if i.roll_up == "last" or i.id in dated]
    return wide[["unit", *kept, *moments]]


def _own(indicator: Indicator, laid: Mapping[str, pl.Series]) -> list[pl.Series]:
    """One indicator's readings as columns of its own name."""
    name = indicator.id
    columns = [laid["value"].alias(name), laid["as_of"].alias(as_of(name))]
    if not _is_counted(indicator):
        return columns
    return [*columns, laid["reported"].alias(reported(name)), laid["expected"].alias(expected(name))]


def _with_districts_known(wide: pl.DataFrame, sources: Iterable[Indicator]) -> pl.DataFrame:
    """How many districts each office has, also for the figures that none of its districts has reported.

    The readings of any figure of districts tell how many are known.
    """
    counts = [expected(one.id) for one in sources if one.level == "district"]
    untold = [count for count in counts if wide[count].null_count()]
    if not untold:
        return wide
    known = wide.select(pl.max_horizontal(counts)).to_series()
    return wide.with_columns(pl.col(count).fill_null(known) for count in untold)


def _counts_of(indicator: Indicator) -> Sequence[pl.Expr]:
    """The counts of a figure that its readings do not bring; those of districts come with how many there are, and those
    drawn from rows with how many keepers answer for them."""
    if not _is_counted(indicator):
        return _counts(indicator.id)
    if indicator.rows is not None:
        have, behind = pl.col(reported(indicator.id)), pl.col(expected(indicator.id))
        return [have.fill_null(0), behind.fill_null(1), pl.lit(0, pl.Int64).alias(unknown(indicator.id))]
    return [(pl.col(expected(indicator.id)).fill_null(0) < 1).cast(pl.Int64).alias(unknown(indicator.id))]


@lru_cache(maxsize=4096)
def _counts(name: str, known: str | None = None) -> tuple[pl.Expr, ...]:
    """A unit that reports figures of its own counts for one, and has reported one or none. known: the column that says
    whether it has; None where the figure itself does."""
    has = pl.col(name).is_not_null() if known is None else pl.col(known)
    none = pl.lit(0, pl.Int64).alias(unknown(name))
    return has.cast(pl.Int64).alias(reported(name)), pl.lit(1, pl.Int64).alias(expected(name)), none


def _is_counted(indicator: Indicator) -> bool:
    """True for a figure whose readings say how many stand behind it: districts, or keepers of rows."""
    return indicator.level == "district" or indicator.rows is not None


def _is_made_at_every_level(indicator: Indicator) -> bool:
    """True for one that every level has of its own figures (`is`)."""
    return indicator.roll_up == "is"


def _is_derived_here(indicator: Indicator) -> bool:
    """True for a figure that is derived at its own level, and rolled up from there. Those of districts are derived at
    intake, row by row."""
    return indicator.where is not None and indicator.level != "district" and not _is_made_at_every_level(indicator)


def _parts(indicator: Indicator) -> tuple[str, ...]:
    """What a figure is derived from."""
    return indicator.where.names if indicator.where else ()


def _innermost_first(
    indicators: Iterable[Indicator], plan: Plan, belongs: Callable[[Indicator], bool]
) -> list[Indicator]:
    """Those of `indicators`, and of all that they are derived from, that belong, in an order in which they can be computed.

    One that is derived from another comes after it, as each is a column that the next may name.
    """
    ordered: dict[str, Indicator] = {}

    def add(indicator: Indicator) -> None:
        if indicator.id in ordered or not belongs(indicator):
            return
        for name in _parts(indicator):
            add(plan.indicators[name])
        ordered[indicator.id] = indicator

    for indicator in indicators:
        add(indicator)
    return list(ordered.values())


def _with_derived(wide: pl.DataFrame, indicator: Indicator) -> pl.DataFrame:
    """Figures with one that is derived from them, and as of when the newest of those is, as far as they tell."""
    name, parts = indicator.id, _parts(indicator)
    moments = [pl.col(as_of(part)) for part in parts if as_of(part) in wide.columns]
    newest = pl.max_horizontal(moments) if moments else pl.lit(None)
    complete = [~is_missing(part) for part in parts]
    wide = with_derived_figure(wide, indicator, complete)
    wide = wide.with_columns(newest.cast(pl.Int64).alias(as_of(name)), *_counts(name, told(name)))
    return derived_bounds(wide, indicator)


_SUMMED = frozenset({"sum", "count_where", "sum_where", "mean", "gaps", "virtual", "villages"})
"""Ways in which figures are added up."""


def _up(
    wide: pl.DataFrame, pairs: pl.DataFrame, indicators: Sequence[Indicator], dated: Collection[str], rows: int
) -> pl.DataFrame:
    """Gather the units of one level under their superiors of another, of whom there are so many rows. pairs: `Offices.rows_below`.

    A sum of those who have reported is no figure of the whole: it is null until all of them have.
    """
    places = {one.id: decimal_places(wide[one.id]) for one in indicators if one.roll_up in _SUMMED}
    with_words = [one for one in indicators if loose(one.id) in wide.columns]
    gathered = (
        wide[pairs["row"]]
        .with_columns(pairs["above"])
        .group_by("above")
        .agg(
            *(expression for indicator in indicators for expression in _gather(indicator, places.get(indicator.id))),
            *(pl.col(as_of(indicator.id)).max() for indicator in indicators if indicator.id in dated),
            *(end for one in with_words for end in gathered_bounds(one.id, one.roll_up, as_of(one.id))),
        )
    )
    of_all = pl.int_range(rows, dtype=pl.UInt32, eager=True).alias("above").to_frame()
    gathered = of_all.join(gathered, on="above", how="left", maintain_order="left").drop("above")
    complete = [
        pl.when(pl.col(reported(i.id)) >= pl.col(expected(i.id))).then(pl.col(i.id)).alias(i.id) for i in indicators
    ]
    return gathered.with_columns(complete)


def _gather(indicator: Indicator, places: int | None) -> list[pl.Expr]:
    """How many have reported of how many, and the figure. places: of its figures, where they are added up."""
    name = indicator.id
    # a unit without a single district known still counts as one that has not reported
    counts = [
        pl.col(reported(name)).fill_null(0).sum(),
        pl.max_horizontal(pl.col(expected(name)).fill_null(1), 1).sum().alias(expected(name)),
        pl.col(unknown(name)).sum(),
    ]
    if indicator.roll_up == "count":
        return [*counts, _count(indicator)]
    if indicator.roll_up == "last":
        return [*counts, pl.col(name).sort_by(as_of(name), nulls_last=False).drop_nulls().last()]
    if indicator.roll_up == "mean" and indicator.level == "district":
        weight = pl.col(reported(name))
        return [*counts, ((pl.col(name) * weight).sum() / weight.sum()).round_sig_figs(SIGNIFICANT).alias(name)]
    if indicator.roll_up == "mean":
        return [*counts, mean_of(name, places)]
    if indicator.roll_up == "sum_where":
        uncomputed = pl.col(name).is_null() & _all_reported(name)
        return [*counts, pl.when(~uncomputed.any()).then(sum_of(name, places)).alias(name)]
    if indicator.roll_up in _SUMMED:
        return [*counts, sum_of(name, places)]
    return [*counts, (pl.col(name).min() if indicator.roll_up in ("min", "least_of") else pl.col(name).max())]


def _count(indicator: Indicator) -> pl.Expr:
    own = pl.col(indicator.id)
    return (own.sum() if indicator.level == "district" else own.count().cast(pl.Float64)).alias(indicator.id)
