"""What a form is as a file: rules of cells, locks, lists, names of sheets, and texts that stay texts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import polars as pl
import pytest
from worlds.workbooks import MAIN, part_of

from tasks.files.opening import open_tables
from tasks.forms.sheets import FormColumn, FormSheet, Guide
from tasks.forms.workbook import write_form

AT = datetime(2020, 8, 10, 9, 0, tzinfo=UTC)
GUIDE = Guide(
    "填报说明", "填报表", ("填报单位：甲县",), ("1. 白色单元格填写。",), (("owed", "应办"),), ("序号", "事项"), (), ""
)
CODE = FormColumn("区划代码", "code", "text", "key", 15)
ROW = FormColumn("序号", "row", "number", "key", 12)
STATES = ("已接收", "核实中", "已办结")
STATE = FormColumn(
    "状态",
    "state",
    "text",
    "own",
    12,
    choices=STATES,
    following={"已接收": ("已接收", "核实中"), "核实中": ("核实中", "已办结"), "已办结": ("已办结",)},
)
DUE = FormColumn("办理期限", "due", "date", "own", 13, days=(date(2015, 11, 1), date(2025, 11, 1)))
FOUND = FormColumn("发现时刻", "found", "moment", "own", 18, days=(date(2015, 11, 1), date(2025, 11, 1)))
LEFT = FormColumn("尚缺（不填）", "left", "number", "never", 12, reported=False)
OWED = FormColumn("应办事项（不填）", "", "text", "never", 34)
MARK = FormColumn("校对码（不填）", "", "text", "never", 4)


def choosing(*choices: str, several: bool = False) -> FormColumn:
    return FormColumn("类别", "kind", "text", "own", 12, choices=choices, several=several)


def written(
    folder: Path,
    *columns: FormColumn,
    rows: Sequence[Sequence[Any]] = (),
    looks: Sequence[int] | None = None,
    **more: Any,
) -> Path:
    """A form of one sheet with these columns beside code, number and marks."""
    own = (CODE, ROW, *columns, OWED, MARK)
    kinds = {"text": pl.String, "number": pl.Float64, "date": pl.Date, "moment": pl.Datetime("us")}
    schema = {f"c{place}": kinds[one.kind] for place, one in enumerate(own[:-1])}
    frame = pl.DataFrame([tuple(row) for row in rows], schema=schema, orient="row")
    marks = pl.Series(looks or [0] * frame.height, dtype=pl.Int64)
    about = {
        "name": "问题清单",
        "title": "问题清单",
        "lines": ("白色单元格填写。",),
        "columns": own,
        "rows": frame,
        "looks": marks,
    }
    file = folder / "表.xlsx"
    write_form(file, GUIDE, [FormSheet(**{**about, **more})], AT, "zh")
    return file


def rules(file: Path, sheet: str = "问题清单") -> dict[str, ElementTree.Element]:
    """The rule of each stretch of cells."""
    found = ElementTree.fromstring(part_of(file, sheet)).iter(f"{MAIN}dataValidation")
    return {place: one for one in found for place in (one.get("sqref") or "").split()}


def choices_of(rule: ElementTree.Element) -> str:
    return rule.findtext(f"{MAIN}formula1") or ""


def locks(file: Path) -> dict[str, bool]:
    """Which cells are locked, of those that are there."""
    import zipfile

    with zipfile.ZipFile(file) as archive:
        styles = ElementTree.fromstring(archive.read("xl/styles.xml"))
    formats = list(styles.find(f"{MAIN}cellXfs") or [])
    open_ = {
        place
        for place, one in enumerate(formats)
        if (one.find(f"{MAIN}protection") is not None and one.find(f"{MAIN}protection").get("locked") == "0")  # type: ignore[union-attr]
    }
    cells = ElementTree.fromstring(part_of(file, "问题清单")).iter(f"{MAIN}c")
    return {cell.get("r", ""): int(cell.get("s", "0")) not in open_ for cell in cells}


def test_a_row_may_go_where_its_state_lets_it_and_a_new_row_anywhere(tmp_path: Path) -> None:
    rows = [("990101", 1.0, "已接收", None), ("990101", 2.0, "核实中", None), ("990101", 3.0, "已接收", None)]
    found = rules(written(tmp_path, STATE, rows=rows))

    assert choices_of(found["C4"]) == choices_of(found["C6"]) == '"已接收,核实中"'
    assert choices_of(found["C5"]) == '"核实中,已办结"'
    assert choices_of(found["C7:C1006"]) == '"已接收,核实中,已办结"'


def test_keys_are_locked_where_a_row_is_there_and_open_below_it(tmp_path: Path) -> None:
    found = locks(written(tmp_path, STATE, LEFT, rows=[("990101", 1.0, "已接收", 3.0, None)]))

    assert [found[place] for place in ("A4", "B4", "C4", "D4", "E4")] == [True, True, False, True, True]
    assert [found[place] for place in ("A5", "B5", "C5", "D5", "E5")] == [False, False, False, True, True]
    assert "<sheetProtection " in part_of(tmp_path / "表.xlsx", "问题清单")
    assert "password" not in part_of(tmp_path / "表.xlsx", "问题清单")


@pytest.mark.parametrize(("count", "inline"), [(51, True), (52, False)])
def test_a_list_of_more_than_255_signs_stands_on_a_sheet_that_nobody_sees(
    tmp_path: Path, count: int, inline: bool
) -> None:
    kinds = [f"类{number:03d}" for number in range(count)]  # 51 of them with commas between come to 254
    file = written(tmp_path, choosing(*kinds))
    source = choices_of(rules(file)["C4:C1003"])

    assert (source == f'"{",".join(kinds)}"') is inline
    assert (source == f"'下拉选项'!$A$1:$A${count}") is not inline
    assert [table.sheet for table in open_tables(file)] == ["问题清单"]


@pytest.mark.parametrize("odd", ["甲,乙", '甲"乙'])
def test_a_choice_with_a_comma_or_a_quote_stands_there_too(tmp_path: Path, odd: str) -> None:
    file = written(tmp_path, choosing(odd, "丙"))
    assert choices_of(rules(file)["C4:C1003"]) == "'下拉选项'!$A$1:$A$2"
    assert odd in "".join(ElementTree.fromstring(part_of(file, "下拉选项")).itertext())


def test_where_several_may_be_chosen_the_list_stops_nobody(tmp_path: Path) -> None:
    rule = rules(written(tmp_path, choosing("甲", "乙", several=True)))["C4:C1003"]
    assert (rule.get("showErrorMessage"), rule.get("prompt")) == (None, "可填多项，用“、”分隔")


def test_days_are_days_within_five_years_and_numbers_within_their_ends(tmp_path: Path) -> None:
    items = FormColumn("条数", "items", "number", "own", 12, ends=(0.0, 500.0))
    rows = [("990101", 1.0, date(2020, 8, 5), datetime(2020, 8, 5, 0, 0), 3.0, None)]
    file = written(tmp_path, DUE, FOUND, items, rows=rows)
    found = rules(file)

    assert [found["C4:C1004"].findtext(f"{MAIN}formula{end}") for end in (1, 2)] == ["42309", "45962"]
    assert found["E4:E1004"].get("errorStyle") == "warning"
    assert '<c r="C4"' in part_of(file, "问题清单") and "<v>44048</v>" in part_of(file, "问题清单")
    (table,) = open_tables(file)
    (part,) = table.parts()
    assert part.select("c2", "c3", "c4").row(0) == ("2020-08-05", "2020-08-05T00:00:00", "3")


@pytest.mark.parametrize("text", ["=1+1", "+86", "-1+2", "@SUM(A1)"])
def test_a_text_that_looks_like_a_formula_is_a_text(tmp_path: Path, text: str) -> None:
    note = FormColumn("备注", "note", "text", "own", 28)
    xml = part_of(written(tmp_path, note, rows=[("990101", 1.0, text, None)]), "问题清单")
    assert "<f>" not in xml
    assert re.search(r'<c r="C4" s="[0-9]+" t="inlineStr">', xml)


def test_what_is_owed_is_coloured_and_what_is_late_otherwise(tmp_path: Path) -> None:
    rows = [("990101", float(number), None) for number in (1, 2, 3)]
    xml = part_of(written(tmp_path, rows=rows, looks=[0, 1, 2]), "问题清单")
    styles = [re.search(rf'<c r="A{row}" s="([0-9]+)"', xml)[1] for row in (4, 5, 6)]  # type: ignore[index]
    assert len(set(styles)) == 3


def test_a_form_prints_across_with_its_header_on_every_page(tmp_path: Path) -> None:
    xml = part_of(written(tmp_path), "问题清单")
    assert 'orientation="landscape"' in xml and 'fitToHeight="0"' in xml and '<pageSetUpPr fitToPage="1"/>' in xml
    assert '<pane xSplit="2" ySplit="3" topLeftCell="C4"' in xml


def test_the_same_form_of_the_same_moment_is_the_same_file(tmp_path: Path) -> None:
    first = written(tmp_path).read_bytes()
    assert len(written(tmp_path).read_bytes()) == len(first)


def test_a_large_list_is_written_without_empty_cells(tmp_path: Path) -> None:
    rows = [("990101", float(number), STATES[number % 2], None) for number in range(3_001)]
    xml = part_of(written(tmp_path, STATE, rows=rows), "问题清单")
    assert '<c r="D3003"' not in xml
    assert (
        len(re.findall("<dataValidation ", xml)) == 2 * 8 + 2
    )  # 1 501 stretches of each state, 200 a rule; new rows; numbers
