"""Doubts about a plan: what is no fault, but what its planner would rather know before it is in force."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from models.calendar.working_time import Calendar, rung_moment
from models.plan.draft import Places
from models.plan.ladder_doubts import ladder_doubts
from models.plan.layers import Fault
from models.plan.model import Ladder, Plan, Requirement, due_at
from models.plan.pointless import pointless
from models.plan.register_doubts import register_doubts
from models.plan.zones import zones
from models.wording import Said


def doubts(plan: Plan, places: Places, calendar: Calendar) -> list[Fault]:
    """Office hours that were hardly meant, due dates and cut-offs on a day off, or dates before anything begins, phases that start before
    their predecessor ends, requirements that nothing reports, ladders that tell nobody, dates that an overlay above
    overtakes, titles that two indicators share, rungs in working days round the clock or before their period, conditions
    that never or always hold, what registers leave out, zones and offsets that are hardly meant, acts without a code,
    years without an official calendar. In order of file and line."""
    found = [*_phases(plan, places), *_requirements(plan, places, calendar), *_titles(plan, places)]
    found += [*pointless(plan, places), *zones(plan, places), *_office_hours(plan, places)]
    found += [*ladder_doubts(plan, places, calendar), *register_doubts(plan, places)]
    return sorted({*found, *_authority(plan, places), *_years(plan, places, calendar)})


_SHORTEST, _LONGEST, _LONGEST_BREAK = timedelta(hours=4), timedelta(hours=14), timedelta(hours=4)


def _office_hours(plan: Plan, places: Places) -> Iterator[Fault]:
    """Hours in which hardly a word comes through, in which nobody rests, or with a break that was hardly meant."""
    hours = plan.office_hours
    day = date.min
    breaks = [datetime.combine(day, ends) - datetime.combine(day, begins) for begins, ends in hours.breaks]
    if hours.length < _SHORTEST:
        said = Said(
            f"办公时间 {hours} 一天不足 4 小时，非值班阶段的通知只在这段时间发出，请核对",
            f"the office hours {hours} are less than 4 hours a day: notices go out in them alone; check them",
        )
        yield Fault(*places["office_hours", ""], said)
    if hours.length > _LONGEST:
        said = Said(
            f"办公时间 {hours} 一天超过 14 小时；昼夜值班的阶段请写 hours: always",
            f"the office hours {hours} are more than 14 hours a day; a phase on duty round the clock has hours: always",
        )
        yield Fault(*places["office_hours", ""], said)
    if any(length > _LONGEST_BREAK for length in breaks):
        said = Said(
            f"办公时间 {hours} 中间歇了 4 小时以上，请核对",
            f"the office hours {hours} have a break of more than 4 hours; check them",
        )
        yield Fault(*places["office_hours", ""], said)


def _authority(plan: Plan, places: Places) -> Iterator[Fault]:
    if not plan.authority.codes:
        said = Said(
            "免予办理、延期、签字放行不再核对验证码：任何能执行命令的人都可冒用有权者的姓名",
            "nobody is asked for a code to waive, extend or sign an exit: whoever may run commands can use another's name",
        )
        yield Fault(*places["authority", "codes"], said)


def _phases(plan: Plan, places: Places) -> Iterator[Fault]:
    for phase in plan.phases:
        for name in phase.after:
            before = plan.phase(name)
            if before and phase.starts < before.ends:
                starts, ends = f"{phase.starts:%Y-%m-%d}", f"{_last_day(before.ends):%Y-%m-%d}"
                said = Said(
                    f"“{phase.title}”{starts} 开始时，前一阶段“{before.title}”要到 {ends} 才结束",
                    f"“{phase.id}” starts on {starts}, before “{before.id}” ends on {ends}",
                )
                yield Fault(*places["phase", phase.id], said)


def _requirements(plan: Plan, places: Places, calendar: Calendar) -> Iterator[Fault]:
    for requirement in plan.requirements:
        place = places["requirement", requirement.key]
        if not _is_reported(plan, requirement):
            said = Said(
                f"“{requirement.title}”的条件不依据任何上报指标，没有报表能使它达标",
                f"the condition of “{requirement.key}” rests on no indicator that anyone reports",
            )
            yield Fault(*place, said)
        if not _tells(plan.ladders.get(requirement.ladder or "")):
            said = Said(
                f"“{requirement.title}”的催办阶梯不通知任何人", f"the ladder of “{requirement.key}” tells nobody"
            )
            yield Fault(*place, said)
        for scope, due in requirement.dues:
            where = places.get(("tightening", f"{requirement.key}@{scope or ''}"), place)
            yield from _due(plan, requirement, due, where, calendar)
            yield from _overtaken(requirement, scope, due, where)
        if requirement.every == "cadence":
            yield from _cut_offs(plan, requirement, place, calendar)


def _is_reported(plan: Plan, requirement: Requirement) -> bool:
    if requirement.each is not None:
        return True
    names = plan.behind[requirement.key]
    return any(plan.indicators[name].where is None for name in names)


def _tells(ladder: Ladder | None) -> bool:
    return ladder is not None and any(rung.to or rung.signed_by for rung in ladder.rungs)


def _overtaken(requirement: Requirement, scope: str | None, due: datetime, place: tuple[str, int]) -> Iterator[Fault]:
    """A date that never holds, as another overlay on the way up has an earlier one."""
    holds = due_at(requirement.dues, scope)
    if scope is not None and holds is not None and holds < due:
        day, earlier = (f"{_last_day(moment):%Y-%m-%d}" for moment in (due, holds))
        said = Said(
            f"{scope} 把“{requirement.title}”定在 {day}，晚于上级另一份方案的 {earlier}：以较早的 {earlier} 为准，请核对",
            f"“{requirement.key}” is due on {day} in {scope}, later than {earlier} in another overlay above it:"
            f" {earlier} holds; check both",
        )
        yield Fault(*place, said)


def _due(
    plan: Plan, requirement: Requirement, due: datetime, place: tuple[str, int], calendar: Calendar
) -> Iterator[Fault]:
    day = _last_day(due)
    phase = plan.phase(requirement.phase)
    assert phase is not None
    if phase.hours == "office" and not calendar.is_working_day(day.date()):
        said = Said(
            f"“{requirement.title}”的期限 {day:%Y-%m-%d} 不是工作日",
            f"“{requirement.key}” is due on {day:%Y-%m-%d}, a day off",
        )
        yield Fault(*place, said)
    begins = min(other.starts for other in plan.phases)
    if due <= begins:
        said = Said(
            f"“{requirement.title}”的期限 {day:%Y-%m-%d} 早于整个方案开始（{begins:%Y-%m-%d}），是否为另一次普查的日期",
            f"“{requirement.key}” is due on {day:%Y-%m-%d}, before the plan begins on {begins:%Y-%m-%d}:"
            " a date of another census?",
        )
        yield Fault(*place, said)


def _cut_offs(plan: Plan, requirement: Requirement, place: tuple[str, int], calendar: Calendar) -> Iterator[Fault]:
    """Cut-offs on days off, where the office is not on duty round the clock: no day off moves one."""
    phase = plan.phase(requirement.phase)
    assert phase is not None
    days = sorted({_last_day(period.due).date() for period in plan.periods(requirement, phase.ends)})
    off = [day for day in days if not calendar.is_working_day(day)]
    if phase.hours == "office" and off:
        said = Said(
            f"“{requirement.title}”的报告时限有 {len(off)} 天不是工作日（首个为 {off[0]}），时限不顺延，请核对",
            f"cut-offs of “{requirement.key}” fall on {len(off)} days off, the first on {off[0]}; none of them moves: check them",
        )
        yield Fault(*place, said)


def _titles(plan: Plan, places: Places) -> Iterator[Fault]:
    """Reports may come by title, and two indicators of one title cannot be kept apart there."""
    by_title: dict[str, list[str]] = defaultdict(list)
    for name, indicator in plan.indicators.items():
        if not indicator.answers:
            by_title[indicator.title].append(name)
    for title, names in by_title.items():
        for name in names[1:]:
            said = Said(
                f"指标“{name}”与“{names[0]}”同名（{title}），按名称上报时无法区分",
                f"the indicators “{name}” and “{names[0]}” share the title {title}: reports by title cannot tell them apart",
            )
            yield Fault(*places["indicator", name], said)


def _years(plan: Plan, places: Places, calendar: Calendar) -> Iterator[Fault]:
    """One doubt for each year without an official calendar that decides when something is due or said."""
    named: set[int] = set()
    for requirement in plan.requirements:
        for doubt in calendar.doubts(_decided_by_calendar(plan, requirement, calendar)):
            if doubt.year not in named:
                named.add(doubt.year)
                yield Fault(*places["requirement", requirement.key], doubt.said)


def _decided_by_calendar(plan: Plan, requirement: Requirement, calendar: Calendar) -> Iterator[date]:
    phase = plan.phase(requirement.phase)
    assert phase is not None
    ladder = plan.ladders.get(requirement.ladder or "")
    dues = [due for _, due in requirement.dues] or [phase.ends]
    for due in dues:
        if phase.hours == "office":
            yield _last_day(due).date()
        for rung in ladder.rungs if ladder else ():
            if rung.at.working or phase.hours == "office":
                yield rung_moment(due, rung.at, calendar, plan.office_hours, plan.zone).date()


def _last_day(end: datetime) -> datetime:
    """The day that a moment ends, or in which it falls."""
    return end - timedelta(microseconds=1)
