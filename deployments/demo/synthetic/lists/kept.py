"""What rows of a list are made from, and how it is said of each whether a document has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl

from deployments.demo.synthetic.places import Place
from deployments.demo.synthetic.register import Ground

SYNTHETIC = "合成数据"
DOCUMENT = "文件所载"
"""What stands in the note of a row: drawn, or told by the place's document."""
IS_STREET = pl.col("code").str.slice(6, 1) == "0"


@dataclass(frozen=True)
class Topic:
    """What the rows of one list rest on.

    frame: the offices of one level, `code` and their figures, those that begin with "_" reported by nobody but through
    rows; ground: the districts below them.
    """

    place: Place
    topic: str
    frame: pl.DataFrame
    ground: Ground

    def on(self, days: int, topic: str | None = None) -> date:
        """A day so many days before a topic, or this one, was reported."""
        return datetime.fromisoformat(self.place.topics[topic or self.topic]).date() - timedelta(days=days)

    def each(self, column: str, values: Mapping[str, Mapping[str, object]]) -> pl.DataFrame:
        """Every office with one row a value, and the cells that go with it."""
        table = pl.DataFrame([{column: value, **cells} for value, cells in values.items()])
        return self.frame.select("code").join(table, how="cross")

    def one(self, **cells: object) -> pl.DataFrame:
        """Every office with one row of these cells."""
        return self.frame.select(
            "code", **{name: cell if isinstance(cell, pl.Expr) else pl.lit(cell) for name, cell in cells.items()}
        )


Rows = Callable[[Topic], pl.DataFrame]


def by_document(rows: Rows) -> Rows:
    """The same rows, said to stand in the place's document."""

    def noted(topic: Topic) -> pl.DataFrame:
        return rows(topic).with_columns(note=pl.lit(DOCUMENT))

    return noted
