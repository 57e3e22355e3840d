"""Who hears by the roles that a plan declares (岗位): those who answer for it, the owner where nobody does, who is on duty."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import text
from worlds.campaign import at
from worlds.roles import GAUGED, ISSUED, LIAISON, NAMED, telling

from models.wording import Refusal
from tasks.chasing.passes import owe
from tasks.chasing.vacancies import list_vacancies
from tasks.chasing.who_hears import who_hears
from tasks.delivery.deliver import deliver
from tasks.judging.judge import judge_all
from tasks.loading.carried_people import carry_contacts
from tasks.oversight.auditor import audit

OWNERS = "990101 owner - -\n990102 owner - -\n9901 owner - -\n9901 leader - -\n"
DEPARTMENTS = "code,department,duties_issued\n990101,police,\n990101,health,\n"
DONE = "990102,police,2020-08-01\n"
DUE = "2020-08-06T09:00"
MIDNIGHT = "2020-08-06T00:00"


def test_a_role_is_told_by_name_and_an_owner_stands_in_where_nobody_holds_it(tmp_path: Path) -> None:
    with telling(tmp_path, ISSUED, contacts=OWNERS + "990101 liaison - -\n9901 deputy - -\n") as one:
        one.report("departments", DEPARTMENTS + "990102,police,\n", "2020-08-01T09:00")

        assert one.watch(DUE) == ["9901-deputy", "990101-liaison", "990102-owner", "admin"]
        [vacancy] = [message.text for message in one.sink.accepted if message.to.strip("/") == "admin"]
        assert "乙县：没有登记部门联络员，通知已转该单位经办人" in vacancy
        assert [
            (row["unit"], row["role"], row["told"]["role"])
            for row in list_vacancies(one.campaign.store, "990102", at(DUE), 0)
        ] == [("990102", "liaison", "owner")]


def test_each_hears_only_of_what_they_answer_for(tmp_path: Path) -> None:
    liaisons = "990101 liaison department:police - police\n990101 liaison department:health - health\n"
    deputies = "9901 deputy 990101+phase:field - first\n9901 deputy 990102 - second\n"
    with telling(tmp_path, ISSUED, contacts=OWNERS + liaisons + deputies) as one:
        one.report("departments", DEPARTMENTS.replace("health,", "health,2020-08-01") + DONE, "2020-08-01T09:00")

        assert one.watch(DUE) == ["first", "police"]


def test_what_nobody_answers_for_goes_to_the_owner(tmp_path: Path) -> None:
    with telling(
        tmp_path, ISSUED, contacts=OWNERS + "990101 liaison department:health - health\n9901 deputy - -\n"
    ) as one:
        one.report("departments", DEPARTMENTS.replace("health,", "health,2020-08-01") + DONE, "2020-08-01T09:00")

        assert one.watch(DUE) == ["9901-deputy", "990101-owner", "admin"]


def test_the_product_counts_itself_who_holds_a_role(tmp_path: Path) -> None:
    with telling(
        tmp_path, NAMED, LIAISON, contacts=OWNERS + "990101 recheck - -\n990101 liaison department:police - police\n"
    ) as one:
        one.report("departments", DEPARTMENTS, "2020-08-01T09:00")
        verdicts = judge_all(one.campaign.store, None, at("2020-08-02T09:00")).verdicts

        found = {
            (unit, str(key), label): standing
            for unit, key, label, standing in verdicts.select("unit", "requirement", "period", "standing").iter_rows()
        }
        assert found["990101", "field.named", ""] == "met"
        assert found["990102", "field.named", ""] == "unmet"
        assert found["990101", "field.officer", "police"] == "met"
        assert found["990101", "field.officer", "health"] == "unmet"


ROSTER = (
    "code,starts,ends,seat\n990101,2020-08-05 08:00,2020-08-05 24:00,1\n990101,2020-08-06 00:00,2020-08-06 08:00,2\n"
)
SEATED = OWNERS + "990101 leader - 1 day\n990101 deputy - 2 night\n"


@pytest.mark.parametrize(
    ("moment", "told"),
    [("2020-08-06T00:00", "night"), ("2020-08-06T07:59", "night"), ("2020-08-06T08:00", "990101-owner")],
)
def test_whoever_the_roster_names_is_told_and_the_owner_in_a_hole(tmp_path: Path, moment: str, told: str) -> None:
    with telling(tmp_path, GAUGED, contacts=SEATED.replace("990102 owner - -\n", "")) as one:
        one.report("roster", ROSTER, "2020-08-01T09:00")

        assert told in one.watch(moment)


def test_a_shift_that_ends_at_midnight_is_over_then_and_two_that_overlap_both_hear(tmp_path: Path) -> None:
    overlap = ROSTER + "990101,2020-08-05 23:00,2020-08-06 01:00,1\n"
    with telling(tmp_path, GAUGED, contacts=SEATED) as one:
        one.report("roster", overlap, "2020-08-01T09:00")

        assert one.watch(MIDNIGHT) == ["990102-owner", "day", "night"]


def test_a_shift_of_a_seat_that_no_contact_has_is_told_to_whoever_sends_it(tmp_path: Path) -> None:
    with telling(tmp_path, GAUGED, contacts=SEATED) as one:
        receipt = one.report("roster", ROSTER + "990101,2020-08-06 08:00,2020-08-06 20:00,99\n", "2020-08-01T09:00")

        # it is taken all the same: the contact may be entered later, and until then the owner hears
        assert (receipt.accepted, receipt.rejected) == (len(ROSTER.splitlines()), 0)
        assert [(row["row"], row["zh"]) for row in receipt.doubts.iter_rows(named=True)] == [
            (
                len(ROSTER.splitlines()) + 1,
                "本单位联系人中没有值班号 99，轮到时改通知经办人；请核对，或在联系人表的“值班号”一栏补填",
            )
        ]


def test_who_is_on_duty_is_looked_up_again_when_the_message_goes_out(tmp_path: Path) -> None:
    with telling(tmp_path, GAUGED, contacts=SEATED) as one:
        one.report("roster", ROSTER + "990101,2020-08-06 08:00,2020-08-06 20:00,1\n", "2020-08-01T09:00")
        store = one.campaign.store

        owe(store, None, at("2020-08-06T07:59"))
        deliver(store, one.campaign.settings, lambda: at("2020-08-06T08:00"))

        assert [message.to.strip("/") for message in one.sink.accepted if "990102" not in message.to] == ["day"]


def test_contacts_of_a_unit_are_shown_by_rung_and_role(tmp_path: Path) -> None:
    with telling(tmp_path, ISSUED, contacts=OWNERS + "990101 liaison department:police - police\n") as one:
        shown = [
            (one.target, one.unit, one.role, one.name, one.only_for, one.instead_of)
            for one in who_hears(one.campaign.store, "990101", at(DUE))
        ]

        assert shown == [
            ("unit.liaison", "990101", "liaison", "police", "department:police", None),
            ("superior.deputy", "9901", "owner", "9901-owner", "", "deputy"),
        ]


def test_where_nobody_at_all_would_hear_contacts_say_so(tmp_path: Path) -> None:
    with telling(tmp_path, NAMED, contacts="990102 owner - -") as one:
        [nobody] = who_hears(one.campaign.store, "990101", at(DUE))

        assert (nobody.unit, nobody.role, nobody.name) == ("990101", "recheck", None)


@pytest.mark.parametrize(
    ("contacts", "said"),
    [
        (
            "990101 liaison department:fire - -",
            "contacts.csv, row 2: “department:fire” in for: “department” has no value “fire”",
        ),
        ("990101 liaison ministry:police - -", "the plan has no column “ministry” with values to choose from"),
        ("990101 liaison phase:feild - -", "the plan has no phase “feild”; did you mean phase:field?"),
        ("990101 liaison 990199 - -", "contacts.csv, row 2: there is no unit 990199"),
        ("990101 watchman - - -", "the role “watchman” must be one of owner, leader, head, recheck, liaison, deputy"),
        ("990101 owner - 0 -", "the seat “0” must be a whole number from 1"),
        ("990101 owner - 1 a\n990101 leader - 1 b", "contacts.csv, row 3: seat 1 of 990101 is that of row 2 already"),
        ("990101 owner - 1 a\n990101 leader - 2 a", "contacts.csv, row 3: one person has two seats in 990101 (1, 2)"),
        (
            "990101 owner phase:field - a\n990101 owner - - a",
            "row 2 says what the same person answers for in this role, and this row does not",
        ),
    ],
)
def test_contacts_that_cannot_be_meant_are_refused_with_their_row(
    tmp_path: Path, contacts: str, said: str | None
) -> None:
    with pytest.raises(Refusal) as refused, telling(tmp_path, NAMED, contacts=contacts):
        pass
    assert said in refused.value.said.en


def test_a_role_whose_holders_answer_for_other_offices_is_vacant_for_this_one(tmp_path: Path) -> None:
    deputies = "9901 deputy 990101 - first\n"
    with telling(tmp_path, ISSUED, contacts=OWNERS + deputies + "990101 liaison - -\n990102 liaison - -\n") as one:
        store = one.campaign.store
        one.report("departments", DEPARTMENTS, "2020-08-01T09:00")
        assert list_vacancies(store, "990101", at("2020-08-02T09:00"), 0) == []

        one.report("departments", "code,department\n990102,police\n", "2020-08-01T10:00")
        found = list_vacancies(store, None, at("2020-08-02T09:00"), 0)
        assert [(row["unit"], row["role"], row["told"]["role"], row["duties"]) for row in found] == [
            ("9901", "deputy", "owner", 1)
        ]


def test_a_hole_in_the_roster_is_listed_before_it_matters(tmp_path: Path) -> None:
    with telling(tmp_path, GAUGED, contacts=SEATED + "990102 deputy - 7\n") as one:
        one.report("roster", ROSTER + "990102,2020-08-05 08:00,2020-08-05 24:00,7\n", "2020-08-01T09:00")

        found = list_vacancies(one.campaign.store, None, at("2020-08-02T09:00"), 0)
        assert [(row["unit"], row["role"], row["told"]["role"]) for row in found] == [("990102", "on_duty", "owner")]


def test_what_a_contact_answers_for_follows_divisions_that_change(tmp_path: Path) -> None:
    contacts = "9901 deputy 990101+phase:field - a\n990102 owner 990102 - b\n990101 owner - 1 c\n"
    with telling(tmp_path, NAMED, contacts=contacts) as one:
        became = pl.DataFrame({"old": ["990101", "990101", "990102"], "new": ["990101", "990103", "990104"]})
        with one.campaign.store.writing() as connection:
            carry_contacts(connection, became)

        assert one.campaign.rows("SELECT unit, name, only_for, seat FROM contacts ORDER BY unit") == [
            ("9901", "a", "990101 990103 phase:field", None),
            ("990101", "c", "", 1),
            ("990103", "c", "", 1),
            ("990104", "b", "990104", None),
        ]


def test_an_audit_asks_nothing_of_who_held_a_role_in_the_past(tmp_path: Path) -> None:
    with telling(tmp_path, NAMED, GAUGED, contacts=OWNERS) as one:
        one.watch(MIDNIGHT)
        with one.campaign.store.writing() as connection:
            connection.execute(text("UPDATE contacts SET role = 'recheck' WHERE unit = '990101'"))

        assert audit(one.campaign.store, at("2020-08-05T00:00"), at("2020-08-07T00:00")).findings == ()


def test_a_role_beside_an_owner_is_no_vacancy_while_nobody_anywhere_holds_it(tmp_path: Path) -> None:
    # the rung names a deputy beside the superior's owner, who hears in any case
    beside = ISSUED.replace("ladder: liaison", "ladder: both")
    with telling(tmp_path, beside, contacts=OWNERS) as one:
        one.report("departments", DEPARTMENTS + DONE, "2020-08-01T09:00")
        assert list_vacancies(one.campaign.store, None, at("2020-08-02T09:00"), 0) == []
        assert one.watch(MIDNIGHT) == ["9901-owner", "990101-owner"]
        hearers = who_hears(one.campaign.store, "990101", at(DUE))
        assert [told.target for told in hearers] == ["unit.owner", "superior.owner"]


def test_once_somebody_holds_it_for_others_the_gap_is_listed(tmp_path: Path) -> None:
    beside = ISSUED.replace("ladder: liaison", "ladder: both")
    with telling(tmp_path, beside, contacts=OWNERS + "9901 deputy 990102 - second\n") as one:
        one.report("departments", DEPARTMENTS + DONE, "2020-08-01T09:00")
        found = list_vacancies(one.campaign.store, None, at("2020-08-02T09:00"), 0)
        assert [(row["unit"], row["role"], row["told"]["role"]) for row in found] == [("9901", "deputy", "owner")]
        # nobody hears less for it, and the administrator nothing
        assert one.watch(MIDNIGHT) == ["9901-owner", "990101-owner"]
