"""Changes of divisions as the database keeps them: what became of a code, and since when an office is what it is."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl
from sqlalchemy import Connection
from sqlmodel import col, select

from models.former_codes import FormerCodes
from models.rules.judging.tree import covered
from models.tables import UnitChange
from tasks.campaign.frames import read_frame

NEWCOMERS = pl.Schema({"unit": pl.String, "since": pl.Int64, "made_at": pl.Int64})


def read_former(connection: Connection) -> FormerCodes:
    """Every change of codes that there was."""
    rows = connection.execute(select(UnitChange.change, UnitChange.old, UnitChange.new)).tuples()
    return FormerCodes.of((int(change), old, new) for change, old, new in rows)


def with_former(connection: Connection, codes: Iterable[str]) -> set[str]:
    """These offices' codes and those that they came from, under which things of before are kept."""
    former = read_former(connection)
    return {one for code in codes for one in former.lineage(code)} if former.changes else set(codes)


def covered_now(units: pl.DataFrame, scopes: Iterable[str], former: FormerCodes) -> dict[str, pl.Series]:
    """The units at and below each of these codes, which a plan may have written down before divisions were changed."""
    found = {}
    for scope in scopes:
        codes = [scope] if scope in units["unit"] else former.became(scope)
        found[scope] = pl.concat([covered(units, code) for code in codes]).unique(maintain_order=True)
    return found


def changes_of_codes(connection: Connection) -> tuple[pl.DataFrame, FormerCodes]:
    """`newcomers` and `read_former`, where most campaigns have neither: they are asked for only where there are changes."""
    former = read_former(connection)
    return (newcomers(connection) if former.changes else pl.DataFrame(schema=NEWCOMERS)), former


def newcomers(connection: Connection) -> pl.DataFrame:
    """Offices that came of a merger or a split: NEWCOMERS; since: from when, made_at: from when it was known here."""
    query = (
        "SELECT new, MAX(since), MAX(made_at) FROM unit_changes WHERE joined > 1 OR (parts > 1 AND old <> new)"
        " GROUP BY new ORDER BY new"
    )
    return read_frame(connection, query, dict(NEWCOMERS))


def carrying_batches(connection: Connection) -> list[int]:
    """The numbers of the batches that carried figures to new codes, and so were known before they were received."""
    return list(connection.execute(select(col(UnitChange.change)).distinct()).scalars())
