"""Reports of districts as rows, for what a table of figures alone does not say: that one was withdrawn, and other columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

import polars as pl
from worlds.campaign import Campaign, at
from worlds.registers import reported

from models.moments import micros
from models.plan.lists import DISTRICTS, Column, Register
from models.rules.registers.frames import CODE, EMPTIED, WITHDRAWN
from models.tables import Batch
from tasks.archive.address import open_archive
from tasks.archive.drafts import writing_files
from tasks.archive.place import REPORTS
from tasks.audit_trail.tied_readings import READING
from tasks.campaign.frames import add_row
from tasks.campaign.locks import of_offices
from tasks.intake.district_readings import take_districts
from tasks.intake.intake import known_offices
from tasks.intake.needs import Needs
from tasks.intake.readings import add_readings
from tasks.registers.archived import archive_name, shared_prefix, write_report
from tasks.registers.states import save_states

FIGURES = ("enumerators", "buildings", "smallest", "largest", "average")
REGISTER = Register(
    id=DISTRICTS,
    title="普查小区",
    kept_by=("township",),
    rows_at=("district",),
    key=("code",),
    columns={
        **{name: Column(name, name, "number") for name in FIGURES},
        "artefact": Column("artefact", "图件", "one_of", values={"courtyard": "院落图", "section": "剖面图"}),
        "surveyed": Column("surveyed", "测绘日期", "date"),
    },
    built_in=True,
)


def take_district_rows(campaign: Campaign, rows: Sequence[Mapping[str, Any]], as_of: str) -> int:
    """Let rows of districts come in. Returns the number of the report."""
    told = as_told(reported(REGISTER, [dict(row) for row in rows]))
    moment, store = micros(at(as_of)), campaign.store
    name = archive_name(moment, shared_prefix(told["code"]), sha256(repr((rows, as_of)).encode()).hexdigest())
    archive, report = open_archive(store), f"{REPORTS}/{name}"
    with store.writing(of_offices(told["code"].cast(pl.String))) as connection:
        with writing_files() as write:
            write(write_report, archive.draft(report), told, {})
            readings, overlaid = take_districts(
                connection=connection,
                archive=archive,
                needs=Needs.of(store.plan(), known_offices(connection).villages),
                rows=told,
                as_of=moment,
                report=name,
                write=write,
            )
        batch = add_row(
            connection,
            Batch,
            digest=name.split("_")[2],
            file_name="districts.csv",
            as_of=moment,
            author="甲县人普办",
            received_at=micros(at("2020-08-20T09:00")),
            accepted=told.height,
            rejected=0,
            archive=name,
            districts=True,
        )
        held = pl.concat(readings).cast({"unit": pl.String}).with_columns(evidence=pl.lit(None, pl.String))
        add_readings(connection, held.select(READING.names()), batch)
        for file in (report, *(one.new for one in overlaid)):
            archive.put(connection, file, archive.draft(file))
        for one in overlaid:
            save_states(connection, [one], batch)
    return batch


def as_told(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of a report (`report_schema`, without nil returns) as those of districts: columns that give nothing are left out."""
    names = [column.id for column in REGISTER.reported if rows[column.id].null_count() < rows.height]
    told = rows.select(pl.col(CODE).cast(pl.Int64), *names, pl.col(WITHDRAWN).fill_null(False), EMPTIED).sort(CODE)
    told = told if told[WITHDRAWN].any() else told.drop(WITHDRAWN)
    return told if told[EMPTIED].count() else told.drop(EMPTIED)
