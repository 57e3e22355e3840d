"""Doubts about registers (登记册的疑点): rows that reach no figure and no office, conditions that look at no row."""

from __future__ import annotations

from collections.abc import Iterator

from models.plan.draft import Places
from models.plan.layers import Fault
from models.plan.lists import Register
from models.plan.model import Indicator, Plan, Requirement
from models.text import name_key
from models.units import LEVEL_ZH, LEVELS, Level
from models.wording import Said

_THE_SAME_FOR_ALL = frozenset({"today", "now", "t0"})


def register_doubts(plan: Plan, places: Places) -> Iterator[Fault]:
    """Rows that no figure counts, duties of offices that no row can fall to, conditions over rows that look at
    no row, values that no move leads to, registers that a header cannot tell apart."""
    for indicator in plan.indicators.values():
        yield from _above_the_level(plan, indicator, places)
    for requirement in plan.requirements:
        yield from _duties(plan, requirement, places)
    for register in plan.registers.values():
        yield from _never_reached(register, places)
    yield from _headers(plan, places)


def _above_the_level(plan: Plan, indicator: Indicator, places: Places) -> Iterator[Fault]:
    if indicator.rows is None or indicator.rows.own:
        return
    register = plan.registers[indicator.rows.register]
    counted = _counted(plan, register)
    above = [level for level in register.rows_at if LEVELS.index(level) < LEVELS.index(indicator.level)]
    above = [level for level in above if level not in counted]
    if above:
        left_out = "、".join(LEVEL_ZH[level] for level in above)
        said = Said(
            f"登记册“{register.title}”的行可写{left_out}代码，这些行不计入{LEVEL_ZH[indicator.level]}的“{indicator.title}”",
            f"rows of “{register.id}” may carry the code of a {' or '.join(above)}, and are then in no figure of"
            f" “{indicator.id}”, which is drawn at each {indicator.level}",
        )
        yield Fault(*places["indicator", indicator.id], said)


def _counted(plan: Plan, register: Register) -> frozenset[Level]:
    """The levels whose rows count in some figure."""
    figures = [one.level for one in plan.indicators.values() if one.rows and one.rows.register == register.id]
    highest = min(LEVELS.index(one) for one in figures)
    return frozenset(level for level in register.rows_at if LEVELS.index(level) >= highest)


def _duties(plan: Plan, requirement: Requirement, places: Places) -> Iterator[Fault]:
    each = requirement.each
    if each is None:
        return
    register = plan.registers[each.register]
    place = places["requirement", requirement.key]
    if each.owed_by is None and not any(
        _keeper(register, level) == requirement.judged_at for level in register.rows_at
    ):
        level = LEVEL_ZH[requirement.judged_at]
        said = Said(
            f"登记册“{register.title}”没有一行归{level}负责：各级的行都由更近的单位负责，“{requirement.title}”无从达标",
            f"no row of “{register.id}” falls to a {requirement.judged_at}: offices nearer to the rows keep them all, so"
            f" “{requirement.key}” asks for nothing",
        )
        yield Fault(*place, said)
    if each.due is not None and not requirement.dues and (each.of or each.of_level):
        said = Said(
            f"“{requirement.title}”的期限只在行中，应有而没有行的各项没有期限，不会催办：请另写 due",
            f"“{requirement.key}” is due by its rows alone: what is owed and has no row is never due; write due as well",
        )
        yield Fault(*place, said)
    if not set(each.met_when.names) - _THE_SAME_FOR_ALL:
        said = Said(
            f"“{requirement.title}”的条件“{each.met_when.text}”不看任何栏目，各行的结果都一样",
            f"the condition of “{requirement.key}”, “{each.met_when.text}”, looks at no column: every row comes out alike",
        )
        yield Fault(*place, said)


def _never_reached(register: Register, places: Places) -> Iterator[Fault]:
    """Values that only a new row can have: the first is where rows begin, of any other a move is likely to be missing."""
    for column in register.columns.values():
        if column.moves is None:
            continue
        led_to = {value for following in column.moves.values() for value in following}
        # what an overlay added is an end that the plan below could not know of
        never = [one for one in list(column.values)[1:] if one not in led_to and one not in column.scopes]
        if never:
            listed = "、".join(f"“{column.values[one]}”" for one in never)
            said = Said(
                f"登记册“{register.title}”的“{column.title}”中，moves 没有一步通到{listed}，只有新的一行才能填",
                f"no move of “{register.id}.{column.id}” leads to {', '.join(never)}: only a new row may have it",
            )
            yield Fault(*places["register", register.id], said)


def _keeper(register: Register, level: Level) -> Level | None:
    """The level of the office that answers for a row of a level: the nearest at or above it that keeps the register."""
    at_or_above = LEVELS[: LEVELS.index(level) + 1]
    return next((one for one in reversed(at_or_above) if one in register.kept_by), None)


def _headers(plan: Plan, places: Places) -> Iterator[Fault]:
    """Registers with the same columns, or of one title: a file, or a sheet of that name, fits both."""
    seen: dict[frozenset[str], Register] = {}
    titled: dict[str, Register] = {}
    for register in plan.registers.values():
        same = titled.setdefault(name_key(register.title), register)
        if same is not register:
            said = Said(
                f"登记册“{register.id}”与“{same.id}”同名（{register.title}），按工作表名上报时无法区分",
                f"the registers “{register.id}” and “{same.id}” share the title {register.title}: the name of a sheet cannot"
                " tell them apart",
            )
            yield Fault(*places["register", register.id], said)
        header = frozenset(name_key(column.title) for column in register.reported)
        other = seen.setdefault(header, register)
        if other is not register:
            said = Said(
                f"登记册“{register.title}”与“{other.title}”的栏目完全相同，上报时须用 --register 指明是哪一个",
                f"the registers “{register.id}” and “{other.id}” have the same columns: a report must name one by --register",
            )
            yield Fault(*places["register", register.id], said)
