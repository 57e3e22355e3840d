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
from tasks.audit_trail.records import verify
from tasks.intake.intake import AsRows, take_in
from tasks.intake.receipts import Receipt
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


THIRD, OTHER_TOWN = "990101001001003", "990101002001001"


def full_list(campaign: Campaign, rows: str, as_of: str, *, agreed: bool = False) -> Receipt:
    file = campaign.folder / "全量.csv"
    file.write_text(f"code,enumerators\n{rows}", encoding="utf-8")
    return take_in(campaign.store, file, at(as_of), "甲县", at("2020-08-20T09:00"), as_rows=AsRows(None, True, agreed))


def test_a_district_that_nobody_has_spoken_of_cannot_be_withdrawn(tmp_path: Path) -> None:
    campaign = make_campaign(tmp_path, plan=PLAN, units=UNITS + VILLAGES)
    report(campaign, f"code,enumerators\n{FIRST},2\n", "2020-08-02T17:00")
    early = report(campaign, f"code,撤销\n{FIRST},是\n", "2020-08-02T16:59")
    gone = report(campaign, f"code,撤销\n{FIRST},是\n{SECOND},是\n", "2020-08-02T17:01")
    assert (early.accepted, early.batch, early.refusals["zh"].to_list()) == (
        0,
        None,
        ["“普查小区”中没有这一行，无从撤销，请核对各主键栏"],
    )
    assert (gone.accepted, gone.refusals["key"].to_list()) == (1, [SECOND])
    assert cells(campaign) == []


def test_a_full_list_withdraws_the_districts_of_its_townships_that_it_leaves_out(tmp_path: Path) -> None:
    campaign = make_campaign(tmp_path, plan=PLAN, units=UNITS + VILLAGES)
    districts = [f"9901010010010{number:02}" for number in range(1, 11)]
    report(
        campaign,
        "code,enumerators\n" + "".join(f"{one},1\n" for one in [*districts, OTHER_TOWN]),
        "2020-08-02T17:00",
    )
    before = readings(campaign, "enumerators")
    with pytest.raises(Refusal) as refused:
        full_list(campaign, "".join(f"{one},2\n" for one in districts[:7]), "2020-08-03T17:00")
    assert "990101001 现有 10 行，将撤销 3 行" in refused.value.said.zh
    assert readings(campaign, "enumerators") == before
    receipt = full_list(campaign, "".join(f"{one},2\n" for one in districts[:8]), "2020-08-03T17:00")
    assert receipt.remarks[0].zh == "全量清单中没有的 2 行已撤销"
    assert [row[0] for row in cells(campaign)] == [*districts[:8], OTHER_TOWN]
    assert readings(campaign, "enumerators")[-1] == ("990101001", 16.0, 8, 8, 2)
    agreed = full_list(campaign, f"{districts[0]},3\n", "2020-08-04T17:00", agreed=True)
    assert (agreed.accepted, [row[0] for row in cells(campaign)]) == (1, [districts[0], OTHER_TOWN])


RULED = PLAN.replace(
    "one_of: {courtyard: 院落图, section: 剖面图}}",
    "one_of: {courtyard: 院落图, section: 剖面图}, moves: {courtyard: [section], section: []}}",
).replace(
    "    requirements:\n",
    "    requirements:\n      - {id: drawn, title: 小区图按期绘制, judged_at: township, each: {register: districts, due: drawn},"
    " met_when: \"artefact = 'section'\"}\n",
    1,
)


def test_moves_and_duties_of_districts_hold_as_those_of_any_row(tmp_path: Path) -> None:
    campaign = make_campaign(tmp_path, plan=RULED, units=UNITS + VILLAGES)
    report(
        campaign,
        f"code,artefact,drawn\n{FIRST},section,2020-08-01\n{SECOND},courtyard,2020-08-10\n{THIRD},,2020-08-01\n",
        "2020-08-02T17:00",
    )
    found = report(
        campaign,
        f"code,artefact,drawn,撤销\n{FIRST},courtyard,,\n{SECOND},,2020-08-11,\n{THIRD},,,是\n",
        "2020-08-03T17:00",
    )
    assert [row[1:3] for row in found.refusals.rows()] == [
        (FIRST, "“成果图”已是“剖面图”，不能再改为“院落图”"),
        (SECOND, "“小区图按期绘制”由本单位负责，“绘制日期”不得自行推后；确需延期的，请报上级按延期办理"),
        (THIRD, "“小区图按期绘制”由本单位负责，本行已逾期，不得自行撤销；确需免办的，请报上级按豁免办理"),
    ]
    assert report(campaign, f"code,artefact,drawn\n{SECOND},section,2020-08-09\n", "2020-08-03T17:01").accepted == 1


def test_a_dash_empties_a_cell_or_a_figure_of_a_district_and_an_empty_cell_keeps_it(campaign: Campaign) -> None:
    header = "code,enumerators,artefact,drawn,staff_no\n"
    report(campaign, f"{header}{FIRST},2,courtyard,2020-08-01,7\n{SECOND},3,section,2020-08-01,8\n", "2020-08-02T17:00")
    receipt = report(campaign, f"{header}{FIRST},-,,－,\n{SECOND},,-,, — \n", "2020-08-03T17:00")

    assert (receipt.accepted, receipt.rejected) == (2, 0)
    assert cells(campaign) == [
        (FIRST, None, "courtyard", None, 7.0),
        (SECOND, 3.0, None, date(2020, 8, 1), None),
    ]
    assert cells(campaign, "2020-08-03T16:59")[0] == (FIRST, 2.0, "courtyard", date(2020, 8, 1), 7.0)
    assert readings(campaign, "enumerators")[-1][:2] == ("990101001", None)
    assert verify(campaign.store).whole


def test_a_dash_is_no_figure_of_an_office(campaign: Campaign) -> None:
    receipt = report(campaign, "code,enumerators\n990101001,-\n", "2020-08-02T17:00")

    assert (receipt.accepted, receipt.rejected) == (0, 1)
