"""Districts as a register: their latest figures, and what they were, out of the archive."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import PurePath

import polars as pl
from sqlalchemy import Connection
from sqlmodel import col, select

from models.plan.lists import DISTRICTS
from models.rules.registers.districts import empty_state, overlay
from models.rules.registers.frames import CODE
from models.rules.registers.kept_files import KeptFiles
from models.tables import Batch
from tasks.archive.place import STATES, Archive
from tasks.registers.archived import archived_districts, read_districts

_TO_CITY, _TO_PROVINCE = 10**11, 10**13


class HeldDistricts:
    """How districts are held: as `models.rules.registers.districts` says."""

    id = DISTRICTS

    def none(self) -> pl.DataFrame:
        return empty_state()

    def area(self) -> pl.Expr:
        return (pl.col(CODE) // _TO_CITY).cast(pl.String)

    def areas_in(self, rows: pl.DataFrame) -> list[str]:
        return cities_of(rows)

    def within(self, areas: Collection[str]) -> pl.Expr:
        cities, code = sorted(int(area) for area in areas), pl.col(CODE)
        inside = code.is_between(cities[0] * _TO_CITY, (cities[-1] + 1) * _TO_CITY, closed="left")
        return inside & (code // _TO_CITY).is_in(cities)

    def read(self, archive: Archive, files: KeptFiles, columns: Collection[str]) -> pl.DataFrame:
        (base,) = files.bases  # nothing is kept as changes of it
        scan = pl.scan_parquet(archive.path_of(base), glob=False).filter(self.within(files.areas))
        return (scan.select(columns) if columns else scan).collect()

    def in_order(self, parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
        districts = pl.concat(parts, how="diagonal_relaxed")
        return districts if districts[CODE].is_sorted() else districts.sort(CODE)

    def made_again(self, connection: Connection, archive: Archive, province: str, but: int | None) -> pl.DataFrame:
        return districts_until(connection, archive, province, None, but)

    def files_before(
        self, connection: Connection, archive: Archive, province: str, _but: int | None
    ) -> Mapping[str, str] | None:
        """Up to version 0005 a manifest beside the files said it, for all provinces as of one report.

        It holds for a province until a report speaks of it.
        """
        spoken = [one.batch for one in archived_districts(connection) if one.may_speak_of(province)]
        if not spoken:
            return {}
        for name in archive.names(STATES):
            if not name.endswith(".json"):
                continue
            report = PurePath(name).with_suffix(".parquet").name
            batch = connection.execute(select(col(Batch.id)).where(col(Batch.archive) == report)).scalar()
            if batch is not None and batch >= max(spoken):
                files = json.loads(archive.path_of(name).read_text("ascii"))
                return {city: f"{STATES}/{file}" for city, file in files.items() if city.startswith(province)}
        return None


def districts_until(
    connection: Connection, archive: Archive, province: str, until: int | None, but: int | None = None
) -> pl.DataFrame:
    """The districts of a province after all reports up to `until` (None: all), without the one whose number is `but`."""
    state = empty_state()
    for archived in archived_districts(connection):
        late = until is not None and archived.as_of > until
        if not late and archived.batch != but and archived.may_speak_of(province):
            state = overlay(state, read_districts(archive, archived, province=int(province)), archived.as_of)
    return state


def cities_of(districts: pl.DataFrame) -> list[str]:
    """The cities that districts lie in, by their four digits."""
    cities = districts.select((pl.col(CODE) // _TO_CITY).rle().struct.field("value").unique().sort())
    return cities.to_series().cast(pl.String).to_list()


def by_province(districts: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    """Districts in code order, province by province, without copying them."""
    provinces = districts.select((pl.col(CODE) // _TO_PROVINCE).rle()).unnest(CODE)
    start = 0
    for length, province in provinces.iter_rows():
        yield str(province), districts.slice(start, length)
        start += length
