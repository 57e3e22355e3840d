"""One office for all e2e tests: loaded, served by `pucha up`, with every phase run once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from worlds import census
from worlds.needed import missing
from worlds.office import Office, load_census, start_office

CHROMIUM = Path("/usr/bin/chromium")
PATIENCE = 120_000
"""Milliseconds: the machine that tests may be busy."""


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of an office that has the census and its reports and has never been served: to be copied."""
    folder = tmp_path_factory.mktemp("loaded")
    load_census(folder / "home", folder)
    return folder / "home"


@pytest.fixture(scope="session")
def office(loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    running = start_office(shutil.copytree(loaded, tmp_path_factory.mktemp("office") / "home"))
    try:
        (first,) = running.runs("巡查催办")
        assert running.ended(first["id"])["state_type"] in ("COMPLETED", "FAILED")
        yield running
    finally:
        running.end()


@pytest.fixture(scope="session")
def turns(office: Office) -> dict[str, dict[str, object]]:
    """Every phase run once at the province through its deployment: phase id → the ended run."""
    from deployments.office.catalogue import flow_of, load_flow

    started = {}
    for phase in census.STATES:
        name, parameters = flow_of(phase)
        started[phase] = office.start(load_flow(name).name, **parameters, unit="99", as_of=census.AS_OF)
    return {phase: office.ended(run) for phase, run in started.items()}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        missing("Chromium")
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    quiet.append("--host-resolver-rules=MAP *.example 127.0.0.1")  # names of strangers' own that point to this machine
    with sync_playwright() as player:
        opened = player.chromium.launch(
            executable_path=str(CHROMIUM), args=[*quiet, "--disable-sync", "--no-first-run"]
        )
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser, office: Office) -> Iterator[Page]:
    """A page on a clerk's PC who has come in once; the test fails if the screen asks any other machine for anything."""
    key = {"name": "prefect-password", "value": office.headers["Authorization"].removeprefix("Basic ")}
    context = browser.new_context(
        viewport={"width": 1280, "height": 900},
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        storage_state={"cookies": [], "origins": [{"origin": office.url, "localStorage": [key]}]},
    )
    context.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    opened = context.new_page()
    strangers: list[str] = []
    opened.on(
        "request",
        lambda asked: (
            None if asked.url.startswith(("http://127.0.0.1:", "data:", "blob:")) else strangers.append(asked.url)
        ),
    )
    yield opened
    context.close()
    assert strangers == []
