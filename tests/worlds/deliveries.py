"""Campaigns for tests of delivery: townships that each owe one thing, and what the ledger must look like afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text
from worlds.campaign import Campaign, at, make_owed
from worlds.plans import TOWNSHIPS

from models.rules.delivery.delivering import State
from tasks.delivery.attempts import Desk, Leased
from tasks.delivery.beginnings import begin_now
from tasks.delivery.deliver import deliver
from tasks.delivery.leases import take
from tasks.delivery.passes import Delivered

MOVES: Mapping[State | None, frozenset[State]] = {
    None: frozenset({"planned", "held"}),
    "planned": frozenset({"held", "sending", "refused", "superseded", "withdrawn"}),
    "held": frozenset({"held", "planned", "sending", "refused", "superseded", "withdrawn"}),
    "sending": frozenset({"accepted", "refused", "retry", "unknown", "planned", "held", "superseded", "withdrawn"}),
    "retry": frozenset({"sending", "refused", "superseded", "withdrawn"}),
    "unknown": frozenset({"sending", "unknown"}),
    "accepted": frozenset(),
    "refused": frozenset(),
    "superseded": frozenset(),
    "withdrawn": frozenset(),
}
"""From each state those that may follow. From `sending` back to where it was: taken up, but not tried."""
MORNING = "2020-08-14T09:00"
"""A Friday in office hours, a week before the townships' day: each is owed one reminder."""


def townships(count: int) -> list[str]:
    """Codes of as many townships, ninety in a county."""
    return [f"9901{place // 90 + 1:02d}{place % 90 + 1:03d}" for place in range(count)]


def units(count: int) -> str:
    """The units file of a province with one city and as many townships as asked."""
    towns = townships(count)
    counties = sorted({town[:6] for town in towns})
    rows = ["code,name", "99,试验省", "9901,试验市", *(f"{code},第{code[-2:]}县" for code in counties)]
    return "\n".join([*rows, *(f"{town},第{town[-5:]}镇" for town in towns)]) + "\n"


def owners(count: int, channel: Callable[[str], str]) -> str:
    """An owner in every office, over the channel that `channel` gives for its code."""
    codes = ["99", "9901", *sorted({town[:6] for town in townships(count)}), *townships(count)]
    return "".join(f"{code},owner,经办{code},{channel(code)}\n" for code in codes)


def morning(
    folder: Path,
    database_url: str | None,
    count: int,
    channel: Callable[[str], str],
    *,
    plan: str = TOWNSHIPS,
    contacts: str | None = None,
    **settings: object,
) -> Campaign:
    """A campaign of `count` townships on the morning when each is owed a reminder, which is owed and not yet sent."""
    people = owners(count, channel) if contacts is None else contacts
    return make_owed(folder, database_url, MORNING, plan=plan, units=units(count), contacts=people, **settings)


def send(campaign: Campaign, moment: str = MORNING) -> Delivered:
    """One delivery at a moment, without a pass before it."""
    return deliver(campaign.store, campaign.settings, lambda: at(moment))


def begun(desk: Desk, now: datetime, most: int) -> Sequence[Leased]:
    """What a sender takes up and begins, with which it then dies, or is slow."""
    leased = take(desk, now, most).leased
    done = begin_now(desk, leased, now)
    assert done.begun == {one.id for one in leased}
    return leased


def notices(campaign: Campaign) -> list[dict[str, Any]]:
    """Every notice of the ledger, in order."""
    return campaign.named_rows("SELECT * FROM notices ORDER BY id")


def states(campaign: Campaign) -> dict[str, int]:
    """How many notices there are in each state."""
    found: dict[str, int] = {}
    for notice in notices(campaign):
        found[notice["state"]] = found.get(notice["state"], 0) + 1
    return found


def history(campaign: Campaign, notice: int) -> list[tuple[str | None, str, str | None]]:
    """What happened to a notice: (was, state, reason), oldest first."""
    query = "SELECT was, state, reason FROM transitions WHERE notice_id = :id ORDER BY id"
    return [(was, state, reason) for was, state, reason in campaign.rows(query, id=notice)]


def assert_sound(campaign: Campaign) -> None:
    """The ledger by its own rules: every notice went from state to state as it may, each step written down once,
    nothing is held by nobody, and every line is owed once to a person."""
    with campaign.store.reading() as connection:
        moves: dict[int, list[tuple[str | None, str]]] = {}
        for row in connection.execute(text("SELECT notice_id, was, state FROM transitions ORDER BY id")):
            moves.setdefault(row.notice_id, []).append((row.was, row.state))
        lines = connection.execute(
            text("SELECT case_id, rung, person, CASE WHEN role = 'admin' THEN unit END FROM notice_lines")
        ).all()
    for notice in notices(campaign):
        state: str | None = None
        for was, becomes in moves[notice["id"]]:
            assert was == state, f"notice {notice['id']} was {state}, not {was}"
            assert becomes in MOVES[was], f"notice {notice['id']} went from {was} to {becomes}"
            state = becomes
        assert state == notice["state"]
        if state in ("accepted", "refused", "superseded", "withdrawn"):
            assert notice["settled_at"] is not None
        if state in ("planned", "held", "sending", "retry"):
            assert notice["settled_at"] is None
        assert (notice["lease"] is not None) == (state == "sending")
    assert len(lines) == len(set(lines)), "somebody is owed the same line twice"
