"""Signing (签发) and returning papers, by a named person.

A signature keeps signer, time, the hash of the text and that of the one-time code; after it nothing of the
paper changes, which the database itself enforces too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, update
from sqlmodel import col, select

from models.moments import micros
from models.personal import kept_words
from models.rules.papers.papers import content_hash, paper_number, prefix_for
from models.tables import Paper, Signature, SigningCode
from models.wording import Refusal
from tasks.audit_trail import records
from tasks.campaign.clock import campaign_clock
from tasks.campaign.store import Store
from tasks.papers.codes import try_code
from tasks.papers.in_notices import number_of
from tasks.papers.signers import end_codes, holders_named, open_draft


@dataclass(frozen=True)
class Signed:
    """A signature. number: 发文字号, None where the office has set no 代字."""

    paper: str
    title: str
    number: str | None
    name: str
    at: datetime
    content_hash: str


def sign(store: Store, paper: int, name: str, code: str, now: datetime) -> Signed:
    """Sign `paper` with the code that `name` was sent. Refusal for anything that does not fit; a wrong code counts.

    The signature bears `now`; the paper goes out from that moment of the campaign on, see `tasks.campaign.clock`.
    """
    with store.writing() as connection:
        row = open_draft(connection, paper, now)
        holders = holders_named(connection, row, name)
        found, refusal = try_code(
            connection=connection, store=store, row=row, holders=holders, code=code, now=store.machine(now)
        )
        if found is not None:
            signed = _put(connection=connection, store=store, row=row, holders=holders, code=found, now=now)
    if refusal is not None:
        raise refusal
    return signed


def _put(
    connection: Connection,
    store: Store,
    row: Mapping[str, Any],
    holders: Sequence[Mapping[str, Any]],
    code: Mapping[str, Any],
    now: datetime,
) -> Signed:
    """Write the signature down and close the paper for good."""
    if content_hash(row["content"]) != row["content_hash"]:
        raise Refusal(
            "文稿正文与拟稿时不一致，不能签发", "the text is not the one that was drafted; it cannot be signed"
        )
    holder = next(one for one in holders if one["person"] == code["person"])
    serial = _serial(
        connection, prefix_for(store.settings.paper_prefix, row["signer_unit"]), now.astimezone(store.plan().zone).year
    )
    values = {
        "paper_id": row["id"],
        "name": holder["name"],
        "unit": row["signer_unit"],
        "role": row["signer_role"],
        "person": holder["person"],
        "at": micros(now),
        "machine_at": micros(store.machine(now)),
        "content_hash": row["content_hash"],
        "code_hash": code["code_hash"],
        **serial,
    }
    connection.execute(insert(Signature), [values])
    connection.execute(
        update(Paper)
        .where(col(Paper.id) == row["id"])
        .values(state="signed", settled_at=micros(campaign_clock(connection, now)), settled_by=holder["name"])
    )
    connection.execute(update(SigningCode).where(col(SigningCode.id) == code["id"]).values(state="used"))
    end_codes(connection, row["id"])
    number = number_of(serial)
    about = {
        "paper": paper_number(row["id"]),
        "number": number,
        "content_hash": row["content_hash"],
        "code_hash": code["code_hash"],
        "machine_at": values["machine_at"],
    }
    records.record(connection, records.SIGNATURE, holder["name"], about, now)
    return Signed(
        paper=paper_number(row["id"]),
        title=row["title"],
        number=number,
        name=holder["name"],
        at=now,
        content_hash=row["content_hash"],
    )


def _serial(connection: Connection, prefix: str | None, year: int) -> dict[str, Any]:
    """The next number under a 代字 in a year; none without a 代字."""
    if prefix is None:
        return {"prefix": None, "year": None, "serial": None}
    within = (col(Signature.prefix) == prefix, col(Signature.year) == year)
    last = connection.execute(select(func.max(Signature.serial)).where(*within)).scalar()
    return {"prefix": prefix, "year": year, "serial": (last or 0) + 1}


def return_paper(store: Store, paper: int, name: str, reason: str, now: datetime) -> str:
    """Return a draft unsigned, with the reason. Returns its number. It is not drafted again by itself."""
    if not reason.strip():
        raise Refusal("请用 --reason 注明退回理由", "say with --reason why it is returned")
    reason = kept_words(reason, "退回理由", "the reason")
    with store.writing() as connection:
        row = open_draft(connection, paper, now)
        holder = holders_named(connection, row, name)[0]
        connection.execute(
            update(Paper)
            .where(col(Paper.id) == paper)
            .values(
                state="returned",
                settled_at=micros(campaign_clock(connection, now)),
                settled_by=holder["name"],
                reason=reason.strip(),
            )
        )
        end_codes(connection, paper)
        about = {"paper": paper_number(paper), "reason": reason.strip()}
        records.record(connection, "paper-returned", holder["name"], about, now)
    return paper_number(paper)
