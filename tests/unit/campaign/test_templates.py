"""What a clerk reads on the phone: each kind of message, word for word."""

import re
from datetime import datetime, timedelta

import pytest
from worlds.messages import AFTER, BEFORE, DUE, FUNDS, SHANGHAI, SHORT_OF_MONEY, Letter, read

from models.rules.delivery.entries import Line, tally
from tasks.campaign.template_words import frame_context
from tasks.campaign.templates import KINDS, NAMES, SHIPPED


def test_a_reminder_names_what_is_owed_by_when_the_figures_and_whom_to_answer():
    title, body = read(FUNDS._replace(kind="reminder"), now=BEFORE)
    assert title == "【普查催办】甲县：1项即将到期"
    assert body == (
        "甲县人普办：\n"
        "截至8月3日8时30分，请办理以下普查事项：\n"
        "【普查准备】\n"
        f"1. 人均普查经费不低于10元，8月5日到期。{SHORT_OF_MONEY}。请核实，按期办结。\n"
        "办理情况请报试验市人普办；确有困难的，请及时说明。"
    )


def test_an_overdue_duty_says_since_when():
    title, body = read(FUNDS)
    assert title == "【普查催办】甲县：1项逾期"
    assert f"1. 人均普查经费不低于10元，应于8月5日前办结，已逾期4天。{SHORT_OF_MONEY}。请核实，抓紧办理。" in body


def test_a_missing_report_is_asked_for_as_a_report():
    missing = FUNDS._replace(standing="unreported", reason="到位经费未报")
    _, body = read(missing)
    assert (
        "应于8月5日前完成，已逾期4天，完成情况尚未收到。到位经费未报。请尽快上报；已经上报的，请核实报送情况。" in body
    )
    _, body = read(missing._replace(kind="reminder"), now=BEFORE)
    assert "8月5日到期，完成情况尚未收到。到位经费未报。请按期上报。" in body


def test_on_the_morning_after_a_duty_is_due_without_a_day_being_counted():
    _, body = read(FUNDS, now=DUE)
    assert "应于8月5日前办结，现已到期。" in body
    _, body = read(FUNDS, now=DUE + timedelta(days=1))
    assert "已逾期1天。" in body


@pytest.mark.parametrize(
    ("owed", "said"),
    [
        (AFTER - timedelta(hours=1), f"已逾期4天。{SHORT_OF_MONEY}。"),
        (AFTER - timedelta(hours=1, minutes=1), f"已逾期4天。按8月10日7时29分数据，{SHORT_OF_MONEY}。"),
    ],
)
def test_a_reason_that_was_judged_more_than_an_hour_ago_says_of_when_its_figures_are(owed, said):
    _, body = read(FUNDS._replace(owed_at=owed))
    assert said in body


@pytest.mark.parametrize(("now", "said"), [(DUE - timedelta(seconds=1), "8月5日到期。"), (DUE, "应于8月5日前办结")])
def test_a_reminder_that_was_held_past_its_day_says_that_it_is_overdue(now, said):
    _, body = read(FUNDS._replace(kind="reminder"), now=now)
    assert f"人均普查经费不低于10元，{said}" in body


def test_what_is_late_at_a_date_that_no_source_says_is_late_by_default():
    assert "按默认期限已逾期4天。" in read(FUNDS._replace(by_default=True))[1]
    assert "4 days overdue by a default date." in read(FUNDS._replace(by_default=True), lang="en")[1]
    assert "默认" not in read(FUNDS._replace(by_default=True, kind="reminder"), now=BEFORE)[1]


def test_a_superior_reads_many_offices_in_one_line():
    names = ["甲县", "乙县", "丙县", "丁县", *(f"第{n}区" for n in range(8))]
    lines = [
        FUNDS._replace(
            id=n,
            kind="superior",
            unit=f"9901{n:02d}",
            unit_name=name,
            standing="unreported" if n < 3 else "unmet",
        )
        for n, name in enumerate(names)
    ]
    title, body = read(*lines, office="试验市", superior="试验省")
    assert title == "【普查催办】试验市：下级12项逾期"
    assert (
        "1. 甲县、乙县、丙县等12个单位应于8月5日前办结“人均普查经费不低于10元”，已逾期4天，"
        "其中3项完成情况尚未收到。请了解情况，帮助解决困难，督促办理。\n" in body
    )
    assert "请督促下级普查机构办理以下事项：" in body


def test_a_superior_of_one_late_office_reads_its_figures():
    _, body = read(FUNDS._replace(kind="superior"), office="试验市", superior=None)
    assert f"1. 甲县应于8月5日前办结“人均普查经费不低于10元”，已逾期4天。{SHORT_OF_MONEY}。请了解情况" in body
    assert "办理情况请报" not in body


CUT_OFF = datetime(2020, 11, 1, 17, tzinfo=SHANGHAI)
MISSING = [
    FUNDS._replace(
        id=number,
        kind="superior",
        unit=f"99010100{number}",
        unit_name=name,
        phase="普查登记",
        title="登记进度报告",
        due=CUT_OFF,
        standing="unreported",
        reason="日报累计登记户未报",
        period="11月1日17时",
        again=again,
    )
    for number, (name, again) in enumerate((("甲镇", ""), ("乙镇", "连续3次，累计5次"), ("丙镇", ""), ("丁镇", "")))
]


def test_a_superior_reads_before_the_cut_off_who_is_missing():
    title, body = read(*MISSING, now=CUT_OFF - timedelta(hours=1))
    assert title == "【普查催办】甲县：下级4项即将到期"
    assert (
        "1. 登记进度报告（11月1日17时），11月1日17时到期，甲镇、乙镇（连续3次，累计5次）、丙镇、丁镇均尚未上报。请提醒按期完成。"
        in body
    )
    _, english = read(*MISSING[:1], now=CUT_OFF - timedelta(hours=1), lang="en")
    assert "due 1 Nov 17:00, not reported yet by 甲镇. 日报累计登记户未报. Please remind them." in english


def test_a_superior_reads_at_the_cut_off_the_list_of_all_that_are_missing_and_how_often():
    title, body = read(*MISSING, now=CUT_OFF)
    assert title == "【普查催办】甲县：下级4项逾期"
    assert (
        "1. 甲镇、乙镇（连续3次，累计5次）、丙镇、丁镇应于11月1日17时前办结“登记进度报告（11月1日17时）”，现已到期"
        in body
    )
    many = [line._replace(unit_name=f"第{n}镇") for n, line in enumerate(MISSING * 8)][:31]
    assert "、第29镇（连续3次，累计5次）等31个单位应于" in read(*many, now=CUT_OFF)[1]


def test_an_office_late_only_because_of_those_below_reads_one_line():
    _, body = read(FUNDS._replace(kind="roll-up", late_below=12))
    assert "应于8月5日前办结，已逾期4天。所辖单位尚有12项未办结，已分别提醒，请督促指导。" in body


def test_the_administrator_reads_who_has_no_contact_and_whose_channel_fails():
    empty = FUNDS._replace(kind="vacancy", vacant="990101", vacant_name="甲县", vacant_role="owner,leader")
    dead = FUNDS._replace(kind="vacancy", vacant="990102", vacant_name="乙县", vacant_role="owner", failed="93000")
    title, body = read(empty, dead, role="admin", office="", superior=None)
    assert title == "【普查催办】无法通知2个单位"
    assert body == (
        "系统管理员：\n"
        "截至8月10日8时30分，以下单位无法通知，请处理：\n"
        "1. 甲县：没有登记经办人、办公室主任，通知已转上级。请补充联系人。\n"
        "2. 乙县：经办人的联系渠道无法送达（93000），通知已转上级。请核对联系渠道。\n"
        "处理后请重新装载联系人，或以 pucha channels 查看渠道状况。"
    )


@pytest.mark.parametrize(
    ("untold", "said"),
    [
        ("owner,leader", "没有登记经办人、办公室主任，通知未能送达任何人。请补充联系人。"),
        ("leader", "没有登记经办人、办公室主任，通知已转上级，其中发给办公室主任的未能送达任何人。请补充联系人。"),
    ],
)
def test_the_administrator_reads_where_nobody_at_all_was_told(untold: str, said: str):
    empty = FUNDS._replace(kind="vacancy", vacant="99", vacant_name="试验省", vacant_role="owner,leader", untold=untold)
    _, body = read(empty, role="admin", office="", superior=None)
    assert f"1. 试验省：{said}" in body


def test_the_administrator_of_a_top_office_is_not_told_that_a_superior_has_heard():
    dead = FUNDS._replace(
        kind="vacancy", vacant="99", vacant_name="试验省", vacant_role="owner", failed="93000", untold="owner"
    )
    _, body = read(dead, role="admin", office="", superior=None)
    assert "1. 试验省：经办人的联系渠道无法送达（93000），通知未能送达任何人。请核对联系渠道。" in body


def test_an_office_at_the_top_is_not_said_to_have_nobody_itself():
    above = FUNDS._replace(
        kind="vacancy",
        vacant="99",
        vacant_name="试验省",
        vacant_role="superior.owner",
        untold="superior.owner",
    )
    _, body = read(above, role="admin", office="", superior=None)
    assert "1. 试验省：没有登记上级单位经办人，通知未能送达任何人。请补充联系人。" in body


def test_whoever_passes_word_on_reads_every_office_by_name():
    lines = [
        FUNDS._replace(
            kind="superior",
            unit=f"9901{n:02}",
            unit_name=f"第{n}县",
            vacant=f"9901{n:02}",
            vacant_name=f"第{n}县",
            vacant_role="owner",
        )
        for n in range(1, 13)
    ]
    _, body = read(*lines, office="试验市")
    assert f"{'、'.join(f'第{n}县' for n in range(1, 13))}尚未登记经办人，请转告：" in body
    empty = [line._replace(kind="vacancy") for line in lines]
    _, body = read(*empty, role="admin", office="", superior=None)
    assert f"1. {'、'.join(f'第{n}县' for n in range(1, 13))}：没有登记经办人" in body


def test_a_superior_who_is_told_instead_is_asked_to_pass_it_on():
    line = FUNDS._replace(kind="superior", vacant="990101", vacant_name="甲县", vacant_role="owner", failed="93000")
    title, body = read(line, office="试验市")
    assert title == "【普查催办】试验市：请转告1项"
    assert "1. 甲县经办人的联系渠道无法送达，请转告：人均普查经费不低于10元，应于8月5日前办结，已逾期4天。" in body


def test_a_superiors_superior_who_is_told_instead_reads_about_whom_and_for_whom():
    line = FUNDS._replace(kind="superior", vacant="9901", vacant_name="试验市", vacant_role="owner")
    _, body = read(line, office="试验省")
    assert "1. 试验市尚未登记经办人，请转告：甲县应于" in body


def test_a_waiting_paper_an_unsigned_one_and_a_signed_one():
    title, body = read(FUNDS._replace(kind="paper", paper=Letter()), office="试验市")
    assert title == "【普查催办】试验市：1件文稿待签"
    assert "已逾期4天。有关文稿（P00000012）已拟好，请审阅后签发，或注明理由退回。" in body
    _, body = read(FUNDS._replace(kind="unsigned", paper=Letter()), office="试验市")
    assert "《关于核实甲县普查工作有关事项的函》（P00000012）送试验市人普办主任审签，尚未处理，请审阅后签发" in body
    title, body = read(FUNDS._replace(kind="issued", paper=Letter()), sheets=(Letter().sheet,))
    assert title == "【普查催办】甲县：来文1件"
    assert "（试人普办函〔2020〕3号）已由试验市人普办主任签发，正文附后，请阅处。" in body
    assert "————————\n试人普办函〔2020〕3号\n关于核实甲县普查工作有关事项的函\n\n甲县人普办：……" in body


def test_a_report_is_for_reading_and_a_letter_for_acting_upon():
    report = FUNDS._replace(kind="issued", paper=Letter(is_letter=False))
    title, body = read(report, role="head", sheets=(Letter().sheet,))
    assert title == "【普查催办】甲县：来文1件"
    assert body.startswith("甲县人口普查领导小组组长：\n截至8月10日8时30分，现将有关情况呈报如下，请审阅：\n")
    assert "签发，正文附后，请审阅。" in body
    assert "办理情况请报" not in body


def test_a_superior_who_cannot_sign_is_asked_to_see_to_it():
    line = FUNDS._replace(kind="unsigned", paper=Letter(), raised=True)
    assert "（P00000012）送试验市人普办主任审签，尚未处理，请予关注。" in read(line, office="试验省")[1]


def test_the_periods_of_one_return_are_one_item_behind_what_is_owed_once():
    weeks = [
        FUNDS._replace(
            id=10 + n,
            title="区划绘图周报",
            due=datetime(2020, 4, 6, tzinfo=SHANGHAI) + timedelta(days=7 * n),
            standing="unreported",
            period=f"第{n}周",
        )
        for n in range(17)
    ]
    title, body = read(*weeks, FUNDS)
    assert title == "【普查催办】甲县：18项逾期"
    first, second = [line for line in body.splitlines() if line[:2] in ("1.", "2.")]
    assert first.startswith("1. 人均普查经费不低于10元，应于8月5日前办结")
    assert second.startswith("2. 区划绘图周报，4月5日至7月26日共17期未报，最早一期已逾期126天。请尽快上报")
    assert "1. 区划绘图周报（第3周），应于4月26日前完成" in read(weeks[3])[1]


def of_rows(label: str, day: int = 5, **more) -> Line:
    """A line about rows of a register that were due at the end of a day in August."""
    due = datetime(2020, 8, day + 1, tzinfo=SHANGHAI)
    reason = f"{label}：12条中4条未办结（7、19、20、31）"
    row = {"title": "问题清单按期办结", "due": due, "period": label, "of_rows": True, "reason": reason}
    return FUNDS._replace(**{**row, **more})


def test_a_duty_over_rows_says_which_rows_are_left():
    assert (
        "1. 问题清单按期办结（清单3），应于8月5日前办结，已逾期4天。清单3：12条中4条未办结（7、19、20、31）。请核实，抓紧办理。"
        in read(of_rows("清单3"))[1]
    )


@pytest.mark.parametrize(
    ("lang", "item"),
    [
        (
            "zh",
            "1. 问题清单按期办结（清单3、清单4），8月4日至8月5日到期的共2项未办结，最早一项已逾期5天。"
            "清单3：12条中4条未办结（7、19、20、31）；清单4：12条中4条未办结（7、19、20、31）。请核实，抓紧办理。",
        ),
        ("en", "1. 问题清单按期办结（清单3、清单4）: 2 items due 4 Aug to 5 Aug not done, the first 5 days overdue. "),
    ],
)
def test_the_lists_of_one_office_are_one_item_with_the_reason_of_each(lang: str, item: str):
    title, body = read(of_rows("清单3", 4), of_rows("清单4"), lang=lang)
    assert ("2项逾期" in title) is (lang == "zh")
    assert item in body


def test_of_many_rows_five_are_named_and_no_reasons_given():
    body = read(*(of_rows(f"甲批/{number}") for number in range(1, 8)))[1]
    assert (
        "（甲批/1、甲批/2、甲批/3、甲批/4、甲批/5…），8月5日到期的共7项未办结，最早一项已逾期4天。请核实，抓紧办理。"
        in body
    )


def test_a_superior_hears_of_the_rows_of_several_offices_in_one_item():
    rows = [
        of_rows("清单3", kind="superior", unit=code, unit_name=name) for code, name in (("1", "甲县"), ("2", "乙县"))
    ]
    body = read(*rows, office="试验市")[1]
    assert "甲县、乙县应于8月5日前办结“问题清单按期办结（清单3）”，8月5日到期的共2项未办结，最早一项已逾期4天。" in body


def test_rows_that_nobody_sent_are_one_item_apart():
    silent = of_rows("", standing="unreported", reason="问题清单未报，也未零报告")
    body = read(silent, of_rows("清单3"))[1]
    assert "问题清单按期办结，应于8月5日前完成，已逾期4天，完成情况尚未收到。问题清单未报，也未零报告。" in body


def test_lines_stand_under_their_phases_worst_first():
    lines = [
        FUNDS._replace(
            id=1,
            phase="两员选聘",
            title="两员选聘到位",
            due=datetime(2020, 8, 20, tzinfo=SHANGHAI),
            kind="reminder",
        ),
        FUNDS._replace(id=2),
        FUNDS._replace(id=3, phase="两员选聘", title="两员登记注册", due=datetime(2020, 8, 1, tzinfo=SHANGHAI)),
    ]
    title, body = read(*lines)
    assert title == "【普查催办】甲县：2项逾期、1项即将到期"
    order = ["【两员选聘】", "1. 两员登记注册", "2. 两员选聘到位", "【普查准备】", "3. 人均普查经费"]
    assert [body.index(part) for part in order] == sorted(body.index(part) for part in order)


def test_the_worst_are_kept_and_the_others_counted_with_a_link():
    lines = [
        FUNDS._replace(id=n, title=f"第{n}项工作", due=DUE - timedelta(days=n), phase=f"阶段{n % 4}") for n in range(49)
    ]
    title, body = read(*lines, board="http://10.1.2.3:4200/v2")
    assert title == "【普查催办】甲县：49项逾期"
    assert "另有37项，详见 http://10.1.2.3:4200/v2。" in body
    assert "第48项工作" in body
    assert "第36项工作" not in body


def test_heads_villages_and_english_offices_are_greeted_as_what_they_are():
    assert read(FUNDS, role="head")[1].startswith("甲县人口普查领导小组组长：\n")
    context = frame_context(
        office="丙村", level="village", role="owner", groups=[], about=tally([]), as_of=AFTER, lang="zh"
    )
    assert context["addressee"] == "丙村普查小组"
    title, body = read(FUNDS, lang="en")
    assert title == "[Census] 甲县: 1 overdue"
    assert body.startswith("To the census office of 甲县:\nAs of 10 Aug 08:30, these census matters need you:\n")
    assert "was due 5 Aug, 4 days overdue." in body


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("kind", [*KINDS, "a-kind-from-a-newer-version"])
def test_no_text_threatens_or_names_a_figure_to_reach(lang, kind):
    line = FUNDS._replace(kind=kind, reason="", late_below=3, vacant_role="owner" if kind == "vacancy" else None)
    title, body = read(line, lang=lang)
    said = f"{title}\n{body}"
    assert not re.search("督查|约谈|问责|追责|处分|通报批评|务必|必须|应达到|确保达到|must|punish|disciplin", said)
    assert "None" not in said
    assert "{" not in said


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_text_that_messages_use_is_shipped(lang):
    assert set(NAMES) <= {file.stem for file in (SHIPPED / lang).glob("*.j2")}
