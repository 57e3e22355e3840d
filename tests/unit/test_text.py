"""Text from outside: names that are one person's, and what nobody sees."""

from __future__ import annotations

import pytest

from models.text import name_key, one_line


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("张三", "张三", True),
        ("张三", " 张三\u200b", True),
        ("张　三", "张 三", True),
        ("张 三", "张三", True),
        ("Rene\u0301", "René", True),
        ("古丽·买买提", "古丽•买买提", True),
        ("张三", "张三丰", False),
        ("𠮷田", "吉田", False),
    ],
)
def test_a_name_is_one_however_it_was_typed(one: str, other: str, same: bool) -> None:
    assert (name_key(one) == name_key(other)) is same


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("甲\u202e镇\x1b[31m", "甲镇[31m"),
        ("甲\n镇\t", "甲 镇"),
        ("𠮷\ue000镇", "𠮷\ue000镇"),
        ("\x00\u200b", ""),
    ],
)
def test_what_nobody_sees_goes_and_rare_characters_stay(sent: str, kept: str) -> None:
    assert one_line(sent) == kept
