"""A copy of a received workbook in which some cells are marked (标注副本): coloured, and with a note of what is wrong.

The sender's file is taken as it is, part by part. Only what a mark needs is put in: a colour among its styles, the cell's
style, a note and the box that it is shown in. Whatever else the file has stays as it came.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from posixpath import basename, dirname, join, normpath, relpath
from xml.sax.saxutils import escape

from models.text import UNSEEN, one_line
from tasks.files.note_boxes import boxes, first_free_block, with_boxes
from tasks.files.workbook_child import sheet_parts
from tasks.files.workbook_scan import column_number

MOST_MARKED = 5_000
"""Cells that are marked in one copy."""
_MOST_BYTES = 64 * 1024**2
"""Of a sheet, unpacked."""
_RED = b'<%(p)sfill><%(p)spatternFill patternType="solid"><%(p)sfgColor rgb="FFFF9999"/><%(p)sbgColor indexed="64"/></%(p)spatternFill></%(p)sfill>'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_TYPES, _STYLES = "[Content_Types].xml", "xl/styles.xml"
_NOTES_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
_BOXES_TYPE = "application/vnd.openxmlformats-officedocument.vmlDrawing"
_BEHIND_BOXES = (
    b"legacyDrawingHF",
    b"drawingHF",
    b"picture",
    b"oleObjects",
    b"controls",
    b"webPublishItems",
    b"tableParts",
    b"extLst",
)
"""What may stand in a sheet behind the reference to its boxes."""
_ROOT = re.compile(rb"<((?:\w+:)?)worksheet\b")
_ATTRIBUTE = rb"\s%s\s*=\s*[\"']([^\"'<>]*)[\"']"
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b[^<>]*>")
_UNSEEN = re.compile(UNSEEN)


class CannotBeMarked(Exception):
    """A workbook that is read well enough, and whose parts are not laid out as a mark needs them."""


@dataclass(frozen=True, order=True)
class Mark:
    """A cell and what is wrong with it. row: as people count; place: of the column, the first 0."""

    row: int
    place: int
    why: str

    @property
    def cell(self) -> str:
        letters, left = "", self.place + 1
        while left:
            left, letter = divmod(left - 1, 26)
            letters = chr(ord("A") + letter) + letters
        return f"{letters}{self.row}"


def write_marked(file: Path, part: Path, marks: Mapping[str, Sequence[Mark]], author: str) -> None:
    """Write to `part` a copy of the workbook `file` with marks, by sheet; no more than MOST_MARKED of them all.

    author: whose the notes are. The same file and marks always make the same copy. CannotBeMarked where a part is not laid out as usual; OSError where it cannot be written.
    """
    with zipfile.ZipFile(file) as archive:
        changed = _changed(archive, marks, author)
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as copy:
            for entry in archive.infolist():
                data = changed.pop(entry.filename, None)
                copy.writestr(entry, archive.read(entry) if data is None else data, zipfile.ZIP_DEFLATED)
            for name, data in changed.items():
                copy.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)


def _changed(archive: zipfile.ZipFile, marks: Mapping[str, Sequence[Mark]], author: str) -> dict[str, bytes]:
    """The parts that become others, and new ones."""
    names = set(archive.namelist())
    parts = {one_line(name): part for name, part in sheet_parts(archive).items()}
    if _TYPES not in names or any(one_line(name) not in parts for name in marks):
        raise CannotBeMarked
    changed: dict[str, bytes] = {}
    styles = _Styles(archive.read(_STYLES) if _STYLES in names else b"")
    types = archive.read(_TYPES)
    block = first_free_block(archive.read(name) for name in names if name.lower().endswith(".vml"))
    left = MOST_MARKED
    for sheet, own in marks.items():
        part = parts[one_line(sheet)]
        cells = _once(own)[:left]
        left -= len(cells)
        if not cells:
            continue
        if archive.getinfo(part).file_size > _MOST_BYTES:
            raise CannotBeMarked
        notes = _Notes(archive, part, names | changed.keys())
        xml = _coloured(archive.read(part), cells, styles)
        changed[part] = notes.referred_to(xml)
        changed[notes.part] = notes.noted(cells, author)
        changed[notes.boxes] = with_boxes(notes.boxes_before, boxes(cells_of(cells), block), block, len(cells))
        changed[notes.relations_part] = notes.relations
        types = _typed(types, notes)
        block += 1 + len(cells) // 1024
    if styles.xml:
        changed[_STYLES] = styles.written()
    changed[_TYPES] = types
    return changed


def cells_of(marks: Iterable[Mark]) -> list[tuple[int, int]]:
    """Row and column of each, both counted from 0, as boxes have them."""
    return [(mark.row - 1, mark.place) for mark in marks]


def _once(marks: Iterable[Mark]) -> list[Mark]:
    """Every cell once, in order, with all that is wrong with it."""
    found: dict[tuple[int, int], list[str]] = {}
    for mark in sorted(marks):
        found.setdefault((mark.row, mark.place), []).append(mark.why)
    return [Mark(row, place, "\n".join(dict.fromkeys(whys))) for (row, place), whys in found.items()]


class _Styles:
    """The styles of a workbook, with red ones like those that its cells have."""

    def __init__(self, xml: bytes) -> None:
        self.xml = xml
        if not xml:
            return
        fills = re.search(rb"<((?:\w+:)?)fills\b[^<>]*>(.*?)</(?:\w+:)?fills>", xml, re.DOTALL)
        formats = re.search(rb"<((?:\w+:)?)cellXfs\b[^<>]*>(.*?)</(?:\w+:)?cellXfs>", xml, re.DOTALL)
        if fills is None or formats is None:
            raise CannotBeMarked
        self.prefix = fills[1]
        self._fill = len(re.findall(rb"<(?:\w+:)?fill\b", fills[2]))
        self._formats = [found[0] for found in re.finditer(_FORMAT, formats[2])]
        self._known = len(self._formats)
        self._red: dict[int, int] = {}

    def red(self, style: int) -> int:
        """The style like `style`, in red; the same where a workbook has no styles."""
        if not self.xml:
            return style
        if style not in self._red:
            if style >= self._known:
                raise CannotBeMarked
            self._formats.append(_filled(self._formats[style], self._fill))
            self._red[style] = len(self._formats) - 1
        return self._red[style]

    def written(self) -> bytes:
        xml = self.xml
        if self._red:
            prefix = {b"p": self.prefix}
            xml = _with_more(xml, b"fills", _RED % prefix, self._fill + 1)
            xml = _with_more(xml, b"cellXfs", b"".join(self._formats[self._known :]), len(self._formats))
        return xml


_FORMAT = re.compile(rb"<((?:\w+:)?xf)\b[^<>]*(?:/>|(?<!/)>.*?</\1>)", re.DOTALL)


def _filled(shape: bytes, fill: int) -> bytes:
    """A cell's format with another fill."""
    opened = re.match(rb"<((?:\w+:)?xf)\b[^<>]*?(/?)>", shape)
    assert opened is not None
    about = re.sub(rb"\s(?:fillId|applyFill)\s*=\s*[\"'][^\"']*[\"']", b"", opened[0])
    begun = len(opened[1]) + 1
    return b'%s fillId="%d" applyFill="1"%s%s' % (about[:begun], fill, about[begun:], shape[opened.end() :])


def _with_more(xml: bytes, name: bytes, more: bytes, count: int) -> bytes:
    """A list of styles with some more at its end, and their number."""
    opened = re.search(rb"<(?:\w+:)?%s\b[^<>]*>" % name, xml)
    ends = re.search(rb"</(?:\w+:)?%s>" % name, xml)
    assert opened is not None
    assert ends is not None
    counted = re.sub(rb"(\scount\s*=\s*[\"'])[0-9]+", rb"\g<1>%d" % count, opened[0])
    return xml[: opened.start()] + counted + xml[opened.end() : ends.start()] + more + xml[ends.start() :]


def _coloured(xml: bytes, marks: Sequence[Mark], styles: _Styles) -> bytes:
    """A sheet with the cells of marks in red; those that are not there yet are put into their rows."""
    root = _ROOT.search(xml)
    if root is None:
        raise CannotBeMarked
    wanted: dict[int, dict[int, str]] = {}
    for mark in marks:
        wanted.setdefault(mark.row, {})[mark.place] = mark.cell
    columns = _column_styles(xml)
    pieces, done = [], 0
    for opened in re.finditer(rb"<%srow\b([^<>]*)>" % root[1], xml):
        number = re.search(_ATTRIBUTE % b"r", opened[1])
        if number is None:
            raise CannotBeMarked
        own = wanted.pop(int(number[1]), None)
        if own is None:
            continue
        if opened[1].endswith(b"/"):
            raise CannotBeMarked
        ends = xml.find(b"</%srow>" % root[1], opened.end())
        pieces += [xml[done : opened.end()], _in_row(xml[opened.end() : ends], own, columns, styles, root[1])]
        done = ends
    if wanted:
        raise CannotBeMarked
    return b"".join([*pieces, xml[done:]])


def _in_row(
    cells: bytes, wanted: Mapping[int, str], columns: Mapping[int, int], styles: _Styles, prefix: bytes
) -> bytes:
    """The cells of a row, some of them red."""
    pieces, done, left = [], 0, dict(wanted)
    for opened in re.finditer(rb"<%sc\b([^<>]*?)(/?)>" % prefix, cells):
        place = re.search(_ATTRIBUTE % b"r", opened[1])
        if place is None:
            raise CannotBeMarked
        at = column_number(re.match(rb"[A-Z]+", place[1])[0]) - 1  # type: ignore[index]
        before = [one for one in left if one < at]
        pieces += [
            cells[done : opened.start()],
            *(_empty(one, left.pop(one), columns, styles, prefix) for one in before),
        ]
        done = opened.start()
        if at in left:
            del left[at]
            about, style = opened[1], re.search(_ATTRIBUTE % b"s", opened[1])
            if style is not None:
                about = about[: style.start()] + about[style.end() :]
            red = styles.red(int(style[1]) if style else 0)
            pieces.append(b'<%sc%s s="%d"%s>' % (prefix, about, red, opened[2]))
            done = opened.end()
    pieces.append(cells[done:])
    return b"".join([*pieces, *(_empty(one, left[one], columns, styles, prefix) for one in sorted(left))])


def _empty(place: int, cell: str, columns: Mapping[int, int], styles: _Styles, prefix: bytes) -> bytes:
    return b'<%sc r="%s" s="%d"/>' % (prefix, cell.encode(), styles.red(columns.get(place, 0)))


def _column_styles(xml: bytes) -> dict[int, int]:
    """The style of each column that has one."""
    found: dict[int, int] = {}
    for about in re.findall(rb"<(?:\w+:)?col\b([^<>]*)>", xml[: max(xml.find(b"sheetData"), 0)]):
        first, last, style = (re.search(_ATTRIBUTE % name, about) for name in (b"min", b"max", b"style"))
        if first and last and style:
            ends = min(int(last[1]), int(first[1]) + 999)
            found |= dict.fromkeys(range(int(first[1]) - 1, ends), int(style[1]))
    return found


class _Notes:
    """The notes of a sheet: the part in which they stand, the boxes that they are shown in, and how the sheet knows of both."""

    def __init__(self, archive: zipfile.ZipFile, sheet: str, names: Iterable[str]) -> None:
        known = set(names)
        self.sheet = sheet
        self.relations_part = join(dirname(sheet), "_rels", f"{basename(sheet)}.rels")
        there = self.relations_part in archive.namelist()
        empty = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>'
        self.relations = archive.read(self.relations_part) if there else empty
        part, boxes_part = self._target(b"/comments"), self._target(b"/vmlDrawing")
        self.before = archive.read(part) if part else b""
        self.boxes_before = archive.read(boxes_part) if boxes_part else b""
        self.is_new, self.has_new_boxes = part is None, boxes_part is None
        self.part = part or _free("xl/comments{}.xml", known)
        self.boxes = boxes_part or _free("xl/drawings/vmlDrawing{}.vml", known)
        self._reference = ""
        if part is None:
            self._relate("comments", self.part)
        if boxes_part is None:
            self._reference = self._relate("vmlDrawing", self.boxes)

    def _target(self, kind: bytes) -> str | None:
        """The part that the sheet knows as `kind`. Boxes in the head of a page are none of ours."""
        for relation in _RELATION.findall(self.relations):
            about, target = re.search(_ATTRIBUTE % b"Type", relation), re.search(_ATTRIBUTE % b"Target", relation)
            if about and target and about[1].endswith(kind):
                path = target[1].decode()
                return path.lstrip("/") if path.startswith("/") else normpath(join(dirname(self.sheet), path))
        return None

    def _relate(self, kind: str, part: str) -> str:
        """Let the sheet know a part; under which name."""
        numbers = [int(found) for found in re.findall(rb"\sId\s*=\s*[\"']rId([0-9]+)", self.relations)]
        name = f"rId{max(numbers, default=0) + 1}"
        target = relpath(part, dirname(self.sheet))
        one = f'<Relationship Id="{name}" Type="{_OFFICE}/{kind}" Target="{target}"/>'.encode()
        ends = self.relations.rfind(b"</")
        if ends < 0:
            raise CannotBeMarked
        self.relations = self.relations[:ends] + one + self.relations[ends:]
        return name

    def referred_to(self, xml: bytes) -> bytes:
        """The sheet with the reference to its boxes."""
        if not self._reference:
            return xml
        root = _ROOT.search(xml)
        assert root is not None
        if re.search(rb"<%slegacyDrawing\b" % root[1], xml):
            raise CannotBeMarked
        begun = xml.rfind(b"</%ssheetData>" % root[1])
        behind = [xml.find(b"<%s%s" % (root[1], name), begun) for name in _BEHIND_BOXES]
        ends = min((place for place in behind if place >= 0), default=xml.rfind(b"</%sworksheet" % root[1]))
        one = b'<%slegacyDrawing xmlns:r="%s" r:id="%s"/>' % (root[1], _OFFICE.encode(), self._reference.encode())
        return xml[:ends] + one + xml[ends:]

    def noted(self, marks: Sequence[Mark], author: str) -> bytes:
        """The notes with those of marks; a note that a cell has already stays above them."""
        before = (
            self.before
            or (
                f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<comments xmlns="{_MAIN}"><authors></authors><commentList></commentList></comments>'
            ).encode()
        )
        listed = re.search(rb"<((?:\w+:)?)commentList\b[^<>]*>", before)
        if listed is None or b"</%sauthors>" % listed[1] not in before:
            raise CannotBeMarked
        prefix = listed[1]
        authors = len(re.findall(rb"<%sauthor\b" % prefix, before))
        for mark in marks:
            before = _with_note(before, mark, authors, prefix)
        one = b"<%sauthor>%s</%sauthor></%sauthors>" % (prefix, escape(author).encode(), prefix, prefix)
        return before.replace(b"</%sauthors>" % prefix, one, 1)


def _with_note(notes: bytes, mark: Mark, author: int, prefix: bytes) -> bytes:
    text = escape(_UNSEEN.sub("", mark.why)).encode()
    run = b'<%sr><%st xml:space="preserve">%s</%st></%sr>' % (prefix, prefix, text, prefix, prefix)
    there = re.search(rb"<%scomment\b[^<>]*\sref\s*=\s*[\"']%s[\"'][^<>]*>" % (prefix, mark.cell.encode()), notes)
    if there is not None:
        ends = notes.find(b"</%stext>" % prefix, there.end())
        if ends < 0:
            raise CannotBeMarked
        newline = run.replace(b'preserve">', b'preserve">\n', 1)
        return notes[:ends] + newline + notes[ends:]
    ends = notes.rfind(b"</%scommentList>" % prefix)
    if ends < 0:
        raise CannotBeMarked
    one = b'<%scomment ref="%s" authorId="%d"><%stext>%s</%stext></%scomment>' % (
        prefix,
        mark.cell.encode(),
        author,
        prefix,
        run,
        prefix,
        prefix,
    )
    return notes[:ends] + one + notes[ends:]


def _free(pattern: str, names: set[str]) -> str:
    """The first name of a pattern that no part has."""
    lower = {name.lower() for name in names}
    number = 1
    while pattern.format(number).lower() in lower:
        number += 1
    return pattern.format(number)


def _typed(types: bytes, notes: _Notes) -> bytes:
    """What says of each part of which kind it is, with the new ones."""
    more = b""
    if notes.is_new:
        more += f'<Override PartName="/{notes.part}" ContentType="{_NOTES_TYPE}"/>'.encode()
    if not re.search(rb"Extension\s*=\s*[\"']vml[\"']", types, re.IGNORECASE):
        more += f'<Default Extension="vml" ContentType="{_BOXES_TYPE}"/>'.encode()
    ends = types.rfind(b"</")
    if ends < 0:
        raise CannotBeMarked
    return types[:ends] + more + types[ends:]
