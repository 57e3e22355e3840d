"""Duties over rows that tests work with: offices of Shanxi, registers, a plan with one requirement, and rows."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from worlds.plans import plan_of
from worlds.plans_over_rows import plan_over_rows

from models.plan.model import Plan
from models.rules.judging.tree import above

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2020, 11, 18, 9, tzinfo=ZONE)
UNITS = pl.DataFrame(
    [
        ("14", "山西省", "province", None),
        ("1401", "太原市", "city", "14"),
        ("140105", "小店区", "county", "1401"),
        ("140106", "迎泽区", "county", "1401"),
        ("140105001", "坞城街道", "township", "140105"),
        ("140105002", "营盘街道", "township", "140105"),
        ("140106001", "柳巷街道", "township", "140106"),
        ("140105001001", "坞城一社区", "village", "140105001"),
        ("140105001002", "坞城二社区", "village", "140105001"),
    ],
    schema=["unit", "name", "level", "superior"],
    orient="row",
)
CHAINS = above(UNITS)

PROBLEMS = """
title: 问题清单
kept_by: county
rows_at: [county, township, village, district]
key: [list, row]
columns:
  list: {title: 清单批次, type: text}
  row: {title: 序号, type: number}
  kind: {title: 类别, one_of: {logic: 逻辑问题, missed: 户籍漏登错登}}
  due: {title: 办理期限, type: date}
  pool: {title: 退回何处, type: code, outside: yes}
  state: {title: 状态, one_of: {received: 已接收, closed: 已办结, returned: 已退回上级}, moves: {received: [closed, returned], returned: [closed], closed: [received]}}
"""
PAPERS = """
title: 文件登记
kept_by: [province, county]
key: [code, kind]
columns:
  kind: {title: 文件, one_of: {work-plan: 工作方案, schedule: 工作进度安排}}
  issued: {title: 印发日期, type: date}
"""
QUESTIONS = """
title: 业务问答
kept_by: county
key: [code, question]
on_occasion: yes
columns:
  question: {title: 问题编号, type: text}
  asked: {title: 提问时间, type: moment}
  answered: {title: 答复时间, type: moment}
  due: {title: 答复时限, type: moment, is: "asked + interval '24 hour'"}
"""
BODIES = """
title: 普查机构
kept_by: township
rows_at: [township, village]
key: [code]
columns:
  formed: {title: 成立日期, type: date}
"""
DONE = "state in ('closed', 'returned')"


def requirement(each: str, met_when: str = DONE, more: str = "judged_at: county") -> str:
    return f'{{id: closed, title: 按期办结, {more}, each: {{{each}}}, met_when: "{met_when}"}}'


def text_of(each: str, met_when: str = DONE, more: str = "judged_at: county", **registers: str) -> str:
    """A plan's text whose only requirement is about rows. registers: further ones, the lines of each."""
    return plan_over_rows(
        {"problems": PROBLEMS, "papers": PAPERS, "questions": QUESTIONS, **registers},
        [requirement(each, met_when, more)],
    )


def planned(each: str, met_when: str = DONE, more: str = "judged_at: county", **registers: str) -> Plan:
    return plan_of(text_of(each, met_when, more, **registers))


def problem(row: float, state: str = "received", due: str | None = "2020-11-20", **more: Any) -> dict[str, Any]:
    day = date.fromisoformat(due) if due else None
    return {"code": "140105001", "list": "清单3", "row": row, "state": state, "due": day, **more}
