"""Figures drawn from the rows of a register (由登记册推算的指标): which register, how, and which of its rows."""

from __future__ import annotations

from typing import Literal

from models.people import counts_people
from models.plan.draft import Draft
from models.plan.layers import Layer
from models.plan.lists import Column, Register, RowFigure, RowRollUp
from models.plan.model import FROM_CODES, RollUp
from models.plan.over_rows import behind_column, find_register, no_column, read_over_rows
from models.plan.parts import counts_checks
from models.plan.row_expressions import RowExpression
from models.plan.shapes import IndicatorShape
from models.plan.yaml_lines import Path as KeyPath
from models.units import LEVEL_ZH
from models.wording import Said

_OF_COLUMNS: tuple[Literal["sum", "distinct", "first", "last"], ...] = ("sum", "distinct", "first", "last")
WAYS = ("count_where", *_OF_COLUMNS)
_ABOVE: dict[RowRollUp, RollUp] = {"first": "min", "last": "max"}
"""How the first and the last day roll up where the plan leaves it open; everything else adds up."""


def row_figure(layer: Layer, path: KeyPath, shape: IndicatorShape, draft: Draft) -> tuple[RowFigure, RollUp] | None:
    """How an indicator is drawn from rows, and rolls up above its level; None after noting why it cannot be."""
    before = len(layer.faults)
    ways = [key for key in WAYS if getattr(shape, key) is not None or key in shape.spoilt]
    if len(ways) != 1:
        said = Said(
            "由登记册推算的指标，count_where、sum、distinct、first、last 须写且只写一个",
            "of a figure from a register exactly one of count_where, sum, distinct, first and last must stand here",
        )
        layer.fault(path, said)
    for key, zh, en in (
        ("sum_where", "合计一栏请写 sum: 栏目名，再用 where 选行", "to add up a column write sum: COLUMN, with where"),
        (
            "is_",
            "is 是由其他指标推算，与 register 只写一个",
            "is is made of other indicators; keep one of is and register",
        ),
    ):
        if getattr(shape, key) is not None:
            layer.fault((*path, key.rstrip("_")), Said(zh, en))
    if ways == ["count_where"] and shape.where is not None:
        said = Said(
            "count_where 本身就是选行的条件，where 请并入其中", "count_where selects the rows itself; put where into it"
        )
        layer.fault((*path, "where"), said)
    if shape.level == "district":
        said = Said(
            "普查小区没有机构，由登记册推算的指标从 village、township 起",
            "a district has no office; draw the figure at a village or above",
        )
        layer.fault((*path, "level"), said)
    assert shape.register_ is not None
    register = find_register(layer, (*path, "register"), shape.register_, draft)
    if register is not None and shape.own and shape.level not in register.kept_by:
        levels = "、".join(LEVEL_ZH[level] for level in register.kept_by)
        said = Said(
            f"own 只数本单位自己负责的行，而“{register.title}”由{levels}负责",
            f"own takes the rows that an office of the level keeps itself, but “{register.id}” is kept by"
            f" {', '.join(register.kept_by)}",
        )
        layer.fault((*path, "own"), said)
    if register is None or len(ways) != 1 or ways[0] in shape.spoilt:
        return None
    kind: RowRollUp = ways[0]  # type: ignore[assignment]
    column = None if kind == "count_where" else _column(layer, path, shape, register, draft)
    key = "count_where" if kind == "count_where" else "where"
    text = getattr(shape, key)
    where = None if text is None else read_over_rows(layer, (*path, key), text, register, draft, holders=True)
    roll_up = _above(layer, (*path, "roll_up"), shape, kind)
    if len(layer.faults) > before or (text is not None and where is None) or (kind != "count_where" and column is None):
        return None
    return RowFigure(register.id, kind, column, where, own=shape.own), roll_up


def _column(layer: Layer, path: KeyPath, shape: IndicatorShape, register: Register, draft: Draft) -> str | None:
    """The column that a figure is drawn from, or None after noting why it cannot be."""
    kind = next(key for key in _OF_COLUMNS if getattr(shape, key) is not None)
    name: str = getattr(shape, kind)
    place = (*path, kind)
    column = register.columns.get(name)
    if column is None and not (name == "code" and kind == "distinct"):
        no_column(layer, place, name, register, draft)
        return None
    if column is not None and not _suits(kind, column):
        zh, en = _NEEDS[kind]
        layer.fault(place, Said(f"“{name}”不能用于 {kind}：{zh}", f"“{name}” does not suit {kind}: {en}"))
        return None
    return name


_NEEDS = {
    "sum": ("只有数（type: number）可以合计", "only numbers (type: number) add up"),
    "distinct": ("多选栏目不能数有几种", "a column of several values cannot be told apart so"),
    "first": ("须是日期或时刻（type: date、moment）", "it must be a date or a moment"),
    "last": ("须是日期或时刻（type: date、moment）", "it must be a date or a moment"),
}


def _suits(kind: RowRollUp, column: Column) -> bool:
    if kind == "sum":
        return column.type == "number"
    if kind == "distinct":
        return not column.several
    return column.type in ("date", "moment")


def _above(layer: Layer, path: KeyPath, shape: IndicatorShape, kind: RowRollUp) -> RollUp:
    """How a figure rolls up above its level."""
    if shape.roll_up is None:
        return _ABOVE.get(kind, "sum")
    if kind in _ABOVE and shape.roll_up not in ("min", "max"):
        said = Said(
            "日期向上只能取最早（min）或最晚（max）", "of days the earliest (min) or the latest (max) is taken above"
        )
        layer.fault(path, said)
    if shape.roll_up in (*FROM_CODES, "last"):
        said = Said(
            "由登记册推算的指标向上只能用 sum、min、max、mean",
            "a figure from a register rolls up by sum, min, max or mean",
        )
        layer.fault(path, said)
    return shape.roll_up


def people_in_rows(register: Register, names: frozenset[str]) -> list[Column]:
    """The numbers about people among columns and all that they are computed from.

    Counts of faults, and of what was checked, are the office's own work.
    """
    columns = (register.columns.get(name) for name in sorted(behind_column(register, names)))
    return [column for column in columns if column is not None and _counts_people(column)]


def _counts_people(column: Column) -> bool:
    if column.type != "number" or column.computed is not None or counts_people(column.id, column.title) is None:
        return False
    return not counts_checks(column.id, column.title)


def names_behind(figure: RowFigure) -> frozenset[str]:
    """The columns that a figure rests on."""
    of_rows: RowExpression | None = figure.where
    return frozenset({figure.column} if figure.column else ()) | frozenset(of_rows.names if of_rows else ())
