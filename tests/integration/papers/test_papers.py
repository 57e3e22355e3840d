"""Papers: made when a rung fires, signed with a code by a named person, never changed afterwards, chased while they lie."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from standins.acts import Status
from worlds.campaign import at, by
from worlds.databases import Shared
from worlds.kept import Kept, keep
from worlds.papers import DRAFTED, Desk, open_desk
from worlds.plans import PAPERS

from deployments.cli import main
from models.plan.files import read_plan_files
from models.wording import Refusal
from tasks.loading.load import Files, load
from tasks.papers.lists import list_papers, show_paper
from tasks.papers.signing import return_paper, sign

SIGNER = "leader9901"
PREFIX = "试人普办函/试人普办报"


@pytest.fixture(scope="module")
def drafted(shared: Shared) -> Iterator[Kept]:
    """The campaign on the morning on which the letter waits."""
    with open_desk(shared.folder, shared.database_url, paper_prefix=PREFIX) as made:
        made.draft()
        yield keep(made.campaign, made.sink, shared)


@pytest.fixture
def desk(drafted: Kept, tmp_path: Path) -> Iterator[Desk]:
    with drafted.copied(tmp_path, Desk) as found:
        yield found


@pytest.fixture
def new_desk(tmp_path: Path, database_url: str) -> Iterator[Desk]:
    """The campaign before its first pass."""
    with open_desk(tmp_path, database_url, paper_prefix=PREFIX) as found:
        yield found


def test_a_paper_waits_for_its_signer_and_is_sent_to_nobody_else(desk: Desk):
    (paper,) = desk.papers()
    assert (paper["state"], paper["unit"], paper["signer_unit"], paper["signer_role"]) == (
        "draft",
        "990101",
        "9901",
        "leader",
    )
    assert "P00000001" in desk.last_to("9901/leader")
    assert not [message for message in desk.sink.accepted if "一、有关情况" in message.text]


def test_a_letter_states_the_facts_the_article_and_asks_to_check(desk: Desk):
    content = desk.papers()[0]["content"]
    assert content.startswith("试验市试验普查领导小组办公室关于核实甲县普查工作有关事项的函\n")
    assert "甲县试验普查领导小组办公室：" in content
    assert "人均经费不低于10元" in content
    assert "召开专题会议" in content
    assert "应于2020年8月5日前完成，已逾期4天。完成情况尚未收到" in content
    assert "此前已于7月30日、8月5日、8月6日提醒你办" in content
    assert "二、依据\n　　《全国人口普查条例》第三条。" in content, "no number of the plan, no penalty"
    assert "请你办核实上述情况" in content
    assert "3个工作日内函复" in content
    assert not any(word in content for word in ("督查", "约谈", "问责"))


def test_a_letter_names_whom_to_ask_where_the_office_has_set_it(tmp_path: Path):
    with open_desk(tmp_path, None, paper_contact="9901:王某，电话：0311-86661234") as asked:
        asked.draft()
        assert "请予函复。（联系人：王某，电话：0311-86661234）\n" in asked.papers()[0]["content"]


def test_a_letter_says_that_what_is_late_at_a_date_of_the_plans_own_is_late_by_default(tmp_path: Path):
    noted = PAPERS.replace(
        "due: 2020-08-05, ladder: standard, source", "due: 2020-08-05, note: 默认设置, ladder: standard, source"
    )
    with open_desk(tmp_path, None, plan=noted) as found:
        found.draft()
        content = found.papers()[0]["content"]
    assert "应于2020年8月5日前完成，按默认期限已逾期4天。" in content
    assert content.count("按默认期限") == 1


def test_a_rung_that_is_signed_by_somebody_makes_a_report_to_the_head(desk: Desk):
    desk.watch("2020-08-11T08:30")
    report = desk.papers()[1]
    assert report["kind"] == "report"
    assert report["content"].startswith(
        "试验市试验普查领导小组办公室关于甲县普查工作有关事项的报告\n\n试验市试验普查领导小组：\n"
    )
    assert "以上情况，特此报告。" in report["content"]
    assert "请领导小组" not in report["content"], "a report upwards carries no request"


def test_signing_needs_the_code_that_the_signer_was_sent(desk: Desk):
    sent, code = desk.code(1, SIGNER, "2020-08-10T09:00")
    assert sent.to == "json://••••"
    assert desk.sink.accepted[-1].to.strip("/") == "9901/leader"
    signed = desk.done(sign(desk.campaign.store, 1, by(SIGNER, "2020-08-10T09:14", code=code)))
    (row,) = desk.rows("SELECT * FROM signatures")
    paper = desk.papers()[0]
    assert (signed.number, paper["state"]) == ("试人普办函〔2020〕1号", "signed")
    assert row["name"] == SIGNER
    assert row["content_hash"] == paper["content_hash"] == hashlib.sha256(paper["content"].encode()).hexdigest()
    assert row["at"] == at("2020-08-10T09:14").timestamp() * 1_000_000


def test_no_code_stands_in_the_database(desk: Desk):
    _, code = desk.code(1, SIGNER, "2020-08-10T09:00")
    kept = desk.rows("SELECT * FROM codes") + desk.rows("SELECT * FROM audit") + desk.rows("SELECT * FROM notices")
    texts = [value for row in kept for key, value in row.items() if isinstance(value, str) and not key.endswith("hash")]
    assert not [value for value in texts if code in value and not value.isdigit()]
    assert code not in desk.rows("SELECT code_hash FROM codes")[0]["code_hash"].split("$")


def test_a_wrong_code_is_refused_and_counted_until_the_right_one_is_void_too(desk: Desk):
    _, code = desk.code(1, SIGNER, "2020-08-10T09:00")
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for left in (4, 3, 2, 1):
        with pytest.raises(Refusal, match=f"{left} more tries"):
            sign(desk.campaign.store, 1, by(SIGNER, "2020-08-10T09:01", code=wrong))
    with pytest.raises(Refusal, match="void"):
        sign(desk.campaign.store, 1, by(SIGNER, "2020-08-10T09:01", code=wrong))
    with pytest.raises(Refusal, match="no code"):
        sign(desk.campaign.store, 1, by(SIGNER, "2020-08-10T09:02", code=code))
    with pytest.raises(Refusal, match="try again after 09:15"):
        sign(desk.campaign.store, 1, by(SIGNER, "2020-08-10T09:14"))
    assert desk.papers()[0]["state"] == "draft"
    assert desk.sign(1, SIGNER, "2020-08-10T09:15").name == SIGNER


def test_a_code_is_good_for_a_quarter_of_an_hour_and_not_a_moment_longer(desk: Desk):
    _, code = desk.code(1, SIGNER, "2020-08-10T09:00")
    with pytest.raises(Refusal, match="expired"):
        sign(desk.campaign.store, 1, by(SIGNER, "2020-08-10T09:15", code=code))
    with pytest.raises(Refusal, match="expired"):
        sign(desk.campaign.store, 1, by(SIGNER, "2020-08-10T08:59", code=code))
    assert desk.done(sign(desk.campaign.store, 1, by(SIGNER, "2020-08-10T09:14:59", code=code))).paper == "P00000001"


def test_a_code_signs_once_and_only_the_paper_it_was_made_for(desk: Desk):
    desk.watch("2020-08-11T08:30")
    _, code = desk.code(1, SIGNER, "2020-08-11T09:00")
    with pytest.raises(Refusal, match="no code"):
        sign(desk.campaign.store, 2, by(SIGNER, "2020-08-11T09:01", code=code))
    sign(desk.campaign.store, 1, by(SIGNER, "2020-08-11T09:01", code=code))
    with pytest.raises(Refusal, match="has signed"):
        sign(desk.campaign.store, 1, by(SIGNER, "2020-08-11T09:02", code=code))


def test_nobody_signs_or_returns_for_somebody_else(desk: Desk):
    _, code = desk.code(1, SIGNER, "2020-08-10T09:00")
    before = len(desk.sink.accepted)
    for name in ("owner9901", "leader99", "leader990101", "", "某人"):
        with pytest.raises(Refusal) as caught:
            sign(desk.campaign.store, 1, by(name, "2020-08-10T09:01", code=code))
        assert SIGNER in caught.value.said.zh
        with pytest.raises(Refusal):
            sign(desk.campaign.store, 1, by(name, "2020-08-10T09:01"))
        with pytest.raises(Refusal):
            return_paper(desk.campaign.store, 1, by(name, "2020-08-10T09:01", reason="不妥"))
    assert len(desk.sink.accepted) == before
    assert desk.papers()[0]["state"] == "draft"


def test_a_second_holder_of_the_role_cannot_use_the_first_one_s_code(desk: Desk):
    file = desk.campaign.folder / "contacts.csv"
    file.write_text(file.read_text() + f"9901,leader,副主任,json://127.0.0.1:{desk.sink.port}/9901/deputy\n")
    load(desk.campaign.store, Files(contacts=file), at("2020-08-10T08:45"))
    _, code = desk.code(1, SIGNER, "2020-08-10T09:00")
    with pytest.raises(Refusal, match="no code was sent to 副主任"):
        sign(desk.campaign.store, 1, by("副主任", "2020-08-10T09:01", code=code))
    assert desk.sign(1, "副主任", "2020-08-10T09:02").name == "副主任"
    assert desk.sink.accepted[-1].to.strip("/") == "9901/deputy"


def test_a_code_that_cannot_be_sent_is_no_code(desk: Desk):
    desk.sink.next(Status(404))
    with pytest.raises(Refusal, match="could not be sent"):
        sign(desk.campaign.store, 1, by(SIGNER, "2020-08-10T09:00"))
    assert [row["state"] for row in desk.rows("SELECT state FROM codes")] == ["dead"]


def test_nobody_is_flooded_with_codes(desk: Desk):
    for _ in range(3):
        desk.code(1, SIGNER, "2020-08-10T09:00")
    with pytest.raises(Refusal, match="too many codes"):
        sign(desk.campaign.store, 1, by(SIGNER, "2020-08-10T09:05"))
    assert desk.code(1, SIGNER, "2020-08-10T09:15")[1]


def test_nothing_of_a_signed_paper_can_be_changed_not_even_in_the_database(desk: Desk):
    desk.sign(1, SIGNER, "2020-08-10T09:00")
    attempts = (
        "UPDATE papers SET content = content || ' ' WHERE id = 1",
        "UPDATE papers SET state = 'draft' WHERE id = 1",
        "UPDATE papers SET reason = 'x' WHERE id = 1",
        "DELETE FROM papers",
        "UPDATE signatures SET name = '别人'",
        "DELETE FROM signatures",
        "UPDATE paper_cases SET case_id = 99",
        "DELETE FROM paper_cases",
        "INSERT INTO paper_cases (paper_id, case_id, rung_no) VALUES (1, 99, 4)",
    )
    before = (desk.papers(), desk.rows("SELECT * FROM signatures"), desk.rows("SELECT * FROM paper_cases"))
    for attempt in attempts:
        with pytest.raises(DBAPIError), desk.campaign.store.writing() as connection:
            connection.execute(text(attempt))
    assert (desk.papers(), desk.rows("SELECT * FROM signatures"), desk.rows("SELECT * FROM paper_cases")) == before


def test_the_text_of_a_draft_cannot_be_changed_either_and_nobody_signs_another_text(desk: Desk):
    with pytest.raises(DBAPIError), desk.campaign.store.writing() as connection:
        connection.execute(text("UPDATE papers SET content = '另一文' WHERE id = 1"))
    with pytest.raises(DBAPIError), desk.campaign.store.writing() as connection:
        connection.execute(
            text(
                "INSERT INTO signatures (paper_id, name, unit, role, person, at, content_hash, code_hash)"
                " VALUES (1, 'x', '9901', 'leader', 'p', 1, 'another', 'c')"
            )
        )


def test_the_signed_letter_reaches_the_late_office_s_leader_with_its_text_once(desk: Desk):
    desk.sign(1, SIGNER, "2020-08-10T09:00")
    assert desk.watch("2020-08-10T09:15") == ["990101/leader"]
    body = desk.last_to("990101/leader")
    assert "试人普办函〔2020〕1号" in body
    assert desk.papers()[0]["content"].strip() in body
    assert "专此函达，请予函复。\n\n试验市试验普查领导小组办公室\n2020年8月10日" in body
    assert "签发人" not in body
    assert desk.watch("2020-08-10T09:30") == []
    assert show_paper(desk.campaign.store, 1)[0].issued == 1


def test_the_signed_report_reaches_the_head_of_the_leading_group(desk: Desk):
    desk.watch("2020-08-11T08:30")
    desk.sign(2, SIGNER, "2020-08-11T09:00")
    assert desk.watch("2020-08-11T09:15") == ["9901/head"]
    body = desk.last_to("9901/head")
    assert (
        f"试人普办报〔2020〕1号　　签发人：{SIGNER}\n试验市试验普查领导小组办公室关于甲县普查工作有关事项的报告" in body
    )
    assert "现将有关情况呈报如下，请审阅" in body


def test_a_letter_signed_in_the_evening_goes_out_in_the_morning_though_the_next_rung_fires(desk: Desk):
    desk.sign(1, SIGNER, "2020-08-10T20:00")
    assert desk.watch("2020-08-10T20:15") == []
    assert "990101/leader" in desk.watch("2020-08-11T08:30")
    assert "试人普办函〔2020〕1号" in desk.last_to("990101/leader")


def test_a_letter_of_a_rehearsed_campaign_goes_out_though_it_is_signed_years_later(desk: Desk):
    desk.sign(1, SIGNER, "2026-11-20T10:00")
    assert desk.watch("2020-08-10T09:15") == ["990101/leader"]
    assert "领导小组办公室\n2026年11月20日" in desk.last_to("990101/leader")


def test_a_signed_letter_whose_duty_was_met_before_it_left_is_not_sent(desk: Desk):
    desk.sign(1, SIGNER, "2020-08-10T20:00")
    desk.watch("2020-08-10T20:15")
    desk.campaign.report("code,funds_arrived,population,meetings\n990101,2000000,100000,1\n", "2020-08-10T21:00")
    assert desk.watch("2020-08-11T08:30") == []
    assert desk.papers()[0]["state"] == "signed"


def test_an_unsigned_letter_is_brought_back_to_its_signer_and_then_to_the_office_above(desk: Desk):
    assert desk.watch("2020-08-10T17:00") == []
    assert "9901/leader" in desk.watch("2020-08-11T08:30")
    assert "（P00000001）送试验市人普办主任审签，尚未处理，请审阅后签发" in desk.last_to("9901/leader")
    assert "99/leader" not in desk.watch("2020-08-11T17:00")
    assert "99/leader" in desk.watch("2020-08-12T08:30")
    assert "（P00000001）送试验市人普办主任审签，尚未处理，请予关注。" in desk.last_to("99/leader")
    told = [
        message.text for message in desk.sink.accepted if "尚未处理" in message.text and "P00000001" in message.text
    ]
    for moment in ("2020-08-13T08:30", "2020-08-14T08:30", "2020-08-17T08:30"):
        desk.watch(moment)
    again = [
        message.text for message in desk.sink.accepted if "尚未处理" in message.text and "P00000001" in message.text
    ]
    assert len(told) == len(again) == 2


def test_three_days_without_a_pass_bring_one_reminder_not_two(desk: Desk):
    got = desk.watch("2020-08-17T08:30")
    assert got.count("9901/leader") == 1
    assert "99/leader" not in got
    assert "99/leader" in desk.watch("2020-08-18T08:30")


def test_a_letter_is_withdrawn_in_the_pass_in_which_its_duties_are_met(desk: Desk):
    _, code = desk.code(1, SIGNER, "2020-08-10T09:00")
    desk.campaign.report("code,funds_arrived,population,meetings\n990101,2000000,100000,1\n", "2020-08-10T09:05")
    desk.campaign.owe("2020-08-10T09:10")
    (paper,) = desk.papers()
    assert (paper["state"], paper["reason"]) == ("withdrawn", "met")
    with pytest.raises(Refusal, match="withdrawn"):
        sign(desk.campaign.store, 1, by(SIGNER, "2020-08-10T09:11", code=code))
    with pytest.raises(Refusal, match="withdrawn"):
        return_paper(desk.campaign.store, 1, by(SIGNER, "2020-08-10T09:11", reason="不妥"))
    assert desk.watch("2020-08-12T08:30") == []


def test_a_letter_is_withdrawn_with_the_waiver_itself(desk: Desk):
    for case in desk.rows("SELECT id FROM cases WHERE closed_at IS NULL ORDER BY id"):
        desk.decide("waive", case["id"], by(SIGNER, "2020-08-10T10:00", reason="机构撤并"))
    assert [paper["state"] for paper in desk.papers()] == ["withdrawn", "withdrawn"]
    assert desk.watch("2020-08-11T08:30") == []


def test_a_letter_of_two_duties_is_drafted_again_for_the_one_that_is_left(desk: Desk):
    _, code = desk.code(1, SIGNER, "2020-08-10T09:00")
    desk.campaign.report("code,meetings\n990101,1\n", "2020-08-10T09:05")
    desk.campaign.owe("2020-08-10T09:10")
    first, second = desk.papers()
    assert (first["state"], second["state"], second["instead_of"]) == ("withdrawn", "draft", 1)
    assert "召开专题会议" in first["content"]
    assert "召开专题会议" not in second["content"]
    assert "人均经费不低于10元" in second["content"]
    with pytest.raises(Refusal, match="P00000002"):
        sign(desk.campaign.store, 1, by(SIGNER, "2020-08-10T09:11", code=code))
    assert "9901/leader" in desk.watch("2020-08-11T08:30")
    assert "P00000002" in desk.last_to("9901/leader")
    assert desk.sign(2, SIGNER, "2020-08-11T09:00").number == "试人普办函〔2020〕1号"


def test_an_extension_withdraws_the_letter(desk: Desk):
    for case in desk.rows("SELECT id FROM cases WHERE closed_at IS NULL ORDER BY id"):
        desk.decide("extend", case["id"], by(SIGNER, "2020-08-10T10:00", reason="汛情"), at("2020-08-20"))
    assert {paper["state"] for paper in desk.papers()} == {"withdrawn"}


def test_a_returned_letter_goes_to_nobody_and_is_not_drafted_again(desk: Desk):
    assert return_paper(desk.campaign.store, 1, by(SIGNER, "2020-08-10T09:00", reason=" 已电话沟通 ")) == "P00000001"
    (paper,) = desk.papers()
    assert (paper["state"], paper["settled_by"], paper["reason"]) == ("returned", SIGNER, "已电话沟通")
    assert desk.watch("2020-08-10T09:15") == []
    assert "未经签发，无效" in show_paper(desk.campaign.store, 1)[1]
    with pytest.raises(Refusal, match="returned paper"):
        sign(desk.campaign.store, 1, by(SIGNER, "2020-08-10T09:20"))
    desk.watch("2020-08-11T08:30")
    assert [paper["kind"] for paper in desk.papers()] == ["supervision-letter", "report"]


def test_a_reason_may_not_hold_an_identity_or_phone_number(desk: Desk):
    for reason in ("", "  ", "请联系13812345678", "见11010519491231002X"):
        with pytest.raises(Refusal) as caught:
            return_paper(desk.campaign.store, 1, by(SIGNER, "2020-08-10T09:00", reason=reason))
        assert "138" not in caught.value.said.zh
    assert desk.papers()[0]["state"] == "draft"


def test_two_passes_at_the_same_moment_make_one_letter(desk: Desk):
    desk.campaign.owe(DRAFTED)
    desk.campaign.owe(DRAFTED)
    assert len(desk.papers()) == 1


def test_a_rehearsed_pass_makes_no_paper(new_desk: Desk):
    from tasks.chasing.passes import owe

    new_desk.campaign.report("code,funds_arrived,population,meetings\n990102,2000000,100000,1\n", "2020-07-29T09:00")
    for moment in ("2020-07-30T09:00", "2020-08-05T09:00", "2020-08-06T08:30", "2020-08-07T08:30"):
        new_desk.campaign.watch(moment)
    owe(new_desk.campaign.store, None, at(DRAFTED), dry_run=True)
    assert new_desk.papers() == []


def test_the_number_counts_up_within_prefix_and_year(desk: Desk):
    desk.watch("2020-08-11T08:30")
    assert desk.sign(2, SIGNER, "2020-08-11T09:00").number == "试人普办报〔2020〕1号"
    assert desk.sign(1, SIGNER, "2020-08-11T09:01").number == "试人普办函〔2020〕1号"


def test_a_new_leader_of_the_office_signs_and_the_old_one_cannot(desk: Desk):
    file = desk.campaign.folder / "contacts.csv"
    file.write_text(file.read_text().replace(SIGNER, "新主任"))
    load(desk.campaign.store, Files(contacts=file), at("2020-08-10T08:45"))
    with pytest.raises(Refusal, match="新主任"):
        sign(desk.campaign.store, 1, by(SIGNER, "2020-08-10T09:00"))
    assert desk.sign(1, "新主任", "2020-08-10T09:00").name == "新主任"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_office_s_own_letter_is_used_and_one_that_threatens_gives_way_to_the_shipped_one(new_desk: Desk):
    own = new_desk.campaign.folder / "home" / "templates" / "zh"
    own.mkdir(parents=True)
    (own / "letter.j2").write_text(
        "{% set title %}关于{{ unit }}的催办函{% endset %}\n{{ addressee }}：请核实。\n", encoding="utf-8"
    )
    (own / "letter-report.j2").write_text(
        "{% set title %}关于{{ unit }}的报告{% endset %}\n请核实，否则问责。\n", encoding="utf-8"
    )
    new_desk.draft()
    new_desk.watch("2020-08-11T08:30")
    letter, report = new_desk.papers()
    assert letter["title"] == "关于甲县的催办函"
    assert report["title"] == "试验市试验普查领导小组办公室关于甲县普查工作有关事项的报告"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # a text asks nothing of a database
@pytest.mark.parametrize(
    "text", ["{{ 1 / 0 }}", "{% set n = namespace(x=9) %}{% for i in range(60) %}{% set n.x = n.x * n.x %}{% endfor %}"]
)
def test_a_letter_s_own_text_that_breaks_or_does_not_end_gives_way_to_the_shipped_one(new_desk: Desk, text: str):
    own = new_desk.campaign.folder / "home" / "templates" / "zh"
    own.mkdir(parents=True)
    (own / "letter.j2").write_text("{% set title %}函{% endset %}" + text, encoding="utf-8")
    new_desk.draft()
    (letter,) = new_desk.papers()
    assert letter["title"] == "试验市试验普查领导小组办公室关于核实甲县普查工作有关事项的函"


def test_papers_are_listed_by_unit_and_state(desk: Desk):
    desk.watch("2020-08-11T08:30")
    desk.sign(1, SIGNER, "2020-08-11T09:00")
    store = desk.campaign.store
    assert [one.id for one in list_papers(store, None, None)] == ["P00000002", "P00000001"]
    assert [one.id for one in list_papers(store, "990101", "signed")] == ["P00000001"]
    assert list_papers(store, "990102", None) == []
    assert [one.signer for one in list_papers(store, "9901", "signed")] == [f"试验市人普办主任{SIGNER}"]


def test_two_signatures_at_once_leave_one(desk: Desk):
    _, code = desk.code(1, SIGNER, "2020-08-10T09:00")
    outcomes: list[str] = []

    def try_to_sign() -> None:
        try:
            outcomes.append(desk.done(sign(desk.campaign.store, 1, by(SIGNER, "2020-08-10T09:01", code=code))).paper)
        except Refusal:
            outcomes.append("refused")

    threads = [threading.Thread(target=try_to_sign) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcomes) == ["P00000001", "refused", "refused", "refused"]
    assert len(desk.rows("SELECT * FROM signatures")) == 1


def test_a_plan_that_moves_the_duties_withdraws_the_letter_about_them(desk: Desk):
    plan = desk.campaign.folder / "plan.yaml"
    plan.write_text(PAPERS.replace("due: 2020-08-05", "due: 2020-08-15"), encoding="utf-8")
    files = read_plan_files(plan)
    load(desk.campaign.store, Files(plan=files), at("2020-08-10T10:00"))
    assert [paper["state"] for paper in desk.papers()] == ["draft"]
    load(desk.campaign.store, Files(plan=files), at("2020-08-10T10:05"), move_cases=True)
    assert [(paper["state"], paper["reason"]) for paper in desk.papers()] == [("withdrawn", "moved")]


def test_a_paper_whose_duty_was_closed_around_the_product_is_not_signed(desk: Desk):
    _, code = desk.code(1, SIGNER, "2020-08-10T09:00")
    with desk.campaign.store.writing() as connection:
        connection.execute(text("UPDATE cases SET closed_at = 1, closed_as = 'met' WHERE closed_at IS NULL"))
    with pytest.raises(Refusal, match="done or changed"):
        sign(desk.campaign.store, 1, by(SIGNER, "2020-08-10T09:01", code=code))


def test_an_english_office_gets_english_papers(tmp_path: Path, database_url: str):
    with open_desk(tmp_path, database_url, lang="en") as desk:
        desk.draft()
        desk.watch("2020-08-11T08:30")
        letter, report = desk.papers()
        assert letter["content"].startswith(
            "Please check: census work of 甲县\n\nTo the census office of 甲县 (试验普查):\n"
        )
        assert "due by 5 August 2020, 4 days ago" in letter["content"]
        assert "You were reminded on 30 July, 5 August, 6 August." in letter["content"]
        assert (
            "2. What this rests on\narticle 3 of the Regulations on the National Population Census."
            in letter["content"]
        )
        assert report["content"].startswith("Report on census work of 甲县\n\nTo the leading group of 试验市")


def test_the_commands_sign_with_exit_0_and_refuse_with_exit_2(
    new_desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], database_url: str
):
    monkeypatch.setenv("PUCHA_HOME", str(new_desk.campaign.folder / "home"))
    monkeypatch.setenv("PUCHA_DATABASE_URL", database_url)
    new_desk.draft()

    def pucha(*arguments: str) -> tuple[int, dict[str, object]]:
        with pytest.raises(SystemExit) as caught:
            main([*arguments, "--json"])
        assert isinstance(caught.value.code, int)
        return caught.value.code, json.loads(capsys.readouterr().out)

    when = ("--as-of", "2020-08-10T09:00")
    code, sent = pucha("sign", "P00000001", "--by", SIGNER, *when)
    assert (code, sent["state"], sent["to"]) == (0, "code-sent", "json://••••")
    secret = new_desk.sink.accepted[-1].text.split("验证码：")[1][:6]
    wrong = f"{(int(secret) + 1) % 1_000_000:06d}"
    assert pucha("sign", "1", "--by", SIGNER, "--code", wrong, *when)[0] == 2
    assert pucha("sign", "1", "--by", "别人", "--code", secret, *when)[0] == 2
    code, signed = pucha("sign", "1", "--by", SIGNER, "--code", secret, *when)
    assert (code, signed["state"], signed["by"]) == (0, "signed", SIGNER)
    assert pucha("return", "1", "--by", SIGNER, "--reason", "不妥", *when)[0] == 2
    assert pucha("papers", "--show", "7")[0] == 2
    code, shown = pucha("papers", "--show", "P00000001")
    assert (code, shown["state"]) == (0, "signed")
    assert "请你办核实" in str(shown["text"])
