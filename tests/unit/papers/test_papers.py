"""Papers that wait for a person: which are made, what they cite, what they may not say, when they are recalled."""

from __future__ import annotations

import json
from datetime import date, datetime
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from models.calendar.working_time import Calendar, OfficeHours, Offset
from models.moments import micros
from models.plan.model import Rung
from models.rules.papers.facts import PaperDuty, PaperFacts
from models.rules.papers.papers import (
    articles,
    check_wording,
    document_number,
    heard,
    is_letter,
    paper_kind,
    paper_number,
    papers_to_make,
    prefix_for,
    read_paper_number,
    recall_moment,
    recipients_of,
    schedule_items,
    set_for,
)
from models.wording import Refusal

ZONE = ZoneInfo("Asia/Shanghai")
HOURS = OfficeHours.parse("08:30-17:30")
CALENDAR = Calendar("plain", {date(2020, 8, 13): False}, frozenset({2020}))


def rung(**keys: object) -> Rung:
    return Rung("letter", Offset.parse("+2wd"), ("superior.leader",), **keys)  # type: ignore[arg-type]


def test_a_draft_goes_to_the_late_office_and_a_signed_rung_to_whom_it_tells():
    draft, signed = rung(draft="supervision-letter"), rung(signed_by="superior.leader")
    assert (paper_kind(draft), recipients_of(draft)) == ("supervision-letter", ("unit.leader",))
    assert (paper_kind(signed), recipients_of(signed)) == ("report", ("superior.leader",))
    both = rung(draft="supervision-letter", signed_by="superior.head")
    assert (paper_kind(both), recipients_of(both)) == ("supervision-letter", ("superior.leader",))
    assert is_letter(recipients_of(draft))
    assert not is_letter(recipients_of(signed))


def test_two_late_duties_of_an_office_make_one_paper_and_two_signers_two():
    lines = pl.DataFrame(
        [
            (1, "1301", "13", "leader", "letter", ["unit.leader"]),
            (1, "1301", "13", "leader", "letter", ["unit.leader"]),
            (2, "1301", "13", "leader", "letter", ["unit.leader"]),
            (2, "1301", "66", "leader", "letter", ["unit.leader"]),
            (3, "1302", "13", "leader", "letter", ["unit.leader"]),
            (4, "1301", "13", "leader", "report", ["government.head"]),
        ],
        schema=["case", "unit", "to_unit", "role", "paper_kind", "recipients"],
        orient="row",
    )
    made = papers_to_make(lines)
    assert made.select("unit", "to_unit", "paper_kind", "cases").rows() == [
        ("1301", "13", "letter", [1, 2]),
        ("1301", "66", "letter", [2]),
        ("1302", "13", "letter", [3]),
        ("1301", "13", "report", [4]),
    ]


@pytest.mark.parametrize(
    "penalty",
    [
        "条例第三十四条",
        "条例第三十五条第（四）项",
        "条例第三十六条",
        "统计法第四十条",
        "统计法第四十一条",
        "统计法实施条例第四十三条",
    ],
)
def test_a_paper_that_asks_to_check_cites_no_penalty(penalty: str):
    assert articles([penalty]) == ()
    assert [said.zh for said in articles([f"条例第三十三条、{penalty}"])] == ["《全国人口普查条例》第三十三条"]


def test_an_item_is_a_basis_only_where_the_offices_own_document_has_it_by_title():
    own = "《石家庄市人口普查工作进度安排》第14项"
    assert schedule_items([own, f"{own}、条例第十七条", None]) == (own,)
    assert schedule_items(["《关于做好普查工作的通知》（石人普办〔2020〕3号）第十二项"]) == (
        "《关于做好普查工作的通知》（石人普办〔2020〕3号）第十二项",
    )
    for source in ("工作进度安排第14项", "第14项", "《石家庄市人口普查工作进度安排》", None):
        assert schedule_items([source]) == ()


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("条例第十七条", ["《全国人口普查条例》第十七条"]),
        ("条例第十六条、国人普办字〔2020〕21号", ["《全国人口普查条例》第十六条"]),
        ("统计法实施条例第二十二条", ["《中华人民共和国统计法实施条例》第二十二条"]),
        (
            "个人信息保护法第二十一条、数据安全法第四十条",
            ["《中华人民共和国个人信息保护法》第二十一条", "《中华人民共和国数据安全法》第四十条"],
        ),
        ("条例第三十条", ["《全国人口普查条例》第三十条"]),
        ("条例第三条", ["《全国人口普查条例》第三条"]),
        ("条例第九十九条", []),
        ("条例第十条", []),
        ("条例第二十九条", ["《全国人口普查条例》第二十九条"]),
        ("滕州市2020-04-22汇报", []),
        (None, []),
    ],
)
def test_only_articles_that_the_plan_cites_and_the_product_knows_are_named(source: str | None, named: list[str]):
    assert [said.zh for said in articles([source])] == named


def test_an_article_is_named_once_however_many_duties_rest_on_it():
    assert [said.en for said in articles(["条例第十七条", "条例第十七条", None])] == [
        "article 17 of the Regulations on the National Population Census"
    ]


@pytest.mark.parametrize("word", ["督查", "约谈", "问责", "应达到", "通报批评", "上调"])
def test_a_paper_that_threatens_or_asks_for_a_figure_is_refused(word: str):
    with pytest.raises(Refusal) as caught:
        check_wording(f"请核实。否则将{word}。", [], "zh")
    assert word in caught.value.said.zh


@pytest.mark.parametrize("words", ["约 谈", "約談", "督察组进驻", "出生人数应≥20人"])
def test_a_paper_passes_the_guard_of_every_text_as_well(words: str):
    with pytest.raises(Refusal, match="may only ask to check"):
        check_wording(f"请予核实。{words}。", [], "zh")


def test_words_that_a_paper_only_quotes_are_not_its_own():
    check_wording(
        "请核实“督查整改完成”一项：整改率 80，应不低于 100。", ["督查整改完成", "整改率 80，应不低于 100"], "zh"
    )


def test_a_paper_that_asks_nobody_to_check_is_refused():
    with pytest.raises(Refusal):
        check_wording("请于三日内办结。", [], "zh")
    with pytest.raises(Refusal):
        check_wording("Please finish within three days.", [], "en")
    check_wording("Please check this.", [], "en")


def test_english_papers_are_guarded_too():
    with pytest.raises(Refusal):
        check_wording("Please check. The rate must reach 95.", [], "en")


def test_numbers_are_read_in_both_forms():
    assert paper_number(12) == "P00000012"
    assert read_paper_number("P00000012") == read_paper_number("12") == read_paper_number(" p12 ") == 12
    for wrong in ("0", "P", "N00000012", "十二", "-1", "1" * 40):
        with pytest.raises(Refusal):
            read_paper_number(wrong)


def test_a_document_number_has_the_full_year_and_no_leading_zeros():
    assert document_number("石人普办函", 2020, 7) == "石人普办函〔2020〕7号"


def test_each_office_numbers_under_its_own_prefix():
    assert prefix_for("石人普办函", "1301", letter=True) == "石人普办函"
    assert prefix_for("1301:石人普办函; 13:冀人普办函", "13", letter=True) == "冀人普办函"
    assert prefix_for("1301:石人普办函", "1302", letter=True) is None
    assert prefix_for(None, "13", letter=True) is prefix_for("  ", "13", letter=True) is None


@pytest.mark.parametrize(
    ("setting", "letter", "report"),
    [
        ("石人普办函/石人普办报", "石人普办函", "石人普办报"),
        ("1301:石人普办函/石人普办报", "石人普办函", "石人普办报"),
        ("石人普办函", "石人普办函", None),
        ("石人普办", "石人普办", "石人普办"),
        (None, None, None),
    ],
)
def test_letters_and_reports_are_numbered_each_in_a_series_of_its_own(setting, letter, report):
    assert prefix_for(setting, "1301", letter=True) == letter
    assert prefix_for(setting, "1301", letter=False) == report


def test_a_setting_for_all_may_hold_a_colon():
    assert set_for("王某，电话:0311-0000000", "1301") == "王某，电话:0311-0000000"
    assert set_for("1301:王某，电话:0311-0000000;13:李某", "1301") == "王某，电话:0311-0000000"


def test_an_unsigned_paper_is_recalled_when_the_office_opens_a_working_day_later():
    wednesday = micros(datetime(2020, 8, 12, 16, 0, tzinfo=ZONE))  # the 13th is off
    assert recall_moment(wednesday, 1, CALENDAR, HOURS, ZONE) == micros(datetime(2020, 8, 14, 8, 30, tzinfo=ZONE))
    assert recall_moment(wednesday, 2, CALENDAR, HOURS, ZONE) == micros(datetime(2020, 8, 17, 8, 30, tzinfo=ZONE))


def test_nobody_counts_as_told_while_a_message_may_still_reach_them():
    assert heard([]) is None
    assert heard([("live", "planned", None, 5)]) is None
    assert heard([("live", "planned", None, 5), ("live", "accepted", 9, 5)]) == 9
    assert heard([("live", "accepted", 9, 5), ("live", "accepted", 7, 5)]) == 7
    assert heard([("live", "refused", 8, 5), ("superseded", "superseded", 6, 5)]) == 8
    assert heard([("withdrawn", "accepted", None, 5)]) == 5


def test_facts_survive_being_kept_as_json():
    duty = PaperDuty(
        case=3,
        rung_no=4,
        phase="普查准备",
        title="人均经费",
        no=1,
        period="",
        due=10,
        standing="unmet",
        reason_zh="缺",
        reason_en="lacking",
        source=None,
        told=(1, 2),
    )
    other = PaperDuty(
        case=5,
        rung_no=4,
        phase="普查准备",
        title="会议",
        no=None,
        period="2020-08",
        due=10,
        standing="unreported",
        reason_zh="未报",
        reason_en="missing",
        source="条例第三条",
        told=(),
    )
    facts = PaperFacts(
        kind="supervision-letter",
        campaign="第七次全国人口普查",
        as_of=20,
        unit="甲县",
        signer="乙市",
        signer_role="leader",
        recipients=("unit.leader",),
        addressees=(("甲县", "leader"),),
        duties=(duty, other),
    )
    assert PaperFacts.from_json(facts.to_json()) == facts
    assert facts.without({3}).duties == (other,)
    earlier = json.loads(facts.to_json())
    del earlier["contact"], earlier["duties"][0]["by_default"]
    assert PaperFacts.from_json(json.dumps(earlier)) == facts, "a paper of an earlier version is read as it was"
