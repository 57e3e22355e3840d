"""What districts are asked for beside figures, and districts that are no more: through the report of figures, as ever."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from worlds.campaign import UNITS, Campaign, at, make_campaign
from worlds.districts import VILLAGES, readings, report
from worlds.plans import DISTRICTS

from models.wording import Refusal
from tasks.intake.intake import AsRows, take_in
from tasks.registers.current import rows_of

MORE = """registers:
  districts:
    columns:
      artefact: {title: 成果图, one_of: {courtyard: 院落图, section: 剖面图}}
      drawn: {title: 绘制日期, type: date}
      staff_no: {title: 普查员编号, type: number}
"""
PLAN = DISTRICTS.replace("phases:\n", MORE + "phases:\n", 1)
FIRST, SECOND = "990101001001001", "990101001001002"


@pytest.fixture
def campaign(tmp_path: Path, database_url: str) -> Campaign:
    return make_campaign(tmp_path, database_url, plan=PLAN, units=UNITS + VILLAGES)


def cells(campaign: Campaign, moment: str = "2021-01-01T00:00") -> list[tuple[object, ...]]:
    register = campaign.store.plan().registers["districts"]
    rows = rows_of(campaign.store, register, at(moment)).filter(~pl.col(":withdrawn"))
    return rows.select("code", "enumerators", "artefact", "drawn", "staff_no").rows()


def test_what_districts_are_asked_for_beside_figures_comes_in_with_them(campaign: Campaign) -> None:
    receipt = report(
        campaign,
        f"区划代码,普查员,成果图,绘制日期,普查员编号\n{FIRST},2,院落图,2020年8月1日,7\n{SECOND},3,,44044,\n",
        "2020-08-02T17:00",
    )
    assert (receipt.register, receipt.accepted, receipt.rejected) == (None, 2, 0)
    assert cells(campaign) == [
        (FIRST, 2.0, "courtyard", date(2020, 8, 1), 7.0),
        (SECOND, 3.0, None, date(2020, 8, 1), None),
    ]
    report(campaign, f"code,artefact\n{FIRST},section\n", "2020-08-03T17:00")
    assert cells(campaign)[0] == (FIRST, 2.0, "section", date(2020, 8, 1), 7.0)
    assert readings(campaign, "enumerators")[-1][:2] == ("990101001", 5.0)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (f"{FIRST},1,草图,,", "“成果图”没有这一项，应为：院落图（courtyard）、剖面图（section）"),
        (f"{FIRST},1,,8月1日,", "“绘制日期”缺少年份"),
        (f"{FIRST},1,-,,", "普查小区的“成果图”不能用“-”清空"),
        ("990101001,,院落图,,", "由普查小区上报，而本行是乡级单位"),
        (f"{FIRST},1,,,删", "“撤销”只填 是，或留空"),
        ("990101001,,,,是", "由普查小区上报，而本行是乡级单位"),
    ],
)
def test_a_faulty_cell_refuses_its_row(campaign: Campaign, row: str, reason: str) -> None:
    receipt = report(campaign, f"code,enumerators,成果图,绘制日期,撤销\n{row}\n", "2020-08-02T17:00")
    assert [reason in zh for zh in receipt.refusals["zh"]] == [True]


def test_respondents_data_in_such_a_cell_refuse_the_file(campaign: Campaign) -> None:
    with pytest.raises(Refusal, match="respondents"):
        report(campaign, f"code,enumerators,成果图\n{FIRST},1,找王某13812345678\n", "2020-08-02T17:00")


def test_a_district_that_was_merged_away_is_no_longer_expected(campaign: Campaign) -> None:
    report(campaign, f"code,enumerators\n{FIRST},2\n{SECOND},3\n", "2020-08-02T17:00")
    gone = report(campaign, f"区划代码,普查员,撤销\n{FIRST},4,\n{SECOND},,是\n", "2020-08-03T17:00")
    assert (gone.accepted, gone.rejected) == (2, 0)
    assert readings(campaign, "enumerators")[-1] == ("990101001", 4.0, 1, 1, 2)
    assert [row[0] for row in cells(campaign)] == [FIRST]
    back = report(campaign, f"code,enumerators\n{SECOND},1\n", "2020-08-04T17:00")
    assert back.accepted == 1
    assert readings(campaign, "enumerators")[-1] == ("990101001", 5.0, 2, 2, 3)


def test_a_column_of_withdrawn_districts_that_is_empty_is_as_if_it_were_not_there(campaign: Campaign) -> None:
    report(campaign, f"code,enumerators,撤销\n{FIRST},2,\n{SECOND},3,否\n", "2020-08-02T17:00")
    assert readings(campaign, "enumerators")[-1][:4] == ("990101001", 5.0, 2, 2)


def test_districts_are_called_by_the_name_of_their_register_too(campaign: Campaign) -> None:
    file = campaign.folder / "小区.csv"
    file.write_text(f"code,enumerators\n{FIRST},2\n", encoding="utf-8")
    moment = at("2020-08-02T17:00")
    receipt = take_in(campaign.store, file, moment, "甲县", moment, as_rows=AsRows(register="districts"))
    assert (receipt.accepted, receipt.register) == (1, None)
