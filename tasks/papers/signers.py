"""Who may act on a paper, and whom it goes to: only a draft can be signed or returned, by who holds its signer's role today."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection, func
from sqlmodel import col, select

from models.moments import micros
from models.rules.chasing.recipients import TARGET_SCHEMA, addressed, governments_of, superiors_of
from models.rules.papers.papers import paper_number
from models.tables import Case, Paper, PaperCase
from models.units import Role
from models.wording import Refusal, Said
from tasks.campaign.store import Store
from tasks.papers.authority import ActBy, Holder, holders_for, named_among
from tasks.papers.in_notices import signed_papers


def open_draft(connection: Connection, paper: int, now: datetime) -> Mapping[str, Any]:
    """A paper that can still be signed or returned. Refusal says what became of it otherwise."""
    row = connection.execute(signed_papers().where(col(Paper.id) == paper)).mappings().first()
    number = paper_number(paper)
    if row is None:
        raise Refusal(f"没有文稿 {number}，可用 pucha papers 查看", f"there is no paper {number}; see pucha papers")
    if row["state"] == "signed":
        raise Refusal(
            f"文稿 {number} 已由{row['signed_by']}签发，不能再改",
            f"{row['signed_by']} has signed paper {number}; nothing of it changes any more",
        )
    if row["state"] == "returned":
        raise Refusal(
            f"文稿 {number} 已由{row['settled_by']}退回：{row['reason']}",
            f"{row['settled_by']} returned paper {number}: {row['reason']}",
        )
    if row["state"] == "withdrawn":
        raise _withdrawn(connection, dict(row))
    if row["made_at"] > micros(now):
        raise Refusal(f"所给时刻早于文稿 {number} 的拟稿时间", f"at that moment paper {number} was not there yet")
    done = select(func.count()).select_from(PaperCase).join(Case, col(Case.id) == col(PaperCase.case_id))
    done = done.where(col(PaperCase.paper_id) == paper, col(Case.closed_at).is_not(None))
    if connection.execute(done).scalar_one():
        raise Refusal(
            f"文稿 {number} 所列事项已有办结或调整，下一次巡查将撤回或重拟",
            f"some of what paper {number} is about is done or changed; the next pass withdraws it or drafts it again",
        )
    return dict(row)


def _withdrawn(connection: Connection, row: Mapping[str, Any]) -> Refusal:
    number = paper_number(row["id"])
    after = connection.execute(select(Paper.id).where(col(Paper.instead_of) == row["id"])).scalar()
    if after is None:
        return Refusal(
            f"文稿 {number} 已撤回：所列事项已办结、免予办理或调整，无须签发",
            f"paper {number} was withdrawn: what it was about is done, waived or changed",
        )
    return Refusal(
        f"文稿 {number} 已撤回：部分事项已办结或调整，其余事项见文稿 {paper_number(after)}",
        f"paper {number} was withdrawn: part of it is done or changed; the rest is in paper {paper_number(after)}",
    )


def signing_holders(connection: Connection, store: Store, row: Mapping[str, Any], by: ActBy) -> list[Holder]:
    """The contacts of `by` in the role that signs, in order. Refusal names those who hold it."""
    number = paper_number(row["id"])
    what = Said(f"文稿 {number} 的签发", f"signing paper {number}")
    return named_among(connection, [(row["signer_unit"], row["signer_role"])], by.name, what, store.plan().roles)


def returning_holders(connection: Connection, store: Store, row: Mapping[str, Any], by: ActBy) -> list[Holder]:
    """The contacts of `by` who may return a paper: those whom the plan names, else whoever signs it too."""
    number = paper_number(row["id"])
    what = Said(f"文稿 {number} 的退回", f"returning paper {number}")
    if "return" not in store.plan().authority.roles:
        with suppress(Refusal):
            return named_among(
                connection, [(row["signer_unit"], row["signer_role"])], by.name, what, store.plan().roles
            )
    return holders_for(connection=connection, store=store, act="return", unit=row["unit"], by=by, what=what)


def addressees(
    connection: Connection, store: Store, papers: Sequence[tuple[str, tuple[str, ...]]]
) -> list[list[tuple[str, Role]]]:
    """For each paper, given as its late office and its recipients, the offices and roles that it goes to."""
    units, further = store.units(connection=connection), store.further_superiors(connection)
    kinds = {recipients: number for number, recipients in enumerate(dict.fromkeys(to for _, to in papers))}
    targets = [(number, 0, *target.split(".", 1)) for recipients, number in kinds.items() for target in recipients]
    rows = [(place, unit, kinds[recipients], 0) for place, (unit, recipients) in enumerate(papers)]
    schema = {"case": pl.Int64, "unit": pl.String, "policy": pl.Int64, "no": pl.Int64}
    aimed = addressed(
        pl.DataFrame(rows, schema=schema, orient="row"),
        pl.DataFrame(targets, schema=TARGET_SCHEMA, orient="row"),
        superiors_of(units, further),
        governments_of(units, further),
    )
    found: dict[int, list[tuple[str, Role]]] = defaultdict(list)
    for place, office, role in aimed.select("case", "to_unit", "role").iter_rows():
        if office is not None:
            found[place].append((office, role))
    return [found[place] for place in range(len(papers))]
