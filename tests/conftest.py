"""How the tests are shared out between processes, and which of them may be tried twice."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

os.environ.setdefault("POLARS_MAX_THREADS", "1")
"""Three processes share the machine's two cores, and frames here are small: threads of each would only wait for the others'."""

E2E = "tests/e2e/"
"""With a real server and a browser: where the machine stands still for a minute these give up, as they should."""


def pytest_configure(config: pytest.Config) -> None:
    # the product's own processes keep what they compiled, as in an office: more than fifty of them start here
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    config.addinivalue_line("markers", "wall_clock: measures, or gives up after, seconds of the machine's own clock")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.nodeid.startswith(E2E) or item.get_closest_marker("wall_clock"):
            item.add_marker(pytest.mark.flaky(reruns=1, reruns_delay=5))
        if item.nodeid.startswith(E2E):
            item.add_marker(pytest.mark.timeout(600))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Callable[..., None]) -> Any:
    """One file to a process, and all of e2e to one, which so has one office for all of it."""
    from xdist.scheduler import LoadFileScheduling

    class OneOffice(LoadFileScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return E2E if nodeid.startswith(E2E) else str(super()._split_scope(nodeid))

    return OneOffice(config, log) if config.getoption("dist") == "loadfile" else None
