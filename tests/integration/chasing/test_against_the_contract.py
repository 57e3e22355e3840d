"""Random plans, reports, outages, clocks and decisions: the product says what the oracle says, and nothing else."""

from __future__ import annotations

import os
from datetime import timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from standins.acts import Accept, DropAfterAccept, Reset, Status
from worlds.campaign import at
from worlds.chases import Chase
from worlds.random_campaigns import STARTS, Campaigned, Happens, campaigns, events
from worlds.trials import trial

from models.moments import micros

TRIALS = int(os.environ.get("PUCHA_TEST_TRIALS", "6"))


@pytest.mark.timeout(200 + 20 * TRIALS)
@settings(max_examples=TRIALS, deadline=None, suppress_health_check=list(HealthCheck))
@given(made=campaigns, happenings=st.lists(events, min_size=10, max_size=40))
def test_whatever_happens_the_product_says_what_the_contract_says(made: Campaigned, happenings: list[Happens]):
    with trial(made) as one:
        for event in sorted(happenings, key=lambda event: (event.hour, event.what in ("pass", "killed", "at once"))):
            one.happen(event)
        one.end()


ACTS = (
    Accept(),
    Accept(),
    Accept(),
    Status(503),
    Status(404),
    Reset(),
    DropAfterAccept(),
    Status(429, retry_after="60"),
)


@pytest.mark.timeout(200 + 20 * TRIALS)
@settings(max_examples=max(TRIALS // 3, 1), deadline=None, suppress_health_check=list(HealthCheck))
@given(made=campaigns, seed=st.integers(0, 10**6), down=st.sets(st.integers(0, 47), max_size=30))
def test_whatever_providers_do_no_word_is_lost_or_said_twice_and_no_superior_hears_first(
    made: Campaigned, seed: int, down: set[int]
):
    chance = Random(seed)
    with trial(made) as one:
        chase = one.chase
        chase.sink.decide = lambda _: chance.choice(ACTS)
        hours = [STARTS + timedelta(days=day, hours=hour) for day in range(12) for hour in (9, 10, 12, 16)]
        for number, now in enumerate(hours):
            if number not in down:
                chase.campaign.watch(now.isoformat())
        chase.sink.decide = None
        for day in range(17, 32):
            for hour in (9, 11, 14, 17):
                chase.campaign.watch((STARTS + timedelta(days=day, hours=hour)).isoformat())
        assert no_word_waits_for_ever(chase) == []
        assert said_twice_without_a_mark(chase) == []
        assert superiors_who_heard_first(chase) == []


def no_word_waits_for_ever(chase: Chase) -> list[tuple[object, ...]]:
    """Notices that are neither accepted nor given up nor taken back though everything works again."""
    end = micros(at((STARTS + timedelta(days=30)).isoformat()))
    return chase.rows(
        "SELECT id, state, not_before, next_try, attempts FROM notices WHERE settled_at IS NULL AND created_at < :end",
        end=end,
    )


def said_twice_without_a_mark(chase: Chase) -> list[str | None]:
    """Notices that arrived more than once without a word that they may be repeats."""
    seen: set[str | None] = set()
    twice = []
    for message in chase.sink.accepted:
        if message.number in seen and not message.repeat:
            twice.append(message.number)
        seen.add(message.number)
    return twice


def superiors_who_heard_first(chase: Chase) -> list[tuple[object, ...]]:
    """Lines of rungs above that were owed before every word of the office's own rungs was accepted or given up.

    A roll-up line is of no rung and comes when it comes.
    """
    return chase.rows(
        "SELECT c.unit, c.requirement, c.period, upper.rung FROM notice_lines upper JOIN cases c ON c.id = upper.case_id"
        " JOIN notice_lines own ON own.case_id = c.id AND own.rung_no < upper.rung_no AND own.rung_no >= 0"
        " AND own.unit = c.unit AND own.state = 'live'"
        " JOIN notices n ON n.id = own.notice_id"
        " WHERE upper.kind = 'superior' AND upper.role <> 'admin' AND upper.rung NOT IN"
        " (SELECT l.rung FROM notice_lines l WHERE l.case_id = c.id AND l.unit = c.unit) AND NOT EXISTS"
        " (SELECT 1 FROM notice_lines l JOIN notices m ON m.id = l.notice_id WHERE l.case_id = c.id AND l.rung = own.rung"
        " AND m.settled_at <= upper.owed_at)"
    )
