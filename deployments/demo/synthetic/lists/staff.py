"""Rows of the two kinds of staff: each person by number, their reviews, courses and attendance."""

from __future__ import annotations

import polars as pl

from deployments.demo.synthetic.lists.kept import SYNTHETIC, Topic

_REVIEWS = ("first", "second", "third", "final")
_COURSES = {
    "师资班": ("trainers", 40),
    "指导员班": ("instructors", 35),
    "普查员班": ("enumerators", 25),
    "领导班": ("leaders", 38),
    "摸底实操班": ("enumerators", 18),
}
"""Audience of each course, and how many days before they are reported it was held."""
_IN_PRACTICE = "摸底实操班"
"""A second course on site, small, for those who attend twice."""
_NO_DAY = pl.lit(None, pl.Date)


def _persons(frame: pl.DataFrame, count: str) -> pl.DataFrame:
    """One row a person of every township, numbered from 1: code, _person."""
    each = frame.select("code", "_instructors", _person=pl.int_ranges(1, pl.col(count) + 1))
    return each.explode("_person", empty_as_null=False)


def _number(person: pl.Expr) -> pl.Expr:
    """A number that the office gives out; no person's."""
    return pl.format("{}-{}", pl.col("code").str.tail(3), person)


def staff(topic: Topic) -> pl.DataFrame:
    """Those in place, with what each of them has; then those who left, some of whom were replaced."""
    gone_of = topic.frame.select("code", _first=pl.col("_staff"), _gone="_left", _again="_replaced", _cadres="_cadres")
    return pl.concat([_present(topic, gone_of), _former(topic, gone_of)], how="diagonal")


def _present(topic: Topic, gone_of: pl.DataFrame) -> pl.DataFrame:
    there = _persons(topic.frame, "_staff").join(gone_of, on="code", how="left", maintain_order="left")
    person = pl.col("_person")
    # the last of those in place came for those who left
    heir = person - (pl.col("_first") - pl.col("_again"))
    by_contractor = topic.place.id == "shihezi"
    cadre = (
        pl.when(person <= pl.col("_cadres")).then(True) if topic.place.id == "qianjiang" else pl.lit(None, pl.Boolean)
    )
    return there.select(
        "code",
        staff=_number(person),
        role=pl.when(person <= pl.col("_instructors")).then(pl.lit("instructor")).otherwise(pl.lit("enumerator")),
        cadre=cadre,
        employer=pl.when(heir >= 1).then(pl.lit("contractor")) if by_contractor else pl.lit(None, pl.String),
        registered=pl.lit(topic.on(40)),
        assigned=pl.lit(topic.on(30)),
        insured=pl.lit(topic.on(28)),
        pledged=pl.lit(topic.on(28)),
        certified=pl.lit(topic.on(3, "training")) if "training" in topic.place.topics else _NO_DAY,
        departed=_NO_DAY,
        replaces=pl.when(heir >= 1).then(_number(pl.col("_first") + heir)),
        note=pl.lit(SYNTHETIC),
    )


def _former(topic: Topic, gone_of: pl.DataFrame) -> pl.DataFrame:
    left = gone_of.select("code", "_first", _person=pl.int_ranges(1, pl.col("_gone") + 1))
    left = left.explode("_person", empty_as_null=False)
    return left.select(
        "code",
        staff=_number(pl.col("_person") + pl.col("_first")),
        role=pl.lit("enumerator"),
        registered=pl.lit(topic.on(40)),
        assigned=pl.lit(topic.on(30)),
        departed=pl.lit(topic.on(10)),
        note=pl.lit(SYNTHETIC),
    )


def reviews(topic: Topic) -> pl.DataFrame:
    return topic.each("review", {one: {} for one in _REVIEWS}).with_columns(passed=topic.on(45, "recruitment"))


def sessions(topic: Topic) -> pl.DataFrame:
    """Trainers, then instructors, then enumerators, some of them once more; leaders on quality and risk."""
    courses = _COURSES | ({"区划绘图班": ("zoning", 75)} if topic.place.id == "shihezi" else {})
    rows = [
        topic.one(
            session=name,
            audience=audience,
            form="site" if name == _IN_PRACTICE else "central",
            day=topic.on(days),
            seats=_seats(name, few=audience in ("trainers", "leaders", "zoning")),
            hours=8,
            law_first=True,
            quality_and_risk=audience == "leaders",
        )
        for name, (audience, days) in courses.items()
    ]
    return pl.concat(rows).sort("code", maintain_order=True)


def _seats(course: str, *, few: bool) -> pl.Expr:
    if few:
        return pl.lit(50, pl.Int64)
    return pl.col("_staff") // 2 if course == _IN_PRACTICE else pl.col("_staff")


def attendance(topic: Topic) -> pl.DataFrame:
    """Everybody once, and as many a second time as the person-times say."""
    once = _persons(topic.frame, "_staff").select("code", session=pl.lit("普查员班"), staff=_number(pl.col("_person")))
    again = topic.frame.with_columns(_again=pl.col("_attendances") - pl.col("_staff"))
    twice = _persons(again, "_again")
    twice = twice.select("code", session=pl.lit(_IN_PRACTICE), staff=_number(pl.col("_person")))
    return pl.concat([once, twice]).with_columns(passed=pl.lit(True))
