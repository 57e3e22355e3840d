"""Chasing: one pass judges, opens and closes cases, and owes notices, all in one transaction.

The judging is done before the transaction; inside it the cases are read again, so that two passes at
once owe each line once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection, insert, text

from models.plan import Plan
from models.rules import chasing
from models.rules.digest import gather_notices
from models.rules.inhibition import roll_ups
from models.rules.judging import micros
from models.rules.policy import Policy, policy_digest, policy_text, read_policy
from models.rules.recipients import addressed, governments_of, superiors_of, targets_of, with_persons
from models.rules.tree import below
from models.tables import Case, Notice, NoticeLine, Pass, Transition
from models.tables import Policy as PolicyRow
from models.units import NATION
from tasks.judge import Judged, explain_duties, judge_all
from tasks.store import Store

CASES = {
    "case": pl.Int64, "unit": pl.String, "requirement": pl.String, "period": pl.String, "due": pl.Int64,
    "policy": pl.Int64, "rung": pl.Int64, "settled_at": pl.Int64, "acknowledged_until": pl.Int64,
}  # fmt: skip


@dataclass(frozen=True)
class Owed:
    """What one pass decided. `owed` counts the notices it wrote or added lines to."""

    pass_id: int | None
    judged: int
    opened: int = 0
    closed: int = 0
    owed: int = 0
    lines: tuple[dict[str, Any], ...] = field(default=(), repr=False)


def owe(store: Store, scope: str | None, now: datetime, dry_run: bool = False) -> Owed:
    """Judge everything at and below `scope`; open and close cases; owe what is due.

    With `dry_run` nothing is kept, and `lines` holds what would be owed.
    """
    judged = judge_all(store, scope, now)
    with store.writing() as connection:
        turn = _Turn(store, connection, judged, scope, now)
        result = turn.run()
        if dry_run:
            connection.rollback()
    return result


class _Turn:
    """One pass inside its transaction."""

    def __init__(self, store: Store, connection: Connection, judged: Judged, scope: str | None, now: datetime) -> None:
        self.store, self.connection, self.judged, self.scope, self.now = store, connection, judged, scope, now
        self.at = micros(now)
        self.plan: Plan = judged.plan
        self.calendar = store.calendar()

    def run(self) -> Owed:
        pass_id = self._begin()
        self._settle()
        closed = self._close()
        opened = self._open()
        lines, notices = self._fire(pass_id)
        counts = {"judged": self.judged.verdicts.height, "opened": opened, "closed": closed, "owed": notices}
        self.connection.execute(
            text("UPDATE passes SET finished_at = :at, counts = :counts WHERE id = :id"),
            {"at": self.at, "counts": json.dumps(counts), "id": pass_id},
        )
        return Owed(pass_id, **counts, lines=tuple(lines))

    def _begin(self) -> int:
        result = self.connection.execute(insert(Pass).values(as_of=self.at, scope=self.scope).returning(text("id")))
        return int(result.scalar_one())

    def _settle(self) -> None:
        """Note when the last rung of each case was heard: accepted by somebody, or given up for everybody."""
        of_rung = (
            "notice_lines l JOIN notices n ON n.id = l.notice_id WHERE l.case_id = cases.id AND l.rung_no = cases.rung"
        )
        self.connection.execute(
            text(
                "UPDATE cases SET rung_settled_at = COALESCE("
                f"(SELECT MIN(n.settled_at) FROM {of_rung} AND n.state = 'accepted'),"
                f" (SELECT MAX(n.settled_at) FROM {of_rung}), rung_fired_at)"
                " WHERE closed_at IS NULL AND rung >= 0 AND rung_settled_at IS NULL"
                f" AND (EXISTS (SELECT 1 FROM {of_rung} AND n.state = 'accepted')"
                f" OR NOT EXISTS (SELECT 1 FROM {of_rung} AND l.state = 'live' AND n.settled_at IS NULL))"
            )
        )

    def _open_cases(self) -> pl.DataFrame:
        """Open cases in scope. A case opened after `now` (the clock was put back) is left alone."""
        query = (
            "SELECT id, unit, requirement, period, due, policy, rung, rung_settled_at, acknowledged_until"
            " FROM cases WHERE closed_at IS NULL AND opened_at <= :at ORDER BY id"
        )
        cases = self.store.frame(query, CASES, self.connection, at=self.at)
        if self.scope is None or self.scope == NATION:
            return cases
        return cases.join(self.judged.units.select("unit"), on="unit", how="semi", maintain_order="left")

    def _close(self) -> int:
        closing = chasing.to_close(self.judged.verdicts, self._open_cases())
        if closing.is_empty():
            return 0
        rows = [{"case": r["case"], "closed_as": r["closed_as"], "at": self.at} for r in closing.iter_rows(named=True)]
        self.connection.execute(
            text("UPDATE cases SET closed_at = :at, closed_as = :closed_as WHERE id = :case AND closed_at IS NULL"),
            rows,
        )
        withdraw_lines(self.connection, closing.select("case", reason="closed_as"), "withdrawn", self.at)
        return closing.height

    def _open(self) -> int:
        opening = chasing.to_open(self.judged.verdicts, self._open_cases(), self.now)
        opening = opening.filter(pl.col("place").is_in([p for p, r in enumerate(self.plan.requirements) if r.ladder]))
        if opening.is_empty():
            return 0
        policies = self._policies_for(opening["place"].unique().sort().to_list())
        opening = opening.with_columns(requirement=pl.col("requirement").cast(pl.String))
        earlier = self.store.frame(
            "SELECT unit, requirement, period, MAX(seq), MAX(closed_at) FROM cases GROUP BY unit, requirement, period",
            {"unit": pl.String, "requirement": pl.String, "period": pl.String, "seq": pl.Int64, "closed_at": pl.Int64},
            self.connection,
        )
        fresh = opening.join(earlier, on=chasing.DUTY, how="left", maintain_order="left").filter(
            pl.col("closed_at").is_null() | (pl.col("closed_at") <= self.at)
        )
        fresh = fresh.filter(~(pl.col("seq").is_not_null() & pl.col("closed_at").is_null()))
        rows = [
            {"unit": r["unit"], "requirement": r["requirement"], "period": r["period"], "seq": (r["seq"] or 0) + 1,
             "due": r["due"], "policy": policies[r["place"]], "opened_at": self.at, "rung": -1}
            for r in fresh.iter_rows(named=True)
        ]  # fmt: skip
        if rows:
            self.connection.execute(insert(Case), rows)
        return len(rows)

    def _policies_for(self, places: list[int]) -> dict[int, int]:
        """The policy of each requirement, kept once however many cases open with it. {place: policy id}"""
        texts = {place: policy_text(self.plan, self.plan.requirements[place]) for place in places}
        known = {row.digest: row.id for row in self.connection.execute(text("SELECT digest, id FROM policies"))}
        for body in texts.values():
            digest = policy_digest(body)
            if digest not in known:
                row = self.connection.execute(insert(PolicyRow).values(digest=digest, text=body).returning(text("id")))
                known[digest] = row.scalar_one()
        return {place: known[policy_digest(body)] for place, body in texts.items()}

    def _policies(self) -> dict[int, Policy]:
        return {row.id: read_policy(row.text) for row in self.connection.execute(text("SELECT id, text FROM policies"))}

    def _fire(self, pass_id: int) -> tuple[list[dict[str, Any]], int]:
        cases = self._open_cases()
        if cases.is_empty():
            return [], 0
        policies = self._policies()
        rungs = chasing.rung_table(cases, policies, self.calendar)
        fired, overtaken = chasing.due_rungs(cases, rungs, policies, self.calendar, self.now)
        if fired.is_empty():
            return [], 0
        fired = fired.join(
            cases.select("case", "unit", "requirement", "period", "due", "policy", "rung"),
            on="case",
            maintain_order="left",
        )
        self._move_on(fired)
        self._overtake(fired)
        lines = self._lines(fired, policies)
        notices = gather_notices(lines, self._waiting_notices(), self._moments(policies), self.at)
        written = self._write(notices, pass_id)
        return lines.to_dicts(), written

    def _move_on(self, fired: pl.DataFrame) -> None:
        rows = [
            {"case": r["case"], "no": r["no"], "nominal": r["nominal"], "at": self.at}
            for r in fired.iter_rows(named=True)
        ]
        self.connection.execute(
            text(
                "UPDATE cases SET rung = :no, rung_nominal = :nominal, rung_fired_at = :at, rung_settled_at = NULL WHERE id = :case"
            ),
            rows,
        )

    def _overtake(self, fired: pl.DataFrame) -> None:
        """What an earlier rung still had waiting is not sent late."""
        earlier = fired.filter(pl.col("rung") >= 0).select("case", reason=pl.lit("next rung"))
        withdraw_lines(self.connection, earlier, "superseded", self.at)

    def _lines(self, fired: pl.DataFrame, policies: Mapping[int, Policy]) -> pl.DataFrame:
        """One row for each line owed: case, no, id, unit …, to_unit, role, person, kind, and what it says."""
        plan, judged = self.plan, self.judged
        duty = ["unit", "requirement", "period"]
        rolled = roll_ups(plan, judged.verdicts, fired.select(duty), judged.chains)
        fired = fired.join(rolled, on=duty, how="left", maintain_order="left")
        inhibited = pl.col("late_below").is_not_null()
        self._silence(fired.filter(inhibited & (pl.col("escalates") | pl.col("paper"))))
        told = fired.filter(~(inhibited & (pl.col("escalates") | pl.col("paper"))))
        units, further = self.store.units(connection=self.connection), self.store.further_superiors()
        superiors, governments = superiors_of(units, further), governments_of(units, further)
        aimed = addressed(told, targets_of(policies), superiors, governments)
        lines = with_persons(aimed, self.store.contacts(), superiors)
        lines = lines.join(
            self._already(lines), on=["case", "id", "to_unit", "role", "person"], how="anti", maintain_order="left"
        )
        kind = (
            pl.when(pl.col("role") == "admin").then(pl.lit("vacancy"))
            .when(pl.col("paper")).then(pl.lit("paper"))
            .when(pl.col("late_below").is_not_null()).then(pl.lit("roll-up"))
            .when(pl.col("escalates")).then(pl.lit("superior"))
            .when(pl.col("due") <= self.at).then(pl.lit("overdue"))
            .otherwise(pl.lit("reminder"))
        )  # fmt: skip
        return self._worded(lines.with_columns(kind=kind))

    def _already(self, lines: pl.DataFrame) -> pl.DataFrame:
        """Lines of these cases that the ledger holds already."""
        schema = {"case": pl.Int64, "id": pl.String, "to_unit": pl.String, "role": pl.String, "person": pl.String}
        if lines.is_empty():
            return pl.DataFrame(schema=schema)
        least, most = lines["case"].min(), lines["case"].max()
        query = "SELECT case_id, rung, unit, role, person FROM notice_lines WHERE case_id BETWEEN :least AND :most"
        return self.store.frame(query, schema, self.connection, least=least, most=most)

    def _silence(self, fired: pl.DataFrame) -> None:
        """An inhibited office is not reported upwards: its rung counts as done without a word."""
        rows = [{"case": case, "at": self.at} for case in fired["case"]]
        if rows:
            self.connection.execute(text("UPDATE cases SET rung_settled_at = :at WHERE id = :case"), rows)

    def _worded(self, lines: pl.DataFrame) -> pl.DataFrame:
        """Add the place in the plan, standing and reasons of each line's duty."""
        duty = ["unit", "requirement", "period"]
        verdicts = self.judged.verdicts.with_columns(pl.col("requirement").cast(pl.String)).select(
            *duty, "place", "standing"
        )
        wanted = (
            lines.select(duty).unique(maintain_order=True).join(verdicts, on=duty, how="left", maintain_order="left")
        )
        told = explain_duties(self.judged, wanted).select(*duty, "place", "standing", "reason_zh", "reason_en")
        return lines.join(told, on=duty, how="left", maintain_order="left")

    def _waiting_notices(self) -> pl.DataFrame:
        """Notices not yet tried, to which a line for the same person may still be added."""
        query = "SELECT id, person, always FROM notices WHERE state IN ('planned', 'held') AND attempts = 0 AND lease IS NULL ORDER BY id"
        return self.store.frame(query, {"notice": pl.Int64, "person": pl.String, "always": pl.Boolean}, self.connection)

    def _moments(self, policies: Mapping[int, Policy]) -> pl.DataFrame:
        """When a message of each policy may go out: policy, always, not_before."""
        from models.rules.working_time import sendable

        rows = [
            (policy_id, p.always, micros(sendable(self.calendar, p.office_hours, self.now, p.zone, p.always)))
            for policy_id, p in policies.items()
        ]
        return pl.DataFrame(
            rows, schema={"policy": pl.Int64, "always": pl.Boolean, "not_before": pl.Int64}, orient="row"
        )

    def _write(self, lines: pl.DataFrame, pass_id: int) -> int:
        """Write lines and the notices that they need. `lines` has group (one a notice) and notice (null: new)."""
        if lines.is_empty():
            return 0
        heads = lines.unique("group", keep="first", maintain_order=True)
        number_of = {r["group"]: r["notice"] for r in heads.iter_rows(named=True) if r["notice"] is not None}
        fresh = heads.filter(pl.col("notice").is_null())
        first = int(self.connection.execute(text("SELECT COALESCE(MAX(id), 0) + 1 FROM notices")).scalar_one())
        rows, moves = [], []
        for offset, row in enumerate(fresh.iter_rows(named=True)):
            number = first + offset
            number_of[row["group"]] = number
            state = "held" if row["not_before"] > self.at else "planned"
            rows.append(
                {"id": number, "unit": row["to_unit"] or "", "role": row["role"], "person": row["person"],
                 "pass_id": pass_id, "state": state, "urgency": row["urgency"], "always": row["always"],
                 "created_at": self.at, "not_before": row["not_before"], "attempts": 0, "repeat": False}
            )  # fmt: skip
            moves.append({"notice_id": number, "at": self.at, "was": None, "state": state, "reason": f"pass {pass_id}"})
        if rows:
            self.connection.execute(insert(Notice), rows)
            self.connection.execute(insert(Transition), moves)
        self.connection.execute(
            insert(NoticeLine), [_line_row(row, number_of[row["group"]]) for row in lines.iter_rows(named=True)]
        )
        self._keep_counting(first + len(rows))
        return len(number_of)

    def _keep_counting(self, following: int) -> None:
        """PostgreSQL counts by a sequence of its own, which ids given by hand leave behind."""
        if not self.store.is_sqlite:
            self.connection.execute(
                text("SELECT setval(pg_get_serial_sequence('notices', 'id'), :n, false)"), {"n": following}
            )


def _line_row(row: Mapping[str, Any], notice: int) -> dict[str, Any]:
    about = {
        key: row[key]
        for key in (
            "unit",
            "requirement",
            "period",
            "due",
            "place",
            "standing",
            "reason_zh",
            "reason_en",
            "late_below",
            "vacant",
            "vacant_role",
        )
        if row.get(key) is not None
    }
    return {
        "notice_id": notice, "case_id": row["case"], "rung": row["id"], "rung_no": row["no"], "unit": row["to_unit"] or "",
        "role": row["role"], "person": row["person"] or "", "kind": row["kind"], "state": "live",
        "about": json.dumps(about, ensure_ascii=False),
    }  # fmt: skip


def withdraw_lines(connection: Connection, cases: pl.DataFrame, state: str, at: int) -> None:
    """Take back the unsent lines of `cases` (case, reason), and notices that this leaves without a line.

    A notice that a sender holds at this moment is left alone: it may have gone out.
    """
    if cases.is_empty():
        return
    rows = [{"case": r["case"], "state": state} for r in cases.iter_rows(named=True)]
    unsent = "SELECT id FROM notices WHERE state IN ('planned', 'held', 'retry')"
    connection.execute(
        text(
            f"UPDATE notice_lines SET state = :state WHERE case_id = :case AND state = 'live' AND notice_id IN ({unsent})"
        ),
        rows,
    )
    reason = str(cases["reason"][0]) if cases["reason"].n_unique() == 1 else state
    values = {"state": state, "at": at, "reason": reason}
    connection.execute(
        text(
            "INSERT INTO transitions (notice_id, at, was, state, reason)"
            f" SELECT n.id, :at, n.state, :state, :reason FROM notices n WHERE {_EMPTY}"
        ),
        values,
    )
    connection.execute(text(f"UPDATE notices AS n SET state = :state, settled_at = :at WHERE {_EMPTY}"), values)


_EMPTY = (
    "n.state IN ('planned', 'held', 'retry')"
    " AND NOT EXISTS (SELECT 1 FROM notice_lines l WHERE l.notice_id = n.id AND l.state = 'live')"
)


def scope_units(store: Store, scope: str | None) -> pl.DataFrame:
    """The offices at and below `scope`."""
    units = store.units()
    return units if scope is None or scope == NATION else below(units, scope)
