"""Judging from one change to the next: at whichever moment, what judging anew at that moment finds."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from worlds.campaign import Campaign, at, make_campaign
from worlds.plans_over_rows import SHIFTS, plan_over_rows
from worlds.registers import take_rows

from models.moments import micros, moment_at
from tasks.judging.judge import judge_all
from tasks.preview.copy import private_copy
from tasks.preview.judging import StillJudge
from tasks.preview.moments import dated_later
from tasks.preview.turning import turning_points

REGISTERS = {
    "papers": """
title: 文件登记
kept_by: county
key: [code, kind]
columns:
  kind: {title: 文件, one_of: {plan: 工作方案, rules: 工作制度}}
  issued: {title: 印发日期, type: date}
  ends: {title: 失效日期, type: date}
  in_force: {title: 已印发, type: yes_no, is: "issued <= today"}
""",
    "shifts": SHIFTS,
    "staff": """
title: 两员
kept_by: township
key: [code, number]
columns:
  number: {title: 编号, type: text}
  trained: {title: 培训日期, type: date}
""",
    "requests": """
title: 请示事项
kept_by: county
key: [code, number]
on_occasion: yes
columns:
  number: {title: 编号, type: text}
  to: {title: 主送, type: code}
  asked: {title: 日期, type: date}
""",
}
DUTIES = (
    "{id: issued, title: 文件印发, judged_at: county, each: {register: papers, by: kind, of: all}, met_when: in_force, due: 2020-11-20}",
    "{id: valid, title: 文件有效, judged_at: county, each: {register: papers}, met_when: \"ends >= today and ends <> today + interval '1 day'\", due: 2020-11-20}",
    '{id: fresh, title: 文件三日内印发, judged_at: county, each: {register: papers}, met_when: "days(issued, today) < 3", due: 2020-11-20}',
    "{id: answered, title: 请示答复, each: {register: requests, owed_by: to}, met_when: \"asked > today - interval '2 day'\", due: 2020-11-20}",
    '{id: manned, title: 有人值班, judged_at: county, due: 2020-11-20, met_when: "on_duty >= 1"}',
    '{id: manned-daily, title: 每日有人值班, judged_at: county, every: day, met_when: "on_duty >= 1 and hours > 1"}',
    '{id: trained, title: 两员培训, judged_at: township, due: 2020-11-20, met_when: "staff_trained >= 2"}',
    '{id: trained-by-then, title: 两员当日已培训, judged_at: county, every: day, met_when: "staff_trained >= 3"}',
)
INDICATORS = (
    'on_duty: {title: 正在值班, level: county, register: shifts, count_where: "starts <= now and now < ends"}',
    'staff_trained: {title: 已培训两员, level: township, register: staff, count_where: "trained <= today"}',
    "hours: {title: 工时, level: county, roll_up: sum}",
)
PLAN = plan_over_rows(REGISTERS, DUTIES, indicators=INDICATORS)
START, UNTIL = "2020-11-09T09:00", "2020-11-14T00:00"


@pytest.fixture(scope="module", params=range(2))
def drawn(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Campaign, random.Random]:
    """A campaign whose lists say of this week what is drawn, some of it in reports of days that are still to come."""
    chance = random.Random(request.param)
    campaign = make_campaign(tmp_path_factory.mktemp("drawn"), plan=PLAN)
    for as_of in ("2020-11-08T09:00", "2020-11-09T08:00", "2020-11-11T11:20"):
        for name, rows in _lists(chance).items():
            if chance.random() < 0.8 or as_of.startswith("2020-11-08"):
                take_rows(
                    campaign.store, campaign.store.plan().registers[name], rows, at(as_of), at("2020-11-09T09:00")
                )
        figures = "code,hours\n" + "".join(f"{code},{chance.randint(0, 3)}\n" for code in ("990101", "990102"))
        campaign.report(figures, as_of)
    return campaign, chance


def _lists(chance: random.Random) -> dict[str, list[dict[str, Any]]]:
    def day() -> date:
        return date(2020, 11, chance.randint(7, 14))

    def moment() -> datetime:
        return at(START) + timedelta(minutes=chance.randint(-600, 6000))

    counties, townships = ("990101", "990102"), ("990101001", "990101002", "990102001")
    shifts = [(code, moment()) for code in counties for _ in range(2)]
    return {
        "papers": [{"code": code, "kind": "plan", "issued": day(), "ends": day()} for code in counties],
        "shifts": [
            {"code": code, "starts": starts, "ends": starts + timedelta(minutes=chance.randint(5, 900))}
            for code, starts in shifts
        ],
        "staff": [{"code": code, "number": number, "trained": day()} for code in townships for number in "甲乙"],
        "requests": [{"code": "990101", "number": "一", "to": chance.choice(["9901", "990102"]), "asked": day()}],
    }


@pytest.mark.parametrize("scope", [None, "990101"])
def test_at_every_moment_the_judgement_is_the_one_that_is_made_anew(
    drawn: tuple[Campaign, random.Random], scope: str | None
) -> None:
    campaign, chance = drawn
    start, until = at(START), at(UNTIL)
    with private_copy(campaign.store, start, until) as copy:
        changes = turning_points(copy, copy.plan(), scope, start, until).union(dated_later(copy, start, until))
        judges = StillJudge(until, changes)
        beside = {one + step for one in changes for step in (-1, 0, 1)}
        strewn = {chance.randint(micros(start), micros(until)) for _ in range(2)}
        moments = sorted({micros(start), *chance.sample(sorted(beside), 7), *strewn})
        # the preview judges its end first, and goes on from its start
        found = list[pl.DataFrame]()
        for now in (until, *(moment_at(one, start.tzinfo) for one in moments if one >= micros(start))):
            found.append(judges(copy, scope, now).verdicts)
            assert found[-1].equals(judge_all(copy, scope, now).verdicts), now
    standings = [one.select("requirement", "unit", "period", "standing") for one in found]
    assert len({str(one.to_dicts()) for one in standings}) > 3
