"""The indicators of a plan: what is reported, what is derived from it, and how it is rolled up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from models.people import counts_people, is_bare
from models.plan.about import check_claims
from models.plan.draft import Draft, find_circles
from models.plan.expressions import Expression, check_expression, usable_name
from models.plan.grammar import ExpressionError
from models.plan.layers import Layer
from models.plan.model import Indicator, RollUp
from models.plan.shapes import IndicatorShape
from models.plan.yaml_lines import Path as KeyPath
from models.text import name_key
from models.units import LEVEL_ZH, Level
from models.wording import Said

_ID = re.compile(r"[a-z][a-z0-9_]*")
_WAYS = ("roll_up", "count_where", "sum_where")
_COLUMNS = ("unit", "code", "evidence", "period")
"""Names that tables of readings use for something else."""
_LONGEST_CHOICE = 40
"""Characters of one choice of evidence."""


def put_indicators(layer: Layer, section: Mapping[str, Any], draft: Draft) -> None:
    """Put what `section` defines into the draft, noting faults."""
    fresh: dict[str, IndicatorShape] = {}
    for name, data in section.items():
        path: KeyPath = ("indicators", name)
        draft.claimed.add(("indicator", name))
        shape = layer.read(IndicatorShape, data, path)
        if shape is None or not _usable(layer, path, name) or not draft.take(layer, path, "indicator", name):
            continue
        if draft.bound:
            check_claims(layer, path, name, shape)
        fresh[name] = shape
    levels = {name: known.level for name, known in draft.indicators.items()}
    levels |= {name: shape.level for name, shape in fresh.items() if "level" not in shape.spoilt}
    for name, shape in fresh.items():
        found = _indicator(layer=layer, path=("indicators", name), name=name, shape=shape, levels=levels, draft=draft)
        if found is not None:
            draft.indicators[name] = found
    _refuse_circles(layer, fresh, draft)


def _usable(layer: Layer, path: KeyPath, name: str) -> bool:
    if not _ID.fullmatch(name):
        said = Said(
            f"指标名“{name}”应以小写英文字母开头，只用小写字母、数字和下划线（连字符会被读作减号）",
            f"the indicator id “{name}” must begin with a lower-case letter and hold only lower-case letters,"
            " digits and underscores (a hyphen reads as minus)",
        )
        layer.fault(path, said)
        return False
    if name in _COLUMNS or not usable_name(name):
        said = Said(f"指标名“{name}”是保留字，请换一个", f"the indicator id “{name}” is reserved; choose another")
        layer.fault(path, said)
        return False
    return True


def _indicator(
    layer: Layer, path: KeyPath, name: str, shape: IndicatorShape, levels: Mapping[str, Level], draft: Draft
) -> Indicator | None:
    ways = [key for key in _WAYS if getattr(shape, key) is not None or key in shape.spoilt]
    if len(ways) != 1:
        said = Said(
            "roll_up、count_where、sum_where 须写且只写一个",
            "exactly one of roll_up, count_where and sum_where must stand here",
        )
        layer.fault(path, said)
    if shape.min is not None and shape.max is not None and shape.min > shape.max:
        layer.fault((*path, "min"), Said("min 大于 max", "min is greater than max"))
    _check_evidence(layer, path, shape)
    counted = shape.count_where and _where(
        layer=layer, path=path, key="count_where", shape=shape, levels=levels, draft=draft
    )
    summed = shape.sum_where and _where(
        layer=layer, path=path, key="sum_where", shape=shape, levels=levels, draft=draft
    )
    if len(ways) != 1 or shape.spoilt or not (shape.roll_up or counted or summed):
        return None
    where = counted or summed or None
    by_name = shape.work is None and _named_for_people(name, shape.title, where)
    kind: RollUp = shape.roll_up or ("count_where" if counted else "sum_where")
    return Indicator(
        id=name,
        title=shape.title,
        level=shape.level,
        roll_up=kind,
        where=where,
        unit=shape.unit,
        minimum=shape.min,
        maximum=shape.max,
        rank=shape.rank,
        about=shape.about or ("people" if by_name else "work"),
        work=shape.work,
        evidence=tuple(shape.evidence or ()),
        source=shape.source,
    )


def _check_evidence(layer: Layer, path: KeyPath, shape: IndicatorShape) -> None:
    """Note what is wrong with the choices of what a figure rests on."""
    if shape.evidence is None:
        return
    path = (*path, "evidence")
    if shape.roll_up is None:
        said = Said(
            "推算的指标不上报，不能规定佐证", "a derived figure is not reported and rests on nothing that is written"
        )
        layer.fault(path, said)
    if not shape.evidence:
        layer.fault(path, Said("evidence 至少列出一项", "evidence must name one choice at least"))
    if len({name_key(one) for one in shape.evidence}) < len(shape.evidence):
        layer.fault(path, Said("evidence 中有相同的选项", "evidence names a choice twice"))
    for one in shape.evidence:
        if len(one) > _LONGEST_CHOICE:
            said = Said(
                f"选项“{one[:20]}…”超过 {_LONGEST_CHOICE} 字",
                f"the choice “{one[:20]}…” is longer than {_LONGEST_CHOICE} characters",
            )
            layer.fault(path, said)


def _named_for_people(name: str, title: str, where: Expression | None) -> bool:
    """True where the name makes it a figure about people; a derived one is what it is made of, unless it bears the name
    of such a figure and no other word."""
    if counts_people(name, title) is None:
        return False
    return where is None or not where.names or is_bare(name, title)


def _where(
    layer: Layer, path: KeyPath, key: str, shape: IndicatorShape, levels: Mapping[str, Level], draft: Draft
) -> Expression | None:
    """The derivation of an indicator, or None after noting a fault."""
    path = (*path, key)
    try:
        expression = check_expression(getattr(shape, key), lambda name: draft.knows("indicator", name), levels)
    except ExpressionError as fault:
        layer.refuse(path, fault)
        return None
    if key == "count_where" and not expression.condition:
        said = Said(
            "count_where 应为一个条件，如 enumerators < 1", "count_where must be a condition, such as enumerators < 1"
        )
        layer.fault(path, said)
        return None
    if "level" in shape.spoilt:
        return expression
    others = [used for used in expression.names if used in levels and levels[used] != shape.level]
    for used in others:
        said = Said(
            f"“{used}”在{LEVEL_ZH[levels[used]]}上报，不能用于{LEVEL_ZH[shape.level]}的 {key}",
            f"“{used}” is reported at {levels[used]}, but this {key} is computed at {shape.level}",
        )
        layer.fault(path, said)
    return None if others else expression


def _refuse_circles(layer: Layer, fresh: Mapping[str, object], draft: Draft) -> None:
    after = {name: indicator.where.names if indicator.where else () for name, indicator in draft.indicators.items()}
    for circle in find_circles(after):
        text = " → ".join(circle)
        said = Said(f"指标互相推算：{text}", f"indicators are derived from each other: {text}")
        layer.fault(("indicators", next(name for name in circle if name in fresh)), said)
        for name in set(circle):
            draft.indicators.pop(name, None)
