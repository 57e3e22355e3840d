"""Who hears of a fired rung: from `unit.owner`, `superior.leader`, `government.head` to persons.

Frames: superiors (unit, superior) on the business line, primary first; governments (unit, government);
contacts (unit, role, person, place). Nobody in a role is not silence: the line goes one superior up and
to the administrator (architecture rule 7).
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from models.rules.chasing.policy import Policy
from models.rules.judging.tree import LONGEST_CHAIN

ADMIN_ROLE = "admin"
ADMIN_PERSON = "admin"
TARGET_SCHEMA = {"policy": pl.Int64, "no": pl.Int64, "whose": pl.String, "role": pl.String}


def targets_of(policies: Mapping[int, Policy], *, papers: bool = False) -> pl.DataFrame:
    """Whom each rung tells: policy, no, whose, role. For a rung that makes a paper, whoever must sign it."""
    rows = []
    for policy_id, policy in policies.items():
        for no, rung in enumerate(policy.rungs):
            to = (rung.signed_by,) if rung.signed_by and not papers else rung.to
            rows += [(policy_id, no, *target.split(".", 1)) for target in to if target]
    return pl.DataFrame(rows, schema=TARGET_SCHEMA, orient="row")


def addressed(
    fired: pl.DataFrame, targets: pl.DataFrame, superiors: pl.DataFrame, governments: pl.DataFrame
) -> pl.DataFrame:
    """The offices and roles that a fired rung addresses.

    fired: case, unit, policy, no …. Returns the columns of `fired` with to_unit (null where there is no
    such office) and role, each once.
    """
    aimed = fired.join(targets, on=["policy", "no"], maintain_order="left")
    own = aimed.filter(pl.col("whose") == "unit").with_columns(to_unit=pl.col("unit"))
    up = aimed.filter(pl.col("whose") == "superior").join(
        superiors.select("unit", to_unit="superior"), on="unit", how="left", maintain_order="left"
    )
    government = aimed.filter(pl.col("whose") == "government").join(
        governments.select("unit", to_unit="government"), on="unit", how="left", maintain_order="left"
    )
    columns = [*fired.columns, "to_unit", "role"]
    return pl.concat([frame.select(columns) for frame in (own, up, government)]).unique(
        ["case", "no", "to_unit", "role"], keep="first", maintain_order=True
    )


def governments_of(units: pl.DataFrame, further: pl.DataFrame) -> pl.DataFrame:
    """The leading group that commands each unit: the one named on the government line, else the one beside
    its superior, else, at the top, its own. Returns unit, government."""
    named = further.filter(pl.col("line") == "government").select("unit", government="superior")
    others = units.join(named, on="unit", how="anti").select("unit", government=pl.coalesce("superior", "unit"))
    return pl.concat([named, others])


def superiors_of(units: pl.DataFrame, further: pl.DataFrame) -> pl.DataFrame:
    """The superiors of each unit on the business line, the primary one first. Returns unit, superior."""
    primary = units.filter(pl.col("superior").is_not_null()).select("unit", "superior")
    more = further.filter(pl.col("line") == "business").select("unit", "superior")
    return pl.concat([primary, more]).unique(keep="first", maintain_order=True)


def with_persons(lines: pl.DataFrame, contacts: pl.DataFrame, superiors: pl.DataFrame) -> pl.DataFrame:
    """Find the persons for each addressed line; nobody is told the same of one case and rung twice.

    lines: … to_unit, role. Returns the same with person, vacant and vacant_role (the office and role that
    nobody holds; null where somebody does). A vacant line goes to the first superior upwards who has
    somebody in that role, and to the administrator, who hears of each vacant office once.
    """
    primary = superiors.unique("unit", keep="first", maintain_order=True).select(at="unit", superior="superior")
    people = contacts.select(at="unit", role="role", person="person")
    seeking = lines.with_columns(at=pl.col("to_unit"), vacant=pl.lit(None, pl.String))
    found, vacancies = [], []
    for step in range(LONGEST_CHAIN):
        joined = seeking.join(people, on=["at", "role"], how="left", maintain_order="left")
        found.append(joined.filter(pl.col("person").is_not_null()))
        seeking = joined.filter(pl.col("person").is_null()).drop("person")
        if step == 0:
            seeking = seeking.with_columns(vacant=pl.coalesce("to_unit", "unit"))
            vacancies.append(seeking)
        seeking = seeking.join(primary, on="at", how="left", maintain_order="left").filter(
            pl.col("superior").is_not_null()
        )
        seeking = seeking.with_columns(at=pl.col("superior")).drop("superior")
        if seeking.is_empty():
            break
    reached = pl.concat(found).with_columns(
        to_unit=pl.col("at"), vacant_role=pl.when(pl.col("vacant").is_not_null()).then(pl.col("role"))
    )
    to_admin = (
        pl.concat(vacancies)
        .unique(["vacant", "role"], keep="first", maintain_order=True)
        .with_columns(vacant_role=pl.col("role").str.join(",").over("vacant"))
        .unique("vacant", keep="first", maintain_order=True)
        .with_columns(to_unit=pl.lit(""), role=pl.lit(ADMIN_ROLE), person=pl.lit(ADMIN_PERSON))
    )
    return pl.concat([reached.drop("at"), to_admin.select(reached.drop("at").columns)]).unique(
        ["case", "no", "person"], keep="first", maintain_order=True
    )
