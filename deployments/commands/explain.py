"""pucha explain: one duty from condition to the last notice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from deployments.console import AS_JSON, AS_OF, answer, from_micros, iso, moment, read_store, say
from models.lawful import HIDDEN
from models.moments import moment_at
from models.plan.dates import spoken_day, spoken_limit
from models.rules.chasing.case_history import why_ended
from models.rules.judging.days import day_of, is_day
from models.rules.registers.shown import ShownRow, in_json, said_cell
from models.vocabulary import (
    CLOSED_AS,
    DECISION,
    NOTICE_STATE,
    UNIT_ZH,
    bracketed,
    name_of,
    recipient,
    role_said,
    rung_named,
    said,
    standing_of,
)
from models.wording import COMMA, Lang, Said

if TYPE_CHECKING:
    from models.plan.lists import Register
    from tasks.campaign.store import Store
    from tasks.judging.as_written import Statement
    from tasks.judging.explain import Explanation, Figure
    from tasks.judging.rows_behind import RowsBehind

_WAITS: Mapping[str, Said] = {
    "heard": Said("待上一步送达后", "once the step before it is heard"),
    "pass": Said("下次巡查时", "with the next pass"),
    "below": Said("仅因下级未完成，暂不报告", "not while only offices below are late"),
}
"""When a rung without a moment of its own is said."""
_ROWS_SHOWN = 20
"""Rows that people are shown of a duty; programs get more."""


@click.command()
@click.argument("unit")
@click.argument("requirement")
@AS_OF
@AS_JSON
def explain(unit: str, requirement: str, as_of: str | None, as_json: bool) -> int:
    """说明一项要求：条件和数字、告知过谁、接下来怎样。 The condition with its figures, who was told what and when, what comes next."""
    from tasks.judging.explain import explain as explain_duty

    store = read_store()
    found = explain_duty(store, unit, requirement, moment(store, as_of))
    if as_json:
        data = [_data(store, one) for one in found]
        answer(data[0] if len(data) == 1 else {**data[0], "periods": data})
    else:
        for one in found:
            _show(store, one)
    return 0


def _data(store: Store, one: Explanation) -> dict[str, Any]:
    from tasks.judging.rows_behind import each_once

    duty, lang = one.duty, store.settings.lang

    def at(micros: int | None) -> str | None:
        return from_micros(store, micros)

    case = one.case
    return {
        "unit": duty.unit,
        "unit_name": duty.unit_name,
        "phase": duty.phase,
        "requirement": duty.requirement,
        "title": duty.title,
        "period": duty.period or None,
        "due": iso(duty.due),
        "standing": duty.standing,
        "timing": duty.timing,
        "reason": duty.reason.en,
        "reason_text": duty.reason.in_language(lang),
        "waived": duty.waived,
        "by_default": duty.by_default,
        "missed": asdict(duty.missed) if duty.missed else None,
        "met_when": one.condition,
        "source": one.source,
        "compared": one.compared.in_language(lang) if one.compared else None,
        "figures": [
            {
                "indicator": f.id,
                "title": f.title,
                "value": f.value,
                "written": f.words.written,
                "allows": f.words.allows.in_language(lang) if f.words.allows else None,
                "statement": {
                    "text": f.statement.text,
                    "as_of": at(f.statement.as_of),
                    "by": f.statement.author,
                    "file": f.statement.file,
                }
                if f.statement
                else None,
                "hidden": f.hidden,
                "reported": f.reported,
                "expected": f.expected,
                "as_of": at(f.as_of),
                "by": f.author,
                "file": f.file,
                "corrected": f.corrected,
                "correction_reason": f.reason,
                "beside": [{"title": b.title, "value": b.value, "source": b.source} for b in f.beside],
            }
            for f in one.figures
        ],
        "rows": [in_json(row, store.zone) for row in each_once(one.behind)],
        "case": None
        if case is None
        else {
            "id": case["id"],
            "opened": at(case["opened_at"]),
            "closed": at(case["closed_at"]),
            "closed_as": case["closed_as"],
            "due": at(case["due"]),
            "acknowledged_until": at(case["acknowledged_until"]),
        },
        "decisions": [{**d, "at": at(d["at"]), "until": at(d["until"])} for d in one.decisions],
        "told": [
            {
                "notice": t["number"],
                "rung": t["rung"],
                "to": {"unit": t["unit"], "role": t["role"]},
                "state": t["state"] if t["line_state"] == "live" else t["line_state"],
                "owed": at(t["owed_at"] or t["created_at"]),
                "settled": at(t["settled_at"]),
                "ended": at(t["ended_at"]),
                "why": t["ended_why"],
                "attempts": t["attempts"],
                "error": t["error"],
                "history": [{**h, "at": at(h["at"])} for h in t["history"]],
            }
            for t in one.told
        ],
        "untold": [
            {"rung": step.rung or None, "at": at(step.at), "why": step.word, "said": step.said.in_language(lang)}
            for step in one.untold
        ],
        "exported": [
            {
                "at": iso(e.at),
                "by": e.author,
                "folder": e.folder,
                "manifest": e.manifest,
                "cases": e.cases,
                "lines": e.lines,
            }
            for e in one.exported
        ],
        "next": [
            {"rung": n["rung"], "at": at(n["at"]), "waits": n["waits"], "to": n["to"], "paper": n["paper"]}
            for n in one.next_rungs
        ],
    }


def _show(store: Store, one: Explanation) -> None:
    """For people: what is owed and how it stands, the figures, who was told and what comes next."""
    lang, duty = store.settings.lang, one.duty
    say(f"{duty.unit_name}{bracketed(duty.unit, lang)}  {name_of(duty, lang)}", bold=True)
    setting = Said("默认设置", "a default setting").in_language(lang) if duty.by_default else None
    due = f"{spoken_limit(duty.due)}{bracketed(setting, lang)}"
    say(f"{Said('期限', 'due').in_language(lang)} {due}  {standing_of(duty, lang)}")
    source = f"  [{one.source}]" if one.source else ""
    say(f"{Said('条件', 'met when').in_language(lang)} {one.condition}{source}")
    for figure in one.figures:
        say(f"  {_figure(store, figure, lang)}")
        if figure.statement:
            say(f"    {_statement(store, figure.statement, lang)}")
        for behind in (one for one in one.behind if one.figure == figure.id):
            _show_rows(behind, lang, "    ")
    made_of = {figure.id for figure in one.figures}
    for behind in (other for other in one.behind if other.figure not in made_of):
        # one that a figure above is worked out from
        of = store.plan().indicators[behind.figure] if behind.figure else None
        _show_rows(behind, lang, "  ", Said(f"{of.title}：", f"{of.id}: ") if of else None)
    if one.compared and duty.standing == "met":
        say(f"{Said('参照', 'compared').in_language(lang)} {one.compared.in_language(lang)}")
    if duty.reason.in_language(lang):
        say(f"{Said('原因', 'reason').in_language(lang)} {duty.reason.in_language(lang)}")
    for sentence in _chase(store, one, lang):
        say(sentence)


def _show_rows(behind: RowsBehind, lang: Lang, margin: str, about: Said | None = None) -> None:
    """The rows behind a duty, or a figure, each with the cells that it goes by. about: the figure, where it stands nowhere above."""
    register = behind.register
    heading = Said(f"{register.title}（共{behind.count}条）", f"{register.id} ({behind.count} rows)")
    say(f"{margin}{about.in_language(lang) if about else ''}{heading.in_language(lang)}")
    for row in behind.rows[:_ROWS_SHOWN]:
        cells = [
            f"{register.columns[name].title if lang == 'zh' else name} {_cell(register, row, name, lang)}"
            for name in behind.telling
        ]
        listed = Said("，", ", ").in_language(lang).join(cells)
        say(
            f"{margin}  {row.key or row.code}{bracketed(row.code if row.key != row.code else None, lang)} {listed}".rstrip()
        )
    more = behind.count - min(behind.count, _ROWS_SHOWN)
    if more:
        others = Said(
            f"另有{more}条，用 pucha rows {register.id} 查看", f"and {more} more: see pucha rows {register.id}"
        )
        say(f"{margin}  {others.in_language(lang)}")


def _cell(register: Register, row: ShownRow, name: str, lang: Lang) -> str:
    if name in row.hidden:
        return HIDDEN.in_language(lang)
    return row.written.get(name) or said_cell(register.columns[name], row.cells[name], lang)


def _figure(store: Store, figure: Figure, lang: Lang) -> str:
    value = f"{figure_said(figure, lang)}{bracketed(_day(store, figure), lang)}{bracketed(_beside(figure, lang), lang)}"
    counts = bracketed(f"{figure.reported}/{figure.expected}" if figure.expected > 1 else None, lang)
    if figure.as_of is None:
        return f"{figure.title} {figure.id} = {value}{counts}"
    origin = Said(
        f"截至 {_at(store, figure.as_of)}，{figure.author}报，{figure.file}",
        f"as of {_at(store, figure.as_of)}, by {figure.author}, {figure.file}",
    )
    return f"{figure.title} {figure.id} = {value}{counts}  {origin.in_language(lang)}{_correction(figure, lang)}"


def _statement(store: Store, said_: Statement, lang: Lang) -> str:
    """What the office said of a figure without a number: evidence, which decides nothing."""
    return Said(
        f"陈述（无数字） {said_.text}  截至 {_at(store, said_.as_of)}，{said_.author}报，{said_.file}",
        f"statement (no number): {said_.text}  as of {_at(store, said_.as_of)}, by {said_.author}, {said_.file}",
    ).in_language(lang)


def _day(store: Store, figure: Figure) -> str | None:
    """The day that a first or last one is, beside the days from the standard time in which it is counted."""
    indicator = store.plan().indicators.get(figure.id)
    if indicator is None or figure.value is None or figure.hidden or not is_day(indicator):
        return None
    return day_of(store.plan(), figure.value)


def _beside(figure: Figure, lang: Lang) -> str | None:
    """What a figure is shown with: 全国平均 8.7（山西省2020-08-03推进会）."""
    each = [f"{one.title} {one.value:.10g}{bracketed(one.source, lang)}" for one in figure.beside]
    return COMMA.in_language(lang).join(each) or None


def _correction(figure: Figure, lang: Lang) -> str:
    if not figure.corrected:
        return ""
    if figure.reason:
        return bracketed(Said(f"更正，原因：{figure.reason}", f"corrected: {figure.reason}").in_language(lang), lang)
    return bracketed(Said("更正，未注明原因", "corrected without a reason").in_language(lang), lang)


def figure_said(figure: Figure, lang: Lang) -> str:
    if figure.hidden:
        return HIDDEN.in_language(lang)
    if figure.value is None and figure.answers:
        return Said("尚未核实", "nobody has looked yet").in_language(lang)
    if figure.value is None and figure.reported >= figure.expected > 0:
        if figure.register:
            return Said("尚无", "none yet").in_language(lang)
        return Said("无法计算", "cannot be computed").in_language(lang)
    if figure.value is None:
        return Said("未报", "not reported").in_language(lang)
    if figure.answers:
        return (Said("是", "yes") if figure.value else Said("否", "no")).in_language(lang)
    words = figure.words
    if words.written is not None:
        meant = words.allows.in_language(lang) if words.allows else f"{figure.value:.15g}"
        return f"{words.written}{bracketed(meant, lang)}"
    if words.allows is not None:
        return words.allows.in_language(lang)
    return f"{figure.value:.10g}" if figure.decimals is None else _rounded(figure.value, figure, lang)


def _rounded(value: float, figure: Figure, lang: Lang) -> str:
    """As people write it: 3.30元/人; 21%, a percentage without zeros at its end."""
    written = f"{value:.{figure.decimals}f}"
    if figure.unit == "percent" and "." in written:
        written = written.rstrip("0").rstrip(".")
    if figure.unit is None:
        return written
    en = "%" if figure.unit == "percent" else f" {figure.unit}"
    return written + Said(UNIT_ZH.get(figure.unit, figure.unit), en).in_language(lang)


def _chase(store: Store, one: Explanation, lang: Lang) -> Iterator[str]:
    """The case, what people decided, who was told, and what is still to come: a line each."""
    case = one.case
    if case is not None:
        end = (
            f" → {_at(store, case['closed_at'])} {said(CLOSED_AS, case['closed_as'], lang)}"
            if case["closed_at"]
            else ""
        )
        opened = Said(
            f"第 {case['id']} 号催办件  {_at(store, case['opened_at'])} 立件",
            f"case {case['id']}  opened {_at(store, case['opened_at'])}",
        ).in_language(lang)
        yield opened + end
    for exported in one.exported:
        yield exported.said.in_language(lang)
    for _, sentence in sorted(_events(store, one, lang), key=lambda event: event[0]):
        yield sentence
    if case is not None and case["closed_at"] is None and one.duty.standing == "met":
        yield Said(
            "已达标，下次巡查时办结，不再催办", "met: the next pass closes the case, and nobody hears more"
        ).in_language(lang)
    if one.next_rungs:
        yield Said("接下来", "next").in_language(lang)
    for rung in one.next_rungs:
        notes = [Said("拟文稿，待签发", "a paper to be signed")] if rung["paper"] else []
        when = _WAITS[rung["waits"]].in_language(lang) if rung["waits"] else _at(store, rung["at"])
        listed = COMMA.in_language(lang).join(recipient(target, store.plan(), lang) for target in rung["to"])
        yield f"  {when} {_rung(store, one, rung['rung'])} → {listed}{_noted([note.in_language(lang) for note in notes], lang)}"


def _events(store: Store, one: Explanation, lang: Lang) -> Iterator[tuple[int, str]]:
    """What happened to the duty: (moment, a line)."""
    for made in one.decisions:
        until = f" → {spoken_day(moment_at(made['until'], store.zone))}" if made["until"] else ""
        what = f"{made['author']} {said(DECISION, made['kind'], lang)}{until}"
        yield made["at"], f"  {_at(store, made['at'])} {what}{_noted([made['reason']], lang)}"
    for line in one.told:
        mark = line["state"] if line["line_state"] == "live" else line["line_state"]
        ended = why_ended(line["ended_why"])
        whom = f"{line['unit']} {role_said(line['role'], store.plan(), lang)} {line['name'] or ''}".strip()
        owed = line["owed_at"] or line["created_at"]
        state = said(NOTICE_STATE, mark, lang) + _noted(
            [line["error"], ended.in_language(lang) if ended else None], lang
        )
        yield owed, f"  {_at(store, owed)} {_rung(store, one, line['rung'])} → {whom}  {line['number']} {state}"
    for step in one.untold:
        yield (
            step.at,
            f"  {_at(store, step.at)} {f'{_rung(store, one, step.rung)} ' if step.rung else ''}{step.said.in_language(lang)}",
        )


def _rung(store: Store, one: Explanation, rung: str) -> str:
    """A rung in words: 逾期1个工作日报上级（superior）."""
    return rung_named(store.plan(), f"{one.duty.phase}.{one.duty.requirement}", rung, store.settings.lang)


def _noted(notes: Sequence[str | None], lang: Lang) -> str:
    """Remarks in brackets, none where there are none."""
    return bracketed(Said("；", "; ").in_language(lang).join(note for note in notes if note), lang)


def _at(store: Store, micros: int) -> str:
    return f"{moment_at(micros, store.zone):%Y-%m-%d %H:%M}"
