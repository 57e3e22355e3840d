"""The contract, line by line: files, commands, exit codes, and the keys of every JSON answer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from standins.webhook import JsonSink
from worlds.campaign import everyone
from worlds.clerk import Clerk
from worlds.plans import without_codes

from deployments.console import moment, read_store
from tasks import boards
from tasks.boards.page import WORD_JOINER
from tasks.judging.status import read_statuses

PLAN = """\
census: census-2020
title: 第七次全国人口普查
standard_time: 2020-11-01T00:00:00+08:00
timezone: Asia/Shanghai
calendar: china
office_hours: "08:30-17:30"

indicators:
  funds_arrived: {title: 到位经费, level: county, unit: yuan, roll_up: sum, rank: true}
  population:    {title: 户籍人口, level: county, unit: persons, roll_up: sum}
  districts:     {title: 普查小区, level: district, roll_up: count}
  enumerators:   {title: 普查员, level: district, unit: persons, roll_up: sum}
  uncovered:     {title: 无普查员的小区, level: district, count_where: "enumerators < 1"}

ladders:
  standard:
    - {id: remind-7,  at: -7d,  to: [unit.owner]}
    - {id: remind-1,  at: -1d,  to: [unit.owner, unit.leader]}
    - {id: overdue,   at: +0d,  to: [unit.owner, unit.leader]}
    - {id: superior,  at: +1wd, to: [superior.owner]}
    - {id: letter,    at: +2wd, to: [superior.leader], draft: supervision-letter}
    - {id: head,      at: +3wd, to: [government.head], signed_by: superior.leader}

phases:
  - id: zoning
    title: 区划绘图
    starts: T-200d
    ends: T-121d
    requirements:
      - {id: funds, no: 3, title: 人均经费, judged_at: county, met_when: "funds_arrived / population >= 10", due: T-121d, ladder: standard}
  - id: recruitment
    title: 两员选聘
    starts: T-120d
    ends: T-73d
    after: [zoning]
    cadence: weekly fri 17:00
    hours: office
    requirements:
      - id: every-district-covered
        no: 14
        title: 每个普查小区至少一名普查员
        judged_at: township
        met_when: "uncovered = 0"
        due: T-73d
        ladder: standard
sets:
  both: {title: 两落实, requirements: [zoning.funds, recruitment.every-district-covered]}
"""

DISTRICTS = """\
code,enumerators
130101001001001,1
130101001001002,0
130101002001001,2
130102001001001,1
"""

UNITS = """\
code,name
13,甲省
1301,乙市
130101,丙县
130102,丁区
130101001,戊镇
130101001001,戊一村
130101002,己乡
130101002001,己一村
130102001,庚街道
130102001001,庚一社区
"""


@pytest.fixture
def clerk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Clerk:
    return Clerk(tmp_path, capsys, monkeypatch)


@pytest.fixture
def mailbox() -> Iterator[JsonSink]:
    with JsonSink() as standin:
        yield standin


def people(mailbox: JsonSink) -> str:
    """An owner and a leader in every office."""
    return everyone(mailbox.json_url, UNITS, ("owner", "leader"))


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


# report and status


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


def test_status_answers_with_the_keys_of_the_contract(clerk: Clerk) -> None:
    clerk.load(PLAN, UNITS)
    clerk.report(DISTRICTS, "2020-08-10T17:00")

    status = clerk.json("status", "--unit", "1301", "--as-of", "2020-08-17T09:00")

    assert {"as_of", "unit", "phases", "duties"} <= status.keys()
    assert status["as_of"] == "2020-08-17T09:00:00+08:00"
    assert status["unit"] == {"code": "1301", "name": "乙市"}
    zoning, recruitment = status["phases"]
    facts = {"id", "title", "state", "starts", "ends", "met", "unmet", "unreported", "overdue", "owed", "exit"}
    assert facts <= zoning.keys()
    assert (zoning["id"], zoning["title"], zoning["state"]) == ("zoning", "区划绘图", "overdue")
    assert (zoning["starts"], zoning["ends"]) == ("2020-04-15T00:00:00+08:00", "2020-07-04T00:00:00+08:00")
    assert (zoning["met"], zoning["unmet"], zoning["unreported"], zoning["overdue"]) == (0, 0, 2, 2)
    assert (zoning["owed"], zoning["exit"], zoning["unreported_due"]) == (2, "open", 2)
    assert (recruitment["state"], recruitment["met"], recruitment["unmet"]) == ("blocked", 2, 1)
    duty = status["duties"][-1]
    assert {"phase", "requirement", "unit", "unit_name", "due", "standing", "timing", "reason"} <= duty.keys()
    assert (duty["phase"], duty["requirement"], duty["unit"], duty["unit_name"]) == (
        "recruitment",
        "every-district-covered",
        "130101001",
        "戊镇",
    )
    assert (duty["due"], duty["standing"], duty["timing"]) == ("2020-08-21T00:00:00+08:00", "unmet", "due_soon")
    assert duty["reason"] == "uncovered = 1, must be 0"


def test_the_most_urgent_duties_stand_first(clerk: Clerk) -> None:
    clerk.load(PLAN, UNITS)

    duties = clerk.json("status", "--as-of", "2020-08-22T09:00")["duties"]

    assert [(one["timing"], one["due"][:10]) for one in duties] == [("overdue", "2020-07-04")] * 2 + [
        ("overdue", "2020-08-21")
    ] * 3
    assert [one["unit"] for one in duties] == ["130101", "130102", "130101001", "130101002", "130102001"]


def test_met_duties_are_listed_only_where_all_are_asked_for(clerk: Clerk) -> None:
    clerk.load(PLAN, UNITS)
    clerk.report(DISTRICTS, "2020-08-10T17:00")

    asked = ["status", "--phase", "recruitment", "--as-of", "2020-08-17T09:00"]

    assert len(clerk.json(*asked)["duties"]) == 1
    everything = clerk.json(*asked, "--limit", "0")["duties"]
    assert sorted(one["standing"] for one in everything) == ["met", "met", "unmet"]
    assert [one["reason"] for one in everything if one["standing"] == "met"] == ["", ""]
    assert len(clerk.json("status", "--as-of", "2020-08-17T09:00", "--limit", "2")["duties"]) == 2


def test_a_phase_is_named_by_id_or_by_title_and_a_unit_by_its_padded_code(clerk: Clerk) -> None:
    clerk.load(PLAN, UNITS)

    by_id = clerk.json("status", "--unit", "130101", "--phase", "recruitment", "--as-of", "2020-08-17")
    by_title = clerk.json("status", "--unit", "130101000000", "--phase", "两员选聘", "--as-of", "2020-08-17")

    assert by_id == by_title
    assert [phase["id"] for phase in by_id["phases"]] == ["recruitment"]
    assert by_id["phases"][0]["state"] == "blocked"
    assert {one["phase"] for one in by_id["duties"]} == {"recruitment"}


def test_a_time_without_an_offset_is_in_the_zone_of_the_plan(clerk: Clerk) -> None:
    clerk.load(PLAN, UNITS)

    plain = clerk.json("status", "--as-of", "2020-08-21T00:00")
    offset = clerk.json("status", "--as-of", "2020-08-20T16:00Z")

    assert plain == offset
    assert plain["as_of"] == "2020-08-21T00:00:00+08:00"


def test_figures_of_a_later_day_are_not_known_yet(clerk: Clerk) -> None:
    clerk.load(PLAN, UNITS)
    clerk.report(DISTRICTS, "2020-08-10T17:00")

    before = clerk.json("status", "--unit", "130102001", "--phase", "recruitment", "--as-of", "2020-08-10T16:59")
    after = clerk.json("status", "--unit", "130102001", "--phase", "recruitment", "--as-of", "2020-08-10T17:00")

    assert [one["standing"] for one in before["duties"]] == ["unreported"]
    assert after["duties"] == []


def test_a_named_set_counts_the_offices_that_have_met_all_of_it(clerk: Clerk) -> None:
    clerk.load(PLAN, UNITS)
    clerk.report(DISTRICTS, "2020-08-10T17:00")

    sets = clerk.json("status", "--as-of", "2020-08-17")["sets"]

    assert sets == [{"id": "both", "title": "两落实", "met": 2, "owed": 5}]


# explain


def test_explain_tells_the_condition_with_its_figures_who_was_told_and_what_comes(
    clerk: Clerk, mailbox: JsonSink
) -> None:
    clerk.load(without_codes(PLAN), UNITS, people(mailbox))
    clerk.report(DISTRICTS, "2020-08-10T17:00", by="丙县王一")
    clerk("watch", "--as-of", "2020-08-17T09:00")

    told = clerk.json("explain", "130101001", "every-district-covered", "--as-of", "2020-08-17T10:00")

    assert told["met_when"] == "uncovered = 0"
    assert told["reason"] == "uncovered = 1, must be 0"
    figure = told["figures"][0]
    assert (figure["indicator"], figure["value"], figure["reported"], figure["expected"]) == ("uncovered", 1.0, 2, 2)
    assert (figure["by"], figure["file"], figure["as_of"]) == ("丙县王一", "report.csv", "2020-08-10T17:00:00+08:00")
    assert [(one["rung"], one["to"]["role"], one["state"]) for one in told["told"]] == [
        ("remind-7", "owner", "accepted")
    ]
    assert [one["rung"] for one in told["next"]] == ["remind-1", "overdue", "superior", "letter", "head"]
    assert told["case"]["closed"] is None


@pytest.mark.parametrize("name", ["every-district-covered", "recruitment.every-district-covered", "14"])
def test_a_requirement_is_named_by_id_key_or_number(clerk: Clerk, name: str) -> None:
    clerk.load(PLAN, UNITS)

    assert clerk.json("explain", "130101001", name, "--as-of", "2020-08-17")["requirement"] == "every-district-covered"


def test_an_id_that_stands_in_two_phases_must_be_written_out(clerk: Clerk) -> None:
    twice = PLAN.replace(
        "- {id: funds, no: 3",
        "- {id: every-district-covered, title: 甲, judged_at: township, met_when: uncovered < 5, due: T-121d}\n"
        "      - {id: funds, no: 3",
    )
    clerk.load(twice, UNITS)

    answer = clerk("explain", "130101001", "every-district-covered")

    assert answer.code == 2
    assert (
        answer.err.strip()
        == "“every-district-covered”在几个阶段都有，请写明：zoning.every-district-covered、recruitment.every-district-covered"
    )
    assert clerk("explain", "130101001", "zoning.every-district-covered").code == 0


def test_a_periodic_duty_is_explained_by_period(clerk: Clerk) -> None:
    weekly = PLAN.replace("due: T-121d, ladder: standard", "every: month, ladder: standard")
    clerk.load(weekly, UNITS)
    clerk.report("code,funds_arrived,population\n130101,1000,100\n", "2020-05-20")

    may = clerk.json("explain", "130101", "funds@2020-05", "--as-of", "2020-06-10")
    june = clerk.json("explain", "130101", "funds@2020-06", "--as-of", "2020-06-10")
    every = clerk.json("explain", "130101", "funds", "--as-of", "2020-06-10")

    assert (may["period"], may["standing"], may["due"]) == ("2020-05", "met", "2020-06-01T00:00:00+08:00")
    assert (june["standing"], june["figures"][0]["as_of"]) == ("unreported", None)
    assert [one["period"] for one in every["periods"]] == ["2020-06", "2020-05", "2020-04"]
    refused = clerk("explain", "130101", "funds@2020-09", "--as-of", "2020-06-10")
    assert (refused.code, "第 2020-09 期" in refused.err) == (2, True)


# watch, cases, notices, decisions


def test_a_pass_answers_with_what_it_did_and_the_next_one_with_nothing(clerk: Clerk, mailbox: JsonSink) -> None:
    clerk.load(without_codes(PLAN), UNITS, people(mailbox))
    clerk.report("code,funds_arrived,population\n130101,1000,100\n130102,1000,100\n", "2020-08-01")
    clerk.report(DISTRICTS, "2020-08-10T17:00")

    first = clerk.json("watch", "--as-of", "2020-08-17T09:00")
    again = clerk.json("watch", "--as-of", "2020-08-17T09:05")

    assert first.keys() == {"as_of", "judged", "opened", "closed", "owed", "held", "delivered", "failed"}
    assert first == {
        "as_of": "2020-08-17T09:00:00+08:00",
        "judged": 5,
        "opened": 1,
        "closed": 0,
        "owed": 1,
        "held": 0,
        "delivered": 1,
        "failed": 0,
    }
    assert [message.to for message in mailbox.accepted] == ["/130101001/owner"]
    assert (again["opened"], again["owed"], again["delivered"]) == (0, 0, 0)


def test_a_rehearsed_pass_tells_whom_it_would_tell_and_tells_nobody(clerk: Clerk, mailbox: JsonSink) -> None:
    clerk.load(without_codes(PLAN), UNITS, people(mailbox))

    rehearsed = clerk.json("watch", "--as-of", "2020-08-17T09:00", "--dry-run")

    assert rehearsed["owed"] > 0
    assert {"to", "unit", "requirement", "rung"} <= rehearsed["lines"][0].keys()
    assert mailbox.accepted == []
    assert clerk.json("cases") == clerk.json("notices") == []


def test_a_pass_over_one_unit_leaves_the_others_alone(clerk: Clerk, mailbox: JsonSink) -> None:
    clerk.load(without_codes(PLAN), UNITS, people(mailbox))

    clerk.json("watch", "--unit", "130102000000", "--as-of", "2020-08-17T09:00")

    assert {case["unit"] for case in clerk.json("cases")} == {"130102", "130102001"}


def test_a_pass_over_one_unit_counts_its_own_notices_and_no_others(clerk: Clerk, mailbox: JsonSink) -> None:
    clerk.load(without_codes(PLAN), UNITS, people(mailbox))
    whole = clerk.json("watch", "--as-of", "2020-08-17T22:00")

    own = clerk.json("watch", "--unit", "130102", "--as-of", "2020-08-17T22:15")
    sent = clerk.json("watch", "--unit", "130102", "--as-of", "2020-08-18T08:30")

    told = [one for one in clerk.json("notices") if any(line["unit"][:6] == "130102" for line in one["lines"])]
    assert (own["owed"], own["held"]) == (0, len(told))
    assert (sent["delivered"], sent["held"]) == (len(told), 0)
    assert whole["held"] > len(told) > 0


def test_notices_answer_with_the_keys_of_the_contract(clerk: Clerk, mailbox: JsonSink) -> None:
    clerk.load(without_codes(PLAN), UNITS, people(mailbox))
    clerk.report("code,funds_arrived,population\n130101,1000,100\n130102,1000,100\n", "2020-08-01")
    clerk.report(DISTRICTS, "2020-08-10T17:00")
    clerk("watch", "--as-of", "2020-08-17T09:00")

    (notice,) = clerk.json("notices")

    assert {"id", "state", "to", "lines", "attempts", "error"} <= notice.keys()
    assert (notice["state"], notice["to"], notice["attempts"], notice["error"]) == (
        "accepted",
        {"unit": "130101001", "role": "owner"},
        1,
        None,
    )
    line = notice["lines"][0]
    assert (line["unit"], line["requirement"], line["rung"]) == ("130101001", "every-district-covered", "remind-7")
    assert notice["id"] in mailbox.accepted[0].text


def test_cases_are_listed_by_unit_and_state(clerk: Clerk, mailbox: JsonSink) -> None:
    clerk.load(without_codes(PLAN), UNITS, people(mailbox))
    clerk("watch", "--as-of", "2020-08-17T09:00")
    case = next(one for one in clerk.json("cases") if one["unit"] == "130102001")

    clerk("ack", str(case["id"]), "--by", "owner130102001", "--as-of", "2020-08-17T10:00")

    assert len(clerk.json("cases", "--unit", "1301")) == 5
    assert len(clerk.json("cases", "--unit", "130102")) == 2
    assert [one["id"] for one in clerk.json("cases", "--state", "acknowledged")] == [case["id"]]
    assert len(clerk.json("cases", "--state", "open", "--limit", "3")) == 3


def test_acknowledging_extending_and_waiving_need_a_name_and_answer_alike(clerk: Clerk, mailbox: JsonSink) -> None:
    clerk.load(without_codes(PLAN), UNITS, people(mailbox))
    clerk("watch", "--as-of", "2020-08-17T09:00")
    case = str(next(one["id"] for one in clerk.json("cases") if one["unit"] == "130102001"))

    assert clerk("ack", case).code == 2
    assert clerk("waive", case, "--by", " ").code == 2
    acked = clerk.json("ack", case, "--by", "owner130102001", "--as-of", "2020-08-17T10:00")
    extended = clerk.json(
        "extend",
        case,
        "--by",
        "leader130102",
        "--until",
        "2020-08-30",
        "--reason",
        "停电",
        "--as-of",
        "2020-08-17T11:00",
    )
    closed = clerk("waive", case, "--by", "leader130102", "--reason", "停电", "--as-of", "2020-08-17T12:00")

    assert acked == {
        "case": int(case),
        "decision": "ack",
        "by": "owner130102001",
        "until": "2020-08-18T08:30:00+08:00",
        "state": "acknowledged",
    }
    assert extended == {
        "case": int(case),
        "decision": "extend",
        "by": "leader130102",
        "until": "2020-08-31T00:00:00+08:00",
        "state": "closed",
    }
    assert closed.code == 2
    duty = clerk.json("status", "--unit", "130102001", "--phase", "recruitment", "--as-of", "2020-08-22")["duties"][0]
    assert (duty["due"], duty["timing"]) == ("2020-08-31T00:00:00+08:00", "not_due")


def test_a_decision_in_a_rehearsal_of_another_year_needs_no_moment(clerk: Clerk, mailbox: JsonSink) -> None:
    clerk.load(without_codes(PLAN), UNITS, people(mailbox))
    clerk("watch", "--as-of", "2020-08-17T09:00")
    first, second, *_ = (
        str(one["id"]) for one in clerk.json("cases") if one["requirement"] == "every-district-covered"
    )

    extended = clerk("extend", first, "--by", "leader130101", "--until", "2020-09-10", "--reason", "停电")
    assert extended.code == 0
    assert clerk.json("ack", second, "--by", "owner130101002")["until"] == "2020-08-18T08:30:00+08:00"
    clerk("watch", "--as-of", "2020-09-04T09:00")

    reopened = [one for one in clerk.json("cases", "--state", "open") if one["requirement"] == "every-district-covered"]
    assert "2020-09-11T00:00:00+08:00" in {one["due"] for one in reopened}


@pytest.mark.parametrize("until", ["2020-08-20", "2020-08-17T08:00", "2019-01-01"])
def test_an_extension_is_later_or_it_is_none(clerk: Clerk, mailbox: JsonSink, until: str) -> None:
    clerk.load(without_codes(PLAN), UNITS, people(mailbox))
    clerk("watch", "--as-of", "2020-08-17T09:00")
    case = str(next(one["id"] for one in clerk.json("cases") if one["unit"] == "130102001"))

    answer = clerk(
        "extend", case, "--by", "leader130102", "--reason", "停电", "--until", until, "--as-of", "2020-08-17T10:00"
    )

    assert answer.code == 2
    assert [one["state"] for one in clerk.json("cases") if one["id"] == int(case)] == ["open"]


def test_a_waived_duty_passes_the_gate_and_is_chased_no_longer(clerk: Clerk, mailbox: JsonSink) -> None:
    clerk.load(without_codes(PLAN), UNITS, people(mailbox))
    clerk.report("code,funds_arrived,population\n130101,1000,100\n", "2020-07-01")
    clerk("watch", "--as-of", "2020-08-17T09:00")
    case = str(next(one["id"] for one in clerk.json("cases") if one["unit"] == "130102"))
    before = clerk.json("status", "--as-of", "2020-08-17T09:30")["phases"]

    clerk("waive", case, "--by", "leader1301", "--reason", "并入丙县", "--as-of", "2020-08-17T10:00")
    told = len(mailbox.accepted)
    clerk("watch", "--as-of", "2020-08-18T09:00")

    after = clerk.json("status", "--as-of", "2020-08-18T09:00")["phases"]
    assert [phase["state"] for phase in before] == ["overdue", "blocked"]
    assert [phase["state"] for phase in after] == ["closed", "open"]
    assert not [message.to for message in mailbox.accepted[told:] if message.to.startswith("/130102/")]


def test_a_signed_exit_opens_the_next_phase_there_alone(clerk: Clerk, mailbox: JsonSink) -> None:
    clerk.load(without_codes(PLAN), UNITS, people(mailbox))

    signed = clerk.json("sign-exit", "区划绘图", "--unit", "130101", "--by", "leader1301", "--reason", "边境未定")

    assert signed == {"unit": "130101", "phase": "zoning", "by": "leader1301"}
    assert clerk.json("status", "--unit", "130101", "--as-of", "2020-08-17")["phases"][1]["state"] == "open"
    assert clerk.json("status", "--unit", "130102", "--as-of", "2020-08-17")["phases"][1]["state"] == "blocked"
    (zoning, _) = clerk.json("status", "--unit", "130101", "--as-of", "2020-08-17")["phases"]
    assert (zoning["state"], zoning["exit"], zoning["owed"], zoning["overdue"]) == ("closed", "signed", 1, 1)
    assert clerk("sign-exit", "zoning", "--unit", "130101", "--by", "leader1301", "--reason", "再签").code == 2


def test_what_is_late_in_a_blocked_phase_is_counted_and_terminal_and_board_say_it_alike(clerk: Clerk) -> None:
    clerk.load(PLAN, UNITS)

    blocked = clerk.json("status", "--as-of", "2020-08-22T09:00")["phases"][1]
    shown = clerk("status", "--as-of", "2020-08-22T09:00").out
    store = read_store()
    page = boards.board(read_statuses(store, "13", moment(store, "2020-08-22T09:00")).of(), {}, "zh").body

    assert (blocked["state"], blocked["overdue"], blocked["unreported_due"]) == ("blocked", 3, 3)
    for said in (
        "逾期 5 项（其中未报 5 项），涉及 2 个阶段，最长逾期49天。",
        "应达标 5 项，已达标 0 项，未达标 0 项，未报 5 项（已到期 5 项，未到期 0 项）。",
        "距标准时点还有70天",
    ):
        assert said in shown
        assert said in page
    assert "逾期3项" in page
    assert "逾期3项" in re.sub(r"[\s│]", "", shown)


def test_a_clerk_reads_of_a_rung_when_it_comes_and_whom_it_tells(clerk: Clerk, mailbox: JsonSink) -> None:
    clerk.load(without_codes(PLAN), UNITS, people(mailbox))
    clerk("watch", "--as-of", "2020-07-06T08:30")

    cases = re.sub(r"[\s│]", "", clerk("cases").out)
    explained = clerk("explain", "130101", "funds", "--as-of", "2020-07-06T09:00").out

    assert "到期提醒（overdue）" in cases
    assert "逾期1个工作日报上级（superior）" in explained
    assert {one["rung"] for one in clerk.json("cases")} == {"overdue"}


def test_terminal_board_notice_paper_preview_and_json_say_one_thing_of_one_moment(
    clerk: Clerk, mailbox: JsonSink
) -> None:
    clerk.load(without_codes(PLAN), UNITS, people(mailbox))
    for moment_of_pass in ("2020-07-04T00:00", "2020-07-06T08:30", "2020-07-07T08:30"):
        clerk("watch", "--as-of", moment_of_pass)
    told = len(mailbox.accepted)
    foretold = clerk.json("watch", "--dry-run", "--as-of", "2020-07-08T08:15", "--until", "2020-07-08T08:45")
    clerk("watch", "--as-of", "2020-07-08T08:30")

    now = ("--as-of", "2020-07-08T08:30")
    status, shown = clerk.json("status", *now), clerk("status", *now).out
    store = read_store()
    found = read_statuses(store, "13", moment(store, now[1])).of()
    board, overdue = boards.board(found, {}, "zh").body, boards.overdue_list(found, {}, "zh").body
    to_signer = mailbox.accepted[told].text
    paper = clerk.json("papers", "--show", "P00000001")["text"]
    explained = clerk.json("explain", "130101", "funds", *now)

    assert {one["overdue"] for one in status["phases"]} == {2, 0}
    assert {one["due"] for one in status["duties"] if one["timing"] == "overdue"} == {"2020-07-04T00:00:00+08:00"}
    assert (explained["due"], explained["timing"]) == ("2020-07-04T00:00:00+08:00", "overdue")
    for surface in (shown, board):
        assert "逾期 2 项（其中未报 2 项），涉及 1 个阶段，最长逾期4天。" in surface
        assert "距标准时点还有115天" in surface
    assert overdue.replace(WORD_JOINER, "").count("4天") == 2
    assert "截至7月8日8时30分" in to_signer
    assert "应于7月3日前办结“人均经费”，已逾期4天。" in to_signer
    assert "截至2020年7月8日8时30分" in paper
    assert "应于2020年7月3日前完成，已逾期4天。" in paper
    assert {line["rung_text"] for one in foretold["notices"] for line in one["lines"]} == {"逾期4天，待签文稿"}


# every command


@pytest.mark.parametrize(
    "arguments",
    [
        ("status", "--unit", "999999"),
        ("status", "--phase", "nope"),
        ("explain", "999999", "funds"),
        ("explain", "130101", "nope"),
        ("watch", "--unit", "999999"),
        ("cases", "--unit", "999999"),
        ("notices", "--unit", "999999"),
        ("ack", "77", "--by", "甲"),
        ("extend", "77", "--by", "甲", "--reason", "停电", "--until", "2020-09-01"),
        ("waive", "77", "--by", "甲", "--reason", "停电"),
        ("sign-exit", "nope", "--unit", "130101", "--by", "甲", "--reason", "停电"),
        ("sign-exit", "zoning", "--unit", "999999", "--by", "甲", "--reason", "停电"),
        ("report", "nofile.csv", "--as-of", "2020-08-01", "--by", "甲"),
        ("plan", "check", "nofile.yaml"),
        ("plan", "show", "nofile.yaml"),
        ("load", "--plan", "nofile.yaml"),
        ("load", "--units", "nofile.csv"),
        ("calendar", "import", "nofile.csv"),
        ("status", "--as-of", "yesterday"),
        ("notices", "--day", "someday"),
    ],
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_cannot_be_done_is_refused_with_2_in_one_sentence(
    clerk: Clerk, arguments: tuple[str, ...], language: str
) -> None:
    clerk.load(PLAN, UNITS)
    clerk.set("PUCHA_LANG", language)

    answer, as_json = clerk(*arguments), clerk(*arguments, "--json")

    assert answer.code == as_json.code == 2
    assert answer.out == ""
    assert len(answer.err.strip().splitlines()) == 1
    assert "Traceback" not in answer.err
    assert as_json.data == {"error": answer.err.strip()}
    words = answer.err.replace("（区划绘图）", "").replace("（两员选聘）", "").replace("市辖区", "")
    assert any("一" <= letter <= "鿿" for letter in words) is (language == "zh")


def test_channels_are_never_printed(clerk: Clerk, mailbox: JsonSink) -> None:
    secret = "s3cr3tpath"
    contacts = f"130101001,owner,王一,{mailbox.json_url(secret)}\n130102001,owner,赵三,json://127.0.0.1:9/{secret}\n"
    told = clerk.load(PLAN, UNITS, contacts)
    printed = [told.out, told.err]
    clerk.report(DISTRICTS, "2020-08-10T17:00")

    for arguments in (
        ("watch", "--as-of", "2020-08-17T09:00"),
        ("watch", "--as-of", "2020-08-21T09:00", "--json"),
        ("notices",),
        ("notices", "--json", "--text"),
        ("cases",),
        ("explain", "130101001", "14"),
        ("explain", "130102001", "14", "--json"),
        ("status", "--json"),
        ("load", "--contacts", "contacts.csv"),
        ("channels",),
        ("vacancies",),
        ("contacts",),
        ("contacts", "--json"),
    ):
        answer = clerk(*arguments)
        printed += [answer.out, answer.err]
    clerk.file("contacts.csv", f"unit,role,name,channel\n130101001,owner,王一,gopher://{secret}\n")
    refused = clerk("load", "--contacts", "contacts.csv")

    assert refused.code == 2
    assert "第 2 行" in refused.err
    assert not [text for text in (*printed, refused.out, refused.err) if secret in text]
    assert secret.encode() not in (clerk.folder / "home" / "pucha.db").read_bytes()


def test_json_is_the_only_thing_on_standard_output(clerk: Clerk, mailbox: JsonSink) -> None:
    clerk.load(without_codes(PLAN), UNITS, people(mailbox))

    for arguments in (
        ("status",),
        ("watch", "--as-of", "2020-08-17T09:00"),
        ("cases",),
        ("notices",),
        ("explain", "130101001", "14"),
    ):
        json.loads(clerk(*arguments, "--json").out)


def test_a_campaign_goes_alike_on_every_database(clerk: Clerk, mailbox: JsonSink, new_database_url: str) -> None:
    clerk.set("PUCHA_DATABASE_URL", new_database_url)
    clerk.load(without_codes(PLAN), UNITS, people(mailbox))
    clerk.report(DISTRICTS, "2020-08-10T17:00")

    first = clerk.json("watch", "--as-of", "2020-08-17T09:00")
    waived = next(str(case["id"]) for case in clerk.json("cases") if case["unit"] == "130101")
    clerk("waive", waived, "--by", "leader1301", "--reason", "撤并", "--as-of", "2020-08-17T10:00")
    clerk.file("plan.yaml", PLAN.replace("due: T-73d", "due: 2020-08-18"))
    moved = clerk.json("load", "--plan", "plan.yaml", "--dry-run")["moved"]
    clerk.file("units.csv", "\n".join(line for line in UNITS.splitlines() if not line.startswith("130102")))
    gone = clerk.json("load", "--units", "units.csv")
    second = clerk.json("watch", "--as-of", "2020-08-18T09:00")

    assert (first["judged"], first["opened"]) == (5, 3)
    assert [case["unit"] for case in moved] == ["130101001"]
    assert (gone["units"]["removed"], gone["contacts"]["removed"], len(gone["withdrawn"])) == (3, 6, 1)
    assert (second["judged"], second["closed"]) == (3, 1)
    phases = clerk.json("status", "--as-of", "2020-08-18T09:00")["phases"]
    assert [phase["state"] for phase in phases] == ["closed", "open"]
    assert clerk("audit", "verify").code == 0


@pytest.mark.parametrize(("funds", "met"), [("85", "unmet"), ("100", "met")])
def test_explain_holds_a_figure_against_its_comparator_whether_it_is_enough_or_not(
    clerk: Clerk, funds: str, met: str
) -> None:
    beside = '"funds_arrived / population >= 10", compare: {value: 8.7, title: 全国平均}'
    clerk.load(PLAN.replace('"funds_arrived / population >= 10"', beside), UNITS)
    clerk.report(f"code,funds_arrived,population\n130101,{funds},10\n", "2020-06-10T17:00")

    told = clerk.json("explain", "130101", "funds", "--as-of", "2020-06-17T10:00")

    assert told["standing"] == met
    assert told["compared"] == ("低于全国平均 8.7" if funds == "85" else "高于全国平均 8.7")
    assert "全国平均 8.7" in clerk("explain", "130101", "funds", "--as-of", "2020-06-17T10:00").out


def test_a_word_that_is_owed_in_the_lunch_break_goes_out_in_the_afternoon(clerk: Clerk, mailbox: JsonSink) -> None:
    plan = without_codes(PLAN).replace('"08:30-17:30"', '"08:30-12:00,14:00-17:30"')
    clerk.load(plan, UNITS, people(mailbox))
    clerk.report(DISTRICTS, "2020-08-10T17:00", by="丙县王一")

    at_noon = clerk.json("watch", "--as-of", "2020-08-17T12:00")
    still = clerk.json("watch", "--as-of", "2020-08-17T13:59:59")
    after = clerk.json("watch", "--as-of", "2020-08-17T14:00")

    assert at_noon["owed"] > 0 and at_noon["delivered"] == still["delivered"] == 0
    assert after["delivered"] > 0
