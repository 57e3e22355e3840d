"""Duties over rows (逐行的要求): what `each` of a requirement says one duty is about, and when a row is met."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from models.people import counts_births_or_deaths
from models.plan.columns import kind_of_cells
from models.plan.draft import Draft
from models.plan.layers import Layer, did_you_mean
from models.plan.lists import Column, Each, Register
from models.plan.model import covers
from models.plan.over_rows import behind_column, find_register, no_column, read_over_rows
from models.plan.row_expressions import RowExpression
from models.plan.row_figures import people_in_rows
from models.plan.shapes import EachShape, RequirementShape
from models.plan.yaml_lines import Path as KeyPath
from models.units import LEVEL_ZH, LEVELS, OFFICE_LEVELS, Level
from models.wording import Said

_NOT_BESIDE: tuple[Literal["every", "verify", "within", "compare"], ...] = ("every", "verify", "within", "compare")
_MOVING = frozenset({"today", "now", "changed"})
"""What is another moment at every judging, or after every report."""


def read_each(
    layer: Layer, path: KeyPath, shape: RequirementShape, *, scope: str | None, draft: Draft
) -> tuple[Each, Level] | None:
    """What one duty of a requirement is about, and the level of the offices that owe it; None after noting faults.

    scope: the unit at and below which the requirement is owed.
    """
    before = len(layer.faults)
    for key in _NOT_BESIDE:
        if getattr(shape, key) is not None:
            said = Said(f"{key} 不能与 each 并用", f"{key} has no place beside each")
            layer.fault((*path, key), said)
    if shape.met_when is None and "met_when" not in shape.spoilt:
        layer.fault(path, Said("缺少“met_when”", "“met_when” is missing"))
    place = (*path, "each")
    each = layer.read(EachShape, shape.each, place)
    if each is None or "register" in each.spoilt:
        return None
    register = find_register(layer, (*place, "register"), each.register_, draft)
    if register is None:
        return None
    judged_at = _judged_at(layer, path, shape, each, register)
    by = _by(layer, place, each, register, draft)
    of, of_level = _of(layer, (*place, "of"), each, register, scope=scope, judged_at=judged_at)
    _check_owed_by(layer, place, each, register, draft)
    _check_due(layer, path, shape, each, register=register, draft=draft)
    where = each.where and read_over_rows(layer, (*place, "where"), each.where, register, draft, holders=True)
    met_when = shape.met_when and read_over_rows(
        layer, (*path, "met_when"), shape.met_when, register, draft, holders=True
    )
    if where and draft.bound:
        _refuse_small_cells(layer, (*place, "where"), where, register)
    if met_when and draft.bound:
        _refuse_goal(layer, (*path, "met_when"), met_when, register)
    if not met_when or judged_at is None or each.spoilt or len(layer.faults) > before:
        return None
    return Each(
        register=register.id,
        met_when=met_when,
        by=by,
        of=of,
        of_level=of_level,
        met_by_any=each.met_by == "any",
        where=where or None,
        owed_by=each.owed_by,
        due=each.due,
    ), judged_at


def _judged_at(
    layer: Layer, path: KeyPath, shape: RequirementShape, each: EachShape, register: Register
) -> Level | None:
    """The level of the offices that owe the duties, or None after noting why it cannot be."""
    written = "judged_at" in shape.model_fields_set
    if "judged_at" in shape.spoilt:
        return None
    if each.owed_by is not None:
        if written:
            said = Said(
                f"写了 owed_by 的不写 judged_at：由“{each.owed_by}”一栏所填的单位承担",
                f"with owed_by leave judged_at out: whoever the column “{each.owed_by}” names owes it",
            )
            layer.fault((*path, "judged_at"), said)
        return register.kept_by[-1] if register.kept_by else None
    if not written:
        layer.fault(path, Said("缺少“judged_at”", "“judged_at” is missing"))
        return None
    if shape.judged_at not in register.kept_by:
        keepers, named = "、".join(LEVEL_ZH[level] for level in register.kept_by), " or ".join(register.kept_by)
        said = Said(
            f"登记册“{register.title}”由{keepers}负责，{LEVEL_ZH[shape.judged_at]}没有这个登记册，judged_at 应为 {named}",
            f"no {shape.judged_at} keeps the register “{register.id}”; judged_at must be {named}",
        )
        layer.fault((*path, "judged_at"), said)
        return None
    return shape.judged_at


def _by(layer: Layer, place: KeyPath, each: EachShape, register: Register, draft: Draft) -> str | None:
    """The column whose values make a duty each, after noting why it cannot be."""
    if each.by is None:
        for key in ("of", "met_by"):
            if getattr(each, key) is not None:
                said = Said(f"{key} 须与 by 并用", f"{key} needs by")
                layer.fault((*place, key), said)
        return None
    if each.by == "office" and each.owed_by is not None:
        said = Said(
            "by: office 是本单位的全部行合为一项，不能与 owed_by 并用",
            "by: office takes a keeper's rows together and has no place beside owed_by",
        )
        layer.fault((*place, "by"), said)
    if each.by in ("office", "code"):
        return each.by
    column = _column(layer, (*place, "by"), each.by, register, draft)
    if column is not None and (column.several or column.computed is not None):
        said = Said(
            f"“{each.by}”是{'多选' if column.several else '推算'}栏目，不能据以分项",
            f"“{each.by}” {'takes several values' if column.several else 'is computed'} and cannot part the duties",
        )
        layer.fault((*place, "by"), said)
    return each.by


def _column(layer: Layer, path: KeyPath, name: str, register: Register, draft: Draft) -> Column | None:
    column = register.columns.get(name)
    if column is None:
        no_column(layer, path, name, register, draft)
    return column


def _of(
    layer: Layer, path: KeyPath, each: EachShape, register: Register, *, scope: str | None, judged_at: Level | None
) -> tuple[tuple[str, ...], Level | None]:
    """The values that are owed, row or no row, or the level of the units that are; after noting faults."""
    if each.of is None or each.by is None:
        return (), None
    if each.owed_by is not None:
        said = Said(
            "of 列出本单位应有的各项，不能与 owed_by 并用",
            "of lists what each keeper owes and has no place beside owed_by",
        )
        layer.fault(path, said)
    if each.by == "code":
        return (), _of_level(layer, path, each.of, register, judged_at)
    column = register.columns.get(each.by)
    if each.by == "office" or (column is not None and column.type not in ("one_of", "number")):
        said = Said(
            "of 只用于 by 为选项栏目、数的栏目或 code 的要求",
            "of goes with by: a column with one_of or of numbers, or by: code",
        )
        layer.fault(path, said)
        return (), None
    if column is None:
        return (), None
    if each.of == "all" and column.type == "one_of":
        return tuple(value for value in column.values if _holds_beside(column.scopes.get(value), scope)), None
    if not isinstance(each.of, list) or not each.of:
        said = (
            Said("of 应为 all 或取值清单，如 [work-plan, schedule]", "of must be all or a list of values")
            if column.type == "one_of"
            else Said(
                "of 应为数的清单，如 [2019, 2020, 2021]", "of must be a list of numbers, such as [2019, 2020, 2021]"
            )
        )
        layer.fault(path, said)
        return (), None
    return _of_values(layer, path, each.of, column, scope), None


def _holds_beside(one: str | None, other: str | None) -> bool:
    """True where a value that holds at and below one unit may be owed somewhere at and below another."""
    return covers(one, other) or covers(other, one)


def _of_values(
    layer: Layer, path: KeyPath, written: Sequence[object], column: Column, scope: str | None
) -> tuple[str, ...]:
    found: list[str] = []
    for number, value in enumerate(written):
        place = (*path, number)
        text = _label(value)
        if column.type == "number":
            if not isinstance(value, (int, float)) or isinstance(value, bool):
                layer.fault(place, Said(f"of 中的“{value}”应为数", f"“{value}” in of must be a number"))
                continue
        elif text not in column.values:
            near = did_you_mean(text, column.values)
            said = Said(
                f"“{column.id}”没有取值“{text}”" + (f"，是否为“{near}”" if near else ""),
                f"“{column.id}” has no value “{text}”" + (f"; did you mean “{near}”?" if near else ""),
            )
            layer.fault(place, said)
            continue
        elif not covers(column.scopes.get(text), scope):
            said = Said(
                f"取值“{text}”只在 {column.scopes[text]} 及其下级有效，此处不能要求",
                f"the value “{text}” holds at and below {column.scopes[text]} alone and cannot be owed here",
            )
            layer.fault(place, said)
            continue
        if text in found:
            layer.fault(place, Said(f"of 中“{text}”写了两遍", f"“{text}” stands twice in of"))
        found.append(text)
    return tuple(found)


def _label(value: object) -> str:
    """A value as it names a duty: 2020, not 2020.0."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _of_level(
    layer: Layer, path: KeyPath, written: object, register: Register, judged_at: Level | None
) -> Level | None:
    """The level of the units that are owed each, or None after noting why there is none."""
    level = next((level for level in OFFICE_LEVELS if level == written), None)
    if level is None:
        said = Said(
            f"by: code 的 of 应为层级：{'、'.join(OFFICE_LEVELS)}",
            f"with by: code, of must be a level: {', '.join(OFFICE_LEVELS)}",
        )
        layer.fault(path, said)
        return None
    if level not in register.rows_at:
        said = Said(
            f"登记册“{register.title}”的行不写{LEVEL_ZH[level]}代码（rows_at），没有一行能使它达标",
            f"no row of “{register.id}” carries the code of a {level} (rows_at), so none could meet it",
        )
        layer.fault(path, said)
    if judged_at is not None and LEVELS.index(level) < LEVELS.index(judged_at):
        said = Said(f"{LEVEL_ZH[level]}不在{LEVEL_ZH[judged_at]}之下", f"no {level} lies at or below a {judged_at}")
        layer.fault(path, said)
    return level


def _check_owed_by(layer: Layer, place: KeyPath, each: EachShape, register: Register, draft: Draft) -> None:
    if each.owed_by is None:
        return
    column = _column(layer, (*place, "owed_by"), each.owed_by, register, draft)
    if column is not None and column.type != "code":
        said = Said(
            f"owed_by 应是区划代码栏目（type: code），“{each.owed_by}”不是",
            f"owed_by must be a column of codes (type: code); “{each.owed_by}” is none",
        )
        layer.fault((*place, "owed_by"), said)


def _check_due(
    layer: Layer, path: KeyPath, shape: RequirementShape, each: EachShape, *, register: Register, draft: Draft
) -> None:
    """Note a due column that says no moment, or one that moves by itself; and duties that nothing says when are due."""
    if each.due is None:
        if shape.due is None and not {"due"} & (shape.spoilt | each.spoilt):
            said = Said(
                "缺少期限：写 due，或在 each 中写 due: 日期栏目",
                "nothing says when it is due: write due, or in each due: a column of dates",
            )
            layer.fault(path, said)
        return
    place = (*path, "each", "due")
    column = _column(layer, place, each.due, register, draft)
    if column is None:
        return
    if kind_of_cells(column) not in ("date", "moment"):
        said = Said(
            f"each 的 due 应是日期或时刻栏目，“{each.due}”不是；固定的期限写在要求的 due",
            f"due of each must be a column of dates or moments; “{each.due}” is none. A fixed date is the requirement's due",
        )
        layer.fault(place, said)
    moving = sorted(behind_column(register, [each.due]) & _MOVING)
    if moving:
        said = Said(
            f"期限“{each.due}”由 {'、'.join(moving)} 推算，会自行推后，不能作期限",
            f"the due column “{each.due}” is computed from {', '.join(moving)}: it would move later by itself",
        )
        layer.fault(place, said)


def _refuse_goal(layer: Layer, place: KeyPath, met_when: RowExpression, register: Register) -> None:
    """Note numbers about people that a condition over rows makes a goal (条例第五条、统计法第七条)."""
    people = people_in_rows(register, frozenset(met_when.names))
    if people:
        titles, names = "、".join(one.title for one in people), ", ".join(one.id for one in people)
        said = Said(
            f"条件“{met_when.text}”给“{titles}”定了目标：普查数据不得作为要达到的数（条例第五条、统计法第七条）；"
            "请以办理步骤、抽查和差错为条件",
            f"the condition “{met_when.text}” makes a goal of {names}: a figure about people is none (条例 art. 5, 统计法"
            " art. 7); ask for steps of work, checks and faults",
        )
        layer.fault(place, said)


def _refuse_small_cells(layer: Layer, place: KeyPath, where: RowExpression, register: Register) -> None:
    """Note births and deaths by which rows are picked: a notice that names those rows tells the numbers (条例 art. 29)."""
    told = [
        one for one in people_in_rows(register, frozenset(where.names)) if counts_births_or_deaths(one.id, one.title)
    ]
    if told:
        titles, names = "、".join(one.title for one in told), ", ".join(one.id for one in told)
        said = Said(
            f"where“{where.text}”按“{titles}”挑选行：催办时点出这些行，等于透露了其中的小数；请按办理步骤挑选，两个来源的差异用 verify 比对",
            f"where “{where.text}” picks rows by {names}: to name those rows tells the small numbers in them; pick them by steps of"
            " work, and compare two sources by verify",
        )
        layer.fault(place, said)
