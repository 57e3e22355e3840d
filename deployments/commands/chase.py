"""pucha cases | notices: the chase, as lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from deployments.console import AS_JSON, UNIT, answer, from_micros, read_store, table
from models.moments import moment_at
from models.plan.dates import spoken_day
from models.vocabulary import CASE_STATE, CLOSED_AS, NOTICE_STATE, bracketed, role_said, rung_named, said
from models.wording import Lang, Said

if TYPE_CHECKING:
    from tasks.campaign.store import Store


@click.command()
@UNIT
@click.option("--state", type=click.Choice(["open", "acknowledged", "closed", "all"]), default="all", show_default=True)
@click.option("--limit", type=click.IntRange(0), default=200, show_default=True, help="0 为全部。 0 for all.")
@AS_JSON
def cases(unit: str | None, state: str, limit: int, as_json: bool) -> int:
    """列出催办件。 Cases, by unit and state."""
    from tasks.chasing.lists import list_cases

    store = read_store()
    rows = list_cases(store, unit, state, limit)
    if as_json:
        answer(_case(store, row) for row in rows)
        return 0
    columns = (
        Said("件号", "case"),
        Said("单位", "unit"),
        Said("要求", "requirement"),
        Said("期限", "due"),
        Said("状态", "state"),
        Said("已催至", "rung"),
    )
    plan = store.plan()
    titles = {requirement.key: requirement.title for requirement in plan.requirements}
    shown = [
        (
            r["id"],
            f"{r['unit_name'] or ''}\n{r['unit']}",
            f"{titles.get(r['requirement'], '')}\n{_duty(r)}",
            _spoken(store, r["due"]),
            _case_state(r, store.settings.lang),
            rung_named(plan, r["requirement"], r["rung"], store.settings.lang) if r["rung"] else "",
        )
        for r in rows
    ]
    table(columns, shown, store.settings.lang)
    return 0


def _duty(row: Mapping[str, Any]) -> str:
    return f"{row['requirement']}@{row['period']}" if row["period"] else str(row["requirement"])


def _case_state(row: Mapping[str, Any], lang: Lang) -> str:
    closed_as = row["closed_as"] and said(CLOSED_AS, row["closed_as"], lang)
    return said(CASE_STATE, row["state"], lang) + bracketed(closed_as, lang)


def _spoken(store: Store, micros: int) -> str:
    return spoken_day(moment_at(micros, store.zone))


def _case(store: Store, row: dict[str, Any]) -> dict[str, Any]:
    phase, requirement = row["requirement"].split(".", 1)
    return {
        "id": row["id"],
        "unit": row["unit"],
        "unit_name": row["unit_name"],
        "phase": phase,
        "requirement": requirement,
        "period": row["period"] or None,
        "due": from_micros(store, row["due"]),
        "state": row["state"],
        "rung": row["rung"],
        "opened": from_micros(store, row["opened_at"]),
        "closed": from_micros(store, row["closed_at"]),
        "closed_as": row["closed_as"],
        "acknowledged_until": from_micros(store, row["acknowledged_until"]),
    }


@click.command()
@UNIT
@click.option("--state", type=click.Choice(tuple(NOTICE_STATE)), help="按状态。 By state.")
@click.option("--person", metavar="NAME", help="按收件人姓名。 By the recipient's name.")
@click.option("--day", metavar="YYYY-MM-DD", help="按产生日期。 By the day on which it was owed.")
@click.option("--limit", type=click.IntRange(0), default=200, show_default=True, help="0 为全部。 0 for all.")
@click.option("--text", "with_text", is_flag=True, help="附上已送达的正文。 With the text as delivered.")
@AS_JSON
def notices(
    unit: str | None, state: str | None, person: str | None, day: str | None, limit: int, with_text: bool, as_json: bool
) -> int:
    """列出通知。 Notices, by unit, state, person and day."""
    from tasks.chasing.lists import list_notices

    store = read_store()
    found = list_notices(store=store, unit=unit, state=state, person=person, day=day, limit=limit)
    if as_json:
        answer(_notice(store, row, with_text) for row in found)
        return 0
    columns = (
        Said("编号", "id"),
        Said("收件", "to"),
        Said("状态", "state"),
        Said("次数", "tries"),
        Said("产生", "created"),
        Said("内容", "lines"),
        Said("说明", "error"),
    )
    titles = {requirement.key: requirement.title for requirement in store.plan().requirements}
    rows = []
    for row in found:
        lines = "\n".join(_line(titles, line) for line in row["lines"][:5])
        more = len(row["lines"]) - 5
        created = str(from_micros(store, row["created_at"]))[:16].replace("T", " ")
        whom = f"{row['unit']} {role_said(row['role'], store.plan(), store.settings.lang)}".strip()
        rest = (
            (Said("\n… 另有 {} 项", "\n… and {} more").in_language(store.settings.lang)).format(more)
            if more > 0
            else ""
        )
        state_word = said(NOTICE_STATE, row["state"], store.settings.lang)
        rows.append((row["number"], whom, state_word, row["attempts"], created, lines + rest, row["error"]))
        if with_text and row["sent_text"]:
            rows.append(("", "", "", "", "", row["sent_text"], ""))
    table(columns, rows, store.settings.lang)
    return 0


def _line(titles: Mapping[str, str], line: Mapping[str, Any]) -> str:
    """A line of a notice in a table: whose duty, which, for which rung, and its title where the plan has it still."""
    title = titles.get(f"{line['phase']}.{line['requirement']}", "")
    return f"{line['unit']} {line['requirement']} [{line['rung'] or line['kind']}] {title}".rstrip()


def _notice(store: Store, row: dict[str, Any], with_text: bool) -> dict[str, Any]:
    data = {
        "id": row["number"],
        "state": row["state"],
        "to": {"unit": row["unit"], "role": row["role"]},
        "lines": row["lines"],
        "attempts": row["attempts"],
        "error": row["error"],
        "created": from_micros(store, row["created_at"]),
        "not_before": from_micros(store, row["not_before"]),
        "next_try": from_micros(store, row["next_try"]),
        "settled": from_micros(store, row["settled_at"]),
        "code": row["code"],
        "repeat": bool(row["repeat"]),
    }
    return {**data, "text": row["sent_text"]} if with_text else data
