"""Who is below whom in conditions over rows: as offices answer to each other, whatever their codes are."""

from __future__ import annotations

from pathlib import Path

import pytest
from worlds.campaign import Campaign, at, make_campaign

from tasks.campaign.affiliation import affiliation_of
from tasks.intake.intake import AsRows, take_in
from tasks.judging.explain import explain
from tasks.judging.status import read_statuses
from tasks.registers.lists import list_rows

UNITS = """\
code,name,level,superior
65,试验区,,
66,试验兵团,,
6502,试验市,,
650203,丁县,,
650203001,丁街道,,
650203530,一团,township,659001
650203530400,团部社区,,
659001,石城,,
659001001,城区街道,,
652325,直管县,county,65
6523,又一市,,
6501,首府,,
650101,戊县,,
"""
PLAN = """\
census: trial
title: 试点普查
standard_time: 2020-11-01
registers:
  boundaries:
    title: 接边
    kept_by: [county, township]
    key: [code, neighbour]
    columns:
      neighbour: {title: 相邻单位, type: code, outside: yes}
      below: {title: 是上级, type: yes_no, is: "within(code, neighbour)"}
    refuse:
      - {when: "neighbour <> '00' and (within(neighbour, code) or within(code, neighbour))", title: 相邻单位不能是本单位或其上下级}
  requests:
    title: 请示
    kept_by: [county, township]
    key: [code, number]
    on_occasion: yes
    columns:
      number: {title: 编号, type: number}
      addressee: {title: 主送单位, type: code, outside: yes}
      upward: {title: 是否向上, type: yes_no, is: "within(code, addressee)"}
indicators:
  sent_up: {title: 向上请示, register: requests, level: county, count_where: "within(code, addressee)"}
ladders:
  standard: [{id: overdue, at: +0d, to: [unit.owner]}]
phases:
  - id: preparation
    title: 准备
    starts: T-200d
    ends: T-73d
    requirements:
      - id: upward
        title: 只向上级请示
        judged_at: township
        each: {register: requests}
        met_when: "within(code, addressee)"
        due: 2020-09-01
        ladder: standard
      - {id: counted, title: 计数, judged_at: county, met_when: "sent_up >= 1", due: 2020-09-01, ladder: standard}
"""
FIRST, LATER = "2020-08-03T09:00", "2020-08-04T09:00"


@pytest.fixture
def campaign(tmp_path: Path, database_url: str) -> Campaign:
    beside = {"superiors.csv": "code,superior,line\n659001,66,government\n"}
    return make_campaign(tmp_path, database_url, plan=PLAN, units=UNITS, beside=beside)


def refused(campaign: Campaign, register: str, *lines: str) -> dict[int, str]:
    """Why rows are refused, by the row of the file."""
    file = campaign.folder / f"{register}.csv"
    file.write_text("\n".join([*lines, ""]), encoding="utf-8")
    receipt = take_in(campaign.store, file, at(FIRST), "甲", at(FIRST), as_rows=AsRows(register=register))
    return dict(receipt.refusals.select("row", "zh").iter_rows())


def standings(campaign: Campaign, requirement: str) -> dict[str, str]:
    duties = read_statuses(campaign.store, None, at(LATER)).of(limit=0).duties
    return {f"{one.unit} {one.period}".strip(): one.standing for one in duties if one.requirement == requirement}


def test_those_few_are_known_that_do_not_answer_to_whom_their_digits_name(campaign: Campaign) -> None:
    assert affiliation_of(campaign.store).superiors == {
        "650203530": ("659001",),
        "652325": ("65",),  # past the prefecture of its digits
        "659001": ("65", "66"),
    }


def test_neighbours_are_told_from_superiors_by_whom_offices_answer_to(campaign: Campaign) -> None:
    found = refused(
        campaign,
        "boundaries",
        "code,neighbour",
        "650203530,659001",  # a regiment's own city
        "659001,650203530",
        "650203530,650203",  # the county around it
        "650203530,650203001",
        "659001,66",
        "650203001,650203",
        "659001,650203",
        "659001,00",
    )

    words = "相邻单位不能是本单位或其上下级，请核对改正"
    assert found == dict.fromkeys([2, 3, 6, 7], words)


def test_rows_are_listed_counted_and_judged_by_whom_offices_answer_to(campaign: Campaign) -> None:
    rows = ("650203530,1,659001", "650203530,2,650203", "650203530,3,66", "650203001,1,650203")
    assert refused(campaign, "requests", "code,number,addressee", *rows) == {}

    register = campaign.store.plan().registers["requests"]
    upward = list_rows(campaign.store, register, at(LATER), None, "upward").rows
    asked = list_rows(campaign.store, register, at(LATER), None, "within(code, '659001')").rows
    [told] = explain(campaign.store, "659001", "counted", at(LATER))

    assert upward.select("code", "number").rows() == [("650203001", 1.0), ("650203530", 1.0), ("650203530", 3.0)]
    assert asked.select("code", "number").rows() == [("650203530", 1.0), ("650203530", 2.0), ("650203530", 3.0)]
    assert standings(campaign, "upward") == {
        "650203001 650203001/1": "met",
        "650203530 650203530/1": "met",
        "650203530 650203530/2": "unmet",
        "650203530 650203530/3": "met",
    }
    assert ([one.count for one in told.behind], [one.value for one in told.figures]) == ([2], [2.0])


def test_what_was_worked_out_before_is_not_believed_once_an_office_answers_to_another(campaign: Campaign) -> None:
    refused(campaign, "requests", "code,number,addressee", "650203001,1,6501")
    before = standings(campaign, "upward")
    with campaign.store.engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO superiors (code, superior, line) VALUES ('650203', '6501', 'business')")

    assert (list(before.values()), list(standings(campaign, "upward").values())) == (["unmet"], ["met"])
