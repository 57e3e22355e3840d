"""Texts that say which one is meant: keys and numbers hold no figure with words, and numbers of staff no name."""

from __future__ import annotations

import polars as pl
import pytest
from worlds.plans import plan_of
from worlds.plans_over_rows import plan_over_rows

from models.plan.lists import Column
from models.rules.intake.naming_texts import misnaming_texts

STAFF = """
title: 两员
kept_by: township
key: [code, staff]
columns:
  staff: {title: 两员编号, type: text}
  replaces: {title: 接替的两员编号, type: text}
  contract: {title: 合同文号, type: text}
  row: {title: 序号, type: number}
  note: {title: 备注, type: text}
"""
COLUMNS = (
    plan_of(
        plan_over_rows(
            {"staff": STAFF},
            [
                "{id: r, title: 乙, judged_at: township, each: {register: staff}, met_when: note is null,"
                " due: 2020-11-20}"
            ],
        )
    )
    .registers["staff"]
    .columns
)


def refused(column: Column, *texts: str | None) -> dict[str | None, str]:
    """The texts that are refused in a column, each with the reason."""
    rows = pl.Series("row", range(len(texts)), dtype=pl.Int64)
    found = misnaming_texts(rows, pl.Series("text", texts, dtype=pl.String), column.title, column)
    return {texts[row]: zh for fault in found for row, zh in fault.select("row", "zh").iter_rows()}


def test_a_text_of_the_key_and_one_that_is_called_a_number_name_something() -> None:
    assert [name for name, one in COLUMNS.items() if one.names] == ["staff", "replaces", "contract"]


@pytest.mark.parametrize("name", ["staff", "replaces", "contract"])
def test_how_many_is_no_answer_to_which_one(name: str) -> None:
    why = refused(
        COLUMNS[name], "约30", "2900余", "近47万", "３０左右", "不足50", "30", "S-30", "第30号", "30余号", None
    )
    assert list(why) == ["约30", "2900余", "近47万", "３０左右", "不足50"]
    assert why["约30"].startswith(f"“{COLUMNS[name].title}”要指明是哪一个")


def test_every_word_that_leaves_a_figure_open_is_found() -> None:
    before = (
        "不少于",
        "至少",
        "≥",
        ">=",
        "超过",
        "多于",
        ">",
        "不到",
        "少于",
        "<",
        "不超过",
        "最多",
        "≤",
        "将近",
        "近",
        "大约",
        "约为",
    )
    texts = [*(f"{word}30" for word in before), *(f"30{word}" for word in ("余", "多", "以上", "以内", "左右", "上下"))]
    assert list(refused(COLUMNS["contract"], *texts)) == texts


def test_a_remark_may_say_how_many() -> None:
    assert refused(COLUMNS["note"], "约30", "张三") == {}


@pytest.mark.parametrize("name", ["staff", "replaces"])
def test_staff_are_known_by_numbers_and_not_by_names(name: str) -> None:
    why = refused(COLUMNS[name], "张三", "欧阳小明", "买买提·艾力", "甲", "张3", "石-12", "后备队员甲组")
    assert list(why) == ["张三", "欧阳小明", "买买提·艾力"]
    assert set(why.values()) == {f"“{COLUMNS[name].title}”请填本单位编的号，不填姓名"}


def test_a_document_may_be_called_by_two_words() -> None:
    assert refused(COLUMNS["contract"], "总则") == {}
