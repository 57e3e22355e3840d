"""Figures with words as reasons say them: 两员人数“2900余”（即不少于2900人）, and a sum of them as what it may be."""

from __future__ import annotations

import polars as pl

from models.rules.judging.allowed import allowed_of, rows_loose
from models.rules.judging.bounds import above, are_loose, below, least, loose, most, written
from models.vocabulary import bracketed
from models.wording import Said
from models.written import allowed_said

OPEN = Said("，尚不能确认达到", ", which is not certain")
"""What is said of a condition that some of the values that are allowed meet, and others do not."""


def spoken_figures(frame: pl.DataFrame, name: str, unit: str) -> tuple[pl.Series, pl.Series] | None:
    """How a figure is spoken of, in English and in Chinese, null at offices that gave plain numbers; None where all did.

    unit: as it stands behind a number in Chinese.
    """
    if not are_loose(frame, [name]):
        return None
    own = pl.col(written(name)) if written(name) in frame.columns else pl.lit(None, pl.String)
    ends = frame.select(own.alias("own"), pl.col(name), loose(name), least(name), most(name), above(name), below(name))
    return _series(
        [
            None if value is None or not words else _figure(text, allowed_said(*bounds), unit, least_ == most_)
            for text, value, words, least_, most_, *opens in ends.iter_rows()
            for bounds in [(least_, most_, *opens)]
        ]
    )


def spoken_sums(frame: pl.DataFrame, text: str, names: list[str]) -> tuple[pl.Series, pl.Series] | None:
    """The same of a sum or a share of figures."""
    if not are_loose(frame, names):
        return None
    found, words = allowed_of(text, frame), rows_loose(frame, names)
    columns = (words, found.least, found.most, found.above, found.below)
    return _series(
        [
            allowed_said(low, high, opens, closes) if is_loose and low is not None else None
            for is_loose, low, high, opens, closes in zip(*(column.to_list() for column in columns), strict=True)
        ]
    )


def _figure(text: str | None, allowed: Said, unit: str, is_exact: bool) -> Said:
    if text is None:
        return Said(f"{allowed.zh}{unit}", allowed.en)
    if is_exact:
        return Said(f"“{text}”", f"“{text}”")
    return Said(f"“{text}”{bracketed(f'即{allowed.zh}{unit}', 'zh')}", f"“{text}”{bracketed(allowed.en, 'en')}")


def _series(said: list[Said | None]) -> tuple[pl.Series, pl.Series]:
    english = pl.Series([None if one is None else one.en for one in said], dtype=pl.String)
    return english, pl.Series([None if one is None else one.zh for one in said], dtype=pl.String)
