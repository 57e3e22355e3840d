"""Plans against the law (条例 art. 5 and 33, 统计法 art. 7): what nobody may load, and as much that everybody may."""

from __future__ import annotations

import pytest
from worlds.plans import plan_in_force, plan_of

from models.plan.layers import PlanError
from models.plan.model import Plan

FIGURES = """\
  births: {title: 出生人数, level: township, roll_up: sum}
  births_health: {title: 卫健部门出生资料数, level: township, roll_up: sum}
  deaths: {title: 死亡人数, level: township, roll_up: sum}
  population: {title: 户籍人口, level: township, unit: persons, roll_up: sum}
  migrants: {title: 外出务工情况, level: township, about: people, roll_up: sum}
  vacant: {title: 空置房, level: township, roll_up: sum}
  funds: {title: 到位经费, level: township, unit: yuan, roll_up: sum, rank: true}
  staff: {title: 两员人数, level: township, roll_up: sum, rank: true}
  districts: {title: 普查小区, level: township, roll_up: sum}
  forms_due: {title: 应填普查表, level: township, work: due, roll_up: sum}
  forms_done: {title: 已填普查表, level: township, work: done, roll_up: sum, rank: true}
  births_open: {title: 出生资料待核实, level: township, work: open, roll_up: sum}
  sampled: {title: 抽查户籍人口登记, level: township, work: checked, roll_up: sum}
  wrong: {title: 抽查户籍人口登记差错, level: township, work: errors, roll_up: sum}
"""
REQUIREMENT = '{id: r, title: 试验, judged_at: township, met_when: "staff >= 1", due: T-2d}'
RUNG = "{id: overdue, at: +0d, to: [unit.owner]}"


def plan(
    figures: str = "", requirement: str = REQUIREMENT, rung: str = RUNG, phase: str = "摸底", title: str = "试验普查"
) -> str:
    more = "".join(f"  {line}\n" for line in figures.splitlines())
    return (
        f"census: trial\ntitle: {title}\nstandard_time: 2020-11-01\nindicators:\n{FIGURES}{more}ladders:\n  l:\n    - {rung}\n"
        f"phases:\n  - id: p\n    title: {phase}\n    starts: T-9d\n    ends: T-1d\n    requirements:\n      - {requirement}\n"
    )


def refused(text: str, *overlays: str) -> list[tuple[str, int, str]]:
    """The faults of a plan as its planner reads them: file, line, Chinese sentence; none where it is taken."""
    try:
        plan_of(text, *overlays)
    except PlanError as fault:
        return [(one.file, one.line, one.said.zh) for one in fault.faults]
    return []


def asking(condition: str) -> str:
    return REQUIREMENT.replace("staff >= 1", condition)


GOALS = [
    "births >= 20",
    "births > 19",
    "births = 20",
    "births <> 0",
    "births <= 30",
    "20 <= births",
    "births between 10 and 20",
    "births in (20, 21)",
    "not births < 20",
    "births is not null",
    "population >= 600000",
    "population = 600000",
    "population = births",
    "births >= births_health",
    "births = births_health",
    "abs(births - births_health) <= 0.004 * births_health",
    "0 - births <= -20",
    "-births <= -20",
    "births / 1 >= 20",
    "births / 2 >= 10",
    "births * 2 >= 40",
    "births + 0 >= 20",
    "1000 / births <= 50",
    "1 / (1 / births) >= 20",
    "1000 * births / population >= 8",
    "births / population >= 0.008",
    "births / districts >= 2",
    "births / funds >= 0",
    "min_births >= 20",
    "births % 100 = 0",
    "abs(births) >= 20",
    "round(births, 0) >= 20",
    "floor(births) >= 20",
    "ceil(births) >= 20",
    "coalesce(births, 0) >= 20",
    "nullif(births, 0) >= 20",
    "greatest(births, 0) >= 20",
    "least(births, 99) >= 20",
    "greatest(births, staff) >= 20",
    "case when births >= 20 then 1 else 0 end = 1",
    "case when births >= 20 then true else false end",
    "case when staff > 0 then births else 20 end >= 20",
    "(births >= 20) = (staff > 0)",
    "staff > 0 and births >= 20",
    "staff > 0 or births >= 20",
    "funds >= 10 * population",
    "funds / 10 >= population",
    "funds - 10 * population >= 0",
    "funds / (population - 600000) > 0",
    "funds / (0 - population) <= -10",
    "funds / (funds / population) >= 600000",
    "(funds - funds + 1000) / births <= 50",
    "(0 * funds + 1000) / births <= 50",
    "(funds + 1000) / births <= 50",
    "population / funds <= 0.1",
    "funds / population <= funds / 600000",
    "funds / population >= funds / births",
    "funds / population - funds / 600000 <= 0",
    "funds / population / funds <= 0.000002",
    "funds_per_head <= funds / 600000",
    "funds_per_head / funds <= 0.000002",
    "cancelled <= 0.000002",
    "funds / population * births >= 1",
    "deaths = 0",
    "vacant <= 100",
    "vacant / districts <= 1",
    "migrants >= 5",
    "births_sum >= 20",
    "births_low = 0",
    "births_rate >= 8",
    "births_turned <= 50",
    "births_turned_twice >= 1",
    "births_hidden >= 1",
    "1000 / funds_per_head <= 50",
    "funds / funds_per_head >= 600000",
    "forms_done >= 600",
    "forms_done * 0.05 >= 1",
    "forms_done >= staff",
    "forms_done - 20 >= 0",
    "forms_due >= 600",
    "forms_due >= population",
    "births_open <= 20",
    "births_open - 20 = 0",
    "births_open >= districts",
    "sampled >= 20",
    "sampled > 0",
    "600 / forms_due <= 1",
    "600 / (2 * forms_due) <= 1",
    "1000 / sampled <= 1",
    "wrong >= 5",
    "not wrong <= 5",
    "wrong = 5",
    "wrong between 5 and 9",
    "wrong <= sampled",
    "0 - wrong <= -5",
    "100 - wrong <= 95",
    "1000 * wrong / sampled >= 4",
    "faulty >= 3",
]
DERIVED = """\
min_births: {title: 甲, level: township, sum_where: "least(births, deaths)"}
births_sum: {title: 乙, level: township, sum_where: "births + deaths"}
births_low: {title: 丙, level: township, count_where: "births < 20"}
births_rate: {title: 丁, level: township, sum_where: "1000 * births / population"}
births_turned: {title: 戊, level: township, sum_where: "1000 / births"}
births_turned_twice: {title: 己, level: township, sum_where: "1000 / births_turned"}
births_hidden: {title: 庚, level: township, count_where: "births_rate > 8"}
funds_per_head: {title: 人均经费, level: township, sum_where: "funds / population"}
cancelled: {title: 辛, level: township, sum_where: "funds_per_head / funds"}
faulty: {title: 有差错的乡镇, level: township, count_where: "wrong > 4"}
short: {title: 两员不足的乡镇, level: township, count_where: "staff < districts"}
left_over: {title: 尚未填报, level: township, sum_where: "forms_due - forms_done"}
staff_due: {title: 应配两员, level: township, sum_where: "districts + districts / 5"}
"""


@pytest.mark.parametrize("condition", GOALS)
def test_no_condition_makes_a_goal_of_people_or_oversteps_a_count_of_work(condition: str) -> None:
    text = plan(DERIVED, asking(condition))

    faults = refused(text)

    assert {(file, text.splitlines()[line - 1].strip(" -")) for file, line, _ in faults} == {
        ("plan.yaml", asking(condition))
    }
    assert all(condition in said for _, _, said in faults)


@pytest.mark.parametrize(
    "condition",
    [
        "staff >= 20",
        "staff >= districts",
        "staff >= districts + districts / 5",
        "staff >= staff_due",
        "staff between 10 and 90",
        "not staff < 10",
        "0 - staff <= -20",
        "1000 / staff <= 50",
        "staff / districts >= 1",
        "greatest(staff, districts) >= 1",
        "case when staff > 5 then true else districts < 5 end",
        "staff is not null",
        "funds > 0",
        "funds / population >= 10",
        "funds / population > 8.7 and staff > 0",
        "10 <= funds / population",
        "funds / nullif(population, 0) >= 10",
        "1000 * funds / population >= 10000",
        "funds / (population / 10000) >= 100000",
        "(funds + staff) / population >= 10",
        "funds / (births + deaths) >= 10",
        "round(funds / population, 2) >= 10",
        "funds / births >= 1",
        "funds / vacant >= 1",
        "staff / (population / 250) >= 1",
        "districts / population <= 0.004",
        "funds_per_head >= 10",
        "funds_per_head between 8.7 and 100",
        "funds / population >= 8.7 and funds > 0",
        "funds / population > 8 and funds / population < 100",
        "funds_per_head >= staff",
        "short = 0",
        "short <= 3",
        "faulty = 0",
        "faulty <= 3",
        "forms_done >= forms_due",
        "forms_done = forms_due",
        "forms_due <= forms_done",
        "forms_done >= 0.95 * forms_due",
        "forms_done / forms_due >= 1",
        "forms_done / forms_due >= 0.95",
        "100 * forms_done / forms_due >= 95",
        "forms_done >= 0",
        "forms_done > 0",
        "forms_done >= 1",
        "forms_due - forms_done = 0",
        "left_over = 0",
        "left_over <= 0",
        "births_open = 0",
        "births_open <= 0",
        "0 = births_open",
        "births_open + left_over = 0",
        "wrong = 0",
        "wrong <= 4",
        "wrong < 5",
        "5 > wrong",
        "not wrong > 4",
        "1000 * wrong / sampled <= 4",
        "wrong / sampled <= 0.004",
        "0.004 >= wrong / sampled",
        "round(1000 * wrong / sampled, 1) <= 4",
        "coalesce(wrong, 0) <= 4",
        "births_open = 0 and wrong = 0 and staff > 0",
    ],
)
def test_conditions_on_work_and_rates_by_the_head_are_taken(condition: str) -> None:
    assert refused(plan(DERIVED, asking(condition))) == []


OF_PEOPLE = [
    *(
        "人口",
        "人 口",
        "人\u3000口",
        "人·口",
        "人_口",
        "人\u200b口",
        "人\ufeff口",
        "人ロ",
        "常住人口",
        "戶籍人口",
        "流动人口数",
    ),
    *("出生人数", "出 生", "新生儿数", "活产数", "死亡人数", "死亡率", "去世人数", "婴儿数", "自然增长率", "性别比"),
    *("常住居民", "居民数", "外来人员", "人数", "登记人数", "老年人数", "儿童数", "户籍登记数"),
    *("住户", "户数", "总户数", "家庭户数", "户均人口", "平均家庭规模", "空置房", "空置率", "待核实空户", "闲置住房"),
    *(
        "newborns",
        "new borns",
        "N E W B O R N S",
        "ｂｉｒｔｈｓ",
        "bírths",
        "birth rate",
        "live births",
        "headcount",
        "head count",
    ),
    *("residents", "inhabitants", "Population", "p o p u l a t i o n", "рopulation", "p0pulation", "pop", "deaths"),
    *("mortality", "infant mortality", "fertility", "vacancy", "vacant dwellings", "household size", "households"),
    *(
        "农村居民数",
        "无人住房",
        "老龄化率",
        "death toll",
        "fatalities",
        "popu1ation",
        "b1rths",
        "вirths",
        "ⓑⓘⓡⓣⓗⓢ",
        "人(口)",
    ),
    *(
        "人户分离人数",
        "寄挂户籍人数",
        "外国人数",
        "境外人员",
        "育龄妇女数",
        "persons per household",
        "persons registered",
    ),
    *(
        "总口数",
        "男孩数",
        "男婴",
        "婴孩数",
        "小孩数",
        "三孩率",
        "分娩数",
        "孕产妇数",
        "逝者数",
        "火化数",
        "注销户口数",
        "学生数",
    ),
    *(
        "老年人",
        "留守儿童",
        "农民工数",
        "业主数",
        "户主数",
        "户口数",
        "无人户",
        "空巢家庭",
        "净迁入",
        "育龄妇女",
        "平均寿命",
        "文盲率",
    ),
    *(
        "普查对象数",
        "外国人",
        "村民",
        "少数民族人口",
        "汉族数",
        "人户比",
        "被登记人",
        "已有住户数",
        "应有户数",
        "人數",
        "總戶數",
        "岀生人数",
    ),
    *(
        "hukou",
        "jiatinghu",
        "csrs",
        "swrs",
        "rks",
        "totpop",
        "p.o.p",
        "imr",
        "burials",
        "the dead",
        "pregnancies",
        "maternity",
    ),
    *(
        "occupancy rate",
        "occupied dwellings",
        "homeowners",
        "hhsize",
        "family size",
        "foreigners",
        "net migration",
        "students",
    ),
    *(
        "respondents",
        "life expectancy",
        "ethnic minorities",
        "b!rths",
        "de4ths",
        "ʙɪʀᴛʜs",
        "biгths",
        "bırths",
        "ᏴIᎡᎢᎻs",
        "人コ",
    ),
    *("number of persons", "people", "renkou", "chusheng renshu", "average household"),
]
"""Names for figures about people, however they are spaced or spelled."""
OF_WORK = [
    *(
        "普查员",
        "普查指导员",
        "两员",
        "两员人数",
        "培训人数",
        "参训人数",
        "到会人数",
        "普查办工作人员",
        "值班人数",
        "持证人数",
    ),
    *(
        "应登记户数",
        "已登记户数",
        "入户数",
        "待走访住户",
        "未登记户数",
        "已入户住户数",
        "应整顿户",
        "自主填报未转入户的户",
    ),
    *(
        "人口普查机构",
        "人口普查经费",
        "第七次全国人口普查公告",
        "人普办",
        "人口抽样调查样本小区",
        "居民委员会",
        "居委会",
        "居民小组",
    ),
    *(
        "致住户的一封信",
        "每人口罩",
        "户口整顿会议",
        "普查小区",
        "建筑物",
        "住房单元",
        "到位经费",
        "专题会议",
        "普查表",
        "村（居）",
    ),
    *("enumerators", "instructors", "staff headcount", "persons trained", "households visited", "households to visit"),
    *(
        "households due",
        "households registered",
        "population census offices",
        "residents committees",
        "residential buildings",
    ),
    *(
        "网格员人数",
        "宣传人数",
        "值守人数",
        "拒访户数",
        "户均经费",
        "户均入户次数",
        "长表应登记户数",
        "居委会数",
        "households not yet visited",
    ),
    *(
        "persons in charge",
        "county heads briefed",
        "nursing homes",
        "vacant posts",
        "staff vacancies",
        "人口和计划生育部门资料",
    ),
    *(
        "普查員人數",
        "兩員人數",
        "應登記戶數",
        "居民小区数",
        "集体户普查员",
        "社区工作者人数",
        "楼门长人数",
        "保密协议签订人数",
        "体检人数",
    ),
    *(
        "报名人数",
        "复查户数",
        "编码员人数",
        "出生地代码表",
        "流动人口协管员",
        "流动人口管理站",
        "业主委员会走访数",
        "村民代表会议",
    ),
    *(
        "儿童福利院走访数",
        "敬老院",
        "老年大学",
        "学生志愿者人数",
        "household listing forms",
        "funds per person",
        "vacancy of posts",
    ),
    *(
        "people's congress reports",
        "resident enumerators",
        "dead channels",
        "minor boundary disputes",
        "data migration",
    ),
    *(
        "maternity hospitals contacted",
        "funeral homes contacted",
        "student volunteers",
        "households to list",
        "popular science",
    ),
    *("birthday cards", "presidents", "meetings", "funds arrived", "training attendance", "people trained", "maps"),
]


@pytest.mark.parametrize("title", OF_PEOPLE)
def test_no_figure_about_people_is_ranked_or_called_work_whatever_it_is_called(title: str) -> None:
    ranked = plan(f'x1: {{title: "{title}", level: township, roll_up: sum, rank: true}}')
    renamed = plan(f'x1: {{title: "{title}", level: township, roll_up: sum, about: work}}')

    assert [line for _, line, _ in refused(ranked)] == [19]
    assert [line for _, line, _ in refused(renamed)] == [19]


@pytest.mark.parametrize("title", OF_WORK)
def test_figures_about_work_may_be_ranked_and_asked_for(title: str) -> None:
    assert (
        refused(plan(f'x1: {{title: "{title}", level: township, roll_up: sum, rank: true}}', asking("x1 >= 5"))) == []
    )


@pytest.mark.parametrize(
    "figure",
    [
        'x: {title: 甲, level: township, sum_where: "births", rank: true}',
        'x: {title: 甲, level: township, sum_where: "births / population", rank: true}',
        'x: {title: 甲, level: township, sum_where: "1000 * births / districts", rank: true}',
        'x: {title: 甲, level: township, sum_where: "1000 / births", rank: true}',
        'x: {title: 甲, level: township, sum_where: "population - 1000", rank: true}',
        'x: {title: 甲, level: township, sum_where: "funds * population", rank: true}',
        'x: {title: 甲, level: township, count_where: "births < 20", rank: true}',
        'x: {title: 甲, level: township, count_where: "births < births_health", rank: true}',
        'x: {title: 甲, level: township, sum_where: "case when births > 9 then 1 else 0 end", rank: true}',
        'x: {title: 甲, level: township, sum_where: "migrants", rank: true}',
        "x: {title: 甲, level: township, about: people, roll_up: sum, rank: true}",
        'x: {title: 甲, level: township, about: people, sum_where: "staff", rank: true}',
        'x: {title: 出生率, level: township, sum_where: "staff", rank: true}',
        'x: {title: 常住人口, level: township, sum_where: "20", rank: true}',
        'x: {title: 甲, level: township, least_of: "births"}',
        'x: {title: 甲, level: township, most_of: "births / population"}',
        'x: {title: 甲, level: township, about: work, sum_where: "births"}',
        'x: {title: 甲, level: township, work: errors, sum_where: "births"}',
        "x: {title: 甲, level: township, about: people, work: open, roll_up: sum}",
        "x: {title: 出生人数, level: township, work: open, roll_up: sum}",
        "x: {title: 出生人数, level: township, work: errors, roll_up: sum}",
        "x: {title: 全县户籍人口总数, level: township, work: checked, roll_up: sum}",
        "x: {title: 出生登记应填数, level: township, work: due, roll_up: sum}",
        "x: {title: 已填死亡人口调查表, level: township, work: done, roll_up: sum}",
        "x: {title: 已登记人口, level: township, work: done, roll_up: sum}",
        "x: {title: 出生人数, level: township, roll_up: sum, min: 20}",
        "x: {title: 出生人数, level: township, roll_up: sum, min: 1}",
        "x: {title: 常住居民, level: township, roll_up: sum, min: 600000}",
        'x: {title: 甲, level: township, count_where: "forms_done >= 600"}',
        'x: {title: 甲, level: township, count_where: "births_open > 20"}',
        'x: {title: 甲, level: township, count_where: "sampled > 0"}',
    ],
)
def test_no_derivation_and_no_label_makes_work_of_people(figure: str) -> None:
    assert {line for _, line, _ in refused(plan(figure))} == {19}


@pytest.mark.parametrize(
    "figure",
    [
        'x: {title: 甲, level: township, sum_where: "funds / population", rank: true}',
        'x: {title: 人均经费, level: township, sum_where: "funds / population", rank: true}',
        'x: {title: 居民人均经费, level: township, sum_where: "funds / population", rank: true}',
        'x: {title: 甲, level: township, sum_where: "forms_done / forms_due", rank: true}',
        'x: {title: 甲, level: township, sum_where: "1000 * wrong / sampled", rank: true}',
        'x: {title: 甲, level: township, count_where: "staff < 1", rank: true}',
        'x: {title: 甲, level: township, count_where: "forms_done < 1", rank: true}',
        'x: {title: 甲, level: township, count_where: "forms_done < forms_due", rank: true}',
        'x: {title: 甲, level: township, count_where: "births_open > 0", rank: true}',
        'x: {title: 甲, level: township, count_where: "wrong > 4"}',
        'x: {title: 甲, level: township, sum_where: "births + deaths"}',
        'x: {title: 甲, level: township, count_where: "births < 1"}',
        "x: {title: 出生人数, level: township, roll_up: sum, min: 0}",
        "x: {title: 户籍人口, level: township, roll_up: sum, min: 1, max: 5000000}",
        "x: {title: 出生资料待核实, level: township, work: open, roll_up: sum, rank: true}",
        "x: {title: 应填住户表, level: township, work: due, roll_up: sum}",
        "x: {title: 外出务工, level: township, about: people, roll_up: sum}",
        "x: {title: 普查员, level: township, about: work, roll_up: sum, rank: true}",
    ],
)
def test_what_is_derived_from_work_is_work_and_people_may_be_reported_and_added_up(figure: str) -> None:
    assert refused(plan(figure)) == []


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


def test_an_overlay_cannot_add_what_the_plan_may_not_ask() -> None:
    overlay = "extends: plan.yaml\nunit: '13'\nadd:\n  - phase: p\n    requirement: {id: s, title: 乙, judged_at: township, met_when: \"births >= 20\", due: T-2d}\n"

    ((file, line, _),) = refused(plan(), overlay)

    assert (file, line) == ("overlay-0.yaml", 5)


def verifying(rest: str = "verify: [births, births_health], within: 4 permille") -> str:
    return REQUIREMENT.replace('met_when: "staff >= 1"', rest)


@pytest.mark.parametrize(
    ("within", "text"),
    [
        ("", "abs(births - births_health) <= 0"),
        (", within: 3", "abs(births - births_health) <= 3"),
        (", within: 4 permille", "1000 * abs(births - births_health) <= 4 * greatest(abs(births), abs(births_health))"),
        (", within: 4‰", "1000 * abs(births - births_health) <= 4 * greatest(abs(births), abs(births_health))"),
        (", within: 2 %", "100 * abs(births - births_health) <= 2 * greatest(abs(births), abs(births_health))"),
        (", within: 0.5％", "1000 * abs(births - births_health) <= 5 * greatest(abs(births), abs(births_health))"),
    ],
)
def test_two_sources_are_compared_in_whole_numbers(within: str, text: str) -> None:
    taken: Plan = plan_of(plan(requirement=verifying(f"verify: [births, births_health]{within}")))

    assert taken.requirements[0].met_when.text == text
    assert taken.indicators["p.r"].answers


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        ("verify: [births]", "两个不同的指标"),
        ("verify: [births, births]", "两个不同的指标"),
        ("verify: [births, nobody]", "未在 indicators 中定义"),
        ("verify: [births, births_plan]", "固定的数就是目标"),
        ("verify: [births, births_moved]", "固定的数就是目标"),
        ('verify: [births, deaths], met_when: "staff > 0"', "只能写一个"),
        ('met_when: "staff > 0", within: 3', "within 只用于 verify"),
        ("verify: [births, deaths], within: -1", "within: -1 应写作"),
        ("verify: [births, deaths], within: 100 %", "within: 100 % 应写作"),
        ("verify: [births, deaths], within: many", "within: many 应写作"),
        ("verify: [births, deaths], within: true", "within: True 应写作"),
    ],
)
def test_a_comparison_that_cannot_be_made_is_told_with_its_cure(rest: str, said: str) -> None:
    figures = 'births_plan: {title: 甲, level: township, sum_where: "20"}\nbirths_moved: {title: 乙, level: township, sum_where: "births + 20"}'

    assert [said in one for _, _, one in refused(plan(figures, verifying(rest)))] == [True]


def test_a_sum_of_what_is_reported_may_be_compared() -> None:
    both = 'both: {title: 男女合计, level: township, sum_where: "births_health + deaths"}'

    assert refused(plan(both, verifying("verify: [births, both]"))) == []


def test_a_campaign_that_runs_is_not_stopped_by_what_it_took_in_before() -> None:
    text = plan("x: {title: 人口, level: township, roll_up: sum, rank: true}", asking("births >= 20"))

    running = plan_in_force(text.replace(RUNG, "{id: overdue, at: +0d, to: [unit.head]}"))

    assert (running.indicators["births"].about, running.indicators["x"].rank) == ("people", False)
