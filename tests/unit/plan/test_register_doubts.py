"""Doubts about registers: what a planner would rather know before rows are awaited."""

from __future__ import annotations

from datetime import date

from worlds.lists import LISTS

from models.calendar.working_time import Calendar
from models.plan.doubts import doubts
from models.plan.files import read_plan

CHINA_2020 = Calendar("china", {date(2020, 10, 1): False}, official_years=frozenset({2020}))
PLAN = LISTS.replace("rows_at: [county, township, village, district]", "rows_at: [township, village]").replace(
    "kept_by: [province, city, county]\n    key: [code, entry]", "kept_by: county\n    key: [code, entry]"
)
"""A plan with lists that leaves nothing open."""


def found(text: str) -> list[tuple[int, str]]:
    files = read_plan(("plan.yaml",), {"plan.yaml": text}.__getitem__)
    listed = doubts(files.plan, files.places, CHINA_2020)
    assert all(one.said.zh and one.said.zh != one.said.en for one in listed)
    return [(one.line, one.said.en) for one in listed]


def line_of(part: str, text: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


def test_lists_that_leave_nothing_open_have_no_doubt() -> None:
    assert found(PLAN) == []


def test_rows_coded_above_the_level_of_a_figure_are_a_doubt() -> None:
    text = PLAN.replace("rows_at: [township, village]", "rows_at: [county, township]")

    assert found(text) == [
        (
            line_of("problems_open", text),
            "rows of “problems” may carry the code of a county, and are then in no figure of “problems_open”, which is"
            " drawn at each township",
        )
    ]


def test_a_duty_that_no_row_can_fall_to_is_a_doubt() -> None:
    text = PLAN.replace("kept_by: [province, city, county]", "kept_by: [province, city]\n    rows_at: [city, county]")

    assert found(text) == [
        (
            line_of("four-papers", text),
            "no row of “papers” falls to a province: offices nearer to the rows keep them all, so “recheck.four-papers”"
            " asks for nothing",
        )
    ]
    assert found(text.replace("kept_by: [province, city]", "kept_by: [province]")) == []


def test_a_condition_that_looks_at_no_row_is_a_doubt() -> None:
    text = PLAN.replace("issued is not null", "today < date '2020-08-01'")

    assert [(line, said.split(",")[0]) for line, said in found(text)] == [
        (line_of("four-papers", text), "the condition of “recheck.four-papers”")
    ]
    assert found(PLAN.replace("issued is not null", "since < t0")) == []


def test_registers_with_the_same_columns_are_a_doubt() -> None:
    text = PLAN.replace(
        "indicators:\n",
        "  more:\n    title: 另一文件登记\n    kept_by: county\n    key: [code, kind]\n    columns: {kind: {title: 文件种类, type: text}, issued: {title: 印发日期, type: date}}\nindicators:\n",
        1,
    )

    assert found(text) == [
        (
            line_of("  more:", text),
            "the registers “more” and “papers” have the same columns: a report must name one by --register",
        )
    ]


def test_a_duty_over_rows_without_a_ladder_is_a_doubt_as_any_other() -> None:
    text = PLAN.replace("        due: T-94d\n        ladder: standard\n", "        due: T-94d\n")

    assert found(text) == [(line_of("four-papers", text), "the ladder of “recheck.four-papers” tells nobody")]


def test_a_date_over_rows_on_a_day_off_is_a_doubt_as_any_other() -> None:
    text = PLAN.replace("due: T-94d", "due: 2020-08-08")

    assert found(text) == [(line_of("four-papers", text), "“recheck.four-papers” is due on 2020-08-08, a day off")]


def test_registers_of_one_title_are_a_doubt() -> None:
    text = PLAN.replace("title: 经费台账", "title: 文件登记")

    assert found(text) == [
        (
            line_of("  papers:", text),
            "the registers “papers” and “funds” share the title 文件登记: the name of a sheet cannot tell them apart",
        )
    ]


def test_what_is_owed_without_a_row_and_has_no_date_is_a_doubt() -> None:
    by_rows = PLAN.replace("division]}\n", "division], due: issued}\n")

    assert found(by_rows) == []
    text = by_rows.replace("        due: T-94d\n", "")
    assert found(text) == [
        (
            line_of("four-papers", text),
            "“recheck.four-papers” is due by its rows alone: what is owed and has no row is never due; write due as well",
        )
    ]


def test_rows_that_another_figure_counts_are_no_doubt() -> None:
    text = PLAN.replace("rows_at: [township, village]", "rows_at: [county, township]")
    of_all = "  problems_known: {title: 收到问题, register: problems, level: county, count_where: row is not null}\n"

    assert found(text.replace("indicators:\n", f"indicators:\n{of_all}", 1)) == []
    assert len(found(text.replace("indicators:\n", f"indicators:\n{of_all.replace('county', 'village')}", 1))) == 2


def test_a_value_that_no_move_leads_to_is_a_doubt_unless_rows_begin_with_it() -> None:
    moves = (
        "      state:\n        title: 状态\n        one_of: {sent: 已送, done: 已办, lost: 已失}\n        moves: {%s}\n"
    )
    register = "  letters:\n    title: 函件登记\n    kept_by: county\n    key: [code, no]\n    columns:\n      no: {title: 编号, type: text}\n"
    text = PLAN.replace("registers:\n", "registers:\n" + register + moves % "sent: [done]", 1)

    assert found(text) == [
        (line_of("  letters:", text), "no move of “letters.state” leads to lost: only a new row may have it")
    ]
    assert found(text.replace("moves: {sent: [done]}", "moves: {sent: [done, lost]}")) == []
