"""Run the measurements, each in a process of its own so that memory is its own, and write docs/performance.md."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from deployments.bench.measure import row

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
PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
REMARKS = Path(__file__).parent / "remarks.md"
"""What the figures do not say by themselves; stands above them."""


@click.command()
@click.argument("names", nargs=-1)
@click.option("--write", is_flag=True, help="Write docs/performance.md.")
def main(names: tuple[str, ...], write: bool) -> None:
    """Measure NAMES (all by default) and print a table of figures."""
    results: dict[str, list[dict[str, Any]]] = {}
    for name in names or MEASUREMENTS:
        began = time.monotonic()
        click.echo(f"{name} …", err=True)
        results[name] = measured(name)
        click.echo(f"{name}: {time.monotonic() - began:.0f} s", err=True)
        for one in results[name]:
            click.echo("  " + "  ".join(f"{key}: {value}" for key, value in one.items()))
    unmet = [f"{name}: {one['what']}" for name, rows in results.items() for one in rows if one.get("met") == "no"]
    click.echo("\n".join(["", f"not met: {len(unmet)}", *(f"  {one}" for one in unmet)]))
    if write:
        PAGE.write_text(page(results), encoding="utf-8")


def measured(name: str) -> list[dict[str, Any]]:
    """The rows of one measurement; one that says so where it failed, so that the others are still taken."""
    done = subprocess.run([sys.executable, "-m", f"deployments.bench.{name}"], stdout=subprocess.PIPE, check=False)
    if done.returncode or not done.stdout.strip():
        return [row(f"this measurement failed ({done.returncode})", "none", met=False)]
    rows: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return rows


def page(results: dict[str, list[dict[str, Any]]]) -> str:
    """The figures as a Markdown page, with the machine that they were taken on."""
    lines = [
        "# Performance",
        "",
        f"Taken by `make bench` on {datetime.now(UTC):%Y-%m-%d}, {machine()}. All districts and figures are synthetic, drawn from a",
        "fixed seed over the real divisions. A ratio is to the floor named beside it, measured in the same run. Single figures",
        "of seconds depend on the machine; ratios and memory say more.",
        "",
        REMARKS.read_text(encoding="utf-8"),
    ]
    for name, rows in results.items():
        lines += [
            f"## {name.replace('_', ' ').capitalize()}",
            "",
            "| what | figure | floor | ratio | bound | met |",
            "|---|---|---|---|---|---|",
        ]
        for one in rows:
            cells = (
                one["what"],
                one["figure"],
                one.get("floor", ""),
                one.get("ratio", ""),
                one.get("bound", ""),
                one.get("met", ""),
            )
            lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
        lines.append("")
    return "\n".join(lines)


def machine() -> str:
    """This machine in a few words."""
    cores = memory = 0
    model = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("processor"):
            cores += 1
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
    for line in Path("/proc/meminfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("MemTotal"):
            memory = round(int(line.split()[1]) / 1024 / 1024)
    return f"{cores} cores ({model}), {memory} GiB, Python {platform.python_version()}"


if __name__ == "__main__":
    main()
