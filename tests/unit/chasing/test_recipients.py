"""Who hears of a rung: offices by line of command, persons by role, and what happens where nobody is."""

from __future__ import annotations

from datetime import time
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from models.calendar.working_time import OfficeHours, Offset
from models.plan.model import Rung
from models.rules.chasing.digest import gather_notices, kind_of_line
from models.rules.chasing.policy import Policy
from models.rules.chasing.recipients import addressed, governments_of, superiors_of, targets_of, with_persons

UNITS = pl.DataFrame(
    [("99", None), ("9901", "99"), ("990101", "9901"), ("990102", "9901"), ("66", None)],
    schema=["unit", "superior"],
    orient="row",
)
NO_FURTHER = pl.DataFrame(schema={"unit": pl.String, "superior": pl.String, "line": pl.String})
DAY = 86_400_000_000


def contacts(*rows: str) -> pl.DataFrame:
    """From "990101 owner 甲" and so on."""
    data = [(unit, role, person, place) for place, (unit, role, person) in enumerate(row.split() for row in rows)]
    return pl.DataFrame(data, schema=["unit", "role", "person", "place"], orient="row")


def told(
    to: list[str],
    people: pl.DataFrame,
    unit: str = "990101",
    further: pl.DataFrame = NO_FURTHER,
    signed_by: str | None = None,
) -> list[tuple[str, str, str]]:
    """(office, role, person) for each line of one rung of one case at `unit`."""
    return found(to, people, unit, further, signed_by).select("to_unit", "role", "person").rows()


def found(
    to: list[str],
    people: pl.DataFrame,
    unit: str,
    further: pl.DataFrame = NO_FURTHER,
    signed_by: str | None = None,
) -> pl.DataFrame:
    """All that is found for such a rung."""
    policy = Policy(
        (Rung("r", Offset.parse("+0d"), tuple(to), None, signed_by),),
        False,
        OfficeHours(time(8), time(17)),
        ZoneInfo("Asia/Shanghai"),
    )
    fired = pl.DataFrame([{"case": 1, "unit": unit, "policy": 3, "no": 0}])
    superiors = superiors_of(UNITS, further)
    aimed = addressed(fired, targets_of({3: policy}), superiors, governments_of(UNITS, further))
    return with_persons(aimed, people, superiors)


def test_everybody_in_the_role_hears():
    people = contacts("990101 owner 甲", "990101 owner 乙", "990101 leader 丙")
    assert told(["unit.owner"], people) == [("990101", "owner", "甲"), ("990101", "owner", "乙")]


def test_an_owner_stands_in_for_a_declared_role_and_the_leader_for_a_paper():
    people = contacts("990101 owner 甲", "990101 leader 乙")
    aimed = pl.DataFrame(
        {
            "case": [1, 2],
            "no": [0, 0],
            "unit": ["990101"] * 2,
            "to_unit": ["990101"] * 2,
            "role": ["deputy"] * 2,
            "paper": [False, True],
        }
    )
    found = with_persons(aimed, people, superiors_of(UNITS, NO_FURTHER))

    assert found.select("case", "role", "person", "vacant_role", "stand_in").rows() == [
        (1, "owner", "甲", None, None),
        (2, "leader", "乙", None, None),
        (1, "admin", "admin", "deputy", "owner"),
    ]


def test_whoever_is_on_duty_is_among_the_contacts_and_else_the_owner_without_a_vacancy():
    aimed = pl.DataFrame({"case": [1], "no": [0], "unit": ["990101"], "to_unit": ["990101"], "role": ["on_duty"]})

    def heard(*people: str) -> list[tuple[str, str]]:
        return with_persons(aimed, contacts(*people), superiors_of(UNITS, NO_FURTHER)).select("role", "person").rows()

    assert heard("990101 on_duty 甲", "990101 owner 乙") == [("on_duty", "甲")]
    assert heard("990101 owner 乙") == [("owner", "乙")]
    assert heard("9901 owner 丙") == [("owner", "丙"), ("admin", "admin")]


def test_one_person_in_two_roles_hears_once():
    people = contacts("990101 owner 甲", "990101 leader 甲")
    assert told(["unit.owner", "unit.leader"], people) == [("990101", "owner", "甲")]


def test_all_superiors_on_the_business_line_hear_the_primary_one_first():
    further = pl.DataFrame([("990101", "66", "business")], schema=NO_FURTHER.schema, orient="row")
    people = contacts("66 owner 团", "9901 owner 市")
    assert told(["superior.owner"], people, further=further) == [("9901", "owner", "市"), ("66", "owner", "团")]


def test_a_further_superior_on_the_government_line_is_no_superior_on_the_business_line():
    further = pl.DataFrame([("990101", "66", "government")], schema=NO_FURTHER.schema, orient="row")
    people = contacts("66 owner 团", "9901 owner 市", "66 head 首长", "9901 head 市长")
    assert told(["superior.owner"], people, further=further) == [("9901", "owner", "市")]
    assert told(["government.head"], people, further=further) == [("66", "head", "首长")]


def test_the_government_of_an_office_is_the_group_beside_its_superior():
    assert told(["government.head"], contacts("9901 head 市长", "990101 head 县长")) == [("9901", "head", "市长")]


def test_at_the_top_the_government_is_its_own():
    assert told(["government.head"], contacts("99 head 省长"), unit="99") == [("99", "head", "省长")]


def test_a_vacancy_goes_one_superior_up_and_to_the_administrator():
    assert told(["unit.owner"], contacts("9901 owner 市")) == [("9901", "owner", "市"), ("", "admin", "admin")]


def test_a_vacancy_goes_further_up_until_somebody_is_there():
    assert told(["unit.leader"], contacts("9901 owner 市", "99 leader 省")) == [
        ("99", "leader", "省"),
        ("", "admin", "admin"),
    ]


def test_where_nobody_is_up_to_the_top_the_administrator_hears():
    assert told(["superior.owner"], contacts("990101 owner 甲")) == [("", "admin", "admin")]


def test_a_superior_of_the_top_is_a_vacancy_for_the_administrator():
    assert told(["superior.owner"], contacts("99 owner 省"), unit="99") == [("", "admin", "admin")]


def test_a_superior_who_stands_in_for_a_vacancy_and_is_told_anyway_hears_once():
    people = contacts("9901 owner 市")
    assert told(["unit.owner", "superior.owner"], people) == [("9901", "owner", "市"), ("", "admin", "admin")]


def test_an_unsigned_rung_reaches_its_signer_first():
    people = contacts("9901 leader 主任", "9901 head 市长")
    assert told(["government.head"], people, signed_by="superior.leader") == [("9901", "leader", "主任")]


def test_one_who_stands_in_for_two_vacant_roles_of_an_office_hears_both_named():
    lines = found(["unit.owner", "unit.leader"], contacts("9901 owner 市", "9901 leader 市"), "990101")
    persons = lines.filter(pl.col("role") != "admin")
    assert persons.select("to_unit", "person", "vacant", "vacant_role").rows() == [
        ("9901", "市", "990101", "owner,leader")
    ]


def test_the_administrator_hears_of_a_vacant_office_once_a_pass():
    policy = Policy(
        (Rung("r", Offset.parse("+0d"), ("unit.owner", "unit.leader")),),
        False,
        OfficeHours(time(8), time(17)),
        ZoneInfo("Asia/Shanghai"),
    )
    fired = pl.DataFrame([{"case": n, "unit": "990101", "policy": 3, "no": 0} for n in (1, 2)])
    superiors = superiors_of(UNITS, NO_FURTHER)
    aimed = addressed(fired, targets_of({3: policy}), superiors, governments_of(UNITS, NO_FURTHER))
    lines = with_persons(aimed, contacts("99 owner 省", "99 leader 省长"), superiors)
    admin = lines.filter(pl.col("role") == "admin")
    assert admin.select("case", "vacant", "vacant_role").rows() == [(1, "990101", "owner,leader")]
    assert lines.filter(pl.col("role") != "admin")["case"].to_list() == [1, 1, 2, 2]


@pytest.mark.parametrize(
    ("to", "unit", "people", "expected"),
    [
        (["unit.owner"], "990101", contacts("9901 owner 市"), [("", "990101", "owner", None)]),
        (["unit.owner"], "990101", contacts("9901 leader 市"), [("", "990101", "owner", "owner")]),
        (
            ["unit.owner", "unit.leader"],
            "990101",
            contacts("9901 owner 市"),
            [("", "990101", "owner,leader", "leader")],
        ),
        (
            ["unit.owner", "superior.leader"],
            "990101",
            contacts("99 owner 省"),
            [("", "990101", "owner", None), ("9901", "9901", "leader", "leader")],
        ),
        (["superior.owner"], "99", contacts("99 owner 省"), [("", "99", "superior.owner", "superior.owner")]),
    ],
    ids=["told above", "nobody above", "one of two", "two offices of one rung", "nothing above"],
)
def test_the_administrator_hears_of_every_vacant_office_and_where_nobody_was_told(
    to: list[str], unit: str, people: pl.DataFrame, expected: list[tuple[str, str, str, str | None]]
):
    lines = found(to, people, unit).filter(pl.col("role") == "admin")
    assert lines.select("to_unit", "vacant", "vacant_role", "untold").rows() == expected


def line(case: int, person: str, kind: str, due: int = 0, policy: int = 3) -> dict[str, object]:
    return {"case": case, "person": person, "kind": kind, "due": due, "policy": policy}


MOMENTS = pl.DataFrame([(3, False, 100), (4, True, 50)], schema=["policy", "always", "not_before"], orient="row")
NO_WAITING = pl.DataFrame(schema={"notice": pl.Int64, "person": pl.String})


def test_lines_for_one_person_become_one_notice_worst_first():
    lines = pl.DataFrame(
        [
            line(1, "甲", "reminder"),
            line(2, "乙", "overdue"),
            line(3, "甲", "overdue", due=-5 * DAY),
            line(4, "甲", "overdue"),
        ]
    )
    found = gather_notices(lines, NO_WAITING, MOMENTS, 0)
    assert found.filter(pl.col("person") == "甲")["case"].to_list() == [3, 4, 1]
    assert found["group"].n_unique() == 2
    assert found.filter(pl.col("person") == "甲")["urgency"].unique().to_list() == [3005]


def test_a_line_that_may_go_at_any_hour_takes_along_what_would_wait_for_office_hours():
    lines = pl.DataFrame([line(1, "甲", "overdue"), line(2, "甲", "overdue", policy=4), line(3, "乙", "overdue")])
    found = gather_notices(lines, NO_WAITING, MOMENTS, 0).sort("case")
    assert found.select("person", "always", "not_before").rows() == [
        ("甲", True, 50),
        ("甲", True, 50),
        ("乙", False, 100),
    ]
    assert found["group"].n_unique() == 2


def test_lines_join_the_notice_that_already_waits_for_the_person():
    waiting = pl.DataFrame([(9, "甲")], schema=NO_WAITING.schema, orient="row")
    found = gather_notices(
        pl.DataFrame([line(1, "甲", "overdue"), line(2, "乙", "overdue")]), waiting, MOMENTS, 0
    ).sort("case")
    assert found["notice"].to_list() == [9, None]


def test_whoever_is_told_of_another_office_is_told_as_its_superior():
    rows = [
        {
            "role": "owner",
            "paper": False,
            "late_below": None,
            "unit": "990101",
            "to_unit": to_unit,
            "escalates": escalates,
            "own": own,
            "due": due,
        }
        for to_unit, due, escalates, own in (
            ("990101", 10, False, True),
            ("990101", 11, False, True),
            ("9901", 11, False, None),
            # one rung may tell the office and its superior; the government at the top is the office's own
            ("990101", 10, True, True),
            ("990101", 10, True, None),
        )
    ]
    frame = pl.DataFrame(rows, schema_overrides={"late_below": pl.Int64})
    kinds = frame.select(kind=kind_of_line(10))["kind"].to_list()
    assert kinds == ["overdue", "reminder", "superior", "overdue", "superior"]


BESIDE = ["superior.owner", "superior.deputy", "superior.on_duty"]


def test_a_role_beside_the_owner_of_an_office_hears_too_where_somebody_holds_it():
    people = contacts("9901 owner 甲", "9901 deputy 乙", "9901 on_duty 丙")
    assert sorted(told(BESIDE, people)) == [
        ("9901", "deputy", "乙"),
        ("9901", "on_duty", "丙"),
        ("9901", "owner", "甲"),
    ]


def test_nobody_in_a_role_beside_the_owner_is_no_vacancy_and_nobody_stands_in():
    assert told(BESIDE, contacts("9901 owner 甲")) == [("9901", "owner", "甲")]
    alone = told(["superior.deputy"], contacts("9901 owner 甲"))
    assert alone == [("9901", "owner", "甲"), ("", "admin", "admin")]


def test_where_there_is_no_owner_either_that_is_the_vacancy():
    heard = found(BESIDE, contacts("99 owner 甲"), "990101").select("to_unit", "role", "vacant", "vacant_role").rows()
    assert heard == [("99", "owner", "9901", "owner"), ("", "admin", "9901", "owner")]


def test_at_the_top_without_a_superior_only_the_owner_is_missed():
    assert found(BESIDE, contacts("99 owner 甲"), "99").select("role", "vacant_role").rows() == [
        ("admin", "superior.owner")
    ]
