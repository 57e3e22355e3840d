"""The labels of duties, as people say them: those of periods, and those of duties over rows of a register."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from models.plan.lists import Column
from models.plan.model import Plan, Requirement
from models.plan.periods import spoken_period
from models.units import is_code
from models.wording import Said

OFFICE, CODE = "office", "code"
"""What a duty may be about besides the values of a column: all rows of an office together, the units of a level."""
_NAMES: Mapping[str, str] = {}


def spoken_label(plan: Plan, requirement: Requirement | None, label: str, names: Mapping[str, str] = _NAMES) -> Said:
    """What a duty is about beside its requirement: 8月3日, 工作方案, 清单3; the label itself where nothing is known of it.

    names: of units, by code, where they are known.
    """
    if requirement is None or requirement.each is None:
        return spoken_period(label, requirement.every if requirement else None)
    each, register = requirement.each, plan.registers.get(requirement.each.register)
    if not label or register is None:
        return Said(label, label)
    if each.by is None:
        columns = [*([CODE] if each.owed_by and CODE not in register.key else []), *register.key]
        return _key([register.columns.get(name) for name in columns], label, names)
    keeper, parted, value = label.partition("/") if each.owed_by and each.by != CODE else ("", "", label)
    said = _value(register.columns.get(each.by), value, names)
    return Said(f"{names.get(keeper, keeper)}{parted}{said.zh}", f"{keeper}{parted}{said.en}")


def codes_in(labels: Iterable[str]) -> set[str]:
    """What may be the code of a unit in some labels."""
    return {part for label in labels for part in label.split("/") if is_code(part)}


def _key(columns: Sequence[Column | None], label: str, names: Mapping[str, str]) -> Said:
    """A row's key: its offices by their names, its values by their titles, all else as it is."""
    parts = label.split("/")
    if len(parts) != len(columns):  # a text has a `/` of its own
        return Said(label, label)
    named = [
        _value(column, part, names).zh if column is None or column.type in ("code", "one_of") else part
        for column, part in zip(columns, parts, strict=True)
    ]
    return Said("/".join(named), label)


def _value(column: Column | None, value: str, names: Mapping[str, str]) -> Said:
    if column is None or column.type == "code":
        return Said(names.get(value, value), value)
    if column.type == "one_of":
        return Said(column.values.get(value, value), value)
    if column.type == "date":
        day = date.fromisoformat(value)
        return Said(f"{day.month}月{day.day}日", value)
    if column.type == "yes_no":
        return Said(
            f"{column.title}：{'是' if value == 'true' else '否'}", f"{column.id}: {'yes' if value == 'true' else 'no'}"
        )
    return Said(f"{column.title}{value}", value) if value.isascii() else Said(value, value)
