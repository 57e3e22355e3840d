"""An office that gives its archive another place hears what is missing there, and copies it."""

from __future__ import annotations

from pathlib import Path

import pytest
from worlds.campaign import Campaign, at
from worlds.districts import district_campaign, readings, report
from worlds.objects import ObjectStore

from models.wording import Refusal
from tasks.archive.copying import copy_reports, find_lack
from tasks.campaign.settings import Settings
from tasks.campaign.store import open_store
from tasks.oversight.health import HealthCheck, read_health


def archive_check(campaign: Campaign) -> HealthCheck:
    [found] = [one for one in read_health(campaign.store, at("2020-08-20T09:00")).checks if one.name == "archive"]
    return found


def moved(campaign: Campaign, place: str, request: pytest.FixtureRequest) -> Campaign:
    """The campaign with its archive elsewhere from now on."""
    campaign.store.engine.dispose()
    settings = {"archive_url": "database"}
    if place == "s3":
        objects: ObjectStore = request.getfixturevalue("object_store")
        settings = objects.settings("copies")
    elif place == "share":
        (campaign.folder / "share").mkdir()
        settings = {"archive_url": str(campaign.folder / "share")}
    kept = {"home": campaign.settings.home, "database_url": campaign.settings.database_url} | settings
    chosen = Settings(**kept, _env_file=None)
    return Campaign(open_store(chosen), chosen, campaign.folder)


@pytest.mark.parametrize("place", ["share", "s3", "database"])
def test_an_archive_moves_and_nothing_is_copied_twice(
    tmp_path: Path, place: str, request: pytest.FixtureRequest
) -> None:
    campaign = district_campaign(tmp_path)
    report(campaign, "code,enumerators\n990101001001001,1\n", "2020-08-01T17:00", "1.csv")
    report(campaign, "code,enumerators\n990101001001002,2\n", "2020-08-02T17:00", "2.csv")
    assert archive_check(campaign).state == "ok"

    there = moved(campaign, place, request)
    assert archive_check(there).state == "failing"
    assert len(find_lack(there.store).missing) == 2

    first, again = copy_reports(there.store, None), copy_reports(there.store, None)

    assert (first.copied, first.there, first.nowhere) == (2, 0, ())
    assert (again.copied, again.there) == (0, 2)
    assert archive_check(there).state == "ok"
    report(there, "code,enumerators\n990101001001001,5\n", "2020-08-01T18:00", "late.csv")
    assert readings(there, "enumerators")[-1][:2] == ("990101001", 7.0)


def test_a_report_that_is_in_neither_place_is_named(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    campaign = district_campaign(tmp_path)
    report(campaign, "code,enumerators\n990101001001001,1\n", "2020-08-01T17:00", "1.csv")
    report(campaign, "code,enumerators\n990101001001002,2\n", "2020-08-02T17:00", "2.csv")
    lost = min((campaign.store.home / "archive").iterdir())
    lost.unlink()

    there = moved(campaign, "share", request)

    assert copy_reports(there.store, None).nowhere == (f"archive/{lost.name}",)
    check = archive_check(there)
    assert (check.state, "of 2 reports" in check.said.en, "lacks 1" in check.said.en) == ("failing", True, True)


def test_nothing_is_copied_into_the_archive_of_another_campaign(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    campaign = district_campaign(tmp_path)
    report(campaign, "code,enumerators\n990101001001001,1\n", "2020-08-01T17:00", "1.csv")
    there = moved(campaign, "share", request)
    (tmp_path / "share" / "campaign.id").write_text("another", encoding="ascii")

    with pytest.raises(Refusal, match="the archive of another campaign"):
        copy_reports(there.store, None)

    assert [path.name for path in (tmp_path / "share").iterdir()] == ["campaign.id"]
