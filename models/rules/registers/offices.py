"""Whose a row is: its keeper, and of which level and kind the unit is that its code names."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from models.plan.lists import Register
from models.rules.registers.frames import CODE, NIL
from models.units import DIGITS, LEVEL_OF_DIGITS, NATION, UNIT_KINDS, Level

OFFICE, LEVEL, UNIT_KIND = "office", "level", "unit_kind"
KIND = "kind"
"""What the list of units says of a township."""
_REPEATED = 2
"""Where a code stands so often in a run in the middle, its office is looked up once for each run."""


def with_offices(rows: pl.DataFrame, register: Register, units: pl.DataFrame, chains: pl.DataFrame) -> pl.DataFrame:
    """Add to rows `office` (their keeper: the nearest office at or above the code whose level keeps the register),
    `level` and `unit_kind`, each null where there is none.

    units: unit, level …, and kind where it is known; chains: `models.rules.judging.tree.above(units)`: unit, ancestor, depth (0
    for itself). A code that no unit has belongs to the nearest unit by its digits: a district to its village, or to its
    township where no villages are loaded. A kind that the list of units gives to a township goes before its digits, for
    everything below it too.
    """
    codes = rows[CODE].cast(pl.String)
    once = codes.rle().struct.field("value")
    if len(once) * _REPEATED > len(codes):
        of_row = _whose(codes, register, units, chains)
    else:
        of_row = _whose(once, register, units, chains)[codes.rle_id()]
    found = rows.drop(OFFICE, LEVEL, UNIT_KIND, strict=False).hstack(of_row)
    if NIL in found.columns and found[NIL].any():
        # a nil return speaks for the office of its code alone, and for nobody once that code is gone
        another = pl.col(NIL) & (pl.col(OFFICE) != codes)
        found = found.with_columns(pl.when(another.fill_null(False)).then(None).otherwise(OFFICE).alias(OFFICE))
    return found


def _whose(codes: pl.Series, register: Register, units: pl.DataFrame, chains: pl.DataFrame) -> pl.DataFrame:
    """OFFICE, LEVEL and UNIT_KIND of each of these codes."""
    villages, runs = _runs(codes)
    places = nearest_units(runs, units)
    keeper = office_above(places, register.kept_by, units, chains)
    levels = _levels(runs, units)
    kinds = _kinds(runs)
    named = _named_kinds(places, units, chains)
    if named is not None:
        kinds = named.zip_with(named.is_not_null(), kinds)
    whose = pl.DataFrame([keeper.alias(OFFICE), levels.alias(LEVEL), kinds.alias(UNIT_KIND)])
    of_code = whose[villages.rle_id()] if len(codes) else whose
    is_district = codes.str.len_bytes() == DIGITS["district"]
    return of_code.with_columns(pl.when(is_district).then(pl.lit("district")).otherwise(LEVEL).alias(LEVEL))


def placed(rows: pl.DataFrame, register: Register, units: pl.DataFrame, chains: pl.DataFrame) -> pl.DataFrame:
    """Rows `with_offices`, which are looked up unless somebody has done so already."""
    return rows if OFFICE in rows.columns else with_offices(rows, register, units, chains)


def unit_above(codes: pl.Series, levels: Collection[Level], units: pl.DataFrame, chains: pl.DataFrame) -> pl.Series:
    """The nearest office of one of `levels` at or above each code, null where there is none."""
    unpadded, runs = _runs(codes)
    found = office_above(nearest_units(runs, units), levels, units, chains)
    return found[unpadded.rle_id()] if len(codes) else found


def _runs(codes: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The village of each code, or the code itself above villages; and the same once for each run of one.

    Rows come in order of their codes, so that the districts of a village are looked up once.
    """
    villages = codes.cast(pl.String).str.head(DIGITS["village"])
    return villages, villages.rle().struct.field("value")


def nearest_units(codes: pl.Series, units: pl.DataFrame) -> pl.Series:
    """The unit of each code, or the nearest above it by digits that there is."""
    known = units["unit"].implode()
    found = codes.clear().extend_constant(None, len(codes))
    for digits in sorted(LEVEL_OF_DIGITS, reverse=True):
        if not found.null_count():
            break
        prefixes = codes.str.head(digits)
        found = found.zip_with(found.is_not_null() | ~prefixes.is_in(known), prefixes)
    return found


def office_above(places: pl.Series, levels: Collection[Level], units: pl.DataFrame, chains: pl.DataFrame) -> pl.Series:
    """The nearest office of one of `levels` at or above each of these units, itself included; null where there is none."""
    offices = units.filter(pl.col("level").is_in(list(levels))).select(ancestor="unit")
    above = chains.join(offices, on="ancestor", how="semi")
    wanted = places.alias("unit").to_frame().with_row_index("row")
    found = wanted.join(above, on="unit", how="left", maintain_order="left")
    if found.height > wanted.height:
        found = found.sort("row", "depth").unique("row", keep="first", maintain_order=True)
    return found["ancestor"]


def _levels(codes: pl.Series, units: pl.DataFrame) -> pl.Series:
    """The level of each unit, or what the digits of its code say where there is no such unit."""
    by_digits = codes.str.len_bytes().replace_strict(LEVEL_OF_DIGITS, default=None, return_dtype=pl.String)
    named = (
        codes.alias("unit").to_frame().join(units.select("unit", LEVEL), on="unit", how="left", maintain_order="left")
    )
    return named[LEVEL].zip_with(named[LEVEL].is_not_null(), by_digits.set(codes == NATION, None))


def _named_kinds(places: pl.Series, units: pl.DataFrame, chains: pl.DataFrame) -> pl.Series | None:
    """The kind that the list of units gives to the township at or above each of these units; None where it gives none."""
    if KIND not in units.columns or units[KIND].null_count() == units.height:
        return None
    townships = office_above(places, ["township"], units, chains)
    given = units.select("unit", KIND)
    return townships.alias("unit").to_frame().join(given, on="unit", how="left", maintain_order="left")[KIND]


def _kinds(codes: pl.Series) -> pl.Series:
    """By the digits of the township; null above townships, and where the digits say nothing."""
    township = codes.str.slice(DIGITS["county"], 3)
    number = township.set(township.str.len_bytes() < 3, None).cast(pl.Int16, strict=False)
    kind = pl.lit(None, pl.String)
    for name, (first, last) in UNIT_KINDS.items():
        kind = pl.when(pl.col("number").is_between(first, last)).then(pl.lit(name)).otherwise(kind)
    return number.alias("number").to_frame().select(kind.alias(UNIT_KIND))[UNIT_KIND]
