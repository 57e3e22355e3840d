"""Rows tied to the trail, and heads of it outside the database: what somebody changes who may do everything there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import Connection, text
from worlds.campaign import at, by
from worlds.databases import Shared, unguarded
from worlds.kept import Kept, keep
from worlds.papers import Desk, open_desk

from models.moments import micros
from models.wording import Refusal
from tasks.audit_trail.grounds import ungrounded
from tasks.audit_trail.records import verify
from tasks.audit_trail.ties import untied
from tasks.campaign.trail_heads import FILE, read_heads
from tasks.chasing.decisions import decide
from tasks.delivery.ledger import add_lines
from tasks.papers.codes import _hash
from tasks.preview.preview import preview

SIGNER = "leader9901"


@pytest.fixture(scope="module")
def decided(shared: Shared) -> Iterator[Kept]:
    """The day after a silence, a waiver and an exit that people decided on."""
    with open_desk(shared.folder, shared.database_url) as found:
        found.draft()
        cases = [row["id"] for row in found.rows("SELECT id FROM cases WHERE closed_at IS NULL ORDER BY id")]
        found.decide("ack", cases[0], by("head990101", "2020-08-10T09:00", reason=None))
        found.decide("waive", cases[1], by(SIGNER, "2020-08-10T09:01"))
        found.sign_exit("990101", "preparation", by(SIGNER, "2020-08-10T09:02"))
        found.watch("2020-08-11T08:30")
        yield keep(found.campaign, found.sink, shared)


@pytest.fixture
def desk(decided: Kept, tmp_path: Path) -> Iterator[Desk]:
    with decided.copied(tmp_path, Desk) as found:
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
    "another channel than was used": "UPDATE notices SET address = 'x' WHERE state = 'accepted'",
    "a repeat without its mark": "UPDATE notices SET repeat = true WHERE state = 'accepted'",
    "another time": "UPDATE notices SET settled_at = settled_at - 1 WHERE state = 'accepted'",
}


def test_what_the_product_writes_is_tied(desk: Desk):
    assert verify(desk.campaign.store).findings == ()


LINES = pl.DataFrame(
    {
        "notice_id": [1],
        "case_id": [1],
        "rung": ["again"],
        "rung_no": [0],
        "unit": ["990101"],
        "role": ["owner"],
        "person": ["owner990101"],
        "kind": ["overdue"],
        "about": ["{}"],
    }
)


def test_lines_that_join_notices_of_before_raise_no_alarm(desk: Desk):
    with desk.campaign.store.writing() as connection:
        add_lines(connection, LINES, micros(at("2020-08-11T09:00")))

    assert verify(desk.campaign.store).findings == ()


def test_lines_that_a_savepoint_took_back_are_in_no_record(desk: Desk):
    with desk.campaign.store.writing() as connection:
        savepoint = connection.begin_nested()
        add_lines(connection, LINES, micros(at("2020-08-11T09:00")))
        savepoint.rollback()

    assert verify(desk.campaign.store).findings == ()


def unseen(desk: Desk, changes: dict[str, str], find: Callable[[Connection], Sequence[object]]) -> list[str]:
    """The changes, each made by itself and taken back, of which `find` finds nothing."""
    names = []
    for name, change in changes.items():
        with desk.campaign.store.writing() as connection:
            assert connection.execute(text(change)).rowcount > 0, name
            if not find(connection):
                names.append(name)
            connection.rollback()
    return names


def test_every_change_of_a_row_is_found(desk: Desk):
    assert unseen(desk, CHANGES, untied) == []
    assert verify(desk.campaign.store).whole


GROUNDS = {
    "another leader": "UPDATE contacts SET name = '张三' WHERE unit = '9901' AND role = 'leader'",
    "another's channel": "UPDATE contacts SET address = 'x' WHERE unit = '9901' AND role = 'leader'",
    "a contact that nobody loaded": "INSERT INTO contacts (unit, role, name, channel, person, address, shown, place)"
    " SELECT unit, role, '张三', channel, 'x', address, shown, 9 FROM contacts WHERE id = 1",
    "another order of contacts": "UPDATE contacts SET place = place + 1 WHERE unit = '9901'",
    "a contact taken away": "DELETE FROM contacts WHERE unit = '9901' AND role = 'leader'",
    "another due date": "UPDATE campaign SET sources = REPLACE(sources, '2020-08-05', '2020-09-05')",
    "an office under another": "UPDATE units SET superior = '99' WHERE code = '990101'",
    "a superior that nobody loaded": "INSERT INTO superiors (code, superior, line) VALUES ('990101', '9902', 'business')",
    "another author of a report": "UPDATE batches SET author = '张三'",
    "another file": "UPDATE batches SET file_name = 'x.csv'",
    "another moment of a report": "UPDATE batches SET as_of = as_of + 1",
    "a report of nobody": "INSERT INTO batches (digest, file_name, as_of, author, received_at, accepted, rejected, districts)"
    " VALUES ('x', 'x', 1, 'x', 1, 0, 0, false)",
}


def test_every_change_of_what_acts_rest_on_is_found(desk: Desk):
    assert unseen(desk, GROUNDS, ungrounded) == []
    assert verify(desk.campaign.store).whole


def open_case(desk: Desk) -> int:
    return int(desk.rows("SELECT id FROM cases WHERE closed_at IS NULL ORDER BY id")[0]["id"])


def test_a_code_that_was_put_into_the_database_is_found_by_what_was_done_with_it(desk: Desk):
    store, case, own = desk.campaign.store, open_case(desk), by(SIGNER, "2020-08-11T09:00")
    sent, right = desk.read_code(decide(store, "extend", case, own, at("2020-09-01T00:00")))
    with store.writing() as connection:
        connection.execute(text("UPDATE codes SET code_hash = :made WHERE state = 'live'"), {"made": _hash("123456")})
    assert right != "123456"
    decide(store, "extend", case, by(SIGNER, "2020-08-11T09:01", code="123456"), at("2020-09-01T00:00"))

    assert [one.en for one in verify(store).findings if "was never sent" in one.en] != []
    assert sent.certain


def test_no_code_goes_over_a_channel_that_was_put_in_place_around_the_program(desk: Desk):
    store, case = desk.campaign.store, open_case(desk)
    with store.writing() as connection:
        stolen = "(SELECT o.channel FROM contacts o WHERE o.unit = '990101' AND o.role = 'owner')"
        connection.execute(text(f"UPDATE contacts SET channel = {stolen} WHERE unit = '9901' AND role = 'leader'"))
    before = len(desk.sink.accepted)

    with pytest.raises(Refusal, match="not the one that was loaded"):
        decide(store, "extend", case, by(SIGNER, "2020-08-11T09:00"), at("2020-09-01T00:00"))

    assert len(desk.sink.accepted) == before


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
