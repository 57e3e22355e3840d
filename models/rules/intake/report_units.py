"""Which unit a reported code means, and whether it is of the level at which the figures are reported."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import polars as pl

from models.former_codes import FormerCodes
from models.units import DIGITS, LEVEL_ZH, LEVELS, Level

LEVEL = pl.Enum(LEVELS)
FAULTS = pl.Schema({"row": pl.Int64, "zh": pl.String, "en": pl.String})
_KIND_ZH = {level: said if level == "district" else f"{said}单位" for level, said in LEVEL_ZH.items()}
TO_TOWNSHIP, TO_VILLAGE = 10**6, 10**3
_REPEATED = 2
"""Where a code stands so often in a run in the middle, it is looked up once for each run."""
"""A district's code is its township's with six digits, its village's with three more."""


@dataclass(frozen=True)
class Known:
    """The offices that a code may mean. offices: code, level; the others are codes, sorted. former: what codes of before are now."""

    offices: pl.DataFrame
    townships: pl.Series
    villages: pl.Series
    with_villages: pl.Series
    former: FormerCodes = field(default_factory=FormerCodes)

    @classmethod
    def of(cls, offices: pl.DataFrame, former: FormerCodes | None = None) -> Known:
        """offices: code (Int64), level. A village must be known only in a township that has any."""
        townships = offices.filter(pl.col("level") == "township")["code"].sort()
        villages = offices.filter(pl.col("level") == "village")["code"].sort()
        with_villages = (villages // 1000).unique().sort()
        return cls(offices.cast({"level": LEVEL}), townships, villages, with_villages, former or FormerCodes())


def resolve(
    rows: pl.DataFrame, titles: Mapping[Level, str], known: Known, among: Collection[Level] = ()
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """row, code and level of the unit that each row is about, both null where there is none; and the faults.

    rows: row, code (null where it has not the shape of one), digits, and for each level in `titles`
    whether the row fills a column that is reported there. titles: those columns, for the reader. among: the levels that
    any row may be of, where no column asks for one.
    """
    if not titles:
        runs = _runs(rows)
        if runs is not None:
            found, unknown = resolve(runs[0], titles, known, among)
            if not any(one.height for one in unknown):
                return found[runs[1]].with_columns(rows["row"]), unknown
    is_district = pl.col("digits") == DIGITS["district"]
    districts, unknown_districts = _districts(rows.filter(is_district), known)
    if districts.height == rows.height:
        found, unknown = districts, unknown_districts
    else:
        offices, unknown_offices = _offices(
            rows.filter(~is_district | pl.col("digits").is_null()), titles, known, among
        )
        found = pl.concat([districts, offices]).sort("row")
        unknown = [*unknown_districts, *unknown_offices]
    filled = rows.select(*titles)
    only = set(found["level"].unique())
    strays = [_strays(found, filled[level], level, title) for level, title in titles.items() if only != {level}]
    return found, [*unknown, *strays]


def _runs(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series] | None:
    """The first row of each run of one code, and which run each row is in; None where most runs are of one row."""
    begins = rows.select(
        pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift(1)) for name in ("code", "digits"))
        | (pl.int_range(pl.len()) == 0)
    ).to_series()
    runs = begins.cum_sum()
    if runs.is_empty() or runs[-1] * _REPEATED > rows.height:
        return None
    return rows.filter(begins), runs - 1


def _districts(rows: pl.DataFrame, known: Known) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """A district is known by its township, and by its village where villages are loaded."""
    township, village = pl.col("code") // TO_TOWNSHIP, pl.col("code") // TO_VILLAGE
    checked = rows.select(
        "row",
        "code",
        in_township=township.is_in(known.townships.implode()),
        in_village=~township.is_in(known.with_villages.implode()) | village.is_in(known.villages.implode()),
    )
    if checked["in_township"].all() and checked["in_village"].all():
        return checked.select("row", "code", level=pl.lit("district", LEVEL)), []
    good = pl.col("in_township") & pl.col("in_village")
    found = checked.select(
        "row",
        code=pl.when(good).then("code"),
        level=pl.when(good).then(pl.lit("district", LEVEL)),
    )
    no_township = checked.filter(~pl.col("in_township")).select("row", above=township)
    no_village = checked.filter(pl.col("in_township") & ~pl.col("in_village")).select("row", above=village)
    return found, [_unknown_above(no_township, "township"), _unknown_above(no_village, "village")]


def _unknown_above(rows: pl.DataFrame, level: Level) -> pl.DataFrame:
    return rows.select(
        "row",
        zh=pl.format(f"该普查小区所属{LEVEL_ZH[level]}单位 {{}} 不在单位名录中，请核对代码", "above"),
        en=pl.format(f"the district's {level} {{}} is not among the units", "above"),
    )


def _offices(
    rows: pl.DataFrame, titles: Mapping[Level, str], known: Known, among: Collection[Level] = ()
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """The first known unit that a code may stand for, those of the level that is reported first.

    A code padded with zeros to 12 digits stands for the shorter one (see units.readings_of_code).
    """
    fills = [pl.when(pl.col(level)).then(pl.lit(level, LEVEL)) for level in titles]
    wanted = rows.with_columns(wanted=pl.coalesce(fills) if fills else pl.lit(None, LEVEL))
    candidates = pl.concat(
        [_shortened(wanted, digits) for digits in (2, 4, 6, 9, 12)] + [wanted.with_columns(meant="code")]
    )
    fits = (
        pl.col("level").is_in(pl.Series(among, dtype=LEVEL).implode()) if among else pl.col("level") == pl.col("wanted")
    )
    chosen = (
        candidates.join(known.offices.rename({"code": "meant"}), on="meant", how="inner")
        .with_columns(other=(~fits).fill_null(False))
        .sort("row", "other", "meant")
        .unique("row", keep="first", maintain_order=True)
    )
    found = rows.select("row").join(chosen.select("row", code="meant", level="level"), on="row", how="left")
    missing = rows.filter(pl.col("code").is_not_null()).join(chosen, on="row", how="anti")
    unknown = missing.select(
        "row",
        zh=pl.format("区划代码 {} 不在单位名录中，请核对", "code"),
        en=pl.format("the code {} is not among the units", "code"),
    )
    return found.select("row", "code", "level"), [unknown]


def _shortened(rows: pl.DataFrame, digits: int) -> pl.DataFrame:
    """The rows whose 12-digit code is one of `digits` digits padded with zeros."""
    padding = 10 ** (DIGITS["village"] - digits)
    padded = (pl.col("digits") == DIGITS["village"]) & (pl.col("code") % padding == 0)
    return rows.filter(padded).with_columns(meant=pl.col("code") // padding)


def _strays(found: pl.DataFrame, filled: pl.Series, level: Level, title: str) -> pl.DataFrame:
    """Rows of another level than the one at which the figures that they fill are reported."""
    wrong = found.filter(filled & (pl.col("level") != level).fill_null(False))
    own = pl.col("level").cast(pl.String)
    return wrong.select(
        "row",
        zh=pl.format(f"“{title}”由{LEVEL_ZH[level]}上报，而本行是{{}}", own.replace(_KIND_ZH)),
        en=pl.format(f"“{title}” is reported at {level}, but this row is a {{}}", own),
    )
