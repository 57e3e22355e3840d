"""`pucha vacancies`: who would not hear of what, asked of a campaign."""

from __future__ import annotations

from pathlib import Path

import pytest
from worlds.campaign import UNITS, Campaign, at, everyone, make_campaign
from worlds.clerk import Clerk

from models.rules.delivery.channel_condition import Condition
from tasks.chasing.vacancies import list_vacancies
from tasks.delivery.channel_condition import write_conditions

PLAN = """
census: trial
title: 试验普查
standard_time: 2020-11-01
indicators:
  meetings: {title: 会议, level: county, roll_up: sum}
  daily: {title: 日报, level: township, roll_up: sum}
ladders:
  standard:
    - {id: remind, at: -7d, to: [unit.owner]}
    - {id: superior, at: +1d, to: [superior.owner, superior.leader]}
phases:
  - id: preparation
    title: 准备
    starts: 2020-03-01
    ends: 2020-10-31
    hours: always
    requirements:
      - {id: meeting, title: 召开会议, judged_at: county, met_when: "meetings >= 1", due: 2020-08-05, ladder: standard}
  - id: registration
    title: 登记
    starts: 2020-10-01
    ends: 2020-10-31
    hours: always
    requirements:
      - {id: daily, title: 日报, judged_at: township, met_when: "daily >= 1", every: day, ladder: standard}
"""


def campaign(folder: Path, *but: str) -> Campaign:
    people = everyone(lambda who: f"json://127.0.0.1:9/{who}", UNITS, ("owner", "leader"), but)
    return make_campaign(folder, plan=PLAN, contacts=people)


def listed(made: Campaign, moment: str, unit: str | None = None) -> list[tuple[object, ...]]:
    rows = list_vacancies(made.store, unit, at(moment), 0)
    return [(one["unit"], one["role"], one["why"], one["told"] and one["told"]["unit"], one["next"]) for one in rows]


def test_a_campaign_in_which_everybody_is_entered_has_no_vacancies(tmp_path: Path) -> None:
    assert listed(campaign(tmp_path), "2020-07-01") == []


def test_a_vacant_office_is_listed_with_the_rung_from_which_it_matters_and_whoever_hears_instead(
    tmp_path: Path,
) -> None:
    made = campaign(tmp_path, "990101/owner", "9901/leader", "990102001/owner", "990102002/leader")
    (county, city, town) = listed(made, "2020-07-01")
    requirement = {"phase": "preparation", "requirement": "meeting"}
    soon, later = (
        {**requirement, "at": one, "rung": rung} for one, rung in ((_at("07-30"), "remind"), (_at("08-07"), "superior"))
    )
    assert county == ("990101", "owner", "vacant", "9901", soon)
    assert city == ("9901", "leader", "vacant", "99", later)
    begins = {"phase": "registration", "requirement": "daily", "at": _at("10-01"), "rung": None}
    assert town == ("990102001", "owner", "vacant", "990102", begins)
    assert [one[0] for one in listed(made, "2020-07-01", "990102")] == ["990102001"]


def _at(day: str) -> int:
    return int(at(f"2020-{day}T00:00").timestamp() * 1_000_000)


def test_what_is_met_needs_nobody_yet_and_is_listed_last(tmp_path: Path) -> None:
    made = campaign(tmp_path, "990101/owner", "990102/owner")
    made.report("code,meetings\n990101,1\n", "2020-06-01")
    assert [(one[0], one[4] is None) for one in listed(made, "2020-07-01")] == [("990102", False), ("990101", False)]


@pytest.mark.parametrize(
    ("condition", "why"),
    [({"refuses": True, "failures": 1}, ["unreachable"]), ({"failures": 3}, ["unreachable"]), ({"failures": 2}, [])],
)
def test_a_role_whose_only_channel_is_dead_is_listed(tmp_path: Path, condition: dict[str, int], why: list[str]) -> None:
    made = campaign(tmp_path)
    address, shown = made.rows("SELECT address, shown FROM contacts WHERE unit = '990101' AND role = 'owner'")[0]
    with made.store.writing() as connection:
        write_conditions(connection, [Condition(address, shown, **condition)])  # type: ignore[arg-type]
    assert [one[2] for one in listed(made, "2020-07-01")] == why


def test_the_command_says_what_to_do_and_answers_one_where_there_is_a_vacancy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk = Clerk(tmp_path, capsys, monkeypatch)
    clerk.load(PLAN, UNITS, "990101,owner,甲,json://127.0.0.1:9/a\n9901,owner,乙,json://127.0.0.1:9/b\n")
    shown = clerk("vacancies", "--unit", "990102", "--as-of", "2020-07-01")
    assert shown.code == 1
    assert "没有登记联系人" in shown.out
    assert "召开会议（remind）" in shown.out
    answer = clerk.json("vacancies", "--unit", "990102", "--as-of", "2020-07-01")
    assert answer[0] == {
        "unit": "990102",
        "unit_name": "乙县",
        "role": "owner",
        "why": "vacant",
        "duties": 3,
        "next": {"at": "2020-07-30T00:00:00+08:00", "phase": "preparation", "requirement": "meeting", "rung": "remind"},
        "told": {"unit": "9901", "unit_name": "试验市", "role": "owner"},
        "cure": "请补充联系人后重新装载（pucha load --contacts）",
    }
    assert clerk("vacancies", "--unit", "990101", "--limit", "1", "--as-of", "2020-07-01").code == 1
