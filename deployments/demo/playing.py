"""Playing a place's campaign up to its document's moment: what its offices send, the passes, and one signature."""

from __future__ import annotations

import tempfile
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deployments.console import now
from deployments.demo.mailbox import Mailbox
from deployments.demo.synthetic import (
    Place,
    ReportFile,
    contacts_frame,
    plan_of,
    write_contacts,
    write_reports,
    write_superiors,
    write_units,
)
from models.moments import read_moment
from models.wording import Lang, Refusal, Said

if TYPE_CHECKING:
    from tasks.campaign.settings import Settings
    from tasks.campaign.store import Store

_LETTER = "supervision-letter"


@dataclass(frozen=True)
class Played:
    """What a demonstration did: its campaign, what came in and went out, and how long its own work took, in seconds."""

    store: Store
    as_of: datetime
    reports: int
    rows: int
    refused: int
    notices: int
    seconds: float


def play(place: Place, settings: Settings, mailbox: Mailbox, *, quiet: bool) -> Played:
    """Load the place; at each of its moments take in what has been sent by then, and make a pass.

    Between two passes the first letter that waits is signed, by its signer, with the code that went to their mailbox.
    """
    from tasks.campaign.store import open_store
    from tasks.loading.load import Files, load
    from tasks.oversight.ahead import check_ahead

    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, _bars(settings.lang, quiet) as step:
        into = Path(folder)
        with step(Said("准备真实区划和合成数据", "real divisions, synthetic figures"), 1):
            units, contacts = write_units(place, into), write_contacts(place, into, mailbox.channel)
            superiors, reports = write_superiors(place, into), deque(write_reports(place, into))
        plan = plan_of(place)
        moments = [read_moment(one, plan.plan.zone) for one in (*place.steps, place.as_of)]
        with step(Said("装载方案、单位和联系人", "load plan, units, contacts"), 1):
            store = open_store(settings, create=True, clock=now)
            check_ahead(store, moments[-1], simulate=True)
            load(store, Files(plan=plan, units=units, superiors=superiors, contacts=contacts), moments[0])
        run = _Run(place, store, settings, mailbox, reports)
        with step(Said("接收各地报表", "take in the offices' reports"), len(reports)) as done:
            run.take_in(moments[0], done)
            with step(Said("巡查、催办", "watch and remind"), len(moments)) as passed:
                for moment in moments:
                    run.take_in(moment, done)
                    run.watch(moment)
                    passed()
    return Played(
        store=store,
        as_of=moments[-1],
        reports=run.reports,
        rows=run.rows,
        refused=run.refused,
        notices=run.notices,
        seconds=time.monotonic() - began,
    )


class _Run:
    """One campaign while it is played, and what was counted on the way."""

    def __init__(
        self, place: Place, store: Store, settings: Settings, mailbox: Mailbox, reports: deque[ReportFile]
    ) -> None:
        self.place, self.store, self.settings, self.mailbox, self.waiting = place, store, settings, mailbox, reports
        self.zone = store.plan().zone
        self.reports = self.rows = self.refused = self.notices = 0
        self.signed = False

    def take_in(self, until: datetime, done: Any) -> None:
        """Take in the files that have been sent by a moment, at that moment."""
        from tasks.intake.intake import AsRows, take_in

        while self.waiting and read_moment(self.waiting[0].as_of, self.zone) <= until:
            one = self.waiting.popleft()
            own = read_moment(one.as_of, self.zone)
            receipt = take_in(self.store, one.path, own, one.author, until, as_rows=AsRows(register=one.register))
            self.reports += 1
            self.rows, self.refused = self.rows + receipt.accepted, self.refused + receipt.rejected
            done()

    def watch(self, moment: datetime) -> None:
        """One pass, and its messages."""
        from tasks.chasing.passes import owe
        from tasks.delivery.deliver import deliver
        from tasks.intake.expected_rows import expect_rows

        expect_rows(self.store, self.place.unit, moment)
        owe(self.store, self.place.unit, moment)
        self.notices += deliver(self.store, self.settings, lambda: moment).delivered
        if self.place.steps and not self.signed:
            self._sign_the_first_letter(moment)

    def _sign_the_first_letter(self, moment: datetime) -> None:
        from models.rules.papers.papers import read_paper_number
        from tasks.papers.authority import ActBy
        from tasks.papers.lists import list_papers
        from tasks.papers.signing import sign

        letters = [one for one in list_papers(self.store, self.place.unit, "draft") if one.kind == _LETTER]
        if not letters:
            return
        first = min(letters, key=lambda one: one.id)
        people = contacts_frame(self.place, self.mailbox.channel)
        signer = people.filter(unit=first.signer_unit, role=first.signer_role).row(0, named=True)
        number, by = read_paper_number(first.id), ActBy(signer["name"], moment, now().astimezone(self.zone))
        sign(self.store, number, by)  # sends the code
        sign(self.store, number, _with_code(by, self.mailbox.code_at(signer["channel"])))
        self.signed = True


def _with_code(by: Any, code: str | None) -> Any:
    from dataclasses import replace

    if code is None:
        raise Refusal("演示信箱没有收到验证码", "no code came to the demonstration's mailbox")
    return replace(by, code=code)


@contextmanager
def _bars(lang: Lang, quiet: bool) -> Iterator[Any]:
    """Progress bars, one a step; nothing but a sentence each where there is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True, quiet=quiet)) as progress:

        @contextmanager
        def step(said: Said, total: int) -> Iterator[Any]:
            bar = progress.add_task(said.in_language(lang), total=total)
            yield lambda: progress.advance(bar)
            progress.update(bar, completed=total)

        yield step
