"""Synthetic district registers (普查小区底册): real villages, districts drawn so that they add up exactly.

A register has one row a district: code (15 digits), village, township, county, and counts of things and of
staff. Nothing in it is about the people who are counted.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from deployments.demo.synthetic.chance import apportion, between, first_of, uniform
from deployments.demo.synthetic.places import Place, at_level, county_of

_STREETS, _TOWNS = "0", "1"


@dataclass(frozen=True)
class Ground:
    """What a place's figures stand on, one frame a level; each has `code` and sums that begin with "_".

    districts: enumerators counts those who look after the district, a person who holds several once in each;
    enumerator_load is how many districts that person holds.
    """

    districts: pl.DataFrame
    villages: pl.DataFrame
    townships: pl.DataFrame
    counties: pl.DataFrame


def ground(place: Place) -> Ground:
    """Draw `place`. The same place always comes out the same."""
    villages = _villages(place)
    districts = _staffed(place, _districts(place, villages))
    townships = _summed(districts, villages, "township")
    return Ground(districts, villages, townships, _summed(districts, villages, "county"))


def _villages(place: Place) -> pl.DataFrame:
    """Every village with its areas (普查区), districts and instructors."""
    villages = at_level(place, "village").select("code")
    kind = pl.col("code").str.slice(6, 1)
    urban = pl.when(kind == _STREETS).then(2.0).when(kind == _TOWNS).then(1.2).otherwise(1.0)
    weights = villages.select((0.4 + uniform(place.seed) ** 2) * urban).to_series()
    count = place.districts or place.filled["districts"]
    areas = place.areas or villages.height
    instructors = place.filled.get("instructors", villages.height)
    drawn = villages.with_columns(
        _districts=apportion(count, weights, least=1), areas=apportion(areas, weights, least=1)
    )
    own = drawn["areas"]
    # every area has an instructor, the rest go where the districts are
    spare = apportion(instructors - int(own.sum()), drawn["_districts"])
    return drawn.with_columns(
        instructors=own + spare,
        township=pl.col("code").str.head(9),
        county=county_of(place),
    )


def _districts(place: Place, villages: pl.DataFrame) -> pl.DataFrame:
    number = pl.int_ranges(1, pl.col("_districts") + 1).alias("number")
    rows = villages.select("code", "township", "county", number).explode("number", empty_as_null=False)
    drawn = rows.select(
        code=pl.concat_str("code", pl.col("number").cast(pl.String).str.zfill(3)),
        village="code",
        township="township",
        county="county",
    )
    drawn = drawn.with_columns(dwellings=between(55, 105, place.seed + 1))
    street = pl.col("township").str.slice(6, 1) == _STREETS
    buildings = drawn.select(
        pl.when(street).then(between(2, 18, place.seed + 2)).otherwise(between(25, 80, place.seed + 2))
    ).to_series()
    if place.buildings is not None:
        buildings = apportion(place.buildings, buildings, least=1)
    return drawn.with_columns(buildings=buildings)


def _staffed(place: Place, districts: pl.DataFrame) -> pl.DataFrame:
    """Add enumerators, enumerator_load and _unstable (the place keeps losing staff there)."""
    if place.staff is None:
        return districts.with_columns(
            enumerators=pl.lit(1, pl.Int64), enumerator_load=pl.lit(1, pl.Int64), _unstable=pl.lit(False)
        )
    uncovered = place.filled["uncovered"]
    persons = place.staff - place.filled["instructors"]
    losing = _unstable_townships(place, districts)
    drawn = districts.with_columns(_unstable=pl.col("township").is_in(losing.implode()))
    drawn = drawn.with_columns(_bare=first_of(pl.col("_unstable"), uncovered, place.seed + 3))
    covered = districts.height - uncovered
    if persons >= covered:
        second = first_of(~pl.col("_bare"), persons - covered, place.seed + 4)
        return drawn.with_columns(
            enumerators=pl.when(pl.col("_bare")).then(0).otherwise(1 + second.cast(pl.Int64)),
            enumerator_load=pl.when(pl.col("_bare")).then(0).otherwise(1),
        )
    return _shared(drawn, covered - persons)


def _shared(drawn: pl.DataFrame, pairs: int) -> pl.DataFrame:
    """Fewer enumerators than districts: `pairs` of them hold two each, in one township."""
    held = drawn.filter(~pl.col("_bare")).group_by("township", maintain_order=True).agg(_held=pl.len())
    held = held.with_columns(_pairs=apportion(pairs, held["_held"]))
    in_pair = pl.col("_bare").not_().cum_sum().over("township") <= 2 * pl.col("_pairs")
    return (
        drawn.join(held, on="township", how="left", maintain_order="left")
        .with_columns(
            enumerators=pl.when(pl.col("_bare")).then(0).otherwise(1),
            enumerator_load=pl.when(pl.col("_bare")).then(0).when(in_pair).then(2).otherwise(1),
        )
        .drop("_held", "_pairs")
    )


def _unstable_townships(place: Place, districts: pl.DataFrame) -> pl.Series:
    """Where staff is lost: two streets of a county, one township in thirty of a province."""
    townships = districts.select("township").unique(maintain_order=True)
    if townships.height < 60:
        streets = pl.col("township").str.slice(6, 1) == _STREETS
        return townships.filter(first_of(streets, 2, place.seed + 5))["township"]
    return townships.filter(uniform(place.seed + 5) < 1 / 30)["township"]


def _summed(districts: pl.DataFrame, villages: pl.DataFrame, level: str) -> pl.DataFrame:
    """One row a unit of `level`, with the sums that its reports are made of."""
    load = pl.col("enumerator_load")
    share = pl.when(load > 0).then(pl.col("enumerators") / load).otherwise(0.0)
    persons = share.sum().round(0).cast(pl.Int64)
    of_districts = (
        districts.group_by(level, maintain_order=True)
        .agg(
            _districts=pl.len().cast(pl.Int64),
            _dwellings=pl.col("dwellings").sum(),
            _enumerators=persons,
            _uncovered=(pl.col("enumerators") < 1).sum().cast(pl.Int64),
            _unstable=pl.col("_unstable").any(),
        )
        .sort(level)
    )
    of_villages = villages.group_by(level, maintain_order=True).agg(
        _villages=pl.len().cast(pl.Int64),
        _areas=pl.col("areas").sum(),
        _instructors=pl.col("instructors").sum(),
    )
    joined = of_districts.join(of_villages, on=level, how="left", maintain_order="left")
    return joined.with_columns(_staff=pl.col("_enumerators") + pl.col("_instructors")).rename({level: "code"})
