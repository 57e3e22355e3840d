"""A small campaign whose ladder ends in papers, and a signer's day in it.

County 990101 owes funds and a meeting by 5 August 2020; a letter waits from Monday the 10th at 08:30.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeVar

from standins.webhook import JsonSink
from worlds.campaign import Campaign, by, everyone, make_campaign
from worlds.plans import PAPERS

from tasks.chasing.decisions import Decided, decide
from tasks.chasing.exits import ExitSigned, sign_exit
from tasks.papers.authority import ActBy
from tasks.papers.codes import CodeSent
from tasks.papers.signing import Signed, sign

Done = TypeVar("Done")
FINE = "code,funds_arrived,population,meetings\n990102,2000000,100000,1\n"
"""Everything that the other county owes."""
DRAFTED = "2020-08-10T08:30"
_STEPS = ("2020-07-30T09:00", "2020-08-05T09:00", "2020-08-06T08:30", "2020-08-07T08:30")


@dataclass
class Desk:
    """The campaign and the sink where everybody's messages arrive."""

    campaign: Campaign
    sink: JsonSink

    def draft(self) -> None:
        """Go on to the pass that makes the letter."""
        self.campaign.report(FINE, "2020-07-29T09:00")
        for moment in (*_STEPS, DRAFTED):
            self.campaign.watch(moment)

    def watch(self, moment: str) -> list[str]:
        """One pass; returns who got a message, as office/role, in alphabetical order."""
        before = len(self.sink.accepted)
        self.campaign.watch(moment)
        return sorted(message.to.strip("/") for message in self.sink.accepted[before:])

    def last_to(self, person: str) -> str:
        """The newest message to office/role."""
        return [message.text for message in self.sink.accepted if message.to.strip("/") == person][-1]

    def code(self, paper: int, name: str, moment: str) -> tuple[CodeSent, str]:
        """Ask for a code to sign with; returns it as the signer reads it."""
        return self.read_code(sign(self.campaign.store, paper, by(name, moment)))

    def read_code(self, sent: object) -> tuple[CodeSent, str]:
        """The code that was just sent, as its holder reads it."""
        assert isinstance(sent, CodeSent)
        found = re.search(r"验证码：(\d{6})", self.sink.accepted[-1].text)
        assert found is not None
        return sent, found[1]

    def done(self, outcome: Done | CodeSent) -> Done:
        """What was done; it must not have asked for a code."""
        assert not isinstance(outcome, CodeSent)
        return outcome

    def sign(self, paper: int, name: str, moment: str) -> Signed:
        _, code = self.code(paper, name, moment)
        return self.done(sign(self.campaign.store, paper, by(name, moment, code=code)))

    def decide(
        self, kind: Literal["ack", "extend", "waive"], case: int, who: ActBy, until: datetime | None = None
    ) -> Decided:
        """A decision of somebody who may, with the code that they are sent where one is asked for."""
        sent = decide(self.campaign.store, kind, case, who, until)
        if not isinstance(sent, CodeSent):
            return sent
        return self.done(decide(self.campaign.store, kind, case, replace(who, code=self.read_code(sent)[1]), until))

    def sign_exit(self, unit: str, phase: str, who: ActBy) -> ExitSigned:
        _, code = self.read_code(sign_exit(self.campaign.store, unit, phase, who))
        return self.done(sign_exit(self.campaign.store, unit, phase, replace(who, code=code)))

    def rows(self, query: str, **values: Any) -> list[dict[str, Any]]:
        return self.campaign.named_rows(query, **values)

    def papers(self) -> list[dict[str, Any]]:
        return self.rows("SELECT * FROM papers ORDER BY id")


@contextmanager
def open_desk(folder: Path, database_url: str | None, *, plan: str = PAPERS, **settings: object) -> Iterator[Desk]:
    with JsonSink() as sink:
        campaign = make_campaign(
            folder, database_url, plan=plan, contacts=everyone(sink.json_url), codes=True, **settings
        )
        try:
            yield Desk(campaign, sink)
        finally:
            campaign.store.engine.dispose()
