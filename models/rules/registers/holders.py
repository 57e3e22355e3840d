"""How many contacts answer for a row (`holders_ROLE` in a condition over rows), and hold a role in an office.

contacts: unit, role, person, only_for, as `Store.contacts` gives them.
"""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from models.plan.answerable import PHASE, UNITS, parts_of
from models.plan.model import HOLDERS
from models.rules.registers.frames import CODE
from models.rules.registers.offices import OFFICE

_ROW, _PERSON = ":row", ":person"


def with_holders(
    rows: pl.DataFrame, names: Collection[str], contacts: pl.DataFrame | None, phase: str | None = None
) -> pl.DataFrame:
    """Rows (`with_offices`) with a column for each of `names` that counts holders: of the contacts of its keeper in that
    role, those who answer for the row.

    phase: that for whose duties it is asked, None for a figure, which no phase tells apart. contacts: None where nobody knows
    them: then nothing is decided.
    """
    for name in sorted(name for name in names if name.startswith(HOLDERS)):
        if contacts is None:
            rows = rows.with_columns(pl.lit(None, pl.Float64).alias(name))
            continue
        own = contacts.filter(pl.col("role") == name.removeprefix(HOLDERS))
        counts = _answering(rows.with_row_index(_ROW), own, phase).group_by(_ROW).agg(pl.col(_PERSON).n_unique())
        counted = rows.with_row_index(_ROW).join(counts, on=_ROW, how="left", maintain_order="left")
        rows = rows.with_columns(counted[_PERSON].fill_null(0).cast(pl.Float64).alias(name))
    return rows


def _answering(rows: pl.DataFrame, contacts: pl.DataFrame, phase: str | None) -> pl.DataFrame:
    """Each row with each of `contacts` who answers for it: _ROW, _PERSON."""
    people = contacts.select(pl.col("unit").alias(OFFICE), pl.col("person").alias(_PERSON), "only_for")
    found = [rows.join(people.filter(pl.col("only_for") == ""), on=OFFICE).select(_ROW, _PERSON)]
    for (text,), group in people.filter(pl.col("only_for") != "").partition_by("only_for", as_dict=True).items():
        fits = _fits(rows, str(text), phase)
        found.append(rows.filter(fits).join(group, on=OFFICE).select(_ROW, _PERSON))
    return pl.concat(found)


def _fits(rows: pl.DataFrame, only_for: str, phase: str | None) -> pl.Expr:
    by_kind: dict[str, list[str]] = {}
    for kind, value in parts_of(only_for):
        by_kind.setdefault(kind, []).append(value)
    fits = pl.lit(True)
    for kind, values in by_kind.items():
        if kind == PHASE:
            fits &= pl.lit(phase is None or phase in values)
        elif kind == UNITS:
            fits &= pl.any_horizontal(pl.col(CODE).cast(pl.String).str.starts_with(value) for value in values)
        elif kind not in rows.columns:
            return pl.lit(False)
        elif isinstance(rows.schema[kind], pl.List):
            fits &= pl.any_horizontal(pl.col(kind).list.contains(value) for value in values).fill_null(False)
        else:
            fits &= pl.col(kind).is_in(values).fill_null(False)
    return fits


def holders(contacts: pl.DataFrame, units: pl.DataFrame, role: str) -> pl.DataFrame:
    """How many persons hold a role in each office, 0 where nobody does: unit, value. units: unit …"""
    own = contacts.filter(pl.col("role") == role).group_by("unit").agg(value=pl.col("person").n_unique())
    counted = units.select("unit").join(own, on="unit", how="left", maintain_order="left")
    return counted.with_columns(pl.col("value").fill_null(0).cast(pl.Float64))
