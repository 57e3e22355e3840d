"""Throttles: what a bot takes in a minute, quiet hours, long digests; what does not fit waits in order of urgency."""

import time
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from standins.acts import Refuse, Status
from standins.dingtalk import DingTalk
from standins.feishu import Feishu
from standins.webhook import JsonSink
from standins.wecom import WeCom
from worlds.campaign import at
from worlds.deliveries import MORNING, assert_sound, history, morning, notices, owners, send, states, townships
from worlds.plans import TOWNSHIPS_ALWAYS

from models.moments import micros
from models.rules.delivery.channel_condition import Condition
from tasks.delivery.channel_condition import list_channels, write_conditions
from tasks.delivery.deliver import deliver
from tasks.loading.load import Files, load

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def sink():
    with JsonSink() as standin:
        yield standin


@pytest.fixture
def bots():
    """As strict as the provider: the 21st message in a minute is refused."""
    with WeCom(per_minute=20) as standin:
        yield standin


def over_bots(folder, database_url, count, bots, bot_of=lambda _: "group", **settings):
    """Townships over the bot that `bot_of` gives for their code."""
    return morning(
        folder, database_url, count, lambda code: f"wecombot://{bot_of(code)}", wecombot_url=bots.url, **settings
    )


def a_minute_later(*providers) -> None:
    """Let a minute pass for the providers, as it has by the clock of the pass."""
    for provider in providers:
        provider._minute._times.clear()


def make_urgent(campaign, rows) -> None:
    """Set the urgency of notices: [(id, urgency)]."""
    with campaign.store.writing() as connection:
        query = text("UPDATE notices SET urgency = :urgency WHERE id = :id")
        connection.execute(query, [{"id": number, "urgency": urgency} for number, urgency in rows])


def test_a_bot_gets_no_more_than_twenty_a_minute_and_never_refuses(database_url, tmp_path, bots):
    campaign = over_bots(tmp_path, database_url, 50, bots)
    first = send(campaign)
    assert (first.delivered, first.failed, first.held) == (20, 0, 30)
    assert send(campaign, "2020-08-14T09:00:59").delivered == 0
    a_minute_later(bots)
    assert send(campaign, "2020-08-14T09:01").delivered == 1
    assert send(campaign, "2020-08-14T09:01:30").delivered == 10
    assert all(notice["code"] is None for notice in notices(campaign))
    assert_sound(campaign)


def test_what_does_not_fit_is_held_with_its_reason_and_its_next_moment(tmp_path, bots):
    campaign = over_bots(tmp_path, None, 25, bots)
    send(campaign)
    held = [notice for notice in notices(campaign) if notice["state"] == "held"]
    assert len(held) == 5
    assert {notice["next_try"] for notice in held} == {1_597_366_860_000_000}
    assert history(campaign, held[0]["id"])[-1] == (
        "planned",
        "held",
        "渠道 wecombot://•••• 限速，08-14 09:01 起再发",
    )
    [row] = list_channels(campaign.store, at(MORNING), failing=True, limit=0)
    assert (row["state"], row["waiting"]) == ("throttled", 5)
    for _ in range(3):
        send(campaign)
    assert len(history(campaign, held[0]["id"])) == 2


def test_the_rest_goes_out_with_the_next_passes(tmp_path, bots):
    campaign = over_bots(tmp_path, None, 50, bots)
    counts = []
    for minute in (0, 15, 30, 45):
        a_minute_later(bots)
        counts.append(send(campaign, f"2020-08-14T09:{minute:02d}").delivered)
    assert counts == [20, 20, 10, 0]
    assert states(campaign) == {"accepted": 50}


def test_a_throttled_bot_drains_in_order_of_urgency_not_of_code(database_url, tmp_path, bots):
    campaign = over_bots(tmp_path, database_url, 60, bots)
    make_urgent(campaign, [(number, 1000 + number) for number in range(1, 61)])
    order = []
    for minute in (0, 15, 30):
        a_minute_later(bots)
        sent = len(bots.accepted)
        send(campaign, f"2020-08-14T09:{minute:02d}")
        order.append({int(message.number[1:]) for message in bots.accepted[sent:]})
    assert order == [set(range(41, 61)), set(range(21, 41)), set(range(1, 21))]


def test_something_urgent_overtakes_what_waits_for_the_same_bot(tmp_path, bots):
    campaign = over_bots(tmp_path, None, 45, bots)
    send(campaign)
    waiting = [notice["id"] for notice in notices(campaign) if notice["state"] == "held"]
    make_urgent(campaign, [(waiting[-1], 9000)])
    a_minute_later(bots)
    sent = len(bots.accepted)
    assert send(campaign, "2020-08-14T09:01").delivered == 1
    assert int(bots.accepted[sent].number[1:]) == waiting[-1]


def test_a_throttled_bot_does_not_hold_up_the_others(tmp_path, bots):
    towns = townships(60)
    campaign = over_bots(tmp_path, None, 60, bots, lambda code: "slow" if code in towns[:50] else f"own{code}")
    assert send(campaign).delivered == 30
    assert states(campaign) == {"accepted": 30, "held": 30}


def test_a_mixed_morning_drains_worst_first_over_every_kind_of_channel(database_url, tmp_path, bots, sink):
    with DingTalk(per_minute=20) as ding, Feishu(per_minute=100) as feishu:
        kinds = [
            lambda _: "wecombot://group",
            lambda _: "dingtalk://group/?keyword=普查",
            lambda _: "feishu://group",
            sink.json_url,
        ]
        campaign = morning(
            tmp_path,
            database_url,
            400,
            lambda code: kinds[int(code[-1]) % 4](code),
            wecombot_url=bots.url,
            dingtalk_url=ding.url,
            feishu_url=feishu.url,
        )
        make_urgent(campaign, [(number, 1000 + (number * 7919) % 400) for number in range(1, 401)])
        urgency = {notice["id"]: notice["urgency"] for notice in notices(campaign)}
        first = send(campaign)
        assert first.failed == 0
        taken = {notice["id"] for notice in notices(campaign) if notice["state"] == "accepted"}
        by_channel: dict[str, list[tuple[int, bool]]] = {}
        with campaign.store.reading() as connection:
            query = "SELECT n.id, c.address FROM notices n JOIN contacts c ON c.unit = n.unit AND c.role = n.role"
            for row in connection.execute(text(query)):
                by_channel.setdefault(row.address, []).append((urgency[row.id], row.id in taken))
        assert 0 < first.held < 400
        for rows in by_channel.values():
            sent = sorted(rows, reverse=True)
            assert [was_sent for _, was_sent in sent] == sorted((was_sent for _, was_sent in sent), reverse=True)
        for minute in range(15, 600, 15):
            a_minute_later(bots, ding, feishu)
            send(campaign, f"2020-08-{14 if minute < 480 else 17}T{(9 + minute // 60) % 24:02d}:{minute % 60:02d}")
        assert states(campaign) == {"accepted": 400}
        assert_sound(campaign)


def test_a_digest_that_takes_several_messages_counts_as_several(tmp_path, bots):
    many = "\n".join(
        f"      - {{id: extra{n}, title: 第{n}项需要在规定时间内完成的两员选聘培训和保密管理工作, judged_at: township,"
        f' met_when: "staff >= {n}", due: T-73d, ladder: standard}}'
        for n in range(30, 50)
    )
    campaign = over_bots(tmp_path, None, 16, bots, plan=TOWNSHIPS_ALWAYS + many + "\n")
    send(campaign)
    assert {message.part[1] for message in bots.accepted} == {2}
    assert len(bots.accepted) == 20
    assert states(campaign) == {"accepted": 10, "held": 6}
    assert all(notice["code"] is None for notice in notices(campaign))


def test_a_provider_that_says_later_is_left_alone_for_so_long(tmp_path, bots):
    campaign = over_bots(tmp_path, None, 3, bots, send_concurrency=1)
    bots.next(Refuse(45009, "api freq out of limit"))
    send(campaign)
    calls = bots.calls
    assert send(campaign, "2020-08-14T09:00:30").delivered == 0
    assert bots.calls == calls
    send(campaign, "2020-08-14T09:02")
    assert states(campaign) == {"accepted": 3}
    [row] = list_channels(campaign.store, at("2020-08-14T09:02"), failing=False, limit=1)
    assert (row["state"], row["failures"]) == ("ok", 0)


@pytest.mark.wall_clock
def test_a_pass_with_a_running_clock_waits_for_room_as_long_as_it_may(tmp_path):
    began = time.monotonic()

    def clock() -> datetime:
        """A minute passes each second."""
        return at(MORNING) + timedelta(seconds=60 * (time.monotonic() - began))

    with WeCom() as bots:
        campaign = over_bots(tmp_path, None, 30, bots, send_patience=600)
        assert deliver(campaign.store, campaign.settings, clock).delivered == 30
        moments = sorted(60 * (message.at - began) for message in bots.accepted)
        assert all(sum(moment - 59 < other <= moment for other in moments) <= 20 for moment in moments)


def test_what_becomes_free_between_two_looks_at_the_clock_goes_out_in_the_same_pass(tmp_path):
    """The machine stands still for a minute once all is written down that could go out at once."""
    with WeCom() as bots:
        campaign = over_bots(tmp_path, None, 21, bots, send_patience=600)

        def clock() -> datetime:
            return at(MORNING) + timedelta(seconds=61 if states(campaign).get("accepted", 0) >= 20 else 0)

        done = deliver(campaign.store, campaign.settings, clock)

    assert (done.delivered, done.held) == (21, 0)


def test_a_pass_whose_clock_stands_still_does_not_wait(tmp_path, bots):
    campaign = over_bots(tmp_path, None, 21, bots, send_patience=600)
    began = time.monotonic()
    assert send(campaign).delivered == 20
    assert time.monotonic() - began < 60


# --- quiet hours


@pytest.mark.parametrize(
    ("role", "hours", "moment", "told"),
    [
        ("leader", {}, "2020-08-14T20:59:59", True),
        ("leader", {}, "2020-08-14T21:00", False),
        ("leader", {}, "2020-08-15T06:59:59", False),
        ("leader", {}, "2020-08-15T07:00", True),
        ("leader", {"quiet_hours": "22:00-06:00"}, "2020-08-14T21:59:59", True),
        ("leader", {"quiet_hours": "22:00-06:00"}, "2020-08-14T22:00", False),
        ("leader", {"quiet_hours": "none"}, "2020-08-14T23:00", True),
        ("owner", {}, "2020-08-14T23:00", True),
        ("owner", {"quiet_hours": "22:00-06:00"}, "2020-08-14T23:00", True),
    ],
)
def test_quiet_hours_hold_leaders_even_of_a_phase_on_duty_round_the_clock_and_nobody_who_is_on_duty(
    tmp_path, sink, role, hours, moment, told
):
    contacts = owners(1, sink.json_url).replace(",owner,", f",{role},")
    plan = TOWNSHIPS_ALWAYS.replace("unit.owner", f"unit.{role}")
    campaign = morning(tmp_path, None, 1, sink.json_url, plan=plan, contacts=contacts, **hours)
    done = send(campaign, moment)
    assert (done.delivered, done.held) == ((1, 0) if told else (0, 1))
    if not told:
        opens = "08-15 06:00" if hours else "08-15 07:00"
        assert history(campaign, 1)[-1] == ("planned", "held", f"免打扰时段，{opens}后发出")
    assert_sound(campaign)


def test_a_person_may_have_quiet_hours_of_their_own(tmp_path, sink):
    rows = owners(2, sink.json_url).splitlines()
    contacts = "\n".join(f"{row},{'12:00-14:00' if row.startswith('990101001') else ''}" for row in rows)
    campaign = morning(tmp_path, None, 2, sink.json_url, plan=TOWNSHIPS_ALWAYS)
    people = tmp_path / "contacts.csv"
    people.write_text(f"unit,role,name,channel,免打扰\n{contacts}\n", encoding="utf-8")
    load(campaign.store, Files(contacts=people), at(MORNING))
    assert send(campaign, "2020-08-14T12:30").delivered == 1
    assert [message.to for message in sink.accepted] == ["/990101002"]
    assert send(campaign, "2020-08-14T14:00").delivered == 1


def test_the_administrator_is_told_at_any_hour(tmp_path, sink):
    campaign = morning(
        tmp_path,
        None,
        1,
        sink.json_url,
        plan=TOWNSHIPS_ALWAYS,
        quiet_hours="04:00-02:00",
        admin_channel=sink.json_url("admin"),
        contacts="",
    )
    send(campaign, "2020-08-14T23:00")
    assert [message.to for message in sink.accepted] == ["/admin"]


# --- long digests


def test_a_person_gets_the_worst_lines_and_the_number_of_the_others(tmp_path, sink):
    rows = "".join(f"{code},owner,李处,{sink.json_url('li')}\n" for code in townships(49))
    campaign = morning(
        tmp_path, None, 49, sink.json_url, contacts=rows, board_url="http://10.1.2.3:4200/v2", lines_a_message=12
    )
    assert send(campaign).delivered == 1
    [message] = sink.accepted
    assert "另有37项，详见 http://10.1.2.3:4200/v2。" in message.text
    assert message.text.count("两员选聘到位") == 12


def test_a_national_morning_over_a_failing_gateway_leaves_the_rest_alone(tmp_path, sink, bots):
    campaign = morning(
        tmp_path,
        None,
        200,
        lambda code: f"wecombot://b{code}" if int(code[-1]) % 2 else sink.json_url(code),
        wecombot_url=bots.url,
    )
    bots.decide = lambda _: Status(502)
    done = send(campaign)
    assert done.delivered == 100
    assert states(campaign) == {"accepted": 100, "retry": 100}


@pytest.mark.parametrize(("moment", "given_up"), [("2020-08-17T08:59", False), ("2020-08-17T09:00", True)])
def test_what_quiet_hours_hold_for_a_working_day_goes_up(tmp_path, database_url, sink, moment, given_up):
    rows = owners(1, sink.json_url).splitlines()
    contacts = "\n".join(f"{row},{'07:00-20:00' if row.startswith('990101001') else ''}" for row in rows)
    people = tmp_path / "quiet.csv"
    people.write_text(f"unit,role,name,channel,免打扰\n{contacts}\n", encoding="utf-8")
    campaign = morning(tmp_path, database_url, 1, sink.json_url)
    changes = load(campaign.store, Files(contacts=people), at(MORNING))
    assert any("免打扰时段占满办公时间" in said.zh for said in changes.words())
    assert send(campaign).held == 1
    assert send(campaign, "2020-08-14T16:00").delivered == 0
    with campaign.store.writing() as connection:  # as it is found by a pass that looks again within the quiet hours
        connection.execute(text("UPDATE notices SET not_before = created_at, next_try = NULL WHERE state = 'held'"))
    done = send(campaign, moment)
    assert done.failed == (2 if given_up else 0)  # it, and the word to an administrator who has no channel
    assert [message.to for message in sink.accepted] == (["/990101"] if given_up else [])
    if given_up:
        assert "超过一个工作日未能发出" in str(history(campaign, 1)[-1][2])
    assert_sound(campaign)


def test_a_word_held_for_the_night_is_not_given_up_because_nobody_watched_by_day(tmp_path, sink):
    contacts = owners(1, sink.json_url).replace(",owner,", ",leader,")
    plan = TOWNSHIPS_ALWAYS.replace("unit.owner", "unit.leader")
    campaign = morning(tmp_path, None, 1, sink.json_url, plan=plan, contacts=contacts)
    assert send(campaign, "2020-08-14T23:00").held == 1
    with campaign.store.writing() as connection:  # as it is found in the quiet of a later night
        connection.execute(text("UPDATE notices SET not_before = created_at, next_try = NULL"))
    later = send(campaign, "2020-08-17T23:00")
    assert (later.held, later.failed) == (1, 0)
    assert send(campaign, "2020-08-18T07:00").delivered == 1


@pytest.mark.parametrize(
    ("moment", "given_up"), [("2020-08-14T17:00", False), ("2020-08-17T08:29", False), ("2020-08-17T08:30", True)]
)
def test_an_hour_at_which_no_pass_ever_looks_goes_up_like_one_that_never_comes(
    tmp_path, database_url, sink, moment, given_up
):
    people = tmp_path / "quiet.csv"
    people.write_text(
        "unit,role,name,channel,免打扰\n"
        + "\n".join(f"{row},08:00-06:00" for row in owners(1, sink.json_url).splitlines() if "990101001" in row)
        + f"\n990101,owner,县,{sink.json_url('990101')},\n",
        encoding="utf-8",
    )
    campaign = morning(tmp_path, database_url, 1, sink.json_url, plan=TOWNSHIPS_ALWAYS)
    load(campaign.store, Files(contacts=people), at(MORNING))
    assert send(campaign, "2020-08-14T09:00").held == 1
    with campaign.store.writing() as connection:  # as it is found by a pass of the next morning
        connection.execute(text("UPDATE notices SET not_before = created_at, next_try = NULL WHERE state = 'held'"))
    send(campaign, moment)
    assert [message.to for message in sink.accepted] == (["/990101"] if given_up else [])
    assert_sound(campaign)


def test_a_week_without_power_is_not_held_against_a_notice(tmp_path, sink):
    campaign = morning(tmp_path, None, 1, sink.json_url)
    assert send(campaign, "2020-08-24T09:00").delivered == 1
    assert [message.to for message in sink.accepted] == ["/990101001"]


def test_a_channel_that_stays_throttled_for_a_working_day_is_given_up(tmp_path, bots):
    campaign = morning(tmp_path, None, 1, lambda code: f"wecombot://b{code}", wecombot_url=bots.url)
    hour = at(MORNING)
    while hour < at("2020-08-17T12:00"):
        with campaign.store.writing() as connection:
            [bot] = connection.execute(text("SELECT address FROM contacts WHERE unit = '990101001'")).scalars()
            write_conditions(connection, [Condition(bot, "wecombot://", free_at=micros(hour) + 1)])
            connection.execute(text("UPDATE notices SET address = NULL WHERE state = 'held'"))
        send(campaign, str(hour))
        hour += timedelta(hours=1)
    assert [message.to for message in bots.accepted] == ["b990101"]
