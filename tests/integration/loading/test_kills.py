"""A change of divisions that is killed at any step leaves the old or the new, and the next one does what was left."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import polars as pl
from worlds import kills
from worlds.campaign import UNITS, Campaign, at, everyone, make_campaign
from worlds.districts import VILLAGES, report
from worlds.divisions import change, everything
from worlds.kills import contents
from worlds.objects import ObjectStore
from worlds.plans import DISTRICTS
from worlds.row_reports import list_campaign, send

from models.rules.registers.kept_files import KeptFiles
from tasks.archive.address import open_archive
from tasks.archive.place import REPORTS, STATES
from tasks.audit_trail.records import verify
from tasks.campaign.settings import Settings
from tasks.campaign.store import open_store
from tasks.intake.intake import take_in
from tasks.loading.unit_changes import change_units
from tasks.registers.current import rows_of

STEPS = {
    "begin",
    "carry_contacts",
    "carry_ledger",
    "carry_superiors",
    "no_longer_loose",
    "put",
    "put_rows",
    "put_written",
    "readdress_papers",
    "remove",
    "replaced",
    "write_carried",
    "_attempt",
    "_carry_readings",
    "_record",
    "_write_report",
}
ROWS = "990101001,990101101\n990102001,990102100,乙镇\n990102002,990102100\n"


@dataclass
class Snapshots:
    """What a process that is killed leaves on the disk, before and after every step; what is alike is one."""

    campaign: Campaign
    steps: int = 0
    taken: list[Path] = field(default_factory=list)
    _last: dict[str, str] = field(default_factory=dict, repr=False)

    def __call__(self, frame: FrameType, event: str, _about: Any) -> None:
        if "/tasks/" in frame.f_code.co_filename and event in ("call", "return") and frame.f_code.co_name in STEPS:
            self.steps += 1
            found = contents(self.campaign.store.home)
            if found == self._last:
                return
            self._last = found
            home = self.campaign.folder / f"killed-{len(self.taken)}"
            shutil.copytree(self.campaign.store.home, home, ignore=shutil.ignore_patterns("*-shm"))
            self.taken.append(home)

    def open(self, home: Path) -> Campaign:
        settings = Settings(home=home, _env_file=None)  # type: ignore[call-arg]
        return Campaign(open_store(settings), settings, self.campaign.folder)


def known(campaign: Campaign) -> dict[str, Any]:
    """What the database knows, but for names of files."""
    tables = everything(campaign)
    kept = ("units", "unit_changes", "readings", "contacts", "cases", "decisions", "exits", "notices", "notice_lines")
    return {name: tables[name] for name in kept}


def named(campaign: Campaign) -> set[str]:
    """The files that the database speaks of."""
    states = [KeptFiles.read(files).names for (files,) in campaign.rows("SELECT files FROM register_states")]
    reports = campaign.rows("SELECT archive FROM batches WHERE archive IS NOT NULL")
    return {f"{REPORTS}/{name}" for (name,) in reports} | {name for files in states for name in files}


def lying(campaign: Campaign) -> set[str]:
    archive = open_archive(campaign.store)
    return archive.names(REPORTS) | archive.names(STATES)


def test_a_change_killed_at_any_step_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    campaign = make_campaign(
        tmp_path,
        plan=DISTRICTS,
        units=UNITS + VILLAGES,
        contacts=everyone(lambda who: f"json://127.0.0.1:9/{who}"),
    )
    rows = "code,enumerators\n990101001001001,1\n990101001001002,1\n990102001001001,3\n990102002001002,4\n"
    report(campaign, rows, "2020-08-01T17:00", "first.csv")
    campaign.watch("2020-08-21T09:00")
    old = known(campaign)
    snapshots = Snapshots(campaign)

    sys.setprofile(snapshots)
    try:
        change(campaign, ROWS, "2020-08-24T00:00", "2020-08-24T09:00")
    finally:
        sys.setprofile(None)
    new = known(campaign)

    assert snapshots.steps >= 20 and len(snapshots.taken) > 5
    assert old != new
    for home in snapshots.taken:
        killed = snapshots.open(home)
        assert known(killed) in (old, new), home
        file = campaign.folder / "changes.csv"
        change_units(killed.store, file, at("2020-08-24T00:00"), at("2020-08-24T09:00"), "区划员")
        assert known(killed) == new, home
        assert named(killed) <= lying(killed), home
        assert verify(killed.store).findings == (), home
        # whatever was begun is swept away by a later intake
        file = tmp_path / "later.csv"
        file.write_text("code,enumerators\n990101101001001,8\n", encoding="utf-8")
        take_in(killed.store, file, at("2020-08-26T17:00"), "甲", at("2020-08-27T09:00"))
        assert lying(killed) == named(killed), home
        killed.store.engine.dispose()


def test_lists_and_districts_on_an_object_store_are_the_old_or_the_new_too(
    tmp_path: Path, object_store: ObjectStore
) -> None:
    def settings(number: int | None = None) -> dict[str, Any]:
        return object_store.settings("changes", archive_url=f"s3://changes/{'live' if number is None else number}")

    def objects() -> tuple[str, ...]:
        return object_store.tags("changes", "live")

    def copy_objects(number: int) -> None:
        bucket = object_store.bucket("changes")
        for name in object_store.names("changes"):
            if name.startswith("live/"):
                bucket.copy(name, f"{number}/{name.removeprefix('live/')}")

    campaign = list_campaign(tmp_path, **settings())
    report(campaign, "code,enumerators\n990101001001001,1\n", "2020-08-01T17:00")
    send(campaign, "code,list,row,state\n990101001,甲,1,received\n990102,乙,1,received\n", "2020-08-02T17:00")
    old = rows_and_districts(campaign)
    steps = kills.Snapshots(campaign, copy_objects, objects)

    sys.setprofile(steps)
    try:
        change(campaign, "990101001,990101101\n", "2020-08-24T00:00", "2020-08-24T09:00")
    finally:
        sys.setprofile(None)
    new = rows_and_districts(campaign)

    assert steps.steps >= 20 and steps.taken > 5 and new != old
    for number in range(steps.taken):
        killed = steps.open(number, **settings(number))
        assert rows_and_districts(killed) in (old, new), number
        if number % 4 == 0:  # each costs a change of its own
            file = campaign.folder / "changes.csv"
            change_units(killed.store, file, at("2020-08-24T00:00"), at("2020-08-24T09:00"), "区划员")
            assert rows_and_districts(killed) == new, number
        assert named(killed) <= lying(killed), number
        killed.store.engine.dispose()


def rows_and_districts(campaign: Campaign) -> list[tuple[Any, ...]]:
    """code and since of all rows of the lists, districts among them."""
    registers = campaign.store.plan().registers
    found = [rows_of(campaign.store, registers[name], at("2020-08-31T00:00")) for name in ("problems", "districts")]
    live = [rows.filter(~pl.col(":withdrawn")).select("code", ":since") for rows in found]
    return pl.concat(live).rows()
