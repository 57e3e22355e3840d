"""A small plan with figures about people and about work, in which one line at a time is put to the law."""

from __future__ import annotations

from worlds.plans import plan_of

from models.plan.layers import PlanError

FIGURES = """\
  births: {title: 出生人数, level: township, roll_up: sum}
  births_health: {title: 卫健部门出生资料数, level: township, roll_up: sum}
  deaths: {title: 死亡人数, level: township, roll_up: sum}
  population: {title: 户籍人口, level: township, unit: persons, roll_up: sum}
  migrants: {title: 外出务工情况, level: township, about: people, roll_up: sum}
  vacant: {title: 空置房, level: township, roll_up: sum}
  funds: {title: 到位经费, level: township, unit: yuan, roll_up: sum, rank: true}
  staff: {title: 两员人数, level: township, roll_up: sum, rank: true}
  districts: {title: 普查小区, level: township, roll_up: sum}
  forms_due: {title: 应填普查表, level: township, work: due, roll_up: sum}
  forms_done: {title: 已填普查表, level: township, work: done, roll_up: sum, rank: true}
  births_open: {title: 出生资料待核实, level: township, work: open, roll_up: sum}
  sampled: {title: 抽查户籍人口登记, level: township, work: checked, roll_up: sum}
  wrong: {title: 抽查户籍人口登记差错, level: township, work: errors, roll_up: sum}
"""
REQUIREMENT = '{id: r, title: 试验, judged_at: township, met_when: "staff >= 1", due: T-2d}'
RUNG = "{id: overdue, at: +0d, to: [unit.owner]}"


def plan(
    figures: str = "", requirement: str = REQUIREMENT, rung: str = RUNG, phase: str = "摸底", title: str = "试验普查"
) -> str:
    more = "".join(f"  {line}\n" for line in figures.splitlines())
    return (
        f"census: trial\ntitle: {title}\nstandard_time: 2020-11-01\nindicators:\n{FIGURES}{more}ladders:\n  l:\n    - {rung}\n"
        f"phases:\n  - id: p\n    title: {phase}\n    starts: T-9d\n    ends: T-1d\n    requirements:\n      - {requirement}\n"
    )


def refused(text: str, *overlays: str) -> list[tuple[str, int, str]]:
    """The faults of a plan as its planner reads them: file, line, Chinese sentence; none where it is taken."""
    try:
        plan_of(text, *overlays)
    except PlanError as fault:
        return [(one.file, one.line, one.said.zh) for one in fault.faults]
    return []


def asking(condition: str) -> str:
    return REQUIREMENT.replace("staff >= 1", condition)
