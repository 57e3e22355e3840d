"""Periods as people say them."""

from __future__ import annotations

import pytest

from models.plan.periods import spoken_period


@pytest.mark.parametrize(
    ("label", "every", "zh", "en"),
    [
        ("2020-03-30", "week", "3月30日至4月5日", "30 Mar to 5 Apr"),
        ("2020-12-28", "week", "12月28日至1月3日", "28 Dec to 3 Jan"),
        ("2020-10-29", "day", "10月29日", "29 Oct"),
        ("2020-08", "month", "2020年8月", "2020-08"),
        ("2020-11-01T17:00", None, "2020-11-01T17:00", "2020-11-01T17:00"),
        ("", None, "", ""),
    ],
)
def test_a_period_is_said_by_its_days_and_not_by_its_label(label, every, zh, en):
    assert spoken_period(label, every) == (zh, en)
