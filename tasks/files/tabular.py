"""Tables of text with row numbers, and how they are read from CSV, Parquet and JSON Lines.

Nothing is guessed about the cells here. A file that cannot be read safely is a Refusal that names the
file and the cure, never what stands in a cell.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from models.rules.intake.report_columns import ROW, column
from models.wording import Refusal
from tasks.files.received import Fingerprint, not_a_table

MOST_ROWS = 20_000_000
MOST_COLUMNS = 1_000
AT_ONCE = 64 * 1024**2
ROWS_A_PART = 500_000
UNVALUED = {"row": pl.Int64, "place": pl.Int64, "cell": pl.String}


@dataclass(frozen=True)
class Table:
    """A received file as text.

    columns: the header's cells as written, "" where one is empty. `parts()` yields frames with `row`
    (the number that people see) and one column of text, `column(place)`, for each header cell.
    elsewhere: what else the file holds, such as other sheets: where, and a frame of row and text.
    unvalued: cells with a formula but no result: row, place (of the column), cell (such as B5).
    """

    name: str
    columns: tuple[str, ...]
    read: Callable[[Schema], Iterator[pl.DataFrame]] = field(repr=False)
    elsewhere: tuple[tuple[str, pl.DataFrame], ...] = field(default=(), repr=False)
    unvalued: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=UNVALUED), repr=False)

    def parts(self) -> Iterator[pl.DataFrame]:
        """The rows below the header, in order, as often as they are asked for."""
        return self.read({})

    def parts_as(self, kinds: Schema) -> Iterator[pl.DataFrame]:
        """The same, some columns read as numbers at once. NotSuch, perhaps in the midst, if a cell is none."""
        return self.read(kinds)


Schema = Mapping[str, pl.DataType]


class NotSuch(Exception):
    """A column does not hold what it was to be read as."""


def clean(text: pl.Expr) -> pl.Expr:
    """A cell without blanks around it; null where nothing is left."""
    stripped = text.str.strip_chars()
    return pl.when(stripped != "").then(stripped)


def read_csv(path: Path, text: Path | bytes, print_: Fingerprint, at_once: int) -> Table:
    """A CSV file whose text, in UTF-8, is `text`: bytes, or a file of its own. More than `at_once` bytes come in parts."""
    first = print_.head if isinstance(text, Path) else text[: len(print_.head)]
    head = first.decode("utf-8", "ignore").lstrip("\ufeff")
    first_line = next((line for line in head.splitlines() if line.strip()), "")
    separator = max(",\t;", key=first_line.count)
    skipped, columns = 0, [""]
    try:
        for record in csv.reader(io.StringIO(head, newline=""), delimiter=separator):
            skipped += 1
            if any(cell.strip() for cell in record):
                columns = [cell.strip() for cell in record]
                break
    except csv.Error:
        raise not_a_table(path) from None
    check_width(path.name, len(columns))
    texts = {column(place): pl.String() for place in range(len(columns))}
    options: dict[str, Any] = {
        "has_header": False,
        "separator": separator,
        "truncate_ragged_lines": False,
        "missing_columns": "insert",
        "glob": False,
    }
    size = path.stat().st_size if isinstance(text, Path) else len(text)

    def parts(kinds: Schema) -> Iterator[pl.DataFrame]:
        if kinds and (skipped > 1 or head.count('"', 0, head.find("\n")) % 2):
            raise NotSuch
        above = skipped if not kinds else 0
        shape = {**options, "schema": {**texts, **kinds}, "skip_lines": 1 if kinds else 0}
        with _in_words(path, text, separator, len(columns), bool(kinds)):
            if size <= at_once:
                yield _numbered(pl.read_csv(text, **shape).slice(above), skipped)
                return
            seen = 0
            for part in pl.scan_csv(text, **shape).collect_batches(chunk_size=ROWS_A_PART, maintain_order=True):
                header = max(0, above - seen)
                yield _numbered(part.slice(header), seen + header + (skipped - above))
                seen += part.height

    return Table(path.name, tuple(columns), parts)


def check_width(name: str, width: int) -> None:
    """Refusal for more columns than a report can have."""
    if width > MOST_COLUMNS:
        raise Refusal(
            f"{name} 有 {width} 列，超过 {MOST_COLUMNS} 列", f"{name} has {width} columns, more than {MOST_COLUMNS}"
        )


@contextmanager
def _in_words(path: Path, text: Path | bytes, separator: str, width: int, tried: bool) -> Iterator[None]:
    """Polars names the cell that it stumbled over; we name the line or the row. tried: NotSuch instead."""
    try:
        yield
    except pl.exceptions.PolarsError:
        if tried:
            raise NotSuch from None
        raise _stumbled(path, text, separator, width) from None


def _stumbled(path: Path, text: Path | bytes, separator: str, width: int) -> Refusal:
    with io.BytesIO(text) if isinstance(text, bytes) else text.open("rb") as lines:
        odd = next((number for number, line in enumerate(lines, 1) if line.count(b'"') % 2), None)
    if odd is not None:
        return Refusal(
            f"{path.name} 第 {odd} 行引号不配对，请检查该行的英文双引号",
            f"{path.name}, line {odd}: a double quote is not closed or stands inside a cell",
        )
    with io.BytesIO(text) if isinstance(text, bytes) else text.open("rb") as lines:
        records = csv.reader(io.TextIOWrapper(lines, "utf-8-sig", newline=""), delimiter=separator)
        longer = next((number for number, record in enumerate(records, 1) if len(record) > width), None)
    if longer is None:
        return not_a_table(path)
    return Refusal(
        f"{path.name} 第 {longer} 行的单元格多于表头，请检查该行的逗号（数字不要写千分位，含逗号的内容要加引号）",
        f"{path.name}, row {longer} has more cells than the header; check its commas (a cell that holds a comma needs quotes)",
    )


def read_json_lines(path: Path, text: Path | bytes) -> Table:
    """A JSON Lines file whose text is `text`."""
    data = (text if isinstance(text, bytes) else text.read_bytes()).removeprefix(b"\xef\xbb\xbf")
    try:
        names = pl.read_ndjson(io.BytesIO(data), infer_schema_length=None).columns
        check_width(path.name, len(names))
        frame = pl.read_ndjson(io.BytesIO(data), schema=dict.fromkeys(names, pl.String))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        raise Refusal(
            f"{path.name} 不是 JSON Lines：每行应为一个 JSON 对象，各行字段类型一致",
            f"{path.name} is not JSON Lines: each line must be one JSON object",
        ) from None
    has_gaps = b"\n\n" in data or b"\n\r\n" in data or data[:1] in (b"\r", b"\n")
    numbers = [number for number, line in enumerate(data.splitlines(), 1) if line.strip()] if has_gaps else None
    rows = pl.Series(ROW, numbers, pl.Int64) if numbers and len(numbers) == frame.height else None
    return _whole(path.name, frame, names, rows)


def _numbered(frame: pl.DataFrame, before: int) -> pl.DataFrame:
    """The frame with its row numbers, `before` rows having come before it."""
    return frame.with_columns(
        pl.int_range(before + 1, before + 1 + frame.height, dtype=pl.Int64, eager=True).alias(ROW)
    )


def read_parquet(path: Path) -> Table:
    """A Parquet file."""
    try:
        scan = pl.scan_parquet(path, glob=False)
        schema = scan.collect_schema()
        check_width(path.name, len(schema))
        height = scan.select(pl.len()).collect().item()
        nested = [name for name, kind in schema.items() if kind.is_nested() or kind in (pl.Binary, pl.Object)]
        if height > MOST_ROWS or nested:
            raise not_a_table(path)
        frame = scan.select(pl.all().cast(pl.String)).collect()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError):
        raise Refusal(f"{path.name} 已损坏，请重新导出", f"{path.name} is damaged; export it again") from None
    return _whole(path.name, frame, list(schema), None)


def _whole(name: str, frame: pl.DataFrame, titles: list[str], rows: pl.Series | None) -> Table:
    """A table that is in memory already."""
    frame = frame.rename({title: column(place) for place, title in enumerate(titles)})
    frame = _numbered(frame, 0) if rows is None else frame.with_columns(rows)
    return Table(name, tuple(titles), lambda _: iter([frame]))
