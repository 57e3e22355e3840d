"""XLSX: the parent of the process that reads a workbook, and what it says when the workbook is refused."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from models.lawful import first_personal
from models.personal import PERSONAL, RespondentsData, personal_in
from models.rules.intake.guard import refuse_respondents
from models.rules.intake.layout import MERGED, UNVALUED, Layout
from models.rules.intake.report_columns import ROW, column, header_place, names_a_code, names_a_unit
from models.text import one_line
from models.wording import Refusal, Said
from tasks.files.children import Answered, ask
from tasks.files.received import shown_name
from tasks.files.sizes import MOST_COLUMNS, MOST_LINES_OVER
from tasks.files.tabular import Table, check_width, over_header
from tasks.files.workbook_scan import MOST_MERGED, column_number

MOST_BYTES = 100 * 1024**2
SECONDS = 120
_MOST_NAMED = 3

_FAULTS: dict[str, Said] = {
    "not_workbook": Said("是压缩包而不是表格，请解压后逐个上报", "is an archive, not a workbook; unpack it first"),
    "document": Said(
        "是文档而不是表格，请将其中的表格另存为 .xlsx 或 CSV 后再报", "is a document; save its table as .xlsx or CSV"
    ),
    "ods": Said("是 .ods 表格，请另存为 .xlsx 或 CSV 后再报", "is an .ods table; save it as .xlsx or CSV"),
    "backslashes": Said(
        "由不规范的程序导出，请用 Excel 或 WPS 打开、另存为 .xlsx 后再报",
        "was written by a program that does not keep to the standard; open it in Excel or WPS and save it as .xlsx",
    ),
    "xlsb": Said("是 .xlsb 二进制表格，请另存为 .xlsx 后再报", "is a binary .xlsb workbook; save it as .xlsx"),
    "bomb": Said("解压后过大，疑为异常文件，未予读取", "unpacks to far more than a report can hold; it was not read"),
    "encrypted": Said("设有打开密码，请取消密码后重新保存再报", "is encrypted; save it without a password"),
    "macros": Said("含有宏，请另存为不带宏的 .xlsx 后再报", "holds macros; save it as .xlsx without macros"),
    "external": Said(
        "含有指向其他文件的链接，请在“数据—编辑链接”中断开链接并保存后再报",
        "holds links to other files; break the links, save and report again",
    ),
    "embedded": Said("嵌有其他文件，请删除嵌入对象后再报", "holds embedded files; remove them and report again"),
    "too_large": Said("过大，请改用 CSV 上报", "is too large; report it as CSV"),
    "damaged": Said("已损坏，请用 Excel 或 WPS 打开另存后再报", "is damaged; open it, save it again and report"),
    "too_slow": Said("读取超时，请改用 CSV 上报", "took too long to read; report it as CSV"),
    "killed": Said(
        "无法安全读取（可能已损坏或过大），请另存为 CSV 后再报",
        "cannot be read safely (damaged or too large); save it as CSV",
    ),
}


def read_workbook(path: Path) -> tuple[Table, ...]:
    """The sheets of a workbook that hold tables, read in a process with limited memory and time.

    One, or of several that are filled those with a column of codes. What stands on the others goes with the first.
    """
    name = shown_name(path)
    if path.stat().st_size > MOST_BYTES:
        raise _refusal(name, {"fault": "too_large"})
    answered = ask("tasks.files.workbook_child", path, SECONDS)
    if "fault" in answered.about:
        raise _refusal(name, answered.about)
    titles = pl.Series([sheet["name"] for sheet in answered.about["sheets"]], dtype=pl.String)
    refuse_respondents(name, [1] * len(titles), "工作表名 sheet", first_personal(titles))
    _refuse_personal_asides(name, answered.about["asides"])
    sheets = list(_sheets(answered))
    chosen = _chosen(name, sheets)
    elsewhere = tuple(cells for sheet in sheets if sheet not in chosen for cells in sheet.cells())
    hidden = tuple(sheet.name for sheet in sheets if not sheet.visible and sheet.frame.height)
    unread = tuple(sheet.name for sheet in sheets if sheet not in chosen and sheet.is_like_a_table)
    return tuple(
        _table(
            name,
            sheet,
            elsewhere=() if number else elsewhere,
            hidden_sheets=() if number else hidden,
            unread_sheets=() if number else unread,
        )
        for number, sheet in enumerate(chosen)
    )


def _table(
    name: str,
    chosen: _Sheet,
    *,
    elsewhere: tuple[tuple[str, pl.DataFrame], ...],
    hidden_sheets: tuple[str, ...],
    unread_sheets: tuple[str, ...],
) -> Table:
    if len(chosen.merged) >= MOST_MERGED:
        raise unreadably_merged(name, chosen.merged)
    check_width(name, len(chosen.columns))
    below = chosen.frame.slice(chosen.header_ends + 1)
    return Table(
        name=name,
        columns=chosen.columns,
        read=lambda _: iter([below]),
        elsewhere=(*elsewhere, *over_header(chosen.over)),
        layout=Layout(
            unvalued=chosen.unvalued,
            merged=chosen.merged_below,
            hidden_rows=chosen.hidden,
            hidden_columns=chosen.hidden_titles,
            hidden_sheets=hidden_sheets,
            unread_sheets=unread_sheets,
        ),
        above=len(chosen.over),
        over=tuple(cell for _, cells in chosen.over for cell in cells if cell),
        sheet=chosen.name,
    )


def several_sheets(name: str, sheets: Sequence[str]) -> Refusal:
    """What to say of a workbook with several tables where one is asked for."""
    names = "、".join(sheets)
    return Refusal(
        f"{name} 有多个工作表（{names}），请每个文件只留一个有数据的工作表",
        f"{name} has several sheets with data ({names}); leave one in each file",
    )


def unreadably_merged(name: str, cells: Sequence[str]) -> Refusal:
    """What to say of merged cells that leave it open which row or column a value is of."""
    listed = cells[:_MOST_NAMED]
    return Refusal(
        f"{name} 的表头以下有合并单元格（{'、'.join(listed)}），请取消合并，每行一个单位，再重新上报",
        f"{name} has merged cells below its header ({', '.join(listed)}); unmerge them, with one unit a row",
    )


def _refuse_personal_asides(name: str, texts: list[str]) -> None:
    """Refusal where a note, a text box or the head of a page tells of a person; what it says is not repeated."""
    found = first_personal(pl.Series(texts, dtype=pl.String))
    if found is not None:
        said = PERSONAL[found[1]]
        raise RespondentsData(
            f"{name} 的批注、文本框、页眉页脚或单元格提示中含有{said.zh}：普查对象的个人信息一律不得上报，请删除后重报；整份文件未予保存",
            f"{name} holds {said.en} in a note, a text box, the head or foot of a page or a cell's prompt: respondents'"
            " data must not be reported. Remove it and report again; nothing of the file was kept",
        )


_INSTRUCTIONS = ("说明", "how to fill in")
"""In the name of a sheet that tells how to fill in the others."""


class _Sheet:
    """One sheet as the child sent it; `frame` has `row` and a column of text for each column."""

    def __init__(self, about: dict[str, Any], text: bytes) -> None:
        self.name = one_line(about["name"])
        self.visible: bool = about["visible"]
        self.merged: list[str] = about["merged"]
        self.hidden: int = about["hidden"]
        self.hidden_columns: list[tuple[int, int]] = about["hidden_columns"]
        self.frame = _frame(text)
        self.unvalued = _unvalued(about["unvalued"])
        first = [
            (row[0], [(cell or "").strip() for cell in row[1:]])
            for row in self.frame.head(MOST_LINES_OVER + 1).iter_rows()
        ]
        begins = header_place([cells for _, cells in first])
        self.header_ends = begins + self._rows_of_header(first, begins) - 1
        self.over = first[:begins]
        titles = _titles([cells for _, cells in first[begins : self.header_ends + 1]])
        while titles and not titles[-1] and self.frame.get_column(column(len(titles) - 1)).is_null().all():
            titles.pop()
        self.columns = tuple(titles)

    def _rows_of_header(self, first: Sequence[tuple[int, list[str]]], begins: int) -> int:
        """How many rows a header has whose cells are merged downwards, as the code's over two rows of titles."""
        if not first:
            return 1
        last = max(
            (end for top, end in map(_rows_of, self.merged) if top == first[begins][0]), default=first[begins][0]
        )
        return max(1, sum(1 for number, _ in first[begins:] if number <= last))

    @property
    def merged_below(self) -> pl.DataFrame:
        """Merged cells that do not stand in the header or over it: Layout.merged."""
        last = self.frame[ROW][self.header_ends] if self.frame.height else 0
        below = [(cells, *_rows_of(cells), *_places_of(cells)) for cells in self.merged if _rows_of(cells)[1] > last]
        return pl.DataFrame(below, schema=MERGED, orient="row")

    @property
    def hidden_titles(self) -> tuple[str, ...]:
        """The titles of the hidden columns in which something stands."""
        hidden = {
            place - 1 for first, last in self.hidden_columns for place in range(first, min(last, len(self.columns)) + 1)
        }
        return tuple(title for place, title in enumerate(self.columns) if place in hidden and title)

    @property
    def has_codes(self) -> bool:
        """True for a sheet with a column of codes."""
        return any(names_a_code(title) for title in self.columns)

    @property
    def has_names(self) -> bool:
        """True for a sheet with a column of units' names."""
        return any(names_a_unit(title) for title in self.columns)

    @property
    def is_like_a_table(self) -> bool:
        """True for a sheet to be seen that has two lines of several cells, and is not called an instruction."""
        if not self.visible or any(word in self.name for word in _INSTRUCTIONS) or self.frame.width < 3:
            return False
        filled = pl.sum_horizontal(pl.col(self.frame.columns[1:]).is_not_null())
        return bool(self.frame.select((filled > 1).sum()).item() > 1)

    def cells(self) -> Iterator[tuple[str, pl.DataFrame]]:
        """Every column of the sheet: where it is, and its rows and texts."""
        for place in range(self.frame.width - 1):
            yield f"{self.name}!{place + 1}", self.frame.select(ROW, text=column(place))


def _rows_of(merged: str) -> tuple[int, int]:
    """The first and the last row of merged cells, B2:C3."""
    rows = [int(number) for number in re.findall("[0-9]+", merged)]
    return rows[0], rows[-1]


def _places_of(merged: str) -> tuple[int, int]:
    """The places of the first and the last column of merged cells, B2:C3: 1 and 2."""
    places = [column_number(letters.encode()) - 1 for letters in re.findall("[A-Z]+", merged)]
    return places[0], places[-1]


def _titles(rows: Sequence[Sequence[str]]) -> list[str]:
    """Of a header over several rows the lowest title of each column: what stands over it groups columns only."""
    if not rows:
        return []
    return [next((cell for cell in reversed(cells) if cell), "") for cells in zip(*rows, strict=True)]


def _frame(text: bytes) -> pl.DataFrame:
    if not text:
        return pl.DataFrame(schema={ROW: pl.Int64})
    cells = pl.read_csv(text, has_header=False, infer_schema=False)
    names = [ROW, *(column(place) for place in range(cells.width - 1))]
    return cells.rename(dict(zip(cells.columns, names, strict=True))).with_columns(pl.col(ROW).cast(pl.Int64))


def _unvalued(cells: list[str]) -> pl.DataFrame:
    found = []
    for cell in cells:
        letters, row = re.fullmatch(r"([A-Z]+)([0-9]+)", cell).groups()  # type: ignore[union-attr]
        found.append((int(row), column_number(letters.encode()) - 1, cell))
    return pl.DataFrame(found, schema=UNVALUED, orient="row")


def _chosen(name: str, sheets: list[_Sheet]) -> list[_Sheet]:
    """The sheets that hold tables: the only visible one with rows in it, or those with a column of codes among them."""
    filled = [sheet for sheet in sheets if sheet.visible and sheet.frame.height]
    hidden = [sheet for sheet in sheets if not sheet.visible and sheet.has_codes]
    if hidden and not any(sheet.has_codes or sheet.has_names for sheet in filled):
        listed = "、".join(sheet.name for sheet in hidden)
        raise Refusal(
            f"{name} 的数据在隐藏的工作表（{listed}）中，隐藏的工作表不予读入，请取消隐藏后再报",
            f"the table of {name} is in a hidden sheet ({listed}), which is not read; show the sheet and report again",
        )
    if not filled:
        raise Refusal(f"{name} 的工作表都是空的，请检查", f"every sheet of {name} is empty")
    if len(filled) == 1:
        return filled
    with_codes = [sheet for sheet in filled if sheet.has_codes] or [sheet for sheet in filled if sheet.has_names]
    if not with_codes:
        raise several_sheets(name, [sheet.name for sheet in filled])
    return with_codes


def _sheets(answered: Answered) -> Iterator[_Sheet]:
    """Every sheet that the child wrote, in their order."""
    begun = 0
    for about in answered.about["sheets"]:
        yield _Sheet(about, os.pread(answered.file.fileno(), about["bytes"], begun))
        begun += about["bytes"]


def _refusal(name: str, answered: dict[str, Any]) -> Refusal:
    fault, sheet, place = answered["fault"], one_line(answered.get("sheet", "")), answered.get("place", "")
    sheet = "…" if personal_in(sheet) else sheet
    if fault == "far":
        return Refusal(
            f"{name} 的工作表“{sheet}”在 {place} 处有远离表格的单元格，请删除表格以外的行和列后再报",
            f"{name}: sheet “{sheet}” has a cell far from the table, at {place}; delete the rows and"
            " columns beyond the table",
        )
    if fault == "wide":
        return Refusal(
            f"{name} 的工作表“{sheet}”第 {place} 行超过 {MOST_COLUMNS} 列，请删除表格以外的列后再报",
            f"{name}: row {place} of sheet “{sheet}” has more than {MOST_COLUMNS} columns; delete those beyond the table",
        )
    if fault == "long_cell":
        return Refusal(
            f"{name} 第 {place} 行有单元格内容过长，请删减后再报",
            f"{name}, row {place}: a cell holds more than a report needs; shorten it",
        )
    said = _FAULTS[fault]
    return Refusal(f"{name} {said.zh}", f"{name} {said.en}")
