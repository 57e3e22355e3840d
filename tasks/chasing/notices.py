"""Owing: from the rungs that a pass fires to lines for persons, and from lines to notices in the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import polars as pl
from sqlalchemy import Connection

from models.calendar.working_time import Calendar, sendable
from models.moments import micros
from models.rules.chasing.chasing import DUTY
from models.rules.chasing.digest import gather_notices, kind_of_line
from models.rules.chasing.fitting import answering, kinds_asked, matters_of
from models.rules.chasing.policy import Policy
from models.rules.chasing.recipients import (
    ADMIN_ROLE,
    addressed,
    governments_of,
    superiors_of,
    targets_of,
    with_persons,
)
from models.units import ON_DUTY
from tasks.campaign.frames import read_frame, staged
from tasks.campaign.store import Store
from tasks.delivery.ledger import UNTRIED, add_lines, add_notices, join_notices
from tasks.delivery.moves import lock_notices
from tasks.judging.judge import Judged, explain_duties
from tasks.registers.roster import with_those_on_duty

_ABOUT = (
    "unit",
    "requirement",
    "period",
    "due",
    "place",
    "standing",
    "reason_zh",
    "reason_en",
    "in_a_row",
    "in_all",
    "late_below",
    "vacant",
    "vacant_role",
    "untold",
    "stand_in",
    "paper_id",
)


def lines_of(
    store: Store,
    connection: Connection,
    judged: Judged,
    units: pl.DataFrame,
    fired: pl.DataFrame,
    policies: Mapping[int, Policy],
    now: datetime,
) -> pl.DataFrame:
    """One row for each line that the fired rungs owe: to_unit, role, person, kind, and what it says.

    units: every office of the provinces concerned. fired: case, known (False: it opens in this pass), unit, requirement, period, due,
    policy, rung, no, id, escalates, paper, acknowledged_until, late_below. Recipients are those of this moment; what the ledger
    holds already is left out, and what an office has acknowledged is not said to it.
    """
    further = store.further_superiors()
    superiors, governments = superiors_of(units, further), governments_of(units, further)
    targets = targets_of(policies, roll_up=True)
    own = targets.filter(pl.col("whose") == "unit").select("policy", "no", "role", own=pl.lit(True))
    aimed = addressed(fired, targets, superiors, governments)
    aimed = aimed.join(own, on=["policy", "no", "role"], how="left", maintain_order="left")
    silent = (pl.col("acknowledged_until") > micros(now)).fill_null(False)
    aimed = aimed.filter(~(silent & (pl.col("to_unit") == pl.col("unit")).fill_null(False)) | pl.col("paper"))
    # the administrator hears of a vacancy at the first case that met it: at any hour where one of them may be told then
    at_once = pl.col("policy").is_in([number for number, policy in policies.items() if policy.always])
    aimed = aimed.sort(at_once, descending=True, maintain_order=True)
    contacts = store.contacts(set(units["unit"].str.head(2).unique()))
    on_duty = aimed.filter(pl.col("role") == ON_DUTY)["to_unit"].drop_nulls().unique().to_list()
    if on_duty:
        contacts = with_those_on_duty(store, contacts, on_duty, now)
    matters = matters_of(aimed, judged.judgement.rows, kinds_asked(contacts))
    found = with_persons(aimed, contacts, superiors, answering(contacts, units, matters))
    lines = _not_yet(connection, found).with_columns(kind=kind_of_line(micros(now)))
    # whoever is met is told of nothing: of a nation's duties that leaves few to look for
    verdicts = judged.verdicts.filter(pl.col("standing") != "met")
    verdicts = verdicts.with_columns(pl.col("requirement").cast(pl.String)).select(*DUTY, "place", "standing")
    wanted = lines.select(DUTY).unique(maintain_order=True)
    explained = explain_duties(judged, wanted.join(verdicts, on=DUTY, how="left", maintain_order="left"))
    said = explained.select(
        *DUTY, "place", pl.col("standing").cast(pl.String), "reason_zh", "reason_en", "in_a_row", "in_all"
    )
    return lines.join(said, on=DUTY, how="left", maintain_order="left")


def lines_since_due(connection: Connection, cases: pl.DataFrame) -> pl.DataFrame:
    """What was owed about `cases` (case, due …) since each was due: case, rung, to_unit. Papers, and what was taken back
    before anybody had it, are left out; whoever acknowledged has heard."""
    schema = {"case": pl.Int64, "rung": pl.String, "to_unit": pl.String}
    if cases.is_empty():
        return pl.DataFrame(schema=schema)
    with staged(connection, cases.select("due", case_id="case")):
        return read_frame(
            connection,
            "SELECT l.case_id, l.rung, l.unit FROM staged s JOIN notice_lines l ON l.case_id = s.case_id"
            " WHERE l.owed_at >= s.due AND (l.state = 'live' OR l.ended_why = 'acknowledged')"
            " AND l.kind NOT IN ('paper', 'unsigned', 'issued')",
            schema,
        )


def _not_yet(connection: Connection, lines: pl.DataFrame) -> pl.DataFrame:
    """Without lines that the ledger holds: of cases that fired before, whose ladder may have been changed."""
    fired_before = lines.filter(pl.col("known")).select(case_id="case", rung="id").unique()
    if fired_before.is_empty():
        return lines
    schema = {"case": pl.Int64, "id": pl.String, "to_unit": pl.String, "role": pl.String, "person": pl.String}
    with staged(connection, fired_before):
        held = read_frame(
            connection,
            "SELECT l.case_id, l.rung, l.unit, l.role, l.person FROM staged s"
            " JOIN notice_lines l ON l.case_id = s.case_id AND l.rung = s.rung",
            schema,
        )
    return lines.join(held, on=list(schema), how="anti", maintain_order="left") if held.height else lines


def write_notices(
    connection: Connection,
    lines: pl.DataFrame,
    policies: Mapping[int, Policy],
    calendar: Calendar,
    pass_id: int,
    now: datetime,
    share: str = "",
) -> int:
    """Write lines into notices, one for each person, or into one of theirs that is still unsent. Returns how many.

    share: which unsent notices may take more lines, as a further condition on notices `n`; none of them is on its way
    before this transaction is over.
    """
    if lines.is_empty():
        return 0
    at = micros(now)
    gathered = gather_notices(lines, _unsent(connection, at, lines, share), _moments(policies, calendar, now), at)
    # a message that is also for whoever is on duty goes to its reader, and not to who is on duty by then
    heads = gathered.sort(pl.col("role") == ON_DUTY, maintain_order=True)
    heads = heads.unique("group", keep="first", maintain_order=True).with_columns(
        to_unit=pl.when(pl.col("role") == ADMIN_ROLE).then(pl.lit("")).otherwise("to_unit")
    )
    fresh = add_notices(connection, heads.filter(pl.col("notice").is_null()), pass_id, f"pass {pass_id}", at)
    joined = heads.filter(pl.col("notice").is_not_null())
    join_notices(connection, joined.select("notice", "urgency", "always", "not_before").iter_rows())
    numbers = pl.concat([fresh.select("group", "number"), joined.select("group", number="notice")])
    rows = gathered.join(numbers, on="group", maintain_order="left").select(
        "role",
        "person",
        "kind",
        notice_id="number",
        case_id="case",
        rung="id",
        rung_no="no",
        unit="to_unit",
        about=pl.struct(_ABOUT).struct.json_encode(),
    )
    add_lines(connection, rows, at)
    return heads.height


def _unsent(connection: Connection, at: int, lines: pl.DataFrame, share: str) -> pl.DataFrame:
    """Notices not yet tried, to which a line for the same person may still be added: notice, person."""
    schema = {"notice": pl.Int64, "person": pl.String}
    with staged(connection, lines.select(pl.col("person").cast(pl.String)).unique()):
        own = f"n.role <> '{ON_DUTY}' AND n.person IN (SELECT person FROM staged)"
        where = f"{own} AND {UNTRIED} AND n.created_at <= {at}{share}"
        locked = lock_notices(connection, where, wait=False)
    with staged(connection, pl.DataFrame({"notice": locked}, schema={"notice": pl.Int64})):
        query = "SELECT n.id, n.person FROM staged s JOIN notices n ON n.id = s.notice ORDER BY n.id"
        return read_frame(connection, query, schema)


def _moments(policies: Mapping[int, Policy], calendar: Calendar, now: datetime) -> pl.DataFrame:
    """When a message of each policy may go out: policy, always, not_before."""
    rows = [
        (number, p.always, micros(sendable(calendar, p.office_hours, now, p.zone, p.always)))
        for number, p in policies.items()
    ]
    schema = {"policy": pl.Int64, "always": pl.Boolean, "not_before": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")
