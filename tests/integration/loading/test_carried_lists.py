"""Districts, rows of registers and drafts of papers where divisions change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
from worlds.campaign import UNITS, Campaign, at, make_campaign
from worlds.districts import VILLAGES, report
from worlds.divisions import change, listed, standings
from worlds.papers import open_desk
from worlds.plans import DISTRICTS, plan_with
from worlds.row_reports import LISTS, send

from models.plan.lists import DISTRICTS as REGISTER_OF_DISTRICTS
from tasks.archive.copying import find_lack
from tasks.audit_trail.records import verify
from tasks.campaign.kept_readings import holding_readings
from tasks.campaign.reading_columns import Asked
from tasks.intake.intake import AsRows
from tasks.loading.unit_changes import change_units
from tasks.registers.current import rows_of

WEEKLY = '{id: weekly, title: 周报, judged_at: township, met_when: "enumerators > 0", every: week}'
PLAN = plan_with(DISTRICTS, WEEKLY, phase="zoning")
FIRST = "code,enumerators,buildings\n{0}001001,1,5\n{0}001002,2,6\n{0}002001,3,7\n990101002001001,4,8\n"
SECOND = "code,enumerators\n{0}001001,0\n"
LATER = "code,enumerators,buildings\n{0}001002,5,1\n{0}002002,6,2\n"
LATE = "code,enumerators\n{0}001001,7\n{0}002001,8\n"
NOW = "2020-08-12T00:00"


def holding(campaign: Campaign, town: str, moment: str) -> list[tuple[Any, ...]]:
    """indicator, unit, value, reported, expected, as_of of what holds at a township and its villages."""
    with campaign.store.reading() as connection:
        found = holding_readings(connection, Asked(until=int(at(moment).timestamp() * 1_000_000)))
    texts = found.with_columns(pl.col("indicator", "unit").cast(pl.String)).filter(pl.col("unit").str.starts_with(town))
    return texts.select("indicator", "unit", "value", "reported", "expected", "as_of").rows()


def test_a_township_with_another_code_takes_its_districts_along_however_late_provinces_of_them_come(
    tmp_path: Path, database_url: str
) -> None:
    units = UNITS + VILLAGES
    (tmp_path / "always").mkdir()
    always = make_campaign(tmp_path / "always", plan=PLAN, units=units.replace("990101001", "990101101"))
    changed = make_campaign(tmp_path, database_url, plan=PLAN, units=units)
    for one, town in ((always, "990101101"), (changed, "990101001")):
        report(one, FIRST.format(town), "2020-08-01T17:00", "first.csv")
        report(one, SECOND.format(town), "2020-08-11T09:00", "second.csv")

    done = change(changed, "990101001,990101101\n", NOW)
    for one in (always, changed):
        report(one, LATER.format("990101101"), "2020-08-13T17:00", "later.csv")
        report(one, LATE.format("990101101"), "2020-08-10T17:00", "late.csv")

    assert done.counts["districts"] == 3
    for moment in ("2020-08-11T12:00", "2020-08-14T09:00"):
        assert holding(changed, "990101101", moment) == holding(always, "990101101", moment)
        assert standings(changed, moment) == standings(always, moment)
    assert find_lack(changed.store).missing == ()
    assert verify(changed.store).findings == ()


def test_districts_of_the_old_code_are_withdrawn_and_stood_there_before(tmp_path: Path, database_url: str) -> None:
    one = make_campaign(tmp_path, database_url, plan=PLAN, units=UNITS + VILLAGES)
    report(one, FIRST.format("990101001"), "2020-08-01T17:00", "first.csv")
    change(one, "990101001,990101101\n", NOW)
    register = one.store.plan().registers[REGISTER_OF_DISTRICTS]

    def there(moment: str) -> set[str]:
        rows = rows_of(one.store, register, at(moment))
        return {code[:9] for code in rows.filter(~pl.col(":withdrawn"))["code"]}

    assert there("2020-08-12T00:00") == {"990101101", "990101002"}
    assert there("2020-08-11T23:59") >= {"990101001", "990101002"}


def test_districts_that_would_have_one_number_after_a_merger_stay_and_are_told(
    tmp_path: Path, database_url: str
) -> None:
    one = make_campaign(tmp_path, database_url, plan=PLAN)
    report(
        one, "code,enumerators\n990102001001001,1\n990102002001001,2\n990102002001002,3\n", "2020-08-01T17:00", "1.csv"
    )

    done = change(one, "990102001,990102100,乙镇\n990102002,990102100\n", NOW)

    assert (done.counts["districts"], done.counts["rows_left"]) == (2, 1)
    assert any("1 districts or rows have, under the new code, the name of another" in said.en for said in done.words())


PROBLEMS = "code,list,row,state,pool\n990101001,甲批,1,已接收,9901\n990101002,甲批,2,核实中,990102\n990102001,乙批,1,已接收,990101\n"


def problems(campaign: Campaign, moment: str, *columns: str) -> list[tuple[Any, ...]]:
    rows = rows_of(campaign.store, campaign.store.plan().registers["problems"], at(moment))
    return rows.filter(~pl.col(":withdrawn")).select("code", "row", *columns).sort("code", "row").rows()


def test_rows_of_a_register_go_where_their_office_goes_with_their_history(tmp_path: Path, database_url: str) -> None:
    one = make_campaign(tmp_path, database_url, plan=LISTS)
    report(one, PROBLEMS, "2020-08-02T10:00", "problems.csv")
    report(one, "code,list,row,state\n990101001,甲批,1,核实中\n", "2020-08-05T10:00", "moved.csv")

    done = change(one, "990101,990103\n", NOW)

    first, second = (int(at(f"2020-08-0{day}T10:00").timestamp() * 1_000_000) for day in (2, 5))
    assert problems(one, "2020-08-13T00:00", "state", "pool", ":since", ":changed") == [
        ("990102001", 1.0, "received", "990103", first, int(at(NOW).timestamp() * 1_000_000)),
        ("990103001", 1.0, "in-field", "9901", first, second),
        ("990103002", 2.0, "in-field", "990102", first, first),
    ]
    assert problems(one, "2020-08-03T00:00", "state")[-2:] == [
        ("990103001", 1.0, "received"),
        ("990103002", 2.0, "in-field"),
    ]
    assert done.counts["rows"] == 3
    assert verify(one.store).findings == ()
    report(one, "code,list,row,state\n990101001,甲批,1,已办结\n", "2020-08-13T10:00", "closed.csv")
    assert ("990103001", 1.0, "closed") in problems(one, "2020-08-14T00:00", "state")


def test_rows_of_merged_keepers_with_one_key_are_told_and_none_is_lost(tmp_path: Path, database_url: str) -> None:
    one = make_campaign(tmp_path, database_url, plan=LISTS)
    report(one, PROBLEMS.replace("乙批", "甲批"), "2020-08-02T10:00", "problems.csv")

    done = change(
        one,
        "990101,990101\n990102,990101\n990102001,990101003\n990102002,990101004\n",
        NOW,
    )

    assert done.counts["rows_left"] == 1
    assert [row[0] for row in problems(one, "2020-08-13T00:00")] == ["990101001", "990101002", "990102001"]


def test_a_list_that_nobody_ever_reported_is_no_obstacle(tmp_path: Path, database_url: str) -> None:
    one = make_campaign(tmp_path, database_url, plan=LISTS)

    assert change(one, "990101,990103\n", NOW).counts["rows"] == 0


def test_a_draft_is_replaced_by_one_that_names_the_office_as_it_is_now(tmp_path: Path, database_url: str) -> None:
    with open_desk(tmp_path, database_url) as desk:
        desk.draft()

        change_units(
            desk.campaign.store,
            listed(desk.campaign, "990101,990103,甲新区\n9901,9901,试验新市\n"),
            at("2020-08-10T00:00"),
            at("2020-08-10T09:00"),
            "区划员",
        )

        old, new = desk.papers()
        assert (old["state"], old["reason"], new["state"], new["instead_of"]) == (
            "withdrawn",
            "recoded",
            "draft",
            old["id"],
        )
        assert (new["unit"], new["signer_unit"]) == ("990103", "9901")
        assert "甲新区" in new["content"]
        assert "甲县" not in new["content"]
        assert json.loads(new["facts"])["signer"] == "试验新市"
        desk.sign(new["id"], "leader9901", "2020-08-10T10:00")
        desk.watch("2020-08-10T10:30")
        assert verify(desk.campaign.store).findings == ()


def test_no_moment_of_before_knows_a_row_under_both_codes_where_an_office_above_keeps_the_list_too(
    tmp_path: Path, database_url: str
) -> None:
    plan = LISTS.replace("kept_by: county", "kept_by: [city, county]").replace(
        "key: [list, row]", "key: [code, list, row]"
    )
    one = make_campaign(tmp_path, database_url, plan=plan)
    report(
        one, "code,list,row,state\n990101,甲批,1,received\n990102,甲批,1,received\n", "2020-08-02T10:00", "first.csv"
    )
    report(
        one, "code,list,row,state\n990101,甲批,1,in-field\n990101,甲批,2,received\n", "2020-08-05T10:00", "second.csv"
    )
    report(one, "code,list,row,state\n990101,甲批,1,closed\n", "2020-08-08T10:00", "third.csv")

    change(one, "990101,990103\n", NOW)

    known = {moment: problems(one, f"2020-08-{moment}T12:00", "state") for moment in ("03", "06", "09", "13")}
    other = ("990102", 1.0, "received")
    assert known == {
        "03": [other, ("990103", 1.0, "received")],
        "06": [other, ("990103", 1.0, "in-field"), ("990103", 2.0, "received")],
        "09": [other, ("990103", 1.0, "closed"), ("990103", 2.0, "received")],
        "13": [other, ("990103", 1.0, "closed"), ("990103", 2.0, "received")],
    }
    assert verify(one.store).findings == ()


def test_a_nil_return_under_an_old_code_is_none_of_the_office_above(tmp_path: Path, database_url: str) -> None:
    plan = LISTS.replace("kept_by: county", "kept_by: [city, county]")
    asked = plan.replace(
        "{id: each-checked, title: 问题逐条核对, judged_at: county",
        "{id: each-checked, title: 问题逐条核对, judged_at: city",
    )
    one = make_campaign(tmp_path, database_url, plan=asked)
    send(one, "code\n990101\n", "2020-08-02T10:00", AsRows("problems"))

    change(one, "990101,990103\n", NOW)

    for moment in ("2020-08-03T00:00", "2020-08-13T00:00"):
        of_city = [row for row in standings(one, moment) if row[:2] == ("9901", "recheck.each-checked")]
        assert [row[3] for row in of_city] == ["unreported"]
