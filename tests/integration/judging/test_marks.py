"""A page is published again when it would read otherwise, and only then: the minute at which it is drawn does not count."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from worlds.campaign import Campaign, at, make_campaign
from worlds.plans import TWO_PHASES

from flows._publication import Publication
from models.plan.files import read_plan_files
from tasks.judging.status import read_statuses
from tasks.loading.load import Files, load

PICTURE = re.compile(r"data:image/svg\+xml;base64,[A-Za-z0-9+/=]+")
"""In which the line of today moves within the day."""
AS_OF = re.compile(r"截至(?: \*\*[\d: -]+\*\*|[\d: -]+)")
HELD = ("board-99", "overdue-99", "duties-99", "phase-recruitment-99", "board-9901", "board-990101")


def reported(folder: Path) -> Campaign:
    made = make_campaign(folder, plan=TWO_PHASES)
    made.report("code,funds_arrived,population\n990101,100,50\n", "2020-08-03T12:00")
    made.report("code,staff\n990101001,12\n990101002,3\n", "2020-08-10T12:00")
    return made


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Campaign:
    return reported(tmp_path_factory.mktemp("marks"))


def shown(campaign: Campaign, moment: str | timedelta) -> dict[str, tuple[str, str]]:
    """Of every page its mark, and what a clerk reads on it beside its moment."""
    now = at(moment) if isinstance(moment, str) else at("2020-08-19T00:00") + moment
    publication = Publication(read_statuses(campaign.store, "99", now), ["recruitment"], 2)
    publication.look_below(publication.lower)
    found = {}
    for sheet in publication.sheets():
        page = sheet.draw({})
        found[sheet.key] = sheet.mark, AS_OF.sub("", PICTURE.sub("", f"{page.title}\n{page.body}"))
    return found


def marks(campaign: Campaign, moment: str) -> dict[str, str]:
    publication = Publication(read_statuses(campaign.store, "99", at(moment)), ["recruitment"], 2)
    return {sheet.key: sheet.mark for sheet in publication.sheets()}


def moments() -> Iterator[timedelta]:
    """About every third hour of three days around a due moment, and a minute before and after it."""
    for hour in range(0, 72, 3):
        yield timedelta(hours=hour, minutes=7)
    for minute in (-1, 0, 1, 59, 61):
        yield timedelta(days=1, minutes=minute)
        yield timedelta(days=2, minutes=minute)


def test_pages_of_one_mark_read_the_same(campaign: Campaign):
    texts: dict[tuple[str, str], set[str]] = {}
    for moment in moments():
        for key, (mark, text) in shown(campaign, moment).items():
            if key in HELD:
                texts.setdefault((key, mark), set()).add(text)
    assert {key for key, _ in texts} == set(HELD)
    assert [key for (key, _), found in texts.items() if len(found) > 1] == []


def test_a_quiet_quarter_of_an_hour_is_nothing_new_and_a_new_day_is(campaign: Campaign):
    noon = marks(campaign, "2020-08-18T12:01")
    assert marks(campaign, "2020-08-18T12:16") == noon
    next_day = marks(campaign, "2020-08-19T12:01")
    assert {key for key in noon if next_day[key] == noon[key]} == set()


NOW = "2020-08-18T12:01"


@pytest.mark.parametrize(
    ("rows", "moment"),
    [
        ("code,staff\n990101002,4\n", "2020-08-10T12:00"),
        ("code,staff\n990101002,3\n", "2020-08-11T12:00"),
        ("code,staff\n990101002,30\n", "2020-08-11T12:00"),
    ],
    ids=["another-figure", "the-same-again", "met"],
)
def test_a_report_is_new_to_its_office_and_those_above_it(tmp_path: Path, rows: str, moment: str):
    campaign = reported(tmp_path)
    before = marks(campaign, NOW)
    campaign.report(rows, moment)
    after = marks(campaign, NOW)
    changed = {key for key in before if after[key] != before[key]}
    assert {"board-99", "board-9901", "board-990101", "phase-recruitment-99"} <= changed
    assert not {"board-9902", "board-990102"} & changed


def test_a_signed_exit_is_new(tmp_path: Path):
    campaign = reported(tmp_path)
    before = marks(campaign, NOW)
    with campaign.store.writing() as connection:
        connection.exec_driver_sql(
            "INSERT INTO exits (unit, phase, author, at) VALUES ('990102', 'recruitment', '', 0)"
        )
    after = marks(campaign, NOW)
    assert after["board-990102"] != before["board-990102"]


def test_another_title_in_the_plan_is_new_everywhere(tmp_path: Path):
    campaign = reported(tmp_path)
    before = marks(campaign, NOW)
    plan = tmp_path / "plan.yaml"
    plan.write_text(plan.read_text(encoding="utf-8").replace("两员选聘", "普查员选聘"), encoding="utf-8")
    load(campaign.store, Files(plan=read_plan_files(plan)), at("2020-08-18T09:00"))
    after = marks(campaign, NOW)
    assert {key for key in before if after[key] == before[key]} == set()
