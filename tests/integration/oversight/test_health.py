"""Health read from a campaign: heartbeats, what lies unsent, and the command's answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from worlds.campaign import at
from worlds.chases import Chase, chasing
from worlds.plans import TWO_PHASES

from deployments.cli import main
from models.rules.oversight.health import HealthCheck
from tasks.chasing.passes import owe
from tasks.delivery.deliver import deliver
from tasks.oversight.auditor import audit, window
from tasks.oversight.health import read_health
from tasks.oversight.heartbeats import note_pass


@pytest.fixture
def chase(tmp_path: Path, database_url: str) -> Iterator[Chase]:
    with chasing(tmp_path, database_url, plan=TWO_PHASES) as one:
        yield one


def watch(chase: Chase, moment: str, scope: str | None = None) -> None:
    """A pass as the flow and the command make it."""
    store = chase.campaign.store
    owed = owe(store, scope, at(moment))
    note_pass(store, scope, owed, deliver(store, store.settings, lambda: at(moment)), at(moment))


def lines(chase: Chase, moment: str) -> dict[str, HealthCheck]:
    return {line.name: line for line in read_health(chase.campaign.store, at(moment)).checks}


def test_a_pass_over_everything_leaves_a_heartbeat_and_one_over_a_county_none(chase: Chase):
    watch(chase, "2020-08-05T09:00", "990101")
    assert lines(chase, "2020-08-05T09:10")["watch"].state == "failing"
    watch(chase, "2020-08-05T09:00")
    assert lines(chase, "2020-08-05T09:45")["watch"].state == "ok"
    assert lines(chase, "2020-08-05T09:46")["watch"].state == "failing"


def test_a_clock_that_was_put_back_does_not_take_a_heartbeat_back(chase: Chase):
    watch(chase, "2020-08-05T09:00")
    watch(chase, "2020-08-05T05:00")
    assert lines(chase, "2020-08-05T09:45")["watch"].state == "ok"


def test_what_an_audit_finds_shows_until_the_next_one_finds_nothing(chase: Chase):
    store = chase.campaign.store
    watch(chase, "2020-08-05T09:00")
    now = at("2020-08-06T12:00")
    since, until = window(store, now)
    assert (since, until) == (at("2020-08-05T09:15"), at("2020-08-06T11:15"))
    found = audit(store, since, until, now=now)
    assert {one.rung for one in found.missing} == {"overdue"}
    assert lines(chase, "2020-08-06T12:01")["audit"].state == "failing"
    watch(chase, "2020-08-06T12:05")
    later = at("2020-08-06T13:00")
    since, until = window(store, later)
    assert since == at("2020-08-06T11:15")
    assert audit(store, since, until, now=later).clean
    assert lines(chase, "2020-08-06T13:01")["audit"].state == "ok"


def test_after_a_long_time_without_audits_each_takes_three_days_until_they_have_caught_up(chase: Chase):
    store = chase.campaign.store
    audit(store, at("2020-06-01T00:00"), at("2020-06-02T00:00"))
    assert window(store, at("2020-06-08T09:45")) == (at("2020-06-02T00:00"), at("2020-06-05T00:00"))
    audit(store, at("2020-06-02T00:00"), at("2020-06-05T00:00"), now=at("2020-06-08T09:45"))
    assert window(store, at("2020-06-08T10:45")) == (at("2020-06-05T00:00"), at("2020-06-08T00:00"))
    audit(store, at("2020-06-05T00:00"), at("2020-06-08T00:00"), now=at("2020-06-08T10:45"))
    assert window(store, at("2020-06-08T11:45")) == (at("2020-06-08T00:00"), at("2020-06-08T11:00"))


def test_an_audit_of_a_campaign_without_notices_finds_nothing(chase: Chase):
    assert audit(chase.campaign.store, at("2020-03-02T00:00"), at("2020-03-03T00:00")).clean


def test_a_notice_that_nobody_sends_shows_with_the_moment_it_should_have_gone_out(chase: Chase):
    owe(chase.campaign.store, None, at("2020-08-05T09:00"))
    assert lines(chase, "2020-08-05T09:44")["unsent"].state == "ok"
    found = lines(chase, "2020-08-05T09:45")["unsent"]
    assert found.state == "failing"
    assert found.said.zh.endswith("最早的应于8月5日09:00发出")


@pytest.fixture
def office(chase: Chase, monkeypatch) -> Chase:
    """The same campaign as the command sees it."""
    monkeypatch.setenv("PUCHA_HOME", str(chase.campaign.store.home))
    monkeypatch.setenv("PUCHA_DATABASE_URL", chase.campaign.settings.database)
    return chase


def run(capsys, *arguments: str) -> tuple[object, str]:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return ended.value.code, capsys.readouterr().out


def test_the_command_exits_0_where_nothing_fails_and_1_where_something_does(office: Chase, capsys):
    watch(office, "2020-08-05T09:00")
    audit(office.campaign.store, at("2020-08-05T08:50"), at("2020-08-05T09:00"))
    code, out = run(capsys, "health", "--as-of", "2020-08-05T09:30", "--json")
    answer = json.loads(out)
    assert (code, {one["name"] for one in answer["checks"] if one["state"] == "failing"}) == (0, set())
    code, out = run(capsys, "health", "--as-of", "2020-08-05T10:30")
    assert code == 1
    assert "巡查已停" in out


def test_the_command_exits_2_where_there_is_no_campaign(tmp_path: Path, monkeypatch, capsys):
    monkeypatch.setenv("PUCHA_HOME", str(tmp_path / "none"))
    monkeypatch.delenv("PUCHA_DATABASE_URL", raising=False)
    assert run(capsys, "health")[0] == 2
