"""Totals that offices used to type and that a list has replaced (改报登记册的总数): what a plan is told that still has one."""

from __future__ import annotations

from collections.abc import Iterable

from models.plan.draft import Draft
from models.plan.layers import Layer
from models.plan.lists import Register
from models.plan.yaml_lines import Path as KeyPath
from models.wording import Said


def is_replaced(layer: Layer, path: KeyPath, name: str, draft: Draft) -> bool:
    """True after noting that an indicator of a file is no total any more: a plan that it extends has a list instead."""
    held = draft.indicators.get(name)
    drawn = held.rows.register if held is not None and held.rows is not None else None
    if drawn is not None and draft.places["indicator", name][0] == layer.name:
        return False
    found = _list_of(name, draft) if drawn is None else draft.registers[drawn]
    if found is None:
        return False
    layer.fault(path, _said(name, found))
    return True


def note_replaced(layer: Layer, path: KeyPath, names: Iterable[str], draft: Draft) -> bool:
    """True after noting which names in a condition are totals that a list has replaced."""
    found = {name: _list_of(name, draft) for name in names if not draft.knows("indicator", name)}
    for name, register in found.items():
        if register is not None:
            layer.fault(path, _said(name, register))
    return any(register is not None for register in found.values())


def _list_of(name: str, draft: Draft) -> Register | None:
    return next((one for one in draft.registers.values() if name in one.instead_of), None)


def _said(name: str, register: Register) -> Said:
    return Said(
        f"“{name}”已由登记册“{register.title}”逐行报送，不再报总数；请删除该指标，要求改用登记册的行"
        f"（each: {{register: {register.id}}}）",
        f"“{name}” is no total any more: offices keep the register {register.id} instead. Remove the indicator, and let"
        f" requirements ask for rows (each: {{register: {register.id}}})",
    )
