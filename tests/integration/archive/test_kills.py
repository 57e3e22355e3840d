"""An intake that is killed at any step, on every kind of archive: nothing is lost, doubled or left behind for good."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from worlds.campaign import Campaign, at
from worlds.districts import district_campaign, readings, report
from worlds.objects import ObjectStore

from tasks.archive.address import open_archive
from tasks.archive.place import REPORTS, STATES
from tasks.campaign.settings import Settings
from tasks.campaign.store import open_store
from tasks.intake.intake import take_in

FIRST = "code,enumerators\n990101001001001,1\n990101001001002,1\n"
SECOND = "code,enumerators,buildings\n990101001001001,5,2\n990101002001001,7,3\n"
STEPS = {
    "seal",
    "mark",
    "put_mark",
    "sweep",
    "add_loose",
    "no_longer_loose",
    "replaced",
    "put",
    "save_state",
    "remove",
    "take_in",
}


@dataclass
class Snapshots:
    """What a process that is killed leaves: the disk and the objects, as they are before and after every step."""

    campaign: Campaign
    copy_objects: Callable[[int], None]
    taken: int = 0

    def __call__(self, frame: FrameType, event: str, _about: Any) -> None:
        ours = "/tasks/archive/" in frame.f_code.co_filename or "/tasks/intake/" in frame.f_code.co_filename
        if ours and event in ("call", "return") and frame.f_code.co_name in STEPS:
            home = self.campaign.folder / f"killed-{self.taken}"
            shutil.copytree(self.campaign.store.home, home, ignore=shutil.ignore_patterns("*-shm", "cache"))
            self.copy_objects(self.taken)
            self.taken += 1

    def open(self, number: int, **settings: Any) -> Campaign:
        """The campaign as the kill left it, for a program that is started again two days later."""
        chosen = Settings(home=self.campaign.folder / f"killed-{number}", _env_file=None, **settings)  # type: ignore[call-arg]
        return Campaign(open_store(chosen), chosen, self.campaign.folder)


def named(campaign: Campaign) -> set[str]:
    """The files that the database speaks of."""
    states = [json.loads(files).values() for (files,) in campaign.rows("SELECT files FROM district_states")]
    reports = {f"{REPORTS}/{name}" for (name,) in campaign.rows("SELECT archive FROM batches")}
    return reports | {name for files in states for name in files}


def lying(campaign: Campaign) -> set[str]:
    """The files that are in the archive."""
    archive = open_archive(campaign.store)
    return archive.names(REPORTS) | archive.names(STATES)


def half_written(home: Path) -> list[Path]:
    return [path for path in home.rglob("*") if path.suffix in (".draft", ".part")]


@pytest.mark.parametrize("place", ["home", "database", "s3"])
def test_an_intake_killed_at_any_step_is_done_by_the_next_one_and_leaves_nothing(
    tmp_path: Path, place: str, request: pytest.FixtureRequest
) -> None:
    objects: ObjectStore | None = request.getfixturevalue("object_store") if place == "s3" else None

    def settings(number: int | None = None) -> dict[str, Any]:
        if objects is not None:
            return objects.settings("kills", archive_url=f"s3://kills/{'live' if number is None else number}")
        return {"archive_url": "database"} if place == "database" else {}

    def copy_objects(number: int) -> None:
        if objects is not None:
            bucket = objects.bucket("kills")
            for name in objects.names("kills"):
                if name.startswith("live/"):
                    bucket.copy(name, f"{number}/{name.removeprefix('live/')}")

    campaign = district_campaign(tmp_path, **settings())
    report(campaign, FIRST, "2020-08-01T17:00", "first.csv")
    file = tmp_path / "second.csv"
    file.write_text(SECOND, encoding="utf-8")
    snapshots = Snapshots(campaign, copy_objects)

    sys.setprofile(snapshots)
    try:
        take_in(campaign.store, file, at("2020-08-02T17:00"), "甲", at("2020-08-20T09:00"))
    finally:
        sys.setprofile(None)
    expected = readings(campaign, "enumerators"), readings(campaign, "buildings")

    assert snapshots.taken >= 20
    for number in range(snapshots.taken):
        killed = snapshots.open(number, **settings(number))
        take_in(killed.store, file, at("2020-08-02T17:00"), "甲", at("2020-08-22T09:00"))
        assert (readings(killed, "enumerators"), readings(killed, "buildings")) == expected, number
        assert named(killed) <= lying(killed), number
        third = tmp_path / "third.csv"
        third.write_text("code,enumerators\n990101002001001,8\n", encoding="utf-8")
        take_in(killed.store, third, at("2020-08-03T17:00"), "甲", at("2020-08-24T09:00"))
        assert readings(killed, "enumerators")[-1][1] == 8.0, number
        assert lying(killed) == named(killed), number
        assert half_written(killed.store.home / REPORTS) + half_written(killed.store.home / STATES) == [], number
        killed.store.engine.dispose()
