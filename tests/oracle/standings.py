"""How each duty stands from what was reported (contract, Plan and Reports; architecture, rules 1 and 2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Literal

from oracle.duties import Owes, Period
from oracle.offices import Offices

Standing = Literal["met", "unmet", "unreported"]


@dataclass(frozen=True)
class Stands:
    """The standing of a duty. counts: what its reason says of how many of how many behind it lack the figure.

    Nothing is said of an office's own figure.
    """

    standing: Standing
    counts: str = ""


class Figures:
    """Everything that was ever reported."""

    def __init__(self) -> None:
        self.told: dict[tuple[str, str], list[tuple[datetime, int]]] = {}

    def report(self, unit: str, figure: str, value: int, as_of: datetime) -> None:
        self.told.setdefault((unit, figure), []).append((as_of, value))

    def value(self, unit: str, figure: str, period: Period | None) -> int | None:
        """The latest; in a period only readings of that period count. Of one moment the report that came last holds."""
        known = self.told.get((unit, figure), [])
        counted = [one for one in known if period is None or period.starts <= one[0] < period.ends]
        if not counted:
            return None
        newest = max(as_of for as_of, _ in counted)
        return [value for as_of, value in counted if as_of == newest][-1]


def stands(owes: Owes, unit: str, period: Period | None, figures: Figures, offices: Offices) -> Stands:
    """A missing figure is unreported; what cannot be computed on complete figures is unmet."""
    behind = offices.behind(unit, owes.at)
    upper = [figures.value(one, owes.figure, period) for one in behind]
    lower = [1 if owes.over is None else figures.value(one, owes.over, period) for one in behind]
    missing = [a is None or (owes.taken != "sum" and b is None) for a, b in zip(upper, lower, strict=True)]
    if None in upper or None in lower:
        counted = any(missing) and len(behind) > 1
        return Stands("unreported", f"({sum(missing)} of {len(behind)} missing)" if counted else "")
    figure = _figure(
        owes, [value for value in upper if value is not None], [value for value in lower if value is not None]
    )
    return Stands("unmet" if figure is None or figure < owes.at_least else "met")


def _figure(owes: Owes, upper: Sequence[int], lower: Sequence[int]) -> Fraction | None:
    """The requirement's figure from those of all behind it; None where it cannot be computed."""
    if owes.taken == "count":
        return Fraction(sum(under != 0 and over >= under for over, under in zip(upper, lower, strict=True)))
    if owes.taken == "shares":
        return None if 0 in lower else sum((Fraction(a, b) for a, b in zip(upper, lower, strict=True)), Fraction(0))
    if owes.over is None:
        return Fraction(sum(upper))
    return None if sum(lower) == 0 else Fraction(sum(upper), sum(lower))
