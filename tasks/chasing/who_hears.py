"""Who would hear of a unit's duties (谁会收到): by phase, rung and role, as recipients are looked up today."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl
from sqlalchemy import select
from sqlmodel import col

from models.plan.model import Plan, Requirement, Rung, covers
from models.rules.chasing.fitting import answering
from models.rules.chasing.policy import Policy, policy_text, read_policy
from models.rules.chasing.recipients import (
    ADMIN_ROLE,
    OWNER,
    at_offices,
    governments_of,
    superiors_of,
    targets_of,
    with_persons,
)
from models.tables import ContactRow
from models.units import NATION, ON_DUTY, ROLES
from tasks.campaign.offices import find_unit
from tasks.campaign.store import Store
from tasks.registers.roster import with_those_on_duty

Group = Sequence[Requirement]
"""Requirements of one phase with one ladder: of each the same persons hear."""


@dataclass(frozen=True)
class Hearer:
    """Somebody whom a rung would tell, or have sign, of what the office `of` owes.

    at, target: as the plan writes them; unit, role: as which they are told; only_for: as `models.plan.answerable` reads it;
    instead_of: the role of the target, where nobody holds it. name: None where nobody at all would hear.
    """

    of: str
    phase: str
    ladder: str
    requirements: tuple[str, ...]
    rung: str
    at: str
    target: str
    unit: str
    unit_name: str
    role: str
    name: str | None
    only_for: str
    instead_of: str | None


def who_hears(store: Store, unit: str | None, now: datetime) -> list[Hearer]:
    """Everybody whom the rungs of an office's duties would tell, each for each rung and target; of the top offices for None.

    Who is on duty is as of `now`. A contact who answers for values of rows alone is among them: which rows there will be is
    not known.
    """
    offices = store.units()
    tops = offices.filter(pl.col("superior").is_null())["unit"].to_list()
    codes = tops if unit in (None, NATION) else [find_unit(store, unit)]
    return [one for code in codes for one in _of_office(store, offices, code, now)]


def _of_office(store: Store, offices: pl.DataFrame, code: str, now: datetime) -> Iterator[Hearer]:
    plan = store.plan()
    groups = _groups(plan, code, offices.filter(pl.col("unit") == code)["level"].item())
    policies = {number: read_policy(policy_text(plan, same[0])) for number, same in enumerate(groups)}
    further = store.further_superiors()
    superiors = superiors_of(offices, further)
    aimed = at_offices(_aimed(code, groups, policies), superiors, governments_of(offices, further))
    contacts = store.contacts()
    on_duty = aimed.filter(pl.col("role") == ON_DUTY)["to_unit"].drop_nulls().unique().to_list()
    if on_duty:
        contacts = with_those_on_duty(store, contacts, on_duty, now)
    told = with_persons(aimed, contacts, superiors, answering(contacts, offices))
    told = told.filter(pl.col("role") != ADMIN_ROLE)
    nobody = aimed.join(told, on=["case", "policy"], how="anti").with_columns(
        pl.coalesce("to_unit", "unit").alias("to_unit")
    )
    heard = pl.concat([told.drop("vacant_role", "untold", "stand_in"), nobody], how="diagonal")
    heard = heard.sort("case", maintain_order=True)
    names, known = dict(offices.select("unit", "name").iter_rows()), _known(store)
    for row in heard.iter_rows(named=True):
        same, rung = groups[row["policy"]], policies[row["policy"]].rungs[row["no"]]
        held = None if row["role"] == ON_DUTY else row["role"]
        name, only_for = known.get((row["to_unit"], held, row["person"]), (None, ""))
        asked = row["target"].partition(".")[2]
        instead_of = None if asked == row["role"] and row["vacant"] is None else asked
        if instead_of is not None and _is_beside(row["target"], rung):
            continue  # the owner hears of it as such
        yield Hearer(
            of=code,
            phase=same[0].phase,
            ladder=str(same[0].ladder),
            requirements=tuple(one.id for one in same),
            rung=rung.id,
            at=str(rung.at),
            target=row["target"],
            unit=row["to_unit"],
            unit_name=names[row["to_unit"]],
            role=row["role"],
            name=name,
            only_for=only_for if held else "",
            instead_of=instead_of,
        )


def _is_beside(target: str, rung: Rung) -> bool:
    """Whether a rung names a further role beside the owner of the same office, so that nobody need stand in for it."""
    whose, _, role = target.partition(".")
    return role not in ROLES and f"{whose}.{OWNER}" in rung.to


def _groups(plan: Plan, unit: str, level: str) -> list[Group]:
    """What an office owes, or may come to owe where a column of rows says who does, by phase and ladder."""
    found: dict[tuple[str, str], list[Requirement]] = {}
    for one in plan.requirements:
        named_by_rows = one.each is not None and one.each.owed_by is not None
        if one.ladder and covers(one.scope, unit) and (named_by_rows or one.judged_at == level):
            found.setdefault((one.phase, one.ladder), []).append(one)
    return list(found.values())


def _aimed(unit: str, groups: Sequence[Group], policies: Mapping[int, Policy]) -> pl.DataFrame:
    """Every target of every rung, each as a case of its own, since somebody may hear in several roles."""
    targets = pl.concat([targets_of(policies), targets_of(policies, papers=True)]).unique(maintain_order=True)
    keys = {number: same[0].key for number, same in enumerate(groups)}
    papers = [(number, no, rung.makes_paper) for number, one in policies.items() for no, rung in enumerate(one.rungs)]
    makes = pl.DataFrame(papers, schema={"policy": pl.Int64, "no": pl.Int64, "paper": pl.Boolean}, orient="row")
    return (
        targets.join(makes, on=["policy", "no"], maintain_order="left")
        .sort("policy", "no", maintain_order=True)
        .with_row_index("case")
        .with_columns(
            unit=pl.lit(unit),
            period=pl.lit(""),
            requirement=pl.col("policy").replace_strict(keys, return_dtype=pl.String),
            target=pl.concat_str("whose", pl.lit("."), "role"),
        )
    )


def _known(store: Store) -> dict[tuple[str, str | None, str], tuple[str, str]]:
    """The name of each person and what they answer for, in each role at each unit, and there in any role (None)."""
    columns = (ContactRow.unit, ContactRow.role, ContactRow.person, ContactRow.name, ContactRow.only_for)
    with store.reading() as connection:
        rows = connection.execute(select(*map(col, columns)).order_by(col(ContactRow.place).desc())).all()
    return {(unit, one, person): (name, only) for unit, role, person, name, only in rows for one in (role, None)}
