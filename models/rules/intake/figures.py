"""Cells as figures (数值): what counts as a number, and why a row with something else is refused."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from models.cells import AROUND, tidy
from models.lawful import first_personal
from models.plan.exactness import margin_of
from models.plan.lists import Column
from models.plan.model import Indicator
from models.rules.intake.guard import refuse_respondents
from models.rules.intake.report_columns import ROW, Header, column
from models.rules.intake.report_units import FAULTS
from models.rules.intake.with_words import WITH_WORDS, Worded, read_worded
from models.written import whole_of

_THOUSANDS = r"^[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?$"
_IN_POWERS = r"^[+-]?[0-9.]+[Ee][+-]?[0-9]+$"
_HUNDREDTHS, _THOUSANDTHS = ("%$", 100.0), ("‰$", 1000.0)
YUAN = frozenset({"yuan", "元"})
_SIGNIFICANT = 15
"""Digits that a spreadsheet keeps of a number; 0.1 + 0.2 is 0.3 to whoever looks at it."""
_NOTHING = 1e-12
"""A spreadsheet makes -0.0000000000000000278 of 0.3 - 0.1 - 0.2; nobody reports so little."""
_SHORT = 1e10
"""A number below this has too few digits to be an ID number or a mobile number."""


@dataclass(frozen=True)
class Figures:
    """One column of some rows. values: null where nothing is given or the cell is refused. filled: which cells hold something.
    faults: row, zh, en. written: WITH_WORDS, those that were written with words or a unit."""

    values: pl.Series
    filled: pl.Series
    faults: list[pl.DataFrame]
    written: pl.DataFrame


_NONE_WRITTEN = pl.DataFrame(schema=WITH_WORDS)


def read_figures(
    part: pl.DataFrame, integers: pl.DataFrame, columns: Header, place: int, indicator: Indicator | Column
) -> Figures:
    """One column's figures. integers: the part's cells as whole numbers, null where one is something else."""
    text, title, whole = part[column(place)], columns.title(place), integers[column(place)]
    if whole.null_count() == text.null_count():
        return Figures(whole, whole.is_not_null(), _outside(part[ROW], whole, title, indicator), _NONE_WRITTEN)
    value = text.cast(pl.Float64, strict=False)
    is_plain = (value.abs() < _SHORT).fill_null(False) & ~text.str.contains("[eE]").fill_null(False)
    odd = (text.is_not_null() & ~is_plain).arg_true()
    rows = part[ROW].gather(odd)
    # of an amount in yuan no phone can be told: a province's 13 912 345 678 yuan look like one
    personal = first_personal(text.gather(odd), phones=indicator.unit not in YUAN)
    refuse_respondents(columns.file, rows, title, personal)
    tidied = tidy(text.gather(odd))
    plain, shares = _without_signs(tidied, indicator)
    grouped = plain.str.contains(_THOUSANDS).fill_null(False)
    bare = plain.to_frame("text").select(
        pl.when(grouped).then(pl.col("text").str.replace_all(",", "", literal=True)).otherwise("text")
    )
    read = bare.to_series().cast(pl.Float64, strict=False)
    usable = read.is_finite().fill_null(False) & ~plain.str.contains(_IN_POWERS).fill_null(False)
    read = read.to_frame("value").select(pl.when(usable).then("value")).to_series() * shares
    value = value.scatter(odd, read)
    filled = text.is_not_null().scatter(odd, plain.is_not_null())
    is_wrong = plain.is_not_null() & ~usable
    found = read_worded(
        rows,
        odd,
        tidied.to_frame("text").select(pl.when(is_wrong).then("text")).to_series(),
        Worded(title, indicator, _whole(indicator)),
    )
    value = _at_limits(value.scatter(found.places, found.values).round_sig_figs(_SIGNIFICANT), indicator)
    wrong = pl.DataFrame({ROW: rows, "text": plain}).filter(is_wrong & ~found.explained)
    faults = [_not_numbers(wrong, title), found.faults, *_outside(part[ROW], value, title, indicator)]
    return Figures(value, filled, faults, found.written)


def _without_signs(plain: pl.Series, indicator: Indicator | Column) -> tuple[pl.Series, pl.Series]:
    """The texts without % and ‰ where the indicator is a share, and what each number is to be multiplied by.

    A share has a unit of shares, or none and is not added up: 3.5% is 3.5 in per cent, 35 in ‰ and 0.035 without a unit.
    """
    times = pl.repeat(1.0, len(plain), dtype=pl.Float64, eager=True)
    whole = _whole(indicator)
    if whole is None:
        return plain, times
    for sign, parts in (_HUNDREDTHS, _THOUSANDTHS):
        signed = plain.str.contains(sign).fill_null(False).arg_true()
        times = times.scatter(signed, whole / parts)
        plain = plain.scatter(signed, plain.gather(signed).str.replace(sign, "").str.strip_chars(AROUND))
    return plain, times


def _whole(indicator: Indicator | Column) -> float | None:
    """How much all of a thing is in the indicator's unit; None where it is no share."""
    whole = whole_of(indicator.unit)
    is_added = isinstance(indicator, Column) or indicator.roll_up not in ("mean", "min", "max", "last")
    return 1.0 if whole is None and indicator.unit is None and not is_added else whole


def _not_numbers(wrong: pl.DataFrame, title: str) -> pl.DataFrame:
    """wrong: row, text. The text itself is not repeated; the reader has it in the row beside."""
    text = pl.col("text")
    return wrong.select(
        ROW,
        zh=pl.when(text.str.contains("[%‰]$"))
        .then(pl.lit(f"“{title}”带有百分号或千分号，请按指标单位只填数字"))
        .when(text.str.starts_with("#"))
        .then(pl.lit(f"“{title}”是公式的错误值，请改正公式或直接填数字"))
        .when(text.str.contains(_IN_POWERS))
        .then(pl.lit(f"“{title}”成了科学计数法，位数可能已丢失，请将该列设为数值格式、列宽放宽后重新导出"))
        .otherwise(pl.lit(f"“{title}”不是数，请只填数字；没有数据请留空")),
        en=pl.when(text.str.contains("[%‰]$"))
        .then(pl.lit(f"“{title}” has a percent sign; write a plain number"))
        .when(text.str.starts_with("#"))
        .then(pl.lit(f"“{title}” is a formula's error value; write a number"))
        .when(text.str.contains(_IN_POWERS))
        .then(pl.lit(f"“{title}” was turned into a power of ten and may have lost digits; write the number in full"))
        .otherwise(pl.lit(f"“{title}” is not a number; leave the cell empty if nothing is known")),
    )


def _at_limits(value: pl.Series, indicator: Indicator | Column) -> pl.Series:
    """What differs from a limit, or from nothing, by no more than a spreadsheet's arithmetic is that limit, or nothing."""
    found = pl.when(pl.col("value").abs() < _NOTHING).then(0.0).otherwise("value")
    for limit in (indicator.minimum, indicator.maximum):
        if limit is not None:
            found = pl.when((found - limit).abs() <= margin_of(limit)).then(limit).otherwise(found)
    return value.to_frame("value").select(found.alias("value")).to_series()


def _outside(rows: pl.Series, value: pl.Series, title: str, indicator: Indicator | Column) -> list[pl.DataFrame]:
    """min and max are inclusive."""
    faults = []
    ends = pl.select(least=value.min(), most=value.max()).row(0)
    if ends[0] is None:
        return []
    if indicator.minimum is not None and ends[0] < indicator.minimum:
        low = rows.filter(value < indicator.minimum)
        limit = f"{indicator.minimum:.15g}"
        faults.append(same_fault(low, f"“{title}”小于下限 {limit}", f"“{title}” is below its minimum {limit}"))
    if indicator.maximum is not None and ends[1] > indicator.maximum:
        high = rows.filter(value > indicator.maximum)
        limit = f"{indicator.maximum:.15g}"
        faults.append(same_fault(high, f"“{title}”大于上限 {limit}", f"“{title}” is above its maximum {limit}"))
    return faults


def same_fault(rows: pl.Series, zh: str, en: str) -> pl.DataFrame:
    """The same fault in each of `rows`."""
    return rows.to_frame(ROW).with_columns(zh=pl.lit(zh), en=pl.lit(en)).cast(FAULTS)
