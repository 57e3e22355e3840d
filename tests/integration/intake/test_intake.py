"""One report after another through the whole intake, on SQLite and PostgreSQL."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from sqlalchemy import text
from worlds.campaign import Campaign, at, make_campaign
from worlds.districts import count, district_campaign, kept, readings, report

from models.wording import Refusal
from tasks.campaign.store import open_store
from tasks.intake.intake import take_in
from tasks.intake.receipts import Receipt


@pytest.fixture
def campaign(tmp_path: Path, database_url: str) -> Campaign:
    return district_campaign(tmp_path, database_url)


@pytest.fixture
def local(tmp_path: Path) -> Campaign:
    """The same on SQLite only, for what has nothing to do with the database."""
    return district_campaign(tmp_path)


def test_figures_come_in_by_chinese_title_and_padded_code(campaign: Campaign) -> None:
    receipt = report(
        campaign, '区划代码,到位经费,佐证\n990101000000,"1,200.5",拨款文件\n990102,８００,\n', "2020-08-01T17:00"
    )
    assert (receipt.accepted, receipt.rejected, receipt.rejections, receipt.repeated) == (2, 0, None, False)
    assert readings(campaign, "funds") == [("990101", 1200.5, None, None, 1), ("990102", 800.0, None, None, 1)]


def test_an_empty_cell_is_not_reported(campaign: Campaign) -> None:
    report(campaign, "code,funds\n990101,\n990102,0\n", "2020-08-01T17:00")
    assert readings(campaign, "funds") == [("990102", 0.0, None, None, 1)]


def test_refused_rows_can_be_mended_and_sent_again_and_good_rows_of_the_same_file_are_kept(campaign: Campaign) -> None:
    receipt = report(campaign, "区划代码,到位经费\n990101,12\n990102,很多\n990103,5\n,7\n", "2020-08-01T17:00")
    assert (receipt.accepted, receipt.rejected) == (1, 3)
    assert receipt.rejections is not None
    content = receipt.rejections.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.decode("utf-8-sig").splitlines() == [
        "区划代码,到位经费,退回行号 row,退回代码 code,退回原因 zh,退回原因 en",
        "990102,很多,3,990102,“到位经费”不是数，请只填数字；没有数据请留空,"
        "“到位经费” is not a number; leave the cell empty if nothing is known",
        "990103,5,4,990103,区划代码 990103 不在单位名录中，请核对,the code 990103 is not among the units",
        ",7,5,,缺少区划代码,the code is missing",
    ]
    mended = content.decode("utf-8-sig").replace("990102,很多", "990102,34").splitlines()[:2]
    again = report(campaign, "\n".join(mended), "2020-08-01T17:00", "mended.csv")
    assert (again.accepted, again.rejected) == (1, 0)
    assert readings(campaign, "funds") == [("990101", 12.0, None, None, 1), ("990102", 34.0, None, None, 2)]


def as_a_spreadsheet_saves(cell: str) -> str:
    """What becomes of a cell of a CSV that Excel opens and saves as CSV: numbers lose what their cell does not show."""
    if re.fullmatch("[0-9]{12,}", cell):
        return f"{float(cell):.5E}"
    if re.fullmatch("[0-9]+", cell):
        return str(int(cell))
    return "5-Mar" if cell == "3-5" else cell


@pytest.mark.parametrize("saved_as", ["csv", "xlsx"])
def test_refused_rows_come_back_through_a_spreadsheet(local: Campaign, saved_as: str) -> None:
    rows = "990101001001001,x,0012\n990101001001002,y,3-5\n990101001001003,z,会议纪要\n"
    receipt = report(local, f"区划代码,普查员,佐证\n{rows}", "2020-08-01T17:00")
    assert receipt.rejections is not None

    opened = list(csv.reader(io.StringIO(receipt.rejections.read_text("utf-8-sig"))))
    mended = [opened[0], *([row[0], "3", *row[2:]] for row in opened[1:])]
    file = local.folder / f"改好.{saved_as}"
    if saved_as == "csv":
        lines = [",".join(f'"{as_a_spreadsheet_saves(cell)}"' for cell in row) for row in mended]
        file.write_bytes("\r\n".join(lines).encode("gbk"))
    else:
        with xlsxwriter.Workbook(str(file), {"strings_to_numbers": True}) as workbook:
            sheet = workbook.add_worksheet()
            for number, row in enumerate(mended):
                sheet.write_row(number, 0, row)
    again = take_in(local.store, file, at("2020-08-01T17:00"), "甲县", at("2020-08-02T09:00"))

    assert (again.accepted, again.rejected) == (3, 0)
    assert readings(local, "enumerators")[0][:2] == ("990101001", 9.0)


def test_a_unit_that_is_only_named_is_read_and_whoever_reports_is_told(local: Campaign) -> None:
    name = local.rows("SELECT name FROM units WHERE code = '990101'")[0][0]
    receipt = report(local, f"单位名称,到位经费\n{name},12\n合计,12\n", "2020-08-01T17:00")
    assert readings(local, "funds") == [("990101", 12.0, None, None, 1)]
    assert any(f"按单位名称认定：{name}（990101）" in remark.zh for remark in receipt.remarks)


def test_the_same_file_for_the_same_time_twice_changes_nothing(campaign: Campaign) -> None:
    body = "code,funds\n990101,12\n9999,1\n"
    first = report(campaign, body, "2020-08-01T17:00")
    files = kept(campaign)
    again = report(campaign, body, "2020-08-01T17:00", "another-name.csv")
    assert again == Receipt(first.batch, 1, 1, first.rejections, repeated=True)
    assert (count(campaign, "batches"), count(campaign, "readings"), kept(campaign)) == (1, 1, files)


def test_the_same_file_for_another_time_is_another_report(campaign: Campaign) -> None:
    body = "code,funds\n990101,12\n"
    report(campaign, body, "2020-08-01T17:00")
    assert not report(campaign, body, "2020-08-02T17:00").repeated
    assert count(campaign, "readings") == 2


def test_a_correction_replaces_the_reading_and_keeps_the_old_one_and_figures_may_fall(campaign: Campaign) -> None:
    report(campaign, "code,funds\n990101,12\n", "2020-08-01T17:00")
    report(campaign, "code,funds\n990101,9\n", "2020-08-01T17:00")
    assert readings(campaign, "funds") == [("990101", 12.0, None, None, 1), ("990101", 9.0, None, None, 2)]
    held = campaign.store.readings(["funds"], at("2020-08-01T17:00"))
    assert held.select("unit", "value").rows() == [("990101", 9.0)]


@pytest.mark.parametrize(
    "body",
    [
        "code,enumerators\n990101001001001,1\n990101001001002,13812345678\n",
        "code,funds,evidence\n990101,1,联系 138 1234 5678\n",
        "code,funds\n11010519491231002X,1\n",
        "code,funds,姓名\n990101,1,\n",
        "code,funds,单位名称\n990101,1,110105194912310 02X\n",
    ],
)
def test_of_a_file_with_respondents_data_nothing_is_stored(local: Campaign, body: str) -> None:
    with pytest.raises(Refusal) as refused:
        report(local, body, "2020-08-01T17:00")
    for words in refused.value.said:
        assert "13812345678" not in words.replace(" ", "")
        assert "11010519491231" not in words
        assert "report.csv" in words
    assert (count(local, "batches"), count(local, "readings"), kept(local)) == (0, 0, [])


def test_a_file_of_which_every_row_is_refused_leaves_only_the_refused_rows(local: Campaign) -> None:
    receipt = report(local, "code,funds\n9999,1\n", "2020-08-01T17:00")
    assert (receipt.batch, receipt.accepted, receipt.rejected) == (None, 0, 1)
    assert (count(local, "batches"), len(kept(local))) == (0, 1)


@pytest.mark.parametrize("write", ["xlsx", "parquet", "jsonl", "gbk", "utf-16"])
def test_one_report_in_any_of_its_formats_gives_the_same_readings(local: Campaign, write: str) -> None:
    frame = pl.DataFrame({"区划代码": ["990101", "990102"], "到位经费": [12.5, None]})
    file = local.folder / f"report.{write}"
    if write == "xlsx":
        book = xlsxwriter.Workbook(str(file))
        sheet = book.add_worksheet()
        for row, cells in enumerate([frame.columns, *frame.rows()]):
            sheet.write_row(row, 0, cells)
        book.close()
    elif write == "parquet":
        frame.write_parquet(file)
    elif write == "jsonl":
        frame.write_ndjson(file)
    else:
        file.write_bytes(frame.write_csv().encode(write))
    receipt = take_in(local.store, file, at("2020-08-01T17:00"), "甲县", at("2020-08-02T09:00"))
    assert (receipt.accepted, receipt.rejected) == (2, 0)
    assert readings(local, "funds") == [("990101", 12.5, None, None, 1)]


def test_the_archive_keeps_what_was_reported_and_says_by_whom(local: Campaign) -> None:
    report(local, "code,enumerators,evidence\n990101001001002,2,图\n990101001001001,,\n", "2020-08-01T17:00")
    (file,) = (local.store.home / "archive").iterdir()
    assert file.name.startswith("20200801T090000000000Z_99010100100100_")
    assert pl.read_parquet(file).rows() == [(990101001001001, None, None), (990101001001002, 2, "图")]
    about = pl.read_parquet_metadata(file)
    assert (about["author"], about["file"], about["as_of"]) == ("甲县人普办", "report.csv", "2020-08-01T17:00:00+08:00")


def test_a_report_that_an_earlier_version_left_pending_after_its_commit_is_found(local: Campaign) -> None:
    report(local, "code,enumerators\n990101001001001,1\n", "2020-08-01T17:00")
    (file,) = (local.store.home / "archive").iterdir()
    file.rename(file.with_name(f"{file.name}.pending"))
    report(local, "code,enumerators\n990101001001001,2\n", "2020-07-30T17:00", "late.csv")
    assert file.exists()
    assert readings(local, "enumerators") == [("990101001", 1.0, 1, 1, 1), ("990101001", 2.0, 1, 1, 2)]


def test_a_missing_archive_file_is_said_and_nothing_changes(local: Campaign) -> None:
    report(local, "code,enumerators\n990101001001001,1\n", "2020-08-02T17:00")
    (file,) = (local.store.home / "archive").iterdir()
    file.unlink()
    with pytest.raises(Refusal, match="missing or damaged"):
        report(local, "code,enumerators\n990101001001001,2\n", "2020-08-01T17:00", "late.csv")
    assert count(local, "batches") == 1
    assert not list((local.store.home / "archive").iterdir())


FULL_DISK = """
import resource, sys
from pathlib import Path
from models.wording import Refusal
from models.moments import read_moment, read_zone
from tasks.intake.intake import take_in
from tasks.campaign.settings import Settings
from tasks.campaign.store import open_store

store = open_store(Settings(home=Path(sys.argv[1]), _env_file=None))
moment = read_moment("2020-08-01T17:00", read_zone("Asia/Shanghai"))
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))
try:
    take_in(store, Path(sys.argv[2]), moment, "甲县", moment)
except Refusal as refusal:
    sys.exit(f"refused: {refusal.said.en}")
"""


@pytest.mark.parametrize(("limit", "in_its_commit"), [(2_000, False), (12_000, False), (40_000, True)])
def test_on_a_full_disk_nothing_is_half_stored_and_the_same_report_goes_in_later(
    local: Campaign, limit: int, in_its_commit: bool
) -> None:
    rows = "".join(f"990101001001{n:03d},{n * 7919 % 1000},{n * 104729 % 977}\n" for n in range(1, 900))
    file = local.folder / "report.csv"
    file.write_text("code,enumerators,buildings\n" + rows + "99,1,1\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(local.store.home), str(file), str(limit)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[3],
        timeout=120,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("refused:"), done.stderr
    assert (count(local, "batches"), count(local, "readings")) == (0, 0)
    assert bool(kept(local)) is in_its_commit  # then nobody knows what became of it, until somebody sweeps a day later
    receipt = take_in(local.store, file, at("2020-08-01T17:00"), "甲县", at("2020-08-03T18:00"))
    assert (receipt.accepted, receipt.rejected) == (899, 1)
    assert len([name for name in kept(local) if name.startswith("archive/")]) == 1
    assert not [name for name in kept(local) if name.endswith((".draft", ".part"))]


def test_two_offices_at_once_take_the_same_file_in_once(campaign: Campaign) -> None:
    file = campaign.folder / "report.csv"
    file.write_text("code,enumerators\n990101001001001,1\n", encoding="utf-8")
    stores = [open_store(campaign.settings) for _ in range(4)]
    with ThreadPoolExecutor(4) as offices:
        receipts = list(
            offices.map(
                lambda store: take_in(store, file, at("2020-08-01T17:00"), "甲", at("2020-08-01T18:00")), stores
            )
        )
    assert sorted(receipt.repeated for receipt in receipts) == [False, True, True, True]
    assert (count(campaign, "batches"), len(readings(campaign, "enumerators"))) == (1, 1)
    assert {receipt.batch for receipt in receipts} == {1}


def test_before_a_plan_is_loaded_no_report_is_taken_in(tmp_path: Path) -> None:
    campaign = make_campaign(tmp_path)
    with campaign.store.writing() as connection:
        connection.execute(text("DELETE FROM campaign"))
    with pytest.raises(Refusal, match="pucha load"):
        report(campaign, "code,funds_arrived\n990101,1\n", "2020-08-01T17:00")
