"""To whom a signed paper goes, from the ladder's words (unit.leader, government.head) to offices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import polars as pl
from sqlalchemy import Connection

from models.rules.chasing.recipients import TARGET_SCHEMA, addressed, governments_of, superiors_of
from models.units import Role
from tasks.campaign.store import Store


def addressees(
    connection: Connection, store: Store, papers: Sequence[tuple[str, tuple[str, ...]]]
) -> list[list[tuple[str, Role]]]:
    """For each paper, given as its late office and its recipients, the offices and roles that it goes to."""
    units, further = store.units(connection=connection), store.further_superiors()
    kinds = {recipients: number for number, recipients in enumerate(dict.fromkeys(to for _, to in papers))}
    targets = [(number, 0, *target.split(".", 1)) for recipients, number in kinds.items() for target in recipients]
    rows = [(place, unit, kinds[recipients], 0) for place, (unit, recipients) in enumerate(papers)]
    schema = {"case": pl.Int64, "unit": pl.String, "policy": pl.Int64, "no": pl.Int64}
    aimed = addressed(
        pl.DataFrame(rows, schema=schema, orient="row"),
        pl.DataFrame(targets, schema=TARGET_SCHEMA, orient="row"),
        superiors_of(units, further),
        governments_of(units, further),
    )
    found: dict[int, list[tuple[str, Role]]] = defaultdict(list)
    for place, office, role in aimed.select("case", "to_unit", "role").iter_rows():
        if office is not None:
            found[place].append((office, role))
    return [found[place] for place in range(len(papers))]
