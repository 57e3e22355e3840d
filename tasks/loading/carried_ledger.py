"""Cases, decisions, exits and notices under new codes (催办台账随转), in the transaction of a change of divisions."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection, delete, insert, text
from sqlmodel import SQLModel, col, select

from models.moments import micros
from models.plan.model import Plan
from models.rules.loading.carried_duties import Carried, carried_cases, carried_decisions, carried_exits
from models.tables import Aside, Case, Decision, Exit
from tasks.audit_trail.ties import decided, signed_exit
from tasks.campaign.frames import next_ids, read_frame, staged
from tasks.chasing.cases import close_cases, settle_rungs

_CASES = {
    "id": pl.Int64,
    "unit": pl.String,
    "requirement": pl.String,
    "period": pl.String,
    "seq": pl.Int64,
    "due": pl.Int64,
    "rung": pl.Int64,
    "closed": pl.Boolean,
}
_DECISIONS = {
    "id": pl.Int64,
    "unit": pl.String,
    "requirement": pl.String,
    "period": pl.String,
    "kind": pl.String,
    "until": pl.Int64,
}
_NOT_TWICE = (
    " AND NOT EXISTS (SELECT 1 FROM notice_lines o WHERE o.case_id = notice_lines.case_id AND o.rung = notice_lines.rung"
    " AND o.unit = s.new AND o.role = notice_lines.role AND o.person = notice_lines.person)"
)
"""A person who heard of a rung under both codes has two lines of it."""


@dataclass
class LedgerCarried:
    """What of the ledger is under another code now. copies: by the new code the number of a case and that of its copy.

    decisions, exits: what the trail is told, rows of before and rows of now; left: how many decisions and exits hold for no
    more than a part of a merged office, and are not its own.
    """

    cases: int = 0
    merged: tuple[int, ...] = ()
    split: tuple[int, ...] = ()
    copies: dict[str, dict[int, int]] = field(default_factory=dict)
    decisions: dict[str, list[tuple[Hashable, ...]]] = field(default_factory=dict)
    exits: dict[str, list[tuple[Hashable, ...]]] = field(default_factory=dict)
    left: int = 0

    @property
    def decided(self) -> int:
        return len(self.decisions["now"]) + len(self.exits["now"])


def carry_ledger(
    connection: Connection, plan: Plan, pairs: pl.DataFrame, since: datetime, now: datetime
) -> LedgerCarried:
    """Let what is chased, was decided and waits to be told follow. pairs: old, new, parts, joined; units are the new ones."""
    done = LedgerCarried()
    settle_rungs(connection)
    with staged(connection, pairs.select("old", "new", "parts", "joined")):
        cases = read_frame(connection, _query("cases", _CASES, "closed_at IS NOT NULL AS closed"), _CASES)
        decisions = read_frame(connection, _query("decisions", _DECISIONS), _DECISIONS)
    periodic = [requirement.key for requirement in plan.requirements if requirement.every]
    carried = carried_cases(cases, pairs, micros(since), periodic)
    _carry_decisions(connection, done, carried_decisions(decisions, pairs))
    _carry_exits(connection, done, pairs)
    _recode_cases(connection, cases, carried)
    done.copies = _copy_cases(connection, cases, carried)
    done.cases = carried.recoded["id"].len() + carried.copied.height
    done.merged, done.split = (
        tuple(carried.closed.filter(pl.col("closed_as") == word)["id"]) for word in ("merged", "split")
    )
    close_cases(connection, carried.closed.rename({"id": "case"}), micros(now))
    _carry_notices(connection, pairs, carried.recoded)
    _carry_asides(connection, pairs)
    return done


def _query(table: str, schema: Mapping[str, Any], last: str | None = None) -> str:
    names = [*list(schema)[:-1], last] if last else list(schema)
    return f"SELECT {', '.join(names)} FROM {table} WHERE unit IN (SELECT old FROM staged) ORDER BY id"


def _recode_cases(connection: Connection, cases: pl.DataFrame, carried: Carried) -> None:
    """Give cases their new code, and numbers in a row after those that its duty had under that code before."""
    rows = carried.recoded.join(cases, on="id").sort("seq", "id")
    numbered = _after_those_there(connection, rows, rows["id"].to_list())
    if numbered.is_empty():
        return
    with staged(connection, numbered.select("new", "next", case_id="id")):
        connection.execute(text("UPDATE cases SET unit = s.new, seq = s.next FROM staged s WHERE cases.id = s.case_id"))


def _after_those_there(connection: Connection, rows: pl.DataFrame, but: Sequence[int]) -> pl.DataFrame:
    """rows (id, new, requirement, period …, in order) with `next`, the number of each within its duty. but: cases that go."""
    with staged(connection, rows.select("new").unique()):
        query = "SELECT id, unit, requirement, period, seq FROM cases WHERE unit IN (SELECT new FROM staged)"
        there = read_frame(
            connection, query, {name: _CASES[name] for name in ("id", "unit", "requirement", "period", "seq")}
        )
    duty = ["new", "requirement", "period"]
    last = (
        there.filter(~pl.col("id").is_in(list(but)))
        .group_by(new="unit", requirement="requirement", period="period")
        .agg(last=pl.col("seq").max())
    )
    return rows.join(last, on=duty, how="left", maintain_order="left").with_columns(
        next=pl.col("last").fill_null(0) + pl.int_range(1, pl.len() + 1).over(duty)
    )


def _copy_cases(connection: Connection, cases: pl.DataFrame, carried: Carried) -> dict[str, dict[int, int]]:
    """Give each part of a split office a case of its own that goes on where the old one was."""
    rows = _after_those_there(connection, carried.copied.join(cases, on="id").sort("new", "id"), ())
    if rows.is_empty():
        return {}
    first = next_ids(connection, "cases", rows.height)
    found: dict[str, dict[int, int]] = {}
    copies = []
    of_case = {row["id"]: dict(row) for row in _rows(connection, Case, rows["id"].unique())}
    for number, (case, new, seq) in enumerate(rows.select("id", "new", "next").iter_rows(), first):
        copies.append(
            # what became of its rungs is told of the case that it is a copy of
            {**of_case[case], "id": number, "unit": new, "seq": seq, "trail": "", **_not_yet_heard(of_case[case])}
        )
        found.setdefault(new, {})[case] = number
    connection.execute(insert(Case), copies)
    return found


def _not_yet_heard(case: Mapping[str, Any]) -> dict[str, Any]:
    """A rung that nobody has heard of yet is told to each part: it fires once more."""
    return {"rung": case["rung"] - 1} if case["rung"] >= 0 and case["rung_settled_at"] is None else {}


def _rows(connection: Connection, table: type[SQLModel], ids: pl.Series) -> Sequence[Mapping[str, Any]]:
    key = SQLModel.metadata.tables[str(table.__tablename__)].c["id"]
    parts = (ids.slice(start, 500).to_list() for start in range(0, ids.len(), 500))
    return [row for part in parts for row in connection.execute(select(table).where(key.in_(part))).mappings()]  # type: ignore[misc]


def _carry_decisions(connection: Connection, done: LedgerCarried, carried: Carried) -> None:
    rows = {
        row["id"]: dict(row)
        for row in _rows(connection, Decision, pl.concat([carried.recoded["id"], carried.copied["id"]]).unique())
    }
    moved = [({**rows[number], "unit": new}, rows[number]) for number, new in carried.recoded.iter_rows()]
    copies = [{**rows[number], "unit": new} for number, new in carried.copied.iter_rows()]
    if moved:
        with staged(connection, carried.recoded.select("new", decision="id")):
            connection.execute(text("UPDATE decisions SET unit = s.new FROM staged s WHERE decisions.id = s.decision"))
    if copies:
        connection.execute(insert(Decision), [{name: row[name] for name in row if name != "id"} for row in copies])
    done.decisions = {
        "was": [decided(was) for _, was in moved],
        "now": [decided(row) for row in (*(now for now, _ in moved), *copies)],
    }
    done.left += len(carried.left)


def _carry_exits(connection: Connection, done: LedgerCarried, pairs: pl.DataFrame) -> None:
    olds = set(pairs["old"])
    signed = [dict(row) for row in connection.execute(select(Exit)).mappings() if row["unit"] in olds]
    schema = {"id": pl.Int64, "unit": pl.String, "phase": pl.String, "at": pl.Int64}
    frame = pl.DataFrame(
        [(number, row["unit"], row["phase"], row["at"]) for number, row in enumerate(signed)],
        schema=schema,
        orient="row",
    )
    carried = carried_exits(frame, pairs)
    was = [signed[number] for number, _ in carried.recoded.iter_rows()]
    now = [
        {**signed[number], "unit": new}
        for part in (carried.recoded, carried.copied)
        for number, new in part.iter_rows()
    ]
    for row in was:
        connection.execute(delete(Exit).where(col(Exit.unit) == row["unit"], col(Exit.phase) == row["phase"]))
    if now:
        connection.execute(insert(Exit), now)
    done.exits = {"was": [signed_exit(row) for row in was], "now": [signed_exit(row) for row in now]}
    done.left += len(carried.left)


def _carry_notices(connection: Connection, pairs: pl.DataFrame, recoded: pl.DataFrame) -> None:
    """What waits to be told goes to the same person in the same role under the new code; what an office of one code only was
    told counts as told to it. Of a split office the first part takes over what waits."""
    one = (
        pairs.with_columns(other=pl.col("old") != pl.col("new"), plain=(pl.col("parts") == 1) & (pl.col("joined") == 1))
        .sort("old", "other", "new")
        .unique("old", keep="first", maintain_order=True)
        .filter("other")
    )
    if one.is_empty():
        return
    with staged(connection, one.select("old", "new", "plain")):
        for table, waits in (
            ("notices", "notices.settled_at IS NULL"),
            (
                "notice_lines",
                "EXISTS (SELECT 1 FROM notices n WHERE n.id = notice_lines.notice_id AND n.settled_at IS NULL)",
            ),
        ):
            twice = _NOT_TWICE if table == "notice_lines" else ""
            connection.execute(
                text(
                    f"UPDATE {table} SET unit = s.new FROM staged s WHERE {table}.unit = s.old AND (s.plain OR {waits}){twice}"
                )
            )
    of_cases = recoded.join(one.select("old", "new"), on="new")
    with staged(connection, of_cases.select("old", "new", case_id="id")):
        connection.execute(
            text(
                "UPDATE notice_lines SET unit = s.new FROM staged s WHERE notice_lines.case_id = s.case_id"
                f" AND notice_lines.unit = s.old{_NOT_TWICE}"
            )
        )


def _carry_asides(connection: Connection, pairs: pl.DataFrame) -> None:
    """What was set aside of an office is of each that it became; it is tried again when its time comes."""
    olds = set(pairs["old"])
    held = [dict(row) for row in connection.execute(select(Aside)).mappings()]
    gone = [row for row in held if row["unit"] in olds]
    if not gone:
        return
    became: dict[str, list[str]] = {}
    for old, new in pairs.select("old", "new").iter_rows():
        became.setdefault(old, []).append(new)
    wanted = {(row["phase"], new): {**row, "unit": new} for row in gone for new in became[row["unit"]]}
    for row in gone:
        connection.execute(delete(Aside).where(col(Aside.phase) == row["phase"], col(Aside.unit) == row["unit"]))
    connection.execute(insert(Aside), list(wanted.values()))
