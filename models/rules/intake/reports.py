"""A received table row by row: codes to units, texts to numbers, and why a row is refused.

Tables come as frames of text (`row`, then `column(place)` for each header cell). Codes are held as
whole numbers, which no division code loses anything by: none begins with a zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from models.plan.model import Indicator
from models.rules.intake.report_columns import ROW, Columns, column, refuse_respondents
from models.rules.intake.report_units import FAULTS, Known, resolve
from models.units import DIGITS, Level
from models.wording import Refusal

EVIDENCE = "evidence"
TAKEN_ROW, TAKEN_LEVEL = ":row", ":level"
"""Beside columns that are named like indicators; no indicator's id holds a colon."""

_WIDE, _PLAIN = list("０１２３４５６７８９．，－＋％"), list("0123456789.,-+%")
_BLANKS = " \t\r\n\u3000\u00a0\u200b\ufeff'’"
_THOUSANDS = r"^[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?$"
_SHOWN = 5
_SHORT = 1e10
"""A number below this has too few digits to be an ID number or a mobile number."""


@dataclass(frozen=True)
class Rows:
    """What was read of a table. taken: :row, code, :level, one column an indicator, evidence.

    `code` and `:level` are null where no unit could be found. faults: row, zh, en; a row may have several.
    """

    taken: pl.DataFrame
    faults: pl.DataFrame


def as_numbers(columns: Columns) -> dict[str, pl.DataType]:
    """The columns of a table that are whole numbers throughout when all its rows are districts, as large files are.

    Read as numbers at once they take half the time, and no number of that size holds respondents' data.
    """
    figures = {column(place): pl.Int32() for place, _ in columns.indicators}
    return {column(columns.code): pl.Int64(), **figures}


def are_districts(part: pl.DataFrame, columns: Columns) -> bool:
    """True for a part read `as_numbers` in which every code is a district's."""
    code, digits = part[column(columns.code)], DIGITS["district"]
    if code.dtype != pl.Int64 or code.null_count():
        return False
    return bool(code.is_between(10 ** (digits - 1), 10**digits, closed="left").all())


def read_part(part: pl.DataFrame, columns: Columns, known: Known, unvalued: pl.DataFrame) -> Rows:
    """Read some rows of a table, in text or, where `are_districts`, as numbers.

    Refusal if they hold respondents' data: then the whole file is refused.

    unvalued: row, place, cell of formulas without a result.
    """
    faults = [_formulas(part, columns, unvalued)]
    part = _without_blank(part, columns)
    _look_through(part, columns)
    values: dict[str, pl.Series] = {}
    filled: dict[str, pl.Series] = {}
    whole = part.select(pl.col(column(place)).cast(pl.Int32, strict=False) for place, _ in columns.indicators)
    for place, indicator in columns.indicators:
        value, is_filled, wrong = _numbers(part, whole, columns, place, indicator)
        values[indicator.id], filled[indicator.id] = value, is_filled
        faults += wrong
    codes, digits, wrong_shape = _codes(part, columns)
    units, unknown = _units(rows=part[ROW], codes=codes, digits=digits, filled=filled, columns=columns, known=known)
    taken = units.rename({ROW: TAKEN_ROW, "level": TAKEN_LEVEL}).with_columns(
        value.alias(name) for name, value in values.items()
    )
    if columns.evidence is not None:
        text = part[column(columns.evidence)].str.strip_chars()
        taken = taken.with_columns(text.replace("", None).alias(EVIDENCE))
    return Rows(taken, pl.concat([*faults, wrong_shape, *unknown]))


def gather(parts: Sequence[Rows]) -> Rows:
    """All parts of a table together: one row a code, in code order, and every reason why others were refused."""
    taken = pl.concat((part.taken for part in parts), how="vertical_relaxed")
    if not taken["code"].is_sorted():
        taken = taken.sort("code", nulls_last=False)
    code = pl.col("code")
    twice = taken.filter((code == code.shift(1)) | (code == code.shift(-1)))
    faults = pl.concat(part.faults for part in parts)
    if twice.height:
        first = pl.col(TAKEN_ROW).sort().head(_SHOWN).cast(pl.String)
        others = twice.group_by("code").agg(zh=first.str.join("、"), en=first.str.join(", "))
        listed = twice.join(others, on="code").select(
            pl.col(TAKEN_ROW).alias(ROW),
            zh=pl.format("同一单位在本文件中出现多次（第 {} 行），请只留一行", "zh"),
            en=pl.format("the unit stands in this file more than once (rows {}); keep one row", "en"),
        )
        faults = pl.concat([faults, listed])
    if faults.height:
        taken = taken.join(
            faults.select(pl.col(ROW).unique()), left_on=TAKEN_ROW, right_on=ROW, how="anti", maintain_order="left"
        )
    return Rows(taken, faults)


def reasons(faults: pl.DataFrame) -> pl.DataFrame:
    """One row for each refused row: row, zh, en with every reason, in row order."""
    joined = (
        pl.col("zh").unique(maintain_order=True).str.join("；"),
        pl.col("en").unique(maintain_order=True).str.join("; "),
    )
    return faults.group_by(ROW).agg(*joined).sort(ROW)


def _without_blank(part: pl.DataFrame, columns: Columns) -> pl.DataFrame:
    """Leave out rows in which nothing stands."""
    code = part[column(columns.code)]
    if code.null_count() == 0:
        return part
    cells = pl.exclude(ROW)
    return part.filter(~pl.all_horizontal(cells.is_null() | (cells.str.strip_chars(_BLANKS) == "")))


def _look_through(part: pl.DataFrame, columns: Columns) -> None:
    """Refuse respondents' data in the cells that are not numbers; `_numbers` and `_codes` see to theirs."""
    for place in (*columns.others, *columns.unnamed, *([] if columns.evidence is None else [columns.evidence])):
        refuse_respondents(columns.file, part[column(place)], part[ROW], columns.title(place))
    for place in columns.unnamed:
        found = part.filter(pl.col(column(place)).str.strip_chars(_BLANKS) != "")
        if found.height:
            row = found[ROW][0]
            raise Refusal(
                f"{columns.file} 第 {row} 行第 {place + 1} 列有内容，但该列没有列名；请补上列名或删除该列",
                f"{columns.file}, row {row}: column {place + 1} holds something but has no title; name it or remove it",
            )


def _formulas(part: pl.DataFrame, columns: Columns, unvalued: pl.DataFrame) -> pl.DataFrame:
    used = [columns.code, *(place for place, _ in columns.indicators)]
    found = unvalued.filter(pl.col("place").is_in(used)).join(part.select(ROW), on=ROW, how="semi")
    return found.select(
        ROW,
        zh=pl.format("{} 单元格的公式没有计算结果，请用 Excel 或 WPS 打开、保存后再报", "cell"),
        en=pl.format(
            "the formula in {} has no result; open the file in Excel or WPS, save it and report again", "cell"
        ),
    )


def _tidy(text: pl.Series) -> pl.Series:
    """Cells without blanks and text marks around them, full-width figures made plain; null where nothing is left."""
    plain = text.str.replace_many(_WIDE, _PLAIN).str.strip_chars(_BLANKS)
    plain = plain.str.replace(r'^="(.*)"$', "$1").str.strip_chars(_BLANKS)
    return plain.replace("", None)


def _numbers(
    part: pl.DataFrame, integers: pl.DataFrame, columns: Columns, place: int, indicator: Indicator
) -> tuple[pl.Series, pl.Series, list[pl.DataFrame]]:
    """One column's values (null: not reported or refused), which cells were filled, and the faults in it.

    integers: the part's cells as whole numbers, null where one is something else.
    """
    text, title, whole = part[column(place)], columns.title(place), integers[column(place)]
    if whole.null_count() == text.null_count():
        return whole, whole.is_not_null(), _outside(part[ROW], whole, title, indicator)
    value = text.cast(pl.Float64, strict=False)
    odd = (text.is_not_null() & ~(value.abs() < _SHORT).fill_null(False)).arg_true()
    rows = part[ROW].gather(odd)
    refuse_respondents(columns.file, text.gather(odd), rows, title)
    plain = _tidy(text.gather(odd))
    grouped = plain.str.contains(_THOUSANDS).fill_null(False)
    bare = plain.to_frame("text").select(
        pl.when(grouped).then(pl.col("text").str.replace_all(",", "", literal=True)).otherwise("text")
    )
    read = bare.to_series().cast(pl.Float64, strict=False)
    usable = read.is_finite().fill_null(False)
    read = read.to_frame("value").select(pl.when(usable).then("value")).to_series()
    value = value.scatter(odd, read)
    filled = text.is_not_null().scatter(odd, plain.is_not_null())
    wrong = pl.DataFrame({ROW: rows, "text": plain}).filter(plain.is_not_null() & ~usable)
    return value, filled, [_not_numbers(wrong, title), *_outside(part[ROW], value, title, indicator)]


def _not_numbers(wrong: pl.DataFrame, title: str) -> pl.DataFrame:
    """wrong: row, text. The text itself is not repeated; the reader has it in the row beside."""
    text = pl.col("text")
    return wrong.select(
        ROW,
        zh=pl.when(text.str.contains("[%‰]$"))
        .then(pl.lit(f"“{title}”带有百分号或千分号，请按指标单位只填数字"))
        .when(text.str.starts_with("#"))
        .then(pl.lit(f"“{title}”是公式的错误值，请改正公式或直接填数字"))
        .otherwise(pl.lit(f"“{title}”不是数，请只填数字；没有数据请留空")),
        en=pl.when(text.str.contains("[%‰]$"))
        .then(pl.lit(f"“{title}” has a percent sign; write a plain number"))
        .when(text.str.starts_with("#"))
        .then(pl.lit(f"“{title}” is a formula's error value; write a number"))
        .otherwise(pl.lit(f"“{title}” is not a number; leave the cell empty if nothing is known")),
    )


def _outside(rows: pl.Series, value: pl.Series, title: str, indicator: Indicator) -> list[pl.DataFrame]:
    """min and max are inclusive."""
    faults = []
    ends = pl.select(least=value.min(), most=value.max()).row(0)
    if ends[0] is None:
        return []
    if indicator.minimum is not None and ends[0] < indicator.minimum:
        low = rows.filter(value < indicator.minimum)
        limit = f"{indicator.minimum:.15g}"
        faults.append(_same(low, f"“{title}”小于下限 {limit}", f"“{title}” is below its minimum {limit}"))
    if indicator.maximum is not None and ends[1] > indicator.maximum:
        high = rows.filter(value > indicator.maximum)
        limit = f"{indicator.maximum:.15g}"
        faults.append(_same(high, f"“{title}”大于上限 {limit}", f"“{title}” is above its maximum {limit}"))
    return faults


def _same(rows: pl.Series, zh: str, en: str) -> pl.DataFrame:
    """The same fault in each of `rows`."""
    return rows.to_frame(ROW).with_columns(zh=pl.lit(zh), en=pl.lit(en)).cast(FAULTS)


def _codes(part: pl.DataFrame, columns: Columns) -> tuple[pl.Series, pl.Series, pl.DataFrame]:
    """The codes as numbers (null where it is none), their digits, and the faults of those that are none."""
    text = part[column(columns.code)]
    if text.dtype == pl.Int64:
        return text, pl.repeat(DIGITS["district"], part.height, dtype=pl.Int64, eager=True), pl.DataFrame(schema=FAULTS)
    number, digits = text.cast(pl.Int64, strict=False), text.str.len_bytes().cast(pl.Int64)
    odd = (~_has_shape(number, digits)).arg_true()
    rows = part[ROW].gather(odd)
    refuse_respondents(columns.file, text.gather(odd), rows, columns.title(columns.code))
    plain = _tidy(text.gather(odd)).str.replace(r"\.0+$", "")
    read, length = plain.cast(pl.Int64, strict=False), plain.str.len_bytes().cast(pl.Int64)
    good = _has_shape(read, length)
    number = number.scatter(odd, read.to_frame("code").select(pl.when(good).then("code")).to_series())
    bad = pl.DataFrame({ROW: rows, "text": plain}).filter(~good)
    in_powers = pl.col("text").str.contains(r"^[0-9.]+[Ee]\+?[0-9]+$")
    faults = bad.select(
        ROW,
        zh=pl.when(pl.col("text").is_null())
        .then(pl.lit("缺少区划代码"))
        .when(in_powers)
        .then(pl.lit("区划代码成了科学计数法，位数已丢失，请将该列设为文本后重新导出"))
        .otherwise(pl.lit("区划代码应为 2、4、6、9、12 或 15 位数字")),
        en=pl.when(pl.col("text").is_null())
        .then(pl.lit("the code is missing"))
        .when(in_powers)
        .then(pl.lit("the code was turned into a power of ten and has lost digits; make the column text"))
        .otherwise(pl.lit("a code has 2, 4, 6, 9, 12 or 15 digits")),
    )
    return number, digits.scatter(odd, length), faults


def _has_shape(number: pl.Series, digits: pl.Series) -> pl.Series:
    """True for a whole number without sign or leading zero that has as many digits as a code."""
    long_enough = pl.lit(False)
    for count in DIGITS.values():
        fits = (pl.col("digits") == count) & (pl.col("number") >= 10 ** (count - 1)) & (pl.col("number") < 10**count)
        long_enough = long_enough | fits
    return pl.select(number=number, digits=digits).select(long_enough.fill_null(False)).to_series()


def _units(
    rows: pl.Series, codes: pl.Series, digits: pl.Series, filled: dict[str, pl.Series], columns: Columns, known: Known
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """row, code and level of the unit of each row, both null where there is none; and the faults."""
    titles: dict[Level, list[str]] = {}
    cells: dict[Level, list[pl.Series]] = {}
    for place, indicator in columns.indicators:
        titles.setdefault(indicator.level, []).append(columns.title(place))
        cells.setdefault(indicator.level, []).append(filled[indicator.id])
    frame = pl.DataFrame({ROW: rows, "code": codes, "digits": digits})
    frame = frame.with_columns(_any(series).alias(level) for level, series in cells.items())
    return resolve(frame, {level: _listed(names) for level, names in titles.items()}, known)


def _any(series: Iterable[pl.Series]) -> pl.Series:
    first, *others = series
    for other in others:
        first = first | other
    return first


def _listed(titles: Sequence[str]) -> str:
    shown = "、".join(titles[:3])
    return f"{shown}等" if len(titles) > 3 else shown
