"""A copy of a sender's workbook with marks: what is put in, and that everything else stays as it came."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
import xlsxwriter
from worlds.workbooks import MAIN, fill_in, notes_of, part_of

from tasks.files.marked_workbook import CannotBeMarked, Mark, write_marked
from tasks.files.opening import open_table

ROWS = [["区划代码", "专题会议", "备注"], ["140105", "两次", "甲"], ["140106", 2]]
RED = "FFFF9999"
Edit = Callable[[xlsxwriter.Workbook, xlsxwriter.worksheet.Worksheet], None]


def book(folder: Path, edit: Edit | None = None) -> Path:
    file = folder / "报表.xlsx"
    with xlsxwriter.Workbook(str(file)) as workbook:
        sheet = workbook.add_worksheet("数据")
        for number, cells in enumerate(ROWS):
            sheet.write_row(number, 0, cells)
        if edit:
            edit(workbook, sheet)
    return file


def marked(file: Path, *marks: Mark, sheet: str = "数据") -> Path:
    copy = file.with_name("副本.xlsx")
    write_marked(file, copy, {sheet: marks}, "普查系统")
    return copy


def parts(file: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as archive:
        assert len(set(archive.namelist())) == len(archive.namelist())
        return {name: archive.read(name) for name in archive.namelist()}


def red_cells(file: Path, sheet: str = "数据") -> set[str]:
    """The cells of a sheet that are filled with red."""
    styles = ElementTree.fromstring(parts(file)["xl/styles.xml"])
    fills = list(styles.find(f"{MAIN}fills") or [])
    red = {place for place, fill in enumerate(fills) if any(one.get("rgb") == RED for one in fill.iter())}
    formats = list(styles.find(f"{MAIN}cellXfs") or [])
    shapes = {place for place, one in enumerate(formats) if int(one.get("fillId", "0")) in red}
    cells = ElementTree.fromstring(part_of(file, sheet)).iter(f"{MAIN}c")
    return {cell.get("r", "") for cell in cells if int(cell.get("s", "0")) in shapes}


def test_marked_cells_are_red_with_a_note_and_no_others(tmp_path: Path) -> None:
    copy = marked(book(tmp_path), Mark(2, 1, "“专题会议”不是数"), Mark(3, 0, "没有这个单位"))

    assert red_cells(copy) == {"B2", "A3"}
    assert notes_of(copy) == {"B2": "“专题会议”不是数", "A3": "没有这个单位"}


def test_an_empty_cell_is_marked_too_between_its_neighbours(tmp_path: Path) -> None:
    copy = marked(book(tmp_path), Mark(3, 2, "不能为空"))

    assert red_cells(copy) == {"C3"}
    assert re.findall(r'<c r="([A-Z]3)"', part_of(copy, "数据")) == ["A3", "B3", "C3"]


def test_two_reasons_at_one_cell_stand_in_one_note(tmp_path: Path) -> None:
    copy = marked(book(tmp_path), Mark(2, 1, "不是数"), Mark(2, 1, "大于上限"))
    assert notes_of(copy) == {"B2": "不是数\n大于上限"}


def test_what_a_cell_looked_like_stays_but_for_its_colour(tmp_path: Path) -> None:
    def shape(workbook: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
        sheet.write(1, 1, "两次", workbook.add_format({"bold": True, "locked": False, "num_format": "@"}))

    file = book(tmp_path, shape)
    copy = marked(file, Mark(2, 1, "不是数"))

    before, after = (
        list(ElementTree.fromstring(parts(one)["xl/styles.xml"]).find(f"{MAIN}cellXfs") or [])[-1]
        for one in (file, copy)
    )
    but = ("fillId", "applyFill")
    assert {k: v for k, v in after.items() if k not in but} == {k: v for k, v in before.items() if k not in but}
    assert before.find(f"{MAIN}protection") is not None
    assert after.find(f"{MAIN}protection") is not None


def test_a_note_that_the_sender_wrote_stays_above_ours(tmp_path: Path) -> None:
    def note(_: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
        sheet.write_comment("B2", "待核")
        sheet.write_comment("C2", "另注")

    copy = marked(book(tmp_path, note), Mark(2, 1, "不是数"), Mark(2, 0, "没有这个单位"))

    assert notes_of(copy) == {"B2": "待核\n不是数", "C2": "另注", "A2": "没有这个单位"}
    (drawing,) = [data for name, data in parts(copy).items() if name.endswith(".vml")]
    assert len(re.findall(b"<v:shape ", drawing)) == 3
    assert len(set(re.findall(b'id="(_x0000_s[0-9]+)"', drawing))) == 3


def test_every_other_part_is_as_it_came(tmp_path: Path) -> None:
    def more(workbook: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
        sheet.data_validation("B2:B9", {"validate": "list", "source": ["1", "2"]})
        sheet.conditional_format(
            "B2:B9", {"type": "cell", "criteria": ">", "value": 1, "format": workbook.add_format()}
        )
        chart = workbook.add_chart({"type": "column"})
        chart.add_series({"values": "=数据!$B$2:$B$3"})
        sheet.insert_chart("E2", chart)
        workbook.add_worksheet("说明").write(0, 0, "一、填报范围")

    file = book(tmp_path, more)
    before, after = parts(file), parts(marked(file, Mark(2, 1, "不是数")))

    changed = {name for name in before if before[name] != after[name]}
    assert changed == {
        "[Content_Types].xml",
        "xl/styles.xml",
        "xl/worksheets/sheet1.xml",
        "xl/worksheets/_rels/sheet1.xml.rels",
    }
    assert after.keys() - before.keys() == {"xl/comments1.xml", "xl/drawings/vmlDrawing1.vml"}
    sheet = after["xl/worksheets/sheet1.xml"]
    assert b"<dataValidation " in sheet and b"<conditionalFormatting " in sheet
    assert sheet.index(b"<drawing ") < sheet.index(b"<legacyDrawing ")


def test_a_sheet_whose_marks_have_a_prefix_is_marked_too(tmp_path: Path) -> None:
    file = book(tmp_path)
    with zipfile.ZipFile(file) as archive:
        all_parts = {name: archive.read(name) for name in archive.namelist()}
    xml = all_parts["xl/worksheets/sheet1.xml"].decode()
    xml = re.sub(r"<(/?)(?=[a-zA-Z])", r"<\1x:", xml).replace(f'xmlns="{MAIN[1:-1]}"', f'xmlns:x="{MAIN[1:-1]}"')
    all_parts["xl/worksheets/sheet1.xml"] = xml.encode()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in all_parts.items():
            archive.writestr(name, data)

    copy = marked(file, Mark(2, 1, "不是数"))

    assert red_cells(copy) == {"B2"}
    assert open_table(copy).columns == ("区划代码", "专题会议", "备注")


def test_the_copy_can_be_mended_and_read_again(tmp_path: Path) -> None:
    copy = marked(book(tmp_path), Mark(2, 1, "不是数"))
    (part,) = open_table(fill_in(copy, {"数据": {"B2": 2}})).parts()
    assert part["c1"].to_list() == ["2", "2"]


def test_the_same_marks_make_the_same_copy(tmp_path: Path) -> None:
    file = book(tmp_path)
    first = marked(file, Mark(2, 1, "不是数")).read_bytes()
    assert marked(file, Mark(2, 1, "不是数")).read_bytes() == first


@pytest.mark.parametrize(("sheet", "row"), [("没有", 2), ("数据", 99)])
def test_a_mark_that_has_no_place_is_refused(tmp_path: Path, sheet: str, row: int) -> None:
    with pytest.raises(CannotBeMarked):
        marked(book(tmp_path), Mark(row, 1, "不是数"), sheet=sheet)
