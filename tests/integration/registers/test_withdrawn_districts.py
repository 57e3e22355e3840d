"""Districts that were merged away: withdrawn, no longer expected, and expected again when they come back."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from worlds.campaign import UNITS, Campaign, at, make_campaign
from worlds.district_rows import FIGURES, REGISTER, take_district_rows
from worlds.districts import district_campaign, report
from worlds.plans import DISTRICTS

from models.moments import micros
from models.plan.periods import within_period
from models.rules.registers.frames import rows_schema
from tasks.registers.current import rows_of
from tasks.registers.history import history_of

FIRST, SECOND, THIRD, FOURTH = (f"2020-08-0{day}T17:00" for day in (1, 2, 3, 4))
TOWN = "990101001"
A, B, C = (f"{TOWN}00100{number}" for number in (1, 2, 3))


@pytest.fixture
def campaign(tmp_path: Path, database_url: str) -> Campaign:
    return district_campaign(tmp_path, database_url)


def told(campaign: Campaign, indicator: str, as_of: str, unit: str = TOWN) -> tuple[Any, ...] | None:
    found = campaign.store.readings([indicator], at(as_of)).filter(pl.col("unit") == unit)
    return found.select("value", "reported", "expected").row(0) if found.height else None


def district(code: str, **cells: Any) -> dict[str, Any]:
    return {"code": code, **cells}


def withdrawn(code: str) -> dict[str, Any]:
    return {"code": code, ":withdrawn": True}


def test_a_withdrawn_district_is_no_longer_expected_from_that_moment_on(campaign: Campaign) -> None:
    take_district_rows(campaign, [district(A, enumerators=1.0), district(B, enumerators=2.0), district(C)], FIRST)
    assert told(campaign, "enumerators", FIRST) == (None, 2, 3)
    take_district_rows(campaign, [withdrawn(C)], SECOND)
    assert told(campaign, "enumerators", SECOND) == (3.0, 2, 2)
    assert told(campaign, "districts", SECOND) == (2.0, 2, 2)
    assert told(campaign, "enumerators", "2020-08-02T16:59") == (None, 2, 3)


def test_a_district_that_is_reported_again_is_expected_again_with_what_is_given_alone(campaign: Campaign) -> None:
    take_district_rows(campaign, [district(A, enumerators=1.0, buildings=4.0), district(B, enumerators=2.0)], FIRST)
    take_district_rows(campaign, [withdrawn(A)], SECOND)
    report(campaign, f"code,enumerators\n{A},5\n", THIRD)
    assert told(campaign, "enumerators", THIRD) == (7.0, 2, 2)
    assert told(campaign, "buildings", THIRD) == (None, 0, 2)


def emptied(code: str, *names: str, **cells: Any) -> dict[str, Any]:
    return {"code": code, ":emptied": list(names), **cells}


def test_a_figure_of_a_district_that_is_emptied_is_not_reported_any_more_from_that_moment_on(
    campaign: Campaign,
) -> None:
    take_district_rows(campaign, [district(A, enumerators=1.0, buildings=4.0), district(B, enumerators=2.0)], FIRST)
    take_district_rows(campaign, [emptied(A, "enumerators")], SECOND)
    assert told(campaign, "enumerators", "2020-08-02T16:59") == (3.0, 2, 2)
    assert told(campaign, "enumerators", SECOND) == (None, 1, 2)
    assert told(campaign, "buildings", SECOND) == (None, 1, 2)
    take_district_rows(campaign, [district(A, enumerators=5.0)], THIRD)
    assert told(campaign, "enumerators", THIRD) == (7.0, 2, 2)


def test_an_emptied_cell_stays_empty_when_a_report_of_before_it_comes_late(campaign: Campaign) -> None:
    take_district_rows(campaign, [district(A, enumerators=1.0), district(B, enumerators=2.0)], FIRST)
    take_district_rows(campaign, [emptied(A, "enumerators")], THIRD)
    take_district_rows(campaign, [district(A, enumerators=8.0, buildings=1.0)], SECOND)
    assert told(campaign, "enumerators", SECOND) == (10.0, 2, 2)
    assert told(campaign, "enumerators", THIRD) == (None, 1, 2)
    assert told(campaign, "buildings", THIRD) == (None, 1, 2)
    take_district_rows(campaign, [district(B, enumerators=4.0)], FOURTH)
    assert told(campaign, "enumerators", FOURTH) == (None, 1, 2)


def test_cells_emptied_late_are_missing_from_their_own_moment_until_they_are_given_again(campaign: Campaign) -> None:
    take_district_rows(campaign, [district(A, enumerators=1.0, artefact="courtyard")], FIRST)
    take_district_rows(campaign, [district(A, buildings=4.0)], THIRD)
    take_district_rows(campaign, [district(A, enumerators=2.0)], FOURTH)
    take_district_rows(campaign, [emptied(A, "enumerators", "artefact")], SECOND)
    assert [told(campaign, "enumerators", moment) for moment in (FIRST, SECOND, THIRD, FOURTH)] == [
        (1.0, 1, 1),
        (None, 0, 1),
        (None, 0, 1),
        (2.0, 1, 1),
    ]
    assert [change.now for change in history_of(campaign.store, REGISTER, A)] == [
        {"enumerators": 1.0, "artefact": "courtyard"},
        {"enumerators": None, "artefact": None},
        {"buildings": 4.0},
        {"enumerators": 2.0},
    ]


def test_in_a_period_an_emptied_figure_was_not_reported(tmp_path: Path) -> None:
    daily = DISTRICTS.replace('met_when: "uncovered = 0", due: T-73d', 'met_when: "enumerators >= 0", every: day')
    campaign = make_campaign(tmp_path, plan=daily, units=UNITS)
    take_district_rows(campaign, [district(A, enumerators=1.0), district(B, enumerators=2.0)], "2020-08-01T09:00")
    take_district_rows(campaign, [emptied(B, "enumerators")], "2020-08-01T12:00")
    take_district_rows(campaign, [district(A, enumerators=4.0), district(B, enumerators=8.0)], "2020-08-02T09:00")
    take_district_rows(campaign, [emptied(A, "enumerators")], "2020-08-01T10:00")
    name = within_period("enumerators", "day")
    moments = ("2020-08-01T09:00", "2020-08-01T10:00", "2020-08-01T12:00", "2020-08-02T09:00")
    assert [told(campaign, name, moment) for moment in moments] == [
        (3.0, 2, 2),
        (None, 1, 2),
        (None, 0, 2),
        (12.0, 2, 2),
    ]


def test_a_township_whose_last_district_is_withdrawn_has_sums_of_nothing(campaign: Campaign) -> None:
    take_district_rows(campaign, [district(A, enumerators=3.0, smallest=2.0)], FIRST)
    take_district_rows(campaign, [withdrawn(A)], SECOND)
    assert told(campaign, "enumerators", SECOND) == (0.0, 0, 0)
    assert told(campaign, "uncovered", SECOND) == (0.0, 0, 0)
    assert told(campaign, "districts", SECOND) == (0.0, 0, 0)
    assert told(campaign, "smallest", SECOND) == (None, 0, 0)
    assert told(campaign, "buildings", SECOND) is None


def test_a_late_withdrawal_holds_from_its_own_moment_and_later_reports_undo_it(campaign: Campaign) -> None:
    take_district_rows(campaign, [district(A, enumerators=1.0), district(B, enumerators=2.0)], FIRST)
    take_district_rows(campaign, [district(A, enumerators=4.0)], THIRD)
    take_district_rows(campaign, [district(B, enumerators=8.0)], FOURTH)
    take_district_rows(campaign, [withdrawn(A)], SECOND)
    assert told(campaign, "enumerators", FIRST) == (3.0, 2, 2)
    assert told(campaign, "enumerators", SECOND) == (2.0, 1, 1)
    assert told(campaign, "enumerators", THIRD) == (6.0, 2, 2)
    assert told(campaign, "enumerators", FOURTH) == (12.0, 2, 2)


def test_districts_are_rows_of_a_register_with_whatever_columns_they_have(campaign: Campaign) -> None:
    rows = [district(A, enumerators=1.0, artefact="courtyard"), district(B, surveyed=date(2020, 8, 1))]
    take_district_rows(campaign, rows, FIRST)
    report(campaign, f"code,enumerators\n{A},2\n{C},0\n", SECOND)
    found = rows_of(campaign.store, REGISTER, at(THIRD))
    assert found.schema == rows_schema(REGISTER)
    shown = found.select("code", "enumerators", "artefact", "surveyed", ":since", ":changed").rows()
    first, second = micros(at(FIRST)), micros(at(SECOND))
    assert shown == [
        (A, 2.0, "courtyard", None, first, second),
        (B, None, None, date(2020, 8, 1), first, first),
        (C, 0.0, None, None, second, second),
    ]
    before = rows_of(campaign.store, REGISTER, at(FIRST), columns=["enumerators"])
    assert before.select("code", "enumerators", ":withdrawn").rows() == [(A, 1.0, False), (B, None, False)]


def test_what_became_of_a_district_is_told_like_that_of_any_row(campaign: Campaign) -> None:
    take_district_rows(campaign, [district(A, enumerators=1.0, artefact="courtyard")], FIRST)
    report(campaign, f"code,enumerators\n{A},2\n", SECOND)
    take_district_rows(campaign, [withdrawn(A)], THIRD)
    changes = [(change.was, change.now) for change in history_of(campaign.store, REGISTER, A)]
    assert changes == [
        ({}, {"enumerators": 1.0, "artefact": "courtyard"}),
        ({"enumerators": 1.0}, {"enumerators": 2.0}),
        ({"enumerators": 2.0, "artefact": "courtyard"}, {}),
    ]
    assert rows_of(campaign.store, REGISTER, at(THIRD))[":withdrawn"].to_list() == [True]
    assert history_of(campaign.store, REGISTER, B) == []


def test_a_period_expects_no_district_that_is_withdrawn_in_it_or_before_it(tmp_path: Path) -> None:
    daily = DISTRICTS.replace('met_when: "uncovered = 0", due: T-73d', 'met_when: "enumerators >= 0", every: day')
    campaign = make_campaign(tmp_path, plan=daily, units=UNITS)
    take_district_rows(campaign, [district(A, enumerators=1.0), district(B, enumerators=2.0)], "2020-08-01T09:00")
    take_district_rows(campaign, [withdrawn(B)], "2020-08-01T12:00")
    take_district_rows(campaign, [district(A, enumerators=4.0)], "2020-08-02T09:00")
    take_district_rows(campaign, [district(B, enumerators=8.0)], "2020-08-03T09:00")
    take_district_rows(campaign, [district(A, enumerators=16.0)], "2020-08-03T12:00")
    late = [withdrawn(A)], "2020-08-01T10:00"
    moments = ("2020-08-01T09:00", "2020-08-01T12:00", "2020-08-02T09:00", "2020-08-03T09:00", "2020-08-03T12:00")
    name = within_period("enumerators", "day")
    assert [told(campaign, name, moment) for moment in moments] == [
        (3.0, 2, 2),
        (1.0, 1, 1),
        (4.0, 1, 1),
        (None, 1, 2),
        (24.0, 2, 2),
    ]
    take_district_rows(campaign, *late)
    assert [told(campaign, name, moment) for moment in moments[1:]] == [
        (0.0, 0, 0),
        (4.0, 1, 1),
        (None, 1, 2),
        (24.0, 2, 2),
    ]


@dataclass
class Naive:
    """All reports again from the beginning, district by district."""

    reports: list[tuple[int, list[dict[str, Any]]]] = field(default_factory=list)

    def districts(self, day: int, unit: str) -> dict[str, dict[str, Any]]:
        latest: dict[str, dict[str, Any]] = {}
        for as_of, rows in sorted(self.reports, key=lambda one: one[0]):
            for row in rows if as_of <= day else ():
                code = row["code"]
                if row.get(":withdrawn"):
                    latest.pop(code, None)
                else:
                    given = {name: row[name] for name in FIGURES if row.get(name) is not None}
                    kept = {
                        name: cell for name, cell in latest.get(code, {}).items() if name not in row.get(":emptied", ())
                    }
                    latest[code] = {**kept, **given}
        return {code: cells for code, cells in latest.items() if code.startswith(unit)}

    def sum(self, day: int, unit: str, name: str) -> tuple[Any, ...]:
        cells = [one.get(name) for one in self.districts(day, unit).values()]
        given = [one for one in cells if one is not None]
        return (sum(given) if len(given) == len(cells) else None, len(given), len(cells))


TOWNS = ("990101001", "990101002")


@pytest.mark.parametrize("seed", [7, 20, 29])
def test_readings_and_rows_are_what_the_whole_history_says_whatever_the_order_of_reports(
    campaign: Campaign, seed: int
) -> None:
    chance, naive = random.Random(seed), Naive()
    codes = [f"{town}00{village}00{number}" for town in TOWNS for village in (1, 2) for number in (1, 2)]
    begun: set[tuple[str, str]] = set()
    for _ in range(14):
        day, names = chance.randint(1, 9), chance.sample(("enumerators", "buildings"), chance.randint(1, 2))
        rows: list[dict[str, Any]] = []
        for code in chance.sample(codes, chance.randint(1, 4)):
            gone = chance.random() < 0.35
            rows.append(
                withdrawn(code) if gone else district(code, **{name: float(chance.randint(0, 3)) for name in names})
            )
            dashed = [name for name in ("enumerators", "buildings") if not gone and chance.random() < 0.2]
            if dashed:
                rows[-1] = {**rows[-1], **dict.fromkeys(dashed), ":emptied": dashed}
            begun |= set() if gone else {(code[:9], name) for name in (*names, *dashed)}
        take_district_rows(campaign, rows, f"2020-08-0{day}T17:00")
        naive.reports.append((day, rows))
    for day in range(1, 10):
        for town, name in sorted(begun):
            found = told(campaign, name, f"2020-08-0{day}T17:00", town)
            expected = naive.sum(day, town, name)
            assert found == expected or (found is None and expected[1] == 0), (day, town, name)
        state = rows_of(campaign.store, REGISTER, at(f"2020-08-0{day}T17:00")).filter(~pl.col(":withdrawn"))
        there = {
            row["code"]: {name: row[name] for name in FIGURES if row[name] is not None} for row in state.to_dicts()
        }
        assert there == naive.districts(day, "99"), day
