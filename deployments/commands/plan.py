"""pucha plan check | show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from deployments.console import AS_JSON, answer, iso, read_settings, short, table
from models.wording import Lang, Refusal

if TYPE_CHECKING:
    from models.planning.layers import Fault


@click.group()
def plan() -> None:
    """检查、展示工作方案。 Check and show plans."""


@plan.command()
@click.argument("file", type=click.Path())
@AS_JSON
def check(file: str, as_json: bool) -> int:
    """列出方案中的全部错误和疑点，带行号。 Every fault and every doubt, with line numbers."""
    from models.plan_file import read_plan_files
    from models.planning.layers import PlanError
    from models.rules.doubts import doubts
    from tasks.calendars import load_calendar

    settings = read_settings()
    faults: Sequence[Fault] = ()
    found: Sequence[Fault] = ()
    try:
        files = read_plan_files(file)
    except PlanError as fault:
        faults = fault.faults
    else:
        found = doubts(files.plan, files.places, load_calendar(files.plan.calendar, settings.home))
    if as_json:
        answer({"errors": _rows(faults, settings.lang), "doubts": _rows(found, settings.lang)})
    else:
        for mark, items in (("错误 error", faults), ("疑点 doubt", found)):
            for one in items:
                click.echo(f"{one.file}:{one.line}: {mark}: {one.said.inn(settings.lang)}")
        if not faults and not found:
            click.echo({"zh": "方案无误", "en": "nothing to mend"}[settings.lang])
    return 2 if faults else int(bool(found))


def _rows(faults: Sequence[Fault], lang: Lang) -> list[dict[str, Any]]:
    return [{"file": fault.file, "line": fault.line, "message": fault.said.inn(lang)} for fault in faults]


@plan.command()
@click.argument("file", type=click.Path())
@click.option("--unit", metavar="CODE", help="按哪个单位的期限展示。 Whose dates to show.")
@click.option("--items", metavar="13-16", help="只看进度安排第几项。 Schedule numbers.")
@AS_JSON
def show(file: str, unit: str | None, items: str | None, as_json: bool) -> int:
    """列出每项要求的期限和催办时刻。 Every duty's dates, resolved."""
    from models.plan import due_at
    from models.plan_file import read_plan_files
    from models.rules.working_time import rung_moment
    from models.units import is_code, readings_of_code
    from tasks.calendars import load_calendar

    settings = read_settings()
    found = read_plan_files(file).plan
    if unit is not None:
        if not is_code(unit):
            raise Refusal(f"“{unit}”不是区划代码", f"“{unit}” is no division code")
        unit = readings_of_code(unit)[0]
    calendar = load_calendar(found.calendar, settings.home)
    wanted = read_items(items)
    rows = []
    for phase in found.phases:
        for one in phase.requirements:
            if one.scope and not (unit or "").startswith(one.scope) and unit is not None:
                continue
            if wanted is not None and one.no not in wanted:
                continue
            due = due_at(one.dues, unit) or (one.dues[0][1] if one.dues and unit is None else None)
            ladder = found.ladders.get(one.ladder or "")
            rungs = [] if due is None or ladder is None else [
                {"rung": rung.id, "at": iso(rung_moment(due, rung.at, calendar, found.office_hours, found.zone)), "to": list(rung.to)}
                for rung in ladder.rungs
            ]  # fmt: skip
            rows.append(
                {"phase": phase.id, "requirement": one.id, "no": one.no, "title": one.title, "judged_at": one.judged_at,
                 "due": iso(due), "every": one.every, "unit": one.scope, "met_when": one.met_when.text, "rungs": rungs,
                 "source": one.source}
            )  # fmt: skip
    if as_json:
        phases = [
            {"id": p.id, "title": p.title, "starts": iso(p.starts), "ends": iso(p.ends), "after": list(p.after)}
            for p in found.phases
        ]
        answer(
            {
                "census": found.census,
                "title": found.title,
                "standard_time": iso(found.standard_time),
                "phases": phases,
                "duties": rows,
            }
        )
        return 0
    headings = (
        ("阶段", "项", "要求", "层级", "期限", "条件")
        if settings.lang == "zh"
        else ("phase", "no", "requirement", "level", "due", "condition")
    )
    shown = []
    for row in rows:
        due = None if row["due"] is None else found.standard_time.fromisoformat(str(row["due"]))
        shown.append(
            (
                row["phase"],
                row["no"],
                row["title"],
                row["judged_at"],
                f"{due:%Y}-{short(due, settings.lang)}" if due else row["every"],
                row["met_when"],
            )
        )
    table(headings, shown, f"{found.title}  T0 {found.standard_time:%Y-%m-%d %H:%M}")
    return 0


def read_items(text: str | None) -> set[int] | None:
    """Schedule numbers from `13-16` or `13,15`; None where none were named."""
    if text is None:
        return None
    found: set[int] = set()
    for part in text.replace("，", ",").replace("–", "-").split(","):
        first, _, last = part.strip().partition("-")
        if not first.isdigit() or (last and not last.isdigit()):
            raise Refusal(f"“{text}”应写作 13-16 或 13,15", f"“{text}” must look like 13-16 or 13,15")
        found.update(range(int(first), int(last or first) + 1))
    return found
