"""Figures that are days: told as the days that they are."""

from __future__ import annotations

import pytest
from worlds.reasons import why_over_rows


def test_a_first_day_that_there_is_not_yet_is_said_to_be_wanting() -> None:
    assert why_over_rows("unsolved <= -80", "first: day", unsolved=(None, 1, 1)) == (
        "unsolved = none yet, must not be after 2020-08-13",
        "未办结问题尚无，应不晚于2020-08-13",
    )


@pytest.mark.parametrize(
    ("condition", "english", "chinese"),
    [
        (
            "unsolved <= other",
            "unsolved = 2020-10-12, must not be after other = 2020-10-07",
            "未办结问题2020-10-12，应不晚于首期培训2020-10-07",
        ),
        (
            "other > unsolved",
            "other = 2020-10-07, must be after unsolved = 2020-10-12",
            "首期培训2020-10-07，应晚于未办结问题2020-10-12",
        ),
        (
            "unsolved < -20",
            "unsolved = 2020-10-12, must be before 2020-10-12",
            "未办结问题2020-10-12，应早于2020-10-12",
        ),
        (
            "unsolved <= other + 1",
            "unsolved = 2020-10-12, must not be after other + 1 = 2020-10-08",
            "未办结问题2020-10-12，应不晚于首期培训后1天（2020-10-08）",
        ),
        (
            "unsolved <= other - 2",
            "unsolved = 2020-10-12, must not be after other - 2 = 2020-10-05",
            "未办结问题2020-10-12，应不晚于首期培训前2天（2020-10-05）",
        ),
        (
            "unsolved <= 2 * other",
            "unsolved = -20, must be at most 2 * other = -50",
            "未办结问题-20，应不高于2 × 首期培训 = -50",
        ),
    ],
)
def test_days_are_told_as_days_and_not_by_their_distance_from_the_standard_time(
    condition: str, english: str, chinese: str
) -> None:
    other = "other: {title: 首期培训, level: county, register: problems, last: day}"

    told = why_over_rows(condition, "first: day", others=[other], unsolved=-20.0, other=-25.0)

    assert told == (english, chinese)
