"""Forms and marked copies that are killed at any step, written two at once, or meet a disk that takes nothing: old files stay
whole, what is half written goes, and what a report came to is told all the same."""

from __future__ import annotations

import fcntl  # noqa: F401 - found now: whoever is not root may not look where Python lies
import hashlib
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Barrier
from types import FrameType
from typing import Any

import pytest
from worlds.campaign import Campaign, at
from worlds.forms import HANDED_OUT, brought_home, hand_out, send_back
from worlds.kills import Snapshots
from worlds.needed import missing
from worlds.power import Machine, build
from worlds.workbooks import fill_in, notes_of

from models.wording import Refusal, Said
from tasks.audit_trail.records import verify
from tasks.campaign.on_disk import new_file
from tasks.files.opening import open_tables
from tasks.forms.form import make_form
from tasks.intake.intake import take_in
from tasks.intake.marked_copies import mark_copy
from tasks.registers.current import rows_of

WRITTEN_BY = ("/tasks/forms/", "/tasks/campaign/on_disk.py", "/tasks/files/marked_workbook.py")
NOBODY = 65534
ROOMS = (0, 1_000, 4_000, 8_000)
"""Bytes that are left on a disk; a form of this campaign needs more."""


@pytest.fixture
def at_home(campaign: Campaign) -> Campaign:
    return brought_home(campaign)


@dataclass
class Looks:
    """What lies in a folder, before and after every step of what writes there."""

    folder: Path
    seen: list[dict[str, str]] = field(default_factory=list)

    def __call__(self, frame: FrameType, event: str, _about: Any) -> None:
        if event in ("call", "return") and any(part in frame.f_code.co_filename for part in WRITTEN_BY):
            found = {file.name: digest(file) for file in self.folder.iterdir() if file.is_file()}
            if not self.seen or found != self.seen[-1]:
                self.seen.append(found)


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def looked_at(folder: Path, act: Any) -> tuple[Any, list[dict[str, str]]]:
    looks = Looks(folder)
    sys.setprofile(looks)
    try:
        done = act()
    finally:
        sys.setprofile(None)
    return done, looks.seen


def test_a_form_killed_at_any_step_is_there_whole_or_not_at_all_and_the_next_is_written(campaign: Campaign) -> None:
    folder = campaign.folder / "出表"
    folder.mkdir()
    (folder / "旧表.xlsx").write_bytes(b"of before")
    out, before = folder / "表.xlsx", digest(folder / "旧表.xlsx")

    written, seen = looked_at(folder, lambda: make_form(campaign.store, ["recheck"], "990101", at(HANDED_OUT), out))

    assert len(seen) >= 4
    for found in seen:
        assert found.pop("旧表.xlsx") == before
        assert set(found) <= {"表.xlsx", ".表.xlsx.part"}
        assert found.get("表.xlsx", digest(written.file)) == digest(written.file)
    whole = digest(out)
    out.unlink()
    (folder / ".表.xlsx.part").write_bytes(b"left by one that was killed")
    assert digest(make_form(campaign.store, ["recheck"], "990101", at(HANDED_OUT), out).file) == whole
    assert sorted(file.name for file in folder.iterdir()) == ["旧表.xlsx", "表.xlsx"]


def test_a_marked_copy_killed_at_any_step_is_there_whole_or_not_at_all(campaign: Campaign) -> None:
    file = hand_out(campaign, "problems")
    receipt = send_back(campaign, file, "2020-08-20", {"问题清单": {"A4": "990109"}})
    folder = campaign.folder / "退回"
    folder.mkdir()

    copy, seen = looked_at(folder, lambda: mark_copy(file, folder / "退.xlsx", receipt, "zh"))

    assert len(seen) >= 3
    assert all(found.get("退.xlsx", digest(copy)) == digest(copy) for found in seen)
    assert [one.name for one in folder.iterdir()] == ["退.xlsx"]


def test_a_workbook_whose_report_is_killed_at_any_step_brings_all_its_sheets_or_none(at_home: Campaign) -> None:
    file = hand_out(at_home, "recheck")
    cells = {
        "问题清单": {"A7": "990101002", "C7": "丙批", "D7": 9},
        "指标数字": {"H6": 2},
        "文件登记": {"A6": "990109"},
    }
    fill_in(file, cells)
    snapshots = Snapshots(at_home)

    sys.setprofile(snapshots)
    try:
        done = take_in(at_home.store, file, at("2020-08-20"), "甲县人普办", at("2020-08-20T10:00"))
    finally:
        sys.setprofile(None)

    assert [(one.accepted, one.rejected) for one in done.tables] == [(1, 0), (1, 0), (0, 1)]
    seen = []
    for number in range(snapshots.taken):
        killed = snapshots.open(number)
        batches = killed.rows("SELECT COUNT(*) FROM batches WHERE file_name = '表.xlsx'")[0][0]
        assert batches in (0, 2), number
        seen.append(batches == 2)
        again = take_in(killed.store, file, at("2020-08-20"), "甲县人普办", at("2020-08-22T10:00"))
        assert [(one.accepted, one.rejected) for one in again.tables] == [(1, 0), (1, 0), (0, 1)], number
        rows = rows_of(killed.store, killed.store.plan().registers["problems"], at("2020-12-31"))
        assert ("990101002", "丙批", 9) in rows.select("code", "list", "row").rows(), number
        assert verify(killed.store).whole, number
        killed.store.engine.dispose()
    assert seen == sorted(seen)
    assert set(seen) == {False, True}


def test_of_two_forms_written_to_one_file_at_once_one_is_there_whole_and_the_other_is_told(campaign: Campaign) -> None:
    out, together = campaign.folder / "表.xlsx", Barrier(2)

    def write(name: str) -> Path | Said:
        together.wait()
        try:
            return make_form(campaign.store, [name], "990101", at(HANDED_OUT), out).file
        except Refusal as refusal:
            return refusal.said

    with ThreadPoolExecutor(2) as both:
        done = list(both.map(write, ("problems", "papers")))

    (told,) = [one for one in done if isinstance(one, Said)]
    assert "正在写入" in told.zh or "已存在" in told.zh
    assert len([table.sheet for table in open_tables(out)]) == 1
    assert [one.name for one in campaign.folder.glob(".*.part")] == []


def test_a_file_that_another_program_writes_is_left_to_it(tmp_path: Path) -> None:
    path = tmp_path / "表.xlsx"
    with new_file(path) as part:
        part.write_bytes(b"of the first")
        with pytest.raises(Refusal, match="another program is just writing"), new_file(path):
            pass
        part.write_bytes(b"of the first, whole")
    assert path.read_bytes() == b"of the first, whole"

    with pytest.raises(Refusal, match="exists already"), new_file(tmp_path / "别.xlsx") as part:
        part.write_bytes(b"ours")
        (tmp_path / "别.xlsx").write_bytes(b"of somebody else meanwhile")
    assert (tmp_path / "别.xlsx").read_bytes() == b"of somebody else meanwhile"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["别.xlsx", "表.xlsx"]


def test_a_place_that_takes_no_file_is_named_with_what_helps(campaign: Campaign) -> None:
    folder = campaign.folder
    (folder / "夹.xlsx").mkdir()
    (folder / "一份文件").write_bytes(b"")
    for out, said in (
        ("夹.xlsx", "是文件夹，请写明文件名"),
        ("没有/表.xlsx", f"请先建好文件夹 {folder / '没有'}"),
        ("一份文件/表.xlsx", "路径中有一段不是文件夹"),
    ):
        with pytest.raises(Refusal) as refused:
            hand_out(campaign, "problems", out=out)
        assert said in refused.value.said.zh, out
        assert str(folder / out) in refused.value.said.zh, out


@contextmanager
def as_somebody_else() -> Iterator[None]:
    """Without root's right to write everywhere."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_folder_that_may_not_be_written_is_named_and_another_asked_for() -> None:
    with TemporaryDirectory(dir="/tmp") as folder:  # where everybody may look
        Path(folder).chmod(0o555)
        with as_somebody_else(), pytest.raises(Refusal) as refused, new_file(Path(folder) / "表.xlsx"):
            pass
    assert "没有权限，请换一个可以写入的文件夹" in refused.value.said.zh


@pytest.fixture
def between(tmp_path: Path) -> Path:
    built = build(tmp_path)
    if built is None:
        missing("a C compiler")
    return built


def with_room(campaign: Campaign, folder: Path, room: int | None) -> dict[str, str]:
    """The environment of a command that finds so many bytes left in `folder`."""
    left = {} if room is None else {"POWER_ROOM": str(room)}
    return {"POWER_HOME": str(folder), "PUCHA_HOME": str(campaign.store.home), **left}


def test_a_disk_that_is_full_is_named_with_the_file_and_nothing_half_written_is_left(
    at_home: Campaign, between: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = at_home.folder / "出表"
    folder.mkdir()
    (folder / "旧表.xlsx").write_bytes(b"of before")
    out = folder / "表.xlsx"
    machine = Machine(at_home.folder / "machine", between)
    asked = ["form", "recheck", "--unit", "990101", "--as-of", HANDED_OUT, "--out", str(out)]

    full = {f"full-{room}": with_room(at_home, folder, room) for room in ROOMS}
    ended = machine.run_each(asked, full)

    assert set(ended.values()) == {2}
    told = capfd.readouterr().err.splitlines()
    assert told == [f"无法写入 {out}：磁盘空间不足，请清理后重试，或换一处存放"] * len(ROOMS)
    assert [one.name for one in folder.iterdir()] == ["旧表.xlsx"]
    assert machine.run_each(asked, {"room": with_room(at_home, folder, None)}) == {"room": 0}
    assert len([table.sheet for table in open_tables(out)]) == 3


def test_a_copy_that_no_disk_takes_keeps_nobody_from_hearing_what_the_report_came_to(
    at_home: Campaign, between: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = at_home.folder / "上报"
    folder.mkdir()
    file = hand_out(at_home, "problems", out="上报/表.xlsx")
    fill_in(file, {"问题清单": {"A4": "990109", "A7": "990101002", "C7": "丙批", "D7": 9}})
    machine, before = Machine(at_home.folder / "machine", between), digest(file)
    asked = ["report", str(file), "--as-of", "2020-08-20", "--by", "甲县人普办"]

    full = {f"full-{room}": with_room(at_home, folder, room) for room in ROOMS}
    ended = machine.run_each(asked, full)

    assert set(ended.values()) == {1}
    told = capfd.readouterr().err
    copy = folder / "表-退回.xlsx"
    assert told.count("收下 1 行，退回 1 行") == len(ROOMS)
    assert told.count(f"未能另存标注副本：无法写入 {copy}：磁盘空间不足，请清理后重试，或换一处存放") == len(ROOMS)
    assert "Traceback" not in told
    assert ([one.name for one in folder.iterdir()], digest(file)) == (["表.xlsx"], before)
    assert at_home.rows("SELECT accepted, rejected FROM batches WHERE file_name = '表.xlsx'") == [(1, 1)]
    assert machine.run_each(asked, {"room": with_room(at_home, folder, None)}) == {"room": 1}
    assert list(notes_of(copy)) == ["A4"]
