"""The contract of `watch`, `notices`, `cases` and of what people decide: whom a pass tells, and what a decision changes."""

from __future__ import annotations

import re

import pytest
from standins.webhook import JsonSink
from worlds.clerk import Clerk
from worlds.contract import DISTRICTS, PLAN, UNITS, people
from worlds.plans import without_codes

from deployments.console import moment, read_store
from tasks import boards
from tasks.judging.status import read_statuses

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


def test_a_word_that_is_owed_in_the_lunch_break_goes_out_in_the_afternoon(clerk: Clerk, mailbox: JsonSink) -> None:
    plan = without_codes(PLAN).replace('"08:30-17:30"', '"08:30-12:00,14:00-17:30"')
    clerk.load(plan, UNITS, people(mailbox))
    clerk.report(DISTRICTS, "2020-08-10T17:00", by="丙县王一")

    at_noon = clerk.json("watch", "--as-of", "2020-08-17T12:00")
    still = clerk.json("watch", "--as-of", "2020-08-17T13:59:59")
    after = clerk.json("watch", "--as-of", "2020-08-17T14:00")

    assert at_noon["owed"] > 0 and at_noon["delivered"] == still["delivered"] == 0
    assert after["delivered"] > 0
