"""Tables of text with row numbers, as every kind of file is read.

Nothing is guessed about the cells here. A file that cannot be read safely is a Refusal that names the
file and the cure, never what stands in a cell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from models.rules.intake.layout import Layout
from models.rules.intake.report_columns import ROW
from models.wording import Refusal
from tasks.files.sizes import MOST_COLUMNS

ROWS_A_PART = 500_000


@dataclass(frozen=True)
class Table:
    """A received file as text.

    columns: the header's cells as written, "" where one is empty. `parts()` yields frames with `row`
    (the number that people see) and one column of text, `column(place)`, for each header cell.
    elsewhere: what else the file holds, such as other sheets: where, and a frame of row and text.
    layout: what a spreadsheet tells beside its cells. above: lines that stand over the header, such as a title; over: what
    they say. sheet: the name of the sheet that it stands on, of a workbook. untouched: of a form that was filled in, how many of its rows
    stand as they were handed out, and are left out; None for any other table.
    """

    name: str
    columns: tuple[str, ...]
    read: Callable[[Schema], Iterator[pl.DataFrame]] = field(repr=False)
    elsewhere: tuple[tuple[str, pl.DataFrame], ...] = field(default=(), repr=False)
    layout: Layout = field(default_factory=Layout)
    above: int = 0
    over: tuple[str, ...] = field(default=(), repr=False)
    sheet: str = ""
    untouched: int | None = None

    def parts(self) -> Iterator[pl.DataFrame]:
        """The rows below the header, in order, as often as they are asked for."""
        return self.read({})

    def parts_as(self, kinds: Schema) -> Iterator[pl.DataFrame]:
        """The same, some columns read as numbers at once. NotSuch, perhaps in the midst, if a cell is none."""
        return self.read(kinds)


Schema = Mapping[str, pl.DataType]


def over_header(rows: Sequence[tuple[int, Sequence[str]]]) -> tuple[tuple[str, pl.DataFrame], ...]:
    """What stands over a header, number and cells of each line, to be looked through as what stands elsewhere."""
    cells = [(number, cell) for number, row in rows for cell in row if cell]
    frame = pl.DataFrame(cells, schema={ROW: pl.Int64, "text": pl.String}, orient="row")
    return (("", frame),) if cells else ()


class NotSuch(Exception):
    """A column does not hold what it was to be read as."""


def check_width(name: str, width: int) -> None:
    """Refusal for more columns than a report can have."""
    if width > MOST_COLUMNS:
        raise Refusal(
            f"{name} 有 {width} 列，超过 {MOST_COLUMNS} 列", f"{name} has {width} columns, more than {MOST_COLUMNS}"
        )


def numbered(frame: pl.DataFrame, before: int) -> pl.DataFrame:
    """The frame with its row numbers, `before` rows having come before it."""
    return frame.with_columns(
        pl.int_range(before + 1, before + 1 + frame.height, dtype=pl.Int64, eager=True).alias(ROW)
    )
