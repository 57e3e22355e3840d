"""Who is one person (一人一份): contact rows that belong together.

Rows with the same unit, role and name are one person's channels, in their order. The same name with the
same channel in several offices or roles is one person too, who gets one message a pass. Without a name,
each channel of a role is a person of its own. Two people of one name in one role cannot be told apart:
the file must tell them apart (张伟（业务组）).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

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
