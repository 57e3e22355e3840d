"""A campaign with a receiver of its own, for tests of the chase: step it, and see who got what."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier
from typing import Any, Literal

from sqlalchemy import event, text
from standins.webhook import JsonSink
from worlds.campaign import UNITS, Campaign, at, by, everyone, make_campaign
from worlds.plans import without_codes

from models.plan.files import read_plan_files
from tasks.chasing.decisions import Decided, decide
from tasks.chasing.passes import owe
from tasks.chasing.set_aside import Aside
from tasks.loading.load import Changes, Files, load


class Killed(BaseException):
    """Stands for the end of a process: nothing of ours catches it."""


@dataclass
class Chase:
    """A campaign and the sink where everybody's messages arrive, the administrator's too."""

    campaign: Campaign
    sink: JsonSink

    def watch(self, moment: str, scope: str | None = None) -> list[str]:
        """One whole pass; returns who got a message, as office/role, in alphabetical order."""
        before = len(self.sink.accepted)
        owed, _ = self.campaign.watch(moment, scope)
        assert owed.aside == ()
        return sorted(message.to.strip("/") for message in self.sink.accepted[before:])

    def at_once(self, moment: str, count: int) -> None:
        """Several passes that owe at the same moment, each with a connection of its own; none delivers."""
        with ThreadPoolExecutor(count) as threads:
            started = Barrier(count)

            def one() -> tuple[Aside, ...]:
                started.wait(30)
                return owe(self.campaign.store, None, at(moment)).aside

            assert [found.result() for found in [threads.submit(one) for _ in range(count)]] == [()] * count

    def killed(self, moment: str, statement: int) -> bool:
        """A pass that dies before it sends its n-th statement to the database. False if it needed fewer."""
        engine, sent = self.campaign.store.engine, 0

        def die(*_: object) -> None:
            nonlocal sent
            sent += 1
            if sent == statement + 1:
                raise Killed

        hooks = ("before_cursor_execute", "commit")
        for hook in hooks:
            event.listen(engine, hook, die)
        try:
            owe(self.campaign.store, None, at(moment))
        except Killed:
            return True
        finally:
            for hook in hooks:
                event.remove(engine, hook, die)
        return False

    def report(self, rows: str, as_of: str) -> None:
        self.campaign.report(rows, as_of)

    def load(self, moment: str, plan: str | None = None, units: str | None = None, **options: Any) -> Changes:
        """Load another plan or other units into the running campaign."""
        folder = self.campaign.folder
        if plan is not None:
            (folder / "plan.yaml").write_text(without_codes(plan), encoding="utf-8")
        if units is not None:
            (folder / "units.csv").write_text(units, encoding="utf-8")
        files = read_plan_files(folder / "plan.yaml") if plan is not None else None
        given = Files(plan=files, units=folder / "units.csv" if units is not None else None)
        return load(self.campaign.store, given, at(moment), **options)

    def decide(
        self, kind: Literal["ack", "extend", "waive"], case: int, moment: str, until: str | None = None
    ) -> Decided:
        (unit,) = self.rows("SELECT unit FROM cases WHERE id = :case", case=case)[0]
        name = self.campaign.who_may(kind, unit)
        assert name is not None
        who = by(name, moment)
        done = decide(self.campaign.store, kind, case, who, at(until) if until else None)
        assert isinstance(done, Decided)
        return done

    def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        return self.campaign.rows(query, **values)

    def do(self, statement: str, **values: Any) -> None:
        """Change the database behind the product's back."""
        with self.campaign.store.writing() as connection:
            connection.execute(text(statement), values)

    def states(self) -> list[tuple[str, str, str]]:
        """(office/role, rung, state) of every line ever owed: the line's state, or its notice's while it is live."""
        query = (
            "SELECT l.unit, l.role, l.rung, CASE WHEN l.state = 'live' THEN n.state ELSE l.state END"
            " FROM notice_lines l JOIN notices n ON n.id = l.notice_id ORDER BY l.id"
        )
        return [(f"{unit}/{role}", rung, state) for unit, role, rung, state in self.rows(query)]

    def ledger(self) -> list[tuple[Any, ...]]:
        """Everything that passes have written, without numbers that depend on how many passes there were."""
        cases = "SELECT unit, requirement, period, seq, due, opened_at, closed_at, closed_as, rung, trail FROM cases ORDER BY 1, 2, 3, 4"
        lines = (
            "SELECT c.unit, c.requirement, c.period, c.seq, l.rung, l.unit, l.role, l.person, l.kind, l.state, n.state, l.owed_at"
            " FROM notice_lines l JOIN cases c ON c.id = l.case_id JOIN notices n ON n.id = l.notice_id ORDER BY 1, 2, 3, 4, 5, 6, 7, 8"
        )
        return [*self.rows(cases), *self.rows(lines)]


@contextmanager
def chasing(
    folder: Path,
    database_url: str | None = None,
    *,
    plan: str,
    units: str = UNITS,
    but: tuple[str, ...] = (),
    **settings: object,
) -> Iterator[Chase]:
    """A loaded campaign; every message that arrives is expected unless the test says otherwise."""
    with JsonSink() as sink:
        campaign = make_campaign(
            folder,
            database_url,
            plan=plan,
            units=units,
            contacts=everyone(sink.json_url, units, but=but),
            admin_channel=sink.json_url("admin"),
            **settings,
        )
        try:
            yield Chase(campaign, sink)
        finally:
            campaign.store.engine.dispose()
