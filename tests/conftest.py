"""How the tests are shared out between processes, and which of them may be tried twice."""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("POLARS_MAX_THREADS", "1")
"""Three processes share the machine's two cores, and frames here are small: threads of each would only wait for the others'."""

E2E = "tests/e2e/"
"""With a real server and a browser: where the machine stands still for a minute these give up, as they should."""
OWN_SERVERS = f"{E2E}test_machines.py"
"""Needs nothing of the office that the others of e2e share."""
MEMORY, ROOM = Path("/dev/shm"), 4 << 30
"""A disk in the machine's memory, and the bytes that must be free on it and of it: tests need some hundred million."""


def pytest_configure(config: pytest.Config) -> None:
    # every commit is forced to the disk, as in an office, and no test has to wait for one that spins
    if _has_room_in_memory():
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))
    # the product's own processes keep what they compiled, as in an office: more than fifty of them start here
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    config.addinivalue_line("markers", "wall_clock: measures, or gives up after, seconds of the machine's own clock")


def _has_room_in_memory() -> bool:
    try:
        disk = os.statvfs(MEMORY)
        known = re.search(r"^MemAvailable:\s+(\d+) kB$", Path("/proc/meminfo").read_text("ascii"), re.MULTILINE)
    except (AttributeError, OSError):
        return False  # no Linux
    free = min(disk.f_bavail * disk.f_frsize, int(known[1]) * 1024 if known else 0)
    return free >= ROOM and not disk.f_flag & os.ST_NOEXEC


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.nodeid.startswith(E2E) or item.get_closest_marker("wall_clock"):
            item.add_marker(pytest.mark.flaky(reruns=1, reruns_delay=5))
        if item.nodeid.startswith(E2E):
            item.add_marker(pytest.mark.timeout(600))


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: nothing of it is to be gone through again at every collection."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Callable[..., None]) -> Any:
    """One file to a process, and all of e2e that shares an office to one."""
    from xdist.scheduler import LoadFileScheduling

    class OneOffice(LoadFileScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            file = str(super()._split_scope(nodeid))
            return E2E if file.startswith(E2E) and file != OWN_SERVERS else file

    return OneOffice(config, log) if config.getoption("dist") == "loadfile" else None
