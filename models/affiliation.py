"""Affiliation (隶属关系): whom offices answer to where the digits of their codes do not say so.

A code lies below every shorter one that it begins with, and most offices answer to just those. A regiment of 石河子 has a code of
another county, a city may answer to two provinces, and a county that a province administers itself has a prefecture's digits:
these few are known by name, with all who are above them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from models.units import prefix_superiors

Pairs = Iterable[tuple[str, str]]


@dataclass(frozen=True, eq=False)
class Affiliation:
    """read: every superior of each office that does not answer to just whom its digits name: (unit, superior). It is asked
    once, when somebody wants to know."""

    read: Callable[[], Pairs]

    @cached_property
    def superiors(self) -> Mapping[str, tuple[str, ...]]:
        """Of each of these offices, in order, those right above it on whichever line."""
        found: dict[str, set[str]] = defaultdict(set)
        for unit, superior in self.read():
            found[unit].add(superior)
        return {unit: tuple(sorted(found[unit])) for unit in sorted(found)}

    @cached_property
    def above(self) -> Mapping[str, frozenset[str]]:
        """Of each of these offices all that are above it, near and far."""
        return {unit: frozenset(self._all_above(unit)) for unit in self.superiors}

    def _all_above(self, unit: str) -> set[str]:
        found, left = set[str](), list(self.superiors[unit])
        while left:
            code = left.pop()
            if code not in found:
                found.add(code)
                left += self.superiors[code] if code in self.superiors else prefix_superiors(code)[:1]
        return found - {unit}


BY_DIGITS = Affiliation(tuple)
"""Everybody answers to whom their digits name."""
