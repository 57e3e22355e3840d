"""What a workbook says beside its cells: notes, comments, text boxes, heads and feet of pages, prompts of cells.

Nothing of it is kept. It is looked through for respondents' data, as whoever opens the file would read it.
"""

from __future__ import annotations

import html
import re
import zipfile

MOST_BYTES = 8 * 1024**2
"""Of the parts that hold such texts, unpacked; of the texts that are answered a part of that."""

_PARTS = re.compile(r"xl/(?:comments|threadedcomments|drawings)(?:/|\d*\.xml)", re.IGNORECASE)
_CELLS = re.compile(rb"<(?:\w{1,20}:)?sheetData\b.*</(?:\w{1,20}:)?sheetData>", re.DOTALL)
_BLOCK = re.compile(
    rb"<(?:\w{1,20}:)?(comment|threadedComment|p|(?:odd|even|first)(?:Header|Footer))(?:\s[^<>]*)?>"
    rb"(.*?)</(?:\w{1,20}:)?\1>",
    re.DOTALL,
)
_PROMPT = re.compile(rb"\b(?:prompt|promptTitle|error|errorTitle|tooltip)\s*=\s*\"([^\"<>]+)\"")
_FORMULA = re.compile(rb"<(?:\w{1,20}:)?formula[12](?:\s[^<>]*)?>([^<>]+)<")
_TAG = re.compile(rb"<[^<>]*>")


def asides(archive: zipfile.ZipFile, sheets: dict[str, str]) -> list[str] | None:
    """Every text beside the cells; None where there are more than a report has. sheets: the part of each sheet."""
    names = [entry for entry in archive.infolist() if _PARTS.match(entry.filename) and entry.filename.endswith(".xml")]
    if sum(entry.file_size for entry in names) > MOST_BYTES:
        return None
    around = [_CELLS.sub(b"", archive.read(part)) for part in sheets.values()]
    if sum(map(len, around)) > MOST_BYTES:
        return None
    found: list[str] = []
    for part in (*map(archive.read, names), *around):
        blocks = (_TAG.sub(b"", block) for _, block in _BLOCK.findall(part))
        for text in (*blocks, *_PROMPT.findall(part), *_FORMULA.findall(part)):
            found.append(html.unescape(text.decode("utf-8", "replace")))
    return found
