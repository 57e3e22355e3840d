"""Figures about people (人口数据) among the indicators of a plan: what says so, what follows from it, what it forbids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from models.people import counts_births_or_deaths, counts_people, is_bare
from models.plan.draft import Draft
from models.plan.grammar import parse
from models.plan.layers import Layer
from models.plan.model import Indicator
from models.plan.own_work import kinds_counted, kinds_of, overstepped
from models.plan.shapes import IndicatorShape
from models.plan.weights import Kind, Weight, Weights, innermost_first
from models.plan.yaml_lines import Path as KeyPath
from models.wording import Said

_LEAST = 1
"""The highest minimum of a figure about people: a place has somebody in it, though births and deaths it may have none."""


def check_claims(layer: Layer, path: KeyPath, name: str, shape: IndicatorShape) -> None:
    """Note where `about` or `work` says of an indicator what its own name denies."""
    counted = counts_people(name, shape.title)
    if shape.about == "people" and shape.work is not None:
        said = Said(
            "about: people 与 work 只能写一个：工作量不是人口数据",
            "about: people and work exclude each other; keep one",
        )
        layer.fault((*path, "work"), said)
    if shape.about == "work" and counted is not None:
        said = Said(
            f"“{shape.title}”说的是普查对象，不能标为 about: work；如是核查工作量，请用 work: 说明",
            f"“{name}” speaks of people and cannot be about: work; a count of the office's work on records says so by work:",
        )
        layer.fault((*path, "about"), said)
    if shape.work in ("due", "done") and counted == "persons":
        said = Said(
            f"“{shape.title}”说的是人口、出生或死亡，不能标为 work: {shape.work}：那就成了人数任务",
            f"“{name}” speaks of population, births or deaths and cannot be work: {shape.work}",
        )
        layer.fault((*path, "work"), said)
    elif shape.work is not None and counted is not None and is_bare(name, shape.title):
        said = Said(
            f"“{shape.title}”就是普查数据本身，不是工作量；请在名称中写明是待核实、抽查还是差错",
            f"“{name}” is the figure about people itself, no count of work on its records; name what is counted",
        )
        layer.fault((*path, "work"), said)


def check_published(layer: Layer, path: KeyPath, name: str, shape: IndicatorShape) -> None:
    """Note where `published` stands at what no publisher but this census has: births, deaths, work, or what is derived."""
    if shape.published is None:
        return
    if counts_births_or_deaths(name, shape.title):
        said = Said(
            f"“{shape.title}”说的是出生或死亡，不能标为 published：小数字不得外传",
            f"“{name}” speaks of births or deaths and cannot be published: small cells go nowhere",
        )
        layer.fault((*path, "published"), said)
    elif shape.about != "people" and counts_people(name, shape.title) is None:
        said = Said(
            f"“{shape.title}”不是人口数据，published 只用于已公布的人口数据；出处请写 source",
            f"“{name}” is no figure about people; published is for those alone, any other says its source",
        )
        layer.fault((*path, "published"), said)
    elif shape.roll_up is None:
        said = Said(
            "published 只用于上报的指标，推算的随其所用指标",
            "published is for what is reported; a derived figure is as what it is made of",
        )
        layer.fault((*path, "published"), said)


def is_published(name: str, draft: Draft) -> bool:
    """Whether all that is about people behind an indicator was published by others, so that it is no result of this census."""
    indicator = draft.indicators.get(name)
    if indicator is None or not (indicator.about == "people" or draft.weights[name].people):
        return True
    if indicator.where is None or not indicator.where.names:
        return indicator.published is not None
    return all(is_published(one, draft) for one in indicator.where.names)


def weigh(draft: Draft) -> None:
    """Work out which indicators are about people, derived ones by what they are made of, and put it into the draft."""
    behind = {name: one.where.names if one.where else () for name, one in draft.indicators.items()}
    for name in innermost_first(behind):
        indicator = draft.indicators[name]
        weight = _weight(indicator, draft.weights, bound=draft.bound)
        draft.weights.of[name] = weight
        if weight.people:
            # what runs already is not stopped, but it ranks nobody by the people counted
            ranked = indicator.rank and draft.bound
            draft.indicators[name] = replace(indicator, about="people", rank=ranked)


def _weight(indicator: Indicator, weights: Weights, *, bound: bool) -> Weight:
    said_so = indicator.about == "people"
    own: frozenset[Kind] = frozenset({indicator.work}) if indicator.work else frozenset()
    if indicator.where is None or not indicator.where.names:
        leaves = frozenset() if said_so else frozenset({_leaf(indicator)})
        return Weight(people=said_so, reported=indicator.where is None, kinds=own, leaves=leaves)
    kinds = own or (_kinds(indicator, weights) if bound else own)
    weight = weights.derived(indicator.where.makeup, kinds)
    return replace(weight, people=weight.people or said_so)


def _leaf(indicator: Indicator) -> str:
    """What stands for a reported figure, or one drawn from rows, among what cancels out; two drawn alike are one."""
    rows = indicator.rows
    if rows is None:
        return indicator.id
    which = "own" if rows.own else ""
    return f"{rows.register}: {rows.kind} {which} {rows.column or ''} {rows.where.text if rows.where else ''}"


def _kinds(indicator: Indicator, weights: Weights) -> frozenset[Kind]:
    assert indicator.where is not None
    if not any(weights[name].kinds for name in indicator.where.names):
        return frozenset()
    tree = parse(indicator.where.text)
    return kinds_counted(tree, weights) if indicator.roll_up == "count_where" else kinds_of(tree, weights)


def check_figures(layer: Layer, section: Mapping[str, Any], draft: Draft) -> None:
    """Note what the indicators of one file ask of figures about people, or of counts of work, that may not be asked."""
    if not draft.bound:
        return
    for name in section:
        indicator = draft.indicators.get(name)
        if indicator is None or draft.places["indicator", name][0] != layer.name:
            continue
        path: KeyPath = ("indicators", name)
        if indicator.about == "people":
            _check_people(layer, path, indicator, section[name].get("about"))
        if indicator.where is not None and any(draft.weights[used].kinds for used in indicator.where.names):
            refuse_overstepping(layer, (*path, indicator.roll_up), indicator.where.text, draft, counts=True)


def _check_people(layer: Layer, path: KeyPath, indicator: Indicator, said_about: str | None) -> None:
    title = indicator.title
    if indicator.rank:
        said = Said(
            f"“{title}”不得排名：人口、出生、死亡、住户和空置数不能用于考核（条例第三十三条）",
            f"“{indicator.id}” may not be ranked: figures about people are no basis for assessment (条例 art. 33)",
        )
        layer.fault((*path, "rank"), said)
    if indicator.roll_up in ("least_of", "most_of"):
        said = Said(
            f"“{title}”不得取各地的最小、最大数：普查数据不比高低（条例第三十三条）",
            f"“{indicator.id}” may not be the least or the most of offices: figures about people are not compared"
            " (条例 art. 33)",
        )
        layer.fault((*path, indicator.roll_up), said)
    least = 0 if counts_births_or_deaths(indicator.id, title) else _LEAST
    if indicator.minimum is not None and indicator.minimum > least:
        said = Said(
            f"“{title}”不得规定最低数：少于 {indicator.minimum:.15g} 的报表会被退回（条例第五条、统计法第七条）",
            f"“{indicator.id}” may have no minimum: smaller figures would be refused (条例 art. 5, 统计法 art. 7)",
        )
        layer.fault((*path, "min"), said)
    if indicator.beside:
        said = Said(
            f"“{title}”不得与参照数并列：普查数据没有要达到的数（条例第五条、统计法第七条）",
            f"“{indicator.id}” may not be held against another figure: figures about people are no goal"
            " (条例 art. 5, 统计法 art. 7)",
        )
        layer.fault((*path, "beside"), said)
    for key, claimed in (("work", indicator.work), ("about", said_about if said_about == "work" else None)):
        if (indicator.where is not None or indicator.rows is not None) and claimed is not None:
            said = Said(
                f"“{title}”由普查数据推算而来，不能标为 {key}: {claimed}",
                f"“{indicator.id}” is derived from figures about people and cannot be {key}: {claimed}",
            )
            layer.fault((*path, key), said)


def refuse_overstepping(layer: Layer, path: KeyPath, text: str, draft: Draft, *, counts: bool) -> None:
    """Note where a condition that can be read goes beyond the limits of counts of an office's own work."""
    for said in dict.fromkeys(overstepped(parse(text), draft.weights, counts=counts)):
        layer.fault(path, Said(f"条件“{text}”中 {said.zh}", f"in the condition “{text}”, {said.en}"))
