"""What a province costs: its pass and its status read nothing of provinces that it does not deal with."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import pytest
from worlds.campaign import UNITS, at
from worlds.chases import Chase, chasing
from worlds.plans import TWO_PHASES

from tasks.campaign.store import Store
from tasks.chasing.passes import owe
from tasks.judging.status import read_statuses

pytestmark = pytest.mark.timeout(240)

_FURTHER = [line.replace("99", code) for code in ("97", "98") for line in UNITS.strip().splitlines()[1:]]
THREE = UNITS.strip() + "\n" + "\n".join(_FURTHER) + "\n"
MORNINGS = ("2020-08-14T09:00", "2020-08-20T09:00", "2020-08-27T09:00")


@dataclass
class WatchedStore(Store):
    """Notes of which provinces offices, people and decisions were read."""

    read: set[str] = field(default_factory=set)

    def _noted(self, found: pl.DataFrame) -> pl.DataFrame:
        self.read |= set(found["unit"].str.head(2))
        return found

    def units(self, *asked, **how):
        return self._noted(super().units(*asked, **how))

    def contacts(self, provinces: Collection[str] | None = None) -> pl.DataFrame:
        return self._noted(super().contacts(provinces))

    def decisions(self, provinces: Collection[str] | None = None) -> pl.DataFrame:
        return self._noted(super().decisions(provinces))


@pytest.fixture
def chase(tmp_path: Path, database_url: str) -> Iterator[Chase]:
    with chasing(tmp_path, database_url, plan=TWO_PHASES, units=THREE) as one:
        yield one


def watched(chase: Chase) -> WatchedStore:
    store = chase.campaign.store
    return WatchedStore(store.engine, store.home, store.settings)


@pytest.mark.parametrize("scope", ["98", "980101"])
def test_a_pass_and_a_status_read_nothing_of_provinces_that_are_not_theirs(chase: Chase, scope: str):
    store = watched(chase)
    for moment in MORNINGS:
        assert owe(store, scope, at(moment)).aside == ()
        read_statuses(store, scope, at(moment)).of()
    assert store.read == {"98"}


def test_the_province_that_one_of_its_offices_answers_to_is_read_with_it_and_no_third_one(chase: Chase):
    chase.do("UPDATE units SET superior = '99' WHERE code = '980101'")
    store = watched(chase)
    for moment in MORNINGS:
        owe(store, "98", at(moment))
        chase.watch(moment, "98")
    told = {row[0] for row in chase.rows("SELECT DISTINCT unit FROM notice_lines")}
    assert store.read == {"98", "99"}
    assert "97" not in {unit[:2] for unit in told}
