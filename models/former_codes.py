"""Codes that offices had before (原代码): what became of each when divisions were changed, and what an office was before.

A change says of an old code which codes it became: one where an office was given another code, moved or merged, several
where it was split, itself among them where it kept its code. Changes follow one another by their numbers; a code that is
given back to its office later means that office again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from models.wording import Said

_SHOWN = 5


@dataclass(frozen=True)
class FormerCodes:
    """All changes of codes: (number of the change, old, new), in any order."""

    changes: tuple[tuple[int, str, str], ...] = ()

    @classmethod
    def of(cls, changes: Iterable[tuple[int, str, str]]) -> FormerCodes:
        return cls(tuple(changes))

    @cached_property
    def _after(self) -> Mapping[str, Mapping[int, list[str]]]:
        found: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
        for change, old, new in sorted(self.changes):
            found[old][change].append(new)
        return found

    @cached_property
    def _before(self) -> Mapping[str, list[tuple[int, str]]]:
        found: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for change, old, new in sorted(self.changes):
            if old != new:
                found[new].append((change, old))
        return found

    @property
    def old(self) -> frozenset[str]:
        """Every code that was ever changed."""
        return frozenset(self._after)

    def holds(self, old: str, new: str) -> bool:
        """Whether a change said just this."""
        return any(new in became for became in self._after.get(old, {}).values())

    def became(self, code: str) -> tuple[str, ...]:
        """The codes that an office of this code has by now, in order; itself where nothing was ever said of it."""
        return tuple(sorted(self._follow(code, 0)))

    def _follow(self, code: str, done: int) -> set[str]:
        coming = [change for change in self._after.get(code, ()) if change > done]
        if not coming:
            return {code}
        first = min(coming)
        return set().union(*(self._follow(new, first) for new in self._after[code][first]))

    def is_part(self, code: str) -> bool:
        """Whether an office of this code is but a part of what it became: there it merged with others."""
        joined = Counter((change, new) for change, _, new in self.changes)
        to_see, seen = [(code, 0)], set[tuple[str, int]]()
        while to_see:
            one, done = to_see.pop()
            first = min((change for change in self._after.get(one, ()) if change > done), default=None)
            if first is None or (one, first) in seen:
                continue
            seen.add((one, first))
            if any(joined[first, new] > 1 for new in self._after[one][first]):
                return True
            to_see += [(new, first) for new in self._after[one][first]]
        return False

    def lineage(self, code: str) -> tuple[str, ...]:
        """The codes under which something of an office may be kept: its own, then those that it came from, the last first."""
        found, to_see = [code], [(code, None)]
        while to_see:
            one, until = to_see.pop(0)
            for change, old in reversed(self._before.get(one, [])):
                if old not in found and (until is None or change < until):
                    found.append(old)
                    to_see.append((old, change))  # type: ignore[arg-type]
        return tuple(found)


def split_up(code: str, became: Iterable[str]) -> Said:
    """What is said to whoever still uses the code of an office that was split."""
    codes = list(became)
    more = len(codes) > _SHOWN
    return Said(
        f"代码 {code} 的单位已分设为 {'、'.join(codes[:_SHOWN])}{'等' if more else ''}，请改用其中之一",
        f"the office of code {code} was split into {', '.join(codes[:_SHOWN])}{' and others' if more else ''}; use one of them",
    )


def merged_into(code: str, now: str) -> Said:
    """What is said to whoever reports figures of an office that is but a part of another by now."""
    return Said(
        f"代码 {code} 的单位已并入 {now}，一部分的数字不能作为全部，请按合并后的数字用现代码上报",
        f"the office of code {code} merged into {now}, and a part's figure is not the whole's; report that under the code of now",
    )
