"""Settled periods in the database: kept by a pass over everything, believed until something of theirs changes.

What is kept up to a moment holds as long as no report taken in since speaks of a time before it, and plan, units and
calendar are those that it was judged by; loading a plan or units removes all of it. So of several moments the last that
still holds is taken: a correction of the past moves the judging back to there, and the next pass settles anew.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Collection
from datetime import datetime, timedelta
from hashlib import sha256
from importlib.metadata import version

import polars as pl
from sqlalchemy import Connection, delete, func, select
from sqlmodel import col, or_

from models.calendar.working_time import Calendar
from models.moments import micros, moment_at
from models.plan.model import Plan
from models.rules.judging.periods import PeriodNames, last_of_each
from models.rules.judging.settled import (
    KNOWN,
    MET,
    NOTHING,
    REASONED,
    Settled,
    ended_between,
    oldest_start,
    settle,
    settled_until,
    since_of,
)
from models.tables import Batch, SettledPeriods
from models.units import DIGITS, NATION
from tasks.campaign.frames import add_row, read_frame
from tasks.campaign.store import Store
from tasks.judging.judge import Judged, explain_duties, judge_all

LOG = logging.getLogger(__name__)

_KEPT = 8
"""So many moments are kept, and beyond them one a month: a correction of older days judges from there on."""


def judge_now(store: Store, scope: str | None, now: datetime, phases: Collection[str] | None = None) -> Judged:
    """What `judge_all` finds at `now`, but that of settled periods only what is not met is among the duties."""
    return judge_all(store, scope, now, phases, read_settled(store, now, scope))


def read_settled(store: Store, now: datetime, scope: str | None = None, known_at: datetime | None = None) -> Settled:
    """The settled periods that hold at `now` at and below `scope`; NOTHING where there are none, or they cannot be read.

    They were settled for the nation, or for the province that an office there answers to. known_at: only those whose
    reports had all been taken in by then.
    """
    plan = store.plan()
    own = ["" if scope in (None, NATION) else str(scope)[: DIGITS["province"]], ""]
    wanted = select(SettledPeriods).where(
        col(SettledPeriods.until) <= micros(settled_until(now, plan.zone)),
        col(SettledPeriods.basis) == _basis(store.calendar()),
        col(SettledPeriods.scope).in_(own),
    )
    later = col(Batch.id) > col(SettledPeriods.batch)
    if known_at is not None:
        later = or_(later, col(Batch.received_at) > micros(known_at))
    late = select(col(Batch.id)).where(later, col(Batch.as_of) < col(SettledPeriods.until))
    newest = (col(SettledPeriods.until).desc(), col(SettledPeriods.id).desc())
    wanted = wanted.where(~late.exists()).order_by(*newest).limit(1)
    with store.reading() as connection:
        row = connection.execute(wanted).mappings().first()
    if row is None:
        return NOTHING
    try:
        left, met, known = (_read(row[name]) for name in ("lacking", "met", "known"))
        return Settled(row["until"], left.cast(REASONED), met.cast(MET), known.cast(KNOWN))
    except (pl.exceptions.PolarsError, OSError):
        LOG.warning("what was settled cannot be read, and all periods are judged anew", exc_info=True)
        return NOTHING


def keep_settled(connection: Connection, store: Store, judged: Judged, now: datetime) -> None:
    """Settle what can be settled at `now`, in the transaction of a pass. judged: of everything, or of a province.

    Its transaction keeps out whoever takes in reports of these provinces: no report of theirs with a lower number than
    the last one known can come to light later.
    """
    plan, before = judged.plan, judged.settled
    until, since = settled_until(now, plan.zone), since_of(before, plan.zone)
    ended = ended_between(plan, now, since, until)
    if ended.is_empty():
        return
    over = judged.planned.join(ended, on=["place", "period"], how="semi", maintain_order="left")
    reasons = explain_duties(judged, over.filter(pl.col("standing") != "met"))
    after = settle(
        before=before,
        verdicts=over,
        reasons=reasons.select("unit", "place", "period", "reason_zh", "reason_en"),
        until=micros(until),
        known=_known(store, plan, before, until, {judged.scope[:2]} if judged.scope else None).filter(
            pl.col("unit").cast(pl.String).str.starts_with(judged.scope or "")
        ),
    )
    add_row(
        connection,
        SettledPeriods,
        until=after.until,
        scope=judged.scope or "",
        basis=_basis(store.calendar()),
        batch=connection.execute(select(func.coalesce(func.max(Batch.id), 0))).scalar_one(),
        lacking=_written(after.left),
        met=_written(after.met),
        known=_written(after.known),
    )
    _thin_out(connection, plan, judged.scope or "")


def _known(
    store: Store, plan: Plan, before: Settled, until: datetime, provinces: Collection[str] | None
) -> pl.DataFrame:
    """What the districts of each office had come to before the oldest period that goes on after `until`."""
    names = PeriodNames.of(plan, plan.requirements).districts
    if not names:
        return before.known
    since = since_of(before, plan.zone)
    start = oldest_start(plan, since) if since else None
    newer = store.reading_history(names, start, oldest_start(plan, until) - timedelta(microseconds=1), provinces)
    return last_of_each(pl.concat([before.known, newer]).sort("indicator", "unit", "as_of"))


def _thin_out(connection: Connection, plan: Plan, scope: str) -> None:
    """Of old moments keep the first of each month."""
    query = "SELECT id, until FROM settled_periods WHERE scope = :scope ORDER BY until DESC, id DESC"
    old = read_frame(connection, query, {"id": pl.Int64, "until": pl.Int64}, scope=scope)[_KEPT:]
    gone = [number for number, until in old.iter_rows() if moment_at(until, plan.zone).day != 1]
    if gone:
        connection.execute(delete(SettledPeriods).where(col(SettledPeriods.id).in_(gone)))


def forget_settled(connection: Connection) -> None:
    """Plan or units have changed: everything is judged anew."""
    connection.execute(delete(SettledPeriods))


def _basis(calendar: Calendar) -> str:
    """What settled periods were judged by, beside plan and units: the calendar, and this program."""
    days = (calendar.name, sorted(calendar.exceptions.items()), sorted(calendar.closures))
    return sha256(repr((days, sorted(calendar.official_years), version("pucha"))).encode()).hexdigest()


def _written(frame: pl.DataFrame) -> bytes:
    out = io.BytesIO()
    texts = [name for name, kind in frame.schema.items() if isinstance(kind, pl.Categorical | pl.Enum)]
    frame.with_columns(pl.col(texts).cast(pl.String)).write_parquet(out, compression="zstd")
    return out.getvalue()


def _read(data: bytes) -> pl.DataFrame:
    return pl.read_parquet(io.BytesIO(data))
