"""Writing a form (填报表) as a workbook: cells that may be filled in and cells that may not, drop-down lists, how it prints.

What Excel and LibreOffice ask: names of sheets of at most 31 signs, lists of at most 255 in a cell's rule (longer ones stand on a sheet
that nobody sees), texts that begin with = as texts. A large list is written row by row.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime
from io import FileIO
from itertools import groupby
from pathlib import Path
from shutil import disk_usage
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from models.cells import AROUND
from models.rules.intake.form_rows import mark_of
from models.wording import Lang, Refusal, Said
from tasks.files.workbook_child import as_text
from tasks.forms.cell_rules import a_number, a_text, between_days
from tasks.forms.sheets import LOOKS, FormColumn, FormSheet, Guide, Kind, Look
from tasks.forms.whole_file import WholeFile
from tasks.intake.returned_forms import CHOICES

if TYPE_CHECKING:
    import xlsxwriter
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

_FONT, _HEAVY = "宋体", "黑体"
_FORMATS: dict[Kind, str] = {"text": "@", "number": "General", "date": "yyyy-mm-dd", "moment": "yyyy-mm-dd hh:mm"}
_FILLS: dict[Look, str | None] = {"plain": None, "owed": "#FFF2CC", "overdue": "#F8CBAD", "closed": "#E7E6E6"}
_HEAD, _EDGE = "#DDEBF7", "#A6A6A6"
_MORE_ROWS, _DRAWN_ROWS = 1_000, 15
"""Rows below the last in which lists drop down, and how many of them are drawn."""
_DRAWN = 3_000
"""Up to so many rows the empty cells are drawn with their borders too."""
_LONGEST_LIST = 255
_RANGES_A_RULE = 200
_LINE, _ROW = 15.6, 21
"""Points of height that a line of text, and at least a row, takes."""
_LAST_ROW = 1_048_575
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_A4 = 9


def write_form(part: Path, guide: Guide, sheets: Sequence[FormSheet], at: datetime, lang: Lang) -> None:
    """Write a form to `part`. at: when it was made, as it says itself. OSError where
    the disk takes nothing; Refusal where it is the folder for temporary files that does not."""
    with TemporaryDirectory(prefix="pucha-form-") as between:
        try:
            _write(part, guide, sheets, at, lang=lang, between=between)
        except OSError as fault:
            if fault.errno in _FULL and _is_fuller(Path(between), part.parent):
                room = Path(between).parent
                raise Refusal(
                    f"临时文件夹 {room} 空间不足，填报表未写出；请清理后重试（或用 TMPDIR 另指一处）",
                    f"no room is left in {room}, where a form is put together: nothing was written; make room, or set TMPDIR",
                ) from fault
            raise


def _is_fuller(one: Path, other: Path) -> bool:
    """Whether of two folders on different disks the one has less room."""
    return one.stat().st_dev != other.stat().st_dev and disk_usage(one).free < disk_usage(other).free


def _write(part: Path, guide: Guide, sheets: Sequence[FormSheet], at: datetime, *, lang: Lang, between: str) -> None:
    import xlsxwriter

    options = {
        "constant_memory": True,
        "tmpdir": between,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_format_properties": {"font_name": _FONT, "font_size": 11},
    }
    with WholeFile(FileIO(part, "w")) as out:
        _fill(xlsxwriter.Workbook(out, options), guide, sheets, at, lang)


def _fill(book: xlsxwriter.Workbook, guide: Guide, sheets: Sequence[FormSheet], at: datetime, lang: Lang) -> None:
    from xlsxwriter.exceptions import FileCreateError

    # a file says when it was made, and no more: the same form of the same moment is the same file
    book.set_properties({"title": guide.title, "created": at.replace(tzinfo=None)})
    writing = _Writing(book, CHOICES[lang == "en"], lang)
    writing.guide(guide)
    for sheet in sheets:
        writing.sheet(sheet)
    writing.lists()
    try:
        book.close()
    except FileCreateError as fault:
        cause = fault.args[0] if fault.args else fault
        raise (cause if isinstance(cause, OSError) else OSError(str(cause))) from None


class _Writing:
    """A workbook on its way: the shapes of cells that were asked for, and the lists that were too long."""

    def __init__(self, book: xlsxwriter.Workbook, choices: str, lang: Lang) -> None:
        self.book, self.choices, self.lang = book, choices, lang
        self._shapes: dict[tuple[object, ...], Format] = {}
        self._lists: dict[tuple[str, ...], str] = {}

    def _shape(self, **about: Any) -> Format:
        key = tuple(sorted(about.items()))
        if key not in self._shapes:
            self._shapes[key] = self.book.add_format({"valign": "vcenter", **about})
        return self._shapes[key]

    def _cell(self, kind: Kind, look: Look, *, locked: bool, wrap: bool = False, bordered: bool = True) -> Format:
        about: dict[str, Any] = {"num_format": _FORMATS[kind], "locked": locked}
        if kind in ("date", "moment"):
            about["align"] = "center"
        fill = _FILLS[look]
        if fill:
            about["bg_color"] = fill
        if bordered:
            about |= {"border": 1, "border_color": _EDGE}
        if wrap:
            about["text_wrap"] = True
        return self._shape(**about)

    def guide(self, guide: Guide) -> None:
        sheet = self.book.add_worksheet(guide.name)
        widths = (6, 52, 20, 22, 60)
        for place, width in enumerate(widths):
            sheet.set_column(place, place, width)
        last = len(widths) - 1
        line = 0
        plain = self._shape(text_wrap=True)
        sheet.set_row(line, 34)
        _across(sheet, line, last, guide.title, self._shape(font_name=_HEAVY, font_size=18, align="center"))
        for text in (*guide.facts, "", *guide.rules, ""):
            line += 1
            sheet.set_row(line, _LINE * _lines(text, sum(widths)) + 4)
            if text:
                _across(sheet, line, last, text, plain)
        for look, text in guide.legend:
            line += 1
            sheet.write_blank(line, 0, None, self._cell("text", look, locked=True))
            sheet.write_string(line, 1, text, self._shape())
        line += 2
        for place, heading in enumerate(guide.headings):
            sheet.write_string(line, place, heading, self._heading())
        header = line
        for number, (look, cells) in enumerate(guide.owed, 1):
            line += 1
            sheet.set_row(
                line, _LINE * max(_lines(text, width) for text, width in zip(cells, widths[1:], strict=True)) + 4
            )
            for place, text in enumerate((str(number), *cells)):
                sheet.write_string(line, place, text, self._cell("text", look, locked=True, wrap=True))
        if guide.closing:
            line += 1
            sheet.write_string(line, 1, guide.closing, self._shape())
        sheet.protect("", {"select_locked_cells": True})
        self._print(sheet, header, header, line, last)

    def _heading(self) -> Format:
        return self._shape(
            font_name=_HEAVY,
            text_wrap=True,
            align="center",
            border=1,
            border_color=_EDGE,
            bg_color=_HEAD,
            num_format="@",
        )

    def sheet(self, form: FormSheet) -> None:
        sheet = self.book.add_worksheet(form.name)
        seen = len(form.columns) - 2  # what is owed is the last that anybody reads
        header = 1 + len(form.lines)
        for place, one in enumerate(form.columns):
            locked = one.filled == "never" or not form.grows
            look: Look = "closed" if one.filled == "never" else "plain"
            sheet.set_column(place, place, one.width, self._cell(one.kind, look, locked=locked, bordered=False))
        width = sum(one.width for one in form.columns[: seen + 1])
        self._over(sheet, form, seen, width)
        sheet.set_row(header, _LINE * max(_lines(one.title, one.width) for one in form.columns[:-1]) + 8)
        for place, one in enumerate(form.columns):
            sheet.write_string(header, place, one.title, self._heading())
        self._rules(sheet, form, header + 1)
        last = header
        for last, cells in enumerate(_marked(form), header + 1):
            self._row(sheet, form, last, cells, header)
        if form.grows:
            last = self._empty(sheet, form, last)
        sheet.freeze_panes(header + 1, 2)
        # with the marks, so that a sorted row keeps its own
        sheet.autofilter(header, 0, max(last, header + 1), len(form.columns) - 1)
        sheet.protect("", _ALLOWED)
        self._print(sheet, header, header, last, seen)

    def _over(self, sheet: Worksheet, form: FormSheet, last: int, width: int) -> None:
        """The title and the lines over the header."""
        sheet.set_row(0, 28)
        title = self._shape(font_name=_HEAVY, font_size=16, align="center", locked=True)
        for line, (text, shape) in enumerate(
            [(form.title, title), *((text, self._shape(text_wrap=True)) for text in form.lines)]
        ):
            if line:
                sheet.set_row(line, _LINE * _lines(text, width) + 4)
            _across(sheet, line, last, text, shape)

    def _row(self, sheet: Worksheet, form: FormSheet, number: int, cells: Sequence[Any], header: int) -> None:
        row = number - header - 1
        look = LOOKS[form.looks[row]]
        if form.rows.height <= _DRAWN:
            texts = zip(cells[:-1], form.columns, strict=False)
            tallest = max(_lines(cell, one.width) for cell, one in texts if isinstance(cell, str))
            sheet.set_row(number, max(_ROW, _LINE * tallest + 4))
        for place, (one, cell) in enumerate(zip(form.columns, cells, strict=True)):
            told = place == len(form.columns) - 2
            own: Look = "closed" if one.filled == "never" and not told else "plain"
            if look != "plain" and (one.filled == "key" or told):
                own = look
            own = form.cells.get((row, place), own)
            locked = one.filled != "own" or own == "closed"
            shape = self._cell(one.kind, own, locked=locked, wrap=one.kind == "text")
            if cell is not None:
                _put(sheet, number, place, _typed(one, cell), shape)
            elif form.rows.height <= _DRAWN or own in ("owed", "overdue"):
                sheet.write_blank(number, place, None, shape)

    def _empty(self, sheet: Worksheet, form: FormSheet, last: int) -> int:
        """Empty rows below the others, drawn so that they are seen."""
        for number in range(last + 1, min(last + _DRAWN_ROWS, _LAST_ROW) + 1):
            sheet.set_row(number, _ROW)
            for place, one in enumerate(form.columns[:-1]):
                look: Look = "closed" if one.filled == "never" else "plain"
                shape = self._cell(one.kind, look, locked=one.filled == "never", wrap=one.kind == "text")
                sheet.write_blank(number, place, None, shape)
        return min(last + _DRAWN_ROWS, _LAST_ROW)

    def _rules(self, sheet: Worksheet, form: FormSheet, first: int) -> None:
        """What may be typed into the cells of each column."""
        below = first + form.rows.height
        last = min(below + _MORE_ROWS - 1, _LAST_ROW) if form.grows else below - 1
        for place, one in enumerate(form.columns):
            if one.filled == "never":
                continue
            rule = self._rule(one)
            if one.following is not None:
                self._moves(sheet, form, one, place=place, first=first)
                if form.grows and below <= _LAST_ROW:
                    sheet.data_validation(below, place, last, place, rule)
            elif rule:
                sheet.data_validation(first, place, last, place, rule)

    def _rule(self, one: FormColumn) -> dict[str, Any]:
        """The rule of a column; of one that takes anything none."""
        if one.choices:
            return self._list(one.choices, several=one.several)
        if one.days is not None:
            return between_days(one, self.lang)
        if one.kind == "number":
            return a_number(one, self.lang)
        return a_text(self.lang) if one.reported and one.id and one.filled == "own" else {}

    def _list(self, choices: tuple[str, ...], *, several: bool = False) -> dict[str, Any]:
        rule: dict[str, Any] = {"validate": "list", "source": self._source(choices)}
        if several:
            said = Said("可填多项，用“、”分隔", "several may be given, with “、” between them")
            return {**rule, "show_error": False, "input_message": said.in_language(self.lang)}
        said = Said("请从下拉列表中选择", "choose from the list")
        return {**rule, "error_message": said.in_language(self.lang)}

    def _source(self, choices: tuple[str, ...]) -> list[str] | str:
        """A list in the rule itself, or where it stands on the sheet of lists."""
        if len(",".join(choices)) <= _LONGEST_LIST and not any(sign in text for text in choices for sign in ',"'):
            return list(choices)
        if choices not in self._lists:
            column = _letters(len(self._lists))
            self._lists[choices] = f"='{self.choices}'!${column}$1:${column}${len(choices)}"
        return self._lists[choices]

    def _moves(self, sheet: Worksheet, form: FormSheet, one: FormColumn, *, place: int, first: int) -> None:
        """For each row a list of what may follow upon what stands there."""
        assert one.following is not None
        held: dict[str | None, list[tuple[int, int]]] = {}
        row = first
        for value, run in groupby(form.rows[f"c{place}"]):
            count = sum(1 for _ in run)
            held.setdefault(value, []).append((row, row + count - 1))
            row += count
        for value, ranges in held.items():
            choices = one.following.get(value or "", one.choices)
            for begun in range(0, len(ranges), _RANGES_A_RULE):
                part = ranges[begun : begun + _RANGES_A_RULE]
                rule = self._list(choices)
                rule["other_cells"] = [[top, place, bottom, place] for top, bottom in part[1:]]
                sheet.data_validation(part[0][0], place, part[0][1], place, rule)

    def lists(self) -> None:
        """The sheet of long lists, where there are any, which nobody sees."""
        if not self._lists:
            return
        sheet = self.book.add_worksheet(self.choices)
        shape = self._shape(num_format="@")
        for row in range(max(map(len, self._lists))):
            for place, choices in enumerate(self._lists):
                if row < len(choices):
                    sheet.write_string(row, place, choices[row], shape)
        sheet.protect("", {})
        sheet.very_hidden()

    def _print(self, sheet: Worksheet, header: int, top: int, last: int, width: int) -> None:
        """Landscape on A4, as wide as the paper, the header on every page."""
        sheet.set_landscape()
        sheet.set_paper(_A4)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(top, header)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.print_area(0, 0, last, width)
        sheet.center_horizontally()
        sheet.set_footer("&C" + Said("第 &P 页，共 &N 页", "page &P of &N").in_language(self.lang))


_ALLOWED = {
    "select_locked_cells": True,
    "select_unlocked_cells": True,
    "format_columns": True,
    "format_rows": True,
    "autofilter": True,
}


def _marked(form: FormSheet) -> Iterator[tuple[Any, ...]]:
    """The rows with their marks."""
    marked = [(place, one.id) for place, one in enumerate(form.columns) if one.id and one.reported]
    for row in form.rows.iter_rows():
        read = ((name, _as_read(_typed(form.columns[place], row[place]))) for place, name in marked)
        yield (*row, mark_of(read) or None)


def _typed(one: FormColumn, cell: Any) -> Any:
    """A cell as a clerk would type it: in a column of numbers of which some have words (2900余), the others as numbers."""
    if one.kind != "number" or not isinstance(cell, str):
        return cell
    with suppress(ValueError):
        return float(cell)
    return cell


def _as_read(cell: Any) -> str:
    """A cell as it is read when the form comes back."""
    return as_text(cell).strip(AROUND)


def _across(sheet: Worksheet, line: int, last: int, text: str, shape: Format) -> None:
    """A text over all columns of a line."""
    sheet.merge_range(first_row=line, first_col=0, last_row=line, last_col=last, data=text, cell_format=shape)


def _put(sheet: Worksheet, row: int, place: int, cell: Any, shape: Format) -> None:
    if isinstance(cell, str):
        sheet.write_string(row, place, cell, shape)
    elif isinstance(cell, (datetime, date)):
        sheet.write_datetime(row, place, cell, shape)
    else:
        sheet.write_number(row, place, cell, shape)


def _lines(text: str, width: int) -> int:
    """Lines that a text takes in cells of a width; a Chinese sign is two wide."""
    signs = sum(1 if sign.isascii() else 2 for sign in text)
    return max(1, -(-signs // max(1, width - 1)))


def _letters(place: int) -> str:
    """A for the first column, AA for the twenty-seventh."""
    letters = ""
    place += 1
    while place:
        place, left = divmod(place - 1, 26)
        letters = chr(ord("A") + left) + letters
    return letters
