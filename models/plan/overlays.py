"""Overlays (下级方案): what a later census or a lower office makes of the plan that it extends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from models.moments import read_zone
from models.plan.dates import standard_time
from models.plan.defaults import dates_are_defaults
from models.plan.draft import Draft
from models.plan.layers import SECTIONS, Layer
from models.plan.model import covers
from models.plan.phases import no_requirement
from models.plan.shapes import OverlayShape, PlanShape
from models.units import DIGITS, NATION, is_code
from models.wording import Refusal, Said


def head_of(layers: Sequence[Layer], base: Layer | None) -> Draft:
    """The top of the plan after a later census has set its own name and standard time, with nothing in it yet."""
    unread = SECTIONS if base is None else frozenset[str]().union(*(layer.unread for layer in layers))
    if base is None or not isinstance(base.shape, PlanShape):
        head, teller = PlanShape.standing_in({}, frozenset(PlanShape.STAND_INS)), None
    else:
        head, teller = base.shape, base
    dated = "standard_time" not in head.spoilt
    for layer in layers:
        if not isinstance(layer.shape, OverlayShape):
            continue
        _check_unit(layer, layer.shape)
        if layer.shape.unit is not None:
            continue
        own = {key: value for key in ("census", "title") if (value := getattr(layer.shape, key))}
        if layer.shape.standard_time:
            own["standard_time"], teller, dated = layer.shape.standard_time, layer, True
        head = head.model_copy(update=own)
    zone = read_zone("Asia/Shanghai")
    try:
        zone = read_zone(head.timezone)
    except Refusal as refusal:
        assert base is not None
        base.refuse(("timezone",), refusal)
    try:
        draft = Draft(head, standard_time(head.standard_time, zone), dated, unread)
    except Refusal as refusal:
        if teller is not None and dated:
            teller.refuse(("standard_time",), refusal)
        return Draft(head, standard_time("2000-11-01", zone), False, unread)
    if teller is not None:
        draft.note_moment(teller, ("standard_time",), head.standard_time)
    return draft


def _check_unit(layer: Layer, shape: OverlayShape) -> None:
    if shape.unit is None:
        return
    if not is_code(shape.unit) or len(shape.unit) > DIGITS["village"] or shape.unit == NATION:
        said = Said(
            f"“{shape.unit}”不是单位代码，应为 2、4、6、9 或 12 位数字",
            f"“{shape.unit}” is no unit code; it must have 2, 4, 6, 9 or 12 digits",
        )
        layer.fault(("unit",), said)
    for key in ("standard_time", "census"):
        if getattr(shape, key):
            said = Said(
                "下级方案不能改标准时点和普查代号", "an overlay for a unit may change neither standard_time nor census"
            )
            layer.fault((key,), said)


def tighten(layers: Sequence[Layer], draft: Draft) -> None:
    """Apply what overlays tighten, the widest unit first, whatever the order of the files.

    A date later than that of the plan that an overlay extends is a fault; of overlays side by side the earliest holds.
    """
    wanted = [
        (layer, str(key), text)
        for layer in layers
        if isinstance(layer.shape, OverlayShape)
        for key, text in layer.shape.tighten.items()
    ]
    above: list[_Tightened] = []
    for layer, key, text in sorted(wanted, key=lambda one: len(one[0].unit or "")):
        due = _tighten(layer, key, text, draft, above)
        if due is not None:
            above.append(_Tightened(layer.name, key, layer.unit, due))


def mark_defaults(layers: Sequence[Layer], draft: Draft) -> None:
    """Where the note of a whole plan, or of a later census, calls its dates default settings, so are all that it has."""
    if not any(layer.unit is None and layer.shape and dates_are_defaults(layer.shape.note) for layer in layers):
        return
    for key, requirement in draft.requirements.items():
        if requirement.scope is None:
            draft.requirements[key] = replace(requirement, default_due=True)


class _Tightened(NamedTuple):
    """What one file has made of one requirement's date."""

    file: str
    key: str
    unit: str | None
    due: datetime


def _tighten(layer: Layer, key: str, text: object, draft: Draft, above: Sequence[_Tightened]) -> datetime | None:
    """The date that a layer sets, or None where it cannot. above: what has been tightened before."""
    path = ("tighten", key)
    if not isinstance(text, (str, int)) or isinstance(text, bool):
        layer.fault(path, Said(f"“{key}”应为日期", f"“{key}” must be a date"))
        return None
    due = draft.resolve(layer, path, str(text), end_of_day=True)
    requirement = draft.requirements.get(key)
    if requirement is None:
        if not draft.knows("requirement", key):
            no_requirement(layer, path, key, draft)
        return None
    if requirement.every:
        said = Said("周期性要求没有单一期限，不能提前", "a periodic requirement has no one date to tighten")
        layer.fault(path, said)
        return None
    if requirement.each is not None and requirement.each.due is not None:
        said = Said(
            f"“{key}”的期限逐行填在“{requirement.each.due}”一栏，没有统一的期限可以提前",
            f"“{key}” is due row by row, by its column “{requirement.each.due}”; there is no one date to tighten",
        )
        layer.fault(path, said)
        return None
    if due is None:
        return None
    unit = layer.unit
    if requirement.scope and unit and not (covers(requirement.scope, unit) or covers(unit, requirement.scope)):
        said = Said(
            f"“{key}”是 {requirement.scope} 的要求，{unit} 不承担",
            f"“{key}” is owed in {requirement.scope}, not in {unit}",
        )
        layer.fault(path, said)
        return None
    extended = [one for one in above if one.key == key and one.file in layer.extends and covers(one.unit, unit)]
    held = min([requirement.dues[0][1], *(one.due for one in extended)])
    if due > held and draft.dated:
        layer.fault(path, _later(key, held, due))
        return None
    draft.places["tightening", f"{key}@{unit or ''}"] = (layer.name, layer.document.line(path))
    draft.requirements[key] = replace(requirement, dues=(*requirement.dues, (unit, due)))
    return due


def _later(key: str, held: datetime, due: datetime) -> Said:
    return Said(
        f"只能提前，不能推后：“{key}”上级期限为 {_day(held)}，此处为 {_day(due)}；确需推后请用 pucha extend 申请延期",
        f"a lower office may only tighten: “{key}” is due {_day(held)} above, {_day(due)} here;"
        " to have more time ask for an extension (pucha extend)",
    )


def _day(moment: datetime) -> str:
    """A due moment as its writer wrote it: the day that ends there, or the day and time."""
    if moment.hour == moment.minute == 0:
        return (moment - timedelta(days=1)).strftime("%Y-%m-%d")
    return moment.strftime("%Y-%m-%d %H:%M")
