"""Which files hold the rows of a province, when changes are laid together, and when a base is written again."""

from __future__ import annotations

import json

import pytest

from models.rules.registers.kept_files import SMALL, KeptFiles, Layers, written_again


def kept(held: int, *waiting: int) -> KeptFiles:
    """A province of one area with so many rows in its base, and in each file of changes."""
    names = tuple(f"changes-{number}" for number in range(len(waiting)))
    rows = {"base": held, **dict(zip(names, waiting, strict=True))}
    return KeptFiles({"9901": Layers("base", names)}, names, rows)


def test_bases_alone_are_written_as_versions_before_changes_wrote_them() -> None:
    files = KeptFiles.of({"9902": "b", "9901": "a"})
    assert files.text == '{"9901": "a", "9902": "b"}'
    assert KeptFiles.read(files.text) == files
    assert (files.names, files.changes) == ({"a", "b"}, ())


def test_how_many_rows_a_base_has_is_known_until_it_is_asked_about_some_of_its_areas() -> None:
    files = KeptFiles.of({"9901": "a", "9902": "a"}).rewritten(["9903"], ["9903"], "b", 5)
    assert KeptFiles.read(files.text) == files and files.rows == {"b": 5}
    both = KeptFiles(files.areas, rows={"a": 7, "b": 5})
    assert both.within(["9901", "9902"]).rows == {"a": 7}
    assert both.within(["9901", "9903"]).rows == {"b": 5}


def test_files_with_changes_are_read_as_they_were_written() -> None:
    files = KeptFiles(
        {"9901": Layers("a", ("c", "d")), "9902": Layers("b", ("d",)), "9903": Layers(None, ("c",))},
        ("c", "d"),
        {"a": 7, "c": 2, "d": 1},
    )
    assert KeptFiles.read(files.text) == files
    assert json.loads(files.text)["files"] == [["a", 7], ["b", None], ["c", 2], ["d", 1]]
    assert files.within(["9902"]) == KeptFiles({"9902": Layers("b", ("d",))}, ("d",), {"d": 1})


def test_an_area_that_is_written_again_has_no_changes_and_the_others_keep_theirs() -> None:
    files = KeptFiles({"9901": Layers("a", ("c",)), "9902": Layers("a", ("c",))}, ("c",), {"a": 7, "c": 2})
    again = files.rewritten(["9901"], ["9901"], "b")
    assert again.areas == {"9901": Layers("b"), "9902": Layers("a", ("c",))}
    assert again.names == {"a", "b", "c"}
    assert again.rewritten(["9902"], [], "d") == KeptFiles.of({"9901": "b"})


def test_changes_that_are_laid_together_leave_the_areas_that_had_them_with_the_new_file() -> None:
    files = KeptFiles({"9901": Layers("a", ("c",)), "9902": Layers("a", ("c", "d"))}, ("c", "d"), {"c": 9, "d": 2})
    laid = files.changed(["9903"], ["d"], "e", 3)
    assert laid.areas == {"9901": Layers("a", ("c",)), "9902": Layers("a", ("c", "e")), "9903": Layers(None, ("e",))}
    assert (laid.changes, laid.rows) == (("c", "e"), {"c": 9, "e": 3})


@pytest.mark.parametrize(
    ("waiting", "told", "together"),
    [
        ((), 5, ()),
        ((5,), 5, ("changes-0",)),
        ((6,), 5, ()),
        ((10, 5), 5, ("changes-0", "changes-1")),
        ((11, 5), 5, ("changes-1",)),
    ],
)
def test_changes_are_laid_together_with_those_that_are_no_more(
    waiting: tuple[int, ...], told: int, together: tuple[str, ...]
) -> None:
    assert kept(100_000, *waiting).laid_together(told) == together


def test_a_thousand_small_reports_leave_few_files_of_changes() -> None:
    files, most = kept(100_000), 0
    for number in range(1_000):
        name = f"report-{number}"
        together = files.laid_together(10)
        files = files.changed(["9901"], together, name, 10 + sum(files.rows[one] for one in together))
        most = max(most, len(files.changes))
    assert most <= 10 and files.waiting == 10_000


@pytest.mark.parametrize(
    ("held", "waiting", "told", "again"),
    [
        (SMALL - 1, 0, 1, True),
        (SMALL, 0, 1, False),
        (10_000, 2_499, 1, False),
        (10_000, 2_500, 1, True),
        (10_000, 0, 2_500, False),
        (10_000, 0, 5_000, True),
        (20_000, 0, 10_001, True),
    ],
)
def test_a_base_is_written_again_where_it_is_small_or_much_has_changed(
    held: int, waiting: int, told: int, again: bool
) -> None:
    assert written_again({"99": kept(held, waiting)}, {"99": told}) == ({"99"} if again else set())


def test_a_report_writes_the_neediest_bases_again_and_leaves_the_others_to_the_next() -> None:
    files = {"11": kept(10_000, 3_000), "12": kept(10_000, 4_000), "13": kept(10_000, 2_600), "14": kept(10_000, 100)}
    told = dict.fromkeys(files, 100)
    assert written_again(files, told) == {"12"}
    assert written_again(files, {**told, "14": 9_700}) == {"12", "11", "14"}
    assert written_again({**files, "13": kept(10_000, 9_901)}, told) == {"12", "13"}
