"""Registers and duties over rows as people say them, and as they stand in JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from models.plan.columns import spoken_type
from models.plan.lists import Column, Each, Register
from models.plan.model import Indicator, Plan, covers
from models.units import LEVEL_ZH, Level
from models.vocabulary import UNIT_ZH
from models.wording import Said


def spoken_levels(levels: Sequence[Level]) -> Said:
    return Said("、".join(LEVEL_ZH[level] for level in levels), ", ".join(levels))


def columns_at(register: Register, unit: str | None) -> list[Column]:
    """The columns that a unit's offices have; those that an overlay added hold at and below its unit alone."""
    return [column for column in register.columns.values() if covers(column.scope, unit)]


def values_at(column: Column, unit: str | None) -> dict[str, str]:
    """The values of a column that a unit's offices may give, title by id."""
    return {value: title for value, title in column.values.items() if covers(column.scopes.get(value), unit)}


def spoken_register(plan: Plan, register: Register) -> Said:
    """Whose a register is, what names a row of it, and what is drawn from it."""
    named = [_titled(register, name) for name in register.key]
    figures = [f"{one.title} {one.id}" for one in drawn_from(plan, register)]
    kept, rows = spoken_levels(register.kept_by), spoken_levels(register.rows_at)
    said = Said(
        f"登记册 {register.title} {register.id}：{kept.zh}负责，行写{rows.zh}代码，按{'、'.join(one.zh for one in named)}认定是哪一行",
        f"register {register.title} {register.id}: kept by {kept.en}, rows at {rows.en}, each named by"
        f" {', '.join(one.en for one in named)}",
    )
    if register.on_occasion:
        said = Said(said.zh + "，有事才报", said.en + ", on occasion")
    if figures:
        said = Said(said.zh + f"；推算：{'、'.join(figures)}", said.en + f"; figures: {', '.join(figures)}")
    return said


def _titled(register: Register, name: str) -> Said:
    """A column by its title, or the code that every row has."""
    return Said(register.columns[name].title, name) if name in register.columns else Said("区划代码", "code")


def spoken_column(column: Column) -> Said:
    """Of what type a column is, within which limits, and what it is computed from."""
    zh, en = spoken_type(column).zh, spoken_type(column).en
    limits = [f"{name} {end:.15g}" for name, end in (("≥", column.minimum), ("≤", column.maximum)) if end is not None]
    if column.unit:
        zh, en = zh + f"（{UNIT_ZH.get(column.unit, column.unit)}）", en + f" ({column.unit})"
    zh, en = zh + "".join(f" {limit}" for limit in limits), en + "".join(f" {limit}" for limit in limits)
    if column.several:
        zh, en = zh + "，多选", en + ", several"
    if column.optional:
        zh, en = zh + "，可留空", en + ", may be empty"
    if column.outside:
        zh, en = zh + "，可填名录以外的单位", en + ", also of units that are not loaded"
    if column.computed is not None:
        zh, en = zh + f"，推算：{column.computed.text}", en + f", computed: {column.computed.text}"
    return Said(zh, en)


def spoken_values(column: Column, unit: str | None) -> list[str]:
    """The values of a column for a unit's offices, each with those that may follow it."""
    return [f"{value} {title}{_following(column, value)}" for value, title in values_at(column, unit).items()]


def _following(column: Column, value: str) -> str:
    return f" → {', '.join(column.moves[value])}" if column.moves and column.moves[value] else ""


def spoken_each(each: Each, register: Register) -> Said:
    """What one duty of a requirement is about."""
    column = register.columns.get(each.by or "")
    if each.by is None:
        zh, en = "每一行", "every row"
    elif each.by == "office":
        zh, en = "全部行合为一项", "all rows together"
    elif column is None:
        level = each.of_level
        zh, en = (f"每个{LEVEL_ZH[level]}单位", f"every {level}") if level else ("每个单位", "every unit")
    else:
        zh, en = f"每个“{column.title}”", f"every {column.title}"
    if each.of and column is not None:
        of = [column.values.get(value, value) for value in each.of]
        zh, en = zh + f"（{'、'.join(of)}，缺行也算欠）", en + f" ({', '.join(of)}, row or no row)"
    if each.met_by_any:
        zh, en = zh + "，有一行达标即可", en + ", met when one row is"
    if each.where is not None:
        zh, en = zh + f"，限 {each.where.text}", en + f", where {each.where.text}"
    if each.owed_by is not None:
        owes = register.columns[each.owed_by].title
        zh, en = zh + f"，由“{owes}”所填单位承担", en + f", owed by whom {owes} names"
    return Said(f"{register.title}：{zh}", f"{register.title}: {en}")


def spoken_due(each: Each, register: Register) -> Said | None:
    """By which column each is due; None where the requirement's own date holds."""
    if each.due is None:
        return None
    title = register.columns[each.due].title
    return Said(f"按各行“{title}”", f"by each row's {title}")


def each_as_data(each: Each) -> dict[str, Any]:
    """`each` of a requirement as the plan writes it, with `of: all` as the values that it means."""
    return {
        "register": each.register,
        "by": each.by,
        "of": each.of_level or (list(each.of) or None),
        "met_by": "any" if each.met_by_any else "all",
        "where": each.where.text if each.where else None,
        "owed_by": each.owed_by,
        "due": each.due,
    }


def drawn_from(plan: Plan, register: Register) -> list[Indicator]:
    """The indicators that are drawn from the rows of a register."""
    return [one for one in plan.indicators.values() if one.rows is not None and one.rows.register == register.id]


def register_as_data(plan: Plan, register: Register, unit: str | None) -> dict[str, Any]:
    """A register as it holds for the offices of a unit."""
    return {
        "id": register.id,
        "title": register.title,
        "kept_by": list(register.kept_by),
        "rows_at": list(register.rows_at),
        "key": list(register.key),
        "on_occasion": register.on_occasion,
        "columns": [_column_as_data(column, unit) for column in columns_at(register, unit)],
        "refuse": [{"when": one.when.text, "title": one.title} for one in register.refuse],
        "figures": [one.id for one in drawn_from(plan, register)],
        "instead_of": dict(register.instead_of),
        "source": register.source,
    }


def _column_as_data(column: Column, unit: str | None) -> dict[str, Any]:
    moves = None if column.moves is None else {value: list(following) for value, following in column.moves.items()}
    return {
        "id": column.id,
        "title": column.title,
        "type": column.type,
        "unit": column.unit,
        "min": column.minimum,
        "max": column.maximum,
        "outside": column.outside,
        "one_of": values_at(column, unit) or None,
        "moves": moves,
        "several": column.several,
        "optional": column.optional,
        "is": column.computed.text if column.computed else None,
    }
