"""What a phase requires: who owes it, what must hold, by when, and how it is chased."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from models.plan.asked import read_condition, read_shows
from models.plan.defaults import dates_are_defaults
from models.plan.draft import Draft
from models.plan.expressions import Expression, rows_decide
from models.plan.layers import Layer, did_you_mean
from models.plan.lists import Each
from models.plan.model import Comparator, Comparison, Requirement
from models.plan.row_duties import read_each
from models.plan.shapes import ComparatorShape, RequirementShape
from models.plan.yaml_lines import Path as KeyPath
from models.units import Level
from models.wording import Said


def put_requirement(
    layer: Layer, path: KeyPath, item: Any, phase: str | None, draft: Draft, *, scope: str | None
) -> None:
    """Put one requirement of `phase` into the draft, noting faults. phase: None where it has no usable name."""
    shape = layer.read(RequirementShape, item, path)
    if shape is None:
        return
    key = f"{phase}.{shape.id}" if phase and "id" not in shape.spoilt else None
    if key:
        draft.claimed.add(("requirement", key))
    taken = key is not None and not draft.take(layer, path, "requirement", key)
    _check_number(layer, path, shape, draft)
    due = _due(layer, path, shape, draft)
    _check_cadence(layer, path, shape, phase, draft)
    _check_ladder(layer, path, shape, draft)
    if shape.each is not None or "each" in shape.spoilt:
        asked = _over_rows(layer, path, shape, scope=scope, draft=draft)
    else:
        asked = _over_figures(layer, path, shape, None if taken else key, draft)
    before = len(layer.faults)
    of_one_level = asked is not None and (asked.each is None or asked.each.owed_by is None)
    shows = read_shows(layer, (*path, "shows"), shape, asked.judged_at if asked and of_one_level else None, draft)
    if key is None or phase is None or taken or asked is None or shape.spoilt or len(layer.faults) > before:
        return
    by_rows = asked.each is not None and asked.each.due is not None
    if (due is None) == (shape.every is None) and not by_rows:
        return
    within = draft.phases.get(phase)
    if shape.every == "cadence" and (within is None or within.cadence is None):
        return
    if shape.no is not None:
        draft.numbers.setdefault(shape.no, key)
    draft.requirements[key] = Requirement(
        phase=phase,
        id=shape.id,
        title=shape.title,
        judged_at=asked.judged_at,
        met_when=asked.met_when,
        dues=((scope, due),) if due else (),
        every=shape.every,
        ladder=shape.ladder,
        no=shape.no,
        scope=scope,
        source=shape.source,
        verify=asked.verify,
        compare=asked.compare,
        shows=shows,
        default_due=dates_are_defaults(shape.note) or (shape.every is not None and _in_default_phase(phase, draft)),
        each=asked.each,
    )


class _Asked(NamedTuple):
    """What a requirement asks for, and of whom."""

    judged_at: Level
    met_when: Expression
    verify: Comparison | None = None
    compare: Comparator | None = None
    each: Each | None = None


def _over_rows(
    layer: Layer, path: KeyPath, shape: RequirementShape, *, scope: str | None, draft: Draft
) -> _Asked | None:
    read = None if shape.each is None else read_each(layer, path, shape, scope=scope, draft=draft)
    return None if read is None else _Asked(judged_at=read[1], met_when=rows_decide(), each=read[0])


def _over_figures(layer: Layer, path: KeyPath, shape: RequirementShape, key: str | None, draft: Draft) -> _Asked | None:
    named = "judged_at" in shape.model_fields_set
    if not named:
        layer.fault(path, Said("缺少“judged_at”", "“judged_at” is missing"))
    asked = read_condition(layer, path, shape, key, draft)
    compare = _compare(layer, path, shape, asked[0] if asked else None)
    return _Asked(shape.judged_at, *asked, compare) if asked is not None and named else None


def _in_default_phase(phase: str, draft: Draft) -> bool:
    return phase in draft.phases and draft.phases[phase].default_dates


def _check_number(layer: Layer, path: KeyPath, shape: RequirementShape, draft: Draft) -> None:
    clash = draft.numbers.get(shape.no) if shape.no is not None else None
    if clash is not None:
        said = Said(f"进度安排第 {shape.no} 项已用于“{clash}”", f"number {shape.no} is already “{clash}”")
        layer.fault((*path, "no"), said)


def _due(layer: Layer, path: KeyPath, shape: RequirementShape, draft: Draft) -> datetime | None:
    has_due, has_every = (getattr(shape, key) is not None or key in shape.spoilt for key in ("due", "every"))
    of_rows = shape.each is not None or "each" in shape.spoilt
    if has_due == has_every and not of_rows:
        layer.fault(path, Said("due 与 every 须写且只写一个", "exactly one of due and every must stand here"))
    if shape.due is None:
        return None
    return draft.moment(layer, path, shape, "due", end_of_day=True)


def _check_cadence(layer: Layer, path: KeyPath, shape: RequirementShape, phase: str | None, draft: Draft) -> None:
    """Note a requirement that is owed at the cut-offs of a phase that has none."""
    known = draft.phases.get(phase or "")
    if shape.every != "cadence" or known is None or known.cadence is not None or ("cadence", known.id) in draft.claimed:
        return
    said = Said(
        f"“{shape.id}”按阶段的报告频次上报（every: cadence），而阶段“{known.title}”没有写 cadence；请给阶段加上 cadence，如 daily 17:00",
        f"“{shape.id}” is owed at the cut-offs of its phase (every: cadence), and “{known.id}” has no cadence: give the phase"
        " one, such as daily 17:00",
    )
    layer.fault((*path, "every"), said)


def _check_ladder(layer: Layer, path: KeyPath, shape: RequirementShape, draft: Draft) -> None:
    if shape.ladder is None or draft.knows("ladder", shape.ladder):
        return
    near = did_you_mean(shape.ladder, draft.names("ladder"))
    said = Said(
        f"没有催办阶梯“{shape.ladder}”" + (f"，是否为“{near}”" if near else ""),
        f"there is no ladder “{shape.ladder}”" + (f"; did you mean “{near}”?" if near else ""),
    )
    layer.fault((*path, "ladder"), said)


def _compare(layer: Layer, path: KeyPath, shape: RequirementShape, met_when: Expression | None) -> Comparator | None:
    """What the figure of the condition is held against, or None after noting why it cannot be."""
    if shape.compare is None:
        return None
    place = (*path, "compare")
    found = layer.read(ComparatorShape, shape.compare, place)
    if found is None or found.spoilt or met_when is None:
        return None
    if shape.verify is not None:
        said = Said("参照数只用于 met_when", "compare belongs to met_when alone")
        layer.fault(place, said)
        return None
    clause = met_when.clauses[0]
    if len(met_when.clauses) > 1 or clause.left is None:
        said = Said(
            "参照数与条件中的一个数相比，met_when 应只有一个比较，如 funds_arrived / population >= 10",
            "compare holds the figure of a single comparison against another:"
            " met_when must be one, such as funds_arrived / population >= 10",
        )
        layer.fault(place, said)
        return None
    return Comparator(found.value, found.title)
