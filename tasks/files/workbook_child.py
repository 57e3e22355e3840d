"""Reads one XLSX workbook in a process of its own (`children`), whose memory and time are limited.

A crafted workbook of 5 KB makes the reader ask for all memory or stop the whole process; here it stops
only this one. Standard library and python-calamine only, so that it starts at once.

The answer: {"fault": name, "sheet": …, "place": …}, or {"sheets": [{"name", "visible", "bytes", "merged", "unvalued",
"hidden", "hidden_columns"}], "asides": texts beside the cells}; the CSV texts that it announces are in the file, one after
the other. Each CSV row begins with the row's number in the sheet.
"""

from __future__ import annotations

import csv
import io
import os
import sys
import zipfile
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, BinaryIO
from xml.etree import ElementTree

from tasks.files.children import answer, limit_this_process
from tasks.files.sizes import LONGEST_CELL, MOST_COLUMNS
from tasks.files.workbook_asides import asides
from tasks.files.workbook_scan import (
    ERROR,
    PERCENT,
    Found,
    hour_styles,
    percent_styles,
    scan_sheet,
    shared_lengths,
    text_bytes,
)

SECONDS = 60
MOST_ENTRIES = 2_000
MOST_SHEETS = 100
MOST_UNPACKED = 400 * 1024**2
_UNPACKED_ANYHOW = 64 * 1024**2
_UNPACKED_A_BYTE = 100
"""Bytes that one of the file may unpack to, where it is more than `_UNPACKED_ANYHOW`; a table comes to 5 to 20."""
MOST_ABOUT = 16 * 1024**2
"""Bytes of each part that only describes the workbook: its sheets, styles and relations."""
MOST_CELLS = 5_000_000
MOST_TEXT = 256 * 1024**2
"""Bytes of all texts together: one long text may stand in every cell of a small file."""
SPARSE_FROM = 2_000_000
"""From this many places on, at least one in FEWEST_FILLED must hold a cell."""
FEWEST_FILLED = 50

_LONGEST_SHARED = 4 * LONGEST_CELL
"""Bytes of one shared text with its marks."""

_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


class Fault(Exception):
    """Why the workbook is not read; `described` is what the parent turns into a sentence."""

    def __init__(self, fault: str, sheet: str = "", place: str = "") -> None:
        super().__init__(fault)
        self.answer = {"fault": fault, "sheet": sheet, "place": place}


def main(file: str, filled: str) -> int:
    """Write the workbook's texts to `filled`; the answer is what they are, or the fault that stopped it."""
    limit_this_process(SECONDS, MOST_TEXT)
    try:
        with open(file, "rb") as book, open(filled, "wb") as texts:
            with zipfile.ZipFile(book) as archive:
                _check_entries(archive, os.fstat(book.fileno()).st_size)
                found = _scan(archive)
                texts_beside = asides(archive, sheet_parts(archive))
                if texts_beside is None:
                    raise Fault("too_large")
            described = _read(book, found, texts)
    except Fault as fault:
        answer(fault.answer)
    except MemoryError:
        answer({"fault": "too_large"})
    except (zipfile.BadZipFile, ElementTree.ParseError, KeyError, NotImplementedError, RuntimeError, EOFError, OSError):
        answer({"fault": "damaged"})
    else:
        answer({"sheets": described, "asides": texts_beside})
    return 0


def _check_entries(archive: zipfile.ZipFile, size: int) -> None:
    most = min(MOST_UNPACKED, max(_UNPACKED_ANYHOW, _UNPACKED_A_BYTE * size))
    entries = archive.infolist()
    names = [entry.filename.lower() for entry in entries]
    if "xl/workbook.xml" not in names:
        raise Fault(_other_kind(archive, names))
    if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > most:
        raise Fault("bomb")
    if any(entry.file_size > MOST_ABOUT and _describes(entry.filename.lower()) for entry in entries):
        raise Fault("bomb")
    if len(set(names)) < len(names):
        raise Fault("damaged")
    if any(entry.flag_bits & 1 for entry in entries):
        raise Fault("encrypted")
    if any("vbaproject" in name or "/macrosheets/" in name for name in names):
        raise Fault("macros")
    if any("/externallinks/" in name or name.endswith("xl/connections.xml") for name in names):
        raise Fault("external")
    if any("/embeddings/" in name or "/activex/" in name for name in names):
        raise Fault("embedded")


def _describes(name: str) -> bool:
    return name.endswith(".rels") or name in ("xl/workbook.xml", "xl/styles.xml", "[content_types].xml")


def _other_kind(archive: zipfile.ZipFile, names: list[str]) -> str:
    """What an archive is that is no workbook of Excel's."""
    if "xl/workbook.bin" in names:
        return "xlsb"
    if "xl\\workbook.xml" in names:
        return "backslashes"
    if any(name.startswith(("word/", "word\\", "ppt/")) for name in names):
        return "document"
    if "mimetype" in names:
        with archive.open("mimetype") as about:
            return "ods" if b"spreadsheet" in about.read(200) else "document"
    return "not_workbook"


def _scan(archive: zipfile.ZipFile) -> dict[str, Found]:
    """What is known of each sheet before it is unpacked into cells."""
    parts = sheet_parts(archive)
    if len(parts) > MOST_SHEETS or len(set(parts.values())) < len(parts):
        raise Fault("damaged")
    styles = _part(archive, "xl/styles.xml")
    percent, hours = percent_styles(styles), hour_styles(styles)
    lengths = shared_lengths(_part(archive, "xl/sharedStrings.xml"))
    if max(lengths, default=0) > _LONGEST_SHARED:
        raise Fault("bomb")
    found, texts = {}, 0
    for name, part in parts.items():
        xml = archive.read(part)
        found[name] = scan_sheet(xml, percent, MOST_CELLS, hours)
        texts += text_bytes(xml, lengths, MOST_TEXT)
    if texts > MOST_TEXT:
        raise Fault("bomb")
    for name, sheet in found.items():
        if sheet.cells > MOST_CELLS or sheet.endless:
            raise Fault("too_large")
        if sheet.cells > sheet.rows * MOST_COLUMNS:
            raise Fault("wide", name, "1")
        if sheet.places > MOST_CELLS or (sheet.places > SPARSE_FROM and sheet.cells * FEWEST_FILLED < sheet.places):
            raise Fault("far", name, sheet.far)
    if sum(sheet.cells for sheet in found.values()) > MOST_CELLS:
        raise Fault("too_large")
    return found


def _part(archive: zipfile.ZipFile, name: str) -> bytes:
    return archive.read(name) if name in archive.namelist() else b""


def sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """The file inside the archive for each worksheet's name."""
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    workbook = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    parts = {}
    for sheet in workbook.iter():
        if not sheet.tag.endswith("}sheet"):
            continue
        relation = next((value for key, value in sheet.attrib.items() if key == _RELATION or key.endswith("}id")), None)
        target = targets.get(relation, "")
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if "worksheets/" in part:
            parts[sheet.get("name", "")] = part
    return parts


def _read(book: BinaryIO, found: Mapping[str, Found], texts: BinaryIO) -> list[dict[str, Any]]:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

    try:
        book.seek(0)
        workbook = CalamineWorkbook.from_filelike(book)
        sheets = []
        for about in workbook.sheets_metadata:
            if about.name not in found:
                continue
            sheet, begun = found[about.name], texts.tell()
            _write_rows(workbook.get_sheet_by_name(about.name).iter_rows(), sheet, texts, about.name)
            described = {"name": about.name, "visible": about.visible == SheetVisibleEnum.Visible}
            written = {"bytes": texts.tell() - begun, "merged": sheet.merged, "unvalued": sheet.unvalued}
            hidden = {"hidden": sheet.hidden, "hidden_columns": sheet.hidden_columns}
            sheets.append({**described, **written, **hidden})
        return sheets
    except PasswordError:
        raise Fault("encrypted") from None
    except CalamineError:
        raise Fault("damaged") from None


def _write_rows(rows: Iterable[list[Any]], sheet: Found, texts: BinaryIO, name: str) -> None:
    """The rows in which something stands, if only a formula without a result."""
    kept = {int(cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) for cell in sheet.unvalued}
    out = io.TextIOWrapper(texts, "utf-8", errors="replace", newline="")
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    for number, row in enumerate(rows, 1):
        while len(row) > MOST_COLUMNS and row[-1] in ("", None):
            row.pop()
        if len(row) > MOST_COLUMNS:
            raise Fault("wide", name, str(number))
        cells = [as_text(cell) for cell in row]
        for place, shown in sheet.shown.get(number, {}).items():
            if place < len(cells):
                cells[place] = _as_shown(row[place], shown)
        if any(cells) or number in kept:
            if any(len(cell) * 4 > LONGEST_CELL for cell in cells):
                raise Fault("long_cell", name, str(number))
            writer.writerow((number, *cells))
        if number % 1000 == 0 and texts.tell() > MOST_TEXT - 1000 * LONGEST_CELL // 4:
            raise Fault("too_large")
    out.flush()
    out.detach()


def _as_shown(cell: Any, shown: str) -> str:
    """A cell of which the sheet shows something else than its value."""
    if shown == ERROR:
        return ERROR
    if shown == PERCENT:
        return _as_percent(cell)
    return f"{cell.isoformat()}T00:00:00" if type(cell) is date else as_text(cell)


def _as_percent(cell: Any) -> str:
    """A number of which the sheet shows the hundredfold with a percent sign."""
    return f"{Decimal(repr(cell)) * 100:f}%" if isinstance(cell, float) else as_text(cell)


def as_text(cell: Any) -> str:
    """A cell as a person would type it: whole numbers without a point, never in powers of ten."""
    if isinstance(cell, str):
        return cell
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e18:
        return str(int(cell))
    if isinstance(cell, float):
        return f"{Decimal(repr(cell)):f}"
    if isinstance(cell, (date, datetime, time)):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return repr(cell)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
