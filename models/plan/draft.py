"""What the layers of a plan have brought so far."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from graphlib import CycleError, TopologicalSorter
from typing import Any, Literal

from models.plan.dates import has_offset, resolve
from models.plan.layers import Layer
from models.plan.lists import Register
from models.plan.model import Authority, Indicator, Ladder, NamedSet, Phase, Requirement
from models.plan.shapes import PlanShape, Shape
from models.plan.weights import Weights
from models.plan.yaml_lines import Path as KeyPath
from models.wording import Refusal, Said

Kind = Literal[
    "calendar",
    "timezone",
    "moment",
    "office_hours",
    "authority",
    "role",
    "register",
    "column",
    "value",
    "indicator",
    "ladder",
    "phase",
    "cadence",
    "requirement",
    "tightening",
    "set",
]
Place = tuple[Kind, str]
Places = Mapping[Place, tuple[str, int]]
"""Where something of a plan stands: (kind, id) → (file, line). A tightening's id is `phase.id@unit`, that of a moment
with an offset of its own the moment as written, a cadence's that of its phase, a column's `register.column`, that of its value `register.column.value`."""

_SECTION_OF: Mapping[Kind, str] = {
    "role": "roles",
    "register": "registers",
    "column": "registers",
    "value": "registers",
    "indicator": "indicators",
    "ladder": "ladders",
    "phase": "phases",
    "requirement": "phases",
    "set": "sets",
}


@dataclass
class Draft:
    """A plan in the making.

    dated: False where the standard time is not known, so that no date is a fault. claimed: ids whose
    definition failed, to spare echoes. unread: sections that could not be read at all. numbers: which
    requirement has which schedule number. weights: what of the indicators is about people. bound: False for the plan
    of a campaign that runs: what was let in before the law was looked after must not stop it.
    """

    head: PlanShape
    t0: datetime
    dated: bool
    unread: frozenset[str]
    roles: dict[str, str] = field(default_factory=dict)
    registers: dict[str, Register] = field(default_factory=dict)
    indicators: dict[str, Indicator] = field(default_factory=dict)
    ladders: dict[str, Ladder] = field(default_factory=dict)
    phases: dict[str, Phase] = field(default_factory=dict)
    requirements: dict[str, Requirement] = field(default_factory=dict)
    sets: dict[str, NamedSet] = field(default_factory=dict)
    authority: Authority = field(default_factory=Authority)
    weights: Weights = field(default_factory=Weights)
    bound: bool = True
    numbers: dict[int, str] = field(default_factory=dict)
    claimed: set[Place] = field(default_factory=set)
    places: dict[Place, tuple[str, int]] = field(default_factory=dict)

    @property
    def zone(self) -> Any:
        return self.t0.tzinfo

    def knows(self, kind: Kind, name: str) -> bool:
        """False only where it is certain that the plan has nothing of that kind and name."""
        return (kind, name) in self.places or (kind, name) in self.claimed or _SECTION_OF[kind] in self.unread

    def names(self, kind: Kind) -> Iterator[str]:
        """Every id of a kind that was written, defined well or not."""
        for own, name in dict.fromkeys((*self.places, *sorted(self.claimed))):
            if own == kind:
                yield name

    def take(self, layer: Layer, path: KeyPath, kind: Kind, name: str) -> bool:
        """Give the id to what stands at `path`; False after noting that it is taken."""
        held = self.places.get((kind, name))
        if held is None:
            self.places[kind, name] = (layer.name, layer.document.line(path))
            return True
        file, line = held
        layer.fault(
            path, Said(f"“{name}”已在 {file} 第 {line} 行定义", f"“{name}” is already defined in {file}, line {line}")
        )
        return False

    def moment(self, layer: Layer, path: KeyPath, shape: Shape, key: str, *, end_of_day: bool) -> datetime | None:
        """The moment written at `key`, or None after noting why there is none."""
        if key in shape.spoilt:
            return None
        return self.resolve(layer, (*path, key), getattr(shape, key), end_of_day=end_of_day)

    def note_moment(self, layer: Layer, path: KeyPath, text: str) -> None:
        """Keep where a moment stands that says its own offset."""
        if has_offset(text):
            self.places.setdefault(("moment", text), (layer.name, layer.document.line(path)))

    def resolve(self, layer: Layer, path: KeyPath, text: str, *, end_of_day: bool) -> datetime | None:
        """The moment that `text` means, or None after noting why there is none."""
        self.note_moment(layer, path, text)
        try:
            return resolve(text, self.t0, self.zone, end_of_day=end_of_day)
        except Refusal as refusal:
            layer.refuse(path, refusal)
            return None


def find_circles(after: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Circles in a graph, from the member that comes first in reading order round to it again.

    Circles that share a step with one already found are left out.
    """
    graph = {name: {other for other in others if other in after} for name, others in after.items()}
    order = list(after)
    circles: list[list[str]] = []
    while True:
        try:
            TopologicalSorter(graph).prepare()
            return circles
        except CycleError as fault:
            way = list(reversed(fault.args[1]))[:-1]
        first = min(range(len(way)), key=lambda place: order.index(way[place]))
        way = [*way[first:], *way[:first]]
        circles.append([*way, way[0]])
        graph[way[0]].discard(way[1] if len(way) > 1 else way[0])
