"""The rows that a campaign keeps: shape and constraints only.

Moments are whole microseconds since 1970 in UTC (`Micros`), so that both databases keep them exactly
and Polars reads millions of them without parsing.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Float, Index, Integer, LargeBinary, String, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

Micros = int


def _moment(nullable: bool = True, **options: Any) -> Any:
    return Field(default=None if nullable else ..., sa_column=Column(BigInteger, nullable=nullable, **options))


def _identity() -> Any:
    """A number that the database gives; SQLite counts up only for plain INTEGER."""
    return Field(default=None, sa_column=Column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True))


class Campaign(SQLModel, table=True):
    """普查任务: one plan in one database. `sources` is JSON: [{"name", "text"}], the plan file and all it extends."""

    __tablename__ = "campaign"
    id: int = Field(default=1, primary_key=True)
    census: str
    title: str
    sources: str = Field(sa_column=Column(Text, nullable=False))
    leaves: str = Field(sa_column=Column(Text, nullable=False))
    loaded_at: Micros = _moment(nullable=False)


class PlanVersion(SQLModel, table=True):
    """Every plan that was ever in force, so that an old deadline can be explained."""

    __tablename__ = "plan_versions"
    id: int | None = _identity()
    sources: str = Field(sa_column=Column(Text, nullable=False))
    loaded_at: Micros = _moment(nullable=False)


class UnitRow(SQLModel, table=True):
    """An office. `root` rows have no superior. A container prefecture is not stored."""

    __tablename__ = "units"
    code: str = Field(primary_key=True, max_length=12)
    name: str
    level: str = Field(index=True)
    superior: str | None = Field(default=None, index=True)


class SuperiorRow(SQLModel, table=True):
    """A further superior by line, beside the one in `units`."""

    __tablename__ = "superiors"
    code: str = Field(primary_key=True, max_length=12)
    superior: str = Field(primary_key=True, max_length=12)
    line: str = Field(primary_key=True)


class ContactRow(SQLModel, table=True):
    """A person in a role. `channel` is encrypted; `person` is a keyed hash of name and channel."""

    __tablename__ = "contacts"
    __table_args__ = (UniqueConstraint("unit", "role", "person"),)
    id: int | None = _identity()
    unit: str = Field(index=True, max_length=12)
    role: str
    name: str
    channel: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    person: str
    place: int = 0


class Batch(SQLModel, table=True):
    """A received report. The same file for the same time is one batch."""

    __tablename__ = "batches"
    __table_args__ = (UniqueConstraint("digest", "as_of"),)
    id: int | None = _identity()
    digest: str
    file_name: str
    as_of: Micros = _moment(nullable=False)
    author: str
    received_at: Micros = _moment(nullable=False)
    accepted: int
    rejected: int
    archive: str | None = None
    rejections: str | None = None
    districts: bool = False


class Reading(SQLModel, table=True):
    """读数: never changed. Of several for one (indicator, unit, as_of) the highest batch holds.

    reported/expected count the districts behind a rolled-up figure; `value` is null while some are missing.
    """

    __tablename__ = "readings"
    indicator: str = Field(primary_key=True)
    unit: str = Field(primary_key=True, max_length=12)
    as_of: Micros = _moment(nullable=False, primary_key=True)
    batch: int = Field(sa_column=Column(BigInteger, primary_key=True))
    value: float | None = Field(default=None, sa_column=Column(Float(53), nullable=True))
    reported: int | None = None
    expected: int | None = None
    evidence: str | None = None


class Policy(SQLModel, table=True):
    """The ladder, hours and phase title with which a case opened; shared by all cases that opened with it."""

    __tablename__ = "policies"
    id: int | None = _identity()
    digest: str = Field(unique=True)
    text: str = Field(sa_column=Column(Text, nullable=False))


class Case(SQLModel, table=True):
    """催办件: a duty being chased. `period` is empty for a duty that is due once."""

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("unit", "requirement", "period", "seq"),
        Index("cases_open", "closed_at", "unit"),
    )
    id: int | None = _identity()
    unit: str = Field(max_length=12)
    requirement: str
    period: str = ""
    seq: int = 1
    due: Micros = _moment(nullable=False)
    policy: int = Field(sa_column=Column(BigInteger, nullable=False))
    opened_at: Micros = _moment(nullable=False)
    closed_at: Micros | None = _moment()
    closed_as: str | None = None
    rung: int = -1
    rung_nominal: Micros | None = _moment()
    rung_fired_at: Micros | None = _moment()
    rung_settled_at: Micros | None = _moment()
    acknowledged_until: Micros | None = _moment()


class Decision(SQLModel, table=True):
    """签收, 延期, 豁免: what a person decided on a case. `until` is the new due moment of an extension."""

    __tablename__ = "decisions"
    id: int | None = _identity()
    case_id: int = Field(sa_column=Column(BigInteger, nullable=False, index=True))
    unit: str
    requirement: str
    period: str = ""
    kind: str
    author: str
    at: Micros = _moment(nullable=False)
    until: Micros | None = _moment()
    reason: str | None = None


class Notice(SQLModel, table=True):
    """通知: one message to one person, made of lines.

    not_before: when hours allow it; next_try: when the ledger tries again; lease_until: while a sender
    holds it, under `lease` (a fencing token: a sender whose token is no longer there may not record).
    """

    __tablename__ = "notices"
    __table_args__ = (Index("notices_waiting", "state", "not_before"),)
    id: int | None = _identity()
    unit: str = Field(max_length=12)
    role: str
    person: str | None = None
    pass_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    state: str
    urgency: int = 0
    always: bool = False
    created_at: Micros = _moment(nullable=False)
    not_before: Micros = _moment(nullable=False)
    next_try: Micros | None = _moment()
    attempts: int = 0
    repeat: bool = False
    lease: str | None = None
    lease_until: Micros | None = _moment()
    settled_at: Micros | None = _moment()
    code: str | None = None
    error: str | None = None
    sent_text: str | None = Field(default=None, sa_column=Column(Text, nullable=True))


class NoticeLine(SQLModel, table=True):
    """One line of a notice. (case, rung, recipient) is owed once, whatever happens."""

    __tablename__ = "notice_lines"
    __table_args__ = (UniqueConstraint("case_id", "rung", "unit", "role", "person"),)
    id: int | None = _identity()
    notice_id: int = Field(sa_column=Column(BigInteger, nullable=False, index=True))
    case_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    rung: str
    rung_no: int
    unit: str = Field(max_length=12)
    role: str
    person: str = ""
    kind: str
    state: str = "live"
    about: str = Field(sa_column=Column(Text, nullable=False))


class Transition(SQLModel, table=True):
    """What happened to a notice, in order; never changed."""

    __tablename__ = "transitions"
    id: int | None = _identity()
    notice_id: int = Field(sa_column=Column(BigInteger, nullable=False, index=True))
    at: Micros = _moment(nullable=False)
    was: str | None = None
    state: str
    reason: str | None = None


class Pass(SQLModel, table=True):
    """巡查: one run of the watch."""

    __tablename__ = "passes"
    id: int | None = _identity()
    as_of: Micros = _moment(nullable=False)
    scope: str | None = Field(default=None, sa_column=Column(String(12), nullable=True))
    finished_at: Micros | None = _moment()
    counts: str | None = Field(default=None, sa_column=Column(Text, nullable=True))


class Exit(SQLModel, table=True):
    """A phase's exit at a unit, signed by a person: passes the gate whatever is still open."""

    __tablename__ = "exits"
    unit: str = Field(primary_key=True, max_length=12)
    phase: str = Field(primary_key=True)
    author: str
    at: Micros = _moment(nullable=False)
    reason: str | None = None
