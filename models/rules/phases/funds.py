"""Funds (经费): what arrived somewhere was paid by somebody, whose own ledger says so, and nothing is paid before it was approved."""

from __future__ import annotations

import polars as pl

from models.moments import micros
from models.plan.lists import Register
from models.plan.row_terms import is_within
from models.rules.phases.given import DOUBTS, ROW, Given
from models.rules.registers.frames import CODE, NIL, SINCE, WITHDRAWN

REGISTERS = ("funds",)
_STAGE, _PAYER, _CATEGORY, _ARRIVED = "stage", "payer", "category", "arrived"
_ENTRY, _APPROVED = "entry", "approved"
_SENT = ("paid", _ARRIVED)


def doubts(given: Given, register: str, told: pl.DataFrame) -> pl.DataFrame:
    """Money that arrived from an office which is not above this one, or which keeps a ledger and has paid nothing of that kind, and
    money of an office's own that is told as paid from the first and was never approved: DOUBTS."""
    asked = given.plan.registers[register]
    if not {_STAGE, _PAYER, _CATEGORY} <= set(asked.columns):
        return pl.DataFrame(schema=DOUBTS)
    kept = given.rows[register].filter(~pl.col(NIL), ~pl.col(WITHDRAWN))
    return pl.concat(
        [_from_elsewhere(told, given), _never_paid(asked, kept, told), _never_approved(asked, kept, told, given)]
    )


def _from_elsewhere(told: pl.DataFrame, given: Given) -> pl.DataFrame:
    """Transfers go down, on either line. One county may help another, so that no row is refused for it."""
    downward = is_within(pl.col(CODE), pl.col(_PAYER), given.affiliation)
    return told.filter(pl.col(_STAGE) == _ARRIVED, ~downward).select(
        ROW,
        zh=pl.format("拨款单位 {} 不是 {} 的上级，请核对", _PAYER, CODE),
        en=pl.format("arrived from {}, which is not above {}; check it", _PAYER, CODE),
    )


def _never_paid(asked: Register, kept: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    paid = kept.filter(pl.col(_STAGE).is_in(_SENT)).select(pl.col(CODE).alias(_PAYER), _CATEGORY)
    arrived = told.filter(pl.col(_STAGE) == _ARRIVED, pl.col(_PAYER) != pl.col(CODE)).drop_nulls(_CATEGORY)
    keeping = arrived.join(kept.select(pl.col(CODE).alias(_PAYER)), on=_PAYER, how="semi")
    odd = keeping.join(paid, on=[_PAYER, _CATEGORY], how="anti")
    title = pl.col(_CATEGORY).replace(dict(asked.columns[_CATEGORY].values))
    return odd.select(
        ROW,
        zh=pl.format("本行为已到账，而拨款单位 {} 的台账中没有已拨付的{}，请与其核对", _PAYER, title),
        en=pl.format(
            "arrived here, while the ledger of {} has nothing paid for {}; check it with them", _PAYER, _CATEGORY
        ),
    )


def _never_approved(asked: Register, kept: pl.DataFrame, told: pl.DataFrame, given: Given) -> pl.DataFrame:
    """An entry that came by its steps was approved before; one that is new says itself on which day."""
    if set(asked.key) != {CODE, _ENTRY} or _APPROVED not in asked.columns:
        return pl.DataFrame(schema=DOUBTS)
    own = pl.col(_PAYER).is_null() | (pl.col(_PAYER) == pl.col(CODE))
    unapproved = kept.filter(pl.col(SINCE) >= micros(given.now), own, pl.col(_APPROVED).is_null())
    paid = told.filter(pl.col(_STAGE).is_in(_SENT)).join(
        unapproved, on=[CODE, _ENTRY], how="semi", maintain_order="left"
    )
    return paid.select(
        ROW,
        zh=pl.lit("本笔首次登记就已拨付，没有批复日期，请核对并补填“批复日期”"),
        en=pl.lit("it is told as paid from the first and has no day of approval; check it and fill in `approved`"),
    )
