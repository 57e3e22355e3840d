"""Plans in which something changes by the passing of time alone."""

from __future__ import annotations

import pytest
from worlds.over_rows import planned
from worlds.plans import plan_of
from worlds.plans_over_rows import plan_over_rows

from models.plan.clock_bound import goes_by_the_clock, registers_by_the_clock, turned_alone, turning_terms
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


@pytest.mark.parametrize(("computed", "alone"), [("held < now", True), ("days(held, now) > 1", False)])
def test_a_column_that_is_computed_from_now_is_looked_into_by_itself(computed: str, alone: bool):
    register = plan_of(plan_over_rows({"meetings": MEETINGS.replace("CONDITION", computed)}, [])).registers["meetings"]
    terms = [one.computed.term for one in register.computed if one.computed is not None]

    assert (turned_alone(terms, register) is not None) is alone
