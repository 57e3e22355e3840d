"""Inside a writer's transaction offices are read once, and of those that nobody asks for none."""

from __future__ import annotations

from pathlib import Path

import pytest
from worlds.campaign import UNITS, make_campaign

from models.units import LEVELS

VILLAGES = UNITS + "990101001001,甲一村\n990102002001,乙二社区\n"


@pytest.mark.parametrize("provinces", [None, ["99"], []])
def test_offices_that_are_asked_for_level_by_level_are_those_that_are_asked_for_at_once(
    tmp_path: Path, database_url: str | None, provinces: list[str] | None
):
    store = make_campaign(tmp_path, database_url, units=VILLAGES).store
    asked = [["county"], ["county", "township"], None, ["village"], ["province", "city"], None]
    at_once = [store.units(levels, provinces=provinces).rows() for levels in asked]
    with store.writing() as connection:
        inside = store.inside(connection)
        found = []
        for levels in asked:
            found.append(inside.units(levels, provinces=provinces).rows())
        further = [len(store.inside(connection).units([level], provinces=provinces)) for level in LEVELS]
    store.engine.dispose()

    assert found == at_once
    assert further == ([0] * 6 if provinces == [] else [1, 1, 2, 4, 2, 0])
