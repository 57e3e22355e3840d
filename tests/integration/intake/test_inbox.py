"""The inbox from end to end: reports go in, and each file ends where its fate can be seen."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from worlds.campaign import Campaign, at, make_campaign

from tasks.intake.inbox import empty

NOW, WRITTEN = at("2020-08-20T09:00"), at("2020-08-19T17:00")


@pytest.fixture
def campaign(tmp_path: Path) -> Campaign:
    return make_campaign(tmp_path)


def lay(campaign: Campaign, name: str, text: str) -> Path:
    folder = campaign.folder / "inbox"
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.write_text(text, encoding="utf-8")
    os.utime(file, (WRITTEN.timestamp(), WRITTEN.timestamp()))
    return folder


def names(folder: Path) -> list[str]:
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())


def test_an_empty_folder_is_made_and_nothing_happens(campaign):
    assert empty(campaign.folder / "inbox", "收件夹", campaign.store, NOW) == []
    assert (campaign.folder / "inbox").is_dir()


def test_a_good_report_is_taken_in_and_moved_to_done(campaign):
    folder = lay(campaign, "两员2020-08-18T17:00.csv", "code,staff\n990101001,12\n990101002,9\n")
    (taken,) = empty(folder, "收件夹", campaign.store, NOW)
    assert (taken.accepted, taken.rejected, taken.refusal) == (2, 0, None)
    assert taken.as_of == at("2020-08-18T17:00")
    assert names(folder) == ["done/两员2020-08-18T17:00.csv"]


def test_a_report_that_cannot_be_used_is_moved_aside_with_the_reason_beside_it(campaign):
    folder = lay(campaign, "两员.csv", "code,no_such_indicator\n990101001,12\n")
    (taken,) = empty(folder, "收件夹", campaign.store, NOW)
    assert taken.refusal is not None
    assert names(folder) == ["refused/两员.csv", "refused/两员.csv.why.txt"]
    why = (folder / "refused" / "两员.csv.why.txt").read_text(encoding="utf-8")
    assert "no_such_indicator" in why


def test_refused_rows_lie_in_a_file_that_can_be_mended_and_the_others_are_kept(campaign):
    folder = lay(campaign, "两员.csv", "code,staff\n990101001,12\n999999999,3\n")
    (taken,) = empty(folder, "收件夹", campaign.store, NOW)
    assert (taken.accepted, taken.rejected) == (1, 1)
    assert "done/两员.csv" in names(folder)
    assert [name for name in names(folder) if name.startswith("refused/")]


def test_one_bad_file_does_not_stop_the_next(campaign):
    lay(campaign, "a.csv", "nonsense")
    folder = lay(campaign, "b.csv", "code,staff\n990101001,12\n")
    bad, good = empty(folder, "收件夹", campaign.store, NOW)
    assert bad.refusal is not None
    assert good.accepted == 1


def test_the_same_report_laid_down_again_changes_nothing(campaign):
    text = "code,staff\n990101001,12\n"
    for _ in range(2):
        folder = lay(campaign, "两员.csv", text)
        (taken,) = empty(folder, "收件夹", campaign.store, NOW)
    assert taken.repeated
    assert names(folder) == ["done/两员-2.csv", "done/两员.csv"]
