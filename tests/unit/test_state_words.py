"""What a phase is said to be in: its state and its lateness are two facts, and every surface says both."""

from __future__ import annotations

from dataclasses import replace

import pytest
from worlds.boards import LISTING, LONG_FORM, RECRUITMENT, REGISTRATION

from models.status import PhaseStatus
from models.vocabulary import state_of

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
        (replace(LISTING, met=0, waived=1), "均已豁免", "all waived"),
    ],
)
def test_a_state_never_hides_what_is_late_or_left(phase: PhaseStatus, zh: str, en: str | None) -> None:
    said = state_of(phase)

    assert said.zh == zh
    assert en is None or said.en == en
