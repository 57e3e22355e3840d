"""Every list of the base plan by the product's own workbook: handed out, filled in, taken in, and handed out again."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from worlds.campaign import UNITS, Campaign, at, make_campaign
from worlds.districts import VILLAGES
from worlds.forms import hand_out, letters_of, send_back

from models.plan.lists import Column, Register
from models.plan.model import Plan
from models.units import DIGITS, LEVELS
from tasks.files.opening import open_tables
from tasks.files.tabular import Table
from tasks.registers.current import rows_of

PLAN = Path(__file__).parents[3] / "deployments" / "plans" / "census-2020.yaml"
COUNTY, DISTRICT = "990101", "990101001001001"
DAY, HOUR = date(2020, 11, 25), datetime(2020, 11, 25)
OTHERWISE = {
    ("funds", "year"): 2020,
    ("roster", "ends"): HOUR + timedelta(hours=8),
    ("staff", "replaces"): None,
    ("boundaries", "neighbour"): "00",
    ("acceptance", "checked_by"): COUNTY,
}
"""What stands in a column where any value of its type would be refused."""


@pytest.fixture
def whole_plan(tmp_path: Path) -> Campaign:
    return make_campaign(tmp_path, plan=PLAN.read_text(encoding="utf-8"), units=UNITS + VILLAGES)


def lists_of(plan: Plan) -> list[Register]:
    """The lists that an office of a county, or one below it, keeps."""
    place = LEVELS.index("county")
    return [
        one
        for one in plan.registers.values()
        if not one.built_in and any(LEVELS.index(level) >= place for level in one.kept_by)
    ]


def code_of(register: Register) -> str:
    """The code of a row: of the county where it may be its own, else of what is below it."""
    level = next(level for level in ("county", "township", "village", "district") if level in register.rows_at)
    return DISTRICT[: DIGITS[level]]


def value_of(register: Register, column: Column) -> object:
    if (register.id, column.id) in OTHERWISE:
        return OTHERWISE[register.id, column.id]
    match column.type:
        case "number":
            return 1
        case "date":
            return DAY
        case "moment":
            return HOUR  # midnight, which a spreadsheet shows as an hour and a library as a day
        case "code":
            return "990102"
        case "yes_no":
            return "是"
        case "one_of":
            return next(iter(column.values.values()))
        case _:
            return "甲1"


def rows_by_register(campaign: Campaign, lists: list[Register]) -> dict[str, pl.DataFrame]:
    return {one.id: rows_of(campaign.store, one, at("2020-12-31")) for one in lists}


def test_every_list_is_filled_in_taken_in_and_left_alone_when_it_comes_back_untouched(whole_plan: Campaign) -> None:
    campaign = whole_plan
    lists = lists_of(campaign.store.plan())
    names = [f"register:{one.id}" for one in lists]
    file = hand_out(campaign, *names)
    sheets = {table.sheet: table for table in open_tables(file)}
    filled = {one.title: cells_of(one, sheets[one.title]) for one in lists}

    back = send_back(campaign, file, "2020-12-01", filled)

    assert {one.register: one.refusals["zh"].to_list() for one in back.tables if one.rejected} == {}
    assert {one.register: one.accepted for one in back.tables} == {one.id: 1 for one in lists}
    held = rows_by_register(campaign, lists)
    assert {name: rows.height for name, rows in held.items()} == {one.id: 1 for one in lists}
    for one in lists:
        given = [column.id for column in one.reported if not column.given and value_of(one, column) is not None]
        assert held[one.id].select(pl.all_horizontal(pl.col(given).is_not_null())).item(), one.id

    again = hand_out(campaign, *names, moment="2020-12-02", out="又.xlsx")
    untouched = send_back(campaign, again, "2020-12-03")

    assert {one.batch for one in untouched.tables} == {None}
    assert [one.rejected for one in untouched.tables] == [0] * len(lists)
    after = rows_by_register(campaign, lists)
    assert all(after[name].equals(rows) for name, rows in held.items())


def cells_of(register: Register, sheet: Table) -> dict[str, object]:
    """A whole new row, below the header of an empty sheet."""
    own = {"区划代码": code_of(register)}
    own |= {one.title: value_of(register, one) for one in register.reported if not one.given}
    places = {
        title.partition("（")[0]: letters_of(place) for place, title in enumerate(sheet.columns) if "不填" not in title
    }
    row = sheet.above + 2
    return {f"{places[title.partition('（')[0]]}{row}": value for title, value in own.items() if value is not None}
