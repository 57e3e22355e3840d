"""The data folder is its owner's alone: made so, and an older one tightened with all that lies in it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tasks.campaign.private_files import keep_private, tighten, write_private


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_folder_is_its_owners_alone(tmp_path: Path):
    keep_private(tmp_path / "home")
    assert mode(tmp_path / "home") == 0o700


def test_an_older_folder_is_tightened_with_all_that_lies_in_it_and_nothing_else(tmp_path: Path):
    home, outside = tmp_path / "home", tmp_path / "outside.txt"
    (home / "archive" / "2020").mkdir(parents=True)
    for file in (home / "pucha.db", home / "archive" / "2020" / "one.parquet", outside):
        file.write_text("x", encoding="utf-8")
        file.chmod(0o644)
    (home / "inbox").mkdir(mode=0o775)
    (home / "link").symlink_to(outside)
    home.chmod(0o755)

    keep_private(home)

    assert {mode(path) for path in (home, home / "archive", home / "archive" / "2020", home / "inbox")} == {0o700}
    assert {mode(path) for path in (home / "pucha.db", home / "archive" / "2020" / "one.parquet")} == {0o600}
    assert mode(outside) == 0o644


def test_copies_of_what_is_installed_for_everybody_are_made_the_owners_alone(tmp_path: Path):
    pages = tmp_path / "ui" / "v1"
    pages.mkdir(parents=True, mode=0o755)
    for name, given in (("index.html", 0o755), ("kept.html", 0o700), ("read.html", 0o444)):
        (pages / name).write_text("x", encoding="utf-8")
        (pages / name).chmod(given)

    tighten(tmp_path / "ui")

    assert {path.name: mode(path) for path in pages.iterdir()} == dict.fromkeys(
        ("index.html", "kept.html", "read.html"), 0o600
    )
    assert mode(pages) == 0o700


def test_a_secret_is_there_whole_or_not_at_all_and_never_written_over(tmp_path: Path):
    write_private(tmp_path / "key", "first")
    with pytest.raises(FileExistsError):
        write_private(tmp_path / "key", "second")
    assert [(file.name, file.read_text(), mode(file)) for file in tmp_path.iterdir()] == [("key", "first", 0o600)]
