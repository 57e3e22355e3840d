"""Words in which a character is damaged (乱码): never kept as they are.

A sign that stands for a lost character, in any text. In text that came as GB18030 also what one damaged byte makes of a
common character: a rare one, where the byte has lost its highest bit, or one of those that users define themselves. Either
may be right all the same; the file of refused rows is UTF-8, in which it is taken for what it is.
"""

from __future__ import annotations

import re

import polars as pl

from models.rules.intake.report_columns import ROW

LOST = "\ufffd"
_HAN = r"\p{Han}|[\x{E000}-\x{F8FF}]"


def damaged_rows(rows: pl.Series, text: pl.Series, title: str, *, is_gb: bool) -> pl.DataFrame:
    """Rows with a damaged character in `text`, each with its reason. is_gb: the text came as GB18030."""
    lost = text.str.contains(LOST).fill_null(False)
    faults = pl.DataFrame({ROW: rows.filter(lost)}).with_columns(
        zh=pl.lit(f"“{title}”中有无法辨认的字（{LOST}），请核对原件后改正"),
        en=pl.lit(f"“{title}” holds a character that was lost ({LOST}); mend it from the original"),
    )
    if not is_gb:
        return faults
    signs = {sign for cell in text.filter(text.str.contains(_HAN).fill_null(False)) for sign in cell if _is_odd(sign)}
    if not signs:
        return faults
    odd = "[" + re.escape("".join(sorted(signs))) + "]"
    rare = pl.DataFrame({ROW: rows, "sign": text.str.extract(f"({odd})")}).filter(pl.col("sign").is_not_null())
    return pl.concat(
        [
            faults,
            rare.select(
                ROW,
                zh=pl.format(
                    "“{}”中的“{}”疑为损坏的字，请核对改正；确系此字的，将退回文件原样再报即可", pl.lit(title), "sign"
                ),
                en=pl.format(
                    "“{}” holds “{}”, perhaps a damaged character; mend it, or send this file of refused rows as it is if"
                    " it is right",
                    pl.lit(title),
                    "sign",
                ),
            ),
        ]
    )


def _is_odd(sign: str) -> bool:
    """True for a character that a common one becomes when one of its two bytes is damaged."""
    if "\ue000" <= sign <= "\uf8ff":
        return True
    written = sign.encode("gb18030", "replace")
    if len(written) != 2 or not 0x40 <= written[1] <= 0x7E:
        return False
    try:
        bytes([written[0], written[1] | 0x80]).decode("gb2312")
    except UnicodeDecodeError:
        return False
    return True
