"""Rule 17: whoever reads a reported figure hides the small cells in it, or shows no figure; a new reader is noticed."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
READS = re.compile(
    r"figures_of\(|\b(?:FROM|JOIN) readings\b|\bReading\.|select\(Reading\)|\.readings\(|\breading_history\("
    r"|\b(?:every_reading|reading_parts|parts_of_columns|reading_rows|holding_readings|readings_until|latest_of|moments_of_readings)\("
    r"|\b(?:rows_of|history_of)\("
)
HIDE = {
    "tasks/forms/figures.py": "of what `births_and_deaths` names a form says no last figure at all",
    "tasks/judging/explain.py": "`is_hidden` and `tells_by_difference`, figure by figure",
    "tasks/judging/judge.py": "gives figures to `reasons`, which asks `small_cells`, and to nobody else",
    "tasks/registers/lists.py": "`without_small_cells` before anything is chosen or shown, `small_in_history` row by row",
}
SHOW_NONE = {
    "deployments/bench/registers.py": "reads synthetic rows, and answers with seconds",
    "models/migrations/versions/0017_reading_states.py": "reads of which provinces they are",
    "models/rules/judging/judging.py": "defines `figures_of`",
    "tasks/audit_trail/corrections.py": "counts readings",
    "tasks/audit_trail/tied_readings.py": "compares digests",
    "tasks/campaign/folding.py": "moves them, each as it is",
    "tasks/campaign/kept_readings.py": "reads them for whoever judges",
    "tasks/campaign/reading_states.py": "tells how many they are, and of when the last one is",
    "tasks/campaign/store.py": "reads them for whoever judges",
    "tasks/judging/earlier_answers.py": "answers with names of indicators",
    "tasks/judging/known_readings.py": "reads them for whoever judges",
    "tasks/judging/late_provinces.py": "reads of which provinces they are",
    "tasks/judging/rows.py": "reads rows for whoever judges, and for `rows_behind`, which asks `without_small_cells`",
    "tasks/judging/settled.py": "keeps them for whoever judges",
    "tasks/judging/shown_figures.py": "works them out for `explain`, which asks `is_hidden` figure by figure",
    "tasks/loading/unit_changes.py": "keeps them under another code",
    "tasks/oversight/history.py": "judges them anew and answers with standings",
    "tasks/oversight/readings_kept.py": "counts them and their bytes",
    "tasks/preview/copy.py": "copies them for whoever judges",
    "tasks/preview/moments.py": "answers with moments",
    "tasks/registers/current.py": "defines `rows_of`",
    "tasks/registers/history.py": "defines `history_of`",
    "tasks/registers/roster.py": "answers with who is on duty",
}


def test_only_these_read_reported_figures_and_each_hides_small_cells_or_shows_none() -> None:
    floors = ("models", "tasks", "flows", "deployments")
    files = {path: path.read_text(encoding="utf-8") for floor in floors for path in (ROOT / floor).rglob("*.py")}
    readers = {str(path.relative_to(ROOT)) for path, code in files.items() if READS.search(code)}

    assert {one for one in readers if not one.startswith("tasks/intake/")} == set(HIDE) | set(SHOW_NONE)
    assert all(
        re.search("is_hidden|reasons|without_small_cells|births_and_deaths", (ROOT / one).read_text(encoding="utf-8"))
        for one in HIDE
    )
