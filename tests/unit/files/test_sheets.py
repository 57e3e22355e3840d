"""What a workbook has beside the text of its cells: what is hidden in it, what is merged, and where its table is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter

from models.wording import Refusal
from tasks.files.opening import as_frame, open_table

Sheet = xlsxwriter.worksheet.Worksheet
HEADER = ["区划代码", "单位名称", "专题会议", "到位经费"]
ROWS = [HEADER, ["140105", "甲县", 1, 7], ["140106", "乙县", 2, 8]]


def book(
    folder: Path, *sheets: tuple[str, list[list[object]]], edit: Callable[[list[Sheet]], object] | None = None
) -> Path:
    file = folder / "报表.xlsx"
    with xlsxwriter.Workbook(str(file)) as workbook:
        made = []
        for name, rows in sheets:
            made.append(workbook.add_worksheet(name))
            for number, cells in enumerate(rows):
                made[-1].write_row(number, 0, cells)
        if edit:
            edit(made)
    return file


def test_hidden_columns_are_named_and_read(tmp_path: Path) -> None:
    def hide(sheets: list[Sheet]) -> None:
        sheets[0].set_column(2, 3, None, None, {"hidden": True})
        sheets[0].set_column(5, 9, None, None, {"hidden": True})

    table = open_table(book(tmp_path, ("数据", ROWS), edit=hide))
    assert table.layout.hidden_columns == ("专题会议", "到位经费")
    assert as_frame(table).height == 2


def test_rows_and_columns_without_height_or_width_are_hidden(tmp_path: Path) -> None:
    def hide(sheets: list[Sheet]) -> None:
        sheets[0].set_row(2, 0)
        sheets[0].set_column(3, 3, 0)

    layout = open_table(book(tmp_path, ("数据", ROWS), edit=hide)).layout
    assert (layout.hidden_rows, layout.hidden_columns) == (1, ("到位经费",))


def test_nothing_is_hidden_in_a_table_of_ordinary_rows_and_columns(tmp_path: Path) -> None:
    def size(sheets: list[Sheet]) -> None:
        sheets[0].set_row(2, 10)
        sheets[0].set_column(3, 3, 0.5)

    layout = open_table(book(tmp_path, ("数据", ROWS), edit=size)).layout
    assert (layout.hidden_rows, layout.hidden_columns, layout.hidden_sheets) == (0, (), ())


def test_a_hidden_sheet_is_named_and_not_read(tmp_path: Path) -> None:
    file = book(
        tmp_path, ("数据", ROWS), ("底表", ROWS), ("空表", []), edit=lambda sheets: [s.hide() for s in sheets[1:]]
    )
    table = open_table(file)
    assert table.layout.hidden_sheets == ("底表",)
    assert as_frame(table).height == 2


@pytest.mark.parametrize("cover", [[], [["填报说明"]]])
def test_a_table_that_is_only_in_a_hidden_sheet_is_said_to_be_there(tmp_path: Path, cover: list[list[object]]) -> None:
    file = book(tmp_path, ("封面", cover), ("底表", ROWS), edit=lambda sheets: sheets[1].hide())
    with pytest.raises(Refusal, match=r"in a hidden sheet \(底表\)"):
        open_table(file)


def test_the_sheet_with_names_of_units_is_the_table_where_none_has_codes(tmp_path: Path) -> None:
    named = [["单位名称", "专题会议"], ["甲县", 1]]
    table = open_table(book(tmp_path, ("填报说明", [["一、填报范围"]]), ("数据", named)))
    assert table.columns == ("单位名称", "专题会议")


def test_merged_cells_below_the_header_are_told_by_row_and_column(tmp_path: Path) -> None:
    def merge(sheets: list[Sheet]) -> None:
        sheets[0].merge_range("A4:A5", "140106")
        sheets[0].merge_range("A6:C6", "合计")
        sheets[0].merge_range("A1:D1", "情况表")

    table = open_table(book(tmp_path, ("数据", [["情况表"], *ROWS, ["", "丙县", 3], ["合计"]]), edit=merge))
    assert sorted(table.layout.merged.rows()) == [("A4:A5", 4, 5, 0, 0), ("A6:C6", 6, 6, 0, 2)]
    with pytest.raises(Refusal, match=r"merged cells below its header \(A4:A5\)"):
        as_frame(table)
