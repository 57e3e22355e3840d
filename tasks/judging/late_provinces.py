"""Late provinces (迟报的省): those of which reports came in after periods that these speak of were settled."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import Connection
from sqlmodel import col, func, or_, select

from models.rules.judging.tree import below
from models.tables import Batch, Reading, ReadingColumns
from models.units import DIGITS
from tasks.campaign.store import Store

_MOST = 500
"""More late reports than this are looked into by nobody: everything is judged again."""


def late_provinces(
    connection: Connection, batch: int, until: int, known_at: int | None = None
) -> frozenset[str] | None:
    """The provinces of which reports with a number above `batch` speak of a time before `until`; None where it may be any.

    known_at: reports that were taken in later than that count as well. Rows of a register have no periods; figures drawn from
    them are of offices in the province of their codes, or in one that is joined with it (`apart_from_others`).
    """
    later = col(Batch.id) > batch
    if known_at is not None:
        later = or_(later, col(Batch.received_at) > known_at)
    query = select(col(Batch.id), col(Batch.register), col(Batch.areas)).where(later, col(Batch.as_of) < until)
    late = connection.execute(query.limit(_MOST + 1)).all()
    if len(late) > _MOST:
        return None
    found = defaultdict[int, set[str]](set)
    for row in late:
        if row.register:
            found[row.id] = {area[: DIGITS["province"]] for area in row.areas.split()}
    numbers = [row.id for row in late if not row.register]
    if numbers:
        province = func.substr(col(Reading.unit), 1, DIGITS["province"])
        rows = select(col(Reading.batch), province).where(col(Reading.batch).in_(numbers)).distinct()
        for number, of in connection.execute(rows).tuples():
            found[number].add(of)
        kept = select(col(ReadingColumns.province), col(ReadingColumns.first_batch), col(ReadingColumns.last_batch))
        for columns in connection.execute(kept.where(col(ReadingColumns.last_batch) >= min(numbers))):
            for number in numbers:
                # one between the two may lie there; to look would take longer than to judge that province again
                if columns.first_batch <= number <= columns.last_batch:
                    found[number].add(columns.province)
    if any(not found[row.id] for row in late):
        return None
    return frozenset().union(*found.values())


def apart_from_others(store: Store, provinces: Collection[str]) -> frozenset[str] | None:
    """These provinces and those joined with them, each of which can be judged by itself; None where some cannot.

    Whoever answers to another province is judged with that one, so those that are joined go together.
    """
    found = frozenset(one for province in provinces for one in store.provinces_with(province) or ())
    if not found:
        return found
    units = store.units(provinces=found)
    own = [below(units, province).height for province in found]
    return found if all(own) and sum(own) == units.height else None
