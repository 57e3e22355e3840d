"""Vacancies (联系人空缺) of a campaign: who would not hear of what, from when, and who hears instead."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import select
from sqlmodel import col

from models.moments import micros, moment_at
from models.plan.model import Plan
from models.rules.chasing.chasing import rung_table
from models.rules.chasing.fitting import answering
from models.rules.chasing.policy import Policy, policy_text, read_policy
from models.rules.chasing.recipients import governments_of, superiors_of, targets_of, without_beside
from models.rules.chasing.vacancies import asked_of, needed, unanswered, vacancies
from models.rules.delivery.channel_condition import FAILURES_TO_SET_ASIDE, Condition
from models.tables import ContactRow
from models.units import NATION, ON_DUTY
from tasks.campaign.former_codes import covered_now, read_former
from tasks.campaign.offices import find_unit, scope_units
from tasks.campaign.store import Store
from tasks.delivery.channel_condition import read_conditions
from tasks.judging.judge import judge_all
from tasks.registers.roster import on_duty, roster_rows

_DUTIES = {"unit": pl.String, "place": pl.Int64, "due": pl.Int64, "begins": pl.Int64, "chased": pl.Boolean}


def list_vacancies(store: Store, unit: str | None, now: datetime, limit: int) -> list[dict[str, Any]]:
    """Offices at and below `unit` whose role a ladder of the plan needs and in which nobody can be reached.

    Each: unit, unit_name, role, why (vacant, unreachable), duties (how many would be told of there), next (at, in
    microseconds; phase, requirement, rung) or None where nothing is to be told, told (unit, unit_name, role) of whoever hears
    instead, or None. The first to matter first. limit 0: all.
    """
    scope = find_unit(store, unit) if unit and unit != NATION else None
    plan, offices = store.plan(), store.units()
    inside = scope_units(store, scope)["unit"] if scope else offices["unit"]
    with store.reading() as connection:
        former = read_former(connection)
    policies = {place: read_policy(policy_text(plan, one)) for place, one in enumerate(plan.requirements) if one.ladder}
    duties = _duties(
        store=store,
        plan=plan,
        scope=scope,
        offices=offices.filter(pl.col("unit").is_in(inside.implode())),
        policies=policies,
        covered_by=covered_now(offices, plan.overlay_units, former),
        now=now,
    )
    contacts, further = store.contacts(), store.further_superiors()
    superiors = superiors_of(offices, further)
    asked = asked_of(
        duties=duties,
        rungs=rung_table(duties.drop_nulls("due").select("due", policy="place"), policies, store.calendar()),
        targets=_targets(policies, contacts),
        superiors=superiors,
        governments=governments_of(offices, further),
        now=micros(now),
    )
    keys = [one.key for one in plan.requirements]
    asked, contacts = unanswered(asked, contacts, keys, answering(contacts, offices))
    needs = needed(asked)
    contacts = pl.concat([contacts, _on_duty(store, contacts, needs, now)])
    needs = needs.filter(pl.col("unit").is_in(inside.implode()))
    found = vacancies(needs, _holders(store, contacts, now), superiors)
    names = dict(offices.select("unit", "name").iter_rows())
    return [_listed(row, plan, names) for row in found.head(limit or found.height).iter_rows(named=True)]


def _duties(
    store: Store,
    plan: Plan,
    scope: str | None,
    offices: pl.DataFrame,
    policies: Mapping[int, Policy],
    covered_by: Mapping[str, pl.Series],
    now: datetime,
) -> pl.DataFrame:
    """Every duty with a ladder: those that are judged now, and the first period of those that have yet to begin."""
    verdicts = judge_all(store, scope, now).verdicts.filter(pl.col("place").is_in(list(policies)))
    judged = verdicts.select(
        "unit",
        pl.col("place").cast(pl.Int64),
        "due",
        begins=pl.lit(None, pl.Int64),
        chased=(pl.col("standing") != "met") & ~pl.col("waived"),
    )
    frames = [judged]
    begun = set(judged["place"].unique())
    for place in policies.keys() - begun:
        requirement = plan.requirements[place]
        owing = offices.filter(pl.col("level") == requirement.judged_at)["unit"]
        if requirement.scope is not None:
            owing = owing.filter(owing.is_in(covered_by[requirement.scope].implode()))
        phase = plan.phase(requirement.phase)
        begins = micros(phase.starts) if phase and phase.starts > now else None
        about = {"place": place, "due": None, "begins": begins, "chased": False}
        frames.append(pl.DataFrame({"unit": owing, **about}, schema=_DUTIES))
    return pl.concat(frames)


def _targets(policies: Mapping[int, Policy], contacts: pl.DataFrame) -> pl.DataFrame:
    """Whom each rung tells, or has sign; a role that no contact of the campaign has is missed where no owner hears beside it."""
    both = pl.concat([targets_of(policies), targets_of(policies, papers=True)]).unique(maintain_order=True)
    return without_beside(both, contacts["role"].unique().to_list())


def _on_duty(store: Store, contacts: pl.DataFrame, needs: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """Whoever the rosters name, as far as they are kept by now, at the moment when it first matters."""
    wanted = needs.filter(pl.col("role") == ON_DUTY)
    rows = roster_rows(store, wanted["unit"].to_list(), now) if wanted.height else None
    found = [contacts.clear()]
    if rows is not None:
        for (at,), group in wanted.partition_by("at", as_dict=True).items():
            moment = now if at is None else moment_at(int(str(at)), store.zone)
            found.append(on_duty(contacts, rows, group["unit"].to_list(), moment).select(contacts.columns))
    return pl.concat(found)


def _holders(store: Store, contacts: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """Of every person in a role whether no channel of theirs works: unit, role, dead."""
    columns = (ContactRow.unit, ContactRow.role, ContactRow.person, ContactRow.address, ContactRow.shown)
    with store.reading() as connection:
        rows = [tuple(row) for row in connection.execute(select(*map(col, columns)))]
        conditions = read_conditions(connection, {row[3]: row[4] for row in rows})
    dead = {address for address, condition in conditions.items() if _is_dead(condition, micros(now))}
    listed = [(unit, role, person, address in dead) for unit, role, person, address, _ in rows]
    schema = {"unit": pl.String, "role": pl.String, "person": pl.String, "dead": pl.Boolean}
    channels = pl.DataFrame(listed, schema=schema, orient="row")
    # whoever is on duty is entered in some other role
    both = pl.concat([channels, channels.with_columns(role=pl.lit(ON_DUTY))])
    by_person = both.group_by("unit", "role", "person").agg(pl.col("dead").all())
    return contacts.select("unit", "role", "person").join(by_person, on=["unit", "role", "person"]).drop("person")


def _is_dead(condition: Condition, at: int) -> bool:
    """True for a channel that was refused for good, or has failed until it was set aside."""
    return condition.refuses or condition.is_aside(at) or condition.failures >= FAILURES_TO_SET_ASIDE


def _listed(row: Mapping[str, Any], plan: Plan, names: Mapping[str, str]) -> dict[str, Any]:
    requirement = plan.requirements[row["place"]] if row["place"] is not None else None
    coming = requirement and {
        "at": row["at"],
        "phase": requirement.phase,
        "requirement": requirement.id,
        "rung": row["rung"],
    }
    told = row["told"] and {"unit": row["told"], "unit_name": names[row["told"]], "role": row["told_as"]}
    return {
        "unit": row["unit"],
        "unit_name": names[row["unit"]],
        "role": row["role"],
        "why": "unreachable" if row["dead"] else "vacant",
        "duties": row["duties"],
        "next": coming,
        "told": told or None,
    }
