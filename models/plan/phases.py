"""The phases of a plan, what they require, and the sets that offices call by one name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from models.plan.cadence import Cadence, Stage, Times
from models.plan.defaults import dates_are_defaults
from models.plan.draft import Draft, find_circles
from models.plan.ladders import usable_id
from models.plan.layers import Layer, did_you_mean
from models.plan.model import NamedSet, Phase
from models.plan.requirements import put_requirement
from models.plan.shapes import AdditionShape, CadenceShape, PhaseShape, SetShape
from models.plan.yaml_lines import Path as KeyPath
from models.wording import Refusal, Said


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
    faults = len(layer.faults)
    span = None if starts is None or ends is None or not draft.dated else _Span(starts, ends)
    cadence = _cadence(layer, (*path, "cadence"), shape.cadence, starts or draft.t0, draft, span=span)
    if len(layer.faults) > faults:
        draft.claimed.add(("cadence", shape.id))
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
        hours=shape.hours,
        source=shape.source,
        default_dates=dates_are_defaults(shape.note),
    )


class _Span(NamedTuple):
    """A phase's beginning and end."""

    starts: datetime
    ends: datetime


def _cadence(
    layer: Layer, path: KeyPath, written: object, begins: datetime, draft: Draft, *, span: _Span | None
) -> Cadence | None:
    """The report cadence (报告频次) of a phase: one, or a list of which each holds from its moment on. None for none.

    span: None where the dates of the phase are not known, and nothing can be said of those of the list.
    """
    items = written if isinstance(written, list) else [written]
    if not items or not isinstance(items[0], str):
        said = Said(
            "报告频次应为文字，或清单，其中第一项从阶段开始时起，以后各项写明 from 和 cadence",
            "a cadence must be a text, or a list: first what holds from the beginning of the phase, then each with from and"
            " cadence",
        )
        layer.fault(path, said)
        return None
    stages = []
    for place, item in enumerate(items):
        at = (*path, place) if isinstance(written, list) else path
        shape = None if place == 0 else layer.read(CadenceShape, item, at)
        if place and (shape is None or shape.spoilt):
            return None
        starts = draft.resolve(layer, (*at, "from"), shape.from_, end_of_day=False) if shape else begins
        times = _times(
            layer, (*at, "cadence") if shape else at, shape.cadence if shape else items[0], alone=len(items) == 1
        )
        if starts is None or times is None:
            return None
        stages.append(Stage(starts, times))
        if shape and span and not stages[-2].starts < starts < span.ends:
            said = Said(
                f"报告频次改为“{times}”的时间（{starts:%Y-%m-%d %H:%M}）应晚于前一项、早于阶段结束",
                f"the cadence “{times}” begins on {starts:%Y-%m-%d %H:%M}: it must be after the one before it and before the"
                " phase ends",
            )
            layer.fault((*at, "from"), said)
            return None
    return Cadence(tuple(stages))


def _times(layer: Layer, path: KeyPath, text: str, *, alone: bool) -> Times | None:
    try:
        times = Times.parse(text)
    except Refusal as refusal:
        layer.refuse(path, refusal)
        return None
    if times is None and not alone:
        said = Said(
            "频次有变化的，各项均不能是 none；不报告的时段请另设阶段",
            "a cadence that changes cannot be none for a time; make that time a phase of its own",
        )
        layer.fault(path, said)
    return times


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
