"""What a workbook says beside its cells: notes, comments, text boxes, heads and feet of pages, prompts of cells.

Nothing of it is kept. It is looked through for respondents' data, as whoever opens the file would read it.
"""

from __future__ import annotations

import html
import re
import zipfile
from collections.abc import Iterator

MOST_BYTES = 8 * 1024**2
"""Of the parts that hold such texts, unpacked; of the texts that are answered a part of that."""

_PARTS = re.compile(r"xl/(?:comments|threadedcomments|drawings)(?:/|\d*\.xml)", re.IGNORECASE)
_CELLS, _CELLS_END = re.compile(rb"<(?:\w{1,20}:)?sheetData\b"), b"sheetData>"
_BLOCK = re.compile(
    rb"<(/?)(?:\w{1,20}:)?(comment|threadedComment|p|(?:odd|even|first)(?:Header|Footer))(?:\s[^<>]*)?>"
)
_PROMPT = re.compile(rb"\b(?:prompt|promptTitle|error|errorTitle|tooltip)\s*=\s*\"([^\"<>]+)\"")
_FORMULA = re.compile(rb"<(?:\w{1,20}:)?formula[12](?:\s[^<>]*)?>([^<>]+)<")
_TAG = re.compile(rb"<[^<>]*>")


def asides(archive: zipfile.ZipFile, sheets: dict[str, str]) -> list[str] | None:
    """Every text beside the cells; None where there are more than a report has. sheets: the part of each sheet."""
    names = [entry for entry in archive.infolist() if _PARTS.match(entry.filename) and entry.filename.endswith(".xml")]
    if sum(entry.file_size for entry in names) > MOST_BYTES:
        return None
    around = [_around_cells(archive.read(part)) for part in sheets.values()]
    if sum(map(len, around)) > MOST_BYTES:
        return None
    found: list[str] = []
    for part in (*map(archive.read, names), *around):
        blocks = (_TAG.sub(b"", block) for block in _blocks(part))
        for text in (*blocks, *_PROMPT.findall(part), *_FORMULA.findall(part)):
            found.append(html.unescape(text.decode("utf-8", "replace")))
    return found


def _around_cells(xml: bytes) -> bytes:
    begun, ends = _CELLS.search(xml), xml.rfind(_CELLS_END)
    if begun is None or ends < begun.start():
        return xml
    return xml[: begun.start()] + xml[ends + len(_CELLS_END) :]


def _blocks(xml: bytes) -> Iterator[bytes]:
    """What stands between the marks of each block; one that is never closed is none. Looks at each mark once."""
    open_since: dict[bytes, int] = {}
    for mark in _BLOCK.finditer(xml):
        if not mark[1]:
            open_since.setdefault(mark[2], mark.end())
        elif mark[2] in open_since:
            yield xml[open_since.pop(mark[2]) : mark.start()]
