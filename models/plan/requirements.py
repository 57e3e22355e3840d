"""What a phase requires: who owes it, what must hold, by when, and how it is chased."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from models.lawful import counts_births_or_deaths
from models.plan.draft import Draft
from models.plan.expressions import Expression, check_expression, read_expression
from models.plan.grammar import ExpressionError
from models.plan.layers import Layer, did_you_mean
from models.plan.model import Comparator, Requirement
from models.plan.ranking import may_not_rank
from models.plan.shapes import ComparatorShape, RequirementShape
from models.plan.yaml_lines import Path as KeyPath
from models.units import LEVEL_ZH, LEVELS
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
    _check_ladder(layer, path, shape, draft)
    met_when = _met_when(layer, path, shape, draft)
    compare = _compare(layer, path, shape, met_when, draft)
    if key is None or phase is None or taken or met_when is None or shape.spoilt:
        return
    if (due is None) == (shape.every is None):
        return
    if shape.no is not None:
        draft.numbers.setdefault(shape.no, key)
    draft.requirements[key] = Requirement(
        phase=phase,
        id=shape.id,
        title=shape.title,
        judged_at=shape.judged_at,
        met_when=met_when,
        dues=((scope, due),) if due else (),
        every=shape.every,
        ladder=shape.ladder,
        no=shape.no,
        scope=scope,
        source=shape.source,
        compare=compare,
    )


def _check_number(layer: Layer, path: KeyPath, shape: RequirementShape, draft: Draft) -> None:
    clash = draft.numbers.get(shape.no) if shape.no is not None else None
    if clash is not None:
        said = Said(f"进度安排第 {shape.no} 项已用于“{clash}”", f"number {shape.no} is already “{clash}”")
        layer.fault((*path, "no"), said)


def _due(layer: Layer, path: KeyPath, shape: RequirementShape, draft: Draft) -> datetime | None:
    has_due, has_every = (getattr(shape, key) is not None or key in shape.spoilt for key in ("due", "every"))
    if has_due == has_every:
        layer.fault(path, Said("due 与 every 须写且只写一个", "exactly one of due and every must stand here"))
    if shape.due is None:
        return None
    return draft.moment(layer, path, shape, "due", end_of_day=True)


def _check_ladder(layer: Layer, path: KeyPath, shape: RequirementShape, draft: Draft) -> None:
    if shape.ladder is None or draft.knows("ladder", shape.ladder):
        return
    near = did_you_mean(shape.ladder, draft.names("ladder"))
    said = Said(
        f"没有催办阶梯“{shape.ladder}”" + (f"，是否为“{near}”" if near else ""),
        f"there is no ladder “{shape.ladder}”" + (f"; did you mean “{near}”?" if near else ""),
    )
    layer.fault((*path, "ladder"), said)


def _met_when(layer: Layer, path: KeyPath, shape: RequirementShape, draft: Draft) -> Expression | None:
    """The condition, or None after noting why it cannot judge an office of that level."""
    if shape.judged_at == "district":
        said = Said("普查小区没有机构，不能作为考察层级", "a district has no office, so no duty can be judged there")
        layer.fault((*path, "judged_at"), said)
    if "met_when" in shape.spoilt:
        return None
    place = (*path, "met_when")
    try:
        condition = check_expression(
            shape.met_when, lambda name: draft.knows("indicator", name), draft.names("indicator")
        )
    except ExpressionError as fault:
        layer.refuse(place, fault)
        return None
    if not condition.condition:
        said = Said("met_when 应为一个条件，如 uncovered = 0", "met_when must be a condition, such as uncovered = 0")
        layer.fault(place, said)
    for name in condition.names:
        indicator = draft.indicators.get(name)
        if indicator and LEVELS.index(indicator.level) < LEVELS.index(shape.judged_at):
            said = Said(
                f"“{name}”在{LEVEL_ZH[indicator.level]}上报，不能据以考察{LEVEL_ZH[shape.judged_at]}",
                f"“{name}” is reported at {indicator.level} and cannot judge a {shape.judged_at}",
            )
            layer.fault(place, said)
    return condition


def _compare(
    layer: Layer, path: KeyPath, shape: RequirementShape, met_when: Expression | None, draft: Draft
) -> Comparator | None:
    """What the figure of the condition is held against, or None after noting why it cannot be."""
    if shape.compare is None:
        return None
    place = (*path, "compare")
    found = layer.read(ComparatorShape, shape.compare, place)
    if found is None or found.spoilt or met_when is None:
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
    known = [draft.indicators[name] for name in read_expression(clause.left).names if name in draft.indicators]
    small = any(counts_births_or_deaths(one.id, one.title) for one in known)
    if small or (known and all(may_not_rank(one.id, one.title) for one in known)):
        said = Said(
            "人口、出生、死亡、空置数不得与参照数相比（条例第三十三条）",
            "population, births, deaths and vacancy are not held against a comparator (条例 art. 33)",
        )
        layer.fault(place, said)
        return None
    return Comparator(found.value, found.title)
