"""What lists came to is kept: nothing is read again that has not changed, and nothing is believed that has."""

from __future__ import annotations

import random
import shutil
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from worlds.campaign import UNITS, Campaign, at, make_campaign
from worlds.plans_over_rows import plan_over_rows
from worlds.registers import take_rows

from models.plan.files import read_plan_files
from tasks.archive.place import REPORTS, STATES
from tasks.campaign.store import open_store
from tasks.judging.judge import Judged, duty_statuses, judge_all
from tasks.judging.kept_answers import FOLDER
from tasks.judging.settled import judge_now
from tasks.loading.load import Files, load

REGISTERS = {
    "problems": """
title: 问题清单
kept_by: county
rows_at: [county, township]
key: [list, row]
columns:
  list: {title: 清单批次, type: text}
  row: {title: 序号, type: number}
  due: {title: 办理期限, type: date}
  state: {title: 状态, one_of: {received: 已接收, closed: 已办结}}
""",
    "papers": """
title: 文件登记
kept_by: county
key: [code, kind]
columns:
  kind: {title: 文件, one_of: {plan: 工作方案, rules: 工作制度}}
  issued: {title: 印发日期, type: date}
  in_force: {title: 已印发, type: yes_no, is: "issued <= today"}
""",
    "meetings": """
title: 会议登记
kept_by: county
key: [code, meeting]
columns:
  meeting: {title: 会议, type: text}
  held: {title: 召开时间, type: moment}
""",
    "requests": """
title: 请示事项
kept_by: county
key: [code, number]
on_occasion: yes
columns:
  number: {title: 编号, type: text}
  to: {title: 主送, type: code}
  answered: {title: 已答复, type: yes_no}
""",
}
DUTIES = (
    "{id: closed, title: 按期办结, judged_at: county, each: {register: problems, by: list, due: due}, met_when: \"state = 'closed'\"}",
    "{id: issued, title: 文件印发, judged_at: county, each: {register: papers, by: kind, of: all}, met_when: in_force, due: 2020-11-20}",
    '{id: held, title: 开会, judged_at: county, each: {register: meetings, by: office}, met_when: "held < now", due: 2020-11-20}',
    "{id: answered, title: 请示答复, each: {register: requests, owed_by: to}, met_when: answered, due: 2020-11-20}",
    '{id: few, title: 问题不多于两条, judged_at: county, met_when: "problems_open <= 2", due: 2020-11-20}',
    '{id: in-force, title: 文件均已印发, judged_at: county, met_when: "papers_in_force >= 2", due: 2020-11-20}',
)
INDICATORS = (
    "problems_open: {title: 未办结问题, register: problems, level: township, count_where: \"state = 'received'\"}",
    "papers_in_force: {title: 已印发文件, register: papers, level: county, count_where: in_force}",
)
PLAN = plan_over_rows(REGISTERS, DUTIES, indicators=INDICATORS)
NOON = "2020-11-10T12:00"


@pytest.fixture
def campaign(tmp_path: Path) -> Campaign:
    made = make_campaign(tmp_path, plan=PLAN)
    tell(made, "problems", [problem(1, due=15), problem(2, due=16, state="closed")], "2020-11-03T09:00")
    tell(made, "papers", [{"code": "990101", "kind": "plan", "issued": date(2020, 11, 11)}], "2020-11-03T09:00")
    held = datetime.fromisoformat("2020-11-10T04:01:00+00:00")
    tell(made, "meetings", [{"code": "990101", "meeting": "甲", "held": held}], "2020-11-03T09:00")
    tell(made, "requests", [{"code": "990101", "number": "1", "to": "9901"}], "2020-11-03T09:00")
    return made


def problem(
    number: int, due: int, state: str = "received", name: str = "甲批", code: str = "990101001"
) -> dict[str, Any]:
    return {"code": code, "list": name, "row": float(number), "due": date(2020, 11, due), "state": state}


def tell(campaign: Campaign, register: str, rows: list[dict[str, Any]], as_of: str) -> None:
    take_rows(campaign.store, campaign.store.plan().registers[register], rows, at(as_of), at("2020-11-04T09:00"))


def looked(campaign: Campaign, now: str = NOON, scope: str | None = None) -> Judged:
    return judge_now(campaign.store, scope, at(now))


def standing(judged: Judged, requirement: str, unit: str = "990101", period: str | None = None) -> str:
    own = judged.verdicts.filter(
        pl.col("requirement").cast(pl.String) == f"recheck.{requirement}", pl.col("unit") == unit
    )
    return str(own.filter(True if period is None else pl.col("period") == period)["standing"].item())


def everything(judged: Judged) -> list[Any]:
    """All that a judgement says, reasons and the figures behind it among it."""
    figures = {key: one.select(sorted(one.columns)).to_dicts() for key, one in judged.judgement.figures.items()}
    newest = judged.newest.cast({"indicator": pl.String, "unit": pl.String})
    awaited = judged.judgement.awaited(judged.plan)
    return [
        judged.verdicts.to_dicts(),
        judged.planned.to_dicts(),
        sorted(newest.rows(), key=str),
        awaited.to_dicts(),
        figures,
        duty_statuses(judged, judged.verdicts),
    ]


def anew(campaign: Campaign, now: str, scope: str | None = None) -> Judged:
    """The same judgement where nothing was kept."""
    shutil.rmtree(campaign.store.home / FOLDER, ignore_errors=True)
    return judge_all(campaign.store, scope, at(now))


def test_a_second_look_reads_no_list(campaign: Campaign):
    first = looked(campaign).verdicts.filter(pl.col("place") != 2)  # whose condition says `now`
    for room in (REPORTS, STATES):
        for file in (campaign.store.home / room).iterdir():
            if "held" not in pl.scan_parquet(file).collect_schema().names():
                file.unlink()

    assert looked(campaign).verdicts.filter(pl.col("place") != 2).equals(first)


def test_a_list_is_judged_anew_when_a_row_of_it_changes(campaign: Campaign):
    before = standing(looked(campaign), "closed", period="甲批")
    tell(campaign, "problems", [problem(1, due=15, state="closed")], "2020-11-04T09:00")

    assert (before, standing(looked(campaign), "closed", period="甲批")) == ("unmet", "met")


def test_what_is_met_by_today_is_judged_anew_at_midnight_and_not_before(campaign: Campaign):
    found = [
        standing(looked(campaign, now), "issued", period="plan")
        for now in ("2020-11-10T09:00", "2020-11-10T23:59:59", "2020-11-11T00:00")
    ]

    assert found == ["unmet", "unmet", "met"]


def test_what_is_met_by_now_is_judged_at_every_look(campaign: Campaign):
    found = [standing(looked(campaign, now), "held") for now in ("2020-11-10T12:01:00", "2020-11-10T12:01:01")]

    assert found == ["unmet", "met"]


def test_a_question_about_the_past_is_not_answered_by_what_came_later(campaign: Campaign):
    tell(campaign, "problems", [problem(1, due=15, state="closed")], "2020-11-09T09:00")

    assert standing(looked(campaign), "closed", period="甲批") == "met"
    assert standing(looked(campaign, "2020-11-09T08:59:59"), "closed", period="甲批") == "unmet"
    assert standing(looked(campaign, "2020-11-09T09:00"), "closed", period="甲批") == "met"


def test_an_office_that_is_loaded_owes_its_lists_at_the_next_look(campaign: Campaign):
    looked(campaign)
    (campaign.folder / "more.csv").write_text(f"{UNITS}990103,丙县\n", encoding="utf-8")
    load(campaign.store, Files(units=campaign.folder / "more.csv"), at(NOON))

    assert standing(looked(campaign), "issued", "990103", "plan") == "unreported"


def test_a_changed_plan_is_judged_by_at_the_next_look(campaign: Campaign):
    before = looked(campaign).verdicts.filter(pl.col("place") == 1)["due"].unique().to_list()
    text = (campaign.folder / "plan.yaml").read_text(encoding="utf-8")
    (campaign.folder / "plan.yaml").write_text(
        text.replace("met_when: in_force, due: 2020-11-20", "met_when: in_force, due: 2020-11-21")
    )
    load(campaign.store, Files(plan=read_plan_files(campaign.folder / "plan.yaml")), at(NOON))
    after = looked(campaign).verdicts.filter(pl.col("place") == 1)["due"].unique().to_list()

    assert [one - other for one, other in zip(after, before, strict=True)] == [24 * 3600 * 1_000_000]


@pytest.mark.parametrize("damage", [b"", b"PAR1 and nothing of it", None])
def test_a_file_of_answers_that_cannot_be_read_costs_nothing_but_time(campaign: Campaign, damage: bytes | None):
    whole = everything(looked(campaign))
    file = campaign.store.home / FOLDER / "all.answers"
    file.write_bytes(file.read_bytes()[:-9] if damage is None else damage)

    assert everything(looked(campaign)) == whole
    assert everything(looked(campaign)) == whole


def test_a_bit_that_the_disk_turned_over_is_never_believed(campaign: Campaign):
    whole = everything(looked(campaign))
    file = campaign.store.home / FOLDER / "all.answers"
    data, chance = file.read_bytes(), random.Random(1)
    for place in (0, 31, 32, len(data) - 1, *(chance.randrange(len(data)) for _ in range(12))):
        turned = bytearray(data)
        turned[place] ^= 1 << chance.randrange(8)
        file.write_bytes(turned)

        assert everything(looked(campaign)) == whole


def test_where_answers_cannot_be_written_everything_is_judged_as_ever(campaign: Campaign):
    whole = everything(anew(campaign, NOON))
    (campaign.store.home / FOLDER).write_text("a file where the folder should be", encoding="utf-8")

    assert everything(looked(campaign)) == whole


@pytest.mark.parametrize("seed", range(2))
def test_kept_answers_are_those_that_are_worked_out_anew_whatever_comes_in(campaign: Campaign, seed: int):
    chance = random.Random(seed)
    for step in range(3):
        code = chance.choice(["990101", "990101001", "990102001"])
        state = chance.choice(["received", "closed"])
        rows = [problem(number, chance.randint(12, 25), state, chance.choice("甲乙"), code) for number in (1, 2)]
        tell(campaign, "problems", rows, f"2020-11-0{5 + chance.randint(0, 3)}T09:0{step}")
        if chance.random() < 0.5:
            issued = date(2020, 11, chance.randint(9, 12))
            paper = {"code": chance.choice(["990101", "990102"]), "kind": "rules", "issued": issued}
            tell(campaign, "papers", [paper], f"2020-11-09T09:0{step}")
        for now in ("2020-11-07T12:00", NOON, "2020-11-11T09:00"):
            for scope in (None, "990101"):
                looked(campaign, now, scope)
                kept = everything(looked(campaign, now, scope))
                saved = shutil.copytree(campaign.store.home / FOLDER, campaign.folder / "saved", dirs_exist_ok=True)
                assert kept == everything(anew(campaign, now, scope))
                shutil.copytree(saved, campaign.store.home / FOLDER, dirs_exist_ok=True)


def test_a_pass_of_a_fresh_process_and_the_next_ones_name_the_plan_alike(campaign: Campaign):
    fresh, again = (open_store(campaign.store.settings) for _ in range(2))
    named = []
    for store in (fresh, fresh, again):
        with store.writing() as connection:
            named.append(store.inside(connection).plan_digest)

    assert len(set(named)) == 1
    assert named[0]
    assert fresh.plan_digest == named[0]
