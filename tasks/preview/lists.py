"""What went out on a private copy, read back: as frames for counting, and notice by notice for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import polars as pl
from sqlalchemy import Connection, bindparam, text
from sqlmodel import col, select

from models.moments import moment_at
from models.plan.row_labels import codes_in, spoken_label
from models.rules.judging.tree import below
from models.rules.preview.preview import KINDS, next_look, said_of
from models.tables import ContactRow
from models.units import ON_DUTY
from models.wording import Said
from tasks.campaign.frames import read_frame
from tasks.campaign.offices import names_of
from tasks.campaign.store import Store
from tasks.delivery.attempts import ADMIN
from tasks.preview.accepting import Gone

_GONE = {"notice": pl.Int64, "at": pl.Int64, "address": pl.String, "channel": pl.String}
_HEADS = {
    "notice": pl.Int64,
    "unit": pl.String,
    "role": pl.String,
    "person": pl.String,
    "urgency": pl.Int64,
    "owed": pl.Int64,
    "ready": pl.Int64,
    "unit_name": pl.String,
}
_LINES = {"notice": pl.Int64, "kind": pl.String, "unit": pl.String}
_MANY = 500


@dataclass(frozen=True)
class SentLine:
    """One line of a notice. due: microseconds; about: what it is, and how far from its due moment it goes out, in words."""

    unit: str
    unit_name: str
    requirement: str
    title: str
    period: str
    period_text: Said
    rung: str
    kind: str
    about: Said
    due: int


@dataclass(frozen=True)
class SentNotice:
    """A notice that would go out `at` a moment (microseconds), to whom, over which (masked) channel.

    name: of the person, empty for the administrator; kind: of its most urgent line.
    """

    at: int
    unit: str
    unit_name: str
    role: str
    name: str
    channel: str
    kind: str
    lines: tuple[SentLine, ...]


def sent_notices(copy: Store, gone: Sequence[Gone], scope: str | None) -> pl.DataFrame:
    """What went out, in order of time and urgency: a `sent` frame (models.rules.preview.preview) with unit, unit_name, role.

    With a scope only what says something about a unit at or below it.
    """
    out = pl.DataFrame([asdict(one) for one in gone], schema=_GONE)
    query = (
        "SELECT n.id, n.unit, n.role, n.person, n.urgency, n.created_at, n.not_before, u.name FROM notices n"
        " LEFT JOIN units u ON u.code = n.unit WHERE n.settled_at IS NOT NULL"
    )
    with copy.reading() as connection:
        heads = read_frame(connection, query, _HEADS)
    sent = out.join(heads, on="notice").with_columns(
        ready=pl.min_horizontal("at", next_look(pl.max_horizontal("owed", "ready")))
    )
    if scope is not None:
        inside = below(copy.units(), scope).select("unit")
        concerned = sent_lines(copy, sent).join(inside, on="unit", how="semi")
        sent = sent.join(concerned, on="notice", how="semi")
    return sent.sort("at", "urgency", "notice", descending=[False, True, False])


def sent_lines(copy: Store, sent: pl.DataFrame) -> pl.DataFrame:
    """The lines of these notices: notice, kind, unit (the office that owes)."""
    query = (
        "SELECT l.notice_id, l.kind, c.unit FROM notice_lines l JOIN cases c ON c.id = l.case_id"
        " JOIN notices n ON n.id = l.notice_id WHERE l.state = 'live' AND n.state = 'accepted'"
    )
    with copy.reading() as connection:
        return read_frame(connection, query, _LINES).join(sent, on="notice", how="semi")


def list_sent(copy: Store, sent: pl.DataFrame, wanted: Sequence[int]) -> tuple[SentNotice, ...]:
    """The notices `wanted`, in their order, with everything that they say."""
    heads = {row["notice"]: row for row in sent.iter_rows(named=True)}
    order = list(KINDS)
    found = []
    with copy.reading() as connection:
        lines, names = _lines_of(copy, connection, {one: heads[one]["at"] for one in wanted}), _names(connection)
    for notice in wanted:
        head, said = heads[notice], lines.get(notice, [])
        said = sorted(said, key=lambda line: order.index(line.kind) if line.kind in order else len(order))
        # whoever is on duty is entered in another role
        held = (head["unit"], None if head["role"] == ON_DUTY else head["role"], head["person"])
        name = "" if head["role"] == ADMIN else names.get(held, "")
        found.append(
            SentNotice(
                at=head["at"],
                unit=head["unit"],
                unit_name=head["unit_name"] or head["unit"],
                role=head["role"],
                name=name,
                channel=head["channel"],
                kind=said[0].kind if said else "",
                lines=tuple(said),
            )
        )
    return tuple(found)


def _lines_of(copy: Store, connection: Connection, notices: Mapping[int, int]) -> dict[int, list[SentLine]]:
    """The lines of notices, each of which goes out at a moment."""
    query = text(
        "SELECT l.notice_id, l.rung, l.kind, c.unit, c.requirement, c.period, c.due, u.name"
        " FROM notice_lines l JOIN cases c ON c.id = l.case_id LEFT JOIN units u ON u.code = c.unit"
        " WHERE l.state = 'live' AND l.notice_id IN :ids ORDER BY l.id"
    ).bindparams(bindparam("ids", expanding=True))
    ids, plan = list(notices), copy.plan()
    parts = (ids[start : start + _MANY] for start in range(0, len(ids), _MANY))
    rows = [row for part in parts for row in connection.execute(query, {"ids": part})]
    requirements = {one.key: one for one in plan.requirements}
    over_rows = (row.period for row in rows if (one := requirements.get(row.requirement)) and one.each)
    in_labels = names_of(connection, codes_in(over_rows))
    found: dict[int, list[SentLine]] = {}
    for row in rows:
        requirement, due = requirements.get(row.requirement), moment_at(row.due, plan.zone)
        by_default = requirement is not None and plan.is_default(requirement, row.period, due)
        found.setdefault(row.notice_id, []).append(
            SentLine(
                unit=row.unit,
                unit_name=row.name or row.unit,
                requirement=row.requirement,
                title=requirement.title if requirement else row.requirement,
                period=row.period,
                period_text=spoken_label(plan, requirement, row.period, in_labels),
                rung=row.rung,
                kind=row.kind,
                about=said_of(row.kind, due, moment_at(notices[row.notice_id], plan.zone), by_default=by_default),
                due=row.due,
            )
        )
    return found


def _names(connection: Connection) -> dict[tuple[str, str | None, str], str]:
    """The name of each person, in each role at each unit, and there in any role (None)."""
    query = select(ContactRow.unit, ContactRow.role, ContactRow.person, ContactRow.name)
    rows = connection.execute(query.order_by(col(ContactRow.place).desc()))
    return {(row.unit, role, row.person): row.name for row in rows for role in (row.role, None)}
