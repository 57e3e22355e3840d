"""Whole campaigns for the bench: the nation in a database, with a contact in every office and a sink on loopback."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import polars as pl

from deployments.bench import postgres
from deployments.bench.nation import long_readings, nation_units, plan_text, wide_figures
from deployments.demo.synthetic import Place, ReportFile, write_reports, write_units
from deployments.demo.synthetic.national import national_units
from models.moments import read_moment
from models.plan.files import read_plan_files
from tasks.campaign.settings import Settings
from tasks.campaign.store import Store, open_store
from tasks.intake.intake import AsRows, take_in
from tasks.intake.readings import add_readings
from tasks.loading.load import Files, load

LOADED = "2020-05-01T09:00"

_SINK = """
import asyncio, sys
from uvicorn import Config, Server
async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"{}"})
import socket
held = socket.socket(); held.bind(("127.0.0.1", 0)); held.listen(512)
print(held.getsockname()[1], flush=True)
asyncio.run(Server(Config(app, log_level="critical", access_log=False)).serve(sockets=[held]))
"""


def shown(place: Place, folder: Path) -> tuple[Store, datetime]:
    """The campaign of a demonstration in `folder`, without contacts, all its reports taken in; and its moment."""
    plan = read_plan_files(place.plan_file)
    at = read_moment(place.as_of, plan.plan.zone)
    store = open_store(Settings(home=folder / "home", database_url=None, _env_file=None), create=True)
    load(store, Files(plan=plan, units=write_units(place, folder)), at)
    take_in_all(store, write_reports(place, folder), at)
    return store, at


def take_in_all(store: Store, files: Sequence[ReportFile], at: datetime) -> None:
    """Take in reports of a demonstration, none of whose rows may be refused."""
    zone = store.plan().zone
    for one in files:
        as_of = read_moment(one.as_of, zone)
        receipt = take_in(store, one.path, as_of, one.author, at, as_rows=AsRows(register=one.register))
        if receipt.rejected:
            raise AssertionError(f"{one.path.name} was not taken in as it is")


@contextmanager
def sink() -> Iterator[str]:
    """A web server in a process of its own that accepts everything; yields the channel that leads there."""
    process = subprocess.Popen([sys.executable, "-c", _SINK], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield f"json://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.kill()
        process.wait()


def nation(
    folder: Path,
    channel: str,
    server: str | None = None,
    *,
    figures: bool = True,
    provinces: Collection[str] | None = None,
) -> Store:
    """The nation's campaign: every office with an owner, every township with fifty figures if any. Synthetic.

    provinces: those alone, without figures. server: a PostgreSQL server without a database name, on which it gets a database of its own.
    """
    (folder / "plan.yaml").write_text(plan_text(), encoding="utf-8")
    listed, units = national_units(), nation_units()
    if provinces is not None:
        listed = listed.filter(pl.col("code").str.head(2).is_in(list(provinces)))
        units = units.filter(pl.col("unit").str.head(2).is_in(list(provinces)))
    listed.write_csv(folder / "units.csv")
    with (folder / "contacts.csv").open("w", encoding="utf-8") as out:
        out.write("unit,role,name,channel\n")
        for code in units["unit"]:
            out.write(f"{code},owner,经办{code},{channel}/{code}\n")
    database_url = postgres.new_database(server, f"bench_{os.getpid()}_{time.time_ns()}") if server else None
    settings = Settings(home=folder / "home", database_url=database_url, _env_file=None)
    store = open_store(settings, create=True)
    plan = read_plan_files(folder / "plan.yaml")
    loaded = read_moment(LOADED, plan.plan.zone)
    load(store, Files(plan=plan, units=folder / "units.csv", contacts=folder / "contacts.csv"), loaded)
    if figures:
        _fill(store)
    return store


def _fill(store: Store) -> None:
    """Put the figures where intake puts those of a nation's report: in columns that no pass has looked at yet."""
    readings = long_readings(wide_figures()).with_columns(evidence=pl.lit(None, pl.String))
    with store.writing() as connection:
        add_readings(connection, readings, 1)


def databases() -> Iterator[tuple[str, str | None]]:
    """The kinds of database that an office may use: a name, and a server's address (None: SQLite in a file).

    PostgreSQL: the server that PUCHA_BENCH_POSTGRES names, else a cluster of our own where it is installed.
    """
    yield "SQLite", None
    named, installed = os.environ.get("PUCHA_BENCH_POSTGRES"), postgres.binaries()
    if named:
        yield "PostgreSQL", named
    elif installed is not None:
        with postgres.cluster(installed, durable=True) as server:
            yield "PostgreSQL", server
