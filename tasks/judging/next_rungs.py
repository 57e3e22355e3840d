"""What is still to come of a case's ladder (接下来), by what the ledger says of the rung that it stands at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from models.moments import micros
from models.rules.chasing.policy import read_policy
from models.rules.chasing.rungs_ahead import Stand, rungs_ahead
from tasks.campaign.store import Store


def next_rungs(
    store: Store, case: Mapping[str, Any], told: Sequence[Mapping[str, Any]], as_of: datetime
) -> list[dict[str, Any]]:
    """The rungs to come of an open case: rung, at (microseconds, or None), waits (`RungAhead`), to, paper.

    case: its row, with the text of its policy; told: every line owed about its duty.
    """
    policy, at = read_policy(case["policy_text"]), micros(as_of)
    until = case["acknowledged_until"]
    stand = Stand(
        due=case["due"],
        rung=case["rung"],
        heard=case["rung_settled_at"] or _heard(policy.rungs[case["rung"]].id, case, told)
        if case["rung"] >= 0
        else None,
        silent_until=until if until is not None and until > at else None,
        hushed=case["hushed_since"] is not None,
    )
    return [
        {"rung": one.id, "at": one.at, "waits": one.waits, "to": list(policy.rungs[one.no].to), "paper": one.paper}
        for one in rungs_ahead(stand, policy, store.calendar(), at)
    ]


def _heard(rung: str, case: Mapping[str, Any], told: Sequence[Mapping[str, Any]]) -> int | None:
    """When somebody heard of the last rung, or it was given up for everybody; None while neither is so."""
    own = [line for line in told if line["case_id"] == case["id"] and line["rung"] == rung and line["role"] != "admin"]
    live = [line for line in own if line["line_state"] == "live"]
    heard = [line["settled_at"] for line in live if line["state"] == "accepted"]
    if heard:
        return int(min(heard))
    if any(line["settled_at"] is None for line in live):
        return None
    over = [line["ended_at"] or line["settled_at"] for line in own]
    return int(max(over)) if over else case["rung_fired_at"]
