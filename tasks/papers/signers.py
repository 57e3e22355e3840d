"""Who may act on a paper, and whom it goes to: only a draft can be signed or returned, by who holds its signer's role today."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection, func, update
from sqlmodel import col, select

from models.moments import micros
from models.personal import kept_words
from models.rules.chasing.recipients import TARGET_SCHEMA, addressed, governments_of, superiors_of
from models.rules.papers.facts import PaperFacts
from models.rules.papers.papers import paper_number
from models.tables import Case, ContactRow, Paper, PaperCase, SigningCode
from models.text import name_key
from models.units import Role
from models.wording import Refusal
from tasks.campaign.store import Store
from tasks.papers.in_notices import signed_papers, signer_of


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
            f"文稿 {number} 已撤回：所列事项已办结、豁免或调整，无须签发",
            f"paper {number} was withdrawn: what it was about is done, waived or changed",
        )
    return Refusal(
        f"文稿 {number} 已撤回：部分事项已办结或调整，其余事项见文稿 {paper_number(after)}",
        f"paper {number} was withdrawn: part of it is done or changed; the rest is in paper {paper_number(after)}",
    )


def holders_named(connection: Connection, row: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The contacts of `name` in the role that signs, in order. Refusal names those who hold it."""
    office = (col(ContactRow.unit) == row["signer_unit"], col(ContactRow.role) == row["signer_role"])
    held = select(ContactRow.name, ContactRow.person, ContactRow.channel).where(*office).order_by(col(ContactRow.place))
    all_of_them = connection.execute(held).mappings().all()
    name = kept_words(name, "姓名", "the name")
    own: list[Mapping[str, Any]] = [
        dict(one) for one in all_of_them if name and name_key(one["name"]) == name_key(name)
    ]
    if own:
        return own
    facts = PaperFacts.from_json(row["facts"])
    listed = list(dict.fromkeys(one["name"] for one in all_of_them if one["name"]))
    number = paper_number(row["id"])
    who_zh = f"（现为{'、'.join(listed)}）" if listed else "（现无人担任，请先补充联系人）"
    who_en = f" (now {', '.join(listed)})" if listed else " (nobody at present; load a contact first)"
    raise Refusal(
        f"文稿 {number} 应由{signer_of(facts, 'zh')}处理{who_zh}，{name}不能代签",
        f"paper {number} is for {signer_of(facts, 'en')}{who_en}; {name} cannot sign or return it",
    )


def end_codes(connection: Connection, paper: int) -> None:
    """A paper that nobody signs any more: the codes that were sent for it are good for nothing."""
    live = (col(SigningCode.paper_id) == paper, col(SigningCode.state) == "live")
    connection.execute(update(SigningCode).where(*live).values(state="dead"))


def addressees(
    connection: Connection, store: Store, papers: Sequence[tuple[str, tuple[str, ...]]]
) -> list[list[tuple[str, Role]]]:
    """For each paper, given as its late office and its recipients, the offices and roles that it goes to."""
    units, further = store.units(connection=connection), store.further_superiors()
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
