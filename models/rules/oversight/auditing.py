"""Auditing (核查): what should have been said in a window, worked out anew; `findings` holds it against the ledger.

Independent of the chase: it follows each duty through the looks that a window is made of, puts the ladder's
moments on it, and asks the ledger only what was owed and heard. Moments are microseconds.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from models.calendar.working_time import Calendar, after_late
from models.moments import micros, moment_at
from models.rules.chasing.policy import Policy

DUTY = ["unit", "requirement", "period"]
SPELL = pl.Schema(
    {
        **dict.fromkeys(DUTY, pl.String()),
        "due": pl.Int64(),
        "chased_from": pl.Int64(),
        "start": pl.Int64(),
        "version": pl.Int64(),
        "end": pl.Int64(),
        "hushed": pl.Boolean(),
    }
)
LEDGER = pl.Schema(
    {
        **dict.fromkeys(DUTY, pl.String()),
        "rung": pl.String(),
        "to_unit": pl.String(),
        "role": pl.String(),
        "owed": pl.Int64(),
        "heard": pl.Int64(),
        "ended": pl.Int64(),
    }
)
"""Lines: when each was owed, when a person accepted it, when it was given up or taken back (else null)."""
BEFORE = -(2**62)
"""The start of a spell that nobody knows."""
EVER = 2**62


def follow(
    open_spells: pl.DataFrame,
    lacking: pl.DataFrame,
    existed: pl.DataFrame,
    anew: pl.DataFrame,
    version: int,
    at: int,
    before: int,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Follow duties to the next look: spells that ended since the last one, and those that are open now.

    lacking: duties not met at `at`: DUTY, due, chased_from, late_below, of_rows; existed: requirement, period of those
    that were judged at the last look; anew: DUTY that begin anew because somebody extended them. A duty that
    did not exist then is lacking since its beginning, which was after `before`. One over rows that is not met has none that
    is due by the moment of its spell when all of those were done: a later row begins the next.
    """
    now_due = lacking.select(*DUTY, "of_rows", now_due="due")
    of_later_rows = pl.col("of_rows") & ~(pl.col("now_due") <= pl.col("due")).fill_null(False)
    still = open_spells.join(now_due, on=DUTY, how="inner").filter(~of_later_rows).drop("now_due", "of_rows")
    # an extension ends a spell although the duty is still not met: its ladder begins anew at the new due moment
    goes_on = still.join(anew, on=DUTY, how="anti")
    ended = open_spells.join(goes_on, on=DUTY, how="anti").with_columns(end=pl.lit(at, pl.Int64))
    goes_on = (
        goes_on.join(lacking.select(*DUTY, "late_below"), on=DUTY, how="left")
        .with_columns(hushed=pl.col("hushed") | pl.col("late_below").is_not_null())
        .select(SPELL.names())
    )
    known = existed.with_columns(existed=pl.lit(True))
    begun = (
        lacking.join(goes_on.select(DUTY), on=DUTY, how="anti")
        .join(known, on=DUTY[1:], how="left")
        .with_columns(
            # which duties over rows there are is told by the rows: one that is new has just come in
            start=pl.when(pl.col("existed").fill_null(False) | (pl.col("of_rows") & pl.lit(before != BEFORE)))
            .then(pl.lit(at))
            .otherwise(pl.lit(before))
            .cast(pl.Int64),
            version=pl.lit(version, pl.Int64),
            end=pl.lit(None, pl.Int64),
            hushed=pl.col("late_below").is_not_null(),
        )
        .select(SPELL.names())
    )
    return ended.select(SPELL.names()), pl.concat([goes_on, begun])


def moments_of(spells: pl.DataFrame, policies: Mapping[tuple[int, str], Policy], calendar: Calendar) -> pl.DataFrame:
    """Every rung of every spell's ladder at its moment. policies: by plan version and requirement.

    Returns version, requirement, due, no, rung, nominal, above (others than the office hear), own_run (the
    rung before it is the office's own as well), below (the rung before it), below_own (nobody else hears that).
    """
    rows = []
    for version, requirement, due in spells.select("version", "requirement", "due").unique().iter_rows():
        policy = policies.get((version, requirement))
        if policy is None:
            continue
        earlier: tuple[str, int, bool] | None = None
        for no, (rung, nominal) in enumerate(zip(policy.rungs, policy.rung_moments(due, calendar), strict=True)):
            above = rung.escalates or rung.makes_paper
            own_run = earlier is not None and not above and not earlier[2]
            rows.append(
                (
                    version,
                    requirement,
                    due,
                    no,
                    rung.id,
                    nominal,
                    above,
                    own_run,
                    earlier[0] if earlier else None,
                    earlier[1] if earlier else None,
                    earlier is not None and not earlier[2],
                )
            )
            earlier = (rung.id, nominal, above)
    schema = {
        "version": pl.Int64,
        "requirement": pl.String,
        "due": pl.Int64,
        "no": pl.Int64,
        "rung": pl.String,
        "nominal": pl.Int64,
        "above": pl.Boolean,
        "own_run": pl.Boolean,
        "below": pl.String,
        "below_nominal": pl.Int64,
        "below_own": pl.Boolean,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def words_due(
    spells: pl.DataFrame,
    rungs: pl.DataFrame,
    ledger: pl.DataFrame,
    acknowledged: pl.DataFrame,
    policies: Mapping[tuple[int, str], Policy],
    calendar: Calendar,
    grace: int,
) -> pl.DataFrame:
    """When each rung of each spell should have been owed: `should`, null while that is open.

    spells: with spell (a number) and begins; ledger: LEDGER; acknowledged: DUTY, at, until. A rung above the
    office waits for the one below it to be heard, and for the distance between the two where that was late; an
    acknowledgement is hearing, and silence to the office alone. asked: the same for whoever may be silent because he was asked to within the grace.
    Returns the columns of spells and rungs, with should, asked, owed, heard, below_owed; one row a spell and rung.
    """
    # never from decide_rungs, however alike: asked for its opinion, a fault of the chase would find itself in order
    said = _said(spells, ledger, grace)
    words = spells.join(rungs, on=["version", "requirement", "due"]).join(said, on=["spell", "rung"], how="left")
    below = said.select("spell", below="rung", below_owed="owed", below_heard="heard")
    words = words.join(below, on=["spell", "below"], how="left").join(
        _heard_by_acknowledging(words, acknowledged), on=["spell", "no"], how="left"
    )
    words = words.with_columns(below_heard=pl.min_horizontal("below_heard", "below_acknowledged"))
    follows = pl.col("below").is_not_null() & ~pl.col("own_run")
    keys = ["version", "requirement", "no", "nominal", "below_nominal", "below_heard", "above"]
    kinds = words.filter(follows).select(keys).unique()
    shoulds = [_should(row, policies, calendar) for row in kinds.iter_rows(named=True)]
    kinds = kinds.with_columns(follows_at=pl.Series(shoulds, dtype=pl.Int64))
    # nulls meet here: that nobody has heard the rung below is an answer, and leaves this one open
    words = words.join(kinds, on=keys, how="left", nulls_equal=True).with_columns(
        should=pl.when(follows).then("follows_at").otherwise(pl.max_horizontal("nominal", "begins"))
    )
    words = words.with_columns(asked="should")
    # the watch may come by at any time within the grace: asked to be silent before it came, it owes nothing
    for column, slack in (("should", 0), ("asked", grace)):
        words = _after_silence(words, acknowledged, column, slack)
    return words.drop("follows_at", "below_acknowledged").sort("spell", "no")


def _heard_by_acknowledging(words: pl.DataFrame, acknowledged: pl.DataFrame) -> pl.DataFrame:
    """When the office knew of the own rung below each word without being told: spell, no, below_acknowledged."""
    below = words.filter(pl.col("below_own")).join(acknowledged, on=DUTY)
    counts = below.filter((pl.col("until") > pl.col("below_nominal")) & (pl.col("at") >= pl.col("begins")))
    heard = pl.max_horizontal("below_nominal", "at").min()
    return counts.group_by("spell", "no").agg(below_acknowledged=heard)


def _said(spells: pl.DataFrame, ledger: pl.DataFrame, grace: int) -> pl.DataFrame:
    """What the ledger says of each rung of each spell: when it was first owed, and when it was heard."""
    own = ledger.join(spells.select(*DUTY, "spell", "begins", "end"), on=DUTY).filter(
        (pl.col("owed") >= pl.col("begins") - grace) & (pl.col("owed") <= pl.col("end").fill_null(EVER) + grace)
    )
    open_yet = (pl.col("heard").is_null() & pl.col("ended").is_null()).any()
    return own.group_by("spell", "rung").agg(
        owed=pl.col("owed").min(),
        heard=pl.coalesce(pl.col("heard").min(), pl.when(~open_yet).then(pl.col("ended").max())),
    )


def _should(
    row: Mapping[str, int | None], policies: Mapping[tuple[int, str], Policy], calendar: Calendar
) -> int | None:
    """When a rung may follow one that was heard at row["below_heard"]; None while it was not."""
    heard, nominal = row["below_heard"], row["nominal"]
    if heard is None or nominal is None or row["below_nominal"] is None:
        return None
    policy, no = policies[(int(row["version"] or 0), str(row["requirement"]))], int(row["no"] or 0)
    if not row["above"] or heard <= row["below_nominal"]:
        return max(nominal, heard)
    reached, below, own = (moment_at(at, policy.zone) for at in (heard, row["below_nominal"], nominal))
    falls = after_late(
        fired=reached,
        earlier_nominal=below,
        later_nominal=own,
        in_working_days=any(policy.rungs[place].at.working for place in (no - 1, no)),
        calendar=calendar,
        hours=policy.office_hours,
        zone=policy.zone,
    )
    return max(nominal, micros(falls))


def _after_silence(words: pl.DataFrame, acknowledged: pl.DataFrame, column: str, slack: int) -> pl.DataFrame:
    """Put off what the office itself hears and falls into a time of silence, or up to `slack` before it, to its end; one may end within another."""
    # a fourth silence on end would not be seen, and the word be asked for too early: nobody acknowledges so often
    for _ in range(3 if acknowledged.height else 0):
        put_off = (
            words.select("spell", "no", "above", *DUTY, column)
            .join(acknowledged, on=DUTY)
            .filter(~pl.col("above") & (pl.col(column) >= pl.col("at") - slack) & (pl.col(column) < pl.col("until")))
            .group_by("spell", "no")
            .agg(until=pl.col("until").max())
        )
        words = words.join(put_off, on=["spell", "no"], how="left")
        words = words.with_columns(pl.coalesce("until", column).alias(column)).drop("until")
    return words
