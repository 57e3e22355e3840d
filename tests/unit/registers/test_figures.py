"""Figures drawn from the rows of a register: whose they are, who is awaited for them, and what an empty cell leaves open."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from typing import Any

import pytest
from worlds.over_rows import CHAINS, NOW, PROBLEMS, UNITS
from worlds.plans import plan_of
from worlds.plans_over_rows import HEARD, kept_rows, plan_over_rows

from models.plan.model import Plan
from models.rules.registers.figures import row_readings
from models.units import Level

FUNDS = """
title: 经费台账
kept_by: [province, city, county]
key: [code, entry]
columns:
  entry: {title: 笔次, type: text}
  amount: {title: 金额, type: number, unit: yuan}
  stage: {title: 环节, one_of: {filed: 已报, arrived: 到位}}
  day: {title: 日期, type: date}
  paid: {title: 支付时间, type: moment}
  share: {title: 比例, type: number, is: "amount / 2"}
"""
STEPS = """
title: 抽查
kept_by: township
rows_at: [township, village, district]
key: [code, check]
columns:
  check: {title: 序号, type: number}
  staff: {title: 人员编号, type: number}
  kinds: {title: 类别, one_of: {a: 甲, b: 乙}, several: yes}
"""
MATTERS = STEPS.replace("title: 抽查", "title: 事项\non_occasion: yes")

Found = dict[str, tuple[float | None, int, int]]


def drawn(figure: str, *rows: dict[str, Any], level: str = "county", now: datetime = NOW) -> Found:
    """unit → (value, reported, expected) of one figure. figure: the register, and how it is drawn from it."""
    readings = read(figure, *rows, level=level, now=now)
    return {row[0]: row[1:4] for row in readings}


def read(figure: str, *rows: dict[str, Any], level: str, now: datetime) -> list[tuple[Any, ...]]:
    plan = planned(figure, level)
    [one] = [indicator for indicator in plan.indicators.values() if indicator.id == "figure"]
    assert one.rows is not None
    kept = kept_rows(plan.registers[one.rows.register], rows)
    found = row_readings(kept, [one], plan, UNITS, CHAINS, now)
    assert set(found["indicator"]) <= {"figure"}
    return found.select("unit", "value", "reported", "expected", "as_of").rows()


def planned(figure: str, level: str) -> Plan:
    registers = {"problems": PROBLEMS, "funds": FUNDS, "steps": STEPS, "matters": MATTERS}
    text = plan_over_rows(registers, [], indicators=[f"figure: {{title: 指标, level: {level}, register: {figure}}}"])
    return plan_of(text)


def problem(code: str, row: int, state: str | None = "received", **more: Any) -> dict[str, Any]:
    return {"code": code, "list": "甲批", "row": row, "state": state, **more}


def entry(
    code: str, name: str, amount: float | None = None, stage: str | None = "arrived", **more: Any
) -> dict[str, Any]:
    return {"code": code, "entry": name, "amount": amount, "stage": stage, **more}


OPEN = "problems, count_where: \"state <> 'closed'\""


def test_rows_at_and_below_an_office_count_for_it() -> None:
    rows = [problem("140105", 1), problem("140105001", 2), problem("140105001002", 3), problem("140105002007001", 4)]

    assert drawn(OPEN, *rows)["140105"] == (4.0, 1, 1)
    assert drawn(OPEN, *rows, level="township")["140105001"] == (2.0, 1, 1)
    assert drawn(OPEN, *rows, level="township")["140105002"] == (1.0, 1, 1)
    assert drawn(OPEN, *rows, level="village")["140105001002"] == (1.0, 1, 1)


def test_a_keeper_that_has_reported_has_none_where_it_has_no_rows() -> None:
    found = drawn(OPEN, problem("140105001", 1), level="township")

    assert found["140105002"] == (0.0, 1, 1)
    assert found["140106001"] == (None, 0, 1)


def test_a_nil_return_is_an_answer_and_no_row() -> None:
    assert drawn(OPEN, {"code": "140106", "nil": True})["140106"] == (0.0, 1, 1)
    assert drawn("problems, distinct: code", {"code": "140106", "nil": True})["140106"] == (0.0, 1, 1)


def test_rows_that_were_withdrawn_are_counted_no_more_but_were_an_answer() -> None:
    rows = [problem("140105", 1), problem("140105", 2, withdrawn=True), problem("140106", 1, withdrawn=True)]

    assert drawn(OPEN, *rows) == {"140105": (1.0, 1, 1), "140106": (0.0, 1, 1)}


def test_a_row_of_which_it_is_open_whether_it_counts_leaves_the_figure_open() -> None:
    rows = [problem("140105001", 1, None), problem("140105001", 2), problem("140105002", 3)]

    assert drawn(OPEN, *rows)["140105"] == (None, 0, 1)
    assert drawn(OPEN, *rows, level="township")["140105001"] == (None, 0, 1)
    assert drawn(OPEN, *rows, level="township")["140105002"] == (1.0, 1, 1)


def test_where_several_keepers_lie_below_an_office_all_of_them_are_awaited() -> None:
    steps = "steps, sum: staff"
    first = {"code": "140105001001", "check": 1, "staff": 7}

    assert drawn(steps, first)["140105"] == (None, 1, 2)
    assert drawn(steps, first, {"code": "140105002", "nil": True})["140105"] == (7.0, 2, 2)
    assert drawn(steps, first, level="city")["1401"] == (None, 1, 3)


def test_an_office_that_keeps_rows_itself_is_awaited_beside_those_below_it() -> None:
    total = "funds, sum: amount, where: \"stage = 'arrived'\""
    below = [entry("140105", "1", 0.1), entry("140106", "1", 0.2)]

    assert drawn(total, *below)["140105"] == (0.1, 1, 1)
    assert drawn(total, *below, level="city")["1401"] == (None, 2, 3)
    assert drawn(total, *below, entry("1401", "1", 0.4), level="city")["1401"] == (0.7, 3, 3)


def test_sums_are_exact_and_leave_empty_cells_out() -> None:
    rows = [entry("140105", str(n), 0.1) for n in range(10)]
    rows += [entry("140105", "filed", 5.0, "filed"), entry("140105", "empty", None)]

    assert drawn("funds, sum: amount, where: \"stage = 'arrived'\"", *rows)["140105"] == (1.0, 1, 1)
    assert drawn("funds, sum: share", *rows)["140105"] == (3.0, 1, 1)


def test_values_are_told_apart_and_not_rows_counted() -> None:
    rows = [{"code": "140105001", "check": n, "staff": staff} for n, staff in enumerate([7, 7, 8, None])]

    assert drawn("steps, distinct: staff", *rows, level="township")["140105001"] == (2.0, 1, 1)


def test_first_and_last_are_days_from_the_standard_time() -> None:
    rows = [entry("140105", "1", day=date(2020, 10, 31)), entry("140105", "2", day=date(2020, 11, 3))]
    rows += [entry("140105", "3"), entry("140106", "1")]

    assert drawn("funds, first: day", *rows) == {"140105": (-1.0, 1, 1), "140106": (None, 1, 1)}
    assert drawn("funds, last: day", *rows)["140105"] == (2.0, 1, 1)
    assert drawn("funds, last: day, where: \"stage = 'filed'\"", *rows)["140105"] == (None, 1, 1)


def test_a_moment_falls_on_a_day_of_the_plans_zone() -> None:
    midnight = datetime(2020, 10, 31, 16, tzinfo=UTC)

    assert drawn("funds, first: paid", entry("140105", "1", paid=midnight))["140105"][0] == 0.0
    early = midnight.replace(hour=15, minute=59)
    assert drawn("funds, first: paid", entry("140105", "1", paid=early))["140105"][0] == -1.0


def test_a_list_on_occasion_awaits_nobody() -> None:
    rows = [{"code": "140105001", "check": 1, "staff": 7}]

    assert drawn('matters, count_where: "staff > 5"', *rows, level="township") == {
        "140105001": (1.0, 1, 1),
        "140105002": (0.0, 1, 1),
        "140106001": (0.0, 1, 1),
    }
    assert drawn('matters, count_where: "staff > 5"', {**rows[0], "staff": None})["140105"] == (None, 1, 2)


def test_a_row_coded_above_the_level_of_a_figure_is_in_none() -> None:
    rows = [problem("140105", 1), problem("140105001", 2)]

    assert drawn(OPEN, *rows, level="township")["140105001"] == (1.0, 1, 1)
    assert drawn(OPEN, *rows, level="township")["140105002"] == (0.0, 1, 1)


def test_conditions_know_the_day_of_the_judging() -> None:
    late = 'problems, count_where: "due < today"'
    row = problem("140105", 1, due=date(2020, 11, 18))

    assert drawn(late, row, now=datetime.fromisoformat("2020-11-18T23:59:00+08:00"))["140105"][0] == 0.0
    assert drawn(late, row, now=datetime.fromisoformat("2020-11-19T00:00:00+08:00"))["140105"][0] == 1.0


def test_a_figure_is_as_of_the_newest_change_of_its_own_rows() -> None:
    rows = [
        problem("140105001", 1, changed=HEARD + 5),
        problem("140105001", 2, changed=HEARD + 7, withdrawn=True),
        problem("140105002", 3, changed=HEARD + 9),
        {"code": "140106", "nil": True, "changed": HEARD + 11},
    ]
    found = {row[0]: row[4] for row in read(OPEN, *rows, level="township", now=NOW)}

    assert found == {"140105001": HEARD + 7, "140105002": HEARD + 9, "140106001": HEARD + 11}


def test_where_nothing_was_sent_every_office_is_awaited() -> None:
    assert drawn(OPEN) == {"140105": (None, 0, 1), "140106": (None, 0, 1)}


SUPERIOR = {unit: superior for unit, _, _, superior in UNITS.iter_rows()}
LEVEL = {unit: level for unit, _, level, _ in UNITS.iter_rows()}


def upwards(unit: str) -> list[str]:
    """The unit and all above it."""
    found: list[str] = []
    at: str | None = unit
    while at is not None:
        found.append(at)
        at = SUPERIOR[at]
    return found


def plainly(rows: list[dict[str, Any]], level: Level) -> Found:
    """The sum of `staff` over rows with `check` > 2, kept by townships, office by office."""
    found: Found = {}
    for office in (unit for unit in LEVEL if LEVEL[unit] == level):
        keepers = {at for unit in LEVEL if office in upwards(unit) for at in upwards(unit) if LEVEL[at] == "township"}
        if not keepers:
            continue
        heard = {at for row in rows for at in upwards(row["code"]) if LEVEL[at] == "township"} & keepers
        own = [
            row for row in rows if office in upwards(row["code"]) and not row.get("nil") and not row.get("withdrawn")
        ]
        unsure = {at for row in own if row["check"] is None for at in upwards(row["code"]) if LEVEL[at] == "township"}
        total = sum(row["staff"] or 0.0 for row in own if (row["check"] or 0) > 2)
        told = len(heard - unsure)
        found[office] = (float(total) if told == len(keepers) else None, told, len(keepers))
    return found


@pytest.mark.parametrize("seed", range(20))
def test_figures_of_random_rows_are_those_that_a_clerk_adds_up(seed: int) -> None:
    choose = random.Random(seed)
    places = [unit for unit in LEVEL if LEVEL[unit] in ("township", "village")]
    rows: list[dict[str, Any]] = []
    for number in range(choose.randint(1, 12)):
        row = {"code": choose.choice(places), "check": choose.choice([1, 3, 5, 5, 5, None]), "staff": number}
        rows.append(row | choose.choice([{}, {}, {}, {"withdrawn": True}, {"staff": None}]))
    for township in (unit for unit in LEVEL if LEVEL[unit] == "township" and choose.random() < 0.5):
        rows.append({"code": township, "nil": True, "check": None, "staff": None})

    for level in ("village", "township", "county", "city", "province"):
        assert drawn('steps, sum: staff, where: "check > 2"', *rows, level=level) == plainly(rows, level)


def test_with_own_an_office_counts_the_rows_that_it_keeps_and_awaits_nobody_below() -> None:
    rows = [entry("140105", "甲", 3), entry("1401", "乙", 5), entry("14", "丙", 7)]

    assert drawn("funds, own: yes, sum: amount", *rows, level="city") == {"1401": (5.0, 1, 1)}
    assert drawn("funds, sum: amount", *rows, level="city") == {"1401": (None, 2, 3)}
    assert drawn("funds, own: yes, sum: amount", *rows, level="county") == {
        "140105": (3.0, 1, 1),
        "140106": (None, 0, 1),
    }


def test_with_own_rows_below_belong_to_the_office_that_keeps_them() -> None:
    rows = [{"code": "140105001001", "check": 1}, {"code": "140105001", "check": 2}]

    assert drawn("steps, own: yes, distinct: check", *rows, level="township")["140105001"] == (2.0, 1, 1)
