"""The contract of `plan check`, `plan show`, `load` and `report`: what goes in, the exit code, and the keys of the JSON answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from standins.webhook import JsonSink
from worlds.clerk import Clerk
from worlds.contract import DISTRICTS, PLAN, UNITS, people
from worlds.plans import without_codes

# plan check, plan show


def test_a_plan_without_faults_and_doubts_ends_with_0(clerk: Clerk) -> None:
    clerk.file("plan.yaml", PLAN)

    answer = clerk("plan", "check", "plan.yaml", "--json")

    assert (answer.code, answer.data) == (0, {"errors": [], "doubts": []})


def test_doubts_end_with_1_and_faults_with_2(clerk: Clerk) -> None:
    clerk.file("doubtful.yaml", PLAN.replace("due: T-73d", "due: T-71d"))
    clerk.file("faulty.yaml", PLAN.replace("roll_up: count", "roll_up: tally"))

    doubtful, faulty = (clerk("plan", "check", name, "--json") for name in ("doubtful.yaml", "faulty.yaml"))

    assert (doubtful.code, faulty.code) == (1, 2)
    assert doubtful.data["doubts"][0].keys() == {"file", "line", "message"}
    assert doubtful.data["doubts"][0]["line"] == 39
    assert "不是工作日" in doubtful.data["doubts"][0]["message"]
    assert faulty.data["errors"][0]["line"] == 11


def test_the_dates_of_every_duty_are_shown_with_those_of_its_rungs(clerk: Clerk) -> None:
    clerk.file("plan.yaml", PLAN)

    shown = clerk.json("plan", "show", "plan.yaml")

    assert shown.keys() == {"census", "title", "standard_time", "office_hours", "unit", "phases", "registers", "duties"}
    duty = shown["duties"][1]
    assert duty.keys() == {
        "phase",
        "requirement",
        "no",
        "title",
        "judged_at",
        "due",
        "every",
        "cut_offs",
        "unit",
        "met_when",
        "each",
        "rungs",
        "shows",
        "source",
    }
    assert duty["due"] == "2020-08-21T00:00:00+08:00"
    assert [(rung["rung"], rung["at"]) for rung in duty["rungs"]] == [
        ("remind-7", "2020-08-14T00:00:00+08:00"),
        ("remind-1", "2020-08-20T00:00:00+08:00"),
        ("overdue", "2020-08-21T00:00:00+08:00"),
        ("superior", "2020-08-24T08:30:00+08:00"),
        ("letter", "2020-08-25T08:30:00+08:00"),
        ("head", "2020-08-26T08:30:00+08:00"),
    ]


def test_the_dates_of_a_unit_are_those_of_its_overlay(clerk: Clerk) -> None:
    clerk.file("plan.yaml", PLAN)
    overlay = (
        'extends: plan.yaml\nunit: "13"\ntighten: {recruitment.every-district-covered: 2020-08-10}\nadd:\n'
        '  - {phase: zoning, requirement: {id: own, title: 自定, judged_at: county, met_when: "funds_arrived > 0", due: T-130d}}\n'
    )
    clerk.file("o.yaml", overlay)

    def dues(*arguments: str) -> dict[str, str]:
        return {
            one["requirement"]: one["due"][:10] for one in clerk.json("plan", "show", "o.yaml", *arguments)["duties"]
        }

    assert (
        dues()
        == dues("--unit", "13")
        == dues("--unit", "130102000000")
        == {
            "funds": "2020-07-04",
            "own": "2020-06-25",
            "every-district-covered": "2020-08-11",
        }
    )
    assert dues("--unit", "44") == {"funds": "2020-07-04", "every-district-covered": "2020-08-21"}


@pytest.mark.parametrize(
    ("items", "numbers"),
    [("14", [14]), ("3-14", [3, 14]), ("1-2", []), ("3,14", [3, 14]), ("3，14", [3, 14]), ("4–20", [14])],
)
def test_schedule_items_are_addressed_by_number_and_range(clerk: Clerk, items: str, numbers: list[int]) -> None:
    clerk.file("plan.yaml", PLAN)

    shown = clerk.json("plan", "show", "plan.yaml", "--items", items)

    assert [one["no"] for one in shown["duties"]] == numbers


# load


def test_loading_tells_what_changed_and_again_that_nothing_did(clerk: Clerk, mailbox: JsonSink) -> None:
    first = clerk.load(PLAN, UNITS, people(mailbox), "--json").data
    again = clerk.load(PLAN, UNITS, people(mailbox), "--json").data

    counts = {"plan", "units", "superiors", "contacts"}
    assert first.keys() == counts | {"dry_run", "moved", "withdrawn", "departed", "idle_overlays", "remarks"}
    assert (first["plan"], first["units"]["added"], first["contacts"]["added"]) == (True, 10, 20)
    assert again["plan"] is False
    assert again["units"] == again["contacts"] == {"added": 0, "changed": 0, "removed": 0}


def test_the_first_plan_is_said_to_be_loaded_and_only_a_later_one_to_be_updated(clerk: Clerk) -> None:
    clerk.english()
    first, again, changed = (clerk.load(plan, UNITS).out for plan in (PLAN, PLAN, without_codes(PLAN)))

    assert [said.splitlines()[0] for said in (first, again, changed)] == [
        "plan: loaded",
        "plan: unchanged",
        "plan: updated",
    ]


def test_only_what_is_given_is_changed(clerk: Clerk, mailbox: JsonSink) -> None:
    clerk.load(without_codes(PLAN), UNITS, people(mailbox))
    clerk.file("units.csv", UNITS.replace("丙县", "丙市").replace("130102001001,庚一社区\n", "") + "130103,辛县\n")

    changed = clerk.json("load", "--units", "units.csv")

    assert changed["units"] == {"added": 1, "changed": 1, "removed": 1}
    assert changed["contacts"] == {"added": 0, "changed": 0, "removed": 2}
    assert clerk.json("status", "--unit", "130101")["unit"] == {"code": "130101", "name": "丙市"}


def test_a_rehearsal_changes_nothing_not_even_on_the_first_day(clerk: Clerk) -> None:
    clerk.file("plan.yaml", PLAN)
    clerk.file("units.csv", UNITS)

    rehearsed = clerk.json("load", "--plan", "plan.yaml", "--units", "units.csv", "--dry-run")

    assert (rehearsed["dry_run"], rehearsed["units"]["added"]) == (True, 10)
    assert not (clerk.folder / "home").exists()
    clerk.load(PLAN, UNITS)
    clerk.file("units.csv", "code,name\n13,甲省\n")
    clerk.json("load", "--units", "units.csv", "--dry-run")
    assert clerk.json("status", "--unit", "130101")["unit"]["code"] == "130101"


def test_a_changed_plan_says_which_open_cases_it_would_move_before_it_moves_them(
    clerk: Clerk, mailbox: JsonSink
) -> None:
    clerk.load(without_codes(PLAN), UNITS, people(mailbox))
    clerk("watch", "--as-of", "2020-08-17T09:00")
    clerk.file("plan.yaml", PLAN.replace("due: T-73d", "due: 2020-08-18"))

    rehearsed = clerk.json("load", "--plan", "plan.yaml", "--dry-run")
    kept = clerk.json("load", "--plan", "plan.yaml")
    township = [case for case in clerk.json("cases") if case["unit"] == "130101001"]

    assert {moved["unit"] for moved in rehearsed["moved"]} == {"130101001", "130101002", "130102001"}
    assert rehearsed["moved"][0].keys() == {"case", "unit", "requirement", "period", "was", "now"}
    assert rehearsed["moved"][0]["was"] == "2020-08-21T00:00:00+08:00"
    assert rehearsed["moved"][0]["now"] == "2020-08-19T00:00:00+08:00"
    assert len(kept["moved"]) == 3
    assert township[0]["due"] == "2020-08-21T00:00:00+08:00"

    clerk.json("load", "--plan", "plan.yaml", "--move-cases")

    township = [case for case in clerk.json("cases") if case["unit"] == "130101001"]
    assert township[0]["due"] == "2020-08-19T00:00:00+08:00"
    assert clerk.json("load", "--plan", "plan.yaml")["moved"] == []


def test_an_office_that_is_gone_is_chased_no_longer(clerk: Clerk, mailbox: JsonSink) -> None:
    clerk.load(without_codes(PLAN), UNITS, people(mailbox))
    clerk("watch", "--as-of", "2020-08-17T09:00")
    clerk.file("units.csv", "\n".join(line for line in UNITS.splitlines() if not line.startswith("130102")))

    gone = clerk.json("load", "--units", "units.csv")
    after = clerk.json("watch", "--as-of", "2020-08-17T10:00")

    assert len(gone["withdrawn"]) == after["closed"] == 2
    closed = [case for case in clerk.json("cases", "--state", "closed") if case["unit"].startswith("130102")]
    assert {case["closed_as"] for case in closed} == {"withdrawn"}


def test_a_requirement_that_is_gone_is_chased_no_longer(clerk: Clerk, mailbox: JsonSink) -> None:
    clerk.load(without_codes(PLAN), UNITS, people(mailbox))
    clerk("watch", "--as-of", "2020-08-17T09:00")
    without = PLAN[: PLAN.index("      - id: every-district-covered")] + "sets: {}\n"
    clerk.file("plan.yaml", without.replace("    requirements:\nsets", "sets"))

    gone = clerk.json("load", "--plan", "plan.yaml")
    after = clerk.json("watch", "--as-of", "2020-08-17T10:00")

    assert len(gone["withdrawn"]) == after["closed"] == 3


def test_an_overlay_that_holds_for_nobody_is_told_with_1(clerk: Clerk) -> None:
    clerk.load(PLAN, UNITS)
    clerk.file("o.yaml", 'extends: plan.yaml\nunit: "44"\ntighten: {recruitment.every-district-covered: 2020-08-10}\n')

    answer = clerk("load", "--plan", "o.yaml", "--json")

    assert (answer.code, answer.data["idle_overlays"]) == (1, ["44"])


def test_several_overlays_are_loaded_together(clerk: Clerk) -> None:
    clerk.load(PLAN, UNITS)
    for unit, day in (("130101", "10"), ("130102", "15")):
        clerk.file(
            f"o{unit}.yaml",
            f'extends: plan.yaml\nunit: "{unit}"\ntighten: {{recruitment.every-district-covered: 2020-08-{day}}}\n',
        )

    clerk.json("load", "--plan", "o130101.yaml", "--plan", "o130102.yaml")

    duties = clerk.json("status", "--phase", "recruitment", "--as-of", "2020-08-01")["duties"]
    assert [(one["unit"], one["due"][:10]) for one in duties] == [
        ("130101001", "2020-08-11"),
        ("130101002", "2020-08-11"),
        ("130102001", "2020-08-16"),
    ]


# report


def test_a_report_answers_with_its_batch_and_what_it_took(clerk: Clerk) -> None:
    clerk.load(PLAN, UNITS)

    answer = clerk.report(DISTRICTS, "2020-08-10T17:00")
    as_data = clerk("report", "report.csv", "--as-of", "2020-08-10T17:00", "--by", "丙县人普办", "--json").data

    assert answer.code == 0
    assert {"batch", "accepted", "rejected", "rejections"} <= as_data.keys()
    assert (as_data["accepted"], as_data["rejected"], as_data["rejections"]) == (4, 0, None)


def test_refused_rows_end_with_1_and_are_kept_in_a_file_to_mend(clerk: Clerk) -> None:
    clerk.load(PLAN, UNITS)
    clerk.file("report.csv", "code,funds_arrived,population\n130101,1000,100\n999999,1,1\n130102,many,1\n")

    answer = clerk("report", "report.csv", "--as-of", "2020-08-10", "--by", "乙市", "--json")

    assert answer.code == 1
    assert (answer.data["accepted"], answer.data["rejected"]) == (1, 2)
    assert Path(answer.data["rejections"]).is_file()
