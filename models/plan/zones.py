"""Zones and offsets (时区) that are hardly meant: a sign the wrong way round moves every date of a plan by half a day."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from models.moments import read_moment
from models.plan.draft import Places
from models.plan.layers import Fault
from models.plan.model import Plan
from models.wording import Refusal, Said

_ETC = re.compile(r"(?:Etc/)?GMT\+(\d{1,2})", re.IGNORECASE)
_OFFSET = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?(?:Z|([+-]\d{2}):?(\d{2}))")


def zones(plan: Plan, places: Places) -> Iterator[Fault]:
    """A doubt for a zone that counts the other way round, and for each moment whose offset is not the zone's.

    One that is written in another offset and falls on a midnight of the plan's own zone is meant (16:00 in UTC).
    """
    for (kind, written), place in places.items():
        if kind == "timezone" and (west := _ETC.fullmatch(written)):
            yield Fault(*place, _reversed(written, int(west[1])))
        elif kind == "moment":
            moment = _read(written, plan)
            if moment is not None and _offset(written) != f"{moment:%z}" and f"{moment:%H%M%S}" != "000000":
                yield Fault(*place, _elsewhere(written, moment, plan.zone_name))


def _reversed(zone: str, hours: int) -> Said:
    meant = "Asia/Shanghai（或 Etc/GMT-8）" if hours == 8 else f"Etc/GMT-{hours}"
    return Said(
        f"时区“{zone}”是格林尼治以西 {hours} 小时，这种写法的正负号与通常相反；以东 {hours} 小时应写作 {meant}",
        f"the time zone “{zone}” lies {hours} hours west of Greenwich: its sign is the other way round; {hours} hours east"
        f" is {'Asia/Shanghai, or ' if hours == 8 else ''}Etc/GMT-{hours}",
    )


def _elsewhere(written: str, moment: datetime, zone: str) -> Said:
    own = f"{moment:%z}"
    own = f"{own[:3]}:{own[3:]}"
    return Said(
        f"“{written}”写明的时区与方案的时区 {zone}（{own}）不一致，按方案的时区是 {moment:%Y-%m-%d %H:%M}；请核对正负号",
        f"the offset of “{written}” is not that of the plan's time zone {zone} ({own}), where it is"
        f" {moment:%Y-%m-%d %H:%M}; check its sign",
    )


def _read(written: str, plan: Plan) -> datetime | None:
    try:
        return read_moment(written, plan.zone)
    except Refusal:
        return None


def _offset(written: str) -> str:
    """As %z writes it."""
    found = _OFFSET.search(written)
    return f"{found[1]}{found[2]}" if found and found[1] else "+0000"
