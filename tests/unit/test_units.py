"""Units: codes, levels, padding, containers."""

from __future__ import annotations

import pytest

from models.units import (
    DIGITS,
    LEVELS,
    is_code,
    is_container,
    level_of,
    prefix_superiors,
    readings_of_code,
)


@pytest.mark.parametrize(
    ("code", "level"),
    [
        ("13", "province"),
        ("1301", "city"),
        ("130102", "county"),
        ("130102001", "township"),
        ("130102001001", "village"),
        ("130102001001001", "district"),
    ],
)
def test_the_length_of_a_code_tells_its_level(code: str, level: str) -> None:
    assert level_of(code) == level
    assert is_code(code)


@pytest.mark.parametrize(
    "text", ["", "1", "130", "13010", "1301020", "13010200100100", "13O1", "１３", "13 ", "-1", "1.30E+05"]
)
def test_what_is_no_code_is_told(text: str) -> None:
    assert not is_code(text)
    with pytest.raises(ValueError, match="is not a division code"):
        level_of(text)


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("130000000000", "13"),
        ("130100000000", "1301"),
        ("130102000000", "130102"),
        ("130102001000", "130102001"),
        ("130102001001", "130102001001"),
        ("130102", "130102"),
    ],
)
def test_a_code_padded_to_twelve_digits_means_the_shorter_one(written: str, means: str) -> None:
    assert readings_of_code(written)[0] == means


def test_a_padded_code_may_stand_for_a_prefecture_or_for_its_one_county() -> None:
    assert readings_of_code("441900000000") == ("4419", "441900", "441900000", "441900000000")


@pytest.mark.parametrize("code", ["1101", "1201", "3101", "4190", "4290", "4690", "5001", "5002", "6590"])
def test_the_nine_containers_have_no_office(code: str) -> None:
    assert is_container(code, "")


@pytest.mark.parametrize("name", ["市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"])
def test_a_prefecture_named_like_a_container_is_one(name: str) -> None:
    assert is_container("9901", name)
    assert not is_container("99", name)
    assert not is_container("990102", name)


def test_the_row_that_lists_give_every_city_for_its_districts_is_no_office() -> None:
    assert is_container("130101", "市辖区")
    assert not is_container("130102", "长安区")
    assert not is_container("130101", "长安区")


def test_the_codes_above_a_code_are_named_from_the_nearest() -> None:
    assert prefix_superiors("130102001001") == ("130102001", "130102", "1301", "13")
    assert prefix_superiors("13") == ()


def test_levels_stand_from_the_province_down_with_their_digits() -> None:
    assert [DIGITS[level] for level in LEVELS] == [2, 4, 6, 9, 12, 15]
