"""The ledger of delivery: states and reasons, leases and tokens, what is withdrawn while it waits or is on its way."""

import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy import event, text
from standins.acts import Accept, DropAfterAccept, HangAfterAccept, Refuse, Status
from standins.webhook import JsonSink
from worlds.campaign import at
from worlds.deliveries import MORNING, assert_sound, begun, history, morning, notices, send, states
from worlds.plans import TOWNSHIPS_ALWAYS, TOWNSHIPS_LEAVE

from models.rules.delivery.channel_condition import Reach
from tasks.campaign.frames import MANY
from tasks.channels import Outcome
from tasks.delivery.attempts import Desk, Sent
from tasks.delivery.beginnings import Begun, begin_now, give_back, stay
from tasks.delivery.deliver import deliver
from tasks.delivery.expired_leases import expire
from tasks.delivery.leases import take
from tasks.delivery.outcomes import record
from tasks.delivery.texts import Texts

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def sink():
    with JsonSink() as standin:
        yield standin


def desk_of(campaign) -> Desk:
    return Desk(campaign.store, campaign.settings, Texts(campaign.store), campaign.store.calendar())


def accept(leased) -> list[Sent]:
    return [Sent(one, Outcome("accepted"), "told", tuple(line.id for line in one.lines)) for one in leased]


def test_every_step_of_a_notice_is_written_down_with_its_reason(database_url, tmp_path, sink):
    campaign = morning(tmp_path, database_url, 1, sink.json_url)
    sink.next(Status(503), Accept())
    assert send(campaign).failed == 1
    assert send(campaign, "2020-08-14T09:01").delivered == 1
    assert history(campaign, 1)[1:] == [
        ("planned", "sending", "json://••••"),
        ("sending", "retry", "json://•••• 503 对方服务器故障"),
        ("retry", "sending", "json://••••"),
        ("sending", "accepted", "json://••••"),
    ]
    [notice] = notices(campaign)
    assert (notice["state"], notice["attempts"], notice["code"], notice["error"]) == ("accepted", 2, None, None)
    assert "两员选聘到位" in notice["sent_text"]
    assert_sound(campaign)


def test_a_retry_waits_for_its_moment_and_no_longer(tmp_path, sink):
    campaign = morning(tmp_path, None, 1, sink.json_url)
    sink.next(Status(503))
    send(campaign)
    assert send(campaign, "2020-08-14T09:00:59").delivered == 0
    assert sink.calls == 1
    assert send(campaign, "2020-08-14T09:01").delivered == 1


def test_a_retry_keeps_office_hours_too(tmp_path, sink):
    campaign = morning(tmp_path, None, 1, sink.json_url)
    sink.next(Status(503))
    send(campaign, "2020-08-14T17:29:30")
    assert send(campaign, "2020-08-14T17:31").delivered == 0
    assert send(campaign, "2020-08-16T12:00").delivered == 0
    assert send(campaign, "2020-08-17T08:30").delivered == 1


def test_what_was_owed_in_the_morning_is_not_sent_at_night_after_a_day_without_power(tmp_path, sink):
    campaign = morning(tmp_path, None, 2, sink.json_url)
    late = send(campaign, "2020-08-14T22:00")
    assert (late.delivered, late.held, sink.calls) == (0, 2, 0)
    assert history(campaign, 1)[-1] == ("planned", "held", "非办公时间，08-17 08:30起发出")
    assert send(campaign, "2020-08-17T08:29:59").delivered == 0
    assert send(campaign, "2020-08-17T08:30").delivered == 2
    assert_sound(campaign)


def test_a_phase_on_duty_round_the_clock_is_not_held_at_night(tmp_path, sink):
    campaign = morning(tmp_path, None, 2, sink.json_url, plan=TOWNSHIPS_ALWAYS)
    assert send(campaign, "2020-08-14T22:00").delivered == 2


def test_a_delivery_as_of_an_earlier_moment_sends_nothing_owed_later(tmp_path, sink):
    campaign = morning(tmp_path, None, 2, sink.json_url)
    before = send(campaign, "2020-08-13T09:00")
    assert (before.delivered, before.held, sink.calls) == (0, 0, 0)


def test_a_notice_that_was_held_over_a_weekend_is_worded_for_the_morning_on_which_it_goes(tmp_path, sink):
    campaign = morning(tmp_path, None, 1, sink.json_url)
    campaign.owe("2020-08-21T00:00")
    send(campaign, "2020-08-21T22:00")
    assert send(campaign, "2020-08-24T08:30").delivered == 1
    [message] = sink.accepted
    assert "截至8月24日8时30分" in message.text
    assert "应于8月20日前完成，已逾期3天" in message.text
    assert "按8月20日24时数据，两员人数未报" in message.text
    assert "已逾期" not in campaign.rows("SELECT about FROM notice_lines")[-1][0]


# --- leases


def test_what_is_sent_again_because_it_may_have_arrived_is_the_same_message(database_url, tmp_path, sink):
    campaign = morning(tmp_path, database_url, 1, sink.json_url)
    campaign.owe("2020-08-21T00:00")
    sink.next(Status(503), DropAfterAccept())
    for moment in ("2020-08-21T17:00", "2020-08-21T17:10", "2020-08-24T08:30"):
        send(campaign, moment)
    first, again = sink.accepted
    assert "截至8月21日17时10分" in first.text
    assert (first.repeat, again.repeat) == (False, True)
    assert first.text in again.text


def test_a_lease_that_ran_out_is_taken_up_again_marked_as_a_possible_repeat(database_url, tmp_path, sink):
    campaign = morning(tmp_path, database_url, 3, sink.json_url)
    dead = begun(desk_of(campaign), at(MORNING), 2)
    assert len(dead) == 2
    assert send(campaign).delivered == 1
    assert send(campaign, "2020-08-14T09:09:59").delivered == 0
    assert send(campaign, "2020-08-14T09:10").delivered == 2
    assert sorted(message.repeat for message in sink.accepted) == [False, True, True]
    assert ("sending", "unknown", "发送进程中断，是否送达不明") in history(campaign, dead[0].id)
    assert_sound(campaign)


def test_what_a_dead_sender_had_not_begun_is_free_after_half_a_minute_and_not_marked(database_url, tmp_path, sink):
    campaign = morning(tmp_path, database_url, 4, sink.json_url)
    desk = desk_of(campaign)
    held = take(desk, at(MORNING), 3).leased
    begin_now(desk, held[:1], at(MORNING))
    assert send(campaign, "2020-08-14T09:00:29").delivered == 1
    assert send(campaign, "2020-08-14T09:00:30").delivered == 2
    assert [message.repeat for message in sink.accepted] == [False] * 3
    assert states(campaign) == {"accepted": 3, "sending": 1}
    assert send(campaign, "2020-08-14T09:10").delivered == 1
    assert [message.number for message in sink.accepted if message.repeat] == [f"N{held[0].id:08d}"]
    assert_sound(campaign)


def test_a_sender_waits_in_its_own_pass_for_what_a_dead_one_holds(database_url, tmp_path, sink):
    campaign = morning(tmp_path, database_url, 3, sink.json_url)
    take(desk_of(campaign), at(MORNING), 2)
    began = time.monotonic()
    # a clock that goes so fast that half a minute is half a second
    done = deliver(
        campaign.store, campaign.settings, lambda: at(MORNING) + timedelta(seconds=60 * (time.monotonic() - began))
    )
    assert (done.delivered, states(campaign)) == (3, {"accepted": 3})
    assert not any(message.repeat for message in sink.accepted)


def test_a_sender_that_says_that_it_lives_keeps_what_it_holds(database_url, tmp_path, sink):
    campaign = morning(tmp_path, database_url, 2, sink.json_url)
    desk, later = desk_of(campaign), at(MORNING) + timedelta(seconds=29)
    held = take(desk, at(MORNING), 2).leased
    begin_now(desk, held[:1], at(MORNING))
    stay(desk, held, later)
    assert send(campaign, "2020-08-14T09:00:58").delivered == 0
    assert send(campaign, "2020-08-14T09:00:59").delivered == 1
    # what has begun keeps the lease with which it began
    assert send(campaign, "2020-08-14T09:09:59").delivered == 0
    assert send(campaign, "2020-08-14T09:10").delivered == 1


def test_what_another_sender_took_over_is_not_begun(database_url, tmp_path, sink):
    campaign = morning(tmp_path, database_url, 2, sink.json_url)
    desk, later = desk_of(campaign), at(MORNING) + timedelta(seconds=30)
    slow = take(desk, at(MORNING), 2).leased
    quick = take(desk, later, 1).leased
    assert begin_now(desk, slow, later) == Begun(frozenset({2}), frozenset({1}))
    give_back(desk, [(one, "put off") for one in slow], later)
    assert begin_now(desk, quick, later).begun == {1}
    assert states(campaign) == {"sending": 2}


def test_what_has_begun_and_its_sender_did_not_hear_of_begins_once(database_url, tmp_path, sink):
    campaign = morning(tmp_path, database_url, 1, sink.json_url)
    desk = desk_of(campaign)
    held = take(desk, at(MORNING), 1).leased
    assert begin_now(desk, held, at(MORNING)) == begin_now(desk, held, at(MORNING)) == Begun(frozenset({1}))
    assert notices(campaign)[0]["attempts"] == 1
    assert [state for _, state, _ in history(campaign, 1)] == ["planned", "sending"]


def test_what_is_bound_to_office_hours_does_not_begin_when_the_office_has_closed(database_url, tmp_path, sink):
    campaign = morning(tmp_path, database_url, 2, sink.json_url)
    with campaign.store.writing() as connection:
        connection.execute(text("UPDATE notices SET any_hour = TRUE WHERE id = 2"))
    desk = desk_of(campaign)
    held = take(desk, at("2020-08-14T17:29:55"), 2).leased
    assert begin_now(desk, held, at("2020-08-14T17:30:05")) == Begun(frozenset({2}), frozenset({1}))
    assert (states(campaign), notices(campaign)[0]["lease"]) == ({"planned": 1, "sending": 1}, None)


def test_a_sender_whose_lease_was_taken_over_may_not_record(database_url, tmp_path, sink):
    campaign = morning(tmp_path, database_url, 1, sink.json_url)
    desk = desk_of(campaign)
    slow = begun(desk, at(MORNING), 1)
    later = at(MORNING) + timedelta(minutes=10)
    expire(desk, later)
    quick = begun(desk, later, 1)
    assert slow[0].token != quick[0].token
    refused = [Sent(slow[0], Outcome("refused", "40001", "gone"))]
    lost = record(desk, refused, Reach(answered=True), later)
    assert (lost.accepted, lost.failed, lost.lost) == (0, 0, 1)
    assert states(campaign) == {"sending": 1}
    assert record(desk, accept(quick), Reach(answered=True), later).accepted == 1
    assert record(desk, accept(slow), Reach(answered=True), later).lost == 1
    assert states(campaign) == {"accepted": 1}
    assert_sound(campaign)


def test_a_second_sender_takes_what_the_first_has_not(database_url, tmp_path, sink):
    campaign = morning(tmp_path, database_url, 5, sink.json_url)
    desk = desk_of(campaign)
    first, second, third = (take(desk, at(MORNING), 3) for _ in range(3))
    taken = [one.id for one in (*first.leased, *second.leased)]
    assert sorted(taken) == [1, 2, 3, 4, 5]
    assert third.examined == 0


@pytest.mark.parametrize(("database_url", "count"), [("sqlite", 3), ("postgresql", MANY)], indirect=["database_url"])
def test_who_takes_a_few_does_not_look_through_all_that_wait(database_url, count, tmp_path, sink):
    campaign = morning(tmp_path, database_url, count, sink.json_url)
    asked = []

    @event.listens_for(campaign.store.engine, "before_cursor_execute")
    def _note(connection, cursor, statement, values, context, many):
        asked.append((statement, values))

    take(desk_of(campaign), at(MORNING), 2)
    [(statement, values)] = [(one, values) for one, values in asked if "ORDER BY n.urgency" in one]
    explain = "EXPLAIN QUERY PLAN" if database_url.startswith("sqlite") else "EXPLAIN"
    with campaign.store.reading() as connection:
        steps = [str(row[-1]) for row in connection.exec_driver_sql(f"{explain} {statement}", values)]
    assert [step for step in steps if "USING INDEX notices_ready" in step or "using notices_ready" in step]
    assert not [step for step in steps if "TEMP B-TREE" in step or "Sort" in step]


def test_what_is_not_to_be_sent_twice_is_left_when_its_sender_dies(database_url, tmp_path, sink):
    campaign = morning(tmp_path, database_url, 2, sink.json_url, plan=TOWNSHIPS_LEAVE)
    begun(desk_of(campaign), at(MORNING), 2)
    later = send(campaign, "2020-08-14T09:10")
    assert (later.delivered, sink.calls) == (0, 0)
    assert states(campaign) == {"unknown": 2}
    assert all(notice["settled_at"] for notice in notices(campaign))
    assert send(campaign, "2020-08-14T11:00").delivered == 0
    assert_sound(campaign)


def test_an_office_may_set_that_nothing_of_unknown_fate_is_sent_twice(tmp_path, sink):
    campaign = morning(tmp_path, None, 1, sink.json_url, unknown="leave")
    sink.next(DropAfterAccept())
    send(campaign)
    assert states(campaign) == {"unknown": 1}
    assert send(campaign, "2020-08-14T10:00").delivered == 0
    assert len(sink.accepted) == 1


def test_a_notice_that_kills_every_sender_is_given_up_and_goes_up(tmp_path, sink):
    campaign = morning(tmp_path, None, 1, sink.json_url, plan=TOWNSHIPS_ALWAYS)
    for attempt in range(24):
        moment = at(MORNING) + timedelta(minutes=11 * attempt)
        desk = desk_of(campaign)
        expire(desk, moment)
        assert len(begun(desk, moment, 1)) == 1
    desk = desk_of(campaign)
    assert expire(desk, at(MORNING) + timedelta(minutes=11 * 24)) == 1
    assert [(notice["unit"], notice["state"]) for notice in notices(campaign)] == [
        ("990101001", "unknown"),
        ("990101", "planned"),
        ("", "planned"),
    ]


# --- withdrawn and superseded


def test_a_duty_done_before_the_opening_is_not_reminded_of(database_url, tmp_path, sink):
    campaign = morning(tmp_path, database_url, 2, sink.json_url)
    campaign.report("code,staff\n990101001,12\n", "2020-08-14T09:00")
    campaign.owe("2020-08-14T09:05")
    assert send(campaign, "2020-08-14T09:05").delivered == 1
    assert states(campaign) == {"withdrawn": 1, "accepted": 1}
    assert_sound(campaign)


def test_a_duty_done_while_its_notice_waits_to_be_sent_a_second_time_is_not_told_again(database_url, tmp_path, sink):
    campaign = morning(tmp_path, database_url, 1, sink.json_url)
    sink.next(DropAfterAccept())
    send(campaign)
    campaign.report("code,staff\n990101001,12\n", "2020-08-14T09:00")
    campaign.owe("2020-08-14T09:05")
    assert send(campaign, "2020-08-14T09:30").delivered == 0
    assert states(campaign) == {"unknown": 1}
    assert len(sink.accepted) == 1
    assert_sound(campaign)


def test_what_is_withdrawn_between_lease_and_sending_is_not_sent(database_url, tmp_path, sink):
    campaign = morning(tmp_path, database_url, 3, sink.json_url, send_concurrency=1)
    sink.next(Accept(delay=2.5))
    sender = threading.Thread(target=send, args=(campaign,))
    sender.start()
    wait_for(lambda: sink.calls == 1)
    campaign.report("code,staff\n990101003,12\n", "2020-08-14T09:00")
    campaign.owe(MORNING)
    sender.join()
    assert sorted(message.to for message in sink.accepted) == ["/990101001", "/990101002"]
    assert states(campaign) == {"accepted": 2, "withdrawn": 1}
    assert history(campaign, 3)[-1] == ("planned", "withdrawn", "met")
    assert_sound(campaign)


def test_what_was_on_its_way_when_it_was_withdrawn_has_been_told(database_url, tmp_path, sink):
    campaign = morning(tmp_path, database_url, 1, sink.json_url)
    sink.next(Accept(delay=1.0))
    sender = threading.Thread(target=send, args=(campaign,))
    sender.start()
    wait_for(lambda: sink.calls == 1)
    campaign.report("code,staff\n990101001,12\n", "2020-08-14T09:00")
    campaign.owe(MORNING)
    sender.join()
    assert states(campaign) == {"accepted": 1}
    with campaign.store.reading() as connection:
        line = connection.execute(text("SELECT state, ended_at FROM notice_lines")).one()
    assert (line.state, line.ended_at) == ("live", None)
    assert_sound(campaign)


def wait_for(condition, seconds: float = 10.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.01)


# --- what an attempt may come to


@pytest.mark.parametrize(
    ("act", "state", "arrived"),
    [
        (Status(404), "refused", 2),
        (Refuse(400, "bad", status=400), "refused", 2),
        (Status(302, location="http://127.0.0.1:1/"), "refused", 2),
        (Status(429, retry_after="120"), "retry", 0),
        (Status(500), "retry", 0),
        (DropAfterAccept(), "unknown", 1),
        (HangAfterAccept(), "unknown", 1),
    ],
)
def test_each_answer_becomes_its_state(tmp_path, sink, act, state, arrived):
    campaign = morning(tmp_path, None, 1, sink.json_url, send_timeout=2.0, admin_channel=sink.json_url("admin"))
    sink.next(act)
    assert send(campaign).failed == 1
    assert notices(campaign)[0]["state"] == state
    assert len(sink.accepted) == arrived  # what is refused goes to the superior and the administrator
    assert_sound(campaign)


def test_a_pass_says_how_many_were_delivered_failed_and_held(tmp_path, sink):
    campaign = morning(tmp_path, None, 5, sink.json_url)
    sink.next(Status(503))
    assert (send(campaign).delivered, states(campaign)) == (4, {"accepted": 4, "retry": 1})
    nothing = deliver(campaign.store, campaign.settings, lambda: at(MORNING))
    assert (nothing.delivered, nothing.failed, nothing.held) == (0, 0, 0)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_is_leased_is_changed_where_it_stands(database_url, tmp_path, sink):
    campaign = morning(tmp_path, database_url, 400, sink.json_url)
    assert send(campaign).delivered == 400

    query = "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'notices'"
    changed, in_place = told_by_statistics(campaign, query, lambda row: row[0] >= 800)

    # of lease, outcome and seal the outcome leaves an index, that of what is not settled; its text may fill a page
    assert in_place / changed > 0.4


def told_by_statistics(campaign, query, is_told):
    """PostgreSQL's own counts, which a connection tells when it ends, or a second later."""
    campaign.store.engine.dispose()
    until = time.monotonic() + 20
    while not is_told(row := campaign.rows(query)[0]) and time.monotonic() < until:
        time.sleep(0.1)
        campaign.store.engine.dispose()
    return row
