"""Numbers of lists with their words: kept in the row as written, and judged by all that they allow, as are figures drawn from them."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from worlds.campaign import Campaign, at, make_campaign

from models.rules.registers.shown import in_json, shown_rows
from tasks.intake.intake import take_in
from tasks.judging.explain import Explanation, explain
from tasks.registers.lists import list_rows
from tasks.registers.written import write_rows

PLAN = """census: trial
title: 试验普查
standard_time: 2020-11-01T00:00:00+08:00
registers:
  funds:
    title: 经费台账
    kept_by: county
    key: [no]
    columns:
      no: {title: 编号, type: number}
      amount: {title: 金额, type: number, unit: yuan, min: 0}
      need: {title: 应到, type: number, unit: yuan}
      gap: {title: 缺口, type: number, is: "need - amount"}
      share: {title: 到位率, type: number, unit: percent, min: 0, max: 100}
      note: {title: 文号, type: text}
indicators:
  arrived: {title: 到位经费, register: funds, level: county, sum: amount, unit: yuan}
  large: {title: 大额笔数, register: funds, level: county, count_where: "amount >= 1000000"}
ladders:
  standard:
    - {id: overdue, at: +0d, to: [unit.owner]}
phases:
  - id: preparation
    title: 普查准备
    starts: T-120d
    ends: T-73d
    requirements:
      - {id: each, title: 每笔不少于100万, judged_at: county, each: {register: funds}, met_when: "amount >= 1000000", due: T-73d, ladder: standard}
      - {id: gap, title: 无缺口, judged_at: county, each: {register: funds}, met_when: "gap <= 0", due: T-73d, ladder: standard}
      - {id: share, title: 到位率不低于30, judged_at: county, each: {register: funds}, met_when: "share >= 30", due: T-73d, ladder: standard}
      - {id: sum, title: 合计, judged_at: county, met_when: "arrived >= 5800000", due: T-73d, ladder: standard}
      - {id: large, title: 大额, judged_at: county, met_when: "large >= 2", due: T-73d, ladder: standard}
"""
MOMENT, LATER = "2020-07-20T09:00", "2020-07-21T09:00"


@pytest.fixture
def campaign(tmp_path: Path) -> Campaign:
    return make_campaign(tmp_path, plan=PLAN)


def explained(campaign: Campaign, requirement: str, moment: str = LATER) -> Explanation:
    (found,) = explain(campaign.store, "990101", requirement, at(moment))
    return found


def standing(campaign: Campaign, requirement: str, moment: str = LATER) -> str:
    return explained(campaign, requirement, moment).duty.standing


def shown(campaign: Campaign, moment: str = LATER) -> list[dict[str, object]]:
    register = campaign.store.plan().registers["funds"]
    rows = list_rows(campaign.store, register, at(moment), None, None).rows
    return [in_json(row, campaign.store.zone) for row in shown_rows(rows, register, campaign.store.zone)]


@pytest.mark.parametrize(
    ("amount", "verdict"), [("100万余元", "met"), ("99万余元", "unmet"), ("近100万元", "unmet"), ("近102万元", "met")]
)
def test_a_row_is_met_when_every_amount_that_is_allowed_meets_its_condition(
    campaign: Campaign, amount: str, verdict: str
) -> None:
    campaign.report(f"code,no,amount\n990101,1,{amount}\n", MOMENT)

    assert standing(campaign, "preparation.each@1") == verdict


@pytest.mark.parametrize(
    ("share", "verdict"),
    [("约30%", "unmet"), ("30%以上", "met"), ("约30.5%", "met"), ("近31%", "met"), ("近30%", "unmet")],
)
def test_a_share_with_words_in_a_row_is_judged_by_all_that_it_allows(
    campaign: Campaign, share: str, verdict: str
) -> None:
    campaign.report(f"code,no,share\n990101,1,{share}\n", MOMENT)

    assert standing(campaign, "preparation.share@1") == verdict


def test_a_computed_column_is_judged_by_what_its_parts_allow(campaign: Campaign) -> None:
    campaign.report("code,no,amount,need\n990101,1,580万余元,近580万元\n990101,2,580万余元,581万元\n", MOMENT)

    assert standing(campaign, "preparation.gap@1") == "met"
    assert standing(campaign, "preparation.gap@2") == "unmet"


def test_the_reason_and_the_row_say_the_number_as_it_was_written(campaign: Campaign) -> None:
    campaign.report("code,no,amount,need\n990101,1,近100万元,1.22 M\n", MOMENT)
    (row,) = shown(campaign)

    assert (
        explained(campaign, "preparation.each@1").duty.reason.zh
        == "1：金额“近100万元”（即多于990000、少于1000000元），未完成"
    )
    assert row["written"] == {"amount": "近100万元", "need": "1.22 M"}
    assert isinstance(row["cells"], dict)
    assert (row["cells"]["amount"], row["cells"]["need"]) == (1_000_000, 1_220_000)


def test_a_figure_drawn_from_rows_allows_what_its_rows_allow_together(campaign: Campaign) -> None:
    campaign.report("code,no,amount\n990101,1,480万余元\n990101,2,100万元\n", MOMENT)
    enough, (figure,) = standing(campaign, "sum"), explained(campaign, "sum").figures
    campaign.report("code,no,amount\n990101,1,479万余元\n", "2020-07-22T09:00")
    found = explained(campaign, "sum", "2020-07-23T09:00")

    assert (enough, figure.words.allows) == ("met", ("不少于5800000", "at least 5800000"))
    assert found.duty.standing == "unmet"
    assert found.duty.reason.zh == "到位经费不少于5790000元，应不低于5800000，尚不能确认达到"


def test_a_count_of_rows_leaves_open_those_whose_numbers_do(campaign: Campaign) -> None:
    campaign.report("code,no,amount\n990101,1,100万余元\n990101,2,99万余元\n", MOMENT)
    open_ = explained(campaign, "large")
    campaign.report("code,no,amount\n990101,2,100万元\n", "2020-07-22T09:00")

    assert (open_.duty.standing, open_.figures[0].words.allows) == ("unmet", ("1至2", "1 to 2"))
    assert standing(campaign, "large", "2020-07-23T09:00") == "met"


def test_another_cell_of_the_row_leaves_the_words_and_a_plain_number_takes_them_away(campaign: Campaign) -> None:
    campaign.report("code,no,amount\n990101,1,近100万元\n", MOMENT)
    campaign.report("code,no,note\n990101,1,财字3号\n", "2020-07-22T09:00")
    campaign.report("code,no,amount\n990101,1,1000000\n", "2020-07-24T09:00")

    assert [row.get("written") for row in shown(campaign, "2020-07-23T09:00")] == [{"amount": "近100万元"}]
    assert [row.get("written") for row in shown(campaign, "2020-07-25T09:00")] == [None]
    assert standing(campaign, "preparation.each@1", "2020-07-23T09:00") == "unmet"
    assert standing(campaign, "preparation.each@1", "2020-07-25T09:00") == "met"
    assert standing(campaign, "preparation.each@1", LATER) == "unmet"


def test_a_row_is_known_by_exact_numbers_alone(campaign: Campaign, tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("code,no,amount\n990101,约3,5\n990101,4,约3-4万\n990101,5,580万元\n", encoding="utf-8")
    receipt = take_in(campaign.store, file, at(MOMENT), "张三", at(MOMENT))

    assert (receipt.accepted, receipt.rejected) == (1, 2)
    assert "请填确数，不带余、近、约等字" in receipt.refusals["zh"][0]
    assert "是一个区间" in receipt.refusals["zh"][1]


def test_rows_that_are_written_out_come_back_with_their_words(campaign: Campaign, tmp_path: Path) -> None:
    campaign.report("code,no,amount\n990101,1,近100万元\n990101,2,5\n", MOMENT)
    plan = campaign.store.plan()
    register, out = plan.registers["funds"], tmp_path / "rows.csv"
    write_rows(out, list_rows(campaign.store, register, at(LATER), None, None).rows, register, plan)

    assert pl.read_csv(out, infer_schema=False)["金额"].to_list() == ["近100万元", "5"]
