"""A county of three hundred offices and a plan of more than forty requirements, as the product and the oracle take it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from oracle import Offices, Owes, Phase, Step
from worlds import owed

CITY, COUNTY = "9901", "990101"
TOWNSHIPS = [f"990101{n:03d}" for n in range(1, 19)]
VILLAGES = [f"{TOWNSHIPS[n % 18]}{n // 18 + 1:03d}" for n in range(280)]
STARTS, ENDS = date(2020, 9, 21), date(2020, 10, 13)
DAILY_FROM = date(2020, 9, 28)
"""The daily report is owed from then on."""
LEVELS = {CITY: "city", COUNTY: "county", **dict.fromkeys(TOWNSHIPS, "township"), **dict.fromkeys(VILLAGES, "village")}
SUPERIORS: dict[str, str | None] = {
    CITY: None,
    COUNTY: CITY,
    **dict.fromkeys(TOWNSHIPS, COUNTY),
    **{village: village[:9] for village in VILLAGES},
}
VACANT = {(TOWNSHIPS[2], "leader"), (TOWNSHIPS[5], "owner"), (VILLAGES[7], "owner"), (VILLAGES[40], "owner")}
ROLES = {
    "city": ("owner", "leader", "head"),
    "county": ("owner", "leader", "head"),
    "township": ("owner", "leader"),
    "village": ("owner",),
}
CONTACTS = {
    (unit, role): f"{unit}/{role}"
    for unit, level in LEVELS.items()
    for role in ROLES[level]
    if (unit, role) not in VACANT
}

_LADDERS = {
    "standard": (
        "remind-7 -7d unit.owner",
        "remind-1 -1d unit.owner unit.leader",
        "overdue +0d unit.owner unit.leader",
        "superior +1wd superior.owner",
        "letter +2wd superior.leader",
        "head +3wd government.leader",
    ),
    "village": (
        "remind-3 -3d unit.owner",
        "overdue +0d unit.owner",
        "superior +1wd superior.owner",
        "leader +3wd superior.leader",
    ),
    "field": (
        "remind-1 -1d unit.owner",
        "overdue +0d unit.owner",
        "superior +1d superior.owner",
        "leader +3d superior.leader",
    ),
    "nagging": (
        "overdue +0d unit.owner",
        "again +1d unit.owner",
        "still +2d unit.owner unit.leader",
        "superior +2wd superior.owner",
    ),
    "daily": ("missing +0d unit.owner", "missing-2 +1d unit.owner unit.leader", "superior +2d superior.owner"),
}


def _steps(ladder: str) -> tuple[Step, ...]:
    found = []
    for line in _LADDERS[ladder]:
        name, at, *to = line.split()
        found.append(Step(name, int(at.rstrip("wd")), at.endswith("wd"), tuple(to)))
    return tuple(found)


def _due(day: int) -> datetime:
    """The end of the day that many days after the start."""
    return datetime.combine(STARTS + timedelta(days=day + 1), datetime.min.time())


def requirements() -> list[Owes]:
    """Forty-three requirements: villages, townships, the county, sums of those below, and a daily report."""
    ladders = {
        "village": ("village", "field"),
        "township": ("standard", "nagging", "field"),
        "county": ("standard", "nagging"),
    }
    found = []
    for level, letter, count in (("village", "v", 14), ("township", "t", 14), ("county", "c", 9)):
        for n in range(count):
            always = n % 4 == 3
            phase, ladder = ("field" if always else "office"), ladders[level][n % len(ladders[level])]
            due = _due(1 + (n * 5 + len(level)) % 17)
            found.append(
                Owes(
                    phase=phase,
                    id=f"{letter}{n}",
                    level=level,
                    figure=f"{letter}{n}",
                    at=level,
                    at_least=1,
                    due=due,
                    steps=_steps(ladder),
                )
            )
    for figure, upper, least in (
        ("v0", "township", 14),
        ("v2", "township", 10),
        ("v3", "county", 270),
        ("t0", "county", 17),
        ("t4", "county", 18),
    ):
        below = next(owes for owes in found if owes.id == figure)
        due = below.due if figure != "t4" else _due(3)
        found.append(
            Owes(
                phase=below.phase,
                id=f"{figure}-{upper}",
                level=upper,
                figure=figure,
                at=below.level,
                at_least=least,
                due=due,
                steps=_steps("standard"),
                answered_by=below.key,
            )
        )
    found.append(
        Owes(
            phase="field",
            id="daily",
            level="township",
            figure="d0",
            at="township",
            at_least=0,
            due=None,
            steps=_steps("daily"),
            every="day",
        )
    )
    return found


def phases() -> list[Phase]:
    starts, ends = (datetime.combine(day, datetime.min.time()) for day in (DAILY_FROM, ENDS))
    return [Phase("office", starts, ends), Phase("field", starts, ends, always=True)]


def offices() -> Offices:
    return Offices(LEVELS, SUPERIORS, CONTACTS)


def plan_yaml() -> str:
    return owed.plan_yaml(requirements(), phases())


def units_csv() -> str:
    return "code,name\n" + "".join(f"{unit},单位{unit}\n" for unit in LEVELS)


def contacts_csv(url: str) -> str:
    """The rows of contacts.csv, each person at a path of their own under `url`."""
    return "".join(f"{unit},{role},人{unit}{role},{url}/{person}\n" for (unit, role), person in CONTACTS.items())


@dataclass(frozen=True)
class Told:
    """A figure that an office reports at an hour, for a day."""

    hour: datetime
    unit: str
    figure: str
    value: int
    day: date


def reports(seed: int) -> Iterator[Told]:
    """What every office reports when: most in time, some late, some never, some wrong at first, some falling again."""
    chance = Random(seed)
    for owes in requirements():
        if owes.at != owes.level:
            continue
        for unit in (unit for unit, level in LEVELS.items() if level == owes.level):
            if owes.every:
                yield from _daily(chance, unit, owes.figure)
            elif owes.due is not None:
                yield from _once(chance, unit, owes.figure, owes.due)


def _once(chance: Random, unit: str, figure: str, due: datetime) -> Iterator[Told]:
    fate = chance.random()
    if fate < 0.06:
        return
    lead = chance.randint(2, 14 * 24) if fate < 0.78 else -chance.randint(0, 12 * 24)
    hour = due - timedelta(hours=lead)
    if chance.random() < 0.1:
        early = hour - timedelta(hours=chance.randint(1, 60))
        yield Told(early, unit, figure, 0, early.date())
    yield Told(hour, unit, figure, 1, hour.date())
    if chance.random() < 0.03:
        fallen = hour + timedelta(hours=chance.randint(1, 200))
        yield Told(fallen, unit, figure, 0, fallen.date())
        mended = fallen + timedelta(hours=chance.randint(1, 200))
        yield Told(mended, unit, figure, 1, mended.date())


def _daily(chance: Random, unit: str, figure: str) -> Iterator[Told]:
    day = DAILY_FROM
    while day < ENDS:
        if chance.random() < 0.93:
            late = 0 if chance.random() < 0.9 else chance.randint(1, 40)
            yield Told(datetime.combine(day, datetime.min.time()) + timedelta(hours=18 + late), unit, figure, 5, day)
        day += timedelta(days=1)
