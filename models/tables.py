"""The rows that a campaign keeps: shape and constraints only.

Moments are whole microseconds since 1970 in UTC (`Micros`), so that both databases keep them exactly
and Polars reads millions of them without parsing. `machine_at` is the machine's own clock when an act was done, beside the
moment that it was done for.
"""

from __future__ import annotations

import warnings
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlmodel import Field, SQLModel

Micros = int

# the method of that name is of abstract classes, which nothing here is
warnings.filterwarnings("ignore", message='Field name "register" in')


def _moment(nullable: bool = True, **options: Any) -> Any:
    return Field(default=None if nullable else ..., sa_column=Column(BigInteger, nullable=nullable, **options))


def _identity() -> Any:
    """A number that the database gives; SQLite counts up only for plain INTEGER."""
    return Field(default=None, sa_column=Column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True))


class Campaign(SQLModel, table=True):
    """普查任务: one plan in one database. `sources` is JSON: [{"name", "text"}], the plan file and all it extends.

    proof: its conditions as they were read and proven when it was loaded (models.plan.expressions.proven).
    """

    __tablename__ = "campaign"
    id: int = Field(default=1, primary_key=True)
    census: str
    title: str
    sources: str = Field(sa_column=Column(Text, nullable=False))
    leaves: str = Field(sa_column=Column(Text, nullable=False))
    proof: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    loaded_at: Micros = _moment(nullable=False)


class PlanVersion(SQLModel, table=True):
    """Every plan that was ever in force, so that an old deadline can be explained."""

    __tablename__ = "plan_versions"
    id: int | None = _identity()
    sources: str = Field(sa_column=Column(Text, nullable=False))
    loaded_at: Micros = _moment(nullable=False)


class UnitRow(SQLModel, table=True):
    """An office. `root` rows have no superior. A container prefecture is not stored. kind: of a township, where its list says
    so (`UNIT_KINDS`); elsewhere its code does.

    Those that answer to another province stand in `units_across`: every writer of a province asks for them. Who asks for those of
    some levels in a range of codes looks them up in `units_by_level`, and at none of the villages between them.
    """

    __tablename__ = "units"
    __table_args__ = (
        Index(
            "units_across",
            "code",
            sqlite_where=text("substr(code, 1, 2) <> substr(superior, 1, 2)"),
            postgresql_where=text("substr(code, 1, 2) <> substr(superior, 1, 2)"),
        ),
        Index("units_by_level", "level", "code"),
    )
    code: str = Field(primary_key=True, max_length=12)
    name: str
    level: str
    superior: str | None = Field(default=None, index=True)
    kind: str | None = None


class UnitChange(SQLModel, table=True):
    """区划变更: an office of `old` is, from `since` on, that of `new`, or one of several; see `tasks.loading.unit_changes`.

    change: the number of the batch that carried its figures over; rows of one change hold at once. parts: into how many the
    old one went; joined: how many the new one came from. Where both codes are the same, an office kept its code in a
    merger or a split.
    """

    __tablename__ = "unit_changes"
    change: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    old: str = Field(primary_key=True, max_length=12)
    new: str = Field(primary_key=True, max_length=12, index=True)
    since: Micros = _moment(nullable=False)
    made_at: Micros = _moment(nullable=False)
    parts: int = 1
    joined: int = 1


class SuperiorRow(SQLModel, table=True):
    """A further superior by line, beside the one in `units`."""

    __tablename__ = "superiors"
    code: str = Field(primary_key=True, max_length=12)
    superior: str = Field(primary_key=True, max_length=12)
    line: str = Field(primary_key=True)


class ContactRow(SQLModel, table=True):
    """One channel of a person in a role; several rows of one person are tried in the order of `place`.

    `channel` is encrypted; `person` and `address` are keyed hashes, of who it is and of the channel;
    `shown` is the channel masked; `quiet` are hours in which the person gets no message. `only_for`: what the person is told
    of in the role, as `models.rules.chasing.fitting` reads it, empty for everything. `seat`: by which the roster names them.
    """

    __tablename__ = "contacts"
    __table_args__ = (UniqueConstraint("unit", "role", "person", "address"),)
    id: int | None = _identity()
    unit: str = Field(index=True, max_length=12)
    role: str
    name: str
    channel: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    person: str
    address: str = Field(index=True)
    shown: str
    quiet: str | None = None
    place: int = 0
    only_for: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    seat: int | None = None


class Batch(SQLModel, table=True):
    """A received report, or a table of one: the same file for the same time is one batch a register.

    register: whose rows it brought; empty for figures, districts among them. areas: of a register, the codes of two or four
    digits under which its rows lie, parted by blanks. whole: its rows were all that the keepers of their codes have.
    """

    __tablename__ = "batches"
    __table_args__ = (UniqueConstraint("digest", "as_of", "register"),)
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
    register: str = Field(default="", sa_column=Column(String, nullable=False, server_default=""))
    areas: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    whole: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))


class RegisterState(SQLModel, table=True):
    """登记册现状: which file holds the rows of which area of a province, after the report `batch`.

    files: JSON, {area: name}; an area is a city's four digits, or the province's two for rows coded above. until: the
    moment of the newest report in it. Written in the transaction that takes the report in.
    """

    __tablename__ = "register_states"
    register: str = Field(primary_key=True)
    province: str = Field(primary_key=True, max_length=2)
    batch: int = Field(sa_column=Column(BigInteger, nullable=False))
    until: Micros = _moment(nullable=False)
    files: str = Field(sa_column=Column(Text, nullable=False))


class ArchiveSeal(SQLModel, table=True):
    """存档标识: the identity of the campaign whose archive it is, which a file in the archive repeats."""

    __tablename__ = "archive_seal"
    id: int = Field(default=1, primary_key=True)
    identity: str


class LooseFile(SQLModel, table=True):
    """A file of the archive that nobody may need: begun by an intake that may have died, or overtaken by a later one."""

    __tablename__ = "loose_files"
    name: str = Field(primary_key=True)
    at: Micros = _moment(nullable=False)


class ArchivedPart(SQLModel, table=True):
    """Some bytes of a file of the archive, where the archive is kept in the database."""

    __tablename__ = "archived_parts"
    name: str = Field(primary_key=True)
    part: int = Field(primary_key=True)
    data: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class Reading(SQLModel, table=True):
    """读数: never changed. Of several for one (indicator, unit, as_of) the highest batch holds.

    Here stand those that small reports brought of late, until a pass moves them into columns (`ReadingColumns`).
    reported/expected count the districts behind a rolled-up figure; `value` is null while some are missing.
    A report's rows stand together under its moment: with the unit before it, each row of a daily report
    would go to a page of its own, and a report of the fortieth day take ten times as long as the first.
    """

    __tablename__ = "readings"
    __table_args__ = ({"sqlite_with_rowid": False},)
    indicator: str = Field(primary_key=True)
    as_of: Micros = _moment(nullable=False, primary_key=True)
    unit: str = Field(primary_key=True, max_length=12)
    batch: int = Field(sa_column=Column(BigInteger, primary_key=True))
    value: float | None = Field(default=None, sa_column=Column(Float(53), nullable=True))
    reported: int | None = None
    expected: int | None = None
    evidence: str | None = None


class ReadingColumns(SQLModel, table=True):
    """读数列段: readings of one province as columns (Parquet), so many together; see `tasks.campaign.reading_columns`.

    pending: what holds (`LatestReadings`) does not know of them yet. The ends of moments and batches are those of the data.
    Never changed once written; small ones of a month that is over become one.
    """

    __tablename__ = "reading_columns"
    __table_args__ = (Index("reading_columns_by_moment", "province", "last_as_of"),)
    id: int | None = _identity()
    province: str = Field(max_length=2)
    pending: bool
    first_as_of: Micros = _moment(nullable=False)
    last_as_of: Micros = _moment(nullable=False)
    first_batch: int = Field(sa_column=Column(BigInteger, nullable=False))
    last_batch: int = Field(sa_column=Column(BigInteger, nullable=False))
    rows: int = Field(sa_column=Column(BigInteger, nullable=False))
    data: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class LatestReadings(SQLModel, table=True):
    """现行读数: of all columns of a province that are not pending the reading that holds for each indicator and unit.

    until: the moment of the newest of them. Made again from the columns where it is missing or cannot be read.
    """

    __tablename__ = "latest_readings"
    province: str = Field(primary_key=True, max_length=2)
    until: Micros = _moment(nullable=False)
    folded_at: Micros = _moment(nullable=False)
    data: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class ReadingState(SQLModel, table=True):
    """读数状态: of all that was ever reported of a province one word, another one from each report that brings readings on.

    No two states of any database have the same word: one that was restored from a backup has its own of then, and goes on
    with others than it did before. Moving readings into columns leaves it.
    """

    __tablename__ = "reading_states"
    province: str = Field(primary_key=True, max_length=2)
    word: str


class WrittenFigure(SQLModel, table=True):
    """原样的数: how an office wrote a figure where it put words or a unit to it (2900余), and from where to where it may lie.

    Of several for one (indicator, unit, as_of) the highest batch holds, as of readings; `written` is null where a later
    report gave a plain number for the same moment. An end without limit is null; above, below: not the end itself. Where
    `statement` is true there is no number: the office said something of the figure (总体顺利), and no reading stands beside it.
    """

    __tablename__ = "written_figures"
    indicator: str = Field(primary_key=True)
    as_of: Micros = _moment(nullable=False, primary_key=True)
    unit: str = Field(primary_key=True, max_length=12)
    batch: int = Field(sa_column=Column(BigInteger, primary_key=True))
    written: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    least: float | None = Field(default=None, sa_column=Column(Float(53), nullable=True))
    most: float | None = Field(default=None, sa_column=Column(Float(53), nullable=True))
    above: bool = Field(default=False, sa_column=Column(Boolean, nullable=False))
    below: bool = Field(default=False, sa_column=Column(Boolean, nullable=False))
    statement: bool = Field(default=False, sa_column=Column(Boolean, nullable=False))


class Policy(SQLModel, table=True):
    """The ladder, hours and phase title with which a case opened; shared by all cases that opened with it."""

    __tablename__ = "policies"
    id: int | None = _identity()
    digest: str = Field(unique=True)
    text: str = Field(sa_column=Column(Text, nullable=False))


class Case(SQLModel, table=True):
    """催办件: a duty being chased. `period` is empty for a duty that is due once.

    acknowledged_at: when its office first acknowledged it since a rung last told it something;
    hushed_since: from when it goes no higher because only offices below are late; trail: what became of its
    rungs, a line each: moment, word (see models.rules.chasing.case_history), rung. rung_settled_at: when the last rung was
    heard, noted once that matters (models.rules.chasing.chasing.to_be_heard). No index holds what a pass changes of an open
    case, and half of each page is left free, so that PostgreSQL can write it where the row stands (HOT).
    """

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
    acknowledged_at: Micros | None = _moment()
    acknowledged_until: Micros | None = _moment()
    hushed_since: Micros | None = _moment()
    trail: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))


class Decision(SQLModel, table=True):
    """签收, 延期, 免予办理: what a person decided on a case. `until` is the new due moment of an extension."""

    __tablename__ = "decisions"
    id: int | None = _identity()
    case_id: int = Field(sa_column=Column(BigInteger, nullable=False, index=True))
    unit: str
    requirement: str
    period: str = ""
    kind: str
    author: str
    at: Micros = _moment(nullable=False)
    machine_at: Micros | None = _moment()
    until: Micros | None = _moment()
    reason: str | None = None


class Notice(SQLModel, table=True):
    """通知: one message to one person, made of lines.

    always: it was begun with a line of a phase on duty round the clock, and so vouched for by the trail; any_hour: such a
    line stands in it, be it one that joined later.
    not_before: when hours allow it; next_try: when the ledger tries again; lease_until: while a sender holds it, under
    `lease` (a fencing token: a sender whose token is no longer there may neither begin nor record); state says whether
    it has begun.
    address: the channel that it waits for, or is sent over; tried: JSON, {"failures": {address: number},
    "refused": [address]}. sealed: the transition up to which the trail vouches for how it ended. turn: how many attempts at
    it are over, by which those of one urgency take turns.
    Every notice that is not settled stands in `notices_ready`, most urgent first. No index holds what a lease changes, and
    half of each page is left free, so that PostgreSQL can write a change of state where the row stands (HOT).
    """

    __tablename__ = "notices"
    __table_args__ = (
        Index("notices_by_person", "person"),
        Index(
            "notices_ready",
            text("urgency DESC"),
            "turn",
            "id",
            sqlite_where=text("settled_at IS NULL"),
            postgresql_where=text("settled_at IS NULL"),
        ),
    )
    id: int | None = _identity()
    unit: str = Field(max_length=12)
    role: str
    person: str | None = None
    pass_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    state: str
    urgency: int = 0
    always: bool = False
    any_hour: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
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
    address: str | None = None
    tried: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    sent_text: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    sealed: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    turn: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))


class ChannelRow(SQLModel, table=True):
    """渠道: how one channel fares; of the channel itself only its keyed hash and what may be shown of it.

    failures: in a row; refuses: the last was a permanent refusal; aside_until: set aside until then; free_at:
    when its throttle lets the next message through; spent: JSON, the moments at which messages count for it.
    """

    __tablename__ = "channels"
    address: str = Field(primary_key=True)
    shown: str
    failures: int = 0
    refuses: bool = False
    last_success_at: Micros | None = _moment()
    last_failure_at: Micros | None = _moment()
    code: str | None = None
    error: str | None = None
    aside_until: Micros | None = _moment()
    free_at: Micros | None = _moment()
    spent: str = Field(default="[]", sa_column=Column(Text, nullable=False))


class NoticeLine(SQLModel, table=True):
    """One line of a notice. (case, rung, recipient) is owed once, whatever happens.

    state: live, superseded or withdrawn; ended_at, ended_why: when and why it was not to be sent any more.
    """

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
    owed_at: Micros | None = _moment()
    ended_at: Micros | None = _moment()
    ended_why: str | None = None


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
    machine_at: Micros | None = _moment()
    scope: str | None = Field(default=None, sa_column=Column(String(12), nullable=True))
    finished_at: Micros | None = _moment()
    counts: str | None = Field(default=None, sa_column=Column(Text, nullable=True))


class Simulation(SQLModel, table=True):
    """A pass that somebody let run ahead of the machine's clock: it marks the campaign as a simulation (推演)."""

    __tablename__ = "simulations"
    id: int | None = _identity()
    as_of: Micros = _moment(nullable=False)
    machine_at: Micros = _moment(nullable=False)


class Aside(SQLModel, table=True):
    """A phase, or one unit in it, that a pass could not do: left out until `until`, longer each time it fails.

    unit: empty for the whole phase. since: of the first failure; error: what failed, never a figure or an address.
    """

    __tablename__ = "asides"
    phase: str = Field(primary_key=True)
    unit: str = Field(primary_key=True, max_length=12)
    since: Micros = _moment(nullable=False)
    until: Micros = _moment(nullable=False)
    failures: int
    error: str


class Heartbeat(SQLModel, table=True):
    """When something last ended well, for those who watch it from outside. `told` is JSON: what it found."""

    __tablename__ = "heartbeats"
    name: str = Field(primary_key=True)
    at: Micros = _moment(nullable=False)
    told: str = Field(sa_column=Column(Text, nullable=False))


class SettledPeriods(SQLModel, table=True):
    """What was judged of all periods that ended by `until`, as columns (Parquet); see `models.rules.judging.settled`.

    batch: the last report that was known; basis: a digest of the calendar and program that it was judged by. scope: the
    province of which it was, empty for all.
    """

    __tablename__ = "settled_periods"
    id: int | None = _identity()
    until: Micros = _moment(nullable=False)
    batch: int = Field(sa_column=Column(BigInteger, nullable=False))
    basis: str
    lacking: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    met: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    known: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    scope: str = Field(default="", sa_column=Column(String(12), nullable=False, server_default=""))


class PublishedPage(SQLModel, table=True):
    """A page of the screen: the artifact that it is, and a mark of what it showed when it was last published."""

    __tablename__ = "published_pages"
    key: str = Field(primary_key=True)
    artifact: str
    mark: str
    at: Micros = _moment(nullable=False)


class Retirement(SQLModel, table=True):
    """归档清理: what a person had exported to files and removed. `before`: of the ledger, what had ended by then.

    manifest: SHA-256 of the list that lies in `folder`; cases: as columns (Parquet), one row for each case that went or
    of which notices went, so that whoever looks for it finds the folder.
    """

    __tablename__ = "retirements"
    id: int | None = _identity()
    at: Micros = _moment(nullable=False)
    machine_at: Micros = _moment(nullable=False)
    author: str
    before: Micros = _moment(nullable=False)
    folder: str
    manifest: str
    cases: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class Exit(SQLModel, table=True):
    """A phase's exit at a unit, signed by a person: passes the gate whatever is still open."""

    __tablename__ = "exits"
    unit: str = Field(primary_key=True, max_length=12)
    phase: str = Field(primary_key=True)
    author: str
    at: Micros = _moment(nullable=False)
    machine_at: Micros | None = _moment()
    reason: str | None = None


class Paper(SQLModel, table=True):
    """文稿: a letter or report that waits for a named person. Its text never changes, its state only from draft.

    unit: the late office; signer_unit, signer_role: whose holder signs; facts: JSON, what the text was made
    from; instead_of: the draft that this one replaced because some of its duties were done.
    """

    __tablename__ = "papers"
    __table_args__ = (Index("papers_waiting", "state", "signer_unit"),)
    id: int | None = _identity()
    pass_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    kind: str
    unit: str = Field(max_length=12)
    signer_unit: str = Field(max_length=12)
    signer_role: str
    state: str
    made_at: Micros = _moment(nullable=False)
    title: str
    content: str = Field(sa_column=Column(Text, nullable=False))
    content_hash: str
    facts: str = Field(sa_column=Column(Text, nullable=False))
    instead_of: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    settled_at: Micros | None = _moment()
    settled_by: str | None = None
    reason: str | None = None


class PaperCase(SQLModel, table=True):
    """A case that a paper is about, with the rung of its ladder that made the paper."""

    __tablename__ = "paper_cases"
    __table_args__ = (Index("paper_cases_by_case", "case_id"),)
    paper_id: int = Field(sa_column=Column(BigInteger, primary_key=True))
    case_id: int = Field(sa_column=Column(BigInteger, primary_key=True))
    rung_no: int


class Code(SQLModel, table=True):
    """验证码: sent to somebody for one act; only a salted hash of it is kept. By the machine's clock.

    act: "sign", or an act of the plan's authority that binds; subject: what it is done to; content_hash: of all
    that was to be consented to; address: of the channel that it went over. `state`: live, used or dead.
    """

    __tablename__ = "codes"
    __table_args__ = (Index("codes_by_subject", "subject", "act"),)
    id: int | None = _identity()
    act: str
    subject: str
    name: str
    person: str
    address: str
    content_hash: str
    code_hash: str
    sent_at: Micros = _moment(nullable=False)
    expires_at: Micros = _moment(nullable=False)
    wrong: int = 0
    state: str = "live"


class Signature(SQLModel, table=True):
    """签发: who signed which text when, with which code (its hash). Never changed.

    serial: the number within its 代字 (`prefix`) and year; null where the office has set no 代字.
    """

    __tablename__ = "signatures"
    __table_args__ = (UniqueConstraint("prefix", "year", "serial"),)
    paper_id: int = Field(sa_column=Column(BigInteger, primary_key=True))
    name: str
    unit: str = Field(max_length=12)
    role: str
    person: str
    at: Micros = _moment(nullable=False)
    machine_at: Micros | None = _moment()
    content_hash: str
    code_hash: str
    prefix: str | None = None
    year: int | None = None
    serial: int | None = None


class TrailRecord(SQLModel, table=True):
    """审计记录: one act, chained to the one before it by its hash; only ever added, without a gap in `id`.

    about: canonical JSON; hash: SHA-256 over this record's canonical JSON and the previous hash.
    """

    __tablename__ = "audit"
    id: int = Field(sa_column=Column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True))
    at: Micros = _moment(nullable=False)
    act: str
    author: str
    about: str = Field(sa_column=Column(Text, nullable=False))
    previous: str
    hash: str


class TrailHead(SQLModel, table=True):
    """Where the chain ends, so that records cut off its end are missed; the last transition and line that it covers."""

    __tablename__ = "audit_head"
    id: int = Field(default=1, primary_key=True)
    records: int = Field(sa_column=Column(BigInteger, nullable=False))
    hash: str
    transitions: int = Field(sa_column=Column(BigInteger, nullable=False))
    lines: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default="0"))
