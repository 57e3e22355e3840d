"""Random plans, reports, outages, clocks and decisions: the product says what the oracle says, and nothing else."""

from __future__ import annotations

import os
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracle import Line, Oracle, Owes, Step
from sqlalchemy import insert
from standins.acts import Accept, DropAfterAccept, Reset, Status
from standins.webhook import JsonSink
from worlds import county
from worlds.campaign import at, by, make_campaign
from worlds.chases import Chase

from models.moments import micros
from models.tables import Reading
from tasks.chasing.decisions import decide

UNITS = {
    "9901": "city",
    "990101": "county",
    "990101001": "township",
    "990101002": "township",
    "990101001001": "village",
    "990101001002": "village",
    "990101002001": "village",
}
SUPERIORS = {
    "9901": None,
    "990101": "9901",
    "990101001": "990101",
    "990101002": "990101",
    "990101001001": "990101001",
    "990101001002": "990101001",
    "990101002001": "990101002",
}
STARTS = datetime.fromisoformat("2020-09-21T00:00")
TRIALS = int(os.environ.get("PUCHA_TEST_TRIALS", "12"))
FAR = 30 * 24
"""Hours that a trial may last: over the National Day and its make-up Saturday."""
OWN = ("unit.owner", "unit.leader")
ABOVE = ("superior.owner", "superior.leader", "government.leader")


@st.composite
def ladders(draw: st.DrawFn) -> tuple[Step, ...]:
    """Rungs in the order in which a plan must name them: by number, days before working days."""
    offsets = st.tuples(st.integers(-5, 4), st.booleans()).filter(lambda offset: offset != (0, True))
    found = []
    for number, (days, working) in enumerate(sorted(draw(st.lists(offsets, min_size=1, max_size=5)))):
        above = draw(st.booleans()) if number else False
        to = draw(st.lists(st.sampled_from(ABOVE if above else OWN), min_size=1, max_size=2, unique=True))
        found.append(Step(f"r{number}", days, working, tuple(to)))
    return tuple(found)


@st.composite
def plans(draw: st.DrawFn) -> list[Owes]:
    """A few requirements of each kind; a county's sum is answered by its townships."""
    found = []
    for number in range(draw(st.integers(1, 4))):
        always = draw(st.booleans())
        level = draw(st.sampled_from(["county", "township", "village"]))
        due = None
        if draw(st.integers(0, 4)):
            due = STARTS + timedelta(days=draw(st.integers(2, 22)), hours=draw(st.sampled_from([0, 0, 0, 9, 18])))
        owes = Owes(
            phase="field" if always else "office",
            id=f"a{number}",
            level=level,
            figure=f"f{number}",
            at=level,
            at_least=1,
            due=due,
            steps=draw(ladders()),
            always=always,
        )
        found.append(owes)
        if level != "county" and due is not None and draw(st.booleans()):
            least = draw(st.integers(1, 3))
            found.append(
                Owes(
                    phase=owes.phase,
                    id=f"sum{number}",
                    level="county",
                    figure=owes.figure,
                    at=level,
                    at_least=least,
                    due=due,
                    steps=draw(ladders()),
                    always=always,
                    answered_by=owes.key,
                )
            )
    return found


@dataclass(frozen=True)
class Happens:
    """Something at an hour: a "pass", one that is "killed" at a statement, several "at once", a "report" (figure of a
    unit), or a decision on the n-th open case."""

    hour: int
    what: str
    pick: int = 0
    value: int = 0


events = st.one_of(
    st.builds(Happens, st.integers(0, FAR), st.just("pass")),
    st.builds(Happens, st.integers(0, FAR), st.just("report"), st.integers(0, 60), st.integers(0, 1)),
    st.builds(Happens, st.integers(0, FAR), st.sampled_from(["ack", "extend", "waive"]), st.integers(0, 60)),
    st.builds(Happens, st.integers(0, FAR), st.just("killed"), st.integers(0, 60)),
    st.builds(Happens, st.integers(0, FAR), st.just("at once"), st.sampled_from([2, 4])),
    st.builds(Happens, st.integers(0, FAR // 24 - 1).map(lambda day: day * 24 + 9), st.just("pass")),
)
VACANT = st.sets(
    st.tuples(st.sampled_from([unit for unit in UNITS if unit != "9901"]), st.sampled_from(["owner", "leader"])),
    max_size=3,
)


class Trial:
    """One random campaign, told to the product and to the oracle."""

    def __init__(self, chase: Chase, owed: list[Owes], contacts: dict[tuple[str, str], str]) -> None:
        self.chase, self.owed = chase, owed
        days = [(STARTS + timedelta(days=n)).date() for n in range(24)]
        self.oracle = Oracle(owed, SUPERIORS, UNITS, contacts, days)
        self.batch = 0

    def happen(self, event: Happens) -> None:
        now = STARTS + timedelta(hours=event.hour)
        if event.what in ("pass", "killed", "at once"):
            if event.what == "killed":
                self.chase.killed(now.isoformat(), event.pick)
            elif event.what == "at once":
                self.chase.at_once(now.isoformat(), event.pick)
            self.watch(now)
        elif event.what == "report":
            self.report(now, event)
        else:
            self.decide(now, event)

    def watch(self, now: datetime) -> None:
        before = len(self.chase.sink.accepted)
        self.chase.watch(now.isoformat())
        assert arrived(self.chase, before) == {who: sorted(m) for who, m in self.oracle.watch(now).items()}, f"at {now}"

    def report(self, now: datetime, event: Happens) -> None:
        pairs = [
            (unit, o.figure) for o in self.owed if o.at == o.level for unit, level in UNITS.items() if level == o.level
        ]
        unit, figure = pairs[event.pick % len(pairs)]
        moment = micros(at(now.isoformat()))
        self.batch += 1
        with self.chase.campaign.store.writing() as connection:
            rows = {
                "indicator": figure,
                "unit": unit,
                "as_of": moment,
                "batch": self.batch,
                "value": event.value,
            }
            connection.execute(insert(Reading), [rows])
        self.oracle.report(unit, figure, event.value, now.date())

    def decide(self, now: datetime, event: Happens) -> None:
        found = self.chase.rows("SELECT id, unit, requirement, period FROM cases WHERE closed_at IS NULL ORDER BY id")
        if not found:
            return
        number, unit, requirement, period = found[event.pick % len(found)]
        duty, later = (unit, requirement, period), now + timedelta(hours=30)
        if event.what == "extend":
            later = max(self.oracle.due[duty], now) + timedelta(days=3)
        moment = at(later.isoformat()) if event.what != "waive" else None
        name = self.chase.campaign.who_may(event.what, unit)
        assert name is not None  # each office has a head
        who = by(name, now.isoformat())
        decide(self.chase.campaign.store, event.what, number, who, moment)
        if event.what == "ack":
            self.oracle.acknowledge(duty, now, later)
        elif event.what == "extend":
            self.oracle.extend(duty, later)
        else:
            self.oracle.waive(duty)


def arrived(chase: Chase, before: int) -> dict[str, list[list[Line]]]:
    """Who got which messages since `before`, with the lines that the ledger holds under their numbers."""
    found: dict[str, list[list[Line]]] = defaultdict(list)
    query = (
        "SELECT c.unit, c.requirement, c.period, l.rung FROM notice_lines l JOIN cases c ON c.id = l.case_id"
        " WHERE l.state = 'live' AND l.notice_id = :number"
    )
    for message in chase.sink.accepted[before:]:
        if message.to.strip("/") != "admin":
            found[message.to.strip("/")].append(sorted(chase.rows(query, number=int(message.number[1:]))))  # type: ignore[arg-type]
    return {who: sorted(messages) for who, messages in found.items()}


@contextmanager
def trial(owed: list[Owes], vacant: set[tuple[str, str]], database_url: str | None = None) -> Iterator[Trial]:
    contacts = {
        (unit, role): f"{unit}/{role}"
        for unit in UNITS
        for role in ("owner", "leader", "head")
        if (unit, role) not in vacant
    }
    with JsonSink() as sink, tempfile.TemporaryDirectory() as folder:
        campaign = make_campaign(
            Path(folder),
            database_url,
            plan=county.plan_yaml(owed, STARTS.date(), STARTS.date() + timedelta(days=24)),
            units="code,name\n" + "".join(f"{unit},单位{unit}\n" for unit in UNITS),
            contacts="".join(
                f"{unit},{role},{unit}{role},{sink.json_url(path)}\n" for (unit, role), path in contacts.items()
            ),
            admin_channel=sink.json_url("admin"),
        )
        yield Trial(Chase(campaign, sink), owed, contacts)
        campaign.store.engine.dispose()


@pytest.mark.timeout(200 + 20 * TRIALS)
@settings(max_examples=TRIALS, deadline=None, suppress_health_check=list(HealthCheck))
@given(owed=plans(), happenings=st.lists(events, min_size=10, max_size=40), vacant=VACANT)
def test_whatever_happens_the_product_says_what_the_contract_says(
    owed: list[Owes], happenings: list[Happens], vacant: set[tuple[str, str]]
):
    with trial(owed, vacant) as one:
        for event in sorted(happenings, key=lambda event: (event.hour, event.what in ("pass", "killed", "at once"))):
            one.happen(event)


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
@settings(max_examples=max(TRIALS // 4, 1), deadline=None, suppress_health_check=list(HealthCheck))
@given(owed=plans(), vacant=VACANT, seed=st.integers(0, 10**6), down=st.sets(st.integers(0, 47), max_size=30))
def test_whatever_providers_do_no_word_is_lost_or_said_twice_and_no_superior_hears_first(
    owed: list[Owes], vacant: set[tuple[str, str]], seed: int, down: set[int]
):
    chance = Random(seed)
    with trial(owed, vacant) as one:
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
    """Lines of rungs above that were owed before every word of the office's own rungs was accepted or given up."""
    return chase.rows(
        "SELECT c.unit, c.requirement, c.period, upper.rung FROM notice_lines upper JOIN cases c ON c.id = upper.case_id"
        " JOIN notice_lines own ON own.case_id = c.id AND own.rung_no < upper.rung_no AND own.unit = c.unit AND own.state = 'live'"
        " JOIN notices n ON n.id = own.notice_id"
        " WHERE upper.kind = 'superior' AND upper.role <> 'admin' AND upper.rung NOT IN"
        " (SELECT l.rung FROM notice_lines l WHERE l.case_id = c.id AND l.unit = c.unit) AND NOT EXISTS"
        " (SELECT 1 FROM notice_lines l JOIN notices m ON m.id = l.notice_id WHERE l.case_id = c.id AND l.rung = own.rung"
        " AND m.settled_at <= upper.owed_at)"
    )
