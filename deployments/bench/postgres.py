"""A PostgreSQL cluster of our own in a temporary folder on a free port, run by somebody other than root."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, create_engine, text

INSTALLED = Path("/usr/lib/postgresql")
"""Where Debian's packages lie, a folder a version."""
_NOT_DURABLE = (
    "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c wal_level=minimal -c max_wal_senders=0"
)
"""Nothing is waited for, and nothing written that only a crash of the machine would need."""


def binaries() -> Path | None:
    """The folder of the newest initdb and pg_ctl of this machine, None where there is none."""
    found = sorted(INSTALLED.glob("*/bin/initdb"))
    return found[-1].parent if found else None


@contextmanager
def cluster(folder_of: Path, *, durable: bool) -> Iterator[str]:
    """Run a server from the programs in `folder_of`; yields its address without a database name.

    durable: every commit reaches the disk, as it must in an office and need not in a test.
    """
    folder = Path(tempfile.mkdtemp(prefix="pucha-pg-"))
    who: dict[str, str] = {}
    if os.getuid() == 0:
        names = {entry.pw_name for entry in pwd.getpwall()}
        user = "postgres" if "postgres" in names else "nobody"
        who = {"user": user}
        shutil.chown(folder, user)
    data, port = folder / "data", _free_port()
    server, initdb = str(folder_of / "pg_ctl"), str(folder_of / "initdb")
    _quietly([initdb, "-D", str(data), "-U", "pucha", "-A", "trust", "-E", "UTF8", "--no-sync"], who)
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} "
    options += f"-c max_connections=100 {'' if durable else _NOT_DURABLE}"
    _quietly([server, "-D", str(data), "-o", options, "-w", "-t", "60", "start"], who)
    try:
        yield f"postgresql+psycopg://pucha@127.0.0.1:{port}"
    finally:
        _quietly([server, "-D", str(data), "-m", "immediate", "stop"], who, check=False)
        shutil.rmtree(folder, ignore_errors=True)


def new_database(server: str, name: str) -> str:
    """An empty database of that name; returns its address."""
    engine = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    engine.dispose()
    return f"{server}/{name}"


def copy_of(server: str, url: str, ending: str) -> str:
    """A copy of the database at `url`, in which nobody may be; returns its address, `url` with `ending`."""
    name = url.rsplit("/", 1)[-1]
    engine = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}_{ending}" TEMPLATE "{name}"'))
    engine.dispose()
    return f"{url}_{ending}"


def packed(engine: Engine) -> None:
    """Write all tables and indexes anew without what was freed in them."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM (FULL)"))


def _quietly(command: list[str], who: dict[str, str], *, check: bool = True) -> None:
    quiet = subprocess.DEVNULL
    subprocess.run(command, check=check, stdout=quiet, stderr=quiet, cwd="/", user=who.get("user"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
