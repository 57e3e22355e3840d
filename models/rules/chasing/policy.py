"""Policy: the ladder, hours and titles with which a case opens and which it keeps (architecture rule 3)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from functools import lru_cache
from hashlib import sha256

from models.calendar.working_time import Calendar, OfficeHours, Offset, rung_moment
from models.moments import micros, moment_at, read_zone
from models.plan.model import Plan, Requirement, Rung

ROLL_UP, OFF_LADDER = "roll-up", -1
"""The line that an office gets that is late only because those below it are, where no rung of its ladder gives it:
its name and its place among the rungs. It goes to `unit.owner`."""


@dataclass(frozen=True)
class Policy:
    """What holds for a case from its first day to its last, whatever becomes of the plan."""

    rungs: tuple[Rung, ...]
    always: bool
    office_hours: OfficeHours
    zone: tzinfo

    def rung_moments(self, due: int, calendar: Calendar) -> list[int]:
        """When each rung of a duty that falls due at `due` fires, if nothing holds it up; all in microseconds."""
        falls_due, moments = moment_at(due, self.zone), list[int]()
        for rung in self.rungs:
            nominal = micros(rung_moment(falls_due, rung.at, calendar, self.office_hours, self.zone))
            # a holiday can put +3d before +1wd; the order of the ladder holds all the same
            moments.append(max(nominal, moments[-1]) if moments else nominal)
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
    return json.dumps(
        {
            "rungs": rungs,
            "always": bool(phase and phase.hours == "always"),
            "office_hours": str(plan.office_hours),
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
