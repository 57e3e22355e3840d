"""The rungs that are still to come for one case, and when, as far as anybody can say today (接下来).

Moments are microseconds. What its ladder says of a rung is not always when it is said: one that follows a rung that was
heard late keeps its distance from it, and one whose predecessor nobody has heard yet has no moment at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import polars as pl

from models.calendar.working_time import Calendar
from models.rules.chasing.chasing import next_run, rung_table, with_earliest
from models.rules.chasing.policy import Policy

Waits = Literal["heard", "pass", "below"]


@dataclass(frozen=True)
class RungAhead:
    """A rung to come. at: when it falls if all before it is heard at once; None while that hangs on something else: `waits` says
    on what: heard (that somebody hears the rung before it), pass (nothing: the next pass says it), below (that the offices
    below are done)."""

    no: int
    id: str
    paper: bool
    at: int | None
    waits: Waits | None


@dataclass(frozen=True)
class Stand:
    """How far a case has come. rung: the last that fired, -1 for none; heard: when that was; silent_until: its office has
    acknowledged until then; hushed: it is late only because of offices below."""

    due: int
    rung: int
    heard: int | None
    silent_until: int | None = None
    hushed: bool = False


def rungs_ahead(stand: Stand, policy: Policy, calendar: Calendar, at: int) -> list[RungAhead]:
    """The rungs above the one that a case stands at, as they look at the moment `at`, in order."""
    frame = pl.DataFrame({"policy": [0], "due": [stand.due]})
    return list(_ahead(stand, rung_table(frame, {0: policy}, calendar), {0: policy}, calendar, at))


def _ahead(
    stand: Stand, rungs: pl.DataFrame, policies: Mapping[int, Policy], calendar: Calendar, at: int
) -> Iterator[RungAhead]:
    rung, heard = stand.rung, stand.heard
    while True:
        case = {"case": 0, "policy": 0, "due": stand.due, "rung": rung, "settled_at": heard}
        schema = dict.fromkeys(("case", "policy", "due", "rung", "settled_at"), pl.Int64)
        run = next_run(pl.DataFrame([case], schema=schema), rungs)
        if run.is_empty():
            return
        found = [_rung(row, stand, at) for row in with_earliest(run, rungs, policies, calendar).iter_rows(named=True)]
        # of those of the office itself that have fallen the last is said, and overtakes the others
        fallen = [place for place, one in enumerate(found) if one.waits == "pass"]
        yield from found[fallen[-1] if fallen else 0 :]
        rung, last = found[-1].no, found[-1]
        # where nobody can say when this one is heard, nobody can say it of what follows
        heard = at if last.waits == "pass" else last.at


def _rung(row: Mapping[str, int], stand: Stand, at: int) -> RungAhead:
    upwards = bool(row["escalates"] or row["paper"])
    earliest: int | None = row["earliest"]
    waits: Waits | None = None
    if upwards and stand.hushed:
        earliest, waits = None, "below"
    elif earliest is None:
        waits = "heard"
    elif not upwards and stand.silent_until is not None:
        earliest = max(earliest, stand.silent_until)
    if earliest is not None and earliest <= at:
        earliest, waits = None, "pass"
    return RungAhead(row["no"], str(row["id"]), bool(row["paper"]), earliest, waits)
