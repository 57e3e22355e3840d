"""Texts that say which one is meant (指认用的文字: 编号、文号、主键), and what stands in such a cell by mistake.

A figure with words (约30, 2900余) says how many and names nothing; a row under it would be found by nobody. Staff are known
by numbers that the office gives out, so that no list holds a person's name.
"""

from __future__ import annotations

import re

import polars as pl

from models.cells import tidy
from models.plan.lists import Column
from models.rules.intake.figures import same_fault
from models.written import Written, read_written

_OF_STAFF = re.compile("员(?:编号|号|号码)$")
_A_NAME = r"^\p{Han}{2,4}$|^\p{Han}+[·•]\p{Han}+$"
_MAY_BE = r"[余多近约超不至高大少低小最以左上<>≤≥＜＞]"
"""A sign of each word by which a figure is anything but exact (`models.written`): most numbers have none, and are not read."""


def misnaming_texts(rows: pl.Series, texts: pl.Series, title: str, asked: Column) -> list[pl.DataFrame]:
    """Why rows are refused whose text in the column `asked` is a figure with words, or a name where staff have a number."""
    if not asked.names:
        return []
    odd = texts.filter(texts.str.contains(_MAY_BE).fill_null(False)).unique()
    rough = [text for text, plain in zip(odd, tidy(odd), strict=True) if plain is not None and _says_how_many(plain)]
    found = [
        same_fault(
            rows.filter(texts.is_in(rough).fill_null(False)),
            f"“{title}”要指明是哪一个，请填原有的编号或名称，不填带余、近、约等字的数",
            f"“{title}” says which one is meant; give its own number or name, and no figure with 余, 近, 约 or the like",
        )
    ]
    if _OF_STAFF.search(asked.title) is not None:
        found.append(
            same_fault(
                rows.filter(texts.str.contains(_A_NAME).fill_null(False)),
                f"“{title}”请填本单位编的号，不填姓名",
                f"“{title}” takes the number that the office gave out, and no name",
            )
        )
    return found


def _says_how_many(plain: str) -> bool:
    read = read_written(plain, None)
    return isinstance(read, Written) and not read.is_exact
