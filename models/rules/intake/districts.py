"""What a township or village makes of its districts (普查小区). States of districts are those of
`models.rules.registers.districts`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import polars as pl

from models.plan.derived import told, with_derived_figure
from models.plan.districts_known import with_counts_of_districts
from models.plan.model import FROM_CODES, Indicator, Plan
from models.plan.periods import Rhythm
from models.rules.intake.report_units import TO_TOWNSHIP, TO_VILLAGE
from models.rules.registers.districts import KNOWN, MARKS, SEEN, alive, gone
from models.rules.registers.frames import CODE, EMPTIED, WITHDRAWN
from models.sums import decimal_places, mean_of, sum_of
from models.units import DIGITS, FIRST_VIRTUAL, Level

FIGURES = pl.Schema(
    {"indicator": pl.String, "unit": pl.Int64, "value": pl.Float64, "reported": pl.Int64, "expected": pl.Int64}
)
_DIVIDE: Mapping[Level, int] = {"township": TO_TOWNSHIP, "village": TO_VILLAGE}
_UNIT = "unit"
_SUMS = frozenset({"sum", "count_where", "sum_where"}) | FROM_CODES
_NUMBER = pl.col(CODE) % 10 ** (DIGITS["district"] - DIGITS["village"])
"""The number of a district within its village."""


def unit_of(level: Level) -> pl.Expr:
    """The code of the township or village that a district lies in."""
    return pl.col(CODE) // _DIVIDE[level]


def within(frame: pl.DataFrame, units: pl.Series, level: Level = "township") -> pl.DataFrame:
    """The districts that lie in `units`."""
    return frame.filter(unit_of(level).is_in(units.implode()))


def needed_at(plan: Plan, level: Level) -> list[Indicator]:
    """The district indicators that an office of `level` needs a reading of, none before what it is derived from.

    A township has readings of all of them; a village of those that something judged at villages uses, and of the number
    of its districts.
    """
    own = {name: indicator for name, indicator in plan.indicators.items() if indicator.level == "district"}
    if level != "township":
        used = {name for r in plan.requirements if r.judged_at == level for name in r.met_when.names}
        wanted = with_counts_of_districts(plan, plan.base_indicators(frozenset(used)))
        own = {name: indicator for name, indicator in own.items() if name in wanted}
    ordered: dict[str, Indicator] = {}

    def add(indicator: Indicator) -> None:
        for name in indicator.where.names if indicator.where else ():
            if name not in ordered:
                add(plan.indicators[name])
        ordered[indicator.id] = indicator

    for indicator in own.values():
        add(indicator)
    return list(ordered.values())


def of_rhythm(plan: Plan, rhythm: Rhythm, indicators: Iterable[Indicator]) -> list[Indicator]:
    """Those of `indicators` that something is judged on which is owed in that rhythm; their order is kept."""
    behind = frozenset[str]().union(*(plan.behind[r.key] for r in plan.requirements if plan.rhythm(r) == rhythm))
    return [indicator for indicator in indicators if indicator.id in behind]


def reported_behind(indicator: Indicator, plan: Plan) -> list[str]:
    """The reported indicators that a figure is made of; empty for the number of districts."""
    behind = plan.base_indicators(frozenset({indicator.id}))
    return sorted(name for name in behind if _is_reported(plan.indicators[name]))


def _is_reported(indicator: Indicator) -> bool:
    return indicator.where is None and indicator.roll_up not in FROM_CODES


def brought(rows: pl.DataFrame, indicators: Iterable[Indicator], plan: Plan, level: Level) -> pl.DataFrame:
    """Which indicators a report brings a figure for, in which units: indicator, unit.

    The number of districts is brought by every row, save one that withdraws its district. A cell that a row empties is one that
    it has something to say of.
    """
    rows = _with_dashes(alive(rows))
    given = [name for name in rows.columns if name not in (*MARKS, SEEN)]
    gaps = [name for name in given if rows[name].null_count()]
    grouped = rows.with_columns(unit_of(level).set_sorted().alias(_UNIT)).group_by(_UNIT, maintain_order=True)
    by_unit = grouped.agg(pl.col(name).is_not_null().any() for name in gaps)
    by_unit = by_unit.with_columns(pl.lit(True).alias(name) for name in given if name not in gaps)
    pairs = [pl.DataFrame(schema={"indicator": pl.String, _UNIT: pl.Int64})]
    for indicator in indicators:
        behind = reported_behind(indicator, plan)
        found = [name for name in behind if name in given]
        if behind and not found:
            continue
        units = by_unit.filter(pl.any_horizontal(found)) if behind else by_unit
        pairs.append(units.select(pl.lit(indicator.id).alias("indicator"), _UNIT))
    return pl.concat(pairs)


def _with_dashes(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with something in each cell that they empty."""
    if EMPTIED not in rows.columns:
        return rows
    names = rows[EMPTIED].explode().drop_nulls().unique(maintain_order=True).to_list()
    dashed = {name: pl.col(EMPTIED).list.contains(name).fill_null(False) for name in names}
    rows = rows.with_columns(pl.lit(None, pl.Float64).alias(name) for name in names if name not in rows.columns)
    return rows.with_columns(
        pl.when(here | pl.col(name).is_not_null()).then(pl.lit(True)).alias(name) for name, here in dashed.items()
    )


def figures(state: pl.DataFrame, indicators: Sequence[Indicator], plan: Plan, level: Level, as_of: int) -> pl.DataFrame:
    """The figures of every township or village with a district in `state`: FIGURES, live, fresh.

    value is null while fewer districts have reported than are known. live: something behind the figure
    was reported by at least one district. fresh: a district was first heard of, or withdrawn, at `as_of`. A unit whose last
    district was withdrawn then has sums of nothing, and nothing else.
    """
    there = _figures(alive(state), indicators, plan, level, as_of)
    if WITHDRAWN not in state.columns:
        return there
    units = state.select(unit_of(level).alias(_UNIT), WITHDRAWN, left=gone() & (pl.col(KNOWN) == as_of))
    moved = units.filter(pl.col(WITHDRAWN).is_not_null())[_UNIT].unique().implode()
    left = units.filter("left")[_UNIT].unique().implode()
    # what was reported there may have gone with a district, and a reading of before must not outlive it
    there = there.with_columns(pl.col("live") | pl.col(_UNIT).is_in(moved), pl.col("fresh") | pl.col(_UNIT).is_in(left))
    emptied = _figures(state.filter(units["left"]), indicators, plan, level, as_of)
    emptied = emptied.join(there.select(_UNIT).unique(), on=_UNIT, how="anti")
    sums = [indicator.id for indicator in indicators if indicator.roll_up in _SUMS]
    nothing, none = pl.when(pl.col("indicator").is_in(sums)).then(pl.lit(0.0)), pl.lit(0, pl.Int64)
    return pl.concat([there, emptied.with_columns(value=nothing, reported=none, expected=none, live=pl.lit(True))])


def _figures(
    state: pl.DataFrame, indicators: Sequence[Indicator], plan: Plan, level: Level, as_of: int
) -> pl.DataFrame:
    # what nothing was ever reported for is neither brought nor live, and has no reading anywhere
    asked = [
        i for i in indicators if not (behind := reported_behind(i, plan)) or not set(behind).isdisjoint(state.columns)
    ]
    wide = _derived(state, asked, plan)
    places = _places(state, wide, asked)
    names = sorted({name for indicator in asked for name in reported_behind(indicator, plan)} & set(state.columns))
    counted = {name for name in names if any(i.id == name for i in asked)}
    by_unit = (
        wide.with_columns(unit_of(level).set_sorted().alias(_UNIT))
        .group_by(_UNIT, maintain_order=True)
        .agg(
            pl.len().cast(pl.Int64).alias("expected"),
            (pl.col(KNOWN) == as_of).any().alias("fresh"),
            *(pl.col(name).count().cast(pl.Int64).alias(f"{name}:reported") for name in names if name not in counted),
            *(_have(i, state.columns).cast(pl.Int64).alias(f"{i.id}:reported") for i in asked),
            *(_gather(i, places.get(i.id)).cast(pl.Float64).alias(f"{i.id}:value") for i in asked),
        )
        .collect(engine="in-memory")
    )
    return pl.concat([_tall(by_unit, indicator, plan, names) for indicator in asked] or [_no_figures()])


def _no_figures() -> pl.DataFrame:
    return pl.DataFrame(schema={**FIGURES, "live": pl.Boolean, "fresh": pl.Boolean})


def _have(indicator: Indicator, columns: Collection[str]) -> pl.Expr:
    """How many districts have a figure. In the number of districts, all that are known, or seen in a period."""
    if indicator.where is None and indicator.roll_up in FROM_CODES:
        return pl.col(SEEN if SEEN in columns else CODE).count()
    if indicator.where is not None:
        return pl.col(told(indicator.id)).sum()
    return pl.col(indicator.id).count()


def _derived(state: pl.DataFrame, indicators: Sequence[Indicator], plan: Plan) -> pl.LazyFrame:
    """The state with a column for every indicator, those derived evaluated district by district."""
    wide, have = state.lazy(), set(state.columns)
    for indicator in indicators:
        if indicator.where is None:
            continue
        for name in set(indicator.where.names) - have:
            wide = wide.with_columns(_untold(plan.indicators[name], state.columns))
        parts = [plan.indicators[name] for name in indicator.where.names]
        complete = [pl.col(told(one.id)) if one.where else pl.col(one.id).is_not_null() for one in parts]
        wide = with_derived_figure(wide, indicator, complete)
        have |= {indicator.id, *indicator.where.names}
    return wide


def _untold(indicator: Indicator, columns: Collection[str]) -> list[pl.Expr]:
    """An indicator that is no column of a state: each district is one of its number, of all others nothing is known."""
    nothing = pl.lit(None, pl.Float64).alias(indicator.id)
    if indicator.where is not None:
        return [nothing, pl.lit(False).alias(told(indicator.id))]
    if indicator.roll_up != "count":
        return [nothing]
    return [(pl.col(SEEN) if SEEN in columns else pl.lit(1.0)).alias(indicator.id)]


def _places(state: pl.DataFrame, wide: pl.LazyFrame, indicators: Iterable[Indicator]) -> dict[str, int | None]:
    """For each indicator that is added up, the decimal places of its districts' figures."""
    added = [one.id for one in indicators if one.roll_up in ("sum", "mean")]
    derived = [one.id for one in indicators if one.roll_up == "sum_where"]
    columns = [state[name] for name in added]
    if derived:
        columns += wide.select(derived).collect(engine="in-memory").get_columns()
    return {column.name: decimal_places(column) for column in columns}


def _gather(indicator: Indicator, places: int | None) -> pl.Expr:
    """What a unit makes of its districts' figures. `last` is the last district's in code order.

    places: of the figures, where they are added up.
    """
    own = pl.col(indicator.id)
    match indicator.roll_up:
        case "count":
            return pl.len()
        case "virtual":
            return _number_of(_NUMBER >= FIRST_VIRTUAL)
        case "villages":
            village = pl.col(CODE) // TO_VILLAGE
            return village.filter(_NUMBER < FIRST_VIRTUAL).n_unique()
        case "gaps":
            # in code order: whoever is not number 1 comes right after the number before
            follows = (pl.col(CODE).diff() == 1).fill_null(value=False)
            return _number_of((_NUMBER < FIRST_VIRTUAL) & (_NUMBER != 1) & ~follows)
        case "min":
            return own.min()
        case "max":
            return own.max()
        case "mean":
            return mean_of(indicator.id, places)
        case "last":
            return own.drop_nulls().last()
        case "count_where":
            return own.sum()
        case "sum_where":
            # one that cannot be computed leaves the sum without a value, and not what the others have
            return pl.when(pl.col(told(indicator.id)).sum() == own.count()).then(sum_of(indicator.id, places))
        case _:
            return sum_of(indicator.id, places)


def _number_of(chosen: pl.Expr) -> pl.Expr:
    return chosen.sum()


def _tall(by_unit: pl.DataFrame, indicator: Indicator, plan: Plan, names: Sequence[str]) -> pl.DataFrame:
    behind = reported_behind(indicator, plan)
    lively = [pl.col(f"{name}:reported") > 0 for name in behind if name in names]
    live = pl.any_horizontal(lively) if behind else pl.lit(True)
    reported = pl.col(f"{indicator.id}:reported")
    return by_unit.select(
        pl.lit(indicator.id).alias("indicator"),
        _UNIT,
        pl.when(reported >= pl.col("expected")).then(f"{indicator.id}:value").alias("value"),
        reported.alias("reported"),
        "expected",
        live.alias("live"),
        "fresh",
    )
