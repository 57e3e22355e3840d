"""The lists of the plan that ships: what offices keep of preparation, staff and training, and what their rows decide."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from worlds.over_rows import CHAINS, UNITS
from worlds.plans_over_rows import kept_rows

from models.plan.files import read_plan_files
from models.plan.model import Plan
from models.plan.row_expressions import Clock
from models.rules.intake.which_register import register_of
from models.rules.judging.tree import above
from models.rules.registers.duties import RowDuties, judge_rows
from models.rules.registers.figures import row_readings
from models.rules.registers.reasons import reasons_of

PLANS = Path(__file__).parents[3] / "deployments" / "plans"
NOW = datetime(2020, 10, 30, 1, tzinfo=UTC)
COUNTY, STREET = "140105", "140105001"
DAY = date(2020, 7, 10)


@cache
def plan(name: str = "census-2020") -> Plan:
    return read_plan_files(PLANS / f"{name}.yaml").plan


def judged(key: str, *rows: dict[str, Any], name: str = "census-2020", now: datetime = NOW) -> RowDuties:
    one = next(one for one in plan(name).requirements if one.key == key)
    assert one.each is not None
    register = plan(name).registers[one.each.register]
    units = UNITS if not name.startswith("shihezi") else SHIHEZI
    return judge_rows(kept_rows(register, rows), one, plan(name), units, above(units), now)


def standings(key: str, *rows: dict[str, Any], unit: str = COUNTY, **more: Any) -> dict[str, str]:
    """The label of each duty of an office → its standing."""
    found = judged(key, *rows, **more).verdicts.filter(pl.col("unit") == unit)
    return dict(found.select("period", "standing").iter_rows())


def figure(name: str, *rows: dict[str, Any], unit: str = COUNTY, now: datetime = NOW) -> float | None:
    one = plan().indicators[name]
    assert one.rows is not None
    kept = kept_rows(plan().registers[one.rows.register], rows)
    found = row_readings(kept, [one], plan(), UNITS, CHAINS, now)
    return dict(found.select(pl.col("unit").cast(pl.String), "value").iter_rows())[unit]


SHIHEZI = pl.DataFrame(
    [("65", "新疆维吾尔自治区", "province", None), ("659001", "石河子市", "county", "65")],
    schema=["unit", "name", "level", "superior"],
    orient="row",
)

# ---- what files of rows go by

KEPT = {
    "bodies": ("province city county township", "code kind"),
    "departments": ("province city county", "code department"),
    "papers": ("province city county township", "code kind number"),
    "meetings": ("province city county township", "code meeting"),
    "matters": ("province city county township", "code matter"),
    "funds": ("province city county", "code entry"),
    "materials": ("province city county", "code item"),
    "sites": ("province city county", "code round"),
    "site_problems": ("province city county", "code round row"),
    "publicity": ("county township", "code carrier stage"),
    "handovers": ("county", "code department dataset"),
    "special_sites": ("county", "code site"),
    "risks": ("province city county township", "code kind"),
    "incidents": ("province city county township", "code incident"),
    "requests": ("province city county township", "code request"),
    "contractors": ("county", "code contractor"),
    "questions": ("county township", "code question"),
    "roster": ("province city county township", "code starts"),
    "staff": ("township", "code staff"),
    "reviews": ("county township", "code review"),
    "sessions": ("county township", "code session"),
    "attendance": ("county township", "code session staff"),
}
STEPS = {
    "matters.state": "assigned>doing doing>done done>accepted done>doing",
    "funds.stage": "drafted>filed filed>approved approved>paid paid>arrived",
    "materials.procurement": "planned>tendering tendering>contracted contracted>delivered",
    "handovers.state": "due>received received>split split>delivered",
    "incidents.state": "open>contained contained>closed contained>open closed>open",
    "requests.state": "sent>received received>answered received>declined answered>done",
}


@pytest.mark.parametrize("name", KEPT)
def test_a_list_is_kept_where_it_was_and_its_rows_are_named_by_the_same_columns(name: str) -> None:
    register = plan().registers[name]

    assert (" ".join(register.kept_by), " ".join(register.key)) == KEPT[name]
    assert register.columns["note"].type == "text"


@pytest.mark.parametrize("name", sorted(path.stem for path in PLANS.glob("*.yaml")))
def test_no_list_is_taken_for_another_by_its_columns(name: str) -> None:
    shipped = plan(name)
    for register in (one for one in shipped.registers.values() if not one.built_in):
        columns = [column.id for column in register.reported]
        headers = [["code", *columns], ["区划代码", *(register.columns[one].title for one in columns)]]
        # the least that says anything: what names a row, and one cell. A note may stand in every list; and of a list with one row
        # an office a single cell may be a figure of the office too
        own = [one for one in register.key if one != "code"]
        headers += [["code", *own, one] for one in columns if own and one not in (*own, "note")]
        for header in headers:
            assert register_of("清单.csv", header, shipped) == register, (register.id, header)


@pytest.mark.parametrize("name", STEPS)
def test_a_state_goes_the_steps_that_it_went(name: str) -> None:
    register, column = name.split(".")
    moves = plan().registers[register].columns[column].moves

    assert moves is not None
    assert {f"{was}>{now}" for was, following in moves.items() for now in following} == set(STEPS[name].split())


def test_lists_on_occasion_await_nothing() -> None:
    listed = {name for name in KEPT if plan().registers[name].on_occasion}

    assert listed == {
        "matters",
        "sites",
        "site_problems",
        "incidents",
        "requests",
        "contractors",
        "questions",
    }


# ---- bodies, papers, meetings


def body(code: str, kind: str, **cells: Any) -> dict[str, Any]:
    return {"code": code, "kind": kind, "formed": DAY, **cells}


def test_each_kind_of_body_is_owed_by_itself_and_a_day_ahead_is_not_formed_yet() -> None:
    assert standings("preparation.office-county", body(COUNTY, "group")) == {"group": "met", "office": "unreported"}
    for formed, standing in ((date(2020, 10, 30), "met"), (date(2020, 10, 31), "unmet")):
        assert standings("preparation.office-county", body(COUNTY, "office", formed=formed))["office"] == standing


def test_every_village_has_its_group() -> None:
    rows = [body("140105001001", "village"), body(STREET, "group")]

    assert standings("preparation.village-groups", *rows, unit=STREET) == {
        "140105001001": "met",
        "140105001002": "unreported",
    }


@pytest.mark.parametrize(
    ("key", "code", "right", "wrong"),
    [
        ("headed-township", STREET, ("both",), ("head", "executive-deputy", None)),
        ("headed-township", "140105101", ("head",), ("both", "deputy", None)),
        ("headed-township", "140105201", ("head",), ("both", "deputy")),
        ("headed-county", COUNTY, ("executive-deputy", "deputy"), ("head", "both", None)),
        ("headed-city", "1401", ("executive-deputy", "deputy"), ("head",)),
        ("headed-province", "14", ("executive-deputy", "deputy"), ("head",)),
    ],
)
def test_a_group_is_headed_as_the_rule_for_its_kind_of_unit_says(
    key: str, code: str, right: tuple[str, ...], wrong: tuple[str | None, ...]
) -> None:
    units = pl.concat(
        [
            UNITS,
            pl.DataFrame(
                [(one, one, "township", COUNTY) for one in ("140105101", "140105201")], UNITS.schema, orient="row"
            ),
        ]
    )
    one = next(one for one in plan().requirements if one.key == f"preparation.{key}")
    for posts, standing in ((right, "met"), (wrong, "unmet")):
        for post in posts:
            kept = kept_rows(plan().registers["bodies"], [body(code, "group", head_post=post)])
            found = judge_rows(kept, one, plan(), units, above(units), NOW).verdicts
            assert found.filter(pl.col("unit") == code)["standing"].to_list() == [standing]


def paper(kind: str, code: str = "14", **cells: Any) -> dict[str, Any]:
    return {"code": code, "kind": kind, "number": "", "issued": DAY, **cells}


def test_of_the_four_papers_of_shanxi_the_reason_names_the_missing_ones() -> None:
    rows = [paper("work-plan"), paper("schedule"), paper("division", issued=None), paper("other")]
    duties = judged("preparation.province-papers", *rows, name="shanxi-2020")

    assert dict(duties.verdicts.select("period", "standing").iter_rows()) == {
        "work-plan": "met",
        "schedule": "met",
        "division": "unmet",
        "office-rules": "unreported",
    }
    missing = reasons_of(duties, duties.verdicts.filter(pl.col("period") == "office-rules"))["reason_zh"].item()
    assert "办公室工作规则" in missing


def test_one_of_several_papers_of_a_kind_is_enough() -> None:
    rows = [paper("work-plan", number="晋普办〔2020〕1号", issued=None), paper("work-plan", number="晋普办〔2020〕2号")]

    assert standings("preparation.province-papers", *rows, unit="14", name="shanxi-2020")["work-plan"] == "met"


def test_shihezi_owes_its_five_papers_and_six_of_special_groups() -> None:
    five = standings("preparation.five-papers", paper("risk-plan", "659001"), unit="659001", name="shihezi-2020")
    six = standings("registration.special-groups", paper("students", "659001"), unit="659001", name="shihezi-2020")

    assert (len(five), five["risk-plan"], five["members"]) == (5, "met", "unreported")
    assert (len(six), six["students"], six["nursing-residents"]) == (6, "met", "unreported")


def meeting(number: str, kind: str, held: datetime | None, **cells: Any) -> dict[str, Any]:
    return {"code": COUNTY, "meeting": number, "kind": kind, "held": held, **cells}


def test_a_meeting_counts_once_it_is_held_and_only_that_of_the_office_itself() -> None:
    rows = [
        meeting("1", "special", datetime(2020, 10, 30, 1, tzinfo=UTC)),
        meeting("2", "special", datetime(2020, 10, 30, 2, tzinfo=UTC)),
        meeting("3", "special", None),
        meeting("4", "report-heard", datetime(2020, 8, 3, tzinfo=UTC)),
        {**meeting("5", "special", datetime(2020, 8, 3, tzinfo=UTC)), "code": STREET},
    ]

    assert figure("county_meetings", *rows) == 1
    assert figure("county_reports_heard", *rows) == 1
    assert figure("county_meetings", *rows, now=datetime(2020, 10, 30, 2, tzinfo=UTC)) == 2


def test_a_meeting_is_passed_on_by_a_row_of_its_own_or_the_expected_one() -> None:
    due = {"passes_on": "14/动员会", "cascade": 3, "due": date(2020, 8, 1)}
    expected = {**meeting("传达14-动员会", "mobilisation", None, **due), "code": "1401"}
    own = {**meeting("市会", "mobilisation", datetime(2020, 8, 2, 1, tzinfo=UTC), **due), "code": "1401"}
    key, label = "coordination.meetings-passed-on", "1401/14/动员会"

    assert standings(key, expected, unit="1401") == {label: "unmet"}
    assert standings(key, expected, own, unit="1401") == {label: "met"}
    assert figure("city_passing_days", expected, own, unit="1401") == 4


# ---- money and materials


def entry(name: str, amount: float, stage: str, **cells: Any) -> dict[str, Any]:
    return {"code": COUNTY, "entry": name, "amount": amount, "stage": stage, **cells}


def test_money_is_told_by_how_far_it_has_come() -> None:
    rows = [
        entry("1", 4_580_000, "filed"),
        entry("2", 1_000_000, "approved"),
        entry("3", 200_000, "paid"),
        entry("4", 20_000, "arrived", category="allowance", payer="14"),
        {**entry("5", 7, "arrived"), "code": "1401"},
    ]

    found = {
        name: figure(name, *rows) for name in ("funds_budgeted", "funds_approved", "funds_arrived", "allowance_arrived")
    }
    assert found == {
        "funds_budgeted": 5_800_000,
        "funds_approved": 1_220_000,
        "funds_arrived": 20_000,
        "allowance_arrived": 20_000,
    }
    assert figure("funds_transferred", *rows) == 20_000
    assert figure("city_funds_arrived", *rows, unit="1401") == 7


def test_the_allowance_of_tengzhou_is_above_its_budget_and_its_shares_are_as_the_document_has_them() -> None:
    tengzhou = plan("tengzhou-2020").indicators
    given = {"staff_planned": 8_000, "allowance_rate": 800, "funds_budgeted": 5_800_000, "funds_approved": 1_220_000}
    frame = pl.DataFrame({**given, "population": 1_756_000, "staff": 2_900, "districts": 3_316})

    def made(name: str) -> float:
        where = tengzhou[name].where
        assert where is not None
        return float(frame.select(value=where.polars())["value"][0])

    assert made("allowance_planned") == 6_400_000
    assert round(made("budget_per_head"), 2) == 3.30
    assert round(made("approved_share")) == 21
    assert round(made("staff_per_district"), 2) == 0.87


def test_more_cannot_have_been_issued_than_arrived() -> None:
    [refused] = plan().registers["materials"].refuse
    table = pl.DataFrame({"issued": [10.0, 11.0, 11.0], "arrived": [10.0, 10.0, None]})

    assert table.select(refused=refused.when.polars(Clock(NOW, plan().standard_time)))["refused"].to_list() == [
        False,
        True,
        None,
    ]


# ---- departments, sites, requests, questions, contracts


def test_each_data_set_is_a_duty_by_the_day_that_its_row_says() -> None:
    rows = [
        {"code": COUNTY, "department": "health", "dataset": "births", "state": "received", "due": date(2020, 9, 10)},
        {"code": COUNTY, "department": "civil", "dataset": "deaths", "state": "due", "due": date(2020, 9, 12)},
    ]
    found = judged("register-cleanup.handover-received", *rows).verdicts.filter(pl.col("unit") == COUNTY)

    assert found.select("period", "standing").rows() == [
        (f"{COUNTY}/civil/deaths", "unmet"),
        (f"{COUNTY}/health/births", "met"),
    ]
    assert [datetime.fromtimestamp(due / 1e6, UTC).isoformat() for due in found["due"]] == [
        "2020-09-12T16:00:00+00:00",
        "2020-09-10T16:00:00+00:00",
    ]
    assert standings("register-cleanup.handover-delivered", *rows) == dict.fromkeys(found["period"], "unmet")


def test_a_request_is_owed_by_whom_it_is_addressed_to() -> None:
    row = {"code": COUNTY, "request": "1", "addressee": "14", "topic": "devices", "due": date(2020, 8, 31)}

    for state, standing in (("sent", "unmet"), ("received", "unmet"), ("answered", "met"), ("declined", "met")):
        found = judged("coordination.requests-answered", {**row, "state": state}).verdicts
        assert found.select("unit", "standing").rows() == [("14", standing)]


def test_what_a_meeting_decided_is_owed_until_it_is_accepted_by_whom_it_names() -> None:
    row = {"code": "14", "matter": "1", "source": "meeting", "owed_by": "1401", "due": date(2020, 8, 31)}

    for state, standing in (("done", "unmet"), ("accepted", "met")):
        found = judged("coordination.matters-settled", {**row, "state": state}).verdicts
        assert found.select("unit", "standing").rows() == [("1401", standing)]


def test_a_question_is_due_a_day_after_it_was_asked() -> None:
    row = {"code": STREET, "question": "1", "asked": datetime(2020, 10, 12, 2, tzinfo=UTC)}
    found = judged("coordination.questions-answered", row).verdicts

    assert found.select("unit", "standing").rows() == [(STREET, "unmet")]
    assert datetime.fromtimestamp(found["due"][0] / 1e6, UTC) == datetime(2020, 10, 13, 2, tzinfo=UTC)


@pytest.mark.parametrize("clause", ["secrecy", "deletion", "no_subcontract"])
def test_a_contract_has_all_its_clauses(clause: str) -> None:
    row = {"code": COUNTY, "contractor": "1", "contracted": DAY, **dict.fromkeys(("secrecy", "deletion"), True)}
    whole = {**row, "no_subcontract": True}

    assert standings("preparation.contracts", whole) == {f"{COUNTY}/1": "met"}
    assert standings("preparation.contracts", {**whole, clause: False}) == {f"{COUNTY}/1": "unmet"}
    assert standings("preparation.contracts", {**whole, clause: None}) == {f"{COUNTY}/1": "unmet"}
    assert (figure("contracts", whole), figure("contracts_lawful", {**whole, clause: None})) == (1, 0)


# ---- staff


FIVE = ("registered", "assigned", "insured", "pledged", "certified")


def person(number: str, role: str = "enumerator", **cells: Any) -> dict[str, Any]:
    return {"code": STREET, "staff": number, "role": role, **dict.fromkeys(FIVE, DAY), **cells}


def test_the_five_conditions_hold_together_for_each_person() -> None:
    for lacking in FIVE:
        rows = [person("1"), person("2", **{lacking: None})]
        assert standings("training.staff-ready", *rows, unit=STREET) == {"": "unmet"}
        assert figure("staff_ready", *rows, unit=STREET) == 1
    # every condition is met by two of three, and two are ready on paper alone
    rows = [person("1", insured=None), person("2", pledged=None), person("3", certified=None)]
    assert figure("staff_ready", *rows, unit=STREET) == 0
    assert figure("staff_insured", *rows, unit=STREET) == 2


@pytest.mark.parametrize(("day", "ready"), [(date(2020, 10, 30), 1), (date(2020, 10, 31), 0)])
def test_what_is_planned_for_tomorrow_is_not_there(day: date, ready: int) -> None:
    assert figure("staff_ready", person("1", certified=day), unit=STREET) == ready


def test_reserves_and_who_has_left_are_not_asked_for_and_not_counted() -> None:
    rows = [
        person("1", "instructor"),
        person("2", departed=date(2020, 10, 30), certified=None),
        person("3", "reserve", insured=None),
        person("4", replaces="2"),
        person("5", departed=date(2020, 10, 31)),
    ]

    assert standings("training.staff-ready", *rows, unit=STREET) == {"": "met"}
    told = {name: figure(name, *rows, unit=STREET) for name in ("staff", "instructors", "reserve_staff", "staff_left")}
    assert told == {"staff": 3, "instructors": 1, "reserve_staff": 1, "staff_left": 1}
    assert figure("staff_replaced", *rows, unit=STREET) == 1


def test_persons_are_counted_once_however_often_they_attend() -> None:
    rows = [
        {"code": STREET, "session": session, "staff": staff, "passed": passed}
        for session, staff, passed in [("1", "1", True), ("2", "1", True), ("1", "2", True), ("2", "3", None)]
    ]

    assert figure("staff_trained", *rows, unit=STREET) == 2
    assert figure("training_attendances", *rows, unit=STREET) == 4


def test_one_course_that_does_not_begin_with_the_law_is_a_fault() -> None:
    rows = [{"code": COUNTY, "session": str(number), "day": DAY, "law_first": True} for number in range(3)]

    assert standings("training.law-first", *rows) == {"": "met"}
    assert standings("training.law-first", *rows, {**rows[0], "session": "x", "law_first": None}) == {"": "unmet"}


# ---- on duty


def test_a_shift_without_a_seat_is_owed_by_its_beginning_and_a_full_roster_owes_nothing() -> None:
    shift = {
        "code": COUNTY,
        "starts": datetime(2020, 10, 12, tzinfo=UTC),
        "ends": datetime(2020, 10, 12, 12, tzinfo=UTC),
    }

    assert standings("listing.roster") == {"": "unreported"}
    assert standings("listing.roster", {**shift, "seat": 1}) == {}
    found = judged("listing.roster", shift).verdicts.filter(pl.col("unit") == COUNTY)
    assert found["standing"].to_list() == ["unmet"]
    assert datetime.fromtimestamp(found["due"][0] / 1e6, UTC) == shift["starts"]
