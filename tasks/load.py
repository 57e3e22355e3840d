"""Loading (装载): plan, units, superiors and contacts into the campaign; idempotent, and tells what changed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import Connection, delete, insert, text

from models.plan import Plan, due_at
from models.plan_file import PlanFiles
from models.rules.judging import micros
from models.rules.policy import policy_digest, policy_text
from models.rules.tree import circles
from models.rules.unit_files import read_superiors, read_units
from models.tables import Campaign, PlanVersion, SuperiorRow, UnitRow
from models.tables import Policy as PolicyRow
from models.wording import Refusal, Said
from tasks.contacts import put_contacts
from tasks.store import Store
from tasks.tabular import read_table
from tasks.templates import check_texts


@dataclass
class Changes:
    """What a load changed, in words and in figures."""

    plan: bool = False
    units: dict[str, int] = field(default_factory=dict)
    superiors: dict[str, int] = field(default_factory=dict)
    contacts: dict[str, int] = field(default_factory=dict)
    moved: list[dict[str, Any]] = field(default_factory=list)
    move_cases: bool = False
    dry_run: bool = False

    def words(self) -> list[Said]:
        """What changed, a sentence each."""
        said = [
            Said("方案：已更新" if self.plan else "方案：无变化", "plan: updated" if self.plan else "plan: unchanged")
        ]
        for zh, en, part in (
            ("单位", "units", self.units),
            ("另有上级", "further superiors", self.superiors),
            ("联系人", "contacts", self.contacts),
        ):
            if part:
                said.append(
                    Said(
                        f"{zh}：新增 {part['added']}，变更 {part['changed']}，删除 {part['removed']}",
                        f"{en}: {part['added']} added, {part['changed']} changed, {part['removed']} removed",
                    )
                )
        if self.moved:
            count = len(self.moved)
            kept = Said(
                f"{count} 件在办催办件仍按原方案；如需改按新方案，请加 --move-cases",
                f"{count} open cases keep their old dates; --move-cases moves them",
            )
            moved = Said(f"{count} 件在办催办件改按新方案", f"{count} open cases follow the new plan")
            said.append(moved if self.move_cases else kept)
        if self.dry_run:
            said.append(Said("以上为演练，未作更改", "a rehearsal: nothing was changed"))
        return said


def load(
    store: Store,
    plan: PlanFiles | None,
    units: Path | None,
    superiors: Path | None,
    contacts: Path | None,
    now: datetime,
    *,
    dry_run: bool = False,
    move_cases: bool = False,
) -> Changes:
    """Create or update the campaign from files, all of it or nothing. Refusal names file, row and cure."""
    check_texts(store.home)
    unit_rows = read_units(read_table(units), units.name) if units else None
    changes = Changes(move_cases=move_cases, dry_run=dry_run)
    with store.writing() as connection:
        known = unit_rows if unit_rows is not None else store.units(connection=connection)
        if plan is not None:
            changes.plan = _put_plan(connection, plan, now)
        if unit_rows is not None:
            _no_circles(unit_rows, units)
            changes.units = _put(
                connection, UnitRow, _current_units(store, connection), _unit_dicts(unit_rows), ("code",)
            )
        if superiors is not None:
            rows = read_superiors(read_table(superiors), superiors.name, known)
            current = store.frame(
                "SELECT code, superior, line FROM superiors",
                dict.fromkeys(("code", "superior", "line"), pl.String),
                connection,
            )
            changes.superiors = _put(connection, SuperiorRow, current.to_dicts(), rows, ("code", "superior", "line"))
        if contacts is not None:
            changes.contacts = put_contacts(store, connection, contacts, known)
        if plan is not None:
            changes.moved = _moved_cases(connection, plan.plan)
            if move_cases:
                _move(connection, changes.moved)
        if dry_run:
            connection.rollback()
    return changes


def _moved_cases(connection: Connection, plan: Plan) -> list[dict[str, Any]]:
    """Open cases whose due moment or ladder the plan now sets otherwise: case, unit, requirement, was, now."""
    query = (
        "SELECT c.id, c.unit, c.requirement, c.period, c.due, p.text AS policy FROM cases c JOIN policies p ON p.id = c.policy"
        " WHERE c.closed_at IS NULL AND NOT EXISTS (SELECT 1 FROM decisions d WHERE d.unit = c.unit"
        " AND d.requirement = c.requirement AND d.period = c.period AND d.kind = 'extend')"
    )
    requirements = {requirement.key: requirement for requirement in plan.requirements}
    policies = {key: policy_text(plan, requirement) for key, requirement in requirements.items()}
    moved = []
    for row in connection.execute(text(query)):
        requirement = requirements.get(row.requirement)
        if requirement is None:
            continue
        due = due_at(requirement.dues, row.unit)
        new = micros(due) if due is not None else row.due
        if new != row.due or policies[row.requirement] != row.policy:
            moved.append({"case": row.id, "unit": row.unit, "requirement": row.requirement, "period": row.period, "was": row.due, "now": new,
                          "policy": policies[row.requirement]})  # fmt: skip
    return moved


def _move(connection: Connection, moved: Sequence[dict[str, Any]]) -> None:
    """Let open cases follow the plan in force. What they have told already stays told."""
    known = {row.digest: row.id for row in connection.execute(text("SELECT digest, id FROM policies"))}
    for body in {case["policy"] for case in moved}:
        digest = policy_digest(body)
        if digest not in known:
            known[digest] = connection.execute(
                insert(PolicyRow).values(digest=digest, text=body).returning(text("id"))
            ).scalar_one()
    rows = [{"id": case["case"], "due": case["now"], "policy": known[policy_digest(case["policy"])]} for case in moved]
    if rows:
        connection.execute(text("UPDATE cases SET due = :due, policy = :policy WHERE id = :id"), rows)


def _put_plan(connection: Connection, files: PlanFiles, now: datetime) -> bool:
    sources = json.dumps([{"name": name, "text": body} for name, body in files.sources], ensure_ascii=False)
    leaves = json.dumps(list(files.leaves), ensure_ascii=False)
    held = connection.execute(text("SELECT census, sources, leaves FROM campaign")).first()
    if held is not None and held.census != files.plan.census:
        raise Refusal(
            f"本库存放的是 {held.census}，不能装载 {files.plan.census}；请为新的普查另设 PUCHA_HOME 或 PUCHA_DATABASE_URL",
            f"this database holds {held.census}, not {files.plan.census}; give the new census a PUCHA_HOME of its own",
        )
    if held is not None and (held.sources, held.leaves) == (sources, leaves):
        return False
    connection.execute(delete(Campaign))
    row = {"census": files.plan.census, "title": files.plan.title, "sources": sources, "leaves": leaves}
    connection.execute(insert(Campaign), [{"id": 1, **row, "loaded_at": micros(now)}])
    connection.execute(insert(PlanVersion), [{"sources": sources, "loaded_at": micros(now)}])
    return True


def _current_units(store: Store, connection: Connection) -> list[dict[str, Any]]:
    return _unit_dicts(store.units(connection=connection))


def _unit_dicts(units: pl.DataFrame) -> list[dict[str, Any]]:
    return units.select(code="unit", name="name", level="level", superior="superior").to_dicts()


def _no_circles(units: pl.DataFrame, file: Path | None) -> None:
    caught = circles(units)
    if caught:
        listed = "、".join(caught[:5])
        name = file.name if file else ""
        raise Refusal(
            f"{name}：{listed} 互为上级，请改正 superior 一栏",
            f"{name}: {', '.join(caught[:5])} are each other's superiors; mend the column superior",
        )


def _put(
    connection: Connection,
    table: Any,
    current: Sequence[dict[str, Any]],
    wanted: Sequence[dict[str, Any]],
    key: tuple[str, ...],
) -> dict[str, int]:
    """Make the rows of `table` those in `wanted`. Returns how many were added, changed and removed."""
    held = {tuple(row[part] for part in key): row for row in current}
    asked = {tuple(row[part] for part in key): row for row in wanted}
    added = [row for name, row in asked.items() if name not in held]
    changed = [row for name, row in asked.items() if name in held and held[name] != row]
    removed = [row for name, row in held.items() if name not in asked]
    where = " AND ".join(f"{part} = :{part}" for part in key)
    gone = [{part: row[part] for part in key} for row in (*removed, *changed)]
    if gone:
        connection.execute(text(f"DELETE FROM {table.__tablename__} WHERE {where}"), gone)
    if added or changed:
        connection.execute(insert(table), [*added, *changed])
    return {"added": len(added), "changed": len(changed), "removed": len(removed)}
