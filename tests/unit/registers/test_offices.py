"""Whose a row is, and of which level and kind its unit."""

from __future__ import annotations

import random

import polars as pl
import pytest

from models.plan.lists import Register
from models.rules.judging.tree import above
from models.rules.registers.offices import unit_above, with_offices
from models.units import Level

UNITS = pl.DataFrame(
    [
        ("14", "province", None),
        ("1401", "city", "14"),
        ("140105", "county", "1401"),
        ("140105001", "township", "140105"),
        ("140105100", "township", "140105"),
        ("140105001001", "village", "140105001"),
        ("65", "province", None),
        ("66", "province", None),
        ("659001", "county", "66"),
        ("659001200", "township", "659001"),
    ],
    schema={"unit": pl.String, "level": pl.String, "superior": pl.String},
    orient="row",
)
CHAINS = above(UNITS)


def kept_by(*levels: Level) -> Register:
    return Register("lists", "清单", levels, levels, ("code",), {})


def placed(code: str | int, *levels: Level) -> tuple[str | None, str | None, str | None]:
    """office, level and unit_kind of a row with this code, in a register that offices of these levels keep."""
    rows = pl.DataFrame({"code": [code]})
    return with_offices(rows, kept_by(*levels), UNITS, CHAINS).select("office", "level", "unit_kind").row(0)


@pytest.mark.parametrize(
    ("code", "levels", "office"),
    [
        ("140105", ("county",), "140105"),
        ("140105001", ("county",), "140105"),
        ("140105001", ("county", "township"), "140105001"),
        ("140105001001", ("province", "city"), "1401"),
        ("1401", ("county",), None),
        ("140105001001", ("village",), "140105001001"),
        ("659001200", ("province",), "66"),
        ("659001200", ("province", "county"), "659001"),
    ],
)
def test_the_keeper_is_the_nearest_office_at_or_above_by_command(
    code: str, levels: tuple[Level, ...], office: str | None
) -> None:
    assert placed(code, *levels)[0] == office


@pytest.mark.parametrize(
    ("code", "levels", "office"),
    [
        ("140105001001001", ("village",), "140105001001"),
        ("140105100007001", ("township",), "140105100"),
        ("140105100007001", ("village",), None),
        ("140105999", ("county",), "140105"),
        ("140105999", ("township",), None),
        ("659001999", ("province",), "66"),
        ("33", ("province",), None),
        ("00", ("province",), None),
    ],
)
def test_a_code_that_no_unit_has_belongs_to_the_nearest_one_by_its_digits(
    code: str, levels: tuple[Level, ...], office: str | None
) -> None:
    assert placed(code, *levels)[0] == office


@pytest.mark.parametrize(
    ("code", "level", "kind"),
    [
        ("14", "province", None),
        ("140105", "county", None),
        ("140105001", "township", "street"),
        ("140105099", "township", "street"),
        ("140105100", "township", "town"),
        ("140105199", "township", "town"),
        ("140105200", "township", "township"),
        ("140105399", "township", "township"),
        ("140105400", "township", "other"),
        ("140105599", "township", "other"),
        ("140105600", "township", None),
        ("140105000", "township", None),
        ("140105100007", "village", "town"),
        ("140105001001002", "district", "street"),
        ("00", None, None),
    ],
)
def test_level_and_kind_of_a_unit_are_told_by_its_digits(code: str, level: str | None, kind: str | None) -> None:
    assert placed(code, "county")[1:] == (level, kind)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("140105100", "street"),
        ("140105100007", "street"),
        ("140105100007001", "street"),
        ("140105001", "street"),
        ("140105101", "town"),
        ("140105", None),
        ("659001200", "other"),
        ("652324501003", "other"),
        ("652324501003001", "other"),
        ("652324501", "other"),
    ],
)
def test_a_kind_that_the_list_of_units_gives_goes_before_the_digits_for_all_below_the_township(
    code: str, kind: str | None
) -> None:
    regiment = [("652324501", "township", "659001"), ("652324501003", "village", "652324501")]
    units = pl.concat([UNITS, pl.DataFrame(regiment, schema=UNITS.schema, orient="row")])
    named = {"140105100": "street", "659001200": "other", "652324501": "other"}
    units = units.with_columns(kind=pl.col("unit").replace_strict(named, default=None, return_dtype=pl.String))

    rows = with_offices(pl.DataFrame({"code": [code]}), kept_by("county"), units, above(units))

    assert rows["unit_kind"].to_list() == [kind]


def test_codes_of_districts_are_whole_numbers() -> None:
    assert placed(140105001001002, "township") == ("140105001", "district", "street")


def test_no_rows_are_placed_as_well() -> None:
    rows = pl.DataFrame(schema={"code": pl.String})

    assert with_offices(rows, kept_by("county"), UNITS, CHAINS).columns == ["code", "office", "level", "unit_kind"]


def plainly(code: str, levels: tuple[Level, ...], units: dict[str, tuple[str, str | None]]) -> str | None:
    """The nearest office of these levels at or above a code, step by step."""
    at: str | None = next((code[:n] for n in (15, 12, 9, 6, 4, 2) if code[:n] in units), None)
    while at is not None and units[at][0] not in levels:
        at = units[at][1]
    return at


@pytest.mark.parametrize("seed", range(8))
def test_every_row_finds_the_office_that_a_walk_up_the_affiliation_finds(seed: int) -> None:
    choose = random.Random(seed)
    units = {unit: (level, superior) for unit, level, superior in UNITS.iter_rows()}
    tails = ["", "001", "100", "001001", "001002", "001001001", "200003004"]
    codes = [choose.choice(["140105", "659001", "1401", "14", "3301"]) for _ in range(300)]
    codes = [code + choose.choice(tails) if len(code) == 6 else code for code in codes]
    levels: tuple[Level, ...] = tuple(choose.sample(["province", "city", "county", "township", "village"], k=2))

    rows = pl.DataFrame({"code": codes})
    found = with_offices(rows, kept_by(*levels), UNITS, CHAINS)["office"].to_list()

    assert found == [plainly(code, levels, units) for code in codes]
    assert found == unit_above(rows["code"], levels, UNITS, CHAINS).to_list()


def test_of_a_long_list_each_row_has_the_same_office_as_by_itself() -> None:
    codes = ["140105001", "140105001001", "140105001001007", "140105", "1401", "659001200", "99", None]
    long = pl.DataFrame({"code": [code for code in codes for _ in range(5)]})
    found = with_offices(long, kept_by("province", "county"), UNITS, CHAINS)
    alone = [placed(code, "province", "county") for code in codes[:-1]] + [(None, None, None)]
    assert found.select("office", "level", "unit_kind").rows() == [one for one in alone for _ in range(5)]
