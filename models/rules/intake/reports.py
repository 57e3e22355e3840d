"""A received table row by row: codes to units, texts to numbers, and why a row is refused.

Tables come as frames of text (`row`, then `column(place)` for each header cell). Codes are held as
whole numbers, which no division code loses anything by: none begins with a zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from models.cells import AROUND, cleaned, tidy
from models.lawful import first_personal
from models.personal import is_signed
from models.rules.intake.answers import read_answers
from models.rules.intake.figures import read_figures, same_fault
from models.rules.intake.guard import refuse_respondents
from models.rules.intake.report_columns import ROW, Columns, column
from models.rules.intake.report_units import FAULTS, TO_TOWNSHIP, Known, resolve
from models.units import DIGITS, Level
from models.wording import Refusal

EVIDENCE = "evidence"
TAKEN_ROW, TAKEN_LEVEL, _FIRST = ":row", ":level", ":first"
"""Beside columns that are named like indicators; no indicator's id holds a colon."""

_TOTAL = r"(?i)^(?:[合总小共累]\s*计|(?:grand\s+|sub)?total)\s*[:：]?$"
_SHOWN = 5
MOST_FAULTS = 300_000
"""Of a file whose rows are refused one by one; each is kept with its reason in two languages, a kilobyte and more."""
LONGEST_EVIDENCE = 500
"""Characters of an evidence cell: a reference, no report."""


@dataclass(frozen=True)
class Rows:
    """What was read of a table. taken: :row, code, :level, one column an indicator, evidence.

    `code` and `:level` are null where no unit could be found. faults: row, zh, en; a row may have several. passed: rows
    that are none of a unit's and were read past, such as a total or a signature.
    """

    taken: pl.DataFrame
    faults: pl.DataFrame
    passed: int = 0


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
    part, passed = _of_units(part, columns)
    _look_through(part, columns, known)
    values: dict[str, pl.Series] = {}
    filled: dict[str, pl.Series] = {}
    whole = part.select(pl.col(column(place)).cast(pl.Int32, strict=False) for place, _ in columns.indicators)
    for place, indicator in columns.indicators:
        if indicator.answers:
            value, is_filled, wrong = read_answers(part, columns, place)
        else:
            value, is_filled, wrong = read_figures(part, whole, columns, place, indicator)
        values[indicator.id], filled[indicator.id] = value, is_filled
        faults += wrong
    faults += _more_than_whole(part[ROW], columns, values)
    codes, digits, wrong_shape = _codes(part, columns, known)
    _no_old_id_numbers(part, columns, codes, known)
    units, unknown = _units(rows=part[ROW], codes=codes, digits=digits, filled=filled, columns=columns, known=known)
    taken = units.rename({ROW: TAKEN_ROW, "level": TAKEN_LEVEL}).with_columns(
        value.alias(name) for name, value in values.items()
    )
    if columns.evidence is not None:
        text = cleaned(part[column(columns.evidence)].str.strip_chars(AROUND))
        taken = taken.with_columns(text.alias(EVIDENCE))
        faults.append(_too_long(part[ROW], text, columns.title(columns.evidence)))
    return Rows(taken, pl.concat([*faults, wrong_shape, *unknown]), passed)


def gather(file: str, parts: Iterable[Rows]) -> Rows:
    """All parts of a table together: one row a code, in code order, and every reason why others were refused.

    Refusal of the whole file for more than MOST_FAULTS of them, before they fill the memory: it is of another table.
    """
    read, passed, faulty = [], 0, 0
    for part in parts:
        faulty += part.faults.height
        _refuse_faulty(file, faulty)
        read.append(part)
        passed += part.passed
    taken = pl.concat((part.taken for part in read), how="vertical_relaxed")
    if not taken["code"].is_sorted():
        taken = taken.sort("code", nulls_last=False)
    code = pl.col("code")
    twice = taken.filter((code == code.shift(1)) | (code == code.shift(-1)))
    faults = pl.concat(part.faults for part in read)
    _refuse_faulty(file, faulty + twice.height)
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
    return Rows(taken, faults, passed)


def _refuse_faulty(file: str, faults: int) -> None:
    if faults > MOST_FAULTS:
        raise Refusal(
            f"{file} 中有误的行超过 {MOST_FAULTS} 处，整份退回：请核对是否报错了表、区划代码一列是否正确，再重新上报",
            f"{file} has more than {MOST_FAULTS} faults and is refused whole: see whether it is the right table and"
            " its column of codes the right one",
        )


def reasons(faults: pl.DataFrame) -> pl.DataFrame:
    """One row for each refused row: row, zh, en with every reason, in row order."""
    joined = (
        pl.col("zh").unique(maintain_order=True).str.join("；"),
        pl.col("en").unique(maintain_order=True).str.join("; "),
    )
    return faults.group_by(ROW).agg(*joined).sort(ROW)


def _of_units(part: pl.DataFrame, columns: Columns) -> tuple[pl.DataFrame, int]:
    """Leave out rows in which nothing stands, totals (合计), and those with which it is signed
    (填报人：张三　电话：…); and how many rows of the last two kinds there are.

    A signature is of the office's own staff: a phone in it is none of a respondent's, an ID number is.
    """
    code = part[column(columns.code)]
    if code.dtype == pl.Int64 or code.str.contains("^[0-9]+$").fill_null(False).all():
        return part, 0
    cells = [pl.col(name).str.strip_chars(AROUND).replace("", None) for name in part.columns if name != ROW]
    filled = part.with_columns(pl.coalesce(cells).alias(_FIRST)).filter(pl.col(_FIRST).is_not_null())
    is_signature = filled[_FIRST].str.contains("[:：]") & filled[_FIRST].map_elements(is_signed, pl.Boolean)
    signatures = filled.filter(is_signature)
    for place, title in enumerate(columns.titles):
        texts = signatures[column(place)]
        refuse_respondents(columns.file, signatures[ROW], title, first_personal(texts, phones=False))
    bare = pl.col(column(columns.code)).str.strip_chars(AROUND)
    is_total = filled.select(
        (pl.col(_FIRST).str.contains(_TOTAL) & (bare.is_null() | (bare == "") | bare.str.contains(_TOTAL))).fill_null(
            False
        )
    ).to_series()
    totals = filled.filter(is_total)
    figures = {place for place, _ in columns.indicators}
    for place, title in enumerate(columns.titles):
        # a sum may have as many digits as a phone
        found = first_personal(totals[column(place)], phones=place not in figures)
        refuse_respondents(columns.file, totals[ROW], title, found)
    passed = signatures.height + totals.height
    return filled.filter(~(is_signature | is_total)).drop(_FIRST), passed


def _look_through(part: pl.DataFrame, columns: Columns, known: Known) -> None:
    """Refuse respondents' data in the cells that are not numbers; `read_figures` and `_codes` see to theirs."""
    townships = known.townships
    for place in (*columns.others, *columns.unnamed, *([] if columns.evidence is None else [columns.evidence])):
        texts = part[column(place)]
        found = first_personal(texts, townships=townships)
        refuse_respondents(columns.file, part[ROW], columns.title(place), found)
    for place in columns.reporters:
        texts = part[column(place)]
        refuse_respondents(columns.file, part[ROW], columns.title(place), first_personal(texts, phones=False))
    for place in columns.unnamed:
        stray = part.filter(pl.col(column(place)).str.strip_chars(AROUND) != "")
        if stray.height:
            row = stray[ROW][0]
            raise Refusal(
                f"{columns.file} 第 {row} 行第 {place + 1} 列有内容，但该列没有列名；请补上列名或删除该列",
                f"{columns.file}, row {row}: column {place + 1} holds something but has no title; name it or remove it",
            )


def _no_old_id_numbers(part: pl.DataFrame, columns: Columns, codes: pl.Series, known: Known) -> None:
    """Refuse a code of 15 digits that is an ID number of old: it lies in no township that is known."""
    text = part[column(columns.code)]
    if text.dtype == pl.Int64:
        return
    stray = (codes >= 10 ** (DIGITS["district"] - 1)) & ~(codes // TO_TOWNSHIP).is_in(known.townships.implode())
    where = stray.fill_null(False).arg_true()
    texts = text.gather(where)
    rows = part[ROW].gather(where)
    refuse_respondents(columns.file, rows, columns.title(columns.code), first_personal(texts))


def _more_than_whole(rows: pl.Series, columns: Columns, values: Mapping[str, pl.Series]) -> list[pl.DataFrame]:
    """Rows in which more errors were found than there was to check."""
    named = dict(columns.indicators)
    faults = []
    for part, whole in columns.parts:
        errors, checked = columns.title(part), columns.title(whole)
        above = (values[named[part].id] > values[named[whole].id]).fill_null(False)
        faults.append(
            same_fault(
                rows.filter(above),
                f"“{errors}”多于“{checked}”，差错不会多于被查数，请核对这两列",
                f"“{errors}” is more than “{checked}”, in which the errors were found; check the two columns",
            )
        )
    return faults


def _too_long(rows: pl.Series, text: pl.Series, title: str) -> pl.DataFrame:
    long = rows.filter((text.str.len_chars() > LONGEST_EVIDENCE).fill_null(False))
    return same_fault(
        long,
        f"“{title}”超过 {LONGEST_EVIDENCE} 字，请只写文号或链接",
        f"“{title}” is longer than {LONGEST_EVIDENCE} characters; give a reference only",
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


def _codes(part: pl.DataFrame, columns: Columns, known: Known) -> tuple[pl.Series, pl.Series, pl.DataFrame]:
    """The codes as numbers (null where it is none), their digits, and the faults of those that are none."""
    text = part[column(columns.code)]
    if text.dtype == pl.Int64:
        return text, pl.repeat(DIGITS["district"], part.height, dtype=pl.Int64, eager=True), pl.DataFrame(schema=FAULTS)
    number, digits = text.cast(pl.Int64, strict=False), text.str.len_bytes().cast(pl.Int64)
    odd = (~_has_shape(number, digits)).arg_true()
    rows = part[ROW].gather(odd)
    found = first_personal(text.gather(odd), townships=known.townships)
    refuse_respondents(columns.file, rows, columns.title(columns.code), found)
    plain = tidy(text.gather(odd)).str.replace(r"\.0+$", "")
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
