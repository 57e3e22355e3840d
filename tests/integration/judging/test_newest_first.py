"""Of a county's reports no more days are read than tell the last of each office in every open period, and its duties stand as
they do where everything is read."""

from __future__ import annotations

import random
from pathlib import Path

import polars as pl
from worlds.campaign import Campaign, at, make_campaign
from worlds.plans import phase, trial

from models.moments import micros
from tasks.campaign.folding import fold_province
from tasks.judging.judge import judge_all

PLAN = trial(
    [
        "visited: {title: 走访户数, level: township, roll_up: sum}",
        "called: {title: 再次走访户数, level: township, roll_up: sum}",
        "opened: {title: 已开工, level: county, roll_up: sum}",
    ],
    [
        phase(
            "registration",
            "登记",
            "2020-08-03",
            "2020-10-31",
            [
                '{id: daily, title: 日报, judged_at: township, met_when: "visited >= 3", every: day}',
                '{id: weekly, title: 周报, judged_at: county, met_when: "visited >= 6 and opened >= 1", every: week}',
                '{id: monthly, title: 月报, judged_at: county, met_when: "called >= 4", every: month}',
            ],
        )
    ],
)
TOWNSHIPS = ("990101001", "990101002", "990102001", "990102002")


def day_of(campaign: Campaign, day: str, figures: dict[str, int | None], hour: int = 17) -> None:
    """What townships report of one day, kept as columns at once."""
    said = "".join(f"{unit},{value},{value}\n" for unit, value in figures.items() if value is not None)
    campaign.report(f"code,visited,called\n{said}", f"{day}T{hour:02d}:00")
    with campaign.store.writing() as connection:
        fold_province(connection, "99", micros(at("2020-10-01T09:00")))


def assert_alike(campaign: Campaign, now: str) -> None:
    """A county judged by itself, and everybody judged."""
    nation, order = judge_all(campaign.store, None, at(now)), ["place", "period", "unit"]
    for scope in ("990101", "990102", "990101001"):
        own = judge_all(campaign.store, scope, at(now))
        part = nation.verdicts.join(own.units.select("unit"), on="unit", how="semi")
        assert own.verdicts.sort(order).equals(part.sort(order)), (now, scope)


def test_whoever_is_silent_late_or_corrects_a_county_stands_as_it_does_among_all(tmp_path: Path) -> None:
    luck = random.Random(1)
    campaign = make_campaign(tmp_path, plan=PLAN)
    for day in range(4, 30):
        told = {unit: luck.choice([None, 1, 3, 5]) for unit in TOWNSHIPS if luck.random() < 0.9}
        if any(value is not None for value in told.values()):
            day_of(campaign, f"2020-08-{day:02d}", told)
        if luck.random() < 0.3:
            late = f"2020-08-{luck.randrange(3, day + 1):02d}"
            day_of(campaign, late, {luck.choice(TOWNSHIPS): luck.randrange(7)}, hour=luck.randrange(18, 24))
        if day == 12:
            campaign.report("code,opened\n990101,1\n", "2020-08-12T10:00")
        if day % 5 == 0:
            assert_alike(campaign, f"2020-08-{day:02d}T23:30")
    assert_alike(campaign, "2020-09-01T00:00")
    campaign.store.engine.dispose()


def test_where_all_report_every_day_a_month_is_told_by_its_last_days(tmp_path: Path) -> None:
    campaign = make_campaign(tmp_path, plan=PLAN.replace("visited >= 6 and opened >= 1", "visited >= 6"))
    for day in range(3, 25):
        day_of(campaign, f"2020-08-{day:02d}", dict.fromkeys(TOWNSHIPS, day))
    now = at("2020-08-24T23:30")

    read = moments_read(campaign, "2020-08-24")

    assert 1 <= len(read) <= 4
    assert judge_all(campaign.store, "990101", now).verdicts["standing"].cast(pl.String).unique().to_list() == ["met"]
    campaign.store.engine.dispose()


def moments_read(campaign: Campaign, day: str) -> list[int]:
    """As of which moments readings were read until those of a day were known of all four townships."""

    def told(readings: pl.DataFrame, unread: int) -> bool:
        return readings.filter(pl.col("as_of") > unread)["unit"].n_unique() == len(TOWNSHIPS)

    found = campaign.store.reading_history({"visited"}, None, at(f"{day}T23:30"), units=TOWNSHIPS, told=told)
    return found["as_of"].unique().to_list()
