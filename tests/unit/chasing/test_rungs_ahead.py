"""What comes next of a ladder: never a moment that has passed, and none that nobody can know."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from worlds.plans import PAPERS, plan_of

from models.calendar.working_time import Calendar
from models.moments import micros, moment_at
from models.rules.chasing.policy import Policy, policy_text, read_policy
from models.rules.chasing.rungs_ahead import Stand, rungs_ahead

BEIJING = ZoneInfo("Asia/Shanghai")
WEEKENDS = Calendar("test", {}, frozenset({date(2020, 1, 1).year}))
REMIND_7, REMIND_1, OVERDUE, SUPERIOR, LETTER = range(5)
LADDER = ("remind-7", "remind-1", "overdue", "superior", "letter", "head")


def at(text: str) -> int:
    return micros(datetime.fromisoformat(text).replace(tzinfo=BEIJING))


def policy() -> Policy:
    plan = plan_of(PAPERS)
    return read_policy(policy_text(plan, plan.requirements[0]))


def ahead(rung: int, heard: str | None, now: str, **how: object) -> list[tuple[str, str]]:
    """Of a duty due by the end of Wednesday 5 August 2020."""
    stand = Stand(at("2020-08-06T00:00"), rung, at(heard) if heard else None, **how)  # type: ignore[arg-type]
    return [
        (one.id, f"{moment_at(one.at, BEIJING):%m-%d %H:%M}" if one.at is not None else str(one.waits))
        for one in rungs_ahead(stand, policy(), WEEKENDS, at(now))
    ]


def test_before_anything_was_said_every_rung_has_the_moment_that_its_ladder_gives_it() -> None:
    assert ahead(-1, None, "2020-07-29T23:59") == [
        ("remind-7", "07-30 00:00"),
        ("remind-1", "08-05 00:00"),
        ("overdue", "08-06 00:00"),
        ("superior", "08-07 08:30"),
        ("letter", "08-10 08:30"),
        ("head", "08-11 08:30"),
    ]


def test_a_rung_that_has_fallen_is_said_with_the_next_pass() -> None:
    assert ahead(-1, None, "2020-07-30T00:00")[:2] == [("remind-7", "pass"), ("remind-1", "08-05 00:00")]


def test_of_own_rungs_that_have_fallen_the_last_is_said_and_what_follows_counts_from_then() -> None:
    # on Monday the tenth nobody has heard anything yet: the office hears first, the superior a working day later
    assert ahead(-1, None, "2020-08-10T09:00") == [
        ("overdue", "pass"),
        ("superior", "08-11 08:30"),
        ("letter", "08-12 08:30"),
        ("head", "08-13 08:30"),
    ]


def test_what_was_heard_late_puts_off_all_that_follows() -> None:
    assert ahead(OVERDUE, "2020-08-07T08:30", "2020-08-07T09:00") == [
        ("superior", "08-10 08:30"),
        ("letter", "08-11 08:30"),
        ("head", "08-12 08:30"),
    ]
    assert ahead(OVERDUE, "2020-08-06T08:30", "2020-08-06T09:00")[0] == ("superior", "08-07 08:30")


def test_while_nobody_has_heard_nobody_knows_when_the_next_one_comes() -> None:
    assert ahead(OVERDUE, None, "2020-08-12T09:00") == [("superior", "heard"), ("letter", "heard"), ("head", "heard")]


def test_while_only_offices_below_are_late_nobody_above_hears() -> None:
    assert ahead(OVERDUE, "2020-08-06T08:30", "2020-08-12T09:00", hushed=True)[0] == ("superior", "below")


def test_an_office_that_has_acknowledged_is_not_told_again_before_it_said() -> None:
    silent = ahead(REMIND_7, "2020-07-30T08:30", "2020-08-03T09:00", silent_until=at("2020-08-05T12:00"))
    assert silent[0] == ("remind-1", "08-05 12:00")


def test_at_the_top_of_the_ladder_nothing_comes() -> None:
    assert ahead(len(LADDER) - 1, "2020-08-11T08:30", "2020-08-11T09:00") == []
