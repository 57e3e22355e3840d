"""Whom offices answer to where the digits of their codes do not say so."""

from __future__ import annotations

from models.affiliation import Affiliation

SHIHEZI = (("659001", "65"), ("659001", "66"), ("650203530", "659001"))


def test_an_office_has_all_above_it_on_either_line_and_no_one_whom_its_digits_name() -> None:
    assert Affiliation(lambda: SHIHEZI).above == {
        "650203530": {"659001", "65", "66"},
        "659001": {"65", "66"},
    }


def test_above_an_office_that_answers_as_its_digits_say_stand_those_that_these_name() -> None:
    above = Affiliation(lambda: [("652324521", "650203530")]).above

    assert above == {"652324521": {"650203530", "650203", "6502", "65"}}


def test_offices_that_answer_to_each_other_are_not_above_themselves() -> None:
    above = Affiliation(lambda: [("1401", "1402"), ("1402", "1401")]).above

    assert above == {"1401": {"1402"}, "1402": {"1401"}}


def test_who_answers_to_whom_is_asked_once_and_not_before_somebody_wants_to_know() -> None:
    asked: list[str] = []

    def read() -> list[tuple[str, str]]:
        asked.append("")
        return [("659001", "66")]

    affiliation = Affiliation(read)
    before = len(asked)

    assert (before, affiliation.above, affiliation.above, len(asked)) == (0, {"659001": {"66"}}, {"659001": {"66"}}, 1)
