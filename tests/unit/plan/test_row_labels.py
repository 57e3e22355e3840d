"""What a duty over rows is about, as people say it."""

from __future__ import annotations

import pytest
from worlds.over_rows import BODIES, planned
from worlds.plans import phase, plan_of, trial

from models.plan.row_labels import codes_in, spoken_label

DATED = "judged_at: county, due: 2020-11-30"
ENTRIES = """
title: 经费台账
kept_by: county
key: [code, year]
columns:
  year: {title: 年度, type: number}
  day: {title: 日期, type: date}
  arrived: {title: 已到位, type: yes_no}
"""


@pytest.mark.parametrize(
    ("each", "label", "zh", "en"),
    [
        ("register: problems, by: list, due: due", "清单3", "清单3", "清单3"),
        ("register: problems, by: list, due: due", "20200803", "清单批次20200803", "20200803"),
        ("register: problems, by: kind, due: due", "logic", "逻辑问题", "logic"),
        ("register: problems, due: due", "清单3/7", "清单3/7", "清单3/7"),
        ("register: questions, due: due", "140105/问1", "小店区/问1", "140105/问1"),
        ("register: questions, due: due", "140105/问/1", "140105/问/1", "140105/问/1"),
        ("register: papers, due: issued", "140105/work-plan", "小店区/工作方案", "140105/work-plan"),
        ("register: problems, owed_by: pool, due: due", "140105/清单3/7", "小店区/清单3/7", "140105/清单3/7"),
        ("register: problems, by: office, due: due", "", "", ""),
        ("register: problems, by: list, owed_by: pool, due: due", "140105/清单3", "小店区/清单3", "140105/清单3"),
        ("register: entries, by: year, due: day", "2020", "年度2020", "2020"),
        ("register: entries, by: day, due: day", "2020-11-05", "11月5日", "2020-11-05"),
        ("register: entries, by: arrived, due: day", "true", "已到位：是", "arrived: yes"),
    ],
)
def test_a_label_is_said_in_the_words_of_its_column(each: str, label: str, zh: str, en: str):
    more = "source: 无" if "owed_by" in each else "judged_at: county"
    closed = {"questions": "answered is not null", "papers": "issued is not null", "entries": "arrived"}
    condition = next((one for name, one in closed.items() if name in each), "state = 'closed'")
    plan = planned(each, condition, more, entries=ENTRIES)

    said = spoken_label(plan, plan.requirements[0], label, {"140105": "小店区"})

    assert (said.zh, said.en) == (zh, en)


def test_a_unit_goes_by_its_name_where_that_is_known():
    each, more = "register: bodies, by: code, of: village", "judged_at: township, due: 2020-11-30"
    plan = planned(each, "formed is not null", more, bodies=BODIES)
    [one] = plan.requirements

    assert spoken_label(plan, one, "140105001001", {"140105001001": "坞城一社区"}).zh == "坞城一社区"
    assert spoken_label(plan, one, "140105001001").zh == "140105001001"


def test_units_are_looked_for_in_every_part_of_a_label():
    assert codes_in(["140105/问1", "清单3", "甲/140105001", "2020-11-05"]) == {"140105", "140105001"}


def test_the_label_of_a_period_is_said_as_ever_and_so_is_one_of_a_requirement_that_is_gone():
    daily = '{id: daily, title: 日报, judged_at: county, met_when: "funds > 0", every: day}'
    text = trial(
        ["funds: {title: 经费, level: county, roll_up: sum}"], [phase("p", "阶段", "2020-08-01", "2020-08-31", [daily])]
    )
    plan = plan_of(text)

    assert spoken_label(plan, plan.requirements[0], "2020-08-03").zh == "8月3日"
    assert spoken_label(plan, None, "甲批/7").zh == "甲批/7"
