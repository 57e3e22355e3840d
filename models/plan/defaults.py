"""默认设置: dates of a plan that no source says. Lateness against one of them is said to be by a default date (按默认期限)."""

from __future__ import annotations

import re

_CLAUSES = re.compile(r"[；;，,。（）()]")
_MARK = re.compile(
    r"(?P<of>.*?)(?:均)?(?:为)?默认设置|(?P<of_en>.*?)(?:are|is)?\s*(?:a\s+)?default settings?", re.IGNORECASE
)
_DATES = re.compile(r"期限|起止|起始|日期|时间|频次|date|due|window|cadence", re.IGNORECASE)


def dates_are_defaults(note: str | None) -> bool:
    """True where a note (备注) calls what it stands at, or the dates of that, a default setting.

    默认设置; 期限和1:5为默认设置; 各阶段起止沿用2020年，均为默认设置. Not: 比对规则为默认设置, which is about no date.
    """
    clauses = [clause.strip() for clause in _CLAUSES.split(note or "")]
    for place, clause in enumerate(clauses):
        marked = _MARK.fullmatch(clause)
        if marked is None:
            continue
        of = (marked["of"] or marked["of_en"] or "").strip()
        if clause.startswith("均"):
            of = clauses[place - 1] if place else ""
        if not of or _DATES.search(of):
            return True
    return False
