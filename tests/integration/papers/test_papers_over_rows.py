"""What offices read of duties over rows: letters, boards, and who is told where nobody holds a role."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from worlds.campaign import Campaign, at
from worlds.papers import Desk, open_desk
from worlds.plans_over_rows import plan_over_rows
from worlds.registers import take_rows

from tasks.boards.lists import duty_table, overdue_list
from tasks.chasing.vacancies import list_vacancies
from tasks.judging.status import read_status

PROBLEMS = """
title: 问题清单
kept_by: county
rows_at: [county, township]
key: [code, list, row]
columns:
  list: {title: 清单批次, type: text}
  row: {title: 序号, type: number}
  due: {title: 办理期限, type: date}
  state: {title: 状态, one_of: {received: 已接收, closed: 已办结}}
"""
BODIES = """
title: 普查机构
kept_by: township
key: [code]
columns:
  formed: {title: 成立日期, type: date}
"""
PLAN = plan_over_rows(
    {"problems": PROBLEMS, "bodies": BODIES},
    [
        "{id: lists, title: 问题清单按期办结, judged_at: county, ladder: field,"
        " each: {register: problems, by: list, due: due}, met_when: \"state = 'closed'\"}",
        "{id: rows, title: 问题逐条办结, judged_at: county, ladder: field,"
        " each: {register: problems, due: due}, met_when: \"state = 'closed'\"}",
        "{id: formed, title: 机构组建, judged_at: township, due: 2020-11-12, ladder: field,"
        " each: {register: bodies, by: code, of: township}, met_when: formed is not null}",
    ],
    ladders={
        "field": [
            "{id: overdue, at: +0d, to: [unit.owner]}",
            "{id: letter, at: +1wd, to: [superior.leader], draft: supervision-letter}",
        ]
    },
)
SEVEN = "清单3：8条中7条未完成（甲一镇/1、甲一镇/2、甲一镇/3、甲一镇/4、甲一镇/5，另有2条）"


def problem(row: int, state: str = "received", name: str = "清单3") -> dict[str, Any]:
    return {"code": "990101001", "list": name, "row": float(row), "due": date(2020, 11, 12), "state": state}


def report(campaign: Campaign, as_of: str, *rows: dict[str, Any]) -> None:
    take_rows(campaign.store, campaign.store.plan().registers["problems"], rows, at(as_of), at(as_of))


def begun(desk: Desk) -> None:
    """Seven rows of eight are late, and a letter about them waits."""
    report(desk.campaign, "2020-11-10T09:00", *map(problem, range(1, 8)), problem(8, "closed"))
    desk.watch("2020-11-13T09:00")
    desk.watch("2020-11-16T08:30")


def test_a_letter_names_five_rows_and_how_many_more_and_offices_by_their_names(tmp_path: Path) -> None:
    with open_desk(tmp_path, None, plan=PLAN) as desk:
        begun(desk)
        letter = next(one["content"] for one in desk.papers() if one["unit"] == "990101")

        assert "问题清单按期办结（清单3）" in letter and SEVEN in letter
        assert "问题逐条办结（甲一镇/清单3/1）" in letter
        assert "990101001" not in letter
        assert "清单3/8" not in letter


def test_what_is_settled_before_anybody_signs_is_no_longer_in_the_letter(tmp_path: Path) -> None:
    with open_desk(tmp_path, None, plan=PLAN) as desk:
        begun(desk)
        report(desk.campaign, "2020-11-16T10:00", *(problem(row, "closed") for row in range(2, 8)))
        desk.watch("2020-11-16T11:00")
        waiting = [one for one in desk.papers() if one["state"] == "draft" and one["unit"] == "990101"]

        assert len(waiting) == 1
        assert "清单3/1）" in waiting[0]["content"] and "清单3/2）" not in waiting[0]["content"]


def test_a_board_shows_the_same_rows_and_names(tmp_path: Path) -> None:
    with open_desk(tmp_path, None, plan=PLAN) as desk:
        begun(desk)
        status = read_status(desk.campaign.store, "990101", at("2020-11-16T09:00"), limit=200)
        late, table = overdue_list(status, {}, "zh").body, duty_table(status, "zh").body

        assert SEVEN in str(late) and "问题逐条办结（甲一镇/清单3/1）" in str(late)
        assert "机构组建（甲一镇）" in str(late)
        assert SEVEN in str(table)


def test_an_office_without_anybody_is_told_of_to_its_superior_with_the_rows_it_owes(tmp_path: Path) -> None:
    with open_desk(tmp_path, None, plan=PLAN) as desk:
        with desk.campaign.store.writing() as connection:
            connection.exec_driver_sql("DELETE FROM contacts WHERE unit = '990101'")
        report(desk.campaign, "2020-11-10T09:00", *map(problem, range(1, 8)), problem(8, "closed"))

        assert "9901/owner" in desk.watch("2020-11-13T09:00")
        assert SEVEN in desk.last_to("9901/owner")
        vacant = [
            (one["unit"], one["role"]) for one in list_vacancies(desk.campaign.store, None, at("2020-11-13T09:00"), 0)
        ]
        assert ("990101", "owner") in vacant
