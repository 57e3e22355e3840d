"""Figures with their words: what 2900余, 近47万 and 580万元 allow, and what is refused because it can be read in two ways."""

from __future__ import annotations

from math import inf

import pytest

from models.wording import Said
from models.written import Written, allowed_said, read_written


def read(text: str, unit: str | None = None) -> Written:
    found = read_written(text, unit)
    assert isinstance(found, Written)
    return found


def refused(text: str, unit: str | None = None) -> Said:
    found = read_written(text, unit)
    assert isinstance(found, Said)
    return found


@pytest.mark.parametrize("text", ["2900余", "2900多", "2900余人", "2900人以上", "不少于2900", "至少2900人", "2,900 余"])
def test_a_figure_with_more_behind_it_is_at_least_that(text: str) -> None:
    found = read(text, "persons")

    assert (found.value, found.least, found.most, found.above) == (2900.0, 2900.0, inf, False)


def test_over_a_number_is_more_than_it_and_under_it_less() -> None:
    over, under = read("超过30"), read("不足30")

    assert (over.least, over.above, over.most) == (30.0, True, inf)
    assert (under.least, under.most, under.below) == (-inf, 30.0, True)


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [("近47万", 460_000.0, 470_000.0), ("近46.5万", 464_000.0, 465_000.0), ("将近8000", 7_999.0, 8_000.0)],
)
def test_near_a_number_is_below_it_and_within_one_unit_of_its_last_digit(text: str, least: float, most: float) -> None:
    found = read(text)

    assert (found.least, found.above, found.most, found.below) == (least, True, most, True)


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [("约30", 29.5, 30.5), ("47万左右", 465_000.0, 475_000.0), ("大约1.5千", 1_450.0, 1_550.0)],
)
def test_about_a_number_is_within_half_a_unit_of_its_last_digit(text: str, least: float, most: float) -> None:
    found = read(text)

    assert (found.least, found.above, found.most, found.below) == (least, False, most, False)


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("580万元", "yuan", 5_800_000.0),
        ("1.22 M", "yuan", 1_220_000.0),
        ("1.22 M元", "yuan", 1_220_000.0),
        ("1.5亿元", "yuan", 150_000_000.0),
        ("580万元", "万元", 580.0),
        ("12人", "persons", 12.0),
        ("35处", None, 35.0),
    ],
)
def test_an_amount_is_read_by_its_unit_and_is_exact(text: str, unit: str | None, value: float) -> None:
    found = read(text, unit)

    assert found.is_exact
    assert found.value == value


@pytest.mark.parametrize(
    ("text", "unit", "why"),
    [
        ("580万元", "persons", "单位是“元”，而该指标以“人”计"),
        ("2900人", "yuan", "单位是“人”，而该指标以“元”计"),
        ("580万", "万元", "“万”后面请写明单位"),
        ("约3-4万", None, "是一个区间"),
        ("30至40", None, "是一个区间"),
        ("1.22 m", None, "百万请写大写 M"),
        ("两千九百余", None, "请改用阿拉伯数字，如 2900余"),
        ("十余人", None, "请改用阿拉伯数字"),
        ("约2900余", None, "“约”“余”不能同用"),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused_with_what_to_write(text: str, unit: str | None, why: str) -> None:
    assert why in refused(text, unit).zh


@pytest.mark.parametrize(
    "text",
    [
        "上万",
        "万余",
        "几十",
        "2900+",
        "逾2900",
        "2900±5",
        "1,23余",
        "2万5千",
        "580万RMB",
        "-5余",
        "2900余人次",
        "about 30",
    ],
)
def test_what_says_a_number_in_another_way_is_refused_with_what_to_write(text: str) -> None:
    assert refused(text, "persons").zh.startswith("的写法读不准；请写确数，或写成 2900余")


@pytest.mark.parametrize("text", ["2020-07-20", "约30%", "12月3日"])
def test_a_date_and_a_share_of_what_is_none_are_not_taken_for_ranges_or_rough_numbers(text: str) -> None:
    assert read_written(text, "persons") is None


def test_a_share_with_words_is_known_by_its_unit_alone() -> None:
    found = read_written("约30%", "percent")

    assert isinstance(found, Written)
    assert (found.least, found.most) == (29.5, 30.5)


@pytest.mark.parametrize("text", ["很多", "一切顺利", "12元整", "3E-04", "5%"])
def test_what_is_no_figure_with_words_is_left_to_whoever_reads_numbers(text: str) -> None:
    assert read_written(text, None) is None


def test_a_figure_stays_within_the_limits_of_its_indicator() -> None:
    few, most_of_it = read("不足30").within(0.0, None), read_written("95%以上", "percent", 100.0)

    assert few is not None
    assert (few.least, few.most) == (0.0, 30.0)
    assert isinstance(most_of_it, Written)
    kept = most_of_it.within(0.0, 100.0)
    assert kept is not None
    assert (kept.least, kept.most) == (95.0, 100.0)
    assert read("不足30").within(30.0, None) is None
    assert read("不足30").within(29.0, None) is not None


@pytest.mark.parametrize(
    ("ends", "zh"),
    [
        ((2900.0, inf, False, False), "不少于2900"),
        ((30.0, inf, True, False), "多于30"),
        ((-inf, 30.0, False, True), "少于30"),
        ((460_000.0, 470_000.0, True, True), "多于460000、少于470000"),
        ((29.5, 30.5, False, False), "29.5至30.5"),
        ((8.0, 8.0, False, False), "8"),
    ],
)
def test_what_is_allowed_is_said_as_an_office_would(ends: tuple[float, float, bool, bool], zh: str) -> None:
    assert allowed_said(*ends).zh == zh
