"""Which files in the inbox are reports, and of which moment they are."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tasks.intake.inbox import as_of_file, files_in

ZONE = ZoneInfo("Asia/Shanghai")
WRITTEN = datetime(2020, 11, 6, 9, 30, tzinfo=ZONE)


def laid(folder: Path, name: str, written: datetime = WRITTEN) -> Path:
    """A file in the folder, last written at a moment."""
    file = folder / name
    file.write_text("code,staff\n", encoding="utf-8")
    os.utime(file, (written.timestamp(), written.timestamp()))
    return file


@pytest.mark.parametrize(
    ("name", "as_of"),
    [
        ("登记进度 2020-11-05T17:00.csv", "2020-11-05 17:00"),
        ("登记进度_2020-11-05_17.00.csv", "2020-11-05 17:00"),
        ("登记进度2020.11.5 17.00.csv", "2020-11-05 17:00"),
        ("专题会议2020.11.5.csv", "2020-11-06 00:00"),
        ("jindu-20201105-1700.xlsx", "2020-11-05 17:00"),
        ("登记进度（截至2020年11月5日17时）.csv", "2020-11-05 17:00"),
        ("登记进度（截至2020年11月5日17时30分）.csv", "2020-11-05 17:30"),
        ("登记进度20201105.csv", "2020-11-06 00:00"),
        ("登记进度 2020-11-05.csv", "2020-11-06 00:00"),
    ],
)
def test_the_name_says_of_which_moment_a_report_is(tmp_path, name, as_of):
    assert f"{as_of_file(laid(tmp_path, name), ZONE):%Y-%m-%d %H:%M %z}" == f"{as_of} +0800"


@pytest.mark.parametrize(
    "name", ["登记进度.csv", "130102001.csv", "13010220201399.csv", "2020-13-05.csv", "2020-11-05T25:00.csv"]
)
def test_without_a_moment_in_its_name_a_report_is_of_when_it_was_written(tmp_path, name):
    assert as_of_file(laid(tmp_path, name), ZONE) == WRITTEN


def test_a_day_that_is_not_over_yet_counts_until_the_file_was_written(tmp_path):
    assert as_of_file(laid(tmp_path, "登记进度2020-11-06.csv"), ZONE) == WRITTEN


def test_only_finished_files_are_taken_from_the_folder_in_the_order_of_their_names(tmp_path):
    now = WRITTEN.astimezone(UTC)
    for name in ("b.csv", "a.XLSX", "c.jsonl", "d.parquet", "readme.txt", ".hidden.csv", "~$a.xlsx"):
        laid(tmp_path, name, WRITTEN - timedelta(seconds=5))
    laid(tmp_path, "half.csv", WRITTEN - timedelta(seconds=4))
    laid(tmp_path, "copied.part", WRITTEN - timedelta(hours=23))
    laid(tmp_path, "left.tmp", WRITTEN - timedelta(hours=24))
    (tmp_path / "done").mkdir()
    assert [file.name for file in files_in(tmp_path, now)] == [
        "a.XLSX",
        "b.csv",
        "c.jsonl",
        "d.parquet",
        "left.tmp",
        "readme.txt",
    ]
