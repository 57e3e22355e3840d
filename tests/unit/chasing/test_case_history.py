"""What the trail of a case says about rungs that told nobody."""

from __future__ import annotations

import pytest

from models.rules.chasing.case_history import untold, why_ended

TRAIL = "100 overtaken remind-7,remind-1\n100 fired overdue\n200 hushed\n300 freed\n400 fired superior\n500 moved\n"


def test_a_rung_that_told_somebody_is_no_gap():
    assert [(s.at, s.rung, s.word) for s in untold(TRAIL, {"overdue", "superior"})] == [
        (100, "remind-7", "overtaken"),
        (100, "remind-1", "overtaken"),
        (200, "", "hushed"),
        (300, "", "freed"),
        (500, "", "moved"),
    ]


def test_a_rung_that_fired_and_reached_nobody_says_so():
    assert [(s.rung, s.word) for s in untold(TRAIL, {"overdue"}) if s.word == "nobody"] == [("superior", "nobody")]


def test_a_case_that_told_nobody_anything_yet_has_no_trail():
    assert untold("", set()) == []


@pytest.mark.parametrize("step", untold(TRAIL, set()), ids=lambda step: f"{step.rung} {step.word}")
def test_every_step_has_its_sentence_in_both_languages(step):
    assert step.said.zh
    assert step.said.en


def test_a_reason_that_has_no_sentence_is_shown_as_it_is():
    assert why_ended("met").zh == "已达标"
    assert why_ended("something new").en == "something new"
    assert why_ended(None) is None
