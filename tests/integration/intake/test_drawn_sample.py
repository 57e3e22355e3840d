"""The sample of an acceptance: drawn once by the product, filled in by the county, and by nobody's word but the lot's."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from worlds.campaign import Campaign, at, make_campaign

from models.rules.phases.acceptance import draw
from tasks.intake.expected_rows import expect_rows
from tasks.intake.intake import take_in
from tasks.judging.status import read_statuses
from tasks.registers.current import rows_of

PLAN = Path(__file__).parents[3] / "deployments" / "plans" / "census-2020.yaml"
TOWNSHIPS = ("990101001", "990101002", "990102001", "990102002")
DISTRICTS = {one: [f"{one}001{number:03}" for number in (1, 2, 3)] for one in TOWNSHIPS}
FIRST = {one: draw("census-2020", "listing", 1, codes) for one, codes in DISTRICTS.items()}
FAULTLESS = "1,0,40,0,500,1,250,1,是,是"
WRONG = "1,0,40,0,500,2,250,1,是,是"
HEADER = (
    "区划代码,验收阶段,轮次,验收单位,抽查小区图,小区图差错,抽查建筑物,建筑物差错,抽查住房单元,住房单元差错,抽查户籍登记,户籍登记差错,"
    "出生登记零差错,死亡登记零差错"
)
OPEN = "2020-10-29T00:00"


@pytest.fixture
def campaign(tmp_path: Path) -> Campaign:
    made = make_campaign(tmp_path, plan=PLAN.read_text(encoding="utf-8"))
    made.report(
        "code,district_map\n" + "".join(f"{one},1\n" for codes in DISTRICTS.values() for one in codes),
        "2020-09-01T09:00",
    )
    return made


def told(campaign: Campaign, header: str, *rows: str, as_of: str) -> list[str]:
    """Take in rows of the acceptance; the reasons of those that were refused."""
    file = campaign.folder / "acceptance.csv"
    file.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    receipt = take_in(campaign.store, file, at(as_of), "甲县人普办", at(as_of))
    return receipt.refusals["zh"].to_list()


def sample(campaign: Campaign, moment: str) -> pl.DataFrame:
    return rows_of(campaign.store, campaign.store.plan().registers["acceptance"], at(moment)).sort("code", "round")


def test_the_lot_is_drawn_once_and_marks_what_a_county_has_checked_already(campaign: Campaign) -> None:
    early, other = FIRST[TOWNSHIPS[0]], next(one for one in DISTRICTS[TOWNSHIPS[1]] if one != FIRST[TOWNSHIPS[1]])
    rows = (f"{one},摸底,1,9901,{FAULTLESS}" for one in (early, other))
    assert told(campaign, HEADER, *rows, as_of="2020-10-28T17:00") == []

    assert [expect_rows(campaign.store, None, at(moment)) for moment in ("2020-10-28T23:59", OPEN, OPEN)] == [0, 4, 0]

    kept = sample(campaign, OPEN)
    assert set(kept.filter("drawn")["code"]) == set(FIRST.values())
    assert kept.filter(pl.col("code") == early)["dwellings_checked"].item() == 500
    assert kept.filter(pl.col("code") == other)["drawn"].item() is None


def test_what_was_checked_before_it_was_drawn_and_failed_is_drawn_again_at_once(campaign: Campaign) -> None:
    early = FIRST[TOWNSHIPS[0]]
    assert told(campaign, HEADER, f"{early},摸底,1,9901,{WRONG}", as_of="2020-10-28T17:00") == []

    assert [expect_rows(campaign.store, None, at(OPEN)) for _ in range(2)] == [5, 0]

    drawn = sample(campaign, OPEN).filter("drawn", pl.col("code").str.starts_with(TOWNSHIPS[0]))
    again = draw("census-2020", "listing", 2, DISTRICTS[TOWNSHIPS[0]])
    assert drawn.select("code", "round").rows() == sorted([(early, 1), (again, 2)])


def test_no_office_draws_for_itself_nor_takes_a_drawn_district_back(campaign: Campaign) -> None:
    expect_rows(campaign.store, "9901", at(OPEN))
    drawn = FIRST[TOWNSHIPS[0]]
    other = next(one for one in DISTRICTS[TOWNSHIPS[0]] if one != drawn)

    claimed = told(campaign, "区划代码,验收阶段,轮次,系统抽中", f"{other},摸底,1,是", as_of="2020-10-29T09:00")
    again = told(campaign, "区划代码,验收阶段,轮次,系统抽中", f"{drawn},摸底,1,是", as_of="2020-10-29T09:01")
    emptied = told(campaign, "区划代码,验收阶段,轮次,系统抽中", f"{drawn},摸底,1,-", as_of="2020-10-29T09:02")
    gone = told(campaign, "区划代码,验收阶段,轮次,撤销", f"{drawn},摸底,1,是", as_of="2020-10-29T09:03")

    assert claimed == ["“系统抽中”由系统填写，请留空"] == emptied
    assert again == []
    assert gone == ["本行由系统列出（系统抽中），不得撤销"]


def test_a_county_passes_once_every_township_has_and_draws_again_where_one_has_not(campaign: Campaign) -> None:
    expect_rows(campaign.store, None, at(OPEN))
    rows = [f"{FIRST[one]},摸底,1,9901,{FAULTLESS if one != TOWNSHIPS[1] else WRONG}" for one in TOWNSHIPS]
    assert told(campaign, HEADER, *rows, as_of="2020-10-29T17:00") == []

    assert standings(campaign) == {"990101": "unmet", "990102": "met"}
    assert expect_rows(campaign.store, None, at("2020-10-29T18:00")) == 1
    second = sample(campaign, "2020-10-29T18:00").filter(pl.col("round") == 2)["code"].item()
    assert second == draw("census-2020", "listing", 2, DISTRICTS[TOWNSHIPS[1]])
    assert told(campaign, HEADER, f"{second},摸底,2,9901,{FAULTLESS}", as_of="2020-10-30T17:00") == []
    assert standings(campaign) == {"990101": "met", "990102": "met"}


def standings(campaign: Campaign) -> dict[str, str]:
    duties = read_statuses(campaign.store, "99", at("2020-10-30T18:00")).of(limit=0).duties
    return {one.unit: one.standing for one in duties if f"{one.phase}.{one.requirement}" == "listing.accepted"}
