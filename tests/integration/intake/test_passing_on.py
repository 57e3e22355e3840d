"""A meeting that is passed on: the office below owes its own, is told by when, and ends it by a row under any number."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from worlds.campaign import Campaign, at, make_campaign
from worlds.plans import FRAME, phase

from tasks.intake.expected_rows import expect_rows
from tasks.intake.intake import AsRows, take_in
from tasks.judging.status import read_statuses
from tasks.registers.current import rows_of

_REGISTER = """registers:
  meetings:
    title: 会议
    kept_by: [city, county]
    key: [code, meeting]
    columns:
      meeting: {title: 会议编号, type: text}
      kind: {title: 会议类别, one_of: {special: 专题会}}
      held: {title: 召开时间, type: moment}
      passes_on: {title: 传达的上级会议, type: text}
      cascade: {title: 要求下级传达天数, type: number}
      due: {title: 召开期限, type: date}
      keeper: {title: 召开单位, type: code, is: office}
"""
_DUTY = (
    "{id: passed-on, title: 上级会议按期传达, due: 2020-09-30, ladder: standard, met_when: held <= now, each: {register:"
    " meetings, by: passes_on, met_by: any, where: passes_on is not null, owed_by: keeper, due: due}}",
)
PLAN = (
    FRAME
    + _REGISTER
    + "ladders:\n  standard:\n    - {id: overdue, at: +0d, to: [unit.owner]}\n"
    + "phases:\n"
    + phase("coordination", "统筹协调", "2020-06-01", "2020-12-31", _DUTY)
)
NOON, LATER = "2020-08-03T12:00", "2020-08-05T12:00"


@pytest.fixture
def campaign(tmp_path: Path) -> Campaign:
    return make_campaign(tmp_path, plan=PLAN)


def told(campaign: Campaign, row: str, as_of: str) -> None:
    file = campaign.folder / "meetings.csv"
    file.write_text(f"区划代码,会议编号,会议类别,召开时间,传达的上级会议,要求下级传达天数\n{row}\n", encoding="utf-8")
    receipt = take_in(campaign.store, file, at(as_of), "市人普办", at(as_of), as_rows=AsRows(register="meetings"))
    assert (receipt.accepted, receipt.rejected) == (1, 0)


def duties(campaign: Campaign, moment: str) -> dict[tuple[str, str], tuple[str, str]]:
    found = read_statuses(campaign.store, "99", at(moment)).of(limit=0).duties
    return {(one.unit, one.period): (one.standing, f"{one.due:%m-%dT%H}") for one in found}


def test_each_county_owes_its_own_so_many_days_after_its_city_and_ends_it_by_any_row_that_names_it(
    campaign: Campaign,
) -> None:
    told(campaign, "9901,8月会,专题会,2020-08-01 09:00,,3", "2020-08-01T17:00")
    assert duties(campaign, NOON) == {}

    assert [expect_rows(campaign.store, None, at(NOON)) for _ in range(2)] == [2, 0]
    label = "9901/8月会"
    assert duties(campaign, NOON) == {
        (county, f"{county}/{label}"): ("unmet", "08-05T00") for county in ("990101", "990102")
    }

    told(campaign, "990101,县会,专题会,2020-08-04 09:00,9901/8月会,", "2020-08-04T17:00")
    assert [expect_rows(campaign.store, None, at(moment)) for moment in (LATER, "2020-08-05T12:15")] == [1, 0]
    standings = {unit: standing for (unit, _), (standing, _) in duties(campaign, LATER).items()}
    assert standings == {"990101": "met", "990102": "unmet"}
    rows = rows_of(campaign.store, campaign.store.plan().registers["meetings"], at(LATER))
    own = rows.row(by_predicate=pl.col("meeting") == "县会", named=True)
    assert (own["due"].isoformat(), own["cascade"]) == ("2020-08-04", 3.0)
