"""A first day of which there is no row yet, from the nil return to what `explain` says: nothing is there, nothing failed."""

from __future__ import annotations

from pathlib import Path

import pytest
from worlds.clerk import Clerk
from worlds.plans_over_rows import plan_over_rows

SESSIONS = """
title: 培训班
kept_by: county
key: [code, session]
columns:
  session: {title: 班次编号, type: text}
  day: {title: 开班日期, type: date}
"""
PLAN = plan_over_rows(
    {"sessions": SESSIONS},
    ['{id: met, title: 开班, judged_at: county, met_when: "first_session <= 0", due: 2020-11-30}'],
    indicators=["first_session: {title: 首期培训, register: sessions, level: county, first: day}"],
)
UNITS = "code,name\n13,甲省\n1301,乙市\n130101,丙县\n"


def test_a_first_day_without_a_row_is_none_yet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk = Clerk(tmp_path, capsys, monkeypatch)
    clerk.load(PLAN, UNITS)
    before = clerk("explain", "130101", "met", "--as-of", "2020-11-12").out
    clerk.report("code,session,day\n130101,,\n", "2020-11-11T09:00")
    after = clerk("explain", "130101", "met", "--as-of", "2020-11-12").out

    assert "首期培训 first_session = 未报" in before
    assert "首期培训 first_session = 尚无" in after
