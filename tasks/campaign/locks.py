"""Locks (占用): which writers of one campaign keep each other out, on PostgreSQL. SQLite has one writer at a time anyway.

Three kinds of key, always taken in this order, so that no two writers wait for each other. `offices`: shared by whoever
writes of some provinces, exclusive for whoever writes of all. A province's own: provinces that superiors join are one
group, under the lowest of their codes. `ledger`: the rows of delivery and the end of the audit trail; senders hold it
for the moment of a lease or a record, a pass only while it ends, so that no sender waits for any judging.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, text

from models.units import NATION

_CAMPAIGN = 0x70756368
""""puch": the first of the two numbers of every key."""
_OFFICES, _LEDGER, _NUMBERS = 1, 2, 3
_PROVINCES = 100
"""A province's key is this and the two digits of its code."""
LONGEST_WAIT = 300
"""Seconds that a writer waits for another: more than any pass takes, and an end where its holder hangs."""
_KEEPALIVES = (
    "set_config('tcp_keepalives_idle', '15', true), set_config('tcp_keepalives_interval', '5', true),"
    " set_config('tcp_keepalives_count', '3', true)"
)
"""After so many seconds the server ends a transaction whose machine is gone, and its locks with it."""
_LOCK, _SHARED = "pg_advisory_xact_lock", "pg_advisory_xact_lock_shared"
_ACROSS = (
    "SELECT substr(code, 1, 2) AS one, substr(superior, 1, 2) AS other FROM units"
    " WHERE substr(code, 1, 2) <> substr(superior, 1, 2)"
    " UNION ALL SELECT substr(code, 1, 2), substr(superior, 1, 2) FROM superiors"
    " WHERE substr(code, 1, 2) <> substr(superior, 1, 2)"
)
_HELD, _LAST_ACTS, _JOINED = "ledger held", "last acts", "joined provinces"
Joined = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Writes:
    """What a transaction writes. provinces: the two digits that the codes of its offices begin with; None for all.

    ledger: rows of delivery, or others of which no province is the keeper.
    """

    provinces: frozenset[str] | None = frozenset()
    ledger: bool = False

    @property
    def of_offices(self) -> bool:
        return self.provinces is None or bool(self.provinces)


EVERYTHING = Writes(provinces=None, ledger=True)
ALL_OFFICES = Writes(provinces=None)
LEDGER = Writes(ledger=True)


def of_offices(codes: Iterable[str]) -> Writes:
    """Whoever writes of these offices alone; of the nation itself or of none: of all."""
    provinces = frozenset(code[:2] for code in codes)
    return ALL_OFFICES if NATION in provinces or not provinces else Writes(provinces)


def take_locks(connection: Connection, writes: Writes, wait: int) -> None:
    """Wait for whoever may not write at the same time, at most `wait` seconds; the locks end with the transaction."""
    connection.info.clear()  # what another transaction left there, on a connection of the pool
    if connection.dialect.name != "postgresql":
        return
    begun = f"SELECT set_config('lock_timeout', '{wait}s', true), {_KEEPALIVES}"
    if writes.of_offices:
        # from left to right: it is for so long already that it waits here
        begun += f", {_LOCK if writes.provinces is None else _SHARED}({_CAMPAIGN}, {_OFFICES})"
    connection.exec_driver_sql(begun)
    if writes.provinces:
        # asked while no load can be under way, which is what changes it
        joined = connection.info[_JOINED] = _joined(connection)
        for group in sorted({group_among(joined, province)[0] for province in writes.provinces}):
            _lock(connection, _LOCK, _PROVINCES + int(group))
    if writes.ledger:
        hold_ledger(connection)


def joined_for_writer(connection: Connection) -> Joined:
    """The provinces of which an office of the one answers to an office of the other, as a writer of some of them knows
    them: no load can be under way while it writes."""
    known: Joined | None = connection.info.get(_JOINED)
    return _joined(connection) if known is None else known


def _joined(connection: Connection) -> Joined:
    return tuple((row.one, row.other) for row in connection.execute(text(_ACROSS)))


def group_of(connection: Connection, province: str) -> list[str]:
    """The provinces whose offices answer to one another, this one among them, in order: 659001 answers to 65 and 66."""
    return group_among(_joined(connection), province)


def group_among(joined: Joined, province: str) -> list[str]:
    """The same by pairs of provinces that are known already."""
    group = {province}
    while more := {end for pair in joined if group.intersection(pair) for end in pair} - group:
        group |= more
    return sorted(group)


def holds_ledger(connection: Connection) -> bool:
    """Whether nobody else appends to the ledger or the trail until this transaction is over."""
    return connection.dialect.name != "postgresql" or bool(connection.info.get(_HELD))


def hold_ledger(connection: Connection) -> None:
    """Wait for the ledger; then do what was put off until it is held."""
    if connection.dialect.name == "postgresql" and not connection.info.get(_HELD):
        _lock(connection, _LOCK, _LEDGER)
        connection.info[_HELD] = True
    acts: dict[str, Callable[[Connection], None]] = connection.info.setdefault(_LAST_ACTS, {})
    while acts:
        acts.pop(next(iter(acts)))(connection)


def at_last(connection: Connection, name: str, act: Callable[[Connection], None]) -> None:
    """Put something off until the transaction ends and holds the ledger; what has a name already is done once."""
    connection.info.setdefault(_LAST_ACTS, {}).setdefault(name, act)


def is_anything_put_off(connection: Connection) -> bool:
    """Whether something is left to do when this transaction ends."""
    return bool(connection.info.get(_LAST_ACTS))


def no_more(connection: Connection, name: str) -> None:
    """What was put off under this name is done now."""
    connection.info.get(_LAST_ACTS, {}).pop(name, None)


def end_well(connection: Connection) -> None:
    """What is left to do before a commit; nothing where the transaction was rolled back."""
    if connection.info.get(_LAST_ACTS) and connection.in_transaction():
        hold_ledger(connection)


def number_block(connection: Connection, table: str, count: int) -> int:
    """The first of `count` numbers in a row of a table's own sequence, which nobody else gets, kept or not."""
    row = connection.execute(
        text(
            f"SELECT pg_advisory_lock(:campaign, :numbers), setval(pg_get_serial_sequence('{table}', 'id'),"
            f" GREATEST(nextval(pg_get_serial_sequence('{table}', 'id')), (SELECT COALESCE(MAX(id), 0) + 1 FROM {table}))"
            " + :more) AS last, pg_advisory_unlock(:campaign, :numbers)"
        ),
        {"campaign": _CAMPAIGN, "numbers": _NUMBERS, "more": count - 1},
    ).one()
    return int(row.last) - count + 1


def _lock(connection: Connection, how: str, key: int) -> None:
    connection.execute(text(f"SELECT {how}(:campaign, :key)"), {"campaign": _CAMPAIGN, "key": key})
