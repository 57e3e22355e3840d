"""A database that version 0003 of the program itself wrote, not one of today put back: its answers and its trail go on.

`worlds/version_0003.sql` is its dump, made up with a plan of two townships, six days of reports and passes, two notices
that never arrived and a correction; no key, no channel in clear.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from worlds import older_versions
from worlds.campaign import Campaign
from worlds.divisions import standings

from tasks.audit_trail.records import verify
from tasks.campaign.settings import Settings
from tasks.campaign.store import open_store

DUMP = Path(older_versions.__file__).with_name("version_0003.sql")
FIRST, SECOND = "990101001", "990101002"
HELD = {
    "2020-06-03T10:00": [
        (FIRST, "2020-06-01", "met"),
        (FIRST, "2020-06-02", "unmet"),
        (FIRST, "2020-06-03", "unreported"),
        (SECOND, "2020-06-01", "met"),
        (SECOND, "2020-06-02", "unreported"),
        (SECOND, "2020-06-03", "unreported"),
    ],
    "2020-06-06T10:00": [
        (FIRST, "2020-06-01", "met"),
        (FIRST, "2020-06-02", "unmet"),
        (FIRST, "2020-06-03", "unmet"),
        (FIRST, "2020-06-04", "met"),
        (FIRST, "2020-06-05", "met"),
        (FIRST, "2020-06-06", "unreported"),
        (SECOND, "2020-06-01", "met"),
        (SECOND, "2020-06-02", "unreported"),
        (SECOND, "2020-06-03", "met"),
        (SECOND, "2020-06-04", "unreported"),
        (SECOND, "2020-06-05", "met"),
        (SECOND, "2020-06-06", "unreported"),
    ],
}
"""By moment what that version answered of the duty of every day."""


@pytest.fixture
def upgraded(tmp_path: Path) -> Iterator[Campaign]:
    home = tmp_path / "home"
    home.mkdir()
    with sqlite3.connect(home / "pucha.db") as former:
        former.executescript(DUMP.read_text(encoding="utf-8"))
    former.close()
    settings = Settings(home=home, database_url=None, _env_file=None)  # type: ignore[call-arg]
    campaign = Campaign(open_store(settings, create=True), settings, tmp_path)
    yield campaign
    campaign.store.engine.dispose()


def daily(campaign: Campaign, moment: str) -> list[tuple[str, str, str]]:
    found = standings(campaign, moment)
    return sorted(
        (unit, period, standing) for unit, requirement, period, standing, _ in found if "daily" in requirement
    )


def test_its_trail_is_whole_before_and_after_the_passes_that_follow(upgraded: Campaign):
    assert verify(upgraded.store).findings == ()
    upgraded.owe("2020-06-06T10:00")
    assert verify(upgraded.store).whole


def test_it_answers_as_it_did_before_and_after_the_passes_that_follow(upgraded: Campaign):
    assert {moment: daily(upgraded, moment) for moment in HELD} == HELD
    owed = upgraded.owe("2020-06-06T10:00")
    assert (owed.opened, owed.owed) == (0, 0), "what was owed stays owed"
    assert {moment: daily(upgraded, moment) for moment in HELD} == HELD


@pytest.mark.parametrize("change", ["sent_text = 'another'", "attempts = 9", "settled_at = settled_at + 1"])
def test_what_is_changed_of_its_notices_after_they_ended_is_found_as_before(upgraded: Campaign, change: str):
    with upgraded.store.writing() as connection:
        connection.exec_driver_sql(f"UPDATE notices SET {change} WHERE id = 1")
    found = [said.en for said in verify(upgraded.store).findings]
    assert [one for one in found if one.startswith("notices that record")], found
