"""What may not enter and what may not be shown (条例 art. 33, 统计法 art. 28, 统计法实施条例 art. 29).

No data of the people counted ever enter: no names, ID numbers or phones. Counts of births and deaths so
small that a person could be recognised are not shown below county.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

import polars as pl

from models.units import LEVELS, Level
from models.wording import Said

Personal = Literal["id_number", "mobile_number"]
PERSONAL: dict[Personal, Said] = {
    "id_number": Said("公民身份号码", "an ID number"),
    "mobile_number": Said("手机号码", "a mobile number"),
}

SMALL_CELL = 3
"""Fewer births or deaths than this are not shown below county; which figures that are, `rules.judging.small_cells` says."""
HIDDEN = Said("不足3，不予显示", "fewer than 3, not shown")
"""Said in place of such a figure, and of what could only be shown with it."""

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10X98765432"
_FEWEST_DIGITS = 11

_RUN = r"[0-9]+[Xx]?"
_RUN_WITH_GAPS = r"[0-9](?:[ -]?[0-9])+[ -]?[Xx]?"
_GROUPED_ID = r"[0-9]{6}[ -][0-9]{8}[ -]?[0-9]{3}[0-9Xx]"
_GROUPED_MOBILE = r"(?:^|[^0-9])1[3-9][0-9][ -][0-9]{4}[ -]?[0-9]{4}(?:[^0-9]|$)"
_MOBILE = r"^(?:(?:00)?86|0)?1[3-9][0-9]{9}$"
_ID_SHAPE = r"^[1-9][0-9]{5}(?:18|19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9X]$"

_PERSONAL_TITLES = re.compile(
    "姓名|名字|曾用名|身份证|公民身份|证件号|手机|电话|联系方式|微信号|出生日期|出生年月|家庭住址|家庭成员|^户主$|^住址$"
)
_PERSONAL_WORDS = frozenset(
    {
        "phone",
        "phones",
        "mobile",
        "cellphone",
        "cell",
        "telephone",
        "tel",
        "idcard",
        "idnumber",
        "idno",
        "birthday",
        "birthdate",
        "householder",
        "surname",
        "wechat",
    }
)
_PERSONAL_PHRASES = frozenset(
    {
        "name",
        "fullname",
        "firstname",
        "lastname",
        "personname",
        "idnumber",
        "idcard",
        "idno",
        "identitynumber",
        "identitycard",
        "nationalid",
        "phonenumber",
        "mobilephone",
        "mobilenumber",
        "dateofbirth",
        "homeaddress",
        "householdhead",
    }
)
_BIRTHS_AND_DEATHS = re.compile(r"(?:^|_)(?:births?|deaths?)(?:_|$)")
_BIRTHS_AND_DEATHS_ZH = re.compile("出生|死亡")


def is_personal_title(title: str) -> bool:
    """True for a column title that announces names, ID numbers or phones of people."""
    plain = unicodedata.normalize("NFKC", title).strip()
    if _PERSONAL_TITLES.search(re.sub(r"\s", "", plain)):
        return True
    words = re.findall(r"[a-z]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", plain).lower())
    return "".join(words) in _PERSONAL_PHRASES or not _PERSONAL_WORDS.isdisjoint(words)


def first_personal(texts: pl.Series) -> tuple[int, Personal] | None:
    """Where in `texts` the first ID number or mobile number stands, and which of the two; None if nowhere.

    An ID number (GB 11643) has 18 digits of a plausible birth date with the right check digit, or with
    the last three digits lost, as happens when a spreadsheet keeps it as a number. Both may be written
    in groups, in full-width digits or in the middle of a text.
    """
    found = (
        pl.DataFrame({"text": texts})
        .with_row_index("place")
        .filter(pl.col("text").str.len_bytes() >= _FEWEST_DIGITS)
        .with_columns(pl.col("text").str.normalize("NFKC"))
        .filter(pl.col("text").str.count_matches("[0-9]") >= _FEWEST_DIGITS)
    )
    if found.is_empty():
        return None
    shapes = (_RUN, _RUN_WITH_GAPS, _GROUPED_ID)
    pieces = pl.concat(found.select("place", piece=pl.col("text").str.extract_all(shape)) for shape in shapes)
    pieces = pieces.explode("piece")
    pieces = pieces.select("place", pl.col("piece").str.replace_all("[ -]", "").str.to_uppercase())
    numbers = pieces.filter(pl.col("piece").str.contains(_ID_SHAPE)).filter(_is_id_number(pl.col("piece")))
    mobiles = pl.concat(
        [
            pieces.filter(pl.col("piece").str.contains(_MOBILE)).select("place"),
            found.filter(pl.col("text").str.contains(_GROUPED_MOBILE)).select("place"),
        ]
    )
    hits = [
        *((int(place), 0, "id_number") for place in numbers["place"].to_list()),
        *((int(place), 1, "mobile_number") for place in mobiles["place"].to_list()),
    ]
    if not hits:
        return None
    place, order, _ = min(hits)
    return place, "mobile_number" if order else "id_number"


def _is_id_number(text: pl.Expr) -> pl.Expr:
    """GB 11643 (ISO 7064 MOD 11-2) on upper-case texts that have the shape of an ID number."""
    digits = [text.str.slice(place, 1).cast(pl.Int32, strict=False) * weight for place, weight in enumerate(_WEIGHTS)]
    expected = (pl.sum_horizontal(digits) % 11).replace_strict(
        dict(enumerate(_CHECK_DIGITS)), default=None, return_dtype=pl.String
    )
    return (text.str.slice(17, 1) == expected) | text.str.ends_with("000")


def counts_births_or_deaths(indicator: str, title: str) -> bool:
    """True for an indicator whose id or title speaks of births or deaths."""
    return bool(_BIRTHS_AND_DEATHS.search(indicator) or _BIRTHS_AND_DEATHS_ZH.search(title))


def is_below_county(level: Level) -> bool:
    """True for township, village and district."""
    return LEVELS.index(level) > LEVELS.index("county")
