"""The indicators of a plan: what is reported, what is derived from it, and how it is rolled up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from models.people import counts_people, is_bare
from models.plan.about import check_claims, check_published
from models.plan.draft import Draft, find_circles
from models.plan.expressions import Expression, check_expression, names_written, usable_name
from models.plan.grammar import ExpressionError
from models.plan.layers import Layer
from models.plan.lists import Beside, RowFigure
from models.plan.model import HOLDERS, Indicator, RollUp
from models.plan.replaced import is_replaced, note_replaced
from models.plan.row_figures import names_behind, people_in_rows, row_figure
from models.plan.shapes import BesideShape, IndicatorShape
from models.plan.yaml_lines import Path as KeyPath
from models.text import name_key
from models.units import LEVEL_ZH, LEVELS, Level
from models.wording import Said

_ID = re.compile(r"[a-z][a-z0-9_]*")
_DERIVED = ("count_where", "sum_where", "least_of", "most_of", "is_")
_WAYS = ("roll_up", *_DERIVED)
_OF_OFFICES = ("least_of", "most_of")
_OF_REGISTERS = ("sum", "distinct", "first", "last", "where", "own")
_COLUMNS = ("unit", "code", "evidence", "period")
"""Names that tables of readings use for something else."""
_LONGEST_CHOICE = 40
"""Characters of one choice of evidence."""


def read_figures(layer: Layer, section: Mapping[str, Any]) -> dict[str, IndicatorShape]:
    """What `section` says of each indicator, those aside of which nothing can be used, noting faults."""
    read = {name: layer.read(IndicatorShape, data, ("indicators", name)) for name, data in section.items()}
    return {name: shape for name, shape in read.items() if shape is not None and _usable(layer, name)}


def put_indicators(
    layer: Layer, section: Mapping[str, Any], figures: Mapping[str, IndicatorShape], draft: Draft
) -> None:
    """Put the indicators of a file into the draft, noting faults. figures: those of `section` that can be used."""
    fresh: dict[str, IndicatorShape] = {}
    draft.claimed |= {("indicator", name) for name in section}
    for name, shape in figures.items():
        path: KeyPath = ("indicators", name)
        if is_replaced(layer, path, name, draft) or not draft.take(layer, path, "indicator", name):
            continue
        if draft.bound:
            check_claims(layer, path, name, shape)
            check_published(layer, path, name, shape)
        fresh[name] = shape
    # what is counted at every level goes with figures of any
    levels = {name: known.level for name, known in draft.indicators.items() if not known.is_counted}
    levels |= {name: shape.level for name, shape in fresh.items() if "level" not in shape.spoilt}
    for name, shape in fresh.items():
        found = _indicator(layer=layer, path=("indicators", name), name=name, shape=shape, levels=levels, draft=draft)
        if found is not None:
            draft.indicators[name] = found
    _refuse_circles(layer, fresh, draft)


def _usable(layer: Layer, name: str) -> bool:
    path: KeyPath = ("indicators", name)
    if not _ID.fullmatch(name):
        said = Said(
            f"指标名“{name}”应以小写英文字母开头，只用小写字母、数字和下划线（连字符会被读作减号）",
            f"the indicator id “{name}” must begin with a lower-case letter and hold only lower-case letters,"
            " digits and underscores (a hyphen reads as minus)",
        )
        layer.fault(path, said)
        return False
    if name in _COLUMNS or name.startswith(HOLDERS) or not usable_name(name):
        said = Said(f"指标名“{name}”是保留字，请换一个", f"the indicator id “{name}” is reserved; choose another")
        layer.fault(path, said)
        return False
    return True


def _indicator(
    layer: Layer, path: KeyPath, name: str, shape: IndicatorShape, levels: Mapping[str, Level], draft: Draft
) -> Indicator | None:
    before = len(layer.faults)
    if shape.min is not None and shape.max is not None and shape.min > shape.max:
        layer.fault((*path, "min"), Said("min 大于 max", "min is greater than max"))
    _check_evidence(layer, path, shape)
    made: _Made | None
    if shape.register_ is None and "register" not in shape.spoilt:
        made = _of_figures(layer=layer, path=path, shape=shape, levels=levels, draft=draft)
    else:
        drawn = row_figure(layer, path, shape, draft) if shape.register_ is not None else None
        made = None if drawn is None else _Made(roll_up=drawn[1], rows=drawn[0])
    beside = _beside(layer, (*path, "beside"), shape)
    if made is None or shape.spoilt or len(layer.faults) > before:
        return None
    by_name = shape.work is None and _named_for_people(name, shape.title, made.where)
    by_rows = made.rows is not None and _rows_about_people(made.rows, shape, draft)
    return Indicator(
        id=name,
        title=shape.title,
        level=shape.level,
        roll_up=made.roll_up,
        where=made.where,
        unit=shape.unit,
        minimum=shape.min,
        maximum=shape.max,
        decimals=shape.decimals,
        rank=shape.rank,
        about="people" if by_rows else shape.about or ("people" if by_name else "work"),
        published=shape.published,
        work=shape.work,
        evidence=tuple(shape.evidence or ()),
        source=shape.source,
        rows=made.rows,
        beside=beside,
    )


class _Made(NamedTuple):
    """How an indicator comes about: rolled up as it is reported, derived from others, or drawn from rows."""

    roll_up: RollUp
    where: Expression | None = None
    rows: RowFigure | None = None


def _of_figures(
    layer: Layer, path: KeyPath, shape: IndicatorShape, levels: Mapping[str, Level], draft: Draft
) -> _Made | None:
    """How an indicator is reported, or derived from others; None after noting why it can be neither."""
    for key in _OF_REGISTERS:
        if getattr(shape, key) not in (None, False):
            said = Said(
                f"{key} 只用于由登记册推算的指标，请写明 register",
                f"{key} is for figures that are drawn from a register; name it by register",
            )
            layer.fault((*path, key), said)
    ways = [key for key in _WAYS if getattr(shape, key) is not None or key.rstrip("_") in shape.spoilt]
    if len(ways) != 1:
        said = Said(
            "roll_up、count_where、sum_where、least_of、most_of、is 须写且只写一个；由登记册推算的请写 register",
            "exactly one of roll_up, count_where, sum_where, least_of, most_of and is must stand here, or register for a figure"
            " drawn from rows",
        )
        layer.fault(path, said)
    found = {
        key: _where(layer=layer, path=path, key=key, shape=shape, levels=levels, draft=draft)
        for key in _DERIVED
        if getattr(shape, key)
    }
    if len(ways) != 1:
        return None
    if shape.roll_up in ("gaps", "virtual", "villages") and shape.level != "district":
        said = Said(
            f"{shape.roll_up} 由普查小区的编号数出，level 写 district",
            f"{shape.roll_up} is counted from the codes of districts: level district",
        )
        layer.fault((*path, "roll_up"), said)
        return None
    if shape.roll_up is not None:
        return _Made(shape.roll_up)
    where = next(iter(found.values()), None)
    kind: RollUp = ways[0].rstrip("_")  # type: ignore[assignment]
    return None if where is None else _Made(kind, where)


def _rows_about_people(rows: RowFigure, shape: IndicatorShape, draft: Draft) -> bool:
    """True where a figure counts people by what its register or a column of it says that it lists.

    Entries that nobody has looked into, samples and faults are work (`work:`).
    """
    if shape.work in ("open", "checked", "errors"):
        return False
    register = draft.registers[rows.register]
    lists_people = rows.kind in ("count_where", "distinct") and counts_people(register.id, register.title) is not None
    return lists_people or bool(people_in_rows(register, names_behind(rows)))


def _beside(layer: Layer, path: KeyPath, shape: IndicatorShape) -> tuple[Beside, ...]:
    """What a figure is shown with, after noting faults."""
    read = [layer.read(BesideShape, item, (*path, number)) for number, item in enumerate(shape.beside or ())]
    return tuple(Beside(one.value, one.title, one.source) for one in read if one is not None)


def _check_evidence(layer: Layer, path: KeyPath, shape: IndicatorShape) -> None:
    """Note what is wrong with the choices of what a figure rests on."""
    if shape.evidence is None:
        return
    path = (*path, "evidence")
    if shape.roll_up is None or shape.register_ is not None:
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
    path = (*path, key.rstrip("_"))
    if note_replaced(layer, path, names_written(getattr(shape, key)), draft):
        return None
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
    if key == "is_":
        return _at_every_level(layer, path, shape, expression, levels)
    if key in _OF_OFFICES and (expression.condition or shape.level == "district"):
        said = Said(
            f"{key} 是各单位的数中最小、最大的一个，应为一个数，level 写 village 或以上",
            f"{key} takes the least or the most of offices' figures: it must be a number, at a village or above",
        )
        layer.fault(path, said)
        return None
    others = [used for used in expression.names if used in levels and levels[used] != shape.level]
    for used in others:
        said = Said(
            f"“{used}”在{LEVEL_ZH[levels[used]]}上报，不能用于{LEVEL_ZH[shape.level]}的 {key}",
            f"“{used}” is reported at {levels[used]}, but this {key} is computed at {shape.level}",
        )
        layer.fault(path, said)
    return None if others else expression


def _at_every_level(
    layer: Layer, path: KeyPath, shape: IndicatorShape, expression: Expression, levels: Mapping[str, Level]
) -> Expression | None:
    """What is worked out at every level from that level's own figures, or None after noting why it cannot be."""
    before = len(layer.faults)
    if expression.condition:
        said = Said(
            "is 应是一个数，如 funds_arrived / population；数有多少个单位符合条件请用 count_where",
            "is must be a number, such as funds_arrived / population; to count offices write count_where",
        )
        layer.fault(path, said)
    if shape.level == "district":
        said = Said(
            "is 从有机构的一级算起，level 写 village 或以上；普查小区逐个计算请用 sum_where",
            "is begins where there is an office: level village or above; at each district write sum_where",
        )
        layer.fault(path, said)
    for used in expression.names:
        if used in levels and LEVELS.index(levels[used]) < LEVELS.index(shape.level):
            said = Said(
                f"“{used}”在{LEVEL_ZH[levels[used]]}上报，{LEVEL_ZH[shape.level]}没有这个数",
                f"“{used}” is reported at {levels[used]}; there is none at {shape.level}",
            )
            layer.fault(path, said)
    return expression if len(layer.faults) == before else None


def _refuse_circles(layer: Layer, fresh: Mapping[str, object], draft: Draft) -> None:
    after = {name: indicator.where.names if indicator.where else () for name, indicator in draft.indicators.items()}
    for circle in find_circles(after):
        text = " → ".join(circle)
        said = Said(f"指标互相推算：{text}", f"indicators are derived from each other: {text}")
        layer.fault(("indicators", next(name for name in circle if name in fresh)), said)
        for name in set(circle):
            draft.indicators.pop(name, None)
