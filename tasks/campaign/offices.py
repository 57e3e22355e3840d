"""Offices and phases as people name them: which one is meant, what lies below it, where a screen starts."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl
from sqlalchemy import Connection
from sqlmodel import col, select

from models.former_codes import split_up
from models.plan.model import Plan
from models.rules.judging.tree import below
from models.tables import UnitRow
from models.units import NATION, is_code, readings_of_code
from models.wording import Refusal
from tasks.campaign.former_codes import read_former
from tasks.campaign.store import Store

_MANY = 500


def top_office(store: Store) -> str | None:
    """The office that answers to nobody; NATION where there are several, None where there are no units yet."""
    with store.reading() as connection:
        roots = connection.execute(select(UnitRow.code).where(col(UnitRow.superior).is_(None)).limit(2)).scalars().all()
    if not roots:
        return None
    return str(roots[0]) if len(roots) == 1 else NATION


def names_of(connection: Connection, codes: Collection[str]) -> dict[str, str]:
    """The names of the offices that have these codes, by code."""
    known, listed = select(UnitRow.code, UnitRow.name), sorted(codes)
    parts = (listed[start : start + _MANY] for start in range(0, len(listed), _MANY))
    return {
        row.code: row.name for part in parts for row in connection.execute(known.where(col(UnitRow.code).in_(part)))
    }


def find_unit(store: Store, code: str) -> str:
    """The code of a known office that `code` means, also where it is one that the office had before divisions were changed.

    Refusal if there is none, or if several came of it.
    """
    if not is_code(code):
        raise Refusal(
            f"“{code}”不是区划代码，应为 2、4、6、9 或 12 位数字",
            f"“{code}” is no division code; it must have 2, 4, 6, 9 or 12 digits",
        )
    for candidate in readings_of_code(code):
        if store.unit(candidate):
            return candidate
    with store.reading() as connection:
        former = read_former(connection)
    for candidate in readings_of_code(code):
        became = [one for one in former.became(candidate) if store.unit(one)] if candidate in former.old else []
        if len(became) == 1:
            return became[0]
        if became:
            raise Refusal(*split_up(candidate, became))
    raise Refusal(
        f"没有单位 {code}：请核对代码，或在单位表中补上后重新执行 pucha load（市辖区、县等不设机构，请用上一级代码）",
        f"there is no unit {code}: check the code, or add it to the units file and run pucha load again"
        " (a container such as 市辖区 has no office; use the code above it)",
    )


def find_phase(plan: Plan, name: str) -> str:
    """The id of the phase that `name`, an id or a title, means. Refusal if there is none."""
    for phase in plan.phases:
        if name in (phase.id, phase.title):
            return phase.id
    known = "、".join(f"{phase.id}（{phase.title}）" for phase in plan.phases)
    raise Refusal(
        f"本方案没有阶段“{name}”，现有：{known}",
        f"this plan has no phase “{name}”; it has: {', '.join(phase.id for phase in plan.phases)}",
    )


def scope_units(store: Store, scope: str | None) -> pl.DataFrame:
    """The offices at and below `scope`."""
    units = store.units()
    return units if scope is None or scope == NATION else below(units, scope)
