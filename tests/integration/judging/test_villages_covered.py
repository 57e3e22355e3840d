"""Every village has a district (每个村（居）均有普查小区), by the requirement of the base plan itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from worlds.campaign import UNITS, Campaign, at, make_campaign
from worlds.districts import VILLAGES

from tasks.judging.explain import explain

PLAN = (Path(__file__).parents[3] / "deployments" / "plans" / "census-2020.yaml").read_text(encoding="utf-8")
KEY = "zoning.villages-covered"
BOTH = "code,district_map\n990101001001001,1\n990101001002001,1\n"


@pytest.fixture
def campaign(tmp_path: Path) -> Campaign:
    return make_campaign(tmp_path, plan=PLAN, units=UNITS + VILLAGES)


def told(campaign: Campaign, unit: str, now: str) -> tuple[str, str]:
    (found,) = explain(campaign.store, unit, KEY, at(now))
    return found.duty.standing, found.duty.reason.zh


def test_a_village_without_a_district_keeps_its_township_from_having_done(campaign: Campaign) -> None:
    campaign.report("code,district_map\n990101001001001,1\n990101001001002,1\n", "2020-08-03T17:00")

    assert told(campaign, "990101001", "2020-08-03T18:00") == (
        "unmet",
        "有普查小区的村（居）1个，应不低于辖内村（居）2个",
    )
    campaign.report(BOTH, "2020-08-04T17:00")
    assert told(campaign, "990101001", "2020-08-04T18:00") == ("met", "")


def test_a_virtual_district_covers_no_village(campaign: Campaign) -> None:
    campaign.report("code,district_map\n990101001001001,1\n990101001002900,0\n", "2020-08-03T17:00")

    assert told(campaign, "990101001", "2020-08-03T18:00")[0] == "unmet"


def test_a_district_that_is_withdrawn_leaves_its_village_bare(campaign: Campaign) -> None:
    campaign.report(BOTH, "2020-08-03T17:00")
    campaign.report("code,撤销\n990101001002001,是\n", "2020-08-04T17:00")

    assert told(campaign, "990101001", "2020-08-03T18:00")[0] == "met"
    assert told(campaign, "990101001", "2020-08-04T18:00")[0] == "unmet"


def test_where_no_district_is_known_nothing_was_reported(campaign: Campaign) -> None:
    assert told(campaign, "990101001", "2020-08-03T18:00")[0] == "unreported"
