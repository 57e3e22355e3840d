"""A report of rows that is cut off: the old rows hold or the new ones, nothing is doubled, and nothing is left for good."""

from __future__ import annotations

import random
import resource
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from worlds.campaign import Campaign, at, make_campaign
from worlds.kills import Snapshots, half_written, lying, named
from worlds.objects import ObjectStore
from worlds.registers import PROBLEMS, reported, take_rows

from models.rules.registers.kept_files import SMALL
from models.wording import Refusal
from tasks.registers.current import rows_of

FIRST, SECOND, THIRD = at("2020-11-05T17:00"), at("2020-11-06T17:00"), at("2020-11-07T17:00")


def problem(row: float, code: str = "990101", **cells: Any) -> dict[str, Any]:
    return {"code": code, "list": "甲", "row": row} | cells


OLD = [("990101", 1.0, "received"), ("990201", 1.0, None)]
NEW = [("990101", 1.0, "closed"), ("990101", 2.0, None), ("990201", 1.0, None)]
CHANGES = [problem(1, state="closed"), problem(2)]


def rows(campaign: Campaign) -> list[tuple[Any, ...]]:
    found = rows_of(campaign.store, PROBLEMS, at("2020-11-30T00:00")).filter(pl.col("list") == "甲")
    return found.select("code", "row", "state").rows()


def begun(folder: Path, *, long: bool = False, **settings: Any) -> Campaign:
    """A short list, which each report writes again, or a long one, of which it writes what it changes."""
    campaign = make_campaign(folder, **settings)
    if long:
        rows = reported(PROBLEMS, [problem(number, list="长") for number in range(SMALL)])
        take_rows(campaign.store, PROBLEMS, rows, FIRST, at("2020-11-20T08:00"))
    take_rows(
        campaign.store, PROBLEMS, [problem(1, state="received"), problem(1, "990201")], FIRST, at("2020-11-20T09:00")
    )
    return campaign


@pytest.mark.parametrize(("place", "long"), [("home", False), ("database", False), ("home", True)])
def test_rows_of_a_report_that_is_killed_at_any_step_are_the_old_ones_or_the_new_ones(
    tmp_path: Path, place: str, *, long: bool
) -> None:
    settings = {"archive_url": "database"} if place == "database" else {}
    campaign = begun(tmp_path, long=long, **settings)
    snapshots = Snapshots(campaign)
    sys.setprofile(snapshots)
    try:
        take_rows(campaign.store, PROBLEMS, CHANGES, SECOND, at("2020-11-20T10:00"))
    finally:
        sys.setprofile(None)
    assert rows(campaign) == NEW
    assert any(name.endswith("-changes.parquet") for name in named(campaign)) == long

    assert snapshots.steps >= 20 and snapshots.taken > 5
    seen = [goes_on(snapshots.open(number, **settings), number) for number in range(snapshots.taken)]
    assert seen == sorted(seen) and set(seen) == {False, True}


def goes_on(killed: Campaign, number: int) -> bool:
    """What holds after a kill, and that intake goes on from there and leaves nothing behind; whether the new rows held."""
    found = rows(killed)
    assert found in (OLD, NEW), number
    if found == OLD:
        take_rows(killed.store, PROBLEMS, CHANGES, SECOND, at("2020-11-22T09:00"))
    assert rows(killed) == NEW, number
    assert named(killed) <= lying(killed), number
    take_rows(killed.store, PROBLEMS, [problem(3)], THIRD, at("2020-11-24T09:00"))
    own = rows_of(killed.store, PROBLEMS, at("2020-11-30T00:00")).filter(pl.col("list") == "甲")
    assert (own.height, lying(killed)) == (4, named(killed)), number
    assert half_written(killed.store.home) == [], number
    killed.store.engine.dispose()
    return found == NEW


def test_changes_of_a_long_list_on_an_object_store_are_the_old_ones_or_the_new_ones_after_a_kill_at_any_step(
    tmp_path: Path, object_store: ObjectStore
) -> None:
    def settings(number: int | None = None) -> dict[str, Any]:
        return object_store.settings("lists", archive_url=f"s3://lists/{'live' if number is None else number}")

    def copy_objects(number: int) -> None:
        bucket = object_store.bucket("lists")
        for name in object_store.names("lists"):
            if name.startswith("live/"):
                bucket.copy(name, f"{number}/{name.removeprefix('live/')}")

    campaign = begun(tmp_path, long=True, **settings())
    snapshots = Snapshots(campaign, copy_objects, lambda: object_store.tags("lists", "live"))
    sys.setprofile(snapshots)
    try:
        take_rows(campaign.store, PROBLEMS, CHANGES, SECOND, at("2020-11-20T10:00"))
    finally:
        sys.setprofile(None)
    assert rows(campaign) == NEW
    assert any(name.endswith("-changes.parquet") for name in named(campaign))
    assert not (campaign.store.home / "districts").exists()

    assert snapshots.steps >= 20 and snapshots.taken > 5
    seen = [goes_on(snapshots.open(number, **settings(number)), number) for number in range(snapshots.taken)]
    assert seen == sorted(seen) and set(seen) == {False, True}


def test_a_disk_without_room_for_the_rows_changes_nothing(tmp_path: Path) -> None:
    campaign = begun(tmp_path)
    before = lying(campaign)
    room = max(file.stat().st_size for file in campaign.store.home.iterdir()) + 200_000
    chance = random.Random(1)
    many = [problem(1.0, list=f"{chance.getrandbits(400):x}") for _ in range(50_000)]
    kept = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, kept[1]))  # no file grows beyond it: EFBIG, as a full disk refuses
    try:
        with pytest.raises(Refusal, match="no space is left"):
            take_rows(campaign.store, PROBLEMS, many, SECOND, at("2020-11-20T10:00"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, kept)
    assert rows(campaign) == OLD
    assert (lying(campaign), half_written(campaign.store.home)) == (before, [])
    take_rows(campaign.store, PROBLEMS, CHANGES, SECOND, at("2020-11-20T11:00"))
    assert rows(campaign) == NEW
