"""Districts in the form of a phase: what the phase asks of them stands on a sheet of their own, and comes back beside all else."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from worlds.campaign import UNITS, Campaign, at, copy_campaign, make_campaign
from worlds.databases import Shared, put_sqlite
from worlds.districts import VILLAGES, readings
from worlds.forms import brought_home, hand_out, header_of, send_back
from worlds.forms_plan import OF_DISTRICTS
from worlds.kills import Snapshots
from worlds.workbooks import fill_in, notes_of, part_of

from models.plan.lists import DISTRICTS
from models.wording import Refusal
from tasks.audit_trail.records import verify
from tasks.files.opening import open_tables
from tasks.forms.form import make_form
from tasks.intake.intake import take_in
from tasks.intake.marked_copies import mark_copy

FIGURES, OWN, PAPERS = "指标数字", "普查小区", "文件登记"
FIRST = 4
"""The first row below the header of a sheet without a line of what is missing."""
TOWN = "990101001"
ROWS = (
    "code,住房单元,已摸底住房单元,图件种类\n"
    "990101001001001,100,100,院落图\n"
    "990101001001002,80,,\n"
    "990101001002001,60,60,\n"
    "990101002001001,50,,\n"
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Campaign, Shared]:
    folder = tmp_path_factory.mktemp("districts-in-forms")
    shared = Shared(folder, put_sqlite(folder / "pucha.db"), None)
    campaign = make_campaign(folder, shared.database_url, plan=OF_DISTRICTS, units=UNITS + VILLAGES)
    campaign.report(ROWS, "2020-08-02")
    campaign.report("code,rooms\n990101001,3\n", "2020-08-02")
    campaign.store.engine.dispose()
    return campaign, shared


@pytest.fixture
def campaign(made: tuple[Campaign, Shared], tmp_path: Path) -> Campaign:
    return copy_campaign(*made, tmp_path)


def sheets_of(file: Path) -> list[str]:
    return [table.sheet for table in open_tables(file)]


def rows_in(file: Path, sheet: str = OWN) -> list[dict[str, str | None]]:
    table = next(one for one in open_tables(file) if one.sheet == sheet)
    rows = [row for part in table.parts() for row in part.drop("row").iter_rows()]
    return [dict(zip(table.columns, row, strict=True)) for row in rows]


def cells(file: Path, sheet: str, row: int, filled: Mapping[str, object]) -> dict[str, object]:
    letters = header_of(file, sheet)
    return {f"{letters[title]}{row}": value for title, value in filled.items()}


@pytest.mark.parametrize(("unit", "count"), [("990101", 4), (TOWN, 3), ("990101001001", 2)])
def test_every_office_from_the_village_up_has_its_own_districts_in_the_form_of_a_phase(
    campaign: Campaign, unit: str, count: int
) -> None:
    file = hand_out(campaign, "listing", unit=unit)

    assert OWN in sheets_of(file)
    assert len(rows_in(file)) == count
    assert {row["区划代码"][: len(unit)] for row in rows_in(file)} == {unit}  # type: ignore[index]


def test_a_phase_asks_districts_for_its_own_figures_and_another_phase_for_others(campaign: Campaign) -> None:
    listing = header_of(hand_out(campaign, "listing", out="摸底.xlsx"), OWN)
    counting = header_of(hand_out(campaign, "counting", out="登记.xlsx"), OWN)
    both = header_of(hand_out(campaign, "listing", "counting", out="两者.xlsx"), OWN)
    alone = header_of(hand_out(campaign, "districts", out="小区.xlsx"), OWN)

    assert {"住房单元（个）", "已摸底住房单元（个）", "图件种类"} <= set(listing)
    assert "应登记户（户）" not in listing
    assert "应登记户（户）" in counting
    assert "住房单元（个）" not in counting
    assert set(both) == set(alone) == {*listing, *counting}
    assert OWN not in sheets_of(hand_out(campaign, "papers-only", out="发文.xlsx"))


def test_a_district_is_named_by_its_village_and_says_which_figure_is_still_owed(campaign: Campaign) -> None:
    told = {row["区划代码"]: row for row in rows_in(hand_out(campaign, "listing"))}

    assert told["990101001001001"]["单位名称"] == "村1"
    assert told["990101001001001"]["应办事项（不填）"] is None
    assert told["990101001001002"]["应办事项（不填）"] == "已摸底住房单元（2020年8月5日前）"
    assert part_of(hand_out(campaign, "listing", unit=TOWN, out="乡.xlsx"), "填报说明").count("普查小区") >= 2


def test_districts_figures_of_offices_and_lists_come_back_in_one_workbook(campaign: Campaign) -> None:
    file = hand_out(campaign, "listing")
    new = {"区划代码": "990101002001002", "住房单元（个）": 40, "已摸底住房单元（个）": "39余"}
    filled = {
        FIGURES: cells(file, FIGURES, FIRST + 1, {"办公用房（间）": 2}),
        OWN: cells(file, OWN, FIRST + 1, {"已摸底住房单元（个）": 80}) | cells(file, OWN, FIRST + 4, new),
        PAPERS: cells(file, PAPERS, FIRST + 1, {"区划代码": "990101", "文件种类": "工作方案", "文号": "甲1"}),
    }

    back = send_back(campaign, file, "2020-08-20", filled)

    told = {one.register: (one.accepted, one.rejected) for one in back.tables}
    assert told == {None: (1, 0), DISTRICTS: (1, 1), "papers": (1, 0)}
    assert [row[:2] for row in readings(campaign, "listed")][-1] == (TOWN, 240.0)
    assert [row[:2] for row in readings(campaign, "rooms")][-1] == ("990101002", 2.0)
    assert verify(campaign.store).whole

    again = take_in(campaign.store, file, at("2020-08-20"), "甲县人普办", at("2020-08-21"))
    assert [one.repeated for one in again.tables] == [True, True, True]
    copy = mark_copy(file, file.with_name("退.xlsx"), back, "zh")
    assert isinstance(copy, Path)
    assert list(notes_of(copy)) == [f"{header_of(file, OWN)['已摸底住房单元（个）']}{FIRST + 4}"]


def test_districts_of_a_form_are_found_again_by_whoever_makes_their_state_anew(campaign: Campaign) -> None:
    file = hand_out(campaign, "listing")
    filled = {
        FIGURES: cells(file, FIGURES, FIRST, {"办公用房（间）": 2}),
        OWN: cells(file, OWN, FIRST + 1, {"已摸底住房单元（个）": 80, "图件种类": "剖面图"}),
    }
    send_back(campaign, file, "2020-08-20", filled)

    for moment in ("2020-08-10", "2020-08-21"):
        told = {
            row["区划代码"]: row for row in rows_in(hand_out(campaign, "listing", moment=moment, out=f"{moment}.xlsx"))
        }
        later = moment == "2020-08-21"
        assert told["990101001001002"]["已摸底住房单元（个）"] == ("80" if later else None)
        assert told["990101001001002"]["图件种类"] == ("剖面图" if later else None)


def test_a_sheet_of_districts_that_was_left_alone_alters_nothing(campaign: Campaign) -> None:
    file = hand_out(campaign, "listing")
    before = campaign.rows("SELECT COUNT(*) FROM batches")

    back = send_back(campaign, file, "2020-08-20")

    assert [(one.batch, one.accepted, one.rejected) for one in back.tables] == [(None, 0, 0)] * 3
    assert campaign.rows("SELECT COUNT(*) FROM batches") == before


def test_a_code_of_a_district_on_the_sheet_of_offices_stands_in_nobodys_way(campaign: Campaign) -> None:
    file = hand_out(campaign, "listing")
    filled = {
        FIGURES: cells(file, FIGURES, FIRST + 1, {"办公用房（间）": 2})
        | cells(file, FIGURES, FIRST + 3, {"区划代码": "990101001001001"})
        | cells(file, FIGURES, FIRST + 4, {"区划代码": "990101001001002", "办公用房（间）": 5}),
        OWN: cells(file, OWN, FIRST + 1, {"已摸底住房单元（个）": 80}),
    }

    back = send_back(campaign, file, "2020-08-20", filled)

    assert {one.register: one.accepted for one in back.tables if one.batch}[DISTRICTS] == 1
    assert [row[:2] for row in readings(campaign, "listed")][-1] == (TOWN, 240.0)
    found = {row["区划代码"]: row for row in rows_in(hand_out(campaign, "listing", moment="2020-08-21", out="后.xlsx"))}
    assert found["990101001001002"]["已摸底住房单元（个）"] == "80"


def test_two_sheets_that_both_speak_of_districts_are_refused_as_before(campaign: Campaign) -> None:
    file = hand_out(campaign, "listing")
    titles = header_of(file, FIGURES)
    filled = {FIGURES: {f"{titles['办公用房（间）']}3": "住房单元（个）", f"{titles['办公用房（间）']}{FIRST}": 3}}

    with pytest.raises(Refusal, match="sheets"):
        send_back(campaign, file, "2020-08-20", filled)


def test_a_county_of_more_districts_than_a_form_takes_is_told_where_they_are_to_be_had(campaign: Campaign) -> None:
    out = campaign.folder / "县.xlsx"
    written = make_form(campaign.store, ["listing"], "990101", at("2020-08-10"), out, most_districts=3)

    assert len(written.left_out) == 1
    assert "共 4 个，超过 3 个" in written.left_out[0].zh
    assert "pucha form districts --unit" in written.left_out[0].zh
    assert OWN not in sheets_of(written.file)
    assert "未列入本表" in part_of(written.file, "填报说明")
    assert len(rows_in(hand_out(campaign, "listing", unit=TOWN, out="乡.xlsx"))) == 3
    with pytest.raises(Refusal, match="are not in this form"):
        make_form(campaign.store, ["counting"], "990101", at("2020-08-10"), out.with_name("登.xlsx"), most_districts=3)
    assert len(rows_in(hand_out(campaign, "districts", unit="990101", out="小区.xlsx"))) == 4


def test_a_workbook_with_districts_that_is_killed_at_any_step_brings_all_its_sheets_or_none(campaign: Campaign) -> None:
    campaign = brought_home(campaign)
    file = hand_out(campaign, "listing")
    filled = {
        FIGURES: cells(file, FIGURES, FIRST + 1, {"办公用房（间）": 2}),
        OWN: cells(file, OWN, FIRST + 1, {"已摸底住房单元（个）": 80}),
        PAPERS: cells(file, PAPERS, FIRST + 1, {"区划代码": "990101", "文件种类": "工作方案", "文号": "甲1"}),
    }
    fill_in(file, filled)
    snapshots = Snapshots(campaign)

    sys.setprofile(snapshots)
    try:
        take_in(campaign.store, file, at("2020-08-20"), "甲县人普办", at("2020-08-20T10:00"))
    finally:
        sys.setprofile(None)

    seen = []
    for number in range(snapshots.taken):
        killed = snapshots.open(number)
        batches = killed.rows("SELECT COUNT(*) FROM batches WHERE file_name = '表.xlsx'")[0][0]
        assert batches in (0, 3), number
        seen.append(batches == 3)
        again = take_in(killed.store, file, at("2020-08-20"), "甲县人普办", at("2020-08-22T10:00"))
        assert [(one.accepted, one.rejected, one.repeated) for one in again.tables] == [(1, 0, seen[-1])] * 3, number
        assert [row[:2] for row in readings(killed, "listed")][-1] == (TOWN, 240.0), number
        assert verify(killed.store).whole, number
        killed.store.engine.dispose()
    assert seen == sorted(seen)
    assert set(seen) == {False, True}
