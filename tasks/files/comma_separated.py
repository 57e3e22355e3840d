"""CSV: separator and header as they are found, and what is wrong in the words of whoever made the file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

import polars as pl

from models.rules.intake.layout import Layout
from models.rules.intake.report_columns import ROW, column, header_place, names_a_code
from models.wording import Refusal
from tasks.files.encodings import Text, not_a_table
from tasks.files.received import Fingerprint
from tasks.files.sizes import LONGEST_CELL, MOST_CELLS, MOST_LINES_OVER, MOST_ROWS
from tasks.files.tabular import ROWS_A_PART, NotSuch, Schema, Table, check_width, numbered, over_header

AT_ONCE = 64 * 1024**2
_CELLS_AT_ONCE = 10_000_000
_SEPARATORS = ",\t;|"
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
"""The first line with which Excel is told the separator."""


@dataclass(frozen=True)
class _Shape:
    """How a file is laid out. above: records before the first row, the header among them. over: those over the header
    that hold something, with their numbers.
    """

    name: str
    text: Text
    separator: str
    columns: tuple[str, ...]
    above: int
    quoted_header: bool
    over: tuple[tuple[int, list[str]], ...]

    def options(self, width: int) -> dict[str, Any]:
        """How Polars is to read it, with `width` columns."""
        return {
            "has_header": False,
            "separator": self.separator,
            "truncate_ragged_lines": False,
            "missing_columns": "insert",
            "glob": False,
            "schema": {column(place): pl.String() for place in range(width)},
        }


def read_csv(name: str, text: Text, print_: Fingerprint, at_once: int) -> Table:
    """A CSV file. More than `at_once` bytes, or more cells than fit easily, come in parts."""
    shape = _shape(name, text)
    width = len(shape.columns)
    check_width(name, width)
    if print_.lines > MOST_ROWS or print_.lines * width > MOST_CELLS:
        raise Refusal(
            f"{name} 的行列过多，请按地区拆分后分别上报",
            f"{name} has too many rows; split it by place and report the parts",
        )
    in_parts = text.size > at_once or print_.lines * width > _CELLS_AT_ONCE

    def parts(kinds: Schema) -> Iterator[pl.DataFrame]:
        if kinds:
            yield from _typed(shape, kinds, in_parts)
            return
        read = 0
        try:
            for part in _texts(shape, width, in_parts):
                yield part
                read = int(part.row(-1, named=True)[ROW]) if part.height else read
            return
        except pl.exceptions.PolarsError:
            wider = _width_with_empty_cells(shape)
        # rows that end in separators too many, with nothing between them
        try:
            for part in _texts(shape, wider, in_parts):
                yield part.filter(pl.col(ROW) > read).drop(column(place) for place in range(width, wider))
        except pl.exceptions.PolarsError:
            raise _stumbled(shape) from None

    over = tuple(cell for _, cells in shape.over for cell in cells if cell)
    return Table(
        name,
        shape.columns,
        parts,
        elsewhere=over_header(shape.over),
        layout=Layout(is_gb=text.is_gb),
        above=len(shape.over),
        over=over,
    )


def _shape(name: str, text: Text) -> _Shape:
    with text.path.open("rb") as file:
        file.seek(0)
        head = file.read(1024**2).decode("utf-8", "ignore").lstrip("\ufeff")
    first_line = next((line for line in head.splitlines() if line.strip()), "")
    told = _SEPARATOR_LINE.fullmatch(first_line.strip())
    lines = list(islice((line for line in head.splitlines() if line.strip()), MOST_LINES_OVER + 1))
    titled = lines[header_place([re.split(f"[{_SEPARATORS}]", line) for line in lines])] if lines else ""
    separator = told[1] if told and told[1] in _SEPARATORS else max(_SEPARATORS, key=titled.count)
    _refuse_wide_commas(name, lines, separator)
    first = _first_records(name, head, separator, is_told=told is not None)
    header = header_place([record for _, record in first])
    above, columns = first[header] if first else (0, [""])
    while len(columns) > 1 and not columns[-1] and (told or header):
        columns.pop()
    quoted = bool(head.count('"', 0, head.find("\n")) % 2)
    return _Shape(
        name=name,
        text=text,
        separator=separator,
        columns=tuple(columns),
        above=above,
        quoted_header=quoted,
        over=tuple(first[:header]),
    )


def _refuse_wide_commas(name: str, lines: Iterable[str], separator: str) -> None:
    """Refusal for a table whose columns stand between Chinese commas: within a cell they are but punctuation."""
    for line in lines:
        if separator not in line and any(map(names_a_code, re.split("[，；]", line))) and re.search("[，；]", line):
            raise Refusal(
                f"{name} 用中文逗号（，）分隔各列，请改用半角逗号，或用 Excel、WPS 另存为 CSV 后再报",
                f"{name} has Chinese commas (，) between its columns; use plain commas, or save it as CSV from Excel or WPS",
            )


def _first_records(name: str, head: str, separator: str, *, is_told: bool) -> list[tuple[int, list[str]]]:
    """The first records that hold something, with their numbers, after the line that tells the separator."""
    found: list[tuple[int, list[str]]] = []
    try:
        for number, record in enumerate(csv.reader(io.StringIO(head, newline=""), delimiter=separator), 1):
            if any(cell.strip() for cell in record):
                found.append((number, [cell.strip() for cell in record]))
            if len(found) > MOST_LINES_OVER + is_told:
                break
    except csv.Error:
        if not found:
            raise not_a_table(name) from None
    return found[is_told:]


def _typed(shape: _Shape, kinds: Schema, in_parts: bool) -> Iterator[pl.DataFrame]:
    """Read as numbers at once. NotSuch where a cell is none."""
    if shape.above > 1 or shape.quoted_header:
        raise NotSuch
    options = shape.options(len(shape.columns))
    options |= {"schema": {**options["schema"], **kinds}, "skip_lines": 1}
    with _else_not_such():
        yield from _frames(shape, options, in_parts, 0)


def _texts(shape: _Shape, width: int, in_parts: bool) -> Iterator[pl.DataFrame]:
    for part in _frames(shape, shape.options(width), in_parts, shape.above):
        _refuse_long(shape.name, part)
        yield part


def _frames(shape: _Shape, options: Mapping[str, Any], in_parts: bool, above: int) -> Iterator[pl.DataFrame]:
    """Numbered rows; `above`: records at the top that are none."""
    if not in_parts:
        yield numbered(pl.read_csv(shape.text.path, **options).slice(above), shape.above)
        return
    seen = 0
    size = max(1, min(ROWS_A_PART, _CELLS_AT_ONCE // len(options["schema"])))
    for part in pl.scan_csv(shape.text.path, **options).collect_batches(chunk_size=size, maintain_order=True):
        header = min(max(0, above - seen), part.height)
        yield numbered(part.slice(header), seen + header + (shape.above - above))
        seen += part.height


@contextmanager
def _else_not_such() -> Iterator[None]:
    try:
        yield
    except pl.exceptions.PolarsError:
        raise NotSuch from None


def _refuse_long(name: str, part: pl.DataFrame) -> None:
    most = part.select(pl.max_horizontal(pl.lit(0), pl.col(pl.String).str.len_bytes().max())).item()
    if most <= LONGEST_CELL:
        return
    longest = part.select((pl.col(pl.String).str.len_bytes() > LONGEST_CELL).fill_null(False))
    for place, is_long in zip(longest.columns, longest, strict=True):
        if is_long.any():
            row = part.filter(is_long)[ROW][0]
            raise Refusal(
                f"{name} 第 {row} 行第 {int(place[1:]) + 1} 列内容过长，请检查引号是否配对或删减内容",
                f"{name}, row {row}: column {int(place[1:]) + 1} holds more than a report needs; check its quotes",
            )


def _records(shape: _Shape) -> Iterator[tuple[int, list[str]]]:
    """Every record with its number. csv.Error where one cannot be read."""
    with shape.text.path.open("rb") as lines:
        lines.seek(0)
        text = io.TextIOWrapper(lines, "utf-8-sig", newline="")
        yield from enumerate(csv.reader(text, delimiter=shape.separator), 1)


def _width_with_empty_cells(shape: _Shape) -> int:
    """How wide the rows are whose cells too many are empty. Refusal where one is not."""
    width = len(shape.columns)
    wider = width
    try:
        for _, record in _records(shape):
            if len(record) > wider:
                if any(cell.strip() for cell in record[width:]):
                    raise _stumbled(shape)
                wider = len(record)
    except csv.Error:
        raise _stumbled(shape) from None
    check_width(shape.name, wider)
    if wider == width:
        raise _stumbled(shape)
    return wider


def _stumbled(shape: _Shape) -> Refusal:
    """Polars names the cell that it stumbled over; we name the line or the row."""
    with shape.text.path.open("rb") as lines:
        lines.seek(0)
        odd = next((number for number, line in enumerate(lines, 1) if line.count(b'"') % 2), None)
    if odd is not None:
        return Refusal(
            f"{shape.name} 第 {odd} 行引号不配对，请检查该行的英文双引号",
            f"{shape.name}, line {odd}: a double quote is not closed or stands inside a cell",
        )
    width = len(shape.columns)
    try:
        longer = next(
            (number for number, record in _records(shape) if any(cell.strip() for cell in record[width:])), None
        )
    except csv.Error:
        longer = None
    if longer is None:
        return not_a_table(shape.name)
    return Refusal(
        f"{shape.name} 第 {longer} 行的单元格多于表头，请检查该行的逗号（数字不要写千分位，含逗号的内容要加引号）",
        f"{shape.name}, row {longer} has more cells than the header; check its commas (a cell that holds a comma needs quotes)",
    )
