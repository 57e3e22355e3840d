"""The latest figures of every district, kept under PUCHA_HOME/districts so that history need not be read again.

It can always be made again from the archive, and is, when it does not belong to the last report in the
database (after a crash or from a restored backup). A manifest is named after the report that it reflects and
says which file holds which city (the first four digits of a code). Read and written only inside the
transaction that takes in a report.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from sqlalchemy import Connection
from sqlmodel import col, select

from models.rules.intake.districts import CODE, empty_state, overlay
from models.tables import Batch
from models.wording import Refusal
from tasks.intake.archive import Archived, read_districts, whole, write_parquet, writing_files

FOLDER = "districts"
Write = Callable[..., None]
"""Takes a function that writes a file, and what it is to write."""
_TO_CITY, _TO_PROVINCE = 10**11, 10**13


@dataclass(frozen=True)
class DistrictState:
    """The state after the last report: which file holds which city."""

    home: Path
    files: Mapping[int, str]

    def read(self, cities: Iterable[int]) -> pl.DataFrame:
        """The districts of `cities` in code order: code, code:known, and each reported indicator."""
        wanted: dict[str, list[int]] = {}
        for city in cities:
            if city in self.files:
                wanted.setdefault(self.files[city], []).append(city)
        parts = [self._part(name, within) for name, within in wanted.items()]
        districts = pl.concat(parts, how="diagonal_relaxed") if parts else empty_state()
        return districts if districts[CODE].is_sorted() else districts.sort(CODE)

    def _part(self, name: str, cities: list[int]) -> pl.DataFrame:
        code = pl.col(CODE)
        within = code.is_between(min(cities) * _TO_CITY, (max(cities) + 1) * _TO_CITY, closed="left")
        try:
            scan = pl.scan_parquet(self.home / FOLDER / name, glob=False)
            return scan.filter(within, (code // _TO_CITY).is_in(cities)).collect()
        except (OSError, pl.exceptions.PolarsError):
            raise Refusal(
                f"PUCHA_HOME/{FOLDER}/{name} 已损坏，请删除 {FOLDER} 文件夹后重试（会自动从存档重建）",
                f"PUCHA_HOME/{FOLDER}/{name} is damaged; remove the folder {FOLDER} and try again (it is made again"
                " from the archive)",
            ) from None

    def with_part(self, report: str, province: int, districts: pl.DataFrame, write: Write) -> DistrictState:
        """The state with some whole cities of a province replaced."""
        name = f"{_stem(report)}-{province}.parquet"
        write(_write_part, self.home / FOLDER / name, districts)
        return DistrictState(self.home, {**self.files, **dict.fromkeys(cities_of(districts), name)})

    def save(self, report: str, write: Write) -> None:
        """Make this the state after `report`, once its parts are written."""
        manifest = json.dumps({str(city): name for city, name in sorted(self.files.items())})
        write(_write_manifest, self.home / FOLDER / f"{_stem(report)}.json", manifest)


def _write_part(path: Path, districts: pl.DataFrame) -> None:
    with whole(path) as temporary:
        write_parquet(districts, temporary)


def _write_manifest(path: Path, manifest: str) -> None:
    with whole(path) as temporary:
        temporary.write_text(manifest, encoding="ascii")


def _stem(report: str) -> str:
    return report.removesuffix(".parquet")


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


def open_state(connection: Connection, home: Path) -> DistrictState:
    """The state after the last report in the database, made again from the archive if there is none.

    Files of other states are removed. Refusal if the archive lacks a report that is needed.
    """
    last = select(Batch.archive).where(col(Batch.districts)).order_by(col(Batch.id).desc()).limit(1)
    report = connection.execute(last).scalar()
    if report is None:
        return DistrictState(home, {})
    state = _saved(home, report) or remake_state(connection, home, report)
    keep = {f"{_stem(report)}.json", *state.files.values()}
    for path in (home / FOLDER).iterdir():
        if path.name not in keep:
            path.unlink(missing_ok=True)
    return state


def _saved(home: Path, report: str) -> DistrictState | None:
    try:
        manifest = json.loads((home / FOLDER / f"{_stem(report)}.json").read_text("ascii"))
    except (OSError, ValueError):
        return None
    files = {int(city): name for city, name in manifest.items()}
    there = all((home / FOLDER / name).is_file() for name in set(files.values()))
    return DistrictState(home, files) if there else None


def remake_state(connection: Connection, home: Path, report: str) -> DistrictState:
    """Lay all archived reports over one another, oldest first."""
    districts = empty_state()
    for archived in archived_districts(connection):
        districts = overlay(districts, read_districts(home, archived, None, None), archived.as_of)
    state = DistrictState(home, {})
    with writing_files() as write:
        for province, part in by_province(districts):
            state = state.with_part(report, province, part, write)
        state.save(report, write)
    return state
