"""What every measurement shares: timing, peak memory, and a row of the table."""

from __future__ import annotations

import json
import resource
import statistics
import time
from collections.abc import Callable
from typing import Any, TypeVar

import click

T = TypeVar("T")


def timed(work: Callable[[], T], runs: int = 3) -> tuple[float, T]:
    """The median seconds of several runs after a first one that does not count, and the last answer."""
    answer = work()
    taken = []
    for _ in range(runs):
        began = time.perf_counter()
        answer = work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken), answer


def once(work: Callable[[], T]) -> tuple[float, T]:
    """The seconds of one run."""
    began = time.perf_counter()
    answer = work()
    return time.perf_counter() - began, answer


def spent(work: Callable[[], T], runs: int = 5) -> tuple[float, T]:
    """The median seconds of processor time of several runs after a first one that does not count, and the last answer: what
    else the machine does counts for little in it."""
    answer = work()
    taken = []
    for _ in range(runs):
        began = time.process_time()
        answer = work()
        taken.append(time.process_time() - began)
    return statistics.median(taken), answer


def peak_gib() -> float:
    """The most memory that this process has held so far, in GiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / 1024


def row(
    what: str, figure: str, *, floor: str = "", ratio: float | None = None, bound: str = "", met: bool | None = None
) -> dict[str, Any]:
    """One row: `met` says whether the bound holds, in words."""
    found: dict[str, Any] = {"what": what, "figure": figure}
    if floor:
        found["floor"] = floor
    if ratio is not None:
        found["ratio"] = f"{ratio:.2f}"
    if bound:
        found["bound"] = bound
    if met is not None:
        found["met"] = "yes" if met else "no"
    return found


def tell(rows: list[dict[str, Any]]) -> None:
    """Hand the rows to whoever started this measurement."""
    click.echo(json.dumps(rows, ensure_ascii=False))
