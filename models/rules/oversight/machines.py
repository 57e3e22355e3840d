"""Machines of one campaign, compared (机器比对): what decides results must be the same on each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from models.wording import Said

PROGRAM, CALENDAR, TEXTS, KEY, ADMINISTRATOR = "program", "calendar", "texts", "key", "PUCHA_ADMIN_CHANNEL"
_WHAT: Mapping[str, tuple[Said, Said]] = {
    PROGRAM: (Said("程序版本", "the program's version"), Said("装同一版程序", "install the same version")),
    CALENDAR: (Said("导入的工作日历", "the imported calendar"), Said("复制 calendars/", "copy calendars/")),
    TEXTS: (Said("自拟文本", "texts of one's own"), Said("复制 templates/", "copy templates/")),
    KEY: (Said("密钥", "the key"), Said("设相同的 PUCHA_KEY", "set the same PUCHA_KEY")),
}
"""What may differ beside settings, and how it is made the same."""
_OF_SETTINGS = Said("各机器设成一样", "set them alike on every machine")


@dataclass(frozen=True)
class Machine:
    """A machine as it was when it last worked. prints: a short digest by what it is of, settings by their names."""

    name: str
    seen: datetime
    prints: Mapping[str, str]

    def unlike(self, other: Machine) -> tuple[str, ...]:
        """In what it differs from another, by name. Programs that differ may not know the same settings."""
        found = {what for what in self.prints.keys() & other.prints.keys() if self.prints[what] != other.prints[what]}
        if KEY in found:
            found.discard(ADMINISTRATOR)  # its print is made with the key
        return tuple(sorted(found))


@dataclass(frozen=True)
class Comparison:
    """What is to be said of the machines. what: in which things some machine differs, by name."""

    what: frozenset[str]
    said: Said


def compare(machines: Sequence[Machine]) -> Comparison:
    """Hold each machine against the one that most others are like; the first by name where several are."""
    if len(machines) < 2:
        return Comparison(frozenset(), Said("没有多台机器需要比对", "no two machines to compare"))
    in_order = sorted(machines, key=lambda one: one.name)
    usual = min(in_order, key=lambda one: sum(len(one.unlike(other)) for other in in_order))
    others = [(one, one.unlike(usual)) for one in in_order]
    what = {name for _, names in others for name in names}
    if not what:
        many = len(machines)
        return Comparison(
            frozenset(), Said(f"近一天干活的 {many} 台机器设置一致", f"{many} machines of the last day are set alike")
        )
    said = [_unlike(one, usual, names) for one, names in others if names]
    cures = [cure for name, (_, cure) in _WHAT.items() if name in what]
    if what - _WHAT.keys():
        cures.append(_OF_SETTINGS)
    return Comparison(
        frozenset(what),
        Said(
            f"{'；'.join(one.zh for one in said)}。请{'，'.join(one.zh for one in cures)}",
            f"{'; '.join(one.en for one in said)}. To mend it, {', '.join(one.en for one in cures)}",
        ),
    )


def _unlike(one: Machine, usual: Machine, names: Sequence[str]) -> Said:
    things = [_WHAT[name][0] if name in _WHAT else Said(name, name) for name in names]
    seen = one.seen
    return Said(
        f"机器 {one.name}（{seen.month}月{seen.day}日{seen:%H:%M}）与 {usual.name} 不同：{'、'.join(thing.zh for thing in things)}",
        f"the machine {one.name} (of {seen:%m-%d %H:%M}) differs from {usual.name} in {', '.join(thing.en for thing in things)}",
    )
