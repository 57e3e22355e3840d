"""Codes that lie at and below some offices, and the files that have rows there."""

from __future__ import annotations

import polars as pl
import pytest
from worlds.over_rows import UNITS

from models.rules.judging.tree import above, below
from models.rules.registers.kept_files import KeptFiles
from models.tables import RegisterState
from tasks.judging.part import Part, Roots


@pytest.mark.parametrize(
    ("roots", "lying", "areas"),
    [
        (("1301",), ["1301", "130102"], ["1301"]),
        (("130102", "1302"), ["130102", "1302"], ["1301", "1302"]),
        (("13",), ["13", "1301", "130102", "1302"], ["13", "1301", "1302"]),
        ((), [], []),
    ],
)
def test_rows_and_files_are_those_below_the_roots(roots: tuple[str, ...], lying: list[str], areas: list[str]) -> None:
    rows = pl.DataFrame({"code": ["13", "1301", "130102", "1302"]})
    files = KeptFiles.of({"13": "a", "1301": "b", "1302": "b"})
    state = RegisterState(register="problems", province="13", batch=1, until=0, files=files.text)
    assert Roots(roots).lying(rows)["code"].to_list() == lying
    (narrowed,) = Roots(roots).narrowed([state])
    assert sorted(KeptFiles.read(narrowed.files).areas) == areas


def test_the_roots_of_several_offices_are_those_of_each() -> None:
    chains = above(UNITS)
    for scope in UNITS["unit"]:
        own = below(UNITS, scope)
        assert Roots.below([scope], chains).roots == Part.of(own, scope).roots
    both = Roots.below(UNITS["unit"].to_list()[:2], chains)
    assert set(both.roots) <= {root for one in UNITS["unit"].to_list()[:2] for root in Roots.below([one], chains).roots}
    assert Roots.below([], chains).roots == ()
