"""The boxes in which a workbook shows the notes of its cells (批注框), as Excel draws them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_NAMES = (
    'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
    ' xmlns:x="urn:schemas-microsoft-com:office:excel"'
)
_BEFORE = (
    f'<xml {_NAMES}><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="{{blocks}}"/></o:shapelayout>'
    '<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    '<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype></xml>'
)
_BOX = (
    f'<v:shape {_NAMES} id="_x0000_s{{number}}" type="#_x0000_t202" style="position:absolute;margin-left:100pt;margin-top:10pt;'
    'width:240pt;height:75pt;z-index:{place};visibility:hidden" fillcolor="#ffffe1" o:insetmode="auto">'
    '<v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/><v:path o:connecttype="none"/>'
    '<v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox>'
    '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>{anchor}</x:Anchor>'
    "<x:AutoFill>False</x:AutoFill><x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
)
_IN_A_BLOCK = 1024
"""Numbers of shapes come in blocks; each drawing says which are its own."""
_IDMAP = re.compile(rb"(<o:idmap\b[^<>]*\bdata\s*=\s*[\"'])([0-9, ]*)")
_HAS_BOX = re.compile(rb"<x:Row>\s*([0-9]+)\s*</x:Row>\s*<x:Column>\s*([0-9]+)\s*</x:Column>")


def first_free_block(drawings: Iterable[bytes]) -> int:
    """The first block of numbers that no drawing of a workbook has."""
    taken = [
        int(number) for one in drawings for found in _IDMAP.findall(one) for number in re.findall(rb"[0-9]+", found[1])
    ]
    return max(taken, default=0) + 1


def boxes(cells: Sequence[tuple[int, int]], block: int) -> dict[tuple[int, int], bytes]:
    """A box for each cell (row and column from 0), with numbers from `block` on."""
    return {
        (row, column): _BOX.format(
            number=block * _IN_A_BLOCK + place,
            place=place,
            anchor=f"{column + 1}, 15, {row}, 10, {column + 4}, 15, {row + 4}, 4",
            row=row,
            column=column,
        ).encode()
        for place, (row, column) in enumerate(cells, 1)
    }


def with_boxes(drawing: bytes, added: dict[tuple[int, int], bytes], block: int, count: int) -> bytes:
    """A drawing (empty where there was none) with boxes for the cells that have none yet."""
    blocks = ",".join(str(block + one) for one in range(1 + count // _IN_A_BLOCK))
    if not drawing:
        drawing = _BEFORE.format(blocks=blocks).encode()
    else:
        drawing = _IDMAP.sub(lambda found: found[0] + b"," + blocks.encode(), drawing, count=1)
    there = {(int(row), int(column)) for row, column in _HAS_BOX.findall(drawing)}
    more = b"".join(box for cell, box in added.items() if cell not in there)
    ends = drawing.rfind(b"</")
    return drawing[:ends] + more + drawing[ends:]
