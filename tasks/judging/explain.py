"""Explaining one duty: its condition with figures, what was decided, who was told what and when, what comes next."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import polars as pl
from sqlalchemy import Connection, Select, TextClause, bindparam, func, text
from sqlmodel import col, select

from models.moments import micros, moment_at
from models.plan.lists import Beside
from models.plan.model import Plan, Requirement
from models.plan.row_labels import codes_in, spoken_label
from models.rules.chasing.case_history import Step, untold
from models.rules.delivery.delivering import notice_number
from models.rules.judging.comparators import compared
from models.rules.judging.rollup import expected, reported
from models.rules.judging.small_cells import is_hidden
from models.status import DutyStatus
from models.tables import Batch, Case, Decision, Transition
from models.units import LEVEL_ZH, readings_of_code
from models.wording import Refusal, Said
from tasks.audit_trail.corrections import correction_of
from tasks.audit_trail.retired import Exported, exported_of
from tasks.campaign.former_codes import carrying_batches, read_former
from tasks.campaign.kept_readings import every_reading, holding_readings
from tasks.campaign.offices import find_unit, names_of
from tasks.campaign.reading_columns import Asked
from tasks.campaign.store import Store
from tasks.judging.as_written import PLAIN, AsWritten, Statement, as_written, statements_of
from tasks.judging.case_dues import as_chased
from tasks.judging.earlier_answers import tells_by_difference
from tasks.judging.judge import Judged, duty_statuses, judge_all
from tasks.judging.next_rungs import next_rungs
from tasks.judging.rows_behind import RowsBehind, rows_of_duty, rows_of_figures
from tasks.judging.shown_figures import shown_figures

MOST_DUTIES = 200
"""Duties over rows that are explained at once."""


@dataclass(frozen=True)
class Figure:
    """One indicator behind a condition, with how many of how many have reported it.

    hidden: it is a small cell, or gives one away, so that `value` is None though there is one. answers: 1 is yes, 0 no.
    corrected: it stood otherwise for the same moment before; reason: the one that was given for it. beside: what it is
    held against wherever it is shown. register: that from whose rows it is drawn. words: how it was written, and what that
    allows; statement: what the office said of it without a number. decimals: how many of them people write, with the unit;
    None for the number alone, as it is.
    """

    id: str
    title: str
    value: float | None
    hidden: bool
    reported: int
    expected: int
    as_of: int | None
    author: str | None
    file: str | None
    answers: bool = False
    corrected: bool = False
    reason: str | None = None
    beside: tuple[Beside, ...] = ()
    register: str | None = None
    words: AsWritten = PLAIN
    statement: Statement | None = None
    unit: str | None = None
    decimals: int | None = None


@dataclass(frozen=True)
class Explanation:
    """Everything about one duty. behind: the rows that it is about, or that its figures are drawn from. compared: on which side of its comparator the figure lies. told: what was, or was not, sent, oldest first; untold: what became of rungs
    that told nobody; next_rungs: what is to come,
    nothing for a duty that is met, whose case the next pass closes; exported: what was retired, and lies elsewhere."""

    duty: DutyStatus
    condition: str
    source: str | None
    figures: tuple[Figure, ...]
    case: dict[str, Any] | None
    decisions: tuple[dict[str, Any], ...] = ()
    told: tuple[dict[str, Any], ...] = ()
    next_rungs: tuple[dict[str, Any], ...] = field(default=())
    untold: tuple[Step, ...] = ()
    compared: Said | None = None
    exported: tuple[Exported, ...] = ()
    behind: tuple[RowsBehind, ...] = ()


def explain(store: Store, unit: str, requirement: str, as_of: datetime) -> list[Explanation]:
    """Explain a requirement at a unit; one explanation, or one a period, newest first; of duties over rows the most urgent
    MOST_DUTIES, or that of one label (`REQUIREMENT@LABEL`).

    A unit that is there no more (a code that changed) is explained by what was told and decided under its code.
    """
    name, _, period = requirement.partition("@")
    found = _one_requirement(store, name)
    try:
        code = find_unit(store, unit)
    except Refusal:
        former = _former(store, found, unit, period)
        if not former:
            raise
        return former
    judged = as_chased(store, judge_all(store, code, as_of, only=found), as_of)
    place = list(judged.plan.requirements).index(found)
    duties = judged.verdicts.filter((pl.col("place") == place) & (pl.col("unit") == code))
    if period:
        duties = duties.filter(pl.col("period") == period)
    if duties.is_empty():
        raise _not_owed(judged, found, code, period)
    if found.each is not None:
        # what is not met comes first, and of that what is due first
        urgent = duties.sort(pl.col("standing") == "met", "due", "period", nulls_last=True).head(MOST_DUTIES)
        return [_explain(store, judged, found, line, as_of) for line in duty_statuses(judged, urgent)]
    return [
        _explain(store, judged, found, line, as_of) for line in reversed(duty_statuses(judged, duties.sort("period")))
    ]


def _former(store: Store, requirement: Requirement, unit: str, period: str) -> list[Explanation]:
    """What is kept of a requirement under a code that no office has any more; one explanation a period, newest first."""
    own = (col(Case.unit).in_(readings_of_code(unit)), col(Case.requirement) == requirement.key)
    asked = (col(Case.period) == period,) if period else ()
    query = select(Case.unit, Case.period, func.max(col(Case.due)).label("due")).where(*own, *asked)
    with store.reading() as connection:
        kept = connection.execute(
            query.group_by(col(Case.unit), col(Case.period)).order_by(col(Case.period).desc())
        ).all()
        retired = exported_of(connection, readings_of_code(unit), requirement.key, store.plan().zone)
    found = {row.period: (row.unit, row.due) for row in kept}
    found |= {one.period: (unit, one.due) for one in retired if one.period not in found and period in ("", one.period)}
    duties = [_of_nobody(store, requirement, found[label][0], label, found[label][1]) for label in sorted(found)[::-1]]
    return [
        Explanation(
            duty=duty,
            condition=requirement.condition,
            source=requirement.source,
            figures=(),
            case=_case(store, requirement.key, duty),
            decisions=tuple(_decisions(store, requirement.key, duty)),
            told=tuple(_told(store, requirement.key, duty)),
            untold=tuple(_untold(store, requirement.key, duty)),
            exported=tuple(one for one in retired if one.period == duty.period),
        )
        for duty in duties
    ]


def _of_nobody(store: Store, requirement: Requirement, unit: str, period: str, due: int) -> DutyStatus:
    phase = store.plan().phase(requirement.phase)
    with store.reading() as connection:
        names = names_of(connection, codes_in([period])) if requirement.each else {}
    return DutyStatus(
        phase=requirement.phase,
        phase_title=phase.title if phase else requirement.phase,
        requirement=requirement.id,
        title=requirement.title,
        unit=unit,
        unit_name=Said("原单位", "former unit").in_language(store.settings.lang),
        period=period,
        period_text=spoken_label(store.plan(), requirement, period, names),
        due=moment_at(due, store.plan().zone),
        standing="unreported",
        timing="not_due",
        reason=Said(
            f"代码 {unit} 已不在单位表中，不再要求；以下是该代码下的办理记录",
            f"no office has the code {unit} any more, and nothing is owed under it; this is what is kept under it",
        ),
        no=requirement.no,
    )


def _not_owed(judged: Judged, requirement: Requirement, unit: str, period: str) -> Refusal:
    """Why there is nothing to explain: another level, another place, or a period that is none or lies ahead."""
    name, level = judged.units.filter(pl.col("unit") == unit).select("name", "level").row(0)
    if level != requirement.judged_at and not (requirement.each and requirement.each.owed_by):
        return Refusal(
            f"“{requirement.title}”核对{LEVEL_ZH[requirement.judged_at]}，{name}（{unit}）是{LEVEL_ZH[level]}单位",
            f"“{requirement.key}” is owed at {requirement.judged_at}, and {unit} is a {level}",
        )
    if requirement.each is not None:
        about = f"“{period}”这一项" if period else "要办的事项"
        return Refusal(
            f"“{requirement.title}”在{name}（{unit}）没有{about}；清单中有哪些行，用 pucha rows {requirement.each.register} 查看",
            f"“{requirement.key}” has no duty {period} at {unit}; pucha rows {requirement.each.register} shows the rows",
        )
    if requirement.scope is not None and not requirement.every:
        return Refusal(
            f"“{requirement.title}”只在 {requirement.scope} 范围内要求，{name}（{unit}）不承担",
            f"“{requirement.key}” is owed in {requirement.scope} alone, not by {unit}",
        )
    asked = f"第 {period} 期" if period else "第一期"
    return Refusal(
        f"“{requirement.title}”没有{asked}，或尚未开始；期次写作 2020-08-03（日、周）、2020-08（月）或 2020-08-03T17:00（报告时限）",
        f"“{requirement.key}” has no period {period or 'yet'}, or it has not begun; write 2020-08-03, 2020-08 or"
        " 2020-08-03T17:00",
    )


def _one_requirement(store: Store, name: str) -> Requirement:
    matches = store.plan().find_requirements(name)
    if len(matches) == 1:
        return matches[0]
    if matches:
        keys = "、".join(one.key for one in matches)
        raise Refusal(
            f"“{name}”在几个阶段都有，请写明：{keys}", f"“{name}” stands in several phases; write one of {keys}"
        )
    raise Refusal(
        f"本方案没有要求“{name}”，可用 pucha plan show 查看",
        f"this plan has no requirement “{name}”; see pucha plan show",
    )


def _explain(store: Store, judged: Judged, requirement: Requirement, duty: DutyStatus, as_of: datetime) -> Explanation:
    case, told = _case(store, requirement.key, duty), _told(store, requirement.key, duty)
    chased = case is not None and case["closed_at"] is None and duty.standing != "met"
    figures = tuple(_figures(store, judged, requirement, duty, as_of))
    shown = tuple(_shown(store, judged.plan, requirement, duty, as_of))
    return Explanation(
        duty=duty,
        condition=requirement.condition,
        source=requirement.source,
        figures=(*figures, *shown),
        case=case,
        decisions=tuple(_decisions(store, requirement.key, duty)),
        told=tuple(told),
        next_rungs=tuple(next_rungs(store, case, told, as_of) if case and chased else ()),
        untold=tuple(_untold(store, requirement.key, duty)),
        compared=_compared(judged, requirement, duty),
        exported=_exported(store, requirement.key, duty),
        behind=_behind(store, judged, requirement, duty, as_of=as_of, figures=figures),
    )


def _behind(
    store: Store,
    judged: Judged,
    requirement: Requirement,
    duty: DutyStatus,
    *,
    as_of: datetime,
    figures: Sequence[Figure],
) -> tuple[RowsBehind, ...]:
    """The rows that a duty is about; of one over figures those that each is drawn from, save where it may not be shown."""
    if requirement.each is not None:
        return (rows_of_duty(judged.judgement.rows[requirement.key], duty),)
    shown = [figure.id for figure in figures if not figure.hidden]
    periods = judged.plan.periods(requirement, as_of) if requirement.every else []
    ends = next((period.ends for period in periods if period.label == duty.period), None)
    until = as_of if ends is None else min(as_of, ends - timedelta(microseconds=1))
    return rows_of_figures(store, judged.plan, shown, duty.unit, until)


def _shown(store: Store, plan: Plan, requirement: Requirement, duty: DutyStatus, as_of: datetime) -> Iterator[Figure]:
    """The figures that are told with the requirement and decide nothing."""
    if not requirement.shows:
        return
    wide = shown_figures(store, requirement, duty.unit, as_of)
    row = wide.row(0, named=True)
    for name in (one for one in requirement.shows if one in wide.columns):
        indicator = plan.indicators[name]
        hidden = bool(wide.select(is_hidden(plan, name, requirement.judged_at)).item())
        yield Figure(
            id=name,
            title=indicator.title,
            value=None if hidden else row[name],
            hidden=hidden,
            reported=row[reported(name)],
            expected=row[expected(name)],
            as_of=None,
            author=None,
            file=None,
            beside=indicator.beside,
            register=indicator.rows.register if indicator.rows else None,
            words=PLAIN if hidden else as_written(wide, name),
            unit=indicator.unit,
            decimals=indicator.decimals,
        )


def _exported(store: Store, key: str, duty: DutyStatus) -> tuple[Exported, ...]:
    with store.reading() as connection:
        codes = read_former(connection).lineage(duty.unit)
        found = exported_of(connection, codes, key, store.plan().zone)
    return tuple(one for one in found if one.period == duty.period)


def _compared(judged: Judged, requirement: Requirement, duty: DutyStatus) -> Said | None:
    """The figure beside its comparator, whether the duty is met or not."""
    if requirement.compare is None:
        return None
    wide = judged.judgement.figures_of(requirement, duty.period).filter(pl.col("unit") == duty.unit)
    beside = compared(requirement, wide)
    assert beside is not None
    en, zh = wide.select(en=beside[0], zh=beside[1]).row(0)
    return None if en is None else Said(zh, en)


def _figures(store: Store, judged: Judged, requirement: Requirement, duty: DutyStatus, as_of: datetime) -> list[Figure]:
    if requirement.each is not None:
        return []
    wide = judged.judgement.figures_of(requirement, duty.period).filter(pl.col("unit") == duty.unit)
    row = wide.row(0, named=True)
    verify = requirement.verify
    names = (*verify.names, verify.looked) if verify else requirement.met_when.names
    small = wide.select(is_hidden(judged.plan, name, requirement.judged_at).alias(name) for name in names)
    figures = []
    periods = judged.plan.periods(requirement, as_of) if requirement.every else []
    within = next((period for period in periods if period.label == duty.period), None)
    first = micros(within.starts) if within else -(2**62)
    last = min(micros(as_of), micros(within.ends) - 1) if within else micros(as_of)
    near = tells_by_difference(store, judged, requirement, row, period=within, last=last)
    with store.one_moment() as connection:
        origins = _origins(connection, names, duty.unit, first, last)
        said = statements_of(connection, names, duty.unit, first, last)
        for name in names:
            origin = origins.get(name)
            hidden = small[name][0] or name in near
            indicator = judged.plan.indicators[name]
            corrected, reason = correction_of(connection, origin.batch, name, duty.unit) if origin else (False, None)
            figures.append(
                Figure(
                    id=name,
                    title=indicator.title,
                    value=None if hidden else row[name],
                    hidden=hidden,
                    reported=row[reported(name)],
                    expected=row[expected(name)],
                    as_of=origin.as_of if origin else None,
                    author=origin.author if origin else None,
                    file=origin.file_name if origin else None,
                    answers=indicator.answers,
                    corrected=corrected,
                    reason=reason,
                    beside=indicator.beside,
                    register=indicator.rows.register if indicator.rows else None,
                    words=PLAIN if hidden else as_written(wide, name),
                    statement=said.get(name),
                    unit=indicator.unit,
                    decimals=indicator.decimals,
                )
            )
    return figures


class _Origin(NamedTuple):
    """Where a figure comes from."""

    as_of: int
    batch: int
    author: str | None
    file_name: str | None


def _origins(connection: Connection, names: Collection[str], unit: str, first: int, last: int) -> dict[str, _Origin]:
    """Of each indicator the report that brought an office's latest figure from `first` up to `last`, by its name."""
    held = holding_readings(connection, Asked(names, until=last, units=[unit])).filter(pl.col("as_of") >= first)
    report = select(Batch.author, Batch.file_name)
    found = {}
    carrying = set(carrying_batches(connection))
    for name, as_of, batch in held.select(pl.col("indicator").cast(pl.String), "as_of", "batch").iter_rows():
        first_brought = _first_brought(connection, name, unit, as_of, carrying) if batch in carrying else None
        brought = connection.execute(report.where(col(Batch.id) == (first_brought or batch))).first()
        author, file = brought or (None, None)
        found[name] = _Origin(as_of, batch, author, file)
    return found


def _first_brought(connection: Connection, name: str, unit: str, as_of: int, carrying: set[int]) -> int | None:
    """The report that brought a figure under the code of before; None where several of merged offices did."""
    codes = read_former(connection).lineage(unit)
    own = every_reading(connection, Asked([name], as_of, as_of, codes, but=carrying), ("unit", "batch"))
    return own["batch"].max() if own["unit"].n_unique() == 1 else None  # type: ignore[return-value]


def _codes(store: Store, unit: str) -> list[str]:
    """The codes under which something of an office is kept: its own first, then those of before divisions were changed."""
    with store.reading() as connection:
        return list(read_former(connection).lineage(unit))


def _of_duty(query: str) -> TextClause:
    """A query about the cases of a duty, whatever the code that they were opened under."""
    return text(query).bindparams(bindparam("units", expanding=True))


def _case(store: Store, key: str, duty: DutyStatus) -> dict[str, Any] | None:
    """The last case of a duty: of its own code if there is one."""
    query = _of_duty(
        "SELECT c.*, p.text AS policy_text FROM cases c JOIN policies p ON p.id = c.policy"
        " WHERE c.unit IN :units AND c.requirement = :key AND c.period = :period"
        " ORDER BY CASE WHEN c.unit = :own THEN 0 ELSE 1 END, c.seq DESC, c.id DESC LIMIT 1"
    )
    values = {"units": _codes(store, duty.unit), "own": duty.unit, "key": key, "period": duty.period}
    with store.reading() as connection:
        row = connection.execute(query, values).mappings().first()
    return dict(row) if row else None


def _decisions(store: Store, key: str, duty: DutyStatus) -> list[dict[str, Any]]:
    own = (
        col(Decision.unit).in_(_codes(store, duty.unit)),
        col(Decision.requirement) == key,
        col(Decision.period) == duty.period,
    )
    with store.reading() as connection:
        rows = connection.execute(select(Decision).where(*own).order_by(col(Decision.id))).mappings()
        found = [{name: row[name] for name in ("case_id", "kind", "author", "at", "until", "reason")} for row in rows]
    # one that was carried to a part of a split office, or to a merged one, stands under the old code too
    return [one for place, one in enumerate(found) if one not in found[:place]]


def _told(store: Store, key: str, duty: DutyStatus) -> list[dict[str, Any]]:
    """Every line owed about this duty, with what became of it."""
    query = _of_duty(
        "SELECT l.rung, l.kind, CASE WHEN l.role = 'admin' THEN '' ELSE l.unit END AS unit, l.role, l.state AS line_state, l.case_id, l.owed_at, l.ended_at, l.ended_why, n.id, n.state, n.created_at, n.not_before, n.settled_at,"
        " n.attempts, n.error, t.name FROM notice_lines l JOIN notices n ON n.id = l.notice_id JOIN cases c ON c.id = l.case_id"
        " LEFT JOIN (SELECT unit, role, person, MIN(name) AS name FROM contacts GROUP BY unit, role, person) t"
        " ON t.unit = l.unit AND t.role = l.role AND t.person = l.person"
        " WHERE c.unit IN :units AND c.requirement = :key AND c.period = :period ORDER BY l.id"
    )
    values = {"units": _codes(store, duty.unit), "key": key, "period": duty.period}
    with store.reading() as connection:
        rows = connection.execute(query, values).mappings().all()
        return [
            {
                **row,
                "number": notice_number(row["id"]),
                "history": [dict(move) for move in connection.execute(_moves_of(row["id"])).mappings()],
            }
            for row in rows
        ]


def _moves_of(notice: int) -> Select[tuple[int, str | None, str, str | None]]:
    moves = select(Transition.at, Transition.was, Transition.state, Transition.reason)
    return moves.where(col(Transition.notice_id) == notice).order_by(col(Transition.id))


def _untold(store: Store, key: str, duty: DutyStatus) -> list[Step]:
    """What became of the rungs of this duty's cases that told nobody, oldest first."""
    query = _of_duty(
        "SELECT c.id, c.trail, l.rung FROM cases c LEFT JOIN notice_lines l ON l.case_id = c.id"
        " WHERE c.unit IN :units AND c.requirement = :key AND c.period = :period ORDER BY c.seq, l.id"
    )
    values = {"units": _codes(store, duty.unit), "key": key, "period": duty.period}
    told: dict[int, tuple[str, set[str]]] = {}
    with store.reading() as connection:
        for row in connection.execute(query, values):
            told.setdefault(row.id, (row.trail, set()))[1].add(row.rung)
    # of two cases that became one both were passed over in the same pass
    return list(dict.fromkeys(step for trail, rungs in told.values() for step in untold(trail, rungs)))
