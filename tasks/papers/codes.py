"""One-time codes (验证码) for signing: made, sent over the signer's own channel, and tried.

Only a salted hash of a code is kept, with its expiry. Expiry and the limit of tries go by the machine's clock, whatever
moment the signature is for: who could name another moment could try for ever.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, update
from sqlmodel import col, select

from models.moments import micros, moment_at
from models.rules.papers.papers import paper_number
from models.tables import SigningCode
from models.wording import Refusal, Said
from tasks.audit_trail import records
from tasks.campaign.frames import add_row
from tasks.campaign.store import Store
from tasks.channels import Gateways, Message, OpenChannels, Outcome, mask
from tasks.papers.signers import holders_named, open_draft

_DIGITS = 6
_LIVE_CODES = 3
"""Codes for one paper and person that may be good at the same time: nobody is flooded with them."""


@dataclass(frozen=True)
class CodeSent:
    """Where a code went, masked, and until when it is good."""

    paper: str
    title: str
    to: str
    expires: datetime
    certain: bool


def request_code(store: Store, paper: int, name: str, now: datetime) -> CodeSent:
    """Make a one-time code for `name` to sign `paper` with, and send it over that person's own channel.

    Refusal if that person may not sign it, if it is no draft, or if the code could not be sent.
    """
    code = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}d}"
    machine = store.machine(now)
    expires = machine + timedelta(minutes=store.settings.sign_code_minutes)
    with store.writing() as connection:
        row = open_draft(connection, paper, now)
        holders = holders_named(connection, row, name)
        _not_too_often(connection, store, paper, holders[0]["person"], machine)
        values = {
            "paper_id": paper,
            "name": name.strip(),
            "person": holders[0]["person"],
            "content_hash": row["content_hash"],
            "code_hash": _hash(code),
            "sent_at": micros(machine),
            "expires_at": micros(expires),
            "wrong": 0,
            "state": "live",
        }
        made = add_row(connection, SigningCode, **values)
        channels = [store.keeper.unlock(holder["channel"]) for holder in holders]
    outcome, channel = asyncio.run(_send(store, channels, _message(store, row, code)))
    about = {"paper": paper_number(paper), "to": mask(channel), "state": outcome.state, "code": outcome.code}
    arrived = outcome.state in ("accepted", "unknown")
    with store.writing() as connection:
        records.record(connection, "sign-code", name.strip(), about, now)
        if not arrived:
            connection.execute(update(SigningCode).where(col(SigningCode.id) == made).values(state="dead"))
    if not arrived:
        raise Refusal(
            f"验证码未能发到 {mask(channel)}（{outcome.detail or outcome.code}），请核对渠道后重试",
            f"the code could not be sent to {mask(channel)} ({outcome.detail or outcome.code}); check the channel",
        )
    return CodeSent(paper_number(paper), row["title"], mask(channel), expires, outcome.state == "accepted")


async def _send(store: Store, channels: Sequence[str], message: Message) -> tuple[Outcome, str]:
    """Over the person's channels in order, until one does not refuse."""
    settings = store.settings
    gateways = Gateways(settings.wecombot_url, settings.dingtalk_url, settings.feishu_url)
    async with OpenChannels(gateways, settings.send_timeout) as opened:
        for channel in channels:
            outcome = await opened.send(channel, message)
            if outcome.state in ("accepted", "unknown"):
                break
    return outcome, channel


def _message(store: Store, row: Mapping[str, Any], code: str) -> Message:
    number, minutes = paper_number(row["id"]), store.settings.sign_code_minutes
    title = Said("签发验证码", "Signing code")
    body = Said(
        f"您正在签发《{row['title']}》（{number}）。\n验证码：{code}，{minutes}分钟内有效，仅限本人使用。\n"
        f"正文校验码：{row['content_hash'][:8]}\n如非本人操作，请勿告知他人，并联系系统管理员。",
        f"You are about to sign “{row['title']}” ({number}).\nCode: {code}, good for {minutes} minutes, for you alone.\n"
        f"Check of the text: {row['content_hash'][:8]}\nIf this was not you, tell nobody the code and call the administrator.",
    )
    lang = store.settings.lang
    return Message(number, title.in_language(lang), body.in_language(lang), lang=lang)


def _not_too_often(connection: Connection, store: Store, paper: int, person: str, now: datetime) -> None:
    """Refusal while codes for this paper and person were tried too often, or several are still good."""
    own = (col(SigningCode.paper_id) == paper, col(SigningCode.person) == person)
    query = select(SigningCode.state, SigningCode.wrong, SigningCode.expires_at).where(*own)
    known = connection.execute(query.where(col(SigningCode.expires_at) > micros(now))).all()
    live, wrong = sum(one.state == "live" for one in known), max((one.wrong for one in known), default=0)
    if wrong >= store.settings.sign_code_attempts or live >= _LIVE_CODES:
        until = moment_at(min(one.expires_at for one in known), store.plan().zone)
        raise Refusal(
            f"验证码获取或试错次数过多，请在 {until:%H:%M} 以后再试",
            f"too many codes or wrong tries; try again after {until:%H:%M}",
        )


def try_code(
    connection: Connection,
    store: Store,
    row: Mapping[str, Any],
    holders: Sequence[Mapping[str, Any]],
    code: str,
    now: datetime,
) -> tuple[Mapping[str, Any] | None, Refusal | None]:
    """The code row that `code` fits, or why there is none. What is counted here is kept although it is a refusal."""
    persons = {holder["person"] for holder in holders}
    good = (col(SigningCode.state) == "live", col(SigningCode.content_hash) == row["content_hash"])
    query = (
        select(SigningCode).where(col(SigningCode.paper_id) == row["id"], *good).order_by(col(SigningCode.id).desc())
    )
    live = [dict(code_row) for code_row in connection.execute(query).mappings()]
    own: list[Mapping[str, Any]] = [code_row for code_row in live if code_row["person"] in persons]
    number, name = paper_number(row["id"]), holders[0]["name"]
    if not own:
        return None, Refusal(
            f"没有发给{name}的验证码，请先执行 pucha sign {number} --by {name}",
            f"no code was sent to {name} for this; run pucha sign {number} --by {name} first",
        )
    fresh = [c for c in own if c["sent_at"] <= micros(now) < c["expires_at"]]
    if not fresh:
        return None, Refusal(
            f"验证码已过期，请重新执行 pucha sign {number} --by {name}",
            f"the code has expired; run pucha sign {number} --by {name} again",
        )
    for candidate in fresh:
        if _fits(code.strip(), candidate["code_hash"]):
            return candidate, None
    return None, _wrong(connection=connection, store=store, row=row, name=name, fresh=fresh, now=now)


def _wrong(
    connection: Connection,
    store: Store,
    row: Mapping[str, Any],
    name: str,
    fresh: Sequence[Mapping[str, Any]],
    now: datetime,
) -> Refusal:
    """Count a wrong code against all that are good; at the limit they die together."""
    these = col(SigningCode.id).in_([candidate["id"] for candidate in fresh])
    connection.execute(update(SigningCode).where(these).values(wrong=col(SigningCode.wrong) + 1))
    left = store.settings.sign_code_attempts - max(candidate["wrong"] for candidate in fresh) - 1
    about = {"paper": paper_number(row["id"]), "why": "wrong code", "left": max(left, 0)}
    records.record(connection, "sign-refused", name, about, now)
    if left > 0:
        return Refusal(f"验证码不正确，还可再试 {left} 次", f"that is not the code; {left} more tries")
    connection.execute(update(SigningCode).where(these).values(state="dead"))
    return Refusal(
        "验证码不正确，且已试满次数；原验证码作废，待其有效期过后可重新获取",
        "that is not the code, and it was tried too often: it is void; a new one can be had when it would have expired",
    )


def _hash(code: str, salt: bytes | None = None) -> str:
    """A code as it is kept: its salt and its scrypt hash, in hexadecimal."""
    salt = salt or secrets.token_bytes(16)
    return f"{salt.hex()}${hashlib.scrypt(code.encode(), salt=salt, n=2**14, r=8, p=1).hex()}"


def _fits(code: str, kept: str) -> bool:
    salt, _, _ = kept.partition("$")
    return hmac.compare_digest(_hash(code, bytes.fromhex(salt)), kept)
