"""Databases with the product's tables and nothing in them: made once in a process, and copied for each test."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, make_url, text

from tasks.campaign.settings import Settings
from tasks.campaign.store import Store, open_store


@dataclass(frozen=True)
class Shared:
    """Where a campaign is made that is then copied. server: the one that its database is in, None for a file."""

    folder: Path
    database_url: str
    server: Engine | None

    def copy_into(self, folder: Path) -> str:
        """Copy folder and database, to which nobody may be connected, and return the address of the copy."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        kept = str(make_url(self.database_url).database)
        if self.server is None:
            return f"sqlite:///{folder / Path(kept).name}"
        return copy_postgresql(self.server, f"c{abs(hash(str(folder))) % 10**12}", of=kept)


def _make_tables(folder: Path, database_url: str) -> None:
    settings = Settings(home=folder, database_url=database_url, _env_file=None)  # type: ignore[call-arg, arg-type]
    open_store(settings, create=True).engine.dispose()


@cache
def _sqlite() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "empty.db"
        _make_tables(Path(folder), f"sqlite:///{file}")
        return file.read_bytes()


def put_sqlite(file: Path) -> str:
    """Lay an empty SQLite database down as `file`; returns its address."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(_sqlite())
    return f"sqlite:///{file}"


def holds_nothing(file: Path) -> bool:
    """True for a SQLite database as `put_sqlite` lays it down."""
    return file.read_bytes() == _sqlite()


@contextmanager
def postgresql_template(server: str) -> Iterator[Engine]:
    """A connection to the server at that address, which holds an empty database to copy under the name `empty`."""
    engine = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    _run(engine, 'CREATE DATABASE "empty"')
    with tempfile.TemporaryDirectory() as folder:
        _make_tables(Path(folder), f"{server}/empty")
    try:
        yield engine
    finally:
        engine.dispose()


def copy_postgresql(template: Engine, name: str, of: str = "empty") -> str:
    """A copy of a database that nobody is connected to under another name; returns its address."""
    # file by file, as before PostgreSQL 15, costs a third less than page by page through the log
    how = " STRATEGY FILE_COPY" if (template.dialect.server_version_info or ())[:1] >= (15,) else ""
    _run(template, f'CREATE DATABASE "{name}" TEMPLATE "{of}"{how}')
    return template.url.set(database=name).render_as_string(hide_password=False)


def _run(engine: Engine, statement: str) -> None:
    with engine.connect() as connection:
        connection.execute(text(statement))


def unguarded(store: Store, *statements: str, **values: Any) -> None:
    """What somebody does who may do everything with the database: around its guards."""
    with store.writing() as connection:
        _guards(store, connection, on=False)
        for statement in statements:
            connection.execute(text(statement), values)
        _guards(store, connection, on=True)


_SQLITE_GUARDS: dict[int, list[str]] = {}


def _guards(store: Store, connection: Connection, *, on: bool) -> None:
    if not store.is_sqlite:
        for table in ("audit", "audit_head", "papers", "signatures"):
            connection.execute(text(f"ALTER TABLE {table} {'ENABLE' if on else 'DISABLE'} TRIGGER USER"))
        return
    if on:
        for guard in _SQLITE_GUARDS.pop(id(store)):
            connection.exec_driver_sql(guard)
        return
    found = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all()
    _SQLITE_GUARDS[id(store)] = [row.sql for row in found]
    for row in found:
        connection.exec_driver_sql(f"DROP TRIGGER {row.name}")
