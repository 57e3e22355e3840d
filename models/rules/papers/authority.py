"""Whose word counts (权限): the offices whose holder of a role may do an act."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence


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
