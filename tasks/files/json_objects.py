"""JSON Lines: one flat object a line, its numbers as the sender wrote them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import polars as pl

from models.rules.intake.layout import Layout
from models.rules.intake.report_columns import ROW, column
from models.wording import Refusal
from tasks.files.encodings import Text
from tasks.files.tabular import Schema, Table, check_width

_ROWS_A_PART = 100_000
_MOST_DIGITS = 40
"""Before or after the point: nobody counts further, and a few characters could ask for a milliard of them."""
_HALF = re.compile("[\ud800-\udfff]")
Cells = dict[str, str | None]


def read_json_lines(name: str, text: Text) -> Table:
    """A JSON Lines file. Refusal, with its line, for what is no object, is nested, or names a column twice."""
    titles: dict[str, None] = {}
    for _, cells in _objects(name, text):
        if not titles.keys() >= cells.keys():
            titles |= dict.fromkeys(cells)
            check_width(name, len(titles))

    def parts(_: Schema) -> Iterator[pl.DataFrame]:
        schema = {ROW: pl.Int64(), **{column(place): pl.String() for place in range(len(titles))}}
        rows: list[tuple[int | str | None, ...]] = []
        for number, cells in _objects(name, text):
            rows.append((number, *(cells.get(title) for title in titles)))
            if len(rows) == _ROWS_A_PART:
                yield pl.DataFrame(rows, schema=schema, orient="row")
                rows = []
        yield pl.DataFrame(rows, schema=schema, orient="row")

    return Table(name, tuple(titles), parts, layout=Layout(is_gb=text.is_gb))


def _objects(name: str, text: Text) -> Iterator[tuple[int, Cells]]:
    """The number of each line that holds something, and its object."""
    with text.path.open("rb") as lines:
        lines.seek(0)
        for number, line in enumerate(lines, 1):
            bare = line.removeprefix(b"\xef\xbb\xbf").strip(b" \t\r\n\x1a")
            if bare:
                yield number, _cells(name, number, bare)


def _cells(name: str, number: int, line: bytes) -> Cells:
    try:
        pairs = json.loads(
            line, object_pairs_hook=_Pairs, parse_int=str, parse_float=_in_full, parse_constant=_no_number
        )
    except (ValueError, RecursionError):
        raise _no_object(name, number) from None
    if not isinstance(pairs, _Pairs):
        raise _no_object(name, number)
    cells = {_sound(title): _text(name, number, value) for title, value in pairs}
    if len(cells) < len(pairs):
        raise Refusal(
            f"{name} 第 {number} 行有字段重复，请只保留一个", f"{name}, line {number}: a field stands twice; keep one"
        )
    return cells


class _Pairs(list[tuple[str, Any]]):
    """The fields of an object, those that stand twice too."""


def _in_full(number: str) -> str:
    """A number with all its digits: 1.5e3 in JSON has lost none, as one of a spreadsheet may have."""
    value = Decimal(number)
    return f"{value:f}" if abs(value.adjusted()) <= _MOST_DIGITS else number


def _no_number(_: str) -> None:
    raise ValueError


def _text(name: str, number: int, value: Any) -> str | None:
    if isinstance(value, _Pairs) or (isinstance(value, list) and any(isinstance(one, list) for one in value)):
        raise Refusal(
            f"{name} 第 {number} 行有嵌套的内容：每个字段只能是一个数、一段文字，或几个选项的数组",
            f"{name}, line {number} is nested: a field holds one number, one text, or a list of values to choose from",
        )
    if isinstance(value, list):
        # as a cell of a spreadsheet holds several values of a `one_of`
        parts = [_text(name, number, one) for one in value]
        return "、".join(part for part in parts if part) or None
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else _sound(value)


def _sound(text: str) -> str:
    """A text that can be stored: JSON may write half a character, which stands for one that was lost."""
    return _HALF.sub("\ufffd", text)


def _no_object(name: str, number: int) -> Refusal:
    return Refusal(
        f'{name} 第 {number} 行不是 JSON Lines：每行应为一个 JSON 对象，如 {{"code": "130102", "funds": 12}}',
        f"{name}, line {number} is not JSON Lines: each line must be one JSON object",
    )
