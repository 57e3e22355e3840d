"""Why a column of a report cannot be taken in, and what to do about it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from difflib import get_close_matches

from models.plan.lists import Column, Register
from models.plan.model import FROM_CODES, Indicator, Plan
from models.plan.over_rows import behind_column
from models.plan.row_figures import names_behind
from models.rules.registers.frames import CODE
from models.text import title_key
from models.wording import COMMA, Refusal, Said


def refuse_columns(file: str, faults: Sequence[Refusal]) -> None:
    """Refusal with everything that is wrong with the columns of a file, a line each."""
    if faults:
        raise Refusal(
            "\n".join(f"{file}：{fault.said.zh}" for fault in faults),
            "\n".join(f"{file}: {fault.said.en}" for fault in faults),
        )


def unusable(title: str, indicator: Indicator | None, before: Sequence[Indicator], plan: Plan) -> Refusal | None:
    """Why a column cannot be taken in; None if it can."""
    if indicator is None:
        return _unknown(title, plan)
    if indicator in before:
        return Refusal(
            f"“{title}”与另一列是同一指标（{indicator.id}），请只留一列",
            f"“{title}” is the same indicator as another column ({indicator.id}); keep one",
        )
    if indicator.is_counted:
        return Refusal(
            f"“{title}”由系统按联系人表统计，不能上报，请删除该列；请改在联系人表中登记（pucha load --contacts）",
            f"“{title}” is counted from the contacts and cannot be reported; remove the column and enter them there instead"
            " (pucha load --contacts)",
        )
    if indicator.rows is not None:
        return _from_rows(title, plan.registers[indicator.rows.register], names_behind(indicator.rows))
    if indicator.roll_up == "is":
        return _from_others(title, indicator, plan)
    if indicator.where is not None:
        return Refusal(
            f"“{title}”由系统按“{indicator.where.text}”推算，不能上报，请删除该列",
            f"“{title}” is derived from “{indicator.where.text}” and cannot be reported; remove the column",
        )
    if indicator.level == "district" and indicator.roll_up in FROM_CODES:
        return Refusal(
            f"“{title}”按普查小区的行数计数，不能上报，请删除该列",
            f"“{title}” is the number of district rows and cannot be reported; remove the column",
        )
    return None


def _from_rows(title: str, register: Register, telling: Collection[str]) -> Refusal:
    """What to send in place of a total that a list has replaced: whose rows, and which of their columns tell it."""
    asked = columns_to_send(register, telling)
    return Refusal(
        f"“{title}”由系统按“{register.title}”的各行统计，不能上报，请删除该列；请改报“{register.title}”"
        f"（pucha report --register {register.id}），每行填{asked.zh}",
        f"“{title}” is drawn from the rows of {register.id} and cannot be reported; remove the column and report the rows"
        f" instead (pucha report --register {register.id}), each with {asked.en}",
    )


def columns_to_send(register: Register, telling: Collection[str]) -> Said:
    """The columns of a row that tell something: those of its key, and of `telling` what computed ones are made of."""
    behind = behind_column(register, telling)
    names = [name for name in register.columns if name in register.key or name in behind]
    columns = [register.columns[name] for name in names if register.columns[name].computed is None]
    listed = [("区划代码", CODE), *((one.title, one.id) for one in columns)]
    return Said(
        COMMA.zh.join(f"{title}（{name}）" for title, name in listed), COMMA.en.join(name for _, name in listed)
    )


def _from_others(title: str, indicator: Indicator, plan: Plan) -> Refusal:
    """What to send in place of a figure that is worked out at every level."""
    behind = [
        plan.indicators[name] for name in sorted(plan.base_indicators(frozenset({indicator.id})) - {indicator.id})
    ]
    figures = [one for one in behind if one.is_reported]
    lists = [plan.registers[name] for name in sorted({one.rows.register for one in behind if one.rows is not None})]
    named = [(one.title, one.id) for one in figures] + [(one.title, one.id) for one in lists]
    titles = "、".join(f"“{title}”" for title, _ in named)
    ids = ", ".join(name for _, name in named)
    return Refusal(
        f"“{title}”由系统推算，不能上报，请删除该列；请改报{titles}",
        f"“{title}” is worked out from others and cannot be reported; remove the column and report instead: {ids}",
    )


def _unknown(title: str, plan: Plan) -> Refusal:
    same = [indicator.id for indicator in plan.indicators.values() if title_key(indicator.title) == title_key(title)]
    if same:
        listed = "、".join(same)
        shown = _shown(title)
        return Refusal(
            f"有 {len(same)} 项指标都叫“{shown}”，请改用指标代号（{listed}）",
            f"{len(same)} indicators are called “{shown}”; use the id instead ({listed})",
        )
    replaced = replaced_total(title, plan)
    if replaced is not None:
        return _from_rows(title, replaced, frozenset(replaced.columns))
    return unknown_column(
        title,
        plan.indicators.values(),
        Said("列名应为指标名称或代号", "a column must be an indicator's id or title"),
    )


def unknown_column(title: str, known: Iterable[Indicator | Column], ought: Said) -> Refusal:
    """Why a column cannot be read that none of `known` is called by; ought: what it would have to be called by."""
    meant: list[Indicator | Column] = list(known)
    shown, named, ids = _shown(title), {one.title: one.id for one in meant}, [one.id for one in meant]
    near = get_close_matches(title, named, 2, 0.5) + get_close_matches(title_key(title), ids, 2, 0.6)
    near = [f"{name}（{named[name]}）" if name in named else name for name in near]
    if near:
        listed = "、".join(near)
        return Refusal(
            f"不认识“{shown}”一列，是否为 {listed}；不需要的列请删除",
            f"unknown column “{shown}”; did you mean {listed}? Remove columns that are not asked for",
        )
    return Refusal(
        f"不认识“{shown}”一列，{ought.zh}；不需要的列请删除",
        f"unknown column “{shown}”: {ought.en}; remove columns that are not asked for",
    )


def replaced_total(title: str, plan: Plan) -> Register | None:
    """The list that offices keep in place of a total of that id or title; None where there is none."""
    plain = title_key(title)
    for register in plan.registers.values():
        for name, said in register.instead_of.items():
            if plain in (name, title_key(said)) or plain.startswith(f"{title_key(said)}("):
                return register
    return None


def _shown(title: str) -> str:
    return title if len(title) <= 40 else f"{title[:40]}…"
