"""Rows of zoning, clean-up, acceptance and recheck, which rest on a place's districts and not on totals of its story.

Who is whose neighbour is drawn, not measured: an office's neighbours are those before and after it in the order of codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

import polars as pl

from deployments.demo.synthetic.chance import between, uniform
from deployments.demo.synthetic.lists.kept import SYNTHETIC, Topic
from deployments.demo.synthetic.place_plans import plan_of
from deployments.demo.synthetic.places import at_level, county_of
from models.rules.phases.acceptance import draw

_BEYOND: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"shihezi": ("652324", "654223"), "qianjiang": ("500242", "500243")}
)
"""Counties next to a place that is one county itself."""


def boundaries(topic: Topic) -> pl.DataFrame:
    """Both sides of every boundary; in Shanxi one township in eight has not answered on one of its own."""
    place, drawn = topic.place, topic.ground
    townships = _ring(drawn.townships.select("code"), county_of(place))
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
    inside = _ring(counties, pl.col("code").str.head(2)) if beyond.is_empty() else counties.join(beyond, how="cross")
    answered = pl.concat([inside.with_columns(state=pl.lit("agreed")), townships])
    answered = answered.with_columns(note=pl.lit(SYNTHETIC))
    # who has no neighbour says so: a code and nothing else
    alone = pl.concat([counties, drawn.townships.select("code")]).join(answered, on="code", how="anti")
    return pl.concat([answered, alone], how="diagonal")


def _ring(offices: pl.DataFrame, above: pl.Expr) -> pl.DataFrame:
    """Each office with the one before and the one after it among those of the same superior, in a ring."""
    own = pl.col("code")
    placed = offices.sort("code").with_columns(_above=above)
    both = placed.with_columns(
        before=pl.coalesce(own.shift(1).over("_above"), own.last().over("_above")),
        after=pl.coalesce(own.shift(-1).over("_above"), own.first().over("_above")),
    )
    pairs = pl.concat([both.select("code", neighbour="before"), both.select("code", neighbour="after")])
    return pairs.filter(pl.col("code") != pl.col("neighbour")).unique().sort("code", "neighbour")


def areas(topic: Topic) -> pl.DataFrame:
    """Every village with its areas, all submitted; in Shanxi zoning is under way."""
    villages = topic.ground.villages.select("code", "township", "areas")
    if topic.place.id != "shanxi":
        done = villages.select("code", "areas", state=pl.lit("districts-submitted"), reviewed=pl.lit("office"))
        if topic.place.id != "shihezi":
            return done
        # 一个半月: how long it took is the document's, the days are drawn
        return done.with_columns(begun=pl.lit(date(2020, 7, 16)), finished=pl.lit(date(2020, 8, 29)))
    behind = villages.select("township").unique(maintain_order=True).filter(uniform(topic.place.seed + 29) < 0.15)
    open_there = pl.col("township").is_in(behind["township"].implode()) & (uniform(topic.place.seed + 48) < 0.4)
    return villages.select(
        "code",
        "areas",
        state=pl.when(open_there).then(pl.lit("area-submitted")).otherwise(pl.lit("districts-submitted")),
        reviewed=pl.when(open_there).then(pl.lit("instructor")).otherwise(pl.lit("office")),
    )


def cleanup(topic: Topic) -> pl.DataFrame:
    """Households to be visited by category, all of them visited."""
    parts = {"resident": 80, "temporary": 16, "unregistered": 1, "not-cancelled": 3}
    if topic.place.id == "qianjiang":  # 户在人不在
        parts |= {"resident": 70, "absent": 10}
    share = pl.DataFrame({"category": list(parts), "part": list(parts.values())})
    due = pl.col("_dwellings") * pl.col("part") // 100
    each = topic.ground.townships.select("code", "_dwellings").join(share, how="cross")
    return each.select("code", "category", due=due, done=due)


_STEPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "six-seen": ("building", "dwelling", "head", "booklet", "members", "id"),
        "four-asked": ("neighbours", "relatives", "cadres", "police"),
        "entry": ("badge", "police_along", "mask", "uniform", "pledge"),
    }
)


def checks(topic: Topic) -> pl.DataFrame:
    """One complete check of each kind at every township, its faults rectified, and one field check by every county."""
    posts = {"boundary": "head", **dict(zip(_STEPS, ("deputy", "police", "deputy"), strict=True))}
    if topic.place.id == "qianjiang":  # 主要负责人上机、入户
        posts |= {"drawing": "head", "entry": "head"}
    kinds = pl.DataFrame({"kind": list(posts), "by_post": list(posts.values())})
    of_townships = topic.ground.townships.select("code").join(kinds, how="cross")
    of_counties = at_level(topic.place, "county").select("code", kind=pl.lit("boundary"), by_post=pl.lit("deputy"))
    made = pl.concat([of_counties, of_townships])
    return made.with_columns(
        check=pl.format("{}-1", "kind"),
        day=pl.lit("2020-09-10"),
        checked=between(20, 60, topic.place.seed + 60),
        faults=between(0, 3, topic.place.seed + 61),
        **{
            step: pl.when(pl.col("kind") == kind).then(pl.lit(True)) for kind, steps in _STEPS.items() for step in steps
        },
    ).with_columns(rectified="faults")


def problems(topic: Topic) -> pl.DataFrame:
    """Nothing is left over from the listing: a nil return of every county."""
    return topic.ground.counties.select("code", list=pl.lit(None, pl.String), row=pl.lit(None, pl.Int64))


def acceptance(topic: Topic) -> pl.DataFrame:
    """The district of every township that the lot names for the listing, checked by another county of the city or its own.

    In Hebei some counties did not keep to the plan and have errors; a few have not sent their result yet.
    """
    lots = topic.ground.districts.select("township", "code").group_by("township", maintain_order=True).agg("code")
    census = plan_of(topic.place).plan.census
    codes = [draw(census, "listing", 1, one) for one in lots["code"]]
    sample = topic.ground.districts.filter(pl.col("code").is_in(codes)).select(
        "code", "township", "county", "buildings"
    )
    sample = sample.sort("code").with_columns(_wrong=pl.lit(False), _luck=pl.lit(0.5))
    if topic.place.id == "hebei":
        luck = sample.select("county").unique(maintain_order=True).with_columns(_luck=uniform(topic.place.seed + 31))
        sample = sample.drop("_luck").join(luck, on="county", how="left", maintain_order="left")
        sample = sample.with_columns(_wrong=(pl.col("_luck") < 0.06) & (uniform(topic.place.seed + 32) < 0.4))
    wrong = pl.col("_wrong")
    return sample.filter(pl.col("_luck") < 0.96).select(
        "code",
        stage=pl.lit("listing"),
        round=pl.lit(1),
        checked_by="county",
        maps_checked=pl.lit(1),
        maps_wrong=(wrong & (uniform(topic.place.seed + 33) < 0.2)).cast(pl.Int64),
        buildings_checked="buildings",
        buildings_wrong=pl.lit(0),
        dwellings_checked=between(55, 105, topic.place.seed + 110),
        dwellings_wrong=wrong.cast(pl.Int64),
        register_checked=between(150, 300, topic.place.seed + 111),
        register_wrong=pl.when(wrong).then(between(1, 4, topic.place.seed + 34)).otherwise(0),
        births_exact=pl.lit(True),
        deaths_exact=pl.lit(True),
    )


def flags(topic: Topic) -> pl.DataFrame:
    """Records of births and deaths that other departments have more of, in more than half of the counties; looked into by none."""
    counties = topic.ground.counties.select("code")
    births = pl.when(uniform(topic.place.seed + 35) < 0.55).then(between(3, 90, topic.place.seed + 36)).otherwise(0)
    deaths = pl.when(uniform(topic.place.seed + 37) < 0.62).then(between(3, 140, topic.place.seed + 38)).otherwise(0)
    counted = counties.with_columns(births=births, deaths=deaths).unpivot(index="code", variable_name="kind")
    each = counted.filter(pl.col("value") > 0).with_columns(number=pl.int_ranges(1, pl.col("value") + 1))
    return each.explode("number", empty_as_null=False).select(
        "code",
        "kind",
        flag=pl.format("{}-{}", "kind", "number"),
        raised=pl.lit("2020-10-28"),
        state=pl.lit("open"),
    )


def inspections(topic: Topic) -> pl.DataFrame:
    """The province's leaders go to its cities during the listing, a city a day; which days is not topic."""
    cities = at_level(topic.place, "city").select(visited="code").with_row_index("number", offset=1)
    return cities.select(
        "visited",
        code=pl.lit(topic.place.unit),
        inspection=pl.format("摸底-{}", "number"),
        day=pl.lit(date(2020, 10, 11)) + pl.duration(days=pl.col("number")),
        note=pl.lit(SYNTHETIC),
    )
