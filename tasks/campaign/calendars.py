"""The working calendar that an office goes by: the shipped table, the years it imported, its local closures.

An office's own files stand in PUCHA_HOME/calendars/NAME/: 2027.csv (official), 2030.estimated.csv and
local.csv (地方性放假). Each is `day,kind,name`, kind `off` or `work`, and lists only exceptions.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import resources
from pathlib import Path

from models.calendar.changes import DayChange, changed_days
from models.calendar.holiday_notice import ListedDay
from models.calendar.working_time import Calendar, YearStatus, agrees_with_weekend
from models.wording import Refusal, Said
from tasks.campaign.calendar_files import read_days, read_source, write_days

SHIPPED = Path(str(resources.files("models.calendar")))

_NAME = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")
_YEAR_FILE = re.compile(r"(\d{4})(\.estimated)?\.csv")
_LOCAL = "local.csv"
# 全国年节及纪念日放假办法 art. 2: days that are off in every year since 1999, and how many there are a year
# since 2008 and 2025. Every notice so far gives at least as many weekdays, less the weekend days worked.
_ALWAYS_OFF = ((1, 1), (5, 1), (10, 1), (10, 2), (10, 3))
_STATUTORY_DAYS = {2008: 11, 2025: 13}


@dataclass(frozen=True)
class CalendarImport:
    """An import as it would be, or was, stored. year: None for local closures. days: what `target` holds."""

    year: int | None
    days: tuple[ListedDay, ...]
    old: Calendar
    new: Calendar
    target: Path

    @property
    def changes(self) -> list[DayChange]:
        """The days that become working days, or days off."""
        return changed_days(self.old, self.new)

    @property
    def doubts(self) -> list[Said]:
        """What whoever imports a year should look at again: more days off than the law gives."""
        if self.year is None:
            return []
        net, statutory = _net_days_off(self.days), _statutory_days(self.year)
        if net <= statutory:
            return []
        said = Said(
            f"{self.year}年净放假{net}天，多于法定的{statutory}天，请核对是否漏列调休上班日",
            f"{self.year} has {net} days off net of make-up days, the law gives {statutory}; "
            "check that no make-up working day is left out",
        )
        return [said]

    @property
    def status(self) -> tuple[YearStatus, YearStatus] | None:
        """What the year was, and what it becomes."""
        return None if self.year is None else (self.old.status(self.year), self.new.status(self.year))


@dataclass(frozen=True)
class _Year:
    days: tuple[ListedDay, ...]
    estimated: bool = False


def known_calendars(home: Path) -> tuple[str, ...]:
    """The names of the calendars that are shipped or were imported."""
    shipped = {file.stem for file in SHIPPED.glob("*.csv")}
    return tuple(sorted(shipped | {file.parent.name for file in (home / "calendars").glob("*/*.csv")}))


def load_calendar(name: str, home: Path) -> Calendar:
    """The calendar of that name with what this office imported. Refusal if unknown, or a file is faulty."""
    _check_known(name, home)
    return _assemble(name, _years(name, home), _local(name, home))


def listed_days(name: str, home: Path, year: int) -> tuple[ListedDay, ...]:
    """What a year's notice lists, by name, in order of days; empty for a year without one."""
    _check_known(name, home)
    return _years(name, home).get(year, _Year(())).days


def read_year(
    file: Path,
    home: Path,
    name: str = "china",
    year: int | None = None,
    *,
    estimated: bool = False,
    amend: bool = False,
) -> CalendarImport:
    """What importing a year's notice (text) or table (CSV) would change; nothing is stored.

    year: needed if the notice does not name its own. estimated: a forecast, refused for an official year.
    amend: the file holds only what differs from the year as it stands.
    """
    _check_name(name)
    year, days = read_source(file, year, whole_year=not amend)
    years, local = _years(name, home), _local(name, home)
    before = years.get(year)
    if estimated and before and not before.estimated:
        raise Refusal(
            f"{year}年已有正式放假安排，不能以预排代替",
            f"{year} has an official calendar; an estimate cannot take its place",
        )
    if amend and before is None:
        raise Refusal(
            f"{year}年的放假安排尚未导入，无从调整，请先导入全年安排",
            f"there is no calendar for {year} to amend; import the whole year first",
        )
    if amend and before:
        days = tuple({listed.day: listed for listed in (*before.days, *days)}.values())
        estimated = before.estimated
    days = tuple(sorted(listed for listed in days if not agrees_with_weekend(listed.day, listed.works)))
    _check_statutory(file, year, days, estimated)
    target = _folder(name, home) / f"{year}{'.estimated' if estimated else ''}.csv"
    old = _assemble(name, years, local)
    new = _assemble(name, {**years, year: _Year(days, estimated)}, local)
    return CalendarImport(year, days, old, new, target)


def import_year(
    file: Path,
    home: Path,
    name: str = "china",
    year: int | None = None,
    *,
    estimated: bool = False,
    amend: bool = False,
) -> CalendarImport:
    """Import a year as `read_year` shows it, and say what changed. The same file again changes nothing."""
    planned = read_year(file, home, name, year, estimated=estimated, amend=amend)
    write_days(planned.target, planned.days)
    return planned


def read_local(file: Path, home: Path, name: str = "china") -> CalendarImport:
    """What a new list of local closures (and local working days) would change; nothing is stored."""
    _check_known(name, home)
    days, years = read_days(file), _years(name, home)
    old, new = _assemble(name, years, _local(name, home)), _assemble(name, years, days)
    return CalendarImport(None, days, old, new, _folder(name, home) / _LOCAL)


def import_local(file: Path, home: Path, name: str = "china") -> CalendarImport:
    """Put a list of local closures in the place of the one before, and say what changed."""
    planned = read_local(file, home, name)
    write_days(planned.target, planned.days)
    return planned


def _assemble(name: str, years: Mapping[int, _Year], local: Sequence[ListedDay]) -> Calendar:
    """One calendar. A later notice decides about the December days it shares with the year before."""
    exceptions = {listed.day: listed.works for year in sorted(years) for listed in years[year].days}
    exceptions |= {listed.day: True for listed in local if listed.works}
    return Calendar(
        name=name,
        exceptions=exceptions,
        official_years=frozenset(year for year, found in years.items() if not found.estimated),
        estimated_years=frozenset(year for year, found in years.items() if found.estimated),
        closures=frozenset(listed.day for listed in local if not listed.works),
    )


def _years(name: str, home: Path) -> dict[int, _Year]:
    """Every year's notice: as shipped, unless the office imported its own; official before estimated."""
    shipped = SHIPPED / f"{name}.csv"
    years = dict(_by_year(_days_of(shipped))) if shipped.exists() else {}
    imported: dict[tuple[int, bool], Path] = {}
    for file in sorted(_folder(name, home).glob("[!.]*.csv")):
        found = _YEAR_FILE.fullmatch(file.name)
        if found:
            imported[int(found[1]), found[2] is not None] = file
        elif file.name != _LOCAL:
            raise Refusal(
                f"{file} 的文件名应为 2027.csv、2030.estimated.csv 或 {_LOCAL}，请改名或移走",
                f"{file} must be called 2027.csv, 2030.estimated.csv or {_LOCAL}; rename it or move it away",
            )
    for (year, estimated), file in sorted(imported.items()):
        if not estimated or year not in years:
            years[year] = _Year(_days_of(file), estimated)
    return years


@lru_cache(maxsize=16)
def _by_year(days: tuple[ListedDay, ...]) -> Mapping[int, _Year]:
    """The days of each year's notice; sorted out once, for every pass of the watch asks three times."""
    found: dict[int, list[ListedDay]] = defaultdict(list)
    for listed in days:
        found[_notice_year(listed)].append(listed)
    return {year: _Year(tuple(of_year)) for year, of_year in found.items()}


def _local(name: str, home: Path) -> tuple[ListedDay, ...]:
    file = _folder(name, home) / _LOCAL
    return _days_of(file) if file.exists() else ()


def _days_of(file: Path) -> tuple[ListedDay, ...]:
    """A calendar file; read again only when it has changed, for every pass of the watch asks."""
    found = file.stat()
    return _read_once(file, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=64)
def _read_once(file: Path, _changed: int, _size: int) -> tuple[ListedDay, ...]:
    return read_days(file)


def _notice_year(listed: ListedDay) -> int:
    """The year whose notice lists a day: the last days of December may belong to 元旦 of the next."""
    return listed.day.year + (listed.day.month == 12 and "元旦" in listed.name)


def _net_days_off(days: Sequence[ListedDay]) -> int:
    """Weekdays off less weekend days worked."""
    return sum(-1 if listed.works else 1 for listed in days)


def _statutory_days(year: int) -> int:
    return max((days for since, days in _STATUTORY_DAYS.items() if year >= since), default=0)


def _check_statutory(file: Path, year: int, days: Sequence[ListedDay], estimated: bool) -> None:
    """Refuse a list that cannot be the whole of a year."""
    off = {listed.day for listed in days if not listed.works}
    always = [date(year, month, day) for month, day in _ALWAYS_OFF]
    lost = [day for day in always if day not in off and not agrees_with_weekend(day, works=False)]
    if lost:
        raise Refusal(
            f"{file} 中没有 {lost[0]} 放假，不像是{year}年的全年安排；如为个别调整，请按调整导入（--amend）",
            f"{file} does not list {lost[0]} as off, so it is not the whole of {year}; "
            "import an amendment with --amend",
        )
    net, statutory = _net_days_off(days), _statutory_days(year)
    if net < statutory and not estimated:
        raise Refusal(
            f"{file} 净放假{net}天，少于法定的{statutory}天，不像是{year}年的全年安排；"
            "请补全，如为个别调整，请按调整导入（--amend）",
            f"{file} has {net} days off net of make-up days, the law gives {statutory}, so it is not all of "
            f"{year}; complete it, or import an amendment with --amend",
        )


def _check_known(name: str, home: Path) -> None:
    _check_name(name)
    known = known_calendars(home)
    if name not in known:
        raise Refusal(
            f"没有名为“{name}”的工作日历，可用：{'、'.join(known)}",
            f"there is no calendar “{name}”; known: {', '.join(known)}",
        )


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise Refusal(
            f"日历名“{name}”应以小写英文字母开头，只用小写字母、数字和连字符",
            f"the calendar name “{name}” must hold only lower-case letters, digits and hyphens",
        )


def _folder(name: str, home: Path) -> Path:
    return home / "calendars" / name
