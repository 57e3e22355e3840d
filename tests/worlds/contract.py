"""The small campaign on which the contract's commands are tried: two phases, four duties' worth of figures, one province."""

from __future__ import annotations

from standins.webhook import JsonSink
from worlds.campaign import everyone

PLAN = """\
census: census-2020
title: 第七次全国人口普查
standard_time: 2020-11-01T00:00:00+08:00
timezone: Asia/Shanghai
calendar: china
office_hours: "08:30-17:30"

indicators:
  funds_arrived: {title: 到位经费, level: county, unit: yuan, roll_up: sum, rank: true}
  population:    {title: 户籍人口, level: county, unit: persons, roll_up: sum}
  districts:     {title: 普查小区, level: district, roll_up: count}
  enumerators:   {title: 普查员, level: district, unit: persons, roll_up: sum}
  uncovered:     {title: 无普查员的小区, level: district, count_where: "enumerators < 1"}

ladders:
  standard:
    - {id: remind-7,  at: -7d,  to: [unit.owner]}
    - {id: remind-1,  at: -1d,  to: [unit.owner, unit.leader]}
    - {id: overdue,   at: +0d,  to: [unit.owner, unit.leader]}
    - {id: superior,  at: +1wd, to: [superior.owner]}
    - {id: letter,    at: +2wd, to: [superior.leader], draft: supervision-letter}
    - {id: head,      at: +3wd, to: [government.head], signed_by: superior.leader}

phases:
  - id: zoning
    title: 区划绘图
    starts: T-200d
    ends: T-121d
    requirements:
      - {id: funds, no: 3, title: 人均经费, judged_at: county, met_when: "funds_arrived / population >= 10", due: T-121d, ladder: standard}
  - id: recruitment
    title: 两员选聘
    starts: T-120d
    ends: T-73d
    after: [zoning]
    cadence: weekly fri 17:00
    hours: office
    requirements:
      - id: every-district-covered
        no: 14
        title: 每个普查小区至少一名普查员
        judged_at: township
        met_when: "uncovered = 0"
        due: T-73d
        ladder: standard
sets:
  both: {title: 两落实, requirements: [zoning.funds, recruitment.every-district-covered]}
"""

DISTRICTS = """\
code,enumerators
130101001001001,1
130101001001002,0
130101002001001,2
130102001001001,1
"""

UNITS = """\
code,name
13,甲省
1301,乙市
130101,丙县
130102,丁区
130101001,戊镇
130101001001,戊一村
130101002,己乡
130101002001,己一村
130102001,庚街道
130102001001,庚一社区
"""


def people(mailbox: JsonSink) -> str:
    """An owner and a leader in every office."""
    return everyone(mailbox.json_url, UNITS, ("owner", "leader"))
