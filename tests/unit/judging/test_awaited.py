"""What a missing figure waits for: rows of a list, other figures, or offices, and how many of them."""

from __future__ import annotations

import pytest
from worlds.reasons import Figure, why_over_rows

OF_TOWNSHIPS = (
    'each: {title: 各乡问题, level: township, register: problems, count_where: "row > 5"}',
    'towns: {title: 有问题的乡镇, level: township, count_where: "each > 0"}',
)
"""Townships that have problems, counted from a list."""


@pytest.mark.parametrize(
    ("figures", "figure", "kept_by", "english", "chinese"),
    [
        (
            {"unsolved": (None, 0, 1)},
            'count_where: "row > 5"',
            "county",
            "unsolved not reported (problems not sent, or cells that decide are empty)",
            "未办结问题未报（问题清单未报送，或所需栏目未填）",
        ),
        (
            {"unsolved": (None, 0, 1)},
            "sum: row",
            "county",
            "unsolved not reported (problems not sent)",
            "未办结问题未报（问题清单未报送）",
        ),
        (
            {"unsolved": (None, 9, 12)},
            "sum: row",
            "township",
            "unsolved not reported (3 of 12 missing)",
            "未办结问题未报齐（应报12个乡镇，尚缺3个）",
        ),
        (
            {"unsolved": (None, 9, 12)},
            "sum: row",
            "[county, township]",
            "unsolved not reported (3 of 12 missing)",
            "未办结问题未报齐（应报12个单位，尚缺3个）",
        ),
        ({"unsolved": (4.0, 1, 1)}, "sum: row", "county", "unsolved = 4, must be 0", "未办结问题4，应为0"),
    ],
)
def test_of_a_figure_from_rows_it_is_said_which_list_is_awaited(
    figures: dict[str, Figure], figure: str, kept_by: str, english: str, chinese: str
) -> None:
    assert why_over_rows("unsolved = 0", figure, kept_by, **figures) == (english, chinese)


@pytest.mark.parametrize(
    ("kept_by", "chinese"),
    [
        ("county", "有问题的乡镇未报（问题清单未报送，或所需栏目未填）"),
        ("[city, county]", "有问题的乡镇未报（问题清单未报送，或所需栏目未填）"),
        ("township", "有问题的乡镇未报齐（应报12个乡镇，尚缺12个）"),
        ("[county, township]", "有问题的乡镇未报齐（应报12个乡镇，尚缺12个）"),
    ],
)
def test_of_a_figure_of_offices_below_the_list_is_awaited_that_the_office_itself_keeps(
    kept_by: str, chinese: str
) -> None:
    assert why_over_rows("towns = 0", kept_by=kept_by, others=OF_TOWNSHIPS, towns=(None, 0, 12))[1] == chinese


def test_of_a_figure_that_some_offices_below_have_it_is_said_how_many_are_wanting() -> None:
    told = why_over_rows("towns = 0", others=OF_TOWNSHIPS, towns=(None, 9, 12))[1]

    assert told == "有问题的乡镇未报齐（应报12个乡镇，尚缺3个）"


def test_of_a_ratio_it_is_said_what_it_is_made_of() -> None:
    assert why_over_rows("share > 0.5", share=(None, 0, 1)) == (
        "share not reported (made of funds, spent)",
        "支出比例未报（由到位经费、支出经费算出）",
    )
    assert why_over_rows("share > 0.5", share=(None, 1, 1))[1] == "支出比例无法计算，应高于0.5"
