"""Take in the nation's district extract (6.8 million rows) and a tenth of it: memory, and no worse than linear."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from deployments.bench.intake import bare
from deployments.bench.measure import once, peak_gib, row, tell
from deployments.demo.synthetic.national import NATIONAL_DISTRICTS, national_districts, national_units
from models.moments import read_moment
from models.plan.files import read_plan_files
from tasks.campaign.settings import Settings
from tasks.campaign.store import open_store
from tasks.intake.intake import take_in
from tasks.loading.load import Files, load

PLAN = Path(__file__).parents[1] / "plans" / "census-2020.yaml"


def main() -> None:
    """With a number of rows: take in that many and print seconds, floor and memory. Without: run that twice and compare."""
    if len(sys.argv) > 1:
        _measure(int(sys.argv[1]))
        return
    small, large = (_in_a_process(rows) for rows in (NATIONAL_DISTRICTS // 10, NATIONAL_DISTRICTS))
    growth = (large[0] / NATIONAL_DISTRICTS) / (small[0] / (NATIONAL_DISTRICTS // 10))
    tell(
        [
            row(
                f"{NATIONAL_DISTRICTS // 10} rows",
                f"{small[0]:.1f} s, {small[2]:.2f} GiB",
                floor=f"{small[1]:.1f} s",
                ratio=small[0] / small[1],
            ),
            row(
                f"{NATIONAL_DISTRICTS} rows", f"{large[0]:.1f} s", floor=f"{large[1]:.1f} s", ratio=large[0] / large[1]
            ),
            row("seconds a row, nation against a tenth of it", f"{growth:.2f}", bound="≤ 1.1", met=growth <= 1.1),
            row("peak memory at national size", f"{large[2]:.2f} GiB", bound="< 3 GiB", met=large[2] < 3),
        ]
    )


def _in_a_process(rows: int) -> tuple[float, float, float]:
    done = subprocess.run(
        [sys.executable, "-m", "deployments.bench.national_intake", str(rows)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    seconds, floor, memory = (float(part) for part in done.stdout.split())
    return seconds, floor, memory


def _measure(rows: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = national_districts(folder, rows)
        national_units().write_csv(folder / "units.csv")
        store = open_store(Settings(home=folder / "home", database_url=None, _env_file=None), create=True)
        plan = read_plan_files(PLAN)
        at = read_moment("2020-10-31T17:00", plan.plan.zone)
        load(store, Files(plan=plan, units=folder / "units.csv"), at)
        seconds, _ = once(lambda: take_in(store, file, at, "bench", at))
        memory = peak_gib()
        floor, _ = once(lambda: bare(file))
        sys.stdout.write(f"{seconds} {floor} {memory}\n")


if __name__ == "__main__":
    main()
