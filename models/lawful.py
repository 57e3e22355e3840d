"""What may not enter and what may not be shown (条例 art. 33, 统计法 art. 28, 统计法实施条例 art. 29).

No data of the people counted ever enter: no names, ID numbers or phones. Counts of births and deaths so
small that a person could be recognised are not shown below county.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

import polars as pl

from models.people import counts_births_or_deaths as named_for_births_or_deaths
from models.personal import ANNOUNCING, FEWEST_DIGITS, NUMERALS, Personal, district_like, personal_in, without_districts
from models.units import DIGITS, LEVELS, Level
from models.wording import Said

SMALL_CELL = 3
"""Fewer births or deaths than this are not shown below county; which figures that are, `rules.judging.small_cells` says."""
_LONG_NUMBER = re.compile("[0-9]{7,}")
HIDDEN = Said("不予显示（不足3，或可据以推算）", "not shown (fewer than 3, or gives such a number away)")
"""Said in place of such a figure, and of what it could be worked out from: in one way, so that neither tells which."""

_DIGIT_LIKE = rf"[\p{{N}}{NUMERALS}]"
_BETWEEN = r"[^\p{L}\p{N}]|[\u115f\u1160]"
_AFTER_FOLDING = rf"\p{{Nd}}{{10}}|[A-Za-z]{{1,3}}\p{{Nd}}{{7}}|(?i:{ANNOUNCING})|[eE]\p{{Nd}}"
"""What is left of every number of a person when nothing stands between its digits."""


def first_personal(
    texts: pl.Series, *, phones: bool = True, townships: Collection[int] = ()
) -> tuple[int, Personal] | None:
    """Where in `texts` the first number of a person stands, and which kind it is (`models.personal`); None if nowhere.

    phones: False where a phone would be an amount, or the reporter's own. townships: what begins with one of their
    codes and has 15 digits is a district's code, not an ID number of old; amid other words where it is a part of a row's key.
    """
    longest = texts.str.len_bytes().max()
    if not isinstance(longest, int) or longest < FEWEST_DIGITS:
        return None  # as of most columns; many small tables are looked through
    found = (
        pl.DataFrame({"text": texts})
        .with_row_index("place")
        .filter(pl.col("text").str.len_bytes() >= FEWEST_DIGITS)  # of many short cells none is looked into
        .filter(pl.col("text").str.count_matches(_DIGIT_LIKE) >= FEWEST_DIGITS)
        .unique("text", keep="first", maintain_order=True)
        .with_columns(pl.col("text").str.normalize("NFKC").str.replace_all(_BETWEEN, "").alias("tight"))
        .filter(
            pl.col("tight").str.contains(_AFTER_FOLDING) | pl.col("text").str.contains(rf"[{NUMERALS}\p{{No}}\p{{Nl}}]")
        )
    )
    for place, text in found.select("place", "text").iter_rows():
        kind = personal_in(text, phones=phones)
        if kind == "id_number":
            kind = _beside_districts(text, townships, phones=phones)
        if kind is not None:
            return place, kind
    return None


def without_numbers(words: str, townships: Collection[int] = ()) -> str:
    """Words of ours that stand in a workbook which comes back as a report, without what would then be taken for a number of a
    person (an amount of eleven digits). townships: as for `first_personal`."""
    return words if first_personal(pl.Series([words]), townships=townships) is None else _LONG_NUMBER.sub("…", words)


def _beside_districts(text: str, townships: Collection[int], *, phones: bool) -> Personal | None:
    """What number of a person stands in a text that seemed to hold an ID number, beside codes of districts."""
    code = district_like(text)
    if code is not None and int(code[: DIGITS["township"]]) in townships:
        return None
    left = without_districts(text, townships)
    return "id_number" if left is None else personal_in(left, phones=phones)


@lru_cache(maxsize=4096)
def counts_births_or_deaths(indicator: str, title: str) -> bool:
    """True for an indicator whose id or title speaks of births or deaths, however it is spaced, cased or spelled."""
    return named_for_births_or_deaths(indicator, title)


def is_below_county(level: Level) -> bool:
    """True for township, village and district."""
    return LEVELS.index(level) > LEVELS.index("county")
