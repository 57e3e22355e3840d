"""What a pass leaves in Prefect's database: the first of a province's campaign, quiet ones, and one with a new report."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

from deployments.bench.campaigns import shown
from deployments.bench.measure import row, tell
from deployments.bench.sizes import bytes_of_sqlite
from deployments.demo.synthetic import places
from tasks.campaign.store import Store
from tasks.intake.intake import take_in
from tasks.judging.rows import reported

QUIET = 5
SETTLED = 7.0
"""Seconds after which the server has written down every event of a run: it does so every five."""
BOUND = 50_000


def main() -> None:
    from deployments.office.server import environment, free_port, server

    place = places()["hebei"]
    with tempfile.TemporaryDirectory() as name:
        store, at = shown(place, Path(name))
        settings, port = store.settings, free_port()
        with server(settings, port, lambda _: None):
            os.environ.update(environment(settings, port) | {"PREFECT_LOGGING_LEVEL": "ERROR"})
            _measure(store, settings.home / "prefect" / "prefect.db", at)


def _measure(store: Store, database: Path, at: datetime) -> None:
    from flows.watch import watch

    def a_pass(moment: datetime) -> tuple[int, float]:
        """Bytes that it adds, and seconds of this process that it takes."""
        before, began = bytes_of_sqlite(database), time.process_time()
        watch(as_of=moment, return_state=True)
        taken = time.process_time() - began
        time.sleep(SETTLED)
        return bytes_of_sqlite(database) - before, taken

    first, drawing = a_pass(at + timedelta(minutes=1))
    quiet = [a_pass(at + timedelta(minutes=1 + step)) for step in range(1, QUIET + 1)]
    _report_one(store, at + timedelta(minutes=QUIET))
    after, _ = a_pass(at + timedelta(minutes=QUIET + 2))
    added, taken = statistics.median(one for one, _ in quiet), statistics.median(one for _, one in quiet)
    tell(
        [
            row("Prefect's database: the first pass of Hebei", f"{first / 1000:.0f} kB"),
            row(
                f"a pass in which nothing is new (middle of {QUIET}; {min(quiet)[0] / 1000:.0f} to {max(quiet)[0] / 1000:.0f} kB)",
                f"{added / 1000:.0f} kB",
                bound="< 50 kB",
                met=added < BOUND,
            ),
            row("a pass after one township's report", f"{after / 1000:.0f} kB"),
            row("processor time of the first pass, all pages drawn", f"{drawing:.1f} s"),
            row("processor time of a quiet pass, publishing included", f"{taken:.2f} s"),
        ]
    )


def _report_one(store: Store, at: datetime) -> None:
    """One township reports one figure."""
    asked = reported(store.plan(), store.plan().indicators)
    one = next(
        one for one in store.plan().indicators.values() if one.level == "township" and one.id in asked and not one.where
    )
    file = store.home.parent / "one.csv"
    file.write_text(f"code,{one.id}\n{store.units(['township'])['unit'][0]},1\n", encoding="utf-8")
    assert take_in(store, file, at, "bench", at).accepted == 1


if __name__ == "__main__":
    main()
