"""One-time codes (验证码) for what binds: made, sent over the actor's own channel, and tried.

Only a salted hash of a code is kept, with its expiry by the machine's clock: whoever acts as of another moment
has no more time and no more tries. A code is for one act on one thing in just those terms, and goes over the
ways that the office's own settings file names, not over those of whoever types the command.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Connection, update
from sqlmodel import col, select

from models.moments import micros, moment_at
from models.tables import Code, ContactRow
from models.wording import Refusal, Said
from tasks.audit_trail import records
from tasks.audit_trail.grounds import hash_of_code
from tasks.campaign.frames import add_row
from tasks.campaign.locks import LEDGER, of_offices
from tasks.campaign.office_file import read_ways
from tasks.campaign.store import Store
from tasks.channels import Message, OpenChannels, Outcome, mask
from tasks.papers.authority import ActBy, Holder

_DIGITS = 6
_LIVE_CODES = 3
"""Codes for one thing and person that may be good at the same time: nobody is flooded with them."""
_TRIES_IN_ALL = 4
"""Times the tries of one thing that somebody's codes for all things take together."""
Done = TypeVar("Done")


@dataclass(frozen=True)
class ToConfirm:
    """What a code is asked for, in all its terms, and who may do it.

    act, subject: as the database keeps them; content_hash: of the terms; number: what the message is called by;
    said: what the holder is about to do; again: the command that sends another code.
    """

    act: str
    subject: str
    content_hash: str
    number: str
    said: Said
    again: str
    holders: Sequence[Holder]

    @property
    def name(self) -> str:
        return str(self.holders[0]["name"])


@dataclass(frozen=True)
class CodeSent:
    """Where a code went, masked, and until when it is good, by the machine's clock. number: of what it is for."""

    number: str
    name: str
    to: str
    expires: datetime
    certain: bool


def confirm(
    store: Store,
    by: ActBy,
    prepare: Callable[[Connection], ToConfirm],
    do: Callable[[Connection, ToConfirm, Mapping[str, Any]], Done],
    units: Sequence[str] = (),
) -> Done | CodeSent:
    """Do what binds with the code that `by` was sent; without one, send one and do nothing.

    prepare: refuses what cannot be done, and says what is to be confirmed; do: does it, given the code's row; units: the
    offices of whose rows it writes (none: of all).
    Refusal for anything that does not fit; a wrong code counts.
    """
    if by.code is None:
        return _request(store, by, prepare)
    with store.writing(of_offices(units)) as connection:
        asked = prepare(connection)
        found, refusal = _try(connection, store, asked, by)
        if found is not None:
            done = do(connection, asked, found)
            connection.execute(update(Code).where(col(Code.id) == found["id"]).values(state="used"))
            end_codes(connection, asked.act, asked.subject)
    if refusal is not None:
        raise refusal
    return done


def end_codes(connection: Connection, act: str, subject: str) -> None:
    """What they were sent for is done, or cannot be done any more: the codes are good for nothing."""
    live = (col(Code.act) == act, col(Code.subject) == subject, col(Code.state) == "live")
    connection.execute(update(Code).where(*live).values(state="dead"))


def end_codes_of_gone_channels(connection: Connection) -> None:
    """Codes that went over a channel which is no longer their holder's are good for nothing, come what may."""
    own = (col(ContactRow.person) == col(Code.person), col(ContactRow.address) == col(Code.address))
    held = select(col(ContactRow.id)).where(*own).exists()
    connection.execute(update(Code).where(col(Code.state) == "live", ~held).values(state="dead"))


def _request(store: Store, by: ActBy, prepare: Callable[[Connection], ToConfirm]) -> CodeSent:
    """Make a code and send it over the holder's own channel. Refusal if it could not be sent."""
    code = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}d}"
    expires = by.clock + timedelta(minutes=store.settings.no_looser("sign_code_minutes"))
    code_hash = _hash(code)
    with store.writing(LEDGER) as connection:
        asked = prepare(connection)
        _not_too_often(connection, store, asked, by)
        made = add_row(
            connection,
            Code,
            act=asked.act,
            subject=asked.subject,
            name=asked.name,
            person=asked.holders[0]["person"],
            address=asked.holders[0]["address"],
            content_hash=asked.content_hash,
            code_hash=code_hash,
            sent_at=micros(by.clock),
            expires_at=micros(expires),
            wrong=0,
            state="live",
        )
        channels = [(holder["address"], _own_channel(store, holder)) for holder in asked.holders]
    outcome, address, channel, through = asyncio.run(_send(store, channels, _message(store, asked, code)))
    arrived = outcome.state in ("accepted", "unknown")
    about = {
        "act": asked.act,
        "subject": asked.subject,
        "to": mask(channel),
        "address": address,
        "through": through,
        "state": outcome.state,
        "code": outcome.code,
        "hash": hash_of_code(code_hash),
    }
    with store.writing(LEDGER) as connection:
        records.record(connection, "sign-code", asked.name, about, by.at)
        became = {"address": address} if arrived else {"state": "dead"}
        connection.execute(update(Code).where(col(Code.id) == made).values(**became))
    if not arrived:
        raise Refusal(
            f"验证码未能发到 {mask(channel)}（{outcome.detail or outcome.code}），请核对渠道后重试",
            f"the code could not be sent to {mask(channel)} ({outcome.detail or outcome.code}); check the channel",
        )
    return CodeSent(asked.number, asked.name, mask(channel), expires, outcome.state == "accepted")


def _own_channel(store: Store, holder: Holder) -> str:
    """The channel of a contact. Refusal where another was put in its place around the program."""
    channel = store.keeper.unlock(holder["channel"])
    if store.keeper.address(channel) != holder["address"]:
        raise Refusal(
            f"{holder['name']}的联系渠道与登记不符，可能在程序之外被改动，未发验证码；请重新装载联系人并执行 pucha audit verify",
            f"the channel of {holder['name']} is not the one that was loaded and may have been changed outside the"
            " program: no code was sent. Load the contacts again, and run pucha audit verify",
        )
    return channel


async def _send(
    store: Store, channels: Sequence[tuple[str, str]], message: Message
) -> tuple[Outcome, str, str, str | None]:
    """Over the person's channels in order, until one does not refuse: outcome, address, channel, hash of the ways."""
    ways = read_ways(store.home)
    with ways.alone():
        gateways = replace(ways.gateways, hosts=store.settings.gateways.hosts)
        async with OpenChannels(gateways, store.settings.send_timeout) as opened:
            for place in channels:
                outcome = await opened.send(place[1], message)
                if outcome.state in ("accepted", "unknown"):
                    break
    return outcome, *place, store.keeper.address(ways.told) if ways.told else None


def _message(store: Store, asked: ToConfirm, code: str) -> Message:
    minutes = store.settings.no_looser("sign_code_minutes")
    title = Said("验证码", "One-time code")
    body = Said(
        f"您正在{asked.said.zh}。\n验证码：{code}，{minutes}分钟内有效，仅限本人使用。\n"
        f"内容校验码：{asked.content_hash[:8]}\n如非本人操作，请勿告知他人，并联系系统管理员。",
        f"You are about to {asked.said.en}.\nCode: {code}, good for {minutes} minutes, for you alone.\n"
        f"Check of what it is for: {asked.content_hash[:8]}\n"
        "If this was not you, tell nobody the code and call the administrator.",
    )
    lang = store.settings.lang
    return Message(asked.number, title.in_language(lang), body.in_language(lang), lang=lang)


def _not_too_often(connection: Connection, store: Store, asked: ToConfirm, by: ActBy) -> None:
    """Refusal while codes for this thing and person were tried too often, or several are still good."""
    own = (col(Code.subject) == asked.subject, col(Code.person) == asked.holders[0]["person"])
    query = select(Code.state, Code.wrong, Code.expires_at).where(col(Code.act) == asked.act, *own)
    known = connection.execute(query.where(col(Code.expires_at) > micros(by.clock))).all()
    live, wrong = sum(one.state == "live" for one in known), max((one.wrong for one in known), default=0)
    _not_too_many_tries(connection, store, asked, by)
    if wrong >= store.settings.no_looser("sign_code_attempts") or live >= _LIVE_CODES:
        until = moment_at(min(one.expires_at for one in known), store.plan().zone)
        raise Refusal(
            f"验证码获取或试错次数过多，请在 {until:%H:%M} 以后再试",
            f"too many codes or wrong tries; try again after {until:%H:%M}",
        )


def _not_too_many_tries(connection: Connection, store: Store, asked: ToConfirm, by: ActBy) -> None:
    """Refusal where somebody's codes for one thing after another are being tried: each gives some tries, and all few."""
    own = (col(Code.person) == asked.holders[0]["person"], col(Code.expires_at) > micros(by.clock))
    wrong = connection.execute(select(Code.wrong, Code.expires_at).where(*own, col(Code.wrong) > 0)).all()
    if sum(one.wrong for one in wrong) >= _TRIES_IN_ALL * store.settings.no_looser("sign_code_attempts"):
        until = moment_at(max(one.expires_at for one in wrong), store.plan().zone)
        raise Refusal(
            f"{asked.name}的验证码近来试错过多，请在 {until:%H:%M} 以后再试",
            f"codes of {asked.name} were tried wrongly too often of late; try again after {until:%H:%M}",
        )


def _try(
    connection: Connection, store: Store, asked: ToConfirm, by: ActBy
) -> tuple[Mapping[str, Any] | None, Refusal | None]:
    """The row that the code fits, or why there is none. What is counted here is kept although it is a refusal."""
    _not_too_many_tries(connection, store, asked, by)
    own = {(holder["person"], holder["address"]) for holder in asked.holders}
    query = select(Code).where(col(Code.act) == asked.act, col(Code.subject) == asked.subject)
    query = query.where(col(Code.state) == "live", col(Code.content_hash) == asked.content_hash)
    rows = [dict(row) for row in connection.execute(query.order_by(col(Code.id).desc())).mappings()]
    # a code that went over a channel which is no longer theirs may be in another's hands
    live = [row for row in rows if (row["person"], row["address"]) in own]
    name, again = asked.name, asked.again
    if not live:
        return None, Refusal(
            f"没有就此发给{name}的验证码，请先执行 {again}",
            f"no code was sent to {name} for just this; run {again} first",
        )
    now = micros(by.clock)
    fresh = [row for row in live if row["sent_at"] <= now < row["expires_at"]]
    if not fresh:
        return None, Refusal(f"验证码已过期，请重新执行 {again}", f"the code has expired; run {again} again")
    for row in fresh:
        if _fits((by.code or "").strip(), row["code_hash"]):
            return row, None
    return None, _wrong(connection, store, asked, fresh, by)


def _wrong(
    connection: Connection, store: Store, asked: ToConfirm, fresh: Sequence[Mapping[str, Any]], by: ActBy
) -> Refusal:
    """Count a wrong code against all that are good; at the limit they die together."""
    these = col(Code.id).in_([row["id"] for row in fresh])
    connection.execute(update(Code).where(these).values(wrong=col(Code.wrong) + 1))
    left = store.settings.no_looser("sign_code_attempts") - max(row["wrong"] for row in fresh) - 1
    about = {"act": asked.act, "subject": asked.subject, "why": "wrong code", "left": max(left, 0)}
    records.record(connection, "sign-refused", asked.name, about, by.at)
    if left > 0:
        return Refusal(f"验证码不正确，还可再试 {left} 次", f"that is not the code; {left} more tries")
    connection.execute(update(Code).where(these).values(state="dead"))
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
