"""Opening a received file: which kind it is, told by its content, and its table."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl

from models.cells import stripped
from models.rules.intake.report_columns import ROW, column
from models.text import one_line
from models.wording import Refusal
from tasks.files.comma_separated import AT_ONCE, read_csv
from tasks.files.encodings import as_utf8, old_or_encrypted, web_page
from tasks.files.json_objects import read_json_lines
from tasks.files.parquet import read_parquet
from tasks.files.received import Fingerprint, fingerprint, shown_name
from tasks.files.tabular import Table
from tasks.files.workbook import read_workbook, several_sheets, unreadably_merged

_MOST_COLUMNS = 50
"""Of a table of units or contacts."""
_WEB_PAGE = re.compile(rb"<[a-z!?][^<]*>|<!--|MIME-Version:", re.IGNORECASE)
"""How a page, XML, or a page with its parts in one file (.mht) begins."""
_BEGINNING = 4096
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")


def open_table(path: Path, known: Fingerprint | None = None, at_once: int = AT_ONCE) -> Table:
    """The file as one table. Refusal where it holds several, or for what `open_tables` says."""
    tables = open_tables(path, known, at_once)
    if len(tables) > 1:
        raise several_sheets(tables[0].name, [table.sheet for table in tables])
    return tables[0]


def open_tables(path: Path, known: Fingerprint | None = None, at_once: int = AT_ONCE) -> tuple[Table, ...]:
    """The tables of a file, several only of a workbook. Refusal where it is damaged, dangerous, or of a kind that is not read.

    A CSV of more than `at_once` bytes comes in parts.
    """
    print_ = known or fingerprint(path)
    if print_.head.startswith(_OLE):
        raise old_or_encrypted(path)
    if print_.head.startswith(b"PK\x03\x04"):
        return read_workbook(path)
    if print_.head.startswith(b"PAR1"):
        return (read_parquet(path),)
    if _WEB_PAGE.match(print_.head[:_BEGINNING].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t")):
        raise web_page(shown_name(path))
    text = as_utf8(path, print_)
    is_json = path.suffix.lower() in (".jsonl", ".ndjson", ".json")
    if is_json or print_.head.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"{":
        return (read_json_lines(shown_name(path), text),)
    return (read_csv(shown_name(path), text, print_, at_once),)


def as_frame(table: Table) -> pl.DataFrame:
    """A table as one frame of text: `row` and a column for each header cell, named as in the header.

    Cells are stripped, empty ones null, empty rows left out. Refusal where a header cell stands twice, or cells are merged
    over several rows.
    """
    merged = table.layout.merged.filter(pl.col("last_row") > pl.col("first_row"))["cells"].to_list()
    if merged:
        raise unreadably_merged(table.name, merged)
    titles = {column(place): one_line(title) for place, title in enumerate(table.columns)}
    wanted = {place: title for place, title in titles.items() if title}
    for title in wanted.values():
        if list(wanted.values()).count(title) > 1 or title == ROW:
            raise Refusal(
                f"{table.name} 的列名“{title}”重复或不可用，请改名", f"{table.name}: the column “{title}” stands twice"
            )
    if len(wanted) > _MOST_COLUMNS:
        raise Refusal(
            f"{table.name} 有 {len(wanted)} 列，这类表格不会这么宽，请检查分隔符",
            f"{table.name} has {len(wanted)} columns, more than such a table can have; check its separators",
        )
    frame = pl.concat(table.parts(), how="vertical")
    cells = [stripped(pl.col(place)).alias(title) for place, title in wanted.items()]
    return frame.select(ROW, *cells).filter(~pl.all_horizontal(pl.col(title).is_null() for title in wanted.values()))
