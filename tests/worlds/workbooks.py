"""Workbooks in tests: cells filled in as whoever works with a spreadsheet would, and what a file says of itself."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from tasks.files.workbook_child import sheet_parts

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_DAY_ZERO = datetime(1899, 12, 30)


def part_of(file: Path, sheet: str) -> str:
    """The part of a sheet, as text."""
    with zipfile.ZipFile(file) as archive:
        return archive.read(sheet_parts(archive)[sheet]).decode()


def fill_in(file: Path, cells: Mapping[str, Mapping[str, object]]) -> Path:
    """Write cells into a workbook as a spreadsheet would: by sheet and place; None empties one. Texts, numbers, days, moments."""
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
        places = sheet_parts(archive)
    for sheet, own in cells.items():
        xml = parts[places[sheet]].decode()
        for place, value in own.items():
            xml = _with_cell(xml, place, value)
        parts[places[sheet]] = xml.encode()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return file


def _with_cell(xml: str, place: str, value: object) -> str:
    letters, row = re.fullmatch("([A-Z]+)([0-9]+)", place).groups()  # type: ignore[union-attr]
    there = re.search(rf'<c r="{place}"([^>]*?)(?:/>|(?<!/)>.*?</c>)', xml, re.DOTALL)
    style = re.search(r' s="[0-9]+"', there[1]) if there else None
    if style is None:
        column = re.search(rf'<col min="{_number(letters)}" max="[0-9]+"[^>]* style="([0-9]+)"', xml)
        styled = f' s="{column[1]}"' if column else ""
    else:
        styled = style[0]
    cell = _cell(place, styled, value)
    if there:
        return xml[: there.start()] + cell + xml[there.end() :]
    opened = re.search(rf'<row r="{row}"[^>]*?(/?)>', xml)
    if opened is None:
        ends = xml.index("</sheetData>")
        return f'{xml[:ends]}<row r="{row}">{cell}</row>{xml[ends:]}'
    ends = xml.index("</row>", opened.end())
    behind = next(
        (
            opened.end() + found.start()
            for found in re.finditer('<c r="([A-Z]+)', xml[opened.end() : ends])
            if _number(found[1]) > _number(letters)
        ),
        ends,
    )
    return xml[:behind] + cell + xml[behind:]


def _cell(place: str, style: str, value: object) -> str:
    match value:
        case None:
            return f'<c r="{place}"{style}/>'
        case str():
            return f'<c r="{place}"{style} t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
        case datetime():
            days = (value - _DAY_ZERO).total_seconds() / 86_400
            return f'<c r="{place}"{style}><v>{days!r}</v></c>'
        case date():
            return f'<c r="{place}"{style}><v>{(value - _DAY_ZERO.date()).days}</v></c>'
        case _:
            return f'<c r="{place}"{style}><v>{value}</v></c>'


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def notes_of(file: Path) -> dict[str, str]:
    """Every note of a workbook, by its cell."""
    found = {}
    with zipfile.ZipFile(file) as archive:
        for name in archive.namelist():
            if re.fullmatch(r"xl/comments[0-9]+\.xml", name):
                for note in ElementTree.fromstring(archive.read(name)).iter(f"{MAIN}comment"):
                    found[note.get("ref", "")] = "".join(text.text or "" for text in note.iter(f"{MAIN}t"))
    return found
