"""Doubts about rows of the shipped lists: what does not fit the rows of others is told to whoever sends it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import polars as pl
import pytest
from worlds.over_rows import UNITS
from worlds.plans_over_rows import kept_rows

from models.affiliation import Affiliation
from models.moments import micros
from models.plan.files import read_plan_files
from models.plan.model import Plan
from models.rules.phases import (
    cascades,
    contractors,
    funds,
    handovers,
    inspections,
    papers,
    problems,
    roster,
    staff,
    training,
)
from models.rules.phases.given import Doubting, Given

NOW = datetime(2020, 10, 12, 1, tzinfo=UTC)

Row = dict[str, object]
AFFILIATION = Affiliation(lambda: [("140106009", "140105"), ("140106009", "140106")])
"""A zone of one county that answers to another one too."""


@cache
def plan() -> Plan:
    return read_plan_files(Path(__file__).parents[3] / "deployments" / "plans" / "census-2020.yaml").plan


def doubtful(module: Doubting, register: str, told: list[Row], **others: list[Row]) -> list[tuple[int, str]]:
    """Row and reason of each doubt about rows that came in on top of others: those named by registers, the same one's `held`, or `kept`
    where rows stand there otherwise than they were sent."""
    lists = {register: others.pop("kept", None) or [*told, *others.pop("held", [])], **others}
    rows = {name: kept_rows(plan().registers[name], lists.get(name, [])) for name in module.REGISTERS}
    sent = pl.concat([kept_rows(plan().registers[register], [row]) for row in told]).with_row_index(":row", 2)
    found = module.doubts(Given(plan(), rows, UNITS, NOW, affiliation=AFFILIATION), register, sent)
    return found.select(":row", "zh").rows()


@pytest.mark.parametrize(
    ("named", "reason"),
    [
        ("14/动员会", None),
        (None, None),
        ("14/总结会", "“传达的上级会议”写的 14/总结会 没有登记，请核对（写法：单位代码/会议编号）"),
        ("动员会", "“传达的上级会议”写的 动员会 没有登记，请核对（写法：单位代码/会议编号）"),
        ("00/电视电话会", None),
    ],
)
def test_a_meeting_that_passes_on_one_which_never_was_is_told(named: str | None, reason: str | None) -> None:
    told: list[Row] = [{"code": "1401", "meeting": "甲", "passes_on": named}]
    found = doubtful(cascades, "meetings", told, held=[{"code": "14", "meeting": "动员会"}])
    assert found == ([(2, reason)] if reason else [])


@pytest.mark.parametrize(
    ("kind", "named", "held", "told"),
    [
        ("mobilisation", None, True, True),
        ("mobilisation", "14/动员会", True, False),
        ("special", None, True, False),
        ("mobilisation", None, False, False),
    ],
)
def test_a_meeting_that_passes_on_without_saying_so_is_told_before_it_is_owed_twice(
    kind: str, named: str | None, held: bool, told: bool
) -> None:
    own: Row = {"code": "1401", "meeting": "市会", "kind": kind, "passes_on": named, "held": NOW if held else None}
    above: Row = {"code": "14", "meeting": "动员会", "kind": "mobilisation", "held": NOW, "cascade": 3}
    owed: Row = {"code": "1401", "meeting": "传达14-动员会", "kind": "mobilisation", "passes_on": "14/动员会"}

    found = doubtful(cascades, "meetings", [own], held=[above, owed])

    said = "本单位尚有待传达的 14/动员会，如本行即为传达，请在“传达的上级会议”填写该编号"
    assert found == ([(2, said)] if told else [])


def test_a_meeting_that_was_withdrawn_was_not_held() -> None:
    told: list[Row] = [{"code": "1401", "meeting": "甲", "passes_on": "14/动员会"}]
    assert doubtful(cascades, "meetings", told, held=[{"code": "14", "meeting": "动员会", "withdrawn": True}])


@pytest.mark.parametrize(("year", "doubts"), [("2020", 0), ("2019", 1)])
def test_a_paper_that_answers_a_number_of_another_year_is_told(year: str, doubts: int) -> None:
    told: list[Row] = [{"code": "1401", "kind": "schedule", "answers": f"14/schedule/晋普办〔{year}〕3号"}]
    above: list[Row] = [{"code": "14", "kind": "schedule", "number": "晋普办〔2020〕3号"}]
    assert len(doubtful(cascades, "papers", told, held=above)) == doubts


@pytest.mark.parametrize(
    ("number", "issued", "reasons"),
    [
        ("晋普办〔2020〕3号", date(2020, 1, 1), []),
        ("晋普办[2020]3号", date(2020, 12, 31), []),
        ("晋普办〔2019〕3号", date(2020, 1, 1), ["文号写的是 2019 年，印发日期却在 2020 年，请核对"]),
        ("晋普办（2021）3号", date(2020, 12, 31), ["文号写的是 2021 年，印发日期却在 2020 年，请核对"]),
        ("2019号", date(2020, 1, 1), []),
        ("晋普办〔2019〕3号", None, []),
    ],
)
def test_a_paper_with_the_number_of_another_year_is_told(number: str, issued: date | None, reasons: list[str]) -> None:
    told: list[Row] = [{"code": "14", "kind": "schedule", "number": number, "issued": issued}]
    assert [reason for _, reason in doubtful(papers, "papers", told)] == reasons


def test_a_plan_whose_papers_have_plain_numbers_has_no_year_to_doubt() -> None:
    own = plan().registers["papers"]
    register = replace(own, columns={**own.columns, "number": replace(own.columns["number"], type="number")})
    row: Row = {"code": "14", "kind": "schedule", "number": 2019.0, "issued": date(2020, 1, 1)}
    sent = kept_rows(register, [row]).with_row_index(":row", 2)

    told = papers.doubts(Given(replace(plan(), registers={"papers": register}), {}, UNITS, NOW), "papers", sent)

    assert told.is_empty()


@pytest.mark.parametrize(
    ("items", "reasons"),
    [
        ("1", []),
        ("13-16、第20项", []),
        ("23至24", ["工作安排中没有第 24 项，请核对外包事项"]),
        ("0-999999999", ["工作安排中没有第 0、24、25、26、27 项，请核对外包事项"]),
        ("16-13", ["外包事项“16-13”不是工作安排的项目编号，请写如 13-16 或 13、15"]),
        ("摸底", ["外包事项“摸底”不是工作安排的项目编号，请写如 13-16 或 13、15"]),
        (None, []),
    ],
)
def test_what_is_given_to_a_contractor_stands_in_the_schedule(items: str | None, reasons: list[str]) -> None:
    told: list[Row] = [{"code": "140105", "contractor": "甲", "items": items}]
    assert [reason for _, reason in doubtful(contractors, "contractors", told)] == reasons


@pytest.mark.parametrize(
    ("seats", "doubts"), [(2, []), (1, [(2, "班次“一”名额 1 个，登记参训 2 人，请核对")]), (None, [])]
)
def test_a_session_with_more_attendants_than_seats_is_told_once(
    seats: int | None, doubts: list[tuple[int, str]]
) -> None:
    session: Row = {"code": "140105", "session": "一", "seats": seats}
    attending: list[Row] = [{"code": "140105001", "session": "一", "staff": number} for number in ("01", "02")]

    assert doubtful(training, "attendance", attending, sessions=[session]) == doubts
    assert doubtful(training, "sessions", [session], attendance=attending) == doubts


def test_an_attendance_of_a_session_that_nobody_holds_is_told() -> None:
    own: Row = {"code": "140105001", "session": "二"}
    elsewhere: Row = {"code": "140106", "session": "三"}
    told: list[Row] = [{"code": "140105001", "session": one, "staff": "01"} for one in ("二", "三")]

    assert doubtful(training, "attendance", told, sessions=[own, elsewhere]) == [
        (3, "本单位和县级都没有登记班次“三”，请核对")
    ]


@pytest.mark.parametrize(("stage", "doubts"), [("paid", 0), ("arrived", 0), ("approved", 1)])
def test_money_that_arrived_from_where_none_was_paid_is_told(stage: str, doubts: int) -> None:
    arrived: Row = {"code": "140105", "entry": "1", "category": "devices", "stage": "arrived", "payer": "1401"}
    payer: Row = {"code": "1401", "entry": "9", "category": "devices", "stage": stage}

    assert len(doubtful(funds, "funds", [arrived], held=[payer])) == doubts
    assert doubtful(funds, "funds", [{**arrived, "stage": "paid"}], held=[payer]) == []


EARLIER = micros(NOW) - 1


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"stage": "paid"}, True),
        ({"stage": "arrived", "payer": "140105"}, True),
        ({"stage": "approved"}, False),
        ({"stage": "paid", "approved": date(2020, 8, 1)}, False),
        ({"stage": "arrived", "payer": "00"}, False),
        ({"stage": "paid", "since": EARLIER}, False),
    ],
)
def test_money_that_is_paid_from_the_first_and_was_never_approved_is_told(cells: Row, told: bool) -> None:
    row: Row = {"code": "140105", "entry": "1", "category": "office", **cells}
    sent = {name: cell for name, cell in row.items() if name != "since"}

    found = doubtful(funds, "funds", [sent], kept=[row])

    said = "本笔首次登记就已拨付，没有批复日期，请核对并补填“批复日期”"
    assert found == ([(2, said)] if told else [])


def test_nothing_is_doubted_of_a_payer_that_keeps_no_ledger() -> None:
    arrived: Row = {"code": "140105", "entry": "1", "category": "devices", "stage": "arrived", "payer": "00"}
    assert doubtful(funds, "funds", [arrived]) == []


@pytest.mark.parametrize(
    ("code", "payer", "told"),
    [
        ("140105", "1401", False),
        ("140105", "14", False),
        ("140105", "140105", False),
        ("140105", "00", False),
        ("140105", "140106", True),
        ("140105", "1402", True),
        ("1401", "140105", True),
        ("140105", None, False),
    ],
)
def test_money_that_arrived_from_an_office_which_is_not_above_is_told(code: str, payer: str | None, told: bool) -> None:
    row: Row = {"code": code, "entry": "1", "category": "devices", "stage": "arrived", "payer": payer}

    found = doubtful(funds, "funds", [{**row, "approved": date(2020, 8, 1)}])

    assert found == ([(2, f"拨款单位 {payer} 不是 {code} 的上级，请核对")] if told else [])


@pytest.mark.parametrize(
    ("to", "told"),
    [
        ("140105001", False),
        (None, False),
        ("140106001", True),
        ("140106009", False),  # it answers to both
        ("140105", True),
        ("1401", True),
        ("140105001001", True),
    ],
)
def test_data_that_went_on_to_no_township_of_the_county_are_told(to: str | None, told: bool) -> None:
    row: Row = {"code": "140105", "department": "police", "dataset": "births", "state": "delivered", "delivered_to": to}

    found = doubtful(handovers, "handovers", [row])

    assert found == ([(2, f"资料下发到 {to}，不是 140105 所辖的乡级单位，请核对")] if told else [])


def test_data_that_went_on_by_a_list_with_names_instead_of_codes_are_not_doubted() -> None:
    columns = dict(plan().registers["handovers"].columns)
    named = replace(plan().registers["handovers"], columns={**columns, "delivered_to": columns["note"]})
    given = Given(replace(plan(), registers={"handovers": named}), {}, UNITS, NOW)

    assert handovers.doubts(given, "handovers", pl.DataFrame()).is_empty()


@pytest.mark.parametrize(
    ("inspection", "told"),
    [({"code": "1401"}, False), ({"code": "14"}, True), ({"inspection": "二"}, True), ({"withdrawn": True}, True)],
)
def test_a_finding_of_an_inspection_that_was_not_registered_is_told(inspection: Row, told: bool) -> None:
    finding: Row = {"code": "1401", "inspection": "一", "finding": "1", "owed_by": "140105", "state": "found"}
    made: Row = {"code": "1401", "inspection": "一", "visited": "140105", **inspection}

    found = doubtful(inspections, "findings", [finding], inspections=[made])

    said = "1401 没有登记督导“一”，请核对“督导编号”，或先登记该次督导"
    assert found == ([(2, said)] if told else [])
    assert doubtful(inspections, "inspections", [{"code": "1401", "inspection": "一"}]) == []


SECOND: Row = {"code": "140105001001001", "list": "乙批", "row": 3, "kind": "missed"}


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({}, True),
        ({"state": "closed"}, True),
        ({"kind": "logic"}, False),
        ({"list": "乙批"}, False),
        ({"code": "140105001001002"}, False),
        ({"withdrawn": True}, False),
        ({"since": micros(NOW)}, False),
    ],
)
def test_a_problem_that_comes_again_under_another_number_is_told(cells: Row, told: bool) -> None:
    first: Row = {"code": "140105001001001", "list": "甲批", "row": 14, "kind": "missed", "since": EARLIER, **cells}

    found = doubtful(problems, "problems", [SECOND], held=[first])

    said = "清单“甲批”中该小区已有户籍漏登错登 1 条（首条序号 14），如是同一问题，请在原序号下办理并撤销本行"
    assert found == ([(2, said)] if told else [])


def test_a_change_of_state_of_a_problem_and_one_of_no_district_are_like_no_other() -> None:
    first: Row = {"code": "140105001001001", "list": "甲批", "row": 14, "kind": "missed", "since": EARLIER}
    county: Row = {"code": "140105", "list": "乙批", "row": 4, "kind": "missed"}

    assert doubtful(problems, "problems", [{**SECOND, "kind": None}], held=[first]) == []
    assert doubtful(problems, "problems", [county], held=[first, {**first, "code": "140105"}]) == []


@pytest.mark.parametrize(
    ("audience", "code", "day", "told"),
    [
        ("enumerators", "140105001", date(2020, 9, 10), False),
        ("enumerators", "140105001", date(2020, 9, 9), True),
        ("enumerators", "140105", date(2020, 9, 9), True),
        ("enumerators", "140106001", date(2020, 9, 9), False),
        ("instructors", "140105", date(2020, 9, 4), True),
        ("leaders", "140105", date(2020, 9, 4), False),
    ],
)
def test_a_session_before_those_who_teach_there_had_theirs_is_told(
    audience: str, code: str, day: date, told: bool
) -> None:
    known: list[Row] = [
        {"code": "140105", "session": "师资", "audience": "trainers", "day": date(2020, 9, 5)},
        {"code": "140105", "session": "指导员", "audience": "instructors", "day": date(2020, 9, 10)},
    ]
    row: Row = {"code": code, "session": "一", "audience": audience, "day": day}

    assert [number for number, _ in doubtful(training, "sessions", [row], held=known)] == ([2] if told else [])


def shift(starts: int, ends: int, seat: int | None = 1) -> Row:
    day = NOW.replace(hour=0)
    return {"code": "140105", "starts": day.replace(hour=starts), "ends": day.replace(hour=ends), "seat": seat}


@pytest.mark.parametrize(
    ("told", "doubts"),
    [
        (shift(8, 12), []),
        (shift(8, 13), [2]),
        (shift(20, 22), []),
        (shift(19, 22), [2]),
        (shift(13, 14), [2]),
        (shift(13, 14, None), []),
    ],
)
def test_a_shift_that_overlaps_another_is_told(told: Row, doubts: list[int]) -> None:
    assert [row for row, _ in doubtful(roster, "roster", [told], held=[shift(12, 20)])] == doubts


@pytest.mark.parametrize(
    ("other", "doubts"),
    [
        ({"code": "140105002"}, [2]),
        ({"code": "140106001"}, []),
        ({"code": "140105002", "departed": date(2020, 10, 1)}, []),
    ],
)
def test_a_staff_number_on_two_lists_of_a_county_is_told(other: Row, doubts: list[int]) -> None:
    found = doubtful(staff, "staff", [{"code": "140105001", "staff": "07"}], held=[{**other, "staff": "07"}])
    assert [row for row, _ in found] == doubts


def test_a_change_of_state_alone_is_taken_in_without_a_look_at_the_offices() -> None:
    def read() -> pl.DataFrame:
        raise AssertionError("nobody asked for the offices")

    sent = kept_rows(plan().registers["problems"], [{"code": "140105001001001", "list": "一", "row": 1.0}])
    given = Given(plan(), {}, read, NOW)
    assert problems.doubts(given, "problems", sent.with_row_index(":row", 2)).is_empty()
    given = Given(plan(), {}, lambda: UNITS, NOW)
    assert given.units is given.units is UNITS
