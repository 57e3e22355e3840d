"""Authority (权限): who may do an act today, and whether the name that it was given is one of theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from sqlmodel import col, select

from models.personal import kept_words
from models.plan.model import Act
from models.rules.chasing.recipients import governments_of, superiors_of
from models.rules.papers.authority import offices_in_turn
from models.tables import ContactRow, UnitRow
from models.text import name_key
from models.wording import Refusal, Said
from tasks.campaign.store import Store
from tasks.papers.in_notices import holder_title

Holder = Mapping[str, Any]
"""A contact: unit, role, name, person, channel (locked), address. Of one person there may be several, in their order."""


@dataclass(frozen=True)
class ActBy:
    """Who does something, as of when, and why. clock: the machine's, whatever `at` says; code: what they were sent."""

    name: str
    at: datetime
    clock: datetime
    reason: str | None = None
    code: str | None = None

    def with_reason(self) -> str:
        """The reason, cleaned. Refusal where there is none, or it holds what belongs to a person."""
        reason = kept_words(self.reason or "", "理由", "the reason")
        if not reason:
            raise Refusal("请用 --reason 注明理由", "say with --reason why")
        return reason


def holders_for(connection: Connection, store: Store, act: Act, unit: str, by: ActBy, what: Said) -> list[Holder]:
    """The contacts of `by` who may do `act` at `unit`. Refusal names those who may. what: the act in words."""
    plan = store.plan()
    wanted = plan.authority.role_for(act)
    if wanted is None:
        return named_among(connection, [(unit, None)], by.name, what, plan.roles)
    whose, role = wanted.split(".", 1)
    units, further = store.units(connection=connection), store.further_superiors()
    above: dict[str, list[str]] = {}
    for office, superior in superiors_of(units, further).iter_rows():
        above.setdefault(office, []).append(superior)
    governments = dict(governments_of(units, further).iter_rows())
    first: list[tuple[str, str | None]] = []
    for group in offices_in_turn(whose, unit, above, governments):
        places: list[tuple[str, str | None]] = [(office, role) for office in group]
        first = first or places
        if any(_contacts(connection, *place) for place in places):
            return named_among(connection, places, by.name, what, plan.roles)
    return named_among(connection, first, by.name, what, plan.roles)


def named_among(
    connection: Connection,
    places: Sequence[tuple[str, str | None]],
    name: str,
    what: Said,
    roles: Mapping[str, str],
) -> list[Holder]:
    """The contacts of `name` among those who hold a role in an office (None: any role). Refusal names them otherwise.

    roles: those that the plan declares, with their titles.
    """
    held = [contact for place in places for contact in _contacts(connection, *place)]
    name = kept_words(name, "姓名", "the name")
    own = [contact for contact in held if name and name_key(contact["name"] or "") == name_key(name)]
    if own:
        # of two offices that both know the name, one person acts: the first
        return [contact for contact in own if contact["person"] == own[0]["person"]]
    listed = list(dict.fromkeys(contact["name"] for contact in held if contact["name"]))
    who_zh = f"（现为{'、'.join(listed)}）" if listed else "（现无人担任，请先补充联系人）"
    who_en = f" (now {', '.join(listed)})" if listed else " (nobody at present; load a contact first)"
    titles = [_title(connection, *place, roles) for place in places]
    zh = f"{what.zh}应由{'或'.join(title.zh for title in titles)}办理{who_zh}"
    en = f"{what.en} is for {' or '.join(title.en for title in titles)}{who_en}"
    if not name:
        raise Refusal(f"{zh}，请用 --by 注明姓名", f"{en}; name one with --by")
    raise Refusal(f"{zh}，{name}无权办理", f"{en}; {name} may not do it")


def _contacts(connection: Connection, unit: str, role: str | None) -> list[Holder]:
    columns = select(ContactRow).where(col(ContactRow.unit) == unit)
    if role is not None:
        columns = columns.where(col(ContactRow.role) == role)
    return [dict(row) for row in connection.execute(columns.order_by(col(ContactRow.place))).mappings()]


def _title(connection: Connection, unit: str, role: str | None, roles: Mapping[str, str]) -> Said:
    name = connection.execute(select(UnitRow.name).where(col(UnitRow.code) == unit)).scalar() or unit
    if role is None:
        return Said(f"{name}的联系人", f"a contact of {name}")
    return holder_title(name, role, roles.get(role, ""))
