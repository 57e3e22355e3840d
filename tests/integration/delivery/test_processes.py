"""A morning of thousands: other processes send from the same ledger, and each notice goes out once."""

import time
from collections import Counter
from datetime import timedelta

import pytest
from standins.acts import Accept
from standins.webhook import JsonSink
from worlds.campaign import at
from worlds.deliveries import MORNING, assert_sound, morning, notices, send, states
from worlds.plans import TOWNSHIPS_ALWAYS

from tasks.delivery.deliver import deliver
from tasks.delivery.passes import deliver_alone
from tasks.delivery.processes import MANY, more_senders

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def sink():
    with JsonSink() as standin:
        yield standin


def wait_for_the_first(sink: JsonSink) -> None:
    """Until a message has arrived from somebody."""
    until = time.monotonic() + 60
    while not sink.accepted and time.monotonic() < until:
        time.sleep(0.02)


def test_thousands_are_shared_and_each_arrives_once(database_url, tmp_path, sink):
    campaign = morning(tmp_path, database_url, MANY, sink.json_url, plan=TOWNSHIPS_ALWAYS)
    done = send(campaign)
    assert (done.delivered, done.failed, done.held) == (MANY, 0, 0)
    assert Counter(message.number for message in sink.accepted) == {f"N{one['id']:08d}": 1 for one in notices(campaign)}
    assert_sound(campaign)


def test_the_other_process_goes_by_the_pass_s_clock_and_says_what_it_did(tmp_path, sink):
    campaign = morning(tmp_path, None, 300, sink.json_url, plan=TOWNSHIPS_ALWAYS, send_concurrency=4)
    sink.decide = lambda _: Accept(delay=0.1)
    with more_senders(campaign.settings, lambda: at(MORNING), MANY) as [other]:
        wait_for_the_first(sink)
        own = deliver_alone(campaign.store, campaign.settings, lambda: at(MORNING))
        done = other.result()
    assert done is not None
    assert min(own.delivered, done.delivered) > 0
    assert own.delivered + done.delivered == 300
    assert {one["settled_at"] for one in notices(campaign)} == {round(at(MORNING).timestamp() * 1_000_000)}
    assert_sound(campaign)


def test_a_few_notices_and_an_office_that_wants_one_process_start_no_other(tmp_path, sink):
    campaign = morning(tmp_path, None, 1, sink.json_url, plan=TOWNSHIPS_ALWAYS, send_processes=1)
    with more_senders(campaign.settings, lambda: at(MORNING), MANY) as others:
        assert list(others) == []
    with more_senders(
        campaign.settings.model_copy(update={"send_processes": 4}), lambda: at(MORNING), MANY - 1
    ) as others:
        assert list(others) == []


def test_one_that_is_cut_off_loses_nothing(tmp_path, sink):
    campaign = morning(tmp_path, None, 200, sink.json_url, plan=TOWNSHIPS_ALWAYS, send_concurrency=4)
    sink.decide = lambda _: Accept(delay=0.05)
    with more_senders(campaign.settings, lambda: at(MORNING), MANY):
        wait_for_the_first(sink)
    assert states(campaign).get("accepted", 0) < 200
    send(campaign, str(at(MORNING) + timedelta(minutes=11)))
    assert states(campaign) == {"accepted": 200}
    seen = set()
    for message in sink.accepted:
        assert message.repeat or message.number not in seen
        seen.add(message.number)
    assert len(seen) == 200
    assert_sound(campaign)


@pytest.mark.wall_clock
def test_one_that_cannot_work_is_said_and_leaves_the_rest_to_this_one(tmp_path, sink):
    campaign = morning(tmp_path, None, MANY, sink.json_url, plan=TOWNSHIPS_ALWAYS)
    settings = campaign.settings.model_copy(update={"database": f"sqlite:///{tmp_path}/gone/pucha.db"})
    done = deliver(campaign.store, settings, lambda: at(MORNING))
    assert done.delivered == MANY
    assert ["另一发送进程中断" in said.zh for said in done.warnings] == [True]
    assert_sound(campaign)
