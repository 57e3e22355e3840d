"""The first pass over a nation in which nothing was reported: half a million cases, against SQLite inserting as many rows twice."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlmodel import col, select

from deployments.bench.campaigns import databases, nation, sink
from deployments.bench.measure import once, peak_gib, row, tell
from models.moments import read_moment
from models.tables import Case
from tasks.campaign.store import Store
from tasks.chasing.passes import owe

NOW = "2020-07-29T09:00"
"""Twelve of the plan's requirements are to be reminded of by then, at 41 352 townships."""


def main() -> None:
    found: list[tuple[str, float, int, float]] = []
    memory = floor = 0.0
    for name, server in databases():
        with tempfile.TemporaryDirectory() as folder, sink() as channel:
            store = nation(Path(folder), channel, server, figures=False)
            now = read_moment(NOW, store.plan().zone)
            planning, owed = once(lambda: owe(store, None, now))  # noqa: B023
            memory = memory or peak_gib()  # of the first database alone: a second pass finds memory that the first left
            floor = floor or bare(store, Path(folder))
            found.append((name, planning, owed.opened, floor))
            store.engine.dispose()
    rows: list[dict[str, Any]] = [
        row(
            f"{name}: first pass that opens {opened} cases",
            f"{taken:.1f} s",
            floor=f"{least:.1f} s for SQLite to insert as many rows twice",
            ratio=taken / least,
            bound="≤ 4",
            met=taken <= 4 * least,
        )
        for name, taken, opened, least in found
    ]
    tell([*rows, row("peak memory of that", f"{memory:.2f} GiB", bound="< 2 GiB", met=memory < 2)])


def bare(store: Store, folder: Path) -> float:
    """Seconds in which SQLite takes the rows of the cases twice, in one transaction that reaches the disk."""
    columns = [column.name for column in Case.__table__.columns]  # type: ignore[attr-defined]
    with store.reading() as connection:
        rows = [tuple(one) for one in connection.execute(select(*(col(getattr(Case, name)) for name in columns)))]
    with closing(sqlite3.connect(folder / "bare.sqlite", isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        for table in ("one", "two"):
            database.execute(f"CREATE TABLE {table} ({', '.join(columns)})")

        def insert() -> None:
            database.execute("BEGIN")
            for table in ("one", "two"):
                database.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(columns))})", rows)
            database.execute("COMMIT")

        return once(insert)[0]


if __name__ == "__main__":
    main()
