"""What turns by the passing of time alone, in the middle of a day: foretold at the look at which it then happens."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from worlds.campaign import at
from worlds.chases import Chase, chasing
from worlds.plans_over_rows import SHIFTS, plan_over_rows
from worlds.registers import take_rows

from models.moments import micros, moment_at
from tasks.judging.judge import judge_all
from tasks.preview.judging import StillJudge
from tasks.preview.preview import preview
from tasks.preview.turning import turning_points

LADDER = {"field": ["{id: overdue, at: +0d, to: [unit.owner]}"]}
QUESTIONS = """
title: 业务问答
kept_by: county
key: [code, question]
on_occasion: yes
columns:
  question: {title: 问题编号, type: text}
  asked: {title: 提问时间, type: moment}
  due: {title: 答复时限, type: moment, is: "asked + interval '24 hour'"}
  promised: {title: 何日答复, type: date}
"""
PLAN = plan_over_rows(
    {"questions": QUESTIONS, "shifts": SHIFTS},
    [
        "{id: fresh, title: 问题未满一日, judged_at: county, due: 2020-11-10, ladder: field,"
        ' each: {register: questions}, met_when: "due > now"}',
        '{id: manned, title: 有人值班, judged_at: county, due: 2020-11-10, ladder: field, met_when: "on_duty >= 1"}',
    ],
    indicators=[
        'on_duty: {title: 正在值班, level: county, register: shifts, count_where: "starts <= now and now < ends"}',
    ],
    ladders=LADDER,
)


def take(chase: Chase, register: str, as_of: str, *rows: dict[str, Any]) -> None:
    take_rows(chase.campaign.store, chase.campaign.store.plan().registers[register], rows, at(as_of), at(as_of))


def shift(starts: str, ends: str) -> dict[str, Any]:
    return {"code": "990101", "starts": at(starts), "ends": at(ends)}


def question(number: str, asked: str) -> dict[str, Any]:
    return {"code": "990101", "question": number, "asked": at(asked), "promised": date(2020, 11, 12)}


def foretold(chase: Chase, start: str, until: str) -> list[tuple[str, str, str]]:
    store = chase.campaign.store
    found = preview(store=store, scope=None, start=at(start), until=at(until), limit=0, progress=lambda _: None)
    return sorted(
        (f"{moment_at(one.at, at(start).tzinfo):%d %H:%M}", line.unit, line.requirement)
        for one in found.notices
        for line in one.lines
    )


def happens(chase: Chase, start: str, until: str) -> list[tuple[str, str, str]]:
    """The watch at every quarter of an hour."""
    now = at(start)
    while now < at(until):
        chase.watch(f"{now:%Y-%m-%dT%H:%M}")
        now += timedelta(minutes=15)
    query = (
        "SELECT n.settled_at, c.unit, c.requirement FROM notices n JOIN notice_lines l ON l.notice_id = n.id"
        " JOIN cases c ON c.id = l.case_id WHERE n.state = 'accepted' AND l.state = 'live'"
    )
    with chase.campaign.store.reading() as connection:
        said = connection.execute(text(query)).all()
    return sorted((f"{moment_at(one, at(start).tzinfo):%d %H:%M}", unit, what) for one, unit, what in said)


def test_a_duty_that_lapses_in_the_middle_of_a_day_is_foretold_at_every_look_as_it_happens(tmp_path: Path) -> None:
    with chasing(tmp_path, plan=PLAN, messages_a_day=None) as chase:
        take(chase, "shifts", "2020-11-11T06:00", shift("2020-11-11T06:00", "2020-11-12T10:40"))
        take(chase, "shifts", "2020-11-11T07:00", shift("2020-11-12T13:15", "2020-11-12T20:00"))
        take(
            chase,
            "questions",
            "2020-11-11T14:31",
            question("一", "2020-11-11T14:30"),
            question("二", "2020-11-11T09:07"),
        )
        told = foretold(chase, "2020-11-12T09:00", "2020-11-12T17:00")

        assert told == happens(chase, "2020-11-12T09:00", "2020-11-12T17:00")
        assert [(when, what) for when, unit, what in told if unit == "990101"] == [
            ("12 09:15", "recheck.fresh"),
            ("12 10:45", "recheck.manned"),
            ("12 14:30", "recheck.fresh"),
        ]


def test_what_a_report_that_is_dated_later_says_of_the_hour_is_foretold_too(tmp_path: Path) -> None:
    with chasing(tmp_path, plan=PLAN) as chase:
        take(chase, "shifts", "2020-11-11T06:00", shift("2020-11-11T06:00", "2020-11-12T16:20"))
        take(chase, "shifts", "2020-11-12T10:00", shift("2020-11-11T06:00", "2020-11-12T11:50"))
        told = foretold(chase, "2020-11-12T09:00", "2020-11-12T14:00")

        assert told == happens(chase, "2020-11-12T09:00", "2020-11-12T14:00")
        assert [(when, what) for when, unit, what in told if unit == "990101"] == [("12 12:00", "recheck.manned")]


@pytest.mark.parametrize(
    ("met_when", "turning"),
    [
        ("due > now", ["10 07:30"]),
        ("promised <= today", ["12 00:00"]),
        ("promised < today", []),
        ("promised > today + interval '2 day'", ["10 00:00"]),
        ("days(promised, today) < 3", ["10 00:00", "11 00:00", "12 00:00"]),
        ("due > now and promised > today", ["10 07:30", "12 00:00"]),
    ],
)
def test_in_a_list_that_nobody_has_sent_nothing_turns_and_then_no_day_but_those_on_which_a_row_may(
    tmp_path: Path, met_when: str, turning: list[str]
) -> None:
    fresh = f'{{id: fresh, title: 问题, judged_at: county, due: 2020-11-10, each: {{register: questions}}, met_when: "{met_when}"}}'
    with chasing(tmp_path, plan=plan_over_rows({"questions": QUESTIONS}, [fresh])) as chase:
        store = chase.campaign.store
        week = at("2020-11-09T09:00"), at("2020-11-12T00:00")
        assert turning_points(store, store.plan(), None, *week) == set()

        take(chase, "questions", "2020-11-09T08:00", question("一", "2020-11-09T07:30"))
        found = turning_points(store, store.plan(), None, *week)
        assert sorted(f"{moment_at(one, week[0].tzinfo):%d %H:%M}" for one in found) == turning


def test_what_turns_elsewhere_is_no_matter_of_one_county(tmp_path: Path) -> None:
    with chasing(tmp_path, plan=PLAN) as chase:
        store = chase.campaign.store
        week = at("2020-11-09T09:00"), at("2020-11-12T00:00")
        take(chase, "questions", "2020-11-09T08:00", question("一", "2020-11-09T07:30"))

        assert turning_points(store, store.plan(), "990101", *week) == {micros(at("2020-11-10T07:30"))}
        assert turning_points(store, store.plan(), "990102", *week) == set()


def test_between_two_changes_one_judgement_holds_for_every_moment(tmp_path: Path) -> None:
    with chasing(tmp_path, plan=PLAN) as chase:
        store = chase.campaign.store
        take(chase, "shifts", "2020-11-11T06:00", shift("2020-11-11T06:00", "2020-11-12T10:40"))
        start, until = at("2020-11-12T09:00"), at("2020-11-12T17:00")
        judges = StillJudge(until, turning_points(store, store.plan(), None, start, until))

        for moment in ("09:00", "10:39", "10:40", "10:41", "16:59"):
            now = at(f"2020-11-12T{moment}")
            assert judges(store, None, now).verdicts.equals(judge_all(store, None, now).verdicts), moment
