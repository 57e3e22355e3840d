"""Providers at their worst: the pass ends in bounded time, the others get theirs, and the next pass heals it."""

import logging
import time
from datetime import timedelta

import pytest
from sqlalchemy import text
from standins.acts import Accept, Broken, Drip, DropAfterAccept, Flood, Garbage, HangAfterAccept, Refuse, Reset, Status
from standins.loop import unused_port
from standins.webhook import JsonSink
from standins.wecom import WeCom
from worlds.campaign import at
from worlds.deliveries import MORNING, assert_sound, history, morning, notices, owners, send, states
from worlds.plans import TOWNSHIPS_ALWAYS
from worlds.sender_process import start

from models.moments import micros
from tasks.delivery.channel_condition import list_channels
from tasks.loading.load import Files, load
from tasks.oversight.health import read_health

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def sink():
    with JsonSink() as standin:
        yield standin


@pytest.fixture
def bots():
    with WeCom() as standin:
        yield standin


def half_and_half(folder, database_url, count, bots, sink, **settings):
    """Every other township over a bot of its own, the rest over the office's own receiver."""
    channel = lambda code: f"wecombot://b{code}" if int(code[-1]) % 2 else sink.json_url(code)  # noqa: E731
    return morning(folder, database_url, count, channel, wecombot_url=bots.url, **settings)


@pytest.mark.parametrize(
    ("act", "state", "code"),
    [
        (Refuse(93000, "invalid webhook url"), "retry", "93000"),
        (Refuse(45009, "api freq out of limit"), "retry", "45009"),
        (Status(429), "retry", "429"),
        (Status(503, retry_after="90"), "retry", "503"),
        (Reset(), "unknown", "reset"),
        (DropAfterAccept(), "unknown", "reset"),
        (HangAfterAccept(), "unknown", "timeout"),
        (Garbage(), "unknown", "garbage"),
        (Broken(), "unknown", None),
        (Drip(), "unknown", None),
        (Flood(), "accepted", None),
    ],
)
def test_whatever_one_provider_does_the_others_are_served_and_nothing_is_lost(tmp_path, sink, bots, act, state, code):
    rows = owners(4, sink.json_url).splitlines()
    contacts = [row for row in rows if not row.startswith("990101001")]
    contacts += ["990101001,owner,张三,wecombot://bad", f"990101001,owner,张三,{sink.json_url('second')}"]
    campaign = morning(
        tmp_path,
        None,
        4,
        sink.json_url,
        contacts="\n".join(contacts) + "\n",
        plan=TOWNSHIPS_ALWAYS,
        wecombot_url=bots.url,
        send_timeout=1.5,
        send_concurrency=1,
    )
    bots.next(act)
    send(campaign)
    moves = history(campaign, 1)
    assert moves[2][1] == state
    assert code is None or f"wecombot://•••• {code}" in moves[2][2]
    assert {message.to for message in sink.accepted} >= {"/990101002", "/990101003", "/990101004"}
    for minutes in range(1, 12):
        send(campaign, str(at(MORNING) + timedelta(minutes=minutes)))
    assert states(campaign) == {"accepted": 4}
    repeats = [message for message in (*bots.accepted, *sink.accepted) if message.number == "N00000001"]
    assert all(message.repeat for message in repeats[1:])
    assert_sound(campaign)


@pytest.mark.wall_clock
def test_a_provider_that_hangs_neither_stops_the_pass_nor_the_others(tmp_path, sink, bots):
    campaign = half_and_half(tmp_path, None, 300, bots, sink, send_timeout=2.0)
    bots.decide = lambda _: HangAfterAccept()
    began = time.monotonic()
    done = send(campaign)
    assert time.monotonic() - began < 40
    assert done.delivered == 150
    assert len(bots.accepted) < 80  # after so many failures in a row it is left alone
    untried = [notice for notice in notices(campaign) if notice["state"] == "held"]
    assert all(notice["attempts"] == 0 and not notice["repeat"] for notice in untried)
    assert history(campaign, untried[0]["id"])[-1][2] == "对方服务器连续无应答，暂缓发送"
    bots.decide = None
    for minute in (15, 30, 45):
        send(campaign, f"2020-08-14T09:{minute}")
    assert states(campaign) == {"accepted": 300}
    seen: dict[str, int] = {}
    for message in bots.accepted:
        assert message.repeat == (message.number in seen)
        seen[message.number or ""] = 1
    assert_sound(campaign)


@pytest.mark.wall_clock
def test_a_slow_provider_has_its_share_and_no_more(tmp_path, sink, bots):
    campaign = half_and_half(tmp_path, None, 60, bots, sink, send_concurrency=8)
    bots.decide = lambda _: Accept(delay=0.5)
    send(campaign)
    assert states(campaign) == {"accepted": 60}
    last_quick = max(message.at for message in sink.accepted)
    assert sum(message.at < last_quick for message in bots.accepted) <= 12
    assert_sound(campaign)


@pytest.mark.wall_clock
def test_a_pass_has_its_time_and_the_rest_goes_out_with_the_next(tmp_path, bots, sink):
    campaign = half_and_half(tmp_path, None, 80, bots, sink, send_concurrency=2, pass_seconds=1)
    bots.decide = lambda _: Accept(delay=0.3)
    began = time.monotonic()
    done = send(campaign)
    assert time.monotonic() - began < 10
    assert [said.en for said in done.warnings] == ["the pass has used its time; the rest goes out with the next"]
    assert done.delivered + done.held == 80
    assert done.held > 0
    assert not [notice for notice in notices(campaign) if notice["state"] == "sending"]
    bots.decide = None
    for minute in (15, 30, 45):
        send(campaign, f"2020-08-14T09:{minute}")
    assert states(campaign) == {"accepted": 80}
    numbers = [message.number for message in (*bots.accepted, *sink.accepted)]
    assert len(numbers) == len(set(numbers)) == 80


def test_while_our_own_network_is_down_nobody_is_given_up_and_no_channel_blamed(tmp_path, sink):
    gone = unused_port()
    campaign = morning(
        tmp_path,
        None,
        120,
        lambda code: f"json://127.0.0.1:{gone}/{code}",
        plan=TOWNSHIPS_ALWAYS,
        admin_channel=sink.json_url("admin"),
    )
    first = send(campaign)
    assert first.delivered == 0
    assert [said.zh for said in first.warnings] == ["各渠道均连接不上，可能是本单位网络中断；恢复后自动补发"]
    for hours in range(1, 60, 6):  # a weekend
        send(campaign, str(at(MORNING) + timedelta(hours=hours)))
    assert not set(states(campaign)) - {"retry", "held", "planned"}
    assert not [row for row in list_channels(campaign.store, at(MORNING), failing=True, limit=0) if row["failures"] > 8]
    assert sink.accepted == []
    back = "".join(
        f"{row.rsplit(',', 1)[0]},{sink.json_url(row.split(',')[0])}\n" for row in owners(120, str).splitlines()
    )
    (tmp_path / "contacts.csv").write_text("unit,role,name,channel\n" + back, encoding="utf-8")
    monday = at(MORNING) + timedelta(hours=61)
    load(campaign.store, Files(contacts=tmp_path / "contacts.csv"), monday)
    send(campaign, str(monday))
    send(campaign, str(monday + timedelta(minutes=15)))
    assert states(campaign) == {"accepted": 120}
    assert len(sink.accepted) == 120
    assert not any(message.repeat for message in sink.accepted)
    assert_sound(campaign)


def test_one_unreachable_office_among_others_is_its_own_trouble(tmp_path, sink):
    gone = unused_port()
    channel = lambda code: f"json://127.0.0.1:{gone}/" if code == "990101001" else sink.json_url(code)  # noqa: E731
    campaign = morning(tmp_path, None, 3, channel, plan=TOWNSHIPS_ALWAYS, admin_channel=sink.json_url("admin"))
    for minutes in (0, 1, 3, 8, 23, 53, 113, 233):
        send(campaign, str(at(MORNING) + timedelta(minutes=minutes)))
    assert notices(campaign)[0]["state"] == "refused"
    assert {"/990101", "/admin"} <= {message.to for message in sink.accepted}


def test_a_notice_whose_text_cannot_be_made_stops_no_other(tmp_path, sink):
    campaign = morning(tmp_path, None, 3, sink.json_url, admin_channel=sink.json_url("admin"))
    with campaign.store.writing() as connection:
        connection.execute(text("UPDATE notice_lines SET about = 'not json' WHERE notice_id = 2"))
        connection.execute(text("UPDATE cases SET policy = 999 WHERE id = 3"))
    assert send(campaign).delivered == 3
    assert_sound(campaign)


def test_no_address_appears_in_the_log_or_in_the_ledger(tmp_path, sink, bots, caplog):
    campaign = half_and_half(tmp_path, None, 6, bots, sink, send_timeout=2.0)
    bots.next(Refuse(93000, "invalid webhook url b990101001"), Reset(), Status(500))
    with caplog.at_level(logging.DEBUG):
        send(campaign)
        send(campaign, "2020-08-14T09:05")
    said = caplog.text + repr([history(campaign, notice["id"]) for notice in notices(campaign)])
    assert "b9901010" not in said
    assert "json://127" not in said


MISTYPED = (
    "json://user:hidden@[gw/x",
    "json://user:hidden@gw：8080/x",
    "form://user:hidden@[gw/x",
    "wecombot://hid den",
)


@pytest.mark.parametrize("url", MISTYPED)
def test_an_address_that_was_taken_once_and_cannot_be_sent_to_is_its_own_fault(
    tmp_path, database_url, sink, url, caplog
):
    campaign = morning(tmp_path, database_url, 30, sink.json_url)
    keeper = campaign.store.keeper
    with campaign.store.writing() as connection:
        bad = {"channel": keeper.lock(url), "address": keeper.address(url)}
        connection.execute(
            text("UPDATE contacts SET channel = :channel, address = :address WHERE unit = '990101001'"), bad
        )
    caplog.set_level(logging.DEBUG)
    done = send(campaign)
    assert done.delivered == 30  # 29 townships, and their county in place of the one
    assert done.failed == 2  # it, and the word to an administrator who has no channel
    [mistyped] = [notice for notice in notices(campaign) if notice["unit"] == "990101001"]
    assert (mistyped["state"], mistyped["code"]) == ("refused", "address")
    assert "unknown" not in states(campaign)
    assert_sound(campaign)
    assert "hidden" not in caplog.text + str(campaign.rows("SELECT * FROM transitions")) + str(notices(campaign))


@pytest.mark.parametrize("url", [*MISTYPED, "nonsense", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=hidden"])
def test_a_mistyped_channel_of_the_administrator_stops_nobody_and_fails_health(tmp_path, sink, url, caplog):
    contacts = "\n".join(row for row in owners(4, sink.json_url).splitlines() if "990101001" not in row) + "\n"
    campaign = morning(tmp_path, None, 4, sink.json_url, contacts=contacts, admin_channel=url)
    assert send(campaign).delivered > 2
    assert "unknown" not in states(campaign)
    [check] = [one for one in read_health(campaign.store, at(MORNING)).checks if one.name == "administrator"]
    assert check.state == "failing"
    assert "PUCHA_ADMIN_CHANNEL" in check.said.zh
    assert "hid" not in caplog.text + check.said.zh + check.said.en + str(notices(campaign))


def test_a_wait_of_a_year_is_cut_short_and_said(tmp_path, database_url, bots, sink):
    campaign = half_and_half(tmp_path, database_url, 4, bots, sink, send_patience=0.0)
    bots.decide = lambda _: Status(429, retry_after="31536000")
    send(campaign)
    [shown] = [one for one in list_channels(campaign.store, at(MORNING), failing=True, limit=1) if one["free_at"]]
    assert shown["free_at"] <= micros(at(MORNING) + timedelta(hours=1))
    assert "要求等待 365 天" in shown["error"]
    bots.decide = None
    assert send(campaign, str(at(MORNING) + timedelta(minutes=61))).delivered == 2


def test_one_outcome_that_cannot_be_written_loses_nobody_elses(tmp_path, database_url, sink):
    campaign = morning(tmp_path, database_url, 12, sink.json_url)
    with campaign.store.writing() as connection:
        for statement in NO_SUCH_OUTCOME[connection.dialect.name]:
            connection.execute(text(statement))
    done = send(campaign)
    assert states(campaign) == {"accepted": 11, "sending": 1}
    assert done.delivered == 11
    assert any("未能登记" in said.zh for said in done.warnings)


NO_SUCH_OUTCOME = {
    "sqlite": [
        "CREATE TRIGGER broken BEFORE UPDATE OF settled_at ON notices WHEN NEW.unit = '990101005' AND NEW.state = 'accepted'"
        " BEGIN SELECT RAISE(ABORT, 'no such outcome'); END"
    ],
    "postgresql": [
        "CREATE FUNCTION broken() RETURNS trigger AS $$ BEGIN RAISE check_violation; END $$ LANGUAGE plpgsql",
        "CREATE TRIGGER broken BEFORE UPDATE ON notices FOR EACH ROW"
        " WHEN (NEW.unit = '990101005' AND NEW.state = 'accepted') EXECUTE FUNCTION broken()",
    ],
}


@pytest.mark.wall_clock
def test_two_passes_at_two_receivers_that_drip_end_and_the_next_one_runs(tmp_path, sink):
    """Each of two processes meets one that answers for ever: both end, the others have theirs, and health counts the two."""
    with JsonSink() as dripping:
        dripping.decide = lambda _: Drip(pause=0.2)
        slow = f"form://127.0.0.1:{dripping.port}"
        bounds = {"send_timeout": 1.0, "send_patience": 1.0}
        campaign = morning(
            tmp_path, None, 6, lambda code: f"{slow}/{code}" if code[-1] in "12" else sink.json_url(code), **bounds
        )
        passes = [start(campaign.store.home, None, MORNING, bounds) for _ in range(2)]
        for one in passes:
            one.join(40)
        assert [one.exitcode for one in passes] == [0, 0]
        assert states(campaign) == {"accepted": 4, "unknown": 2}
        [held] = [one for one in read_health(campaign.store, at(MORNING)).checks if one.name == "held"]
        assert "有 2 份通知等候发送" in held.said.zh
        dripping.decide = None
        assert send(campaign, str(at(MORNING) + timedelta(minutes=61))).delivered == 2
    assert_sound(campaign)
