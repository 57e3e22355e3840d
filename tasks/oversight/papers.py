"""What the auditor asks of papers: nothing goes out unsigned, no draft lies unnoticed, no signed one stays behind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from models.rules.oversight.findings import Finding, Kind
from models.rules.papers.papers import heard, recall_moment
from tasks.campaign.store import Store
from tasks.papers.in_notices import ISSUED, REMIND, rung_name

_PAPERS = (
    "SELECT p.id, p.state, p.settled_at, s.at AS signed_at FROM papers p LEFT JOIN signatures s ON s.paper_id = p.id"
    " WHERE p.made_at < :last AND (p.settled_at IS NULL OR p.settled_at >= :first - :grace OR EXISTS (SELECT 1"
    " FROM paper_cases pc JOIN notice_lines l ON l.case_id = pc.case_id WHERE pc.paper_id = p.id"
    " AND l.owed_at >= :first AND l.rung LIKE 'paper-%')) ORDER BY p.id"
)
_LINES = (
    "SELECT p.id, l.rung, l.kind, l.state AS line, n.state AS notice, n.settled_at, COALESCE(l.owed_at, n.created_at) AS owed,"
    " c.unit, c.requirement, c.period FROM papers p JOIN paper_cases pc ON pc.paper_id = p.id"
    " JOIN cases c ON c.id = pc.case_id JOIN notice_lines l ON l.case_id = c.id JOIN notices n ON n.id = l.notice_id"
    " WHERE n.created_at < :last AND (l.rung LIKE 'paper-%' OR (l.kind = 'paper' AND l.rung_no = pc.rung_no"
    " AND l.unit = p.signer_unit AND l.role = p.signer_role)) ORDER BY l.id"
)
_CASES = (
    "SELECT pc.paper_id, c.unit, c.requirement, c.period, c.closed_at FROM paper_cases pc"
    " JOIN cases c ON c.id = pc.case_id ORDER BY pc.paper_id, c.id"
)


@dataclass(frozen=True)
class _Window:
    """What is audited, in microseconds."""

    first: int
    last: int
    grace: int

    def asks(self, moment: int) -> bool:
        """True if the grace after `moment` ends in the window."""
        return self.first < moment + self.grace <= self.last


def paper_findings(store: Store, first: int, last: int, grace: int) -> list[Finding]:
    """Lines about papers that the ledger lacks, or holds without ground."""
    window = _Window(first, last, grace)
    values = {"first": first, "last": last, "grace": grace}
    with store.reading() as connection:
        papers = connection.execute(text(_PAPERS), values).mappings().all()
        if not papers:
            return []
        lines, cases = _by_paper(connection, _LINES, "id", values), _by_paper(connection, _CASES, "paper_id", {})
    found: list[Finding] = []
    for paper in papers:
        one = _Paper(store, dict(paper), lines[paper["id"]], cases[paper["id"]], window)
        found += [*one.out_unsigned(), *one.reminders(), *one.not_issued()]
    return found


def _by_paper(
    connection: Connection, query: str, key: str, values: Mapping[str, int]
) -> dict[int, list[Mapping[str, Any]]]:
    found: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for row in connection.execute(text(query), values).mappings():
        found[row[key]].append(dict(row))
    return found


@dataclass(frozen=True)
class _Paper:
    """A paper with its lines in the ledger and its cases."""

    store: Store
    paper: Mapping[str, Any]
    lines: Sequence[Mapping[str, Any]]
    cases: Sequence[Mapping[str, Any]]
    window: _Window

    def out_unsigned(self) -> Iterator[Finding]:
        """A paper that went to its readers although nobody had signed it by then."""
        signed = self.paper["signed_at"]
        for line in self._own(ISSUED):
            if self._is_inside(line) and (signed is None or line["owed"] < signed):
                yield self._finding("extra", line, line["rung"], line["owed"], "unsigned")

    def reminders(self) -> Iterator[Finding]:
        """A signer who was reminded too early, or not at all."""
        falls, reminded = self._recalled_at(), self._own(REMIND)
        for line in reminded:
            if self._is_inside(line) and (falls is None or line["owed"] < falls):
                yield self._finding("extra", line, line["rung"], line["owed"], "hurried")
        if falls is None or reminded or not self.window.asks(falls):
            return
        if not self._is_draft_at(falls + self.window.grace):
            return
        if case := self._chased(falls):
            yield self._finding("missing", case, rung_name(self.paper["id"], REMIND), falls, "lies")

    def not_issued(self) -> Iterator[Finding]:
        """A signed paper that went to nobody."""
        signed = self.paper["signed_at"]
        if signed is None or self._own(ISSUED) or not self.window.asks(signed):
            return
        if case := self._chased(signed):
            yield self._finding("missing", case, rung_name(self.paper["id"], ISSUED), signed, "unissued")

    def _own(self, step: str) -> list[Mapping[str, Any]]:
        return [line for line in self.lines if line["rung"] == rung_name(self.paper["id"], step)]

    def _is_inside(self, line: Mapping[str, Any]) -> bool:
        return bool(self.window.first <= line["owed"] < self.window.last)

    def _is_draft_at(self, at: int) -> bool:
        return self.paper["settled_at"] is None or self.paper["settled_at"] > at

    def _recalled_at(self) -> int | None:
        """When a draft is recalled: some working days after its signer heard of it; None while nobody has."""
        first = [
            (one["line"], one["notice"], one["settled_at"], one["owed"]) for one in self.lines if one["kind"] == "paper"
        ]
        reached = heard(first)
        if reached is None:
            return None
        plan, days = self.store.plan(), self.store.settings.paper_remind_days
        return recall_moment(reached, days, self.store.calendar(), plan.office_hours, plan.zone)

    def _chased(self, at: int) -> Mapping[str, Any] | None:
        """The first of its cases that is still chased when the grace after `at` is over."""
        end = at + self.window.grace
        return next((case for case in self.cases if case["closed_at"] is None or case["closed_at"] > end), None)

    def _finding(self, kind: Kind, duty: Mapping[str, Any], rung: str, at: int, why: str) -> Finding:
        return Finding(
            kind=kind,
            unit=duty["unit"],
            requirement=duty["requirement"],
            period=duty["period"],
            rung=rung,
            at=at,
            why=why,
        )
