"""Parts of a key that may be left empty: rows are told apart with and without them."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import polars as pl
from worlds.lists import LISTS
from worlds.plans import faults_of, plan_of

from models.rules.registers.keys import key_text

ZONE = ZoneInfo("Asia/Shanghai")
OPTIONAL = LISTS.replace("key: [code, session, staff]", "key: [code, session, staff, turn]").replace(
    "      staff: {title: 两员编号, type: number}\n",
    "      staff: {title: 两员编号, type: number}\n      turn: {title: 补训批次, type: text, optional: yes}\n",
    1,
)


def test_a_part_that_is_empty_leaves_no_stroke_in_the_name_of_a_row() -> None:
    register = plan_of(OPTIONAL).registers["attendance"]
    rows = pl.DataFrame({"code": ["140105001"] * 2, "session": ["一期"] * 2, "staff": [7.0, 7.0], "turn": ["", "二"]})

    assert rows.select(key_text(register, ZONE)).to_series().to_list() == ["140105001/一期/7", "140105001/一期/7/二"]


def test_only_a_text_that_is_part_of_the_key_is_optional() -> None:
    number = OPTIONAL.replace("turn: {title: 补训批次, type: text,", "turn: {title: 补训批次, type: number,")
    beside = OPTIONAL.replace("key: [code, session, staff, turn]", "key: [code, session, staff]")

    assert [one.said.en for one in faults_of(number)] == ["optional is for columns of type: text alone"]
    assert [one.said.en for one in faults_of(beside)] == [
        "“turn” is no part of the key and may be empty as it is; leave optional out"
    ]
