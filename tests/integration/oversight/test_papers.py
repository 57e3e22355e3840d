"""The auditor on papers: nothing goes out unsigned, no draft lies unnoticed, no signed paper stays behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from worlds.campaign import at
from worlds.databases import Shared
from worlds.kept import Kept, keep
from worlds.papers import Desk, open_desk

from models.moments import micros
from tasks.oversight.auditor import audit

SIGNER = "leader9901"


@pytest.fixture(scope="module")
def drafted(shared: Shared) -> Iterator[Kept]:
    with open_desk(shared.folder, shared.database_url) as found:
        found.draft()
        yield keep(found.campaign, found.sink, shared)


@pytest.fixture
def desk(drafted: Kept, tmp_path: Path) -> Iterator[Desk]:
    with drafted.copied(tmp_path, Desk) as found:
        yield found


def found(desk: Desk, since: str, until: str) -> list[tuple[str, str, str]]:
    """(kind, rung, why) of what an audit finds about papers."""
    report = audit(desk.campaign.store, at(since), at(until))
    return [(one.kind, one.rung, one.why) for one in report.findings if one.rung.startswith("paper-")]


def do(desk: Desk, statement: str, **values: object) -> None:
    with desk.campaign.store.writing() as connection:
        connection.execute(text(statement), values)


def test_a_letter_that_is_reminded_of_signed_and_sent_is_in_order(desk: Desk):
    assert "9901/leader" in desk.watch("2020-08-11T08:30")
    desk.sign(1, SIGNER, "2020-08-11T10:00")
    assert "990101/leader" in desk.watch("2020-08-11T10:05")
    assert found(desk, "2020-08-10T00:00", "2020-08-12T00:00") == []


def test_a_letter_that_went_out_before_it_was_signed_is_found(desk: Desk):
    desk.sign(1, SIGNER, "2020-08-10T10:00")
    desk.watch("2020-08-10T10:05")
    before = micros(at("2020-08-10T09:59"))
    do(desk, "UPDATE notice_lines SET owed_at = :before WHERE rung = 'paper-1-issued'", before=before)
    assert ("extra", "paper-1-issued", "unsigned") in found(desk, "2020-08-10T00:00", "2020-08-11T00:00")


def test_a_signed_letter_that_nobody_sent_out_is_missed(desk: Desk):
    desk.sign(1, SIGNER, "2020-08-10T10:00")
    assert found(desk, "2020-08-10T00:00", "2020-08-10T10:44") == []
    assert found(desk, "2020-08-10T00:00", "2020-08-10T10:46") == [("missing", "paper-1-issued", "unissued")]


def test_a_signer_who_was_not_reminded_is_missed(desk: Desk):
    desk.campaign.report("code,staff\n990102001,12\n", "2020-08-10T09:00")
    assert found(desk, "2020-08-10T00:00", "2020-08-11T09:14") == []
    assert found(desk, "2020-08-10T00:00", "2020-08-11T09:16") == [("missing", "paper-1-remind", "lies")]


def test_a_signer_who_was_reminded_before_the_time_is_found(desk: Desk):
    desk.watch("2020-08-11T08:30")
    early = micros(at("2020-08-10T09:00"))
    do(desk, "UPDATE notice_lines SET owed_at = :early WHERE rung = 'paper-1-remind'", early=early)
    assert ("extra", "paper-1-remind", "hurried") in found(desk, "2020-08-10T00:00", "2020-08-12T00:00")
