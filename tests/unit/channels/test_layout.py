"""What a recipient reads, and how it is cut to a provider's limit."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from tasks.channels import Message
from tasks.channels.layout import json_size, parts, utf8_size, whole

LINE = "应于11月15日24时前完成短表登记，尚有12个普查小区未开始，请核实。"


def test_a_short_notice_is_one_text_with_title_lines_and_number():
    assert parts(Message("N00000123", "逾期提醒", "第一行\n第二行"), 2048) == [
        "逾期提醒\n第一行\n第二行\n编号：N00000123"
    ]


def test_a_repeat_says_so_in_the_language_of_the_message():
    assert "可能重复" in parts(Message("N00000123", "逾期提醒", "一", repeat=True), 2048)[0]
    assert "possibly a repeat" in parts(Message("N00000123", "Overdue", "1", True, "en"), 2048)[0]
    assert "可能重复" in whole(Message("N00000123", "逾期提醒", "一", repeat=True))[1]
    assert "可能重复" not in parts(Message("N00000123", "逾期提醒", "一"), 2048)[0]


def test_a_text_of_exactly_the_limit_stays_whole_and_one_byte_more_makes_two():
    fits = Message("N00000123", "逾期提醒", "一" * 100 + "\n" + "a" * 100)
    size = utf8_size(parts(fits, 10_000)[0])
    assert len(parts(fits, size)) == 1
    assert len(parts(fits, size - 1)) == 2


def test_a_long_notice_becomes_numbered_parts_of_whole_lines_each_with_title_and_number():
    body = "\n".join(f"{n}. {LINE}" for n in range(1, 51))
    texts = parts(Message("N00000123", "入户登记逾期提醒", body), 2048)
    assert len(texts) == 3
    for part, text in enumerate(texts, start=1):
        assert utf8_size(text) <= 2048
        assert text.startswith(f"入户登记逾期提醒（{part}/3）\n")
        assert text.endswith("\n编号：N00000123")
    sent = [line for text in texts for line in text.split("\n")[1:-1]]
    assert sent == body.split("\n")


def test_what_does_not_fit_is_counted_to_the_line():
    body = "\n".join(f"{n}. {LINE}" for n in range(1, 301))
    texts = parts(Message("N00000123", "逾期提醒", body), 2048)
    sent = [line for text in texts for line in text.split("\n")[1:-1]]
    assert len(texts) == 3
    assert sent[-1] == f"…另有 {300 - (len(sent) - 1)} 行"
    assert all(utf8_size(text) <= 2048 for text in texts)


def test_a_line_longer_than_a_message_is_broken_between_characters():
    line = "普" * 2000
    texts = parts(Message("N00000123", "提醒", line), 2048, most=9)
    assert "".join("".join(text.split("\n")[1:-1]) for text in texts) == line


def test_a_letter_keeps_its_marks_when_a_line_is_broken():
    line = "e\u0301" * 1500
    texts = parts(Message("N00000123", "提醒", line), 2048, most=9)
    for text in texts:
        piece = text.split("\n")[1]
        assert piece.startswith("e")
        assert piece.endswith("\u0301")


def test_the_keyword_of_a_bot_stands_in_every_part_that_lacks_it():
    body = "\n".join(f"{n}. {LINE.replace('普查', '调查')}" for n in range(1, 41))
    texts = parts(Message("N00000123", "逾期提醒", body), 2048, keyword="普查")
    assert all(text.startswith("【普查】") for text in texts)
    assert all(utf8_size(text) <= 2048 for text in texts)
    assert parts(Message("N00000123", "普查提醒", "一"), 2048, keyword="普查")[0].startswith("普查提醒")


def test_line_breaks_and_quotes_cost_two_bytes_in_a_json_body():
    assert json_size('普"\n') == 3 + 2 + 2
    assert utf8_size('普"\n') == 3 + 1 + 1


def test_control_characters_and_half_characters_never_reach_a_provider():
    title, text = whole(Message("N00000123", "提\x07醒\n第二行", "一\x00二\r\n三\udc80\x1b[31m"))
    assert title == "提醒 第二行"
    assert text == "一二\n三?[31m\n编号：N00000123"


def test_a_tab_becomes_a_blank_also_where_a_message_begins_with_it():
    assert parts(Message("N00000123", "", "\t到位\t580万元"), 400) == [" 到位 580万元\n编号：N00000123"]


@given(
    body=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=300), max_size=60).map("\n".join),
    title=st.text(max_size=300),
    room=st.integers(400, 2500),
    repeat=st.booleans(),
    size=st.sampled_from([utf8_size, json_size]),
)
def test_no_part_is_ever_too_large_lacks_the_number_or_begins_with_a_mark(body, title, room, repeat, size):
    texts = parts(Message("N00000123", title, body, repeat), room, size)
    assert 1 <= len(texts) <= 3
    for text in texts:
        assert size(text) <= room
        assert "N00000123" in text
        assert repeat == ("可能重复" in text)
        assert unicodedata.category(text[0]) != "Cc"
