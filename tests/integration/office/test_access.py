"""The access string and the links: where the string lies, what of the office's own settings survives, what opens once."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from deployments.office.access import LINK_SECONDS, Tickets, access_string, is_authorized, new_ticket
from deployments.office.server import environment
from deployments.office.serving import new_link
from models.wording import Refusal
from tasks.campaign.settings import Settings


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A shell and a working directory in which nothing is set for Prefect."""
    for name in [name for name in os.environ if name.startswith("PREFECT_")]:
        monkeypatch.delenv(name)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")


def settings(tmp_path: Path, **given: str) -> Settings:
    return Settings(home=tmp_path / "home", _env_file=None, **given)  # type: ignore[arg-type]


def test_the_string_is_made_once_in_a_folder_of_its_owners_alone(tmp_path: Path):
    with ThreadPoolExecutor(8) as threads:
        made = set(threads.map(access_string, [tmp_path / "home"] * 16))

    (one,) = made
    assert one.isascii() and len(one) > 40
    assert access_string(tmp_path / "home") == one
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o700
    assert [stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "home").iterdir()] == [0o600]


def test_servers_flows_and_commands_carry_the_same_string(tmp_path: Path):
    found = environment(settings(tmp_path), 4200)

    assert found["PREFECT_SERVER_API_AUTH_STRING"] == found["PREFECT_API_AUTH_STRING"]
    assert found["PREFECT_API_AUTH_STRING"] == access_string(tmp_path / "home")


def test_the_string_that_the_office_has_set_for_prefect_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PREFECT_SERVER_API_AUTH_STRING", "office:its-own")
    assert environment(settings(tmp_path), 4200)["PREFECT_API_AUTH_STRING"] == "office:its-own"
    assert not (tmp_path / "home" / "access.key").exists()


@pytest.mark.parametrize("bad", ["普查:密码", "a\tb"])
def test_a_string_with_which_prefect_would_answer_nobody_is_refused_with_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bad: str
):
    monkeypatch.setenv("PREFECT_API_AUTH_STRING", bad)
    with pytest.raises(Refusal, match="PREFECT_SERVER_API_AUTH_STRING may hold ASCII") as refused:
        environment(settings(tmp_path), 4200)
    assert bad not in str(refused.value.said)


def test_what_the_office_has_set_for_prefect_survives_wherever_it_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PREFECT_SERVER_LOGGING_LEVEL", "DEBUG")
    monkeypatch.setenv("PREFECT_LOGGING_EXTRA_LOGGERS", "httpx")
    Path(".env").write_text("PREFECT_FLOWS_HEARTBEAT_FREQUENCY=45\nPREFECT_SERVER_LOGGING_LEVEL=INFO\n")
    (tmp_path / "home").mkdir()
    own = "PREFECT_FLOWS_HEARTBEAT_FREQUENCY=60\nPREFECT_SERVER_API_AUTH_STRING=office:its-own\n"
    (tmp_path / "home" / ".env").write_text(own)

    found = environment(settings(tmp_path), 4200)

    assert found["PREFECT_SERVER_LOGGING_LEVEL"] == "DEBUG"
    assert found["PREFECT_LOGGING_EXTRA_LOGGERS"] == "httpx"
    assert found["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"] == "45"
    assert found["PREFECT_API_AUTH_STRING"] == "office:its-own", "the office's own file says what no other does"


@pytest.mark.parametrize(
    ("name", "elsewhere", "ours"),
    [
        ("PREFECT_API_URL", "http://elsewhere/api", "http://127.0.0.1:4200/api"),
        ("PREFECT_SERVER_API_HOST", "0.0.0.0", "127.0.0.1"),
        ("PREFECT_SERVER_API_CSRF_PROTECTION_ENABLED", "false", "true"),
        ("PREFECT_API_KEY", "pnu_secret", None),
        ("PREFECT_PROFILE", "cloud", None),
    ],
)
def test_what_would_open_the_doors_or_lead_elsewhere_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, elsewhere: str, ours: str | None
):
    monkeypatch.setenv(name, elsewhere)
    assert environment(settings(tmp_path), 4200).get(name) == ours


def test_no_page_but_ours_may_ask_across_origins(tmp_path: Path):
    named = environment(settings(tmp_path, allowed_hosts="board.example.gov.cn"), 4200)
    origins = named["PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS"].split(",")
    assert "*" not in origins
    assert set(origins) == {
        "http://127.0.0.1:4200",
        "http://localhost:4200",
        "http://[::1]:4200",
        "https://board.example.gov.cn",
    }


@pytest.mark.parametrize("bad", ["*", "https://board.example", "user@board.example", "a, b"])
def test_a_host_that_is_more_than_a_name_is_no_setting(tmp_path: Path, bad: str):
    with pytest.raises(ValueError, match="host names alone"):
        settings(tmp_path, allowed_hosts=bad)


NOW = 1_604_559_600.0


def test_a_link_opens_once_and_only_the_start_of_the_server_that_it_was_made_for():
    tickets, ticket = Tickets("pucha:abc", "first"), new_ticket("pucha:abc", "first", NOW)

    assert [tickets.take(ticket, NOW), tickets.take(ticket, NOW)] == [True, False]
    assert not Tickets("pucha:abc", "second").take(ticket, NOW)
    assert not Tickets("pucha:other", "first").take(ticket, NOW)


def test_a_link_may_wait_for_a_day_and_not_longer():
    ticket = new_ticket("pucha:abc", "first", NOW)

    assert Tickets("pucha:abc", "first").take(ticket, NOW + LINK_SECONDS)
    assert not Tickets("pucha:abc", "first").take(ticket, NOW + LINK_SECONDS + 1)


@pytest.mark.parametrize("no_ticket", ["", ".", "a.b", "a.b.c", "a.b.c.d", "￿.é.中"])
def test_what_is_no_ticket_opens_nothing(no_ticket: str):
    assert not Tickets("pucha:abc", "first").take(no_ticket, NOW)


def test_there_is_no_link_to_what_does_not_run(tmp_path: Path):
    with pytest.raises(Refusal, match="is not served; run pucha up first"):
        new_link(settings(tmp_path))


@pytest.mark.parametrize("header", ["", "Basic", "Basic cHVjaGE6YWJk", "Bearer pucha:abc", "Basic é"])
def test_only_the_string_itself_authorizes(header: str):
    assert is_authorized("Basic cHVjaGE6YWJj", "pucha:abc")
    assert not is_authorized(header, "pucha:abc")


@pytest.mark.parametrize(
    "ticket", ["", "..", "1.2.3.4", "zz.once.seal", "日.本.語", "\ud800.once.seal", "1.\x00.\x00", "1" * 4000]
)
def test_what_is_no_link_opens_nothing_and_breaks_nothing(ticket: str):
    assert not Tickets("pucha:secret", "one").take(ticket, 1_000.0)
