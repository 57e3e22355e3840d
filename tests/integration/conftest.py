"""Databases for integration tests: SQLite in a folder, PostgreSQL as a cluster of our own on a free port."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _missing(what: str) -> None:
    """CI must have everything; a developer's machine may lack PostgreSQL."""
    if os.environ.get("PUCHA_TEST_ALL"):
        pytest.fail(f"{what} is missing, and CI may skip nothing")
    pytest.skip(f"{what} is missing")


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """The address of a PostgreSQL server without a database name, e.g. postgresql+psycopg://pucha@127.0.0.1:5433."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        _missing("PostgreSQL")
    binaries = found[-1].parent
    folder = Path(tempfile.mkdtemp(prefix="pucha-pg-"))
    who: dict[str, str] = {}
    if os.getuid() == 0:
        names = {entry.pw_name for entry in pwd.getpwall()}
        user = "postgres" if "postgres" in names else "nobody"
        who = {"user": user}
        shutil.chown(folder, user)
    data, port = folder / "data", _free_port()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/", **who}
    subprocess.run(
        [binaries / "initdb", "-D", data, "-U", "pucha", "-A", "trust", "-E", "UTF8", "--no-sync"], check=True, **quiet
    )
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off -c max_connections=60"
    subprocess.run([binaries / "pg_ctl", "-D", data, "-o", options, "-w", "-t", "60", "start"], check=True, **quiet)
    try:
        yield f"postgresql+psycopg://pucha@127.0.0.1:{port}"
    finally:
        subprocess.run([binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop"], check=False, **quiet)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind that an office may use."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'pucha.db'}"
    server = request.getfixturevalue("cluster")
    name = f"t{abs(hash(str(tmp_path))) % 10**12}"
    engine = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return f"{server}/{name}"
