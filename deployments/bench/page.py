"""docs/performance.md: the figures that were kept of each measurement, when and where they were taken, and what they do not say."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypedDict

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
RESULTS = Path(__file__).parent / "results.json"
"""What each measurement found when it was last run: a part that is measured anew leaves the others as they were."""
REMARKS = Path(__file__).parent / "remarks"
"""One text a measurement: why something is not met, what was tried, and what its figures do not say."""
_COLUMNS = ("what", "figure", "floor", "ratio", "bound", "met")


class Taken(TypedDict):
    """What one measurement found. on: the day; where: the machine in a few words; rows: as `measure.row` makes them."""

    on: str
    where: str
    rows: list[dict[str, Any]]


def taken_now(rows: Sequence[dict[str, Any]]) -> Taken:
    """Rows that were measured just now, on this machine."""
    return Taken(on=f"{datetime.now(UTC):%Y-%m-%d}", where=machine(), rows=list(rows))


def kept() -> dict[str, Taken]:
    """What was last measured, by the name of the measurement."""
    found: dict[str, Taken] = json.loads(RESULTS.read_text(encoding="utf-8"))
    return found


def keep(results: Mapping[str, Taken]) -> None:
    """Put these in the place of what was measured before, and write the page anew."""
    RESULTS.write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(results), encoding="utf-8")


def page(results: Mapping[str, Taken]) -> str:
    """The figures as a Markdown page: what is not met first, then each measurement with its remarks."""
    lines = [
        "# Performance",
        "",
        "Measured by `make bench`, or `python -m deployments.bench --write NAME` for one part; each part says when and where.",
        "All districts and figures are synthetic, drawn from a fixed seed over the real divisions. A ratio is to the floor",
        "named beside it, measured in the same run. Seconds depend on the machine; ratios and memory say more.",
        "",
        "## What is not met",
        "",
        *_not_met(results),
        "",
    ]
    for name, taken in results.items():
        lines += [
            f"## {_title(name)}",
            "",
            f"Taken on {taken['on']}, {taken['where']}.",
            "",
            *_table(taken["rows"]),
            "",
        ]
        remarks = REMARKS / f"{name}.md"
        if remarks.exists():
            lines += [remarks.read_text(encoding="utf-8").strip(), ""]
    return "\n".join(lines).rstrip() + "\n"


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _not_met(results: Mapping[str, Taken]) -> list[str]:
    rows = [
        {"part": _title(name), **one}
        for name, taken in results.items()
        for one in taken["rows"]
        if one.get("met") == "no"
    ]
    if not rows:
        return ["Every bound was met when its part was last measured."]
    return _table(rows, ("part", "what", "figure", "ratio", "bound"))


def _table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str] = _COLUMNS) -> list[str]:
    lines = [columns, ["---"] * len(columns), *([str(one.get(name, "")) for name in columns] for one in rows)]
    return [f"| {' | '.join(cells)} |" for cells in lines]


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
