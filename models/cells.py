"""Cells of tables (单元格): what offices and their programs put around a value, and what a spreadsheet would run."""

from __future__ import annotations

import polars as pl

from models.text import one_line

AROUND = (
    " \t\n\x0b\x0c\r\x1a\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u200c\u200d"
    "\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u202f\u205f\u2060\u2066\u2067\u2068\u2069\u3000\ufeff\x00"
)
"""What stands around a value and is none of it: blanks, marks of direction, the sign that old programs end a file with."""
_MARKS = f"{AROUND}'’"
_UNSEEN = r"[\p{Cf}\x{115F}\x{1160}\x{3164}\x{FE00}-\x{FE0F}]"
_WIDE, _PLAIN = list("０１２３４５６７８９．，－＋％"), list("0123456789.,-+%")
_UNREMARKABLE = r"^[!-~\p{Han}]*$"
_NUMBER = r"^[+-]?[0-9.,]+%?$"
_FORMULA = r"^[\s\p{C}\p{Z}\u2800\u3164]*[=+\-@＝＋－＠﹢﹣﹦﹫⁼⁺⁻]"
_STARTS_OFF = r"^[\t\r\n]"


def stripped(text: pl.Expr) -> pl.Expr:
    """A cell without what stands around it; null where nothing is left."""
    bare = text.str.strip_chars(AROUND)
    return pl.when(bare != "").then(bare)


def tidy(text: pl.Series) -> pl.Series:
    """Codes and numbers without blanks and text marks around them ('12, ="12"), nor signs that nobody sees in them;
    full-width figures made plain.
    """
    plain = text.str.replace_many(_WIDE, _PLAIN).str.replace_all(_UNSEEN, "").str.strip_chars(_MARKS)
    plain = plain.str.replace(r'^="(.*)"$', "$1").str.strip_chars(_MARKS)
    return plain.replace("", None)


def cleaned(text: pl.Series) -> pl.Series:
    """Names and remarks as they are kept (`text.one_line`); null where nothing is left."""
    odd = text.filter(text.is_not_null() & ~text.str.contains(_UNREMARKABLE)).unique()
    if odd.len():
        text = text.replace_strict(odd, [one_line(cell) for cell in odd], default=text, return_dtype=pl.String)
    return text.replace("", None)


def harmless(text: pl.Expr) -> pl.Expr:
    """A cell for a spreadsheet: what it would run as a formula stands behind an apostrophe."""
    runs = (text.str.contains(_FORMULA) | text.str.contains(_STARTS_OFF)) & ~text.str.contains(_NUMBER)
    return pl.when(runs).then(pl.concat_str(pl.lit("'"), text)).otherwise(text)


def unchanged(text: pl.Expr) -> pl.Expr:
    """A cell of a CSV so that a spreadsheet keeps it as it is: behind a tab it stays text.

    Else a code of twelve digits or more, or a large amount, comes back as 1.40105E+11 when the file is saved, 0012 as 12,
    and 3-5 as a day in March.
    """
    changes = text.str.contains(r"^(?:[0-9]{12,}|0[0-9]+|[0-9]{1,4}[-/][0-9]{1,2}(?:[-/][0-9]{1,4})?)$")
    return pl.when(changes).then(pl.concat_str(pl.lit("\t"), text)).otherwise(text)
