"""Settled periods in the database: kept by a pass over everything, believed until something of theirs changes.

What is kept up to a moment holds of a province as long as no report of it that was taken in since speaks of a time before
it, and plan, units and calendar are those that it was judged by; loading a plan or units removes all of it. So of several
moments the last that still holds is taken: a correction of the past moves the judging of its province back to there, and the
next pass settles anew. Provinces that are joined are moved back together.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from importlib.metadata import version

import polars as pl
from sqlalchemy import Connection, RowMapping, delete, func, select
from sqlmodel import col

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
from models.units import DIGITS
from tasks.campaign.frames import add_row, read_frame
from tasks.campaign.store import Store
from tasks.judging.judge import Judged, explain_duties, judge_all
from tasks.judging.late_provinces import apart_from_others, late_provinces

LOG = logging.getLogger(__name__)

_NEWEST = (
    "SELECT id, batch, until FROM settled_periods WHERE until <= :until AND basis = :basis AND scope IN (:own, '')"
    " ORDER BY until DESC, id DESC"
)
_MOMENTS = {"id": pl.Int64, "batch": pl.Int64, "until": pl.Int64}
_KEPT = 8
"""So many moments are kept, and beyond them one a month: a correction of older days judges from there on."""


def judge_now(store: Store, scope: str | None, now: datetime, phases: Collection[str] | None = None) -> Judged:
    """What `judge_all` finds at `now`, but that of settled periods only what is not met is among the duties.

    A province of which a report came late, with those joined with it, is judged by itself, so that it moves nobody else's
    judging back. What lists came to is kept, where it was asked of all phases and of no less than a province.
    """
    found, behind = _read(store, now, scope, apart=True)
    judged = judge_all(store, scope, now, phases, found)
    for province in sorted(behind):
        judged = judged.with_behind(judge_all(store, province, now, phases, read_settled(store, now, province)))
    if phases is None or set(phases).issuperset(one.id for one in judged.plan.phases):
        for one in (judged, *judged.behind):
            # what less than a province asks for is worked out for that alone
            if one.scope is None or len(one.scope) == DIGITS["province"]:
                for answers in one.answers:
                    answers.keep()
    return judged


def read_settled(store: Store, now: datetime, scope: str | None = None, known_at: datetime | None = None) -> Settled:
    """The settled periods that hold at `now` at and below `scope`; NOTHING where there are none, or they cannot be read.

    They were settled for the nation, or for the province that an office there answers to. known_at: only those whose
    reports had all been taken in by then.
    """
    return _read(store, now, scope, known_at)[0]


def _read(
    store: Store, now: datetime, scope: str | None, known_at: datetime | None = None, apart: bool = False
) -> tuple[Settled, frozenset[str]]:
    """The same; with `apart` also those that hold but for some provinces, and these."""
    plan = store.plan()
    around = store.provinces_with(scope)
    own = "" if around is None else str(scope)[: DIGITS["province"]]
    asked: dict[str, int | str] = {
        "until": micros(settled_until(now, plan.zone)),
        "basis": _basis(store.calendar()),
        "own": own,
    }
    with store.one_moment() as connection:
        for number, batch, until in read_frame(connection, _NEWEST, _MOMENTS, **asked).iter_rows():
            late = late_provinces(connection, batch, until, micros(known_at) if known_at else None)
            if late is not None and around is not None:
                late = late.intersection(around)
            if late is None or (late and not (apart and around is None)):
                continue
            behind = apart_from_others(store, late)
            if behind is not None:
                row = (
                    connection.execute(select(SettledPeriods).where(col(SettledPeriods.id) == number)).mappings().one()
                )
                return _settled(row, plan), behind
    return NOTHING, frozenset()


def _settled(row: RowMapping, plan: Plan) -> Settled:
    known = NOTHING.known
    try:
        if PeriodNames.of(plan, plan.requirements).districts:
            known = _read_frame(row["known"], KNOWN)
        return Settled(row["until"], _read_frame(row["lacking"], REASONED), _read_frame(row["met"], MET), known)
    except (pl.exceptions.PolarsError, OSError):
        LOG.warning("what was settled cannot be read, and all periods are judged anew", exc_info=True)
        return NOTHING


def is_anything_over(judged: Judged, now: datetime) -> bool:
    """Whether there is a period that can be settled at `now`. judged: of everything, or of a province."""
    return any(periods.height for periods in _ended(judged, settled_until(now, judged.plan.zone), now))


def _ended(judged: Judged, until: datetime, now: datetime) -> list[pl.DataFrame]:
    """The periods to settle of the others, and of each province that was judged by itself."""
    parts = [judged, *judged.behind]
    return [ended_between(one.plan, now, since_of(one.settled, one.plan.zone), until) for one in parts]


def keep_settled(connection: Connection, store: Store, judged: Judged, now: datetime) -> None:
    """Settle what can be settled at `now`, in the transaction of a pass. judged: of everything, or of a province.

    Its transaction keeps out whoever takes in reports of these provinces: no report of theirs with a lower number than
    the last one known can come to light later.
    """
    until = settled_until(now, judged.plan.zone)
    parts, ended = [_of_the_others(judged), *judged.behind], _ended(judged, until, now)
    if all(periods.is_empty() for periods in ended):
        return
    gone = [own.scope for own in judged.behind]
    after = [
        _settle(store, one, judged, periods, until, without=[] if place else gone)
        for place, (one, periods) in enumerate(zip(parts, ended, strict=True))
    ]
    add_row(
        connection,
        SettledPeriods,
        until=micros(until),
        scope=judged.scope or "",
        basis=_basis(store.calendar()),
        batch=connection.execute(select(func.coalesce(func.max(Batch.id), 0))).scalar_one(),
        lacking=_written(pl.concat([one.left for one in after])),
        met=_written(pl.concat([one.met for one in after])),
        known=_written(pl.concat([one.known for one in after])),
    )
    _thin_out(connection, judged.plan, judged.scope or "")


def _of_the_others(judged: Judged) -> Judged:
    """The same without the provinces that were judged by themselves."""
    if not judged.behind:
        return judged
    apart = pl.concat([own.units.select("unit") for own in judged.behind])["unit"]
    others = ~pl.col("unit").is_in(apart.implode())
    settled = replace(judged.settled, left=judged.settled.left.filter(others), met=judged.settled.met.filter(others))
    return replace(judged, planned=judged.planned.filter(others), settled=settled)


def _settle(
    store: Store, own: Judged, judged: Judged, ended: pl.DataFrame, until: datetime, without: Collection[str | None]
) -> Settled:
    """What is settled of the offices of `own`, once these periods are over too. without: provinces that are none of theirs."""
    over = own.planned.join(ended, on=["place", "period"], how="semi", maintain_order="left")
    reasons = explain_duties(judged, over.filter(pl.col("standing") != "met"))
    known = _known(store, own.plan, own.settled, until, {own.scope[:2]} if own.scope else None)
    of_unit = pl.col("unit").cast(pl.String)
    return settle(
        before=own.settled,
        verdicts=over,
        reasons=reasons.select("unit", "place", "period", "reason_zh", "reason_en"),
        until=micros(until),
        known=known.filter(
            of_unit.str.starts_with(own.scope or ""), ~of_unit.str.head(DIGITS["province"]).is_in(list(without))
        ),
    )


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


@cache
def _version() -> str:
    """Read from the disk once, and not in every pass."""
    return version("pucha")


def _basis(calendar: Calendar) -> str:
    """What settled periods were judged by, beside plan and units: the calendar, and this program."""
    days = (calendar.name, sorted(calendar.exceptions.items()), sorted(calendar.closures))
    return sha256(repr((days, sorted(calendar.official_years), _version())).encode()).hexdigest()


def _written(frame: pl.DataFrame) -> bytes:
    out = io.BytesIO()
    texts = [name for name, kind in frame.schema.items() if isinstance(kind, pl.Categorical | pl.Enum)]
    frame.with_columns(pl.col(texts).cast(pl.String)).write_parquet(out, compression="zstd")
    return out.getvalue()


def _read_frame(data: bytes, schema: pl.Schema) -> pl.DataFrame:
    return pl.scan_parquet(io.BytesIO(data)).cast(schema).collect()
