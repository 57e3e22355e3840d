"""What may be retired (可归档清理的), kind by kind, and what stays. A further kind is a row of KINDS, in the order of its query.

Of what is over: notices all of whose cases were closed, and cases that nobody decided on and no paper is about. The last
row of every table stays, since numbers go on from it; so does all that the trail does not vouch for yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl
from sqlalchemy import Connection, func, text
from sqlmodel import SQLModel, col, select

from models.tables import Case, Notice, NoticeLine, Pass, TrailHead, Transition
from models.wording import Said
from tasks.audit_trail.retired import CASES
from tasks.campaign.frames import read_frame, schema_of, staged
from tasks.campaign.store import Store

_HELD = "(EXISTS (SELECT 1 FROM decisions d WHERE d.case_id = c.id) OR EXISTS (SELECT 1 FROM paper_cases p WHERE p.case_id = c.id))"


@dataclass(frozen=True)
class Kind:
    """A kind of row that may go. where: which rows `t` go up to `:before`; the notices that go are laid out as `staged`,
    but for the query of the notices themselves. moment: the column by which it is dated."""

    table: type[SQLModel]
    said: Said
    moment: str
    where: str

    @property
    def name(self) -> str:
        return str(self.table.__tablename__)


_NOTICES = Kind(
    Notice,
    Said("通知", "notices"),
    "settled_at",
    "t.settled_at < :before AND t.sealed IS NOT NULL AND t.id < (SELECT MAX(id) FROM notices)"
    " AND NOT EXISTS (SELECT 1 FROM transitions m WHERE m.notice_id = t.id"
    " AND (m.id > :transitions OR m.id = (SELECT MAX(id) FROM transitions)))"
    " AND NOT EXISTS (SELECT 1 FROM notice_lines l LEFT JOIN cases c ON c.id = l.case_id WHERE l.notice_id = t.id"
    " AND (l.id > :lines OR l.id = (SELECT MAX(id) FROM notice_lines) OR c.closed_at IS NULL OR c.closed_at >= :before"
    f" OR {_HELD}))",
)
KINDS = (
    _NOTICES,
    Kind(
        NoticeLine, Said("通知的行", "lines of notices"), "owed_at", "t.notice_id IN (SELECT notice_going FROM staged)"
    ),
    Kind(Transition, Said("通知的经过", "transitions"), "at", "t.notice_id IN (SELECT notice_going FROM staged)"),
    Kind(
        Case,
        Said("催办件", "cases"),
        "closed_at",
        "t.closed_at < :before AND t.id < (SELECT MAX(id) FROM cases)"
        f" AND NOT EXISTS (SELECT 1 FROM cases c WHERE c.id = t.id AND {_HELD})"
        " AND NOT EXISTS (SELECT 1 FROM notice_lines l LEFT JOIN staged s ON s.notice_going = l.notice_id"
        " WHERE l.case_id = t.id AND s.notice_going IS NULL)",
    ),
    Kind(
        Pass,
        Said("巡查记录", "passes"),
        "finished_at",
        "t.finished_at < :before AND t.id < (SELECT MAX(id) FROM passes)"
        " AND t.id NOT IN (SELECT n.pass_id FROM notices n LEFT JOIN staged s ON s.notice_going = n.id"
        " WHERE s.notice_going IS NULL) AND t.id NOT IN (SELECT pass_id FROM papers)",
    ),
)


def select_rows(connection: Connection, before: int) -> dict[str, pl.DataFrame]:
    """The rows that may go, a frame for each kind in the order of their numbers. Sees this transaction."""
    head = connection.execute(select(TrailHead.transitions, TrailHead.lines)).first()
    covered = {"transitions": head.transitions if head else 0, "lines": head.lines if head else 0}
    found = {_NOTICES.name: _rows(connection, _NOTICES, before=before, **covered)}
    with staged(connection, found[_NOTICES.name].select(notice_going="id")):
        for kind in KINDS[1:]:
            values = {"before": before} if ":before" in kind.where else {}
            found[kind.name] = _rows(connection, kind, **values)
    return found


def _rows(connection: Connection, kind: Kind, **values: int) -> pl.DataFrame:
    schema = schema_of(SQLModel.metadata.tables[kind.name])
    columns = ", ".join(f"t.{name}" for name in schema)
    query = f"SELECT {columns} FROM {kind.name} t WHERE {kind.where} ORDER BY t.id"
    return read_frame(connection, query, schema, **values)


def cases_of(connection: Connection, rows: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Of these rows what is kept for whoever looks for them: the columns of CASES. The rows are still there."""
    gone = rows["cases"]["id"]
    lines = rows["notice_lines"].group_by(case="case_id").agg(lines=pl.len().cast(pl.Int64))
    wanted = pl.concat([lines["case"], gone]).unique().sort()
    with staged(connection, pl.DataFrame({"wanted": wanted})):
        query = (
            "SELECT id, unit, requirement, period, due, opened_at, closed_at FROM cases"
            " WHERE id IN (SELECT wanted FROM staged) ORDER BY id"
        )
        found = read_frame(connection, query, {name: CASES[name] for name in CASES.names()[:7]})
    return found.join(lines, on="case", how="left", maintain_order="left").with_columns(
        pl.col("lines").fill_null(0), gone=pl.col("case").is_in(gone.implode())
    )


def delete_them(connection: Connection, rows: Mapping[str, pl.DataFrame]) -> None:
    """Remove just these rows."""
    for name, frame in rows.items():
        with staged(connection, frame.select(going="id")):
            connection.execute(text(f"DELETE FROM {name} WHERE id IN (SELECT going FROM staged)"))


@dataclass(frozen=True)
class Stays:
    """What is not retired, how many of it there are, and why."""

    what: Said
    count: int
    why: Said


def staying(connection: Connection, rows: Mapping[str, pl.DataFrame]) -> tuple[Stays, ...]:
    """What stays of the ledger beside the rows that go, and everything that never goes."""
    open_cases = select(func.count()).select_from(Case).where(col(Case.closed_at).is_(None))
    held = f"SELECT COUNT(*) FROM cases c WHERE c.closed_at IS NOT NULL AND {_HELD}"
    count = {name: int(connection.execute(text(query)).scalar_one()) for name, query in _COUNTS.items()}
    still_open = int(connection.execute(open_cases).scalar_one())
    by_people = int(connection.execute(text(held)).scalar_one())
    younger = count["cases"] - rows["cases"].height - still_open - by_people
    return (
        Stays(Said("在办催办件及其通知", "open cases, with their notices"), still_open, Said("尚未办结", "not closed")),
        Stays(
            Said("有决定或文稿的催办件及其通知", "cases with decisions or papers, with their notices"),
            by_people,
            Said("说明有权者的决定和签发的依据", "they tell what people decided and signed upon"),
        ),
        Stays(
            Said("其余催办件及其通知", "other cases, with their notices"),
            younger,
            Said(
                "未满期限、与未办结的同在一份通知中，或是编号最末的一条",
                "younger than the term, in one notice with others that stay, or the last by number",
            ),
        ),
        Stays(
            Said("审计记录、决定、放行、文稿、签发", "audit trail, decisions, exits, papers, signatures"),
            count["kept"],
            Said(
                "不归档清理：核验和说明都以它们为据",
                "never retired: checks and explanations rest on them",
            ),
        ),
        Stays(
            Said("读数和收到的报表", "readings and received reports"),
            count["figures"],
            Said(
                "《统计法实施条例》第二十二条：原始资料至少保存2年，汇总性统计资料至少10年；《全国人口普查条例》：原始普查资料按国家有关规定"
                "保存、销毁，年限未明，由本单位决定",
                "统计法实施条例 art. 22: two years for what was collected, ten for what was summed up; 全国人口普查条例 leaves"
                " to the state's rules how long forms are kept, and names no term: people decide",
            ),
        ),
    )


_COUNTS = {
    "cases": "SELECT COUNT(*) FROM cases",
    "kept": "SELECT (SELECT COUNT(*) FROM audit) + (SELECT COUNT(*) FROM decisions) + (SELECT COUNT(*) FROM exits)"
    " + (SELECT COUNT(*) FROM papers) + (SELECT COUNT(*) FROM signatures)",
    "figures": "SELECT COUNT(*) FROM batches",
}


def table_bytes(store: Store, connection: Connection) -> dict[str, int]:
    """Bytes that each table takes with its indexes; nothing where the database cannot say."""
    if store.is_sqlite:
        there = connection.execute(text("SELECT COUNT(*) FROM pragma_module_list WHERE name = 'dbstat'")).scalar_one()
        query = (
            "SELECT m.tbl_name, SUM(s.pgsize) FROM dbstat s JOIN sqlite_master m ON m.name = s.name GROUP BY m.tbl_name"
        )
        return {str(name): int(size) for name, size in connection.execute(text(query)).all()} if there else {}
    query = (
        "SELECT relname, pg_total_relation_size(oid) FROM pg_class"
        " WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
    )
    return {str(name): int(size) for name, size in connection.execute(text(query)).all()}


def free_pages(store: Store, connection: Connection) -> int | None:
    """Bytes of SQLite's file that hold nothing any more and are used again; None for a server."""
    if not store.is_sqlite:
        return None
    pages, size = (connection.execute(text(f"PRAGMA {one}")).scalar_one() for one in ("freelist_count", "page_size"))
    return int(pages) * int(size)
