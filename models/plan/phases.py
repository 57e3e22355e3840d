"""The phases of a plan, what they require, and the sets that offices call by one name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from models.plan.defaults import dates_are_defaults
from models.plan.draft import Draft, find_circles
from models.plan.ladders import usable_id
from models.plan.layers import Layer, did_you_mean
from models.plan.model import Cadence, NamedSet, Phase
from models.plan.requirements import put_requirement
from models.plan.shapes import AdditionShape, PhaseShape, SetShape
from models.plan.yaml_lines import Path as KeyPath
from models.wording import Said

_CADENCE = re.compile(
    r"(none)|(daily)((?: \d\d:\d\d){1,2})|(weekly) (mon|tue|wed|thu|fri|sat|sun)( \d\d:\d\d)|(monthly) (\d{1,2})( \d\d:\d\d)"
)


def put_phases(layer: Layer, section: Sequence[Any], draft: Draft) -> None:
    """Put what `section` defines into the draft with its requirements, noting faults."""
    for place, data in enumerate(section):
        path: KeyPath = ("phases", place)
        shape = layer.read(PhaseShape, data, path)
        if shape is None:
            continue
        named = "id" not in shape.spoilt
        if named:
            draft.claimed.add(("phase", shape.id))
        usable = named and draft.take(layer, path, "phase", shape.id)
        phase = _phase(layer, path, shape, draft)
        if usable and phase is not None:
            draft.phases[shape.id] = phase
        for number, item in enumerate(shape.requirements):
            own = shape.id if usable else None
            put_requirement(layer, (*path, "requirements", number), item, own, draft, scope=layer.unit)


def _phase(layer: Layer, path: KeyPath, shape: PhaseShape, draft: Draft) -> Phase | None:
    starts = draft.moment(layer, path, shape, "starts", end_of_day=False)
    ends = draft.moment(layer, path, shape, "ends", end_of_day=True)
    cadence, on, clocks = _cadence(layer, (*path, "cadence"), shape.cadence)
    if starts is None or ends is None:
        return None
    if ends <= starts and draft.dated:
        layer.fault((*path, "ends"), Said("结束不晚于开始", "the phase does not end after it starts"))
    after = tuple(dict.fromkeys(shape.after))
    return Phase(
        id=shape.id,
        title=shape.title,
        starts=starts,
        ends=ends,
        after=after,
        cadence=cadence,
        cadence_on=on,
        cadence_at=clocks,
        hours=shape.hours,
        source=shape.source,
        default_dates=dates_are_defaults(shape.note),
    )


def _cadence(layer: Layer, path: KeyPath, text: str) -> tuple[Cadence, str | None, tuple[str, ...]]:
    """Kind, day and times of a report cadence (报告频次)."""
    found = _CADENCE.fullmatch(" ".join(text.split()))
    kind, *rest = [part for part in found.groups() if part is not None] if found else ["none"]
    clocks = tuple(rest[-1].split()) if rest else ()
    if found is None or any(clock > "23:59" or clock[3:] > "59" for clock in clocks):
        said = Said(
            f"报告频次“{text}”应写作 none、daily 09:00 17:00、weekly fri 17:00 或 monthly 25 17:00",
            f"the cadence “{text}” must look like none, daily 09:00 17:00, weekly fri 17:00 or monthly 25 17:00",
        )
        layer.fault(path, said)
        return "none", None, ()
    if kind == "monthly" and not 1 <= int(rest[0]) <= 31:
        layer.fault(path, Said(f"每月没有 {rest[0]} 日", f"no month has a day {rest[0]}"))
    return kind, rest[0] if len(rest) > 1 else None, clocks  # type: ignore[return-value]


def put_additions(layer: Layer, section: Sequence[Any], draft: Draft) -> None:
    """Put the requirements that an overlay adds to phases of the plan below it."""
    for place, data in enumerate(section):
        path: KeyPath = ("add", place)
        addition = layer.read(AdditionShape, data, path)
        if addition is None:
            continue
        if "phase" not in addition.spoilt and not draft.knows("phase", addition.phase):
            _no_phase(layer, (*path, "phase"), addition.phase, draft)
        if "requirement" not in addition.spoilt:
            phase = addition.phase if addition.phase in draft.phases else None
            put_requirement(layer, (*path, "requirement"), addition.requirement, phase, draft, scope=layer.unit)


def check_order(layer: Layer, section: Sequence[Any], draft: Draft) -> None:
    """Note phases in `after` that are none, and phases that wait for each other."""
    own = {data["id"]: place for place, data in enumerate(section) if isinstance(data, dict) and _named(data)}
    for name, place in own.items():
        phase = draft.phases.get(name)
        for before in phase.after if phase else ():
            if not draft.knows("phase", before):
                _no_phase(layer, ("phases", place, "after"), before, draft)
    for circle in find_circles({phase.id: phase.after for phase in draft.phases.values()}):
        last = [name for name in circle if name in own]
        if last and draft.places["phase", circle[0]][0] == layer.name:
            titles = " → ".join(draft.phases[name].title for name in circle)
            said = Said(f"阶段互为前置：{titles}", f"phases wait for each other: {' → '.join(circle)}")
            layer.fault(("phases", own[circle[0]], "after"), said)


def _named(data: Mapping[str, Any]) -> bool:
    return isinstance(data.get("id"), str)


def _no_phase(layer: Layer, path: KeyPath, name: str, draft: Draft) -> None:
    near = did_you_mean(name, draft.names("phase"))
    layer.fault(
        path,
        Said(
            f"没有阶段“{name}”" + (f"，是否为“{near}”" if near else ""),
            f"there is no phase “{name}”" + (f"; did you mean “{near}”?" if near else ""),
        ),
    )


def put_sets(layer: Layer, section: Mapping[str, Any], draft: Draft) -> None:
    """Put the named sets of `section` into the draft, noting faults."""
    for name, data in section.items():
        path: KeyPath = ("sets", name)
        shape = layer.read(SetShape, data, path)
        if shape is None or not usable_id(layer, path, name) or not draft.take(layer, path, "set", name):
            continue
        if not shape.requirements and "requirements" not in shape.spoilt:
            layer.fault((*path, "requirements"), Said("条件组里没有要求", "the set holds no requirement"))
        for key in shape.requirements:
            if not draft.knows("requirement", key):
                no_requirement(layer, (*path, "requirements"), key, draft)
        draft.sets[name] = NamedSet(name, shape.title, tuple(dict.fromkeys(shape.requirements)))


def no_requirement(layer: Layer, path: KeyPath, key: str, draft: Draft) -> None:
    """Note that the plan has no requirement `key`."""
    near = did_you_mean(key, draft.names("requirement"))
    hint = (
        Said(f"，是否为“{near}”", f"; did you mean “{near}”?")
        if near
        else Said("，应写作“阶段.要求”", "; write phase.requirement")
    )
    layer.fault(path, Said(f"没有要求“{key}”{hint.zh}", f"there is no requirement “{key}”{hint.en}"))


def with_requirements(draft: Draft) -> tuple[Phase, ...]:
    """The phases with what each of them requires, in the order of the plan."""
    own: dict[str, list[Any]] = {name: [] for name in draft.phases}
    for requirement in draft.requirements.values():
        own[requirement.phase].append(requirement)
    return tuple(replace(phase, requirements=tuple(own[name])) for name, phase in draft.phases.items())
