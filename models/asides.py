"""Lines of a table that are no rows of it (表外行): totals, signatures, notes and the day below it.

They stand in every office's table, in the first cell of their line that is filled.
"""

from __future__ import annotations

import re

from models.cells import AROUND
from models.personal import is_signed

TOTAL = r"(?i)^.{0,20}(?:[合总小共累]\s*计|(?:grand\s+|sub)?total)\s*[:：]?$"
NOTE = r"^[（(]?(?:注|备注|附注|说明|填表说明|填报说明)[0-9]?[:：]"
DAY = (
    r"^(?:日期[:：])?\s*(?:19|20)[0-9]{2}\s*"
    r"(?:年\s*[0-9]{1,2}\s*月\s*[0-9]{1,2}\s*日|[-./][0-9]{1,2}[-./][0-9]{1,2})$"
)
_ANY = tuple(map(re.compile, (TOTAL, NOTE, DAY)))


def is_aside(first: str) -> bool:
    """True for the first filled cell of a line that is no row: 合计, 填表人：…, 注：…, 2026年7月1日."""
    bare = first.strip(AROUND)
    return is_signed(bare) or any(shape.search(bare) for shape in _ANY)
