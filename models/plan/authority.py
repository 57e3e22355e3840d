"""Authority (权限): who may waive, extend, acknowledge, sign an exit, return a paper, as the plan lays it down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from models.plan.draft import Draft
from models.plan.layers import Layer
from models.plan.model import Authority
from models.plan.roles import check_target
from models.plan.shapes import AuthorityShape, OverlayShape
from models.wording import Said


def put_authority(layers: Sequence[Layer], draft: Draft) -> None:
    """Put what the layers say of authority into the draft, noting faults; a lower office lays down none of its own."""
    for layer in layers:
        shape = layer.shape
        if shape is None or shape.authority is None:
            continue
        if isinstance(shape, OverlayShape) and shape.unit is not None:
            said = Said("下级方案不能改变权限（authority）", "an overlay for a unit may not change authority")
            layer.fault(("authority",), said)
            continue
        laid_down = layer.read(AuthorityShape, shape.authority, ("authority",))
        if laid_down is None:
            continue
        written = laid_down.model_dump(by_alias=True, exclude_none=True, exclude={"codes"})
        for act, role in written.items():
            check_target(layer, ("authority", act), role, draft, person=True)
        draft.authority = _with(draft.authority, written, laid_down.codes)
        if laid_down.codes is not None:
            draft.places["authority", "codes"] = (layer.name, layer.document.line(("authority", "codes")))


def _with(held: Authority, written: dict[str, str], codes: bool | None) -> Authority:
    return replace(
        held,
        roles={**held.roles, **written},
        codes=held.codes if codes is None else codes,
    )
