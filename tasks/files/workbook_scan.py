"""What the XML of a worksheet tells before a library reads its cells: their extent, and what the library leaves out.

Every expression stops at the next "<" and has one way to get there, so that no crafted text makes it look twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from tasks.files.sizes import LONGEST_CELL

_PREFIX = rb"(?:[A-Za-z0-9]{1,20}:)?"
_CELL = re.compile(rb"<" + _PREFIX + rb"c\b[^<]*?\br\s*=\s*[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")
_MERGED = re.compile(rb"<" + _PREFIX + rb"mergeCell\b[^<]*?\bref\s*=\s*[\"']([A-Z0-9:$]{1,40})[\"']")
_UNVALUED = re.compile(
    rb"<" + _PREFIX + rb"c\b([^<>]*)>\s*"
    rb"<" + _PREFIX + rb"f\b(?:[^<>]*/>|[^<>]*>[^<]*</" + _PREFIX + rb"f>)\s*"
    rb"(?:</" + _PREFIX + rb"c>|<" + _PREFIX + rb"v\s*/>|<" + _PREFIX + rb"v\s*></)"
)
_START = re.compile(rb"<" + _PREFIX + rb"c\b([^<>]*)>")
_ERROR = re.compile(rb"\bt\s*=\s*[\"']e[\"']")
_STYLE = re.compile(rb"\bs\s*=\s*[\"']([0-9]{1,6})[\"']")
_KIND = re.compile(rb"\bt\s*=\s*[\"'](?!n[\"'])")
_PLACE = re.compile(rb"\br\s*=\s*[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")
_UNSEEN = re.compile(rb"\bhidden\s*=\s*[\"'](?:1|true)[\"']|\b(?:ht|width)\s*=\s*[\"']0(?:\.0*)?[\"']")
"""Hidden, or drawn so small that nobody sees it."""
_ROW = re.compile(rb"<" + _PREFIX + rb"row\b([^<>]*)>\s*<" + _PREFIX + rb"c\b")
_COLUMNS = re.compile(rb"<" + _PREFIX + rb"col\b([^<>]*)>")
_FIRST, _LAST = (re.compile(rb"\b" + end + rb"\s*=\s*[\"']([0-9]{1,5})[\"']") for end in (b"min", b"max"))
_NUMBERED_CELL = re.compile(rb"<" + _PREFIX + rb"c\b([^<>]*)>\s*<" + _PREFIX + rb"v\b[^<>]*>\s*([0-9]{1,9})")
_SHARED = re.compile(rb"\bt\s*=\s*[\"']s[\"']")
_TEXT = re.compile(rb"<" + _PREFIX + rb"si\b")
_FORMATS = re.compile(rb"<" + _PREFIX + rb"numFmt\b([^<>]*)>")
_NUMBERED = re.compile(rb"\bnumFmtId\s*=\s*[\"']([0-9]{1,9})[\"']")
_CODE = re.compile(rb"\bformatCode\s*=\s*(?:\"([^\"<]*)\"|'([^'<]*)')")
_FORMATTED = re.compile(rb"<" + _PREFIX + rb"xf\b([^<>]*)>")
_OF_CELLS, _OF_CELLS_END = re.compile(rb"<" + _PREFIX + rb"cellXfs\b"), b"cellXfs>"
_PERCENT_BY_NATURE = frozenset({9, 10})
_HOURS_BY_NATURE = frozenset({22})
_NO_SIGN = re.compile(rb"&quot;[^&]*&quot;|\[[^\[\]]*\]|\\.")
"""In the code of a format what stands for itself: texts in quotes, what is in brackets, and signs after a stroke."""
ERROR, PERCENT, HOURS = "#ERROR", "%", "00:00"
MOST_MERGED = 1000


@dataclass(frozen=True)
class Found:
    """A sheet: how many cells, rows, and places around the cells; the last that lies apart; what is special in it.

    unvalued: cells of formulas without a result. shown: by row and place, cells that show something else than their
    value, an error (ERROR), a percentage (PERCENT) or the hour of a day too (HOURS). hidden: how many rows a filter or a person has hidden; hidden_columns: the
    numbers of the first and last of each stretch of hidden columns.
    endless: one text is longer than a cell can be.
    """

    cells: int
    rows: int
    places: int
    far: str = ""
    merged: list[str] = field(default_factory=list)
    unvalued: list[str] = field(default_factory=list)
    shown: dict[int, dict[int, str]] = field(default_factory=dict)
    hidden: int = 0
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    endless: bool = False


def scan_sheet(xml: bytes, percent: Collection[int], most: int, hours: Collection[int] = ()) -> Found:
    """What `xml` tells. With more than `most` cells nothing but their number. percent: styles of percentages; hours: of days
    with their hour."""
    cells = xml.count(b"<c ") + xml.count(b":c ") + xml.count(b"<c>") + xml.count(b"<c\n") + xml.count(b"<c\t")
    endless = _is_endless(xml)
    if cells > most or endless:
        return Found(cells, 0, cells, endless=endless)
    columns: set[bytes] = set()
    last, counted, far = 0, 0, ""
    for found in _CELL.finditer(xml):
        counted += 1
        row = int(found[2])
        if row > last or found[1] not in columns:
            far = (found[1] + found[2]).decode()
        last = max(last, row)
        columns.add(found[1])
    width = max((column_number(letters) for letters in columns), default=0)
    has_formulas = b"<f" in xml or b":f" in xml
    formulas = _UNVALUED.finditer(xml) if has_formulas else ()
    return Found(
        cells=max(cells, counted),
        rows=xml.count(b"<row") + xml.count(b":row"),
        places=max(width * last, cells),
        far=far,
        merged=[found[1].decode() for found in _MERGED.finditer(xml)][:MOST_MERGED],
        # a formula whose result is an empty text has type "str" and is simply an empty cell
        unvalued=[place for found in formulas if b'"str"' not in found[1] and (place := _place(found[1]))],
        shown=_shown(xml, {**dict.fromkeys(hours, HOURS), **dict.fromkeys(percent, PERCENT)}),
        hidden=sum(1 for found in _ROW.finditer(xml) if _UNSEEN.search(found[1])),
        hidden_columns=list(_hidden_columns(xml)),
    )


def _hidden_columns(xml: bytes) -> Iterator[tuple[int, int]]:
    for found in _COLUMNS.finditer(xml):
        first, last = _FIRST.search(found[1]), _LAST.search(found[1])
        if first and last and _UNSEEN.search(found[1]):
            yield int(first[1]), int(last[1])


def _place(about: bytes) -> str:
    """Where a cell stands by what its mark says of it; nothing where it does not say it."""
    found = _PLACE.search(about)
    return (found[1] + found[2]).decode() if found else ""


def _is_endless(xml: bytes) -> bool:
    """True where no mark stands in a stretch that is longer than a cell can be."""
    step = 2 * LONGEST_CELL
    return any(xml.find(b"<", begun, begun + step) < 0 for begun in range(0, len(xml) - step + 1, step))


def percent_styles(xml: bytes) -> frozenset[int]:
    """The styles of cells (`s` of a cell) that show a number as a percentage."""
    return _styles(xml, _PERCENT_BY_NATURE, lambda code: b"%" in code)


def hour_styles(xml: bytes) -> frozenset[int]:
    """The styles of cells that show the hour of a day: at midnight the library gives the day alone."""
    return _styles(xml, _HOURS_BY_NATURE, lambda code: b"h" in _NO_SIGN.sub(b"", code).lower())


def _styles(xml: bytes, by_nature: Collection[int], shows: Callable[[bytes], bool]) -> frozenset[int]:
    formats = set(by_nature)
    for found in _FORMATS.finditer(xml):
        number, code = _NUMBERED.search(found[1]), _CODE.search(found[1])
        if number and code and shows(code[1] or code[2] or b""):
            formats.add(int(number[1]))
    of_cells = _OF_CELLS.search(xml)
    if of_cells is None:
        return frozenset()
    ends = max(xml.find(_OF_CELLS_END, of_cells.end()), 0)
    numbers = [_NUMBERED.search(found[1]) for found in _FORMATTED.finditer(xml, of_cells.start(), ends)]
    return frozenset(style for style, number in enumerate(numbers) if number and int(number[1]) in formats)


def _shown(xml: bytes, styles: Mapping[int, str]) -> dict[int, dict[int, str]]:
    if not styles and b'"e"' not in xml and b"'e'" not in xml:
        return {}
    shown: dict[int, dict[int, str]] = {}
    for found in _START.finditer(xml):
        about = found[1]
        style = _STYLE.search(about) if styles else None
        styled = styles.get(int(style[1])) if style is not None and not _KIND.search(about) else None
        seen = ERROR if _ERROR.search(about) is not None else styled
        place = _PLACE.search(about) if seen else None
        if seen and place is not None:
            shown.setdefault(int(place[2]), {})[column_number(place[1]) - 1] = seen
    return shown


def text_bytes(xml: bytes, lengths: Sequence[int], enough: int) -> int:
    """How many bytes the shared texts in a sheet's cells come to; counted one by one only where it may be `enough`."""
    if not lengths or max(lengths) * (xml.count(b'"s"') + xml.count(b"'s'")) < enough:
        return 0
    places = (int(found[2]) for found in _NUMBERED_CELL.finditer(xml) if _SHARED.search(found[1]))
    return sum(lengths[place] for place in places if place < len(lengths))


def shared_lengths(xml: bytes) -> list[int]:
    """The bytes of each shared text, its marks included, in their order."""
    begun = [found.start() for found in _TEXT.finditer(xml)]
    return [end - start for start, end in pairwise([*begun, len(xml)])]


def column_number(letters: bytes) -> int:
    """A is 1."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
