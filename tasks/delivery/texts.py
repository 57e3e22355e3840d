"""Texts: a notice as its reader gets it, on a phone, in the office's words."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from models.moments import moment_at
from models.plan.model import Plan, Requirement
from models.plan.row_labels import codes_in, spoken_label
from models.rules.chasing.policy import Policy, read_policy
from models.rules.delivery.delivering import notice_number
from models.rules.delivery.entries import Line, by_phase, gather_entries, tally
from models.tables import Policy as PolicyRow
from models.vocabulary import times_missed
from models.wording import Lang, Said
from tasks.campaign.offices import names_of
from tasks.campaign.store import Store
from tasks.campaign.template_words import frame_context, with_its_date
from tasks.campaign.templates import Pages
from tasks.channels import Message
from tasks.papers.in_notices import RAISE, PaperInNotice, papers_in_notices, rung_name

LOG = logging.getLogger(__name__)

MOST_SHEETS = 3
"""Signed papers whose whole text one message carries; the rest it names."""

_LINES = text(
    "SELECT l.id, l.notice_id, l.role, l.kind, l.rung, l.rung_no, l.about, l.owed_at, c.unit, c.requirement, c.period, c.due,"
    " c.policy, u.name"
    " FROM notice_lines l JOIN cases c ON c.id = l.case_id LEFT JOIN units u ON u.code = c.unit"
    " WHERE l.state = 'live' AND l.notice_id IN :ids ORDER BY l.id"
).bindparams(bindparam("ids", expanding=True))


@dataclass(frozen=True, slots=True)
class Head:
    """What a message must know of its notice. superior: its name; at: the moment for which it is worded, that of its
    sending, and when it is sent again because it may have arrived, that of the first time: it is the same message."""

    id: int
    office: str
    level: str
    role: str
    superior: str | None
    at: datetime


class Texts:
    """TurningMoments the lines of notices into messages, with the plan that is in force when it is made."""

    def __init__(self, store: Store) -> None:
        self.lang: Lang = store.settings.lang
        self.plan: Plan = store.plan()
        self._most = store.settings.lines_a_message
        self._board = store.settings.board_url
        self._pages = Pages(store.home, self.lang)
        self._requirements: Mapping[str, Requirement] = {one.key: one for one in self.plan.requirements}
        self._phases = {phase.id: phase.title for phase in self.plan.phases}
        self._policies: dict[int, Policy] = {}
        self._units: dict[str, str] = {}
        self._moments: dict[int, datetime] = {}
        self._defaults: dict[tuple[str, str, int], bool] = {}
        self.unreadable: set[int] = set()

    @property
    def warnings(self) -> tuple[Said, ...]:
        """Texts of the office's own that could not be used."""
        return tuple(self._pages.warnings.values())

    def lines(self, connection: Connection, notices: Sequence[int]) -> dict[int, list[Line]]:
        """The live lines of each notice, in the order in which they were owed.

        A notice whose lines cannot be made sense of has none, and stands in `unreadable`.
        """
        try:
            return self._lines(connection, notices)
        except DBAPIError:
            raise
        except Exception as fault:  # noqa: BLE001
            # one row that cannot be read must not keep all others from being told
            LOG.error("lines of notices could not be read together: %s", type(fault).__name__)
        found: dict[int, list[Line]] = {}
        for notice in notices:
            try:
                found |= self._lines(connection, [notice])
            except DBAPIError:
                raise
            except Exception as fault:  # noqa: BLE001
                LOG.error("the lines of notice %s cannot be read: %s", notice, type(fault).__name__)
                self.unreadable.add(notice)
        return found

    def _lines(self, connection: Connection, notices: Sequence[int]) -> dict[int, list[Line]]:
        rows = connection.execute(_LINES, {"ids": list(notices)}).all()
        self._know_policies(connection, {row.policy for row in rows})
        abouts = [read_about(row.about) for row in rows]
        vacant = names_of(connection, {about["vacant"] for about in abouts if about.get("vacant")})
        self._know_units(connection, rows)
        papers = papers_in_notices(
            connection, {about["paper_id"] for about in abouts if about.get("paper_id")}, self.lang, self.plan.zone
        )
        found: dict[int, list[Line]] = {}
        for row, about in zip(rows, abouts, strict=True):
            line = self._line(row, about, vacant, papers.get(about.get("paper_id") or 0))
            found.setdefault(row.notice_id, []).append(line)
        return found

    def always(self, connection: Connection, policies: set[int]) -> set[int]:
        """Those of some policies whose notices go at any hour."""
        self._know_policies(connection, policies)
        return {one for one in policies if one in self._policies and self._policies[one].always}

    def _know_policies(self, connection: Connection, wanted: set[int]) -> None:
        missing = sorted(wanted - set(self._policies))
        if missing:
            for row in connection.execute(select(PolicyRow.id, PolicyRow.text).where(col(PolicyRow.id).in_(missing))):
                self._policies[row.id] = read_policy(row.text)

    def _know_units(self, connection: Connection, rows: Sequence[Any]) -> None:
        """The names of units that stand by their codes in the labels of duties over rows."""
        over_rows = (row.period for row in rows if (one := self._requirements.get(row.requirement)) and one.each)
        self._units |= names_of(connection, codes_in(over_rows) - set(self._units))

    def _line(self, row: Any, about: Mapping[str, Any], vacant: Mapping[str, str], paper: PaperInNotice | None) -> Line:
        requirement = self._requirements.get(row.requirement)
        policy = self._policies.get(row.policy)
        known = policy is not None and 0 <= row.rung_no < len(policy.rungs)
        office = about.get("vacant")
        return Line(
            id=row.id,
            kind=row.kind,
            rung=row.rung,
            unit=row.unit,
            unit_name=row.name or row.unit,
            phase=self._phases.get(row.requirement.split(".", 1)[0], ""),
            title=requirement.title if requirement else row.requirement,
            due=self._moment(row.due),
            standing=about.get("standing") or "unmet",
            reason=about.get(f"reason_{self.lang}") or "",
            again=times_missed(about["in_a_row"], about["in_all"]).in_language(self.lang)
            if (about.get("in_all") or 0) > 1
            else "",
            no=requirement.no if requirement else None,
            late_below=about.get("late_below"),
            vacant=office,
            vacant_name=vacant.get(office or ""),
            vacant_role=self._titled(about.get("vacant_role")),
            failed=about.get("failed"),
            untold=self._titled(about.get("untold")),
            stand_in=about.get("stand_in"),
            if_unknown=policy.rungs[row.rung_no].if_unknown if policy is not None and known else "resend",
            paper=paper,
            role=row.role,
            always=policy is not None and policy.always,
            by_default=requirement is not None and self._is_default(requirement, row.period, row.due),
            period=spoken_label(self.plan, requirement, row.period, self._units).in_language(self.lang),
            of_rows=requirement is not None and requirement.each is not None,
            raised=bool(about.get("paper_id")) and row.rung == rung_name(about["paper_id"], RAISE),
            owed_at=None if row.owed_at is None else self._moment(row.owed_at),
        )

    def _titled(self, roles: str | None) -> str | None:
        """Roles with the titles of those that the plan declares: `问题清单接收专人,leader`."""
        return roles and ",".join(self.plan.roles.get(role, role) for role in roles.split(","))

    def _is_default(self, requirement: Requirement, period: str, due: int) -> bool:
        """Whether no source says that date; a morning's lines share a few."""
        asked = (requirement.key, period, due)
        if asked not in self._defaults:
            self._defaults[asked] = self.plan.is_default(requirement, period, self._moment(due))
        return self._defaults[asked]

    def _moment(self, at: int) -> datetime:
        """A moment in the plan's zone; a morning's lines share a few."""
        if at not in self._moments:
            self._moments[at] = moment_at(at, self.plan.zone)
        return self._moments[at]

    def message(self, head: Head, lines: Sequence[Line], repeat: bool) -> Message:
        """The message for one person: title and body, short enough for a phone."""
        now = head.at.astimezone(self.plan.zone)
        entries = [with_its_date(entry, self.lang) for entry in gather_entries(lines, now)]
        kept = entries[: self._most]
        groups = [(phase, [self._pages.item(entry) for entry in items]) for phase, items in by_phase(kept)]
        sheets = {paper.id: paper.sheet for entry in kept if entry.kind == "issued" for paper in entry.papers}
        number = notice_number(head.id)
        context = {
            **frame_context(
                office=head.office,
                level=head.level,
                role=head.role,
                groups=groups,
                about=tally(entries),
                as_of=now,
                lang=self.lang,
            ),
            "more": len(entries) - len(kept),
            "board": self._board,
            "superior": head.superior,
            "number": number,
            "campaign": self.plan.title,
            "sheets": tuple(sheets.values())[:MOST_SHEETS],
        }
        title, body = self._pages.page(context)
        return Message(number, title, body, repeat, self.lang)


@lru_cache(4096)
def read_about(text: str) -> Mapping[str, Any]:
    """What a line says apart from its case; a line that cannot be read is told all the same, without it."""
    try:
        about = json.loads(text)
    except ValueError:
        return {}
    return about if isinstance(about, dict) else {}
