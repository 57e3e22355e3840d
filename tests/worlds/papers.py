"""A small campaign whose ladder ends in papers, and a signer's day in it.

County 990101 owes funds and a meeting by 5 August 2020; a letter waits from Monday the 10th at 08:30.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from standins.webhook import JsonSink
from worlds.campaign import Campaign, at, everyone, make_campaign
from worlds.plans import PAPERS

from tasks.papers.codes import CodeSent, request_code
from tasks.papers.signing import Signed, sign

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
        """Ask for a code; returns it as the signer reads it."""
        sent = request_code(self.campaign.store, paper, name, at(moment))
        found = re.search(r"验证码：(\d{6})", self.sink.accepted[-1].text)
        assert found is not None
        return sent, found[1]

    def sign(self, paper: int, name: str, moment: str) -> Signed:
        _, code = self.code(paper, name, moment)
        return sign(self.campaign.store, paper, name, code, at(moment))

    def rows(self, query: str, **values: Any) -> list[dict[str, Any]]:
        return self.campaign.named_rows(query, **values)

    def papers(self) -> list[dict[str, Any]]:
        return self.rows("SELECT * FROM papers ORDER BY id")


@contextmanager
def open_desk(folder: Path, database_url: str | None, **settings: object) -> Iterator[Desk]:
    with JsonSink() as sink:
        campaign = make_campaign(folder, database_url, plan=PAPERS, contacts=everyone(sink.json_url), **settings)
        try:
            yield Desk(campaign, sink)
        finally:
            campaign.store.engine.dispose()
