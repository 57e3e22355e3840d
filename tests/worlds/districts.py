"""A small campaign with districts, and what tests of its intake look at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import text
from worlds.campaign import UNITS, Campaign, at, make_campaign

from tasks.intake.intake import Receipt, take_in

PLAN = """
census: trial
title: 试验普查
standard_time: 2020-11-01T00:00:00+08:00
indicators:
  funds: {title: 到位经费, level: county, unit: yuan, roll_up: sum, min: 0}
  meetings: {title: 专题会, level: township, roll_up: sum, min: 0, max: 50}
  districts: {title: 普查小区, level: district, roll_up: count}
  enumerators: {title: 普查员, level: district, roll_up: sum, min: 0}
  buildings: {title: 建筑物, level: district, roll_up: sum, min: 0}
  smallest: {title: 最小面积, level: district, roll_up: min}
  largest: {title: 最大面积, level: district, roll_up: max}
  average: {title: 平均户数, level: district, roll_up: mean}
  uncovered: {title: 无普查员的小区, level: district, count_where: "enumerators < 1"}
  doubtful: {title: 存疑小区, level: district, count_where: "enumerators < 1 or buildings > 50"}
  bare: {title: 无人有楼的小区, level: district, count_where: "uncovered_here = 1 and buildings > 0"}
  uncovered_here: {title: 本小区无人, level: district, sum_where: "CASE WHEN enumerators < 1 THEN 1 ELSE 0 END"}
  workload: {title: 工作量, level: district, sum_where: "buildings * 2 + enumerators"}
phases:
  - id: zoning
    title: 区划绘图
    starts: T-200d
    ends: T-10d
    requirements:
      - {id: covered, title: 每个小区有人, judged_at: township, met_when: "uncovered = 0", due: T-73d}
      - {id: built, title: 村内已绘图, judged_at: village, met_when: "buildings > 0", due: T-73d}
"""
VILLAGES = "".join(f"{town}{village:03d},村{village}\n" for town in ("990101001", "990101002") for village in (1, 2))


def district_campaign(folder: Path, database_url: str | None = None) -> Campaign:
    """Two townships with two villages each, two without."""
    return make_campaign(folder, database_url, plan=PLAN, units=UNITS + VILLAGES)


def report(campaign: Campaign, body: str, as_of: str, name: str = "report.csv") -> Receipt:
    file = campaign.folder / name
    file.write_text(body, encoding="utf-8")
    return take_in(campaign.store, file, at(as_of), "甲县人普办", at("2020-08-20T09:00"))


def readings(campaign: Campaign, indicator: str) -> list[tuple[Any, ...]]:
    """unit, value, reported, expected, batch of every reading of an indicator, oldest batch first."""
    query = text(
        "SELECT unit, value, reported, expected, batch FROM readings WHERE indicator = :i ORDER BY batch, as_of, unit"
    )
    with campaign.store.reading() as connection:
        return [tuple(row) for row in connection.execute(query, {"i": indicator})]


def count(campaign: Campaign, table: str) -> int:
    with campaign.store.reading() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def kept(campaign: Campaign) -> list[str]:
    """Every file of the campaign but its database and key."""
    home = campaign.folder / "home"
    return sorted(str(path.relative_to(home)) for path in home.rglob("*") if path.is_file() and path.parent != home)
