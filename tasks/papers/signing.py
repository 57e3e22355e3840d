"""Signing (签发) and returning papers, by a named person.

A signature keeps signer, time, the hash of the text and that of the one-time code; after it nothing of the
paper changes, which the database itself enforces too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, update
from sqlmodel import col, select

from models.moments import micros
from models.rules.papers.facts import PaperFacts
from models.rules.papers.papers import content_hash, is_letter, paper_number, prefix_for
from models.tables import Paper, Signature
from models.wording import Refusal, Said
from tasks.audit_trail import records
from tasks.campaign.clock import campaign_clock
from tasks.campaign.store import Store
from tasks.papers.authority import ActBy, Holder
from tasks.papers.codes import CodeSent, ToConfirm, confirm, end_codes
from tasks.papers.in_notices import number_of
from tasks.papers.signers import open_draft, returning_holders, signing_holders


@dataclass(frozen=True)
class Signed:
    """A signature. number: 发文字号, None where the office has set no 代字."""

    paper: str
    title: str
    number: str | None
    name: str
    at: datetime
    content_hash: str


def sign(store: Store, paper: int, by: ActBy) -> Signed | CodeSent:
    """Sign `paper` with the code that was sent for it; without one, send it. Refusal for anything that does not fit.

    The signature bears `by.at`; the paper goes out from that moment of the campaign on, see `tasks.campaign.clock`.
    """

    def prepare(connection: Connection) -> ToConfirm:
        row = open_draft(connection, paper, by.at)
        number = paper_number(paper)
        return ToConfirm(
            act="sign",
            subject=number,
            content_hash=row["content_hash"],
            number=number,
            said=Said(f"签发《{row['title']}》（{number}）", f"sign “{row['title']}” ({number})"),
            again=f"pucha sign {number} --by {by.name.strip()}",
            holders=signing_holders(connection, store, row, by),
        )

    def do(connection: Connection, asked: ToConfirm, code: Mapping[str, Any]) -> Signed:
        row = open_draft(connection, paper, by.at)
        holder = next(one for one in asked.holders if one["person"] == code["person"])
        return _put(connection=connection, store=store, row=row, holder=holder, code=code, by=by)

    return confirm(store, by, prepare, do)


def _put(
    connection: Connection,
    store: Store,
    row: Mapping[str, Any],
    holder: Holder,
    code: Mapping[str, Any],
    by: ActBy,
) -> Signed:
    """Write the signature down and close the paper for good."""
    if content_hash(row["content"]) != row["content_hash"]:
        raise Refusal(
            "文稿正文与拟稿时不一致，不能签发", "the text is not the one that was drafted; it cannot be signed"
        )
    serial = _serial(
        connection,
        prefix_for(
            store.settings.paper_prefix,
            row["signer_unit"],
            letter=is_letter(PaperFacts.from_json(row["facts"]).recipients),
        ),
        by.at.astimezone(store.plan().zone).year,
    )
    values = {
        "paper_id": row["id"],
        "name": holder["name"],
        "unit": row["signer_unit"],
        "role": row["signer_role"],
        "person": holder["person"],
        "at": micros(by.at),
        "machine_at": micros(by.clock),
        "content_hash": row["content_hash"],
        "code_hash": code["code_hash"],
        **serial,
    }
    connection.execute(insert(Signature), [values])
    connection.execute(
        update(Paper)
        .where(col(Paper.id) == row["id"])
        .values(state="signed", settled_at=micros(campaign_clock(connection, by.at)), settled_by=holder["name"])
    )
    number = number_of(serial)
    about = {
        "paper": paper_number(row["id"]),
        "number": number,
        "content_hash": row["content_hash"],
        "code_hash": code["code_hash"],
        "machine_at": values["machine_at"],
    }
    records.record(connection, records.SIGNATURE, holder["name"], about, by.at)
    return Signed(
        paper=paper_number(row["id"]),
        title=row["title"],
        number=number,
        name=holder["name"],
        at=by.at,
        content_hash=row["content_hash"],
    )


def _serial(connection: Connection, prefix: str | None, year: int) -> dict[str, Any]:
    """The next number under a 代字 in a year; none without a 代字."""
    if prefix is None:
        return {"prefix": None, "year": None, "serial": None}
    within = (col(Signature.prefix) == prefix, col(Signature.year) == year)
    last = connection.execute(select(func.max(Signature.serial)).where(*within)).scalar()
    return {"prefix": prefix, "year": year, "serial": (last or 0) + 1}


def return_paper(store: Store, paper: int, by: ActBy) -> str:
    """Return a draft unsigned, with the reason. Returns its number. It is not drafted again by itself."""
    reason, number = by.with_reason(), paper_number(paper)
    with store.writing() as connection:
        row = open_draft(connection, paper, by.at)
        holder = returning_holders(connection, store, row, by)[0]
        connection.execute(
            update(Paper)
            .where(col(Paper.id) == paper)
            .values(
                state="returned",
                settled_at=micros(campaign_clock(connection, by.at)),
                settled_by=holder["name"],
                reason=reason,
            )
        )
        end_codes(connection, "sign", number)
        records.record(connection, "paper-returned", holder["name"], {"paper": number, "reason": reason}, by.at)
    return number
