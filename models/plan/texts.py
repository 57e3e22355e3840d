"""Every text of a plan passes one guard: titles and sources of whatever stands in it, and the names of rungs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from models.demands import Forbidden, forbidden_in, forbidden_rung
from models.plan.draft import Draft
from models.plan.layers import Layer
from models.plan.yaml_lines import Path as KeyPath
from models.wording import Said

_READ = ("title", "source", "unit")
"""The keys whose text reaches offices; a unit stands behind each figure of a reason."""


def check_texts(layer: Layer, draft: Draft) -> None:
    """Note every text of a file that no office may be sent."""
    if not draft.bound or layer.shape is None:
        return
    for path, text in _texts(layer.document.data):
        found = forbidden_in(text)
        if found is not None:
            layer.fault(path, _said(text, found))
    for path, rung in _rungs(layer.document.data):
        found = forbidden_rung(str(rung.get("id", "")))
        if found is not None and not rung.get("draft") and not rung.get("signed_by"):
            layer.fault((*path, "id"), _said(str(rung["id"]), found))


def _said(text: str, found: Forbidden) -> Said:
    return Said(
        f"“{text}”中的“{found.word}”：{found.why.zh}",
        f"“{found.word}” in “{text}”: {found.why.en}",
    )


def _texts(data: Any) -> Iterator[tuple[KeyPath, str]]:
    """The texts of a file where a plan has any; what stands elsewhere is a fault of its own."""
    yield from _of(data, ())
    for name, item in _pairs(data, "sets"):
        yield from _of(item, ("sets", name))
    for name, item in _pairs(data, "indicators"):
        yield from _of(item, ("indicators", name))
        for number, beside in _pairs(item, "beside"):
            yield from _of(beside, ("indicators", name, "beside", number))
    for name, item in _pairs(data, "registers"):
        yield from _of_register(item, ("registers", name))
    for place, item in _pairs(data, "phases"):
        yield from _of(item, ("phases", place))
        for number, requirement in _pairs(item, "requirements"):
            yield from _of_requirement(requirement, ("phases", place, "requirements", number))
    for place, item in _pairs(data, "add"):
        if isinstance(item, dict):
            yield from _of_requirement(item.get("requirement"), ("add", place, "requirement"))


def _of_register(item: Any, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    yield from _of(item, path)
    for number, refused in _pairs(item, "refuse"):
        yield from _of(refused, (*path, "refuse", number))
    for name, column in _pairs(item, "columns"):
        yield from _of(column, (*path, "columns", name))
        for value, title in _pairs(column, "one_of"):
            if isinstance(title, str):
                yield (*path, "columns", name, "one_of", value), title


def _of_requirement(item: Any, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    yield from _of(item, path)
    if isinstance(item, dict):
        yield from _of(item.get("compare"), (*path, "compare"))


def _of(item: Any, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    for key in _READ:
        text = item.get(key) if isinstance(item, dict) else None
        if isinstance(text, str):
            yield (*path, key), text


def _pairs(item: Any, section: str) -> Iterator[tuple[Any, Any]]:
    held = item.get(section) if isinstance(item, dict) else None
    yield from held.items() if isinstance(held, dict) else enumerate(held) if isinstance(held, list) else ()


def _rungs(data: Any) -> Iterator[tuple[KeyPath, dict[str, Any]]]:
    for name, rungs in _pairs(data, "ladders"):
        for place, rung in enumerate(rungs) if isinstance(rungs, list) else ():
            if isinstance(rung, dict):
                yield ("ladders", name, place), rung
