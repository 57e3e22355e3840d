"""Expressions over the rows of a register as a plan gives them: read, and checked against the register's columns."""

from __future__ import annotations

import re
from collections.abc import Collection

from models.plan.columns import kind_of_cells
from models.plan.draft import Draft
from models.plan.grammar import ExpressionError
from models.plan.layers import Layer, did_you_mean
from models.plan.lists import Column, Register
from models.plan.roles import holders_in_rows
from models.plan.row_expressions import KNOWN_OF_ROWS, Kind, RowExpression, read_row_expression
from models.plan.yaml_lines import Path as KeyPath
from models.wording import Said


def read_over_rows(
    layer: Layer,
    path: KeyPath,
    text: str,
    register: Register,
    draft: Draft,
    *,
    wanted: Kind = "truth",
    holders: bool = False,
) -> RowExpression | None:
    """An expression over the rows of a register, a condition unless another kind is `wanted`; None after noting faults.

    holders: whether it may ask how many contacts answer for a row: that is for duties and figures, not for the row itself.
    """
    if _speaks_of_failed(text, register, draft):
        return None
    kinds = {name: kind_of_cells(column) for name, column in register.columns.items()}
    asked_of = holders_in_rows(draft.roles)
    if not holders and (named := sorted(set(re.findall(r"[a-z][a-z0-9_]*", text)) & set(asked_of))):
        said = Said(
            f"“{named[0]}”数的是联系人，只能写在要求和指标的条件里，不能用来推算栏目或退回行",
            f"“{named[0]}” counts contacts: it may stand in conditions of requirements and indicators, not in what computes a"
            " column or refuses a row",
        )
        layer.fault(path, said)
        return None
    kinds |= asked_of if holders else {}
    try:
        expression = read_row_expression(text, kinds, wanted)
    except ExpressionError as fault:
        layer.refuse(path, fault)
        return None
    before = len(layer.faults)
    for name, value in expression.compared:
        column = register.columns.get(name)
        if column is not None and column.type == "one_of":
            check_value(layer, path, text, value, column)
    return expression if len(layer.faults) == before else None


def _speaks_of_failed(text: str, register: Register, draft: Draft) -> bool:
    """True where a text speaks of a column whose own definition has faults, so that it would only echo them."""
    own = f"{register.id}."
    written = {name.removeprefix(own) for kind, name in draft.claimed if kind == "column" and name.startswith(own)}
    return not (written - set(register.columns)).isdisjoint(re.findall(r"[a-z][a-z0-9_]*", text))


def check_value(layer: Layer, path: KeyPath, text: str, value: str, column: Column) -> None:
    """Note a text in an expression that a column can never hold."""
    said = unknown_value(text, value, column)
    if said is not None:
        layer.fault(path, said)


def unknown_value(text: str, value: str, column: Column) -> Said | None:
    """What is said of a text in an expression that a column can never hold; None for one of its values."""
    if value in column.values:
        return None
    titled = next((one for one, title in column.values.items() if title == value), None)
    near = titled or did_you_mean(value, column.values)
    return Said(
        f"“{text}”中的 '{value}' 不是“{column.id}”的取值" + (f"，是否为 '{near}'" if near else ""),
        f"'{value}' in “{text}” is no value of “{column.id}”" + (f"; did you mean '{near}'?" if near else ""),
    )


def behind_column(register: Register, names: Collection[str]) -> frozenset[str]:
    """`names` of columns and of all that they are computed from; what every row knows among them."""
    found: set[str] = set()
    left = list(names)
    while left:
        name = left.pop()
        if name in found:
            continue
        found.add(name)
        column = register.columns.get(name)
        if column is not None and column.computed is not None:
            left.extend(column.computed.names)
    return frozenset(found)


def no_column(layer: Layer, path: KeyPath, name: str, register: Register, draft: Draft) -> None:
    """Note that a register has no column of that name, unless its definition failed."""
    if ("column", f"{register.id}.{name}") in draft.claimed:
        return
    near = did_you_mean(name, [*register.columns, *KNOWN_OF_ROWS])
    said = Said(
        f"登记册“{register.id}”没有栏目“{name}”" + (f"，是否为“{near}”" if near else ""),
        f"the register “{register.id}” has no column “{name}”" + (f"; did you mean “{near}”?" if near else ""),
    )
    layer.fault(path, said)


def find_register(layer: Layer, path: KeyPath, name: str, draft: Draft) -> Register | None:
    """The register of that id, or None after noting that there is none."""
    found = draft.registers.get(name)
    if found is None and not draft.knows("register", name):
        near = did_you_mean(name, draft.names("register"))
        said = Said(
            f"没有登记册“{name}”" + (f"，是否为“{near}”" if near else ""),
            f"there is no register “{name}”" + (f"; did you mean “{near}”?" if near else ""),
        )
        layer.fault(path, said)
    return found
