"""What a pass owes about papers: a word to whoever lets one lie, and the signed ones to whom they go.

These lines go through the same ledger as every other, under names of their own (`paper-12-remind`), so that
each person is owed each once. One line stands for the paper, at the first of its cases that is open.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import polars as pl
from sqlalchemy import Connection, text

from models.moments import micros
from models.rules.chasing.fitting import answering
from models.rules.chasing.recipients import ADMIN_ROLE, superiors_of, with_persons
from models.rules.judging.tree import Ranges
from models.rules.papers.facts import PaperFacts
from models.rules.papers.papers import LineState, heard, recall_moment
from tasks.campaign.frames import in_ranges
from tasks.campaign.store import Store
from tasks.papers.in_notices import ISSUED, RAISE, REMIND, rung_name
from tasks.papers.signers import addressees

LINES: dict[str, Any] = {
    "case": pl.Int64,
    "id": pl.String,
    "no": pl.Int64,
    "unit": pl.String,
    "requirement": pl.String,
    "period": pl.String,
    "due": pl.Int64,
    "policy": pl.Int64,
    "to_unit": pl.String,
    "role": pl.String,
    "paper_id": pl.Int64,
    "kind": pl.String,
    "place": pl.Int64,
    "standing": pl.String,
    "reason_zh": pl.String,
    "reason_en": pl.String,
    "in_a_row": pl.UInt32,
    "in_all": pl.UInt32,
    "late_below": pl.Int64,
}


@dataclass(frozen=True)
class _Hook:
    """A paper and the case at which its lines stand."""

    paper: Mapping[str, Any]
    case: Mapping[str, Any]

    def line(self, step: str, to_unit: str, role: str, kind: str) -> dict[str, Any]:
        case = {key: self.case[key] for key in ("case", "no", "unit", "requirement", "period", "due", "policy")}
        name = rung_name(self.paper["id"], step)
        duty = dict.fromkeys(("place", "standing", "reason_zh", "reason_en", "in_a_row", "in_all", "late_below"))
        return {
            **case,
            **duty,
            "id": name,
            "to_unit": to_unit,
            "role": role,
            "paper_id": self.paper["id"],
            "kind": kind,
        }


def is_anything_owed(connection: Connection, now: datetime, ranges: Ranges | None = None) -> bool:
    """Whether a draft lies with somebody, or a signed paper is on nobody's way yet. ranges: of the late offices."""
    drafts = f"p.state = 'draft' AND {in_ranges('p.unit', ranges)}"
    query = f"SELECT EXISTS (SELECT 1 FROM papers p WHERE ({drafts}) OR ({_on_nobodys_way(ranges)}))"
    return bool(connection.execute(text(query), {"at": micros(now)}).scalar_one())


def paper_lines(connection: Connection, store: Store, now: datetime, ranges: Ranges | None = None) -> pl.DataFrame:
    """Lines owed at `now` about papers: kind "unsigned" (remind, raise) and "issued".

    Returns the columns that every line has; id is its name in the ledger, and what is said of a duty alone
    (place, standing, reasons, what was missed, late_below) is null. kind is "vacancy" for the administrator. ranges: of the late offices.
    """
    rows = [*_unsigned(connection, store, now, ranges), *_issued(connection, store, now, ranges)]
    lines = pl.DataFrame(rows, schema=LINES, orient="row")
    if lines.is_empty():
        return lines.with_columns(person=pl.lit(None, pl.String))
    around = None if ranges is None else store.provinces_with(ranges[0][0])
    units = store.units(connection=connection, provinces=around)
    superiors = superiors_of(units, store.further_superiors())
    contacts = store.contacts(around)
    # a paper is a rung of its own here: two papers at one case are two lines
    lines = lines.rename({"no": "rung_no"}).with_columns(no=pl.col("id"))
    lines = with_persons(lines, contacts, superiors, answering(contacts, units))
    lines = lines.drop("no").rename({"rung_no": "no"})
    return lines.with_columns(kind=pl.when(pl.col("role") == ADMIN_ROLE).then(pl.lit("vacancy")).otherwise("kind"))


def _hooks(connection: Connection, where: str, at: int) -> list[_Hook]:
    """Papers that fulfil `where`, each at its first open case."""
    papers = (
        connection.execute(
            text(
                "SELECT p.id, p.unit, p.signer_unit, p.signer_role, p.facts, u.superior FROM papers p"
                f" LEFT JOIN units u ON u.code = p.signer_unit WHERE {where} ORDER BY p.id"
            ),
            {"at": at},
        )
        .mappings()
        .all()
    )
    cases = connection.execute(
        text(
            'SELECT p.id AS paper, c.id AS "case", pc.rung_no AS no, c.unit, c.requirement, c.period, c.due, c.policy'
            " FROM papers p JOIN paper_cases pc ON pc.paper_id = p.id JOIN cases c ON c.id = pc.case_id"
            f" WHERE {where} AND c.closed_at IS NULL"
            " ORDER BY p.id DESC, c.id DESC"
        ),
        {"at": at},
    ).mappings()
    first = {case["paper"]: case for case in cases}
    return [_Hook(dict(paper), dict(first[paper["id"]])) for paper in papers if paper["id"] in first]


def _unsigned(connection: Connection, store: Store, now: datetime, ranges: Ranges | None) -> list[dict[str, Any]]:
    """The next word about each draft that nobody has signed or returned, once its time has come."""
    return [word.line() for word in _next_words(connection, store, now, ranges) if word.falls <= micros(now)]


def recalls(connection: Connection, store: Store, now: datetime) -> set[tuple[int, int]]:
    """When the next word about drafts falls, by what was heard up to `now`: (heard, falls), in microseconds."""
    return {(word.heard, word.falls) for word in _next_words(connection, store, now)}


@dataclass(frozen=True)
class _NextWord:
    """The word that follows when a draft still lies at `falls`; the one before it was heard at `heard`."""

    hook: _Hook
    step: str
    heard: int
    falls: int

    def line(self) -> dict[str, Any]:
        paper = self.hook.paper
        if self.step == RAISE:
            return self.hook.line(RAISE, paper["superior"], "leader", "unsigned")
        return self.hook.line(REMIND, paper["signer_unit"], paper["signer_role"], "unsigned")


def _next_words(
    connection: Connection, store: Store, now: datetime, ranges: Ranges | None = None
) -> Iterator[_NextWord]:
    hooks = _hooks(connection, f"p.state = 'draft' AND p.made_at <= :at AND {in_ranges('p.unit', ranges)}", micros(now))
    if not hooks:
        return
    told, settings, plan, calendar = _told_so_far(connection, ranges), store.settings, store.plan(), store.calendar()

    @cache  # what one pass owes is heard at one moment, and a nation's pass owes thousands of papers
    def recalled(heard_at: int, days: int) -> int:
        return recall_moment(heard_at, days, calendar, plan.office_hours, plan.zone)

    for hook in hooks:
        steps = told[hook.paper["id"]]
        if steps[RAISE] or (steps[REMIND] and hook.paper["superior"] is None):
            continue  # everybody who could be told has been
        step, days = (RAISE, settings.paper_raise_days) if steps[REMIND] else (REMIND, settings.paper_remind_days)
        heard_at = heard(steps[REMIND] or steps[""])
        if heard_at is not None:
            yield _NextWord(hook, step, heard_at, recalled(heard_at, days))


def _told_so_far(connection: Connection, ranges: Ranges | None) -> dict[int, dict[str, list[LineState]]]:
    """What signers and their superiors were told of each draft: {paper: {step: lines}}.

    The step "" is the first word: the line of the rung that made the paper, or its predecessor.
    """
    query = (
        "SELECT p.id, l.rung, l.kind, l.state AS line, n.state AS notice, n.settled_at, n.created_at FROM papers p"
        " JOIN paper_cases pc ON pc.paper_id = p.id JOIN notice_lines l ON l.case_id = pc.case_id"
        f" JOIN notices n ON n.id = l.notice_id WHERE p.state = 'draft' AND {in_ranges('p.unit', ranges)} AND ((l.kind = 'paper' AND l.rung_no = pc.rung_no"
        " AND l.unit = p.signer_unit AND l.role = p.signer_role) OR l.kind = 'unsigned' OR l.kind = 'vacancy')"
    )
    found: dict[int, dict[str, list[LineState]]] = defaultdict(lambda: defaultdict(list))
    for row in connection.execute(text(query)):
        own = {"": "", rung_name(row.id, REMIND): REMIND, rung_name(row.id, RAISE): RAISE}
        step = own.get("" if row.kind == "paper" else row.rung)
        if step is not None:
            found[row.id][step].append((row.line, row.notice, row.settled_at, row.created_at))
    return found


def _issued(connection: Connection, store: Store, now: datetime, ranges: Ranges | None) -> list[dict[str, Any]]:
    """Signed papers that are on nobody's way yet. One whose every duty was done meanwhile is not sent out."""
    hooks = _hooks(connection, _on_nobodys_way(ranges), micros(now))
    if not hooks:
        return []
    recipients = [PaperFacts.from_json(hook.paper["facts"]).recipients for hook in hooks]
    to = addressees(connection, store, [(h.paper["unit"], r) for h, r in zip(hooks, recipients, strict=True)])
    return [hook.line(ISSUED, *office, "issued") for hook, offices in zip(hooks, to, strict=True) for office in offices]


def _on_nobodys_way(ranges: Ranges | None) -> str:
    """What signed papers fulfil that nobody was sent yet."""
    return (
        "p.state = 'signed' AND p.settled_at <= :at AND NOT EXISTS (SELECT 1 FROM paper_cases x JOIN notice_lines l"
        f" ON l.case_id = x.case_id AND l.rung = 'paper-' || p.id || '-{ISSUED}' AND l.state = 'live' WHERE x.paper_id = p.id)"
        f" AND {in_ranges('p.unit', ranges)}"
    )
