"""Chasing (催办): which cases open and close, and which rung of its ladder each case has come to.

Everything is decided for all cases at once, from frames; nothing is sent here. Moments are microseconds.
Frames of cases: case (id), unit, requirement, period, due, policy (id), rung (last fired, -1 for none),
fired_at, settled_at (when that rung was accepted, or given up), acknowledged_at, acknowledged_until (its office's
own silence), hushed_since (from when it was not reported upwards because only offices below are late), late_below (how many duties below it
waits for; null where it is late by itself), told_late (its office was told after the due moment: `inhibition.told_late`),
falls, waits, made_paper (what its place on its ladder says: `with_stand`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from models.calendar.working_time import Calendar, after_late
from models.moments import micros, moment_at
from models.rules.chasing.policy import OFF_LADDER, ROLL_UP, Policy

DUTY = ["unit", "requirement", "period"]
_STAND = ["policy", "due", "rung"]
_OF_STAND = ("falls", "waits", "made_paper")
_STANDS = {
    **dict.fromkeys(_STAND, pl.Int64),
    **dict.fromkeys(_OF_STAND, pl.Boolean),
}
_UPWARDS = pl.col("escalates") | pl.col("paper")
"""Rungs that anybody beyond the office itself hears of, at once or by a paper."""


@dataclass(frozen=True)
class Decided:
    """What a pass decides about open cases.

    fired: case, no, id, nominal, escalates, paper: the rung that each case comes to; heard: when the office heard
    of it before it was said, by acknowledging, else null. overtaken: case, no, id: rungs that this leaves behind unsaid. hushed, freed: case: those that from now on are not
    reported upwards because they only wait for offices below, and those that are late by themselves again. rolled_up:
    the columns of `fired`: the roll-up line of those whose ladder has nothing for their own office once they are late.
    """

    fired: pl.DataFrame
    overtaken: pl.DataFrame
    hushed: pl.DataFrame
    freed: pl.DataFrame
    rolled_up: pl.DataFrame


_FIRED = {
    "case": pl.Int64,
    "no": pl.Int64,
    "id": pl.String,
    "nominal": pl.Int64,
    "escalates": pl.Boolean,
    "paper": pl.Boolean,
    "heard": pl.Int64,
}
_NOTHING = (
    pl.DataFrame(schema=_FIRED),
    pl.DataFrame(schema={"case": pl.Int64, "no": pl.Int64, "id": pl.String}),
    pl.DataFrame(schema={"case": pl.Int64}),
)


def not_met(verdicts: pl.DataFrame) -> pl.DataFrame:
    """Duties that are neither met nor waived: unit, requirement, period, place, due, warns, in order."""
    lacking = verdicts.filter((pl.col("standing") != "met") & ~pl.col("waived"))
    return lacking.select("unit", pl.col("requirement").cast(pl.String), "period", "place", "due", "warns")


def chased_from() -> pl.Expr:
    """From when a duty that is not met is chased: its first reminder, or its due moment where it has none before."""
    return pl.min_horizontal("warns", "due")


def to_open(lacking: pl.DataFrame, open_cases: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """Duties that need a case: not met (`not_met`), warned of or due, with nobody after them yet.

    Returns unit, requirement, period, place, due, in the order of `lacking`.
    """
    wanting = lacking.filter(chased_from() <= micros(now)).drop("warns")
    if open_cases.is_empty():
        return wanting
    return wanting.join(open_cases.select(DUTY), on=DUTY, how="anti", maintain_order="left")


def going_on(lacking: pl.DataFrame, open_cases: pl.DataFrame, of_rows: Collection[str] = ()) -> pl.DataFrame:
    """Those of `open_cases` that somebody still has to be chased for.

    lacking: `not_met` of all verdicts. of_rows: the requirements whose duties are rows of a register. A case of theirs keeps
    the due moment with which it opened, and is over when no row that is not met is due by then: a later one opens the next.
    """
    if not of_rows:
        return open_cases.join(lacking, on=DUTY, how="semi", maintain_order="left")
    now_due = lacking.select(*DUTY, now_due="due")
    found = open_cases.join(now_due, on=DUTY, how="inner", maintain_order="left")
    by_then = (pl.col("now_due") <= pl.col("due")).fill_null(False)
    return found.filter(by_then | ~pl.col("requirement").is_in(list(of_rows))).drop("now_due")


def to_close(
    verdicts: pl.DataFrame,
    held: pl.DataFrame,
    open_cases: pl.DataFrame,
    of_rows: Collection[str] = (),
    offices: Callable[[], pl.Series] | None = None,
) -> pl.DataFrame:
    """Open cases whose duty is met, was waived, or is owed no longer. held: what is `going_on` of these, or of more.

    of_rows: as for `going_on`; a duty over rows that is there no more is met, unless its office is not among `offices`
    any more. Returns case, closed_as.
    """
    done = open_cases.select("case", *DUTY).join(held.select("case"), on="case", how="anti", maintain_order="left")
    if done.is_empty():
        return pl.DataFrame(schema={"case": pl.Int64, "closed_as": pl.String})
    concerned = verdicts.join(done.select("unit").unique(), on="unit", how="semi")
    waived = concerned.select("unit", pl.col("requirement").cast(pl.String), "period", "waived")
    there = pl.lit(True) if offices is None else pl.col("unit").is_in(offices().implode())
    no_row = pl.col("requirement").is_in(list(of_rows)) & there
    closed_as = (
        pl.when(pl.col("waived").is_null() & ~no_row)
        .then(pl.lit("withdrawn"))
        .when(pl.col("waived"))
        .then(pl.lit("waived"))
        .otherwise(pl.lit("met"))
    )
    return done.join(waived, on=DUTY, how="left", maintain_order="left").select("case", closed_as=closed_as)


def rung_table(cases: pl.DataFrame, policies: Mapping[int, Policy], calendar: Calendar) -> pl.DataFrame:
    """Every rung of every ladder in use, at its moment: one row a (policy, due, rung number).

    Returns policy, due, no, id, nominal, escalates, paper, run. Consecutive rungs that only the office itself
    hears of are one run: of those the latest overtakes the others.
    """
    rows = []
    for policy_id, due in cases.select("policy", "due").unique().iter_rows():
        policy, run, ran_upwards = policies[policy_id], 0, False
        for no, (rung, nominal) in enumerate(zip(policy.rungs, policy.rung_moments(due, calendar), strict=True)):
            escalates, paper = rung.escalates, rung.makes_paper
            run += 1 if no and (escalates or paper or ran_upwards) else 0
            ran_upwards = escalates or paper
            rows.append((policy_id, due, no, rung.id, nominal, escalates, paper, run))
    schema = {
        "policy": pl.Int64,
        "due": pl.Int64,
        "no": pl.Int64,
        "id": pl.String,
        "nominal": pl.Int64,
        "escalates": pl.Boolean,
        "paper": pl.Boolean,
        "run": pl.Int64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def with_stand(cases: pl.DataFrame, rungs: pl.DataFrame, at: int) -> pl.DataFrame:
    """`cases` with what their places on the ladders of `rung_table` say at `at`: falls, waits, made_paper (`_stands`)."""
    return cases.join(_stands(rungs, at), on=_STAND, how="left", maintain_order="left").with_columns(
        pl.col(_OF_STAND).fill_null(False)
    )


def to_be_heard(cases: pl.DataFrame) -> pl.DataFrame:
    """The open cases (`with_stand`) of which it matters now whether their last rung was heard, which nobody has noted yet: case.

    So it does once a rung above has fallen; and what holds from when it was heard is known at once: where a case goes no
    higher for the sake of offices below, whose gap begins anew after that, and where the rung made a paper, which is spoken
    of again later. Of all others it is noted when they come to that, and a pass need not look at what was sent.
    """
    matters = pl.col("falls") | pl.col("made_paper") | pl.col("hushed_since").is_not_null()
    return cases.filter((pl.col("rung") >= 0) & pl.col("settled_at").is_null() & matters).select("case")


def _stands(rungs: pl.DataFrame, at: int) -> pl.DataFrame:
    """Every place on the ladders of `rung_table` at which a case may stand, -1 before the first rung among them: policy, due,
    rung; falls: whether a rung above has fallen at `at`; waits: whether the next of these waits until this one was heard;
    made_paper: whether this one made a paper.

    They are few, however many cases stand there, and so are told one after another.
    """
    ladders = dict[tuple[int, int], list[tuple[int, int, int, bool]]]()
    for policy, due, *rung in rungs.select("policy", "due", "no", "nominal", "run", "paper").iter_rows():
        ladders.setdefault((policy, due), []).append((rung[0], rung[1], rung[2], rung[3]))
    rows = []
    for ladder, own in ladders.items():
        next_run: int | None = None
        for no, nominal, run, paper in sorted(own, reverse=True):
            rows.append((*ladder, no, next_run is not None, next_run not in (None, run), paper))
            if nominal <= at:
                next_run = run if next_run is None else min(run, next_run)
        rows.append((*ladder, -1, next_run is not None, False, False))
    return pl.DataFrame(rows, schema=_STANDS, orient="row")


def decide_rungs(
    cases: pl.DataFrame, rungs: pl.DataFrame, policies: Mapping[int, Policy], calendar: Calendar, now: datetime
) -> Decided:
    """The rung that each case comes to at `now`.

    An escalation waits until the rung below it was accepted or given up, and the gap between the two has
    passed again where that happened late; whatever follows an escalation waits until that was. While an
    acknowledged case is silent, rungs of its own office count as heard and wait, and none above waits for them. A case that is late only because offices below are is
    told so once after its due moment, and goes no higher until it is late by itself; then the gap begins anew.
    """
    at = micros(now)
    cases = _without_those_at_rest(cases, at)
    if cases.is_empty():
        return Decided(*_NOTHING, *_NOTHING[2:], *_NOTHING[:1])
    late_alone = pl.col("late_below").is_null()
    freed = cases.filter(pl.col("hushed_since").is_not_null() & late_alone)
    # it could do nothing about its lateness while offices below were late too, so its gap starts only now
    cases = cases.with_columns(
        settled_at=pl.when(pl.col("hushed_since").is_not_null() & late_alone & pl.col("settled_at").is_not_null())
        .then(pl.max_horizontal("settled_at", pl.lit(at)))
        .otherwise("settled_at")
    )
    fallen = rungs.filter(pl.col("nominal") <= at)
    silent = pl.col("acknowledged_until").fill_null(at) > at
    cases, passed = _past_silence(cases, fallen, silent)
    coming = next_run(cases, fallen).filter(~silent | _UPWARDS)
    if coming.is_empty():
        return Decided(*_NOTHING, freed.select("case"), _to_roll_up(cases, rungs, silent))
    # those below are being chased: it may know that once, but nobody above is to hear of it for their sake
    hush = (~late_alone & (_UPWARDS | pl.col("told_late"))).fill_null(False)
    held_back = coming.filter(hush)
    coming = coming.filter(~hush).with_columns(last=pl.col("no").max().over("case"))
    fired = with_earliest(coming.filter(pl.col("no") == pl.col("last")), rungs, policies, calendar)
    ready = fired.filter(pl.col("earliest") <= at)
    # what the latest of a run leaves behind is left behind only when that fires: until then nothing is lost
    left_behind = [passed, coming.filter(pl.col("no") < pl.col("last")).select("case", "no", "id")]
    overtaken = pl.concat(left_behind).join(ready, on="case", how="semi", maintain_order="left")
    return Decided(
        ready.with_columns(heard=_heard_by_acknowledging())
        .drop("nominal")
        .rename({"earliest": "nominal"})
        .select(*_FIRED),
        overtaken,
        held_back.filter(_UPWARDS & pl.col("hushed_since").is_null()).select("case").unique(maintain_order=True),
        freed.select("case"),
        _to_roll_up(cases.join(ready, on="case", how="anti", maintain_order="left"), rungs, silent),
    )


def _without_those_at_rest(cases: pl.DataFrame, at: int) -> pl.DataFrame:
    """Without the cases, most of those of a quiet day, that can come to nothing at `at`: no office below excuses them, no
    silence goes on, and no rung has fallen above theirs, or the next waits until theirs was heard."""
    at_rest = (
        (~pl.col("falls") | (pl.col("waits") & pl.col("settled_at").is_null()))
        & pl.col("hushed_since").is_null()
        & pl.col("late_below").is_null()
        & (pl.col("acknowledged_until").fill_null(at) <= at)
    )
    return cases.filter(~at_rest).drop(_OF_STAND)


def _to_roll_up(cases: pl.DataFrame, rungs: pl.DataFrame, silent: pl.Expr) -> pl.DataFrame:
    """The roll-up line of cases that only wait for offices below, whose own office the ladder tells nothing from then on."""
    own = rungs.filter(~_UPWARDS & (pl.col("nominal") >= pl.col("due"))).select("policy", "due").unique()
    untold = cases.filter(pl.col("late_below").is_not_null() & ~pl.col("told_late") & ~silent)
    return untold.join(own, on=["policy", "due"], how="anti", maintain_order="left").select(
        "case",
        no=pl.lit(OFF_LADDER, pl.Int64),
        id=pl.lit(ROLL_UP),
        nominal="due",
        escalates=pl.lit(False),
        paper=pl.lit(False),
        heard=pl.lit(None, pl.Int64),
    )


def _past_silence(cases: pl.DataFrame, fallen: pl.DataFrame, silent: pl.Expr) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Cases as they stand for the rungs above them; and case, no, id of the own rungs that a silence leaves unsaid.

    fallen: rungs whose moment has come. Own rungs that fell while their office was silent, below a rung that
    somebody else hears of, count as heard when it acknowledged, or when they fell.
    """
    waits = silent & ((pl.col("rung") < 0) | pl.col("settled_at").is_not_null())
    above = cases.filter(waits).join(fallen, on=["policy", "due"], maintain_order="left")
    above = above.filter(pl.col("no") > pl.col("rung"))
    upward = pl.col("no").filter(_UPWARDS).min().over("case")
    passed = above.filter(pl.col("no") < upward)
    if passed.is_empty():
        return cases, passed.select("case", "no", "id")
    last = passed.filter(pl.col("no") == pl.col("no").max().over("case"))
    stand = last.select("case", came_to="no", came_heard=pl.max_horizontal("nominal", "acknowledged_at"))
    moved = cases.join(stand, on="case", how="left", maintain_order="left").with_columns(
        rung=pl.coalesce("came_to", "rung"), settled_at=pl.max_horizontal("came_heard", "settled_at")
    )
    return moved.drop("came_to", "came_heard"), passed.select("case", "no", "id")


def _heard_by_acknowledging() -> pl.Expr:
    """When the office knew of an own rung that is said only now: it acknowledged, and the rung fell in that silence."""
    fell_silent = ~_UPWARDS & (
        pl.col("acknowledged_at").is_not_null() & (pl.col("acknowledged_until") > pl.col("nominal"))
    )
    return pl.when(fell_silent).then(pl.max_horizontal("nominal", "acknowledged_at")).otherwise(None)


def next_run(cases: pl.DataFrame, rungs: pl.DataFrame) -> pl.DataFrame:
    """The rungs that each case may come to next: those of the first run of which there are any above its own rung.

    cases: case, policy, due, rung …; rungs: of `rung_table`, all or those whose moment has come. Returns the
    columns of both, one row a case and rung.
    """
    above = cases.join(rungs, on=["policy", "due"], maintain_order="left").filter(pl.col("no") > pl.col("rung"))
    # a later run never overtakes an earlier one: a word to a superior is not lost to the next
    return above.filter(pl.col("run") == pl.col("run").min().over("case"))


def with_earliest(
    coming: pl.DataFrame, rungs: pl.DataFrame, policies: Mapping[int, Policy], calendar: Calendar
) -> pl.DataFrame:
    """When each rung of `next_run` may fire, as far as the rung below it goes: `earliest`, never before `nominal`.

    Null while that one is neither accepted nor given up. Rungs of one run do not wait for each other.
    """
    below = rungs.select("policy", "due", rung="no", below_nominal="nominal", below_run="run")
    coming = coming.join(below, on=["policy", "due", "rung"], how="left", maintain_order="left")
    follows = (pl.col("run") != pl.col("below_run")).fill_null(False)
    heard = pl.col("settled_at").is_not_null()
    kind = ["policy", "due", "no", "rung", "settled_at"]
    kinds = coming.filter(follows & heard & _UPWARDS).select(*kind, "nominal", "below_nominal").unique()
    moments = [_earliest_escalation(row, policies, calendar) for row in kinds.iter_rows(named=True)]
    kinds = kinds.select(*kind, distant=pl.Series(moments, dtype=pl.Int64))
    return coming.join(kinds, on=kind, how="left", maintain_order="left").with_columns(
        earliest=pl.when(~follows).then("nominal").when(heard).then(pl.coalesce("distant", "nominal"))
    )


def _earliest_escalation(row: Mapping[str, int], policies: Mapping[int, Policy], calendar: Calendar) -> int:
    """When an escalation may fire whose predecessor was settled at row["settled_at"].

    Heard any later than at its moment (the office was closed, nobody watched, the channel was down), the distance
    between the two rungs begins anew.
    """
    if row["settled_at"] <= row["below_nominal"]:
        return row["nominal"]
    policy = policies[row["policy"]]
    settled, below, nominal = (moment_at(row[k], policy.zone) for k in ("settled_at", "below_nominal", "nominal"))
    falls = after_late(
        fired=settled,
        earlier_nominal=below,
        later_nominal=nominal,
        in_working_days=any(policy.rungs[row[k]].at.working for k in ("rung", "no")),
        calendar=calendar,
        hours=policy.office_hours,
        zone=policy.zone,
    )
    return max(micros(falls), row["nominal"])
