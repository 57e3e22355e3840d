"""What tests begin with is loaded once and laid down again: nobody can tell one from the other."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import SQLModel
from worlds.campaign import UNITS, Campaign, everyone, make_campaign, make_owed
from worlds.databases import copy_postgresql, put_sqlite
from worlds.plans import TWO_PHASES_ALWAYS

from tasks.audit_trail.records import verify
from tasks.campaign.frames import schema_of, table_parts
from tasks.campaign.store import Store

LATE = "2020-08-06T09:00"
PEOPLE = everyone(lambda one: f"json://127.0.0.1:9/{one}")


@pytest.fixture(params=["sqlite in its folder", "sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def address(request: pytest.FixtureRequest, kind: str, folder: Path) -> str | None:
    folder.mkdir()
    if kind == "postgresql":
        server: Engine = request.getfixturevalue("template")
        return copy_postgresql(server, f"l{abs(hash(str(folder))) % 10**12}")
    return put_sqlite(folder / "pucha.db") if kind == "sqlite" else None


def everything(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table of ours that holds any."""
    with store.reading() as connection:
        found = {
            table.name: sorted(
                (
                    row
                    for part in table_parts(connection, table)
                    for row in part.select(sorted(schema_of(table))).rows()
                ),
                key=repr,
            )
            for table in SQLModel.metadata.sorted_tables
        }
    return {name: rows for name, rows in found.items() if rows}


def made(request: pytest.FixtureRequest, kind: str, folder: Path, owed: bool) -> Campaign:
    where = address(request, kind, folder)
    texts = {"plan": TWO_PHASES_ALWAYS, "units": UNITS, "contacts": PEOPLE}
    return make_owed(folder, where, LATE, **texts) if owed else make_campaign(folder, where, **texts)


@pytest.mark.parametrize("owed", [False, True], ids=["loaded", "owed"])
def test_a_campaign_that_is_laid_down_again_holds_what_was_loaded_and_goes_on_alike(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str, owed: bool
):
    first, again = (made(request, kind, tmp_path / name, owed) for name in ("first", "again"))

    assert everything(again.store) == everything(first.store)
    assert {"units", "contacts", *(["notices"] if owed else [])} <= everything(again.store).keys()
    assert verify(again.store).whole
    judged = [campaign.owe("2020-08-13T09:00").judged for campaign in (first, again)]
    assert judged[0] == judged[1] > 0
    assert everything(again.store) == everything(first.store)
    for campaign in (first, again):
        campaign.store.engine.dispose()
