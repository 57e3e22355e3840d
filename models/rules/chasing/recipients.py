"""Who hears of a fired rung: from `unit.owner`, `superior.leader`, `government.head` to persons.

Frames: superiors (unit, superior) on the business line, primary first; governments (unit, government);
contacts (unit, role, person, place, only_for). Nobody in a role is not silence: the line goes one superior up and
to the administrator (architecture rule 7).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import polars as pl

from models.rules.chasing.policy import OFF_LADDER, Policy
from models.rules.judging.tree import LONGEST_CHAIN
from models.units import ON_DUTY, ROLES

ADMIN_ROLE = "admin"
ADMIN_PERSON = "admin"
OWNER, LEADER = "owner", "leader"
_LINE = ":line"
_AT_OFFICE = ["case", "no", "to_unit"]
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


def without_beside(targets: pl.DataFrame, held: Collection[str]) -> pl.DataFrame:
    """Targets (policy, no, whose, role) without those beside an owner in a role that nobody at all has: none of `held`."""
    owners = targets.filter(pl.col("role") == OWNER).select("policy", "no", "whose")
    beyond = is_declared("role") | (pl.col("role") == ON_DUTY)
    beside = targets.filter(beyond & ~pl.col("role").is_in(list(held))).join(
        owners, on=["policy", "no", "whose"], how="semi"
    )
    return targets.join(beside, on=["policy", "no", "whose", "role"], how="anti", maintain_order="left")


def addressed(
    fired: pl.DataFrame, targets: pl.DataFrame, superiors: pl.DataFrame, governments: pl.DataFrame
) -> pl.DataFrame:
    """The offices and roles that a fired rung addresses.

    fired: case, unit, policy, no …. Returns the columns of `fired` with to_unit (null where there is no
    such office) and role, each once.
    """
    aimed = fired.join(targets, on=["policy", "no"], maintain_order="left")
    columns = [*fired.columns, "to_unit", "role"]
    return (
        at_offices(aimed, superiors, governments)
        .select(columns)
        .unique(["case", "no", "to_unit", "role"], keep="first", maintain_order=True)
    )


def at_offices(aimed: pl.DataFrame, superiors: pl.DataFrame, governments: pl.DataFrame) -> pl.DataFrame:
    """aimed: unit, whose … Returns the same with to_unit: the unit's own office, each of its superiors, or the office of
    its government; null where there is no such office."""
    own = aimed.filter(pl.col("whose") == "unit").with_columns(to_unit=pl.col("unit"))
    up = aimed.filter(pl.col("whose") == "superior").join(
        superiors.select("unit", to_unit="superior"), on="unit", how="left", maintain_order="left"
    )
    government = aimed.filter(pl.col("whose") == "government").join(
        governments.select("unit", to_unit="government"), on="unit", how="left", maintain_order="left"
    )
    return pl.concat([frame.select(*aimed.columns, "to_unit") for frame in (own, up, government)])


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


Fits = Callable[[pl.DataFrame], pl.DataFrame]
"""Of lines with those who hold the role (person, only_for), the ones of contacts who answer for that line (`fitting`)."""


def everybody(hits: pl.DataFrame) -> pl.DataFrame:
    return hits


def with_persons(
    lines: pl.DataFrame, contacts: pl.DataFrame, superiors: pl.DataFrame, fits: Fits = everybody
) -> pl.DataFrame:
    """Find the persons for each addressed line; nobody is told the same of one case and rung twice.

    lines: … to_unit, role. Returns the same with person, vacant and vacant_role (the office and role that
    nobody holds; null where somebody does), untold: of those roles, the ones for which nobody at all was found, and
    stand_in: of a vacancy whose own office was told instead, in which role.
    Where nobody holds a role that the plan declares, the owner of that office is told; of a paper, its leader; and where the same
    rung tells that owner anyway, nobody has to stand in, and it is no vacancy. A vacant line goes to the first superior
    upwards who has somebody in that role, and to the administrator, who hears of each vacant office once; a role there that
    only a superior could hold is superior.ROLE. Whoever is on duty stands among the contacts; nobody on duty is no vacancy.
    """
    primary = superiors.unique("unit", keep="first", maintain_order=True).select(at="unit", superior="superior")
    people = _People(contacts.rename({"unit": "at"}).drop("place", "seat", strict=False), fits)
    seeking = lines.with_row_index(_LINE).with_columns(
        at=pl.col("to_unit"), vacant=pl.lit(None, pl.String), asked=pl.col("role")
    )
    on_duty = people.holding(seeking.filter(pl.col("role") == ON_DUTY))
    seeking = _without_beside(_without(seeking, on_duty), lines, pl.col("role") == ON_DUTY).with_columns(
        pl.col("role", "asked").replace(ON_DUTY, OWNER)
    )
    # a paper is for whoever leads an office, never for its clerk to sign
    stand_in = pl.lit(OWNER) if "paper" not in lines.columns else _stand_in()
    found, vacancies = [on_duty], seeking.clear()
    for step in range(LONGEST_CHAIN):
        holders = people.holding(seeking)
        seeking = _without(seeking, holders)
        if step == 0:
            seeking = _without_beside(seeking, lines, is_declared("role"))
            vacancies = seeking = seeking.with_columns(vacant=pl.coalesce("to_unit", "unit"))
        others = people.holding(seeking.filter(is_declared("role")).with_columns(role=stand_in))
        found += [holders, others]
        seeking = _without(seeking, others).join(primary, on="at", how="left", maintain_order="left")
        seeking = seeking.filter(pl.col("superior").is_not_null())
        seeking = seeking.with_columns(at=pl.col("superior")).drop("superior")
        if seeking.is_empty():
            break
    reached = pl.concat(found)
    if vacancies.height or on_duty.height:
        # whoever is told in a role of their own is not told again in place of somebody else
        reached = reached.sort(pl.col("vacant").is_not_null(), _LINE, maintain_order=True)
    elsewhere = (pl.col("at") != pl.col("vacant")).fill_null(False)
    to_persons = reached.with_columns(
        to_unit=pl.col("at"),
        vacant=pl.when(elsewhere).then("vacant"),
        vacant_role=pl.when(elsewhere).then("asked"),
        untold=pl.lit(None, pl.String),
        stand_in=pl.lit(None, pl.String),
    )
    to_persons = (
        _all_roles_named(to_persons)
        .drop("at", "asked", "only_for", _LINE, strict=False)
        .unique(["case", "no", "person"], keep="first", maintain_order=True)
    )
    return pl.concat([to_persons, _to_admin(vacancies, reached).select(to_persons.columns)])


def _without_beside(seeking: pl.DataFrame, lines: pl.DataFrame, further: pl.Expr) -> pl.DataFrame:
    """What is still sought, without the `further` roles that a rung names beside the owner of the same office."""
    sought = seeking.filter(further)
    if sought.is_empty():
        return seeking
    owners = lines.filter(pl.col("role") == OWNER).select(_AT_OFFICE).unique()
    return _without(seeking, sought.join(owners, on=_AT_OFFICE, how="semi", nulls_equal=True))


def _stand_in() -> pl.Expr:
    return pl.when("paper").then(pl.lit(LEADER)).otherwise(pl.lit(OWNER))


@dataclass(frozen=True)
class _People:
    """Who holds which role: at, role, person …"""

    frame: pl.DataFrame
    fits: Fits

    def holding(self, lines: pl.DataFrame) -> pl.DataFrame:
        """The lines with everybody who holds their role at `at` and answers for them."""
        return self.fits(lines.join(self.frame, on=["at", "role"], how="inner", maintain_order="left"))


def _without(lines: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """Those of `lines` that are not among `found`, by their numbers: of a million an anti join takes far longer."""
    if found.is_empty():
        return lines
    heard = pl.Series(_LINE, [False]).new_from_index(0, int(str(lines[_LINE].max())) + 1)
    return lines.filter(~heard.scatter(found[_LINE], True)[lines[_LINE]])


def is_declared(role: str) -> pl.Expr:
    """True for a role that a plan declares, of the column of that name."""
    return ~pl.col(role).is_in([*ROLES, ADMIN_ROLE, ON_DUTY])


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
    instead = reached.filter(pl.col("vacant").is_not_null())
    at_home = pl.when(pl.col("at") == pl.col("vacant")).then("role").otherwise(pl.lit(""))
    told = instead.group_by("vacant", role="asked").agg(told=at_home.max())
    # an office at the top has nobody above it; that is not yet that it has nobody itself
    named = pl.when(pl.col("to_unit").is_null()).then(pl.lit("superior.") + pl.col("role")).otherwise("role")
    listed = roles.join(told, on=["vacant", "role"], how="left", maintain_order="left").with_columns(
        vacant_role=named.str.join(",").over("vacant"),
        untold=named.filter(pl.col("told").is_null()).str.join(",").over("vacant"),
        stand_in=pl.when((pl.col("told").fill_null("") != "").all().over("vacant")).then("told"),
    )
    return (
        listed.unique("vacant", keep="first", maintain_order=True)
        .with_columns(
            to_unit=pl.when(pl.int_range(pl.len()).over("case", "no") == 0).then(pl.lit("")).otherwise("vacant"),
            untold=pl.when(pl.col("untold") != "").then("untold"),
        )
        .with_columns(role=pl.lit(ADMIN_ROLE), person=pl.lit(ADMIN_PERSON))
    )
