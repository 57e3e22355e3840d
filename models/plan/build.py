"""From the layers of a plan to one frozen Plan; notes on each layer what is wrong in it."""

from __future__ import annotations

from collections.abc import Sequence

from models.calendar.working_time import OfficeHours
from models.plan.about import check_figures, weigh
from models.plan.authority import put_authority
from models.plan.draft import Draft, Places
from models.plan.indicators import put_indicators, read_figures
from models.plan.ladders import put_ladders
from models.plan.layers import Layer
from models.plan.model import Plan
from models.plan.overlays import head_of, mark_defaults, tighten
from models.plan.phases import check_order, put_additions, put_phases, put_sets, with_requirements
from models.plan.registers import put_registers
from models.plan.roles import put_roles
from models.plan.shapes import OverlayShape, PlanShape
from models.plan.texts import check_texts
from models.wording import Refusal


def build(layers: Sequence[Layer], *, bound: bool = True) -> tuple[Plan | None, Places]:
    """Merge `layers`, which stand in the order in which they apply, noting faults on them. None if there are any.

    bound: False for a plan that is in force already, see `Draft`.
    """
    base = next((layer for layer in layers if isinstance(layer.shape, PlanShape)), None)
    draft = head_of(layers, base)
    draft.bound = bound
    hours = _office_hours(base, draft)
    usable = [(layer, layer.shape) for layer in layers if layer.shape is not None]
    for layer, shape in usable:
        put_roles(layer, shape.roles, draft)
        figures = read_figures(layer, shape.indicators)
        put_registers(layer, shape.registers, figures, draft)
        put_indicators(layer, shape.indicators, figures, draft)
        put_ladders(layer, shape.ladders, draft)
    weigh(draft)
    for layer, shape in usable:
        check_figures(layer, shape.indicators, draft)
        check_texts(layer, draft)
    for layer, shape in usable:
        put_phases(layer, shape.phases, draft)
        if isinstance(shape, OverlayShape):
            put_additions(layer, shape.add, draft)
    mark_defaults(layers, draft)
    tighten(layers, draft)
    put_authority(layers, draft)
    if base is not None:
        draft.places["office_hours", ""] = (base.name, base.document.line(("office_hours",)))
        draft.places["timezone", draft.head.timezone] = (base.name, base.document.line(("timezone",)))
        draft.places["calendar", draft.head.calendar] = (base.name, base.document.line(("calendar",)))
    for layer, shape in usable:
        check_order(layer, shape.phases, draft)
        put_sets(layer, shape.sets, draft)
    if any(layer.faults for layer in layers):
        return None, draft.places
    return _freeze(layers, draft, hours), draft.places


def _office_hours(base: Layer | None, draft: Draft) -> OfficeHours:
    try:
        return OfficeHours.parse(draft.head.office_hours)
    except Refusal as refusal:
        assert base is not None
        base.refuse(("office_hours",), refusal)
        return OfficeHours.parse("08:30-17:30")


def _freeze(layers: Sequence[Layer], draft: Draft, hours: OfficeHours) -> Plan:
    phases = with_requirements(draft)
    return Plan(
        census=draft.head.census,
        title=draft.head.title,
        standard_time=draft.t0,
        zone=draft.zone,
        zone_name=draft.head.timezone,
        calendar=draft.head.calendar,
        office_hours=hours,
        indicators=draft.indicators,
        registers=draft.registers,
        roles=draft.roles,
        ladders=draft.ladders,
        phases=phases,
        sets=tuple(draft.sets.values()),
        authority=draft.authority,
        overlay_units=tuple(dict.fromkeys(layer.unit for layer in layers if layer.unit)),
        _requirements=tuple(requirement for phase in phases for requirement in phase.requirements),
    )
