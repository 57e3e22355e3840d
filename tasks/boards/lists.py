"""Lists and the calendar: what is overdue with its reason, every duty not met, and the phases over the months."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from models.status import PHASE_STATE, STANDING, TIMING, DutyLine, Survey
from models.units import prefix_superiors
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
    linked,
    links_line,
    more,
    overdue_key,
    phase_key,
    size,
    table,
    title_of,
)

NO_BREAK = "\u2011"
"""A hyphen at which a narrow column does not break a date."""

WORD_JOINER = "\u2060"


def overdue_list(survey: Survey, links: Links, lang: Lang) -> Page:
    """Everything overdue at and below the office, the oldest first, each with the figures that say why."""
    what = words.OVERDUE_LIST.inn(lang)
    late = [line for line in survey.duties if line.timing == "overdue"]
    lines = [*heading(survey, what, lang), _back(survey, links, lang), ""]
    if not late:
        lines.append(Said("没有逾期事项。", "Nothing is overdue.").inn(lang))
    else:
        lines += [
            Said(f"共 {survey.overdue} 项逾期，逾期最久的在前。", f"{survey.overdue} overdue, the longest first.").inn(
                lang
            )
        ]
        rows = duty_rows(late, survey, links, lang)
        lines += ["", *table(urgent_heads(lang), rows, MOST_BYTES - size(lines) - 200, lang)]
        if survey.overdue > len(late):
            lines += ["", more(survey.overdue - len(late), lang)]
    return Page(overdue_key(survey.unit.code), title_of(survey, what, lang), "markdown", "\n".join(lines))


def urgent_heads(lang: Lang) -> list[str]:
    """Headings of `duty_rows`."""
    said = [one.inn(lang) for one in (words.UNIT, words.REQUIREMENT, words.DUE, words.DELAY, words.REASON)]
    return [unbroken(one) if len(one) <= 2 else one for one in said]


def duty_rows(lines: Iterable[DutyLine], survey: Survey, links: Links, lang: Lang) -> list[list[str]]:
    """Duties as rows of a Markdown table: office, requirement, due, delay, reason."""
    return [
        [
            linked(line.unit_name, _nearest_board(line.unit, links), links),
            cell(requirement_named(line, lang)),
            words.due_day(line.due, survey.as_of).replace("-", NO_BREAK),
            unbroken(words.delay(line.due, survey.as_of, lang)),
            cell(line.reason.inn(lang)),
        ]
        for line in lines
    ]


def unbroken(text: str) -> str:
    """Text that stays on one line however narrow its column is: Chinese may break after any letter."""
    return WORD_JOINER.join(text)


def _nearest_board(unit: str, links: Links) -> str:
    """The board of the office itself, else of the nearest office above it that has one."""
    above = [board_key(code) for code in prefix_superiors(unit) if board_key(code) in links]
    return next(iter(above), board_key(unit)) if board_key(unit) not in links else board_key(unit)


def requirement_named(line: DutyLine, lang: Lang) -> str:
    """A requirement with its schedule number and, if periodic, its period."""
    number = Said(f"第{line.no}项 ", f"item {line.no}: ").inn(lang) if line.no is not None else ""
    period = Said(f"（{line.period}）", f" ({line.period})").inn(lang) if line.period else ""
    return f"{number}{line.title}{period}"


def duty_table(survey: Survey, lang: Lang) -> Page:
    """Every duty not met, as a table that the screen can search. Plain text: its cells show no links."""
    what = words.DUTY_TABLE.inn(lang)
    rows: list[dict[str, str]] = []
    left = MOST_BYTES - 2_000
    for line in survey.duties[:MOST_ROWS]:
        row = {
            words.UNIT.inn(lang): line.unit_name,
            words.PHASE.inn(lang): line.phase_title,
            words.REQUIREMENT.inn(lang): requirement_named(line, lang),
            words.SITUATION.inn(lang): _situation(line, lang),
            words.DUE.inn(lang): words.due_day(line.due, survey.as_of),
            words.REASON.inn(lang): line.reason.inn(lang),
        }
        left -= sum(len(key.encode()) + len(value.encode()) + 12 for key, value in row.items())
        if left < 0:
            break
        rows.append(row)
    if survey.not_met > len(rows):
        rows.append({words.UNIT.inn(lang): more(survey.not_met - len(rows), lang)})
    if not rows:
        rows = [{words.UNIT.inn(lang): Said("全部达标", "everything is met").inn(lang)}]
    return Page(duties_key(survey.unit.code), title_of(survey, what, lang), "table", tuple(rows))


def _situation(line: DutyLine, lang: Lang) -> str:
    return f"{STANDING[line.standing].inn(lang)} · {TIMING[line.timing].inn(lang)}"


def calendar(survey: Survey, links: Links, lang: Lang) -> Page:
    """The phases over the months with today's line, and their days as a table."""
    what = words.CALENDAR.inn(lang)
    heads = [said.inn(lang) for said in (words.PHASE, words.PERIOD, words.STATE, Said("进入条件", "may start after"))]
    titles = {phase.id: phase.title for phase in survey.phases}
    rows = [
        [
            linked(phase.title, phase_key(phase.id, survey.unit.code), links),
            words.span(phase.starts, phase.ends),
            PHASE_STATE[phase.state].inn(lang),
            _waiting(phase.blocked_by, titles, lang),
        ]
        for phase in survey.phases
    ]
    lines = [
        *heading(survey, what, lang),
        _back(survey, links, lang),
        "",
        drawn_calendar(survey, lang),
        "",
        *table(heads, rows, MOST_BYTES, lang),
    ]
    return Page(calendar_key(survey.unit.code), title_of(survey, what, lang), "markdown", "\n".join(lines))


def drawn_calendar(survey: Survey, lang: Lang) -> str:
    """The calendar as a Markdown image."""
    bars = [
        drawing.Bar(phase.title, phase.state, phase.starts, phase.ends, words.span(phase.starts, phase.ends))
        for phase in survey.phases
    ]
    today = Said(f"截至 {words.short_at(survey.as_of)}", f"as of {words.short_at(survey.as_of)}").inn(lang)
    standard = Said(
        f"标准时点 {words.short_at(survey.standard_time)}", f"standard time {words.short_at(survey.standard_time)}"
    ).inn(lang)
    svg = drawing.timeline(bars, survey.as_of, today, survey.standard_time, standard)
    return drawing.image(svg, Said("各阶段日程图", "the phases over the months").inn(lang))


def _waiting(blocked_by: Sequence[str], titles: dict[str, str], lang: Lang) -> str:
    if not blocked_by:
        return Said("已具备", "met").inn(lang)
    names = Said("、", ", ").inn(lang).join(titles.get(one, one) for one in blocked_by)
    return cell(Said(f"待{names}通过", f"waits for {names}").inn(lang))


def _back(survey: Survey, links: Links, lang: Lang) -> str:
    return links_line([(words.BOARD.inn(lang), board_key(survey.unit.code))], links)
