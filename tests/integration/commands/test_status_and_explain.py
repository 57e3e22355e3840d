"""The contract of `status` and `explain`: whom they answer of, as of when, and the keys of the JSON answer."""

from __future__ import annotations

import pytest
from standins.webhook import JsonSink
from worlds.clerk import Clerk
from worlds.contract import DISTRICTS, PLAN, UNITS, people
from worlds.plans import without_codes


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
