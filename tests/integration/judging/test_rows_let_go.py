"""The rows of a list go with the judgement that read them: of a nation they are gigabytes."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

from worlds.campaign import at, make_campaign
from worlds.plans_over_rows import plan_over_rows
from worlds.registers import take_rows

from tasks.judging.kept_answers import KeptAnswers
from tasks.judging.rows import Rows
from tasks.judging.settled import judge_now

PROBLEMS = """
title: 问题清单
kept_by: township
key: [code, list, no]
columns:
  list: {title: 批次, type: text}
  no: {title: 编号, type: number}
  state: {title: 状态, one_of: {open: 未办结, closed: 已办结}}
"""
CLOSED = (
    "{id: closed, title: 按期办结, judged_at: township, each: {register: problems, by: list}, met_when: \"state = 'closed'\","
    " due: 2020-11-20}"
)


def test_what_duties_are_about_is_let_go_with_them(tmp_path: Path) -> None:
    store = make_campaign(tmp_path, plan=plan_over_rows({"problems": PROBLEMS}, [CLOSED])).store
    moment, plan = at("2020-11-10T09:00"), store.plan()
    take_rows(
        store,
        plan.registers["problems"],
        [{"code": "990101001", "list": "甲批", "no": 1.0, "state": "open"}],
        moment,
        moment,
    )
    [requirement] = [one for one in plan.requirements if one.each is not None]
    judge_now(store, None, moment)
    rows = Rows(store, plan, moment, None, answers=KeptAnswers(store, None))
    duties = rows.duties(requirement, {})
    assert duties.rows.height == 1, "looked up again: what was kept of them names no row"
    left = weakref.ref(rows)

    gc.disable()  # it comes by when many objects were made, and frames are few however large they are
    try:
        del duties, rows
        assert left() is None
    finally:
        gc.enable()
