"""Cells that say which unit a row is about (区划代码): a code, however it is spelled, or the name of a unit in its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from models.cells import AROUND, tidy
from models.lawful import first_personal
from models.rules.intake.former_codes import BY_FORMER, codes_of_now, no_part_stays
from models.rules.intake.guard import refuse_respondents
from models.rules.intake.report_columns import ROW, Header, column
from models.rules.intake.report_units import FAULTS, TO_TOWNSHIP, Known
from models.unit_names import UnitNames, common_area, several, unknown
from models.units import DIGITS, Level

BY_NAME = pl.Schema({ROW: pl.Int64, "code": pl.Int64, "name": pl.String})
"""Rows that were read by the name of their unit."""
_PLACED = pl.Schema({"place": pl.UInt32, ROW: pl.Int64, "code": pl.Int64, "name": pl.String})
_MOST_NEAR = 20
"""Unknown names for which the likely ones are looked up; whoever names more has another list of units."""
_HAS_A_WORD = r"\p{Han}|\p{L}{2}"


@dataclass(frozen=True)
class Called:
    """What the names in a table are read by. sender: the code of the office that reports, "" where that is not known."""

    names: UnitNames
    sender: str = ""


@dataclass(frozen=True)
class Codes:
    """codes: as numbers, null where there is none; digits: how many each has. faults: of those that are none.

    by_name: BY_NAME. worded: whether a cell holds words that may be the name of a unit. by_former: BY_FORMER.
    """

    codes: pl.Series
    digits: pl.Series
    faults: pl.DataFrame
    by_name: pl.DataFrame
    worded: bool = False
    by_former: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=BY_FORMER))


def read_codes(
    part: pl.DataFrame,
    columns: Header,
    known: Known,
    filled: Mapping[Level, pl.Series],
    called: Called | None,
    stays: Callable[[str, str], bool] = no_part_stays,
) -> Codes:
    """The codes of some rows. called: None leaves names unread, and `worded` says whether there are any.

    filled: for each level whether a row fills a figure that is reported there. A code of before divisions were changed is read
    as that of now; stays: as of `codes_of_now`. Refusal if a cell holds respondents' data.
    """
    read = _as_given(part, columns, known, filled, called)
    now = codes_of_now(part[ROW], read.codes, read.digits, known, known.former, stays=stays)
    faults = pl.concat([read.faults, now.faults])
    return replace(read, codes=now.codes, digits=now.digits, faults=faults, by_former=now.by_former)


def _as_given(
    part: pl.DataFrame, columns: Header, known: Known, filled: Mapping[Level, pl.Series], called: Called | None
) -> Codes:
    text = part[column(columns.code)]
    nobody = pl.DataFrame(schema=BY_NAME)
    if text.dtype == pl.Int64:
        digits = pl.repeat(DIGITS["district"], part.height, dtype=pl.Int64, eager=True)
        return Codes(text, digits, pl.DataFrame(schema=FAULTS), nobody)
    number, digits = text.cast(pl.Int64, strict=False), text.str.len_bytes().cast(pl.Int64)
    odd = (~has_shape(number, digits)).arg_true()
    rows = part[ROW].gather(odd)
    found = first_personal(text.gather(odd), townships=known.townships)
    refuse_respondents(columns.file, rows, columns.title(columns.code), found)
    plain = tidy(text.gather(odd)).str.replace(r"\.0+$", "")
    read, length = plain.cast(pl.Int64, strict=False), plain.str.len_bytes().cast(pl.Int64)
    good = has_shape(read, length)
    number = number.scatter(odd, read.to_frame("code").select(pl.when(good).then("code")).to_series())
    digits = digits.scatter(odd, length)
    bad = pl.DataFrame({ROW: rows, "place": odd, "text": plain}).filter(~good)
    bad = bad.with_columns(words=_words(bad, part, columns))
    is_worded = bad["words"].str.contains(_HAS_A_WORD).fill_null(False)
    if called is None or not is_worded.any():
        return Codes(number, digits, _no_codes(bad), nobody, worded=bool(is_worded.any()))
    areas = (called.sender, common_area(map(str, number.drop_nulls())))
    by_name, unclear = _by_name(bad.filter(is_worded), filled, areas, called.names)
    named = by_name.select("place", ROW, "code", "name")
    number = number.scatter(named["place"], named["code"])
    digits = digits.scatter(named["place"], named["code"].cast(pl.String).str.len_bytes().cast(pl.Int64))
    faults = pl.concat([_no_codes(bad.filter(~is_worded)), unclear])
    return Codes(number, digits, faults, named.select(BY_NAME.names()))


def _words(bad: pl.DataFrame, part: pl.DataFrame, columns: Header) -> pl.Series:
    """What may name the unit of each row without a code: its cell of codes, or that of names where it is empty."""
    own = bad["text"]
    if columns.names is None:
        return own.alias("words")
    beside = part[column(columns.names)].gather(bad["place"]).str.strip_chars(AROUND).replace("", None)
    return pl.select(pl.coalesce(own.alias("words"), beside.alias("beside"))).to_series()


def _by_name(
    bad: pl.DataFrame, filled: Mapping[Level, pl.Series], areas: Sequence[str], names: UnitNames
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows whose unit a name tells (place, row, code, name), and the faults of those where it does not."""
    levels = {level: cells.gather(bad["place"]) for level, cells in filled.items()}
    found: list[tuple[int, int, int, str]] = []
    faults: list[tuple[int, str, str]] = []
    asked_near = 0
    for order, (place, row, words) in enumerate(bad.select("place", ROW, "words").iter_rows()):
        meant = names.meant(words, [level for level, cells in levels.items() if cells[order]], areas)
        if len(meant) == 1:
            found.append((place, row, int(meant[0].code), meant[0].name))
            continue
        asked_near += not meant
        said = several(meant) if meant else unknown(names.near(words) if asked_near <= _MOST_NEAR else ())
        faults.append((row, said.zh, said.en))
    return pl.DataFrame(found, schema=_PLACED, orient="row"), pl.DataFrame(faults, schema=FAULTS, orient="row")


def _no_codes(bad: pl.DataFrame) -> pl.DataFrame:
    """Why cells are no codes. bad: row, text."""
    in_powers = pl.col("text").str.contains(r"^[0-9.]+[Ee]\+?[0-9]+$")
    return bad.select(
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


def has_shape(number: pl.Series, digits: pl.Series) -> pl.Series:
    """True for a whole number without sign or leading zero that has as many digits as a code."""
    long_enough = pl.lit(False)
    for count in DIGITS.values():
        fits = (pl.col("digits") == count) & (pl.col("number") >= 10 ** (count - 1)) & (pl.col("number") < 10**count)
        long_enough = long_enough | fits
    return pl.select(number=number, digits=digits).select(long_enough.fill_null(False)).to_series()


def no_old_id_numbers(part: pl.DataFrame, columns: Header, codes: pl.Series, known: Known) -> None:
    """Refuse a code of 15 digits that is an ID number of old: it lies in no township that is known."""
    text = part[column(columns.code)]
    if text.dtype == pl.Int64:
        return
    stray = (codes >= 10 ** (DIGITS["district"] - 1)) & ~(codes // TO_TOWNSHIP).is_in(known.townships.implode())
    where = stray.fill_null(False).arg_true()
    texts = text.gather(where)
    rows = part[ROW].gather(where)
    refuse_respondents(columns.file, rows, columns.title(columns.code), first_personal(texts))
