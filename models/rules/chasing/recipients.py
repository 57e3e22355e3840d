"""Who hears of a fired rung: from `unit.owner`, `superior.leader`, `government.head` to persons.

Frames: superiors (unit, superior) on the business line, primary first; governments (unit, government);
contacts (unit, role, person, place). Nobody in a role is not silence: the line goes one superior up and
to the administrator (architecture rule 7).
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from models.rules.chasing.policy import OFF_LADDER, Policy
from models.rules.judging.tree import LONGEST_CHAIN

ADMIN_ROLE = "admin"
ADMIN_PERSON = "admin"
TARGET_SCHEMA = {"policy": pl.Int64, "no": pl.Int64, "whose": pl.String, "role": pl.String}


def targets_of(policies: Mapping[int, Policy], *, papers: bool = False, roll_up: bool = False) -> pl.DataFrame:
    """Whom each rung tells: policy, no, whose, role. For a rung that makes a paper, whoever must sign it.

    papers: instead those for whom the paper is; roll_up: also whom the roll-up line tells that stands on no ladder.
    """
    rows: list[tuple[object, ...]] = [(one, OFF_LADDER, "unit", "owner") for one in policies if roll_up]
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
    nobody holds; null where somebody does), and untold: of those roles, the ones for which nobody at all was found.
    A vacant line goes to the first superior upwards who has somebody in that role, and to the administrator, who hears
    of each vacant office once; a role there that only a superior could hold is superior.ROLE.
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
        to_unit=pl.col("at"),
        vacant_role=pl.when(pl.col("vacant").is_not_null()).then(pl.col("role")),
        untold=pl.lit(None, pl.String),
    )
    to_persons = (
        _all_roles_named(reached).drop("at").unique(["case", "no", "person"], keep="first", maintain_order=True)
    )
    return pl.concat([to_persons, _to_admin(pl.concat(vacancies), reached).select(to_persons.columns)])


def _all_roles_named(reached: pl.DataFrame) -> pl.DataFrame:
    """Whoever stands in for several vacant roles of one office hears all of them named: vacant_role is owner,leader."""
    instead = reached.filter(pl.col("vacant").is_not_null())
    if instead.is_empty():
        return reached
    roles = pl.col("vacant_role").str.join(",").over("case", "no", "person", "vacant")
    return pl.concat([reached.filter(pl.col("vacant").is_null()), instead.with_columns(vacant_role=roles)])


def _to_admin(vacancies: pl.DataFrame, reached: pl.DataFrame) -> pl.DataFrame:
    """A line for the administrator about each vacant office, at the first case that met it.

    vacancies, reached: as `with_persons` finds them. A rung that meets several vacant offices has a line for each:
    their to_unit tells them apart, empty for the first.
    """
    roles = vacancies.unique(["vacant", "to_unit", "role"], keep="first", maintain_order=True)
    told = reached.filter(pl.col("vacant").is_not_null()).select("vacant", "role").unique().with_columns(told=True)
    # an office at the top has nobody above it; that is not yet that it has nobody itself
    named = pl.when(pl.col("to_unit").is_null()).then(pl.lit("superior.") + pl.col("role")).otherwise("role")
    listed = roles.join(told, on=["vacant", "role"], how="left", maintain_order="left").with_columns(
        vacant_role=named.str.join(",").over("vacant"),
        untold=named.filter(pl.col("told").is_null()).str.join(",").over("vacant"),
    )
    return (
        listed.unique("vacant", keep="first", maintain_order=True)
        .with_columns(
            to_unit=pl.when(pl.int_range(pl.len()).over("case", "no") == 0).then(pl.lit("")).otherwise("vacant"),
            untold=pl.when(pl.col("untold") != "").then("untold"),
        )
        .with_columns(role=pl.lit(ADMIN_ROLE), person=pl.lit(ADMIN_PERSON))
    )
