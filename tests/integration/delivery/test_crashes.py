"""Killed anywhere, several at once: nothing is lost, and what is repeated says so."""

import multiprocessing
import os
import random
import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from standins.acts import Accept, Reset
from standins.loop import Request
from standins.webhook import JsonSink
from worlds.campaign import Campaign, at
from worlds.databases import copy_postgresql
from worlds.deliveries import MORNING, assert_sound, morning, notices, states
from worlds.plans import TOWNSHIPS_ALWAYS
from worlds.sender_process import start

from tasks.chasing.passes import owe
from tasks.delivery.sending import most_ahead
from tasks.judging.settled import judge_now

pytestmark = pytest.mark.timeout(300)

KILLS = int(os.environ.get("PUCHA_TEST_KILLS", "200"))
NOTICES = 25 * KILLS
AT_ONCE = 16
MOST_IN_DOUBT = AT_ONCE + most_ahead(AT_ONCE)
"""What one sender has begun and not recorded at most: what is on its way, and what it begins ahead."""
ELEVEN_MINUTES = timedelta(minutes=11)
"""A little longer than a lease."""


@pytest.fixture
def sink():
    with JsonSink() as standin:
        yield standin


class Assassin:
    """Kills a sender in the middle of its so-manieth request, before or after the message has arrived."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pid: int | None = None
        self._left = 0
        self._arrives = True

    def aim(self, pid: int, requests: int, arrives: bool) -> None:
        with self._lock:
            self._pid, self._left, self._arrives = pid, requests, arrives

    def __call__(self, _: Request) -> Accept | Reset:
        with self._lock:
            if self._pid is None:
                return Accept()
            if self._left > 0:
                self._left -= 1
                return Accept()
            os.kill(self._pid, signal.SIGKILL)
            self._pid = None
            return Accept() if self._arrives else Reset()


def run(campaign: Campaign, moment, database_url, **how):
    """One delivery in a process of its own at a moment; returns the process."""
    return start(
        campaign.settings.home,
        database_url,
        moment.isoformat(),
        {"send_concurrency": AT_ONCE, "send_processes": 1},
        **how,
    )


def in_doubt(campaign: Campaign) -> int:
    """Notices of which nobody knows whether they arrived."""
    return campaign.rows("SELECT COUNT(*) FROM notices WHERE state = 'sending'")[0][0]


def marked(campaign: Campaign) -> int:
    """How many were marked as possible repeats, however often."""
    return campaign.rows("SELECT COUNT(*) FROM transitions WHERE state = 'unknown'")[0][0]


def finish(campaign: Campaign, moment, database_url, passes: int = 4) -> None:
    """Deliver to the end: what dead senders held runs out first."""
    for number in range(passes):
        process = run(campaign, moment + number * ELEVEN_MINUTES, database_url)
        process.join(120)
        assert process.exitcode == 0


def assert_nothing_lost_and_repeats_marked(campaign: Campaign, sink: JsonSink, most_repeats: int) -> None:
    assert states(campaign) == {"accepted": len(notices(campaign))}
    seen: Counter[str] = Counter()
    for message in sink.accepted:
        number = message.number or ""
        assert message.repeat or not seen[number], f"{number} came twice and the second time did not say so"
        seen[number] += 1
    assert set(seen) == {f"N{notice['id']:08d}" for notice in notices(campaign)}
    assert sum(seen.values()) - len(seen) <= most_repeats
    assert_sound(campaign)


def test_killed_two_hundred_times_it_loses_nothing_and_marks_what_it_repeats(tmp_path, sink):
    """kill -9 within a delivery of 5 000 notices; PUCHA_TEST_KILLS scales both."""
    campaign = morning(tmp_path, None, NOTICES, sink.json_url, plan=TOWNSHIPS_ALWAYS)
    chance, assassin = random.Random(2020), Assassin()
    sink.decide = assassin
    moment, killed = at(MORNING), 0
    while killed < KILLS:
        before = states(campaign).get("accepted", 0) if killed % 20 == 0 else 0
        process = run(campaign, moment, None)
        assassin.aim(process.pid or 0, chance.randrange(40), chance.random() < 0.5)
        process.join(60)
        assert process.exitcode in (0, -signal.SIGKILL)
        killed += process.exitcode == -signal.SIGKILL
        assert in_doubt(campaign) <= MOST_IN_DOUBT
        moment += ELEVEN_MINUTES
        assert before < NOTICES, "the delivery was over before the last kill"
    unrecorded = sum(count - 1 for count in Counter(message.number for message in sink.accepted).values())
    finish(campaign, moment, None)
    # at each kill at most those on their way, or just answered and not yet written down, come a second time
    assert unrecorded <= KILLS * 40
    assert marked(campaign) <= KILLS * MOST_IN_DOUBT
    assert_nothing_lost_and_repeats_marked(campaign, sink, KILLS * 40)


@pytest.mark.wall_clock
def test_beside_a_slow_provider_a_kill_leaves_in_doubt_only_what_was_on_its_way(database_url, tmp_path, sink):
    """Two at once, of which one provider has one: the sender looks through all others for another, and begins none."""
    campaign = morning(tmp_path, database_url, 200, sink.json_url, plan=TOWNSHIPS_ALWAYS)
    sink.decide = lambda _: Accept() if len(sink.accepted) < 40 else Accept(delay=60.0)
    process = start(
        campaign.settings.home,
        database_url,
        MORNING,
        {"send_concurrency": 2, "send_processes": 1, "send_timeout": 100.0},
    )
    held = "SELECT COUNT(*) FROM notices WHERE lease IS NOT NULL AND state <> 'sending'"
    until = time.monotonic() + 60
    while (campaign.rows(held)[0][0], in_doubt(campaign)) != (159, 1):
        assert time.monotonic() < until, "it never looked for another provider"
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.join(60)
    sink.decide = None

    run(campaign, at(MORNING) + timedelta(seconds=31), database_url).join(60)
    assert states(campaign) == {"accepted": 199, "sending": 1}, "the others went out half a minute later"
    assert not any(message.repeat for message in sink.accepted)
    finish(campaign, at(MORNING) + ELEVEN_MINUTES, database_url, 1)
    assert marked(campaign) == 1
    assert_nothing_lost_and_repeats_marked(campaign, sink, 1)


@pytest.mark.parametrize("where", ["before", "after"])
@pytest.mark.parametrize("commit", range(1, 8))
def test_a_power_cut_at_any_commit_is_healed_by_the_next_pass(tmp_path, sink, where, commit):
    campaign = morning(tmp_path, None, 150, sink.json_url, plan=TOWNSHIPS_ALWAYS)
    process = run(campaign, at(MORNING), None, dies_at=(where, commit))
    process.join(60)
    arrived = len(sink.accepted)
    assert in_doubt(campaign) <= MOST_IN_DOUBT
    finish(campaign, at(MORNING) + ELEVEN_MINUTES, None, 2)
    assert marked(campaign) <= MOST_IN_DOUBT
    assert_nothing_lost_and_repeats_marked(campaign, sink, arrived)


@pytest.mark.parametrize("commit", [2, 4])
@pytest.mark.parametrize("where", ["before", "after"])
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_power_cut_on_a_server_database_is_healed_too(database_url, tmp_path, sink, where, commit):
    campaign = morning(tmp_path, database_url, 150, sink.json_url, plan=TOWNSHIPS_ALWAYS)
    process = run(campaign, at(MORNING), database_url, dies_at=(where, commit))
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    arrived = len(sink.accepted)
    assert in_doubt(campaign) <= MOST_IN_DOUBT
    finish(campaign, at(MORNING) + ELEVEN_MINUTES, database_url, 2)
    assert_nothing_lost_and_repeats_marked(campaign, sink, arrived)


def test_four_senders_at_once_send_each_notice_once(database_url, tmp_path, sink):
    campaign = morning(tmp_path, database_url, 600, sink.json_url, plan=TOWNSHIPS_ALWAYS)
    results = multiprocessing.get_context("forkserver").Queue()
    processes = [run(campaign, at(MORNING), database_url, results=results) for _ in range(4)]
    delivered = [results.get(timeout=120) for _ in processes]
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    assert sum(delivered) == 600
    assert_nothing_lost_and_repeats_marked(campaign, sink, 0)


def test_one_of_four_senders_killed_leaves_its_share_to_the_next_pass(database_url, tmp_path, sink):
    campaign = morning(tmp_path, database_url, 400, sink.json_url, plan=TOWNSHIPS_ALWAYS)
    assassin = Assassin()
    sink.decide = assassin
    processes = [run(campaign, at(MORNING), database_url) for _ in range(4)]
    assassin.aim(processes[0].pid or 0, 30, arrives=True)
    for process in processes:
        process.join(60)
    arrived = len(sink.accepted)
    finish(campaign, at(MORNING) + ELEVEN_MINUTES, database_url, 2)
    assert_nothing_lost_and_repeats_marked(campaign, sink, arrived)


def test_a_sender_killed_while_the_nation_is_judged_loses_nothing_and_marks_what_it_repeats(tmp_path, template, sink):
    url = copy_postgresql(template, f"k{abs(hash(str(tmp_path)))}")
    campaign, assassin = morning(tmp_path, url, 60, sink.json_url, plan=TOWNSHIPS_ALWAYS), Assassin()
    sink.decide = assassin
    judging, may_end = threading.Event(), threading.Event()

    def slowly(*asked):
        judging.set()
        assert may_end.wait(60)
        return judge_now(*asked)

    with ThreadPoolExecutor(1) as threads:
        passing = threads.submit(owe, campaign.store, None, at(MORNING), judges=slowly)
        assert judging.wait(30)
        process = run(campaign, at(MORNING), url)
        assassin.aim(process.pid or 0, 25, arrives=True)
        process.join(60)
        assert (process.exitcode, passing.done()) == (-signal.SIGKILL, False)
        assert 0 < in_doubt(campaign) <= MOST_IN_DOUBT, "it had some of them in hand"
        may_end.set()
        assert passing.result(60).aside == ()
    finish(campaign, at(MORNING) + ELEVEN_MINUTES, url, 2)
    assert_nothing_lost_and_repeats_marked(campaign, sink, 40)
