"""Sheets of a form (填报表的工作表): what stands in their cells, who may fill them in, and with what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import polars as pl

Kind = Literal["text", "number", "date", "moment"]
Filled = Literal["key", "own", "never"]
"""By whom a column is filled in: once, where a row begins; by the office; by the product alone."""
Look = Literal["plain", "owed", "overdue", "closed"]
"""How a cell is drawn: as any other, owed, overdue, or as nobody's to fill in."""
LOOKS: tuple[Look, ...] = ("plain", "owed", "overdue", "closed")


@dataclass(frozen=True)
class FormColumn:
    """One column of a sheet. id: of the register's column or the indicator, "" for what the form adds. reported: whether it is read when
    the form comes back. width: in signs.

    choices: of a drop-down list; following: those that may follow what stands in a cell now, itself among them. several: a
    cell may hold more than one of them. ends: the least and the greatest, None for no such end. days: those between which a date may lie.
    """

    title: str
    id: str
    kind: Kind
    filled: Filled
    width: int
    choices: tuple[str, ...] = ()
    following: Mapping[str, tuple[str, ...]] | None = None
    several: bool = False
    ends: tuple[float | None, float | None] = (None, None)
    reported: bool = True
    days: tuple[date, date] | None = None


@dataclass(frozen=True, eq=False)
class FormSheet:
    """One sheet. rows: a column of cells for each of `columns`, null for an empty one, the marks left out.

    lines: what stands over the header below the title. looks: how each row is drawn, by its place in LOOKS; cells: the
    same of single cells, by row and column. grows: whether rows may be added below. register: whose rows it holds, None for
    figures.
    """

    name: str
    title: str
    lines: tuple[str, ...]
    columns: tuple[FormColumn, ...]
    rows: pl.DataFrame
    looks: pl.Series
    register: str | None = None
    grows: bool = True
    cells: Mapping[tuple[int, int], Look] = field(default_factory=dict)


@dataclass(frozen=True)
class Guide:
    """The first sheet, which says how the others are filled in. facts: whose form it is, and as of when.

    owed: what is owed, each with where it is filled in, by when, and how it stands, overdue or not; more: how many more there are.
    """

    name: str
    title: str
    facts: tuple[str, ...]
    rules: tuple[str, ...]
    legend: tuple[tuple[Look, str], ...]
    headings: tuple[str, ...]
    owed: tuple[tuple[Look, tuple[str, ...]], ...]
    closing: str
