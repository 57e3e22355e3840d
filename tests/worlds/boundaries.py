"""A plan with boundaries (接边) that counties agree on with their neighbours."""

from __future__ import annotations

from worlds.plans import FRAME, phase

_REGISTER = """registers:
  boundaries:
    title: 接边
    kept_by: county
    key: [code, neighbour]
    columns:
      neighbour: {title: 相邻单位, type: code, outside: yes}
      day: {title: 商定日期, type: date}
      state:
        title: 状态
        one_of: {pending: 待商定, agreed: 已商定, disputed: 有争议}
        moves: {pending: [agreed, disputed], disputed: [agreed], agreed: [pending]}
"""
_DUTIES = (
    "{id: boundaries-agreed, title: 边界与相邻单位商定, judged_at: county, ladder: standard, due: 2020-08-31,"
    " each: {register: boundaries}, met_when: \"state = 'agreed'\"}",
)
_INDICATORS = (
    "indicators:\n"
    "  boundaries_open: {title: 未商定边界, register: boundaries, level: county, count_where: \"state <> 'agreed'\"}\n"
)
_LADDERS = "ladders:\n  standard:\n    - {id: overdue, at: +0d, to: [unit.owner]}\n"
BOUNDARIES = (
    FRAME
    + _REGISTER
    + _INDICATORS
    + _LADDERS
    + "phases:\n"
    + phase("zoning", "区划绘图", "2020-06-01", "2020-09-30", _DUTIES)
)
