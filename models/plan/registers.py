"""The registers of a plan (登记册): who keeps each, what names a row, its columns, and what makes a row wrong in itself."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from models.plan.columns import kind_of_cells, read_column, with_more_values
from models.plan.draft import Draft, find_circles
from models.plan.ladders import usable_id
from models.plan.layers import Layer, did_you_mean
from models.plan.lists import DISTRICTS, Column, RefusedRow, Register
from models.plan.model import FROM_CODES
from models.plan.over_rows import check_value, no_column, read_over_rows
from models.plan.shapes import ColumnShape, IndicatorShape, MoreColumnsShape, RefuseShape, RegisterShape
from models.plan.weights import innermost_first
from models.plan.yaml_lines import Path as KeyPath
from models.text import name_key
from models.units import LEVEL_ZH, LEVELS, Level
from models.wording import Said

_NUMBERED = re.compile(r"(?:号|\bnumber|\bno\.?)$", re.IGNORECASE)
"""At the end of a title: its text is a number that somebody gave out (文号, 接替的两员编号), part of a key or not."""


def put_registers(
    layer: Layer, section: Mapping[str, Any], figures: Mapping[str, IndicatorShape], draft: Draft
) -> None:
    """Put what `section` defines, and the register of districts that `figures` bring, into the draft, noting faults.

    figures: the indicators of the same file.
    """
    _put_districts(layer, figures, draft)
    for name, data in section.items():
        path: KeyPath = ("registers", name)
        held = draft.registers.get(name)
        if held is not None and (held.built_in or draft.places["register", name][0] != layer.name):
            _extend(layer, path, held, data, draft)
        elif held is None and ("register", name) in draft.places:
            continue  # the faults of its definition stand elsewhere
        elif _is_new(layer, path, name, data, draft):
            _put_new(layer, path, name, data, draft)


def _put_districts(layer: Layer, figures: Mapping[str, IndicatorShape], draft: Draft) -> None:
    """The register of districts (普查小区) with a column for each figure that is reported of one."""
    fresh = {
        name: Column(name, shape.title, "number", unit=shape.unit, minimum=shape.min, maximum=shape.max)
        for name, shape in figures.items()
        if shape.level == "district"
        and shape.roll_up not in (None, *FROM_CODES)
        and not {"level", "roll_up"} & shape.spoilt
    }
    of_districts = [
        name for name, shape in figures.items() if shape.level == "district" and "level" not in shape.spoilt
    ]
    held = draft.registers.get(DISTRICTS)
    if held is None and of_districts:
        draft.places["register", DISTRICTS] = (layer.name, layer.document.line(("indicators", of_districts[0])))
        held = Register(
            id=DISTRICTS,
            title="普查小区",
            kept_by=("township",),
            rows_at=("district",),
            key=("code",),
            columns={},
            built_in=True,
        )
    for name in fresh:
        draft.places.setdefault(
            ("column", f"{DISTRICTS}.{name}"), (layer.name, layer.document.line(("indicators", name)))
        )
    if held is not None:
        draft.registers[DISTRICTS] = replace(held, columns={**fresh, **held.columns})


def _is_new(layer: Layer, path: KeyPath, name: str, data: Any, draft: Draft) -> bool:
    """False after noting why nothing can be defined under that name."""
    if name == DISTRICTS:
        said = Said(
            "普查小区登记册 districts 由普查小区一级的指标构成，本方案没有这样的指标，不能增加栏目",
            "the register “districts” is made of the indicators of level district, of which this plan has none;"
            " no columns can be added to it",
        )
        layer.fault(path, said)
        return False
    if isinstance(data, dict) and set(data) == {"columns"}:
        near = did_you_mean(name, draft.names("register"))
        said = Said(
            f"没有登记册“{name}”，不能增加栏目" + (f"，是否为“{near}”" if near else ""),
            f"there is no register “{name}” to add columns to" + (f"; did you mean “{near}”?" if near else ""),
        )
        layer.fault(path, said)
        return False
    if usable_id(layer, path, name):
        return True
    draft.claimed.add(("register", name))
    return False


def _put_new(layer: Layer, path: KeyPath, name: str, data: Any, draft: Draft) -> None:
    draft.places["register", name] = (layer.name, layer.document.line(path))
    shape = layer.read(RegisterShape, data, path)
    if shape is None:
        return
    before = len(layer.faults)
    kept_by = _levels(layer, (*path, "kept_by"), shape.kept_by, spoilt="kept_by" in shape.spoilt)
    rows_at = kept_by if shape.rows_at is None else _levels(layer, (*path, "rows_at"), shape.rows_at, spoilt=False)
    if "district" in kept_by:
        said = Said("普查小区没有机构，不能管登记册", "a district has no office and can keep no register")
        layer.fault((*path, "kept_by"), said)
    _check_rows_at(layer, (*path, "rows_at"), kept_by, rows_at)
    held = Register(
        id=name,
        title=shape.title,
        kept_by=kept_by,
        rows_at=rows_at,
        key=tuple(shape.key),
        columns={},
        on_occasion=shape.on_occasion,
        source=shape.source,
        instead_of=shape.instead_of,
    )
    held = _with_columns(layer, (*path, "columns"), held, shape.columns, draft)
    if "key" not in shape.spoilt:
        _check_key(layer, (*path, "key"), shape.key, held, draft)
    refuse = _refused(layer, (*path, "refuse"), shape.refuse, held, draft)
    if shape.spoilt or len(layer.faults) > before:
        draft.claimed.add(("register", name))
        return
    draft.registers[name] = replace(held, refuse=refuse)


def _extend(layer: Layer, path: KeyPath, held: Register, data: Any, draft: Draft) -> None:
    """Add the columns, and values of columns, of one file to a register that there is; nothing else of it changes."""
    if not isinstance(data, dict):
        layer.read(MoreColumnsShape, data, path)
        return
    for key in data:
        if key != "columns":
            said = Said(
                f"登记册“{held.id}”{'由系统设定' if held.built_in else '已在上级方案中规定'}，只能增加栏目和取值，不能改 {key}",
                f"the register “{held.id}” is laid down already: columns and values may be added, {key} cannot be changed",
            )
            layer.fault((*path, key), said)
    shape = layer.read(MoreColumnsShape, {key: value for key, value in data.items() if key == "columns"}, path)
    if shape is not None:
        draft.registers[held.id] = _with_columns(layer, (*path, "columns"), held, shape.columns, draft)


def _levels(layer: Layer, path: KeyPath, written: Sequence[Level], *, spoilt: bool) -> tuple[Level, ...]:
    """Levels from above downwards, each once."""
    if not written and not spoilt:
        layer.fault(path, Said("至少列出一级", "name one level at least"))
    return tuple(level for level in LEVELS if level in written)


def _check_rows_at(layer: Layer, path: KeyPath, kept_by: Sequence[Level], rows_at: Sequence[Level]) -> None:
    """Note levels whose rows would have no keeper, as nobody at or above them keeps the register."""
    for level in rows_at if kept_by else ():
        if LEVELS.index(level) < LEVELS.index(kept_by[0]):
            said = Said(
                f"{LEVEL_ZH[level]}的行没有单位负责：kept_by 中最高的是{LEVEL_ZH[kept_by[0]]}",
                f"a row of a {level} would have no keeper: the highest level in kept_by is {kept_by[0]}",
            )
            layer.fault(path, said)


def _with_columns(layer: Layer, path: KeyPath, held: Register, written: Mapping[str, Any], draft: Draft) -> Register:
    """A register with what one file says of its columns, after noting faults."""
    fresh: dict[str, tuple[Column, ColumnShape]] = {}
    columns = dict(held.columns)
    for name, data in written.items():
        place, key = (*path, name), f"{held.id}.{name}"
        if name in held.columns and _defines(data):
            draft.take(layer, place, "column", key)
            continue
        if name in held.columns:
            columns[name] = with_more_values(layer, place, held.columns[name], data=data, key=key, draft=draft)
            continue
        if ("column", key) in draft.places:
            continue
        draft.places["column", key] = (layer.name, layer.document.line(place))
        draft.claimed.add(("column", key))
        read = read_column(layer, place, name, data, draft)
        if read is not None and read[0].optional and name not in held.key:
            said = Said(
                f"“{name}”不在 key 中，本来就可以留空，不必写 optional",
                f"“{name}” is no part of the key and may be empty as it is; leave optional out",
            )
            layer.fault((*place, "optional"), said)
        elif read is not None:
            names = read[0].type == "text" and (name in held.key or _NUMBERED.search(read[0].title) is not None)
            fresh[name] = replace(read[0], names=names), read[1]
            for value in read[0].values:
                draft.places["value", f"{key}.{value}"] = (layer.name, layer.document.line((*place, "one_of", value)))
    columns |= {name: column for name, (column, _) in fresh.items()}
    _note_titles(layer, path, fresh, columns)
    texts = {name: shape.is_ for name, (_, shape) in fresh.items() if shape.is_ is not None}
    return _computed(layer, path, replace(held, columns=columns), texts, draft)


def _defines(data: Any) -> bool:
    """True for a column that is defined whole, and not added to."""
    return isinstance(data, dict) and "title" in data and not {"type", "one_of"}.isdisjoint(data)


def _note_titles(layer: Layer, path: KeyPath, fresh: Mapping[str, object], columns: Mapping[str, Column]) -> None:
    """Note a column whose title heads another one too: reports come by title."""
    taken: dict[str, str] = {}
    for name, column in columns.items():
        for word in dict.fromkeys((name, name_key(column.title))):
            other = taken.setdefault(word, name)
            if other != name and name in fresh:
                said = Said(
                    f"栏目“{name}”与“{other}”同名（{column.title}），按名称上报时无法区分",
                    f"the columns “{name}” and “{other}” share the title {column.title}: reports cannot tell them apart",
                )
                layer.fault((*path, name), said)
                break


def _computed(layer: Layer, path: KeyPath, held: Register, texts: Mapping[str, str], draft: Draft) -> Register:
    """A register with what its new columns are computed from, each after those that it is computed from."""
    found: dict[str, Column] = {}
    for name, text in texts.items():
        place, column = (*path, name, "is"), held.columns[name]
        expression = read_over_rows(layer, place, text, held, draft, wanted=kind_of_cells(column))
        for value in expression.gives if expression is not None and column.type == "one_of" else ():
            check_value(layer, place, text, value, column)
        if expression is not None:
            found[name] = replace(column, computed=expression)
    columns = {**held.columns, **found}
    behind = {name: one.computed.names for name, one in columns.items() if one.computed is not None}
    for circle in find_circles(behind):
        text = " → ".join(circle)
        said = Said(f"栏目互相推算：{text}", f"columns are computed from each other: {text}")
        layer.fault((*path, next(name for name in circle if name in texts), "is"), said)
        return replace(held, columns=columns)
    ordered = iter(innermost_first(behind))
    return replace(
        held,
        columns={
            each: columns[each]
            for each in (next(ordered) if one.computed is not None else name for name, one in columns.items())
        },
    )


def _check_key(layer: Layer, path: KeyPath, key: Sequence[str], held: Register, draft: Draft) -> None:
    """Note parts of a key that cannot name a row: each is the code, or a column that is reported and holds one value."""
    if not key:
        said = Said("key 至少写一栏，如 [code] 或 [list, row]", "the key must name one column at least, such as [code]")
        layer.fault(path, said)
    for name in dict.fromkeys(key):
        column = held.columns.get(name)
        if key.count(name) > 1:
            layer.fault(path, Said(f"key 中“{name}”写了两遍", f"“{name}” stands twice in the key"))
        if name == "code":
            continue
        if column is None:
            no_column(layer, path, name, held, draft)
        elif column.computed is not None or column.several or column.given:
            zh, en = (
                ("推算", "is computed")
                if column.computed
                else ("多选", "takes several values")
                if column.several
                else ("系统填写的", "is filled in by the product")
            )
            said = Said(f"“{name}”是{zh}栏目，不能用来认定是哪一行", f"“{name}” {en} and cannot name a row")
            layer.fault(path, said)


def _refused(
    layer: Layer, path: KeyPath, written: Sequence[Any], held: Register, draft: Draft
) -> tuple[RefusedRow, ...]:
    """What makes a row wrong in itself, after noting faults."""
    found = []
    for number, item in enumerate(written):
        shape = layer.read(RefuseShape, item, (*path, number))
        if shape is None or "when" in shape.spoilt:
            continue
        when = read_over_rows(layer, (*path, number, "when"), shape.when, held, draft)
        if when is not None:
            found.append(RefusedRow(when, shape.title))
    return tuple(found)
