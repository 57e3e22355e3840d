"""Reading what health is decided from, and answering with it in JSON."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func
from sqlmodel import col, select

from models.calendar.working_time import YearDoubt, held_too_long, sendable
from models.moments import micros, micros_in, moment_at, moment_or_none
from models.rules.oversight.health import (
    AdminChannel,
    ArchiveSeen,
    Facts,
    HealthCheck,
    Limits,
    State,
    health_checks,
    worst,
)
from models.tables import ChannelRow, PlanVersion
from models.wording import Refusal
from tasks.archive.copying import find_lack
from tasks.campaign.database import VERSION
from tasks.campaign.one_writer import doubt_of_sqlite
from tasks.campaign.store import Store
from tasks.channels import ChannelError, check_host, check_url
from tasks.chasing.set_aside import left_out_at, read_asides
from tasks.oversight.ahead import is_simulated, standing_ahead
from tasks.oversight.heartbeats import AUDIT, WATCH, Beat, last_beat
from tasks.oversight.machines import machines_seen
from tasks.oversight.unsent import oldest_held, oldest_unsent

_GRACE = timedelta(hours=1)
_A_MOMENT = timedelta(microseconds=1)
"""A phase ends before its `ends`."""


@dataclass(frozen=True)
class Health:
    """How everything fares at `as_of`."""

    as_of: datetime
    checks: tuple[HealthCheck, ...]

    @property
    def state(self) -> State:
        return worst(self.checks)

    def as_states(self) -> dict[str, Any]:
        """What anybody on the machine may know: which lines fail, and nothing of why."""
        checks = [{"name": one.name, "state": one.state} for one in self.checks]
        return {"as_of": self.as_of.isoformat(), "state": self.state, "checks": checks}

    def as_data(self) -> dict[str, Any]:
        """The answer of `pucha health --json`, and of the endpoint to those who bring the access string."""
        return {
            "as_of": self.as_of.isoformat(),
            "state": self.state,
            "checks": [
                {"name": one.name, "state": one.state, "zh": one.said.zh, "en": one.said.en} for one in self.checks
            ],
        }


def read_health(store: Store, now: datetime) -> Health:
    """How the campaign fares at `now`. Refusal where it cannot be read at all."""
    limits = Limits(
        timedelta(minutes=store.settings.health_watch_minutes), timedelta(minutes=store.settings.health_audit_minutes)
    )
    return Health(now, health_checks(_facts(store, now, limits), limits))


def unreadable(refusal: Refusal, now: datetime) -> Health:
    """The answer where the campaign cannot be read at all."""
    return Health(now, (HealthCheck("database", "failing", refusal.said),))


def _facts(store: Store, now: datetime, limits: Limits) -> Facts:
    at, zone = micros(now), store.plan().zone
    with store.reading() as connection:
        last_pass, last_audit = (last_beat(connection, name) for name in (WATCH, AUDIT))
        unsent, since = oldest_unsent(connection, at, micros_in(limits.watch))
        held, held_since = oldest_held(connection, at)
        asides = read_asides(connection)
        simulated = is_simulated(connection)
        left_out = set(left_out_at(asides, at).select("phase", "unit").iter_rows())
        loaded = connection.execute(select(func.min(PlanVersion.loaded_at))).scalar()
        channels = _channels_aside(connection, at)
        machines = machines_seen(connection, now.astimezone(zone))
    return Facts(
        now=now,
        version=VERSION,
        loaded=moment_or_none(loaded, zone) or now,
        last_pass=_beaten(last_pass, zone),
        last_audit=_beaten(last_audit, zone),
        found=_counts(last_audit),
        unsent=unsent,
        unsent_since=moment_or_none(since, zone),
        held=held,
        held_since=moment_or_none(held_since, zone),
        held_too_long=held_since is not None and now > _patience(store, moment_at(held_since, zone)),
        channels_aside=channels,
        phases_aside=[(one.said, not one.unit) for one in asides if (one.phase, one.unit) in left_out],
        years=_doubtful_years(store, now),
        free=free_bytes(store.home),
        administrator=_admin_channel(store),
        archive=_archive(store),
        machines=machines,
        ahead=[one.said for one in standing_ahead(store, now)],
        is_simulated=simulated,
        database_doubt=doubt_of_sqlite() if store.is_sqlite else None,
    )


def _patience(store: Store, owed: datetime) -> datetime:
    """Until when a notice that was owed at `owed` may be held: a working day, and an hour, from when it could go out."""
    plan, calendar = store.plan(), store.calendar()
    first = sendable(calendar, plan.office_hours, owed, plan.zone, always=False)
    return held_too_long(calendar, first, plan.zone, always=False) + _GRACE


def _archive(store: Store) -> ArchiveSeen:
    """The archive, looked at without waiting long."""
    lack = find_lack(store, hasty=True)
    return ArchiveSeen(lack.shown, lack.reports, len(lack.missing), lack.fault)


def _admin_channel(store: Store) -> AdminChannel:
    """The administrators' channel, tried as `load` tries those of contacts. Calls nobody."""
    channel = store.settings.admin_channel
    if channel is None:
        return AdminChannel(is_set=False)
    try:
        check_url(channel.get_secret_value())
        check_host(channel.get_secret_value(), store.settings.gateways.hosts)
    except ChannelError as fault:
        return AdminChannel(is_set=True, fault=fault.said)
    return AdminChannel(is_set=True)


def free_bytes(folder: Path) -> int:
    """Bytes free on the disk of a folder, or of the first folder above it that exists."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free


def _channels_aside(connection: Connection, at: int) -> int:
    """How many channels that somebody is reached over are set aside."""
    query = select(func.count()).select_from(ChannelRow).where(col(ChannelRow.aside_until) > at)
    return int(connection.execute(query).scalar_one())


def _doubtful_years(store: Store, now: datetime) -> Sequence[YearDoubt]:
    """Years from now to the plan's end without an official calendar; none where the plan has ended."""
    phases = store.plan().phases
    last = max(((phase.ends - _A_MOMENT).year for phase in phases), default=now.year)
    first = max(now.year, min((phase.starts.year for phase in phases), default=now.year))
    return store.calendar().doubts(now.date().replace(year, 1, 1) for year in range(first, last + 1))


def _counts(last_audit: Beat | None) -> dict[str, int]:
    found = last_audit.found if last_audit else {}
    return {kind: int(found.get(kind, 0)) for kind in ("missing", "extra", "late")}


def _beaten(beat: Beat | None, zone: tzinfo) -> datetime | None:
    return moment_at(beat.at, zone) if beat else None
