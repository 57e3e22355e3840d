"""The lists of zoning, clean-up, acceptance and recheck (登记册), which rest on a place's ground and not on totals of its story.

Who is whose neighbour is drawn, not measured: an office's neighbours are those before and after it in the order of codes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

import polars as pl

from deployments.demo.synthetic.chance import between, uniform
from deployments.demo.synthetic.places import Place, at_level
from deployments.demo.synthetic.register import Ground
from models.plan.files import read_plan_files
from models.rules.phases.acceptance import draw

Rows = tuple[str, pl.DataFrame]
"""A register and rows of it."""

_BEYOND: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"shihezi": ("652324", "654223"), "qianjiang": ("500242", "500243")}
)
"""Counties next to a place that is one county itself."""


def rows_of_topic(place: Place, drawn: Ground, topic: str) -> Iterator[Rows]:
    """The rows that are reported under a topic, of all offices of the place."""
    for rows in (*_OF_TOPIC.get(topic, ()), *_OWN.get((place.id, topic), ())):
        yield rows(place, drawn)


def _boundaries(place: Place, drawn: Ground) -> Rows:
    """Both sides of every boundary; in Shanxi one township in eight has not answered on one of its own."""
    townships = _ring(drawn.townships.select("code"), 6)
    if place.id == "shanxi":
        last = pl.int_range(pl.len()).over("code") == 0
        silent = townships.select("code").unique(maintain_order=True).filter(uniform(place.seed + 28) < 0.12)["code"]
        townships = townships.with_columns(
            state=pl.when(last & pl.col("code").is_in(silent.implode()))
            .then(pl.lit("pending"))
            .otherwise(pl.lit("agreed"))
        )
    else:
        townships = townships.with_columns(state=pl.lit("agreed"))
    beyond = pl.DataFrame({"neighbour": _BEYOND.get(place.id, ())}, schema={"neighbour": pl.String})
    counties = at_level(place, "county").select("code")
    inside = _ring(counties, 2) if beyond.is_empty() else counties.join(beyond, how="cross")
    told = pl.concat([inside.with_columns(state=pl.lit("agreed")), townships])
    # who has no neighbour says so: a code and nothing else
    alone = pl.concat([counties, drawn.townships.select("code")]).join(told, on="code", how="anti")
    return "boundaries", pl.concat([told, alone], how="diagonal")


def _ring(offices: pl.DataFrame, digits: int) -> pl.DataFrame:
    """Each office with the one before and the one after it among those of the same superior (the first `digits`), in a ring."""
    above = pl.col("code").str.head(digits)
    both = offices.sort("code").with_columns(
        before=pl.coalesce(pl.col("code").shift(1).over(above), pl.col("code").last().over(above)),
        after=pl.coalesce(pl.col("code").shift(-1).over(above), pl.col("code").first().over(above)),
    )
    pairs = pl.concat([both.select("code", neighbour="before"), both.select("code", neighbour="after")])
    return pairs.filter(pl.col("code") != pl.col("neighbour")).unique().sort("code", "neighbour")


def _areas(place: Place, drawn: Ground) -> Rows:
    """Every village with its areas, all submitted; in Shanxi zoning is under way."""
    villages = drawn.villages.select("code", "township", "areas")
    if place.id != "shanxi":
        return "areas", villages.select("code", "areas", state=pl.lit("districts-submitted"), reviewed=pl.lit("office"))
    behind = villages.select("township").unique(maintain_order=True).filter(uniform(place.seed + 29) < 0.15)
    open_there = pl.col("township").is_in(behind["township"].implode()) & (uniform(place.seed + 48) < 0.4)
    return "areas", villages.select(
        "code",
        "areas",
        state=pl.when(open_there).then(pl.lit("area-submitted")).otherwise(pl.lit("districts-submitted")),
        reviewed=pl.when(open_there).then(pl.lit("instructor")).otherwise(pl.lit("office")),
    )


def _cleanup(_place: Place, drawn: Ground) -> Rows:
    """Households to be visited by category, all of them visited."""
    share = pl.DataFrame(
        {"category": ["resident", "temporary", "unregistered", "not-cancelled"], "part": [80, 16, 1, 3]},
        schema={"category": pl.String, "part": pl.Int64},
    )
    due = pl.col("_dwellings") * pl.col("part") // 100
    each = drawn.townships.select("code", "_dwellings").join(share, how="cross")
    return "cleanup", each.select("code", "category", due=due, done=due)


_STEPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "six-seen": ("building", "dwelling", "head", "booklet", "members", "id"),
        "four-asked": ("neighbours", "relatives", "cadres", "police"),
        "entry": ("badge", "police_along", "mask", "uniform", "pledge"),
    }
)


def _checks(place: Place, drawn: Ground) -> Rows:
    """One complete check of each kind at every township, its faults rectified, and one field check by every county."""
    posts = {"boundary": "head", **dict(zip(_STEPS, ("deputy", "police", "deputy"), strict=True))}
    if place.id == "qianjiang":  # 主要负责人上机、入户
        posts |= {"drawing": "head", "entry": "head"}
    kinds = pl.DataFrame({"kind": list(posts), "by_post": list(posts.values())})
    of_townships = drawn.townships.select("code").join(kinds, how="cross")
    of_counties = at_level(place, "county").select("code", kind=pl.lit("boundary"), by_post=pl.lit("deputy"))
    made = pl.concat([of_counties, of_townships])
    made = made.with_columns(
        check=pl.format("{}-1", "kind"),
        day=pl.lit("2020-09-10"),
        checked=between(20, 60, place.seed + 60),
        faults=between(0, 3, place.seed + 61),
        **{
            step: pl.when(pl.col("kind") == kind).then(pl.lit(True)) for kind, steps in _STEPS.items() for step in steps
        },
    ).with_columns(rectified="faults")
    return "checks", made


def _problems(_place: Place, drawn: Ground) -> Rows:
    """Nothing is left over from the listing: a nil return of every county."""
    return "problems", drawn.counties.select("code", list=pl.lit(None, pl.String), row=pl.lit(None, pl.Int64))


def _acceptance(place: Place, drawn: Ground) -> Rows:
    """The district of every township that the lot names for the listing, checked by another county of the city or its own.

    In Hebei some counties did not keep to the plan and have errors; a few have not sent their result yet.
    """
    lots = drawn.districts.select("township", "code").group_by("township", maintain_order=True).agg("code")
    census = read_plan_files(place.plan_file).plan.census
    codes = [draw(census, "listing", 1, one) for one in lots["code"]]
    sample = drawn.districts.filter(pl.col("code").is_in(codes)).select("code", "township", "county", "buildings")
    sample = sample.sort("code").with_columns(_wrong=pl.lit(False), _luck=pl.lit(0.5))
    if place.id == "hebei":
        luck = sample.select("county").unique(maintain_order=True).with_columns(_luck=uniform(place.seed + 31))
        sample = sample.drop("_luck").join(luck, on="county", how="left", maintain_order="left")
        sample = sample.with_columns(_wrong=(pl.col("_luck") < 0.06) & (uniform(place.seed + 32) < 0.4))
    wrong = pl.col("_wrong")
    return "acceptance", sample.filter(pl.col("_luck") < 0.96).select(
        "code",
        stage=pl.lit("listing"),
        round=pl.lit(1),
        checked_by="county",
        maps_checked=pl.lit(1),
        maps_wrong=(wrong & (uniform(place.seed + 33) < 0.2)).cast(pl.Int64),
        buildings_checked="buildings",
        buildings_wrong=pl.lit(0),
        dwellings_checked=between(55, 105, place.seed + 110),
        dwellings_wrong=wrong.cast(pl.Int64),
        register_checked=between(150, 300, place.seed + 111),
        register_wrong=pl.when(wrong).then(between(1, 4, place.seed + 34)).otherwise(0),
        births_exact=pl.lit(True),
        deaths_exact=pl.lit(True),
    )


def _flags(place: Place, drawn: Ground) -> Rows:
    """Records of births and deaths that other departments have more of, in more than half of the counties; looked into by none."""
    counties = drawn.counties.select("code")
    births = pl.when(uniform(place.seed + 35) < 0.55).then(between(3, 90, place.seed + 36)).otherwise(0)
    deaths = pl.when(uniform(place.seed + 37) < 0.62).then(between(3, 140, place.seed + 38)).otherwise(0)
    counted = counties.with_columns(births=births, deaths=deaths).unpivot(index="code", variable_name="kind")
    each = counted.filter(pl.col("value") > 0).with_columns(number=pl.int_ranges(1, pl.col("value") + 1))
    return "flags", each.explode("number", empty_as_null=False).select(
        "code",
        "kind",
        flag=pl.format("{}-{}", "kind", "number"),
        raised=pl.lit("2020-10-28"),
        state=pl.lit("open"),
    )


def _inspections(place: Place, drawn: Ground) -> Rows:
    """Every city goes to the field several times during the listing, to one of its counties each time."""
    cities = at_level(place, "city").select("code").with_columns(_times=between(2, 9, place.seed + 201))
    visits = cities.with_columns(number=pl.int_ranges(1, pl.col("_times") + 1)).explode("number", empty_as_null=False)
    counties = drawn.counties.select(visited="code", code=pl.col("code").str.head(4))
    counties = counties.with_columns(number=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("code"))
    visits = visits.join(counties, on=["code", "number"], how="inner", maintain_order="left")
    return "inspections", visits.select(
        "code",
        "visited",
        inspection=pl.format("摸底-{}", "number"),
        day=pl.format("2020-10-{}", 11 + pl.col("number")),
    )


_OF_TOPIC: Mapping[str, tuple[Callable[[Place, Ground], Rows], ...]] = MappingProxyType(
    {
        "zoning": (_boundaries,),
        "areas": (_areas,),
        "cleanup": (_cleanup, _checks),
        "acceptance": (_acceptance,),
        "registration": (_problems,),
    }
)
_OWN: Mapping[tuple[str, str], tuple[Callable[[Place, Ground], Rows], ...]] = MappingProxyType(
    {("hebei", "comparison"): (_flags,), ("hebei", "own"): (_inspections,)}
)
"""What only one place has to tell."""
