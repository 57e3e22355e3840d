"""Chasing (催办): which cases open and close, and which rung of its ladder each case has come to.

Everything is decided for all cases at once, from frames; nothing is sent here. Moments are microseconds.
Frames of cases: case (id), unit, requirement, period, due, policy (id), rung (last fired, -1 for none),
settled_at (when that rung was accepted, or given up), acknowledged_until.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import polars as pl

from models.rules.judging import micros
from models.rules.policy import Policy
from models.rules.working_time import Calendar, after_late

DUTY = ["unit", "requirement", "period"]


def to_open(verdicts: pl.DataFrame, open_cases: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """Duties that need a case: not met, not waived, warned of or due, with nobody after them yet.

    verdicts: with waived. Returns unit, requirement, period, place, due, in the order of the verdicts.
    """
    at = micros(now)
    wanting = verdicts.filter(
        (pl.col("standing") != "met") & ~pl.col("waived") & (pl.min_horizontal("warns", "due") <= at)
    ).select(*DUTY, "place", "due")
    known = open_cases.select("unit", pl.col("requirement").cast(pl.Categorical()), "period")
    return wanting.join(known, on=DUTY, how="anti", maintain_order="left")


def to_close(verdicts: pl.DataFrame, open_cases: pl.DataFrame) -> pl.DataFrame:
    """Open cases whose duty is met, was waived, or is owed no longer. Returns case, closed_as."""
    standings = verdicts.select("unit", pl.col("requirement").cast(pl.String), "period", "standing", "waived")
    judged = open_cases.select("case", *DUTY).join(standings, on=DUTY, how="left")
    closed_as = (
        pl.when(pl.col("standing").is_null()).then(pl.lit("withdrawn"))
        .when(pl.col("waived")).then(pl.lit("waived"))
        .when(pl.col("standing") == "met").then(pl.lit("met"))
    )  # fmt: skip
    return judged.select("case", closed_as=closed_as).filter(pl.col("closed_as").is_not_null())


def rung_table(cases: pl.DataFrame, policies: Mapping[int, Policy], calendar: Calendar) -> pl.DataFrame:
    """Every rung of every ladder in use, at its moments: one row a (policy, due, rung number).

    Returns policy, due, no, id, nominal, sendable, escalates, paper, run. Consecutive rungs that only the
    office itself hears of are one run: of those the latest overtakes the others.
    """
    rows = []
    for policy_id, due in cases.select("policy", "due").unique().iter_rows():
        policy = policies[policy_id]
        moments = policy.rung_moments(datetime.fromtimestamp(due / 1_000_000, policy.zone), calendar)
        run = 0
        for no, (rung, (nominal, may_go)) in enumerate(zip(policy.rungs, moments, strict=True)):
            apart = rung.escalates or rung.makes_paper
            run += 1 if no and (apart or policy.rungs[no - 1].escalates or policy.rungs[no - 1].makes_paper) else 0
            rows.append(
                (policy_id, due, no, rung.id, micros(nominal), micros(may_go), rung.escalates, rung.makes_paper, run)
            )
    schema = {"policy": pl.Int64, "due": pl.Int64, "no": pl.Int64, "id": pl.String, "nominal": pl.Int64,
              "sendable": pl.Int64, "escalates": pl.Boolean, "paper": pl.Boolean, "run": pl.Int64}  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def due_rungs(
    cases: pl.DataFrame, rungs: pl.DataFrame, policies: Mapping[int, Policy], calendar: Calendar, now: datetime
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rung that each case fires at `now`, and the rungs that this overtakes.

    An escalation waits until the rung below it was accepted or given up and the gap between the two has
    passed again where that happened late. An acknowledged case is silent until its time is over.
    Returns fired (case, no, id, nominal, escalates, paper) and overtaken (case, no, id).
    """
    at = micros(now)
    awake = cases.filter(pl.col("acknowledged_until").is_null() | (pl.col("acknowledged_until") <= at))
    coming = (
        awake.join(rungs, on=["policy", "due"])
        .filter((pl.col("no") > pl.col("rung")) & (pl.col("nominal") <= at))
        .with_columns(first=pl.col("run").min().over("case"))
        .filter(pl.col("run") == pl.col("first"))
        .with_columns(last=pl.col("no").max().over("case"))
    )
    fired = coming.filter(pl.col("no") == pl.col("last"))
    overtaken = coming.filter(pl.col("no") < pl.col("last")).select("case", "no", "id")
    ready = _ready(fired, rungs, policies, calendar, at)
    return ready.select("case", "no", "id", "nominal", "escalates", "paper"), overtaken


def _ready(
    fired: pl.DataFrame, rungs: pl.DataFrame, policies: Mapping[int, Policy], calendar: Calendar, at: int
) -> pl.DataFrame:
    """Leave out escalations whose predecessor is not settled, or settled too late for them to come now."""
    waits = (pl.col("escalates") | pl.col("paper")) & (pl.col("rung") >= 0)
    free, bound = fired.filter(~waits), fired.filter(waits & pl.col("settled_at").is_not_null())
    if bound.is_empty():
        return free
    below = rungs.select("policy", "due", rung="no", below_nominal="nominal", below_sendable="sendable")
    bound = bound.join(below, on=["policy", "due", "rung"], how="left")
    kinds = bound.select("policy", "due", "no", "nominal", "below_nominal", "below_sendable", "settled_at").unique()
    earliest = [_earliest(row, policies, calendar) for row in kinds.iter_rows(named=True)]
    kinds = kinds.select("policy", "due", "no", "settled_at").with_columns(earliest=pl.Series(earliest, dtype=pl.Int64))
    bound = bound.join(kinds, on=["policy", "due", "no", "settled_at"]).filter(pl.col("earliest") <= at)
    shifted = bound.with_columns(nominal=pl.max_horizontal("nominal", "earliest"))
    return pl.concat([free, shifted.select(free.columns)])


def _earliest(row: Mapping[str, int], policies: Mapping[int, Policy], calendar: Calendar) -> int:
    """When an escalation may fire whose predecessor was settled at row["settled_at"].

    Settled on the day on which it could first be sent is on time: ladders count in days. Later than that,
    the distance between the two rungs starts anew.
    """
    policy = policies[row["policy"]]
    settled, sendable = (
        datetime.fromtimestamp(row[k] / 1_000_000, policy.zone) for k in ("settled_at", "below_sendable")
    )
    if settled.date() <= sendable.date():
        return max(row["nominal"], row["settled_at"])
    below, nominal = (datetime.fromtimestamp(row[k] / 1_000_000, policy.zone) for k in ("below_nominal", "nominal"))
    at = policy.rungs[row["no"]].at
    return micros(after_late(settled, below, nominal, at, calendar, policy.office_hours, policy.zone))
