"""Plans (方案) that tests work with, each said once; a test whose own plan is its subject builds it from the same parts.

Every plan is of one census, 试验普查, whose standard time is 1 November 2020 at 00:00.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from models.plan.files import read_plan
from models.plan.layers import Fault, PlanError
from models.plan.model import Plan

FRAME = "census: trial\ntitle: 试验普查\nstandard_time: 2020-11-01T00:00:00+08:00\n"


def trial(
    indicators: Sequence[str], phases: Sequence[str], *, ladders: Mapping[str, Sequence[str]] | None = None
) -> str:
    """A plan's text. indicators: `id: {…}` each; phases: as `phase` writes them; ladders: the rungs `{…}` of each."""
    parts = [FRAME, "indicators:\n", *(f"  {one}\n" for one in indicators)]
    if ladders:
        parts.append("ladders:\n")
        for name, rungs in ladders.items():
            parts += [f"  {name}:\n", *(f"    - {rung}\n" for rung in rungs)]
    return "".join([*parts, "phases:\n", *phases])


def phase(id: str, title: str, starts: str, ends: str, requirements: Sequence[str] = (), **more: str) -> str:
    """A phase of a plan. requirements: `{…}` each; more: the keys `after`, `hours`, `cadence` and what stands there."""
    keys = {"title": title, "starts": starts, "ends": ends, **more}
    parts = [f"  - id: {id}\n", *(f"    {key}: {value}\n" for key, value in keys.items())]
    if requirements:
        parts += ["    requirements:\n", *(f"      - {one}\n" for one in requirements)]
    return "".join(parts)


def plan_of(plan: str, *overlays: str) -> Plan:
    """The plan as the product reads it, under overlays that extend `plan.yaml`."""
    texts = {"plan.yaml": plan, **{f"overlay-{number}.yaml": text for number, text in enumerate(overlays)}}
    return read_plan(tuple(texts)[1:] or ("plan.yaml",), texts.__getitem__).plan


def faults_of(plan: str, *overlays: str) -> tuple[Fault, ...]:
    """What is wrong with a plan under overlays, each said in both languages; nothing where it is taken."""
    try:
        plan_of(plan, *overlays)
    except PlanError as refused:
        found = refused.faults
    else:
        found = ()
    assert all(one.said.zh and one.said.zh != one.said.en for one in found)
    return found


def plan_in_force(plan: str) -> Plan:
    """The plan of a campaign that runs: what it took in before the law was looked after is in it still."""
    return read_plan(("plan.yaml",), {"plan.yaml": plan}.__getitem__, bound=False).plan


def plan_with(plan: str, *requirements: str, phase: str = "preparation") -> str:
    """`plan` with more requirements in a phase."""
    found = re.search(rf"  - id: {phase}\n(?:    .*\n)*?    requirements:\n", plan)
    assert found
    return plan[: found.end()] + "".join(f"      - {one}\n" for one in requirements) + plan[found.end() :]


def round_the_clock(plan: str) -> str:
    """`plan` with a duty roster (值班) in every phase: a word goes out at any hour."""
    return plan.replace("    requirements:", "    hours: always\n    requirements:")


def without_codes(plan: str) -> str:
    """`plan` where nobody is asked for a code; one that says something of authority stays as it is."""
    return plan if "\nauthority:" in plan else plan + "authority: {codes: no}\n"


_FIGURES = (
    "funds_arrived: {title: 到位经费, level: county, unit: yuan, roll_up: sum, rank: true}",
    "population: {title: 户籍人口, level: county, unit: persons, roll_up: sum}",
    "staff: {title: 两员人数, level: township, unit: persons, roll_up: sum, min: 0}",
    "maps: {title: 小区图, level: township, roll_up: sum, min: 0}",
)
_RUNGS = (
    "{id: remind-7, at: -7d, to: [unit.owner]}",
    "{id: remind-1, at: -1d, to: [unit.owner, unit.leader]}",
    "{id: overdue, at: +0d, to: [unit.owner, unit.leader]}",
    "{id: superior, at: +1wd, to: [superior.owner]}",
)
_FUNDS = '{id: funds, no: 1, title: 人均经费不低于10元, judged_at: county, met_when: "funds_arrived / population >= 10", due: 2020-08-05, ladder: standard}'
_PREPARATION = phase("preparation", "普查准备", "T-200d", "T-88d", [_FUNDS])
_RECRUITMENT = phase(
    "recruitment",
    "两员选聘",
    "T-120d",
    "T-73d",
    [
        '{id: staff, no: 14, title: 两员不少于10人, judged_at: township, met_when: "staff >= 10", due: T-73d, ladder: standard}'
    ],
    after="[preparation]",
)

ONE_DUTY = trial(_FIGURES, [_PREPARATION], ladders={"standard": _RUNGS})
"""A county owes funds by 5 August 2020, in office hours; the ladder ends with the superior, a working day late."""

TWO_PHASES = trial(_FIGURES, [_PREPARATION, _RECRUITMENT], ladders={"standard": _RUNGS})
"""The same, and after it a township owes ten staff by 20 August."""

TWO_PHASES_ALWAYS = round_the_clock(TWO_PHASES)

PAPERS = trial(
    ["meetings: {title: 专题会议, level: county, roll_up: sum}", *_FIGURES],
    [
        phase(
            "preparation",
            "普查准备",
            "T-200d",
            "T-88d",
            [
                _FUNDS,
                '{id: meeting, no: 2, title: 召开专题会议, judged_at: county, met_when: "meetings >= 1", due: 2020-08-05, ladder: standard, source: 条例第三条}',
            ],
        ),
        _RECRUITMENT,
    ],
    ladders={
        "standard": [
            *_RUNGS,
            "{id: letter, at: +2wd, to: [superior.leader], draft: supervision-letter}",
            "{id: head, at: +3wd, to: [government.head], signed_by: superior.leader}",
        ]
    },
)
"""Two phases in which a county owes a meeting too, and whose ladder ends in papers: a letter on the second working day."""

TOWNSHIPS = trial(
    [
        "staff: {title: 两员人数, level: township, unit: persons, roll_up: sum, min: 0}",
        "maps: {title: 小区图, level: county, roll_up: sum, min: 0}",
    ],
    [
        phase(
            "recruitment",
            "两员选聘",
            "T-120d",
            "T-73d",
            [
                '{id: staff, no: 14, title: 两员选聘到位, judged_at: township, met_when: "staff >= 10", due: T-73d, ladder: standard}'
            ],
        )
    ],
    ladders={
        "standard": [
            "{id: remind-7, at: -7d, to: [unit.owner]}",
            "{id: overdue, at: +0d, to: [unit.owner]}",
            "{id: superior, at: +1wd, to: [superior.owner]}",
        ]
    },
)
"""Each township owes one thing, ten staff by 20 August 2020, and one person hears of it."""

TOWNSHIPS_ALWAYS = round_the_clock(TOWNSHIPS)

TOWNSHIPS_LEAVE = TOWNSHIPS.replace("to: [unit.owner]}", "to: [unit.owner], if_unknown: leave}")
"""What may or may not have arrived at a township is not sent again."""

DISTRICTS = trial(
    [
        "funds: {title: 到位经费, level: county, unit: yuan, roll_up: sum, min: 0}",
        "meetings: {title: 专题会, level: township, roll_up: sum, min: 0, max: 50}",
        "districts: {title: 普查小区, level: district, roll_up: count}",
        "enumerators: {title: 普查员, level: district, roll_up: sum, min: 0}",
        "buildings: {title: 建筑物, level: district, roll_up: sum, min: 0}",
        "smallest: {title: 最小面积, level: district, roll_up: min}",
        "largest: {title: 最大面积, level: district, roll_up: max}",
        "average: {title: 平均户数, level: district, roll_up: mean}",
        'uncovered: {title: 无普查员的小区, level: district, count_where: "enumerators < 1"}',
        'doubtful: {title: 存疑小区, level: district, count_where: "enumerators < 1 or buildings > 50"}',
        'bare: {title: 无人有楼的小区, level: district, count_where: "uncovered_here = 1 and buildings > 0"}',
        'uncovered_here: {title: 本小区无人, level: district, sum_where: "CASE WHEN enumerators < 1 THEN 1 ELSE 0 END"}',
        'workload: {title: 工作量, level: district, sum_where: "buildings * 2 + enumerators"}',
    ],
    [
        phase(
            "zoning",
            "区划绘图",
            "T-200d",
            "T-10d",
            [
                '{id: covered, title: 每个小区有人, judged_at: township, met_when: "uncovered = 0", due: T-73d}',
                '{id: built, title: 村内已绘图, judged_at: village, met_when: "buildings > 0", due: T-73d}',
            ],
        )
    ],
)
"""Districts (普查小区) report; every way up to townships and villages, and figures that are derived from others."""

EVERY_PHASE = trial(
    [
        "funds: {title: 到位经费, level: county, unit: yuan, roll_up: sum, rank: true}",
        "maps: {title: 小区图, level: township, roll_up: sum}",
        "staff: {title: 两员人数, level: township, unit: persons, roll_up: sum}",
        "trained: {title: 已培训, level: township, unit: persons, roll_up: sum}",
        "listed: {title: 已摸底, level: township, roll_up: sum}",
        "registered: {title: 已登记, level: township, roll_up: sum}",
        "problems: {title: 未办结问题, level: township, roll_up: sum}",
        "notices: {title: 公告, level: township, roll_up: sum}",
    ],
    [
        phase(
            name, title, starts, ends, [f"{{{requirement}, ladder: standard}}"], **({"after": after} if after else {})
        )
        for name, title, starts, ends, after, requirement in (
            (
                "preparation",
                "普查准备",
                "T-200d",
                "T-88d",
                "",
                'id: funds, no: 1, title: 经费到位, judged_at: county, met_when: "funds >= 1", due: T-88d',
            ),
            (
                "zoning",
                "区划绘图",
                "T-200d",
                "T-62d",
                "[preparation]",
                'id: maps, no: 2, title: 小区图齐全, judged_at: township, met_when: "maps >= 1", due: T-62d',
            ),
            (
                "recruitment",
                "两员选聘",
                "T-120d",
                "T-73d",
                "[zoning]",
                'id: staff, no: 14, title: 两员不少于10人, judged_at: township, met_when: "staff >= 10", due: T-73d',
            ),
            (
                "training",
                "两员培训",
                "T-43d",
                "T-22d",
                "[recruitment]",
                'id: trained, no: 15, title: 两员全部培训, judged_at: township, met_when: "trained >= staff", due: T-22d',
            ),
            (
                "listing",
                "摸底",
                "T-21d",
                "T-1d",
                "[zoning]",
                'id: listed, no: 16, title: 摸底完成, judged_at: township, met_when: "listed >= 1", due: T-1d',
            ),
            (
                "registration",
                "入户登记",
                "T-0d",
                "T+14d",
                "[listing]",
                'id: registered, no: 20, title: 登记完成, judged_at: township, met_when: "registered >= 100", due: T+14d',
            ),
            (
                "recheck",
                "比对复查",
                "T+15d",
                "T+39d",
                "",
                'id: closed, no: 30, title: 问题办结, judged_at: township, met_when: "problems = 0", due: T+39d',
            ),
            (
                "publicity",
                "普查宣传",
                "T-42d",
                "T+39d",
                "",
                'id: notices, no: 8, title: 公告张贴, judged_at: township, met_when: "notices >= 1", due: T-2d',
            ),
        )
    ],
    ladders={
        "standard": [
            "{id: remind-1, at: -1d, to: [unit.owner]}",
            "{id: overdue, at: +0d, to: [unit.owner]}",
            "{id: superior, at: +1wd, to: [superior.owner]}",
        ]
    },
)
"""Eight phases from preparation to publicity, each of which owes one thing."""
