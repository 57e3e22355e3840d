"""Divisions change in mid-campaign: everything that is known under an old code goes on under the new one."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from worlds import older_versions
from worlds.campaign import UNITS, Campaign, at, by, everyone, make_campaign
from worlds.divisions import cases, change, everything, standings
from worlds.plans import TWO_PHASES, plan_with

from models.wording import Refusal
from tasks.audit_trail.records import verify
from tasks.campaign.offices import find_unit
from tasks.campaign.store import open_store
from tasks.chasing.decisions import decide
from tasks.chasing.exits import sign_exit
from tasks.chasing.lists import list_cases, list_notices
from tasks.intake.intake import take_in
from tasks.judging.explain import explain
from tasks.judging.status import read_status
from tasks.loading.load import Files, load
from tasks.oversight.auditor import audit
from tasks.preview.preview import preview

DAILY = '{id: daily, title: 日报, judged_at: township, met_when: "maps > 0", every: day, ladder: standard}'
PLAN = plan_with(TWO_PHASES, DAILY, phase="recruitment")
NOW = "2020-08-24T00:00"


def campaign(folder: Path, url: str | None = None, plan: str = TWO_PHASES, units: str = UNITS) -> Campaign:
    """Somebody in every role of every office, whom no message can reach."""
    return make_campaign(
        folder, url, plan=plan, units=units, contacts=everyone(lambda who: f"json://127.0.0.1:9/{who}", units)
    )


def sound(campaign: Campaign) -> bool:
    """Whether the trail vouches for everything that there is."""
    found = verify(campaign.store)
    assert found.findings == ()
    return found.whole


def test_an_office_with_another_code_goes_on_as_if_it_had_had_it_from_the_beginning(
    tmp_path: Path, database_url: str
) -> None:
    def run(one: Campaign, town: str) -> None:
        one.report(f"code,staff,maps\n{town},3,1\n990101002,12,1\n", "2020-08-01T10:00")
        one.watch("2020-08-02T09:00")
        one.report(f"code,maps\n{town},2\n", "2020-08-03T10:00")
        one.watch("2020-08-14T09:00")
        one.watch("2020-08-21T09:00")

    (tmp_path / "always").mkdir()
    always = campaign(tmp_path / "always", plan=PLAN, units=UNITS.replace("990101001", "990101101"))
    run(always, "990101101")
    changed = campaign(tmp_path, database_url, plan=PLAN)
    run(changed, "990101001")

    change(changed, "990101001,990101101\n", NOW)
    for one in (always, changed):
        one.report("code,staff,maps\n990101101,4,3\n", "2020-08-24T10:00")
        one.watch("2020-08-25T09:00")
        one.watch("2020-08-27T09:00")

    assert standings(changed, "2020-08-27T10:00") == standings(always, "2020-08-27T10:00")
    columns = ("period", "due", "opened_at", "closed_at", "closed_as", "rung", "rung_fired_at", "trail")
    assert sorted(cases(changed, *columns)) == sorted(cases(always, *columns))
    told = "SELECT l.unit, l.role, l.rung, l.state, l.owed_at FROM notice_lines l ORDER BY 1, 2, 3, 4, 5"
    assert changed.rows(told) == always.rows(told)
    assert sound(changed)
    grace = timedelta(days=14)
    assert audit(changed.store, at("2020-08-20T00:00"), at("2020-08-28T00:00"), grace).counts == (
        audit(always.store, at("2020-08-20T00:00"), at("2020-08-28T00:00"), grace).counts
    )


def test_a_rehearsal_says_what_would_move_and_moves_nothing(tmp_path: Path, database_url: str) -> None:
    one = campaign(tmp_path, database_url)
    one.report("code,staff\n990101001,3\n", "2020-08-01T10:00")
    one.watch("2020-08-21T09:00")
    before = everything(one)

    done = change(one, "990101001,990101101\n990199001,990199002\n", NOW, dry_run=True)

    assert done.moved == [{"old": "990101001", "new": "990101101", "name": "甲一镇"}]
    assert done.changes.unknown == ("990199001",)
    assert (done.counts["readings"], done.counts["contacts"], done.counts["cases"]) == (1, 3, 1)
    assert everything(one) == before


def test_the_same_list_again_changes_nothing(tmp_path: Path, database_url: str) -> None:
    one = campaign(tmp_path, database_url)
    one.report("code,staff\n990101001,3\n990102001,1\n990102002,2\n", "2020-08-01T10:00")
    one.watch("2020-08-21T09:00")
    rows = "990101001,990101101\n990102001,990102002\n990102002,990102002\n990101002,990101002,甲二镇\n"
    change(one, rows, NOW)
    before = everything(one)

    done = change(one, rows, NOW, "2020-08-25T00:00")

    assert not done.changes.something
    assert everything(one) == before


def test_a_list_that_cannot_be_followed_leaves_everything_as_it_was(tmp_path: Path, database_url: str) -> None:
    one = campaign(tmp_path, database_url)
    before = everything(one)

    with pytest.raises(Refusal, match=r"row 3: .*is that of an office already"):
        change(one, "990101001,990101101\n990101002,990102001\n", NOW)
    with pytest.raises(Refusal, match="yet to come"):
        change(one, "990101001,990101101\n", "2020-08-24T00:01", "2020-08-24T00:00")
    change(one, "990101001,990101101\n", NOW, dry_run=True)

    assert everything(one) == before


def test_merged_offices_are_one_with_all_their_contacts_and_the_case_that_got_further(
    tmp_path: Path, database_url: str
) -> None:
    one = campaign(tmp_path, database_url)
    one.report("code,staff\n990102001,4\n990102002,20\n", "2020-08-01T10:00")
    one.watch("2020-08-21T09:00")
    one.report("code,staff\n990102002,5\n", "2020-08-22T10:00")
    one.watch("2020-08-22T11:00")

    done = change(one, "990102001,990102100,乙镇\n990102002,990102100\n", NOW)

    assert one.rows("SELECT name, superior FROM units WHERE code = '990102100'") == [("乙镇", "990102")]
    assert one.rows("SELECT name FROM contacts WHERE unit = '990102100' AND role = 'owner' ORDER BY place") == [
        ("owner990102001",),
        ("owner990102002",),
    ]
    values = one.rows("SELECT value FROM readings WHERE unit = '990102100' ORDER BY as_of")
    assert values == [(24.0,), (9.0,)]
    assert [
        row for row in cases(one, "closed_as", "rung") if row[0].startswith("990102") and row[1].endswith("staff")
    ] == [
        ("990102100", "recruitment.staff", None, 2),
        ("990102002", "recruitment.staff", "merged", 2),
    ]
    assert done.counts["merged"] == 1
    assert sound(one)
    one.watch("2020-08-24T09:00")
    assert len(list_cases(one.store, "990102100", "open", 0)) == 1


def test_each_part_of_a_split_office_goes_on_from_where_it_was(tmp_path: Path, database_url: str) -> None:
    one = campaign(tmp_path, database_url)
    one.report("code,staff\n990101001,4\n", "2020-08-01T10:00")
    one.watch("2020-08-21T09:00")

    done = change(one, "990101001,990101001\n990101001,990101009,甲分乡\n", NOW)

    assert done.left == [{"old": "990101001", "indicator": "staff", "why": "split"}]
    assert [row for row in cases(one, "due", "closed_as") if row[0] in ("990101001", "990101009")] == [
        ("990101001", "recruitment.staff", 1597939200000000, None),
        ("990101009", "recruitment.staff", 1597939200000000, None),
    ]
    duties = {row[0]: row[3] for row in standings(one, "2020-08-24T01:00") if row[1] == "recruitment.staff"}
    assert (duties["990101001"], duties["990101009"]) == ("unmet", "unreported")
    one.watch("2020-08-24T09:00")
    assert one.rows("SELECT DISTINCT name FROM contacts WHERE unit = '990101009' AND role = 'owner'") == [
        ("owner990101001",)
    ]
    assert one.rows("SELECT rung FROM notice_lines WHERE unit = '990101009' AND role = 'owner'") == [("overdue",)]
    assert sound(one)


def test_a_county_that_becomes_a_district_takes_its_townships_along(tmp_path: Path, database_url: str) -> None:
    one = campaign(tmp_path, database_url)
    one.report("code,staff\n990101001,12\n990101002,12\n", "2020-08-01T10:00")

    change(one, "990101,990103,甲区\n990101002,990103009\n", NOW)

    assert one.rows("SELECT code, superior FROM units WHERE code LIKE '990103%' ORDER BY code") == [
        ("990103", "9901"),
        ("990103001", "990103"),
        ("990103009", "990103"),
    ]
    met = [row for row in standings(one, "2020-08-24T01:00") if row[0].startswith("990103") and row[3] == "met"]
    assert [row[0] for row in met] == ["990103001", "990103009"]
    assert sound(one)


def test_what_was_decided_and_signed_holds_under_the_new_code(tmp_path: Path, database_url: str) -> None:
    one = campaign(tmp_path, database_url)
    one.watch("2020-08-21T09:00")
    (number,) = one.rows("SELECT id FROM cases WHERE unit = '990101001'")[0]
    decide(one.store, "waive", number, by("leader990101", "2020-08-22T09:00", reason="撤并"), None)
    sign_exit(one.store, "990101001", "recruitment", by("leader990101", "2020-08-22T10:00"))

    change(one, "990101001,990101101\n", NOW)
    one.watch("2020-08-25T09:00")

    assert list_cases(one.store, "990101101", "open", 0) == []
    assert one.rows("SELECT unit, phase, author FROM exits") == [("990101101", "recruitment", "leader990101")]
    (explained,) = explain(one.store, "990101101", "staff", at("2020-08-25T10:00"))
    assert [(row["kind"], row["author"], row["reason"]) for row in explained.decisions] == [
        ("waive", "leader990101", "撤并")
    ]
    assert sound(one)


def test_somebody_who_changes_a_carried_decision_is_found(tmp_path: Path, database_url: str) -> None:
    one = campaign(tmp_path, database_url)
    one.watch("2020-08-21T09:00")
    (number,) = one.rows("SELECT id FROM cases WHERE unit = '990101001'")[0]
    decide(one.store, "waive", number, by("leader990101", "2020-08-22T09:00", reason="撤并"), None)
    change(one, "990101001,990101101\n", NOW)
    assert sound(one)

    with one.store.writing() as connection:
        connection.exec_driver_sql("UPDATE decisions SET unit = '990101002'")
        connection.exec_driver_sql("UPDATE unit_changes SET new = '990101102'")

    said = [finding.en for finding in verify(one.store).findings]
    assert any("decided on case" in one for one in said)
    assert any("of divisions are not what the trail says" in one for one in said)


def test_the_old_code_finds_the_office_wherever_a_unit_is_asked_for(tmp_path: Path, database_url: str) -> None:
    one = campaign(tmp_path, database_url)
    one.report("code,staff\n990101001,3\n", "2020-08-01T10:00")
    one.watch("2020-08-21T09:00")
    change(one, "990101001,990101101\n", NOW)
    change(one, "990101101,990101201\n", "2020-08-25T00:00")

    assert find_unit(one.store, "990101001") == "990101201"
    assert read_status(one.store, "990101001", at("2020-08-25T09:00")).unit.code == "990101201"
    (explained,) = explain(one.store, "990101001", "staff", at("2020-08-25T09:00"))
    assert (explained.duty.unit, explained.duty.standing) == ("990101201", "unmet")
    assert [(figure.value, figure.author) for figure in explained.figures] == [(3.0, "试验")]
    assert {(row["rung"], row["role"]) for row in explained.told} == {("overdue", "owner"), ("overdue", "leader")}
    assert [row["unit"] for row in list_cases(one.store, "990101101", "open", 0)] == ["990101201"]
    assert len(list_notices(one.store, "990101001", None, None, None, 0)) == 2


def test_a_report_under_an_old_code_is_taken_for_the_office_and_that_is_said(tmp_path: Path, database_url: str) -> None:
    one = campaign(tmp_path, database_url)
    change(one, "990101001,990101101\n990101002,990101002\n990101002,990101009,甲分乡\n", NOW)
    file = tmp_path / "report.csv"
    file.write_text("code,staff\n990101001,11\n990102001000,12\n", encoding="utf-8")

    receipt = take_in(one.store, file, at("2020-08-25T10:00"), "甲县", at("2020-08-25T10:00"))

    assert (receipt.accepted, receipt.rejected) == (2, 0)
    assert [said.en for said in receipt.remarks] == [
        "1 rows stand under codes of before divisions were changed and were taken for those of now: 990101001 (now"
        " 990101101); use those of now next time"
    ]
    assert one.rows("SELECT unit, value FROM readings ORDER BY unit") == [("990101101", 11.0), ("990102001", 12.0)]


def test_a_report_of_a_split_office_is_refused_with_its_parts(tmp_path: Path, database_url: str) -> None:
    one = campaign(tmp_path, database_url)
    change(one, "990101001,990101101,甲东镇\n990101001,990101102,甲西镇\n", NOW)
    file = tmp_path / "report.csv"
    file.write_text("code,staff\n990101001,11\n990101101,12\n", encoding="utf-8")

    receipt = take_in(one.store, file, at("2020-08-25T10:00"), "甲县", at("2020-08-25T10:00"))

    assert (receipt.accepted, receipt.rejected) == (1, 1)
    assert receipt.rejections is not None
    assert "990101001 was split into 990101101, 990101102" in receipt.rejections.read_text("utf-8-sig")
    with pytest.raises(Refusal, match="was split into 990101101, 990101102"):
        find_unit(one.store, "990101001")


def test_a_report_of_a_part_of_a_merged_office_is_refused_since_it_is_not_the_whole(
    tmp_path: Path, database_url: str
) -> None:
    one = campaign(tmp_path, database_url)
    change(one, "990102001,990102100,乙镇\n990102002,990102100\n", NOW)
    file = tmp_path / "report.csv"
    file.write_text("code,staff\n990102001,11\n990101001,12\n", encoding="utf-8")

    receipt = take_in(one.store, file, at("2020-08-25T10:00"), "乙县", at("2020-08-25T10:00"))

    assert (receipt.accepted, receipt.rejected) == (1, 1)
    assert receipt.rejections is not None
    assert "990102001 merged into 990102100" in receipt.rejections.read_text("utf-8-sig")
    assert find_unit(one.store, "990102001") == "990102100"


def test_contacts_under_old_codes_are_of_the_office_and_a_list_of_units_of_before_is_refused(
    tmp_path: Path, database_url: str
) -> None:
    one = campaign(tmp_path, database_url)
    change(one, "990101001,990101101\n", NOW)
    contacts = tmp_path / "people.csv"
    contacts.write_text("unit,role,name,channel\n990101001,owner,王一,json://127.0.0.1:9/x\n", encoding="utf-8")

    changes = load(one.store, Files(contacts=contacts), at("2020-08-25T09:00"))

    assert one.rows("SELECT unit, name FROM contacts") == [("990101101", "王一")]
    assert any("990101001 (now 990101101)" in said.en for said in changes.remarks)
    with pytest.raises(Refusal, match=r"990101001 \(now 990101101\); put the codes of now"):
        load(one.store, Files(units=tmp_path / "units.csv"), at("2020-08-25T09:00"))


def test_a_load_in_which_a_code_looks_moved_names_the_command(tmp_path: Path) -> None:
    one = campaign(tmp_path)
    moved = tmp_path / "moved.csv"
    moved.write_text(UNITS.replace("990101001", "990102009"), encoding="utf-8")

    changes = load(one.store, Files(units=moved), at("2020-08-25T09:00"), dry_run=True)

    assert "use pucha units change" in changes.words()[-2].en


def test_what_an_overlay_lays_down_for_an_old_code_holds_for_the_office_as_it_is_now(
    tmp_path: Path, database_url: str
) -> None:
    overlay = 'extends: plan.yaml\nunit: "990101"\ntighten: {recruitment.staff: 2020-08-10}\n'
    one = make_campaign(tmp_path, database_url, beside={"overlay.yaml": overlay})
    before = {row[0]: row[4] for row in standings(one, "2020-08-11T00:00") if row[1] == "recruitment.staff"}

    change(one, "990101,990103\n", NOW)

    after = {row[0]: row[4] for row in standings(one, "2020-08-24T00:00") if row[1] == "recruitment.staff"}
    assert before["990101001"] < before["990102001"]
    assert after == {unit.replace("990101", "990103"): due for unit, due in before.items()}


def test_the_preview_goes_on_from_where_a_change_left_everything(tmp_path: Path, database_url: str) -> None:
    one = campaign(tmp_path, database_url)
    one.report("code,staff\n990101001,3\n", "2020-08-01T10:00")
    one.watch("2020-08-21T09:00")
    change(one, "990101001,990101101\n", NOW)

    found = preview(one.store, None, at("2020-08-24T08:00"), at("2020-08-25T00:00"), 0, lambda *_: None)

    told = {line.unit for notice in found.notices for line in notice.lines}
    assert "990101101" in told
    assert "990101001" not in told


def test_a_database_of_the_version_before_takes_a_change(tmp_path: Path, database_url: str) -> None:
    one = campaign(tmp_path, database_url)
    one.report("code,staff\n990101001,3\n", "2020-08-01T10:00")
    older_versions.put_back(one.store, "0011")

    one.store = open_store(one.settings, create=True)
    change(one, "990101001,990101101\n", NOW)

    assert one.rows("SELECT unit, value FROM readings ORDER BY batch") == [("990101001", 3.0), ("990101101", 3.0)]
    assert sound(one)


def test_a_database_without_kinds_takes_a_list_that_has_them_and_its_trail_stays_whole(
    tmp_path: Path, database_url: str
) -> None:
    one = campaign(tmp_path, database_url)
    listed = one.store.units().select("unit", "name", "superior").rename({"unit": "code"})
    older_versions.put_back(one.store, "0014")

    one.store = open_store(one.settings, create=True)
    assert one.store.units()["kind"].null_count() == one.store.units().height
    assert sound(one)

    file = tmp_path / "units-with-kinds.csv"
    listed.with_columns(kind=pl.when(pl.col("code") == "990101001").then(pl.lit("镇"))).write_csv(file)
    changed = load(one.store, Files(units=file), at("2020-08-02T09:00"))
    again = load(one.store, Files(units=file), at("2020-08-02T10:00"))

    assert changed.units == {"added": 0, "changed": 1, "removed": 0}
    assert not again.something
    assert one.rows("SELECT code, kind FROM units WHERE kind IS NOT NULL") == [("990101001", "town")]
    assert sound(one)


def test_periods_that_were_over_before_a_merger_are_not_owed_by_the_merged_office(
    tmp_path: Path, database_url: str
) -> None:
    one = campaign(tmp_path, database_url, plan=PLAN)
    one.report("code,maps\n990102001,1\n990102002,1\n", "2020-08-10T10:00")
    one.watch("2020-08-14T09:00")
    one.report("code,maps\n990102001,1\n", "2020-08-14T10:00")

    change(one, "990102001,990102100,乙镇\n990102002,990102100\n", "2020-08-14T00:00", "2020-08-14T11:00")

    def days() -> dict[str, str]:
        found = standings(one, "2020-08-15T00:00")
        return {row[2]: row[3] for row in found if row[:2] == ("990102100", "recruitment.daily")}

    assert days() == {"2020-08-14": "unreported", "2020-08-15": "unreported"}
    one.report("code,maps\n990102100,2\n", "2020-08-14T12:00")
    assert days() == {"2020-08-14": "met", "2020-08-15": "unreported"}
    one.watch("2020-08-15T09:00")
    assert {row[2] for row in cases(one, "closed_as") if row[0] in ("990102001", "990102002")} == {"merged"}
    assert sound(one)
