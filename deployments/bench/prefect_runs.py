"""What the same pass would cost as one Prefect task run per unit: 200 measured, the nation extrapolated openly."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from deployments.bench.measure import row, tell

RUNS = 200
TOWNSHIPS = 41_352


def main() -> None:
    from deployments.office.server import environment, free_port, server
    from tasks.campaign.settings import Settings

    with tempfile.TemporaryDirectory() as name:
        settings = Settings(home=Path(name))
        port = free_port()
        began = time.perf_counter()
        with server(settings, port, lambda _: None):
            started = time.perf_counter() - began
            import os

            os.environ.update(
                environment(settings, port)
                | {"PREFECT_LOGGING_LEVEL": "ERROR", "PREFECT_LOGGING_TO_API_ENABLED": "false"}
            )
            from prefect import flow, task

            @task
            def look_at(unit: int) -> int:
                return unit

            @flow
            def one_task_a_unit() -> None:
                for unit in range(RUNS):
                    look_at(unit)

            one_task_a_unit()
            began = time.perf_counter()
            one_task_a_unit()
            taken = time.perf_counter() - began
    each = taken / RUNS
    tell(
        [
            row(f"{RUNS} Prefect task runs, measured", f"{taken:.1f} s ({each * 1000:.0f} ms each)"),
            row(f"{TOWNSHIPS} task runs, extrapolated from that", f"{each * TOWNSHIPS / 60:.0f} min"),
            row(f"{TOWNSHIPS} × 40 task runs, extrapolated from that", f"{each * TOWNSHIPS * 40 / 3600:.0f} h"),
            row("starting the server, first time with this folder", f"{started:.0f} s"),
        ]
    )


if __name__ == "__main__":
    main()
