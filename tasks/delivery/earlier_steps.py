"""Earlier steps of a notice, read from its history: since when it was kept, and when it was first sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from sqlalchemy import Connection
from sqlmodel import col, func, select

from models.moments import moment_at
from models.tables import Transition
from tasks.delivery.attempts import Desk
from tasks.delivery.ceiling import WHY


def held_since(desk: Desk, connection: Connection, notice: int, *, always: bool) -> datetime | None:
    """When a notice could first have gone out by its hours and the ceiling of the day, and was kept; None where it never was."""
    kept = select(Transition.at).where(col(Transition.notice_id) == notice, col(Transition.was).is_not(None))
    kept = kept.where(col(Transition.state).in_(("held", "retry", "unknown"))).order_by(col(Transition.id))
    for begins in (WHY.zh, WHY.en):
        kept = kept.where(func.coalesce(col(Transition.reason), "").not_like(f"{begins}%"))
    for at in connection.execute(kept).scalars():
        moment = moment_at(at, desk.texts.plan.zone)
        if desk.may_go(moment, always) <= moment:
            return moment
    return None


def first_sendings(connection: Connection, repeats: Sequence[int], zone: tzinfo | None) -> dict[int, datetime]:
    """When each of these notices, which may have arrived, was taken up for the sending of which nobody knows."""
    steps = select(Transition.notice_id, Transition.state, Transition.at).order_by(col(Transition.id))
    taken: dict[int, int] = {}
    unknown: set[int] = set()
    for step in connection.execute(steps.where(col(Transition.notice_id).in_(repeats))) if repeats else ():
        if step.state == "sending" and step.notice_id not in unknown:
            taken[step.notice_id] = step.at
        elif step.state == "unknown":
            unknown.add(step.notice_id)
    return {notice: moment_at(at, zone) for notice, at in taken.items()}
