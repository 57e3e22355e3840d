"""What the status screen says of an office, as its reader finds it there."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt
from worlds.boards import (
    AS_OF,
    LISTING,
    RECRUITMENT,
    REGISTRATION,
    T0,
    UNCOVERED,
    moment,
    province,
    with_every_name,
)

from models.moments import count_down, delay
from models.status import Status, UnitStatus
from models.wording import Said
from tasks import boards
from tasks.boards import words
from tasks.boards.page import MOST_BYTES, MOST_ROWS, WORD_JOINER, cell, in_pieces, table

EVERYWHERE = {
    boards.board_key(code): f"../../artifacts/artifact/{code}" for code in ("00", "1301", "1302", "130102001")
}


def pictures(text: str) -> list[ElementTree.Element]:
    """The pictures of a page, each of which must be sound XML."""
    found = re.findall(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)", text)
    return [ElementTree.fromstring(base64.b64decode(one)) for one in found]


def written(text: str) -> set[str]:
    """Every text in the pictures of a page."""
    return {part.text or "" for picture in pictures(text) for part in picture.iter() if part.tag.endswith("text")}


def only(status: Status, place: int) -> Status:
    """The status of one phase alone, as a phase's page gets it."""
    below = tuple(UnitStatus(u.code, u.name, u.level, (u.phases[place],)) for u in status.below)
    phase = status.phases[place]
    return replace(
        status,
        phases=(phase,),
        below=below,
        unit=replace(status.unit, phases=(phase,)),
        duties=tuple(line for line in status.duties if line.phase == phase.id),
    )


def test_what_is_late_at_a_date_that_no_source_says_is_late_by_default_on_every_page():
    late = replace(UNCOVERED, by_default=True)
    phase = replace(RECRUITMENT, overdue_by_default=4)
    status = replace(province(duties=(late,)), phases=(phase,))

    assert f"{in_pieces('47天')}{in_pieces('（按默认期限）')}" in boards.overdue_list(status, {}, "zh").body
    assert "逾期 4（按默认期限 4），最长逾期47天" in boards.phase_page(status, {}, "zh").body
    assert f"{in_pieces('未达标')} · 逾期（按默认期限）" in boards.phase_page(status, {}, "zh").body
    assert boards.duty_table(status, "zh").body[0]["情况"] == "未达标 · 逾期（按默认期限）"


def test_a_board_says_first_how_much_is_overdue_since_when_and_as_of_which_moment():
    page = boards.board(province(), {}, "zh")
    assert page.key == "board-13"
    assert page.title == "河北省 · 进度看板 · 截至11-05 17:00"
    assert "截至 **2020-11-05 17:00**" in page.body
    assert "标准时点已过4天" in page.body
    assert "上报数据最新至 2020-11-05 16:00" in page.body
    assert "**逾期 4 项（其中未报 1 项），涉及 1 个阶段，最长逾期47天。**" in page.body
    assert "应达标 688 项，已达标 380 项，未达标 135 项，未报 173 项（已到期 1 项，未到期 172 项）。" in page.body


def test_a_board_without_anything_overdue_says_so():
    calm = replace(province(), phases=(REGISTRATION,), duties=(), overdue=0)
    assert "**没有逾期事项。**" in boards.board(calm, {}, "zh").body
    assert "逾期最久的事项" not in boards.board(calm, {}, "zh").body


def test_what_comes_next_stands_above_the_phases_with_its_reason_the_offices_own_first() -> None:
    later = UNCOVERED.due + timedelta(days=1)
    below, other, own = (
        replace(UNCOVERED, timing="due_soon", unit=code, unit_name=name, due=due)
        for code, name, due in (("1301", "第1市", later), ("1302", "第2市", later), ("13", "河北省", UNCOVERED.due))
    )
    body = boards.board(replace(province(), duties=(below, other, own)), {}, "zh").body
    coming = [line for line in body.splitlines() if line.startswith("- ")][:2]

    assert [line.split("：")[0] for line in coming] == ["- 河北省", "- 第1市等"]
    assert "期限2020-09-18" in coming[0]
    assert coming[0].endswith(f"。{UNCOVERED.reason.zh}。")
    assert coming[1].endswith(f"。其中第1市：{UNCOVERED.reason.zh}。")
    assert body.index("#### 即将到期") < body.index("#### 各单位各阶段")
    assert "即将到期" not in boards.board(replace(province(), duties=(UNCOVERED,)), {}, "zh").body


def test_a_blocked_phase_is_named_with_what_it_waits_for():
    assert "前置工作未完成：长表登记（待“入户登记”完成）。" in boards.board(province(), {}, "zh").body
    assert "Blocked: 长表登记 (waits for “入户登记”)." in boards.board(province(), {}, "en").body


def test_every_field_of_the_picture_bears_its_state_in_words_and_its_figures():
    said = written(boards.board(province(), {}, "zh").body)
    assert {"逾期47天", "已达标", "进行中", "待前置", "168/172", "172/172", "40/172", "第1市", "合计"} <= said


def test_a_phase_that_asks_nothing_of_an_office_has_no_colour_there():
    nothing = replace(LISTING, met=0)
    below = (UnitStatus("1301", "第1市", "city", (nothing,)),)
    said = written(boards.board(replace(province(), phases=(LISTING,), below=below, duties=()), {}, "zh").body)
    assert {"无要求", "172/172"} <= said
    assert "0/0" not in said


@pytest.mark.parametrize(("late", "word"), [(timedelta(minutes=59), "刚逾期"), (timedelta(hours=1), "逾期1小时")])
def test_what_is_late_for_less_than_an_hour_has_a_word_that_its_field_has_room_for(late: timedelta, word: str) -> None:
    status = province()
    phase = replace(RECRUITMENT, worst_due=status.as_of - late)
    below = (UnitStatus("1301", "第1市", "city", (phase,)),)

    assert word in written(boards.board(replace(status, phases=(phase,), below=below, duties=()), {}, "zh").body)


def test_a_page_is_readable_on_a_light_and_on_a_dark_screen():
    for picture in pictures(boards.board(province(), {}, "zh").body):
        style = next(part.text or "" for part in picture.iter() if part.tag.endswith("style"))
        assert "prefers-color-scheme:dark" in style
        ground = next(part for part in picture.iter() if part.tag.endswith("rect"))
        assert ground.get("class") == "p", "a picture brings its own ground, whatever the page behind it"


def test_links_lead_down_and_up_and_only_to_pages_that_exist():
    page = boards.board(province(), {key: EVERYWHERE[key] for key in ("board-00", "board-1301")}, "zh")
    assert "[上级：全国](../../artifacts/artifact/00)" in page.body
    assert "[第1市](../../artifacts/artifact/1301)" in page.body
    assert "[第2市]" not in page.body
    assert "名称没有链接的单位尚未单独发布看板" in page.body


def test_a_board_whose_offices_all_have_their_own_explains_nothing():
    assert "尚未单独发布看板" not in boards.board(province(), EVERYWHERE, "zh").body


def test_the_overdue_list_gives_the_reason_with_its_figures_and_the_item_number():
    page = boards.overdue_list(province(), EVERYWHERE, "zh")
    row = "| [建北街道](../../artifacts/artifact/130102001) | 第14项 每个普查小区至少一名普查员 | 2020‑09‑18 | 47天 | 无普查员的小区 = 12，应为 0 |"
    assert row in page.body.replace("\u2060", "")
    assert "登记日报" not in page.body, "what is not due yet is not overdue"
    assert "另有 3 行，未列出。" in page.body


def test_an_office_without_a_board_leads_to_the_nearest_one_above_it():
    page = boards.overdue_list(province(), {"board-1301": "../../artifacts/artifact/1301"}, "zh")
    assert "[建北街道](../../artifacts/artifact/1301)" in page.body
    assert "| 建北街道 |" in boards.overdue_list(province(), {}, "zh").body


def test_a_phase_page_lists_what_is_not_met_and_what_the_phase_waits_for():
    page = boards.phase_page(only(province(), 3), {}, "zh")
    assert page.key == "phase-long-form-13"
    assert (
        "**前置工作未完成（待“入户登记”完成）** · 2020-11-16—11-30 · 已达标 0/172，未报 172（已到期 0），逾期 0"
        in page.body
    )
    recruitment = boards.phase_page(only(province(), 0), {}, "zh").body
    assert "**有逾期** · 2020-07-04—09-18 · 已达标 168/172，未报 1（已到期 1），逾期 4，最长逾期47天" in recruitment
    # each of the two words on one line, however narrow the column
    assert f"| {in_pieces('未达标')} · {in_pieces('逾期')} | 建北街道 |" in recruitment


def test_the_calendar_has_a_line_for_today_and_one_for_the_standard_time():
    page = boards.calendar(province(), {}, "zh")
    assert {"截至 11-05 17:00", "标准时点 11-01 00:00", "两员选聘", "2020-11-01—11-15"} <= written(page.body)
    assert "| 长表登记 | 2020-11-16—11-30 | 前置工作未完成（待“入户登记”完成） | 待“入户登记”完成 |" in page.body


def test_a_phase_without_duties_is_drawn_neither_as_done_nor_as_under_way():
    status = province()
    idle = replace(
        status, phases=tuple(replace(one, met=0, unmet=0, unreported=0, waived=0) for one in status.phases[:1])
    )

    def outlined(text: str) -> int:
        return sum(part.get("fill") == "none" for picture in pictures(text) for part in picture.iter())

    assert outlined(boards.calendar(idle, {}, "zh").body) == 1
    assert outlined(boards.calendar(status, {}, "zh").body) == 0


def test_the_table_of_duties_holds_plain_text_and_says_how_many_it_leaves_out():
    page = boards.duty_table(province(), "zh")
    assert page.kind == "table"
    assert page.body[0]["单位"] == "建北街道"
    assert page.body[1]["情况"] == "未报 · 即将到期"
    assert page.body[-1] == {"单位": "另有 136 行，未列出。"}


def test_a_rehearsal_says_that_nothing_was_sent_and_shows_what_it_found():
    title, text = boards.run_sheet(
        status=only(province(), 0),
        done=["如正式运行，应发通知 7 份。"],
        rehearsed=True,
        links={},
        lang="zh",
    )
    assert title == "河北省 · 两员选聘 · 演练结果 · 截至11-05 17:00"
    assert "没有发出通知，没有记入台账" in text
    assert "应发通知 7 份" in text
    assert "建北街道" in text


def test_english_pages_are_english():
    page = boards.board(province(), {}, "en")
    assert page.title == "河北省 · progress board · as of 11-05 17:00"
    assert "**4 overdue (1 of them unreported) in 1 phases, the longest by 47 d.**" in page.body
    assert "uncovered = 12, must be 0" in boards.overdue_list(province(), {}, "en").body


@pytest.mark.parametrize("draw", [boards.board, boards.overdue_list])
def test_a_page_of_thousands_stays_within_what_the_screen_takes_and_says_what_it_leaves_out(draw):
    long = replace(UNCOVERED, reason=Said("无普查员的小区 = 12，应为 0；" * 20, "uncovered"))
    crowded = replace(province(below=900, duties=(long,) * 3000), overdue=3000)
    page = draw(crowded, {}, "zh")
    assert len(page.body.encode()) <= MOST_BYTES
    assert re.search(r"另有 \d+ 行，未列出。", page.body)


def test_a_table_ends_at_its_last_allowed_row():
    rows = [["x"]] * (MOST_ROWS + 1)
    assert len(table(["h"], rows[:MOST_ROWS], MOST_BYTES, "zh")) == 2 + MOST_ROWS
    assert table(["h"], rows, MOST_BYTES, "zh")[-1] == "另有 1 行，未列出。"


@pytest.mark.parametrize(
    ("said", "pieces"),
    [
        ("逾期", ["逾期"]),
        ("未报（已到期）", ["未报", "（已到期）"]),
        ("已达标/应达标", ["已达标/", "应达标"]),
        ("最长逾期", ["最长", "逾期"]),
    ],
)
def test_chinese_in_a_narrow_column_breaks_at_the_seams_of_a_heading_alone(said: str, pieces: list[str]):
    assert in_pieces(said) == "".join(WORD_JOINER.join(piece) for piece in pieces)


def test_english_in_a_narrow_column_breaks_at_its_blanks():
    assert in_pieces("unreported, not due") == "unreported, not due"


def test_neither_a_heading_nor_a_short_state_of_a_phase_page_is_broken_in_the_middle():
    lines = boards.phase_page(only(province(), 0), {}, "zh").body.splitlines()
    head = next(place for place, line in enumerate(lines) if in_pieces("最长逾期") in line)

    assert in_pieces("未报（未到期）") in lines[head]
    assert f" {in_pieces('有逾期')} |" in lines[head + 2]


def test_a_name_cannot_break_a_table_or_become_markup():
    assert cell("甲|乙\n<b>[丙](x)*_`") == r"甲\|乙 &lt;b&gt;\[丙\](x)\*\_\`"


@pytest.mark.parametrize(
    ("late", "said"),
    [
        (timedelta(0), "不足1小时"),
        (timedelta(minutes=59), "不足1小时"),
        (timedelta(hours=1), "1小时"),
        (timedelta(hours=23, minutes=59), "23小时"),
        (timedelta(days=1), "1天"),
    ],
)
def test_a_delay_is_said_in_whole_days_and_below_a_day_in_hours(late, said):
    assert delay(AS_OF - late, AS_OF, "zh") == said


def test_nothing_is_late_before_its_moment():
    assert delay(AS_OF + timedelta(seconds=1), AS_OF, "zh") == "—"
    assert delay(None, AS_OF, "zh") == "—"


def test_a_due_day_goes_by_its_own_name_and_not_by_the_midnight_that_ends_it():
    assert words.due_day(moment(9, 19)) == "2020-09-18"
    assert words.due_day(moment(9, 18, 17)) == "2020-09-18 17:00"


def test_the_count_down_is_computed():
    assert count_down(T0, T0 - timedelta(hours=8), "zh") == "距标准时点还有8小时"
    assert count_down(T0, T0 + timedelta(days=2), "zh") == "标准时点已过2天"


def test_phases_with_odd_names_have_lawful_keys():
    assert boards.phase_key("long_Form", "13") == "phase-long-form-13"


FOREIGN = (
    "[x](http://evil.example/a)",
    "![](http://evil.example/p.png)",
    "<img src=http://evil.example/i.png>",
    "<a href='//evil.example'>x</a>",
    "http://evil.example/b",
    "HTTPS://evil.example",
    "www.evil.example",
    "clerk@evil.example",
    "<http://evil.example>",
    "[x]: http://evil.example/c",
    "`<b>` | ](http://evil.example) \\](http://evil.example)",
    "&#91;x&#93;(javascript:alert(1))",
)


@pytest.mark.parametrize("name", FOREIGN)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_link_or_picture_in_a_name_is_text_on_every_page(name: str, lang: str):
    status = with_every_name(name)
    pages = [
        boards.board(status, EVERYWHERE, lang),
        boards.overdue_list(status, EVERYWHERE, lang),
        boards.calendar(status, EVERYWHERE, lang),
        boards.phase_page(only(status, 0), EVERYWHERE, lang),
        boards.duty_table(status, lang),
    ]
    sheet = boards.run_sheet(
        status=only(status, 0),
        done=[name],
        rehearsed=True,
        links=EVERYWHERE,
        lang=lang,
    )
    texts = [page.body for page in pages if isinstance(page.body, str)]
    texts += [cell for row in pages[-1].body for cell in row.values()]  # type: ignore[union-attr]

    for text in (*texts, *(page.title for page in pages), *sheet):
        assert foreign(text) == []


def foreign(text: str) -> list[str]:
    """What a page would load or lead to outside, bare addresses included, as a Markdown reader finds it."""
    links, found = set(EVERYWHERE.values()), []
    for block in MarkdownIt("commonmark", {"html": True}).enable("table").parse(text):
        for token in (block, *(block.children or ())):
            where = str(token.attrs.get("href") or token.attrs.get("src") or "")
            if token.type.startswith("html"):
                found.append(token.content)
            elif where and where not in links and not where.startswith("data:image/svg+xml;base64,"):
                found.append(where)
            elif token.type in ("text", "code_inline") and re.search(r"://|www\.|\w@", token.content):
                found.append(token.content)
    return found
