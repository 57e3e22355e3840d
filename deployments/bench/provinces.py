"""Provinces: Tibet's pass against its share of the nation's, two workers against one, and outcomes beside a national pass."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
import polars as pl
from sqlalchemy import Connection

from deployments.bench.campaigns import databases, nation, sink
from deployments.bench.measure import once, row, tell, timed
from deployments.bench.nation import NOW, wide_figures
from models.moments import read_moment
from tasks.campaign.locks import EVERYTHING, LEDGER, Writes
from tasks.campaign.settings import Settings
from tasks.campaign.store import Store, open_store
from tasks.chasing.passes import owe
from tasks.delivery.deliver import deliver
from tasks.intake.intake import take_in
from tasks.judging.status import read_statuses

TIBET, COUNTY = "54", "540102"


@dataclass(frozen=True)
class Shares:
    """Seconds of a pass in which nothing is new, and of two statuses; duties: how many each pass judges."""

    nation: float
    province: float
    duties: tuple[int, int]
    status: float
    status_of_county: float


@click.command()
@click.option("--work", nargs=3, hidden=True, help="Home, database and moment of a worker.")
@click.argument("provinces", nargs=-1)
def main(work: tuple[str, str, str] | None, provinces: tuple[str, ...]) -> None:
    """Measure it on each kind of database that is here; two workers and outcomes beside a pass on PostgreSQL alone."""
    if work:
        _work(Path(work[0]), work[1], datetime.fromisoformat(work[2]), provinces)
        return
    rows: list[dict[str, Any]] = []
    for name, server in databases():
        with tempfile.TemporaryDirectory() as folder, sink() as channel:
            taken, store = taken_by(1, Path(folder) / "one", channel, server)
            rows += told_of_shares(name, shares(store, TIBET, COUNTY))
            if server is not None:
                by_two, beside = taken_by(2, Path(folder) / "two", channel, server)
                rows += told_of_workers(taken, by_two, longest_wait(beside))
                beside.engine.dispose()
            store.engine.dispose()
    tell(rows)


def told_of_shares(name: str, found: Shares) -> list[dict[str, Any]]:
    """The rows of one database."""
    share = found.nation * found.duties[1] / found.duties[0]
    rows = [
        row(
            f"{name}: Tibet's pass in which nothing is new, {found.duties[1]} of {found.duties[0]} duties",
            f"{found.province:.3f} s",
            floor=f"{share:.3f} s, its share of the nation's {found.nation:.1f} s",
            ratio=found.province / share,
            bound="≤ 3",
            met=found.province <= 3 * share,
        )
    ]
    for what, seconds in (("Tibet", found.status), ("one of its counties", found.status_of_county)):
        rows.append(
            row(f"{name}: status of {what} with the nation loaded", f"{seconds:.2f} s", bound="< 1 s", met=seconds < 1)
        )
    return rows


def told_of_workers(one: float, two: float, longest: float) -> list[dict[str, Any]]:
    """The rows of PostgreSQL alone, whose own processes have the same cores as the workers."""
    return [
        row(
            "PostgreSQL: a report and a pass of each province by two workers",
            f"{two:.1f} s",
            floor=f"{one:.1f} s by one",
            ratio=one / two,
            bound="≥ 1.7 × as fast",
            met=one >= 1.7 * two,
        ),
        row(
            "PostgreSQL: longest lease or record of a sender beside a national pass",
            f"{longest:.2f} s",
            bound="< 1 s",
            met=longest < 1,
        ),
    ]


def shares(store: Store, province: str, county: str) -> Shares:
    """What is new goes first. Clock time, since a server's own work counts too; the median of several after one more, and
    of many where one takes a twentieth of a second."""
    now = _now(store)
    duties = owe(store, None, now).judged, owe(store, province, now).judged
    return Shares(
        nation=timed(lambda: owe(store, None, now))[0],
        province=timed(lambda: owe(store, province, now), runs=15)[0],
        duties=duties,
        status=timed(lambda: read_statuses(store, province, now).of(), runs=7)[0],
        status_of_county=timed(lambda: read_statuses(store, county, now).of(), runs=7)[0],
    )


def taken_by(
    workers: int, folder: Path, channel: str, server: str | None, provinces: Collection[str] | None = None
) -> tuple[float, Store]:
    """Seconds in which so many processes take in a report of each province and let a pass go over it, and the campaign.

    provinces: None for all. From the moment that all of them have imported what they need.
    """
    folder.mkdir()
    store = nation(folder, channel, server, figures=False, provinces=provinces)
    sizes = [(len(part), part) for part in _reports(store, folder)]
    dealt: list[list[str]] = [[] for _ in range(workers)]
    load = [0] * workers
    for townships, part in sorted(sizes, key=lambda one: -one[0]):
        least = load.index(min(load))
        dealt[least].append(part["code"][0][:2])
        load[least] += townships
    url = store.engine.url.render_as_string(hide_password=False) if server else ""
    with _waiting(store, url, dealt) as processes:
        return once(lambda: _go(processes))[0], store


def _reports(store: Store, folder: Path) -> Iterator[pl.DataFrame]:
    """A file a province with the figures of its townships."""
    here = store.units(["township"]).select(code="unit")
    figures = wide_figures().rename({"unit": "code"}).join(here, on="code", maintain_order="left")
    of_provinces = figures.group_by(pl.col("code").str.head(2).alias("province"), maintain_order=True)
    for _, part in of_provinces:
        part.write_csv(folder / f"report-{part['code'][0][:2]}.csv")
        yield part


@contextmanager
def _waiting(store: Store, url: str, dealt: Sequence[Sequence[str]]) -> Iterator[list[subprocess.Popen[str]]]:
    """Workers that have imported all and wait for the word to begin."""
    about = [str(store.home), url, _now(store).isoformat()]
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "deployments.bench.provinces", "--work", *about, *provinces],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for provinces in dealt
    ]
    try:
        for one in processes:
            assert one.stdout is not None
            assert one.stdout.readline() == "ready\n"
        yield processes
    finally:
        for one in processes:
            one.kill()
            one.wait()
            for end in (one.stdin, one.stdout):
                if end is not None:
                    end.close()


def _go(processes: Sequence[subprocess.Popen[str]]) -> None:
    """Give the word, and wait for all to end."""
    for one in processes:
        assert one.stdin is not None
        one.stdin.close()
    if any(one.wait() for one in processes):
        raise RuntimeError("a worker failed")


def _work(home: Path, url: str, now: datetime, provinces: Sequence[str]) -> None:
    """Take in the report of each province and let a pass go over it; a pass over the nation where there is none."""
    store = open_store(Settings(home=home, database_url=url or None, _env_file=None))
    click.echo("ready")
    sys.stdin.read()
    for province in provinces:
        take_in(store, home.parent / f"report-{province}.csv", now - timedelta(days=1), "bench", now)
        owe(store, province, now)
    if not provinces:
        owe(store, None, now)


@dataclass
class TimedStore(Store):
    """Keeps how long each lease and each record took, with what it waited for."""

    taken: list[float] = field(default_factory=list)

    @contextmanager
    def writing(self, writes: Writes = EVERYTHING) -> Iterator[Connection]:
        began = time.perf_counter()
        with super().writing(writes) as connection:
            yield connection
        if writes == LEDGER:
            self.taken.append(time.perf_counter() - began)


def longest_wait(store: Store) -> float:
    """Seconds of the longest transaction of a sender that delivers all that is owed while a pass goes over the nation."""
    timing = TimedStore(store.engine, store.home, store.settings.model_copy(update={"send_processes": 1}))
    now = _now(store)
    with _waiting(store, store.engine.url.render_as_string(hide_password=False), [()]) as processes:
        (passing,) = processes
        assert passing.stdin is not None
        passing.stdin.close()
        deliver(timing, timing.settings, lambda: now)
        if passing.wait():
            raise RuntimeError("the pass failed")
    return max(timing.taken)


def _now(store: Store) -> datetime:
    return read_moment(NOW, store.plan().zone)


if __name__ == "__main__":
    main()
