"""Whom the census plan's own ladders tell beside owners and leaders: liaison officers, deputies, whoever is on duty."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from standins.webhook import JsonSink
from worlds.campaign import UNITS, Campaign, at, make_campaign

from tasks.chasing.vacancies import list_vacancies
from tasks.chasing.who_hears import who_hears
from tasks.intake.intake import AsRows, take_in
from tasks.judging.explain import explain

PLAN = (Path(__file__).parents[3] / "deployments/plans/census-2020.yaml").read_text(encoding="utf-8")
PEOPLE = (
    "990101 liaison police department:police -",
    "990101 liaison health department:health -",
    "990102 liaison other-police department:police -",
    "9901 deputy east 990101 -",
    "990101001 duty night - 7",
)


@contextmanager
def census(folder: Path, *people: str) -> Iterator[tuple[Campaign, JsonSink]]:
    """people: `unit role name for seat`, - for none, beside an owner and a leader in every office."""
    with JsonSink() as sink:
        codes = [line.split(",")[0] for line in UNITS.splitlines()[1:]]
        usual = [f"{code} {role} {role}{code} - -" for code in codes for role in ("owner", "leader")]
        rows = []
        for line in (*usual, *people):
            unit, role, name, only_for, seat = line.split()
            rows.append(f"{unit},{role},{name},{sink.json_url(name)},{only_for.strip('-')},{seat.strip('-')}\n")
        contacts = "unit,role,name,channel,for,seat\n" + "".join(rows)
        campaign = make_campaign(
            folder, plan=PLAN, units=UNITS, contacts=contacts, admin_channel=sink.json_url("admin")
        )
        try:
            yield campaign, sink
        finally:
            campaign.store.engine.dispose()


def report(campaign: Campaign, register: str, rows: str, as_of: str) -> None:
    file = campaign.folder / f"{register}-{as_of[:10]}.csv"
    file.write_text(rows, encoding="utf-8")
    take_in(campaign.store, file, at(as_of), "试验", at(as_of), as_rows=AsRows(register))


def heard(campaign: Campaign, unit: str, name: str, moment: str = "2020-11-02T10:00") -> set[tuple[str, str]]:
    return {
        (key, one.rung)
        for one in who_hears(campaign.store, unit, at(moment))
        if one.name == name
        for key in one.requirements
    }


@pytest.fixture(scope="module")
def staffed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Campaign, JsonSink]]:
    """A census whose counties have two departments each: in the second all duties are issued, and one has no liaison officer."""
    with census(tmp_path_factory.mktemp("staffed"), *PEOPLE) as (campaign, sink):
        rows = ["990101,police,", "990101,health,2020-07-01", "990102,police,2020-07-01", "990102,health,2020-07-01"]
        report(campaign, "departments", "\n".join(["code,department,duties_issued", *rows, ""]), "2020-07-01T09:00")
        shift = (
            "code,starts,ends,seat\n990101001,2020-11-02 00:00,2020-11-02 09:30,7\n"
            "990101001,2020-10-20 16:00,2020-10-20 17:30,7\n"
        )
        report(campaign, "roster", shift, "2020-07-01T10:00")
        yield campaign, sink


Staffed = tuple[Campaign, JsonSink]


def test_each_department_hears_of_its_own_through_its_liaison_officer(staffed: Staffed) -> None:
    campaign, sink = staffed
    campaign.watch("2020-08-25T09:00")
    [message] = [one for one in sink.accepted if one.to.strip("/") in ("police", "health", "other-police")]
    assert message.to == "/police"
    assert "成员单位职责分工印发" in message.text


def test_a_county_has_named_its_liaison_officers_when_each_department_has_one(staffed: Staffed) -> None:
    found = {
        unit: explain(staffed[0].store, unit, "preparation.departments", at("2020-07-02T09:00"))[0].duty
        for unit in ("990101", "990102")
    }
    assert (found["990101"].standing, found["990102"].standing) == ("met", "unmet")
    assert "卫健" in found["990102"].reason.zh


def test_a_deputy_hears_at_the_superiors_rung_of_the_offices_that_are_theirs(staffed: Staffed) -> None:
    mine = heard(staffed[0], "990101", "east")
    assert {rung for _, rung in mine} == {"superior"}
    assert ("department-duties", "superior") in mine
    assert heard(staffed[0], "990102", "east") == set()


def test_whoever_is_on_duty_hears_of_the_cut_offs_of_registration_and_the_owner_too(staffed: Staffed) -> None:
    campaign, _ = staffed
    # until the shift ends, and not after it
    assert heard(campaign, "990101001", "night", "2020-11-02T09:29") == {
        ("daily-report", "before"),
        ("daily-report", "missing"),
    }
    assert heard(campaign, "990101001", "night", "2020-11-02T09:30") == set()
    campaign.owe("2020-11-02T08:00", "990101001", phase="registration")
    told = campaign.rows(
        "SELECT DISTINCT l.role FROM notice_lines l JOIN cases c ON c.id = l.case_id WHERE l.unit = '990101001'"
        " AND c.requirement = 'registration.daily-report' AND l.rung = 'before' ORDER BY 1"
    )
    assert told == [("on_duty",), ("owner",)]


def test_whoever_is_on_duty_hears_of_the_cut_offs_of_listing_likewise(staffed: Staffed) -> None:
    campaign, _ = staffed
    both = {("daily-report", "before"), ("daily-report", "missing")}

    # each that is still to come is told to whoever is on duty by then
    assert heard(campaign, "990101001", "night", "2020-10-20T17:29") == both
    assert heard(campaign, "990101001", "night", "2020-10-20T17:30") == set()
    campaign.owe("2020-10-20T16:00", "990101001", phase="listing")
    told = campaign.rows(
        "SELECT DISTINCT l.role FROM notice_lines l JOIN cases c ON c.id = l.case_id WHERE l.unit = '990101001'"
        " AND c.requirement = 'listing.daily-report' AND l.rung = 'before' ORDER BY 1"
    )
    assert told == [("on_duty",), ("owner",)]


def test_where_no_office_has_these_roles_nobody_is_missed(tmp_path: Path) -> None:
    with census(tmp_path) as (campaign, _):
        vacant = {row["role"] for row in list_vacancies(campaign.store, None, at("2020-07-01T09:00"), 0)}
        assert vacant & {"liaison", "deputy", "duty", "on_duty"} == set()
        # those that a ladder names alone are missed as ever
        assert {"zoning", "recheck"} <= vacant
