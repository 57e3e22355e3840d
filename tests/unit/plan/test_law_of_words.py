"""What titles and rungs may say (条例 art. 5, 统计法 art. 7): no goal, no rank, no threat, and no machine that writes to a head."""

from __future__ import annotations

import pytest
from worlds.lawful_plans import REQUIREMENT, plan, refused

SAID = [
    *(
        "出生人数应≥20人",
        "出生人数>=20",
        "常住人口须在60万以上",
        "常住人口力争突破60万",
        "人口总量要稳住",
        "人口增长5%",
        "完成60万人登记任务",
        "出生最少20人",
    ),
    *(
        "人口只能增不能减",
        "各地人口数与上年持平",
        "出生人数以卫健数为准补齐",
        "人口数应与公安部门数一致",
        "人口数应当相符",
        "请把死亡数改大",
    ),
    *(
        "登记人口越多越好",
        "births >= 20",
        "20 births required",
        "keep population above 600000",
        "no drop in population",
        "more births",
    ),
    *(
        "人口数位居全省第一",
        "人口总量进入前十",
        "出生率第一",
        "出生率最高的县",
        "按人口由高到低排列",
        "人口从多到少",
        "人口末三位",
        "人口数红黑榜",
    ),
    *(
        "以人口数考评",
        "以出生人数打分",
        "出生人数与奖金挂钩",
        "counties ordered by population",
        "highest births",
        "top counties by population",
    ),
    *(
        "約談主要負責人",
        "约 谈",
        "将启动督察",
        "督查组进驻",
        "移交纪检监察机关",
        "将给予纪律处分",
        "严肃处理",
        "一票否决",
        "挂牌督办",
        "通报全省",
    ),
    *("a supervision team will be sent", "you will be punished", "sanctions will follow"),
    *(
        "常住人口登记数达标",
        "确保出生人口不下降",
        "登记人口不能减少",
        "常住人口前三名",
        "完成常住人口60万人",
        "空置率降到5%",
        "births must equal hospital births",
        "minimum population 600000",
        "worst counties by vacancy rate",
        "工作不力的约谈",
        "追究责任",
        "由督查室督查",
        "列入督查",
        "will be held to account",
    ),
    *(
        "出生人数应达到20人",
        "常住人口不低于60万",
        "户籍人口不少于600000",
        "确保人口达到60万",
        "完成人口登记任务60万",
        "出生人数目标",
    ),
    *(
        "死亡人数控制在10人以内",
        "空置率不超过5%",
        "压低空置率",
        "上调常住人口",
        "出生人数调整为20人",
        "新生儿数至少20",
        "人口任务数",
    ),
    *("births must be at least 20", "population target", "residents: no fewer than 600000", "raise births to 20"),
    *(
        "人口排名",
        "按出生人数排名",
        "空置率末位通报",
        "出生人数评比",
        "人口数纳入绩效考核",
        "常住人口位次",
        "ranking by population",
    ),
    *(
        "约谈主要负责人",
        "逾期问责",
        "对未报单位追责",
        "逾期将予以督查",
        "未完成的由省督查",
        "提请督查",
        "通报批评",
        "held accountable",
    ),
]
UNSAID = [
    *(
        "请核实出生人数与卫健部门资料的差异",
        "出生人口与公安资料比对核实",
        "常住人口登记应不重不漏",
        "常住人口登记应当做到应登尽登",
        "人口数据必须真实",
    ),
    *(
        "死亡人口资料移交应于8月5日前完成",
        "任何人不得要求修改人口数据",
        "空置住房逐套核实",
        "质量督导员到位",
        "国务院人口普查办督导",
        "催报",
    ),
    *(
        "最少出生数",
        "人口普查工作先进集体推荐",
        "人口最多的普查小区增配普查员",
        "第一阶段人口登记",
        "普查对象拒绝登记的处理",
        "人口普查长表应达到10%",
    ),
    *(
        "resident registration forms must be delivered by 5 August",
        "population figures must not be altered",
        "all households must be visited",
    ),
    *(
        "births must be checked against hospital records",
        "入户登记进度排名",
        "常住人口登记进度排名",
        "人口普查宣传覆盖率达到100%",
        "出生医学证明资料移交完成率达到100%",
        "配合国务院督查",
        "国务院督查反馈问题整改",
        "不予问责",
        "每户至少上门三次",
    ),
    *(
        "出生资料比对差异（请核实）",
        "请核实出生登记情况",
        "常住人口登记差错率不超过4‰",
        "户籍人口登记零差错",
        "死亡资料全部移交",
        "人口登记完成",
    ),
    *(
        "人均普查经费不低于10元",
        "常住人口每万人普查员不少于40名",
        "每个普查小区至少一名普查员",
        "两员不少于10人",
        "普查经费达到预算",
    ),
    *(
        "第七次全国人口普查工作目标分解",
        "督查考核办法印发",
        "督查发现问题整改完成",
        "两员考核合格后持证上岗",
        "培训考核通过",
        "进度排名公布",
    ),
    *(
        "条例第三十三条",
        "政府督查工作条例第十二条",
        "不得以人口数据排名",
        "人口数据不得用于考核",
        "入户登记完成",
        "check births against police records",
    ),
    *(
        "姓名不公开、不问责",
        "摸底验收：住房单元差错率不超过2‰",
        "residents committees assessed",
        "enumerators at least one a district",
    ),
]


@pytest.mark.parametrize("words", SAID)
def test_no_title_of_any_kind_demands_ranks_or_threatens(words: str) -> None:
    spoken = {
        "requirement": plan(requirement=REQUIREMENT.replace("试验", f'"{words}"')),
        "source": plan(requirement=REQUIREMENT.replace("due:", f'source: "{words}", due:')),
        "phase": plan(phase=f'"{words}"'),
        "plan": plan(title=f'"{words}"'),
        "comparator": plan(requirement=REQUIREMENT.replace("due:", f'compare: {{value: 1, title: "{words}"}}, due:')),
        "unit of a figure": plan(f'x: {{title: 甲, level: township, roll_up: sum, unit: "{words}"}}'),
    }

    assert [place for place, text in spoken.items() if len(refused(text)) != 1] == []
    assert all(words in said for text in spoken.values() for _, _, said in refused(text))


@pytest.mark.parametrize("words", UNSAID)
def test_titles_that_ask_to_check_or_speak_of_work_are_taken(words: str) -> None:
    assert refused(plan(phase=f'"{words}"', requirement=REQUIREMENT.replace("试验", f'"{words}"'))) == []


@pytest.mark.parametrize(
    "rung",
    [
        "{id: overdue, at: +0d, to: [unit.owner, unit.head]}",
        "{id: overdue, at: +0d, to: [superior.head]}",
        "{id: overdue, at: +0d, to: [government.head]}",
        "{id: overdue, at: -1d, to: [unit.head]}",
        "{id: overdue, at: +0d, to: [unit.head], signed_by: ''}",
        "{id: yuetan, at: +0d, to: [superior.leader]}",
        "{id: accountability, at: +0d, to: [superior.leader]}",
    ],
)
def test_no_machine_writes_to_a_head_or_announces_what_only_people_decide(rung: str) -> None:
    assert [line for _, line, _ in refused(plan(rung=rung))] == [21]


@pytest.mark.parametrize(
    "rung",
    [
        "{id: overdue, at: +0d, to: [unit.owner, unit.leader]}",
        "{id: head, at: +3wd, to: [government.head], signed_by: superior.leader}",
        "{id: letter, at: +2wd, to: [superior.head], draft: supervision-letter}",
    ],
)
def test_a_head_is_written_to_by_a_person(rung: str) -> None:
    assert refused(plan(rung=rung)) == []
