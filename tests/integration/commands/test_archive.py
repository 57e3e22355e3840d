"""pucha archive: what is missing in the archive's new place, and bringing it over."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from worlds.campaign import UNITS
from worlds.clerk import Clerk
from worlds.districts import VILLAGES
from worlds.plans import DISTRICTS, without_codes

REPORTS = {
    "2020-08-01T17:00": "code,enumerators\n990101001001001,1\n",
    "2020-08-02T17:00": "code,enumerators\n990101001001002,2\n",
}


@pytest.fixture
def clerk(clerk: Clerk) -> Clerk:
    """A clerk whose office has two reports in its data folder."""
    clerk.set("PUCHA_ARCHIVE_URL", "")
    clerk.english()
    clerk.load(without_codes(DISTRICTS), UNITS + VILLAGES)
    for as_of, rows in REPORTS.items():
        assert clerk.report(rows, as_of).code == 0
    return clerk


def names(clerk: Clerk) -> list[str]:
    return sorted(f"archive/{path.name}" for path in (clerk.folder / "home" / "archive").iterdir())


def share(clerk: Clerk) -> Path:
    """An empty share, which is the archive's place from now on."""
    (clerk.folder / "share").mkdir()
    clerk.set("PUCHA_ARCHIVE_URL", str(clerk.folder / "share"))
    return clerk.folder / "share"


def test_a_whole_archive_is_said_to_be_so(clerk: Clerk) -> None:
    answer = clerk("archive", "check")

    assert answer.code == 0
    assert answer.out.endswith(": 2 reports, 0 missing\n")
    clerk.set("PUCHA_LANG", "zh")
    assert clerk("archive", "check").out.endswith("：共 2 份报表，缺 0 份\n")


def test_an_archive_that_moves_is_found_empty_copied_once_and_whole(clerk: Clerk) -> None:
    place, expected = share(clerk), names(clerk)

    before = clerk("archive", "check", "--json")
    assert (before.code, sorted(before.data["missing"]), before.data["reports"]) == (1, expected, 2)
    assert before.data["archive"] == str(place)
    first, again = clerk("archive", "copy"), clerk("archive", "copy", "--json")

    assert (first.code, first.out) == (0, "2 copied and read back, 0 there before, 0 still missing\n")
    assert (again.code, again.data) == (0, {"copied": 0, "there": 2, "missing": []})
    assert clerk.json("archive", "check") == {"archive": str(place), "reports": 2, "missing": [], "fault": None}


def test_what_is_in_neither_place_is_named_and_the_command_fails(clerk: Clerk) -> None:
    lost = names(clerk)[0]
    (clerk.folder / "home" / lost).unlink()
    share(clerk)

    answer = clerk("archive", "copy")

    assert answer.code == 1
    assert answer.out == f"not there either: {lost}\n1 copied and read back, 0 there before, 1 still missing\n"
    assert f"missing: {lost}\n" in clerk("archive", "check").out


def test_an_archive_elsewhere_is_copied_from_the_place_that_is_named(clerk: Clerk) -> None:
    old = clerk.folder / "old"
    old.mkdir()
    shutil.move(clerk.folder / "home" / "archive", old / "archive")
    shutil.copy(clerk.folder / "home" / "campaign.id", old)
    share(clerk)

    answer = clerk("archive", "copy", "--from", str(old), "--json")

    assert (answer.code, answer.data) == (0, {"copied": 2, "there": 0, "missing": []})


def test_a_share_that_is_not_mounted_is_said_to_be_missing_and_nothing_is_made_there(clerk: Clerk) -> None:
    clerk.set("PUCHA_ARCHIVE_URL", str(clerk.folder / "unmounted"))

    answer = clerk("archive", "check", "--json")

    assert answer.code == 1
    assert answer.data["fault"] is not None
    assert not (clerk.folder / "unmounted").exists()
