"""Districts to townships over the whole history of reports, in whatever order they arrive."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from worlds.campaign import Campaign, at
from worlds.districts import district_campaign, readings, report


@pytest.fixture
def campaign(tmp_path: Path, database_url: str) -> Campaign:
    return district_campaign(tmp_path, database_url)


def test_a_township_has_a_figure_only_when_all_its_districts_have_reported(campaign: Campaign) -> None:
    report(campaign, "code,enumerators\n990101001001001,1\n990101001001002,\n", "2020-08-01T17:00")
    assert readings(campaign, "enumerators") == [("990101001", None, 1, 2, 1)]
    assert readings(campaign, "uncovered") == [("990101001", None, 1, 2, 1)]
    assert readings(campaign, "districts") == [("990101001", 2.0, 2, 2, 1), ("990101001001", 2.0, 2, 2, 1)]
    report(campaign, "code,enumerators\n990101001001002,0\n", "2020-08-02T17:00")
    assert readings(campaign, "enumerators")[1:] == [("990101001", 1.0, 2, 2, 2)]
    assert readings(campaign, "uncovered")[1:] == [("990101001", 1.0, 2, 2, 2)]


def test_a_village_has_readings_of_what_is_judged_there_and_of_its_districts_and_of_nothing_else(
    campaign: Campaign,
) -> None:
    report(campaign, "code,buildings,enumerators\n990101001001001,4,1\n990101001002001,5,1\n", "2020-08-01T17:00")
    assert readings(campaign, "buildings") == [
        ("990101001", 9.0, 2, 2, 1),
        ("990101001001", 4.0, 1, 1, 1),
        ("990101001002", 5.0, 1, 1, 1),
    ]
    assert readings(campaign, "districts") == [
        ("990101001", 2.0, 2, 2, 1),
        ("990101001001", 1.0, 1, 1, 1),
        ("990101001002", 1.0, 1, 1, 1),
    ]
    assert readings(campaign, "enumerators") == [("990101001", 2.0, 2, 2, 1)]


def test_a_new_district_makes_what_was_complete_incomplete_again(campaign: Campaign) -> None:
    report(campaign, "code,enumerators\n990101001001001,1\n", "2020-08-01T17:00")
    report(campaign, "code,buildings\n990101001001001,3\n990101001001002,4\n", "2020-08-02T17:00")
    assert readings(campaign, "enumerators") == [("990101001", 1.0, 1, 1, 1), ("990101001", None, 1, 2, 2)]


def test_what_a_report_does_not_speak_of_is_not_reported_again(campaign: Campaign) -> None:
    report(campaign, "code,enumerators\n990101001001001,1\n", "2020-08-01T17:00")
    report(campaign, "code,buildings\n990101001001001,3\n", "2020-08-02T17:00")
    assert readings(campaign, "enumerators") == [("990101001", 1.0, 1, 1, 1)]


def test_a_figure_that_did_not_change_is_reported_all_the_same(campaign: Campaign) -> None:
    report(campaign, "code,enumerators\n990101001001001,1\n", "2020-08-01T17:00")
    report(campaign, "code,enumerators\n990101001001001,1\n", "2020-08-02T17:00")
    assert readings(campaign, "enumerators") == [("990101001", 1.0, 1, 1, 1), ("990101001", 1.0, 1, 1, 2)]


def test_a_late_report_of_one_district_changes_what_a_later_one_of_another_made_of_their_township(
    campaign: Campaign,
) -> None:
    report(campaign, "code,enumerators\n990101001001002,1\n", "2020-08-02T17:00", "second.csv")
    report(campaign, "code,enumerators\n990101001001001,1\n", "2020-08-01T17:00", "first.csv")
    report(campaign, "code,enumerators\n990101001001003,1\n", "2020-08-01T18:00", "third.csv")
    assert readings(campaign, "enumerators")[-2:] == [("990101001", 2.0, 2, 2, 3), ("990101001", 3.0, 3, 3, 3)]


def test_a_late_report_changes_the_readings_of_later_moments_that_depend_on_it(campaign: Campaign) -> None:
    report(campaign, "code,enumerators\n990101001001001,1\n990101001001002,1\n", "2020-08-01T17:00")
    report(campaign, "code,enumerators\n990101001001001,2\n", "2020-08-03T17:00")
    report(campaign, "code,enumerators\n990101001001001,7\n990101001001002,5\n", "2020-08-02T17:00", "late.csv")
    held = {
        day: campaign.store.readings(["enumerators"], at(day))["value"].to_list()
        for day in ("2020-08-01T17:00", "2020-08-02T17:00", "2020-08-03T17:00")
    }
    assert held == {"2020-08-01T17:00": [2.0], "2020-08-02T17:00": [12.0], "2020-08-03T17:00": [7.0]}


COLUMNS = ("enumerators", "buildings", "smallest", "largest", "average")
Rows = dict[int, dict[str, float | None]]


@dataclass
class Naive:
    """All reports again from the beginning, district by district: what the readings ought to say."""

    reports: list[tuple[int, Rows]] = field(default_factory=list)

    def districts(self, moment: int, below: str) -> list[dict[str, float | None]]:
        latest: dict[int, dict[str, float | None]] = {}
        for as_of, rows in sorted(self.reports, key=lambda one: one[0]):
            if as_of > moment:
                continue
            for code, cells in rows.items():
                district = latest.setdefault(code, dict.fromkeys(COLUMNS))
                district.update({name: value for name, value in cells.items() if value is not None})
        return [latest[code] for code in sorted(latest) if str(code).startswith(below)]

    def figure(self, indicator: str, unit: str, moment: int) -> tuple[float | None, int, int] | None:
        """value, reported, expected; None where nothing behind it was ever reported there."""
        districts = self.districts(moment, unit)
        behind, each, gather = NAIVE[indicator]
        if not districts or (behind and all(d[name] is None for d in districts for name in behind)):
            return None
        told = [value for d in districts if (value := each(d)) is not None]
        complete = len(told) == len(districts)
        return rounded(gather(told) if complete else None), len(told), len(districts)


def rounded(value: float | None) -> float | None:
    """Means come out of sums in another order."""
    return None if value is None else round(value, 9)


def both(one: bool | None, other: bool | None) -> bool | None:
    return False if one is False or other is False else None if one is None or other is None else True


def either(one: bool | None, other: bool | None) -> bool | None:
    return True if one or other else None if one is None or other is None else False


def below_one(value: float | None) -> bool | None:
    return None if value is None else value < 1


def above(value: float | None, limit: float) -> bool | None:
    return None if value is None else value > limit


def number(truth: bool | None) -> float | None:
    return None if truth is None else float(truth)


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


Each = Callable[[dict[str, float | None]], float | None]
NAIVE: dict[str, tuple[tuple[str, ...], Each, Callable[[list[float]], float]]] = {
    "districts": ((), lambda _: 1.0, sum),
    "enumerators": (("enumerators",), lambda d: d["enumerators"], sum),
    "buildings": (("buildings",), lambda d: d["buildings"], sum),
    "smallest": (("smallest",), lambda d: d["smallest"], min),
    "largest": (("largest",), lambda d: d["largest"], max),
    "average": (("average",), lambda d: d["average"], mean),
    "uncovered": (("enumerators",), lambda d: number(below_one(d["enumerators"])), sum),
    "doubtful": (
        ("buildings", "enumerators"),
        lambda d: number(either(below_one(d["enumerators"]), above(d["buildings"], 50))),
        sum,
    ),
    "bare": (
        ("buildings", "enumerators"),
        lambda d: number(both(below_one(d["enumerators"]), above(d["buildings"], 0))),
        sum,
    ),
    "workload": (
        ("buildings", "enumerators"),
        lambda d: None if d["buildings"] is None or d["enumerators"] is None else d["buildings"] * 2 + d["enumerators"],
        sum,
    ),
}


def draw_rows(chance: random.Random) -> Rows:
    """Some districts of some villages with some figures; a whole extract now and then."""
    columns = chance.sample(COLUMNS, chance.randint(0, 3))
    towns = chance.sample((990101001, 990101002, 990102001), chance.randint(1, 3))
    codes = [
        (town * 1000 + village) * 1000 + district for town in towns for village in (1, 2) for district in (1, 2, 3)
    ]
    chosen = codes if chance.random() < 0.3 else chance.sample(codes, chance.randint(1, len(codes)))
    return {
        code: {name: float(chance.choice((0, 0, 1, 2, 60))) if chance.random() < 0.8 else None for name in columns}
        for code in chosen
    }


def as_csv(rows: Rows) -> str:
    names = list(next(iter(rows.values())))
    lines = [",".join(["code", *names])]
    for code, cells in rows.items():
        lines.append(",".join([str(code), *("" if cells[n] is None else f"{cells[n]:g}" for n in names)]))
    return "\n".join(lines) + "\n"


def check_against(naive: Naive, campaign: Campaign, days: list[int]) -> None:
    """Every reading that holds at any moment is what all reports up to that moment amount to."""
    for day in days:
        moment = at(f"2020-08-{day:02d}T17:00")
        held = {
            (row["indicator"], row["unit"]): (rounded(row["value"]), row["reported"], row["expected"])
            for row in campaign.store.readings(list(NAIVE), moment).iter_rows(named=True)
        }
        expected = {
            (indicator, unit): figure
            for indicator in NAIVE
            for unit in ("990101001", "990101002", "990102001", "990101001001", "990101001002")
            if (len(unit) == 9 or indicator in ("buildings", "districts"))
            and (figure := naive.figure(indicator, unit, day)) is not None
        }
        found = {key: held.get(key) for key in expected}
        assert found == expected, f"as of 2020-08-{day:02d}"
        unexpected = [key for key in held if key not in expected and not key[1].startswith("990101002")]
        assert not unexpected


@pytest.mark.parametrize(
    ("database_url", "seed"),
    [*(("sqlite", seed) for seed in range(6)), *(("postgresql", seed) for seed in range(2))],
    indirect=["database_url"],
)
def test_readings_are_what_the_whole_history_says_whatever_the_order_of_reports(campaign: Campaign, seed: int) -> None:
    chance = random.Random(seed)
    naive = Naive()
    days: set[int] = set()
    for turn in range(16):
        day = turn + 1 if chance.random() < 0.5 else chance.randint(1, 17)
        rows = draw_rows(chance)
        receipt = report(campaign, as_csv(rows), f"2020-08-{day:02d}T17:00", f"{turn}.csv")
        if receipt.repeated:
            continue
        days.add(day)
        naive.reports.append((day, rows))
        if turn == 9:
            shutil.rmtree(campaign.store.home / "districts")
        if turn % 5 == 4:
            check_against(naive, campaign, sorted(days))
    check_against(naive, campaign, sorted(days))
