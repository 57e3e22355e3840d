"""The ladders of a plan (催办阶梯): rungs in the order in which they fire."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from models.calendar.working_time import Offset
from models.plan.draft import Draft
from models.plan.layers import Layer
from models.plan.model import Ladder, Rung
from models.plan.roles import check_target
from models.plan.shapes import RungShape
from models.plan.yaml_lines import Path as KeyPath
from models.wording import Refusal, Said

_ID = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")


def usable_id(layer: Layer, path: KeyPath, name: str) -> bool:
    """True if `name` can name a ladder, a set or a register; False after noting why it cannot."""
    if _ID.fullmatch(name):
        return True
    said = Said(
        f"名称“{name}”应以小写英文字母开头，只用小写字母、数字和连字符",
        f"the id “{name}” must begin with a lower-case letter and hold only lower-case letters, digits and hyphens",
    )
    layer.fault(path, said)
    return False


def put_ladders(layer: Layer, section: Mapping[str, Any], draft: Draft) -> None:
    """Put what `section` defines into the draft, noting faults."""
    for name, data in section.items():
        path: KeyPath = ("ladders", name)
        draft.claimed.add(("ladder", name))
        usable = usable_id(layer, path, name) and draft.take(layer, path, "ladder", name)
        if not isinstance(data, list):
            said = Said(
                "催办阶梯应为清单，每级一项，以“- ”开头", "a ladder is a list of rungs, each beginning with “- ”"
            )
            layer.fault(path, said)
            continue
        read = [(place, _rung(layer, (*path, place), item, draft)) for place, item in enumerate(data)]
        rungs = {place: rung for place, rung in read if rung is not None}
        _check_order(layer, path, rungs)
        if draft.bound:
            _refuse_unasked(layer, path, rungs)
        if usable and len(rungs) == len(data):
            draft.ladders[name] = Ladder(name, tuple(rungs.values()))


def _rung(layer: Layer, path: KeyPath, item: Any, draft: Draft) -> Rung | None:
    shape = layer.read(RungShape, item, path)
    if shape is None:
        return None
    makes_paper = shape.draft is not None or shape.signed_by is not None
    known = [check_target(layer, (*path, "to"), target, draft, person=makes_paper) for target in shape.to]
    if shape.signed_by is not None:
        known.append(check_target(layer, (*path, "signed_by"), shape.signed_by, draft, person=True))
    try:
        at = Offset.parse(shape.at)
    except Refusal as refusal:
        layer.refuse((*path, "at"), refusal)
        return None
    if not all(known) or shape.spoilt:
        return None
    return Rung(
        id=shape.id,
        at=at,
        to=tuple(dict.fromkeys(shape.to)),
        draft=shape.draft,
        signed_by=shape.signed_by,
        if_unknown=shape.if_unknown,
    )


def _refuse_unasked(layer: Layer, path: KeyPath, rungs: Mapping[int, Rung]) -> None:
    """Note rungs that would write to a head of government without a person: a machine does not."""
    for place, rung in rungs.items():
        heads = [target for target in rung.to if target.endswith(".head")]
        if heads and not rung.makes_paper:
            said = Said(
                f"“{rung.id}”直接发给{'、'.join(heads)}：致领导小组组长须由人签发，请加 signed_by（谁签发）或 draft（拟什么文），或去掉该收件人",
                f"“{rung.id}” would write to {', '.join(heads)} by itself: what goes to a head is signed by a person;"
                " add signed_by or draft, or leave the head out",
            )
            layer.fault((*path, place, "to"), said)


def _check_order(layer: Layer, path: KeyPath, rungs: Mapping[int, Rung]) -> None:
    """Note rungs that share an id, and rungs that come before the one above them. rungs: by place in the list."""
    seen: set[str] = set()
    above: Rung | None = None
    for place, rung in rungs.items():
        if rung.id in seen:
            layer.fault((*path, place), Said(f"级名“{rung.id}”重复", f"the rung id “{rung.id}” stands twice"))
        seen.add(rung.id)
        if above is not None and rung.at < above.at:
            said = Said(
                f"级次颠倒：“{rung.id}”（{rung.at}）早于上一级“{above.id}”（{above.at}）",
                f"out of order: “{rung.id}” ({rung.at}) comes before the rung above it, “{above.id}” ({above.at})",
            )
            layer.fault((*path, place, "at"), said)
        above = rung
