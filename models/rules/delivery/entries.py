"""Entries (事项): what a message says, item by item. Lines about one duty of many offices become one entry.

A line is one duty at one rung of its ladder for one person; an entry is what a reader wants to read of
them: 甲县、乙县等12个单位. Worst first, phases together.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

MOST_NAMES = 3
"""Offices that an entry names; the rest it counts."""

MOST_MISSING = 30
"""Offices whose report a superior misses: whoever asks after it needs all of them, and a county has some twenty townships."""

MOST_LABELS = 5
"""Rows of a register that the title of an entry names; the rest it counts."""

MOST_REASONS = 3
"""Reasons that an entry about rows of one office gives."""

MOST_OUT_OF_REACH = 1000
"""Offices that are named where somebody else must reach them: to whom a word is not passed on by name never gets it."""

STALE = timedelta(hours=1)
"""A reason that was judged so long before its message goes is said with the moment of its figures."""

_ABOUT_OTHERS = frozenset({"superior", "paper"})
"""Kinds that speak to a reader about offices below; the others speak to the office that owes."""
_OF_ONE_PAPER = frozenset({"unsigned", "issued"})


class Paper(Protocol):
    """A paper (文稿) as a message names it. sheet: all of it, once it is signed; is_letter: a 函, not a 报告."""

    @property
    def id(self) -> str: ...
    @property
    def number(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def signer(self) -> str: ...
    @property
    def sheet(self) -> str: ...
    @property
    def is_letter(self) -> bool: ...


class Line(NamedTuple):
    """One line of a notice, with everything that its text may name. A tuple: a morning makes millions of them.

    vacant, vacant_role: the office and role that somebody else is told instead of, because nobody holds it
    or, with `failed` (the last answer of its channel), because no channel of it works. untold: those of these
    roles in whose place nobody is told either. role: as whom its reader is told; always: at any hour.
    owed_at: when its reason was judged. by_default: due at a date that no source says. period: its own words, where it
    is owed anew in each period. again: how many reports the office missed, where this is not the first. of_rows: about rows of a register, which `period` names. raised: about a paper that
    somebody whom the reader commands has let lie.
    """

    id: int
    kind: str
    rung: str
    unit: str
    unit_name: str
    phase: str
    title: str
    due: datetime
    standing: str = "unmet"
    reason: str = ""
    no: int | None = None
    late_below: int | None = None
    vacant: str | None = None
    vacant_name: str | None = None
    vacant_role: str | None = None
    failed: str | None = None
    untold: str | None = None
    stand_in: str | None = None
    if_unknown: str = "resend"
    paper: Paper | None = None
    role: str = "owner"
    always: bool = False
    owed_at: datetime | None = None
    by_default: bool = False
    period: str = ""
    raised: bool = False
    of_rows: bool = False
    again: str = ""


class Entry(NamedTuple):
    """One item of a message.

    kind: of the text that words it: reminder, overdue, missing, roll-up, superior, vacancy, or of a paper: paper
    (waits for the reader), unsigned (waits for somebody whom the reader commands), issued (signed, for the reader).
    days_late: whole days since it was due, None before. names, offices: the offices it is about, the first
    few named (every one where the reader must reach them) and all counted; duties: how many duties it stands for; unreported: those without a report.
    pass_to, pass_to_offices: the offices, named and counted alike, to whom the reader is to pass it on.
    judged_at: the moment of the figures in its reason, where that is older than STALE; else None. by_default: due at a
    date that no source says. is_return: owed anew each period; periods: how many of them it stands for, from `due` to `last_due`.
    of_rows: these are rows of a register, or values in it, and no periods; reasons: of several, the reason of each.
    """

    kind: str
    title: str
    phase: str
    due: datetime
    days_late: int | None
    names: tuple[str, ...]
    offices: int
    duties: int
    unreported: int
    reason: str = ""
    no: int | None = None
    late_below: int | None = None
    vacant_role: str | None = None
    failed: str | None = None
    untold: str | None = None
    stand_in: str | None = None
    pass_to: tuple[str, ...] = ()
    pass_to_offices: int = 0
    papers: tuple[Paper, ...] = ()
    judged_at: datetime | None = None
    by_default: bool = False
    raised: bool = False
    is_return: bool = False
    periods: int = 1
    last_due: datetime | None = None
    of_rows: bool = False
    reasons: tuple[str, ...] = ()

    @property
    def is_late(self) -> bool:
        return self.days_late is not None

    @property
    def is_instead(self) -> bool:
        """True where the reader is told because the office itself cannot be."""
        return self.pass_to_offices > 0


@dataclass(frozen=True, slots=True)
class Tally:
    """What a message is about, in figures: for its title.

    overdue, soon: the reader's own duties; below, below_soon: those of offices below; instead: duties to be
    passed on; papers: waiting for the reader's word; letters: for the reader; vacant: offices without somebody to tell.
    """

    overdue: int = 0
    soon: int = 0
    below: int = 0
    below_soon: int = 0
    instead: int = 0
    papers: int = 0
    letters: int = 0
    vacant: int = 0


def gather_entries(lines: Sequence[Line], now: datetime) -> list[Entry]:
    """Lines about one duty of several offices as one entry, worded for `now`; all of them, worst first."""
    groups: dict[Hashable, list[Line]] = {}
    for line in lines:
        worded = _in_its_place(line, now)
        groups.setdefault(_key(worded), []).append(worded)
    return sorted((_entry(group, now) for group in groups.values()), key=_worst_first)


def tally(entries: Sequence[Entry]) -> Tally:
    """What these entries are about, in figures."""
    others = _ABOUT_OTHERS | _OF_ONE_PAPER | {"vacancy"}
    own = [entry for entry in entries if entry.kind not in others and not entry.is_instead]
    below = [entry for entry in entries if entry.kind == "superior" and not entry.is_instead]
    return Tally(
        overdue=sum(entry.duties for entry in own if entry.is_late),
        soon=sum(entry.duties for entry in own if not entry.is_late),
        below=sum(entry.duties for entry in below if entry.is_late),
        below_soon=sum(entry.duties for entry in below if not entry.is_late),
        instead=sum(entry.duties for entry in entries if entry.is_instead),
        papers=len(_papers(entries, "paper", "unsigned")),
        letters=len(_papers(entries, "issued")),
        vacant=sum(entry.offices for entry in entries if entry.kind == "vacancy"),
    )


def _papers(entries: Sequence[Entry], *kinds: str) -> set[str]:
    """The papers that entries of these kinds name; an entry without one stands for itself."""
    named = [entry for entry in entries if entry.kind in kinds]
    return {paper.id for entry in named for paper in entry.papers} | {
        entry.title for entry in named if not entry.papers
    }


def by_phase(entries: Sequence[Entry]) -> list[tuple[str, list[Entry]]]:
    """Entries under their phases, in the order of each phase's worst."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.phase, []).append(entry)
    return list(groups.items())


def _in_its_place(line: Line, now: datetime) -> Line:
    """A line as it is to be worded at `now`.

    A reminder that was held past its due moment says that it is overdue; a line that its office itself could not be
    told is worded as it would have been for that office.
    """
    instead = line.kind == "superior" and line.vacant_role is not None and line.vacant in (None, line.unit)
    if not instead and line.kind != "reminder":
        return line
    return line._replace(kind="overdue" if line.due <= now else "reminder")


def _key(line: Line) -> Hashable:
    if line.kind == "vacancy":
        return line.kind, line.vacant_role, line.failed, line.untold, line.stand_in
    if line.kind in _OF_ONE_PAPER and line.paper is not None:
        return line.kind, line.paper.id
    of_others = line.kind in _ABOUT_OTHERS
    office = line.vacant if of_others else None if line.vacant_role else line.unit
    # the periods of one return are one item: 4月5日至7月26日共17期
    due = "periods" if line.period else line.due
    return line.phase, line.title, line.kind, due, line.vacant_role, office


def _entry(group: Sequence[Line], now: datetime) -> Entry:
    first = min(group, key=lambda line: line.due)
    periods = dict.fromkeys(line.period for line in group)
    of_rows = first.of_rows
    vacancy = first.kind == "vacancy"
    vacant = dict.fromkeys(line.vacant_name or line.unit_name for line in group if line.vacant_role)
    names = dict.fromkeys(vacant if vacancy else (line.unit_name for line in group))
    unreported = sum(line.standing == "unreported" for line in group)
    kind = first.kind
    is_return = bool(first.period) and not of_rows
    missing = kind == "superior" and is_return and unreported == len(group)
    most = MOST_OUT_OF_REACH if vacant else MOST_MISSING if missing else MOST_NAMES
    if kind in ("reminder", "overdue") and unreported == len(group):
        kind = "missing"
    return Entry(
        kind=kind,
        title=_titled(first, periods),
        phase="" if vacancy else first.phase,
        due=first.due,
        days_late=None if now < first.due else (now - first.due).days,
        names=_named(group, names)[:most] if missing else tuple(names)[:most],
        offices=len(names),
        duties=len(group),
        unreported=unreported,
        reason=first.reason if len(group) == 1 else "",
        reasons=_reasons(group, len(names)),
        no=first.no,
        late_below=first.late_below,
        vacant_role=first.vacant_role,
        failed=first.failed,
        untold=first.untold,
        stand_in=first.stand_in,
        pass_to=() if vacancy else tuple(vacant)[:most],
        pass_to_offices=0 if vacancy else len(vacant),
        papers=tuple({line.paper.id: line.paper for line in group if line.paper is not None}.values()),
        raised=first.raised,
        is_return=is_return,
        periods=1 if vacancy else len(group) if of_rows and first.period else len(periods),
        last_due=max(line.due for line in group),
        by_default=all(line.by_default for line in group),
        judged_at=first.owed_at if first.owed_at is not None and now - first.owed_at > STALE else None,
        of_rows=of_rows,
    )


def _named(group: Sequence[Line], names: Iterable[str]) -> tuple[str, ...]:
    """Offices that sent no report, with how often: 甲镇、乙镇（连续3次，累计5次）."""
    again = {line.unit_name: line.again for line in sorted(group, key=lambda line: line.due)}
    return tuple(f"{name}（{again[name]}）" if again[name] else name for name in names)


def _titled(line: Line, periods: Collection[str]) -> str:
    """The title of a duty, with its period where it is about one, or with the rows that it is about."""
    if not line.period or (len(periods) > 1 and not line.of_rows):
        return line.title
    named = "、".join(list(periods)[:MOST_LABELS])
    # each of them is told apart by what stands in brackets, in both languages
    return f"{line.title}（{named}…）" if len(periods) > MOST_LABELS else f"{line.title}（{named}）"


def _reasons(group: Sequence[Line], offices: int) -> tuple[str, ...]:
    """Why each of some duties about rows of one office is not met."""
    if not group[0].of_rows or offices > 1 or not 1 < len(group) <= MOST_REASONS:
        return ()
    return tuple(dict.fromkeys(line.reason for line in group if line.reason))


def _worst_first(entry: Entry) -> tuple[bool, bool, datetime]:
    """What is late first, and of that what is owed once before returns that come again."""
    return not entry.is_late, entry.is_late and entry.is_return, entry.due
