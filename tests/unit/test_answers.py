"""Answers in JSON: what Python's own encoder would write, whatever is in them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from deployments.answers import pieces
from deployments.console import answer

TRICKY = [
    {"name": "河北省", "met": 3, "share": 0.1, "none": None, "yes": True, "list": [], "object": {}},
    {"small": 1e-7, "large": 1e16, "exact": 12345678.9, "negative": -0.0},
    {1: "a number as a key"},
    {"beyond": 2**70},
    {"half a sign": "\ud83d"},
    {"quote": 'a "b" \\ c\n\t', "rare": "𠮷", "picture": "😀"},
]


@pytest.mark.parametrize("data", TRICKY)
def test_an_answer_means_what_was_given(data: Any, capsys: pytest.CaptureFixture[str]):
    answer(data)
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(data))


def test_an_answer_is_laid_out_line_by_line(capsys: pytest.CaptureFixture[str]):
    answer({"name": "河北省", "met": [1, 2]})
    assert capsys.readouterr().out == '{\n  "name": "河北省",\n  "met": [\n    1,\n    2\n  ]\n}\n'


def test_what_would_steer_a_terminal_is_written_out(capsys: pytest.CaptureFixture[str]):
    answer({"name": "甲\u202e乙\x9b2J"})
    assert capsys.readouterr().out == '{\n  "name": "甲\\u202e乙\\u009b2J"\n}\n'


@pytest.mark.parametrize("many", [0, 1, 499, 500, 501, 1200])
def test_a_list_of_any_length_is_laid_out_as_a_whole_would_be(many: int, capsys: pytest.CaptureFixture[str]):
    rows = [{"unit": f"{n:06d}", "lines": [n, "甲\n乙"], "none": {}} for n in range(many)]
    for data in (rows, {"as_of": None, "duties": rows, "not_met": many, "sets": [], "told": {"lines": rows[:1]}}):
        answer(data)
        assert capsys.readouterr().out == json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def test_an_iterator_is_written_as_a_list(capsys: pytest.CaptureFixture[str]):
    answer(iter([1, 2]))
    answer({"duties": (n for n in range(2)), "none": iter(())})
    assert capsys.readouterr().out == '[\n  1,\n  2\n]\n{\n  "duties": [\n    0,\n    1\n  ],\n  "none": []\n}\n'


def test_a_sign_that_cannot_be_encoded_leaves_the_layout_of_its_portion_as_it_is(capsys: pytest.CaptureFixture[str]):
    data = {"lines": [{"half a sign": "\ud83d", "share": 0.5}, {"beyond": [2**70]}]}
    answer(data)
    expected = json.dumps(data, ensure_ascii=False, indent=2).replace("\ud83d", "\\ud83d")
    assert capsys.readouterr().out == expected + "\n"


def test_a_long_list_is_written_while_it_is_made():
    written = 0
    ahead = []

    def lines() -> Iterator[dict[str, int]]:
        for number in range(10_000):
            ahead.append(number - written)
            yield {"line": number}

    for piece in pieces({"lines": lines()}, is_unicode=True):
        written += piece.count('"line"')

    assert written == 10_000
    assert max(ahead) < 1_000
