"""Rows of the shipped lists that are wrong, or do not fit those of others: said row by row, with the cure, and nothing else is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from worlds.campaign import Campaign, at, make_campaign

from tasks.intake.expected_rows import expect_rows
from tasks.intake.intake import AsRows, take_in
from tasks.intake.receipts import Receipt
from tasks.registers.current import rows_of

PLAN = Path(__file__).parents[3] / "deployments" / "plans" / "census-2020.yaml"
FIRST, THEN = "2020-10-12T09:00", "2020-10-13T09:00"


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Campaign:
    on_duty = (
        "unit,role,name,channel,seat\n990101,duty,甲,json://127.0.0.1:9/1,1\n990101,duty,乙,json://127.0.0.1:9/2,2\n"
    )
    return make_campaign(tmp_path_factory.mktemp("bad"), plan=PLAN.read_text(encoding="utf-8"), contacts=on_duty)


def told(campaign: Campaign, register: str, *lines: str, as_of: str = FIRST) -> Receipt:
    file = campaign.folder / f"{register}.csv"
    file.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return take_in(campaign.store, file, at(as_of), "甲县人普办", at(as_of), as_rows=AsRows(register=register))


def said(receipt: Receipt) -> dict[int, str]:
    """What is refused and what is doubted, by the row of the file."""
    found = (frame.select("row", "zh").iter_rows() for frame in (receipt.refusals, receipt.doubts))
    return {row: reason for rows in found for row, reason in rows}


def kept(campaign: Campaign, register: str, moment: str = THEN) -> int:
    return rows_of(campaign.store, campaign.store.plan().registers[register], at(moment)).height


def test_a_department_that_does_not_exist_is_refused_beside_one_that_does(campaign: Campaign) -> None:
    receipt = told(campaign, "departments", "code,department", "990101,公安", "990101,航天")

    assert (receipt.accepted, list(said(receipt))) == (1, [3])
    assert said(receipt)[3].startswith("“department”没有这一项，应为：公安（police）、卫健（health）")


def test_a_paper_with_the_number_of_another_year_is_kept_and_told(campaign: Campaign) -> None:
    rows = ("990101,工作方案,甲普办〔2020〕1号,2020-08-01", "990101,其他文件,甲普办〔2019〕2号,2020-08-01")
    receipt = told(campaign, "papers", "code,kind,number,issued", *rows)

    assert (receipt.accepted, said(receipt)) == (2, {3: "文号写的是 2019 年，印发日期却在 2020 年，请核对"})


def test_two_offices_that_say_different_things_of_one_boundary_are_told(campaign: Campaign) -> None:
    other = told(campaign, "boundaries", "code,neighbour,state", "990101001,990101002,有争议")
    receipt = told(campaign, "boundaries", "code,neighbour,state", "990101002,990101001,已商定")

    assert (said(other), receipt.accepted) == ({}, 1)
    assert said(receipt) == {2: "本行为“已商定”，而 990101001 登记的是“有争议”，请与其核对"}


def test_a_staff_number_on_two_lists_of_a_county_is_told(campaign: Campaign) -> None:
    told(campaign, "staff", "code,staff,role", "990101001,07,普查员")
    receipt = told(campaign, "staff", "code,staff,role", "990101002,08,普查员", "990101002,07,普查员")

    assert (receipt.accepted, list(said(receipt))) == (2, [3])
    assert "990101001" in said(receipt)[3]


def test_a_meeting_that_passes_on_one_which_never_was_is_told(campaign: Campaign) -> None:
    receipt = told(campaign, "meetings", "code,meeting,passes_on", "990101,一,", "990101,二,9901/总结会")

    assert (receipt.accepted, list(said(receipt))) == (2, [3])
    assert said(receipt)[3].startswith("“传达的上级会议”写的 9901/总结会 没有登记")


def test_money_that_is_paid_before_it_was_approved_is_refused_or_told(campaign: Campaign) -> None:
    header = "code,entry,category,amount,stage,day,approved"
    rows = (
        "990101,1,工作经费,100,已上报,2020-08-01,",
        "990101,2,工作经费,100,已拨付,2020-08-01,2020-08-02",
        "990101,3,工作经费,100,已拨付,2020-08-02,2020-08-02",
        "990101,4,工作经费,100,已拨付,2020-08-02,",
    )
    receipt = told(campaign, "funds", header, *rows)
    leap = told(campaign, "funds", "code,entry,stage", "990101,1,已拨付", as_of=THEN)

    assert receipt.accepted == 3
    assert said(receipt) == {
        3: "拨付、到账日期早于批复日期，请核对改正",
        5: "本笔首次登记就已拨付，没有批复日期，请核对并补填“批复日期”",
    }
    assert leap.accepted == 0
    assert "已上报" in said(leap)[2]


def test_a_transfer_that_arrives_where_it_was_not_sent_from_is_told(campaign: Campaign) -> None:
    header = "code,entry,category,amount,stage,approved,payer"
    told(campaign, "funds", header, "9901,甲,采集设备,5,已批复,2020-08-01,")
    receipt = told(campaign, "funds", header, "990102,1,采集设备,5,已到账,2020-08-01,9901")

    assert said(receipt) == {2: "本行为已到账，而拨款单位 9901 的台账中没有已拨付的采集设备，请与其核对"}


def test_money_from_an_office_that_is_not_above_is_told(campaign: Campaign) -> None:
    header = "code,entry,category,amount,stage,approved,payer"
    rows = ("990102,对口,工作经费,5,已到账,2020-08-01,990101", "990102,市补,工作经费,5,已到账,2020-08-01,99")

    receipt = told(campaign, "funds", header, *rows)

    assert (receipt.accepted, said(receipt)) == (2, {2: "拨款单位 990101 不是 990102 的上级，请核对"})


def test_data_that_went_on_to_a_township_of_another_county_are_told(campaign: Campaign) -> None:
    header = "code,department,dataset,state,delivered_to"
    rows = ("990101,公安,出生,已下发,990101001", "990101,公安,死亡,已下发,990102001")

    receipt = told(campaign, "handovers", header, *rows)

    assert (receipt.accepted, said(receipt)) == (
        2,
        {3: "资料下发到 990102001，不是 990101 所辖的乡级单位，请核对"},
    )


def test_a_finding_of_an_inspection_that_nobody_registered_is_told(campaign: Campaign) -> None:
    told(campaign, "inspections", "code,inspection,visited,day", "9901,督1,990101,2020-10-10")
    header = "code,inspection,finding,owed_by,state"
    receipt = told(campaign, "findings", header, "9901,督1,1,990101,已发现", "9901,督2,1,990101,已发现")

    assert (receipt.accepted, list(said(receipt))) == (2, [3])
    assert said(receipt)[3].startswith("9901 没有登记督导“督2”")


def test_a_roster_may_end_at_midnight_an_overlap_is_told_and_a_hole_stands_there(campaign: Campaign) -> None:
    header = "code,starts,ends,seat"
    whole = told(campaign, "roster", header, "990101,2020-10-12 08:00,2020-10-12 24:00,1")
    after = told(campaign, "roster", header, "990101,2020-10-13 06:00,2020-10-13 12:00,1")
    over = told(campaign, "roster", header, "990101,2020-10-13 11:00,2020-10-13 18:00,2", "990101,20:00,8:00,1")

    expect_rows(campaign.store, None, at(THEN))

    assert (said(whole), said(after)) == ({}, {})
    assert said(over)[2] == "与本单位另一班次时间重叠，请核对起止时间"
    assert over.accepted == 1
    roster = rows_of(campaign.store, campaign.store.plan().registers["roster"], at(THEN))
    hole = roster.filter(roster["seat"].is_null()).select("starts", "ends").rows()
    assert hole == [(at("2020-10-13T00:00"), at("2020-10-13T06:00"))]


def test_a_session_with_more_attendants_than_seats_is_told(campaign: Campaign) -> None:
    told(campaign, "sessions", "code,session,seats", "990101,一,1")
    receipt = told(campaign, "attendance", "code,session,staff", "990101001,一,07", "990101002,一,08")

    assert receipt.accepted == 2
    assert list(said(receipt).values()) == ["班次“一”名额 1 个，登记参训 2 人，请核对"]


def test_items_that_the_schedule_has_not_are_told(campaign: Campaign) -> None:
    receipt = told(campaign, "contractors", "code,contractor,items", "990101,甲,13-16", "990101,乙,22-24")

    assert (receipt.accepted, said(receipt)) == (2, {3: "工作安排中没有第 24 项，请核对外包事项"})


def test_a_township_does_not_accept_its_own_district(campaign: Campaign) -> None:
    header = "code,stage,round,checked_by"
    rows = ("990101001001001,摸底,1,990101001", "990101002001001,摸底,1,990102")
    receipt = told(campaign, "acceptance", header, *rows)

    assert (receipt.accepted, said(receipt)) == (1, {2: "乡村两级不得验收自己的小区，请核对改正"})


def test_a_problem_that_comes_again_under_another_number_is_told(campaign: Campaign) -> None:
    header = "code,list,row,kind,due,state"
    told(campaign, "problems", header, "990101001001001,甲批,14,户籍漏登错登,2020-11-25,已接收")
    receipt = told(campaign, "problems", header, "990101001001001,乙批,3,户籍漏登错登,2020-11-28,已接收", as_of=THEN)

    assert receipt.accepted == 1
    assert said(receipt)[2].startswith("清单“甲批”中该小区已有户籍漏登错登 1 条（首条序号 14）")


def test_a_nil_return_beside_rows_is_refused_and_the_rows_stay(campaign: Campaign) -> None:
    before = kept(campaign, "requests")
    receipt = told(campaign, "requests", "code,request,topic", "990101,1,采集设备", "990101,,", as_of=THEN)

    assert (receipt.accepted, list(said(receipt))) == (1, [3])
    assert kept(campaign, "requests") == before + 1


def test_a_township_that_registers_too_early_is_put_on_the_list_of_its_province(campaign: Campaign) -> None:
    campaign.report("code,households_registered\n990102001001001,3\n990102002001001,0\n", FIRST)

    expect_rows(campaign.store, None, at(THEN))

    early = rows_of(campaign.store, campaign.store.plan().registers["early"], at(THEN))
    assert early.select("code", "approved").rows() == [("990102001", None)]


def test_who_came_for_somebody_is_told_since_when_the_post_was_empty(campaign: Campaign) -> None:
    header = "code,staff,role,registered,departed,replaces"
    rows = ("990102001,1,普查员,2020-09-01,2020-10-01,", "990102001,2,普查员,2020-10-04,,1")
    told(campaign, "staff", header, *rows)

    expect_rows(campaign.store, None, at(THEN))
    again = expect_rows(campaign.store, None, at(THEN))

    staff = rows_of(campaign.store, campaign.store.plan().registers["staff"], at(THEN))
    came = staff.filter((staff["code"] == "990102001") & (staff["staff"] == "2"))
    assert came["vacated"].to_list() == [at("2020-10-01T00:00").date()]
    assert again == 0
