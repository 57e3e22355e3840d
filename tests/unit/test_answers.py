"""Answers in JSON: what Python's own encoder would write, whatever is in them."""

from __future__ import annotations

import json
from typing import Any

import pytest

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
