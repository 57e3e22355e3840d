"""pucha contacts: a clerk reads, person by person, when and of what somebody would hear."""

from __future__ import annotations

import pytest
from worlds.clerk import UNITS, Clerk
from worlds.plans import phase, trial

STANDARD = (
    "{id: remind-1, at: -1d, to: [unit.owner, unit.leader]}",
    "{id: overdue, at: +0d, to: [unit.owner]}",
    "{id: superior, at: +1wd, to: [superior.owner]}",
    "{id: head, at: +3wd, to: [government.head], signed_by: superior.leader}",
)
REPORT = ("{id: missing, at: +0d, to: [unit.owner, superior.owner]}",)


def duty(name: str, title: str, ladder: str) -> str:
    return f'{{id: {name}, title: {title}, judged_at: county, met_when: "n >= 1", due: 2020-08-05, ladder: {ladder}}}'


PLAN = trial(
    ["n: {title: 数, level: county, roll_up: sum, min: 0}"],
    [
        phase("preparation", "普查准备", "2020-07-01", "2020-08-31", [duty("a", "经费", "standard")]),
        phase(
            "zoning",
            "区划绘图",
            "2020-07-01",
            "2020-08-31",
            [duty("b", "底图", "standard"), duty("c", "日报", "report")],
        ),
    ],
    ladders={"standard": STANDARD, "report": REPORT},
)
PEOPLE = """unit,role,name,channel
130101,owner,王某,json://127.0.0.1:9/a
130101,leader,李某,json://127.0.0.1:9/b
1301,owner,张某,json://127.0.0.1:9/c
1301,leader,赵某,json://127.0.0.1:9/d
"""


@pytest.fixture
def clerk(clerk: Clerk) -> Clerk:
    for name, text in (("plan.yaml", PLAN), ("units.csv", UNITS), ("contacts.csv", PEOPLE)):
        clerk.file(name, text)
    clerk.json("load", "--plan", "plan.yaml", "--units", "units.csv", "--contacts", "contacts.csv")
    return clerk


def rows(text: str) -> list[tuple[str, ...]]:
    """The cells of a table, row by row as the terminal draws them."""
    drawn = [line.replace("┃", "│").split("│")[1:-1] for line in text.splitlines() if line[:1] in ("│", "┃")]
    return [tuple(cell.strip() for cell in row) for row in drawn]


def test_everybody_stands_once_with_the_moments_and_the_phases_together(clerk: Clerk) -> None:
    shown = clerk("contacts", "--unit", "130101")
    assert rows(shown.out) == [
        ("收件人", "何时收到", "哪些阶段的事项"),
        ("王某", "到期前1天提醒、到期提醒", "普查准备、区划绘图"),
        ("丙县经办人 130101", "", ""),
        ("", "到期提醒", "区划绘图"),
        ("李某", "到期前1天提醒", "普查准备、区划绘图"),
        ("丙县办公室主任 130101", "", ""),
        ("张某", "逾期1个工作日报上级", "普查准备、区划绘图"),
        ("乙市经办人 1301", "", ""),
        ("", "到期报上级", "区划绘图"),
        ("赵某", "逾期3个工作日拟稿送签", "普查准备、区划绘图"),
        ("乙市办公室主任 1301", "", ""),
        ("无人", "逾期3个工作日的文稿签发后", "普查准备、区划绘图"),
        ("乙市领导小组组长 1301", "", ""),
    ]
    assert "127.0.0.1" not in shown.out


def test_the_same_in_english(clerk: Clerk) -> None:
    clerk.english()
    shown = rows(clerk("contacts", "--unit", "130101").out)
    assert shown[:2] == [
        ("who", "when", "of which phases"),
        ("王某", "the reminder, 1 day before it is due, the reminder, when due", "普查准备, 区划绘图"),
    ]


def test_programs_get_one_entry_a_rung_and_target(clerk: Clerk) -> None:
    told = clerk.json("contacts", "--unit", "130101")
    own = [(one["phase"], one["rung"], one["to"]["target"]) for one in told if one["name"] == "王某"]
    assert own == [
        ("preparation", "remind-1", "unit.owner"),
        ("preparation", "overdue", "unit.owner"),
        ("zoning", "remind-1", "unit.owner"),
        ("zoning", "overdue", "unit.owner"),
        ("zoning", "missing", "unit.owner"),
    ]
