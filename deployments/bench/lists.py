"""A province with all its lists filled: its pass beside one without lists, a list that changes, and `explain` down to rows.

Hebei as the demonstration draws it (354 000 districts, 484 000 staff, 626 000 attendances, the other lists in proportion) with
2.3 million problem rows. Synthetic. Ratios are of processor time, in one run.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import polars as pl

from deployments.bench.campaigns import take_in_all
from deployments.bench.measure import peak_gib, row, spent, tell, timed
from deployments.bench.registers import bare
from deployments.demo.synthetic import places, write_contacts, write_reports, write_superiors, write_units
from deployments.demo.synthetic.places import Place, units_frame
from deployments.demo.synthetic.problems import NATIONAL_PROBLEMS, changes_of_state, national_problems, write
from models.plan.files import read_plan_files
from models.plan.model import Plan, Requirement
from tasks.campaign.settings import Settings
from tasks.campaign.store import Store, open_store
from tasks.chasing.passes import owe
from tasks.intake.expected_rows import expect_rows
from tasks.intake.intake import AsRows, take_in
from tasks.judging.explain import explain
from tasks.loading.load import Files, load

CHANNEL = "json://127.0.0.1:9"
"""Nothing is sent here: what is owed waits in both campaigns alike."""
_SHARE = 23
"""One problem in so many changes its state: 100 000 of them."""
_PASS, _INTAKE, _SECOND = 1.5, 8, 1.0
_PROBLEMS = "problems"
_LESS: dict[int, tuple[Plan, Plan]] = {}
"""Plans with what is left of them, so that neither is made anew each time that it is asked for."""


class WithoutLists(Store):
    """A campaign whose plan has neither a duty over rows nor one that is judged on figures drawn from rows."""

    def plan(self) -> Plan:
        return _without_lists(super().plan())


def _without_lists(plan: Plan) -> Plan:
    known = _LESS.get(id(plan))
    if known is None or known[0] is not plan:
        left = tuple(one for one in plan.requirements if not _rests_on_lists(plan, one))
        phases = tuple(
            replace(phase, requirements=tuple(one for one in left if one.phase == phase.id)) for phase in plan.phases
        )
        known = _LESS[id(plan)] = plan, replace(plan, phases=phases, _requirements=left)
    return known[1]


def _rests_on_lists(plan: Plan, requirement: Requirement) -> bool:
    drawn = any(plan.indicators[name].rows is not None for name in plan.behind[requirement.key])
    return requirement.each is not None or drawn


@click.command()
@click.option("--place", default="hebei", show_default=True, help="Whose lists.")
@click.option("--problems", default=NATIONAL_PROBLEMS, show_default=True, help="How many rows its problem list has.")
def main(place: str, problems: int) -> None:
    """Measure a place with all its lists."""
    chosen = places()[place]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        named = {"办理状态": "状态"}
        drawn = national_problems(problems, among=units_frame(chosen))
        # the plan asks of some kinds how many were put together in a row
        listed = write(
            drawn.rename(named).insert_column(3, pl.lit(1).alias("合并条数")), folder / "synthetic-problems.csv"
        )
        changes = changes_of_state(drawn, problems // _SHARE).rename(named)
        changed = write(changes, folder / "synthetic-changes.csv")
        county = str(drawn["区划代码"][0])[:6]
        del drawn, changes
        files = write_reports(chosen, folder / "reports")
        at = datetime.fromisoformat(chosen.as_of)
        without = _campaign(chosen, folder, "without", at)
        take_in_all(without, [one for one in files if one.register is None], at)
        store = _campaign(chosen, folder, "with", at)
        take_in_all(store, files, at)
        rows = [_intake(store, listed, at, f"pucha report: {problems} problems of one province")]
        expect_rows(store, chosen.unit, at)
        rows += _passes(store, WithoutLists(without.engine, without.home, without.settings), at)
        taken = _intake(store, changed, at, f"pucha report: {problems // _SHARE} changes of state in that list")
        after, owed = _once(lambda: owe(store, None, at))
        rows += [
            taken,
            row(f"the pass after it, which judges that list anew ({owed.judged} duties)", f"{after:.2f} s"),
            _explained(store, county, at),
            row("peak memory", f"{peak_gib():.2f} GiB"),
        ]
        tell(rows)


def _campaign(place: Place, folder: Path, name: str, at: datetime) -> Store:
    into = folder / name
    into.mkdir()
    units, contacts = write_units(place, into), write_contacts(place, into, CHANNEL)
    files = Files(
        plan=read_plan_files(place.plan_file), units=units, superiors=write_superiors(place, into), contacts=contacts
    )
    store = open_store(Settings(home=into / "home", database_url=None, _env_file=None), create=True)
    load(store, files, at)
    return store


def _intake(store: Store, file: Path, at: datetime, what: str) -> dict[str, Any]:
    before, _ = spent(lambda: bare(file), runs=3)
    taken, receipt = _once(lambda: take_in(store, file, at, "bench", at, as_rows=AsRows(register=_PROBLEMS)))
    after, _ = spent(lambda: bare(file), runs=3)
    if receipt.rejected or receipt.repeated:
        raise AssertionError(f"{file.name} was not taken in as it is")
    floor = (before + after) / 2
    return row(
        what,
        f"{taken:.2f} s",
        floor=f"{floor:.3f} s (Polars reads and groups the same file)",
        ratio=taken / floor,
        bound=f"≤ {_INTAKE}",
        met=taken / floor <= _INTAKE,
    )


def _passes(store: Store, without: Store, at: datetime) -> list[dict[str, Any]]:
    """The first pass with lists, and quiet ones with and without, in turns."""
    first, owed = _once(lambda: owe(store, None, at))
    fewer = owe(without, None, at)
    pairs = [
        (spent(lambda: owe(store, None, at), runs=1)[0], spent(lambda: owe(without, None, at), runs=1)[0])
        for _ in range(3)
    ]
    quiet, floor = (sorted(one)[1] for one in zip(*pairs, strict=True))
    return [
        row(f"first pass with all lists: {owed.judged} duties, {owed.opened} cases", f"{first:.2f} s"),
        row(
            "a quiet pass with all lists, against one of the same plan without what rests on lists"
            f" ({fewer.judged} duties)",
            f"{quiet:.2f} s",
            floor=f"{floor:.2f} s",
            ratio=quiet / floor,
            bound=f"≤ {_PASS}",
            met=quiet / floor <= _PASS,
        ),
    ]


def _explained(store: Store, county: str, at: datetime) -> dict[str, Any]:
    def told() -> object:
        return explain(store, county, "recheck.none-overdue", at)

    taken, _ = timed(told)
    own, _ = spent(told, runs=3)
    return row(
        "pucha explain: a county's duties over its problem lists, down to their rows",
        f"{taken:.2f} s ({own:.2f} s of processor time)",
        bound=f"< {_SECOND:.0f} s",
        met=taken < _SECOND,
    )


def _once(work: Any) -> tuple[float, Any]:
    began = time.process_time()
    answer = work()
    return time.process_time() - began, answer


if __name__ == "__main__":
    main()
