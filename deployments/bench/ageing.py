"""A campaign that ages: Hebei through half a year of daily reports, a pass and its notices each morning.

Every day all townships report ten figures in one file, but for two that forget and report the next morning; one duty
is due each day, one each week, and twenty once. The campaign is copied on the days that are looked at, and the copies are looked
at in turns once it is over, each in a process of its own: what else the machine does meets them all alike, and memory is their own.
"""

from __future__ import annotations

import io
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import cycle, pairwise
from pathlib import Path
from typing import Any, NamedTuple

import click
import polars as pl

from deployments.bench.campaigns import databases, sink
from deployments.bench.measure import peak_gib, row, tell
from deployments.bench.postgres import copy_of, new_database
from deployments.bench.sizes import bytes_in_use
from deployments.demo.synthetic import places, write_units
from deployments.demo.synthetic.chance import between
from models.moments import micros, read_moment
from models.plan.files import read_plan_files
from tasks.audit_trail.records import verify
from tasks.campaign.settings import Settings
from tasks.campaign.store import Store, open_store
from tasks.chasing.passes import owe
from tasks.delivery.deliver import deliver
from tasks.intake.intake import take_in
from tasks.judging.status import read_statuses
from tasks.loading.load import Files, load

LOOKED_AT = (1, 30, 90, 180)
"""Days on which it is measured, and the last one."""
COUNTY = "130102"
ONCE = 20
DAILY = {"visited": "走访户数", "registered": "登记户数", "called_again": "再次走访户数", "checked": "复核户数"}
FURTHER = 6
"""Figures in the same reports that no duty is judged on."""
_FIRST = "2020-04-03T17:00"
"""A Friday: on the mornings after the first day and the last, a Saturday and a Wednesday, the week's figures are in, so that age
alone is compared."""
_LOOKS = 15
"""Times that what takes a thirtieth of a second is done in a look: its median of five swung by a tenth on a quiet machine."""
_ROUNDS = 3


@dataclass(frozen=True)
class Look:
    """What one day costs: seconds of processor time of this program (a server's own are not in them), GiB, bytes.

    parquet: bytes of the same figures as one Parquet file a report, of all days so far; database: bytes in use.
    """

    day: int
    parquet: int
    database: int = 0
    quiet: float = 0
    memory: float = 0
    status: float = 0
    verified: float = 0


class _Kept(NamedTuple):
    """The campaign as it was on one day: its folder, its database's address (empty for SQLite), and when it is looked at."""

    home: Path
    url: str
    moment: datetime
    of_day: Look


def plan_text() -> str:
    """The plan: what is due once is judged on a figure of its own and on one that is reported every day."""
    daily = [f"  {name}: {{title: {title}, level: township, roll_up: sum}}" for name, title in DAILY.items()]
    once = [f"  once{n:02d}: {{title: 指标{n}, level: township, roll_up: sum}}" for n in range(ONCE)]
    further = [f"  further{n:02d}: {{title: 其他指标{n}, level: township, roll_up: sum}}" for n in range(FURTHER)]
    duties = [
        '{id: daily, title: 日报, judged_at: township, met_when: "visited >= 0", every: day, ladder: standard}',
        '{id: weekly, title: 周报, judged_at: county, met_when: "registered >= 0", every: week, ladder: standard}',
    ]
    duties += [
        f'{{id: due{n:02d}, title: 要求{n}, judged_at: township, met_when: "once{n:02d} >= 0 and {name} >= 0", due: 2020-05-01}}'
        for n, name in zip(range(ONCE), cycle(DAILY), strict=False)
    ]
    return "\n".join(
        [
            "census: bench\ntitle: 测速方案\nstandard_time: 2020-11-01T00:00:00+08:00\nindicators:",
            *daily,
            *once,
            *further,
            "ladders:\n  standard:\n    - {id: overdue, at: +0d, to: [unit.owner]}",
            "phases:\n  - {id: registration, title: 登记, starts: 2020-04-03, ends: 2020-12-31, requirements: [",
            *(f"      {one}," for one in duties),
            "  ]}\n",
        ]
    )


@click.command()
@click.option("--days", default=LOOKED_AT[-1], show_default=True, help="How many days the campaign lives.")
@click.option("--look", "looked_at", nargs=3, hidden=True, help="Home, database and moment of one that is looked at.")
def main(days: int, looked_at: tuple[str, str, str] | None) -> None:
    """Let the campaign live on each kind of database that is here, and print what it costs as it ages."""
    if looked_at:
        look(*looked_at)
        return
    rows: list[dict[str, Any]] = []
    for name, server in databases():
        with tempfile.TemporaryDirectory() as folder:
            rows += told(name, live(Path(folder), server, days))
    tell(rows)


def live(folder: Path, server: str | None, days: int) -> list[Look]:
    """The campaign's days one by one on one database. server: of PostgreSQL; None for SQLite."""
    with sink() as channel:
        url = new_database(server, f"ageing_{time.time_ns()}") if server else None
        store = _campaign(folder, channel, url)
        townships = store.units(["township"]).select(code="unit")
        first = read_moment(_FIRST, store.plan().zone)
        once = townships.with_columns(between(0, 5000, n).alias(f"once{n:02d}") for n in range(ONCE))
        _report(store, once, first - timedelta(hours=1), first)
        kept: list[_Kept] = []
        parquet = 0
        for day in range(1, days + 1):
            as_of = first + timedelta(days=day - 1)
            figures, forgot = _figures(townships, day)
            _report(store, figures, as_of, as_of)
            morning = as_of + timedelta(hours=16)
            now = partial(_same, morning)
            owe(store, None, morning)
            deliver(store, store.settings, now)
            _report(store, forgot, as_of + timedelta(hours=3), morning + timedelta(hours=1))
            parquet += _as_parquet(figures, as_of) + _as_parquet(forgot, as_of)
            if day in LOOKED_AT or day == days:
                owe(store, None, morning)  # what the morning's late reports changed is no part of a quiet pass
                of_day, home = Look(day=day, parquet=parquet), folder / f"day{day}"
                moment = morning + timedelta(hours=2)
                kept.append(_keep(store, server, url, home=home, moment=moment, of_day=of_day))
        store.engine.dispose()
    seen = [[_look(one) for one in kept] for _ in range(_ROUNDS)]
    return [_middle(_sized(one), looks) for one, looks in zip(kept, zip(*seen, strict=True), strict=True)]


def told(name: str, looks: list[Look]) -> list[dict[str, Any]]:
    """The rows of one database: the last day against the first, and growth from each day looked at to the next."""
    first, last = looks[0], looks[-1]
    rows = [
        row(
            f"{name}, day {one.day}: quiet pass, its memory, status of a county, verifying the trail",
            f"{one.quiet:.2f} s, {one.memory:.2f} GiB, {one.status:.2f} s, {one.verified:.2f} s",
        )
        for one in looks
    ]
    for before, after in pairwise(looks):
        days = after.day - before.day
        grown, floor = (after.database - before.database) / days, (after.parquet - before.parquet) / days
        rows.append(
            row(
                f"{name}: the database grows from day {before.day} to {after.day}, ledger included",
                f"{grown / 1000:.0f} kB a day",
                floor=f"{floor / 1000:.0f} kB as Parquet",
                ratio=grown / floor,
                bound="≤ 1.5",
                met=grown <= 1.5 * floor,
            )
        )
    compared = (
        ("processor time of a quiet pass", "{:.2f} s", last.quiet, first.quiet),
        ("memory of a quiet pass", "{:.2f} GiB", last.memory, first.memory),
        ("processor time of a county's status", "{:.2f} s", last.status, first.status),
    )
    for what, shown, now, then in compared:
        rows.append(
            row(
                f"{name}: {what}, day {last.day} against day {first.day}",
                shown.format(now),
                floor=shown.format(then),
                ratio=now / then,
                bound="≤ 1.2",
                met=now <= 1.2 * then,
            )
        )
    return rows


def look(home: str, url: str, moment: str) -> None:
    """In a process of its own: what a pass in which nothing is new costs, a county's status, and verifying; prints JSON."""
    store, now = _opened(Path(home), url), datetime.fromisoformat(moment)
    owe(store, None, now)
    quiet = _processor_time(lambda: owe(store, None, now), _LOOKS)
    memory = peak_gib()
    status = _processor_time(lambda: read_statuses(store, COUNTY, now).of(), _LOOKS)
    verified = _processor_time(lambda: verify(store), 1)
    click.echo(json.dumps({"quiet": quiet, "memory": memory, "status": status, "verified": verified}))


def _keep(store: Store, server: str | None, url: str | None, *, home: Path, moment: datetime, of_day: Look) -> _Kept:
    """A copy of the campaign that nothing changes any more."""
    store.engine.dispose()  # nobody may be in a database that is copied
    shutil.copytree(store.home, home)
    return _Kept(home, copy_of(server, url, f"day{of_day.day}") if server and url else "", moment, of_day)


def _look(kept: _Kept) -> dict[str, float]:
    """What the copy costs: seconds and GiB, by the names of `Look`."""
    asked = [str(kept.home), kept.url, kept.moment.isoformat()]
    command = [sys.executable, "-m", "deployments.bench.ageing", "--look", *asked]
    return dict(json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout))


def _sized(kept: _Kept) -> Look:
    """The day with the size of its copy, which nobody looks at any more."""
    engine = _opened(kept.home, kept.url).engine
    try:
        return replace(kept.of_day, database=bytes_in_use(engine))
    finally:
        engine.dispose()


def _opened(home: Path, url: str) -> Store:
    return open_store(Settings(home=home, database_url=url or None, _env_file=None))


def _middle(of_day: Look, looks: Sequence[dict[str, float]]) -> Look:
    """The median of each figure of several looks at one day."""
    middle: dict[str, Any] = {name: statistics.median(one[name] for one in looks) for name in looks[0]}
    return replace(of_day, **middle)


def _processor_time(work: Callable[[], object], times: int) -> float:
    """The median of several runs, in seconds."""
    taken = []
    for _ in range(times):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return statistics.median(taken)


def _campaign(folder: Path, channel: str, url: str | None) -> Store:
    """Hebei's offices under the plan above, with an owner in every county and township."""
    (folder / "plan.yaml").write_text(plan_text(), encoding="utf-8")
    plan = read_plan_files(folder / "plan.yaml")
    store = open_store(Settings(home=folder / "home", database_url=url, _env_file=None), create=True)
    at = read_moment(_FIRST, plan.plan.zone) - timedelta(days=1)
    load(store, Files(plan=plan, units=write_units(places()["hebei"], folder)), at)
    owners = store.units(["county", "township"]).select("unit", role=pl.lit("owner"))
    owners = owners.with_columns(name="经办" + pl.col("unit"), channel=channel + "/" + pl.col("unit"))
    owners.write_csv(folder / "contacts.csv")
    load(store, Files(plan=plan, contacts=folder / "contacts.csv"), at)
    return store


def _figures(townships: pl.DataFrame, day: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What all report on one day, and what the two report that forgot it."""
    names = [*DAILY, *(f"further{n:02d}" for n in range(FURTHER))]
    whole = townships.with_columns(
        (between(5, 400, n) * day + between(0, 40, 1000 * day + n)).alias(name) for n, name in enumerate(names)
    )
    forgot = pl.int_range(pl.len()).is_in([17 * day % whole.height, 31 * day % whole.height])
    return whole.filter(~forgot), whole.filter(forgot)


def _report(store: Store, figures: pl.DataFrame, as_of: datetime, received_at: datetime) -> None:
    file = store.home.parent / "report.csv"
    figures.write_csv(file)
    assert take_in(store, file, as_of, "bench", received_at).accepted == figures.height


def _as_parquet(figures: pl.DataFrame, as_of: datetime) -> int:
    """Bytes of these figures as one Parquet file, one row a reading."""
    readings = figures.unpivot(index="code", variable_name="indicator").with_columns(as_of=pl.lit(micros(as_of)))
    out = io.BytesIO()
    readings.sort("indicator", "code").write_parquet(out, compression="zstd")
    return out.tell()


def _same(moment: datetime) -> datetime:
    return moment


if __name__ == "__main__":
    main()
