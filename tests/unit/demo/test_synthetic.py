"""The synthetic figures add up to the documents', tell their stories, and hold nothing about the counted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from deployments.demo.synthetic import (
    ReportFile,
    contacts_frame,
    national_districts,
    national_readings,
    places,
    units_frame,
    write_contacts,
    write_reports,
    write_superiors,
    write_units,
)
from deployments.demo.synthetic.chance import apportion
from deployments.demo.synthetic.places import offices
from deployments.demo.synthetic.register import ground
from deployments.demo.synthetic.reports import CODE, EVIDENCE
from models.plan.files import read_plan_files
from models.plan.model import FROM_CODES, Plan
from models.rules.intake.which_register import register_of
from models.rules.loading.unit_files import read_contacts, read_superiors, read_units
from models.units import DIGITS
from tasks.judging.rows import registers_behind

PLACES = ["hebei", "shanxi", "shihezi", "qianjiang", "tengzhou"]


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[ReportFile]]:
    """The report files of every place, written once."""
    return {name: write_reports(place, tmp_path_factory.mktemp(name)) for name, place in places().items()}


@cache
def plan_of(name: str) -> Plan:
    return read_plan_files(places()[name].plan_file).plan


def figures(name: str, files: list[ReportFile], part: str) -> pl.DataFrame:
    """One report with indicator ids as headings, whatever they are in the file."""
    file = next(one for one in files if one.path.stem == f"synthetic-{name}-{part}")
    table = pl.read_csv(file.path, schema_overrides={CODE: pl.String, "code": pl.String})
    ids = {indicator.title: indicator.id for indicator in plan_of(name).indicators.values()} | {CODE: "code"}
    return table.rename(ids, strict=False)


def rows(name: str, files: list[ReportFile], part: str) -> pl.DataFrame:
    """One report of rows with the ids of columns and values, whatever they are in the file."""
    file = next(one for one in files if one.path.stem == f"synthetic-{name}-{part}")
    assert file.register is not None
    register = plan_of(name).registers[file.register]
    table = pl.read_csv(file.path, schema_overrides={CODE: pl.String})
    ids = {column.title: column.id for column in register.columns.values()} | {CODE: "code"}
    values = [
        pl.col(one.id).replace({title: value for value, title in one.values.items()})
        for one in register.columns.values()
        if one.values and not one.several and one.title in table.columns
    ]
    return table.rename(ids, strict=False).with_columns(values)


def at_digits(frame: pl.DataFrame, digits: int) -> pl.DataFrame:
    """Rows of offices of one level, which the length of their codes tells."""
    return frame.filter(pl.col("code").str.len_chars() == digits)


def total(frame: pl.DataFrame, column: str) -> int:
    return int(frame[column].sum())


# ---- the places


def test_the_five_places_come_with_hebei_first() -> None:
    assert list(places()) == PLACES


@pytest.mark.parametrize(
    ("name", "unit", "as_of"),
    [
        ("hebei", "13", "2020-10-31T17:00:00+08:00"),
        ("shanxi", "14", "2020-08-03T17:00:00+08:00"),
        ("shihezi", "659001", "2020-11-02T17:00:00+08:00"),
        ("qianjiang", "500114", "2020-10-28T17:00:00+08:00"),
        ("tengzhou", "370481", "2020-04-22T17:00:00+08:00"),
    ],
)
def test_a_place_stands_at_the_moment_of_its_document(name: str, unit: str, as_of: str) -> None:
    place = places()[name]

    assert (place.unit, place.as_of) == (unit, as_of)


@pytest.mark.parametrize(
    ("name", "counties", "townships", "villages"),
    [
        ("hebei", 190, 2_363, 53_850),
        ("shanxi", 122, 1_491, 23_465),
        ("shihezi", 1, 20, 437),
        ("qianjiang", 1, 30, 219),
        ("tengzhou", 1, 21, 1_250),
    ],
)
def test_units_are_the_real_divisions_down_to_the_village(
    name: str, counties: int, townships: int, villages: int
) -> None:
    length = units_frame(places()[name])["code"].str.len_chars()

    assert [(length == digits).sum() for digits in (6, 9, 12)] == [counties, townships, villages]


@pytest.mark.parametrize("name", PLACES)
def test_units_and_contacts_load_and_leave_nobody_without_a_mailbox(name: str, tmp_path: Path) -> None:
    place = places()[name]
    units = read_units(_as_table(write_units(place, tmp_path)), "units.csv")
    contacts = read_contacts(
        _as_table(write_contacts(place, tmp_path, "json://127.0.0.1:9")), "contacts.csv", units, plan=plan_of(name)
    ).rows

    offices = units.filter(pl.col("level") != "village")["unit"]
    assert {(row["unit"], row["role"]) for row in contacts} == {
        (unit, role)
        for unit in offices
        for role in ("owner", "leader", "head", *(("zoning", "recheck", "liaison") if len(unit) < 9 else ()))
    }
    assert all(row["channel"].startswith("json://127.0.0.1:9/") for row in contacts)


def test_shihezi_answers_to_the_autonomous_region_and_to_the_corps(tmp_path: Path) -> None:
    place = places()["shihezi"]
    units = read_units(_as_table(write_units(place, tmp_path)), "units.csv")
    further = write_superiors(place, tmp_path)

    assert units.filter(pl.col("unit") == "659001")["superior"].item() == "65"
    assert further is not None
    assert read_superiors(_as_table(further), "superiors.csv", units).rows == [
        {"code": "659001", "superior": "66", "line": "business"}
    ]


def test_a_street_has_two_heads_and_a_town_one() -> None:
    heads = contacts_frame(places()["qianjiang"], "json://127.0.0.1:9").filter(pl.col("role") == "head")
    count = dict(heads.group_by("unit").len().iter_rows())

    assert count["500114001"] == 2
    assert count["500114105"] == 1


# ---- the registers


@pytest.mark.parametrize(
    ("name", "districts", "buildings"),
    [("hebei", 354_000, None), ("shihezi", 3_316, 61_310), ("qianjiang", 2_802, None), ("tengzhou", 7_100, None)],
)
def test_districts_add_up_to_the_document(name: str, districts: int, buildings: int | None) -> None:
    register = ground(places()[name]).districts

    assert register["code"].n_unique() == register.height == districts
    assert buildings is None or total(register, "buildings") == buildings


@pytest.mark.parametrize("name", PLACES)
def test_every_village_has_districts_numbered_from_one(name: str) -> None:
    place = places()[name]
    villages = units_frame(place).filter(pl.col("code").str.len_chars() == 12)["code"]

    register = ground(place).districts.with_columns(
        village=pl.col("code").str.head(12), number=pl.col("code").str.tail(3).cast(pl.Int64)
    )

    by_village = register.group_by("village").agg(pl.len(), pl.col("number").max())
    assert set(by_village["village"]) == set(villages)
    assert by_village.filter(pl.col("len") != pl.col("number")).is_empty()
    assert (by_village["number"] < 900).all()  # from 900 on codes mean virtual districts


@pytest.mark.parametrize("name", PLACES)
def test_a_place_comes_out_the_same_every_time(name: str) -> None:
    assert_frame_equal(ground(places()[name]).districts, ground(places()[name]).districts)


# ---- the reports


@pytest.mark.parametrize("name", PLACES)
def test_reports_name_indicators_of_the_plan_at_their_own_level_for_units_that_exist(
    name: str, reported: Mapping[str, list[ReportFile]]
) -> None:
    known = set(units_frame(places()[name])["code"])
    level_of = {digits: level for level, digits in DIGITS.items()}
    for file in (one for one in reported[name] if one.register is None):
        frame = figures(name, reported[name], file.path.stem.removeprefix(f"synthetic-{name}-"))
        levels = {level_of[length] for length in frame["code"].str.len_chars().unique()}
        named = [plan_of(name).indicators[column] for column in frame.columns if column not in ("code", EVIDENCE)]

        assert {indicator.level for indicator in named} == levels
        assert {code[:12] for code in frame["code"]} <= known
        assert frame["code"].n_unique() == frame.height
        assert all(indicator.where is None and indicator.rows is None for indicator in named)


@pytest.mark.parametrize("name", PLACES)
def test_rows_are_of_a_register_of_the_plan_each_key_once_for_units_that_exist(
    name: str, reported: Mapping[str, list[ReportFile]]
) -> None:
    known = set(units_frame(places()[name])["code"])
    level_of = {digits: level for level, digits in DIGITS.items()}
    lists = [one for one in reported[name] if one.register is not None]

    assert len(lists) >= 9
    for file in lists:
        register = plan_of(name).registers[str(file.register)]
        frame = rows(name, reported[name], file.path.stem.removeprefix(f"synthetic-{name}-"))
        key = [one for one in register.key if one in frame.columns]

        assert set(frame.columns) <= {"code", *(one.id for one in register.reported)}
        # whoever sends the file need not say of which register it is
        assert register_of(file.path.name, frame.columns, plan_of(name)) == register
        # a nil return carries its keeper's own code
        levels = {level_of[length] for length in frame["code"].str.len_chars().unique()}
        assert levels <= {*register.rows_at, *register.kept_by}
        assert {code[:12] for code in frame["code"]} <= known
        assert frame.select(key).is_unique().all()


@pytest.mark.parametrize("name", PLACES)
def test_everything_due_by_the_moment_of_the_document_has_been_reported(
    name: str, reported: Mapping[str, list[ReportFile]]
) -> None:
    plan, now = plan_of(name), datetime.fromisoformat(places()[name].as_of)
    owing = set(offices(places()[name])["level"])
    columns = {one.id for one in plan.indicators.values() if one.roll_up in FROM_CODES}
    for file in (one for one in reported[name] if one.register is None):
        columns |= set(figures(name, reported[name], file.path.stem.removeprefix(f"synthetic-{name}-")).columns)
    told = {one.register for one in reported[name]} | {one.id for one in plan.registers.values() if one.on_occasion}
    told.add("districts")  # a file of districts is one of figures
    told |= places()[name].left_open  # of which the document says nothing

    for requirement in plan.requirements:
        if requirement.dues and requirement.dues[-1][1] <= now and requirement.judged_at in owing:
            base = plan.behind[requirement.key]
            assert {one for one in base if plan.indicators[one].is_reported} <= columns, requirement.key
            assert registers_behind(plan, [requirement]) <= told, requirement.key


@pytest.mark.parametrize("name", PLACES)
def test_reports_are_called_synthetic_and_come_in_order_before_the_moment(
    name: str, reported: Mapping[str, list[ReportFile]]
) -> None:
    moments = [datetime.fromisoformat(file.as_of) for file in reported[name]]

    assert moments == sorted(moments)
    assert moments[-1] <= datetime.fromisoformat(places()[name].as_of)
    assert all(file.path.name.startswith("synthetic-") for file in reported[name])
    assert all("合成数据" in file.author for file in reported[name])


WRITTEN = {"合成数据", "8000余", "2900余", "近47万", "原文至摸底部分中断", ""}
"""What stands in figures of offices beside digits: what is drawn is called so, three figures are as documents write them, and
one document breaks off."""


@pytest.mark.parametrize("name", PLACES)
def test_reports_hold_counts_of_work_and_nothing_about_a_person(
    name: str, reported: Mapping[str, list[ReportFile]]
) -> None:
    for file in reported[name]:
        heading, *rows = file.path.read_text(encoding="utf-8").splitlines()[:50]

        assert not any(word in heading for word in ("姓名", "身份证", "电话", "手机", "住址"))
        assert all(len(row.split(",")) == len(heading.split(",")) for row in rows)
        cells = [cell for row in rows for cell in row.split(",")]
        assert file.register is not None or all(cell in WRITTEN or cell.isdigit() for cell in cells)
        assert not any(re.search(r"\d{17}", cell) for cell in cells)


# ---- the stories


def test_shanxi_has_eight_and_a_half_yuan_a_head_and_two_counties_without(
    reported: Mapping[str, list[ReportFile]],
) -> None:
    files = reported["shanxi"]
    counties, funds = figures("shanxi", files, "funds-county"), rows("shanxi", files, "funds-funds")
    of_counties = at_digits(funds, 6)
    arrived = of_counties.filter(pl.col("stage") == "arrived")

    assert total(arrived, "amount") / total(counties, "population") == 8.5
    assert of_counties["code"].n_unique() == counties.height == 122
    assert arrived["code"].n_unique() == 120
    assert at_digits(funds, 4).filter(pl.col("stage") == "arrived")["code"].n_unique() == 11


def test_shanxi_has_offices_at_five_levels_and_meetings_held_in_part(
    reported: Mapping[str, list[ReportFile]],
) -> None:
    files = reported["shanxi"]
    meetings, bodies = rows("shanxi", files, "meetings-meetings"), rows("shanxi", files, "organisation-bodies")
    held = {digits: dict(at_digits(meetings, digits).group_by("kind").len().iter_rows()) for digits in (4, 6)}

    assert {digits: at_digits(bodies, digits)["code"].n_unique() for digits in (2, 4, 6, 9, 12)} == {
        2: 1,
        4: 11,
        6: 122,
        9: 1_491,
        12: 23_465,
    }
    assert held == {4: {"special": 7, "report-heard": 6}, 6: {"special": 78, "report-heard": 64}}


def test_hebei_has_staff_enough_in_all_and_districts_without_anyone(
    reported: Mapping[str, list[ReportFile]],
) -> None:
    staff = rows("hebei", reported["hebei"], "recruitment-staff")
    register = figures("hebei", reported["hebei"], "district-register")

    assert staff["departed"].null_count() == 470_000 > 354_000 * 6 / 5
    assert register.filter(pl.col("enumerators") < 1).height == 1_100


def test_hebei_listing_is_uneven_between_cities(reported: Mapping[str, list[ReportFile]]) -> None:
    register = figures("hebei", reported["hebei"], "district-register")
    progress = register.group_by(pl.col("code").str.head(4)).agg(
        done=pl.col("dwellings_listed").sum() / pl.col("dwellings").sum()
    )

    assert progress.height == 11
    assert (progress["done"] == 1).sum() == 6
    assert (progress["done"] < 0.97).any()


def test_hebei_births_and_deaths_are_to_be_looked_into_in_more_than_half_of_its_counties(
    reported: Mapping[str, list[ReportFile]],
) -> None:
    flags = rows("hebei", reported["hebei"], "comparison-flags").group_by("code", "kind").len()

    for kind in ("births", "deaths"):
        counties = flags.filter(pl.col("kind") == kind)
        assert counties.height > 95
        assert counties.filter(pl.col("len") < 3).is_empty()  # no small cells


def test_shihezi_has_fewer_staff_than_districts_so_that_coverage_is_what_counts(
    reported: Mapping[str, list[ReportFile]],
) -> None:
    staff = rows("shihezi", reported["shihezi"], "recruitment-staff").filter(pl.col("departed").is_null())
    register = figures("shihezi", reported["shihezi"], "district-register")
    areas = rows("shihezi", reported["shihezi"], "areas-areas")

    assert staff.height == 2_900 < register.height == 3_316
    assert total(areas, "areas") == 440
    assert register.filter(pl.col("enumerator_load") > 1).height > 1_000
    uncovered = register.filter(pl.col("enumerators") < 1)
    assert uncovered.height == 96
    assert uncovered["code"].str.head(9).n_unique() == 2
    assert staff.select("registered", "assigned", "insured", "pledged").null_count().row(0) == (0, 0, 0, 0)


def test_the_persons_of_shihezi_are_those_who_hold_its_districts(reported: Mapping[str, list[ReportFile]]) -> None:
    register = figures("shihezi", reported["shihezi"], "district-register").filter(pl.col("enumerators") > 0)
    staff = rows("shihezi", reported["shihezi"], "recruitment-staff").filter(pl.col("departed").is_null())

    enumerators = (register["enumerators"] / register["enumerator_load"]).sum()

    assert enumerators == staff.filter(pl.col("role") == "enumerator").height
    assert enumerators + staff.filter(pl.col("role") == "instructor").height == 2_900


def test_shihezi_handed_out_what_its_report_counts(reported: Mapping[str, list[ReportFile]]) -> None:
    files = reported["shihezi"]
    letters = rows("shihezi", files, "publicity-publicity").filter(pl.col("carrier") == "letter")
    materials = rows("shihezi", files, "materials-materials")
    prints = materials.filter(~pl.col("item").is_in(["device", "kit"])).select("item", "issued")
    kits = materials.row(by_predicate=pl.col("item") == "kit", named=True)
    handover = rows("shihezi", files, "cleanup-handovers")

    assert total(letters, "done") == 173_000
    assert dict(prints.iter_rows()) == {
        "notice": 3_645,
        "poster": 4_284,
        "letter": 173_000,
        "leaflet": 151_500,
        "school-notice": 281,
        "school-poster": 217,
        "school-letter": 25_000,
        "school-leaflet": 25_000,
        "bag": 1_000,
    }
    assert rows("shihezi", files, "training-attendance").height == 4_000
    assert kits["issued"] < kits["arrived"] < kits["needed"]
    assert handover["state"].to_list() == ["delivered"] * 4


def test_qianjiang_has_a_person_for_every_district_and_a_third_of_them_cadres(
    reported: Mapping[str, list[ReportFile]],
) -> None:
    staff = rows("qianjiang", reported["qianjiang"], "recruitment-staff")
    staff = staff.filter(pl.col("departed").is_null())
    register = figures("qianjiang", reported["qianjiang"], "district-register")

    assert staff.height == 3_540
    assert staff.filter(pl.col("cadre") == "是").height == 1_239  # 35 %
    assert register["enumerators"].min() == 1


def test_tengzhou_plans_fewer_staff_than_it_needs_and_more_allowance_than_its_budget(
    reported: Mapping[str, list[ReportFile]],
) -> None:
    files = reported["tengzhou"]
    planned, figures_of_funds = figures("tengzhou", files, "own-county"), figures("tengzhou", files, "funds-county")
    budget = at_digits(rows("tengzhou", files, "funds-funds"), 6)
    rate = total(figures_of_funds, "allowance_rate")
    districts, staff = total(planned, "districts_planned"), 8_000

    assert (districts, total(planned, "areas_planned")) == (7_100, 1_250)
    assert planned["staff_planned"].to_list() == [f"{staff}余"]  # one figure of one office, as the document writes it
    assert districts + districts // 5 - staff == 520
    assert districts + districts // 4 - staff == 875
    assert staff * rate == 6_400_000 > total(budget, "amount") == 5_800_000
    assert total(budget.filter(pl.col("stage") == "approved"), "amount") == 1_220_000
    assert total(figures_of_funds, "population") == 1_756_000


def test_tengzhou_reports_no_district_before_zoning(reported: Mapping[str, list[ReportFile]]) -> None:
    assert not [file for file in reported["tengzhou"] if "register" in file.path.stem]


# ---- chance and the nation


@pytest.mark.parametrize(
    ("amount", "weights", "least"), [(7, [1, 1, 1], 1), (100, [3, 0, 5], 0), (10, [1e-9, 1, 2], 2)]
)
def test_shares_add_up_exactly(amount: int, weights: list[float], least: int) -> None:
    shares = apportion(amount, pl.Series(weights), least)

    assert shares.sum() == amount
    assert (shares >= least).all()


def test_too_little_to_go_round_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be given out"):
        apportion(2, pl.Series([1, 1, 1]), least=1)


def test_the_nation_has_a_figure_of_every_indicator_for_every_township() -> None:
    readings = national_readings(["a", "b"])

    assert readings.shape == (41_352, 3)
    assert 0 < readings["a"].null_count() < 1_000
    assert not readings["a"].equals(readings["b"], check_names=False)


def test_a_national_register_has_as_many_districts_as_asked_for(tmp_path: Path) -> None:
    file = national_districts(tmp_path, rows=60_000)

    register = pl.read_csv(file, schema_overrides={"code": pl.String})
    assert register.shape == (60_000, 8)
    assert register["code"].n_unique() == 60_000
    assert register["code"].str.len_chars().unique().to_list() == [15]


def _as_table(file: Path) -> pl.DataFrame:
    """A file as the intake reads it: text columns and row numbers."""
    return pl.read_csv(file, infer_schema=False).with_row_index("row", offset=2)


def test_a_place_is_frozen() -> None:
    with pytest.raises(AttributeError):
        setattr(places()["hebei"], "districts", 1)  # noqa: B010
