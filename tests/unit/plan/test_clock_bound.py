"""Plans in which something changes by the passing of time alone."""

from __future__ import annotations

import pytest
from worlds.over_rows import planned
from worlds.plans import plan_of
from worlds.plans_over_rows import plan_over_rows

from models.plan.clock_bound import goes_by_the_clock

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
