"""Run the measurements, each in a process of its own so that memory is its own, and keep what they found."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import Any

import click

from deployments.bench.measure import row
from deployments.bench.page import keep, kept, taken_now

MEASUREMENTS = (
    "judging",
    "passes",
    "first_pass",
    "provinces",
    "ageing",
    "intake",
    "national_intake",
    "registers",
    "lists",
    "commands",
    "delivery",
    "screen",
    "prefect_runs",
)


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(MEASUREMENTS))
@click.option("--write", is_flag=True, help="Keep what was found, and write docs/performance.md anew.")
def main(names: tuple[str, ...], write: bool) -> None:
    """Measure NAMES (all by default) and print a table of figures."""
    unmet = []
    for name in names or MEASUREMENTS:
        began = time.monotonic()
        click.echo(f"{name} …", err=True)
        rows = measured(name)
        click.echo(f"{name}: {time.monotonic() - began:.0f} s", err=True)
        for one in rows:
            click.echo("  " + "  ".join(f"{key}: {value}" for key, value in one.items()))
        unmet += [f"{name}: {one['what']}" for one in rows if one.get("met") == "no"]
        if write:
            # at once: whoever stops the bench in the middle keeps what it has measured
            known = {**kept(), name: taken_now(rows)}
            keep({one: known[one] for one in MEASUREMENTS if one in known})
    click.echo("\n".join(["", f"not met: {len(unmet)}", *(f"  {one}" for one in unmet)]))


def measured(name: str) -> list[dict[str, Any]]:
    """The rows of one measurement; one that says so where it failed, so that the others are still taken."""
    done = subprocess.run([sys.executable, "-m", f"deployments.bench.{name}"], stdout=subprocess.PIPE, check=False)
    if done.returncode or not done.stdout.strip():
        return [row(f"this measurement failed ({done.returncode})", "none", met=False)]
    rows: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return rows


if __name__ == "__main__":
    main()
