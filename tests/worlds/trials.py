"""One random campaign, told to the product and to the oracle, and what both say of it."""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from oracle import Line, Oracle
from standins.webhook import JsonSink
from worlds import owed
from worlds.campaign import at, by, make_campaign
from worlds.chases import Chase
from worlds.random_campaigns import DISTRICTS, FAR, LEVELS, NAMES, STARTS, Campaigned, Happens

from tasks.chasing.decisions import decide
from tasks.chasing.lists import list_cases
from tasks.chasing.passes import owe
from tasks.judging.status import read_status
from tasks.oversight.auditor import audit
from tasks.preview.preview import preview

BEIJING = ZoneInfo("Asia/Shanghai")


class Trial:
    """One random campaign, told to the product and to the oracle."""

    def __init__(self, chase: Chase, made: Campaigned) -> None:
        self.chase, self.made = chase, made
        self.oracle = Oracle(made.owed, made.phases, made.offices)
        self.numbers = 0
        self.foretold = False

    def happen(self, event: Happens) -> None:
        now = STARTS + timedelta(hours=event.hour)
        if event.what in ("pass", "killed", "at once"):
            if event.what == "killed":
                if not self.chase.killed(now.isoformat(), event.pick):
                    self.oracle.owe(now)
            elif event.what == "at once":
                self.chase.at_once(now.isoformat(), event.pick)
                for _ in range(event.pick):
                    self.oracle.owe(now)
            elif event.hour % 2:
                self.rehearse(now)
                if event.hour % 13 == 0:
                    self.foretell(now)
            self.watch(now)
            if event.hour % 2 == 0 or event.hour % 48 == 9:
                self.look(now)
        elif event.what in ("report", "all"):
            self.report(now, event)
        else:
            self.decide(now, event)

    def rehearse(self, now: datetime) -> None:
        """What `watch --dry-run` says would be owed."""
        lines = owe(self.chase.campaign.store, None, at(now.isoformat()), dry_run=True).lines
        named = Counter((line["unit"], line["requirement"], line["id"]) for line in lines if line["role"] != "admin")
        foretold = deepcopy(self.oracle).owe(now)
        agree(
            named, Counter((unit, requirement, rung) for unit, requirement, _, rung in foretold), f"foretold at {now}"
        )

    def foretell(self, now: datetime) -> None:
        """What a preview says of the next day, once in a trial: who hears what when, if the watch comes by each quarter."""
        if self.foretold or now < STARTS + timedelta(days=4):
            return
        self.foretold = True
        until, store = now + timedelta(days=1), self.chase.campaign.store
        found = preview(store, None, at(now.isoformat()), at(until.isoformat()), 0, lambda _: None).notices
        said = Counter(
            (
                naive(one.at),
                f"{one.unit}/{one.role}",
                *sorted((line.unit, line.requirement, line.rung) for line in one.lines),
            )
            for one in found
            if one.role != "admin"
        )
        ahead, expected = deepcopy(self.oracle), Counter[tuple[Any, ...]]()
        while now < until:
            for person, messages in ahead.watch(now).items():
                for lines in messages:
                    named = sorted((unit, requirement, rung) for unit, requirement, _, rung in lines)
                    expected[now, person, *named] += 1
            now += timedelta(minutes=15)
        agree(said, expected, "the preview")

    def watch(self, now: datetime) -> None:
        """A pass: who gets which messages, and which cases are open then."""
        before = len(self.chase.sink.accepted)
        self.chase.watch(now.isoformat())
        told = self.oracle.watch(now)
        agree(arrived(self.chase, before), {who: sorted(messages) for who, messages in told.items()}, f"told at {now}")
        found = {
            (case["unit"], case["requirement"], case["period"]): (naive(case["due"]), case["rung"])
            for case in list_cases(self.chase.campaign.store, None, "open", 0)
        }
        open_now = {
            duty: (case.due, self.oracle.owes[duty[1]].steps[case.at_step].id if case.at_step >= 0 else None)
            for duty, case in self.oracle.cases.items()
        }
        agree(found, open_now, f"cases at {now}")

    def look(self, now: datetime) -> None:
        """Where every duty and phase stands, as `status` says."""
        status, oracle = read_status(self.chase.campaign.store, None, at(now.isoformat()), limit=0), self.oracle
        duties = {(one.unit, f"{one.phase}.{one.requirement}", one.period): one for one in status.duties}
        found = {
            duty: (one.standing, one.timing, one.due.replace(tzinfo=None))
            for duty, one in duties.items()
            if not one.waived
        }
        expected = {
            duty: (stands.standing, oracle.timing(duty, now), oracle.due[duty])
            for duty, stands in oracle.stands.items()
            if duty not in oracle.waived
        }
        agree(found, expected, f"duties at {now}")
        phases = {
            one.id: (one.state, one.exit, one.met, one.unmet, one.unreported, one.overdue) for one in status.phases
        }
        agree(phases, {phase.id: oracle.phase_stands(phase, now) for phase in self.made.phases}, f"phases at {now}")
        counts = {duty: stands.counts for duty, stands in oracle.stands.items() if stands.counts}
        unlike = {duty: duties[duty].reason.en for duty, said in counts.items() if said not in duties[duty].reason.en}
        agree(unlike, {}, f"reasons at {now}")

    def report(self, now: datetime, event: Happens) -> None:
        """A figure of one that reports it, or of all of them, through the product's own intake."""
        figures = sorted({(f, o.at) for o in self.made.owed for f in (o.figure, o.over) if f})
        pairs = [(unit, figure) for figure, level in figures for unit in reporting(level)]
        unit, figure = pairs[event.pick % len(pairs)]
        units = [unit] if event.what == "report" else [one for one, other in pairs if other == figure]
        self.numbers += 1
        rows = "".join(f"{one},{event.value},第{self.numbers}次\n" for one in units)
        self.chase.report(f"code,{figure},evidence\n{rows}", now.isoformat())
        for one in units:
            self.oracle.report(one, figure, event.value, now)

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
        decide(self.chase.campaign.store, event.what, number, by(name, now.isoformat()), moment)  # type: ignore[arg-type]
        if event.what == "ack":
            self.oracle.acknowledge(duty, now, later)
        elif event.what == "extend":
            self.oracle.extend(duty, later)
        else:
            self.oracle.waive(duty)

    def end(self) -> None:
        """What the administrator has heard of vacancies once everything held has gone, and what the auditor finds too much."""
        self.watch(STARTS + timedelta(hours=FAR + 10))
        texts = [one.text for one in self.chase.sink.accepted if one.to.strip("/") == "admin"]
        heard = {unit for unit in LEVELS if any(NAMES[unit] in text for text in texts)}
        vacant = {unit for unit, _ in self.oracle.vacancies}
        assert vacant <= heard, "the administrator"
        ends = STARTS + timedelta(hours=FAR)
        found = audit(self.chase.campaign.store, at(STARTS.isoformat()), at(ends.isoformat()), timedelta(minutes=75))
        assert found.extra == ()


def agree(found: Mapping[Any, Any], expected: Mapping[Any, Any], about: str) -> None:
    """The product and the oracle say the same, else what each says where they differ."""
    differ = [key for key in {**found, **expected} if found.get(key) != expected.get(key)]
    said = "".join(f"\n  {key}: {found.get(key)}, must be {expected.get(key)}" for key in differ)
    assert not differ, f"{about}{said}"


def reporting(level: str) -> list[str]:
    return list(DISTRICTS) if level == "district" else [unit for unit, own in LEVELS.items() if own == level]


def naive(moment: int) -> datetime:
    return datetime.fromtimestamp(moment / 1e6, BEIJING).replace(tzinfo=None)


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
def trial(made: Campaigned, database_url: str | None = None) -> Iterator[Trial]:
    further = "code,superior,line\n" + "".join(f"{','.join(row)}\n" for row in sorted(made.further))
    with JsonSink() as sink, tempfile.TemporaryDirectory() as folder:
        campaign = make_campaign(
            Path(folder),
            database_url,
            plan=owed.plan_yaml(made.owed, made.phases),
            beside={"superiors.csv": further, **owed.overlays(made.owed)},
            units="code,name\n" + "".join(f"{unit},{name}\n" for unit, name in NAMES.items()),
            contacts="".join(
                f"{unit},{role},{unit}{role},{sink.json_url(path)}\n"
                for (unit, role), path in made.offices.contacts.items()
            ),
            admin_channel=sink.json_url("admin"),
        )
        campaign.report("code,known\n" + "".join(f"{one},1\n" for one in DISTRICTS), "2020-09-01T09:00")
        yield Trial(Chase(campaign, sink), made)
        campaign.store.engine.dispose()
