"""Single rows are read and written through their tables; a statement in SQL stands where many rows go at once."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PRODUCT = ("models", "tasks", "flows", "deployments")
ALEMBIC = "models/migrations/"
"""Migrations are statements about tables as they were."""
RAW = {
    "deployments/bench/postgres.py": "a database of its own for the bench",
    "models/tables.py": "an index over some rows alone",
    "tasks/audit_trail/records.py": "bytes that are no text any more, and the guards in the database's catalogue",
    "tasks/audit_trail/appending.py": "records that wait in a table of their transaction",
    "tasks/campaign/affiliation.py": "all offices beside those that their digits name",
    "tasks/campaign/database.py": "the version, how SQLite is set up",
    "tasks/campaign/locks.py": "the locks and sequences of PostgreSQL",
    "tasks/campaign/migrate.py": "what an earlier program left half made",
    "tasks/campaign/frames.py": "whole frames in and out",
    "tasks/chasing/cases.py": "all cases of a pass, against a staged frame",
    "tasks/chasing/lists.py": "lists over several tables",
    "tasks/delivery/ceiling.py": "what many readers have had on a day",
    "tasks/delivery/channel_condition.py": "many channels added or replaced at once",
    "tasks/delivery/fallback.py": "lines that somebody was not owed yet",
    "tasks/delivery/leases.py": "the next notices by an index of their own",
    "tasks/delivery/ledger.py": "all notices and lines of a pass",
    "tasks/delivery/moves.py": "notices that are locked, and what happened to many of them",
    "tasks/delivery/passes.py": "a moment over all notices and channels",
    "tasks/delivery/taking_back.py": "all lines of a pass, against a staged frame",
    "tasks/delivery/texts.py": "the lines of many notices",
    "tasks/judging/explain.py": "one duty over several tables",
    "tasks/loading/carried_ledger.py": "all that is chased, decided and waits under a code that changed",
    "tasks/loading/load.py": "all open cases with their ladders",
    "tasks/oversight/ahead.py": "whatever stands in the future, in any table",
    "tasks/oversight/heartbeats.py": "the later of two, in one statement",
    "tasks/oversight/papers.py": "all papers with their lines and cases",
    "tasks/oversight/retirable.py": "all rows that may go, and how much room tables take",
    "tasks/oversight/retiring.py": "a file that gives its free pages back",
    "tasks/oversight/unsent.py": "all notices that are late",
    "tasks/papers/drafts.py": "all drafts with their cases",
    "tasks/papers/lists.py": "how many were told of each paper",
    "tasks/papers/reminders.py": "all papers with their lines and cases",
    "tasks/preview/copy.py": "the guards in a copy's catalogue",
    "tasks/preview/lists.py": "the lines of many notices",
}
"""Where statements are written out, and what they are about that no table says by itself."""


def written_out(root: Path) -> set[str]:
    """The files of the product that write statements in SQL."""
    files = [file for package in PRODUCT for file in sorted((root / package).rglob("*.py"))]
    named = {file.relative_to(root).as_posix(): file for file in files}
    return {name for name, file in named.items() if not name.startswith(ALEMBIC) and _is_raw(file)}


def _is_raw(file: Path) -> bool:
    nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    taken = [one for one in nodes if isinstance(one, ast.ImportFrom) and (one.module or "").startswith("sqlalchemy")]
    names = {alias.name for one in taken for alias in one.names}
    called = {one.attr for one in nodes if isinstance(one, ast.Attribute)}
    return "text" in names or "exec_driver_sql" in called


def test_statements_are_written_out_only_where_many_rows_go_at_once() -> None:
    assert written_out(ROOT) == set(RAW)


@pytest.mark.parametrize(
    ("code", "raw"),
    [
        ("from sqlmodel import col, select", False),
        ("from sqlalchemy import Connection, text", True),
        ("from sqlalchemy.sql import text as statement", True),
        ("connection.exec_driver_sql('BEGIN')", True),
        ("from models.wording import text", False),
    ],
)
def test_a_statement_in_sql_is_found(tmp_path: Path, code: str, raw: bool) -> None:
    for place in ("tasks", ALEMBIC):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "notices.py").write_text(code, encoding="utf-8")

    assert written_out(tmp_path) == ({"tasks/notices.py"} if raw else set())
