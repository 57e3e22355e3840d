"""What one publication shows of an office: its board and lists, pages of phases, boards below it. Knows no Prefect."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

from flows._form import LANG, spoken
from models.status import Status
from models.units import NATION
from tasks import boards
from tasks.judging.marks import marks_of
from tasks.judging.status import Statuses

MOST_LISTED = 500
MOST_URGENT = 20
MOST_BOARDS = 250
"""How many boards one publication may write: the offices directly below, and those below them where they fit too."""


@dataclass(frozen=True)
class Sheet:
    """A page that can be drawn once the addresses of all pages are known.

    mark: of what it shows; lower: the office below whose it is, None for those of the office itself.
    """

    key: str
    mark: str
    lower: str | None
    draw: Callable[[Mapping[str, str]], boards.Page]


class Publication:
    """Everything that one publication shows. Nothing is put into words before a page is drawn."""

    def __init__(self, statuses: Statuses, phases: Sequence[str], levels: int) -> None:
        self.statuses, self.phases, self.code = statuses, phases, statuses.scope
        units = statuses.judged.units.select("unit", "name", "superior")
        self.offices = {code: (name, superior) for code, name, superior in units.iter_rows()}
        self.titles = {phase.id: phase.title for phase in statuses.judged.plan.phases}
        self.children: dict[str, list[str]] = {}
        for code, (_, superior) in self.offices.items():
            self.children.setdefault(superior or NATION, []).append(code)
        self.lower = self._lower(self.children.get(self.code, []), levels)
        self.seen: dict[str, Status] = {}

    @cached_property
    def whole(self) -> Status:
        return self._placed(self.statuses.of(limit=MOST_LISTED))

    def _lower(self, level: list[str], levels: int) -> list[str]:
        """The offices below whose boards are written, level by level, as far as whole levels fit."""
        chosen: list[str] = []
        for _ in range(levels):
            if len(chosen) + len(level) > MOST_BOARDS:
                break
            chosen += level
            level = [child for code in level for child in self.children.get(code, [])]
        return chosen

    def sheets(self) -> Iterator[Sheet]:
        """The pages, the office's own first."""
        mark, code = marks_of(self.statuses, [self.code, *self.lower]), self.code
        own = mark(code, None)
        yield Sheet(boards.board_key(code), own, None, lambda links: boards.board(self.whole, links, LANG))
        yield Sheet(boards.overdue_key(code), own, None, lambda links: boards.overdue_list(self.whole, links, LANG))
        yield Sheet(boards.calendar_key(code), own, None, lambda links: boards.calendar(self.whole, links, LANG))
        yield Sheet(boards.duties_key(code), own, None, lambda _: boards.duty_table(self.whole, LANG))
        for phase in self.phases:
            yield Sheet(boards.phase_key(phase, code), mark(code, phase), None, partial(self._phase_page, phase))
        for lower in self.lower:
            yield Sheet(boards.board_key(lower), mark(lower, None), lower, partial(self._lower_board, lower))

    def _phase_page(self, phase: str, links: Mapping[str, str]) -> boards.Page:
        return boards.phase_page(self._placed(self.statuses.of(phase=phase, limit=MOST_LISTED)), links, LANG)

    def look_below(self, lower: Collection[str]) -> None:
        """Gather what the boards of these offices below will show, before they are drawn: of all at once it costs a fraction."""
        self.seen |= self.statuses.of_each(lower, limit=MOST_URGENT)

    def _lower_board(self, code: str, links: Mapping[str, str]) -> boards.Page:
        if code not in self.seen:
            self.look_below([code])
        return boards.board(self._placed(self.seen[code]), links, LANG)

    def kinds(self) -> dict[str, str]:
        """The key of every page, with its kind: an address must be known before a page can be drawn."""
        plain = [
            boards.board_key(self.code),
            boards.overdue_key(self.code),
            boards.calendar_key(self.code),
            *(boards.phase_key(phase, self.code) for phase in self.phases),
            *(boards.board_key(one) for one in self.lower),
        ]
        return dict.fromkeys(plain, "markdown") | {boards.duties_key(self.code): "table"}

    def neighbours(self) -> Iterator[str]:
        """Keys of pages that other runs publish and that these may link to."""
        for one in (self.code, *self.lower):
            yield from (boards.overdue_key(one), boards.calendar_key(one), boards.duties_key(one))
            yield from (boards.phase_key(phase, one) for phase in self.titles)
        yield from (boards.board_key(one) for one in self.offices)
        if self.statuses.superior:
            above, _ = self.statuses.superior
            yield boards.board_key(above)
            yield from (boards.phase_key(phase, above) for phase in self.phases)

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
