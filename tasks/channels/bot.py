"""A group bot's sending: the notice in parts, one request a part, the first failure ends it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

import httpx

from models.wording import Said
from tasks.channels.exchange import Answers, Transport, exchange, judged, notice_header
from tasks.channels.message import Message, Outcome

_PARTIAL = Said("共 {parts} 条，已送达 {done} 条，其后{detail}", "{done} of {parts} parts arrived; then: {detail}")

Request = tuple[httpx.URL, bytes]


async def send_texts(
    transport: Transport,
    message: Message,
    texts: list[str],
    request: Callable[[str], Request],
    answers: Answers,
    secrets: Collection[str],
) -> Outcome:
    """Send the parts of a notice in order, until one is not accepted.

    The first part's failure is the notice's. After a part has arrived, no failure of a later one is
    `refused` or `retry` any more: the recipient has half a notice, and whoever sends again must mark it as
    a repeat; so the outcome is `unknown`, with the provider's code and wait.
    """
    for part, text in enumerate(texts, start=1):
        url, content = request(text)
        headers = {"content-type": "application/json", **notice_header(message, part, len(texts))}
        outcome = judged(await exchange(transport, url, content, headers), answers, secrets, message.lang)
        if outcome.state != "accepted":
            return replace(broken_off(outcome, message, part - 1, len(texts)), parts=part)
    return Outcome("accepted", parts=len(texts))


def broken_off(outcome: Outcome, message: Message, done: int, parts: int) -> Outcome:
    """`outcome` of a part as the outcome of the notice, `done` parts having arrived before."""
    if not done:
        return outcome
    detail = _PARTIAL.in_language(message.lang).format(parts=parts, done=done, detail=outcome.detail)
    return replace(outcome, state="unknown", detail=detail)
