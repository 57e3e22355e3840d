"""Rows tied to the trail, and heads of it outside the database: what somebody changes who may do everything there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from worlds.campaign import at, by
from worlds.databases import unguarded
from worlds.papers import Desk, open_desk

from tasks.audit_trail.records import verify
from tasks.audit_trail.ties import untied
from tasks.campaign.trail_heads import FILE, read_heads
from tasks.preview.preview import preview

SIGNER = "leader9901"


@pytest.fixture
def desk(tmp_path: Path, database_url: str) -> Iterator[Desk]:
    with open_desk(tmp_path, database_url) as found:
        found.draft()
        cases = [row["id"] for row in found.rows("SELECT id FROM cases WHERE closed_at IS NULL ORDER BY id")]
        found.decide("ack", cases[0], by("head990101", "2020-08-10T09:00", reason=None))
        found.decide("waive", cases[1], by(SIGNER, "2020-08-10T09:01"))
        found.sign_exit("990101", "preparation", by(SIGNER, "2020-08-10T09:02"))
        found.watch("2020-08-11T08:30")
        yield found


CHANGES = {
    "a waiver that nobody gave": "INSERT INTO decisions (case_id, unit, requirement, period, kind, author, at, reason)"
    " VALUES (1, '990101', 'preparation.funds', '', 'waive', 'leader9901', 1, 'x')",
    "another approver": "UPDATE decisions SET author = 'owner9901' WHERE kind = 'waive'",
    "a waiver taken away": "DELETE FROM decisions WHERE kind = 'waive'",
    "another clock of a waiver": "UPDATE decisions SET machine_at = machine_at + 1 WHERE kind = 'waive'",
    "another clock of an exit": "UPDATE exits SET machine_at = NULL",
    "a longer silence": "UPDATE decisions SET until = until + 1 WHERE kind = 'ack'",
    "an exit that nobody signed": "INSERT INTO exits (unit, phase, author, at) VALUES ('990102', 'preparation', 'x', 1)",
    "an exit's reason": "UPDATE exits SET reason = 'y'",
    "an exit taken away": "DELETE FROM exits",
    "another figure": "UPDATE readings SET value = value + 1 WHERE indicator = 'meetings'",
    "a figure taken away": "DELETE FROM readings WHERE indicator = 'meetings'",
    "a figure of no report": "INSERT INTO readings (indicator, as_of, unit, batch, value) VALUES ('meetings', 1, '990101', 9, 1)",
    "a figure put into a report": "INSERT INTO readings (indicator, as_of, unit, batch, value)"
    " VALUES ('meetings', 1, '990101', 1, 1)",
    "figures for another report": "UPDATE readings SET batch = 7",
    "another text": "UPDATE notices SET sent_text = 'x' WHERE state = 'accepted'",
    "a notice to somebody else": "UPDATE notices SET unit = '990102' WHERE id = 1",
    "a notice that was not sent": "UPDATE notices SET state = 'refused' WHERE state = 'accepted'",
    "a notice taken away": "DELETE FROM notices WHERE id = 1",
    "another line": "UPDATE notice_lines SET rung = 'superior' WHERE id = 1",
    "a line taken away": "DELETE FROM notice_lines WHERE id = 2",
    "another time": "UPDATE notices SET settled_at = settled_at - 1 WHERE state = 'accepted'",
}


def test_what_the_product_writes_is_tied(desk: Desk):
    assert verify(desk.campaign.store).findings == ()


def test_every_change_of_a_row_is_found(desk: Desk):
    unseen = []
    for name, change in CHANGES.items():
        with desk.campaign.store.writing() as connection:
            assert connection.execute(text(change)).rowcount > 0, name
            if not untied(connection):
                unseen.append(name)
            connection.rollback()

    assert unseen == []
    assert verify(desk.campaign.store).whole


CUTS = {
    "cut off with a head to match": (
        "DELETE FROM audit WHERE id > 3",
        "UPDATE audit_head SET records = 3, hash = (SELECT hash FROM audit WHERE id = 3)",
    ),
    "emptied": ("DELETE FROM audit", "DELETE FROM audit_head"),
    "emptied with all that it was about": (
        "DELETE FROM audit",
        "DELETE FROM audit_head",
        *(f"DELETE FROM {table}" for table in ("decisions", "exits", "readings", "notices", "notice_lines")),
    ),
}


@pytest.mark.parametrize("statements", CUTS.values(), ids=CUTS.keys())
def test_a_trail_that_was_cut_off_is_found_by_the_heads_outside(desk: Desk, statements: tuple[str, ...]):
    unguarded(desk.campaign.store, *statements)

    found = verify(desk.campaign.store)

    assert any("kept outside the database" in one.en for one in found.findings)


def test_heads_stay_one_a_day_and_what_a_cut_hides_is_found_after_more_was_written(desk: Desk):
    store = desk.campaign.store
    assert len({head.day for head in read_heads(store.home)}) == len(read_heads(store.home)) > 3
    assert (store.home / FILE).stat().st_mode & 0o777 == 0o600
    statements = CUTS["cut off with a head to match"]
    unguarded(store, *statements)
    desk.watch("2020-08-12T08:30")

    assert not verify(store).whole


def test_what_is_rehearsed_or_rolled_back_keeps_no_head(desk: Desk):
    from tasks.loading.load import Files, load

    store, before = desk.campaign.store, read_heads(desk.campaign.store.home)
    more = desk.campaign.folder / "more.csv"
    more.write_text((desk.campaign.folder / "units.csv").read_text() + "990103,丙县\n", encoding="utf-8")
    load(store, Files(units=more), at("2020-08-11T09:00"), dry_run=True)
    preview(store, None, at("2020-08-11T09:00"), at("2020-08-13T00:00"), 0, lambda *_: None)

    assert read_heads(store.home) == before
    assert verify(store).whole


def test_a_plan_that_moves_cases_raises_no_alarm(desk: Desk):
    from models.plan.files import read_plan_files
    from tasks.loading.load import Files, load
    from tasks.oversight.auditor import audit

    plan = desk.campaign.folder / "plan.yaml"
    plan.write_text(plan.read_text(encoding="utf-8").replace("due: 2020-08-05", "due: 2020-08-04"), encoding="utf-8")
    load(desk.campaign.store, Files(plan=read_plan_files(plan)), at("2020-08-11T10:00"), move_cases=True)
    for moment in ("2020-08-11T10:15", "2020-08-12T08:30", "2020-08-13T08:30"):
        desk.watch(moment)

    assert verify(desk.campaign.store).whole
    assert audit(desk.campaign.store, at("2020-08-11T09:30"), at("2020-08-14T00:00")).findings == ()
