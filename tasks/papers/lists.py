"""Papers read back: as a list, and one in full."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, text
from sqlmodel import col

from models.moments import moment_or_none
from models.rules.papers.facts import PaperFacts
from models.rules.papers.papers import paper_number
from models.tables import Paper
from models.units import NATION
from models.wording import Refusal
from tasks.campaign.former_codes import with_former
from tasks.campaign.offices import find_unit, scope_units
from tasks.campaign.store import Store
from tasks.papers.in_notices import number_of, sheet, signed_papers, signer_of


@dataclass(frozen=True)
class PaperListed:
    """A paper in a list. number: 发文字号, None before it is signed or without a 代字; signer: office and role, then name.

    settled: when it was signed, returned or withdrawn; issued: how many were told of the signed paper.
    """

    id: str
    number: str | None
    kind: str
    title: str
    unit: str
    unit_name: str
    signer_unit: str
    signer_role: str
    signer: str
    state: str
    made: datetime
    settled: datetime | None
    settled_by: str | None
    reason: str | None
    instead_of: str | None
    cases: tuple[int, ...]
    content_hash: str
    issued: int


def list_papers(store: Store, unit: str | None, state: str | None) -> list[PaperListed]:
    """Papers about, or to be signed at, `unit` and below; drafts first, then the newest."""
    inside = None if unit is None or unit == NATION else scope_units(store, find_unit(store, unit))["unit"]
    query = signed_papers().order_by(case((col(Paper.state) == "draft", 0), else_=1), col(Paper.id).desc())
    if state:
        query = query.where(col(Paper.state) == state)
    with store.reading() as connection:
        known = set() if inside is None else with_former(connection, inside)
        rows = connection.execute(query).mappings().all()
        issued = {row.id: row.issued for row in connection.execute(text(_ISSUED))}
    return [
        _listed(store, dict(row), issued.get(row["id"], 0))
        for row in rows
        if inside is None or row["unit"] in known or row["signer_unit"] in known
    ]


_ISSUED = (
    "SELECT p.id, COUNT(*) AS issued FROM papers p JOIN paper_cases pc ON pc.paper_id = p.id JOIN notice_lines l"
    " ON l.case_id = pc.case_id AND l.rung = 'paper-' || p.id || '-issued' AND l.state = 'live' AND l.kind = 'issued'"
    " JOIN notices n ON n.id = l.notice_id AND n.state = 'accepted' WHERE p.state = 'signed' GROUP BY p.id"
)


def show_paper(store: Store, paper: int) -> tuple[PaperListed, str]:
    """One paper with its whole text as it stands. Refusal if there is none."""
    with store.reading() as connection:
        row = connection.execute(signed_papers().where(col(Paper.id) == paper)).mappings().first()
        issued = {one.id: one.issued for one in connection.execute(text(_ISSUED))}
    if row is None:
        number = paper_number(paper)
        raise Refusal(f"没有文稿 {number}，可用 pucha papers 查看", f"there is no paper {number}; see pucha papers")
    return _listed(store, dict(row), issued.get(paper, 0)), sheet(dict(row), store.settings.lang, store.plan().zone)


def _listed(store: Store, row: dict[str, Any], issued: int) -> PaperListed:
    facts = PaperFacts.from_json(row["facts"])
    zone = store.plan().zone

    def moment(at: int | None) -> datetime | None:
        return moment_or_none(at, zone)

    made = moment(row["made_at"])
    assert made is not None
    return PaperListed(
        id=paper_number(row["id"]),
        number=number_of(row),
        kind=row["kind"],
        title=row["title"],
        unit=row["unit"],
        unit_name=facts.unit,
        signer_unit=row["signer_unit"],
        signer_role=row["signer_role"],
        signer=signer_of(facts, store.settings.lang, row["signed_by"]),
        state=row["state"],
        made=made,
        settled=moment(row["settled_at"]),
        settled_by=row["settled_by"],
        reason=row["reason"],
        instead_of=paper_number(row["instead_of"]) if row["instead_of"] else None,
        cases=tuple(duty.case for duty in facts.duties),
        content_hash=row["content_hash"],
        issued=issued,
    )
