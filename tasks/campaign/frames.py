"""Many rows at once between frames and the database: whole columns in, sets of rows changed by one statement."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import polars as pl
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

_CHUNK = 20_000
MANY = 5_000
"""From so many new rows PostgreSQL looks at the table again at once: until it has, each turn of a sender read all
34 741 notices of a national morning, which took it 176 ms, and 1 ms afterwards."""
_KINDS = {pl.Int64: "BIGINT", pl.Int32: "BIGINT", pl.String: "TEXT", pl.Boolean: "BOOLEAN", pl.Float64: "FLOAT"}


def insert_frame(connection: Connection, table: str, frame: pl.DataFrame, many: int = MANY) -> None:
    """Add the rows of `frame` to `table`; its columns are columns of the table. Rows go in the frame's order.

    many: from so many rows PostgreSQL learns at once what the table now holds.
    """
    if frame.is_empty():
        return
    columns = ", ".join(frame.columns)
    if connection.dialect.name == "postgresql":
        _copy(connection, f"COPY {table} ({columns}) FROM STDIN", frame)
        if frame.height >= many:
            connection.exec_driver_sql(f"ANALYZE {table}")
        return
    marks = ", ".join("?" * frame.width)
    connection.exec_driver_sql(f"INSERT INTO {table} ({columns}) VALUES ({marks})", frame.rows())


def _copy(connection: Connection, command: str, frame: pl.DataFrame) -> None:
    """PostgreSQL takes a stream of rows three times as fast as statements."""
    with _own_cursor(connection, command) as cursor, cursor.copy(command) as copy:
        for row in frame.iter_rows():
            copy.write_row(row)


@contextmanager
def staged(connection: Connection, frame: pl.DataFrame) -> Iterator[None]:
    """Lay the rows of `frame` out as a table `staged` that this connection alone sees, while inside."""
    columns = [f"{name} {_KINDS[type(kind)]}" for name, kind in frame.schema.items()]
    connection.exec_driver_sql("DROP TABLE IF EXISTS staged")
    connection.exec_driver_sql(f"CREATE TEMPORARY TABLE staged ({', '.join(columns)})")
    insert_frame(connection, "staged", frame, many=1)
    yield
    connection.exec_driver_sql("DROP TABLE staged")


def read_frame(connection: Connection, query: str, schema: dict[str, Any]) -> pl.DataFrame:
    """The answer to a query over very many rows, with exactly the columns of `schema`; sees this transaction."""
    parts = [pl.DataFrame(schema=schema)]
    with _own_cursor(connection, query) as cursor:
        cursor.execute(query)
        while rows := cursor.fetchmany(_CHUNK):
            columns = zip(*rows, strict=True)
            parts.append(
                pl.DataFrame(
                    [
                        pl.Series(name, column, dtype=kind, strict=False)
                        for (name, kind), column in zip(schema.items(), columns, strict=True)
                    ]
                )
            )
    return pl.concat(parts)


@contextmanager
def _own_cursor(connection: Connection, command: str) -> Iterator[Any]:
    """The driver's own cursor in the transaction of `connection`. Its faults look like any other statement's."""
    dbapi = connection.dialect.dbapi
    assert dbapi is not None
    cursor = connection.connection.cursor()
    try:
        yield cursor
    except dbapi.Error as fault:
        raise DBAPIError.instance(command, None, fault, dbapi.Error) from fault
    finally:
        cursor.close()
