"""The lists that a place's offices keep, row by row (登记册): drawn so that they add up to the totals of its story.

Each list is made of what one topic and level has: the offices with the story's figures, and the districts below them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

import polars as pl

from deployments.demo.synthetic.lists import field, money, preparation, staff
from deployments.demo.synthetic.lists.kept import SYNTHETIC, Rows, Topic, by_document
from models.units import Level

_WITHOUT_NOTE = frozenset({"acceptance", "checks", "cleanup", "flags", "problems", "attendance"})
"""Registers that carry no free text, or too many rows for it."""


@dataclass(frozen=True)
class Kept:
    """Rows of one register, as offices of one level have them."""

    register: str
    rows: Rows


def lists_of(topic: Topic, level: Level) -> Iterator[tuple[str, pl.DataFrame]]:
    """Each register that offices of a level report under a topic, with its rows, which say where they come from."""
    for kept in (*_LISTS.get((topic.topic, level), ()), *_OWN.get((topic.place.id, topic.topic, level), ())):
        rows = kept.rows(topic)
        if rows.is_empty():
            continue
        if kept.register not in _WITHOUT_NOTE and "note" not in rows.columns:
            rows = rows.with_columns(note=pl.lit(SYNTHETIC))
        yield kept.register, rows


_LISTS: Mapping[tuple[str, Level], tuple[Kept, ...]] = MappingProxyType(
    {
        ("organisation", "province"): (Kept("bodies", preparation.bodies),),
        ("organisation", "city"): (Kept("bodies", preparation.bodies),),
        ("organisation", "county"): (
            Kept("bodies", preparation.bodies),
            Kept("departments", preparation.departments),
            Kept("papers", preparation.office_papers),
        ),
        ("organisation", "township"): (Kept("bodies", preparation.bodies),),
        ("organisation", "village"): (Kept("bodies", preparation.village_groups),),
        ("safeguards", "province"): (Kept("risks", preparation.risks),),
        ("safeguards", "city"): (Kept("risks", preparation.risks),),
        ("safeguards", "county"): (
            Kept("bodies", preparation.quality_groups),
            Kept("risks", preparation.risks),
            Kept("roster", preparation.roster),
        ),
        ("funds", "province"): (Kept("funds", money.funds_above(90_000_000)),),
        ("funds", "city"): (Kept("funds", money.funds_above(6_000_000)),),
        ("funds", "county"): (Kept("funds", money.funds),),
        ("materials", "county"): (Kept("materials", money.materials),),
        ("meetings", "city"): (Kept("meetings", preparation.meetings),),
        ("meetings", "county"): (Kept("meetings", preparation.meetings),),
        ("pilots", "city"): (Kept("site_problems", preparation.pilot_problems),),
        ("zoning", "county"): (Kept("boundaries", field.boundaries),),
        ("areas", "county"): (Kept("areas", field.areas),),
        ("cleanup", "county"): (
            Kept("cleanup", field.cleanup),
            Kept("checks", field.checks),
            Kept("handovers", preparation.handovers),
        ),
        ("publicity", "county"): (
            Kept("papers", preparation.papers("publicity-plan")),
            Kept("publicity", preparation.opening),
        ),
        ("publicity", "township"): (Kept("publicity", preparation.letters),),
        ("recruitment", "township"): (Kept("staff", staff.staff),),
        ("training", "county"): (Kept("sessions", staff.sessions),),
        ("training", "township"): (Kept("attendance", staff.attendance),),
        ("acceptance", "county"): (Kept("acceptance", field.acceptance),),
        ("registration", "county"): (
            Kept("special_sites", preparation.special_sites),
            Kept("problems", field.problems),
        ),
    }
)
"""What every place's offices keep, by topic and level."""

_SIX_GROUPS = ("students", "park-workers", "boarding-pupils", "site-workers", "long-patients", "nursing-residents")
_OWN: Mapping[tuple[str, str, Level], tuple[Kept, ...]] = MappingProxyType(
    {
        ("shanxi", "pilots", "province"): (Kept("sites", preparation.shanxi_pilots),),
        ("shanxi", "own", "province"): (
            Kept("papers", by_document(preparation.papers("work-plan", "office-rules", "schedule", "division"))),
            Kept("papers", preparation.joint_papers),
            Kept("meetings", preparation.national_conference),
            Kept("goods_plan", preparation.goods_plan),
            Kept(
                "publicity_above",
                preparation.carriers(date(2020, 7, 20), "means", media=1, intranet=1, wechat=1, film=1, contest=1),
            ),
        ),
        ("shanxi", "own", "county"): (
            Kept("papers", preparation.shanxi_training_plans),
            Kept("publicity", preparation.raised_at_once),
        ),
        ("hebei", "pilots", "province"): (Kept("sites", preparation.province_pilot),),
        ("hebei", "own", "province"): (
            Kept("meetings", preparation.dispatch_meeting),
            Kept("meetings", preparation.mobilisation),
            Kept("publicity_above", preparation.province_opening),
            Kept("inspections", field.inspections),
        ),
        ("hebei", "own", "county"): (Kept("papers", preparation.papers("quality-plan")),),
        ("hebei", "comparison", "county"): (Kept("flags", field.flags),),
        ("shihezi", "safeguards", "county"): (Kept("contractors", preparation.contractor),),
        ("shihezi", "materials", "county"): (Kept("materials", money.shihezi_prints),),
        ("shihezi", "pilots", "county"): (Kept("sites", preparation.cloud_pilot),),
        ("shihezi", "own", "county"): (
            Kept("papers", by_document(preparation.papers(*_SIX_GROUPS))),
            Kept("publicity", preparation.schools),
            Kept("publicity", preparation.carriers(date(2020, 9, 20), website=1, open_day=5)),
        ),
        ("qianjiang", "own", "county"): (
            Kept("papers", by_document(preparation.papers("assessment-rule"))),
            Kept("meetings", preparation.meeting("学习-1", "study", date(2020, 7, 20))),
            Kept("publicity", preparation.carriers(date(2020, 10, 12), school_lesson=1, landlord=1)),
            Kept("publicity", preparation.in_villages),
        ),
        ("qianjiang", "own", "township"): (
            Kept("reviews", by_document(staff.reviews)),
            Kept("meetings", preparation.leaders_meeting),
            Kept("publicity", preparation.carriers(date(2020, 10, 12), car=1, broadcast=1, rhyme=1)),
        ),
        ("tengzhou", "own", "county"): (
            Kept("papers", by_document(preparation.papers("work-plan"))),
            Kept("publicity", preparation.website),
            Kept("meetings", preparation.meeting("成员会-1", "members", date(2020, 4, 10))),
            Kept("requests", preparation.tengzhou_requests),
        ),
    }
)
"""What only this place's document tells of."""
