"""Whole commands as a clerk waits for them: help, and the status of a province at full size."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from deployments.bench.measure import row, tell
from deployments.demo.synthetic import places, write_reports, write_units
from models.moments import read_moment
from models.plan.files import read_plan_files
from tasks.campaign.settings import Settings
from tasks.campaign.store import open_store
from tasks.intake.intake import take_in
from tasks.loading.load import Files, load


def seconds(*arguments: str, home: Path, runs: int = 5) -> float:
    """The median seconds of a command in a process of its own, after a first one that does not count."""
    environment = {**os.environ, "PUCHA_HOME": str(home)}
    taken = []
    for _ in range(runs + 1):
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "deployments.cli", *arguments],
            env=environment,
            stdout=subprocess.DEVNULL,
            check=True,
        )
        taken.append(time.perf_counter() - began)
    return statistics.median(taken[1:])


def main() -> None:
    place = places()["hebei"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        home = folder / "home"
        plan = read_plan_files(place.plan_file)
        at = read_moment(place.as_of, plan.plan.zone)
        store = open_store(Settings(home=home, database_url=None, _env_file=None), create=True)
        load(store, Files(plan=plan, units=write_units(place, folder)), at)
        for report in write_reports(place, folder):
            take_in(store, report.path, read_moment(report.as_of, plan.plan.zone), report.author, at)
        store.engine.dispose()
        nothing = seconds("--version", home=home)
        help_ = seconds("--help", home=home)
        status = seconds("status", "--unit", "13", "--as-of", place.as_of, home=home)
        tell(
            [
                row(
                    "pucha --help",
                    f"{help_:.2f} s",
                    floor=f"{nothing:.2f} s (--version)",
                    ratio=help_ / nothing,
                    bound="< 0.5 s",
                    met=help_ < 0.5,
                ),
                row("pucha status --unit 13, Hebei at full size", f"{status:.2f} s", bound="< 3 s", met=status < 3),
            ]
        )


if __name__ == "__main__":
    main()
