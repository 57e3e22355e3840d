"""No room on the disk, a database that goes away: the pass ends in bounded time, says so, and the next one heals it."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import make_url
from standins.acts import Accept
from standins.webhook import JsonSink
from worlds.campaign import at
from worlds.deliveries import MORNING, assert_sound, begun, morning, notices, send, states
from worlds.plans import TOWNSHIPS_ALWAYS

from deployments.bench import postgres
from models.rules.delivery.outcomes import Untried
from models.wording import Refusal
from tasks.campaign.store import open_store
from tasks.channels import Gateways, OpenChannels
from tasks.delivery.attempts import Desk, Leased, Sent
from tasks.delivery.sending import FRESH, SendingQueue
from tasks.delivery.texts import Texts

pytestmark = pytest.mark.timeout(180)
LATER = str(at(MORNING) + timedelta(minutes=15))


@pytest.fixture
def sink():
    with JsonSink() as standin:
        yield standin


class Cable:
    """A cable between the program and its database server on loopback, which a test can pull out and put back."""

    def __init__(self, port: int) -> None:
        self._server_port = port
        self._pulled = threading.Event()
        self._open: list[socket.socket] = []
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def pull(self) -> None:
        self._pulled.set()
        for end in self._open:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def put_back(self) -> None:
        self._pulled.clear()

    def close(self) -> None:
        self.pull()
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            if self._pulled.is_set():
                near.close()
                continue
            far = socket.create_connection(("127.0.0.1", self._server_port))
            self._open += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    @staticmethod
    def _carry(one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while chunk := one.recv(65536):
                other.sendall(chunk)
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@pytest.fixture
def cabled(cluster, tmp_path) -> Iterator[tuple[str, Cable]]:
    """An empty database on the server, reached over a cable."""
    url = make_url(postgres.new_database(cluster, f"cabled{abs(hash(str(tmp_path))) % 10**10}"))
    cable = Cable(url.port or 5432)
    try:
        yield url.set(port=cable.port).render_as_string(hide_password=False), cable
    finally:
        cable.close()


def test_a_full_disk_before_anything_is_taken_up_loses_nothing(tmp_path, sink):
    campaign = morning(tmp_path, None, 400, sink.json_url, plan=TOWNSHIPS_ALWAYS)
    full = open_store(campaign.settings)
    fill_up(full, pages=0)
    campaign.store, roomy = full, campaign.store
    with pytest.raises(Refusal, match="no disk space"):
        send(campaign)
    assert sink.accepted == []
    campaign.store = roomy
    assert send(campaign, LATER).delivered == 400
    assert_sound(campaign)


def test_a_disk_that_fills_up_in_the_middle_loses_nothing_and_repeats_only_what_says_so(tmp_path, sink):
    campaign = morning(tmp_path, None, 600, sink.json_url, plan=TOWNSHIPS_ALWAYS)
    full = open_store(campaign.settings)
    fill_up(full, pages=25)
    campaign.store, roomy = full, campaign.store
    began = time.monotonic()
    with pytest.raises(Refusal, match="no disk space"):
        send(campaign)
    assert time.monotonic() - began < 60
    campaign.store = roomy
    arrived = len(sink.accepted)
    assert 0 < arrived < 600
    for minutes in (15, 30):
        send(campaign, str(at(MORNING) + timedelta(minutes=minutes)))
    assert_all_told_and_repeats_marked(campaign, sink)


def fill_up(store, pages: int) -> None:
    """Leave room for so many more pages in the database, as a disk with no more space would."""
    with store.reading() as connection:
        used = connection.execute(text("PRAGMA page_count")).scalar_one()
    store.engine.dispose()

    @event.listens_for(store.engine, "connect")
    def _connect(connection, _record):
        connection.execute(f"PRAGMA max_page_count = {used + pages}")


def assert_all_told_and_repeats_marked(campaign, sink) -> None:
    assert states(campaign) == {"accepted": len(notices(campaign))}
    seen = set()
    for message in sink.accepted:
        assert message.repeat or message.number not in seen
        seen.add(message.number)
    assert len(seen) == len(notices(campaign))
    assert_sound(campaign)


def test_a_database_that_is_busy_for_a_while_is_waited_for(tmp_path, sink):
    campaign = morning(tmp_path, None, 50, sink.json_url, plan=TOWNSHIPS_ALWAYS)
    other = open_store(campaign.settings)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with other.writing():
            held.set()
            done.wait(2)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    assert send(campaign).delivered == 50
    holder.join()
    assert_sound(campaign)


def test_a_database_gone_for_a_moment_stops_no_pass(cabled, tmp_path, sink):
    url, cable = cabled
    campaign = morning(tmp_path, url, 400, sink.json_url, plan=TOWNSHIPS_ALWAYS)
    pulled = threading.Thread(target=pull_for, args=(cable, sink, 100, 1.5))
    pulled.start()
    assert send(campaign).delivered + send(campaign, LATER).delivered == 400
    pulled.join()
    send(campaign, str(at(MORNING) + timedelta(minutes=30)))
    assert_all_told_and_repeats_marked(campaign, sink)


def test_what_cannot_ask_a_database_that_is_gone_goes_back_untried(cabled, tmp_path, sink):
    url, cable = cabled
    campaign = morning(tmp_path, url, 1, sink.json_url, plan=TOWNSHIPS_ALWAYS)
    desk = Desk(campaign.store, campaign.settings, Texts(campaign.store), campaign.store.calendar())
    leased = begun(desk, at(MORNING), 10)
    cable.pull()
    finished = asyncio.run(after_a_wait(desk, leased))
    assert len(finished) == len(leased) > 0
    assert {type(sent.ending) for sent in finished} == {Untried}
    assert sink.calls == 0


async def after_a_wait(desk: Desk, leased: Sequence[Leased]) -> list[Sent]:
    """What becomes of notices that waited in the queue for so long that the ledger is asked again."""
    seconds = [0.0]
    async with OpenChannels(Gateways(), 5.0) as channels:
        queue = SendingQueue(desk, channels, lambda: at(MORNING), lambda: seconds[0])
        queue.pause(True)
        queue.add(leased)
        queue.begin([one.id for one in leased])
        seconds[0] = 2 * FRESH
        queue.pause(False)
        while not queue.is_idle:
            await asyncio.sleep(0.01)
        return queue.collect()


@pytest.mark.wall_clock
def test_a_database_that_stays_away_ends_the_pass_and_the_next_one_heals_it(cabled, tmp_path, sink):
    url, cable = cabled
    campaign = morning(tmp_path, url, 400, sink.json_url, plan=TOWNSHIPS_ALWAYS)
    sink.decide = lambda _: Accept(delay=0.01)
    pulled = threading.Thread(target=pull_for, args=(cable, sink, 100, 60.0))
    pulled.start()
    began = time.monotonic()
    with pytest.raises(Refusal, match="cannot reach the database"):
        send(campaign)
    assert time.monotonic() - began < 60
    cable.put_back()
    for minutes in (15, 30):
        send(campaign, str(at(MORNING) + timedelta(minutes=minutes)))
    assert_all_told_and_repeats_marked(campaign, sink)


def pull_for(cable: Cable, sink: JsonSink, messages: int, seconds: float) -> None:
    """Pull the cable once so many messages have arrived, and put it back after a while."""
    while len(sink.accepted) < messages:
        time.sleep(0.005)
    cable.pull()
    time.sleep(min(seconds, 2.0) if seconds < 10 else 0)
    if seconds < 10:
        cable.put_back()


@pytest.mark.wall_clock
def test_with_the_name_service_gone_the_pass_ends_and_says_so_and_the_next_one_heals_it(tmp_path, sink, monkeypatch):
    campaign = morning(
        tmp_path, None, 60, lambda to: sink.json_url(to).replace("127.0.0.1", "localhost"), plan=TOWNSHIPS_ALWAYS
    )
    real = socket.getaddrinfo

    def gone(host, *rest, **how):
        if host in (b"localhost", "localhost"):
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return real(host, *rest, **how)

    monkeypatch.setattr(socket, "getaddrinfo", gone)
    began = time.monotonic()
    sent = send(campaign)
    assert time.monotonic() - began < 30
    assert sent.delivered == 0
    assert set(states(campaign)) <= {"planned", "held", "retry"}
    assert ["本单位网络中断" in said.zh for said in sent.warnings] == [True]
    assert sink.accepted == []
    monkeypatch.undo()
    assert send(campaign, LATER).delivered == 60
    assert_all_told_and_repeats_marked(campaign, sink)
