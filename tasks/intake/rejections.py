"""Refused rows (退回的行) as a CSV that an office mends in Excel and sends again, under PUCHA_HOME/rejections."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import polars as pl

from models.cells import harmless, unchanged
from models.rules.intake.report_columns import (
    REASON_EN,
    REASON_ZH,
    REFUSAL_COLUMNS,
    REFUSED_CODE,
    REFUSED_ROW,
    ROW,
    Columns,
    column,
)
from models.rules.intake.reports import reasons
from tasks.archive.drafts import whole
from tasks.files.received import shown_name
from tasks.files.tabular import Table

FOLDER = "rejections"
_LONGEST_STEM = 120
"""Bytes of a report's name that stay in the name of its refused rows; a disk takes 255, and more stands behind."""


def rejections_path(home: Path, file: Path, as_of: datetime, digest: str) -> Path:
    """Where the refused rows of a report are written; the same report always writes the same file."""
    stem = cut(Path(shown_name(file)).stem, _LONGEST_STEM)
    return home / FOLDER / f"{stem}-{as_of:%Y%m%dT%H%M}-{digest[:8]}.csv"


def cut(name: str, most: int) -> str:
    """As much of a name as fits into `most` bytes."""
    return name.encode("utf-8")[:most].decode("utf-8", "ignore")


def write_rejections(path: Path, table: Table, columns: Columns, faults: pl.DataFrame) -> None:
    """Write to `path` the refused rows as they were sent, then row number, code and every reason in both languages.

    UTF-8 with a byte order mark, so that Excel opens it. A cell that Excel would run as a formula, or write otherwise
    when it saves the file, is written as text; who filled in the table is left out. Refusal where the disk is full.
    """
    why = reasons(faults)
    kept = [
        place
        for place, title in enumerate(table.columns)
        if title and title not in REFUSAL_COLUMNS and place not in columns.reporters
    ]
    refused = pl.concat(part.join(why.select(ROW), on=ROW, how="semi") for part in table.parts())
    titled = pl.DataFrame({"title": [columns.titles[place] for place in kept]}, schema={"title": pl.String})
    headings = titled.select(harmless(pl.col("title"))).to_series()
    cells = [
        unchanged(harmless(pl.col(column(place)))).alias(heading) for place, heading in zip(kept, headings, strict=True)
    ]
    titles = {ROW: REFUSED_ROW, ":code": REFUSED_CODE, "zh": REASON_ZH, "en": REASON_EN}
    joined = refused.join(why, on=ROW, how="left").sort(ROW)
    code = unchanged(harmless(pl.col(column(columns.code)))).alias(":code")
    with whole(path) as temporary:
        joined.select(*cells, *(pl.col(n) if n != ":code" else code for n in titles)).rename(titles).write_csv(
            temporary, include_bom=True
        )
