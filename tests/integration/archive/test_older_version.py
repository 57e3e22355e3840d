"""An office of version 0005 goes on with the archive and the latest districts that it has."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from worlds import older_versions
from worlds.campaign import Campaign
from worlds.districts import district_campaign, readings, report

from models.rules.registers.kept_files import KeptFiles
from tasks.campaign.store import open_store


def put_back(campaign: Campaign) -> None:
    """Make the campaign as version 0005 left it: a manifest beside the files, and no table of ours."""
    states = campaign.store.home / "districts"
    files = [KeptFiles.read(files) for (files,) in campaign.rows("SELECT files FROM register_states")]
    manifest = {city: Path(str(one.base)).name for found in files for city, one in found.areas.items()}
    ((last,),) = campaign.rows("SELECT archive FROM batches WHERE districts ORDER BY id DESC LIMIT 1")
    (states / last.replace(".parquet", ".json")).write_text(json.dumps(manifest), encoding="ascii")
    (campaign.store.home / "campaign.id").unlink()
    older_versions.put_back(campaign.store, "0005")


@pytest.mark.parametrize("manifest", ["there", "lost"])
def test_a_database_of_the_version_before_goes_on_where_it_was(
    tmp_path: Path, database_url: str, manifest: str
) -> None:
    campaign = district_campaign(tmp_path, database_url)
    report(campaign, "code,enumerators\n990101001001001,1\n990101001001002,1\n", "2020-08-01T17:00", "1.csv")
    report(campaign, "code,enumerators\n990102001001001,3\n", "2020-08-02T17:00", "2.csv")
    put_back(campaign)
    archive = campaign.store.home / "archive"
    if manifest == "there":  # then no report of before needs to be read
        min(archive.iterdir()).write_bytes(b"damaged")
    else:
        for file in (campaign.store.home / "districts").glob("*.json"):
            file.unlink()

    campaign.store = open_store(campaign.settings, create=True)
    report(campaign, "code,enumerators\n990101001001002,5\n", "2020-08-03T17:00", "3.csv")

    assert readings(campaign, "enumerators")[-1] == ("990101001", 6.0, 2, 2, 3)
    ((files,),) = campaign.rows("SELECT files FROM register_states WHERE province = '99'")
    assert set(KeptFiles.read(files).areas) == {"9901"}
    campaign.store.engine.dispose()


def test_reports_of_version_0010_and_what_holds_of_districts_go_on(tmp_path: Path, database_url: str) -> None:
    campaign = district_campaign(tmp_path, database_url)
    report(campaign, "code,enumerators\n990101001001001,1\n990101001001002,1\n", "2020-08-01T17:00", "1.csv")
    report(campaign, "code,enumerators\n990102001001001,3\n", "2020-08-02T17:00", "2.csv")
    kept = campaign.rows("SELECT register, province, batch, until, files FROM register_states")
    batches = campaign.rows("SELECT * FROM batches ORDER BY id")
    older_versions.put_back(campaign.store, "0010")
    min((campaign.store.home / "archive").iterdir()).write_bytes(b"damaged")  # no report of before is needed

    campaign.store = open_store(campaign.settings, create=True)
    assert campaign.rows("SELECT register, province, batch, until, files FROM register_states") == kept
    assert campaign.rows("SELECT * FROM batches ORDER BY id") == batches
    report(campaign, "code,enumerators\n990101001001002,5\n", "2020-08-03T17:00", "3.csv")
    assert readings(campaign, "enumerators")[-1] == ("990101001", 6.0, 2, 2, 3)

    same = report(campaign, "code,enumerators\n990101001001002,5\n", "2020-08-03T17:00", "3.csv")
    assert same.repeated
    with pytest.raises(IntegrityError), campaign.store.writing() as connection:
        connection.execute(text(AGAIN.format(register="")))
    with campaign.store.writing() as connection:
        connection.execute(text(AGAIN.format(register="problems")))
    assert campaign.rows("SELECT count(*) FROM batches") == [(4,)]
    campaign.store.engine.dispose()


AGAIN = (
    "INSERT INTO batches (digest, file_name, as_of, author, received_at, accepted, rejected, districts, register)"
    " SELECT digest, file_name, as_of, author, received_at, 1, 0, districts, '{register}' FROM batches WHERE id = 3"
)
"""The same file for the same moment once more, as of a register."""
