"""pucha plan check | show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from deployments.console import AS_JSON, answer, iso, read_settings, say, table
from models.wording import Lang, Refusal, Said

if TYPE_CHECKING:
    from models.calendar.working_time import Calendar
    from models.plan.layers import Fault
    from models.plan.model import Plan, Requirement


@click.group()
def plan() -> None:
    """检查、展示工作方案。 Check and show plans."""


@plan.command()
@click.argument("file", type=click.Path())
@AS_JSON
def check(file: str, as_json: bool) -> int:
    """列出方案中的全部错误和疑点，带行号。 Every fault and every doubt, with line numbers."""
    settings = read_settings()
    errors, doubted = _findings(file, settings.home)
    if as_json:
        answer({"errors": _rows(errors, settings.lang), "doubts": _rows(doubted, settings.lang)})
        return _code(errors, doubted)
    for mark, found in (
        (Said("错误", "error").in_language(settings.lang), errors),
        (Said("疑点", "doubt").in_language(settings.lang), doubted),
    ):
        for one in found:
            say(f"{one.file}:{one.line}: {mark}: {one.said.in_language(settings.lang)}")
    if not errors and not doubted:
        say(Said("方案无误", "nothing to mend").in_language(settings.lang))
    else:
        say(
            Said(
                f"共 {len(errors)} 处错误，{len(doubted)} 处疑点", f"{len(errors)} errors, {len(doubted)} doubts"
            ).in_language(settings.lang)
        )
    return _code(errors, doubted)


def _findings(file: str, home: Path) -> tuple[Sequence[Fault], Sequence[Fault]]:
    """What is wrong in a plan, and what is doubtful where nothing is wrong."""
    from models.plan.doubts import doubts
    from models.plan.files import read_plan_files
    from models.plan.layers import Fault, PlanError
    from tasks.campaign.calendars import load_calendar

    try:
        files = read_plan_files(file)
    except PlanError as fault:
        return fault.faults, ()
    try:
        calendar = load_calendar(files.plan.calendar, home)
    except Refusal as refusal:
        return [Fault(*files.places["calendar", files.plan.calendar], refusal.said)], ()
    return (), doubts(files.plan, files.places, calendar)


def _code(errors: Sequence[Fault], doubted: Sequence[Fault]) -> int:
    return 2 if errors else int(bool(doubted))


def _rows(faults: Sequence[Fault], lang: Lang) -> list[dict[str, Any]]:
    return [{"file": fault.file, "line": fault.line, "message": fault.said.in_language(lang)} for fault in faults]


@plan.command()
@click.argument("file", type=click.Path())
@click.option("--unit", metavar="CODE", help="按哪个单位的期限展示，默认方案所属单位。 Whose dates to show.")
@click.option("--items", metavar="13-16", help="只看进度安排第几项。 Schedule numbers.")
@AS_JSON
def show(file: str, unit: str | None, items: str | None, as_json: bool) -> int:
    """列出登记册，每项要求的期限和催办时刻。 Registers, and every duty's dates, resolved."""
    from models.plan.files import read_plan_files
    from models.rules.registers.in_words import register_as_data
    from tasks.campaign.calendars import load_calendar

    settings = read_settings()
    found = read_plan_files(file).plan
    whose = _whose(found, unit)
    duties = _duties(found, whose, read_items(items), load_calendar(found.calendar, settings.home))
    if as_json:
        phases = [
            {
                "id": p.id,
                "title": p.title,
                "starts": iso(p.starts),
                "ends": iso(p.ends),
                "after": list(p.after),
                "cadence": None if p.cadence is None else str(p.cadence),
            }
            for p in found.phases
        ]
        answer(
            {
                "census": found.census,
                "title": found.title,
                "standard_time": iso(found.standard_time),
                "office_hours": str(found.office_hours),
                "unit": whose,
                "phases": phases,
                "registers": [register_as_data(found, one, whose) for one in found.registers.values()],
                "duties": duties,
            }
        )
    else:
        _show(found, whose, duties, settings.lang)
    return 0


def _whose(found: Plan, unit: str | None) -> str | None:
    """The unit whose dates are shown: the one asked for, else the last one that an overlay is for."""
    from models.units import is_code, readings_of_code

    if unit is None:
        return found.overlay_units[-1] if found.overlay_units else None
    if not is_code(unit):
        raise Refusal(
            f"“{unit}”不是区划代码，应为 2、4、6、9 或 12 位数字",
            f"“{unit}” is no division code; it must have 2, 4, 6, 9 or 12 digits",
        )
    return readings_of_code(unit)[0]


def _duties(found: Plan, unit: str | None, wanted: set[int] | None, calendar: Calendar) -> list[dict[str, Any]]:
    from models.calendar.working_time import rung_moment
    from models.plan.model import covers, due_at
    from models.rules.registers.in_words import each_as_data

    rows = []
    for one in found.requirements:
        if (one.scope is not None and not covers(one.scope, unit)) or (wanted is not None and one.no not in wanted):
            continue
        due = due_at(one.dues, unit)
        ladder = found.ladders.get(one.ladder or "")
        rungs = (
            []
            if due is None or ladder is None
            else [
                {
                    "rung": rung.id,
                    "to": list(rung.to),
                    "at": iso(rung_moment(due, rung.at, calendar, found.office_hours, found.zone)),
                }
                for rung in ladder.rungs
            ]
        )
        rows.append(
            {
                "phase": one.phase,
                "requirement": one.id,
                "no": one.no,
                "title": one.title,
                "judged_at": one.judged_at,
                "due": iso(due),
                "every": one.every,
                "cut_offs": _cut_offs(found, one),
                "unit": one.scope,
                "each": each_as_data(one.each) if one.each else None,
                "met_when": one.condition,
                "shows": list(one.shows),
                "rungs": rungs,
                "source": one.source,
            }
        )
    return rows


def _cut_offs(found: Plan, asked: Requirement) -> list[str | None]:
    """When reports are due that are owed at the cut-offs of a phase; nothing for any other requirement."""
    phase = found.phase(asked.phase)
    if asked.every != "cadence" or phase is None:
        return []
    return [iso(period.due) for period in found.periods(asked, phase.ends)]


_EVERY = {"day": "每日", "week": "每周", "month": "每月"}


def _show(found: Plan, unit: str | None, duties: Sequence[Mapping[str, Any]], lang: Lang) -> None:
    from models.plan.dates import spoken_day
    from models.rules.registers.in_words import spoken_each
    from models.units import LEVEL_ZH

    whose = "" if unit is None else Said(f"（{unit} 的期限）", f" (dates of {unit})").in_language(lang)
    phases = [(p.title, p.id, f"{p.starts:%Y-%m-%d}", spoken_day(p.ends)) for p in found.phases]
    t0 = f"{Said('标准时点', 'T0').in_language(lang)} {found.standard_time:%Y-%m-%d %H:%M}"
    hours = f"{Said('办公时间', 'office hours').in_language(lang)} {found.office_hours}"
    title = f"{found.title}  {t0}  {hours}{whose}"
    table((Said("阶段", "phase"), Said("代号", "id"), Said("起", "from"), Said("止", "to")), phases, lang, title)
    _show_registers(found, unit, lang)
    headings = (
        Said("项", "no"),
        Said("阶段", "phase"),
        Said("要求", "requirement"),
        Said("层级", "level"),
        Said("期限", "due"),
        Said("催办", "rungs"),
        Said("条件", "condition"),
    )
    titles = {phase.id: phase.title for phase in found.phases}
    rows = []
    for duty in duties:
        asked = found.find_requirements(f"{duty['phase']}.{duty['requirement']}")[0]
        level = Said(LEVEL_ZH[asked.judged_at], asked.judged_at).in_language(lang)
        rungs = "\n".join(f"{spoken_day(_moment(rung['at']))} {rung['rung']}" for rung in duty["rungs"])
        what = f"{duty['title']}\n{asked.key}"
        if asked.each is not None:
            what += "\n" + spoken_each(asked.each, found.registers[asked.each.register]).in_language(lang)
            level = "" if asked.each.owed_by else level
        due = _spoken_due(found, asked, duty, lang)
        rows.append((duty["no"], titles[duty["phase"]], what, level, due, rungs, duty["met_when"]))
    table(headings, rows, lang)


def _spoken_due(found: Plan, asked: Requirement, duty: Mapping[str, Any], lang: Lang) -> str:
    from models.plan.dates import spoken_day
    from models.rules.registers.in_words import spoken_due

    by_rows = spoken_due(asked.each, found.registers[asked.each.register]) if asked.each else None
    dates = [spoken_day(_moment(duty["due"]))] if duty["due"] else []
    if duty["cut_offs"]:
        dates += _spoken_cut_offs(found, asked, duty["cut_offs"], lang)
    elif duty["every"]:
        dates.append(Said(_EVERY[duty["every"]], duty["every"]).in_language(lang))
    return "\n".join(([by_rows.in_language(lang)] if by_rows else []) + dates)


def _spoken_cut_offs(found: Plan, asked: Requirement, cut_offs: Sequence[str], lang: Lang) -> list[str]:
    """每日 17:00, and the first and the last of them."""
    from models.plan.dates import spoken_day

    phase = found.phase(asked.phase)
    spoken = [one.in_language(lang) for one in phase.cadence.spoken] if phase and phase.cadence else []
    first, last = (spoken_day(_moment(cut_offs[place])) for place in (0, -1))
    return [*spoken, Said(f"首次 {first}，末次 {last}", f"first {first}, last {last}").in_language(lang)]


def _show_registers(found: Plan, unit: str | None, lang: Lang) -> None:
    from models.rules.registers.in_words import columns_at, spoken_column, spoken_register, spoken_values

    headings = (Said("栏目", "column"), Said("代号", "id"), Said("类型", "type"), Said("取值", "values"))
    for one in found.registers.values():
        rows = [
            (column.title, column.id, spoken_column(column).in_language(lang), "\n".join(spoken_values(column, unit)))
            for column in columns_at(one, unit)
        ]
        say("\n" + spoken_register(found, one).in_language(lang))
        table(headings, rows, lang)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


MOST_ITEMS = 9_999


def read_items(text: str | None) -> set[int] | None:
    """Schedule numbers from `13-16` or `13,15`; None where none were named."""
    if text is None:
        return None
    found: set[int] = set()
    for part in text.replace("，", ",").replace("–", "-").split(","):
        first, _, last = part.strip().partition("-")
        known = first.isdecimal() and (last or first).isdecimal()
        if not known or not 0 < int(first) <= int(last or first) <= MOST_ITEMS:
            raise Refusal(f"“{text}”应写作 13-16 或 13,15", f"“{text}” must look like 13-16 or 13,15")
        found.update(range(int(first), int(last or first) + 1))
    return found
