"""Cells that name a unit beside the row's own code (单位代码栏): one that is known, or any where the plan lets others in."""

from __future__ import annotations

import polars as pl

from models.cells import tidy
from models.lawful import first_personal
from models.plan.lists import Column
from models.rules.intake.codes import has_shape
from models.rules.intake.former_codes import codes_of_now
from models.rules.intake.guard import refuse_respondents
from models.rules.intake.report_columns import ROW
from models.rules.intake.report_units import FAULTS, Known, resolve
from models.units import DIGITS, NATION


def read_code_cells(
    rows: pl.DataFrame, file: str, title: str, asked: Column, known: Known
) -> tuple[pl.Series, list[pl.DataFrame]]:
    """The codes that cells hold, without padding; null for none and for those that are refused. rows: row, text.

    Refusal if a cell holds respondents' data.
    """
    plain = tidy(rows["text"]).str.replace(r"\.0+$", "")
    number, digits = plain.cast(pl.Int64, strict=False), plain.str.len_bytes().cast(pl.Int64)
    shaped = has_shape(number, digits)
    # only of 15 digits is a code that may be an ID number of old
    odd_ones = (~shaped | (digits == DIGITS["district"])).fill_null(True).arg_true()
    personal = first_personal(rows["text"].gather(odd_ones), townships=known.townships)
    refuse_respondents(file, rows[ROW].gather(odd_ones), title, personal)
    nation = (plain == NATION).fill_null(False) if asked.outside else pl.repeat(False, rows.height, eager=True)
    given = rows.select(ROW).with_columns(
        plain.alias("plain"), code=number, digits=digits, shaped=shaped, nation=nation
    )
    odd = given.filter(pl.col("plain").is_not_null() & ~pl.col("shaped") & ~pl.col("nation"))
    outside = ("、00", " or 00") if asked.outside else ("", "")
    faults = [
        odd.select(
            ROW,
            zh=pl.lit(f"“{title}”应填 2、4、6、9、12 或 15 位区划代码{outside[0]}"),
            en=pl.lit(f"“{title}” takes a code of 2, 4, 6, 9, 12 or 15 digits{outside[1]}"),
        ).cast(FAULTS)
    ]
    wanted = given.filter("shaped").select(ROW, "code", "digits")
    now = codes_of_now(
        wanted[ROW], wanted["code"], wanted["digits"], known, known.former, stays=lambda _old, _new: True
    )
    found, unknown = resolve(wanted.with_columns(code=now.codes, digits=now.digits), {}, known)
    codes = given.join(found.select(ROW, found="code"), on=ROW, how="left", maintain_order="left")
    value = pl.col("found").cast(pl.String)
    refused = [now.faults]
    if asked.outside:
        value = pl.coalesce(value, pl.when("shaped").then("plain"), pl.when("nation").then("plain"))
    else:
        refused += unknown
    zh, en = pl.lit(f"“{title}”：") + pl.col("zh"), pl.lit(f"“{title}”: ") + pl.col("en")
    faults += [one.with_columns(zh=zh, en=en).cast(FAULTS) for one in refused]
    return codes.select(value.alias(asked.id)).to_series(), faults
