"""Files as offices send them: encodings, spreadsheets, and what must not be opened."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from models.wording import Refusal
from tasks.files.opening import as_frame, open_table
from tasks.files.tabular import NotSuch
from tasks.files.workbook_scan import hour_styles, percent_styles, scan_sheet, text_bytes

ROOT = Path(__file__).parents[3]
SHEET = "xl/worksheets/sheet1.xml"


def save(folder: Path, name: str, content: bytes | str) -> Path:
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def book(
    folder: Path,
    *rows: list[object],
    edit: Callable[[bytes], bytes] | None = None,
    edit_of: str = SHEET,
    **extra: bytes,
) -> Path:
    """A workbook of one sheet. edit: changes the XML of a part, the sheet's; extra: further files inside, / written __."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as workbook:
        sheet = workbook.add_worksheet("数据")
        for number, cells in enumerate(rows):
            sheet.write_row(number, 0, cells)
    file = folder / "报表.xlsx"
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, edit(content) if edit and name == edit_of else content)
        for name, content in extra.items():
            target.writestr(name.replace("__", "/"), content)
    return file


def read_table(file: Path) -> pl.DataFrame:
    return as_frame(open_table(file))


def refused(file: Path) -> Refusal:
    with pytest.raises(Refusal) as caught:
        read_table(file)
    assert file.name in caught.value.said.zh
    assert file.name in caught.value.said.en
    return caught.value


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_a_csv_is_read_in_every_encoding_and_with_every_line_end(tmp_path: Path, encoding: str, line_end: str) -> None:
    text = line_end.join(["区划代码,到位经费", "990101,12", "990102,", ""])
    found = read_table(save(tmp_path, "报表.csv", text.encode(encoding)))
    assert found.to_dicts() == [
        {"row": 2, "区划代码": "990101", "到位经费": "12"},
        {"row": 3, "区划代码": "990102", "到位经费": None},
    ]


@pytest.mark.parametrize("separator", [",", "\t", ";", "|"])
def test_the_separator_is_found_in_the_header(tmp_path: Path, separator: str) -> None:
    file = save(tmp_path, "a.txt", f"code{separator}funds\n1{separator}2\n")
    assert read_table(file).rows() == [(2, "1", "2")]


def test_row_numbers_are_those_that_people_see(tmp_path: Path) -> None:
    file = save(tmp_path, "a.csv", '\ncode,note\n1,"two\nlines"\n\n2,x\n')
    assert read_table(file).rows() == [(3, "1", "two\nlines"), (5, "2", "x")]


def test_a_short_row_ends_in_empty_cells(tmp_path: Path) -> None:
    assert read_table(save(tmp_path, "a.csv", "code,a,b\n1\n2,3\n")).rows() == [
        (2, "1", None, None),
        (3, "2", "3", None),
    ]


def test_a_name_with_wildcards_is_only_a_name(tmp_path: Path) -> None:
    save(tmp_path, "a1.csv", "code,a\n9,9\n")
    assert read_table(save(tmp_path, "a[1]*.csv", "code,a\n1,2\n")).rows() == [(2, "1", "2")]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"code,a\n1,2,3\n", "row 2 has more cells than the header"),
        (b'code,a\n1,x\n2,"open\n3,y\n', "line 3: a double quote"),
        (b"code,a\n1,\x00\x01\n", "no table that can be read"),
        (b"\x80\x81\xff\xff,\xff\n", "encoding"),
        (b"code,code\n1,2\n", "stands twice"),
        (b"PAR1not really", "damaged"),
        (b"PK\x03\x04not really", "damaged"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "old Excel"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "without a password"),
        (b'[{"code": 1}]\n', "must be one JSON object"),
        (b'{"code": 1}\n{broken\n', "must be one JSON object"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_sentence(tmp_path: Path, content: bytes, sentence: str) -> None:
    name = "a.json" if content.startswith(b"[") else "a.csv"
    assert sentence in refused(save(tmp_path, name, content)).said.en


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    assert "cannot open" in refused(tmp_path / "missing.csv").said.en


def test_no_refusal_repeats_what_stands_in_a_cell(tmp_path: Path) -> None:
    for content in ('code,a\n1,"13812345678\n', "code,a\n1,2,13812345678\n", '{"code": 1}\n{"13812345678\n'):
        refusal = refused(save(tmp_path, "a.csv", content))
        assert "13812345678" not in "".join(refusal.said)
        assert refusal.__cause__ is None


def test_json_lines_and_parquet_become_text(tmp_path: Path) -> None:
    lines = save(tmp_path, "a.jsonl", '{"code": 990101001001001, "a": 1.5}\n\n{"code": "990102", "a": null}\n')
    assert read_table(lines).rows() == [(1, "990101001001001", "1.5"), (3, "990102", None)]
    frame = pl.DataFrame({"code": [990101001001001, 990102], "a": [1.5, None]})
    frame.write_parquet(tmp_path / "a.parquet")
    assert read_table(tmp_path / "a.parquet").rows() == [(1, "990101001001001", "1.5"), (2, "990102", None)]


def test_nested_parquet_is_no_table(tmp_path: Path) -> None:
    pl.DataFrame({"code": [[1, 2]]}).write_parquet(tmp_path / "a.parquet")
    assert "no table" in refused(tmp_path / "a.parquet").said.en


def test_a_large_csv_comes_in_parts_that_make_the_same_whole(tmp_path: Path) -> None:
    file = save(tmp_path, "a.csv", "\ncode,a\n" + "".join(f"{n},{n % 7}\n" for n in range(1, 600_001)))
    parts = list(open_table(file, at_once=1_000).parts())
    assert len(parts) > 1
    (whole,) = open_table(file).parts()
    assert pl.concat(parts).equals(whole)
    assert whole.row(0) == ("1", "1", 3)
    assert whole["row"][-1] == 600_002


def test_columns_that_are_numbers_throughout_may_be_read_as_such(tmp_path: Path) -> None:
    kinds = {"c0": pl.Int64(), "c1": pl.Int32()}
    table = open_table(save(tmp_path, "a.csv", "code,a\n1,2\n3,\n"))
    assert [part.rows() for part in table.parts_as(kinds)] == [[(1, 2, 2), (3, None, 3)]]
    other = open_table(save(tmp_path, "b.csv", "code,a\n1,2\n3,x\n"))
    with pytest.raises(NotSuch):
        list(other.parts_as(kinds))
    assert [part.rows() for part in other.parts()] == [[("1", "2", 2), ("3", "x", 3)]]


def test_a_workbook_is_read_as_a_person_sees_it(tmp_path: Path) -> None:
    file = book(
        tmp_path, [], ["区划代码", "到位经费", "备注"], [990101001001001, 12.5, True], [], ["990102", 1e16, None]
    )
    assert read_table(file).rows() == [(3, "990101001001001", "12.5", "TRUE"), (5, "990102", "10000000000000000", None)]


def test_a_formula_gives_its_result_and_one_without_a_result_is_told(tmp_path: Path) -> None:
    more = (
        b'<row r="3"><c r="A3"><v>990102</v></c><c r="B3"><f>1+1</f><v>2</v></c></row>'
        b'<row r="4"><c r="A4"><v>990103</v></c><c r="B4"><f>1+1</f></c></row>'
        b'<row r="5"><c r="A5"><v>990104</v></c><c r="B5" t="str"><f>""</f><v></v></c></row></sheetData>'
    )
    table = open_table(
        book(tmp_path, ["code", "funds"], [990101, 1], edit=lambda xml: xml.replace(b"</sheetData>", more))
    )
    (part,) = table.parts()
    assert part.rows() == [(2, "990101", "1"), (3, "990102", "2"), (4, "990103", None), (5, "990104", None)]
    assert table.layout.unvalued.rows() == [(4, 1, "B4")]


@pytest.mark.parametrize(
    ("inside", "sentence"),
    [
        ("xl__vbaProject.bin", "holds macros"),
        ("xl__macrosheets__sheet1.xml", "holds macros"),
        ("xl__externalLinks__externalLink1.xml", "links to other files"),
        ("xl__connections.xml", "links to other files"),
        ("xl__embeddings__oleObject1.bin", "embedded files"),
    ],
)
def test_a_workbook_with_more_than_cells_is_refused(tmp_path: Path, inside: str, sentence: str) -> None:
    assert sentence in refused(book(tmp_path, ["code"], [1], **{inside: b"x"})).said.en


def merged(*cells: str) -> Callable[[bytes], bytes]:
    """A sheet with these cells merged."""
    listed = "".join(f'<mergeCell ref="{one}"/>' for one in cells)
    return lambda xml: xml.replace(b"</sheetData>", f"</sheetData><mergeCells>{listed}</mergeCells>".encode())


def test_merged_cells_below_the_header_are_named_with_their_cure(tmp_path: Path) -> None:
    refusal = refused(book(tmp_path, ["经费表"], ["code", "funds"], ["99", 1], ["", 2], edit=merged("A1:B1", "A3:A4")))
    assert "的表头以下有合并单元格（A3:A4），请取消合并" in refusal.said.zh


def test_a_merged_title_and_a_header_over_two_rows_are_read_past(tmp_path: Path) -> None:
    rows: list[list[object]] = [["经费表"], ["区划代码", "经费", ""], ["", "应到", "实到"], ["990101", 2, 1]]
    table = open_table(book(tmp_path, *rows, edit=merged("A1:C1", "A2:A3", "B2:C2")))
    assert table.columns == ("区划代码", "应到", "实到")
    assert [part.rows() for part in table.parts()] == [[(4, "990101", "2", "1")]]
    assert table.above == 1


@pytest.mark.parametrize("over", ["经费表\n", "经费表,,\n填报单位：甲县\n\n", "sep=,\n经费表\n", "单位：元;\n"])
def test_lines_over_the_header_of_a_csv_are_read_past_and_counted(tmp_path: Path, over: str) -> None:
    table = open_table(save(tmp_path, "a.csv", f"{over}*区划代码,经费,实到\n990101,2,1\n"))
    assert table.columns == ("*区划代码", "经费", "实到")
    assert [part.select("row", "c0", "c1", "c2").rows() for part in table.parts()] == [
        [(over.count("\n") + 2, "990101", "2", "1")]
    ]
    assert table.above == len([line for line in over.splitlines() if line and not line.startswith("sep")])


def test_the_first_line_is_the_header_where_none_has_a_code_within_ten(tmp_path: Path) -> None:
    lines = "说明\n" * 11
    table = open_table(save(tmp_path, "a.csv", f"{lines}code,funds\n1,2\n"))
    assert table.columns == ("说明",)
    ten = open_table(save(tmp_path, "b.csv", f"{lines[3:]}code,funds\n1,2\n"))
    assert ten.columns == ("code", "funds")


@pytest.mark.parametrize(
    "page",
    [
        "<html><table><tr><td>区划代码</td></tr></table></html>",
        "\ufeff\n<!DOCTYPE html>\n<html></html>",
        '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"></Workbook>',
        "<TABLE><tr><td>code</td></tr></TABLE>",
        "<div class='x'><table></table></div>",
        "MIME-Version: 1.0\nContent-Type: multipart/related\n\n<html></html>",
    ],
)
def test_a_web_page_under_the_name_of_a_workbook_is_told_from_a_table(tmp_path: Path, page: str) -> None:
    assert "实为网页或 XML" in refused(save(tmp_path, "导出.xls", page)).said.zh


def test_a_web_page_in_utf_16_is_one_too(tmp_path: Path) -> None:
    assert "实为网页或 XML" in refused(save(tmp_path, "导出.xls", "<html></html>".encode("utf-16"))).said.zh


def test_chinese_commas_between_columns_are_named(tmp_path: Path) -> None:
    assert "中文逗号" in refused(save(tmp_path, "a.csv", "经费表\n区划代码，经费\n990101，1\n")).said.zh
    assert read_table(save(tmp_path, "b.csv", "说明，一\n区划代码,经费\n990101,1\n")).height == 1


def test_cells_far_apart_are_named_before_memory_is_spent(tmp_path: Path) -> None:
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    refusal = refused(book(tmp_path, ["code"], [1], edit=lambda xml: xml.replace(b"</sheetData>", far)))
    assert "“数据”在 XFD1048576 处" in refusal.said.zh


def test_a_workbook_that_kills_its_reader_kills_only_that(tmp_path: Path) -> None:
    # small letters hide the far cell from the first look, not from the reader
    hidden = b'<row r="1048576"><c r="xfd1048576"><v>1</v></c></row></sheetData>'
    refusal = refused(book(tmp_path, ["code"], [1], edit=lambda xml: xml.replace(b"</sheetData>", hidden)))
    assert "cannot be read safely" in refusal.said.en


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    file = book(tmp_path, ["code"], [1])
    content = bytearray(file.read_bytes())
    entry = content.rfind(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = (3 * 1024**3).to_bytes(4, "little")
    file.write_bytes(content)
    assert "unpacks to far more" in refused(file).said.en


@pytest.mark.parametrize(
    ("part", "within", "many"),
    [
        ("xl/styles.xml", b"</cellXfs>", b'<xf numFmtId="0"/>' * 1_000_000),
        ("xl/workbook.xml", b"</sheets>", b'<sheet name="a" sheetId="2" r:id="rId1"/>' * 500_000),
        ("xl/_rels/workbook.xml.rels", b"</Relationships>", b'<Relationship Id="r" Type="t"/>' * 600_000),
        ("xl/sharedStrings.xml", b"</t>", b"x" * 600_000),
        ("xl/worksheets/sheet1.xml", b"</sheetData>", b"<row/>" * 12_000_000),
    ],
)
def test_a_part_that_says_more_than_a_workbook_can_is_not_read(
    tmp_path: Path, part: str, within: bytes, many: bytes
) -> None:
    file = book(tmp_path, ["code"], ["x"], edit_of=part, edit=lambda xml: xml.replace(within, many + within, 1))
    assert "解压后过大" in refused(file).said.zh


def test_marks_that_are_never_closed_are_looked_at_once(tmp_path: Path) -> None:
    file = book(tmp_path, ["code"], ["x"], **{"xl__comments1.xml": b"<p>" * 300_000})
    assert read_table(file).to_dicts() == [{"row": 2, "code": "x"}]


@pytest.mark.wall_clock
@pytest.mark.parametrize(
    "xml",
    [
        b"<f/>" + (b"<c " + b'r="A1" ' * 30_000) * 2 + b"<",
        (b"<row " + b'hidden="1" ' * 20_000) * 2 + b"<",
        (b"<c " + b't="s" ' * 40_000) * 2 + b"<",
        b"<cellXfs " * 300_000,
    ],
)
def test_no_text_of_a_sheet_makes_an_expression_look_again_and_again(xml: bytes) -> None:
    begun = time.monotonic()
    scan_sheet(xml, {1}, 10, {2})
    percent_styles(xml)
    hour_styles(xml)
    text_bytes(xml, [10], 1)
    assert time.monotonic() - begun < 5


def test_an_archive_is_no_workbook(tmp_path: Path) -> None:
    file = tmp_path / "报表.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.csv", "code\n1\n")
    assert "an archive" in refused(file).said.en


@pytest.mark.parametrize("edit", [lambda xml: xml[:300], lambda xml: xml[:0]])
def test_a_damaged_workbook_is_said(tmp_path: Path, edit: Callable[[bytes], bytes]) -> None:
    said = refused(book(tmp_path, ["code"], [1], edit=edit)).said.en
    assert "damaged" in said or "is empty" in said


def test_of_several_sheets_one_may_hold_data_and_all_are_looked_through(tmp_path: Path) -> None:
    file = tmp_path / "报表.xlsx"
    with xlsxwriter.Workbook(str(file)) as workbook:
        workbook.add_worksheet("空")
        sheet = workbook.add_worksheet("数据")
        sheet.write_row(0, 0, ["code", "funds"])
        sheet.write_row(1, 0, ["990101", 1])
        hidden = workbook.add_worksheet("清单")
        hidden.write_row(0, 0, ["13812345678"])
        hidden.hide()
        sheet.activate()
        sheet.set_first_sheet()
    table = open_table(file)
    assert [part.rows() for part in table.parts()] == [[(2, "990101", "1")]]
    assert [(place, cells.rows()) for place, cells in table.elsewhere] == [("清单!1", [(1, "13812345678")])]


def test_two_sheets_with_data_are_refused_by_name(tmp_path: Path) -> None:
    file = tmp_path / "报表.xlsx"
    with xlsxwriter.Workbook(str(file)) as workbook:
        for name in ("甲县", "乙县"):
            workbook.add_worksheet(name).write_row(0, 0, ["code"])
    assert "（甲县、乙县）" in refused(file).said.zh


@pytest.mark.parametrize("name", ["报表.csv", "报表.jsonl", "报表.parquet", "报表.xlsx"])
def test_a_name_in_the_bytes_of_chinese_windows_is_read_and_shown_as_it_was_meant(tmp_path: Path, name: str) -> None:
    plain = tmp_path / name
    if name.endswith("parquet"):
        pl.DataFrame({"code": ["1"]}).write_parquet(plain)
    elif name.endswith("xlsx"):
        book(tmp_path, ["code"], ["1"])
    else:
        plain.write_text("code\n1\n" if name.endswith("csv") else '{"code": 1}\n')
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name.encode("gbk")))
    plain.rename(odd)
    assert open_table(odd).name == name
    assert read_table(odd)["code"].to_list() == ["1"]


def test_a_pipe_a_device_and_a_folder_are_no_files_and_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    for path in (tmp_path / "pipe.csv", Path("/dev/zero"), tmp_path):
        assert "no plain file" in refused(path).said.en


def test_a_file_named_after_a_person_is_refused_without_its_name(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as caught:
        open_table(save(tmp_path, "户主13812345678.csv", "code\n1\n"))
    assert "手机号码" in caught.value.said.zh
    assert "1381" not in "".join(caught.value.said)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("sep=;\ncode;a\n1;2\n", [(3, "1", "2")]),
        ('"sep=,"\ncode,a\n1,2\n', [(3, "1", "2")]),
        ("code,a\n1,2,,\n3,4,\n", [(2, "1", "2"), (3, "3", "4")]),
        ("code,a\n1,2\n\x1a", [(2, "1", "2")]),
    ],
)
def test_what_spreadsheets_and_old_programs_put_around_a_table_is_read_over(
    tmp_path: Path, text: str, rows: list[tuple[object, ...]]
) -> None:
    assert read_table(save(tmp_path, "a.csv", text)).rows() == rows


def test_rows_that_are_too_long_are_read_once_when_they_come_in_parts(tmp_path: Path) -> None:
    text = "code,a\n" + "".join(f"{n},1\n" for n in range(600_000)) + "600000,1,\n"
    table = open_table(save(tmp_path, "a.csv", text), at_once=1_000)
    assert pl.concat(table.parts())["row"].to_list() == list(range(2, 600_003))


@pytest.mark.parametrize("text", ["区划代码,到位经费\n990101,12\n", "code,evidence\n990101,会议纪要第三号函\n"])
def test_utf_8_with_half_a_character_is_no_gb18030(tmp_path: Path, text: str) -> None:
    whole = text.encode()
    last = max(place for place, byte in enumerate(whole) if byte >= 0x80)
    assert "the text is damaged" in refused(save(tmp_path, "a.csv", whole[:last] + whole[last + 1 :])).said.en


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('{"code": 1, "a": {"name": "x"}}', "line 1 is nested"),
        ('{"code": 1, "a": [[1]]}', "line 1 is nested"),
        ('{"code": 1, "a": [{"name": "x"}]}', "line 1 is nested"),
        ('{"code": 1, "a": 1, "a": 2}', "a field stands twice"),
        ('{"code": ' + "[" * 100_000, "must be one JSON object"),
        ('{"code": NaN}', "must be one JSON object"),
    ],
)
def test_json_lines_are_flat(tmp_path: Path, line: str, sentence: str) -> None:
    assert sentence in refused(save(tmp_path, "a.jsonl", line + "\n")).said.en


def test_a_list_in_a_line_is_a_cell_with_several_values(tmp_path: Path) -> None:
    lines = save(tmp_path, "a.jsonl", '{"a": ["visit", "签字"], "b": ["call"], "c": [], "d": 1}\n')
    assert read_table(lines).rows() == [(1, "visit、签字", "call", None, "1")]


def test_numbers_of_programs_keep_all_their_digits_and_no_power_of_ten(tmp_path: Path) -> None:
    lines = save(tmp_path, "a.jsonl", '{"a": 440308199901101512, "b": 1.3812345678e10, "c": "\\ud800x"}\n')
    assert read_table(lines).rows() == [(1, "440308199901101512", "13812345678", "\ufffdx")]
    tiny = save(tmp_path, "b.jsonl", '{"a": 1.5e-7, "b": 1.40105e5, "c": 1e999999999}\n')
    assert read_table(tiny).rows() == [(1, "0.00000015", "140105", "1e999999999")]
    held = {"a": [13812345678.0], "b": [0.1], "c": [440308199901101504.0], "d": [1.5e-7]}
    pl.DataFrame(held).write_parquet(tmp_path / "a.parquet")
    whole = ("13812345678", "0.1", "440308199901101504", "0.00000015")
    assert read_table(tmp_path / "a.parquet").rows() == [(1, *whole)]
    assert read_table(book(tmp_path, ["a"], [13812345678.0])).rows() == [(2, "13812345678")]


def test_an_error_and_a_percentage_are_read_as_the_sheet_shows_them(tmp_path: Path) -> None:
    more = b'<row r="3"><c r="A3" t="e"><v>#DIV/0!</v></c><c r="B3" s="1"><v>0.955</v></c></row></sheetData>'
    file = book(tmp_path, ["code", "a"], [1, 2], edit=lambda xml: xml.replace(b"</sheetData>", more))
    with zipfile.ZipFile(file) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    parts["xl/styles.xml"] = b'<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="10"/></cellXfs></styleSheet>'
    with zipfile.ZipFile(file, "w") as target:
        for name, content in parts.items():
            target.writestr(name, content)
    assert read_table(file).rows() == [(2, "1", "2"), (3, "#ERROR", "95.500%")]


def test_midnight_is_read_as_an_hour_where_the_sheet_shows_one(tmp_path: Path) -> None:
    with_hour = ("yyyy-mm-dd hh:mm", 'yyyy"年"m"月"d"日" h"时"', "m/d/yy h:mm")
    without = ("yyyy-mm-dd", 'yyyy-mm-dd "h"', "[$-804]yyyy-mm-dd")
    file = tmp_path / "值班.xlsx"
    with xlsxwriter.Workbook(str(file)) as workbook:
        sheet = workbook.add_worksheet("值班")
        sheet.write_row(0, 0, ["code", *"abcdef"])
        sheet.write_number(1, 0, 140105)
        for place, shown_as in enumerate((*with_hour, *without), 1):
            sheet.write_datetime(1, place, datetime(2020, 11, 2), workbook.add_format({"num_format": shown_as}))
    assert read_table(file).row(0) == (2, "140105", *["2020-11-02T00:00:00"] * 3, *["2020-11-02"] * 3)


def test_hidden_rows_are_counted(tmp_path: Path) -> None:
    more = b'<row r="3" hidden="1"><c r="A3"><v>1</v></c></row></sheetData>'
    file = book(tmp_path, ["code"], [1], edit=lambda xml: xml.replace(b"</sheetData>", more))
    assert open_table(file).layout.hidden_rows == 1


def test_the_sheet_with_codes_is_the_report_and_the_others_are_looked_through(tmp_path: Path) -> None:
    file = tmp_path / "报表.xlsx"
    with xlsxwriter.Workbook(str(file)) as workbook:
        workbook.add_worksheet("填报说明").write_row(0, 0, ["一、填报范围"])
        workbook.add_worksheet("数据").write_row(0, 0, ["*区划代码", "到位经费"])
    table = open_table(file)
    assert table.columns == ("*区划代码", "到位经费")
    assert [place for place, _ in table.elsewhere] == ["填报说明!1"]


def test_a_sheet_named_after_a_person_is_refused_without_its_name(tmp_path: Path) -> None:
    file = tmp_path / "报表.xlsx"
    with xlsxwriter.Workbook(str(file)) as workbook:
        for name in ("13812345678", "乙"):
            workbook.add_worksheet(name).write_row(0, 0, ["code"])
    assert "1381" not in "".join(refused(file).said)


@pytest.mark.parametrize(
    ("inside", "sentence"),
    [
        ({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}, "an .ods table"),
        ({"mimetype": b"application/vnd.oasis.opendocument.text"}, "a document"),
        ({"word/document.xml": b"x"}, "a document"),
        ({"xl\\workbook.xml": b"x"}, "does not keep to the standard"),
        ({"a.csv": b"x"}, "is an archive"),
    ],
)
def test_an_archive_that_is_no_workbook_is_called_by_what_it_is(
    tmp_path: Path, inside: dict[str, bytes], sentence: str
) -> None:
    file = tmp_path / "a.xlsx"
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in inside.items():
            archive.writestr(name, content)
    assert sentence in refused(file).said.en


def stuffed(folder: Path, kind: str) -> Path:
    """A small file that stands for far more than it holds."""
    if kind == "parquet":
        pl.DataFrame({f"c{n}": pl.repeat("x" * 20, 3_000_000, eager=True) for n in range(3)}).write_parquet(
            folder / "a"
        )
        return folder / "a"
    if kind == "one text":
        frame = pl.DataFrame(
            {"code": pl.repeat("x" * 30_000, 20_000, eager=True), "a": pl.repeat(1.0, 20_000, eager=True)}
        )
        frame.write_parquet(folder / "a", compression="zstd")
        return folder / "a"
    if kind == "line":
        return save(folder, "a.csv", b"code,a\n1," + b"x" * (3 * 1024**2))
    if kind == "cell":
        return save(folder, "a.csv", b"code,a\n1," + b"x" * 140_000 + b"\n")
    if kind == "columns":
        return save(folder, "a.csv", ",".join(f"c{n}" for n in range(400)) + "\n")
    cells = {
        "texts": b'<row r="3">' + b'<c r="A3" t="s"><v>0</v></c>' * 10_000 + b"</row></sheetData>",
        "text": b'<row r="3"><c r="A3" t="inlineStr"><is><t>' + b"x" * 3_000_000 + b"</t></is></c></row></sheetData>",
        "row": b'<row r="3">' + b"<c><v>1</v></c>" * 3_000 + b"</row></sheetData>",
        "marks": b"<c " * 2_000_000 + b"</sheetData>",
    }[kind]
    return book(folder, ["长" * 32_000], [1], edit=lambda xml: xml.replace(b"</sheetData>", cells))


@pytest.mark.wall_clock
@pytest.mark.parametrize("kind", ["parquet", "one text", "line", "cell", "columns", "texts", "text", "row", "marks"])
def test_a_file_that_stands_for_more_than_it_holds_is_refused_in_seconds_and_little_memory(
    tmp_path: Path, kind: str
) -> None:
    file = stuffed(tmp_path, kind)
    program = (
        "import sys; from pathlib import Path; from tasks.files.opening import as_frame, open_table\n"
        "from models.wording import Refusal\n"
        "try: as_frame(open_table(Path(sys.argv[1]))); print('read')\n"
        "except Refusal: print(next(one for one in open('/proc/self/status') if 'VmHWM' in one).split()[1])"
    )
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", program, str(file)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 400 * 1024  # KiB of its own; getrusage would count those of whoever started it
    assert time.monotonic() - begun < 10
