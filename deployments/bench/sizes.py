"""How many bytes of a database are in use: what was freed is filled again and does not count."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine, func, select

from deployments.bench.postgres import packed
from tasks.campaign.database import database_file


def bytes_in_use(engine: Engine) -> int:
    """Of a campaign's database, which is a copy: on PostgreSQL it is packed for this, since a file that was once larger stays so."""
    file = database_file(engine)
    if file is not None:
        return bytes_of_sqlite(file)
    packed(engine)
    with engine.connect() as connection:
        return int(connection.execute(select(func.pg_database_size(func.current_database()))).scalar_one())


def bytes_of_sqlite(file: Path) -> int:
    """Of an SQLite file, what waits in the write-ahead log included."""
    with closing(sqlite3.connect(file, timeout=60)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        pages, free, size = (
            connection.execute(f"PRAGMA {what}").fetchone()[0] for what in ("page_count", "freelist_count", "page_size")
        )
    return int((pages - free) * size)
