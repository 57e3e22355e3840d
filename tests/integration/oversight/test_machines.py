"""Two data folders on one database: what each leaves of itself, and what health says where they differ."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from worlds.campaign import Campaign, at, make_campaign

from deployments.cli import main
from models.rules.oversight.health import HealthCheck
from tasks.campaign.settings import Settings
from tasks.campaign.store import Store, open_store
from tasks.oversight.health import read_health
from tasks.oversight.machines import machine_name, note_machine

KEY = Fernet.generate_key().decode()
HOOK = "wecombot://0a1b2c3d-secret"


@pytest.fixture
def campaign(tmp_path: Path, database_url: str) -> Campaign:
    return make_campaign(tmp_path, database_url, key=KEY, admin_channel=HOOK)


def beside(campaign: Campaign, **other: object) -> Store:
    """Another machine's view of the campaign, with a data folder of its own."""
    own = {"key": KEY, "admin_channel": HOOK} | other
    settings = Settings(home=campaign.folder / "second", database_url=campaign.settings.database, _env_file=None, **own)  # type: ignore[call-arg, arg-type]
    settings.home.mkdir(exist_ok=True)
    return open_store(settings)


def machines_check(store: Store, moment: str) -> HealthCheck:
    [found] = [one for one in read_health(store, at(moment)).checks if one.name == "machines"]
    return found


def write(home: Path, name: str, text: str) -> None:
    (home / name).parent.mkdir(parents=True, exist_ok=True)
    (home / name).write_text(text, encoding="utf-8")


def test_machines_with_folders_of_their_own_are_alike_until_a_file_or_setting_is_on_one_alone(campaign: Campaign):
    first, second = campaign.store, beside(campaign, lang="en", send_concurrency=4)
    note_machine(first, at("2020-08-05T09:00"))
    note_machine(second, at("2020-08-05T09:00"))
    assert machines_check(first, "2020-08-05T09:10").state == "ok"

    write(second.home, "calendars/china/local.csv", "day,kind,name\n2020-08-07,off,试验\n")
    note_machine(second, at("2020-08-05T09:15"))
    found = machines_check(first, "2020-08-05T09:20")
    assert (found.state, "the imported calendar. To mend it, copy calendars/" in found.said.en) == ("warning", True)

    write(first.home, "calendars/china/local.csv", "day,kind,name\n2020-08-07,off,试验\n")
    note_machine(first, at("2020-08-05T09:25"))
    assert machines_check(second, "2020-08-05T09:30").state == "ok"


@pytest.mark.parametrize(
    ("other", "words", "state"),
    [
        ({"quiet_hours": "20:00-08:00"}, " in PUCHA_QUIET_HOURS.", "warning"),
        ({"sign_code_minutes": 5}, " in PUCHA_SIGN_CODE_MINUTES.", "warning"),
        ({"admin_channel": "wecombot://another"}, " in PUCHA_ADMIN_CHANNEL.", "warning"),
        ({"key": Fernet.generate_key().decode()}, " in the key. To mend it, set the same PUCHA_KEY", "failing"),
    ],
)
def test_a_setting_that_decides_results_is_named(campaign: Campaign, other: dict[str, object], words: str, state: str):
    note_machine(campaign.store, at("2020-08-05T09:00"))
    note_machine(beside(campaign, **other), at("2020-08-05T09:00"))

    found = machines_check(campaign.store, "2020-08-05T09:10")
    assert (found.state, words in found.said.en) == (state, True), found.said.en


def test_texts_of_ones_own_are_compared(campaign: Campaign):
    second = beside(campaign)
    write(second.home, "templates/zh/notice.j2", "{{ title }}")
    note_machine(campaign.store, at("2020-08-05T09:00"))
    note_machine(second, at("2020-08-05T09:00"))

    assert " in texts of one's own. To mend it, copy templates/" in machines_check(second, "2020-08-05T09:10").said.en


def test_a_machine_that_has_not_worked_for_a_day_counts_no_more_and_is_forgotten(campaign: Campaign):
    note_machine(campaign.store, at("2020-08-05T09:00"))
    note_machine(beside(campaign, ack_days=5), at("2020-08-05T09:00"))
    note_machine(campaign.store, at("2020-08-06T08:59"))
    assert machines_check(campaign.store, "2020-08-06T08:59").state == "warning"
    assert machines_check(campaign.store, "2020-08-06T09:00").state == "ok"

    note_machine(campaign.store, at("2020-08-06T10:00"))
    assert campaign.rows("SELECT name FROM heartbeats") == [(f"machine {machine_name(campaign.store.home)}",)]


def test_a_machine_that_goes_on_working_unchanged_writes_once_an_hour(campaign: Campaign):
    def seen() -> list[tuple[Any, ...]]:
        return campaign.rows("SELECT at FROM heartbeats")

    note_machine(campaign.store, at("2020-08-05T09:00"))
    first = seen()
    note_machine(campaign.store, at("2020-08-05T09:59"))
    assert seen() == first
    note_machine(campaign.store, at("2020-08-05T10:00"))
    assert seen() > first


def test_neither_paths_nor_secrets_nor_values_are_left(campaign: Campaign):
    note_machine(campaign.store, at("2020-08-05T09:00"))

    [(name, told)] = campaign.rows("SELECT name, told FROM heartbeats")
    assert {len(value) for value in json.loads(told).values()} == {12}
    assert not [part for part in (KEY, "secret", "wecombot", str(campaign.folder), "21:00") if part in name + told]


def test_a_pass_at_the_command_line_leaves_word_of_its_machine_and_a_rehearsal_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    campaign = make_campaign(tmp_path)
    monkeypatch.setenv("PUCHA_HOME", str(campaign.store.home))
    monkeypatch.delenv("PUCHA_DATABASE_URL", raising=False)
    left = "SELECT name FROM heartbeats WHERE name LIKE 'machine %'"

    for rehearsal, names in ((["--dry-run"], []), ([], [(f"machine {machine_name(campaign.store.home)}",)])):
        with pytest.raises(SystemExit):
            main(["watch", "--as-of", "2020-03-02T09:00", *rehearsal])
        assert campaign.rows(left) == names
