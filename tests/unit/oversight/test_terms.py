"""Terms: nothing goes before the law lets it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from models.rules.oversight.terms import latest_cut, months_back
from tasks.campaign.settings import Settings

BEIJING = ZoneInfo("Asia/Shanghai")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("now", "months", "then"),
    [
        ("2021-07-01T09:00", 6, "2021-01-01T09:00"),
        ("2021-06-15T09:00", 6, "2020-12-15T09:00"),
        ("2021-08-31T09:00", 6, "2021-02-28T09:00"),
        ("2020-08-30T09:00", 6, "2020-02-29T09:00"),
        ("2021-01-05T00:00", 24, "2019-01-05T00:00"),
    ],
)
def test_months_are_counted_back_by_the_calendar(now: str, months: int, then: str) -> None:
    assert months_back(at(now), months) == at(then)


@pytest.mark.parametrize(
    ("before", "cut"), [("2020-12-31T00:00", "2020-12-31T00:00"), ("2021-03-01T00:00", "2021-01-01T09:00")]
)
def test_what_is_younger_than_its_term_stays_whatever_somebody_asks(before: str, cut: str) -> None:
    assert latest_cut(at(before), at("2021-07-01T09:00"), 6) == at(cut)


def test_no_office_sets_a_term_under_the_law_s() -> None:
    with pytest.raises(ValidationError):
        Settings(keep_ledger_months=5, _env_file=None)  # type: ignore[call-arg]
    assert Settings(keep_ledger_months=36, _env_file=None).keep_ledger_months == 36  # type: ignore[call-arg]
