"""Rows that offices owe and never had: put into their register once, before a pass judges, and filled in by whoever owes them."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from worlds.boundaries import BOUNDARIES
from worlds.campaign import Campaign, at, make_campaign

from models.rules.phases.given import Expecting, Given
from tasks.intake.doubts import doubts_about
from tasks.intake.expected_rows import expect_rows
from tasks.intake.intake import take_in
from tasks.intake.phase_modules import phase_modules
from tasks.judging.status import read_statuses
from tasks.registers.current import rows_of
from tasks.registers.history import history_of

NOON = "2020-08-03T12:00"


@pytest.fixture
def campaign(tmp_path: Path, database_url: str) -> Campaign:
    return make_campaign(tmp_path, database_url, plan=BOUNDARIES)


def told(campaign: Campaign, rows: str, as_of: str) -> int:
    file = campaign.folder / "boundaries.csv"
    file.write_text(f"区划代码,相邻单位,状态\n{rows}", encoding="utf-8")
    return take_in(campaign.store, file, at(as_of), "甲县人普办", at(NOON)).accepted


def boundaries(campaign: Campaign, moment: str = NOON) -> list[tuple[str, str, str]]:
    rows = rows_of(campaign.store, campaign.store.plan().registers["boundaries"], at(moment))
    return rows.select("code", "neighbour", "state").rows()


def standings(campaign: Campaign, moment: str) -> dict[tuple[str, str], str]:
    duties = read_statuses(campaign.store, "99", at(moment)).of(limit=0).duties
    return {(duty.unit, duty.period): duty.standing for duty in duties}


def test_the_side_that_has_not_answered_is_the_one_that_is_late(campaign: Campaign) -> None:
    told(campaign, "990101,990102,已商定\n", "2020-08-01T17:00")
    assert expect_rows(campaign.store, None, at(NOON)) == 1
    assert boundaries(campaign) == [("990101", "990102", "agreed"), ("990102", "990101", "pending")]
    found = standings(campaign, "2020-09-02T09:00")
    assert found["990101", "990101/990102"] == "met"
    assert found["990102", "990102/990101"] == "unmet"


def test_what_is_expected_is_put_once_and_in_the_name_of_pucha(campaign: Campaign) -> None:
    told(campaign, "990101,990102,已商定\n", "2020-08-01T17:00")
    assert [expect_rows(campaign.store, None, at(moment)) for moment in (NOON, NOON, "2020-08-03T12:15")] == [1, 0, 0]
    register = campaign.store.plan().registers["boundaries"]
    (change,) = history_of(campaign.store, register, "990102/990101", "990102")
    assert (change.by, change.now["state"]) == ("pucha", "pending")


@pytest.mark.parametrize("as_of", ["2020-08-02T09:00", "2020-08-04T09:00"])
def test_an_answer_holds_whether_it_is_of_before_it_was_expected_or_of_after(campaign: Campaign, as_of: str) -> None:
    told(campaign, "990101,990102,已商定\n", "2020-08-01T17:00")
    expect_rows(campaign.store, None, at(NOON))
    assert told(campaign, "990102,990101,已商定\n", as_of) == 1
    assert boundaries(campaign, "2020-08-05T09:00") == [("990101", "990102", "agreed"), ("990102", "990101", "agreed")]
    assert set(standings(campaign, "2020-08-05T09:00").values()) == {"met"}


def test_only_those_below_the_office_whose_pass_it_is_are_expected(campaign: Campaign) -> None:
    told(campaign, "990101,990102,已商定\n", "2020-08-01T17:00")
    assert expect_rows(campaign.store, "990101", at(NOON)) == 0
    assert expect_rows(campaign.store, "990102", at(NOON)) == 1


class Broken:
    """A module that cannot do its work."""

    REGISTERS: tuple[str, ...] = ("boundaries",)

    def expected_rows(self, given: Given) -> dict[str, pl.DataFrame]:
        raise ZeroDivisionError


def test_a_module_that_fails_keeps_no_other_from_being_asked(campaign: Campaign) -> None:
    told(campaign, "990101,990102,已商定\n", "2020-08-01T17:00")
    assert (
        expect_rows(
            campaign.store, None, at(NOON), [Broken(), *(one for one in phase_modules() if isinstance(one, Expecting))]
        )
        == 1
    )
    assert expect_rows(campaign.store, None, at(NOON), [Broken()]) == 0


def test_a_campaign_without_a_boundary_expects_nothing(campaign: Campaign) -> None:
    assert expect_rows(campaign.store, None, at(NOON)) == 0


class BrokenDoubts:
    """A module that cannot say what it doubts."""

    REGISTERS: tuple[str, ...] = ("boundaries",)

    def doubts(self, given: Given, register: str, told: pl.DataFrame) -> pl.DataFrame:
        raise ZeroDivisionError


def test_what_is_doubtful_beside_the_rows_of_others_is_told_and_refused_by_nobody(tmp_path: Path) -> None:
    campaign = make_campaign(tmp_path, plan=BOUNDARIES)
    told(campaign, "990102,990101,有争议\n", "2020-08-01T17:00")
    file = campaign.folder / "both.csv"
    file.write_text("区划代码,相邻单位,状态\n990101,990102,已商定\n990101,990201,已商定\n", encoding="utf-8")

    receipt = take_in(campaign.store, file, at("2020-08-02T17:00"), "甲县人普办", at(NOON))

    assert (receipt.accepted, receipt.rejected) == (2, 0)
    assert receipt.doubts.select("row", "key", "zh").rows() == [
        (2, "990101/990102", "本行为“已商定”，而 990102 登记的是“有争议”，请与其核对")
    ]
    rows = pl.DataFrame({":row": [2], "code": ["990101"], "neighbour": ["990102"], "state": ["agreed"]})
    register = campaign.store.plan().registers["boundaries"]
    broken = doubts_about(campaign.store, register, rows, at(NOON), [BrokenDoubts(), *phase_modules()])
    assert broken.height == 1
