"""The inbox from end to end: reports go in, and each file ends where its fate can be seen."""

from __future__ import annotations

import io
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from standins.webhook import JsonSink
from worlds.campaign import TWO_PHASES, Campaign, at, make_campaign

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


def raw(campaign: Campaign, name: bytes, content: bytes) -> Path:
    """A file whose name is given in bytes."""
    folder = campaign.folder / "inbox"
    folder.mkdir(exist_ok=True)
    path = os.fsencode(folder) + b"/" + name
    with open(path, "wb") as file:
        file.write(content)
    os.utime(path, (WRITTEN.timestamp(), WRITTEN.timestamp()))
    return folder


GOOD = b"code,staff\n990101001,12\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (("𬭎" * 60 + ".csv").encode(), GOOD + b"999999999,3\n"),
        (("两员人数" * 20 + ".csv").encode(), b"code,no_such\n1,2\n"),
        ("县经费.csv".encode("gbk"), GOOD + b"999999999,3\n"),
        (b"\xff\xfe.csv", b"nonsense"),
        (b"a.csv", b"code,staff,evidence\n990101001,12," + b"x" * 140_000 + b"\n"),
        (b"a.xls", bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)),
        (b"a.et", b"\x00\x01"),
        (b"a.json", b'[{"code": 1}]'),
        (b"a.jsonl", b'{"code": {"a": ' + b"[" * 5000 + b"\n"),
        (b"a.parquet", b"PAR1nothing"),
        (b"a.xlsx", b"PK\x03\x04nothing"),
    ],
)
def test_whatever_is_wrong_with_a_file_it_is_set_aside_and_the_next_is_taken(campaign, name, content):
    raw(campaign, name, content)
    folder = raw(campaign, b"zz.csv", GOOD)
    first, last = sorted(empty(folder, "收件夹", campaign.store, NOW), key=lambda one: one.name == "zz.csv")
    assert last.accepted == 1
    assert first.refusal or first.rejected
    assert [name for name in names(folder) if "/" not in name] == []
    assert all(len(os.fsencode(Path(name).name)) <= 255 for name in names(folder))


@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_a_link_or_a_pipe_in_the_inbox_is_set_aside_unread(campaign, kind):
    folder = lay(campaign, "b.csv", "code,staff\n990101001,12\n")
    if kind == "link":
        (folder / "a.csv").symlink_to("b.csv")
    else:
        os.mkfifo(folder / "a.csv")
    os.utime(folder / "a.csv", (WRITTEN.timestamp(), WRITTEN.timestamp()), follow_symlinks=False)
    first, second = empty(folder, "收件夹", campaign.store, NOW)
    assert first.refusal and "不是普通文件" in first.refusal.zh
    assert second.accepted == 1
    assert "refused/a.csv.why.txt" in names(folder)


def test_a_file_with_respondents_data_is_not_kept_and_its_reason_tells_nothing_of_them(campaign):
    folder = lay(campaign, "13812345678.csv", "code,staff\n990101001,12\n")
    lay(campaign, "b.csv", "code,staff,evidence\n990101001,12,138-1234-5678\n")
    taken = empty(folder, "收件夹", campaign.store, NOW)
    assert [one.accepted for one in taken] == [0, 0]
    whys = [name for name in names(folder) if name.endswith(".why.txt")]
    assert names(folder) == whys
    assert len(whys) == 2
    everything = "".join(
        file.read_text(encoding="utf-8", errors="replace") + file.name for file in folder.rglob("*.txt")
    )
    assert "1234" not in everything
    assert campaign.rows("SELECT count(*) FROM batches") == [(0,)]
    assert "1234" not in str(campaign.rows("SELECT author, about FROM audit"))


PERSON = "11010519491231002X"
IN_YUAN = TWO_PHASES.replace(
    "indicators:\n", "indicators:\n  funds: {title: 到位经费, level: county, unit: yuan, roll_up: sum}\n", 1
)


def archive(name: str, text: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr(name, text)
    return made.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("unknown.csv", f"code,staff,家庭情况\n990101001,3,户主{PERSON}\n".encode()),
        ("unknown_gbk.csv", "code,staff,家庭情况\n990101001,3,电话13812345678\n".encode("gbk")),
        ("nested.jsonl", f'{{"code": "990101001", "staff": {{"id": "{PERSON}"}}}}'.encode()),
        ("array.json", f'[{{"code": "990101001", "户主": "{PERSON}"}}]'.encode()),
        ("page.xls", f"<html><td>990101001</td><td>{PERSON}</td></html>".encode()),
        ("old.xls", bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600) + PERSON.encode("utf-16-le")),
        ("letter.docx", archive("word/document.xml", f"<w:t>户主{PERSON}</w:t>")),
        ("list.ods", archive("content.xml", f"<p>{PERSON}</p>")),
        ("packed.zip", archive("a.csv", f"code,x\n990101001,{PERSON}\n")),
        ("broken.xlsx", archive("xl/sharedStrings.xml", f"<si><t>{PERSON}</t></si>")),
    ],
)
def test_a_file_refused_for_another_reason_is_not_kept_with_respondents_data_either(campaign, name, content):
    folder = raw(campaign, name.encode(), content)
    (taken,) = empty(folder, "收件夹", campaign.store, NOW)
    why = (folder / "refused" / f"{name}.why.txt").read_text(encoding="utf-8")
    assert taken.refusal
    assert names(folder) == [f"refused/{name}.why.txt"]
    assert "原件未予保留" in why
    assert PERSON not in why


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("amount.csv", b"code,funds,no_such\n990101,13912345678,1\n"),
        ("districts.csv", b"code,no_such\n990101001001001,5\n"),
        ("sums.csv", b"code,no_such,b,c,d\n990101,138,1234,5678,9\n"),
        ("letter.docx", archive("word/document.xml", "<w:t>国统字〔2020〕12号 2020-11-01</w:t>")),
    ],
)
def test_a_file_refused_for_another_reason_is_kept_where_nobody_stands_in_it(tmp_path, name, content):
    campaign = make_campaign(tmp_path, plan=IN_YUAN)
    folder = raw(campaign, name.encode(), content)
    empty(folder, "收件夹", campaign.store, NOW)
    assert names(folder) == [f"refused/{name}", f"refused/{name}.why.txt"]


def test_a_file_that_is_taken_back_or_cannot_be_moved_stops_no_other(campaign):
    folder = lay(campaign, "a.csv", "code,staff\n990101001,12\n")
    lay(campaign, "b.csv", "nonsense")
    (folder / "refused").write_text("a file where the folder should be")
    os.utime(folder / "refused", (NOW.timestamp(), NOW.timestamp()))
    with pytest.raises(FileExistsError):
        empty(folder, "收件夹", campaign.store, NOW)
    assert names(folder) == ["b.csv", "done/a.csv", "refused"]


def test_an_owner_who_wants_refused_files_kept_has_them_kept(tmp_path):
    campaign = make_campaign(tmp_path, keep_refused=True)
    folder = lay(campaign, "b.csv", "code,staff,evidence\n990101001,12,138-1234-5678\n")
    empty(folder, "收件夹", campaign.store, NOW)
    assert names(folder) == ["refused/b.csv", "refused/b.csv.why.txt"]


def test_a_refused_file_is_told_to_the_office_of_its_name_and_to_the_administrator(tmp_path):
    with JsonSink() as sink:
        campaign = make_campaign(
            tmp_path, contacts=f"990101,owner,甲,{sink.json_url('owner')}\n", admin_channel=sink.json_url("admin")
        )
        lay(campaign, "990101经费.doc", "nonsense")
        folder = lay(campaign, "b.csv", "code,staff\n990101001,12\n")
        empty(folder, "收件夹", campaign.store, NOW)
        empty(folder, "收件夹", campaign.store, NOW)
    assert len(sink.accepted) == 2
    assert all("990101经费.doc" in str(received) for received in sink.accepted)


def test_a_channel_that_fails_stops_no_file(tmp_path):
    campaign = make_campaign(tmp_path, admin_channel="json://127.0.0.1:9/x")
    lay(campaign, "a.csv", "nonsense")
    folder = lay(campaign, "b.csv", "code,staff\n990101001,12\n")
    assert [one.accepted for one in empty(folder, "收件夹", campaign.store, NOW)] == [0, 1]


def test_the_same_report_laid_down_again_changes_nothing(campaign):
    text = "code,staff\n990101001,12\n"
    for _ in range(2):
        folder = lay(campaign, "两员.csv", text)
        (taken,) = empty(folder, "收件夹", campaign.store, NOW)
    assert taken.repeated
    assert names(folder) == ["done/两员-2.csv", "done/两员.csv"]


def test_a_channel_that_the_key_does_not_open_stops_no_file(tmp_path):
    with JsonSink() as sink:
        campaign = make_campaign(
            tmp_path,
            contacts=f"990101,owner,甲,{sink.json_url('owner')}\n",
            admin_channel=sink.json_url("admin"),
        )
        (campaign.store.home / "secret.key").write_bytes(Fernet.generate_key())
        lay(campaign, "990101.csv", "nonsense")
        folder = lay(campaign, "b.csv", "code,staff\n990101001,12\n")
        taken = empty(folder, "收件夹", replace(campaign.store), NOW)
        told = [received.to.strip("/") for received in sink.accepted]
    assert [one.accepted for one in taken] == [0, 1]
    assert told == ["admin"]
