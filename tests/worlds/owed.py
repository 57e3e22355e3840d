"""What an oracle is told that offices owe, written as the product's own plan and overlays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from oracle import Owes, Phase, Step

_DERIVED = {"count": ('count_where: "{} / {} >= 1"', "c"), "shares": ('sum_where: "{} / {}"', "s")}


def plan_yaml(owed: Sequence[Owes], phases: Sequence[Phase]) -> str:
    """A plan in the product's grammar that owes what holds everywhere, and knows every figure and ladder."""
    lines = [
        "census: county",
        "title: 全县普查",
        "standard_time: 2020-11-01T00:00:00+08:00",
        "calendar: china",
        'office_hours: "08:30-17:30"',
        "indicators:",
        "  known: {title: 登记簿, level: district, roll_up: sum}",
        "  districts: {title: 普查小区, level: district, roll_up: count}",
        *dict.fromkeys(line for owes in owed for line in _indicators(owes)),
        "ladders:",
    ]
    for steps in _ladders(owed):
        lines.append(f"  {_ladder(owed, steps)}:")
        for step in steps:
            at = f"{step.days:+d}{'w' if step.working else ''}d"
            lines.append(f"    - {{id: {step.id}, at: {at}, to: [{', '.join(step.to)}]}}")
    lines.append("phases:")
    for phase in phases:
        lines += [
            f"  - id: {phase.id}",
            f"    title: 阶段{phase.id}",
            f'    starts: "{phase.starts:%Y-%m-%d %H:%M}"',
            f'    ends: "{phase.ends:%Y-%m-%d %H:%M}"',
            f"    hours: {'always' if phase.always else 'office'}",
            *([f"    after: [{phase.after}]"] if phase.after else []),
            "    requirements:",
        ]
        mine = [owes for owes in owed if owes.phase == phase.id and owes.within is None]
        lines += [f"      - {_requirement(owed, owes)}" for owes in mine]
        if not mine:
            lines[-1] += " []"
    return "\n".join(lines) + "\n"


def overlays(owed: Sequence[Owes]) -> dict[str, str]:
    """File name and text of one overlay of `plan.yaml` for each office that tightens or adds something."""
    offices = {office for owes in owed for office, _ in owes.tightened} | {owes.within for owes in owed if owes.within}
    found = {}
    for office in sorted(offices):
        lines = ["extends: plan.yaml", f'unit: "{office}"', f"title: {office}安排"]
        sooner = [f"  {owes.key}: {_moment(due)}" for owes in owed for unit, due in owes.tightened if unit == office]
        added = [
            f"  - {{phase: {owes.phase}, requirement: {_requirement(owed, owes)}}}"
            for owes in owed
            if owes.within == office
        ]
        lines += (["tighten:", *sooner] if sooner else []) + (["add:", *added] if added else [])
        found[f"overlay-{office}.yaml"] = "\n".join(lines) + "\n"
    return found


def _indicators(owes: Owes) -> Iterator[str]:
    for figure in (owes.figure, owes.over):
        if figure is not None:
            yield f"  {figure}: {{title: 指标{figure}, level: {owes.at}, roll_up: sum}}"
    if owes.taken != "sum":
        condition, letter = _DERIVED[owes.taken]
        derived = condition.format(owes.figure, owes.over)
        yield f"  {letter}{owes.figure}: {{title: 指标{letter}{owes.figure}, level: {owes.at}, {derived}}}"


def _requirement(owed: Sequence[Owes], owes: Owes) -> str:
    when = f"every: {owes.every}" if owes.due is None else f"due: {_moment(owes.due)}"
    if owes.taken == "sum":
        figure = owes.figure if owes.over is None else f"{owes.figure} / {owes.over}"
    else:
        figure = _DERIVED[owes.taken][1] + owes.figure
    return (
        f"{{id: {owes.id}, title: 要求{owes.id}, judged_at: {owes.level}, {when},"
        f' met_when: "{figure} >= {owes.at_least}", ladder: {_ladder(owed, owes.steps)}}}'
    )


def _moment(due: datetime) -> str:
    return f'"{due:%Y-%m-%d %H:%M}"'


def _ladders(owed: Sequence[Owes]) -> list[tuple[Step, ...]]:
    return list(dict.fromkeys(owes.steps for owes in owed))


def _ladder(owed: Sequence[Owes], steps: tuple[Step, ...]) -> str:
    return f"ladder-{_ladders(owed).index(steps)}"
