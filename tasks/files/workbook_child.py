"""Reads one XLSX workbook in a process of its own, whose memory and time are limited.

A crafted workbook of 5 KB makes the reader ask for all memory or stop the whole process; here it stops
only this one. Run as a script: `python -I workbook_child.py FILE`. Standard library and python-calamine
only, so that it starts at once.

On standard output: one line of JSON, then the CSV texts that it announces, one after the other.
{"fault": name, "sheet": …, "place": …}, or {"sheets": [{"name", "visible", "bytes", "merged", "unvalued"}]};
each CSV row begins with the row's number in the sheet.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sys
import zipfile
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any
from xml.etree import ElementTree

MEMORY = 2 * 1024**3
SECONDS = 90
MOST_ENTRIES = 5_000
MOST_UNPACKED = 600 * 1024**2
MOST_CELLS = 10_000_000
SPARSE_FROM = 2_000_000
"""From this many places on, at least one in FEWEST_FILLED must hold a cell."""
FEWEST_FILLED = 50

_PREFIX = rb"(?:[A-Za-z0-9]+:)?"
_CELL = re.compile(rb"<" + _PREFIX + rb"c\b[^>]*?\br\s*=\s*[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")
_MERGED = re.compile(rb"<" + _PREFIX + rb"mergeCell\b[^>]*?\bref\s*=\s*[\"']([A-Z0-9:$]+)[\"']")
_UNVALUED = re.compile(
    rb"<" + _PREFIX + rb"c\b([^>]*?\br\s*=\s*[\"']([A-Z]{1,3}[0-9]{1,7})[\"'][^>]*)>\s*"
    rb"<" + _PREFIX + rb"f\b(?:[^>]*/>|[^>]*>[^<]*</" + _PREFIX + rb"f>)\s*"
    rb"(?:</" + _PREFIX + rb"c>|<" + _PREFIX + rb"v\s*/>|<" + _PREFIX + rb"v\s*></)"
)
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


class Fault(Exception):
    """Why the workbook is not read; `described` is what the parent turns into a sentence."""

    def __init__(self, fault: str, sheet: str = "", place: str = "") -> None:
        super().__init__(fault)
        self.answer = {"fault": fault, "sheet": sheet, "place": place}


def main(path: str) -> int:
    """Write the workbook, or the fault that stopped it, to standard output."""
    _limit()
    try:
        with zipfile.ZipFile(path) as archive:
            _check_entries(archive)
            parts = _sheet_parts(archive)
            scanned = {name: _scan(name, archive.read(part)) for name, part in parts.items()}
        sheets = _read(path, scanned)
    except Fault as fault:
        _answer(fault.answer, ())
    except MemoryError:
        _answer({"fault": "too_large"}, ())
    except (zipfile.BadZipFile, ElementTree.ParseError, KeyError, NotImplementedError, RuntimeError, EOFError):
        _answer({"fault": "damaged"}, ())
    else:
        _answer({"sheets": [described for described, _ in sheets]}, (text for _, text in sheets))
    return 0


def _limit() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limits; the parent's time limit holds there too
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _check_entries(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    names = [entry.filename.lower() for entry in entries]
    if "xl/workbook.xml" not in names:
        raise Fault("xlsb" if "xl/workbook.bin" in names else "not_workbook")
    if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        raise Fault("bomb")
    if any(entry.flag_bits & 1 for entry in entries):
        raise Fault("encrypted")
    if any("vbaproject" in name or "/macrosheets/" in name for name in names):
        raise Fault("macros")
    if any("/externallinks/" in name or name.endswith("xl/connections.xml") for name in names):
        raise Fault("external")
    if any("/embeddings/" in name or "/activex/" in name for name in names):
        raise Fault("embedded")


def _sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
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


def _scan(name: str, xml: bytes) -> dict[str, Any]:
    """Refuse a sheet whose cells lie far apart; find merged ranges and formulas without a result."""
    columns: set[bytes] = set()
    last, cells, far = 0, 0, ""
    for found in _CELL.finditer(xml):
        cells += 1
        row = int(found[2])
        if row > last or found[1] not in columns:
            far = (found[1] + found[2]).decode()
        last = max(last, row)
        columns.add(found[1])
    width = max((_column_number(column) for column in columns), default=0)
    places = width * last
    if places > MOST_CELLS or (places > SPARSE_FROM and cells * FEWEST_FILLED < places):
        raise Fault("far", name, far)
    has_formulas = b"<f" in xml or b":f" in xml
    formulas = _UNVALUED.finditer(xml) if has_formulas else ()
    return {
        "merged": [found[1].decode() for found in _MERGED.finditer(xml)][:3],
        # a formula whose result is an empty text has type "str" and is simply an empty cell
        "unvalued": [found[2].decode() for found in formulas if b'"str"' not in found[1]],
    }


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _read(path: str, scanned: dict[str, dict[str, Any]]) -> list[tuple[dict[str, Any], bytes]]:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

    try:
        workbook = CalamineWorkbook.from_path(path)
        sheets = []
        for about in workbook.sheets_metadata:
            if about.name not in scanned:
                continue
            text = _as_csv(workbook.get_sheet_by_name(about.name).iter_rows(), scanned[about.name]["unvalued"])
            described = {"name": about.name, "visible": about.visible == SheetVisibleEnum.Visible, "bytes": len(text)}
            sheets.append(({**described, **scanned[about.name]}, text))
        return sheets
    except PasswordError:
        raise Fault("encrypted") from None
    except CalamineError:
        raise Fault("damaged") from None


def _as_csv(rows: Iterable[list[Any]], unvalued: Iterable[str]) -> bytes:
    """The rows in which something stands, if only a formula without a result."""
    kept = {int(cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) for cell in unvalued}
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    for number, row in enumerate(rows, 1):
        cells = [_as_text(cell) for cell in row]
        if any(cells) or number in kept:
            writer.writerow((number, *cells))
    return out.getvalue().encode("utf-8", "replace")


def _as_text(cell: Any) -> str:
    """A cell as a person would type it: whole numbers without a point, never in powers of ten."""
    if isinstance(cell, str):
        return cell
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e18:
        return str(int(cell))
    if isinstance(cell, (date, datetime, time)):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return repr(cell)


def _answer(described: dict[str, Any], texts: Iterable[bytes]) -> None:
    out = sys.stdout.buffer
    out.write(json.dumps(described).encode("ascii") + b"\n")
    for text in texts:
        out.write(text)
    out.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
