"""The auditor's rules: which words are asked for in which window, and what silence and waiting do to them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from models.moments import micros
from models.rules.oversight.auditing import BEFORE, SPELL, follow
from models.rules.oversight.findings import Finding, missing_and_late

BEIJING = ZoneInfo("Asia/Shanghai")
GRACE = 45 * 60_000_000
DUTY = {"unit": "990101", "requirement": "preparation.funds", "period": ""}


def at(text: str) -> int:
    return micros(datetime.fromisoformat(text).replace(tzinfo=BEIJING))


DUE = at("2020-08-06T00:00")


def word(**changes: object) -> pl.DataFrame:
    """The word that a duty has become due, owed at once unless told otherwise."""
    one = {
        **DUTY,
        "spell": 0,
        "no": 2,
        "rung": "overdue",
        "nominal": DUE,
        "due": DUE,
        "above": False,
        "own_run": True,
        "should": DUE,
        "asked": DUE,
        "owed": DUE,
        "end": None,
        "hushed": False,
        **changes,
    }
    kinds = dict.fromkeys(("spell", "no", "nominal", "due", "should", "asked", "owed", "end"), pl.Int64)
    return pl.DataFrame([one], schema_overrides=kinds)


REACHABLE = pl.DataFrame([{**DUTY, "rung": "overdue"}])


def found(
    words: pl.DataFrame, since: str = "2020-08-05T00:00", until: str = "2020-08-07T00:00"
) -> list[tuple[str, str]]:
    findings: list[Finding] = missing_and_late(words, REACHABLE, at(since), at(until), GRACE)
    return [(one.kind, one.rung) for one in findings]


@pytest.mark.parametrize(
    ("owed", "kinds"),
    [("2020-08-06T00:45", []), ("2020-08-06T00:46", [("late", "overdue")]), (None, [("missing", "overdue")])],
)
def test_a_word_may_take_the_grace_and_no_longer(owed: str | None, kinds: list[tuple[str, str]]):
    assert found(word(owed=at(owed) if owed else None)) == kinds


@pytest.mark.parametrize(
    ("since", "until", "asked"),
    [
        ("2020-08-06T00:00", "2020-08-06T00:44", False),
        ("2020-08-06T00:00", "2020-08-06T00:45", True),
        ("2020-08-06T00:44", "2020-08-06T01:00", True),
        ("2020-08-06T00:45", "2020-08-06T01:00", False),
    ],
)
def test_a_word_is_asked_for_in_the_window_in_which_its_grace_ends(since: str, until: str, asked: bool):
    assert bool(found(word(owed=None), since, until)) is asked


def test_nothing_is_asked_for_where_the_duty_was_met_within_the_grace():
    assert found(word(owed=None, end=at("2020-08-06T00:44"))) == []
    assert found(word(owed=None, end=at("2020-08-06T00:45"))) == [("missing", "overdue")]


def test_nothing_is_asked_for_while_somebody_may_be_silent():
    assert found(word(owed=None, asked=at("2020-08-09T00:00"))) == []


def test_an_office_that_waits_for_those_below_it_is_not_reported_upwards():
    assert found(word(owed=None, hushed=True, above=True)) == []
    assert found(word(owed=None, hushed=True, above=False)) == [("missing", "overdue")]


def lacking(late_below: int | None = None, due: int | None = DUE, *, of_rows: bool = False) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                **DUTY,
                "due": due,
                "chased_from": at("2020-07-30T00:00"),
                "late_below": late_below,
                "of_rows": of_rows,
            }
        ],
        schema_overrides={"late_below": pl.Int64},
    )


def test_a_duty_is_followed_from_the_look_that_saw_it_lacking_to_the_one_that_saw_it_met():
    nothing, first, second = pl.DataFrame(schema=SPELL), at("2020-08-05T00:00"), at("2020-08-06T00:00")
    existed = pl.DataFrame([{"requirement": DUTY["requirement"], "period": ""}])
    nobody = pl.DataFrame(schema=dict.fromkeys(DUTY, pl.String))
    ended, going = follow(
        open_spells=nothing, lacking=lacking(), existed=existed.clear(), anew=nobody, version=0, at=first, before=BEFORE
    )
    assert (ended.height, going["start"].to_list()) == (0, [BEFORE])
    ended, going = follow(
        open_spells=going, lacking=lacking().clear(), existed=existed, anew=nobody, version=0, at=second, before=first
    )
    assert (ended["end"].to_list(), going.height) == ([second], 0)
    _, again = follow(
        open_spells=going, lacking=lacking(3), existed=existed, anew=nobody, version=0, at=second, before=first
    )
    assert (again["start"].to_list(), again["hushed"].to_list()) == ([second], [True])


@pytest.mark.parametrize(("later", "of_rows", "goes_on"), [(0, True, True), (1, True, False), (1, False, True)])
def test_a_duty_over_rows_begins_anew_when_what_is_left_is_due_later(later: int, of_rows: bool, goes_on: bool):
    first, second = at("2020-08-05T00:00"), at("2020-08-06T00:00")
    existed = pl.DataFrame([{"requirement": DUTY["requirement"], "period": ""}])
    spell = follow(
        open_spells=pl.DataFrame(schema=SPELL),
        lacking=lacking(of_rows=of_rows),
        existed=existed.clear(),
        anew=pl.DataFrame(schema=dict.fromkeys(DUTY, pl.String)),
        version=0,
        at=first,
        before=BEFORE,
    )[1]

    ended, going = follow(
        open_spells=spell,
        lacking=lacking(due=DUE + later, of_rows=of_rows),
        existed=existed,
        anew=pl.DataFrame(schema=dict.fromkeys(DUTY, pl.String)),
        version=0,
        at=second,
        before=first,
    )

    assert ended["end"].to_list() == ([] if goes_on else [second])
    assert going.select("start", "due").rows() == [(BEFORE, DUE) if goes_on else (second, DUE + later)]
