"""Figures with their words, from the file that brings them to what is shown: kept as written, judged by what they allow."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from worlds.campaign import Campaign, at, make_campaign
from worlds.older_versions import put_back

from models.plan.files import read_plan_files
from tasks.audit_trail.records import verify
from tasks.campaign.store import open_store
from tasks.intake.intake import take_in
from tasks.judging.explain import Explanation, explain
from tasks.loading.load import Files, load
from tasks.loading.unit_changes import change_units

PLAN = """census: trial
title: 试验普查
standard_time: 2020-11-01T00:00:00+08:00
indicators:
  funds: {title: 到位经费, level: county, unit: yuan, roll_up: sum, min: 0}
  staff: {title: 两员人数, level: township, unit: persons, roll_up: sum, min: 0}
  births: {title: 出生人口, level: township, unit: persons, roll_up: sum}
  dwellings: {title: 待访住户, level: district, roll_up: sum, about: work}
  staff_planned: {title: 计划选调两员, level: township, unit: persons, roll_up: sum, min: 0}
ladders:
  standard:
    - {id: overdue, at: +0d, to: [unit.owner]}
phases:
  - id: recruitment
    title: 两员选聘
    starts: T-120d
    ends: T-73d
    requirements:
      - {id: staff, title: 两员不少于2900人, judged_at: township, met_when: "staff >= 2900", due: T-73d, ladder: standard}
      - {id: more, title: 两员不少于2950人, judged_at: township, met_when: "staff >= 2950", due: T-73d, ladder: standard}
      - {id: funds, title: 经费, judged_at: county, met_when: "funds >= 5800000", due: T-73d, ladder: standard}
"""
MOMENT = "2020-07-20T09:00"


@pytest.fixture
def campaign(tmp_path: Path) -> Campaign:
    return make_campaign(tmp_path, plan=PLAN)


def explained(campaign: Campaign, unit: str, requirement: str, moment: str = "2020-07-21T09:00") -> Explanation:
    (found,) = explain(campaign.store, unit, requirement, at(moment))
    return found


def standings(campaign: Campaign, unit: str, *requirements: str) -> list[str]:
    return [explained(campaign, unit, one).duty.standing for one in requirements]


def written_as(kind: str, folder: Path) -> Path:
    """One report of two townships in a file of a kind, as texts."""
    frame = pl.DataFrame({"code": ["990101001", "990101002"], "staff": ["２９００余人", "近47万"]})
    file = folder / f"report.{kind}"
    match kind:
        case "csv":
            frame.write_csv(file)
        case "xlsx":
            frame.write_excel(file)
        case "jsonl":
            file.write_text(
                "\n".join(json.dumps(row, ensure_ascii=False) for row in frame.to_dicts()), encoding="utf-8"
            )
        case _:
            frame.write_parquet(file)
    return file


@pytest.mark.parametrize("kind", ["csv", "xlsx", "jsonl", "parquet"])
def test_every_way_in_reads_figures_with_words(campaign: Campaign, tmp_path: Path, kind: str) -> None:
    receipt = take_in(campaign.store, written_as(kind, tmp_path), at(MOMENT), "张三", at(MOMENT))

    assert (receipt.accepted, receipt.rejected) == (2, 0)
    assert standings(campaign, "990101001", "staff", "more") == ["met", "unmet"]
    assert standings(campaign, "990101002", "staff", "more") == ["met", "met"]


def test_a_figure_is_explained_as_it_was_written_with_what_it_allows(campaign: Campaign) -> None:
    campaign.report("code,staff\n990101001,2900余\n", MOMENT, "张三")
    found = explained(campaign, "990101001", "more")
    (figure,) = found.figures

    assert (figure.value, figure.words.written, figure.words.allows) == (
        2900.0,
        "2900余",
        ("不少于2900", "at least 2900"),
    )
    assert found.duty.reason.zh == "两员人数“2900余”（即不少于2900人），应不低于2950，尚不能确认达到"


def test_an_amount_in_its_unit_is_exact_and_shown_as_written(campaign: Campaign) -> None:
    campaign.report("code,funds\n990101,580万元\n990102,579.9999万元\n", MOMENT)
    (figure,) = explained(campaign, "990102", "funds").figures

    assert standings(campaign, "990101", "funds") + standings(campaign, "990102", "funds") == ["met", "unmet"]
    assert (figure.value, figure.words.written, figure.words.allows) == (5_799_999.0, "579.9999万元", None)


def test_a_plain_number_for_the_same_moment_takes_the_words_away(campaign: Campaign) -> None:
    campaign.report("code,staff\n990101001,2900余\n990101002,2900余\n", MOMENT)
    campaign.report("code,staff\n990101001,2950\n", MOMENT)

    assert standings(campaign, "990101001", "staff", "more") == ["met", "met"]
    assert explained(campaign, "990101001", "more").figures[0].words.written is None
    assert explained(campaign, "990101002", "more").figures[0].words.written == "2900余"


def test_what_was_written_before_holds_for_the_time_before(campaign: Campaign) -> None:
    campaign.report("code,staff\n990101001,3000余\n", MOMENT)
    campaign.report("code,staff\n990101001,2000余\n", "2020-07-25T09:00")

    assert explained(campaign, "990101001", "staff", "2020-07-24T09:00").duty.standing == "met"
    assert explained(campaign, "990101001", "staff", "2020-07-25T09:00").duty.standing == "unmet"


def test_births_and_districts_are_reported_exactly(campaign: Campaign, tmp_path: Path) -> None:
    files = {
        "births": "code,births\n990101001,约30\n990101002,30人\n",
        "dwellings": "code,dwellings\n990101001001001,约30\n",
    }
    faults = []
    for name, rows in files.items():
        file = tmp_path / f"{name}.csv"
        file.write_text(rows, encoding="utf-8")
        receipt = take_in(campaign.store, file, at(MOMENT), "张三", at(MOMENT))
        faults.append((receipt.accepted, receipt.rejected, receipt.refusals["zh"][0]))

    assert [(accepted, rejected) for accepted, rejected, _ in faults] == [(1, 1), (0, 1)]
    assert faults[0][2] == "“births”是出生或死亡人数，请填确数，不带余、近、约等字"
    assert faults[1][2] == "“dwellings”是普查小区的数，要逐级相加，请填确数，不带余、近、约等字"


def test_a_statement_without_a_number_is_kept_with_its_source_and_is_never_met(campaign: Campaign) -> None:
    campaign.report("code,staff,佐证\n990101001,,总体顺利\n990101002,2900余,简报第3期\n", MOMENT, "张三")
    found, other = explained(campaign, "990101001", "staff"), explained(campaign, "990101002", "staff")
    (figure,) = found.figures

    assert (found.duty.standing, found.duty.reason.zh) == ("unreported", "两员人数未报")
    assert figure.value is None
    assert figure.statement is not None
    assert (figure.statement.text, figure.statement.author, figure.statement.as_of) == (
        "总体顺利",
        "张三",
        1_595_206_800_000_000,
    )
    assert (other.duty.standing, other.figures[0].statement) == ("met", None)


def test_a_statement_takes_no_figure_away_that_was_given_before(campaign: Campaign) -> None:
    campaign.report("code,staff\n990101001,2900\n", MOMENT)
    campaign.report("code,staff,佐证\n990101001,,（文件至此中断）\n", "2020-07-20T18:00")
    found = explained(campaign, "990101001", "staff")

    assert found.duty.standing == "met"
    assert found.figures[0].statement is not None
    assert found.figures[0].statement.text == "（文件至此中断）"


def test_what_is_planned_is_never_counted_as_done(campaign: Campaign) -> None:
    campaign.report("code,staff_planned\n990101001,8000余\n", MOMENT)

    assert standings(campaign, "990101001", "staff", "more") == ["unreported", "unreported"]


def test_the_trail_tells_when_somebody_changed_what_was_written(campaign: Campaign) -> None:
    campaign.report("code,staff\n990101001,2900余\n", MOMENT)
    whole = verify(campaign.store).whole
    with campaign.store.writing() as connection:
        connection.exec_driver_sql("UPDATE written_figures SET least = 2950")
    found = verify(campaign.store).findings

    assert whole
    assert [one.zh for one in found] == ["第 1 批上报的数据的原样写法与审计记录不符"]


def test_words_follow_an_office_to_its_new_code_and_into_a_merger(campaign: Campaign, tmp_path: Path) -> None:
    campaign.report("code,staff\n990101001,2900余\n990102001,约1000\n990102002,1900余\n", MOMENT)
    file = tmp_path / "changes.csv"
    file.write_text(
        "old,new,name\n990101001,990101003,甲三镇\n990102001,990102003,乙三镇\n990102002,990102003,乙三镇\n",
        encoding="utf-8",
    )
    change_units(campaign.store, file, at("2020-07-22T00:00"), at("2020-07-22T09:00"), "张三")
    moved = explained(campaign, "990101003", "more", "2020-07-23T09:00")
    merged = explained(campaign, "990102003", "staff", "2020-07-23T09:00")

    assert (moved.duty.standing, moved.figures[0].words.written) == ("unmet", "2900余")
    assert (merged.duty.standing, merged.figures[0].words.allows) == ("unmet", ("不少于2899.5", "at least 2899.5"))
    assert verify(campaign.store).whole


def test_a_database_of_before_is_brought_up_to_date(campaign: Campaign) -> None:
    put_back(campaign.store, "0014")
    store = open_store(campaign.settings, create=True)
    files = Files(plan=read_plan_files(campaign.folder / "plan.yaml"), units=campaign.folder / "units.csv")
    load(store, files, at("2020-07-19T09:00"))
    again = Campaign(store, campaign.settings, campaign.folder)
    again.report("code,staff\n990101001,2900余\n", MOMENT)

    assert standings(again, "990101001", "staff", "more") == ["met", "unmet"]
