"""A small campaign with districts, and what tests of its intake look at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from worlds.campaign import UNITS, Campaign, at, make_campaign
from worlds.plans import DISTRICTS

from tasks.intake.intake import take_in
from tasks.intake.receipts import Receipt

VILLAGES = "".join(f"{town}{village:03d},村{village}\n" for town in ("990101001", "990101002") for village in (1, 2))


def district_campaign(folder: Path, database_url: str | None = None, **settings: Any) -> Campaign:
    """Two townships with two villages each, two without."""
    return make_campaign(folder, database_url, plan=DISTRICTS, units=UNITS + VILLAGES, **settings)


def report(campaign: Campaign, body: str, as_of: str, name: str = "report.csv") -> Receipt:
    file = campaign.folder / name
    file.write_text(body, encoding="utf-8")
    return take_in(campaign.store, file, at(as_of), "甲县人普办", at("2020-08-20T09:00"))


def readings(campaign: Campaign, indicator: str) -> list[tuple[Any, ...]]:
    """unit, value, reported, expected, batch of every reading of an indicator, oldest batch first."""
    query = (
        "SELECT unit, value, reported, expected, batch FROM readings WHERE indicator = :i ORDER BY batch, as_of, unit"
    )
    return campaign.rows(query, i=indicator)


def count(campaign: Campaign, table: str) -> int:
    return int(campaign.rows(f"SELECT count(*) FROM {table}")[0][0])


def kept(campaign: Campaign) -> list[str]:
    """Every file of the campaign but its database and key."""
    home = campaign.folder / "home"
    return sorted(str(path.relative_to(home)) for path in home.rglob("*") if path.is_file() and path.parent != home)
