"""All duties of an office, listed: each is there while it is read, and no longer."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest
from worlds.campaign import UNITS, Campaign, at, make_campaign
from worlds.deliveries import units
from worlds.plans import ONE_DUTY, TOWNSHIPS

from models.status import DutyStatus
from tasks.judging.duties import Duties
from tasks.judging.judge import judge_all
from tasks.judging.status import read_status

NOW = "2020-08-06T09:00"


def duties_alive() -> int:
    gc.collect()
    return sum(isinstance(one, DutyStatus) for one in gc.get_objects())


@pytest.fixture
def campaign(tmp_path: Path) -> Campaign:
    return make_campaign(tmp_path, plan=ONE_DUTY, units=UNITS)


def test_all_duties_are_those_of_a_short_list_and_can_be_read_again(campaign: Campaign):
    listed = read_status(campaign.store, None, at(NOW)).duties
    found = read_status(campaign.store, None, at(NOW), limit=0).duties

    assert len(found) == len(listed) > 1
    assert tuple(found) == tuple(found) == listed
    assert (found[0], tuple(found[1:])) == (listed[0], listed[1:])


def test_duties_that_were_read_are_not_kept(tmp_path: Path):
    campaign = make_campaign(tmp_path, plan=TOWNSHIPS, units=units(6))
    judged = judge_all(campaign.store, None, at("2020-08-14T09:00"))
    before, alive = duties_alive(), []

    for _ in Duties(judged, judged.verdicts, portion=1):
        alive.append(duties_alive() - before)

    assert len(alive) == judged.verdicts.height == 6
    assert max(alive) <= 2
