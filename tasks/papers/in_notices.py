"""What a notice says about a paper, read when the notice is sent."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import Connection, Select, select
from sqlmodel import col

from models.moments import moment_at
from models.rules.papers.facts import PaperFacts, office_title
from models.rules.papers.papers import document_number, is_letter, paper_number
from models.tables import Paper, Signature
from models.units import ROLE_ZH, Role
from models.wording import Lang, Said

REMIND, RAISE, ISSUED = "remind", "raise", "issued"
ROLE_EN: dict[Role, str] = {
    "owner": "the officer in charge",
    "leader": "the office's leader",
    "head": "the head of the leading group",
}


@dataclass(frozen=True)
class PaperInNotice:
    """A paper as a notice names it. number: of its office once it has one, else ours.

    signer: who must sign, or signed; sheet: the whole signed paper, empty before it is signed; is_letter: a letter (函)
    to the late office, not a report (报告) about it.
    """

    id: str
    number: str
    title: str
    signer: str
    signed_at: datetime | None
    sheet: str
    is_letter: bool


def rung_name(paper_id: int, step: str) -> str:
    """The name under which the ledger keeps a line about a paper: owed once to each person."""
    return f"paper-{paper_id}-{step}"


def papers_in_notices(
    connection: Connection, papers: Collection[int], lang: Lang, zone: tzinfo
) -> dict[int, PaperInNotice]:
    """Papers by their id, in words."""
    rows = connection.execute(signed_papers().where(col(Paper.id).in_(list(papers)))).mappings() if papers else ()
    return {row["id"]: _in_words(dict(row), lang, zone) for row in rows}


def signed_papers() -> Select[Any]:
    """Papers with their signatures: the columns of a paper, and signed_by, signed_at, prefix, year, serial."""
    signature: tuple[Any, ...] = (
        col(Signature.name).label("signed_by"),
        col(Signature.at).label("signed_at"),
        col(Signature.prefix),
        col(Signature.year),
        col(Signature.serial),
    )
    return select(Paper, *signature).outerjoin(Signature, col(Signature.paper_id) == col(Paper.id))


def _in_words(row: dict[str, Any], lang: Lang, zone: tzinfo) -> PaperInNotice:
    facts = PaperFacts.from_json(row["facts"])
    number = number_of(row) or paper_number(row["id"])
    if row["signed_at"] is None:
        return PaperInNotice(
            id=paper_number(row["id"]),
            number=number,
            title=row["title"],
            signer=signer_of(facts, lang),
            signed_at=None,
            sheet="",
            is_letter=is_letter(facts.recipients),
        )
    signed_at = moment_at(row["signed_at"], zone)
    signer = signer_of(facts, lang, row["signed_by"])
    return PaperInNotice(
        id=paper_number(row["id"]),
        number=number,
        title=row["title"],
        signer=signer,
        signed_at=signed_at,
        sheet=sheet(row, lang, zone),
        is_letter=is_letter(facts.recipients),
    )


def number_of(row: dict[str, Any]) -> str | None:
    """发文字号 of a signed paper; None where its office has set no 代字, or it is not signed."""
    return document_number(row["prefix"], row["year"], row["serial"]) if row["prefix"] else None


def signer_of(facts: PaperFacts, lang: Lang, name: str | None = None) -> str:
    """Who signs, by office and role, and by name once it is known."""
    title = holder_title(facts.signer, facts.signer_role, facts.signer_title)
    if lang == "zh":
        return f"{title.zh}{name or ''}"
    return f"{name}, {title.en}" if name else title.en


def holder_title(office: str, role: Role, title: str = "") -> Said:
    """Whoever holds a role in an office, without a name. title: of a role that the plan declares."""
    if title:
        return Said(f"{office}{title}", f"{title} in {office}")
    head = office if role == "head" else f"{office}人普办"
    return Said(f"{head}{ROLE_ZH[role].removeprefix('办公室')}", f"{ROLE_EN[role]} in {office}")


def sheet(row: dict[str, Any], lang: Lang, zone: tzinfo) -> str:
    """The paper as it stands: number, text with the office that signs, and the day; a draft says that it is one.

    Only a report (上行文) names its signer (签发人), beside its number; a letter is signed by its office.
    """
    facts = PaperFacts.from_json(row["facts"])
    head = number_of(row) or ""
    if row["signed_at"] is None:
        number, signer = paper_number(row["id"]), signer_of(facts, lang)
        draft = Said(f"（{number}，待{signer}签发）", f"({number}, to be signed by {signer})")
        void = Said(f"（{number}，未经签发，无效）", f"({number}, not signed, void)")
        foot = (draft if row["state"] == "draft" else void).in_language(lang)
    else:
        day = moment_at(row["signed_at"], zone)
        office = office_title(facts.signer, facts.signer_role, facts.campaign).in_language(lang)
        if lang == "zh" and not is_letter(facts.recipients):
            head = f"{head}　　签发人：{row['signed_by']}".strip()
        foot = {
            "zh": f"{day.year}年{day.month}月{day.day}日",
            "en": f"Signed for {office} by {signer_of(facts, lang, row['signed_by'])}\n{day.day} {day:%B %Y}",
        }[lang]
    return "\n".join(part for part in (head, row["content"].strip(), foot) if part)
