"""What goes differently in each place, so that its figures tell what its document tells.

A chapter takes the frame of one topic and level (code, sums beginning with "_", the ordinary figures) and
returns it changed. Which office a story falls on is drawn from the seed: no document names one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl

from deployments.demo.synthetic.chance import apportion, between, first_of, uniform
from deployments.demo.synthetic.places import Place
from models.units import Level

Chapter = Callable[[Place, pl.DataFrame], pl.DataFrame]

_OWN_COUNTY = pl.col("code").str.slice(4, 1).ne("7")
"""Not a development zone: those have 7 as the fifth digit."""


# ---- 山西 2020-08-03: 8.5 yuan a head against 10, two counties without, meetings partly held


def _shanxi_funds(place: Place, counties: pl.DataFrame) -> pl.DataFrame:
    """Funds average exactly 8.5 yuan a head over the province; two counties have none, and some lack money for the allowance
    and for devices though others have it."""
    total = place.filled["persons"]
    persons = apportion(total, counties["_dwellings"], least=1_000)
    without = counties.select(first_of(_OWN_COUNTY, 2, place.seed + 20)).to_series()
    rate = counties.select(5.5 + 6.5 * uniform(place.seed + 21)).to_series()
    weights = persons * rate * (~without).cast(pl.Float64)
    funds = apportion(total * 17 // 2, weights)
    budget = apportion(total * 10, persons)
    lacking = counties.select(uniform(place.seed + 49) < 0.15).to_series()
    return counties.with_columns(
        population=persons,
        _budgeted=pl.max_horizontal(budget, funds),
        _approved=funds,
        _arrived=funds,
        _allowance=pl.when(lacking).then(0).otherwise(funds // 2),
        _devices=pl.when(lacking).then(0).otherwise(funds // 4),
    )


def _shanxi_materials(place: Place, counties: pl.DataFrame) -> pl.DataFrame:
    """Purchases under way."""
    arrived = (pl.col("_device_needed") * (uniform(place.seed + 22) * 0.7)).floor().cast(pl.Int64)
    return counties.with_columns(_device_arrived=arrived, _device_issued=0, _kit_arrived=0, _kit_issued=0)


def _shanxi_city_meetings(place: Place, cities: pl.DataFrame) -> pl.DataFrame:
    held = first_of(pl.lit(True), 7, place.seed + 23)
    heard = first_of(held, 6, place.seed + 24)
    return cities.with_columns(_special=held.cast(pl.Int64), _heard=heard.cast(pl.Int64))


def _shanxi_county_meetings(place: Place, counties: pl.DataFrame) -> pl.DataFrame:
    held = first_of(pl.lit(True), 78, place.seed + 25)
    heard = first_of(held, 64, place.seed + 26)
    return counties.with_columns(_special=held.cast(pl.Int64), _heard=heard.cast(pl.Int64))


def _shanxi_pilots(place: Place, cities: pl.DataFrame) -> pl.DataFrame:
    return cities.with_columns(_problems=between(0, 6, place.seed + 27))


# ---- 河北 2020-10-31: listing uneven, staff enough and unstable, births and deaths to be looked into


def lagging_share(place: Place, cities: pl.DataFrame) -> pl.DataFrame:
    """How much of a city's listing is not finished: code, _lag (0 to 0.09). Half of the cities are done."""
    order = uniform(place.seed + 30).rank("ordinal")
    lag = pl.when(order > 5).then(0.0).when(order > 2).then(0.012).otherwise(0.09 / order)
    return cities.select("code", _lag=lag)


def _unstable_staff(_place: Place, townships: pl.DataFrame) -> pl.DataFrame:
    """Where districts have nobody, somebody left and was not replaced."""
    gone = pl.col("_left") + pl.col("_uncovered")
    return townships.with_columns(_left=gone, _replaced=gone - pl.col("_uncovered"))


# ---- 石河子 2020-11-02: everything handed over and signed, kits arriving, coverage short


def _shihezi_materials(_place: Place, counties: pl.DataFrame) -> pl.DataFrame:
    """Devices by enumerators' need; bags and gloves arrive and go out bit by bit."""
    return counties.with_columns(
        **{f"_device_{name}": pl.col("_enumerators") for name in ("needed", "arrived", "issued")},
        _kit_arrived=2_100,
        _kit_issued=1_650,
    )


def _shihezi_prints(_place: Place, townships: pl.DataFrame) -> pl.DataFrame:
    """As many letters as the document counts, by the townships' dwellings."""
    return townships.with_columns(_letters=apportion(173_000, townships["_dwellings"]))


def _shihezi_training(_place: Place, townships: pl.DataFrame) -> pl.DataFrame:
    """About 4 000 person-times for 2 900 persons."""
    return townships.with_columns(_attendances=apportion(4_000, townships["_staff"]))


# ---- 黔江 2020-10-28: in order; 35 % of the staff are cadres


def _qianjiang_cadres(place: Place, townships: pl.DataFrame) -> pl.DataFrame:
    assert place.staff is not None
    return townships.with_columns(_cadres=apportion(place.staff * 35 // 100, townships["_staff"]))


# ---- 滕州 2020-04-22: planned, not done; 5.80 million budgeted, 1.22 million signed, none paid in yet


def _tengzhou_funds(place: Place, counties: pl.DataFrame) -> pl.DataFrame:
    assert place.persons is not None
    return counties.with_columns(
        population=place.persons, _budgeted=5_800_000, _approved=1_220_000, _arrived=0, _allowance=0
    )


def _tengzhou_materials(_place: Place, counties: pl.DataFrame) -> pl.DataFrame:
    return counties.with_columns(_device_arrived=0, _device_issued=0, _kit_arrived=0, _kit_issued=0)


def _tengzhou_office(_place: Place, counties: pl.DataFrame) -> pl.DataFrame:
    return counties.with_columns(_office_rooms=2)


def _tengzhou_meetings(_place: Place, counties: pl.DataFrame) -> pl.DataFrame:
    return counties.with_columns(_special=1, _heard=1)


CHAPTERS: Mapping[tuple[str, str, Level], Chapter] = {
    ("shanxi", "funds", "county"): _shanxi_funds,
    ("shanxi", "materials", "county"): _shanxi_materials,
    ("shanxi", "meetings", "city"): _shanxi_city_meetings,
    ("shanxi", "meetings", "county"): _shanxi_county_meetings,
    ("shanxi", "pilots", "city"): _shanxi_pilots,
    ("hebei", "recruitment", "township"): _unstable_staff,
    ("shihezi", "recruitment", "township"): _unstable_staff,
    ("shihezi", "materials", "county"): _shihezi_materials,
    ("shihezi", "publicity", "township"): _shihezi_prints,
    ("shihezi", "training", "township"): _shihezi_training,
    ("qianjiang", "recruitment", "township"): _qianjiang_cadres,
    ("tengzhou", "organisation", "county"): _tengzhou_office,
    ("tengzhou", "funds", "county"): _tengzhou_funds,
    ("tengzhou", "materials", "county"): _tengzhou_materials,
    ("tengzhou", "meetings", "county"): _tengzhou_meetings,
}


def tell(place: Place, topic: str, level: Level, frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` as this place's story has it; unchanged where nothing special is told."""
    chapter = CHAPTERS.get((place.id, topic, level))
    return chapter(place, frame) if chapter else frame
