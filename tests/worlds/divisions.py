"""Divisions that change in mid-campaign, and what tests ask of a campaign afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
from sqlmodel import SQLModel
from worlds.campaign import Campaign, at

from tasks.campaign.frames import table_parts
from tasks.judging.judge import judge_all
from tasks.loading.changed_units import Changed
from tasks.loading.unit_changes import change_units


def listed(campaign: Campaign, rows: str) -> Path:
    """A list of changes: old,new,name,superior."""
    file = campaign.folder / "changes.csv"
    file.write_text("old,new,name,superior\n" + rows, encoding="utf-8")
    return file


def change(campaign: Campaign, rows: str, since: str, now: str | None = None, *, dry_run: bool = False) -> Changed:
    """Change divisions, as of `since`, at `now` (the same moment unless told otherwise)."""
    return change_units(campaign.store, listed(campaign, rows), at(since), at(now or since), "区划员", dry_run=dry_run)


def everything(campaign: Campaign) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables, but for files that may be let go and the seal of the archive."""
    with campaign.store.reading() as connection:
        return {
            table.name: [row for part in table_parts(connection, table) for row in part.rows()]
            for table in SQLModel.metadata.sorted_tables
            if table.name not in ("loose_files", "archive_seal")
        }


def standings(campaign: Campaign, moment: str) -> list[tuple[Any, ...]]:
    """unit, requirement, period, standing, due of every duty."""
    verdicts = judge_all(campaign.store, None, at(moment)).verdicts
    texts = pl.col("unit", "requirement", "period", "standing").cast(pl.String)
    return verdicts.select(texts, "due").sort("unit", "requirement", "period").rows()


def cases(campaign: Campaign, *columns: str) -> list[tuple[Any, ...]]:
    """unit, requirement and further columns of all cases, in the order in which they opened."""
    names = ", ".join(("unit", "requirement", *columns))
    return campaign.rows(f"SELECT {names} FROM cases ORDER BY id")
