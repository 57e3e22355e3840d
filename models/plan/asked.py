"""What a requirement asks for: a condition (`met_when`) or two sources that should agree (`verify`).

A figure about people is never a goal: it stands in a condition only as the denominator of reported work (条例 art. 5,
统计法 art. 7). Two sources of such a figure are compared by `verify`, which is met by having looked.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from models.people import is_bare
from models.plan.about import is_published, refuse_overstepping
from models.plan.draft import Draft
from models.plan.expressions import Expression, check_expression, names_written
from models.plan.grammar import ExpressionError
from models.plan.layers import Layer, did_you_mean
from models.plan.model import Comparison, Indicator
from models.plan.replaced import note_replaced
from models.plan.shapes import RequirementShape
from models.plan.yaml_lines import Path as KeyPath
from models.units import LEVEL_ZH, LEVELS, Level
from models.wording import Said

_WITHIN = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)\s*(permille|per mille|‰|percent|per cent|%)?", re.IGNORECASE)
_PER = {"permille": 1000, "per mille": 1000, "‰": 1000, "percent": 100, "per cent": 100, "%": 100}


def read_condition(
    layer: Layer, path: KeyPath, shape: RequirementShape, key: str | None, draft: Draft
) -> tuple[Expression, Comparison | None] | None:
    """The condition and, for a comparison of two sources, what is compared; None after noting a fault. key: if usable."""
    if shape.judged_at == "district":
        said = Said("普查小区没有机构，不能作为核对层级", "a district has no office, so no duty can be judged there")
        layer.fault((*path, "judged_at"), said)
    written = [name for name in ("met_when", "verify") if getattr(shape, name) is not None or name in shape.spoilt]
    if len(written) != 1:
        said = (
            Said("met_when 与 verify 只能写一个", "met_when and verify exclude each other; keep one")
            if written
            else Said("缺少“met_when”或“verify”", "“met_when” is missing (or “verify”)")
        )
        layer.fault(path, said)
    if shape.within is not None and "verify" not in written:
        layer.fault((*path, "within"), Said("within 只用于 verify", "within belongs to verify alone"))
    if len(written) != 1 or written[0] in shape.spoilt:
        return None
    if shape.verify is not None:
        return _comparison(layer, path, shape, key=key, draft=draft)
    condition = _met_when(layer, (*path, "met_when"), shape, draft)
    return None if condition is None else (condition, None)


def _met_when(layer: Layer, place: KeyPath, shape: RequirementShape, draft: Draft) -> Expression | None:
    """The condition, or None after noting why it cannot judge an office of that level."""
    assert shape.met_when is not None
    if note_replaced(layer, place, names_written(shape.met_when), draft):
        return None
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
        return condition
    for name in condition.names:
        _check_level(layer, place, name, shape, draft)
    if draft.bound:
        _refuse_goal(layer, place, condition, draft)
    return condition


def read_shows(
    layer: Layer, path: KeyPath, shape: RequirementShape, judged_at: Level | None, draft: Draft
) -> tuple[str, ...]:
    """The further figures that a requirement is told with, after noting those that there are not, or that no office may see."""
    for number, name in enumerate(shape.shows):
        place, indicator = (*path, number), draft.indicators.get(name)
        if not draft.knows("indicator", name):
            near = did_you_mean(name, draft.names("indicator"))
            said = Said(
                f"shows 中的 {name} 未在 indicators 中定义" + (f"，是否为 {near}" if near else ""),
                f"shows names {name}, which indicators does not define" + (f"; did you mean {near}?" if near else ""),
            )
            layer.fault(place, said)
        elif indicator is None:
            continue
        elif (indicator.about == "people" or draft.weights[name].people) and not is_published(name, draft):
            said = Said(
                f"“{indicator.title}”是普查数据，不得与工作要求并列（条例第五条、第三十三条）",
                f"“{name}” is a figure about people and may not stand beside what is asked of offices (条例 art. 5 and 33)",
            )
            layer.fault(place, said)
        elif judged_at is not None and LEVELS.index(indicator.level) < LEVELS.index(judged_at):
            said = Said(
                f"“{name}”在{LEVEL_ZH[indicator.level]}上报，{LEVEL_ZH[judged_at]}没有这个数",
                f"“{name}” is reported at {indicator.level}; there is none at {judged_at}",
            )
            layer.fault(place, said)
    return tuple(shape.shows)


def _check_level(layer: Layer, place: KeyPath, name: str, shape: RequirementShape, draft: Draft) -> None:
    indicator = draft.indicators.get(name)
    if indicator and LEVELS.index(indicator.level) < LEVELS.index(shape.judged_at):
        said = Said(
            f"“{name}”在{LEVEL_ZH[indicator.level]}上报，不能据以核对{LEVEL_ZH[shape.judged_at]}",
            f"“{name}” is reported at {indicator.level} and cannot judge a {shape.judged_at}",
        )
        layer.fault(place, said)


def _refuse_goal(layer: Layer, place: KeyPath, condition: Expression, draft: Draft) -> None:
    """Note figures about people that the condition makes a goal, and counts of work that it takes for more."""
    people = draft.weights.people_in(condition.makeup)
    if people:
        titles = "、".join(draft.indicators[name].title for name in people if name in draft.indicators)
        cure = _cure(people, draft)
        said = Said(
            f"条件“{condition.text}”给“{titles}”定了目标：普查数据不得作为要达到的数（条例第五条、统计法第七条）；{cure.zh}",
            f"the condition “{condition.text}” makes a goal of {', '.join(people)}: a figure about people is none"
            f" (条例 art. 5, 统计法 art. 7); {cure.en}",
        )
        layer.fault(place, said)
    if any(draft.weights[name].kinds for name in condition.names):
        refuse_overstepping(layer, place, condition.text, draft, counts=False)


def _cure(people: list[str], draft: Draft) -> Said:
    """How to say it instead: compare two sources, divide reported work by it, or call a count of work what it is."""
    known = [draft.indicators[name] for name in people if name in draft.indicators]
    if known and all(one.where is None and not is_bare(one.id, one.title) for one in known):
        return Said(
            f"如是核查工作量，请给 {people[0]} 标明 work: open（待核实）、checked（抽查）或 errors（差错）",
            f"if it counts the office's work on records, say so of {people[0]} by work: open, checked or errors",
        )
    other = people[1] if len(people) > 1 else None
    return Said(
        f"与另一来源比对请改写为 verify: [{people[0]}, {other or '另一来源的指标'}]；人均指标请用上报的工作量去除，"
        "如 funds_arrived / population >= 10",
        f"to compare two sources write verify: [{people[0]}, {other or 'the other indicator'}]; a rate by the head divides"
        " reported work, as in funds_arrived / population >= 10",
    )


def _comparison(
    layer: Layer, path: KeyPath, shape: RequirementShape, *, key: str | None, draft: Draft
) -> tuple[Expression, Comparison | None] | None:
    place, names = (*path, "verify"), shape.verify or []
    before = len(layer.faults)
    factor, most, within = _within(layer, (*path, "within"), shape.within)
    if len(names) != 2 or names[0] == names[1]:
        said = Said(
            "verify 应列出两个不同的指标，如 [births, births_health]",
            "verify must list two different indicators, such as [births, births_health]",
        )
        layer.fault(place, said)
        return None
    for name in names:
        _check_source(layer, place, name, shape, draft)
    if len(layer.faults) > before or key is None:
        return None
    left, right = names
    difference = f"abs({left} - {right})"
    bound = most if factor is None else f"{most} * greatest(abs({left}), abs({right}))"
    agree = f"{difference} <= {bound}" if factor is None else f"{factor} * {difference} <= {bound}"
    expression = check_expression(agree, names.__contains__)
    draft.indicators[key] = _looked_into(key, shape)
    share = None if factor is None else int(most) / factor
    return expression, Comparison(left, right, within, share, key)


def _check_source(layer: Layer, place: KeyPath, name: str, shape: RequirementShape, draft: Draft) -> None:
    """Note what cannot be a source: no indicator, one of a level above, or one that nobody reports."""
    if not draft.knows("indicator", name):
        near = did_you_mean(name, draft.names("indicator"))
        said = Said(
            f"verify 中的 {name} 未在 indicators 中定义" + (f"，是否为 {near}" if near else ""),
            f"verify names {name}, which indicators does not define" + (f"; did you mean {near}?" if near else ""),
        )
        layer.fault(place, said)
        return
    _check_level(layer, place, name, shape, draft)
    if draft.bound and name in draft.indicators and not _is_source(name, draft):
        said = Said(
            f"verify 中的 {name} 不是上报的数，也不是上报数之和，不能作为比对来源（固定的数就是目标）",
            f"verify names {name}, which is neither reported nor a sum of what is: a fixed number would be a goal",
        )
        layer.fault(place, said)


def _is_source(name: str, draft: Draft) -> bool:
    indicator = draft.indicators.get(name)
    if indicator is None or indicator.where is None:
        return True
    made = indicator.where.makeup
    return made.is_sum and all(_is_source(other, draft) for other in made.outside)


def _within(layer: Layer, path: KeyPath, written: object) -> tuple[int | None, str, str]:
    """What differences are multiplied by, what they must not exceed then, and the tolerance as written.

    In whole numbers, so that a difference that is just allowed is allowed. None: the difference itself is meant.
    """
    if written is None:
        return None, "0", "0"
    text = unicodedata.normalize("NFKC", str(written)).strip()
    found = _WITHIN.fullmatch(text) if isinstance(written, (str, int, float)) and written is not True else None
    amount = Decimal(found[1]) if found else Decimal(0)
    unit = (found[2] or "").lower() if found else ""
    if found is None or (unit and amount >= _PER[unit]):
        said = Said(
            f"within: {written} 应写作 4 permille、2 % 或一个不小于0的数",
            f"within: {written} must look like 4 permille, 2 % or a number that is not below 0",
        )
        layer.fault(path, said)
        return None, "0", "0"
    if not unit:
        return None, f"{amount:f}", text
    places = max(0, -int(amount.normalize().as_tuple().exponent))
    return _PER[unit] * 10**places, f"{amount * 10**places:.0f}", text


def _looked_into(key: str, shape: RequirementShape) -> Indicator:
    """The column of reports in which an office says that it has looked into a difference."""
    return Indicator(
        id=key,
        title=f"{shape.title}（已核实）",
        level=shape.judged_at,
        roll_up="last",
        minimum=0,
        maximum=1,
        answers=True,
    )
