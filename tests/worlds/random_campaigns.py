"""Random campaigns: a small tree with a container and second superiors, and any plan, overlays and events on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hypothesis import strategies as st
from oracle import Offices, Owes, Phase, Step

NAMES = {
    "99": "试验省",
    "9901": "东市",
    "990101": "甲县",
    "990101001": "乙街道",
    "990101002": "丙街道",
    "990101001001": "丁社区",
    "990101001002": "戊社区",
    "990101002001": "己社区",
    "9902": "县",
    "990221": "庚县",
    "990221100": "辛镇",
    "990221100001": "壬村",
}
CONTAINER = "9902"
LEVELS = {
    unit: {2: "province", 4: "city", 6: "county", 9: "township", 12: "village"}[len(unit)]
    for unit in NAMES
    if unit != CONTAINER
}
SUPERIORS = {
    "99": None,
    "9901": "99",
    "990101": "9901",
    "990101001": "990101",
    "990101002": "990101",
    "990101001001": "990101001",
    "990101001002": "990101001",
    "990101002001": "990101002",
    "990221": "99",
    "990221100": "990221",
    "990221100001": "990221100",
}
DISTRICTS = {
    "990101001001001": "990101001001",
    "990101001001002": "990101001001",
    "990101001002001": "990101001002",
    "990101002001001": "990101002001",
    "990221100001001": "990221100001",
}
STARTS = datetime.fromisoformat("2020-09-21T00:00")
"""A Monday; before the National Day and its make-up days."""
FAR = 30 * 24
"""Hours that a trial may last."""
OWN = ("unit.owner", "unit.leader")
ABOVE = ("superior.owner", "superior.leader", "government.leader")
HIGHER = {"village": ["township", "county"], "township": ["county", "city", "province"], "county": ["city", "province"]}


@st.composite
def ladders(draw: st.DrawFn, top: bool = False) -> tuple[Step, ...]:
    """Rungs in the order in which a plan must name them: by number, days before working days.

    top: of an office without a superior, which only its own people hear of.
    """
    offsets = st.tuples(st.integers(-5, 4), st.booleans()).filter(lambda offset: offset != (0, True))
    found = []
    for number, (days, working) in enumerate(sorted(draw(st.lists(offsets, min_size=1, max_size=5)))):
        above = draw(st.booleans()) if number and not top else False
        whom = draw(st.sampled_from([ABOVE, ABOVE, ABOVE + OWN])) if above else OWN
        to = draw(st.lists(st.sampled_from(whom), min_size=1, max_size=2, unique=True))
        found.append(Step(f"r{number}", days, working, tuple(to)))
    return tuple(found)


@st.composite
def phases(draw: st.DrawFn) -> list[Phase]:
    """One in office hours and one at any hour, which may wait for it; either may begin and end within a week."""
    office, field = ((draw(st.sampled_from([0, 0, 2])), draw(st.sampled_from([24, 24, 20]))) for _ in range(2))
    days = [(STARTS + timedelta(days=first), STARTS + timedelta(days=last)) for first, last in (office, field)]
    after = draw(st.sampled_from([None, "office"]))
    return [Phase("office", *days[0]), Phase("field", *days[1], always=True, after=after)]


@st.composite
def plans(draw: st.DrawFn) -> list[Owes]:
    """A few requirements of each kind; a sum above is answered by the offices below that owe the same figure."""
    found = []
    for number in range(draw(st.sampled_from([2, 3, 1, 4]))):
        level = draw(st.sampled_from(["county", "township", "village"]))
        every = draw(st.sampled_from([None, None, None, "day", "week", "month"]))
        at = draw(st.sampled_from([level, level, "district"] if level != "county" else [level]))
        due = None
        if every is None:
            due = STARTS + timedelta(days=draw(st.integers(2, 22)), hours=draw(st.sampled_from([0, 0, 0, 9, 18])))
        owes = Owes(
            phase=draw(st.sampled_from(["office", "field"])),
            id=f"a{number}",
            level=level,
            figure=f"f{number}",
            at=at,
            at_least=1,
            due=due,
            steps=draw(ladders()),
            every=every,
        )
        above = draw(st.sampled_from(HIGHER[level]))
        kind = draw(st.sampled_from(["alone", "alone", "sum", "divided", "count", "shares", "added"]))
        if kind in ("divided", "count", "shares"):
            owes = replace(
                owes,
                level=above if kind != "divided" else level,
                over=f"g{number}",
                taken="sum" if kind == "divided" else kind,
                steps=draw(ladders(top=above == "province" and kind != "divided")),
            )
        elif kind == "added":
            owes = replace(owes, within=draw(st.sampled_from(["9901", "990101", "990221"])))
        found.append(_tightened(draw, owes))
        if kind == "sum":
            owes = replace(
                owes,
                id=f"sum{number}",
                level=above,
                at_least=draw(st.integers(1, 3)),
                steps=draw(ladders(top=above == "province")),
                answered_by=owes.key,
            )
            found.append(_tightened(draw, owes))
    return found


def _tightened(draw: st.DrawFn, owes: Owes) -> Owes:
    """Perhaps with an earlier date at an office or two that owe it, also on one path."""
    offices = [unit for unit in ("9901", "990101", "990221") if any(_owe(unit, owes))]
    if owes.due is None or owes.within is not None or not offices or draw(st.integers(0, 3)):
        return owes
    chosen = draw(st.lists(st.sampled_from(offices), min_size=1, max_size=2, unique=True))
    sooner = [(unit, owes.due - timedelta(days=draw(st.integers(1, 6)))) for unit in chosen]
    return replace(owes, tightened=tuple(sooner))


def _owe(office: str, owes: Owes) -> Iterable[bool]:
    return (unit.startswith(office) and level == owes.level for unit, level in LEVELS.items())


@dataclass(frozen=True)
class Happens:
    """Something at an hour: a "pass", one that is "killed" at a statement, several "at once", a "report" (figure of one
    that reports it), "all" of them, or a decision on the n-th open case."""

    hour: int
    what: str
    pick: int = 0
    value: int = 0


hours = st.integers(0, FAR)
events = st.one_of(
    st.builds(Happens, hours, st.just("pass")),
    st.builds(Happens, hours, st.just("report"), st.integers(0, 90), st.integers(0, 2)),
    st.builds(Happens, hours, st.just("all"), st.integers(0, 90), st.integers(0, 2)),
    st.builds(Happens, hours, st.sampled_from(["ack", "extend", "waive"]), st.integers(0, 60)),
    st.builds(Happens, hours, st.just("killed"), st.integers(0, 60)),
    st.builds(Happens, hours, st.just("at once"), st.sampled_from([2, 4])),
    st.builds(Happens, st.integers(0, FAR // 24 - 1).map(lambda day: day * 24 + 9), st.just("pass")),
)
VACANT = st.sets(
    st.tuples(st.sampled_from([unit for unit in LEVELS if unit != "99"]), st.sampled_from(["owner", "leader"])),
    max_size=3,
)
FURTHER = st.sets(
    st.sampled_from(
        [
            ("990221", "9901", "business"),
            ("990221", "9901", "government"),
            ("990101002", "990221", "business"),
            ("990101001", "9901", "government"),
        ]
    ),
    max_size=2,
)


@dataclass(frozen=True)
class Campaigned:
    """What a random campaign is made of. vacant: (unit, role); further: (unit, superior, line)."""

    phases: list[Phase]
    owed: list[Owes]
    vacant: set[tuple[str, str]]
    further: set[tuple[str, str, str]]

    @property
    def offices(self) -> Offices:
        contacts = {
            (unit, role): f"{unit}/{role}"
            for unit in LEVELS
            for role in ("owner", "leader", "head")
            if (unit, role) not in self.vacant
        }
        return Offices(LEVELS, SUPERIORS, contacts, sorted(self.further), DISTRICTS)


campaigns = st.builds(Campaigned, phases(), plans(), VACANT, FURTHER)
