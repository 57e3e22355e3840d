"""A small plan as text, read with overlays beside it and with one of its lines changed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from models.plan.files import PlanFiles, read_plan
from models.plan.layers import PlanError
from models.plan.model import Plan, due_at
from models.wording import Refusal

BASE = """\
census: trial
title: 试验普查
standard_time: 2020-11-01T00:00:00+08:00
indicators:
  funds: {title: 到位经费, level: county, unit: yuan, roll_up: sum, rank: true}
  population: {title: 户籍人口, level: county, roll_up: sum}
  staff: {title: 两员人数, level: township, roll_up: sum}
ladders:
  standard:
    - {id: remind-7, at: -7d, to: [unit.owner]}
    - {id: overdue, at: +0d, to: [unit.owner, unit.leader]}
    - {id: superior, at: +1wd, to: [superior.owner]}
phases:
  - id: preparation
    title: 普查准备
    starts: T-200d
    ends: T-88d
    requirements:
      - {id: funds, no: 1, title: 经费, judged_at: county, met_when: "funds / population >= 10", due: 2020-08-20, ladder: standard}
  - id: recruitment
    title: 两员选聘
    starts: T-120d
    ends: T-73d
    after: [preparation]
    cadence: weekly fri 17:00
    requirements:
      - {id: staff, no: 14, title: 两员, judged_at: township, met_when: "staff >= 10", due: T-73d, ladder: standard}
      - {id: weekly, title: 周报, judged_at: county, met_when: "staff > 0", every: week}
"""


def reader(files: dict[str, str]) -> Callable[[str], str]:
    def open_text(name: str) -> str:
        if name not in files:
            raise Refusal(f"没有 {name}", f"there is no {name}")
        return files[name]

    return open_text


def read(*leaves: str, **overlays: str) -> PlanFiles:
    """Read base.yaml, or the leaves named, beside overlays given as NAME=text."""
    files = {"base.yaml": BASE} | {f"{name}.yaml": text for name, text in overlays.items()}
    return read_plan(leaves or ("base.yaml",), reader(files))


def faults(text: str, *leaves: str, **overlays: str) -> list[tuple[str, int, str]]:
    """(file, line, English sentence) of every fault of base.yaml with this text."""
    files = {"base.yaml": text} | {f"{name}.yaml": body for name, body in overlays.items()}
    with pytest.raises(PlanError) as refused:
        read_plan(leaves or ("base.yaml",), reader(files))
    assert all(fault.said.zh and fault.said.zh != fault.said.en for fault in refused.value.faults)
    return [(fault.file, fault.line, fault.said.en) for fault in refused.value.faults]


def only(found: list[tuple[str, int, str]], *, file: str = "base.yaml") -> tuple[int, str]:
    """The line and sentence of the one fault that there is."""
    assert len(found) == 1, found
    assert found[0][0] == file
    return found[0][1:]


def changed(old: str, new: str) -> list[tuple[str, int, str]]:
    assert BASE.count(old) >= 1
    return faults(BASE.replace(old, new, 1))


def line_of(part: str, text: str = BASE) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


def held(plan: Plan, key: str, unit: str | None) -> str | None:
    requirement = next(one for one in plan.requirements if one.key == key)
    found = due_at(requirement.dues, unit)
    return None if found is None else found.isoformat()
