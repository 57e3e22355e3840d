"""What a phase is said to be in: its state and its lateness are two facts, and every surface says both."""

from __future__ import annotations

from dataclasses import replace

import pytest
from worlds.boards import AS_OF, LISTING, LONG_FORM, RECRUITMENT, REGISTRATION, UNCOVERED, UNREPORTED

from models.status import DutyStatus, PhaseStatus
from models.vocabulary import lateness_of, standing_of, state_of

SIGNED = replace(LISTING, unreported=1, exit="signed")


@pytest.mark.parametrize(
    ("phase", "zh", "en"),
    [
        (LISTING, "已达标", "closed"),
        (RECRUITMENT, "有逾期", "overdue"),
        (replace(LONG_FORM, overdue=33), "前置工作未完成（待“入户登记”完成，逾期33项）", None),
        (LONG_FORM, "前置工作未完成（待“入户登记”完成）", "blocked (waits for “入户登记”)"),
        (replace(REGISTRATION, state="planned", overdue=2), "未开始（逾期2项）", "planned (2 overdue)"),
        (replace(REGISTRATION, state="planned", overdue=0), "未开始", "planned"),
        (SIGNED, "已签放行（尚余1项）", "exit signed (1 left)"),
        (replace(SIGNED, overdue=1), "已签放行（尚余1项，其中逾期1项）", "exit signed (1 left, 1 overdue)"),
        (replace(SIGNED, unreported=0), "已达标", "closed"),
        (replace(LISTING, met=0), "无要求", "no duty"),
        (replace(LISTING, met=0, waived=1), "均已免予办理", "all waived"),
    ],
)
def test_a_state_never_hides_what_is_late_or_left(phase: PhaseStatus, zh: str, en: str | None) -> None:
    said = state_of(phase)

    assert said.zh == zh
    assert en is None or said.en == en


@pytest.mark.parametrize(
    ("by_default", "zh", "en"),
    [
        (0, "逾期 4 项（其中未报 1 项），最长逾期47天", "4 overdue (1 of them unreported), the longest by 47 d"),
        (
            3,
            "逾期 4 项（其中未报 1 项，按默认期限 3 项），最长逾期47天",
            "4 overdue (1 of them unreported, 3 by a default date), the longest by 47 d",
        ),
    ],
)
def test_what_is_late_at_a_date_that_no_source_says_is_told_apart(by_default: int, zh: str, en: str) -> None:
    said = lateness_of((replace(RECRUITMENT, overdue_by_default=by_default),), AS_OF)

    assert (said.zh, said.en) == (zh, en)


@pytest.mark.parametrize(
    ("duty", "zh"),
    [
        (UNCOVERED, "未达标 逾期"),
        (replace(UNCOVERED, by_default=True), "未达标 逾期（按默认期限）"),
        (replace(UNREPORTED, by_default=True), "未报 即将到期"),
        (replace(UNCOVERED, by_default=True, waived=True), "已免予办理"),
    ],
)
def test_a_duty_is_late_by_default_only_once_it_is_late(duty: DutyStatus, zh: str) -> None:
    assert standing_of(duty, "zh") == zh
