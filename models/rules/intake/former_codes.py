"""Codes of before in reports (原代码): rows of an office whose code has changed since are taken for the code of now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from models.former_codes import FormerCodes, merged_into, split_up
from models.rules.intake.report_columns import ROW
from models.rules.intake.report_units import FAULTS, TO_TOWNSHIP, TO_VILLAGE, Known
from models.units import DIGITS, readings_of_code
from models.wording import Said

BY_FORMER = pl.Schema({ROW: pl.Int64, "was": pl.Int64, "code": pl.Int64})
"""Rows that were read by a code of before."""
_DISTRICT = 10 ** (DIGITS["district"] - 1)


def no_part_stays(_old: str, _new: str) -> bool:
    """What is said of figures: that of a part is not the whole's."""
    return False


@dataclass(frozen=True)
class Now:
    """codes, digits: as they were given, codes of before replaced. by_former: BY_FORMER. faults: of offices that were split, or are a part of another."""

    codes: pl.Series
    digits: pl.Series
    by_former: pl.DataFrame
    faults: pl.DataFrame


def codes_of_now(
    rows: pl.Series,
    codes: pl.Series,
    digits: pl.Series,
    known: Known,
    former: FormerCodes,
    stays: Callable[[str, str], bool] = no_part_stays,
) -> Now:
    """The codes of some rows by today's divisions. Only a code that no office has can be one of before.

    stays: whether what is said of a part, by its old code, holds under the new code of the whole; a figure does not.

    A district goes by its village where that was changed, else by its township.
    """
    as_given = Now(codes, digits, pl.DataFrame(schema=BY_FORMER), pl.DataFrame(schema=FAULTS))
    if not former.changes:
        return as_given
    is_district = pl.col("code") >= _DISTRICT
    village, township = pl.col("code") // TO_VILLAGE, pl.col("code") // TO_TOWNSHIP
    codes_there = known.offices["code"].implode()
    meant = pl.DataFrame({ROW: rows, "code": codes}).with_row_index("place").drop_nulls("code")
    there = pl.when(is_district).then(village.is_in(codes_there) | township.is_in(known.townships.implode()))
    is_old = pl.Series([int(code) for code in former.old], dtype=pl.Int64).implode()
    looked_up = meant.filter(
        ~there.otherwise(pl.col("code").is_in(codes_there)) | (is_district & village.is_in(is_old))
    ).select(
        "place",
        ROW,
        "code",
        asked=pl.when(is_district).then(village).otherwise("code").cast(pl.String),
        above=pl.when(is_district).then(township.cast(pl.String)),
    )
    if looked_up.is_empty():
        return as_given
    offices = set(known.offices["code"].cast(pl.String))
    became: dict[str, int] = {}
    refused: dict[str, Said] = {}
    for asked, above in looked_up.select("asked", "above").unique().iter_rows():
        meanings = readings_of_code(asked) if above is None else (asked, above)
        if above is None and not offices.isdisjoint(meanings):
            continue
        old = next((one for one in meanings if one in former.old and one not in offices), None)
        now = [one for one in former.became(old) if one in offices] if old else []
        if old is not None and len(now) == 1 and above is None and former.is_part(old) and not stays(old, now[0]):
            refused[asked] = merged_into(old, now[0])
        elif old is not None and len(now) == 1:
            became[asked] = int(now[0] + ("" if above is None else asked[len(old) :]))
        elif old is not None and now:
            refused[asked] = split_up(old, now)
    if not became and not refused:
        return as_given
    changed = looked_up.filter(pl.col("asked").is_in(list(became))).with_columns(
        now=pl.col("asked").replace_strict(became, return_dtype=pl.Int64, default=None)
    )
    changed = changed.with_columns(
        now=pl.when(is_district).then(pl.col("now") * TO_VILLAGE + pl.col("code") % TO_VILLAGE).otherwise("now")
    )
    parts = looked_up.filter(pl.col("asked").is_in(list(refused)))
    said = [(row, *refused[asked]) for row, asked in parts.select(ROW, "asked").iter_rows()]
    lengths = changed["now"].cast(pl.String).str.len_bytes().cast(pl.Int64)
    return Now(
        codes.scatter(changed["place"], changed["now"]).scatter(
            parts["place"], pl.Series([None] * parts.height, dtype=pl.Int64)
        ),
        digits.scatter(changed["place"], lengths),
        changed.select(ROW, "now", was="code").select(ROW, "was", code="now"),
        pl.DataFrame(said, schema=FAULTS, orient="row"),
    )
