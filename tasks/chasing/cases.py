"""Cases (催办件) in the database: settled, read, opened, moved along their ladders and closed, many at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection, insert, text, update
from sqlmodel import col, select

from models.moments import micros
from models.plan.model import Plan
from models.rules.chasing.chasing import DUTY, Decided, to_be_heard
from models.rules.chasing.policy import Policy, policy_digest, policy_text, read_policy
from models.rules.judging.tree import Ranges, ranges_of
from models.tables import Case, UnitRow
from models.tables import Policy as PolicyRow
from models.units import DIGITS
from tasks.campaign.frames import in_ranges, insert_frame, next_ids, numbered, read_frame, staged
from tasks.delivery.ledger import place_rungs
from tasks.delivery.taking_back import withdraw_lines

CASES = {
    "case": pl.Int64,
    "unit": pl.String,
    "requirement": pl.String,
    "period": pl.String,
    "due": pl.Int64,
    "policy": pl.Int64,
    "rung": pl.Int64,
    "fired_at": pl.Int64,
    "settled_at": pl.Int64,
    "acknowledged_at": pl.Int64,
    "acknowledged_until": pl.Int64,
    "hushed_since": pl.Int64,
}


def settle_rungs(
    connection: Connection, cases: pl.DataFrame | None = None, ranges: Ranges | None = None
) -> pl.DataFrame:
    """Note when the last rung of each open case (of `cases`: case …; of all for None) was heard: accepted by somebody, or
    given up for everybody. Returns those of which it is known now: case, settled_at. ranges: in which their offices lie.

    That the administrator hears of a vacancy, or does not yet, says nothing of that: whoever nobody could be found for
    was given up when the rung fired.
    """
    heard = "l.state = 'live' AND n.state = 'accepted'"
    chosen = f"c.closed_at IS NULL AND {in_ranges('c.unit', ranges)} AND c.rung >= 0 AND c.rung_settled_at IS NULL"
    values = dict[str, str]()
    if cases is not None:
        own, values["numbers"] = numbered(connection, "c.id", cases["case"])
        chosen += f" AND {own}"
    # a rung without any line counts from when it fired: unsettled, it would stop its ladder there for ever
    return read_frame(
        connection,
        "UPDATE cases SET rung_settled_at = COALESCE(s.heard, s.over, cases.rung_fired_at) FROM (SELECT c.id,"
        f" MIN(CASE WHEN {heard} THEN n.settled_at END) AS heard, MAX(COALESCE(l.ended_at, n.settled_at)) AS over,"
        " COUNT(CASE WHEN l.state = 'live' AND n.settled_at IS NULL THEN 1 END) AS unsettled"
        " FROM cases c LEFT JOIN notice_lines l ON l.case_id = c.id AND l.rung_no = c.rung AND l.role <> 'admin'"
        f" LEFT JOIN notices n ON n.id = l.notice_id WHERE {chosen} GROUP BY c.id"
        ") s WHERE s.id = cases.id AND (s.heard IS NOT NULL OR s.unsettled = 0)"
        " RETURNING cases.id, cases.rung_settled_at",
        {name: CASES[name] for name in ("case", "settled_at")},
        **values,
    )


def as_heard(connection: Connection, cases: pl.DataFrame, ranges: Ranges | None) -> pl.DataFrame:
    """Open cases (`with_stand`) of offices in `ranges` with what is known by now of their last rungs, as far as it matters."""
    asked = to_be_heard(cases)
    if asked.is_empty():
        return cases
    now_known = settle_rungs(connection, asked, ranges).rename({"settled_at": "now_known"})
    if now_known.is_empty():
        return cases
    found = cases.join(now_known, on="case", how="left", maintain_order="left")
    return found.with_columns(settled_at=pl.coalesce("settled_at", "now_known")).drop("now_known")


def rungs_heard(connection: Connection) -> pl.DataFrame:
    """Where the open cases stand whose last rung was heard by now (`settle_rungs`): policy, due, rung, settled_at, each once."""
    settle_rungs(connection)
    query = (
        "SELECT DISTINCT policy, due, rung, rung_settled_at FROM cases WHERE closed_at IS NULL AND rung >= 0"
        " AND rung_settled_at IS NOT NULL"
    )
    return read_frame(connection, query, {name: CASES[name] for name in ("policy", "due", "rung", "settled_at")})


def read_open_cases(connection: Connection, at: int, ranges: Ranges | None = None) -> pl.DataFrame:
    """Open cases of offices in `ranges` (of all for None), in the order of their numbers. One opened after `at` (the clock was put back) is left alone."""
    query = (
        "SELECT id, unit, requirement, period, due, policy, rung, rung_fired_at, rung_settled_at, acknowledged_at,"
        f" acknowledged_until, hushed_since FROM cases WHERE closed_at IS NULL AND opened_at <= {at}"
        f" AND {in_ranges('unit', ranges)} ORDER BY id"
    )
    return read_frame(connection, query, CASES)


def departed_among(connection: Connection, ranges: Ranges) -> Ranges:
    """The offices in the provinces of `ranges` that have open cases and exist no more: a run of one code each.

    Whichever pass of their province comes first closes their cases, so that nobody hears of them.
    """
    provinces = {first[: DIGITS["province"]] for first, _ in ranges}
    departed = (
        select(col(Case.unit))
        .distinct()
        .outerjoin(UnitRow, col(UnitRow.code) == col(Case.unit))
        .where(
            col(Case.closed_at).is_(None),
            col(UnitRow.code).is_(None),
            # as a range, which the index has: asked for their first digits, all open cases of the nation are looked at
            text(in_ranges("cases.unit", ranges_of(provinces))),
        )
    )
    return tuple((code, f"{code}0") for code in connection.execute(departed).scalars())


def close_cases(connection: Connection, closing: pl.DataFrame, at: int) -> None:
    """Close cases (case, closed_as) and take back what they had not sent."""
    if closing.is_empty():
        return
    with staged(connection, closing.select(case_id="case", closed_as="closed_as")):
        connection.execute(
            text("UPDATE cases SET closed_at = :at, closed_as = s.closed_as FROM staged s WHERE cases.id = s.case_id"),
            {"at": at},
        )
    withdraw_lines(connection, closing.select("case", reason="closed_as"), "withdrawn", at)


def number_cases(connection: Connection, opening: pl.DataFrame, at: int) -> pl.DataFrame:
    """Give numbers to cases that are about to open, and leave out duties that have one already.

    opening: unit, requirement, period …. Returns it with case and seq. A duty that somebody is after, or was
    after later than `at` (the clock was put back), gets no second case.
    """
    if connection.execute(select(Case.id).limit(1)).first() is None:
        # nobody was after anything yet; a nation's first pass opens a million cases and need not ask
        return _numbered(connection, opening.with_columns(seq=pl.lit(1, pl.Int64)))
    numbered = opening.with_row_index("row").cast({"row": pl.Int64})
    with staged(connection, numbered.select("row", *DUTY)):
        earlier = read_frame(
            connection,
            "SELECT s.row, c.seq, c.closed_at FROM staged s JOIN cases c ON c.unit = s.unit"
            " AND c.requirement = s.requirement AND c.period = s.period",
            {"row": pl.Int64, "seq": pl.Int64, "closed_at": pl.Int64},
        )
    last = earlier.sort("seq").unique("row", keep="last")
    free = numbered.join(last, on="row", how="left", maintain_order="left").filter(
        pl.col("seq").is_null() | (pl.col("closed_at").is_not_null() & (pl.col("closed_at") <= at))
    )
    return _numbered(connection, free.with_columns(seq=pl.col("seq").fill_null(0) + 1).drop("row", "closed_at"))


def _numbered(connection: Connection, cases: pl.DataFrame) -> pl.DataFrame:
    first = next_ids(connection, "cases", cases.height) if cases.height else 1
    return cases.with_row_index("case", offset=first).with_columns(pl.col("case").cast(pl.Int64))


def insert_cases(connection: Connection, opened: pl.DataFrame, decided: Decided, at: int) -> None:
    """Write cases that open now, with the rung that they come to in the same pass."""
    if opened.is_empty():
        return
    rows = (
        opened.select("case", "seq", *DUTY, "due", "policy")
        .join(_steps(decided, at), on="case", how="left", maintain_order="left")
        .select(
            *DUTY,
            "seq",
            "due",
            "policy",
            id="case",
            opened_at=pl.lit(at, pl.Int64),
            rung=pl.col("no").fill_null(-1),
            rung_nominal="nominal",
            rung_fired_at=pl.when(pl.col("no").is_not_null()).then(pl.lit(at, pl.Int64)),
            rung_settled_at="heard",
            trail=pl.col("history").fill_null(""),
        )
    )
    insert_frame(connection, "cases", rows)


def move_along(connection: Connection, decided: Decided, known: pl.DataFrame, at: int) -> None:
    """Move `known` cases (those that were open before) to the rungs that they come to."""
    for frame, word, change in (
        (decided.hushed, "hushed", "hushed_since = :at"),
        (
            decided.freed,
            "freed",
            "hushed_since = NULL, rung_settled_at = CASE WHEN rung_settled_at IS NULL THEN NULL ELSE :at END",
        ),
    ):
        cases = frame.join(known, on="case", how="semi") if not frame.is_empty() else frame
        if not cases.is_empty():
            with staged(connection, cases.select(case_id="case")):
                connection.execute(
                    text(f"UPDATE cases SET {change}, trail = trail || :step FROM staged s WHERE cases.id = s.case_id"),
                    {"at": at, "step": f"{at} {word}\n"},
                )
    if decided.fired.is_empty():
        return
    steps = _steps(decided, at).join(known, on="case", how="semi", maintain_order="left")
    if steps.is_empty():
        return
    with staged(connection, steps.select("no", "nominal", "heard", "history", case_id="case")):
        connection.execute(
            text(
                "UPDATE cases SET rung = s.no, rung_nominal = s.nominal, rung_fired_at = :at, rung_settled_at = s.heard,"
                " acknowledged_at = CASE WHEN acknowledged_until > :at THEN acknowledged_at END, trail = trail || s.history FROM staged s WHERE cases.id = s.case_id"
            ),
            {"at": at},
        )


def _steps(decided: Decided, at: int) -> pl.DataFrame:
    """What changes for each fired case: case, no, nominal, heard, history (what is added to it)."""
    passed = decided.overtaken.group_by("case", maintain_order=True).agg(passed=pl.col("id").str.join(","))
    fired = decided.fired.join(passed, on="case", how="left", maintain_order="left")
    return fired.select(
        "case",
        "no",
        "nominal",
        "heard",
        history=pl.concat_str(
            pl.when(pl.col("passed").is_not_null()).then(pl.format(f"{at} overtaken {{}}\n", "passed")),
            pl.format(f"{at} fired {{}}\n", "id"),
            ignore_nulls=True,
        ),
    )


def policies_for(connection: Connection, plan: Plan, places: Iterable[int], *, dry_run: bool = False) -> dict[int, int]:
    """The policy of each requirement, kept once however many cases open with it. {place in the plan: policy id}

    dry_run: this transaction is rolled back, and they go with it.
    """
    texts = {place: policy_text(plan, plan.requirements[place]) for place in places}
    ids = policy_ids(connection, texts.values(), at_once=not dry_run)
    return {place: ids[body] for place, body in texts.items()}


def policy_ids(connection: Connection, texts: Iterable[str], *, at_once: bool = True) -> dict[str, int]:
    """The number of each policy text; unknown ones are added.

    at_once: on a server, kept whatever becomes of this transaction, since another pass may need the same ones now.
    """
    by_text = {body: policy_digest(body) for body in dict.fromkeys(texts)}
    missing = sorted((digest, body) for body, digest in by_text.items() if digest not in _known(connection))
    if missing:
        _add_policies(connection, missing, at_once=at_once)
    known = _known(connection)
    return {body: known[digest] for body, digest in by_text.items()}


def _known(connection: Connection) -> dict[str, int]:
    return {row.digest: int(row.id) for row in connection.execute(select(PolicyRow.digest, PolicyRow.id))}


def _add_policies(connection: Connection, missing: Sequence[tuple[str, str]], *, at_once: bool) -> None:
    rows = [{"digest": digest, "text": body} for digest, body in missing]
    if not at_once or connection.dialect.name != "postgresql":
        connection.execute(insert(PolicyRow), rows)
        return
    with connection.engine.begin() as own:
        own.execute(
            text("INSERT INTO policies (digest, text) VALUES (:digest, :text) ON CONFLICT (digest) DO NOTHING"), rows
        )


def read_policies(connection: Connection, ids: Iterable[int]) -> dict[int, Policy]:
    """The policies with these numbers. ValueError for one that cannot be read, KeyError for one that is not there."""
    wanted = list(ids)
    own, numbers = numbered(connection, "id", pl.Series(wanted, dtype=pl.Int64))
    known = connection.execute(text(f"SELECT id, text FROM policies WHERE {own}"), {"numbers": numbers})
    texts = {row.id: row.text for row in known}
    return {number: read_policy(texts[number]) for number in wanted}


def follow_plan(connection: Connection, moved: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Let open cases follow the plan in force. What they have told already stays told.

    moved: case, was, now (due moments), policy (its text). A duty that is due later, or that nobody is told
    of any more, is as if it had never been chased: its case closes, and another opens when its time comes.
    """
    at = micros(now)
    ended = [row for row in moved if row["now"] > row["was"] or not read_policy(row["policy"]).rungs]
    close_cases(
        connection,
        pl.DataFrame(
            {"case": [row["case"] for row in ended], "closed_as": ["moved"] * len(ended)},
            schema={"case": pl.Int64, "closed_as": pl.String},
        ),
        at,
    )
    gone = {row["case"] for row in ended}
    kept = [row for row in moved if row["case"] not in gone]
    # as long as their lines stand at the rungs that they were told at
    settle_rungs(connection, pl.DataFrame({"case": [row["case"] for row in kept]}, schema={"case": pl.Int64}))
    ids = policy_ids(connection, (row["policy"] for row in kept))
    for row in kept:
        _move(connection, row, ids[row["policy"]], at)


def _move(connection: Connection, row: Mapping[str, Any], policy: int, at: int) -> None:
    own = col(Case.id) == row["case"]
    held = connection.execute(select(Case.rung, Case.policy).where(own)).one()
    new, old = read_policy(row["policy"]), read_policies(connection, [held.policy])[held.policy]
    connection.execute(
        update(Case)
        .where(own)
        .values(
            due=row["now"],
            policy=policy,
            rung=new.place_of(old, held.rung),
            trail=col(Case.trail).concat(f"{at} moved\n"),
        )
    )
    places = {rung.id: place for place, rung in enumerate(new.rungs)}
    place_rungs(connection, row["case"], places)
