"""docs/performance.md says what was measured: it is made of the figures that are kept, and nothing in it was typed."""

from __future__ import annotations

from deployments.bench.__main__ import MEASUREMENTS
from deployments.bench.page import PAGE, REMARKS, kept, page


def test_the_page_is_made_of_the_figures_that_are_kept() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(kept())


def test_every_figure_and_every_remark_is_of_a_measurement_that_there_is() -> None:
    known = set(MEASUREMENTS)
    assert set(kept()) <= known
    assert {file.stem for file in REMARKS.iterdir()} <= known


def test_what_is_not_met_stands_first_with_its_bound() -> None:
    rows = [one for taken in kept().values() for one in taken["rows"] if one.get("met") == "no"]
    first = page(kept()).split("\n## ")[1].splitlines()
    told = [line.split(" | ")[1] for line in first if line.startswith("| ") and " --- " not in line]
    assert told[1:] == [one["what"] for one in rows]
