"""Kinds of townships (乡级单位类别) in tables of offices: a column that says what the digits of a code do not, or say wrongly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from models.rules.loading.text_tables import Faults
from models.units import LEVEL_ZH, UNIT_KIND_ZH, Level, kind_of

KIND_TITLES = ("kind", "类别", "单位类别", "乡级类别", "单位类型")
_KINDS: dict[str, str] = {
    **{spelling: kind for kind, zh in UNIT_KIND_ZH.items() for spelling in (kind, zh)},
    "街道办事处": "street",
    "类似乡级单位": "other",
}


def read_kind(written: str, code: str, level: Level, row: int, faults: Faults) -> str | None:
    """The kind that a cell gives to a township; None where it is empty, or after noting what is wrong with it."""
    if not written:
        return None
    if written not in _KINDS:
        zh = "、".join(f"{title}（{kind}）" for kind, title in UNIT_KIND_ZH.items())
        faults.add(
            row,
            f"类别“{written}”应为 {zh} 之一（团场、开发区等为“其他”）",
            f"the kind “{written}” must be one of {', '.join(UNIT_KIND_ZH)} (regiments, development zones and their like are"
            " other)",
        )
        return None
    if level != "township":
        faults.add(
            row,
            f"{code} 是{LEVEL_ZH[level]}单位，类别只用于乡级单位，请将该格留空（村级单位、普查小区的类别随所在乡级单位）",
            f"{code} is of {level} level, and only townships have a kind; leave the cell empty (a village or a district has"
            " that of its township)",
        )
        return None
    return _KINDS[written]


def kind_after(new: str, olds: Mapping[str, Mapping[str, Any]], given: Iterable[str]) -> str | None:
    """The kind of an office that goes by `new` after a change of divisions, null where the digits of that code say it.

    olds: by code the offices that it came from, as they stood in the list of units; given: kinds that the list of changes
    names. What a list once said of an office stays while its digits say of the new code what they said of the old one: a town
    that became a street has another code, and is a street.
    """
    named = set(given)
    if not named and new in olds:
        return olds[new]["kind"]  # type: ignore[no-any-return]
    if not named and all(kind_of(old) == kind_of(new) for old in olds):
        named = {one["kind"] for one in olds.values()}
    return named.pop() if len(named) == 1 else None
