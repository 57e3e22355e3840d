"""Units (单位): the offices of a census, their codes, levels and lines of command.

Codes are the 统计用区划代码: 2, 4, 6, 9 or 12 digits from province to village, 15 for a district
(普查小区, 12 + 3).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

Level = Literal["province", "city", "county", "township", "village", "district"]
LineOfCommand = Literal["business", "government"]
Role = str
"""A role in an office: one of `ROLES`, or one that the plan declares."""

LEVELS: tuple[Level, ...] = get_args(Level)
OFFICE_LEVELS: tuple[Level, ...] = LEVELS[:-1]
FIRST_VIRTUAL = 900
"""From this number on a district of a village is virtual (虚拟普查小区): it has no map. 第六次普查区划绘图问答."""
DIGITS: dict[Level, int] = {"province": 2, "city": 4, "county": 6, "township": 9, "village": 12, "district": 15}
LEVEL_OF_DIGITS: dict[int, Level] = {digits: level for level, digits in DIGITS.items()}
LEVEL_ZH: dict[Level, str] = {
    "province": "省级",
    "city": "市级",
    "county": "县级",
    "township": "乡级",
    "village": "村级",
    "district": "普查小区",
}
UNIT_COLUMNS = ("unit", "name", "level", "superior", "kind")
"""What is known of an office, in every frame of them: all of it text; superior is null at the top, kind where nobody said it."""
UNIT_KINDS = {"street": (1, 99), "town": (100, 199), "township": (200, 399), "other": (400, 599)}
"""街道、镇、乡、其他: kinds of townships, with the last three digits of their codes, from and to."""
UNIT_KIND_ZH: Mapping[str, str] = {"street": "街道", "town": "镇", "township": "乡", "other": "其他"}
ROLE_ZH: Mapping[Role, str] = {"owner": "经办人", "leader": "办公室主任", "head": "领导小组组长"}
ROLES: tuple[Role, ...] = tuple(ROLE_ZH)
ON_DUTY: Role = "on_duty"
"""值班: whoever the roster says is on duty; nobody is entered in it."""

# Prefecture codes that only group counties: no office, the counties answer to the province.
CONTAINER_NAMES = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})
CONTAINER_CODES = frozenset({"1101", "1201", "3101", "4190", "4290", "4690", "5001", "5002", "6590"})

NATION = "00"
"""Stands for the whole country where a unit code is asked for and every province is meant."""


def is_code(text: str) -> bool:
    """True if `text` has the shape of a unit's or a district's code."""
    return text.isascii() and text.isdigit() and len(text) in LEVEL_OF_DIGITS


def level_of(code: str) -> Level:
    """The level that a code's length means. ValueError for any other length."""
    if not is_code(code):
        raise ValueError(f"{code!r} is not a division code of 2, 4, 6, 9, 12 or 15 digits")
    return LEVEL_OF_DIGITS[len(code)]


def kind_of(code: str) -> str | None:
    """The kind of the township that a code names or lies in, by its digits; None above townships, and where they say nothing."""
    number = code[DIGITS["county"] : DIGITS["township"]]
    if len(number) < 3 or not number.isdecimal():
        return None
    return next((kind for kind, (first, last) in UNIT_KINDS.items() if first <= int(number) <= last), None)


def readings_of_code(code: str) -> tuple[str, ...]:
    """Every code that `code` may stand for, the likeliest first.

    A code padded with zeros to 12 digits means the shorter one. 441900000000 can be the prefecture
    4419 or the county 441900 (东莞 has no counties and appears as one), so the caller picks the first
    that it knows.
    """
    if len(code) != DIGITS["village"] or not code.endswith("000"):
        return (code,)
    shorter = [code[:digits] for digits in (2, 4, 6, 9) if set(code[digits:]) == {"0"}]
    return (*shorter, code)


def is_container(code: str, name: str) -> bool:
    """True for a code that only groups counties and has no office of its own.

    That is a prefecture's; lists of divisions also give each city a county-level row 市辖区 (130101).
    """
    if len(code) == DIGITS["county"]:
        return code.endswith("01") and name == "市辖区"
    return len(code) == DIGITS["city"] and (code in CONTAINER_CODES or name in CONTAINER_NAMES)


def prefix_superiors(code: str) -> tuple[str, ...]:
    """The codes above `code` by the prefix rule, nearest first."""
    return tuple(code[:digits] for digits in (12, 9, 6, 4, 2) if digits < len(code))
