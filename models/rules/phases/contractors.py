"""Contractors (外包): what is given to one is named by the numbers of the work schedule, such as 13-16."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import islice

import polars as pl

from models.rules.phases.given import DOUBTS, ROW, Given

REGISTERS = ("contractors",)
_ITEMS = "items"
_BETWEEN = re.compile(r"[、,，;；和及\s]+")
_RUN = re.compile(r"第?(\d{1,9})(?:\s*(?:[-–—－~～至到]|--)\s*(\d{1,9}))?项?")
_NAMED = 5


def doubts(given: Given, register: str, told: pl.DataFrame) -> pl.DataFrame:
    """Items that stand under no such number in the plan's schedule, and such as cannot be read: DOUBTS.

    A plan without numbers says nothing about them.
    """
    numbers = {duty.no for phase in given.plan.phases for duty in phase.requirements if duty.no is not None}
    items = given.plan.registers[register].columns.get(_ITEMS)
    if not numbers or items is None or items.type != "text":
        return pl.DataFrame(schema=DOUBTS)
    found = [
        (row, *reason)
        for row, text in told.drop_nulls(_ITEMS).select(ROW, _ITEMS).iter_rows()
        for reason in _amiss(text, numbers)
    ]
    return pl.DataFrame(found, schema=DOUBTS, orient="row")


def _amiss(text: str, numbers: Collection[int]) -> Iterator[tuple[str, str]]:
    unknown: list[int] = []
    for part in filter(None, _BETWEEN.split(text.strip())):
        run = _RUN.fullmatch(part)
        first, last = (int(run[1]), int(run[2] or run[1])) if run else (1, 0)
        if first > last:
            yield (
                f"外包事项“{part}”不是工作安排的项目编号，请写如 13-16 或 13、15",
                f"“{part}” is no number of the work schedule; write such as 13-16 or 13, 15",
            )
        unknown += islice((one for one in range(first, last + 1) if one not in numbers), _NAMED)
    if unknown:
        named = unknown[:_NAMED]
        yield (
            f"工作安排中没有第 {'、'.join(map(str, named))} 项，请核对外包事项",
            f"the work schedule has no item {', '.join(map(str, named))}; check what is given to the contractor",
        )
