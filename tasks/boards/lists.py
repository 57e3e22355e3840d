"""Lists and the calendar: what is overdue with its reason, every duty not met, and the phases over the months."""

from __future__ import annotations

from collections.abc import Iterable

from models.moments import delay
from models.status import STANDING, DutyStatus, PhaseStatus, Status
from models.units import prefix_superiors
from models.vocabulary import BY_DEFAULT, awaited, bracketed, state_of, timing_of
from models.wording import Lang, Said
from tasks.boards import drawing, words
from tasks.boards.page import (
    MOST_BYTES,
    MOST_ROWS,
    Links,
    Page,
    board_key,
    calendar_key,
    cell,
    duties_key,
    heading,
    in_pieces,
    linked,
    links_line,
    more,
    overdue_key,
    phase_key,
    plain,
    size,
    table,
    title_of,
    unbroken,
)

NO_BREAK = "\u2011"
"""A hyphen at which a narrow column does not break a date."""


def overdue_list(status: Status, links: Links, lang: Lang) -> Page:
    """Everything overdue at and below the office, the oldest first, each with the figures that say why."""
    what = words.OVERDUE_LIST.in_language(lang)
    late = [duty for duty in status.duties if duty.timing == "overdue"]
    lines = [*heading(status, what, lang), _back(status, links, lang), ""]
    if not late:
        lines.append(Said("没有逾期事项。", "Nothing is overdue.").in_language(lang))
    else:
        lines += [
            Said(
                f"共 {status.overdue} 项逾期，逾期最久的在前。", f"{status.overdue} overdue, the longest first."
            ).in_language(lang)
        ]
        rows = duty_rows(late, status, links, lang)
        lines += ["", *table(urgent_heads(lang), rows, MOST_BYTES - size(lines) - 200, lang)]
        if status.overdue > len(late):
            lines += ["", more(status.overdue - len(late), lang)]
    return Page(overdue_key(status.unit.code), title_of(status, what, lang), "markdown", "\n".join(lines))


def urgent_heads(lang: Lang) -> list[str]:
    """Headings of `duty_rows`."""
    said = [one.in_language(lang) for one in (words.UNIT, words.REQUIREMENT, words.DUE, words.DELAY, words.REASON)]
    return [unbroken(one) if len(one) <= 2 else one for one in said]


def duty_rows(duties: Iterable[DutyStatus], status: Status, links: Links, lang: Lang) -> list[list[str]]:
    """Duties as rows of a Markdown table: office, requirement, due, delay, reason."""
    return [
        [
            linked(duty.unit_name, nearest_board(duty.unit, links), links),
            cell(requirement_named(duty, lang)),
            words.due_day(duty.due).replace("-", NO_BREAK),
            _delay(duty, status, lang),
            cell(duty.reason.in_language(lang)),
        ]
        for duty in duties
    ]


def _delay(duty: DutyStatus, status: Status, lang: Lang) -> str:
    """How late a duty is: 12天, 12天（按默认期限）."""
    late = unbroken(delay(duty.due, status.as_of, lang))
    return late + in_pieces(bracketed(BY_DEFAULT.in_language(lang) if duty.late_by_default else None, lang))


def nearest_board(unit: str, links: Links) -> str:
    """The board of the office itself, else of the nearest office above it that has one."""
    above = [board_key(code) for code in prefix_superiors(unit) if board_key(code) in links]
    return next(iter(above), board_key(unit)) if board_key(unit) not in links else board_key(unit)


def requirement_named(duty: DutyStatus, lang: Lang) -> str:
    """A requirement with its schedule number and, if periodic, its period."""
    number = Said(f"第{duty.no}项 ", f"item {duty.no}: ").in_language(lang) if duty.no is not None else ""
    return f"{number}{duty.title}{bracketed(duty.period_text.in_language(lang), lang)}"


def duty_table(status: Status, lang: Lang) -> Page:
    """Every duty not met, as a table that the screen can search. Plain text: its cells show no links."""
    what = words.DUTY_TABLE.in_language(lang)
    rows: list[dict[str, str]] = []
    left = MOST_BYTES - 2_000
    for duty in status.duties[:MOST_ROWS]:
        row = {
            words.UNIT.in_language(lang): plain(duty.unit_name),
            words.PHASE.in_language(lang): plain(duty.phase_title),
            words.REQUIREMENT.in_language(lang): plain(requirement_named(duty, lang)),
            words.SITUATION.in_language(lang): situation(duty, lang),
            words.DUE.in_language(lang): words.due_day(duty.due),
            words.REASON.in_language(lang): plain(duty.reason.in_language(lang)),
        }
        left -= sum(len(key.encode()) + len(value.encode()) + 12 for key, value in row.items())
        if left < 0:
            break
        rows.append(row)
    if status.not_met > len(rows):
        rows.append({words.UNIT.in_language(lang): more(status.not_met - len(rows), lang)})
    if not rows:
        rows = [{words.UNIT.in_language(lang): Said("全部达标", "everything is met").in_language(lang)}]
    return Page(duties_key(status.unit.code), title_of(status, what, lang), "table", tuple(rows))


def situation(duty: DutyStatus, lang: Lang) -> str:
    """How a duty stands, and how near its due moment is: 未达标 · 逾期."""
    return f"{STANDING[duty.standing].in_language(lang)} · {timing_of(duty, lang)}"


def calendar(status: Status, links: Links, lang: Lang) -> Page:
    """The phases over the months with today's line, and their days as a table."""
    what = words.CALENDAR.in_language(lang)
    heads = [
        said.in_language(lang) for said in (words.PHASE, words.PERIOD, words.STATE, Said("进入条件", "may start after"))
    ]
    rows = [
        [
            linked(phase.title, phase_key(phase.id, status.unit.code), links),
            words.span(phase.starts, phase.ends),
            cell(state_of(phase).in_language(lang)),
            _may_start(phase, lang),
        ]
        for phase in status.phases
    ]
    lines = [
        *heading(status, what, lang),
        _back(status, links, lang),
        "",
        drawn_calendar(status, lang),
        "",
        *table(heads, rows, MOST_BYTES, lang),
    ]
    return Page(calendar_key(status.unit.code), title_of(status, what, lang), "markdown", "\n".join(lines))


def drawn_calendar(status: Status, lang: Lang) -> str:
    """The calendar as a Markdown image."""
    bars = [
        drawing.Bar(
            title=phase.title,
            state=phase.state if phase.owed or phase.waived else None,
            starts=phase.starts,
            ends=phase.ends,
            note=words.span(phase.starts, phase.ends),
        )
        for phase in status.phases
    ]
    today = Said(f"截至 {words.short_at(status.as_of)}", f"as of {words.short_at(status.as_of)}").in_language(lang)
    standard = Said(
        f"标准时点 {words.short_at(status.standard_time)}", f"standard time {words.short_at(status.standard_time)}"
    ).in_language(lang)
    svg = drawing.timeline(bars, status.as_of, today, status.standard_time, standard)
    return drawing.image(svg, Said("各阶段日程图", "the phases over the months").in_language(lang))


def _may_start(phase: PhaseStatus, lang: Lang) -> str:
    if not phase.blocked_by:
        return Said("已具备", "met").in_language(lang)
    return cell(awaited(phase).in_language(lang))


def _back(status: Status, links: Links, lang: Lang) -> str:
    return links_line([(words.BOARD.in_language(lang), board_key(status.unit.code))], links)
