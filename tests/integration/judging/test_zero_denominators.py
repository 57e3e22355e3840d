"""A reported zero to divide by, from the report to what the county reads: unmet, and nothing is missing."""

from __future__ import annotations

from worlds.clerk import Clerk
from worlds.plans import phase, trial

PLAN = trial(
    [
        "buildings: {title: 建筑物, level: district, roll_up: sum, min: 0}",
        "staff: {title: 普查员, level: district, roll_up: sum, min: 0}",
        'staffed: {title: 人手够的小区, level: district, count_where: "buildings / staff <= 3"}',
        'load: {title: 人均楼数, level: district, sum_where: "buildings / staff"}',
    ],
    [
        phase(
            "zoning",
            "区划绘图",
            "2020-07-01",
            "2020-10-31",
            [
                '{id: staffed, title: 人手, judged_at: county, met_when: "staffed >= 2", due: 2020-08-05}',
                '{id: load, title: 负担, judged_at: county, met_when: "load <= 9", due: 2020-08-05}',
            ],
        )
    ],
)
UNITS = "code,name\n13,甲省\n1301,乙市\n130101,丙县\n130101001,戊镇\n130101002,己镇\n"
FIRST, SECOND = "130101001001001", "130101002001001"


def reason(clerk: Clerk, requirement: str) -> tuple[str, str]:
    found = clerk.json("explain", "130101", requirement, "--as-of", "2020-08-04T09:00")
    return found["standing"], found["reason_text"]


def test_a_county_is_unreported_only_as_long_as_a_district_has_not_reported(clerk: Clerk) -> None:
    clerk.load(PLAN, UNITS)
    clerk.report(f"code,buildings,staff\n{FIRST},4,0\n{SECOND},2,\n", "2020-08-01T09:00")
    one_missing = reason(clerk, "staffed"), reason(clerk, "load")
    clerk.report(f"code,staff\n{SECOND},1\n", "2020-08-02T09:00")
    none_missing = reason(clerk, "staffed"), reason(clerk, "load")
    said = clerk("explain", "130101", "load", "--as-of", "2020-08-04T09:00").out
    clerk.report(f"code,staff\n{FIRST},2\n", "2020-08-03T09:00")
    nothing_divided_by_zero = reason(clerk, "staffed"), reason(clerk, "load")

    assert one_missing == (
        ("unreported", "人手够的小区未报齐（应报2个普查小区，尚缺1个）"),
        ("unreported", "人均楼数未报齐（应报2个普查小区，尚缺1个）"),
    )
    assert none_missing == (
        ("unmet", "人手够的小区1，应不低于2"),
        ("unmet", "人均楼数无法计算，应不高于9"),
    )
    assert "人均楼数 load = 无法计算（2/2）" in said
    assert nothing_divided_by_zero == (("met", ""), ("met", ""))
