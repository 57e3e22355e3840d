"""Rows as a table that can be reported again as it stands: the plan's titles over cells as an office writes them.

What is computed is left out, since nobody reports it. A title that would be taken for something else, or that a
spreadsheet would run, gives way to the column's id.
"""

from __future__ import annotations

from datetime import tzinfo

import polars as pl

from models.cells import harmless, unchanged
from models.plan.lists import Column, Register
from models.rules.intake.cells import PARTED
from models.rules.intake.report_columns import CODE_TITLES, WITHDRAWN_TITLES, column_of, names_a_code
from models.rules.registers.frames import CODE
from models.rules.registers.keys import cell_text
from models.rules.registers.words import have_words, word_of
from models.text import one_line, title_key
from models.vocabulary import UNIT_ZH
from models.wording import Lang, Said

YES_NO = (Said("是", "yes"), Said("否", "no"))
_EXACT = 2**53
"""Up to here a number without a fraction is written as a whole one."""


def heading(column: Column, register: Register) -> str:
    """The title under which a column is reported; its id where the title means another, or a spreadsheet would run it."""
    title = one_line(column.title)
    is_plain = title[:1].isalnum() and not names_a_code(title) and title_key(title) not in WITHDRAWN_TITLES
    return title if is_plain and column_of(title, register) is column else column.id


def titled(column: Column, register: Register, lang: Lang) -> str:
    """The same for whoever reads it: with the unit behind the title, in English the column's id."""
    plain = heading(column, register)
    if lang == "en" or plain == column.id or not column.unit:
        return column.id if lang == "en" else plain
    with_unit = f"{plain}（{UNIT_ZH.get(column.unit, column.unit)}）"
    return with_unit if column_of(with_unit, register) is column else plain


def reportable(rows: pl.DataFrame, register: Register, zone: tzinfo) -> pl.DataFrame:
    """Rows under their headings: text, numbers, days, and moments of the plan's zone without one."""
    cells = [written_of(rows, column, register, zone).alias(heading(column, register)) for column in register.reported]
    return rows.select(pl.col(CODE).cast(pl.String).alias(CODE_TITLES[1]), *cells)


def written_of(rows: pl.DataFrame, column: Column, register: Register, zone: tzinfo, lang: Lang = "zh") -> pl.Expr:
    """The cells of a column of these rows, as an office writes them; of numbers of which some have words, all as texts."""
    if column.type == "number" and _has_words(rows, column):
        number = cell_text(register, column.id, zone)
        return pl.when(pl.col(column.id).is_not_null()).then(pl.coalesce(word_of(column.id), number))
    return written_cell(column, zone, lang)


def _has_words(rows: pl.DataFrame, column: Column) -> bool:
    return have_words(rows) and bool(rows.select(word_of(column.id).is_not_null().any()).item())


def written_cell(column: Column, zone: tzinfo, lang: Lang = "zh") -> pl.Expr:
    """A cell as an office writes it: values by their titles, in English by their ids."""
    own = pl.col(column.id)
    if column.type == "yes_no":
        yes, no = (one.in_language(lang) for one in YES_NO)
        return pl.when(own).then(pl.lit(yes)).when(~own).then(pl.lit(no))
    if column.type == "moment":
        return own.dt.convert_time_zone(str(zone)).dt.replace_time_zone(None)
    if column.type == "one_of":
        told = value_titles(column) if lang == "zh" else {}
        return own.list.eval(pl.element().replace(told)).list.join("、") if column.several else own.replace(told)
    return own


def value_titles(column: Column) -> dict[str, str]:
    """The title of each value that no other value has, that a spreadsheet leaves alone, and that is one word in a list."""
    titles = list(column.values.values())
    return {
        one: title
        for one, title in column.values.items()
        if title[:1].isalnum() and titles.count(title) == 1 and not (column.several and PARTED.search(title))
    }


def for_spreadsheets(table: pl.DataFrame) -> pl.DataFrame:
    """The table of a CSV that a spreadsheet neither runs nor changes: texts behind signs that the intake takes off again,
    moments without the T that a spreadsheet does not know."""
    return table.with_columns(_in_a_csv(table[name]) for name in table.columns)


def _in_a_csv(cells: pl.Series) -> pl.Series:
    cell = pl.col(cells.name)
    if cells.dtype == pl.String():
        return cells.to_frame().select(unchanged(harmless(cell)).alias(cells.name)).to_series()
    if cells.dtype == pl.Datetime("us"):
        to_the_minute = not (cells.dt.second() != 0).any()
        return cells.dt.to_string("%Y-%m-%d %H:%M" if to_the_minute else "%Y-%m-%d %H:%M:%S")
    if cells.dtype == pl.Float64() and ((cells.round(0) == cells) & (cells.abs() < _EXACT)).all():
        return cells.cast(pl.Int64)
    return cells
