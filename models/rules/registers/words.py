"""Numbers with their words in rows (原样的数): kept in one cell of the row, WORDS, a line each, `column<tab>2900余`.

What a row's condition, or a figure drawn from rows, makes of them is found by trying the ends of all that they allow.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import product
from math import inf

import polars as pl

from models.plan.lists import Column, Register
from models.rules.registers.frames import WORDS
from models.vocabulary import UNIT_ZH
from models.written import Written, allowed_said, read_written

WITHOUT_LIMIT = 1e15
"""Stands for a number that may be as large as it likes: no list has as much, and sums of it can be told from others."""
_MOST_COLUMNS = 5
"""So many columns with words in one condition are tried in all their combinations; of further ones all ends at once."""
_BESIDE = 1e-9
"""Of an end that is none of the values: by so much beside it the nearest value is tried."""


def words_of(rows: pl.Series, written: Sequence[pl.DataFrame]) -> pl.Series:
    """WORDS of rows, by their numbers. written: row, indicator (the column), written of each number that has words."""
    found = pl.concat(written).select("row", "indicator", "written") if written else pl.DataFrame()
    if found.is_empty():
        return pl.Series(WORDS, [None], dtype=pl.String).new_from_index(0, len(rows))
    lines = found.with_columns(line=pl.concat_str("indicator", pl.lit("\t"), "written")).sort("row", "indicator")
    texts = lines.group_by("row", maintain_order=True).agg(pl.col("line").str.join("\n").alias(WORDS))
    laid = rows.to_frame("row").cast({"row": pl.Int64}).join(texts, on="row", how="left", maintain_order="left")
    return laid[WORDS]


def word_of(column: str) -> pl.Expr:
    """How a column's number was written in each row; null where it was given plainly."""
    return pl.col(WORDS).str.extract(rf"(?m)^{column}\t(.*)$", 1)


def in_words(text: str | None) -> dict[str, str]:
    """WORDS of one row: by column how its number was written."""
    return dict(line.split("\t", 1) for line in text.split("\n")) if text else {}


def laid_words(old: str | None, new: str | None, given: Collection[str], gone: Collection[str]) -> str | None:
    """WORDS of a row after a report. given: the columns whose numbers it replaces; gone: those that it empties."""
    kept = {name: text for name, text in in_words(old).items() if name not in given and name not in gone}
    kept |= {name: text for name, text in in_words(new).items() if name in given}
    return "\n".join(f"{name}\t{kept[name]}" for name in sorted(kept)) or None


def said_words(rows: pl.DataFrame, column: Column) -> tuple[pl.Expr, pl.Expr]:
    """How a column's numbers were written, with what each allows, in Chinese and in English; null where they are plain."""
    zh, en = dict[str, str](), dict[str, str]()
    for text in rows.select(word_of(column.id)).to_series().drop_nulls().unique() if have_words(rows) else ():
        one = read_written(text, column.unit)
        zh[text], en[text] = f"“{text}”", f"“{text}”"
        if isinstance(one, Written) and not one.is_exact:
            said = allowed_said(one.least, one.most, one.above, one.below)
            zh[text] += f"（即{said.zh}{UNIT_ZH.get(column.unit or '', column.unit or '')}）"
            en[text] += f" ({said.en})"
    if not zh:
        return pl.lit(None, pl.String), pl.lit(None, pl.String)
    both = (word_of(column.id).replace_strict(one, default=None, return_dtype=pl.String) for one in (zh, en))
    return next(both), next(both)


def have_words(rows: pl.DataFrame) -> bool:
    return WORDS in rows.columns and rows[WORDS].null_count() < rows.height


def tried(rows: pl.DataFrame, register: Register, asked: Collection[str], *, beside: bool) -> Iterator[pl.DataFrame]:
    """Rows with the ends of what their numbers with words allow, one combination after another, and between them.

    asked: the columns that matter, computed ones by what they are made of. beside: whether an end that is none of the values
    is tried beside itself.
    """
    behind = _behind(register, asked)
    allowed = {name: values for name, values in _allowed(rows, register, beside=beside).items() if values}
    names = sorted(behind.intersection(allowed))
    apart = names[:_MOST_COLUMNS]
    for choice in product(range(3), repeat=len(apart)):
        chosen = {name: choice[apart.index(name)] if name in apart else choice[-1] for name in names}
        yield rows.with_columns(_replaced(name, allowed[name], end) for name, end in chosen.items())


def _behind(register: Register, asked: Collection[str]) -> set[str]:
    """Columns, and those that the computed ones among them are made of."""
    found, left = set[str](), list(asked)
    while left:
        column = register.columns.get(left.pop())
        if column is not None and column.id not in found:
            found.add(column.id)
            left += column.computed.names if column.computed else ()
    return found


def _allowed(
    rows: pl.DataFrame, register: Register, *, beside: bool
) -> dict[str, dict[str, tuple[float, float, float]]]:
    """By column and text the least, a value between, and the most that it allows; texts of one value are left out."""
    found: dict[str, dict[str, tuple[float, float, float]]] = {}
    for column in (one for one in register.reported if one.type == "number"):
        texts = rows.select(word_of(column.id)).to_series().drop_nulls().unique()
        values = {text: read_written(text, column.unit) for text in texts}
        found[column.id] = {
            text: _ends(kept, beside=beside)
            for text, one in values.items()
            if isinstance(one, Written) and not one.is_exact
            if (kept := one.within(column.minimum, column.maximum)) is not None
        }
    return found


def _ends(one: Written, *, beside: bool) -> tuple[float, float, float]:
    low = -WITHOUT_LIMIT if one.least == -inf else one.least
    high = WITHOUT_LIMIT if one.most == inf else one.most
    if beside and one.above:
        low += max(abs(low), 1.0) * _BESIDE
    if beside and one.below:
        high -= max(abs(high), 1.0) * _BESIDE
    return low, min(max(one.value, low), high), high


def _replaced(name: str, ends: Mapping[str, tuple[float, float, float]], end: int) -> pl.Expr:
    values = {text: three[end] for text, three in ends.items()}
    there = word_of(name).replace_strict(values, default=None, return_dtype=pl.Float64)
    return pl.when(pl.col(name).is_not_null()).then(pl.coalesce(there, name)).alias(name)
