"""The rows of a database on a PostgreSQL server, taken from one and laid into another with the same tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import sql
from sqlalchemy import make_url

VERSION_TABLE = "alembic_version"
"""Has a row in a database that holds nothing else."""


@dataclass(frozen=True)
class Rows:
    """tables: each that has rows, with them as the server copies them out. sequences: the last number of each that gave one."""

    tables: tuple[tuple[str, bytes], ...]
    sequences: tuple[tuple[str, int], ...]


def holds_no_rows(address: str) -> bool:
    """True for a database that has the product's tables and nothing in them."""
    with _connected(address) as connection:
        return _with_rows(connection) == [VERSION_TABLE]


def rows_in(address: str) -> Rows:
    with _connected(address) as connection:
        named = [name for name in _with_rows(connection) if name != VERSION_TABLE]
        given = connection.execute(
            "SELECT sequencename, last_value FROM pg_sequences WHERE last_value IS NOT NULL ORDER BY 1"
        ).fetchall()
        return Rows(tuple((name, _copied_out(connection, name)) for name in named), tuple(given))


def put_rows(address: str, rows: Rows) -> None:
    """Lay rows into tables that have none; what guards the tables looks away meanwhile."""
    with _connected(address) as connection, connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for name, copied in rows.tables:
            with cursor.copy(sql.SQL("COPY {} FROM STDIN (FORMAT binary)").format(sql.Identifier(name))) as into:
                into.write(copied)
        for name, last in rows.sequences:
            cursor.execute("SELECT setval(%s, %s)", (name, last))


@contextmanager
def _connected(address: str) -> Iterator[psycopg.Connection]:
    plain = make_url(address).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as connection:
        yield connection


def _with_rows(connection: psycopg.Connection) -> list[str]:
    """The tables in which there is anything, in order."""
    found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
    asked = [
        sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(sql.Literal(name), sql.Identifier(name))
        for (name,) in found
    ]
    return [name for (name,) in connection.execute(sql.SQL(" UNION ALL ").join(asked)).fetchall()] if asked else []


def _copied_out(connection: psycopg.Connection, name: str) -> bytes:
    with connection.cursor() as cursor:
        asked = sql.SQL("COPY {} TO STDOUT (FORMAT binary)").format(sql.Identifier(name))
        with cursor.copy(asked) as out:
            return b"".join(bytes(part) for part in out)
