"""Plans in which something changes by the passing of time alone."""

from __future__ import annotations

import pytest
from worlds.over_rows import planned
from worlds.plans import plan_of
from worlds.plans_over_rows import plan_over_rows

from models.plan.clock_bound import (
    days_turned_alone,
    goes_by_the_clock,
    registers_by_the_clock,
    turned_alone,
    turning_terms,
)
from models.plan.row_kinds import Term

MEETINGS = """
title: 会议
kept_by: county
key: [code, meeting]
columns:
  meeting: {title: 会议, type: text}
  held: {title: 召开时间, type: moment}
  past: {title: 已召开, type: yes_no, is: "CONDITION"}
"""
OF_FIGURE = '{id: few, title: 会议数, judged_at: county, due: 2020-11-30, met_when: "meetings > 1"}'


@pytest.mark.parametrize(
    ("each", "met_when", "bound"),
    [
        ("register: questions, due: due", "answered is not null", False),
        ("register: questions, due: due", "answered <= now", True),
        ("register: questions, due: due, where: 'days(asked, today) > 3'", "answered is not null", True),
        ("register: problems, due: due", "state = 'closed' and changed > t0", False),
    ],
)
def test_a_duty_goes_by_the_clock_where_its_condition_or_its_choice_of_rows_asks_for_it(
    each: str, met_when: str, bound: bool
):
    assert goes_by_the_clock(planned(each, met_when)) is bound


@pytest.mark.parametrize(
    ("computed", "where", "bound"),
    [("held < now", "past", True), ("held < t0", "past", False), ("held < t0", "held < now", True)],
)
def test_a_figure_goes_by_the_clock_where_its_rows_do(computed: str, where: str, bound: bool):
    drawn = f'meetings: {{title: 会议数, register: meetings, level: county, count_where: "{where}"}}'
    text = plan_over_rows({"meetings": MEETINGS.replace("CONDITION", computed)}, [OF_FIGURE], indicators=[drawn])

    assert goes_by_the_clock(plan_of(text)) is bound
    assert registers_by_the_clock(plan_of(text)) == ({"meetings"} if bound else set())


HOUR = 3_600_000_000
HELD, ASKED, ANSWERED = (("column", name, "moment") for name in ("held", "asked", "answered"))


@pytest.mark.parametrize(
    ("met_when", "turning"),
    [
        ("answered <= now", [ANSWERED]),
        ("now > asked + interval '24 hour' and question <> '一'", [("shift", ASKED, 24 * HOUR)]),
        ("asked > now - interval '90 minute'", [("shift", ASKED, 3 * HOUR // 2)]),
        ("asked + interval '1 hour' > now - interval '1 hour'", [("shift", ASKED, 2 * HOUR)]),
        ("coalesce(answered, asked) < now", [ANSWERED, ASKED]),
        ("least(answered, now) > asked", [ANSWERED, ASKED]),
        ("case when answered is null then asked < now else answered = now end", [ASKED, ANSWERED]),
        ("case when asked < now then 1 else 0 end > 0", [ASKED]),
        ("now > timestamp '2020-11-18 10:40'", [("moment", "2020-11-18T10:40")]),
        ("now > date '2020-11-18'", [("start", ("date", "2020-11-18"))]),
        ("due < now", [("shift", ASKED, 24 * HOUR)]),
        ("today > date '2020-11-18'", []),
        ("days(asked, today) > 3 or answered is not null", []),
        ("asked < t0", []),
    ],
)
def test_a_condition_that_asks_for_the_hour_turns_where_now_comes_past_the_other_side(
    met_when: str, turning: list[Term]
):
    found = turning_terms(planned("register: questions, due: due", met_when)).get("questions", [])

    assert sorted(found, key=repr) == sorted(turning, key=repr)


def test_a_figure_turns_where_its_rows_and_their_computed_columns_do():
    drawn = 'meetings: {title: 会议数, register: meetings, level: county, count_where: "past"}'
    text = plan_over_rows(
        {"meetings": MEETINGS.replace("CONDITION", "held + interval '2 hour' < now")}, [OF_FIGURE], indicators=[drawn]
    )

    assert turning_terms(plan_of(text)) == {"meetings": [("shift", HELD, 2 * HOUR)]}


@pytest.mark.parametrize(
    ("met_when", "alone"),
    [
        ("answered <= now", True),
        ("asked <= now and now < answered + interval '1 hour'", True),
        ("asked > now - interval '90 minute'", True),
        ("case when answered is null then asked < now else answered = now end", True),
        ("now > timestamp '2020-11-18 10:40'", True),
        ("due < now", True),
        ("answered is not null", True),
        ("days(asked, now) > 3", False),
        ("least(answered, now) > asked", False),
        ("coalesce(answered, now) > asked", False),
        ("now > today", False),
        ("greatest(asked, today) < now", False),
    ],
)
def test_a_condition_turns_at_moments_of_its_rows_alone_where_now_is_only_held_against_them(met_when: str, alone: bool):
    plan = planned("register: questions, due: due", met_when)
    (each,) = [one.each for one in plan.requirements if one.each is not None]

    assert (turned_alone([each.met_when.term], plan.registers["questions"]) is not None) is alone


ISSUED, DAY = ("column", "issued", "date"), 24 * HOUR


@pytest.mark.parametrize(
    ("met_when", "first"),
    [
        ("answered <= now", [ANSWERED]),
        ("answered > now", [ANSWERED]),
        ("answered < now", [("shift", ANSWERED, 1)]),
        ("now <= answered", [("shift", ANSWERED, 1)]),
        ("answered = now", [ANSWERED, ("shift", ANSWERED, 1)]),
        ("asked > now - interval '1 hour'", [("shift", ASKED, HOUR)]),
    ],
)
def test_what_is_held_against_now_is_first_otherwise_at_that_moment_or_at_the_next(met_when: str, first: list[Term]):
    plan = planned("register: questions, due: due", met_when)
    (each,) = [one.each for one in plan.requirements if one.each is not None]

    assert turned_alone([each.met_when.term], plan.registers["questions"]) == first


@pytest.mark.parametrize(
    ("met_when", "first"),
    [
        ("issued <= today", [ISSUED]),
        ("issued > today", [ISSUED]),
        ("issued < today", [("shift", ISSUED, DAY)]),
        ("today <= issued", [("shift", ISSUED, DAY)]),
        ("issued = today", [ISSUED, ("shift", ISSUED, DAY)]),
        ("issued > today - interval '2 day'", [("shift", ISSUED, 2 * DAY)]),
        ("issued < today + interval '1 day'", [ISSUED]),
        ("asked < today", [("day", ASKED), ("shift", ("day", ASKED), DAY)]),
        ("answered <= now", []),
        ("days(issued, today) > 3", None),
        ("case when kind = 'schedule' then today else issued end > date '2020-11-18'", None),
        ("now > today and asked is not null", None),
    ],
)
def test_what_is_held_against_today_is_first_otherwise_on_that_day_or_on_the_next(
    met_when: str, first: list[Term] | None
):
    register = "questions" if {"asked", "answered"} & set(met_when.split()) else "papers"
    plan = planned(f"register: {register}", met_when, more="judged_at: county, due: 2020-11-30")
    (each,) = [one.each for one in plan.requirements if one.each is not None]

    assert days_turned_alone([each.met_when.term], plan.registers[register]) == first


@pytest.mark.parametrize(("computed", "alone"), [("held < now", True), ("days(held, now) > 1", False)])
def test_a_column_that_is_computed_from_now_is_looked_into_by_itself(computed: str, alone: bool):
    register = plan_of(plan_over_rows({"meetings": MEETINGS.replace("CONDITION", computed)}, [])).registers["meetings"]
    terms = [one.computed.term for one in register.computed if one.computed is not None]

    assert (turned_alone(terms, register) is not None) is alone
