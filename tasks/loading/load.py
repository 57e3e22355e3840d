"""Loading (装载): plan, units, superiors and contacts into the campaign; idempotent, and tells what changed."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import Connection, delete, func, insert, or_, text
from sqlmodel import SQLModel, col, select

from models.moments import micros
from models.personal import kept_words
from models.plan.expressions import proven
from models.plan.files import PlanFiles
from models.plan.model import Plan, Requirement
from models.rules.chasing.policy import policy_text
from models.rules.judging.judging import earliest_due
from models.rules.loading.departed import Departed, departed, names_that_moved, refuse_former_codes
from models.rules.loading.unit_files import read_contacts, read_superiors, read_units
from models.tables import Campaign, Case, ContactRow, PlanVersion, SuperiorRow, UnitRow
from models.units import UNIT_COLUMNS
from models.wording import Refusal
from tasks.audit_trail import records
from tasks.audit_trail.grounds import digests_of_loaded
from tasks.audit_trail.texts import are_loaded, texts_in_force
from tasks.campaign.calendars import load_calendar
from tasks.campaign.folding import forget_latest
from tasks.campaign.former_codes import covered_now, read_former
from tasks.campaign.store import Store
from tasks.campaign.template_check import check_texts
from tasks.chasing.cases import follow_plan
from tasks.files.received import shown_name
from tasks.judging.settled import forget_settled
from tasks.loading.changes import Changes
from tasks.loading.contacts import never_told, put_contacts
from tasks.loading.listed import named_by_former_code, named_without_code, read_listed, refuse_circles
from tasks.loading.put import put_rows
from tasks.papers.drafts import settle_papers


@dataclass(frozen=True)
class Files:
    """What is to be loaded; None for what stays as it is."""

    plan: PlanFiles | None = None
    units: Path | None = None
    superiors: Path | None = None
    contacts: Path | None = None


def load(
    store: Store,
    files: Files,
    now: datetime,
    *,
    dry_run: bool = False,
    move_cases: bool = False,
    by: str = records.ADMINISTRATOR,
) -> Changes:
    """Create or update the campaign from files, all of it or nothing. Refusal names file, row and cure.

    Without any file, what was worked out from reports is forgotten, so that the next pass makes it anew. by: who loads it,
    for the trail, which keeps the hash of every text that is in force from then on.
    """
    author = kept_words(by, "装载人", "the name of who loads") or records.ADMINISTRATOR
    plan, units, superiors, contacts = files.plan, files.units, files.superiors, files.contacts
    check_texts(store.home)
    if plan is not None:
        load_calendar(plan.plan.calendar, store.home)
    changes = Changes(move_cases=move_cases, dry_run=dry_run)
    unit_rows = read_units(read_listed(units, changes.remarks), shown_name(units)) if units else None
    with store.writing() as connection:
        former = read_former(connection)
        known = unit_rows if unit_rows is not None else store.units(connection=connection)
        if plan is not None:
            changes.first = connection.execute(select(Campaign.id)).first() is None
            changes.plan = _put_plan(connection, plan, now)
        if unit_rows is not None and units is not None:
            refuse_circles(unit_rows, shown_name(units))
            refuse_former_codes(unit_rows, store.units(connection=connection), former, shown_name(units))
            changes.departed = _departed(store, connection, unit_rows)
            moved = names_that_moved(store.units(connection=connection), unit_rows)
            changes.remarks += [] if moved is None else [moved]
            changes.units = put_rows(
                connection, UnitRow, _current_units(store, connection), _unit_dicts(unit_rows), ("code",)
            )
            changes.superiors = _without_office(connection, SuperiorRow, SuperiorRow.code, SuperiorRow.superior)
            changes.contacts = _without_office(connection, ContactRow, ContactRow.unit)
        if superiors is not None:
            listed = read_superiors(read_listed(superiors, changes.remarks), shown_name(superiors), known, former)
            changes.remarks += named_without_code(shown_name(superiors), listed.by_name)
            changes.remarks += named_by_former_code(shown_name(superiors), listed.by_former)
            current = [dict(row) for row in connection.execute(select(SuperiorRow)).mappings()]
            put = put_rows(connection, SuperiorRow, current, listed.rows, ("code", "superior", "line"))
            changes.superiors = _both(changes.superiors, put)
        if contacts is not None:
            in_force = plan.plan if plan else store.plan()
            people = read_contacts(
                read_listed(contacts, changes.remarks), shown_name(contacts), known, former, in_force
            )
            changes.remarks += named_without_code(shown_name(contacts), people.by_name)
            changes.remarks += named_by_former_code(shown_name(contacts), people.by_former)
            changes.contacts = _both(changes.contacts, put_contacts(store, connection, contacts, people.rows))
            changes.never_told = never_told(connection, in_force.office_hours)
        if plan is not None:
            held_by = covered_now(known, plan.plan.overlay_units, former)
            changes.idle_overlays = [unit for unit, units_there in held_by.items() if units_there.is_empty()]
            changes.moved = _moved_cases(connection, plan.plan, held_by)
            if move_cases:
                follow_plan(connection, changes.moved, now)
                settle_papers(connection, store, now, [case["case"] for case in changes.moved])
        changes.dropped = _dropped_cases(connection, plan.plan if plan else None)
        if contacts is None or plan is not None or unit_rows is not None or superiors is not None:
            forget_settled(connection)
            forget_latest(connection)
        texts = texts_in_force(connection, store.home)
        if changes.something or not are_loaded(connection, texts):
            about = {**changes.counts(), "loaded": digests_of_loaded(connection), "texts": texts}
            records.record(connection, records.LOAD, author, about, now)
        if dry_run:
            connection.rollback()
    return changes


def _departed(store: Store, connection: Connection, after: pl.DataFrame) -> list[Departed]:
    """The offices that leave, with what stands under them before it is removed."""
    contacts = connection.execute(select(ContactRow.unit, func.count()).group_by(ContactRow.unit)).all()
    open_cases = select(Case.unit, func.count()).where(col(Case.closed_at).is_(None)).group_by(col(Case.unit))
    by_case = connection.execute(open_cases).all()
    before = store.units(connection=connection).select("unit", "name", "level", "superior")
    return departed(before, after, {row[0]: row[1] for row in contacts}, {row[0]: row[1] for row in by_case})


def _moved_cases(connection: Connection, plan: Plan, covered_by: Mapping[str, pl.Series]) -> list[dict[str, Any]]:
    """Open cases whose due moment or ladder the plan now sets otherwise: case, unit, requirement, was, now.

    covered_by: the units that each overlay of the plan is about.
    """
    query = (
        "SELECT c.id, c.unit, c.requirement, c.period, c.due, p.text AS policy FROM cases c JOIN policies p ON p.id = c.policy"
        " WHERE c.closed_at IS NULL AND NOT EXISTS (SELECT 1 FROM decisions d WHERE d.unit = c.unit"
        " AND d.requirement = c.requirement AND d.period = c.period AND d.kind = 'extend') ORDER BY c.id"
    )
    requirements = {requirement.key: requirement for requirement in plan.requirements}
    policies = {key: policy_text(plan, requirement) for key, requirement in requirements.items()}
    by_requirement: dict[str, list[Any]] = defaultdict(list)
    for row in connection.execute(text(query)):
        by_requirement[row.requirement].append(row)
    moved = []
    for key, rows in by_requirement.items():
        if key not in requirements:
            continue
        dues = _dues(requirements[key], [row.unit for row in rows], covered_by)
        for row, due in zip(rows, dues, strict=True):
            new = row.due if due is None else due
            if new != row.due or policies[key] != row.policy:
                moved.append(
                    {
                        "case": row.id,
                        "unit": row.unit,
                        "requirement": key,
                        "period": row.period,
                        "was": row.due,
                        "now": new,
                        "policy": policies[key],
                    }
                )
    return sorted(moved, key=lambda case: case["case"])


def _dues(requirement: Requirement, units: list[str], covered_by: Mapping[str, pl.Series]) -> list[int | None]:
    """When each of `units` owes a requirement by the plan; None where it is periodic or not owed, or rows say it."""
    if not requirement.dues or (requirement.each is not None and requirement.each.due is not None):
        return [None] * len(units)
    frame = pl.DataFrame({"unit": units})
    return frame.with_columns(due=earliest_due(requirement.dues, frame["unit"], covered_by))["due"].to_list()


def _dropped_cases(connection: Connection, plan: Plan | None) -> list[int]:
    """Open cases of offices or requirements that there are no longer; the next pass withdraws them."""
    query = (
        "SELECT c.id, c.requirement, u.code FROM cases c LEFT JOIN units u ON u.code = c.unit"
        " WHERE c.closed_at IS NULL ORDER BY c.id"
    )
    known = {requirement.key for requirement in plan.requirements} if plan else None
    return [
        row.id
        for row in connection.execute(text(query))
        if row.code is None or (known is not None and row.requirement not in known)
    ]


def _put_plan(connection: Connection, files: PlanFiles, now: datetime) -> bool:
    sources = json.dumps([{"name": name, "text": body} for name, body in files.sources], ensure_ascii=False)
    leaves = json.dumps(list(files.leaves), ensure_ascii=False)
    held = connection.execute(select(Campaign)).first()
    if held is not None and held.census != files.plan.census:
        raise Refusal(
            f"本库存放的是 {held.census}，不能装载 {files.plan.census}；请为新的普查另设 PUCHA_HOME 或 PUCHA_DATABASE_URL",
            f"this database holds {held.census}, not {files.plan.census}; give the new census a PUCHA_HOME of its own",
        )
    if held is not None and (held.sources, held.leaves) == (sources, leaves):
        return False
    connection.execute(delete(Campaign))
    row = {
        "census": files.plan.census,
        "title": files.plan.title,
        "sources": sources,
        "leaves": leaves,
        "proof": proven(files.provable),
    }
    connection.execute(insert(Campaign), [{"id": 1, **row, "loaded_at": micros(now)}])
    connection.execute(insert(PlanVersion), [{"sources": sources, "loaded_at": micros(now)}])
    return True


def _without_office(connection: Connection, table: type[SQLModel], *columns: str) -> dict[str, int]:
    """Remove rows that name, in one of `columns`, an office that there is no longer."""
    gone = or_(*(col(column).not_in(select(UnitRow.code)) for column in columns))
    removed = connection.execute(delete(table).where(gone)).rowcount
    return {"added": 0, "changed": 0, "removed": removed} if removed else {}


def _both(first: dict[str, int], second: dict[str, int]) -> dict[str, int]:
    return {key: first.get(key, 0) + count for key, count in second.items()}


def _current_units(store: Store, connection: Connection) -> list[dict[str, Any]]:
    return _unit_dicts(store.units(connection=connection))


def _unit_dicts(units: pl.DataFrame) -> list[dict[str, Any]]:
    return units.select(*UNIT_COLUMNS).rename({"unit": "code"}).to_dicts()
