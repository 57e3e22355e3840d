"""Many rows at once between frames and the database: whole columns in and out, sets of rows changed by one statement.

What is bulk goes this way alone: one way from a query to a frame, one way from a frame into a table, one way
to number rows by hand. Rows go from and to the driver as they are: a campaign's daily reports are millions of them.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import polars as pl
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Float,
    Integer,
    LargeBinary,
    String,
    Table,
    TextClause,
    TypeDecorator,
    bindparam,
    delete,
    insert,
    text,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine
from sqlmodel import SQLModel

from models.rules.judging.tree import Ranges
from tasks.campaign.locks import number_block

_CHUNK = 20_000
MANY = 5_000
"""From so many new rows PostgreSQL looks at the table again at once: until it has, each turn of a sender read all
34 741 notices of a national morning, which took it 176 ms, and 1 ms afterwards."""
_UNLESS_BUSY = "SKIP_LOCKED"
"""Whoever looks at a table keeps others from looking until its transaction is over: passes of two provinces waited for each
other, the one for all that the other had still to do. Who skips it goes by what was known before, and the next one looks."""
_BETWEEN = "\x1f"
"""Between two texts that a database hands over as one; none of ours holds it."""
_VALUES_A_STATEMENT = 960
"""The oldest SQLite takes 999."""
_ESCAPED = {"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"}
"""The backslash first: it stands before the others afterwards."""
_KINDS = {
    pl.Int64: "BIGINT",
    pl.Int32: "BIGINT",
    pl.String: "TEXT",
    pl.Boolean: "BOOLEAN",
    pl.Float64: "FLOAT",
}
_COLUMNS: dict[type[TypeEngine[Any]], Any] = {
    Boolean: pl.Boolean,
    Integer: pl.Int64,
    Float: pl.Float64,
    LargeBinary: pl.Binary,
    String: pl.String,
}


def read_frame(connection: Connection, query: str, schema: dict[str, Any], **values: Any) -> pl.DataFrame:
    """The answer to a query as a frame with exactly the columns of `schema`; sees this transaction.

    values: what stands for `:name` in the query; a list of texts stands for its members (`IN :names`).
    """
    with _without_collector():
        parts = list(_parts(connection, query, schema, **values))
        return parts[0] if len(parts) == 1 else pl.concat([pl.DataFrame(schema=schema), *parts])


def _parts(connection: Connection, query: str, schema: dict[str, Any], **values: Any) -> Iterator[pl.DataFrame]:
    """Rows in chunks, so that few of them are Python objects at a time."""
    cursor: Any = connection.execute(_bound(query, values), values).cursor
    with _as_any_statement(connection, query, cursor):
        while rows := cursor.fetchmany(_CHUNK):
            columns = zip(*rows, strict=True)
            yield pl.DataFrame(
                [
                    pl.Series(name, column, dtype=kind, strict=False)
                    for (name, kind), column in zip(schema.items(), columns, strict=True)
                ]
            )


def read_texts(connection: Connection, columns: Sequence[str], source: str, **values: Any) -> pl.DataFrame:
    """Columns of texts of a query, in no particular order; empty texts are null. Each column comes as one text, which takes
    the program three fifths of the time that a row after another does.
    """
    together = "string_agg" if connection.dialect.name == "postgresql" else "group_concat"
    whole = (f"{together}(COALESCE({name}, ''), '{_BETWEEN}')" for name in columns)
    row = connection.execute(_bound(f"SELECT {', '.join(whole)} FROM ({source}) AS listed", values), values).one()
    if row[0] is None:
        return pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
    found = pl.DataFrame([tuple(row)], schema=list(columns), orient="row").select(pl.all().str.split(_BETWEEN))
    if len(set(found.select(pl.all().list.len()).row(0))) > 1:  # something in them looks like what stands between them
        return read_frame(connection, source, dict.fromkeys(columns, pl.String), **values)
    return found.select(pl.all().explode()).select(
        pl.when(pl.col(name) != "").then(name).alias(name) for name in columns
    )


def _bound(query: str, values: Mapping[str, Any]) -> TextClause:
    """A statement in which a list of texts stands for its members."""
    lists = (name for name, value in values.items() if isinstance(value, list))
    return text(query).bindparams(*(bindparam(name, type_=String(), expanding=True) for name in lists))


def table_parts(connection: Connection, table: Table) -> Iterator[pl.DataFrame]:
    """All rows of a table with all its columns, so many at a time."""
    schema = schema_of(table)
    yield from _parts(connection, f"SELECT {', '.join(schema)} FROM {table.name}", schema)


def schema_of(table: Table) -> dict[str, Any]:
    """The columns of a table as a frame has them."""
    return {column.name: _kind_of(column) for column in table.columns}


def _kind_of(column: Column[Any]) -> Any:
    """What a column is in a frame."""
    written = column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type
    return next(kind for of, kind in _COLUMNS.items() if isinstance(written, of))


def insert_frame(connection: Connection, table: str, frame: pl.DataFrame, many: int | None = MANY) -> None:
    """Add the rows of `frame` to `table`; its columns are columns of the table. Rows go in the frame's order.

    many: from so many rows PostgreSQL learns at once what the table now holds; None: it learns in its own time.
    """
    if frame.is_empty():
        return
    columns = ", ".join(frame.columns)
    if connection.dialect.name == "postgresql":
        _copy(connection, f"COPY {table} ({columns}) FROM STDIN", frame)
        learn(connection, table, frame.height, many)
        return
    _insert(connection, f"INSERT INTO {table} ({columns}) VALUES ", frame)


def learn(connection: Connection, table: str, rows: int, many: int | None = MANY) -> None:
    """Let PostgreSQL look at what `table` holds, where as many `rows` of it as `many` are new; None: in its own time."""
    if connection.dialect.name == "postgresql" and many is not None and rows >= many:
        connection.exec_driver_sql(f"ANALYZE ({_UNLESS_BUSY}) {table}")


def _copy(connection: Connection, command: str, frame: pl.DataFrame) -> None:
    """PostgreSQL takes a stream of text three times as fast as statements; written a column at a time it takes this program a third of the time."""
    cursor: Any = connection.connection.cursor()
    with _as_any_statement(connection, command, cursor), cursor.copy(command) as copy:
        for rows in frame.iter_slices(_CHUNK):
            copy.write(copy_text(rows))


def copy_text(rows: pl.DataFrame) -> str:
    """Rows as PostgreSQL's COPY reads them: a line each, tabs between, \\N for what is null, a backslash before what would mislead."""
    written = []
    for column in rows.get_columns():
        if column.dtype == pl.Binary:
            column = "\\x" + column.bin.encode("hex")
        elif column.dtype.base_type() in (pl.Categorical, pl.Enum):
            column = column.cast(pl.String)
        if column.dtype == pl.String and column.str.contains(r"[\\\t\n\r]").any():
            for sign, instead in _ESCAPED.items():
                column = column.str.replace_all(sign, instead, literal=True)
        written.append(column)
    return pl.DataFrame(written).write_csv(include_header=False, separator="\t", quote_style="never", null_value=r"\N")


def _insert(connection: Connection, statement: str, frame: pl.DataFrame) -> None:
    """SQLite takes many rows a statement in half the time of one a statement."""
    one, size = f"({', '.join('?' * frame.width)})", max(1, _VALUES_A_STATEMENT // frame.width)
    whole = frame.height - frame.height % size
    step = size * max(1, _CHUNK // size)
    with _without_collector():
        for start in range(0, whole, step):
            values = _run_on(frame.slice(start, min(step, whole - start)))
            width = size * frame.width
            full = [tuple(values[first : first + width]) for first in range(0, len(values), width)]
            connection.exec_driver_sql(statement + ", ".join([one] * size), full)
        if rest := frame.slice(whole).rows():
            connection.exec_driver_sql(statement + one, rest)


def _run_on(rows: pl.DataFrame) -> list[Any]:
    """The values of rows one after another."""
    values: list[Any] = [None] * (rows.height * rows.width)
    for place, column in enumerate(rows.get_columns()):
        values[place :: rows.width] = column.to_list()
    return values


def add_row(connection: Connection, table: type[SQLModel], **values: Any) -> int:
    """Add one row to a table that the database numbers. Returns its number."""
    key = connection.execute(insert(table).values(**values)).inserted_primary_key
    assert key is not None
    return int(key[0])


def delete_rows(connection: Connection, table: type[SQLModel], keys: Sequence[Mapping[str, Any]]) -> None:
    """Remove the rows of `table` that have these values; all of `keys` name the same columns."""
    if keys:
        columns = SQLModel.metadata.tables[str(table.__tablename__)].c
        connection.execute(delete(table).where(*(columns[name] == bindparam(name) for name in keys[0])), list(keys))


@contextmanager
def staged(connection: Connection, frame: pl.DataFrame) -> Iterator[None]:
    """Lay the rows of `frame` out as a table `staged` that this connection alone sees, while inside."""
    columns = [f"{name} {_KINDS[type(kind)]}" for name, kind in frame.schema.items()]
    connection.exec_driver_sql("DROP TABLE IF EXISTS staged")
    connection.exec_driver_sql(f"CREATE TEMPORARY TABLE staged ({', '.join(columns)})")
    insert_frame(connection, "staged", frame, many=1)
    yield
    connection.exec_driver_sql("DROP TABLE staged")


def next_ids(connection: Connection, table: str, count: int) -> int:
    """The first of `count` numbers in a row for new rows of `table`. Nobody else gets them, whoever writes at the same time."""
    if connection.dialect.name == "postgresql":
        return number_block(connection, table, count)
    return int(connection.exec_driver_sql(f"SELECT COALESCE(MAX(id), 0) + 1 FROM {table}").scalar_one())


def in_ranges(column: str, ranges: Ranges | None) -> str:
    """The condition that a column of codes lies in one of these ranges; true for None, which stands for all."""
    if ranges is None:
        return "1 = 1"
    parts = [f"({column} >= '{first}' AND {column} < '{end}')" for first, end in ranges]
    return f"({' OR '.join(parts)})" if parts else "1 = 0"


def numbered(connection: Connection, column: str, numbers: pl.Series) -> tuple[str, str]:
    """The condition that a column is one of these whole numbers, and what stands in it for `:numbers`.

    However many there are, nothing is laid out for them; PostgreSQL plans by how many they are.
    """
    listed = ",".join(map(str, numbers.to_list()))
    if connection.dialect.name == "postgresql":
        return f"{column} = ANY (CAST(:numbers AS BIGINT[]))", f"{{{listed}}}"
    return f"{column} IN (SELECT value FROM json_each(:numbers))", f"[{listed}]"


@contextmanager
def _as_any_statement(connection: Connection, command: str, cursor: Any) -> Iterator[None]:
    """Faults of the driver's own cursor look like any other statement's; it is closed afterwards."""
    dbapi = connection.dialect.dbapi
    assert dbapi is not None
    try:
        yield
    except dbapi.Error as fault:
        raise DBAPIError.instance(command, None, fault, dbapi.Error) from fault
    finally:
        cursor.close()


@contextmanager
def _without_collector() -> Iterator[None]:
    """The garbage collector would look through all rows again and again while they arrive."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()
