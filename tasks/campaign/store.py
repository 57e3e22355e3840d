"""The campaign's store: what is known, read as frames, and the database that it is read from. One read or write each."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

import polars as pl
from sqlalchemy import ColumnElement, Connection, Engine
from sqlmodel import col, select

from models.calendar.working_time import Calendar
from models.moments import micros
from models.plan.files import reread
from models.plan.model import Plan
from models.rules.judging.tree import ranges_of
from models.tables import Campaign, Exit, UnitRow
from models.units import LEVELS, NATION, UNIT_COLUMNS
from models.wording import Refusal
from tasks.campaign import database
from tasks.campaign.calendars import load_calendar
from tasks.campaign.frames import in_ranges, read_frame, read_texts
from tasks.campaign.kept_readings import every_reading, holding_readings, readings_until
from tasks.campaign.locks import (
    EVERYTHING,
    Joined,
    Writes,
    end_well,
    group_among,
    group_of,
    joined_for_writer,
)
from tasks.campaign.reading_columns import BEGINNING, KEPT, ORDER, Asked
from tasks.campaign.reading_states import reading_states
from tasks.campaign.secrets import Keeper, open_keeper
from tasks.campaign.settings import Settings
from tasks.campaign.trail_heads import WRITTEN, grown, keep_head
from tasks.campaign.written_figures import holding_written

_READING = ("indicator", "unit", "value", "reported", "expected", "as_of")
_NO_READINGS = pl.DataFrame(schema={name: KEPT[name] for name in _READING})
_DUTY = {"unit": pl.String, "requirement": pl.String, "period": pl.String}
_NO_DECISIONS = pl.DataFrame(schema={**_DUTY, "waived": pl.Boolean, "extended_to": pl.Int64})


@dataclass
class Inside:
    """The transaction of a writer that keeps loads out, and what of the campaign was read in it: no other writer changes that."""

    connection: Connection
    joined: Joined
    plan_is_read: bool = False
    calendar: Calendar | None = None
    offices: dict[frozenset[str] | None, tuple[frozenset[str], pl.DataFrame]] = field(default_factory=dict)
    """By provinces (None: all): the levels that were read of them, and their offices."""


@dataclass
class Store:
    """One campaign's database and the folder that belongs to it. Never held open while a message is sent.

    clock: the machine's, where whoever opened it gave it; acts keep it beside the moment that they are done for.
    """

    engine: Engine
    home: Path
    settings: Settings
    clock: Callable[[], datetime] | None = field(default=None, repr=False)
    keeps_heads: ClassVar[bool] = True
    """False for a copy, whose trail is nobody's."""
    unreadable: set[str] = field(default_factory=set, repr=False)
    """Provinces of which what holds could not be read: the next pass makes it anew."""
    _plan: tuple[int, Plan] | None = field(default=None, repr=False)
    _plan_digest: str = field(default="", repr=False)
    _inside: Inside | None = field(default=None, repr=False)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @cached_property
    def keeper(self) -> Keeper:
        key = self.settings.key
        return open_keeper(self.home, key.get_secret_value() if key else None)

    @property
    def archived_in(self) -> Store:
        """Whose database holds the archive, where one is kept in a database: its own."""
        return self

    def machine(self, moment: datetime) -> datetime:
        """The machine's clock; `moment` where the store was opened without one."""
        return moment if self.clock is None else self.clock().astimezone(moment.tzinfo)

    @contextmanager
    def writing(self, writes: Writes = EVERYTHING) -> Iterator[Connection]:
        """One transaction, rolled back if anything goes wrong inside; see `tasks.campaign.locks` for who waits for whom.

        Where it appended to the audit trail, the head that the trail has now is kept outside the database too.
        """
        with database.writing(self.engine, writes) as connection:
            connection.info.pop(WRITTEN, None)
            yield connection
            end_well(connection)
            now = grown(connection, self.home) if connection.info.pop(WRITTEN, None) and self.keeps_heads else None
        if now is not None:
            keep_head(self.home, now)

    def inside(self, connection: Connection) -> Store:
        """The same campaign read over the connection of a writer that keeps out whoever writes of what it reads.

        Plan, calendar and offices are read once there, and nothing over a connection of its own.
        """
        found = copy(self)
        found._inside = Inside(connection, joined_for_writer(connection))
        found.plan()
        self._plan, self._plan_digest = found._plan, found._plan_digest
        return found

    def reading(self) -> AbstractContextManager[Connection]:
        """A connection to read with, closed at once afterwards."""
        return database.reading(self.engine) if self._inside is None else nullcontext(self._inside.connection)

    @contextmanager
    def one_moment(self) -> Iterator[Connection]:
        """The same; all that is read over it is of one moment, whatever others write meanwhile."""
        with self.reading() as connection:
            if self._inside is None:
                database.snapshot(connection)
            yield connection

    def frame(self, query: str, schema: dict[str, Any], **values: Any) -> pl.DataFrame:
        """The answer to a query as `read_frame` gives it, over a connection of its own."""
        with self.reading() as connection:
            return read_frame(connection, query, schema, **values)

    def plan(self) -> Plan:
        """The plan in force. Refusal where nothing was loaded yet."""
        loaded = select(Campaign.loaded_at)
        if self._inside is not None:
            if self._inside.plan_is_read and self._plan is not None:
                return self._plan[1]
            self._inside.plan_is_read = True
        with self.reading() as connection:
            at = connection.execute(loaded).scalar()
            if at is not None and self._plan is not None and self._plan[0] == at:
                return self._plan[1]
            row = connection.execute(
                loaded.add_columns(col(Campaign.sources), col(Campaign.leaves), col(Campaign.proof))
            ).first()
        if row is None:
            raise Refusal(
                "本库还没有普查方案，请先执行 pucha load --plan 方案 --units 单位表",
                "this database holds no campaign yet; run pucha load --plan F --units F first",
            )
        sources = [(item["name"], item["text"]) for item in json.loads(row.sources)]
        self._plan = (row.loaded_at, reread(sources, json.loads(row.leaves), row.proof))
        self._plan_digest = sha256(f"{row.sources}\0{row.leaves}".encode()).hexdigest()
        return self._plan[1]

    @property
    def plan_digest(self) -> str:
        """The plan in force, as one word."""
        self.plan()
        return self._plan_digest

    @property
    def zone(self) -> tzinfo:
        """The zone of the plan as it was last read, without asking the database for each of a hundred thousand moments."""
        return (self.plan() if self._plan is None else self._plan[1]).zone

    def plan_loaded_at(self) -> int:
        """When the plan in force was loaded (microseconds): another moment, another plan."""
        self.plan()
        assert self._plan is not None
        return self._plan[0]

    def calendar(self) -> Calendar:
        """The working calendar of the plan in force, with what this office imported."""
        if self._inside is None:
            return load_calendar(self.plan().calendar, self.home)
        if self._inside.calendar is None:
            self._inside.calendar = load_calendar(self.plan().calendar, self.home)
        return self._inside.calendar

    def provinces_with(self, scope: str | None) -> list[str] | None:
        """The provinces of all who answer to `scope` and all whom it answers to; None, for every one, where it is the nation."""
        if scope is None or scope == NATION:
            return None
        if self._inside is not None:
            return group_among(self._inside.joined, scope[:2])
        with self.reading() as connection:
            return group_of(connection, scope[:2])

    def units(
        self,
        levels: Collection[str] | None = None,
        connection: Connection | None = None,
        provinces: Collection[str] | None = None,
    ) -> pl.DataFrame:
        """Offices as `UNIT_COLUMNS`, in code order; only those of `levels`, and of `provinces`, where given."""
        if self._inside is None:
            return self._offices(levels, connection, provinces)
        asked = None if provinces is None else frozenset(provinces)
        wanted = frozenset(LEVELS if levels is None else levels)
        known, found = self._inside.offices.get(asked, (frozenset(), pl.DataFrame()))
        if further := wanted - known:
            # whoever asks for no villages waits for none, and whoever asks for them afterwards for nothing else
            newly = self._offices(further if known or levels else None, self._inside.connection, provinces)
            found = pl.concat([found, newly]).sort("unit") if known else newly
            self._inside.offices[asked] = known | further, found
        return found if known <= wanted else found.filter(pl.col("level").is_in(sorted(wanted)))

    def _offices(
        self, levels: Collection[str] | None, connection: Connection | None, provinces: Collection[str] | None
    ) -> pl.DataFrame:
        here, values = in_ranges("code", ranges_of(provinces)), dict[str, Any]()
        if levels is not None:
            here, values = f"{here} AND level IN :levels", {"levels": sorted(levels)}
        query = f"SELECT code AS unit, name, level, superior, kind FROM units WHERE {here}"
        with self.reading() if connection is None else nullcontext(connection) as reader:
            return read_texts(reader, UNIT_COLUMNS, query, **values).sort("unit")

    def unit(self, code: str) -> tuple[str, str, str] | None:
        """(code, name, level) of one office, or None."""
        return self._office(col(UnitRow.code) == code)

    def superior(self, code: str) -> tuple[str, str, str] | None:
        """(code, name, level) of the office that `code` answers to on the business line, or None."""
        above = select(col(UnitRow.superior)).where(col(UnitRow.code) == code).scalar_subquery()
        return self._office(col(UnitRow.code) == above)

    def _office(self, which: ColumnElement[bool]) -> tuple[str, str, str] | None:
        with self.reading() as connection:
            row = connection.execute(select(UnitRow.code, UnitRow.name, UnitRow.level).where(which)).first()
        return (row.code, row.name, row.level) if row else None

    def further_superiors(self, connection: Connection | None = None) -> pl.DataFrame:
        """Superiors beside the primary one: unit, superior, line."""
        schema = {"unit": pl.String, "superior": pl.String, "line": pl.String}
        query = "SELECT code, superior, line FROM superiors ORDER BY code, superior, line"
        return self.frame(query, schema) if connection is None else read_frame(connection, query, schema)

    def contacts(self, provinces: Collection[str] | None = None) -> pl.DataFrame:
        """Who holds which role, each person once: unit, role, person, place (the order in the file), only_for (what they
        answer for, `models.plan.answerable`), seat. No channels."""
        schema = {
            "unit": pl.String,
            "role": pl.String,
            "person": pl.String,
            "place": pl.Int64,
            "only_for": pl.String,
            "seat": pl.Int64,
        }
        query = (
            f"SELECT unit, role, person, MIN(place), MIN(only_for), MIN(seat) FROM contacts WHERE {in_ranges('unit', ranges_of(provinces))}"
            " GROUP BY unit, role, person ORDER BY unit, role, 4"
        )
        return self.frame(query, schema)

    def exits(self) -> set[tuple[str, str]]:
        """Phase exits that a person signed: (unit, phase)."""
        with self.reading() as connection:
            return {(row.unit, row.phase) for row in connection.execute(select(Exit.unit, Exit.phase))}

    def readings(
        self,
        names: Collection[str],
        until: datetime,
        provinces: Collection[str] | None = None,
        units: Collection[str] | None = None,
    ) -> pl.DataFrame:
        """The reading that holds for each indicator and unit at `until`: the latest one not later than that.

        provinces, units: those that matter (None: all). Returns indicator, unit (both categorical), value, reported, expected, as_of,
        in order of indicator and unit.
        """
        if not names:
            return _NO_READINGS
        asked = Asked(names, until=micros(until), units=units, provinces=provinces)
        with self.one_moment() as connection:
            return holding_readings(connection, asked, self.unreadable).select(_READING)

    def reading_history(
        self,
        names: Collection[str],
        since: datetime | None,
        until: datetime,
        provinces: Collection[str] | None = None,
        units: Collection[str] | None = None,
        told: Callable[[pl.DataFrame, int], bool] | None = None,
    ) -> pl.DataFrame:
        """Every reading from `since` (the beginning for None) up to and including `until`.

        Columns as for `readings`, in order of indicator, unit and moment; of several for one moment the last holds. told: whether
        the readings so far are enough where all others are of the moment given or before it: of these some are left out then.
        """
        if not names:
            return _NO_READINGS
        asked = Asked(names, micros(since) if since else BEGINNING, micros(until), units, provinces)
        with self.one_moment() as connection:
            if told is not None:
                return readings_until(connection, asked, ORDER + _READING[2:5], told).select(_READING)
            return every_reading(connection, asked, ORDER + _READING[2:5]).select(_READING)

    def reading_states(self, until: datetime, provinces: Collection[str] | None = None) -> str | None:
        """What was reported of these provinces (None: of all) up to and including `until`, as one word, without reading any
        of it; None where that cannot be told."""
        with self.reading() as connection:
            return repr(reading_states(connection, micros(until), provinces))

    def written(
        self, names: Collection[str], until: datetime, provinces: Collection[str] | None = None
    ) -> pl.DataFrame:
        """How the readings of these indicators were written that have words or a unit, up to and including `until`: WRITTEN."""
        with self.reading() as connection:
            return holding_written(connection, Asked(names, until=micros(until), provinces=provinces))

    def decisions(self, provinces: Collection[str] | None = None) -> pl.DataFrame:
        """What people decided on duties: unit, requirement, period, waived, extended_to (the latest)."""
        schema = {**_DUTY, "kind": pl.String, "until": pl.Int64}
        rows = self.frame(
            "SELECT unit, requirement, period, kind, until FROM decisions WHERE kind IN ('waive', 'extend')"
            f" AND {in_ranges('unit', ranges_of(provinces))} ORDER BY id",
            schema,
        )
        if rows.is_empty():  # most provinces have none
            return _NO_DECISIONS
        return rows.group_by("unit", "requirement", "period", maintain_order=True).agg(
            waived=(pl.col("kind") == "waive").any(),
            extended_to=pl.col("until").filter(pl.col("kind") == "extend").last(),
        )


def open_store(settings: Settings, *, create: bool = False, clock: Callable[[], datetime] | None = None) -> Store:
    """Open the campaign's database; with `create` make it, or bring an older one up to date, first. clock: the machine's.

    Refusal where it cannot be reached, or is of another version than this program.
    """
    engine = database.open_database(settings.database, settings.home, create=create)
    return Store(engine, settings.home, settings, clock)
