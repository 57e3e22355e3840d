"""pucha status: where a unit and all below it stand."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from deployments.console import AS_JSON, AS_OF, UNIT, answer, iso, moment, read_store, table
from models.moments import count_down
from models.plan.dates import spoken_day, spoken_limit
from models.status import PhaseStatus, Status
from models.vocabulary import bracketed, counts_of, lateness_of, name_of, standing_of, state_of
from models.wording import Said

if TYPE_CHECKING:
    from models.wording import Lang


@click.command()
@UNIT
@click.option("--phase", metavar="P", help="只看一个阶段。 One phase.")
@AS_OF
@click.option(
    "--limit",
    type=click.IntRange(0),
    default=200,
    show_default=True,
    help="列多少项，0 为全部（含已达标）。 How many duties; 0 for all.",
)
@click.option("--items", metavar="13-16", help="只列进度安排第几项。 Schedule numbers.")
@AS_JSON
def status(unit: str | None, phase: str | None, as_of: str | None, limit: int, items: str | None, as_json: bool) -> int:
    """查看一个单位及其下级的进展。 Where a unit and all below it stand."""
    from deployments.commands.plan import read_items
    from tasks.judging.status import read_status

    store = read_store()
    at = moment(store, as_of)
    found = read_status(store, unit, at, phase=phase, limit=limit, below_too=not as_json, items=read_items(items))
    if as_json:
        answer(as_data(found, store.settings.lang))
    else:
        _show(found, store.settings.lang)
    return 0


def as_data(found: Status, lang: Lang) -> dict[str, Any]:
    """A status as contract JSON. `reason` is in fixed English for programs, `reason_text` in the office's language."""
    phases = [
        {
            "id": p.id,
            "title": p.title,
            "state": p.state,
            "starts": iso(p.starts),
            "ends": iso(p.ends),
            "met": p.met,
            "unmet": p.unmet,
            "unreported": p.unreported,
            "overdue": p.overdue,
            "owed": p.owed,
            "exit": p.exit,
            "unreported_due": p.unreported_due,
            "overdue_by_default": p.overdue_by_default,
            "waived": p.waived,
            "worst_due": iso(p.worst_due),
            "blocked_by": list(p.blocked_by),
        }
        for p in found.phases
    ]
    duties = (
        {
            "phase": d.phase,
            "requirement": d.requirement,
            "unit": d.unit,
            "unit_name": d.unit_name,
            "due": iso(d.due),
            "standing": d.standing,
            "timing": d.timing,
            "reason": d.reason.en,
            "reason_text": d.reason.in_language(lang),
            "title": d.title,
            "no": d.no,
            "period": d.period or None,
            "waived": d.waived,
            "by_default": d.by_default,
            "missed": asdict(d.missed) if d.missed else None,
        }
        for d in found.duties
    )
    sets = [{"id": s.id, "title": s.title, "met": s.met, "owed": s.owed} for s in found.sets]
    return {
        "as_of": iso(found.as_of),
        "unit": {"code": found.unit.code, "name": found.unit.name},
        "phases": phases,
        "duties": duties,
        "not_met": found.not_met,
        "overdue": found.overdue,
        "figures_as_of": iso(found.figures_as_of),
        "sets": sets,
    }


def _show(found: Status, lang: Lang) -> None:
    table(
        (
            Said("阶段", "phase"),
            Said("状态", "state"),
            Said("起", "from"),
            Said("止", "to"),
            Said("已达标", "met"),
            Said("未达标", "unmet"),
            Said("未报（已到期）", "unreported, due"),
            Said("未报（未到期）", "unreported, not due"),
            Said("逾期", "overdue"),
        ),
        [_phase(phase, lang) for phase in found.phases],
        lang,
        "\n".join([_heading(found, lang), *_totals(found, lang)]),
    )
    if found.sets:
        table(
            (Said("条件组", "set"), Said("已齐备", "complete")),
            [(s.title, f"{s.met}/{s.owed}") for s in found.sets],
            lang,
        )
    if not found.duties:
        return
    rows = [
        (
            f"{d.unit_name}\n{d.unit}",
            name_of(d, lang),
            spoken_limit(d.due),
            standing_of(d, lang),
            d.reason.in_language(lang),
        )
        for d in found.duties
    ]
    heading = Said(f"未办结 {found.not_met} 项", f"{found.not_met} not done").in_language(lang)
    if found.not_met > len(rows):
        heading += Said(f"；下列最急 {len(rows)} 项", f"; the most urgent {len(rows)}").in_language(lang)
    headings = (
        Said("单位", "unit"),
        Said("要求", "requirement"),
        Said("期限", "due"),
        Said("情况", "standing"),
        Said("原因", "reason"),
    )
    table(headings, rows, lang, heading)


def _heading(found: Status, lang: Lang) -> str:
    """Where, as of when, how far from the standard time, how old the figures."""
    newest = f"{found.figures_as_of:%Y-%m-%d %H:%M}" if found.figures_as_of else Said("尚无", "none").in_language(lang)
    place = f"{found.unit.name}  {Said('截至', 'as of').in_language(lang)} {found.as_of:%Y-%m-%d %H:%M}"
    away = count_down(found.standard_time, found.as_of, lang)
    about = Said(f"{away}，最新数据 {newest}", f"{away}, newest figures {newest}")
    return f"{place}{bracketed(about.in_language(lang), lang)}"


def _totals(found: Status, lang: Lang) -> list[str]:
    """What is due and not done, and how all duties divide."""
    stop = Said("。", ".").in_language(lang)
    told = (lateness_of(found.phases, found.as_of), counts_of(found.phases))
    return [one.in_language(lang) + stop for one in told]


def _phase(phase: PhaseStatus, lang: Lang) -> tuple[object, ...]:
    not_due = phase.unreported - phase.unreported_due
    counts = (phase.met, phase.unmet, phase.unreported_due, not_due, phase.overdue)
    return (phase.title, state_of(phase).in_language(lang), f"{phase.starts:%Y-%m-%d}", spoken_day(phase.ends), *counts)
