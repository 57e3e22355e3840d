"""What names a row: its key, within its keeper; and where rows lie, by the first digits of their codes.

The keeper goes by the digits of a code here, not by who answers to whom: so a row keeps its name whatever becomes of the
offices, and which files may speak of it is known without opening one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import tzinfo

import polars as pl

from models.plan.lists import Register
from models.rules.registers.frames import CODE
from models.text import title_key
from models.units import DIGITS

KEEPER = ":keeper"
_APART = ":apart"
_PROVINCE, AREA = DIGITS["province"], DIGITS["city"]


def keeper_digits(register: Register) -> pl.Expr:
    """The code of a row's keeper by its digits: the longest that a level has which keeps the register."""
    code = pl.col(CODE)
    found = code
    for digits in sorted(DIGITS[level] for level in register.kept_by):
        found = pl.when(code.str.len_bytes() >= digits).then(code.str.head(digits)).otherwise(found)
    return found


def keeper_of(code: str, register: Register) -> str:
    """The same of one code."""
    return code[: max((DIGITS[level] for level in register.kept_by if DIGITS[level] <= len(code)), default=len(code))]


def identity(register: Register) -> list[str]:
    """The columns that name a row; KEEPER is one of them where the key lacks the code."""
    return list(register.key) if CODE in register.key else [KEEPER, *register.key]


def beside(rows: pl.DataFrame, others: pl.DataFrame, by: Sequence[str], *, all_rows: bool = False) -> pl.DataFrame:
    """Rows, each with the other columns of the one that has its name among `others`, in their order; without those of which
    there is none, unless all rows are asked for. by: the columns that name one.

    Mostly both are the same rows in the same order, which is sooner seen than they are joined.
    """
    if (
        rows.select(by).equals(others.select(by))
        and not rows.select(pl.any_horizontal(pl.col(by).is_null().any())).item()
    ):
        return rows.hstack(others.drop(by))
    return rows.join(others, on=by, how="left" if all_rows else "inner", maintain_order="left")


def order_of(register: Register) -> list[str]:
    """The columns in whose order rows stand."""
    return [CODE, *(name for name in register.key if name != CODE)]


def area_of() -> pl.Expr:
    """The area that a row lies in: a city's four digits, or the province's two for what is coded there."""
    return pl.col(CODE).str.head(AREA)


def areas_of(rows: pl.DataFrame, register: Register) -> list[str] | None:
    """The areas in which rows of the same keepers may lie, in order; None for all of the province, where one of them keeps it."""
    keepers = in_runs(rows).select(keeper_digits(register)).to_series().unique()
    if (keepers.str.len_bytes() <= _PROVINCE).any():
        return None
    return keepers.str.head(AREA).unique().sort().to_list()


def in_runs(rows: pl.DataFrame) -> pl.DataFrame:
    """The code of each run of rows with the same one: of rows in order few, and each code is among them."""
    return rows[CODE].rle().struct.field("value").alias(CODE).to_frame()


def beginnings(rows: pl.DataFrame, digits: int) -> list[str]:
    """The first digits of the codes that rows have, each once, in order."""
    return in_runs(rows).select(pl.col(CODE).str.head(digits).unique().drop_nulls().sort()).to_series().to_list()


def provinces_of(rows: pl.DataFrame) -> list[str]:
    """The provinces in which rows lie, in order."""
    return beginnings(rows, _PROVINCE)


def of_province(rows: pl.DataFrame, province: str) -> pl.DataFrame:
    """The rows of a province."""
    return rows.filter(pl.col(CODE).str.starts_with(province))


def apart(rows: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The rows of each province, in the order of provinces."""
    runs = rows[CODE].rle().struct.unnest()
    provinces = runs.group_by(pl.col("value").str.head(_PROVINCE).rle_id().alias("run"), maintain_order=True).agg(
        pl.col("value").first().str.head(_PROVINCE), pl.col("len").sum()
    )
    if provinces["value"].is_unique().all() and not provinces["value"].null_count():  # rows in order of their codes
        ends = provinces["len"].cum_sum()
        parts = zip(provinces["value"], ends - provinces["len"], provinces["len"], strict=True)
        return {province: rows.slice(first, many) for province, first, many in sorted(parts)}
    placed = rows.with_columns(pl.col(CODE).str.head(_PROVINCE).alias(_APART))
    found = placed.partition_by(_APART, maintain_order=True, include_key=False, as_dict=True)
    return {str(province): own for (province,), own in sorted(found.items())}


def key_text(register: Register, zone: tzinfo, but: Collection[str] = ()) -> pl.Expr:
    """A row's key as text: its parts joined by `/`, days as 2020-08-05, moments as 2026-10-11T08:00, numbers without an end of
    zeros. but: parts that are left out; null where none is left.
    """
    names = [name for name in register.key if name not in but]
    parts = [cell_text(register, name, zone) for name in names]
    if not parts:
        return pl.lit(None, pl.String)
    whole = pl.concat_str(parts, separator="/")
    if not any(name != CODE and register.columns[name].optional for name in names):
        return whole
    # an optional part that is empty leaves no stroke
    return pl.when(whole.is_not_null()).then(
        pl.concat_str([pl.when(part != "").then(part) for part in parts], separator="/", ignore_nulls=True)
    )


def key_in_ids(key: str, register: Register) -> str:
    """A key as it was typed, with the ids of choices where the words of the plan stand for them: 370481/宣传方案 becomes
    370481/publicity-plan. Parts are counted from both ends, as a text between them may hold a `/` of its own."""
    parts = key.split("/")
    for place, name in enumerate(register.key):
        ids = {} if name == CODE else {title_key(title): one for one, title in register.columns[name].values.items()}
        for at in (place, place - len(register.key)):
            if -len(parts) <= at < len(parts):
                parts[at] = ids.get(title_key(parts[at]), parts[at])
    return "/".join(parts)


def cell_text(register: Register, name: str, zone: tzinfo) -> pl.Expr:
    """A cell, or the code, as it stands in a key."""
    own = pl.col(name)
    match "code" if name == CODE else register.columns[name].type:
        case "number":
            whole = own == own.round(0)
            return pl.when(whole).then(own.cast(pl.Int64, strict=False).cast(pl.String)).otherwise(own.cast(pl.String))
        case "date":
            return own.dt.to_string("%Y-%m-%d")
        case "moment":
            return own.dt.convert_time_zone(str(zone)).dt.to_string("%Y-%m-%dT%H:%M")
        case _:
            return own.cast(pl.String)
