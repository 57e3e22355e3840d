"""An office's own texts in the place of the shipped ones: what is refused with line and cure, and what gives way."""

import logging
import os

import pytest
from worlds.messages import AFTER, FUNDS, read

from models.rules.delivery.entries import gather_entries
from models.wording import Refusal
from tasks.campaign.template_check import check_texts
from tasks.campaign.templates import SHIPPED, Pages


def put(home, name, text, lang="zh"):
    folder = home / "templates" / lang
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")


def test_an_offices_own_text_takes_the_place_of_the_shipped_one(tmp_path):
    put(tmp_path, "overdue.j2", "{{ entry.title }}（{{ entry.due|day }}，{{ entry|late }}），请速办。")
    check_texts(tmp_path)
    _, body = read(FUNDS, home=tmp_path)
    assert "1. 人均普查经费不低于10元（8月5日24时，已逾期4天），请速办。\n" in body


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("好\n{{ entry.title ", 2),
        ("好\n好\n{{ entry.nosuch }}", 3),
        ("{% for n in range(99999999) %}x{% endfor %}", 1),
        ("{{ entry.__class__.__mro__ }}", 1),
        ("{{ entry.due|nosuch }}", 1),
        ("{% include 'other.j2' %}", 1),
    ],
)
def test_a_faulty_text_is_refused_with_file_line_and_cure(tmp_path, text, line):
    put(tmp_path, "overdue.j2", text)
    with pytest.raises(Refusal) as refused:
        check_texts(tmp_path)
    assert f"overdue.j2 第 {line} 行" in refused.value.said.zh
    assert "删去该文件即恢复自带文本" in refused.value.said.zh
    assert f"overdue.j2, line {line}" in refused.value.said.en


def test_a_frame_without_a_title_a_text_without_end_and_an_unknown_name_are_refused_together(tmp_path):
    put(tmp_path, "notice.j2", "{{ addressee }}")
    put(tmp_path, "reminder.j2", "{% for n in range(300) %}" + "长" * 100 + "{% endfor %}")
    put(tmp_path, "remainder.j2", "x", lang="en")
    with pytest.raises(Refusal) as refused:
        check_texts(tmp_path)
    assert [part in refused.value.said.en for part in ("sets no title", "longer than", "remainder.j2")] == [True] * 3


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("{{ entry.title }}\n出生人数应达到20人。", "达到"),
        ("{{ entry.title }}\n各县按常住人口排名如下", "排名"),
        ("{{ entry.title }}\n逾期未报的将约谈{{ entry.names[0] }}", "约谈"),
        ("{{ entry.title }}\n未完成的予以督查", "督查"),
    ],
)
def test_a_text_that_demands_ranks_or_threatens_is_refused_with_line_and_word(tmp_path, text, word):
    put(tmp_path, "overdue.j2", text)
    with pytest.raises(Refusal) as refused:
        check_texts(tmp_path)
    assert "overdue.j2 第 2 行" in refused.value.said.zh
    assert word in refused.value.said.zh


@pytest.mark.parametrize(
    "text",
    [
        "{{ entry.title }}{{ '约' ~ '谈' }}负责人",
        "{{ entry.title }}{% set a = '约' %}{{ a }}谈负责人",
        "{{ entry.title }}{% if entry.days_late and entry.days_late > 300 %}{{ '问' ~ \"责\" }}{% endif %}",
        "{{ entry.title }}。将约\n谈负责人",
        "{{ entry.title }}。出生人数\n  应不低于20人",
        "{{ entry.title }}。出生人数{{ '应不低' }}于20人",
        "{{ entry.title }}{{ '谈约'|reverse }}负责人",
        "{{ entry.title }}{{ '\\u7ea6\\u8c08' }}负责人",
        "{{ entry.title }}&#32422;谈负责人",
    ],
)
def test_what_is_put_together_or_broken_into_lines_is_refused_too(tmp_path, text):
    put(tmp_path, "overdue.j2", text)
    with pytest.raises(Refusal) as refused:
        check_texts(tmp_path)
    assert "overdue.j2" in refused.value.said.zh


@pytest.mark.parametrize(
    "text",
    [
        "{{ entry.title }}\n出生资料\n请核实",
        "{{ '请' ~ '核实' }}{{ entry.title }}\n不予问责",
        "{{ entry.title }}{{ 'a\nb' }}",
        "常住人口登记\n\n经费不少于预算：{{ entry.title }}",
    ],
)
def test_a_text_that_is_put_together_and_asks_to_check_is_taken(tmp_path, text):
    put(tmp_path, "overdue.j2", text)
    check_texts(tmp_path)


def test_every_shipped_text_may_be_an_offices_own(tmp_path):
    for lang in ("zh", "en"):
        for file in (SHIPPED / lang).glob("*.j2"):
            put(tmp_path, file.name, file.read_text(encoding="utf-8"), lang=lang)
    check_texts(tmp_path)


def test_a_text_that_was_broken_after_loading_gives_way_to_the_shipped_one(tmp_path, caplog):
    put(tmp_path, "overdue.j2", "{{ entry.nosuch }}")
    pages = Pages(tmp_path, "zh")
    [entry] = gather_entries([FUNDS], AFTER)
    with caplog.at_level(logging.WARNING):
        assert pages.item(entry) == pages.item(entry) == Pages(SHIPPED / "none", "zh").item(entry)
    assert len(caplog.records) == 1
    assert "overdue.j2 第 1 行" in next(iter(pages.warnings.values())).zh


def test_texts_of_papers_are_read_for_faults_of_writing_only(tmp_path):
    put(tmp_path, "letter.j2", "{% set title %}函{% endset %}{{ signer }}")
    check_texts(tmp_path)
    put(tmp_path, "letter.j2", "{% set title %}函{{ signer }}")
    with pytest.raises(Refusal, match=r"letter\.j2"):
        check_texts(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{% macro a(n) %}{{ a(n + 1) }}{{ a(n + 1) }}{% endmacro %}{{ a(0) }}",
        "{{ 9 ** 9 ** 9 ** 9 }}",
        "{{ 'x' * 9999999999 }}",
        "{{ '%09999999999d' % 1 }}",
        "{{ 'x'.ljust(9999999999) }}",
        "{{ 'x' | center(9999999999) }}",
        "{{ lipsum(999999) }}",
        "{{ '{:>9999999999}'.format(1) }}",
        "{% set n = namespace(x=9) %}{% for i in range(60) %}{% set n.x = n.x * n.x %}{% endfor %}",
        "{% set n = namespace(x='xx') %}{% for i in range(60) %}{% set n.x = n.x ~ n.x %}{% endfor %}",
        "{% set n = namespace(x=[1]) %}{% for i in range(60) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x }}",
        "{% set n = namespace(x='xx') %}{% for i in range(60) %}{% set n.x = n.x|replace('x', 'xxxx') %}{% endfor %}",
        "{{ range(99999)|select('in', range(99999)|map('string')|list)|list|length }}",
        "{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}",
    ],
)
def test_a_text_that_would_not_end_is_refused_and_the_shipped_one_is_used(tmp_path, text):
    folder = tmp_path / "templates" / "zh"
    folder.mkdir(parents=True)
    (folder / "overdue.j2").write_text(text, encoding="utf-8")
    with pytest.raises(Refusal, match=r"overdue\.j2"):
        check_texts(tmp_path)
    assert read(FUNDS, home=tmp_path) == read(FUNDS)


def test_a_pipe_in_place_of_a_text_is_not_waited_for(tmp_path):
    folder = tmp_path / "templates" / "zh"
    folder.mkdir(parents=True)
    os.mkfifo(folder / "overdue.j2")
    with pytest.raises(Refusal, match="no plain file"):
        check_texts(tmp_path)
    assert read(FUNDS, home=tmp_path) == read(FUNDS)
