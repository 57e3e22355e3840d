"""Figures with their words (原样的数) on their way in: 2900余, 近47万, 580万元; see `models.written` for what each allows.

A figure of a district, and of births or deaths, is exact: districts are added up, and small numbers kept from view by their
very value. There a unit is read (580万元), and no 余, 近 or 约.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from models.lawful import counts_births_or_deaths
from models.people import counts_people
from models.plan.lists import Column
from models.plan.model import Indicator
from models.rules.intake.report_columns import ROW
from models.rules.intake.report_units import FAULTS
from models.wording import Said
from models.written import Written, allowed_said, read_written

WITH_WORDS = pl.Schema(
    {
        ROW: pl.Int64(),
        "indicator": pl.String(),
        "written": pl.String(),
        "least": pl.Float64(),
        "most": pl.Float64(),
        "above": pl.Boolean(),
        "below": pl.Boolean(),
    }
)
"""A figure as it was written, and from where to where it may lie (ends without limit are infinite); above, below: not the end itself."""


@dataclass(frozen=True)
class Worded:
    """The column that cells with words stand in. whole: how much all of a thing is in its unit, where it is a share."""

    title: str
    asked: Indicator | Column
    whole: float | None


@dataclass(frozen=True)
class Found:
    """What was made of cells. places: which of the column's they are; values: the number in each; explained: of those that
    were looked at, which were read or refused here."""

    places: pl.Series
    values: pl.Series
    explained: pl.Series
    written: pl.DataFrame
    faults: pl.DataFrame


def read_worded(rows: pl.Series, places: pl.Series, texts: pl.Series, column: Worded) -> Found:
    """Read cells that are no plain numbers. texts: half-width, null where nothing is to be read; rows, places: theirs."""
    read: dict[str, Written | Said] = {}
    for text in texts.filter(texts.str.contains(_MAY_BE).fill_null(False)).unique():
        one = _read(text, column)
        if one is not None:
            read[text] = one
    explained = texts.is_in(list(read)).fill_null(False)
    laid = pl.DataFrame({ROW: rows, "place": places, "text": texts}).filter(explained)
    good, bad, values = list[tuple[object, ...]](), list[tuple[int, str, str]](), list[tuple[int, float]]()
    for row, place, text in laid.iter_rows():
        one = read[text]
        if isinstance(one, Said):
            bad.append((row, f"“{column.title}”{one.zh}", f"“{column.title}” {one.en}"))
            continue
        good.append((row, column.asked.id, one.text, one.least, one.most, one.above, one.below))
        values.append((place, one.value))
    numbers = pl.DataFrame(values, schema={"place": pl.UInt32, "value": pl.Float64}, orient="row")
    return Found(
        places=numbers["place"],
        values=numbers["value"],
        explained=explained,
        written=pl.DataFrame(good, schema=WITH_WORDS, orient="row"),
        faults=pl.DataFrame(bad, schema=FAULTS, orient="row"),
    )


_MAY_BE = r"[0-9〇零一二两三四五六七八九十百千万亿]"
"""What has no number in it is no figure, with words or without."""


def _read(text: str, column: Worded) -> Written | Said | None:
    asked = column.asked
    found = read_written(text, asked.unit, column.whole)
    if not isinstance(found, Written) or found.is_exact:
        return found
    why = _must_be_exact(asked)
    if why is not None:
        return why
    kept = found.within(asked.minimum, asked.maximum)
    if kept is None:
        limits = allowed_said(
            -float("inf") if asked.minimum is None else asked.minimum,
            float("inf") if asked.maximum is None else asked.maximum,
            above=False,
            below=False,
        )
        return Said(f"超出限度（应{limits.zh}），请核对", f"is outside its limits ({limits.en}); check it")
    return kept


def _must_be_exact(asked: Indicator | Column) -> Said | None:
    """Why nothing but an exact figure is taken; None where one with words is."""
    if isinstance(asked, Indicator) and asked.level == "district":
        return Said(
            "是普查小区的数，要逐级相加，请填确数，不带余、近、约等字",
            "is of districts, which are added up; give it exactly, without 余, 近, 约 or the like",
        )
    if may_be_small(asked):
        return Said(
            "是出生或死亡人数，请填确数，不带余、近、约等字",
            "counts births or deaths; give it exactly, without 余, 近, 约 or the like",
        )
    return None


def may_be_small(asked: Indicator | Column) -> bool:
    """True for births and deaths, and for a figure about people of which no word says whom it counts."""
    if counts_births_or_deaths(asked.id, asked.title):
        return True
    is_of_people = isinstance(asked, Indicator) and asked.about == "people"
    return is_of_people and counts_people(asked.id, asked.title) is None
