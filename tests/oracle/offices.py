"""Who answers to whom and who holds which role (contract, Units)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from oracle.duties import Step


class Offices:
    """The tree of offices.

    levels: of every office; a container prefecture is none, and its counties answer to the province. superiors: the
    office above each, None at the top. contacts: who holds which role where. further: (office, superior, line) beside
    those. districts: the village (or other office) of each.
    """

    def __init__(
        self,
        levels: Mapping[str, str],
        superiors: Mapping[str, str | None],
        contacts: Mapping[tuple[str, str], str],
        further: Iterable[tuple[str, str, str]] = (),
        districts: Mapping[str, str] | None = None,
    ) -> None:
        self.levels, self.superiors, self.contacts = levels, superiors, contacts
        self.further, self.districts = list(further), districts or {}
        self.below: dict[str, set[str]] = {unit: set() for unit in superiors}
        for unit in superiors:
            over = superiors[unit]
            while over is not None:
                self.below[over].add(unit)
                over = superiors[over]

    def within(self, unit: str, office: str | None) -> bool:
        """Whether `unit` is `office` or below it; everything is within None."""
        return office is None or unit == office or unit in self.below[office]

    def behind(self, unit: str, level: str) -> list[str]:
        """Whose figures of a level make the unit's: its own, or those of every such unit or district below."""
        if level == "district":
            return [district for district, village in self.districts.items() if self.within(village, unit)]
        if self.levels[unit] == level:
            return [unit]
        return [below for below in self.below[unit] if self.levels[below] == level]

    def told(self, unit: str, step: Step) -> list[tuple[str, str]]:
        """(office, role) of whoever hears of a step about a unit's duty, each person once."""
        found = []
        for target in step.to:
            whose, role = target.split(".")
            for asked in self._addressed(unit, whose):
                office: str | None = asked
                while office is not None and (office, role) not in self.contacts:
                    office = self.superiors[office]
                if office is not None and (office, role) not in found:
                    found.append((office, role))
        return found

    def vacant(self, unit: str, step: Step) -> set[tuple[str, str]]:
        """(office, role) that a step about a unit's duty looks for and does not find."""
        asked = {
            (office, role)
            for whose, role in (to.split(".") for to in step.to)
            for office in self._addressed(unit, whose)
        }
        return {one for one in asked if one not in self.contacts}

    def _addressed(self, unit: str, whose: str) -> list[str]:
        """The office itself; its superiors on the business line; the government that is named, or its superior's."""
        if whose == "unit":
            return [unit]
        superior = self.superiors[unit]
        first = [] if superior is None else [superior]
        business = [over for office, over, line in self.further if (office, line) == (unit, "business")]
        government = [over for office, over, line in self.further if (office, line) == (unit, "government")]
        return [*first, *business] if whose == "superior" else government or first
