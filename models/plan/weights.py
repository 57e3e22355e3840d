"""Whether an indicator is about people or about work, and what a condition may do with it (条例 art. 5, 33).

A derived figure is what its parts outside denominators are; people in a denominator need work that somebody reports
above them. What fails this is about people, whatever it is called.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from models.plan.makeup import Makeup, Names

Kind = Literal["due", "done", "open", "checked", "errors", "share", "left", "mixed"]
"""Counts of an office's own work that have limits. share: done by due; left: due less done; mixed: no longer told."""


@dataclass(frozen=True)
class Weight:
    """One indicator as conditions see it.

    people: it is about them. rate: somewhere in it people are a denominator. reported: work that somebody reports, or
    a sum of such. kinds: of counts of the office's own work. leaves: the reported work that it is made of.
    """

    people: bool = False
    rate: bool = False
    reported: bool = True
    kinds: frozenset[Kind] = frozenset()
    leaves: frozenset[str] = frozenset()


@dataclass
class Weights:
    """The indicators of a plan as conditions see them; one that is not known is plain work."""

    of: dict[str, Weight] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Weight:
        return self.of.get(name, Weight())

    def people_in(self, made: Makeup) -> list[str]:
        """The figures about people for which a condition made so would set a goal, those outside denominators first."""
        found = [name for name in made.outside if self[name].people]
        for above, below in made.fractions:
            counted = [name for name in below if self[name].people or self[name].rate]
            is_work = bool(above) and all(self._is_reported_work(name) for name in above)
            if not is_work or any(self[name].rate for name in below):
                found += counted
        for names in made.together:
            if self._cancels(names):
                found += [name for name in names if self[name].people or self[name].rate]
        return list(dict.fromkeys(found))

    def _cancels(self, names: Names) -> bool:
        """True where work beside people stands twice and could cancel out: funds / population <= funds / 600000."""
        if not any(self[name].people or self[name].rate for name in names):
            return False
        leaves = [leaf for name in names if not self[name].people for leaf in self[name].leaves]
        return len(leaves) > len(set(leaves))

    def _is_reported_work(self, name: str) -> bool:
        weight = self[name]
        return weight.reported and not weight.people and not weight.rate

    def derived(self, made: Makeup, kinds: frozenset[Kind] = frozenset()) -> Weight:
        """The weight of what is derived from figures made up so."""
        below = {name for _, names in made.fractions for name in names}
        return Weight(
            people=bool(self.people_in(made)),
            rate=any(self[name].people for name in below) or any(self[name].rate for name in (*made.outside, *below)),
            reported=made.is_sum and all(self._is_reported_work(name) for name in made.outside),
            kinds=kinds,
            leaves=frozenset().union(*(self[name].leaves for names in made.together for name in names)),
        )


def innermost_first(behind: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Names so that each comes after all that it is derived from. behind: for each what it is derived from."""
    ordered: dict[str, None] = {}

    def add(name: str) -> None:
        if name in ordered or name not in behind:
            return
        for other in behind[name]:
            add(other)
        ordered[name] = None

    for name in behind:
        add(name)
    return list(ordered)
