"""The page of one phase at one office, and the sheet that one run of it leaves behind."""

from __future__ import annotations

from collections.abc import Sequence

from models.moments import delay
from models.status import DutyStatus, PhaseStatus, Status
from models.vocabulary import BY_DEFAULT, bracketed, state_of
from models.wording import Lang, Said
from tasks.boards import drawing, words
from tasks.boards.lists import duty_rows, situation, urgent_heads
from tasks.boards.overview import drawn_units
from tasks.boards.page import (
    MOST_BYTES,
    Links,
    Page,
    board_key,
    cell,
    heading,
    in_pieces,
    linked,
    links_line,
    more,
    overdue_key,
    phase_key,
    size,
    table,
    title_of,
)


def phase_page(status: Status, links: Links, lang: Lang) -> Page:
    """One phase at the office and below: its state, who is behind, and every duty not met with its reason.

    `status` was made for that phase alone.
    """
    phase = status.phases[0]
    what = phase.title
    lines = [*heading(status, what, lang), _back(status, links, lang), "", *phase_lines(status, links, lang)]
    key = phase_key(phase.id, status.unit.code)
    return Page(key, title_of(status, what, lang), "markdown", "\n".join(lines))


def phase_lines(status: Status, links: Links, lang: Lang) -> list[str]:
    """What is to be said of the phase, as Markdown."""
    phase = status.phases[0]
    lines = [state_line(phase, status, lang), ""]
    if status.below:
        lines += [*_drawn_shares(status, lang), "", *_unit_table(status, links, MOST_BYTES // 2, lang), ""]
    if status.duties:
        lines += [f"#### {Said('未达标事项', 'Duties not met').in_language(lang)}", ""]
        room = MOST_BYTES - size(lines) - 400
        heads = [words.SITUATION.in_language(lang), *urgent_heads(lang)]
        rows = [
            [_situation(duty, lang), *row]
            for duty, row in zip(status.duties, duty_rows(status.duties, status, links, lang), strict=True)
        ]
        lines += [*table(heads, rows, room, lang), ""]
        if status.not_met > len(status.duties):
            lines += [more(status.not_met - len(status.duties), lang), ""]
    return lines


def state_line(phase: PhaseStatus, status: Status, lang: Lang) -> str:
    """The phase in one sentence: 有逾期 · 2020-11-01—11-15 · 已达标 168/172，未报 3，逾期 4，最长逾期12天."""
    parts = [f"**{cell(state_of(phase).in_language(lang))}**", words.span(phase.starts, phase.ends)]
    counts = Said(
        f"已达标 {phase.met}/{phase.owed}，未报 {phase.unreported}（已到期 {phase.unreported_due}），逾期 {phase.overdue}",
        f"{phase.met}/{phase.owed} met, {phase.unreported} not reported ({phase.unreported_due} due), {phase.overdue} overdue",
    ).in_language(lang)
    if phase.overdue_by_default:
        counts += bracketed(f"{BY_DEFAULT.in_language(lang)} {phase.overdue_by_default}", lang)
    if phase.overdue:
        late = delay(phase.worst_due, status.as_of, lang)
        counts += Said(f"，最长逾期{late}", f", the longest by {late}").in_language(lang)
    if phase.waived:
        counts += Said(f"，另免予办理 {phase.waived}", f", {phase.waived} waived").in_language(lang)
    parts.append(counts)
    return " · ".join(parts)


def run_sheet(status: Status, done: Sequence[str], rehearsed: bool, links: Links, lang: Lang) -> tuple[str, str]:
    """What one run found and did: its title, and its text. `done`: sentences on what was owed and sent."""
    phase = status.phases[0]
    kind = (
        Said("演练结果", "rehearsal").in_language(lang) if rehearsed else Said("本次结果", "this run").in_language(lang)
    )
    unit = status.unit.code
    entries = [
        (words.BOARD.in_language(lang), board_key(unit)),
        (phase.title, phase_key(phase.id, unit)),
        (words.OVERDUE_LIST.in_language(lang), overdue_key(unit)),
    ]
    lines = [*heading(status, f"{phase.title} · {kind}", lang), links_line(entries, links), ""]
    if rehearsed:
        lines += [
            Said(
                "只演练：没有发出通知，没有记入台账，看板未更新。",
                "Rehearsal: nothing was sent, nothing was recorded, the boards were left as they are.",
            ).in_language(lang),
            "",
        ]
    lines += [*(f"* {cell(sentence)}" for sentence in done), ""]
    lines += phase_lines(status, links, lang) if rehearsed else [state_line(phase, status, lang)]
    return title_of(status, f"{phase.title} · {kind}", lang), "\n".join(lines)


def _drawn_shares(status: Status, lang: Lang) -> list[str]:
    shown, hidden = drawn_units(status.below)
    rows = []
    for unit in shown:
        phase = unit.phases[0]
        late_unmet = min(phase.overdue, phase.unmet)
        late_unreported = phase.overdue - late_unmet
        note = f"{words.share(phase.met, phase.owed, lang)} {words.field_word(phase, status.as_of, lang)}"
        rows.append(
            drawing.Share(
                name=unit.name,
                met=phase.met,
                unmet=phase.unmet - late_unmet,
                unreported=max(phase.unreported - late_unreported, 0),
                overdue=phase.overdue,
                note=note,
            )
        )
    entries = (
        ("met", Said("已达标", "met").in_language(lang)),
        ("unmet", Said("未达标、未逾期", "not met, not late").in_language(lang)),
        ("unreported", Said("未报、未逾期", "not reported, not late").in_language(lang)),
        ("overdue", words.OVERDUE.in_language(lang)),
    )
    alt = Said(f"{status.unit.name}各单位进展图", f"progress of the offices of {status.unit.name}").in_language(lang)
    lines = [
        drawing.image(drawing.legend(entries), Said("图例", "legend").in_language(lang)),
        "",
        drawing.image(drawing.shares(rows), alt),
    ]
    return [*lines, "", more(hidden, lang)] if hidden else lines


def _unit_table(status: Status, links: Links, room: int, lang: Lang) -> list[str]:
    heads = [
        in_pieces(said.in_language(lang))
        for said in (
            words.UNIT,
            words.STATE,
            words.MET_OF_OWED,
            words.UNMET,
            words.UNREPORTED_DUE,
            words.UNREPORTED_LATER,
            words.OVERDUE,
            words.WORST,
        )
    ]
    rows = []
    for unit in status.below:
        phase = unit.phases[0]
        rows.append(
            [
                linked(unit.name, phase_key(phase.id, unit.code), links)
                if phase_key(phase.id, unit.code) in links
                else linked(unit.name, board_key(unit.code), links),
                _state_word(phase, lang),
                f"{phase.met}/{phase.owed}",
                str(phase.unmet),
                str(phase.unreported_due),
                str(phase.unreported - phase.unreported_due),
                str(phase.overdue),
                delay(phase.worst_due, status.as_of, lang),
            ]
        )
    return table(heads, rows, room, lang)


def _state_word(phase: PhaseStatus, lang: Lang) -> str:
    return _narrow(cell(state_of(phase).in_language(lang)))


def _situation(duty: DutyStatus, lang: Lang) -> str:
    return " · ".join(map(_narrow, situation(duty, lang).split(" · ")))


def _narrow(said: str) -> str:
    """A field of a narrow column: a short word stays on one line, one with a remark may break."""
    return in_pieces(said) if len(said) <= 4 else said


def _back(status: Status, links: Links, lang: Lang) -> str:
    unit = status.unit.code
    entries = [
        (words.BOARD.in_language(lang), board_key(unit)),
        (words.OVERDUE_LIST.in_language(lang), overdue_key(unit)),
    ]
    if status.superior:
        code, name = status.superior
        entries.append(
            (Said(f"上级：{name}", f"Superior: {name}").in_language(lang), phase_key(status.phases[0].id, code))
        )
    return links_line(entries, links)
