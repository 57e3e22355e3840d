"""Several machines with data folders of their own, one database and one archive."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from worlds.campaign import Campaign, at
from worlds.databases import copy_postgresql
from worlds.districts import count, district_campaign, readings
from worlds.objects import ObjectStore

from models.wording import Refusal
from tasks.campaign.settings import Settings
from tasks.campaign.store import open_store
from tasks.intake.intake import take_in

REPORTS = [
    ("code,enumerators\n990101001001001,1\n990101001001002,1\n", "2020-08-01T17:00"),
    ("code,enumerators,buildings\n990101001001001,5,2\n990101002001001,7,3\n", "2020-08-03T17:00"),
    ("code,buildings\n990101001001002,9\n", "2020-08-02T17:00"),
    ("code,enumerators\n990102001001001,4\n990101001001001,2\n", "2020-08-04T17:00"),
    ("code,enumerators\n990101001001003,6\n", "2020-08-01T18:00"),
    ("code,enumerators,buildings\n990101002001001,8,1\n", "2020-08-05T17:00"),
]
SHOWN = ("enumerators", "buildings", "districts", "uncovered", "workload")


def take_all(folder: Path, *machines: Campaign) -> list[list[tuple[Any, ...]]]:
    """Take the reports in, the machines by turns; returns the readings."""
    for number, (body, as_of) in enumerate(REPORTS):
        file = folder / f"{number}.csv"
        file.write_text(body, encoding="utf-8")
        take_in(machines[number % len(machines)].store, file, at(as_of), "甲", at("2020-08-20T09:00"))
    return [readings(machines[0], name) for name in SHOWN]


def another_machine(made: Campaign, name: str, **settings: Any) -> Campaign:
    """A second data folder for the same database."""
    kept = {"home": made.folder / name, "database_url": made.settings.database_url} | settings
    chosen = Settings(**kept, _env_file=None)
    return Campaign(open_store(chosen), chosen, made.folder)


def settings_of(place: str, tmp_path: Path, request: pytest.FixtureRequest) -> dict[str, Any]:
    if place == "s3":
        objects: ObjectStore = request.getfixturevalue("object_store")
        return objects.settings(f"turns{abs(hash(str(tmp_path))) % 10**9}")
    if place == "share":
        (tmp_path / "share").mkdir()
        return {"archive_url": (tmp_path / "share").as_uri()}
    return {"archive_url": "database"}


@pytest.mark.parametrize("place", ["share", "s3", "database"])
def test_machines_that_take_in_one_province_by_turns_have_the_readings_of_one(
    tmp_path: Path, template: Any, place: str, request: pytest.FixtureRequest
) -> None:
    (tmp_path / "alone").mkdir()
    alone = take_all(tmp_path, district_campaign(tmp_path / "alone"))
    settings = settings_of(place, tmp_path, request)
    database_url = copy_postgresql(template, f"turns{abs(hash(str(tmp_path))) % 10**9}")
    first = district_campaign(tmp_path, database_url, **settings)
    second = another_machine(first, "other", **settings)

    found = take_all(tmp_path, first, second)

    assert found == alone
    shutil.rmtree(second.store.home, ignore_errors=True)
    file = tmp_path / "last.csv"
    file.write_text("code,enumerators\n990101002001001,9\n", encoding="utf-8")
    take_in(second.store, file, at("2020-08-06T17:00"), "甲", at("2020-08-20T09:00"))
    assert readings(first, "enumerators")[-1][:4] == ("990101002", 9.0, 1, 1)


@pytest.mark.parametrize("lost", ["cache", "all"])
def test_a_state_of_districts_that_is_lost_is_made_again_from_the_reports_of_its_province(
    tmp_path: Path, lost: str
) -> None:
    campaign = district_campaign(tmp_path)
    alone = take_all(tmp_path, campaign)
    (tmp_path / "anew").mkdir()
    other = district_campaign(tmp_path / "anew")
    for number, (body, as_of) in enumerate(REPORTS):
        file = tmp_path / f"{number}.csv"
        file.write_text(body, encoding="utf-8")
        take_in(other.store, file, at(as_of), "甲", at("2020-08-20T09:00"))
        states = other.store.home / "districts"
        if lost == "all":
            shutil.rmtree(states)
        else:
            for state in states.iterdir():
                state.write_bytes(b"PAR1 damaged")

    assert [readings(other, name) for name in SHOWN] == alone


def test_a_machine_that_does_not_see_the_archive_takes_nothing_in_and_says_why(tmp_path: Path) -> None:
    campaign = district_campaign(tmp_path)
    take_all(tmp_path, campaign)
    database_url = f"sqlite:///{campaign.store.home / 'pucha.db'}"
    chosen = Settings(home=tmp_path / "other", database_url=database_url, _env_file=None)  # type: ignore[call-arg, arg-type]
    blind = Campaign(open_store(chosen), chosen, tmp_path)
    file = tmp_path / "one-more.csv"
    file.write_text("code,funds\n990101,1\n", encoding="utf-8")

    with pytest.raises(Refusal, match="must be the same on every machine"):
        take_in(blind.store, file, at("2020-08-07T17:00"), "甲", at("2020-08-20T09:00"))

    assert count(campaign, "batches") == len(REPORTS)


def test_a_share_that_is_not_mounted_is_never_replaced_by_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "share").mkdir()
    campaign = district_campaign(tmp_path, archive_url=str(tmp_path / "share"))
    take_all(tmp_path, campaign)
    file = tmp_path / "one-more.csv"
    file.write_text("code,funds\n990101,1\n", encoding="utf-8")
    (tmp_path / "share").rename(tmp_path / "unmounted")

    with pytest.raises(Refusal, match="perhaps the share is not mounted"):
        take_in(campaign.store, file, at("2020-08-07T17:00"), "甲", at("2020-08-20T09:00"))
    (tmp_path / "share").mkdir()
    with pytest.raises(Refusal, match="does not hold this campaign's archive"):
        take_in(campaign.store, file, at("2020-08-07T17:00"), "甲", at("2020-08-20T09:00"))

    assert list((tmp_path / "share").iterdir()) == []


def test_the_archive_of_another_campaign_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "share").mkdir()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    one, two = (district_campaign(tmp_path / name, archive_url=str(tmp_path / "share")) for name in ("one", "two"))
    take_all(tmp_path, one)
    before = sorted((tmp_path / "share").rglob("*"))

    with pytest.raises(Refusal, match="the archive of another campaign"):
        take_all(tmp_path, two)

    assert sorted((tmp_path / "share").rglob("*")) == before
    assert count(two, "batches") == 0
