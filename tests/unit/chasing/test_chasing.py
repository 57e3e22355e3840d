"""Which cases open and close, and which rung of its ladder a case comes to at which moment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from worlds.plans import phase, plan_of, trial

from models.calendar.working_time import OfficeHours, Offset
from models.moments import micros
from models.plan.model import Rung
from models.rules.chasing.chasing import (
    Decided,
    decide_rungs,
    going_on,
    next_run,
    not_met,
    rung_table,
    to_be_heard,
    to_close,
    to_open,
    with_earliest,
    with_stand,
)
from models.rules.chasing.policy import Policy, policy_text, read_policy
from tasks.campaign.calendars import load_calendar
from tasks.chasing.cases import CASES

BEIJING = ZoneInfo("Asia/Shanghai")
CHINA = load_calendar("china", Path("/nonexistent"))
HOURS = OfficeHours(time(8, 30), time(17, 30))

STANDARD = (
    "remind-7 -7d unit.owner",
    "remind-1 -1d unit.owner unit.leader",
    "overdue +0d unit.owner unit.leader",
    "superior +1wd superior.owner",
    "letter +2wd superior.leader draft",
    "head +3wd government.head signed",
)


def beijing(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


def us(text: str) -> int:
    return micros(beijing(text))


def ladder(*rungs: str, always: bool = False) -> Policy:
    """A policy from lines such as "overdue +0d unit.owner unit.leader"; `draft` or `signed` at the end makes a paper."""
    made = []
    for line in rungs:
        name, at, *to = line.split()
        draft = "letter" if "draft" in to else None
        signer = "superior.leader" if "signed" in to else None
        whom = tuple(one for one in to if "." in one)
        made.append(Rung(name, Offset.parse(at), whom, draft, signer))
    return Policy(tuple(made), always, HOURS, BEIJING)


def decide(policy: Policy, now: str, due: str = "2020-08-06T00:00", **state: object) -> Decided:
    """What becomes of one case under `policy` at `now`. state: rung (its id), fired, settled, quiet_until, hushed, below, told (since it was due)."""
    ids = [rung.id for rung in policy.rungs]
    moment = {
        name: us(str(state[name])) if state.get(name) else None
        for name in ("fired", "settled", "quiet_until", "hushed")
    }
    rung = ids.index(str(state["rung"])) if state.get("rung") else -1
    row = {
        "case": 1,
        "unit": "990101",
        "requirement": "p.r",
        "period": "",
        "due": us(due),
        "policy": 7,
        "rung": rung,
        "fired_at": moment["fired"],
        "settled_at": moment["settled"],
        "acknowledged_until": moment["quiet_until"],
        "hushed_since": moment["hushed"],
    }
    told = bool(state.get("told"))
    cases = pl.DataFrame([row], schema=CASES).with_columns(
        late_below=pl.lit(state.get("below"), pl.Int64), told_late=pl.lit(told)
    )
    rungs = rung_table(cases, {7: policy}, CHINA)
    return decide_rungs(with_stand(cases, rungs, us(now)), rungs, {7: policy}, CHINA, beijing(now))


def fires(policy: Policy, now: str, due: str = "2020-08-06T00:00", **state: object) -> list[str]:
    return decide(policy, now, due, **state).fired["id"].to_list()


standard = ladder(*STANDARD)


@pytest.mark.parametrize(("now", "expected"), [("2020-07-29T23:59:59.999999", []), ("2020-07-30T00:00", ["remind-7"])])
def test_the_first_reminder_falls_exactly_seven_days_before_the_due_moment(now: str, expected: list[str]):
    assert fires(standard, now) == expected


def test_a_rung_that_has_fired_does_not_fire_again():
    assert fires(standard, "2020-07-30T00:15", rung="remind-7", fired="2020-07-30T00:00") == []


def test_a_clock_put_back_fires_nothing_again():
    assert fires(standard, "2020-07-30T09:00", rung="overdue", fired="2020-08-06T00:00") == []


def test_a_duty_first_seen_long_overdue_tells_its_own_office_and_nobody_above():
    found = decide(standard, "2020-09-15T09:00")
    assert found.fired["id"].to_list() == ["overdue"]
    assert found.overtaken["id"].to_list() == ["remind-7", "remind-1"]


def test_after_three_days_down_the_latest_of_the_office_s_own_rungs_overtakes_the_others():
    found = decide(standard, "2020-08-06T09:00", rung="remind-7", fired="2020-07-30T00:00")
    assert found.fired["id"].to_list() == ["overdue"]
    assert found.overtaken["id"].to_list() == ["remind-1"]


def test_a_superior_hears_nothing_while_it_is_open_whether_the_office_was_told():
    assert fires(standard, "2020-08-31T09:00", rung="overdue", fired="2020-08-06T00:00") == []


@pytest.mark.parametrize(("now", "expected"), [("2020-08-07T08:29:59", []), ("2020-08-07T08:30", ["superior"])])
def test_a_superior_hears_at_the_opening_one_working_day_after_the_date(now: str, expected: list[str]):
    told = {"rung": "overdue", "fired": "2020-08-06T00:00", "settled": "2020-08-06T08:31"}
    assert fires(standard, now, **told) == expected


@pytest.mark.parametrize(
    ("settled", "now", "expected"),
    [
        ("2020-08-06T23:59:59", "2020-08-07T08:30", ["superior"]),
        ("2020-08-07T00:00", "2020-08-07T17:29", []),
        ("2020-08-07T00:00", "2020-08-10T08:29:59", []),
        ("2020-08-07T00:00", "2020-08-10T08:30", ["superior"]),
    ],
    ids=["on the same date", "a day late, not yet", "over the weekend, not yet", "a working day after it was heard"],
)
def test_a_distance_in_working_days_counts_from_the_date_on_which_the_office_heard(
    settled: str, now: str, expected: list[str]
):
    assert fires(standard, now, rung="overdue", fired="2020-08-06T00:00", settled=settled) == expected


@pytest.mark.parametrize(("now", "expected"), [("2020-08-07T16:59", []), ("2020-08-07T17:00", ["superior"])])
def test_a_distance_in_days_is_kept_from_an_office_that_heard_late_on_the_same_day(now: str, expected: list[str]):
    daily = ladder("missing +0d unit.owner", "superior +1d superior.owner")
    told = {"rung": "missing", "fired": "2020-08-06T17:00", "settled": "2020-08-06T17:00"}
    assert fires(daily, now, **told) == expected


@pytest.mark.parametrize(("now", "expected"), [("2020-08-10T08:29", []), ("2020-08-10T08:30", ["leader"])])
def test_between_a_working_day_and_a_day_the_working_days_between_are_kept(now: str, expected: list[str]):
    mixed = ladder("superior +1wd superior.owner", "leader +2d superior.leader", always=True)
    told = {"rung": "superior", "fired": "2020-08-07T08:40", "settled": "2020-08-07T08:40"}
    assert fires(mixed, now, **told) == expected


@pytest.mark.parametrize(("now", "expected"), [("2020-08-10T17:00", []), ("2020-08-11T08:30", ["superior"])])
def test_an_office_that_is_told_on_monday_has_the_monday_to_itself(now: str, expected: list[str]):
    told = {"rung": "overdue", "fired": "2020-08-08T00:00", "settled": "2020-08-10T08:30"}
    assert fires(standard, now, due="2020-08-08T00:00", **told) == expected


@pytest.mark.parametrize(("now", "expected"), [("2020-10-09T17:00", []), ("2020-10-10T08:30", ["superior"])])
def test_over_the_national_day_the_superior_hears_on_the_make_up_saturday(now: str, expected: list[str]):
    told = {"rung": "overdue", "fired": "2020-10-01T00:00", "settled": "2020-10-09T08:30"}
    assert fires(standard, now, due="2020-10-01T00:00", **told) == expected


@pytest.mark.parametrize(("now", "expected"), [("2020-10-09T08:29", []), ("2020-10-09T08:30", ["superior"])])
def test_round_the_clock_the_superior_of_an_office_told_at_midnight_hears_at_the_first_opening(
    now: str, expected: list[str]
):
    duty_roster = ladder(*STANDARD, always=True)
    told = {"rung": "overdue", "fired": "2020-10-01T00:00", "settled": "2020-10-01T00:00"}
    assert fires(duty_roster, now, due="2020-10-01T00:00", **told) == expected


@pytest.mark.parametrize(("now", "expected"), [("2020-08-11T08:29", []), ("2020-08-11T08:30", ["superior"])])
def test_a_distance_in_days_begins_anew_at_the_moment_at_which_the_office_heard(now: str, expected: list[str]):
    daily = ladder("missing +0d unit.owner", "superior +1d superior.owner")
    told = {"rung": "missing", "fired": "2020-08-08T00:00", "settled": "2020-08-10T08:30"}
    assert fires(daily, now, due="2020-08-08T00:00", **told) == expected


@pytest.mark.parametrize(
    ("rung", "settled", "now", "expected"),
    [
        ("superior", "2020-08-20T10:00", "2020-08-20T17:00", []),
        ("superior", "2020-08-20T10:00", "2020-08-21T08:30", ["letter"]),
        ("letter", "2020-08-21T10:00", "2020-08-24T08:29", []),
        ("letter", "2020-08-21T10:00", "2020-08-24T08:30", ["head"]),
        ("head", "2020-08-24T10:00", "2020-12-31T09:00", []),
    ],
)
def test_every_rung_above_keeps_its_distance_from_a_late_one_below(
    rung: str, settled: str, now: str, expected: list[str]
):
    assert fires(standard, now, rung=rung, fired=settled, settled=settled) == expected


def test_rungs_above_never_fire_two_at_a_time():
    told = {"rung": "overdue", "fired": "2020-08-06T00:00", "settled": "2020-08-06T08:30"}
    assert fires(standard, "2020-09-30T09:00", **told) == ["superior"]


def earliest(policy: Policy, rung: str, settled: str | None) -> list[tuple[str, int | None]]:
    """From when the rungs after `rung` may fire, asked ahead of time."""
    no = next(place for place, one in enumerate(policy.rungs) if one.id == rung)
    stand = {"case": [1], "policy": [7], "due": [us("2020-08-06T00:00")], "rung": [no]}
    case = pl.DataFrame(stand).with_columns(settled_at=pl.lit(us(settled) if settled else None, pl.Int64))
    rungs = rung_table(case, {7: policy}, CHINA)
    return with_earliest(next_run(case, rungs), rungs, {7: policy}, CHINA).select("id", "earliest").rows()


@pytest.mark.parametrize("settled", ["2020-08-06T08:30", "2020-08-08T10:00", "2020-08-10T17:45", "2020-09-30T18:00"])
@pytest.mark.parametrize(("rung", "following"), [("overdue", "superior"), ("superior", "letter"), ("letter", "head")])
def test_whoever_asks_ahead_when_the_next_rung_falls_hears_the_moment_at_which_it_fires(
    rung: str, following: str, settled: str
):
    [(name, falls)] = earliest(standard, rung, settled)
    assert name == following
    assert falls is not None
    on_it, before = (datetime.fromtimestamp((falls - less) / 1e6, BEIJING).isoformat()[:-6] for less in (0, 1))
    assert fires(standard, on_it, rung=rung, fired=settled, settled=settled) == [following]
    assert fires(standard, before, rung=rung, fired=settled, settled=settled) == []


def test_asked_ahead_an_escalation_is_open_until_the_rung_below_is_heard_and_a_reminder_waits_for_nobody():
    assert earliest(standard, "overdue", None) == [("superior", None)]
    assert earliest(standard, "remind-7", None) == [
        ("remind-1", us("2020-08-05T00:00")),
        ("overdue", us("2020-08-06T00:00")),
    ]


def test_a_word_to_a_superior_is_never_lost_to_a_later_one_to_the_office():
    again = ladder("overdue +0d unit.owner", "superior +1d superior.owner", "again +2d unit.owner")
    waiting = {"rung": "superior", "fired": "2020-08-20T09:00"}
    assert fires(again, "2020-08-20T09:15", **waiting) == []
    assert fires(again, "2020-08-20T09:15", settled="2020-08-20T09:14", **waiting) == ["again"]


def test_a_holiday_that_would_turn_the_ladder_round_does_not():
    mixed = ladder("overdue +0d unit.owner", "superior +1wd superior.owner", "again +3d unit.owner")
    told = {"rung": "overdue", "fired": "2020-10-01T00:00", "settled": "2020-10-01T09:00"}
    assert fires(mixed, "2020-10-04T09:00", due="2020-10-01T00:00", **told) == []
    assert fires(mixed, "2020-10-09T08:30", due="2020-10-01T00:00", **told) == ["superior"]
    later = {"rung": "superior", "fired": "2020-10-09T08:30", "settled": "2020-10-09T08:30"}
    assert fires(mixed, "2020-10-09T08:45", due="2020-10-01T00:00", **later) == ["again"]


@pytest.mark.parametrize(("now", "expected"), [("2020-08-06T16:59", []), ("2020-08-06T17:00", ["overdue"])])
def test_an_acknowledged_case_is_silent_until_its_time_and_not_longer(now: str, expected: list[str]):
    assert fires(standard, now, rung="remind-1", fired="2020-08-05T00:00", quiet_until="2020-08-06T17:00") == expected


def test_an_office_late_only_because_of_those_below_hears_of_it_once_after_the_due_moment():
    nagging = ladder("overdue +0d unit.owner", "again +1d unit.owner", "superior +2d superior.owner")
    assert fires(nagging, "2020-08-06T00:00", below=3) == ["overdue"]
    told = {"rung": "overdue", "fired": "2020-08-06T00:00", "settled": "2020-08-06T08:30", "below": 3}
    assert fires(nagging, "2020-08-07T00:00", told=False, **told) == ["again"]
    told["told"] = True
    assert fires(nagging, "2020-08-07T00:00", **told) == []
    assert fires(nagging, "2020-08-31T00:00", **told) == []


def test_nobody_above_hears_of_an_office_that_is_late_only_because_of_those_below():
    told = {"rung": "overdue", "fired": "2020-08-06T00:00", "settled": "2020-08-06T08:30", "below": 3}
    found = decide(standard, "2020-08-07T08:30", **told)
    assert found.fired.is_empty()
    assert found.hushed["case"].to_list() == [1]
    assert decide(standard, "2020-08-07T08:45", hushed="2020-08-07T08:30", **told).hushed.is_empty()


@pytest.mark.parametrize(("now", "expected"), [("2020-08-12T17:00", []), ("2020-08-13T08:30", ["superior"])])
def test_an_office_that_is_late_by_itself_again_has_the_whole_distance_before_it(now: str, expected: list[str]):
    told = {"rung": "overdue", "fired": "2020-08-06T00:00", "settled": "2020-08-06T08:30"}
    freed = decide(standard, "2020-08-12T10:00", hushed="2020-08-07T08:30", **told)
    assert freed.fired.is_empty()
    assert freed.freed["case"].to_list() == [1]
    assert fires(standard, now, **{**told, "settled": "2020-08-12T10:00"}) == expected


def test_before_the_due_moment_an_office_is_reminded_whatever_stands_below_it():
    assert fires(standard, "2020-08-05T00:00", rung="remind-7", fired="2020-07-30T00:00") == ["remind-1"]


def verdicts(
    standing: str, due: str = "2020-08-06T00:00", warns: str = "2020-07-30T00:00", waived: bool = False
) -> pl.DataFrame:
    row = {
        "unit": "990101",
        "requirement": "p.r",
        "period": "",
        "place": 0,
        "standing": standing,
        "due": us(due),
        "warns": us(warns),
        "waived": waived,
    }
    return pl.DataFrame([row]).with_columns(pl.col("requirement").cast(pl.Categorical))


NOBODY = pl.DataFrame(schema=CASES)
SOMEBODY = pl.DataFrame(
    [{"case": 4, "unit": "990101", "requirement": "p.r", "period": "", "due": us("2020-08-06T00:00")}]
)


@pytest.mark.parametrize(("now", "count"), [("2020-07-29T23:59:59", 0), ("2020-07-30T00:00", 1)])
def test_a_duty_is_chased_from_its_first_reminder_on(now: str, count: int):
    assert to_open(not_met(verdicts("unreported")), NOBODY, beijing(now)).height == count


@pytest.mark.parametrize("verdict", [verdicts("met"), verdicts("unmet", waived=True)], ids=["met", "waived"])
def test_nobody_is_chased_for_what_is_met_or_waived(verdict: pl.DataFrame):
    assert to_open(not_met(verdict), NOBODY, beijing("2020-09-01T09:00")).is_empty()


def test_a_duty_that_somebody_is_after_gets_no_second_case():
    assert to_open(not_met(verdicts("unmet")), SOMEBODY, beijing("2020-09-01T09:00")).is_empty()


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        (verdicts("met"), ["met"]),
        (verdicts("unmet", waived=True), ["waived"]),
        (verdicts("met", waived=True), ["waived"]),
        (verdicts("met").clear(), ["withdrawn"]),
        (verdicts("unmet"), []),
        (verdicts("unreported"), []),
    ],
    ids=["met", "waived", "waived and met", "owed no longer", "unmet", "unreported"],
)
def test_a_case_closes_when_its_duty_is_met_waived_or_owed_no_longer(verdict: pl.DataFrame, expected: list[str]):
    assert closing(verdict)["closed_as"].to_list() == expected


LATER = ("2020-08-06T00:00:01", "2020-08-06T00:00:00")
"""A moment after that with which somebody's case opened, and the moment itself."""


def closing(verdict: pl.DataFrame, of_rows: Sequence[str] = (), offices: pl.Series | None = None) -> pl.DataFrame:
    there = None if offices is None else lambda: offices
    return to_close(verdict, going_on(not_met(verdict), SOMEBODY, of_rows), SOMEBODY, of_rows, there)


@pytest.mark.parametrize(("due", "closed", "opens"), [(LATER[0], ["met"], 1), (LATER[1], [], 0)])
def test_a_case_over_rows_closes_when_no_row_is_due_by_its_moment_and_a_later_row_opens_the_next(
    due: str, closed: list[str], opens: int
):
    verdict, now = verdicts("unmet", due), beijing("2020-09-01T09:00")

    lacking = not_met(verdict)

    assert closing(verdict, ["p.r"])["closed_as"].to_list() == closed
    assert to_open(lacking, going_on(lacking, SOMEBODY, ["p.r"]), now).height == opens
    assert closing(verdict, ["p.other"]).is_empty()


def test_a_case_over_rows_goes_on_when_a_row_that_is_due_before_it_comes_in():
    verdict = verdicts("unmet", "2020-08-01T00:00")

    assert closing(verdict, ["p.r"]).is_empty()


def test_a_case_over_rows_closes_when_none_of_those_that_are_left_has_a_day():
    verdict = verdicts("unmet").with_columns(pl.lit(None, pl.Int64).alias("due"), pl.lit(None, pl.Int64).alias("warns"))

    assert closing(verdict, ["p.r"])["closed_as"].to_list() == ["met"]


@pytest.mark.parametrize(("offices", "closed_as"), [(["990101"], "met"), (["990102"], "withdrawn")])
def test_a_duty_over_rows_that_is_there_no_more_is_met_unless_its_office_is_gone(offices: list[str], closed_as: str):
    verdict = verdicts("met").clear()

    closed = closing(verdict, ["p.r"], pl.Series(offices))

    assert closed["closed_as"].to_list() == [closed_as]


def test_nobody_is_chased_for_a_row_that_no_day_is_set_for():
    verdict = verdicts("unmet").with_columns(pl.lit(None, pl.Int64).alias("due"), pl.lit(None, pl.Int64).alias("warns"))

    assert to_open(not_met(verdict), NOBODY, beijing("2020-09-01T09:00")).is_empty()


def test_a_case_that_follows_a_new_ladder_passes_no_rung_twice():
    shorter = ladder("remind-1 -1d unit.owner", "overdue +0d unit.owner", "superior +1wd superior.owner")
    assert shorter.place_of(standard, 2) == 1
    assert standard.place_of(shorter, 2) == 3
    assert shorter.place_of(standard, 0) == -1
    assert ladder("other +0d unit.owner").place_of(standard, 5) == -1


def test_a_case_keeps_the_lunch_break_of_the_plan_with_which_it_opened():
    owed = '{id: r, title: 乙, judged_at: township, met_when: "staff >= 1", due: T-2d}'
    text = trial(["staff: {title: 两员, level: township, roll_up: sum}"], [phase("p", "甲", "T-9d", "T-1d", [owed])])
    plan = plan_of(f'office_hours: "08:30-12:00,14:00-17:30"\n{text}')

    kept = read_policy(policy_text(plan, plan.requirements[0]))

    assert str(kept.office_hours) == "08:30-12:00,14:00-17:30"


def asked_after(rung: str, now: str, **state: object) -> bool:
    """Whether a pass at `now` asks if the rung that a case stands at was heard."""
    policy = ladder(*STANDARD)
    places = [one.id for one in policy.rungs]
    row = {
        **dict.fromkeys(CASES),
        "case": 1,
        "policy": 1,
        "due": us("2020-08-06T00:00"),
        "rung": places.index(rung) if rung else -1,
        "settled_at": us(str(state["settled"])) if "settled" in state else None,
        "hushed_since": us(str(state["hushed"])) if "hushed" in state else None,
    }
    cases = pl.DataFrame([row], schema=CASES)
    return to_be_heard(with_stand(cases, rung_table(cases, {1: policy}, CHINA), us(now))).height == 1


@pytest.mark.parametrize(
    ("rung", "now", "state", "expected"),
    [
        ("overdue", "2020-08-07T08:29:59", {}, False),
        ("overdue", "2020-08-07T08:30", {}, True),
        ("overdue", "2020-08-07T08:30", {"settled": "2020-08-06T09:00"}, False),
        ("overdue", "2020-08-06T12:00", {"hushed": "2020-08-06T09:00"}, True),
        ("superior", "2020-08-10T08:29:59", {}, False),
        ("letter", "2020-08-10T12:00", {}, True),
        ("head", "2020-12-01T00:00", {}, True),
        ("", "2020-08-05T00:00", {}, False),
    ],
    ids=[
        "a second before the next rung falls",
        "the next rung falls",
        "that was noted before",
        "it goes no higher for the sake of those below",
        "a superior was told and nobody above is due",
        "a paper lies there to be signed",
        "a paper at the end of the ladder",
        "nobody was told anything yet",
    ],
)
def test_whether_a_rung_was_heard_is_asked_once_it_matters(rung: str, now: str, state: dict[str, str], expected: bool):
    assert asked_after(rung, now, **state) is expected
