"""Who is one person (一人一份): contact rows that belong together.

Rows with the same unit, role and name are one person's channels, in their order. The same name with the
same channel in several offices or roles is one person too, who gets one message a pass. Without a name,
each channel of a role is a person of its own. Two people of one name in one role cannot be told apart:
the file must tell them apart (张伟（业务组）).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from models.plan.answerable import joined
from models.rules.loading.text_tables import Faults
from models.text import name_key


def who_is_who(contacts: Sequence[Mapping[str, str]]) -> list[str]:
    """For each contact (unit, role, name, channel) what stands for its person; the same for one person.

    A person goes by the name and the first office and role by code, so that a new channel leaves them the same.
    """
    leaders = list(range(len(contacts)))

    def leader(place: int) -> int:
        while leaders[place] != place:
            leaders[place] = leaders[leaders[place]]
            place = leaders[place]
        return place

    first: dict[Hashable, int] = {}
    for place, contact in enumerate(contacts):
        if not contact["name"]:
            continue
        office = ("office", contact["unit"], contact["role"], name_key(contact["name"]))
        channel = ("channel", contact["channel"], name_key(contact["name"]))
        for key in (office, channel):
            leaders[leader(place)] = leader(first.setdefault(key, place))
    offices: dict[int, str] = {}
    for place, contact in enumerate(contacts):
        own = f"{contact['unit']}/{contact['role']}"
        offices[leader(place)] = min(offices.get(leader(place), own), own)
    return [
        f"{contacts[leader(place)]['name']}\0{offices[leader(place)]}"
        if contact["name"]
        else f"\0{contact['unit']}/{contact['role']}\0{contact['channel']}"
        for place, contact in enumerate(contacts)
    ]


def answering(contacts: Sequence[Mapping[str, Any]], persons: Sequence[str], file: str) -> list[tuple[str, int | None]]:
    """What each contact answers for, and their seat, the same for all channels of one person in a role.

    contacts: unit, role, only_for, seat, row …; persons: as `who_is_who` has them. Refusal where the rows of one person
    contradict each other, or two persons of an office have one seat.
    """
    faults = Faults(file)
    scopes: dict[Hashable, list[Mapping[str, Any]]] = {}
    seats: dict[Hashable, tuple[str, Mapping[str, Any]]] = {}
    own: dict[Hashable, int] = {}
    for contact, person in zip(contacts, persons, strict=True):
        scopes.setdefault((contact["unit"], contact["role"], person), []).append(contact)
        if contact["seat"] is None:
            continue
        holder, first = seats.setdefault((contact["unit"], contact["seat"]), (person, contact))
        if holder != person:
            faults.add(
                contact["row"],
                f"{contact['unit']} 的值班号 {contact['seat']} 已用于第 {first['row']} 行，每人应有自己的值班号",
                f"seat {contact['seat']} of {contact['unit']} is that of row {first['row']} already; each person has their own",
            )
        if own.setdefault((contact["unit"], person), contact["seat"]) != contact["seat"]:
            faults.add(
                contact["row"],
                f"同一人在 {contact['unit']} 有两个值班号（{own[contact['unit'], person]}、{contact['seat']}），请只留一个",
                f"one person has two seats in {contact['unit']} ({own[contact['unit'], person]}, {contact['seat']}); keep one",
            )
    for rows in scopes.values():
        said = [row for row in rows if row["only_for"]]
        silent = next((row for row in rows if not row["only_for"]), None)
        if said and silent is not None:
            faults.add(
                silent["row"],
                f"同一人同一角色在第 {said[0]['row']} 行写了负责范围，本行没有写：请写成一致，或两行都不写",
                f"row {said[0]['row']} says what the same person answers for in this role, and this row does not: write the"
                " same in both, or in neither",
            )
    faults.raise_any()
    return [
        (
            joined(row["only_for"] for row in scopes[contact["unit"], contact["role"], person]),
            own.get((contact["unit"], person)),
        )
        for contact, person in zip(contacts, persons, strict=True)
    ]
