"""Which cells of a form stand as they were handed out, by the letters beside their row."""

from __future__ import annotations

import polars as pl

from models.rules.intake.form_rows import mark_of, without_untouched

CELLS = {0: "code", 1: "row", 2: "due", 3: "note"}
KEY = (0, 1)
HANDED_OUT = ("990101", "1", "2020-08-20", "甲")
MARK = mark_of(zip(CELLS.values(), HANDED_OUT, strict=True))


def back(*rows: tuple[str | None, ...], beside: tuple[int, ...] = ()) -> list[tuple[object, ...]]:
    """What is left of rows: four cells, a mark, and whether it is withdrawn."""
    full = [(number, *(*row, None, None)[:6]) for number, row in enumerate(rows, 5)]
    part = pl.DataFrame(full, schema={"row": pl.Int64, **{f"c{place}": pl.String for place in range(6)}}, orient="row")
    return without_untouched(part, CELLS, KEY, beside, 4).select("row", "c0", "c1", "c2", "c3").rows()


def test_a_row_that_was_left_alone_is_left_out() -> None:
    assert back((*HANDED_OUT, MARK)) == []


def test_of_a_row_that_was_changed_the_changed_cell_alone_is_told_with_its_key() -> None:
    assert back(("990101", "1", "2020-08-21", "甲", MARK)) == [(5, "990101", "1", "2020-08-21", None)]


def test_a_cell_that_was_emptied_says_nothing_and_a_dash_does() -> None:
    assert back(("990101", "1", None, "甲", MARK)) == []
    assert back(("990101", "1", "-", "甲", MARK)) == [(5, "990101", "1", "-", None)]


def test_a_row_with_another_key_is_another_row_and_told_whole() -> None:
    assert back(("990101", "2", "2020-08-20", "甲", MARK)) == [(5, "990101", "2", "2020-08-20", "甲")]


OTHER = ("990101", "2", "2020-08-25", "乙")
OTHER_MARK = mark_of(zip(CELLS.values(), OTHER, strict=True))


def test_rows_that_were_sorted_without_their_marks_are_known_by_their_keys() -> None:
    assert back((*OTHER, MARK), (*HANDED_OUT, OTHER_MARK)) == []
    assert back(("990101", "2", "2020-08-26", "乙", MARK), (*HANDED_OUT, OTHER_MARK)) == [
        (5, "990101", "2", "2020-08-26", None)
    ]


def test_a_row_whose_key_is_not_whole_is_not_looked_for_among_other_marks() -> None:
    assert back(("990101", None, "2020-08-25", "乙", None), (*OTHER, OTHER_MARK)) == [
        (5, "990101", None, "2020-08-25", "乙")
    ]


def test_a_new_row_without_a_mark_is_told_whole() -> None:
    assert back(("990101", "3", "2020-08-20", None)) == [(5, "990101", "3", "2020-08-20", None)]


def test_a_cell_moved_under_another_title_is_told() -> None:
    assert back(("990101", "1", "甲", "2020-08-20", MARK)) == [(5, "990101", "1", "甲", "2020-08-20")]


def test_a_row_that_is_withdrawn_stays_though_nothing_else_was_changed() -> None:
    withdrawn = (*HANDED_OUT, MARK, "是")
    assert back(withdrawn, beside=(5,)) == [(5, "990101", "1", None, None)]
    assert back((*HANDED_OUT, MARK), beside=(5,)) == []


def test_a_mark_that_somebody_cut_short_hides_nothing() -> None:
    assert back((*HANDED_OUT, MARK[:12])) == [(5, "990101", "1", "2020-08-20", "甲")]


def test_a_mark_is_letters_alone_and_differs_by_column_and_cell() -> None:
    assert MARK.isalpha()
    assert mark_of([("due", "甲")]) != mark_of([("note", "甲")]) != mark_of([("note", "乙")])
    assert mark_of([("note", "")]) == ""
