"""Which of those who hold a role answer for a duty (负责范围): by its unit, its phase, and the rows that it is about.

Frames: `matters` has unit, requirement, period, kind (`UNITS` or the id of a column) and value: for each duty over rows the
codes of its rows and what stands in their columns, of those that are not met.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial

import polars as pl

from models.plan.answerable import PHASE, UNITS, parts_of
from models.rules.chasing.recipients import Fits, everybody
from models.rules.judging.tree import above
from models.rules.registers.duties import LABEL, MET, OWER, VALUE, RowDuties
from models.rules.registers.frames import CODE

DUTY = ["unit", "requirement", "period"]
MATTERS = pl.Schema({**dict.fromkeys(DUTY, pl.String()), "kind": pl.String(), "value": pl.String()})
_ROW, _PARTS = ":row", ":parts"


def kinds_asked(contacts: pl.DataFrame) -> frozenset[str]:
    """By what kinds of parts the contacts are told apart; nothing where everybody answers for everything."""
    texts = contacts["only_for"].unique().to_list()
    return frozenset(kind for text in texts for kind, _ in parts_of(text))


def answering(contacts: pl.DataFrame, units: pl.DataFrame, matters: pl.DataFrame | None = None) -> Fits:
    """Who of `contacts` (`Store.contacts`) answers for which line. units: every office around; matters: as for `fitting`."""
    return partial(fitting, chains=above(units), matters=matters) if kinds_asked(contacts) else everybody


def matters_of(duties: pl.DataFrame, judged: Mapping[str, RowDuties], kinds: Collection[str]) -> pl.DataFrame:
    """What duties over rows are about: `MATTERS`. duties: unit, requirement, period; judged: by requirement."""
    found = [pl.DataFrame(schema=MATTERS)]
    if not kinds:
        return found[0]
    for (key,), group in duties.select(DUTY).unique().partition_by("requirement", as_dict=True).items():
        rows = judged.get(str(key))
        if rows is not None:
            found += _matters(rows, group.cast({"requirement": pl.String}), kinds)
    return pl.concat(found).unique()


def _matters(judged: RowDuties, duties: pl.DataFrame, kinds: Collection[str]) -> list[pl.DataFrame]:
    own = judged.rows.filter(~pl.col(MET)).rename({OWER: "unit", LABEL: "period"})
    own = own.join(duties, on=["unit", "period"], how="inner")
    by = judged.each.by
    found = []
    if by in kinds:
        # what is owed row or no row is named by its label alone
        found.append(duties.select(*DUTY, kind=pl.lit(by), value=pl.col("period").str.split("/").list.last()))
        found.append(own.select(*DUTY, kind=pl.lit(by), value=VALUE))
    for kind in kinds:
        column = CODE if kind == UNITS else kind
        if column != CODE and column not in judged.register.columns:
            continue
        listed = own.select(*DUTY, kind=pl.lit(kind), value=pl.col(column))
        several = isinstance(listed.schema["value"], pl.List)
        found.append((listed.explode("value") if several else listed).cast({"value": pl.String}).drop_nulls("value"))
    return found


def fitting(hits: pl.DataFrame, chains: pl.DataFrame, matters: pl.DataFrame | None) -> pl.DataFrame:
    """Those of `hits` whose contact answers for the line.

    hits: … unit, requirement, period, only_for. chains: unit, ancestor, by which one unit is below another. matters: None
    where nothing is known of rows, which then tell nobody apart.
    """
    limited = hits.with_row_index(_ROW).filter(pl.col("only_for") != "")
    if limited.is_empty():
        return hits
    texts = limited["only_for"].unique().to_list()
    parts = [(text, kind, value) for text in texts for kind, value in parts_of(text)]
    asked = pl.DataFrame(parts, schema={"only_for": pl.String, "kind": pl.String, "value": pl.String}, orient="row")
    wanted = limited.select(_ROW, *DUTY, "only_for").cast({"requirement": pl.String}).join(asked, on="only_for")
    phase = (pl.col("kind") == PHASE) & (
        pl.col("requirement").str.split_exact(".", 1).struct.field("field_0") == pl.col("value")
    )
    below = pl.col("kind").eq(UNITS) & pl.col("unit").str.starts_with(pl.col("value"))
    fits = [wanted.filter(phase | below)]
    by_command = chains.select("unit", value="ancestor")
    fits.append(wanted.filter(pl.col("kind") == UNITS).join(by_command, on=["unit", "value"], how="semi"))
    if matters is None:
        fits.append(wanted.filter(~pl.col("kind").is_in([UNITS, PHASE])))
    else:
        of_rows = matters.rename({"value": "stands"})
        met = wanted.join(of_rows, on=[*DUTY, "kind"])
        same = pl.col("stands") == pl.col("value")
        within = (pl.col("kind") == UNITS) & pl.col("stands").str.starts_with(pl.col("value"))
        fits.append(met.filter(same | within).select(wanted.columns))
    kinds = asked.group_by("only_for").agg(pl.col("kind").n_unique().alias(_PARTS))
    enough = (
        pl.concat(fits)
        .group_by(_ROW, "only_for")
        .agg(pl.col("kind").n_unique())
        .join(kinds, on="only_for")
        .filter(pl.col("kind") == pl.col(_PARTS))
    )
    left_out = limited.join(enough, on=_ROW, how="anti")[_ROW]
    return hits.with_row_index(_ROW).filter(~pl.col(_ROW).is_in(left_out.implode())).drop(_ROW)
