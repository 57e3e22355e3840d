"""A plan whose lists are handed out as forms: states that move, lists of choices long and short, what is owed and what is counted."""

from __future__ import annotations

from worlds.plans import FRAME, phase
from worlds.row_reports import PROBLEMS, VISITS

LONG = ", ".join(f"k{number}: 第{number}类需要单独说明的情形" for number in range(1, 31))
_PAPERS = f"""  papers:
    title: 文件登记
    kept_by: [county, township]
    key: [code, kind, number]
    columns:
      kind: {{title: 文件种类, one_of: {{work-plan: 工作方案, schedule: 工作进度安排, other: "其他,另报"}}}}
      number: {{title: 文号, type: text, optional: yes}}
      about: {{title: 事由, one_of: {{{LONG}}}}}
      share: {{title: 完成率, type: number, unit: percent, min: 0, max: 100}}
      issued: {{title: 印发日期, type: date}}
      born: {{title: 出生资料数, type: number}}
"""
_FIGURES = (
    "indicators:\n"
    "  funds: {title: 到位经费, level: county, unit: yuan, roll_up: sum, min: 0}\n"
    "  births: {title: 出生人口, level: township, roll_up: sum}\n"
    "  rooms: {title: 办公用房, level: township, unit: 间, roll_up: sum, min: 0, max: 99}\n"
)
_DUTIES = (
    "{id: lists-closed, title: 问题清单按期办结, judged_at: county, ladder: standard, due: 2020-09-10,"
    " each: {register: problems, by: list, due: due}, met_when: \"state in ('closed', 'returned')\"}",
    "{id: two-papers, title: 两个文件印发, judged_at: county, ladder: standard, due: 2020-08-05,"
    ' each: {register: papers, by: kind, of: [work-plan, schedule]}, met_when: "issued is not null"}',
    '{id: funded, title: 经费到位, judged_at: county, ladder: standard, due: 2020-09-30, met_when: "funds > 0"}',
    '{id: housed, title: 办公用房落实, judged_at: township, ladder: standard, due: 2020-08-01, met_when: "rooms >= 1"}',
    '{id: visited, title: 走访出生登记, judged_at: township, ladder: standard, due: 2020-10-01, met_when: "rooms / births <= 1"}',
)
_LADDERS = "ladders:\n  standard:\n    - {id: overdue, at: +0d, to: [unit.owner]}\n"
FORMS = (
    FRAME
    + "registers:\n"
    + PROBLEMS
    + VISITS
    + _PAPERS
    + _FIGURES
    + _LADDERS
    + "phases:\n"
    + phase("recheck", "比对复查", "2020-07-01", "2020-12-01", _DUTIES)
    + phase("visits", "入户走访", "2020-07-01", "2020-12-01")
)

OF_DISTRICTS = (
    FRAME
    + "registers:\n"
    + _PAPERS
    + "  districts:\n    columns:\n      artefact: {title: 图件种类, one_of: {courtyard: 院落图, section: 剖面图}}\n"
    + "indicators:\n"
    "  dwellings: {title: 住房单元, level: district, unit: 个, roll_up: sum, min: 0}\n"
    "  listed: {title: 已摸底住房单元, level: district, unit: 个, roll_up: sum, min: 0}\n"
    "  households: {title: 应登记户, level: district, unit: 户, roll_up: sum, min: 0}\n"
    "  rooms: {title: 办公用房, level: township, unit: 间, roll_up: sum, min: 0, max: 99}\n"
    + _LADDERS
    + "phases:\n"
    + phase(
        "listing",
        "摸底",
        "2020-07-01",
        "2020-12-01",
        (
            "{id: all-listed, title: 摸底完成, judged_at: township, ladder: standard, due: 2020-08-05,"
            " met_when: 'listed >= dwellings'}",
            "{id: housed, title: 办公用房落实, judged_at: township, ladder: standard, due: 2020-08-01, met_when: 'rooms >= 1'}",
            _DUTIES[1],
        ),
    )
    + phase(
        "counting",
        "登记",
        "2020-07-01",
        "2020-12-01",
        (
            "{id: known, title: 应登记户已知, judged_at: county, ladder: standard, due: 2020-09-05, met_when: 'households > 0'}",
        ),
    )
    + phase(
        "papers-only",
        "发文",
        "2020-07-01",
        "2020-12-01",
        (_DUTIES[1].replace("two-papers", "papers"),),
    )
)
"""Two phases that ask of districts, each for something else, and one that does not."""
