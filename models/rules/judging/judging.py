"""The verdict on every duty: standing, due moment and timing, for all units at once.

A verdict frame has one row a duty: unit, requirement (key), period (empty for a duty due once), no
(place of the requirement in the plan), standing, due (microseconds UTC), warns (from when it is due soon). A duty over rows
that no date says is due has neither: it is shown, and is never due.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache

import polars as pl

from models.calendar.working_time import Calendar, rung_moment
from models.moments import micros, moment_at
from models.plan.model import Ladder, Plan, Requirement
from models.plan.periods import Period
from models.rules.judging.bounds import NO_WORDS, are_loose
from models.rules.judging.groups import Word, at_once, groups_of, is_over, word_of
from models.rules.judging.offices import Offices
from models.rules.judging.rollup import figures, is_missing
from models.rules.judging.small_cells import births_and_deaths, with_lone_townships
from models.rules.judging.verifying import also_read, answer, answer_with_words, dated
from models.rules.registers.duties import RowDuties
from models.units import Level

STANDINGS = pl.Enum(["met", "unmet", "unreported"])
TIMINGS = pl.Enum(["not_due", "due_soon", "overdue"])
SCHEMA = pl.Schema(
    {
        "unit": pl.String(),
        "requirement": pl.Categorical(),
        "period": pl.String(),
        "place": pl.Int32(),
        "standing": STANDINGS,
        "due": pl.Int64(),
        "warns": pl.Int64(),
    }
)

_MET, _UNMET, _UNREPORTED = (pl.lit(standing, STANDINGS) for standing in ("met", "unmet", "unreported"))
_NOT_DUE, _DUE_SOON, _OVERDUE = (pl.lit(timing, TIMINGS) for timing in ("not_due", "due_soon", "overdue"))

Found = dict[Word, tuple[pl.DataFrame, list[tuple[pl.Series, ...]]]]
"""By period, level and requirements the figures, and the columns of `SCHEMA`."""
ReadingsOf = Callable[[Period | None], pl.DataFrame]
"""The readings that hold: the latest of all, or the latest of those in one period."""


@dataclass(frozen=True, eq=False)
class Over:
    """What need not be judged again of periods that are over. since: those that ended by then are left out; found: what others
    came to once they were over, where nobody reports anything between one judgement and the next (None: it is not kept)."""

    since: datetime | None = None
    found: Found | None = None


NOTHING_OVER = Over()


@dataclass(frozen=True)
class WithWords:
    """The readings that hold, and how those of them were written that have words: WRITTEN. drawn: the same of those that were
    drawn from rows so far."""

    readings_of: ReadingsOf
    written: pl.DataFrame
    drawn: Callable[[], pl.DataFrame] = lambda: NO_WORDS

    def __call__(self, period: Period | None) -> pl.DataFrame:
        return self.readings_of(period)

    def words(self) -> pl.DataFrame:
        """How all of them were written that have words, those drawn so far among them."""
        return pl.concat([self.written, self.drawn()])


@dataclass(frozen=True)
class Judgement:
    """Every duty's verdict, and the figures that they were judged on; see `figures_of`.

    figures: by requirement and period, as `rollup.figures` gives them, with what says whether one is a small cell. rows: by
    requirement, of those whose duties are rows of a register.
    """

    verdicts: pl.DataFrame
    figures: Mapping[tuple[str, str], pl.DataFrame]
    rows: Mapping[str, RowDuties] = field(default_factory=dict)

    def figures_of(self, requirement: Requirement, period: str) -> pl.DataFrame:
        """The figures behind a requirement in the period of a label ("" where it has none), one row a unit.

        A day and the week that begins with it bear one label, and so do the last months of two phases.
        """
        return self.figures[requirement.key, period]

    def knows(self, requirement: Requirement, period: str) -> bool:
        """Whether the figures of that period are among these; those of settled periods are not."""
        return (requirement.key, period) in self.figures

    def awaited(self, plan: Plan) -> pl.DataFrame:
        """The offices whose rows are awaited by no day, and of whom nothing was heard: unit, place."""
        found = [pl.DataFrame(schema={"unit": pl.String, "place": pl.Int32})]
        for place, requirement in enumerate(plan.requirements):
            if requirement.key in self.rows:
                found.append(self.rows[requirement.key].awaited.with_columns(place=pl.lit(place, pl.Int32)))
        return pl.concat(found)

    def but(self, verdicts: pl.DataFrame) -> Judgement:
        """The same figures with other verdicts."""
        return replace(self, verdicts=verdicts)


def judge(
    plan: Plan,
    offices: Offices,
    readings_of: ReadingsOf,
    calendar: Calendar,
    now: datetime,
    requirements: Iterable[Requirement] | None = None,
    over: Over = NOTHING_OVER,
) -> Judgement:
    """Judge every duty over figures that exists at `now`: one row a requirement and unit, and period if it has any.

    offices: only those that matter. Duties over rows: `judged_rows`.
    """
    asked = list(plan.requirements if requirements is None else requirements)
    chosen = [requirement for requirement in asked if requirement.each is None]
    place_of = {requirement.key: place for place, requirement in enumerate(plan.requirements)}
    scopes = {unit: offices.covered(unit) for unit in plan.overlay_units}
    groups = {word_of(one): one for one in groups_of(plan, chosen, now, over.since)}
    over_before = {} if over.found is None else over.found
    found: Found = {word: over_before[word] for word in groups if word in over_before and is_over(word[0], now)}
    for level, group, periods in at_once([one for word, one in groups.items() if word not in found], offices):
        own = offices.in_periods(len(periods))
        wide, verdicts, alone = _judged(plan, own, readings_of, level=level, group=group, periods=periods)
        height = len(offices.once(level))
        for place, period in enumerate(periods):
            lines = _told(
                plan,
                group,
                period,
                verdicts=verdicts.slice(place * height, height),
                covered=scopes,
                calendar=calendar,
                place_of=place_of,
            )
            word = word_of((period, level, group))
            found[word] = wide.slice(place * height, height), list(lines)
            if over.found is not None and alone and is_over(period, now):
                over.found[word] = found[word]
    laid: dict[tuple[str, str], pl.DataFrame] = {}
    told: list[tuple[pl.Series, ...]] = []
    for word, (period, _, group) in groups.items():
        wide, lines_of = found[word]
        laid |= {(requirement.key, period.label if period else ""): wide for requirement in group}
        told += lines_of
    return Judgement(_stacked(told), laid)


def _judged(
    plan: Plan,
    offices: Offices,
    readings_of: ReadingsOf,
    level: Level,
    group: Sequence[Requirement],
    periods: Sequence[Period | None],
) -> tuple[pl.DataFrame, pl.DataFrame, bool]:
    """The figures that a group of requirements is judged on in some periods, unit and of each requirement its standings, and
    whether these come of the readings of the periods alone.

    offices: each once for each period; the frames have one row for each of them.
    """
    names = {name for requirement in group for name in requirement.met_when.names}
    names |= also_read(group)
    counted = births_and_deaths(plan, names)
    readings = _readings(readings_of, periods)
    written = readings_of.words() if isinstance(readings_of, WithWords) else NO_WORDS
    wide = figures(readings, offices, plan, names | counted, level, dated=dated(group), written=written)
    if counted:
        wide = with_lone_townships(wide, readings, offices, plan, level)
    # all conditions of a group in one go: the figures are laid out once, however many ask for them
    answered = wide.with_columns(answer(r).alias(_answered(r.key)) for r in group)
    minded = [r for r in group if are_loose(wide, r.met_when.names)] if are_loose(wide, names) else []
    answered = answered.with_columns(answer_with_words(r, wide).alias(_answered(r.key)) for r in minded)
    verdicts = answered.select("unit", *(_standing(r.key, r.met_when.names) for r in group))
    # words of figures, and the moment at which something is counted, are those of the whole judgement
    return wide, verdicts, written.is_empty() and not dated(group)


def _readings(readings_of: ReadingsOf, periods: Sequence[Period | None]) -> pl.DataFrame:
    """The readings that hold in one period, or those of several with the place of each one's period."""
    if len(periods) == 1:
        return readings_of(periods[0])
    of_each, places = [readings_of(period) for period in periods], pl.Series("period", range(len(periods)), pl.UInt32)
    named = (places.new_from_index(place, readings.height) for place, readings in enumerate(of_each))
    return pl.concat(of_each).with_columns(pl.concat(named))


def _told(
    plan: Plan,
    group: Sequence[Requirement],
    period: Period | None,
    verdicts: pl.DataFrame,
    covered: Mapping[str, pl.Series],
    calendar: Calendar,
    place_of: Mapping[str, int],
) -> Iterable[tuple[pl.Series, ...]]:
    """The columns of `SCHEMA` for each requirement of a group. verdicts: unit, and of each requirement its standings.

    What all offices share is one value that is said so many times; to lay it down row by row would cost more than to judge.
    """
    labels = pl.Series([period.label if period else ""], dtype=pl.String)
    keys = pl.Series([one.key for one in group], dtype=pl.String).cast(pl.Categorical())
    places = pl.Series([place_of[one.key] for one in group], dtype=pl.Int32)
    moments = [_moments(plan, one, period, calendar) for one in group]
    first_due, first_warns = (pl.Series([dues[0][part] for dues in moments], dtype=pl.Int64) for part in (0, 1))
    for no, requirement in enumerate(group):
        owing, standings, dues = verdicts["unit"], verdicts[requirement.key], moments[no]
        if requirement.scope is not None:
            inside = owing.is_in(covered[requirement.scope].implode())
            owing, standings = owing.filter(inside), standings.filter(inside)
        rows = len(owing)
        due, warns = first_due.new_from_index(no, rows), first_warns.new_from_index(no, rows)
        if len(dues) > 1:
            due = earliest_due(requirement.dues, owing, covered)
            warns = due.replace_strict(dict(dues), return_dtype=pl.Int64)
        shared = (keys.new_from_index(no, rows), labels.new_from_index(0, rows), places.new_from_index(no, rows))
        yield owing, *shared, standings, due, warns


def _moments(plan: Plan, requirement: Requirement, period: Period | None, calendar: Calendar) -> list[tuple[int, int]]:
    """By when a requirement is due somewhere, and from when it is due soon there (microseconds)."""
    ladder = plan.ladders.get(requirement.ladder or "")
    dues = [period.due] if period else [due for _, due in requirement.dues]
    return [(micros(due), warns_from(plan, ladder, due, calendar)) for due in dues]


def _stacked(told: Sequence[tuple[pl.Series, ...]]) -> pl.DataFrame:
    """Columns of `SCHEMA` one below the other."""
    if not told:
        return SCHEMA.to_frame()
    columns = zip(SCHEMA.names(), zip(*told, strict=True), strict=True)
    return pl.DataFrame([pl.concat(parts).alias(name) for name, parts in columns])


def _answered(key: str) -> str:
    """The column of the answer to a requirement; its key may be that of a column in which offices say they looked."""
    return f"{key}:met"


@lru_cache(maxsize=4096)
def _standing(key: str, names: tuple[str, ...]) -> pl.Expr:
    """met, unmet or unreported, from the column in which the condition of a requirement was answered, and under its key.

    names: the figures in the condition. One that fails to compute on complete figures (a division by a reported zero) is
    unmet, never met. Made once a process: to put an expression together takes longer than to answer it for a province.
    """
    met = pl.col(_answered(key))
    known = pl.when(met).then(_MET).otherwise(_UNMET)
    if not names:
        return known.alias(key)
    lacking = pl.any_horizontal(is_missing(name) for name in names)
    return pl.when(met.is_null() & lacking).then(_UNREPORTED).otherwise(known).alias(key)


def earliest_due(
    dues: Sequence[tuple[str | None, datetime]], units: pl.Series, covered: Mapping[str, pl.Series]
) -> pl.Series:
    """When each of `units` owes what is due at `dues` (scope, moment), in microseconds: the earliest that covers it.

    covered: `tree.covered` of every scope.
    """
    if len(dues) == 1:
        return pl.Series([micros(dues[0][1])], dtype=pl.Int64).new_from_index(0, len(units))
    moments = [
        pl.when(pl.lit(True) if scope is None else pl.col("unit").is_in(covered[scope].implode())).then(micros(due))
        for scope, due in dues
    ]
    return pl.DataFrame([units.alias("unit")]).select(due=pl.min_horizontal(moments).cast(pl.Int64))["due"]


def warns_from(plan: Plan, ladder: Ladder | None, due: datetime, calendar: Calendar) -> int:
    """From when a duty is due soon; its due moment where no rung comes before that."""
    first = ladder.warns_from if ladder else None
    if first is None:
        return micros(due)
    return micros(rung_moment(due, first, calendar, plan.office_hours, plan.zone))


def with_timing(verdicts: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """Add `timing` at `now`. A met duty, and one that was waived, is never overdue."""
    at = pl.lit(micros(now))
    settled = pl.col("standing") == "met"
    if "waived" in verdicts.columns:
        settled = settled | pl.col("waived")
    timing = (
        pl.when(settled)
        .then(_NOT_DUE)
        .when(at >= pl.col("due"))
        .then(_OVERDUE)
        .when(at >= pl.col("warns"))
        .then(_DUE_SOON)
        .otherwise(_NOT_DUE)
    )
    return verdicts.with_columns(timing=timing)


def with_decisions(verdicts: pl.DataFrame, decisions: pl.DataFrame, plan: Plan, calendar: Calendar) -> pl.DataFrame:
    """Put what people decided over the plan: `waived`, and the due moment of an extension.

    decisions: unit, requirement, period, waived (bool), extended_to (microseconds or null); one row a duty.
    """
    if decisions.is_empty():
        return verdicts.with_columns(waived=pl.lit(False))
    judged = verdicts.select(pl.col("requirement").unique().cast(pl.String))
    decisions = decisions.join(judged, on="requirement", how="semi")
    moved = decisions.filter(pl.col("extended_to").is_not_null()).select("requirement", "extended_to").unique()
    warned = []
    for key, due in moved.iter_rows():
        ladder = next((plan.ladders.get(r.ladder or "") for r in plan.requirements if r.key == key), None)
        moment = moment_at(due, plan.zone)
        warned.append((key, due, warns_from(plan, ladder, moment, calendar)))
    lookup = pl.DataFrame(
        warned, schema={"requirement": pl.String, "extended_to": pl.Int64, "new_warns": pl.Int64}, orient="row"
    )
    known = decisions.join(lookup, on=["requirement", "extended_to"], how="left").with_columns(
        pl.col("requirement").cast(pl.Categorical())
    )
    joined = verdicts.join(known, on=["unit", "requirement", "period"], how="left", maintain_order="left")
    # the day that somebody gave for some rows says nothing of those of the same duty that are due after it
    of_rows = [place for place, requirement in enumerate(plan.requirements) if requirement.each is not None]
    later = pl.col("place").is_in(of_rows) & (pl.col("due") > pl.col("extended_to"))
    holds = pl.col("extended_to").is_not_null() & ~later.fill_null(False)
    return joined.with_columns(
        waived=pl.col("waived").fill_null(False),
        due=pl.when(holds).then("extended_to").otherwise("due"),
        warns=pl.when(holds).then("new_warns").otherwise("warns"),
    ).drop("extended_to", "new_warns")
