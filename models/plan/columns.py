"""The columns of a register (栏目): their types, their values and the steps between these, and what is computed from them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from models.personal import asks_for_person
from models.plan.draft import Draft
from models.plan.layers import Layer, did_you_mean
from models.plan.lists import Column, ColumnType
from models.plan.model import HOLDERS
from models.plan.row_expressions import Kind, usable_in_rows
from models.plan.row_grammar import CALLS
from models.plan.shapes import ColumnShape, MoreValuesShape
from models.plan.yaml_lines import Path as KeyPath
from models.text import name_key
from models.wording import Said

_ID = re.compile(r"[a-z][a-z0-9_]*")
_VALUE = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")
_SPOKEN = frozenset({*CALLS, "date", "interval", "timestamp"})
"""Words of expressions over rows that could be read as names, and would then puzzle whoever reads them."""
_OF_TABLES = frozenset({"unit", "evidence", "period", "withdrawn"})
_TITLES_OF_TABLES = frozenset({"code", "区划代码", "withdrawn", "撤销"})
"""What a table of rows has beside the register's own columns."""
_KINDS: Mapping[ColumnType, Kind] = {
    "text": "text",
    "number": "number",
    "date": "date",
    "moment": "moment",
    "code": "code",
    "yes_no": "truth",
    "one_of": "text",
}
_TYPE_ZH: Mapping[ColumnType, str] = {
    "text": "文字",
    "number": "数",
    "date": "日期",
    "moment": "时刻",
    "code": "区划代码",
    "yes_no": "是否",
    "one_of": "选项",
}
_ONLY_OF: Mapping[str, ColumnType] = {
    "unit": "number",
    "min": "number",
    "max": "number",
    "outside": "code",
    "moves": "one_of",
    "several": "one_of",
    "optional": "text",
}


def kind_of_cells(column: Column) -> Kind:
    """Of what kind the cells of a column are in an expression."""
    return "list" if column.several else _KINDS[column.type]


def spoken_type(column: Column) -> Said:
    """The type of a column as its planner says it."""
    return Said(_TYPE_ZH[column.type], column.type)


def read_column(layer: Layer, path: KeyPath, name: str, data: Any, draft: Draft) -> tuple[Column, ColumnShape] | None:
    """A column as it stands in a file, what is computed left aside; None after noting why it is none.

    Of a plan that is in force its names were looked at when it was taken in.

    The shape says by `is_` what it is computed from.
    """
    shape = layer.read(ColumnShape, data, path)
    if (draft.bound and not _usable(layer, path, name)) or shape is None:
        return None
    before = len(layer.faults)
    kind = _type(layer, path, shape)
    values = _values(layer, (*path, "one_of"), shape.one_of) if shape.one_of is not None else {}
    moves = _moves(layer, (*path, "moves"), shape.moves, values) if shape.moves is not None else None
    _check_title(layer, path, shape)
    if kind is not None:
        _check_keys(layer, path, shape, kind)
        if draft.bound:
            _refuse_persons(layer, path, name, shape, kind)
    if kind is None or shape.spoilt or len(layer.faults) > before:
        return None
    column = Column(
        id=name,
        title=shape.title,
        type=kind,
        unit=shape.unit,
        minimum=shape.min,
        maximum=shape.max,
        outside=shape.outside,
        values=values,
        moves=moves,
        several=shape.several,
        optional=shape.optional,
        given=shape.given,
        scope=layer.unit,
    )
    return column, shape


def _usable(layer: Layer, path: KeyPath, name: str) -> bool:
    if not _ID.fullmatch(name):
        said = Said(
            f"栏目名“{name}”应以小写英文字母开头，只用小写字母、数字和下划线（连字符会被读作减号）",
            f"the column id “{name}” must begin with a lower-case letter and hold only lower-case letters, digits and"
            " underscores (a hyphen reads as minus)",
        )
        layer.fault(path, said)
        return False
    if name in _SPOKEN or name in _OF_TABLES or name.startswith(HOLDERS) or not usable_in_rows(name):
        said = Said(
            f"栏目名“{name}”在表达式或报表中另有用处，请换一个",
            f"the column id “{name}” has a use of its own in expressions or tables; choose another",
        )
        layer.fault(path, said)
        return False
    return True


def _type(layer: Layer, path: KeyPath, shape: ColumnShape) -> ColumnType | None:
    written = [key for key in ("type", "one_of") if getattr(shape, key) is not None or key in shape.spoilt]
    if len(written) != 1:
        said = Said(
            "type 与 one_of 须写且只写一个：有选项的写 one_of，其余写 type",
            "exactly one of type and one_of must stand here: one_of where there are values to choose from",
        )
        layer.fault(path, said)
        return None
    return shape.type if shape.one_of is None else "one_of"


def _check_title(layer: Layer, path: KeyPath, shape: ColumnShape) -> None:
    if name_key(shape.title) in _TITLES_OF_TABLES:
        said = Said(
            f"“{shape.title}”是报表自己的列名，请换一个名称",
            f"“{shape.title}” heads a column of every table; choose another",
        )
        layer.fault((*path, "title"), said)


def _check_keys(layer: Layer, path: KeyPath, shape: ColumnShape, kind: ColumnType) -> None:
    """Note keys that columns of another type have, and those that contradict each other."""
    for key, of in _ONLY_OF.items():
        if getattr(shape, key) not in (None, False) and kind != of:
            cure = Said("写了 one_of 的", "with one_of") if of == "one_of" else Said(f"type: {of} 的", f"of type: {of}")
            said = Said(f"{key} 只用于{cure.zh}栏目", f"{key} is for columns {cure.en} alone")
            layer.fault((*path, key), said)
    if shape.min is not None and shape.max is not None and shape.min > shape.max:
        layer.fault((*path, "min"), Said("min 大于 max", "min is greater than max"))
    if shape.several and shape.moves is not None:
        said = Said(
            "多选栏目（several）没有先后步骤，不能写 moves",
            "a column that takes several values has no steps; no moves",
        )
        layer.fault((*path, "moves"), said)
    if shape.is_ is not None:
        for key in ("moves", "several", "outside", "optional", "given"):
            if getattr(shape, key) not in (None, False):
                said = Said(
                    f"推算的栏目（is）不上报，不能写 {key}", f"a computed column (is) is not reported and has no {key}"
                )
                layer.fault((*path, key), said)


def _refuse_persons(layer: Layer, path: KeyPath, name: str, shape: ColumnShape, kind: ColumnType) -> None:
    """Note a column that would take in names, numbers or addresses of persons; yes_no columns are steps of work."""
    if kind in ("yes_no", "one_of", "code") or not asks_for_person(name, shape.title):
        return
    said = Said(
        f"“{shape.title}”要填姓名、证件号、电话或住址：登记册中不得有个人信息；人员写编号，领导写职务，办理步骤用 type: yes_no",
        f"“{name}” ({shape.title}) asks for names, ID numbers, phones or addresses: no list holds any; give staff a number,"
        " name posts, and make steps of work type: yes_no",
    )
    layer.fault((*path, "title"), said)


def _values(layer: Layer, path: KeyPath, written: Mapping[str, Any]) -> dict[str, str]:
    """Titles by id, after noting what is wrong with them."""
    if not written:
        layer.fault(path, Said("one_of 至少列出一项", "one_of must name one value at least"))
    taken: dict[str, str] = {}
    values: dict[str, str] = {}
    for value, title in written.items():
        if not _VALUE.fullmatch(value):
            said = Said(
                f"取值“{value}”应以小写英文字母开头，只用小写字母、数字和连字符",
                f"the value “{value}” must begin with a lower-case letter and hold only lower-case letters, digits, hyphens",
            )
            layer.fault((*path, value), said)
        elif not isinstance(title, str) or not title.strip():
            layer.fault((*path, value), Said(f"“{value}”的名称应为文字", f"the title of “{value}” must be a text"))
        else:
            values[value] = " ".join(title.split())
            _note_twice(layer, (*path, value), value, values[value], taken)
    return values


def _note_twice(layer: Layer, path: KeyPath, value: str, title: str, taken: dict[str, str]) -> None:
    """Note a title that another value has: a report may give either."""
    for word in dict.fromkeys((value, name_key(title))):
        if taken.setdefault(word, value) != value:
            said = Said(
                f"取值“{value}”与“{taken[word]}”同名，上报时无法区分",
                f"the values “{value}” and “{taken[word]}” share a name: a report cannot tell them apart",
            )
            layer.fault(path, said)
            return


def _moves(
    layer: Layer, path: KeyPath, written: Mapping[str, Any], values: Mapping[str, str]
) -> dict[str, tuple[str, ...]]:
    """For each value those that may follow; one that stands not before a colon is an end."""
    found: dict[str, tuple[str, ...]] = dict.fromkeys(values, ())
    for value, following in written.items():
        place = (*path, value)
        if not isinstance(following, list):
            said = Said(
                f"“{value}”之后可到的取值应为清单，如 [assigned, returned]",
                f"what may follow “{value}” must be a list, such as [assigned, returned]",
            )
            layer.fault(place, said)
            continue
        for one in (value, *following):
            if not isinstance(one, str) or one not in values:
                _no_value(layer, place, str(one), values)
        found[value] = tuple(dict.fromkeys(str(one) for one in following))
    return found


def _no_value(layer: Layer, path: KeyPath, value: str, values: Mapping[str, str]) -> None:
    near = did_you_mean(value, values)
    said = Said(
        f"one_of 中没有“{value}”" + (f"，是否为“{near}”" if near else ""),
        f"one_of has no “{value}”" + (f"; did you mean “{near}”?" if near else ""),
    )
    layer.fault(path, said)


def with_more_values(layer: Layer, path: KeyPath, column: Column, *, key: str, data: Any, draft: Draft) -> Column:
    """A column with the values that a file adds to it, after noting whatever else it would change.

    key: `register.column`, under which the draft keeps where it stands.
    """
    if not isinstance(data, dict):
        layer.read(MoreValuesShape, data, path)
        return column
    for other in data:
        if other != "one_of":
            said = Said(
                f"“{key}”已有规定，只能用 one_of 增加取值，不能改 {other}",
                f"“{key}” is laid down already: only values may be added by one_of, {other} cannot be changed",
            )
            layer.fault((*path, other), said)
    shape = layer.read(MoreValuesShape, {"one_of": data["one_of"]} if "one_of" in data else {}, path)
    if shape is None or "one_of" not in data or "one_of" in shape.spoilt:
        return column
    path = (*path, "one_of")
    if column.type != "one_of":
        said = Said(
            f"“{column.title}”不是选项栏目，不能增加取值", f"“{key}” has no values to choose from; none can be added"
        )
        layer.fault(path, said)
        return column
    taken = {word: value for value, title in column.values.items() for word in (value, name_key(title))}
    more: dict[str, str] = {}
    for value, title in _values(layer, path, shape.one_of).items():
        if draft.take(layer, (*path, value), "value", f"{key}.{value}"):
            _note_twice(layer, (*path, value), value, title, taken)
            more[value] = title
    return replace(
        column,
        values={**column.values, **more},
        scopes={**column.scopes, **({} if layer.unit is None else dict.fromkeys(more, layer.unit))},
        moves=None if column.moves is None else {**column.moves, **dict.fromkeys(more, ())},
    )
