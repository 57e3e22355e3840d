"""The board of an office (进度看板): every phase at it and at the offices below, the calendar, what is most urgent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from models.moments import delay
from models.status import PHASE_STATE, DutyStatus, PhaseStatus, Status, UnitStatus
from models.vocabulary import NOTHING_OWED, awaited, bracketed, counts_of, lateness_of, state_of
from models.wording import COMMA, Lang, Said
from tasks.boards import drawing, words
from tasks.boards.lists import drawn_calendar, duty_rows, nearest_board, requirement_named, urgent_heads
from tasks.boards.page import (
    MOST_BYTES,
    Links,
    Page,
    board_key,
    calendar_key,
    cell,
    duties_key,
    heading,
    linked,
    links_line,
    more,
    overdue_key,
    phase_key,
    size,
    table,
    title_of,
    worst_due_of,
)

MOST_DRAWN = 60
PHASES_A_PICTURE = 8
MOST_URGENT = 10
MOST_COMING = 5


def board(status: Status, links: Links, lang: Lang) -> Page:
    """Phases × offices in words and colour, then the same figures as tables with links down and up."""
    unit = status.unit.code
    what = words.BOARD.in_language(lang)
    lines = [*heading(status, what, lang), *_neighbours(status, links, lang), "", *_headline(status, lang), ""]
    lines += _due_soon(status, links, lang)
    if status.below:
        lines += [*_heat_maps(status, lang), ""]
    lines += [f"#### {Said('各阶段', 'Phases').in_language(lang)}", "", *_phase_table(status, links, lang), ""]
    lines += [*_set_lines(status, lang)]
    lines += [f"#### {Said('日程', 'Calendar').in_language(lang)}", "", drawn_calendar(status, lang), ""]
    urgent = [duty for duty in status.duties if duty.timing == "overdue"][:MOST_URGENT]
    if urgent:
        lines += [f"#### {Said('逾期最久的事项', 'Overdue the longest').in_language(lang)}", ""]
        lines += [*table(urgent_heads(lang), duty_rows(urgent, status, links, lang), MOST_BYTES, lang), ""]
    if status.below:
        lines += [f"#### {Said('下级单位', 'Offices below').in_language(lang)}", ""]
        lines += [*_unit_table(status, links, MOST_BYTES - size(lines) - 400, lang), ""]
        lines += _without_page(status.below, links, lang)
    return Page(board_key(unit), title_of(status, what, lang), "markdown", "\n".join(lines))


def _neighbours(status: Status, links: Links, lang: Lang) -> list[str]:
    unit = status.unit.code
    above = []
    if status.superior:
        code, name = status.superior
        above = [(Said(f"上级：{name}", f"Superior: {name}").in_language(lang), board_key(code))]
    entries = [
        *above,
        (words.OVERDUE_LIST.in_language(lang), overdue_key(unit)),
        (words.CALENDAR.in_language(lang), calendar_key(unit)),
        (words.DUTY_TABLE.in_language(lang), duties_key(unit)),
    ]
    return [links_line(entries, links)]


def _headline(status: Status, lang: Lang) -> list[str]:
    """The one thing to read if nothing else is read."""
    stop = Said("。", ".").in_language(lang)
    said = [
        f"**{lateness_of(status.phases, status.as_of).in_language(lang)}{stop}**",
        f"{counts_of(status.phases).in_language(lang)}{stop}",
    ]
    blocked = [
        f"{phase.title}{bracketed(awaited(phase).in_language(lang), lang)}"
        for phase in status.phases
        if phase.state == "blocked"
    ]
    if blocked:
        listed = COMMA.in_language(lang).join(blocked)
        state = PHASE_STATE["blocked"]
        said.append(Said(f"{state.zh}：{cell(listed)}。", f"Blocked: {cell(listed)}.").in_language(lang))
    return ["\n\n".join(said)]


def _due_soon(status: Status, links: Links, lang: Lang) -> list[str]:
    """What comes next and is not met yet, the office's own first: a line a requirement and day, with the figures that say why."""
    own = status.unit.code
    owing: dict[tuple[str, str, str, datetime | None], list[DutyStatus]] = {}
    for duty in sorted((one for one in status.duties if one.timing == "due_soon"), key=lambda one: one.unit != own):
        owing.setdefault((duty.phase, duty.requirement, duty.period, duty.due), []).append(duty)
    if not owing:
        return []
    lines = [f"#### {Said('即将到期', 'Due soon').in_language(lang)}", ""]
    for first, *others in list(owing.values())[:MOST_COMING]:
        unit = linked(first.unit_name, nearest_board(first.unit, links), links)
        who = Said(f"{unit}等", f"{unit} and others").in_language(lang) if others else unit
        what, why = cell(requirement_named(first, lang)), cell(first.reason.in_language(lang))
        if others:
            why = Said(f"其中{cell(first.unit_name)}：{why}", f"{cell(first.unit_name)}: {why}").in_language(lang)
        day = words.due_day(first.due)
        said = Said(f"{who}：{what}，期限{day}。{why}。", f"{who}: {what}, by {day}. {why}.")
        lines.append(f"- {said.in_language(lang)}")
    return [*lines, ""]


def _heat_maps(status: Status, lang: Lang) -> list[str]:
    shown, hidden = drawn_units(status.below)
    rows: list[tuple[str, Sequence[PhaseStatus]]] = [
        (words.TOTAL.in_language(lang), status.phases),
        *((unit.name, unit.phases) for unit in shown),
    ]
    colours = drawing.legend((state, PHASE_STATE[state].in_language(lang)) for state in words.STATE_ORDER)
    alt = Said(f"{status.unit.name}各单位各阶段情况图", f"offices and phases of {status.unit.name}").in_language(lang)
    how_many = max(1, -(-len(status.phases) // PHASES_A_PICTURE))
    width = -(-len(status.phases) // how_many) if status.phases else 1
    lines = [
        f"#### {Said('各单位各阶段', 'Offices and phases').in_language(lang)}",
        "",
        drawing.image(colours, Said("图例", "legend").in_language(lang)),
        "",
    ]
    for first in range(0, len(status.phases), width):
        heads = [phase.title for phase in status.phases[first : first + width]]
        drawn = [(name, [_cell(p, status, lang) for p in phases[first : first + width]]) for name, phases in rows]
        lines += [drawing.image(drawing.heat_map(heads, drawn), alt), ""]
    lines.append(
        Said(
            "每格上行为状态（逾期的写明最长逾期），下行为已达标/应达标项数，均含其下级。",
            "Each field: the state (with the longest delay), and duties met of those owed, everything below included.",
        ).in_language(lang)
    )
    if hidden:
        lines += ["", more(hidden, lang)]
    return lines


def drawn_units(below: Sequence[UnitStatus]) -> tuple[list[UnitStatus], int]:
    """The offices to draw, in code order; where there are too many, those with the most overdue."""
    if len(below) <= MOST_DRAWN:
        return list(below), 0
    worst = sorted(below, key=lambda unit: -sum(phase.overdue for phase in unit.phases))[:MOST_DRAWN]
    return sorted(worst, key=lambda unit: unit.code), len(below) - MOST_DRAWN


def _cell(phase: PhaseStatus, status: Status, lang: Lang) -> drawing.Cell:
    if not phase.owed + phase.waived:
        return drawing.Cell(None, NOTHING_OWED.in_language(lang), "")
    word = words.field_word(phase, status.as_of, lang)
    return drawing.Cell(phase.state, word, words.share(phase.met, phase.owed, lang))


def _phase_table(status: Status, links: Links, lang: Lang) -> list[str]:
    heads = [
        said.in_language(lang)
        for said in (words.PHASE, words.STATE, words.MET_OF_OWED, words.UNREPORTED_DUE, words.OVERDUE, words.WORST)
    ]
    rows = [
        [
            linked(phase.title, phase_key(phase.id, status.unit.code), links),
            cell(state_of(phase).in_language(lang)),
            f"{phase.met}/{phase.owed}",
            str(phase.unreported_due),
            str(phase.overdue),
            delay(phase.worst_due, status.as_of, lang),
        ]
        for phase in status.phases
    ]
    return table(heads, rows, MOST_BYTES, lang)


def _unit_table(status: Status, links: Links, room: int, lang: Lang) -> list[str]:
    heads = [
        said.in_language(lang)
        for said in (
            words.UNIT,
            words.OVERDUE_PHASES,
            words.MET_OF_OWED,
            words.UNREPORTED_DUE,
            words.OVERDUE,
            words.WORST,
        )
    ]
    rows = []
    for unit in status.below:
        worst = worst_due_of(unit.phases)
        rows.append(
            [
                linked(unit.name, board_key(unit.code), links),
                _late_phases(unit, lang),
                f"{sum(p.met for p in unit.phases)}/{sum(p.owed for p in unit.phases)}",
                str(sum(p.unreported_due for p in unit.phases)),
                str(sum(p.overdue for p in unit.phases)),
                delay(worst.worst_due if worst else None, status.as_of, lang),
            ]
        )
    return table(heads, rows, room, lang)


def _late_phases(unit: UnitStatus, lang: Lang) -> str:
    titles = [phase.title for phase in unit.phases if phase.overdue]
    if not titles:
        return words.NONE.in_language(lang)
    listed = cell(COMMA.in_language(lang).join(titles[:3]))
    if len(titles) <= 3:
        return listed
    return listed + Said(f"等{len(titles)}个", f" and {len(titles) - 3} more").in_language(lang)


def _set_lines(status: Status, lang: Lang) -> list[str]:
    owing = [one for one in status.sets if one.owed]
    if not owing:
        return []
    lines = [
        Said(
            f"* {cell(one.title)}：{one.met}/{one.owed} 个单位全部落实",
            f"* {cell(one.title)}: all met by {one.met} of {one.owed} offices",
        ).in_language(lang)
        for one in owing
    ]
    return [f"#### {Said('专项落实', 'Named sets').in_language(lang)}", "", *lines, ""]


def _without_page(below: Sequence[UnitStatus], links: Links, lang: Lang) -> list[str]:
    if all(board_key(unit.code) in links for unit in below):
        return []
    return [
        Said(
            "名称没有链接的单位尚未单独发布看板：在部署页选任一阶段，“单位”填该单位代码运行一次即可。",
            "An office without a link has no board of its own yet: run any phase with its code to publish one.",
        ).in_language(lang)
    ]
