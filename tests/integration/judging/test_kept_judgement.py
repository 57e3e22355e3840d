"""A judgement of everything is kept: a quiet look works out nothing, and nothing is believed whose ground has changed."""

from __future__ import annotations

import random
import shutil
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from worlds.campaign import UNITS, Campaign, at, make_campaign
from worlds.registers import take_rows
from worlds.roles import plan

from models.moments import micros
from models.plan.files import read_plan_files
from models.rules.judging.kept_answers import ALWAYS
from models.tables import Decision
from tasks.archive.place import REPORTS, STATES
from tasks.campaign.frames import add_row, insert_frame
from tasks.judging.judge import Judged, duty_statuses, judge_all
from tasks.judging.kept_answers import FOLDER
from tasks.judging.kept_judgement import KeptJudgement, Whole
from tasks.judging.rows import RowsUnreadable
from tasks.judging.settled import judge_now
from tasks.loading.load import Files, load

ON_DUTY = (
    "{id: manned, title: 有人值班, judged_at: county, due: 2020-08-05, each: {register: roster, by: seat, met_by: any},"
    ' met_when: "starts <= now and now < ends"}'
)
LIAISON = (
    "{id: officer, title: 部门有联络员, judged_at: county, due: 2020-08-05,"
    ' each: {register: departments, by: department}, met_when: "holders_liaison >= 1"}'
)
ISSUED = (
    "{id: issued, title: 部门职责印发, judged_at: county, due: 2020-08-05,"
    ' each: {register: departments, by: department}, met_when: "duties_issued <= today"}'
)
NAMED = '{id: named, title: 指定专人, judged_at: county, met_when: "holders_recheck >= 1", due: 2020-08-05}'
GAUGED = '{id: gauged, title: 数据上报, judged_at: county, met_when: "figures >= 1", due: 2020-08-05}'
DAILY = '{id: daily, title: 每日上报, judged_at: county, met_when: "figures >= 1", every: day}'
TOWNS = (
    "{id: towns, title: 镇已报, judged_at: county, due: 2020-08-05, each: {register: stations, by: station,"
    " where: \"unit_kind = 'town'\"}, met_when: opened}"
)
STATIONS = """  stations:
    title: 站点
    kept_by: county
    rows_at: [township]
    key: [code, station]
    on_occasion: yes
    columns:
      station: {title: 站名, type: text}
      opened: {title: 已开, type: yes_no}
ladders:
"""
PLAN = plan(ON_DUTY, LIAISON, ISSUED, NAMED, GAUGED, DAILY, TOWNS).replace("ladders:\n", STATIONS, 1)
NOON = "2020-08-04T12:00"
LIAISONS = "990101,liaison,甲,json://127.0.0.1:9\n"


@pytest.fixture
def campaign(tmp_path: Path) -> Campaign:
    made = make_campaign(tmp_path, plan=PLAN, contacts="990101,recheck,丙,json://127.0.0.1:9\n")
    tell(made, "departments", [department("police", date(2020, 8, 5))], "2020-08-03T09:00")
    tell(made, "roster", [shift("2020-08-04T08:00", "2020-08-04T20:00")], "2020-08-03T09:00")
    tell(made, "stations", [{"code": "990101001", "station": "一站", "opened": False}], "2020-08-03T09:00")
    return made


def department(name: str, issued: date | None = None) -> dict[str, Any]:
    return {"code": "990101", "department": name, "duties_issued": issued}


def shift(starts: str, ends: str) -> dict[str, Any]:
    return {"code": "990101", "starts": at(starts), "ends": at(ends), "seat": 1.0}


def tell(campaign: Campaign, register: str, rows: list[dict[str, Any]], as_of: str) -> None:
    take_rows(campaign.store, campaign.store.plan().registers[register], rows, at(as_of), at("2020-08-04T09:00"))


def looked(campaign: Campaign, now: str = NOON, scope: str | None = None) -> Judged:
    return judge_now(campaign.store, scope, at(now))


def standing(judged: Judged, requirement: str, period: str = "", unit: str = "990101") -> str | None:
    own = judged.verdicts.filter(
        pl.col("requirement").cast(pl.String) == f"field.{requirement}",
        pl.col("unit") == unit,
        pl.col("period") == period,
    )
    return str(own["standing"].item()) if own.height else None


def everything(judged: Judged) -> list[Any]:
    """All that a judgement says, reasons and the figures behind it among it, with the kinds of its columns."""
    figures = {key: one.select(sorted(one.columns)) for key, one in judged.judgement.figures.items()}
    newest = judged.newest.cast({"indicator": pl.String, "unit": pl.String})
    return [
        judged.verdicts.schema,
        judged.verdicts.to_dicts(),
        judged.planned.to_dicts(),
        sorted(newest.rows(), key=str),
        judged.judgement.awaited(judged.plan).to_dicts(),
        {key: (one.schema, one.to_dicts()) for key, one in figures.items()},
        judged.chains.to_dicts(),
        duty_statuses(judged, judged.verdicts),
    ]


def file_of(campaign: Campaign, scope: str = "all") -> Path:
    return campaign.store.home / FOLDER / f"{scope}.judgement"


def test_a_second_look_reads_no_list_and_works_nothing_out(campaign: Campaign):
    first = looked(campaign)
    said = everything(first)
    (campaign.store.home / FOLDER / "all.answers").unlink()
    for room in (REPORTS, STATES):
        shutil.rmtree(campaign.store.home / room)
    again = looked(campaign, "2020-08-04T12:10")

    assert again.verdicts.equals(first.verdicts)
    figures = {key: one.select(sorted(one.columns)) for key, one in again.judgement.figures.items()}
    assert {key: (one.schema, one.to_dicts()) for key, one in figures.items()} == said[5]


@pytest.mark.parametrize(
    ("now", "found"),
    [
        ("2020-08-04T07:59:59.999999", "unmet"),
        ("2020-08-04T08:00", "met"),
        ("2020-08-04T19:59:59.999999", "met"),
        ("2020-08-04T20:00", "unmet"),
    ],
)
def test_a_shift_begins_and_ends_to_the_instant_though_answers_are_kept(campaign: Campaign, now: str, found: str):
    for before in ("2020-08-04T07:00", NOON, "2020-08-04T21:00"):
        shutil.rmtree(campaign.store.home / FOLDER, ignore_errors=True)
        looked(campaign, before)

        assert standing(looked(campaign, now), "manned", "1") == found


def test_a_reason_is_looked_up_in_the_rows_of_the_office_that_it_is_about(tmp_path: Path):
    further = f"{UNITS}9902,另一市\n990201,丙县\n990201001,丙一镇\n"
    campaign = make_campaign(tmp_path, plan=PLAN, units=further)
    tell(campaign, "departments", [department("police", date(2020, 8, 5))], "2020-08-03T09:00")
    known = set((campaign.store.home / STATES).iterdir())
    elsewhere = {**department("health", date(2020, 8, 6)), "code": "990201"}
    tell(campaign, "departments", [elsewhere], "2020-08-03T09:00")
    wanted = pl.col("unit") == "990101", pl.col("requirement").cast(pl.String) == "field.issued"
    first = looked(campaign)
    said = duty_statuses(first, first.verdicts.filter(*wanted))
    (own,) = (one for one in said if one.period == "police")
    assert "2020-08-05" in own.reason.zh
    shutil.rmtree(campaign.store.home / REPORTS)
    for file in set((campaign.store.home / STATES).iterdir()) - known:
        file.unlink()

    again = looked(campaign)

    assert duty_statuses(again, again.verdicts.filter(*wanted)) == said
    with pytest.raises(RowsUnreadable):
        duty_statuses(again, again.verdicts.filter(wanted[1]))


def test_who_holds_a_role_is_asked_for_again_once_contacts_are_others(campaign: Campaign):
    before = looked(campaign)
    (campaign.folder / "contacts.csv").write_text(f"unit,role,name,channel\n{LIAISONS}", encoding="utf-8")
    load(campaign.store, Files(contacts=campaign.folder / "contacts.csv"), at(NOON))
    after = looked(campaign)

    assert [standing(one, "officer", "police") for one in (before, after)] == ["unmet", "met"]
    assert [standing(one, "named") for one in (before, after)] == ["met", "unmet"]


def test_a_figure_and_a_row_that_are_reported_are_judged_at_the_next_look(campaign: Campaign):
    found = [looked(campaign)]
    campaign.report("code,figures\n990101,1\n", "2020-08-04T10:00")
    found.append(looked(campaign))
    tell(campaign, "departments", [department("police", date(2020, 8, 4))], "2020-08-04T11:00")
    found.append(looked(campaign))

    assert [standing(one, "gauged") for one in found] == ["unreported", "met", "met"]
    assert [standing(one, "daily", "2020-08-04") for one in found] == ["unreported", "met", "met"]
    assert [standing(one, "issued", "police") for one in found] == ["unmet", "unmet", "met"]


def test_a_day_begins_with_duties_and_answers_of_its_own(campaign: Campaign):
    before, after = (looked(campaign, now) for now in ("2020-08-04T23:59:59.999999", "2020-08-05T00:00"))

    assert [standing(one, "issued", "police") for one in (before, after)] == ["unmet", "met"]
    assert [standing(one, "daily", "2020-08-05") for one in (before, after)] == [None, "unreported"]


def test_a_township_that_is_a_town_from_now_on_owes_what_towns_owe(campaign: Campaign):
    before = looked(campaign)
    kinds = "".join(f"{line},{'town' if line.startswith('990101001') else ''}\n" for line in UNITS.split()[1:])
    (campaign.folder / "units.csv").write_text(f"code,name,kind\n{kinds}", encoding="utf-8")
    load(campaign.store, Files(units=campaign.folder / "units.csv"), at(NOON))

    assert [standing(one, "towns", "一站") for one in (before, looked(campaign))] == [None, "unmet"]


def test_what_people_decide_and_what_the_plan_says_holds_at_the_next_look(campaign: Campaign):
    looked(campaign, "2020-08-05T01:00")
    decided = {
        "unit": "990102",
        "requirement": "field.gauged",
        "period": "",
        "kind": "extend",
        "author": "试验",
        "case_id": 1,
    }
    moments = {"at": micros(at("2020-08-05T02:00")), "until": micros(at("2020-08-20T00:00"))}
    with campaign.store.writing() as connection:
        add_row(connection, Decision, **decided, **moments, reason="试验")
    later = looked(campaign, "2020-08-05T03:00").verdicts
    text = (campaign.folder / "plan.yaml").read_text(encoding="utf-8")
    (campaign.folder / "plan.yaml").write_text(text.replace("figures >= 1", "figures >= 0"), encoding="utf-8")
    campaign.report("code,figures\n990101,0\n", "2020-08-05T04:00")
    stricter = looked(campaign, "2020-08-05T05:00")
    load(campaign.store, Files(plan=read_plan_files(campaign.folder / "plan.yaml")), at("2020-08-05T05:30"))

    own = later.filter(pl.col("unit") == "990102", pl.col("requirement").cast(pl.String) == "field.gauged")
    assert own["due"].to_list() == [moments["until"]]
    assert [standing(one, "gauged") for one in (stricter, looked(campaign, "2020-08-05T06:00"))] == ["unmet", "met"]


@pytest.mark.parametrize("place", [0, 31, 32, 39, 40, 60, -1])
def test_a_bit_that_the_disk_turned_over_is_never_believed(campaign: Campaign, place: int):
    whole = everything(looked(campaign))
    turned = bytearray(file_of(campaign).read_bytes())
    turned[place] ^= 4
    file_of(campaign).write_bytes(turned)

    assert everything(looked(campaign)) == whole


@pytest.mark.parametrize("damage", [b"", b"short", bytes(64), None])
def test_a_judgement_that_cannot_be_read_costs_nothing_but_time(campaign: Campaign, damage: bytes | None):
    whole = everything(looked(campaign))
    file_of(campaign).write_bytes(file_of(campaign).read_bytes()[:-9] if damage is None else damage)

    assert everything(looked(campaign)) == whole
    assert everything(looked(campaign)) == whole


@pytest.mark.parametrize("seed", range(4))
def test_a_kept_judgement_is_the_one_that_is_worked_out_anew_whatever_comes_in(campaign: Campaign, seed: int):
    chance = random.Random(seed)
    for step in range(4):
        hour = 8 + step
        match chance.randrange(5):
            case 0:
                campaign.report(f"code,figures\n990101,{chance.randrange(2)}\n", f"2020-08-04T{hour:02}:30")
            case 4:
                campaign.report(
                    f"code,figures\n990102,{chance.randrange(2)}\n", f"2020-08-0{chance.randint(2, 3)}T09:00"
                )
            case 1:
                ends = f"2020-08-04T{chance.randint(12, 22)}:00"
                tell(campaign, "roster", [shift(f"2020-08-04T{hour:02}:00", ends)], f"2020-08-04T{hour:02}:20")
            case 2:
                day = date(2020, 8, chance.randint(3, 6))
                tell(campaign, "departments", [department("health", day)], f"2020-08-04T{hour:02}:40")
            case _:
                who = LIAISONS if chance.random() < 0.5 else "990102,recheck,乙,json://127.0.0.1:9\n"
                (campaign.folder / "contacts.csv").write_text(f"unit,role,name,channel\n{who}", encoding="utf-8")
                load(campaign.store, Files(contacts=campaign.folder / "contacts.csv"), at(NOON))
        for place, now in enumerate(
            ("2020-08-04T12:00", "2020-08-04T12:00:00.000001", "2020-08-04T22:00", "2020-08-05T09:00")
        ):
            scope = (None, "99")[(step + place) % 2]
            looked(campaign, now, scope)
            kept = everything(looked(campaign, now, scope))
            saved = shutil.copytree(campaign.store.home / FOLDER, campaign.folder / "saved", dirs_exist_ok=True)
            shutil.rmtree(campaign.store.home / FOLDER)
            assert kept == everything(judge_all(campaign.store, scope, at(now)))
            shutil.copytree(saved, campaign.store.home / FOLDER, dirs_exist_ok=True)


def test_a_pass_that_is_over_still_tells_what_its_judgement_rests_on(campaign: Campaign):
    campaign.owe(NOON)
    owed = campaign.owe("2020-08-04T12:15")

    assert owed.basis is not None
    assert everything(owed.basis) == everything(looked(campaign, "2020-08-04T12:15"))


def test_of_a_database_that_was_restored_nothing_is_believed_that_was_judged_since(campaign: Campaign):
    looked(campaign)
    saved = campaign.folder / "saved.db"
    campaign.store.engine.dispose()
    shutil.copy(campaign.store.home / "pucha.db", saved)
    campaign.report("code,figures\n990101,1\n", "2020-08-04T10:00")
    before = looked(campaign)
    campaign.store.engine.dispose()
    shutil.copy(saved, campaign.store.home / "pucha.db")
    campaign.report("code,figures\n990101,0\n", "2020-08-04T10:00")

    # as many readings of the same moments, under the same numbers
    assert [standing(one, "gauged") for one in (before, looked(campaign))] == ["met", "unmet"]


def test_what_was_judged_while_a_report_came_in_is_kept_under_no_word(campaign: Campaign):
    judged = looked(campaign)
    whole = Whole(ALWAYS, judged.verdicts, judged.judgement.figures, lambda: judged.newest)
    file_of(campaign).unlink()
    for words in (["before", "since"], ["before", "before"]):
        kept = KeptJudgement(campaign.store, None, campaign.store.plan())
        assert kept.found(partial(next, iter(words)), at(NOON), lambda: whole) is whole
        kept.keep()
        assert file_of(campaign).exists() == (words == ["before", "before"])


def test_a_figure_that_is_dated_later_counts_from_its_moment_on(campaign: Campaign):
    reading = {"indicator": "figures", "unit": "990101", "as_of": micros(at("2020-08-04T15:00")), "value": 1.0}
    with campaign.store.writing() as connection:
        insert_frame(connection, "readings", pl.DataFrame([{**reading, "batch": 1}]))
    moments = (NOON, "2020-08-04T14:59:59.999999", "2020-08-04T15:00", "2020-08-04T14:00")

    assert [standing(looked(campaign, now), "gauged") for now in moments] == [
        "unreported",
        "unreported",
        "met",
        "unreported",
    ]
