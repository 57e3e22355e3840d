"""What one publication shows of an office: its board and lists, pages of phases, boards below it. Knows no Prefect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from flows._form import LANG, spoken
from models.status import Status
from models.units import NATION
from tasks import boards
from tasks.judging.status import Statuses

MOST_LISTED = 500
MOST_URGENT = 20
MOST_BOARDS = 250
"""How many boards one publication may write: the offices directly below, and those below them where they fit too."""


class Publication:
    """Everything that one publication shows, to be drawn page by page for any set of addresses."""

    def __init__(self, statuses: Statuses, phases: Sequence[str], levels: int) -> None:
        self.statuses = statuses
        units = statuses.judged.units.select("unit", "name", "superior")
        self.offices = {code: (name, superior) for code, name, superior in units.iter_rows()}
        self.whole = self._placed(self.statuses.of(limit=MOST_LISTED))
        self.single = [self._placed(self.statuses.of(phase=phase, limit=MOST_LISTED)) for phase in phases]
        self.titles = {phase.id: phase.title for phase in statuses.judged.plan.phases}
        self.children: dict[str, list[str]] = {}
        for code, (_, superior) in self.offices.items():
            self.children.setdefault(superior or NATION, []).append(code)
        self.lower = self._lower([one.code for one in self.whole.below], levels)

    def _lower(self, level: list[str], levels: int) -> list[str]:
        """The offices below whose boards are written, level by level, as far as whole levels fit."""
        chosen: list[str] = []
        for _ in range(levels):
            if len(chosen) + len(level) > MOST_BOARDS:
                break
            chosen += level
            level = [child for code in level for child in self.children.get(code, [])]
        return chosen

    def pages(self, links: Mapping[str, str]) -> Iterator[boards.Page]:
        """The pages, the office's own first, with links to those that have an address."""
        yield boards.board(self.whole, links, LANG)
        yield boards.overdue_list(self.whole, links, LANG)
        yield boards.calendar(self.whole, links, LANG)
        yield boards.duty_table(self.whole, LANG)
        for one in self.single:
            yield boards.phase_page(one, links, LANG)
        for code in self.lower:
            yield boards.board(self._placed(self.statuses.of(code, limit=MOST_URGENT)), links, LANG)

    def kinds(self) -> dict[str, str]:
        """The key of every page, with its kind: an address must be known before a page can be drawn."""
        code = self.whole.unit.code
        plain = [
            boards.board_key(code),
            boards.overdue_key(code),
            boards.calendar_key(code),
            *(boards.phase_key(one.phases[0].id, code) for one in self.single),
            *(boards.board_key(one) for one in self.lower),
        ]
        return dict.fromkeys(plain, "markdown") | {boards.duties_key(code): "table"}

    def neighbours(self) -> Iterator[str]:
        """Keys of pages that other runs publish and that these may link to."""
        code = self.whole.unit.code
        for one in (code, *self.lower):
            yield from (boards.overdue_key(one), boards.calendar_key(one), boards.duties_key(one))
            yield from (boards.phase_key(phase, one) for phase in self.titles)
            yield from (boards.board_key(child) for child in self.children.get(one, []))
        for status in (self.whole, *self.single):
            yield from (boards.board_key(duty.unit) for duty in status.duties)
        if self.whole.superior:
            above, _ = self.whole.superior
            yield boards.board_key(above)
            yield from (boards.phase_key(one.phases[0].id, above) for one in self.single)

    def _placed(self, status: Status) -> Status:
        """The status with every duty's office named as it is found from there: 石家庄市长安区谈固街道."""
        placed = tuple(
            replace(duty, unit_name=self._path(duty.unit, status.unit.code) or duty.unit_name) for duty in status.duties
        )
        return replace(status, duties=placed)

    def _path(self, code: str, below: str) -> str:
        names: list[str] = []
        while code in self.offices and code != below:
            name, superior = self.offices[code]
            names.insert(0, name)
            code = superior or ""
        return spoken("", " ").join(names)
