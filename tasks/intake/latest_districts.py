"""The latest figures of every district, kept as files beside the archive so that history need not be read again.

Which file holds which city (the first four digits of a code) stands in the database, a row a province, written in the
transaction that takes in a report: so a reader sees one moment, a crash leaves nothing half visible, and provinces are
taken in side by side. A file that is missing or damaged is made again from the archived reports of its province. Read
and written only inside a transaction that takes in a report of the province.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath

import polars as pl
from sqlalchemy import Connection, delete, insert
from sqlmodel import col, select

from models.rules.intake.districts import CODE, empty_state, overlay
from models.tables import Batch, DistrictState
from tasks.archive.drafts import Write, whole
from tasks.archive.place import STATES, Archive
from tasks.intake.archive import Archived, read_districts, write_parquet

LOG = logging.getLogger(__name__)
_TO_CITY, _TO_PROVINCE = 10**11, 10**13


@dataclass(frozen=True)
class Overlaid:
    """The state of a province with a report in it: which file holds which city, which are new, which nobody needs now."""

    province: int
    files: Mapping[int, str]
    new: str
    overtaken: frozenset[str]


@dataclass(frozen=True)
class ProvinceState:
    """The state of a province before a report.

    districts: of the cities asked for, in code order: code, code:known, each reported indicator. remade: all districts of
    the province, where the state had to be made again and no file holds any of it.
    """

    province: int
    districts: pl.DataFrame
    files: Mapping[int, str]
    remade: pl.DataFrame | None = None

    def replaced(self, archive: Archive, report: str, districts: pl.DataFrame, write: Write) -> Overlaid:
        """The state with those cities replaced, written through `write` as one more file. report: the file's name."""
        if self.remade is not None:
            others = self.remade.filter(~(pl.col(CODE) // _TO_CITY).is_in(cities_of(districts)))
            districts = pl.concat([others, districts], how="diagonal_relaxed").sort(CODE)
        name = state_name(report, self.province)
        write(_write_part, archive.draft(name), districts)
        files = {**self.files, **dict.fromkeys(cities_of(districts), name)}
        return Overlaid(self.province, files, name, frozenset(self.files.values()) - set(files.values()))


def state_name(report: str, province: int) -> str:
    """The file of what a report, by its own file's name, makes of a province."""
    return f"{STATES}/{PurePath(report).stem}-{province}.parquet"


def open_state(connection: Connection, archive: Archive, province: int, cities: Collection[int]) -> ProvinceState:
    """The state of some cities of a province as the database says, or made again where no file can be had.

    Refusal if the archive lacks a report that is needed for that.
    """
    kept = select(col(DistrictState.files)).where(col(DistrictState.province) == province)
    row = connection.execute(kept).scalar()
    files = _files(row) if row is not None else _of_older_version(connection, archive, province)
    for _ in range(2):  # what this machine kept may be damaged where the archive is not
        try:
            if files is not None:
                return ProvinceState(province, _read(archive, files, cities), files)
        except (OSError, pl.exceptions.PolarsError):
            LOG.warning("the latest districts of province %s cannot be read", province)
            for name in set(files.values()) if files else ():
                archive.read_again(name)
    remade = _made_again(connection, archive, province)
    wanted = remade.filter((pl.col(CODE) // _TO_CITY).is_in(list(cities)))
    return ProvinceState(province, wanted, {}, remade)


def save_state(connection: Connection, overlaid: Overlaid, batch: int) -> None:
    """Let the database say so, in the transaction that takes the report in."""
    files = json.dumps({str(city): name for city, name in sorted(overlaid.files.items())})
    connection.execute(delete(DistrictState).where(col(DistrictState.province) == overlaid.province))
    connection.execute(insert(DistrictState).values(province=overlaid.province, batch=batch, files=files))


def _files(text: str) -> dict[int, str]:
    return {int(city): name for city, name in json.loads(text).items()}


def _read(archive: Archive, files: Mapping[int, str], cities: Iterable[int]) -> pl.DataFrame:
    wanted: dict[str, list[int]] = {}
    for city in cities:
        if city in files:
            wanted.setdefault(files[city], []).append(city)
    parts = [_part(archive.path_of(name), within) for name, within in wanted.items()]
    districts = pl.concat(parts, how="diagonal_relaxed") if parts else empty_state()
    return districts if districts[CODE].is_sorted() else districts.sort(CODE)


def _part(file: Path, cities: list[int]) -> pl.DataFrame:
    code = pl.col(CODE)
    within = code.is_between(min(cities) * _TO_CITY, (max(cities) + 1) * _TO_CITY, closed="left")
    return pl.scan_parquet(file, glob=False).filter(within, (code // _TO_CITY).is_in(cities)).collect()


def _write_part(draft: Path, districts: pl.DataFrame) -> None:
    with whole(draft) as temporary:
        write_parquet(districts, temporary)


def _of_older_version(connection: Connection, archive: Archive, province: int) -> dict[int, str] | None:
    """Up to version 0005 a manifest beside the files said it, for all provinces as of one report.

    It holds for a province until a report speaks of it. None where there is no such manifest; the state is made again.
    """
    spoken = [one.batch for one in archived_districts(connection) if one.may_speak_of(str(province))]
    if not spoken:
        return {}
    for name in archive.names(STATES):
        if not name.endswith(".json"):
            continue
        report = PurePath(name).with_suffix(".parquet").name
        batch = connection.execute(select(col(Batch.id)).where(col(Batch.archive) == report)).scalar()
        if batch is not None and batch >= max(spoken):
            files = _files(archive.path_of(name).read_text("ascii"))
            return {city: f"{STATES}/{file}" for city, file in files.items() if city // 100 == province}
    return None


def cities_of(districts: pl.DataFrame) -> list[int]:
    """The cities that districts lie in, as numbers of four digits."""
    return districts.select(pl.col(CODE) // _TO_CITY).to_series().unique().sort().to_list()


def by_province(districts: pl.DataFrame) -> Iterator[tuple[int, pl.DataFrame]]:
    """Districts in code order, province by province, without copying them."""
    provinces = districts.select((pl.col(CODE) // _TO_PROVINCE).rle()).unnest(CODE)
    start = 0
    for length, province in provinces.iter_rows():
        yield province, districts.slice(start, length)
        start += length


def archived_districts(connection: Connection, after: int | None = None) -> list[Archived]:
    """The reports of districts in the archive, those as of later than `after` if given, in the order in which they hold."""
    query = select(Batch.id, Batch.as_of, Batch.archive).where(col(Batch.districts))
    if after is not None:
        query = query.where(col(Batch.as_of) > after)
    rows = connection.execute(query.order_by(col(Batch.as_of), col(Batch.id)))
    return [Archived(row.id, row.as_of, row.archive) for row in rows]


def _made_again(connection: Connection, archive: Archive, province: int) -> pl.DataFrame:
    """Lay all archived reports of a province over one another, oldest first."""
    districts = empty_state()
    for archived in archived_districts(connection):
        if archived.may_speak_of(str(province)):
            districts = overlay(districts, read_districts(archive, archived, province=province), archived.as_of)
    return districts
