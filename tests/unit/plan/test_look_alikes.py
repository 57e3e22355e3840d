"""Signs and letters in a plan that only look right are named where they stop it."""

from __future__ import annotations

import pytest

from models.plan.files import read_plan
from models.plan.layers import PlanError

PLAN = """\
census: trial
title: 试验普查
standard_time: 2020-11-01
timezone: Asia/Shanghai
indicators:
  staff: {title: 两员，人数：, level: township, roll_up: sum}
ladders:
  standard:
    - {id: remind, at: -7d, to: [unit.owner]}
phases:
  - id: preparation
    title: 普查准备
    starts: 2020-03-02
    ends: 2020-08-05
    requirements:
      - {id: staff, title: 两员, judged_at: township, met_when: "staff >= 10", due: 2020-08-05, ladder: standard}
"""


def faults(old: str, new: str) -> list[str]:
    assert PLAN.count(old) == 1
    with pytest.raises(PlanError) as fault:
        read_plan(("plan.yaml",), {"plan.yaml": PLAN.replace(old, new)}.__getitem__)
    return [one.said.zh for one in fault.value.faults]


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("staff >= 10", "staff ＞＝ 10", "“＞”（U+FF1E）应为半角大于号“>”"),
        ("staff >= 10", "staff ≥ 10", "“≥”（U+2265）应为“>=”"),
        ("staff >= 10", "staff ≤ 10", "“≤”（U+2264）应为“<=”"),
        ("staff >= 10", "staff × 2 >= 10", "“×”（U+00D7）应为半角星号“*”"),
        ("staff >= 10", "staff 〉= 10", "“〉”（U+3009）应为半角大于号“>”"),
        ("staff >= 10", "ѕtaff >= 10", "“ѕ”（U+0455）不是英文字母，应为 s"),
        ("staff >= 10", "ｓtaff >= 10", "“ｓ”（U+FF53）不是英文字母，应为 s"),
        ("census:", "сensus:", "“с”（U+0441）不是英文字母，应为 c"),
        ("id: preparation", "id: prеparation", "“е”（U+0435）不是英文字母，应为 e"),
        ("level: township", "level: tοwnship", "“ο”（U+03BF）不是英文字母，应为 o"),
        ("ladder: standard", "ladder: stаndard", "“а”（U+0430）不是英文字母，应为 a"),
        ("Asia/Shanghai", "Аsia/Shanghai", "“А”（U+0410）不是英文字母，应为 A"),
        ("unit.owner", "unit.оwner", "“о”（U+043E）不是英文字母，应为 o"),
        ("[unit.owner]", "［unit.owner］", "“［”（U+FF3B）应为半角方括号“[”"),
        ("staff >= 10", "staff >= 1O", "“O”是字母，是否为数字 0"),
        ("staff >= 10", "staff >= l", "“l”是字母，是否为数字 1"),
        ("at: -7d", "at: -l0d", "“l”是字母，是否为数字 1"),
        ("due: 2020-08-05", "due: T-6Od", "“O”是字母，是否为数字 0"),
        ("roll_up: sum", "roll_up：sum", "“：”（U+FF1A）应为半角冒号“:”"),
    ],
)
def test_the_sign_that_only_looks_right_is_named(old: str, new: str, named: str) -> None:
    assert any(named in said for said in faults(old, new))


def test_signs_of_the_text_in_a_title_are_no_matter_of_another_fault() -> None:
    (said,) = faults("staff >= 10", "staf >= 10")

    assert "U+" not in said
