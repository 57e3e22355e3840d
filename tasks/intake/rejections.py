"""Refused rows (退回的行) as a CSV that an office mends in Excel and sends again, under PUCHA_HOME/rejections."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import polars as pl

from models.cells import harmless, unchanged
from models.rules.intake.gathering import reasons
from models.rules.intake.report_columns import (
    REASON_EN,
    REASON_ZH,
    REFUSAL_COLUMNS,
    REFUSED_CODE,
    REFUSED_KEY,
    REFUSED_ROW,
    ROW,
    Header,
    column,
)
from tasks.archive.drafts import whole
from tasks.files.received import shown_name
from tasks.files.tabular import Table

FOLDER = "rejections"
REFUSALS = pl.Schema({ROW: pl.Int64(), "key": pl.String(), "zh": pl.String(), "en": pl.String()})
"""A refused row: its number in the file, its key (of figures: its code), and every reason."""
_LONGEST_STEM = 120
"""Bytes of a report's name that stay in the name of its refused rows; a disk takes 255, and more stands behind."""


def rejections_path(home: Path, file: Path, as_of: datetime, digest: str, register: str = "") -> Path:
    """Where the refused rows of a table are written; the same report always writes the same file."""
    stem = cut(Path(shown_name(file)).stem, _LONGEST_STEM)
    of_register = f"-{register}" if register else ""
    return home / FOLDER / f"{stem}-{as_of:%Y%m%dT%H%M}-{digest[:8]}{of_register}.csv"


def cut(name: str, most: int) -> str:
    """As much of a name as fits into `most` bytes."""
    return name.encode("utf-8")[:most].decode("utf-8", "ignore")


def refusals_of(faults: pl.DataFrame, refused: pl.DataFrame) -> pl.DataFrame:
    """Every refused row with its key and its reasons: REFUSALS. refused: `row`, `key` of those whose key is known."""
    named = reasons(faults).join(refused, on=ROW, how="left").with_columns(pl.col("key").fill_null(""))
    return named.select(REFUSALS.names()).sort(ROW)


def write_rejections(path: Path, table: Table, columns: Header, refusals: pl.DataFrame, keyed: bool = False) -> None:
    """Write to `path` the refused rows as they were sent, then row number, code and every reason in both languages.

    refusals: REFUSALS. keyed: whether the row's key stands beside the code. UTF-8 with a byte order mark, so that Excel opens
    it. A cell that Excel would run as a formula, or write otherwise when it saves the file, is written as text; who filled
    in the table is left out. Refusal where the disk is full.
    """
    kept = [
        place
        for place, title in enumerate(table.columns)
        if title and title not in REFUSAL_COLUMNS and place not in columns.reporters
    ]
    refused = pl.concat(part.join(refusals.select(ROW), on=ROW, how="semi") for part in table.parts())
    titled = pl.DataFrame({"title": [columns.titles[place] for place in kept]}, schema={"title": pl.String})
    headings = titled.select(harmless(pl.col("title"))).to_series()
    cells = [
        unchanged(harmless(pl.col(column(place)))).alias(heading) for place, heading in zip(kept, headings, strict=True)
    ]
    joined = refused.join(refusals, on=ROW, how="left").sort(ROW)
    beside = [
        pl.col(ROW).alias(REFUSED_ROW),
        unchanged(harmless(pl.col(column(columns.code)))).alias(REFUSED_CODE),
        *([unchanged(harmless(pl.col("key"))).alias(REFUSED_KEY)] if keyed else []),
        pl.col("zh").alias(REASON_ZH),
        pl.col("en").alias(REASON_EN),
    ]
    with whole(path) as temporary:
        joined.select(*cells, *beside).write_csv(temporary, include_bom=True)


def read_rejections(path: Path) -> pl.DataFrame:
    """The refusals that a file of refused rows tells: REFUSALS; none where somebody took the file away or changed it."""
    try:
        rows = pl.read_csv(path, infer_schema=False, encoding="utf8")
    except (OSError, pl.exceptions.PolarsError):
        return pl.DataFrame(schema=REFUSALS)
    named = REFUSED_KEY if REFUSED_KEY in rows.columns else REFUSED_CODE
    titles = {ROW: REFUSED_ROW, "key": named, "zh": REASON_ZH, "en": REASON_EN}
    if not set(titles.values()) <= set(rows.columns):
        return pl.DataFrame(schema=REFUSALS)
    bare = [pl.col(title).fill_null("").str.strip_chars("\t").alias(name) for name, title in titles.items()]
    return rows.select(bare).with_columns(pl.col(ROW).cast(pl.Int64, strict=False))
