"""The clock: nothing runs far ahead of it but a simulation, and what stands there by a slip is found and healed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import create_engine, text
from standins.webhook import JsonSink
from worlds.campaign import Campaign, at, by
from worlds.deliveries import MORNING, morning, owners, send

from models.wording import Refusal
from tasks.audit_trail.records import verify
from tasks.campaign import database
from tasks.campaign.migrate import upgrade
from tasks.campaign.settings import Settings
from tasks.campaign.store import open_store
from tasks.chasing.decisions import decide
from tasks.chasing.exits import sign_exit
from tasks.chasing.passes import owe
from tasks.oversight.ahead import check_ahead, heal, is_simulated, standing_ahead
from tasks.oversight.auditor import audit
from tasks.oversight.health import read_health
from tasks.oversight.heartbeats import note_pass

SLIP = "2021-08-14T09:00"


@pytest.fixture
def sink():
    with JsonSink() as standin:
        yield standin


def by_the_clock(campaign: Campaign, moment: str) -> Campaign:
    """The campaign as a command opens it on a machine whose clock says `moment`."""
    return replace(campaign, store=replace(campaign.store, clock=lambda: at(moment)))


@pytest.mark.parametrize(("moment", "goes"), [("2020-08-15T09:00", True), ("2020-08-15T09:00:01", False)])
def test_nothing_is_done_for_a_moment_more_than_a_day_ahead(tmp_path, moment, goes):
    campaign = by_the_clock(morning(tmp_path, None, 1, "json://127.0.0.1:9/{}".format), MORNING)
    if goes:
        check_ahead(campaign.store, at(moment))
        return
    with pytest.raises(Refusal, match="--simulate"):
        check_ahead(campaign.store, at(moment))
    with campaign.store.reading() as connection:
        assert not is_simulated(connection)


def test_a_simulation_marks_the_campaign_until_it_is_healed(tmp_path, database_url):
    campaign = by_the_clock(morning(tmp_path, database_url, 1, "json://127.0.0.1:9/{}".format), MORNING)
    check_ahead(campaign.store, at(SLIP), simulate=True)
    check_ahead(campaign.store, at(SLIP))
    [clock] = [one for one in read_health(campaign.store, at(MORNING)).checks if one.name == "clock"]
    assert (clock.state, "推演" in clock.said.zh) == ("warning", True)
    assert standing_ahead(campaign.store, at(MORNING)) == ()
    heal(campaign.store, at(MORNING))
    with pytest.raises(Refusal):
        check_ahead(campaign.store, at(SLIP))


def test_a_pass_a_year_ahead_is_found_by_audit_and_health_and_healed_by_one_command(tmp_path, database_url, sink):
    campaign = morning(tmp_path, database_url, 2, sink.json_url)
    send(campaign)
    owed, sent = campaign.watch(SLIP)  # as an earlier program let it run
    note_pass(campaign.store, None, owed, sent, at(SLIP))
    with campaign.store.writing() as connection:
        connection.execute(text("UPDATE channels SET aside_until = :at"), {"at": 2_000_000_000_000_000})
    said = len(sink.accepted)
    there = by_the_clock(campaign, MORNING)
    names = {one.what.en for one in standing_ahead(there.store, at(MORNING))}
    assert {"passes", "heartbeats", "moments of cases", "rests of channels"} <= names
    [clock] = [one for one in read_health(there.store, at(MORNING)).checks if one.name == "clock"]
    assert (clock.state, "pucha clock heal" in clock.said.zh) == ("failing", True)
    audited = audit(there.store, at("2020-08-14T08:00"), at("2020-08-14T08:15"), now=at(MORNING))
    assert not audited.clean
    assert "pucha clock heal" in audited.said.zh
    assert verify(there.store).whole
    heal(there.store, at(MORNING))
    assert verify(there.store).whole, "the healing itself is no change that nobody knows of"
    assert standing_ahead(there.store, at(MORNING)) == ()
    assert audit(there.store, at("2020-08-14T08:00"), at("2020-08-14T08:15"), now=at(MORNING)).ahead == ()
    there.watch("2020-09-01T09:00")
    assert len(sink.accepted) > said


def test_healing_makes_good_nothing_that_somebody_changed(tmp_path, database_url, sink):
    campaign = morning(tmp_path, database_url, 2, sink.json_url)
    send(campaign)
    campaign.watch(SLIP)
    there = by_the_clock(campaign, MORNING)
    with campaign.store.writing() as connection:
        connection.execute(text("UPDATE notices SET sent_text = 'x' WHERE state = 'accepted'"))
    heal(there.store, at(MORNING))
    assert not verify(there.store).whole


def test_figures_of_the_future_are_found_and_left_to_who_reported_them(tmp_path):
    campaign = morning(tmp_path, None, 1, "json://127.0.0.1:9/{}".format)
    campaign.report("code,staff\n990101001,12\n", "2062-07-05T17:00")
    there = by_the_clock(campaign, MORNING)
    [figures] = heal(there.store, at(MORNING))
    assert (figures.count, figures.heals, figures.latest.year) == (1, False, 2062)
    assert standing_ahead(there.store, at(MORNING)) == (figures,)


def test_acts_keep_the_machines_clock_beside_the_moment_they_are_for(tmp_path, database_url):
    channel = "json://127.0.0.1:9/{}".format
    leaders = f"990101,leader,张三,{channel('a')}\n9901,leader,李四,{channel('b')}\n"
    campaign = morning(tmp_path, database_url, 1, channel, contacts=owners(1, channel) + leaders)
    campaign = by_the_clock(campaign, "2020-08-14T12:34")
    decide(
        campaign.store,
        "waive",
        1,
        by("张三", "2020-08-14T10:00", reason="合并", clock="2020-08-14T12:34"),
        None,
    )
    sign_exit(
        campaign.store,
        "990101",
        "recruitment",
        by("李四", "2020-08-14T10:00", reason="已完成", clock="2020-08-14T12:34"),
    )
    owe(campaign.store, None, at("2020-08-14T11:00"))
    machine = round(at("2020-08-14T12:34").timestamp() * 1_000_000)
    assert campaign.rows("SELECT machine_at FROM decisions UNION ALL SELECT machine_at FROM exits") == [(machine,)] * 2
    assert campaign.rows("SELECT machine_at FROM passes ORDER BY id DESC LIMIT 1") == [(machine,)]
    [about] = campaign.rows("SELECT about FROM audit WHERE act = 'waive'")
    assert str(machine) in about[0]


def test_a_database_of_the_first_version_is_brought_up_to_date_with_all_it_holds(tmp_path, bare):
    engine = create_engine(bare)
    with engine.begin() as connection:
        upgrade(connection, "0001")
        connection.execute(text("INSERT INTO passes (as_of) VALUES (1)"))
    engine.dispose()
    settings = Settings(home=tmp_path, database_url=bare, _env_file=None)  # type: ignore[call-arg]
    with pytest.raises(Refusal, match="run pucha load again"):
        open_store(settings)
    store = open_store(settings, create=True)
    with store.reading() as connection:
        assert connection.execute(text("SELECT as_of, machine_at FROM passes")).all() == [(1, None)]
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == database.VERSION
