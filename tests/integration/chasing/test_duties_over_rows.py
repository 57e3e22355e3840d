"""Duties over the rows of a register through the chase: cases, notices, preview, audit, explanation."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from worlds.campaign import at
from worlds.chases import Chase, chasing
from worlds.plans import phase, trial
from worlds.plans_over_rows import plan_over_rows
from worlds.registers import take_rows

from models.wording import Refusal
from tasks.judging.explain import explain
from tasks.judging.status import read_status
from tasks.oversight.auditor import audit
from tasks.preview.preview import preview

PROBLEMS = """
title: 问题清单
kept_by: county
rows_at: [county, township]
key: [list, row]
columns:
  list: {title: 清单批次, type: text}
  row: {title: 序号, type: number}
  due: {title: 办理期限, type: date}
  pool: {title: 退回何处, type: code, outside: yes}
  state: {title: 状态, one_of: {received: 已接收, closed: 已办结, returned: 已退回上级}, moves: {received: [closed, returned], returned: [closed], closed: [received]}}
"""
PLAN = plan_over_rows(
    {"problems": PROBLEMS},
    [
        "{id: closed, title: 问题清单按期办结, judged_at: county, due: 2020-11-30, ladder: field,"
        " each: {register: problems, by: list, due: due}, met_when: \"state in ('closed', 'returned')\"}",
        "{id: settled, title: 退回问题办结, due: 2020-11-25, ladder: field,"
        " each: {register: problems, where: \"state = 'returned'\", owed_by: pool}, met_when: \"state = 'closed'\"}",
        '{id: city, title: 全市问题办结, judged_at: city, due: 2020-12-20, ladder: field, met_when: "open = 0"}',
    ],
    indicators=[
        "open: {title: 未办结问题, register: problems, level: county, count_where: \"state = 'received'\"}",
    ],
    ladders={
        "field": [
            "{id: remind-1, at: -1d, to: [unit.owner]}",
            "{id: overdue, at: +0d, to: [unit.owner]}",
            "{id: superior, at: +1wd, to: [superior.owner]}",
        ]
    },
)


@pytest.fixture
def chase(tmp_path: Path, database_url: str) -> Iterator[Chase]:
    with chasing(tmp_path, database_url, plan=PLAN) as one:
        yield one


def report(chase: Chase, as_of: str, *rows: dict[str, Any]) -> None:
    register = chase.campaign.store.plan().registers["problems"]
    take_rows(chase.campaign.store, register, rows, at(as_of), at(as_of))


def problem(row: float, due: str, state: str = "received", **cells: Any) -> dict[str, Any]:
    return {"code": "990101", "list": "清单3", "row": row, "due": date.fromisoformat(due), "state": state, **cells}


def cases(chase: Chase) -> list[tuple[str, str, str, int, str, str | None]]:
    """unit, requirement, period, seq, the day on which each is due, closed_as."""
    rows = chase.rows("SELECT unit, requirement, period, seq, due, closed_as FROM cases ORDER BY 1, 2, 3, 4")
    return [
        (u, r.split(".")[1], p, s, f"{at('2020-11-01') + timedelta(microseconds=d - 1604160000000000):%m-%d}", c)
        for u, r, p, s, d, c in rows
    ]


def duties(chase: Chase, moment: str, limit: int = 200) -> list[tuple[str, str, str, str, str]]:
    found = read_status(chase.campaign.store, None, at(moment), limit=limit)
    return [(d.unit, d.period, f"{d.due:%m-%d}" if d.due else "", d.standing, d.reason.zh) for d in found.duties]


NIL = {"code": "990102", ":nil": True}
ROWS = (problem(7, "2020-11-12"), problem(19, "2020-11-16"), problem(20, "2020-11-12", "closed"))


def test_a_list_is_chased_by_its_rows_and_each_office_hears_which_are_left(chase: Chase):
    report(chase, "2020-11-10T09:00", *ROWS, NIL)

    assert chase.watch("2020-11-11T23:45") == []
    assert chase.watch("2020-11-12T09:00") == ["990101/owner"]
    told = chase.sink.accepted[-1].text
    assert "问题清单按期办结（清单3），11月12日到期。清单3：3条中2条未办结（7、19）。" in told
    assert cases(chase) == [("990101", "closed", "清单3", 1, "11-13", None)]
    assert duties(chase, "2020-11-12T10:00")[0] == (
        "990101",
        "清单3",
        "11-13",
        "unmet",
        "清单3：3条中2条未办结（7、19）",
    )


def test_a_case_keeps_its_day_and_closes_when_nothing_is_left_by_then_and_a_later_row_opens_the_next(chase: Chase):
    report(chase, "2020-11-10T09:00", *ROWS, NIL)
    chase.watch("2020-11-12T09:00")
    report(chase, "2020-11-12T14:00", problem(21, "2020-11-11"))
    chase.watch("2020-11-12T15:00")
    assert cases(chase) == [("990101", "closed", "清单3", 1, "11-13", None)]
    assert duties(chase, "2020-11-12T16:00")[0][2] == "11-13"

    report(chase, "2020-11-13T09:00", problem(7, "2020-11-12", "closed"), problem(21, "2020-11-11", "closed"))
    chase.watch("2020-11-13T10:00")
    assert cases(chase) == [("990101", "closed", "清单3", 1, "11-13", "met")]
    assert duties(chase, "2020-11-13T10:30")[0][2] == "11-17"

    chase.watch("2020-11-16T09:00")
    assert cases(chase) == [
        ("990101", "closed", "清单3", 1, "11-13", "met"),
        ("990101", "closed", "清单3", 2, "11-17", None),
    ]


def test_what_went_back_is_owed_by_the_office_that_the_row_names_and_ends_when_the_row_says_so(chase: Chase):
    report(chase, "2020-11-10T09:00", problem(7, "2020-11-12", "returned", pool="9901"), NIL)
    chase.watch("2020-11-25T09:00")
    assert cases(chase) == [("9901", "settled", "990101/清单3/7", 1, "11-26", None)]
    assert duties(chase, "2020-11-25T09:30")[0][4] == "甲县清单3/7：状态“已退回上级”，未办结"

    report(chase, "2020-11-25T10:00", problem(7, "2020-11-12", "closed"))
    chase.watch("2020-11-25T10:15")
    assert cases(chase) == [("9901", "settled", "990101/清单3/7", 1, "11-26", "met")]


def test_a_keeper_without_a_word_is_chased_by_the_requirement_s_day_until_it_says_that_it_has_nothing(chase: Chase):
    report(chase, "2020-11-10T09:00", problem(20, "2020-11-12", "closed"))
    assert chase.watch("2020-11-30T09:00") == ["990102/owner"]
    assert "问题清单未报，也未零报告" in chase.sink.accepted[-1].text
    assert cases(chase) == [("990102", "closed", "", 1, "12-01", None)]

    report(chase, "2020-11-30T10:00", NIL)
    chase.watch("2020-11-30T10:15")
    assert cases(chase) == [("990102", "closed", "", 1, "12-01", "met")]


def test_an_extension_moves_what_is_due_before_it_and_not_what_is_due_after_it(chase: Chase):
    report(chase, "2020-11-10T09:00", *ROWS, NIL)
    chase.watch("2020-11-12T09:00")
    chase.decide("extend", 1, "2020-11-12T10:00", "2020-11-15T00:00")
    chase.watch("2020-11-12T10:15")
    assert duties(chase, "2020-11-12T10:30")[0][2] == "11-15"

    report(chase, "2020-11-14T09:00", problem(7, "2020-11-12", "closed"))
    chase.watch("2020-11-14T09:15")
    assert duties(chase, "2020-11-14T10:30")[0][2] == "11-17"


def test_the_city_waits_for_the_counties_whose_rows_are_late(chase: Chase):
    report(chase, "2020-11-10T09:00", *ROWS, NIL)
    for moment in ("2020-12-21T00:00", "2020-12-21T08:30"):
        chase.watch(moment)

    late = "SELECT l.about FROM notice_lines l JOIN cases c ON c.id = l.case_id WHERE c.unit = '9901'"
    assert [json.loads(about)["late_below"] for (about,) in chase.rows(late)] == [1]


PASSES = [
    "2020-11-10T09:15",
    "2020-11-12T00:00",
    "2020-11-12T08:30",
    "2020-11-13T00:00",
    "2020-11-13T08:30",
    "2020-11-13T10:00",
    "2020-11-16T00:00",
    "2020-11-16T08:30",
    "2020-11-17T00:00",
    "2020-11-17T08:30",
    "2020-11-18T08:30",
]


def test_what_is_foretold_is_what_is_then_said_and_the_auditor_agrees(chase: Chase):
    report(chase, "2020-11-10T09:00", *ROWS, NIL)
    found = preview(
        store=chase.campaign.store,
        scope=None,
        start=at("2020-11-10T09:15"),
        until=at("2020-11-19T00:00"),
        limit=0,
        progress=lambda _: None,
    )

    for moment in PASSES:
        chase.watch(moment)

    foretold = sorted((f"{one.unit}/{one.role}", line.rung, line.period) for one in found.notices for line in one.lines)
    assert foretold == sorted(said(chase))
    assert foretold == [
        ("9901/owner", "superior", "清单3"),
        ("990101/owner", "overdue", "清单3"),
        ("990101/owner", "remind-1", "清单3"),
    ]
    assert audit(chase.campaign.store, at("2020-11-10T09:15"), at("2020-11-19T00:00")).findings == ()


def test_the_auditor_follows_a_list_from_one_case_to_the_next(chase: Chase):
    report(chase, "2020-11-10T09:00", *ROWS, NIL)
    for moment in PASSES:
        if moment == "2020-11-13T10:00":
            report(chase, "2020-11-13T09:30", problem(7, "2020-11-12", "closed"))
        chase.watch(moment)

    assert [case[3:] for case in cases(chase)] == [(1, "11-13", "met"), (2, "11-17", None)]
    assert audit(chase.campaign.store, at("2020-11-10T09:15"), at("2020-11-19T00:00")).findings == ()
    assert audit(chase.campaign.store, at("2020-11-14T00:00"), at("2020-11-19T00:00")).findings == ()


def said(chase: Chase) -> list[tuple[str, str, str]]:
    query = (
        "SELECT l.unit, l.role, l.rung, c.period FROM notice_lines l JOIN cases c ON c.id = l.case_id"
        " JOIN notices n ON n.id = l.notice_id WHERE l.state = 'live' AND n.state = 'accepted'"
    )
    return [(f"{unit}/{role}", rung, period) for unit, role, rung, period in chase.rows(query)]


def test_an_explanation_leads_from_the_duty_to_its_rows_and_from_a_figure_to_those_behind_it(chase: Chase):
    report(chase, "2020-11-10T09:00", *ROWS, NIL)
    chase.watch("2020-11-12T09:00")

    (duty,) = explain(chase.campaign.store, "990101", "closed", at("2020-11-12T10:00"))
    (city,) = explain(chase.campaign.store, "9901", "city", at("2020-11-12T10:00"))

    [rows] = duty.behind
    assert [(row.key, row.code, row.cells["state"], row.cells["due"]) for row in rows.rows] == [
        ("清单3/7", "990101", "received", "2020-11-12"),
        ("清单3/19", "990101", "received", "2020-11-16"),
        ("清单3/20", "990101", "closed", "2020-11-12"),
    ]
    assert duty.condition == "state in ('closed', 'returned')" and duty.figures == ()
    [behind] = city.behind
    assert (city.figures[0].value, behind.figure, [row.key for row in behind.rows]) == (
        2,
        "open",
        ["清单3/7", "清单3/19"],
    )


def test_a_label_that_there_is_not_is_answered_with_where_to_look(chase: Chase):
    report(chase, "2020-11-10T09:00", *ROWS, NIL)

    with pytest.raises(Refusal) as refused:
        explain(chase.campaign.store, "990101", "closed@清单9", at("2020-11-12T10:00"))

    assert "没有“清单9”这一项；清单中有哪些行，用 pucha rows problems 查看" in refused.value.said.zh


def test_figures_are_as_new_as_the_last_word_of_a_keeper(chase: Chase):
    report(chase, "2020-11-10T09:00", *ROWS, NIL)

    found = read_status(chase.campaign.store, None, at("2020-11-12T10:00"))

    assert found.figures_as_of == at("2020-11-10T09:00")


MEETINGS = plan_over_rows(
    {
        "meetings": """
title: 会议
kept_by: county
key: [code, meeting]
columns:
  meeting: {title: 会议, type: text}
  held: {title: 召开时间, type: moment}
  due: {title: 应于何时召开, type: date}
"""
    },
    [
        "{id: held, title: 会议召开, judged_at: county, ladder: field,"
        ' each: {register: meetings, due: due}, met_when: "held <= now"}',
    ],
    ladders={
        "field": [
            "{id: remind-2, at: -2d, to: [unit.owner]}",
            "{id: remind-1, at: -1d, to: [unit.owner]}",
            "{id: overdue, at: +0d, to: [unit.owner]}",
        ]
    },
)


def test_what_is_done_by_the_passing_of_time_is_foretold_as_it_then_happens(tmp_path: Path, database_url: str):
    with chasing(tmp_path, database_url, plan=MEETINGS) as chase:
        register = chase.campaign.store.plan().registers["meetings"]
        meeting = {"code": "990101", "meeting": "一", "held": at("2020-11-12T09:00"), "due": date(2020, 11, 12)}
        take_rows(chase.campaign.store, register, [meeting], at("2020-11-09T09:00"), at("2020-11-09T09:00"))
        found = preview(
            store=chase.campaign.store,
            scope=None,
            start=at("2020-11-10T09:15"),
            until=at("2020-11-14T00:00"),
            limit=0,
            progress=lambda _: None,
        )
        for moment in (
            "2020-11-11T08:30",
            "2020-11-12T08:30",
            "2020-11-12T09:00",
            "2020-11-13T00:00",
            "2020-11-13T08:30",
        ):
            chase.watch(moment)

        foretold = sorted((f"{o.unit}/{o.role}", line.rung, line.period) for o in found.notices for line in o.lines)
        assert foretold == sorted(said(chase))
        assert [rung for _, rung, _ in foretold] == ["remind-1", "remind-2"]
        assert cases(chase)[0][5] == "met"


def test_a_report_that_is_dated_later_is_foretold_from_its_day_on(chase: Chase):
    report(chase, "2020-11-10T09:00", *ROWS, NIL)
    done = [problem(7, "2020-11-12", "closed"), problem(19, "2020-11-16", "closed")]
    report(chase, "2020-11-12T15:00", *done)

    found = preview(
        store=chase.campaign.store,
        scope=None,
        start=at("2020-11-10T09:15"),
        until=at("2020-11-19T00:00"),
        limit=0,
        progress=lambda _: None,
    )

    assert [(line.rung, line.period) for one in found.notices for line in one.lines] == [("remind-1", "清单3")]


BODIES = plan_over_rows(
    {
        "bodies": """
title: 普查机构
kept_by: county
rows_at: [county, township]
key: [code]
columns:
  formed: {title: 成立日期, type: date}
"""
    },
    [
        "{id: formed, title: 机构成立, judged_at: county, due: 2020-11-12, ladder: field,"
        ' each: {register: bodies, by: code, of: township}, met_when: "formed is not null"}',
    ],
    ladders={"field": ["{id: overdue, at: +0d, to: [unit.owner]}"]},
)


def test_an_office_reads_the_names_of_the_units_that_it_has_no_row_of(tmp_path: Path):
    with chasing(tmp_path, plan=BODIES) as chase:
        register = chase.campaign.store.plan().registers["bodies"]
        formed = {"code": "990101001", "formed": date(2020, 11, 2)}
        take_rows(chase.campaign.store, register, [formed], at("2020-11-09T09:00"), at("2020-11-09T09:00"))

        chase.watch("2020-11-13T08:30")

        [told] = [message.text for message in chase.sink.accepted if message.to == "/990101/owner"]
        assert "机构成立（甲二乡），应于11月12日前完成，现已到期，完成情况尚未收到。普查机构中没有“甲二乡”。" in told


DISTRICTS = trial(
    ["enumerators: {title: 普查员, level: district, unit: persons, roll_up: sum}"],
    [
        phase(
            "recruitment",
            "两员选聘",
            "2020-08-01",
            "2020-08-31",
            [
                "{id: staffed, title: 小区配备普查员, judged_at: township, due: 2020-08-20, ladder: field,"
                ' each: {register: districts}, met_when: "enumerators > 0"}',
            ],
        )
    ],
    ladders={"field": ["{id: overdue, at: +0d, to: [unit.owner]}"]},
)


def test_districts_are_rows_like_any_other(tmp_path: Path, database_url: str):
    with chasing(tmp_path, database_url, plan=DISTRICTS) as chase:
        chase.report("code,enumerators\n990101001001001,1\n990101001001002,0\n", "2020-08-10T09:00")

        found = duties(chase, "2020-08-21T09:00", limit=0)

        assert [(unit, period, standing) for unit, period, _, standing, _ in found if unit == "990101001"] == [
            ("990101001", "990101001001002", "unmet"),
            ("990101001", "990101001001001", "met"),
        ]
        assert [why for _, period, _, _, why in found if period == "990101001001002"] == [
            "990101001001002：普查员0人，未完成"
        ]
        silent = [unit for unit, period, _, standing, _ in found if (period, standing) == ("", "unreported")]
        assert silent == ["990101002", "990102001", "990102002"]


def test_a_register_that_cannot_be_read_sets_its_phase_aside_and_all_else_goes_on(tmp_path: Path):
    other = '{id: report, title: 上报, judged_at: county, met_when: "reports > 0", due: 2020-11-12, ladder: field}'
    plan = PLAN.replace("indicators:\n", "indicators:\n  reports: {title: 报表, level: county, roll_up: sum}\n")
    with chasing(tmp_path, plan=plan + phase("listing", "摸底", "2020-11-01", "2020-11-30", [other])) as chase:
        report(chase, "2020-11-10T09:00", *ROWS, NIL)
        for folder in ("districts", "archive"):
            shutil.rmtree(chase.campaign.store.home / folder)

        owed = chase.campaign.owe("2020-11-13T08:30")

        assert [(one.phase, one.unit) for one in owed.aside] == [("recheck", "")]
        assert "the rows of “problems” cannot be read: the archive file" in owed.aside[0].error
        assert {requirement for _, requirement, *_ in cases(chase)} == {"report"}
        with pytest.raises(Refusal):
            read_status(chase.campaign.store, None, at("2020-11-13T09:00"))
