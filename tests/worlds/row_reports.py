"""Plans with registers (登记册) that tests report rows of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
from worlds.campaign import UNITS, Campaign, at, make_campaign
from worlds.districts import VILLAGES
from worlds.plans import FRAME, phase

from tasks.intake.intake import FOR_ITSELF, AsRows, take_in
from tasks.intake.receipts import Receipt
from tasks.registers.current import rows_of

PROBLEMS = """  problems:
    title: 问题清单
    kept_by: county
    rows_at: [county, township, village, district]
    key: [list, row]
    columns:
      list: {title: 清单批次, type: text}
      row: {title: 序号, type: number}
      kind: {title: 类别, one_of: {logic: 逻辑问题, missed: 户籍漏登错登, hard: 难点卡点}}
      due: {title: 办理期限, type: date}
      pool: {title: 退回何处, type: code, outside: yes}
      found: {title: 发现时刻, type: moment}
      checked: {title: 已核对, type: yes_no}
      steps: {title: 工作步骤, one_of: {visit: 上门, call: 去电, sign: 签字}, several: yes}
      note: {title: 备注, type: text}
      items: {title: 条数, type: number, unit: items, min: 0, max: 500}
      state:
        title: 状态
        one_of: {received: 已接收, in-field: 核实中, closed: 已办结, returned: 已退回上级}
        moves: {received: [in-field, returned], in-field: [closed], returned: [in-field]}
    refuse:
      - {when: "due < date '2020-08-01'", title: 办理期限早于清单下发}
      - {when: "within(pool, code)", title: 不能退回给自己的下级}
"""
VISITS = """  visits:
    title: 走访登记
    kept_by: township
    rows_at: [township, village]
    key: [code, visit]
    columns:
      visit: {title: 走访批次, type: number}
      day: {title: 走访日期, type: date}
      asked: {title: 提出时刻, type: moment}
      answer_due: {title: 答复时限, type: moment, is: "asked + interval '24 hour'"}
"""
_FIGURES = (
    "indicators:\n"
    "  funds: {title: 到位经费, level: county, unit: yuan, roll_up: sum, min: 0}\n"
    "  enumerators: {title: 普查员, level: district, roll_up: sum, min: 0}\n"
    "  open: {title: 未办结问题, register: problems, level: county, count_where: \"state <> 'closed'\"}\n"
    '  open_share: {title: 未办结占比, level: county, is: "open / funds"}\n'
)
_DUTIES = (
    "{id: lists-closed, title: 问题清单按期办结, judged_at: county, ladder: standard, due: 2020-09-10,"
    " each: {register: problems, by: list, due: due}, met_when: \"state in ('closed', 'returned')\"}",
    "{id: each-checked, title: 问题逐条核对, judged_at: county, ladder: standard, due: 2020-10-01,"
    ' each: {register: problems}, met_when: "checked"}',
)
_LADDERS = "ladders:\n  standard:\n    - {id: overdue, at: +0d, to: [unit.owner]}\n"
LISTS = (
    FRAME
    + "registers:\n"
    + PROBLEMS
    + VISITS
    + _FIGURES
    + _LADDERS
    + "phases:\n"
    + phase("recheck", "比对复查", "2020-07-01", "2020-12-01", _DUTIES)
)
"""A county's list of problems, whose rows are its duties, a township's list of visits, and figures beside them."""
TWICE = LISTS.replace(
    "  visits:\n", PROBLEMS.replace("  problems:\n    title: 问题清单", "  again:\n    title: 复查清单") + "  visits:\n"
)
"""The same with a second register of the same columns."""


def list_campaign(folder: Path, database_url: str | None = None, plan: str = LISTS, **settings: Any) -> Campaign:
    """A campaign of two counties with registers; two of its townships have villages."""
    return make_campaign(folder, database_url, plan=plan, units=UNITS + VILLAGES, **settings)


def send(campaign: Campaign, body: str, as_of: str, as_rows: AsRows = FOR_ITSELF, name: str = "清单.csv") -> Receipt:
    """Take in a table of rows as a CSV."""
    file = campaign.folder / name
    file.write_text(body, encoding="utf-8")
    return take_in(campaign.store, file, at(as_of), "甲县人普办", at("2020-09-20T09:00"), as_rows=as_rows)


def problems(campaign: Campaign, as_of: str | None = None, register: str = "problems") -> list[tuple[Any, ...]]:
    """code, list, row and state of the rows that hold, or held at a moment, withdrawn ones left out."""
    own = campaign.store.plan().registers[register]
    rows = rows_of(campaign.store, own, at(as_of or "2021-01-01T00:00"))
    keys = [name for name in own.key if name != "code"]
    last = ["state"] if "state" in own.columns else []
    return rows.filter(~pl.col(":withdrawn") & ~pl.col(":nil")).select("code", *keys, *last).rows()
