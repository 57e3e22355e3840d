"""pucha calendar: the working calendar, a year's official notice, local closures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from deployments.console import AS_JSON, answer, now, read_settings, read_store, say, table, there
from models.wording import COLON, Refusal, Said

if TYPE_CHECKING:
    from tasks.campaign.calendars import CalendarImport


_STATUS = {
    "official": Said("正式", "official"),
    "estimated": Said("预排", "estimated"),
    "missing": Said("尚未导入", "missing"),
}
_KINDS = (Said("放假", "off"), Said("上班", "work"))
"""By whether the day is worked."""


@click.group()
def calendar() -> None:
    """工作日历：放假、调休和本地安排。 The working calendar."""


@calendar.command()
@click.argument("year", type=click.IntRange(2000, 2100))
@click.option("--name", default="china", show_default=True)
@AS_JSON
def show(year: int, name: str, as_json: bool) -> int:
    """列出一年的放假和调休。 A year's holidays and make-up days."""
    from tasks.campaign.calendars import listed_days, load_calendar

    settings = read_settings()
    status = load_calendar(name, settings.home).status(year)
    days = listed_days(name, settings.home, year)
    if as_json:
        answer(
            {
                "year": year,
                "status": status,
                "days": [
                    {"day": d.day.isoformat(), "kind": "work" if d.works else "off", "name": d.name} for d in days
                ],
            }
        )
        return 0
    lang = settings.lang
    say(f"{year}{COLON.in_language(lang)}{_STATUS[status].in_language(lang)}")
    table(
        (Said("日期", "day"), Said("安排", "kind"), Said("名称", "name")),
        [(d.day, _KINDS[d.works].in_language(lang), d.name) for d in days],
        lang,
    )
    return 0


@calendar.command("import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--year", type=click.IntRange(2000, 2100), help="通知属于哪一年。 The year that the notice is for.")
@click.option("--name", default="china", show_default=True)
@click.option("--estimated", is_flag=True, help="预排，非正式通知。 An estimate, no official notice.")
@click.option("--amend", is_flag=True, help="补充、修改已有的安排。 Amend what is there.")
@click.option("--local", is_flag=True, help="本地放假或上班安排。 Local closures and working days.")
@click.option("--dry-run", is_flag=True, help="只看哪些期限会移动。 Only show what would move.")
@AS_JSON
def import_(file: Path, year: int | None, name: str, local: bool, dry_run: bool, as_json: bool, **kind: bool) -> int:
    """导入国务院办公厅放假通知（文本或 CSV）或本地安排，并说明哪些催办会移动。 Import an official notice or local days."""
    from tasks.campaign.calendars import import_local, import_year, read_local, read_year

    settings = read_settings()
    there(file)
    done: CalendarImport
    if local:
        done = (read_local if dry_run else import_local)(file, settings.home, name)
    else:
        done = (read_year if dry_run else import_year)(
            file, settings.home, name, year, estimated=kind["estimated"], amend=kind["amend"]
        )
    moves = _moves(done)
    if not dry_run:
        _keep_in_the_trail(done, name)
    if as_json:
        answer(
            {
                "year": done.year,
                "dry_run": dry_run,
                "changed_days": [c.day.isoformat() for c in done.changes],
                "moved": moves,
            }
        )
        return 0
    rehearsed = Said("演练：", "rehearsal: ").in_language(settings.lang) if dry_run else ""
    moved = Said(
        f"{len(done.changes)} 天的安排有变，{len(moves)} 个催办时刻随之移动",
        f"{len(done.changes)} days change, {len(moves)} rung moments move",
    )
    say(f"{rehearsed}{moved.in_language(settings.lang)}")
    if moves:
        table(
            (Said("要求", "duty"), Said("原时刻", "was"), Said("新时刻", "now")),
            [(m["what"], m["was"], m["now"]) for m in moves],
            settings.lang,
        )
    return 0


def _moves(done: CalendarImport) -> list[dict[str, Any]]:
    """Rungs of the plan in force that fall on other moments afterwards; none where no campaign is loaded."""
    from models.calendar.changes import Reckoned, preview

    try:
        plan = read_store().plan()
    except Refusal:
        return []
    reckoned = [
        Reckoned(f"{requirement.key} [{rung.id}]", due, rung.at)
        for requirement in plan.requirements
        for _, due in requirement.dues
        for rung in (plan.ladders[requirement.ladder].rungs if requirement.ladder else ())
    ]
    moved = preview(done.old, done.new, reckoned, plan.office_hours, plan.zone)
    return [{"what": m.what, "was": m.was.isoformat(), "now": m.now.isoformat()} for m in moved]


def _keep_in_the_trail(done: CalendarImport, name: str) -> None:
    """Record the import in the audit trail, where a campaign is loaded: it may have moved deadlines."""
    from tasks.audit_trail import records

    try:
        store = read_store()
        store.plan()
    except Refusal:
        return
    about = {"calendar": name, "year": done.year, "days": [change.day.isoformat() for change in done.changes]}
    with store.writing() as connection:
        records.record(connection, "calendar", records.ADMINISTRATOR, about, now())
