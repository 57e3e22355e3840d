"""Registers in tests: one of each way to name a row, random reports of them, and what they amount to in plain Python."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any

import polars as pl

from models.moments import micros
from models.plan.lists import Column, Register
from models.rules.registers.frames import CODE, EMPTIED, NIL, WITHDRAWN, report_schema
from models.rules.registers.keys import provinces_of
from models.rules.registers.overlay import told_in_order
from models.tables import Batch
from tasks.archive.address import open_archive
from tasks.archive.drafts import writing_files
from tasks.archive.loose_files import add_loose, no_longer_loose, sweep
from tasks.archive.place import REPORTS
from tasks.audit_trail import records
from tasks.audit_trail.tied_readings import READING
from tasks.campaign.frames import add_row
from tasks.campaign.locks import LEDGER, of_offices
from tasks.campaign.store import Store
from tasks.intake.intake import put_written, remove_overtaken
from tasks.registers.archived import archive_name, shared_prefix, write_rows
from tasks.registers.before import open_before
from tasks.registers.states import state_names

PROBLEMS = Register(
    id="problems",
    title="问题清单",
    kept_by=("county",),
    rows_at=("county", "township", "village"),
    key=("list", "row"),
    columns={
        "list": Column("list", "清单批次", "text"),
        "row": Column("row", "序号", "number"),
        "due": Column("due", "办理期限", "date"),
        "state": Column("state", "状态", "one_of", values={"received": "已接收", "closed": "已办结"}),
        "kinds": Column("kinds", "类别", "one_of", values={"a": "甲", "b": "乙"}, several=True),
        "seen": Column("seen", "见面", "yes_no"),
    },
)
"""Named without a code, kept by counties."""
FUNDS = Register(
    id="funds",
    title="经费台账",
    kept_by=("province", "city", "county"),
    rows_at=("province", "city", "county"),
    key=("code", "entry"),
    columns={
        "entry": Column("entry", "笔次", "text"),
        "amount": Column("amount", "金额", "number", unit="yuan"),
        "day": Column("day", "日期", "date"),
    },
)
"""Named with the code, kept by offices of three levels."""


def cells_of(register: Register) -> list[str]:
    """The columns of a report that are no part of the key."""
    return [CODE, *(column.id for column in register.reported if column.id not in register.key)]


def reported(register: Register, rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """Rows of a report (`report_schema`); what a row does not name is empty."""
    schema = report_schema(register)
    blank: dict[str, Any] = dict.fromkeys(schema.names())
    return pl.DataFrame([{**blank, **row} for row in rows], schema=schema)


@dataclass
class PlainRows:
    """All reports again from the beginning, row by row: what the state of a register ought to say."""

    register: Register
    reports: list[tuple[int, int, list[dict[str, Any]]]] = field(default_factory=list)
    """as_of, batch and rows, in order of arrival."""

    def keeper(self, code: str) -> str:
        digits = {"province": 2, "city": 4, "county": 6, "township": 9}
        return code[: max(digits[level] for level in self.register.kept_by if digits[level] <= len(code))]

    def name(self, row: dict[str, Any]) -> tuple[Any, ...]:
        return (self.keeper(row[CODE]), *(row[part] for part in self.register.key))

    def at(self, moment: int) -> list[dict[str, Any]]:
        rows: dict[tuple[Any, ...], dict[str, Any]] = {}
        nil: dict[str, dict[str, Any]] = {}
        for as_of, batch, told in sorted(self.reports, key=lambda one: one[:2]):
            if as_of > moment:
                continue
            marks = {":since": as_of, ":changed": as_of, ":batch": batch}
            for row in told:
                if not row.get(NIL):
                    self._lay(rows, row, marks)
            keeping = {key[0] for key, row in rows.items() if not row[WITHDRAWN]}
            for row in told:
                if row.get(NIL) and row[CODE] not in nil:
                    nil[row[CODE]] = {CODE: row[CODE], WITHDRAWN: False, NIL: True, **marks}
            nil = {keeper: row for keeper, row in nil.items() if keeper not in keeping}
        return [*rows.values(), *nil.values()]

    def _lay(self, rows: dict[tuple[Any, ...], dict[str, Any]], row: dict[str, Any], marks: dict[str, int]) -> None:
        before = rows.get(self.name(row))
        there = before is not None and not before[WITHDRAWN]
        if row.get(WITHDRAWN):
            if there:
                assert before is not None
                before.update({WITHDRAWN: True, **marks, ":since": before[":since"]})
            return
        columns = [*self.register.key, *cells_of(self.register)]
        if not there:
            rows[self.name(row)] = {**{name: row.get(name) for name in columns}, WITHDRAWN: False, NIL: False, **marks}
            return
        assert before is not None
        cells = {name: row[name] for name in cells_of(self.register) if row.get(name) is not None}
        cells |= dict.fromkeys(row.get(EMPTIED) or ())
        if any(before[name] != value for name, value in cells.items()):
            before.update({**cells, **marks, ":since": before[":since"]})


def as_set(rows: list[dict[str, Any]], register: Register) -> list[tuple[Any, ...]]:
    """Rows to be compared: in no order, empty where nothing is said."""
    names = [*dict.fromkeys([CODE, *register.columns]), WITHDRAWN, NIL, ":since", ":changed", ":batch"]
    return sorted((tuple(row.get(name) for name in names) for row in rows), key=str)


def draw_report(chance: random.Random, register: Register, codes: Sequence[str]) -> list[dict[str, Any]]:
    """Some rows of some offices: new ones, changes, withdrawals, emptied cells and nil returns; no key twice."""
    plain, found = PlainRows(register), dict[tuple[Any, ...], dict[str, Any]]()
    for _ in range(chance.randint(1, 6)):
        code = chance.choice(codes)
        if chance.random() < 0.2:
            keeper = plain.keeper(code)
            found[("nil", keeper)] = {CODE: keeper, NIL: True}
            continue
        row: dict[str, Any] = {CODE: code, WITHDRAWN: chance.random() < 0.25 or None}
        for column in register.reported:
            if column.id in register.key or chance.random() < 0.7:
                row[column.id] = _drawn(chance, column)
        row[EMPTIED] = [one.id for one in register.reported if one.id not in row and chance.random() < 0.4] or None
        found[plain.name(row)] = row
    return list(found.values())


def _drawn(chance: random.Random, column: Column) -> Any:
    if column.several:
        return chance.sample(sorted(column.values), chance.randint(1, len(column.values)))
    match column.type:
        case "number":
            return float(chance.randint(1, 2))
        case "date":
            return date(2020, 11, chance.randint(1, 3))
        case "yes_no":
            return chance.random() < 0.5
        case "one_of":
            return chance.choice(sorted(column.values))
        case _:
            return chance.choice(("x", "y"))


def take_rows(
    store: Store,
    register: Register,
    rows: Sequence[dict[str, Any]] | pl.DataFrame,
    as_of: datetime,
    at: datetime,
    *,
    whole: bool = False,
) -> int:
    """Let rows (`report_schema`, if they are a frame) come in as a report that was found to be in order. Returns its number.

    whole: all areas that it speaks of are written again.
    """
    frame, moment = (rows if isinstance(rows, pl.DataFrame) else reported(register, rows)).sort(CODE), micros(as_of)
    name = archive_name(moment, shared_prefix(frame[CODE]), sha256(repr((frame.rows(), as_of)).encode()).hexdigest())
    provinces, report = provinces_of(frame), f"{REPORTS}/{name}"
    written = {report, *state_names(name, provinces)}
    archive = open_archive(store)
    with store.writing(LEDGER) as connection:
        sweep(connection, archive, at)
        add_loose(connection, written, at)
    with store.writing(of_offices(frame[CODE])) as connection:
        batch = add_row(
            connection,
            Batch,
            digest=name.split("_")[2],
            file_name="rows.csv",
            as_of=moment,
            author="甲县人普办",
            received_at=micros(at),
            accepted=frame.height,
            rejected=0,
            archive=name,
            register=register.id,
        )
        frame = told_in_order(frame, register)
        with writing_files() as write:
            archived = write(write_rows, archive.draft(report), register, frame, {"as_of": as_of.isoformat()})
            before = open_before(connection, archive, register, frame, moment, but=batch, whole=whole)
            overlaid = before.with_report(
                connection=connection,
                archive=archive,
                rows=frame,
                as_of=moment,
                batch=batch,
                report=name,
                write=write,
            )
            archived.result()
            none = pl.DataFrame(schema=READING)
            records.record_report(connection, batch, none, at, rows=archive.draft(report))
        new = {report, *(one.new for one in overlaid if one.new is not None)}
        overtaken = put_written(connection, archive, new, overlaid, batch=batch, at=at)
        no_longer_loose(connection, written)
    remove_overtaken(archive, overtaken)
    return batch
