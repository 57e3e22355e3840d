"""An intake that is killed at any step, on every kind of archive: nothing is lost, doubled or left behind for good."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from worlds.campaign import at
from worlds.districts import district_campaign, readings, report
from worlds.kills import Snapshots, half_written, lying, named
from worlds.objects import ObjectStore

from tasks.intake.intake import take_in

FIRST = "code,enumerators\n990101001001001,1\n990101001001002,1\n"
SECOND = "code,enumerators,buildings\n990101001001001,5,2\n990101002001001,7,3\n"


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

    def live_objects() -> tuple[str, ...]:
        return objects.tags("kills", "live") if objects is not None else ()

    campaign = district_campaign(tmp_path, **settings())
    report(campaign, FIRST, "2020-08-01T17:00", "first.csv")
    file = tmp_path / "second.csv"
    file.write_text(SECOND, encoding="utf-8")
    snapshots = Snapshots(campaign, copy_objects, live_objects)

    sys.setprofile(snapshots)
    try:
        take_in(campaign.store, file, at("2020-08-02T17:00"), "甲", at("2020-08-20T09:00"))
    finally:
        sys.setprofile(None)
    expected = readings(campaign, "enumerators"), readings(campaign, "buildings")

    assert snapshots.steps >= 20 and snapshots.taken > 5
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
        assert half_written(killed.store.home) == [], number
        killed.store.engine.dispose()
