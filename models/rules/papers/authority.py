"""Whose word counts (权限): the offices whose holder of a role may do an act, and when two names are one person's."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def offices_in_turn(
    whose: str, unit: str, above: Mapping[str, Sequence[str]], governments: Mapping[str, str]
) -> Iterator[tuple[str, ...]]:
    """The offices whose holder of a role may act for `unit`; each group stands in where nobody before it holds the role.

    whose: "unit", "superior" or "government", as in a ladder; above: the superiors of each office, the primary
    first. An office that answers to nobody is its own superior. The same office never stands in twice.
    """
    own = {"unit": (unit,), "superior": tuple(above.get(unit, ())), "government": (governments.get(unit, unit),)}
    group = own[whose] or (unit,)
    seen: set[str] = set()
    while group and not seen.issuperset(group):
        yield group
        seen |= set(group)
        group = tuple(above.get(group[0], ()))[:1]


def same_name(one: str, other: str) -> bool:
    """True if both are one name, however it was typed: composed or not, with signs that nobody sees, wide blanks."""
    return _plain(one) == _plain(other) != ""


def _plain(name: str) -> str:
    composed = unicodedata.normalize("NFC", name)
    seen = "".join(char for char in composed if char.isspace() or unicodedata.category(char) not in _UNSEEN)
    return " ".join(seen.split())
