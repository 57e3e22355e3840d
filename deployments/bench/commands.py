"""Whole commands as a clerk waits for them: help, and the status of a province at full size."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from deployments.bench.campaigns import shown
from deployments.bench.measure import row, tell
from deployments.demo.synthetic import places


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
        store, _ = shown(place, Path(name))
        home = store.home
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
