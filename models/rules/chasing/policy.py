"""Policy: the ladder, hours and titles with which a case opens and which it keeps (architecture rule 3)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import lru_cache
from hashlib import sha256

from models.calendar.working_time import Calendar, OfficeHours, Offset, rung_moment, sendable
from models.moments import read_zone
from models.plan.model import Plan, Requirement, Rung


@dataclass(frozen=True)
class Policy:
    """What holds for a case from its first day to its last, whatever becomes of the plan."""

    rungs: tuple[Rung, ...]
    always: bool
    office_hours: OfficeHours
    zone: tzinfo

    def rung_moments(self, due: datetime, calendar: Calendar) -> list[tuple[datetime, datetime]]:
        """For each rung when it fires and when a message of it may first go out.

        A rung never fires before the one in front of it: a holiday can put +3d before +1wd, and the order of
        the ladder holds then.
        """
        moments: list[tuple[datetime, datetime]] = []
        for rung in self.rungs:
            nominal = rung_moment(due, rung.at, calendar, self.office_hours, self.zone)
            if moments:
                nominal = max(nominal, moments[-1][0])
            moments.append((nominal, sendable(calendar, self.office_hours, nominal, self.zone, self.always)))
        return moments

    def place_of(self, other: Policy, rung: int) -> int:
        """Where a case stands on this ladder that stood at `rung` on the ladder of `other` (-1: nowhere yet).

        Rungs that were passed there and exist here too are not passed again.
        """
        passed = {one.id for one in other.rungs[: rung + 1]}
        return max((place for place, one in enumerate(self.rungs) if one.id in passed), default=-1)


def policy_text(plan: Plan, requirement: Requirement) -> str:
    """The policy of a requirement as the database keeps it: canonical JSON."""
    ladder = plan.ladders.get(requirement.ladder or "")
    phase = plan.phase(requirement.phase)
    rungs = [
        {
            "id": r.id,
            "at": str(r.at),
            "to": list(r.to),
            "draft": r.draft,
            "signed_by": r.signed_by,
            "if_unknown": r.if_unknown,
        }
        for r in (ladder.rungs if ladder else ())
    ]
    hours = f"{plan.office_hours.opens:%H:%M}-{plan.office_hours.closes:%H:%M}"
    return json.dumps(
        {
            "rungs": rungs,
            "always": bool(phase and phase.hours == "always"),
            "office_hours": hours,
            "zone": plan.zone_name,
        },
        ensure_ascii=False,
        sort_keys=True,
    )


def policy_digest(text: str) -> str:
    """A short name for a policy's text: the same policy is kept once."""
    return sha256(text.encode()).hexdigest()[:32]


@lru_cache(maxsize=1024)
def read_policy(text: str) -> Policy:
    """The policy behind a text that `policy_text` wrote."""
    data: Mapping[str, object] = json.loads(text)
    rungs = data["rungs"]
    assert isinstance(rungs, list)
    return Policy(
        tuple(
            Rung(
                id=r["id"],
                at=Offset.parse(r["at"]),
                to=tuple(r["to"]),
                draft=r["draft"],
                signed_by=r["signed_by"],
                if_unknown=r["if_unknown"],
            )
            for r in rungs
        ),
        bool(data["always"]),
        OfficeHours.parse(str(data["office_hours"])),
        read_zone(str(data["zone"])),
    )
