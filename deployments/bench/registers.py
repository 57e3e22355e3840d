"""A national problem list (2.3 million rows): taken in, changed, read, shown on a board, and asked how one row came to its state.

Ratios are of processor time, the floor taken before and after.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click
import polars as pl

from deployments.bench.measure import peak_gib, row, spent, tell, timed
from deployments.demo.synthetic.national import national_units
from deployments.demo.synthetic.problems import NATIONAL_PROBLEMS, changes_of_state, national_problems, write
from models.moments import read_moment
from models.plan.files import read_plan
from models.units import NATION
from tasks import boards
from tasks.archive.place import STATES
from tasks.campaign.settings import Settings
from tasks.campaign.store import Store, open_store
from tasks.intake.intake import take_in
from tasks.judging.explain import explain
from tasks.judging.status import read_statuses
from tasks.loading.load import Files, load
from tasks.registers.current import rows_of
from tasks.registers.lists import changes_of, list_rows

PLAN = """
census: bench
title: 测速方案
standard_time: 2020-11-01T00:00:00+08:00
registers:
  problems:
    title: 问题清单
    kept_by: county
    rows_at: [county, township, village, district]
    key: [list, row]
    columns:
      list: {title: 清单批次, type: text}
      row: {title: 序号, type: number}
      kind: {title: 类别, one_of: {logic: 逻辑问题, missed: 户籍漏登错登, young: 低龄漏登错登, hard: 难点卡点}}
      due: {title: 办理期限, type: date}
      state:
        title: 办理状态
        one_of: {received: 已接收, assigned: 已分解, in-field: 核实中, closed: 已办结, returned: 已退回上级}
        moves: {received: [assigned, returned], assigned: [in-field], in-field: [closed], closed: [in-field], returned: [closed]}
    refuse:
      - {when: "due < date '2020-11-16'", title: 办理期限早于比对复查开始}
indicators:
  problems_open: {title: 未办结问题, register: problems, level: township, count_where: "state not in ('closed', 'returned')"}
ladders:
  standard:
    - {id: remind, at: -2d, to: [unit.owner]}
    - {id: overdue, at: +0d, to: [unit.owner]}
phases:
  - id: recheck
    title: 比对复查
    starts: 2020-11-16
    ends: 2020-12-31
    requirements:
      - id: lists-closed
        title: 问题清单按期办结
        judged_at: county
        each: {register: problems, by: list, due: due}
        met_when: "state in ('closed', 'returned')"
        ladder: standard
"""
RECEIVED, CHANGED, LATER, AGAIN, LOOKED = (
    "2020-11-20T09:00",
    "2020-11-25T09:00",
    "2020-11-25T17:00",
    "2020-11-25T18:00",
    "2020-11-26T09:00",
)
_TWO = ("13", "37")
"""The provinces whose counties send all the changes of one report: Hebei and Shandong."""
_SHARE = 23
"""One row in so many changes its state: 100 000 of the nation's."""
_BOUND, _SECOND, _READ = 8, 1.0, 0.3
_TOLD = 2
"""Reports that speak of the row whose history is asked for."""
T = TypeVar("T")


@click.command()
@click.option("--rows", default=NATIONAL_PROBLEMS, show_default=True, help="How many rows the list has.")
def main(rows: int) -> None:
    """Measure a list of that many rows."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        problems = national_problems(rows)
        listed = write(problems, folder / "synthetic-problems.csv")
        changes = changes_of_state(problems, rows // _SHARE)
        changed = write(changes, folder / "synthetic-changes.csv")
        county, key = _one_row(problems, changes)
        near = problems.filter(pl.col("区划代码").str.head(2).is_in(list(_TWO))).join(
            changes, on=["区划代码", "清单批次", "序号"], how="anti"
        )
        of_two = write(changes_of_state(near, rows // _SHARE), folder / "synthetic-changes-of-two-provinces.csv")
        one = write(changes.head(1).with_columns(办理状态=pl.lit("核实中")), folder / "synthetic-one-change.csv")
        del problems, changes, near
        store, at = _campaign(folder)
        tell(
            [
                *_intake(store, listed, RECEIVED, f"pucha report: {rows} problems"),
                *_intake(
                    store, changed, CHANGED, f"pucha report: {rows // _SHARE} changes of state, strewn over the nation"
                ),
                *_intake(
                    store, of_two, LATER, f"pucha report: {rows // _SHARE} changes of state at most, of two provinces"
                ),
                *_one_change(store, one),
                *_looks(store, at, county, key),
                *_made_again(store, at),
                row("peak memory", f"{peak_gib():.2f} GiB"),
            ]
        )


def bare(file: Path) -> pl.DataFrame:
    """What Polars alone needs to read the file and count it by county and state."""
    table = pl.read_csv(file, schema_overrides={"区划代码": pl.String}, try_parse_dates=True)
    return table.group_by(pl.col("区划代码").str.head(6), table.columns[-1]).len()


def _campaign(folder: Path) -> tuple[Store, datetime]:
    store = open_store(Settings(home=folder / "home", database_url=None, _env_file=None), create=True)
    plan = read_plan(["bench.yaml"], {"bench.yaml": PLAN}.__getitem__)
    national_units().write_csv(folder / "units.csv")
    at = read_moment(LOOKED, plan.plan.zone)
    load(store, Files(plan=plan, units=folder / "units.csv"), at)
    return store, at


def _one_row(problems: pl.DataFrame, changes: pl.DataFrame) -> tuple[str, str]:
    """The county with the most changes, and the key of one row there that changed."""
    of = pl.col("区划代码").str.head(6)
    drawn = changes if changes.height else problems
    county = drawn.group_by(of).len().sort("len", "区划代码")["区划代码"][-1]
    found = drawn.filter(of == county).row(0, named=True)
    return str(county), f"{found['清单批次']}/{found['序号']}"


def _intake(store: Store, file: Path, as_of: str, what: str) -> list[dict[str, Any]]:
    before, _ = spent(lambda: bare(file))
    taken = _taken(store, file, as_of)
    after, _ = spent(lambda: bare(file))
    floor = (before + after) / 2
    ratio = taken / floor
    return [
        row(
            what,
            f"{taken:.2f} s",
            floor=f"{floor:.3f} s (Polars reads and groups the same file)",
            ratio=ratio,
            bound=f"≤ {_BOUND}",
            met=ratio <= _BOUND,
        )
    ]


def _taken(store: Store, file: Path, as_of: str) -> float:
    """The processor time of taking a file in. Fails where one of its rows is refused: that would be another work."""
    at = read_moment(as_of, store.plan().zone)
    began = time.process_time()
    receipt = take_in(store, file, at, "bench", at)
    taken = time.process_time() - began
    if receipt.rejected or receipt.repeated:
        raise AssertionError(f"{file.name} was not taken in as it is")
    return taken


def _one_change(store: Store, file: Path) -> list[dict[str, Any]]:
    taken = _taken(store, file, AGAIN)
    return [row("pucha report: one change of state in the same list", f"{taken:.2f} s")]


def _looks(store: Store, at: datetime, county: str, key: str) -> list[dict[str, Any]]:
    """What somebody waits for who looks at the list."""
    register = store.plan().registers["problems"]
    read, held = spent(lambda: rows_of(store, register, at))
    listed, _ = _within_a_second(
        "pucha rows: rows of one county that stand as received",
        lambda: list_rows(store, register, at, county, "state = 'received'"),
    )
    why, _ = _within_a_second(
        "pucha explain: the county's duties, down to their rows", lambda: explain(store, county, "lists-closed", at)
    )
    history, changes = _within_a_second(
        "pucha rows --history: the reports on one row", lambda: changes_of(store, register, key, county, at)
    )
    if len(changes) < _TOLD:
        raise AssertionError("the row that is asked for has changed since it came in")
    return [
        row(
            f"reading the {held.height} rows of the nation as they hold, changes among them",
            f"{read:.2f} s of processor time",
            bound=f"≤ {_READ} s",
            met=read <= _READ,
        ),
        *(_board(store, at, unit, name) for unit, name in ((county, "of one county"), (NATION, "of the nation"))),
        listed,
        why,
        history,
    ]


def _made_again(store: Store, at: datetime) -> list[dict[str, Any]]:
    """What holds, made again out of the archive alone: the same rows."""
    register = store.plan().registers["problems"]
    held = rows_of(store, register, at)
    shutil.rmtree(store.home / STATES)
    began = time.process_time()
    again = rows_of(store, register, at)
    taken = time.process_time() - began
    return [
        row(
            "the same rows made again out of the archive",
            f"{taken:.2f} s",
            bound="the same rows",
            met=again.equals(held),
        )
    ]


def _board(store: Store, at: datetime, unit: str, name: str) -> dict[str, Any]:
    def drawn() -> str:
        return str(boards.board(read_statuses(store, unit, at).of(), {}, "zh").body)

    return _within_a_second(f"the board {name}", drawn)[0]


def _within_a_second(what: str, work: Callable[[], T]) -> tuple[dict[str, Any], T]:
    """By the clock, since somebody waits; the processor time beside it tells what other work on the machine adds."""
    taken, _ = timed(work)
    own, answer = spent(work)
    figure = f"{taken:.2f} s ({own:.2f} s of processor time)"
    return row(what, figure, bound=f"< {_SECOND:.0f} s", met=taken < _SECOND), answer


if __name__ == "__main__":
    main()
