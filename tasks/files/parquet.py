"""Parquet: unpacked by a process of its own, then read from the texts that it left."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from models.rules.intake.report_columns import column
from models.wording import Refusal
from tasks.files.children import ask
from tasks.files.encodings import not_a_table
from tasks.files.received import shown_name
from tasks.files.tabular import ROWS_A_PART, Schema, Table, check_width, numbered

SECONDS = 90
_BOMB = (
    "解压后过大，疑为异常文件，未予读取；确有这么多数据的请改用 CSV 上报",
    "unpacks to far more than a report can hold; it was not read",
)
_FAULTS = {
    "damaged": ("已损坏，请重新导出", "is damaged; export it again"),
    "bomb": _BOMB,
    "killed": _BOMB,
    "long": ("有单元格内容过长，请删减后再报", "has a cell that holds more than a report needs; shorten it"),
    "too_slow": ("读取超时，请改用 CSV 上报", "took too long to read; report it as CSV"),
}


def read_parquet(path: Path) -> Table:
    """A Parquet file, in parts. Refusal where it is damaged, nested, or stands for more than it can hold."""
    name = shown_name(path)
    answered = ask("tasks.files.parquet_child", path, SECONDS)
    fault = answered.about.get("fault")
    if fault == "nested":
        raise not_a_table(name)
    if fault == "wide":
        check_width(name, answered.about["width"])
    if fault is not None:
        zh, en = _FAULTS[fault]
        raise Refusal(f"{name} {zh}", f"{name} {en}")
    titles, height = answered.about["columns"], answered.about["height"]

    def parts(_: Schema) -> Iterator[pl.DataFrame]:
        scan = pl.scan_ipc(answered.path).rename({title: column(place) for place, title in enumerate(titles)})
        for begun in range(0, max(height, 1), ROWS_A_PART):
            yield numbered(scan.slice(begun, ROWS_A_PART).collect(), begun)

    return Table(name, tuple(titles), parts)
