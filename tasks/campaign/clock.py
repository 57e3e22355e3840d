"""Whose clock a decision goes by: the campaign's own, where it runs through another year than the wall's."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection
from sqlmodel import col, select

from models.moments import moment_at
from models.tables import Pass

OTHER_CLOCK = timedelta(days=31)
"""Further from the newest pass than this, a campaign runs on another clock than whoever decides."""


def campaign_clock(connection: Connection, at: datetime) -> datetime:
    """`at`, or the moment of the newest pass where that is so far off that the campaign is a rehearsal or the demo:
    one runs through 2020 today, and a case that is waived must be waived there."""
    newest = connection.execute(select(Pass.as_of).order_by(col(Pass.id).desc()).limit(1)).scalar()
    if newest is None:
        return at
    last = moment_at(newest, at.tzinfo)
    return last if abs(at - last) > OTHER_CLOCK else at
