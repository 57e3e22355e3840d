"""A county's whole campaign, hour by hour, against an oracle that knows only the contract."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from oracle import Duty, Line, Oracle
from sqlalchemy import bindparam, insert, text
from standins.webhook import JsonSink
from worlds import county
from worlds.campaign import by, make_campaign
from worlds.chases import Chase

from models.moments import micros
from models.tables import Batch, Reading
from tasks.chasing.decisions import decide
from tasks.chasing.passes import owe
from tasks.delivery.deliver import deliver
from tasks.oversight.auditor import Audited, audit

BEIJING = ZoneInfo("Asia/Shanghai")


def hour(text: str) -> datetime:
    """An hour as the oracle counts them: without its zone, which is the plan's."""
    return datetime.fromisoformat(text)


DOWN = (hour("2020-10-04T19:00"), hour("2020-10-07T10:00"))
"""Nobody watches for three days."""
CLOCK_BACK = hour("2020-09-29T15:00")
DECISIONS = {
    hour("2020-09-23T10:00"): "ack",
    hour("2020-09-25T10:00"): "extend",
    hour("2020-09-27T11:00"): "waive",
    hour("2020-09-30T09:00"): "ack",
    hour("2020-10-09T15:00"): "extend",
    hour("2020-10-10T09:00"): "waive",
}


@dataclass
class Trial:
    """The campaign and its oracle, told the same."""

    chase: Chase
    oracle: Oracle
    reports: dict[datetime, list[county.Told]]

    def step(self, now: datetime) -> None:
        """One hour: what is reported, what is decided, a pass, and who got what."""
        self.report(now)
        if kind := DECISIONS.get(now):
            self._decide(kind, now)
        if DOWN[0] <= now < DOWN[1]:
            return
        before, moment = len(self.chase.sink.accepted), now.replace(tzinfo=BEIJING)
        owed = owe(self.chase.campaign.store, None, moment)
        deliver(self.chase.campaign.store, self.chase.campaign.settings, lambda: moment)
        assert owed.aside == ()
        assert self._arrived(before) == self._expected(now), f"at {now}"

    def report(self, now: datetime) -> None:
        """Put into the database, and tell the oracle, what offices report at this hour."""
        rows, batch = [], round(now.timestamp())
        for one in self.reports.get(now, []):
            as_of = now if one.day == now.date() else datetime.combine(one.day, datetime.max.time())
            rows.append(
                {
                    "indicator": one.figure,
                    "unit": one.unit,
                    "as_of": micros(as_of.replace(tzinfo=BEIJING)),
                    "batch": batch,
                    "value": one.value,
                }
            )
            self.oracle.report(one.unit, one.figure, one.value, as_of)
        if rows:
            came = micros(now.replace(tzinfo=BEIJING))
            received = {
                "id": batch,
                "digest": str(batch),
                "file_name": "hour.csv",
                "as_of": came,
                "author": "试验",
                "received_at": came,
                "accepted": len(rows),
                "rejected": 0,
                "districts": False,
            }
            with self.chase.campaign.store.writing() as connection:
                connection.execute(insert(Batch).values(**received))
                connection.execute(insert(Reading), rows)

    def audit(self, since: datetime, until: datetime) -> Audited:
        """What the auditor finds, who gives an hourly watch an hour and a quarter."""
        window = (moment.replace(tzinfo=BEIJING) for moment in (since, until))
        return audit(self.chase.campaign.store, *window, timedelta(minutes=75))

    def _decide(self, kind: str, now: datetime) -> None:
        """Decide on every seventh open case, whatever it is about."""
        found = self.chase.rows(
            "SELECT id, unit, requirement, period, due FROM cases WHERE closed_at IS NULL ORDER BY id"
        )
        for number, unit, requirement, period, due in found[::7]:
            duty: Duty = (unit, requirement, period)
            later = max(now, datetime.fromtimestamp(due / 1e6, BEIJING).replace(tzinfo=None)) + timedelta(days=9)
            until = now + timedelta(days=2) if kind == "ack" else later
            moment = until.replace(tzinfo=BEIJING) if kind != "waive" else None
            name = self.chase.campaign.who_may(kind, unit)
            if name is None:
                continue
            who = by(name, now.isoformat())
            decide(self.chase.campaign.store, kind, number, who, moment)
            if kind == "ack":
                self.oracle.acknowledge(duty, now, until)
            elif kind == "extend":
                self.oracle.extend(duty, until)
            else:
                self.oracle.waive(duty)

    def _expected(self, now: datetime) -> dict[str, list[list[Line]]]:
        return {person: sorted(messages) for person, messages in self.oracle.watch(now).items()}

    def _arrived(self, before: int) -> dict[str, list[list[Line]]]:
        """Who got which messages since, with the lines that the ledger holds under their numbers."""
        received = {int(m.number[1:]): m.to.strip("/") for m in self.chase.sink.accepted[before:]}
        assert len(received) == len(self.chase.sink.accepted) - before, "a message came twice"
        lines: dict[int, list[Line]] = defaultdict(list)
        query = text(
            "SELECT l.notice_id, c.unit, c.requirement, c.period, l.rung FROM notice_lines l JOIN cases c ON c.id = l.case_id"
            " WHERE l.state = 'live' AND l.notice_id IN :numbers"
        ).bindparams(bindparam("numbers", expanding=True))
        with self.chase.campaign.store.reading() as connection:
            for number, *line in connection.execute(query, {"numbers": list(received)}):
                lines[number].append(tuple(line))  # type: ignore[arg-type]
        found: dict[str, list[list[Line]]] = defaultdict(list)
        for number, person in received.items():
            if person != "admin":
                found[person].append(sorted(lines[number]))
        return {person: sorted(messages) for person, messages in found.items()}


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[Trial]:
    with JsonSink() as sink:
        campaign = make_campaign(
            tmp_path,
            plan=county.plan_yaml(),
            units=county.units_csv(),
            contacts=county.contacts_csv(sink.json_url().rstrip("/")),
            admin_channel=sink.json_url("admin"),
        )
        oracle = Oracle(county.requirements(), county.phases(), county.offices())
        reports: dict[datetime, list[county.Told]] = defaultdict(list)
        for told in county.reports(seed=20201101):
            reports[told.hour].append(told)
        yield Trial(Chase(campaign, sink), oracle, reports)
        campaign.store.engine.dispose()


@pytest.mark.timeout(600)
def test_a_county_hears_exactly_what_the_contract_says_hour_by_hour(trial: Trial):
    starts, ends = (datetime.combine(day, datetime.min.time()) for day in (county.STARTS, county.ENDS))
    for now in sorted(now for now in trial.reports if now < starts):
        trial.report(now)
    now = starts
    while now < ends:
        trial.step(now)
        if now == CLOCK_BACK:
            assert trial.chase.watch((now - timedelta(hours=5)).isoformat()) == []
        now += timedelta(hours=1)
    said = {rung for _, rung, state in trial.chase.states() if state == "accepted"}
    assert said >= {"remind-7", "overdue", "superior", "letter", "head", "again", "missing-2", "leader"}
    for word in ("overtaken", "hushed", "freed"):
        assert trial.chase.rows(f"SELECT COUNT(*) FROM cases WHERE trail LIKE '%{word}%'")[0][0] > 0, word
    _assert_the_auditor_agrees(trial, starts, ends)


def _assert_the_auditor_agrees(trial: Trial, starts: datetime, ends: datetime) -> None:
    """It finds fault with nothing but the three days without a watch, and with a line that is taken away."""
    assert trial.audit(starts, DOWN[0]).findings == ()
    assert trial.audit(DOWN[1], ends).findings == ()
    down = trial.audit(*DOWN)
    assert (len(down.missing) > 50, down.extra, down.late) == (True, (), ())
    day = hour("2020-09-24T00:00"), hour("2020-09-25T00:00")
    number, unit, rung = trial.chase.rows(
        "SELECT l.id, c.unit, l.rung FROM notice_lines l JOIN cases c ON c.id = l.case_id WHERE l.rung = 'overdue'"
        " AND l.state = 'live' AND length(c.unit) = 12 AND l.owed_at = :at AND c.closed_at IS NULL ORDER BY l.id",
        at=micros(day[0].replace(tzinfo=BEIJING)),
    )[0]
    trial.chase.do("DELETE FROM notice_lines WHERE id = :id", id=number)
    found = trial.audit(*day).findings
    assert [(one.kind, one.unit, one.rung) for one in found] == [("missing", unit, rung)]
