"""The watchman and its endpoint: what monitors get, what stays closed, and what administrators are told once."""

from __future__ import annotations

import json
import re
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from standins.acts import Status
from worlds.campaign import at
from worlds.chases import Chase, chasing
from worlds.databases import Shared, put_sqlite
from worlds.kept import Kept, keep
from worlds.plans import TWO_PHASES

from deployments.office.access import access_string, authorization
from deployments.office.health_endpoint import Post, health_endpoint
from deployments.office.watchman import FRESH_SECONDS, Watchman
from models.rules.oversight.health import HealthCheck
from models.wording import Refusal, Said
from tasks.audit_trail.records import verify
from tasks.campaign.database import database_file
from tasks.campaign.one_writer import doubt_of_sqlite
from tasks.campaign.settings import Settings
from tasks.campaign.trail_heads import Head
from tasks.chasing.passes import owe
from tasks.delivery.deliver import deliver
from tasks.oversight.auditor import audit
from tasks.oversight.heartbeats import note_pass

FLOWS = HealthCheck("flows", "ok", Said("流程正在运行", "the flows run"))


@dataclass
class Guard:
    """A watchman on a campaign with a clock of its own, and all that it said on the terminal."""

    watchman: Watchman
    post: Post
    said: list[str]
    clock: list[datetime]
    looks: list[datetime]
    of_up: list[HealthCheck]

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.post.port}"

    def get(self, path: str = "/health", method: str = "GET", **headers: str) -> httpx.Response:
        return httpx.request(
            method, f"http://{self.host}{path}", headers=headers, timeout=20, trust_env=False, verify=False
        )

    def alarm(self) -> httpx.Response:
        return self.get("/alarm", "POST", Authorization=f"Bearer {self.post.token}")


@contextmanager
def guarding(settings: Settings, moment: str, port: int | None = None) -> Iterator[Guard]:
    """One that looks by itself only when an alarm comes."""
    said: list[str] = []
    clock, looks, of_up = [at(moment)], list[datetime](), [FLOWS]

    def look() -> list[HealthCheck]:
        looks.append(clock[0])
        return of_up

    with (
        Watchman(settings, lambda: clock[0], look, said.append, every=3600, silent_for=0) as watchman,
        health_endpoint(watchman, port) as post,
    ):
        yield Guard(watchman=watchman, post=post, said=said, clock=clock, looks=looks, of_up=of_up)


def until(true: Callable[[], bool], seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.05)
    return False


@contextmanager
def well_run(tmp_path: Path, database_url: str | None) -> Iterator[Chase]:
    """A campaign in which a pass and an audit have just ended well."""
    with chasing(tmp_path, database_url, plan=TWO_PHASES) as one:
        store, now = one.campaign.store, at("2020-08-05T09:00")
        note_pass(store, None, owe(store, None, now), deliver(store, store.settings, lambda: now), now)
        assert audit(store, now - timedelta(minutes=10), now).clean
        yield one


@pytest.fixture(scope="module")
def well(shared: Shared) -> Iterator[Kept]:
    with well_run(shared.folder, shared.database_url) as one:
        yield keep(one.campaign, one.sink, shared)


@pytest.fixture
def chase(well: Kept, tmp_path: Path) -> Iterator[Chase]:
    with well.copied(tmp_path, Chase) as one:
        yield one


def test_a_monitor_gets_200_while_nothing_fails_and_503_once_the_watch_is_dead(chase: Chase):
    with guarding(chase.campaign.settings, "2020-08-05T09:30") as guard:
        well = guard.get()
    with guarding(chase.campaign.settings, "2020-08-05T10:30") as guard:
        ill = guard.get()
    assert well.status_code == 200
    doubted = {"database"} if chase.campaign.store.is_sqlite and doubt_of_sqlite() else set()
    assert {one["name"] for one in well.json()["checks"] if one["state"] != "ok"} == doubted
    assert well.json()["state"] == ("warning" if doubted else "ok")
    assert ill.status_code == 503
    assert {one["name"] for one in ill.json()["checks"] if one["state"] == "failing"} == {"watch"}
    assert [one["name"] for one in ill.json()["checks"]][-1] == "flows"


def test_dead_flows_are_503_though_the_campaign_is_well(chase: Chase):
    with guarding(chase.campaign.settings, "2020-08-05T09:30") as guard:
        guard.of_up[0] = HealthCheck("flows", "failing", Said("流程已意外停止", "the flows have stopped"))
        assert guard.get().status_code == 503


def test_a_campaign_that_cannot_be_read_is_503(tmp_path: Path):
    with guarding(Settings(home=tmp_path / "none", _env_file=None), "2020-08-05T09:30") as guard:
        answer = guard.get()
    assert answer.status_code == 503
    assert answer.json()["checks"][0]["name"] == "database"


def test_head_answers_as_get_without_a_body_and_nothing_else_is_there(chase: Chase):
    with guarding(chase.campaign.settings, "2020-08-05T09:30") as guard:
        assert (guard.get(method="HEAD").status_code, guard.get(method="HEAD").content) == (200, b"")
        assert [guard.get(method=method).status_code for method in ("POST", "PUT", "DELETE", "PATCH")] == [405] * 4
        assert [guard.get(path).status_code for path in ("/", "/api/health", "/health/x")] == [404] * 3
        assert guard.get("/alarm").status_code == 405


def test_the_answer_holds_no_secret_and_no_figure_of_an_office(chase: Chase):
    with guarding(chase.campaign.settings, "2020-08-05T10:30") as guard:
        told = guard.get().text
        assert guard.post.token not in told + repr(guard.post)
    assert not any(word in told for word in ("json://", "甲县", "990101", "token"))


def test_why_something_fails_is_said_only_to_who_brings_the_access_string(chase: Chase):
    with guarding(chase.campaign.settings, "2020-08-05T10:30") as guard:
        anybody = guard.get()
        wrong = guard.get(Authorization="Basic cHVjaGE6")
        trusted = guard.get(Authorization=authorization(access_string(chase.campaign.settings.home)))
    assert [one.status_code for one in (anybody, wrong, trusted)] == [503] * 3
    assert wrong.json() == anybody.json()
    assert {tuple(one) for one in anybody.json()["checks"]} == {("name", "state")}
    assert "巡查已停" in trusted.text and "巡查已停" not in anybody.text


@pytest.mark.parametrize(
    "said", [{"Origin": "http://127.0.0.1:9"}, {"Host": "evil.cn"}, {"Sec-Fetch-Site": "same-site"}]
)
def test_another_web_page_learns_nothing(chase: Chase, said: dict[str, str]):
    with guarding(chase.campaign.settings, "2020-08-05T09:30") as guard:
        answer = guard.get(**said)
    assert (answer.status_code, "checks" in answer.text) == (403, False)


def test_a_host_that_the_office_named_may_ask(chase: Chase):
    named = chase.campaign.settings.model_copy(update={"allowed_hosts": "monitor.example"})
    with guarding(named, "2020-08-05T09:30") as guard:
        assert guard.get(Host="monitor.example").status_code == 200


def test_an_alarm_needs_the_token_of_this_start(chase: Chase):
    with guarding(chase.campaign.settings, "2020-08-05T10:30") as guard:
        for wrong in ("", "Bearer", f"Bearer {guard.post.token}x"):
            assert guard.get("/alarm", "POST", Authorization=wrong).status_code == 403
        assert guard.alarm().status_code == 202


@pytest.mark.wall_clock
def test_many_that_ask_at_once_cost_a_look_every_few_seconds(chase: Chase):
    with guarding(chase.campaign.settings, "2020-08-05T09:30") as guard:
        began = time.monotonic()
        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(lambda _: guard.get().status_code, range(80)))
        lasted = time.monotonic() - began
    assert set(answers) == {200}
    assert len(guard.looks) <= 1 + lasted / FRESH_SECONDS


@pytest.mark.wall_clock
def test_one_that_says_nothing_is_hung_up_on_and_keeps_nobody_waiting(chase: Chase):
    with guarding(chase.campaign.settings, "2020-08-05T09:30") as guard:
        with socket.create_connection(("127.0.0.1", guard.post.port)) as silent:
            began = time.monotonic()
            assert guard.get().status_code == 200
            silent.settimeout(40)
            assert silent.recv(1) == b""
        assert time.monotonic() - began < 30


@pytest.mark.wall_clock
def test_one_that_never_comes_to_an_end_is_hung_up_on(chase: Chase):
    with (
        guarding(chase.campaign.settings, "2020-08-05T09:30") as guard,
        socket.create_connection(("127.0.0.1", guard.post.port)) as slow,
    ):
        began = time.monotonic()
        slow.sendall(f"POST /alarm HTTP/1.1\r\nHost: {guard.host}\r\nContent-Length: 60000\r\n\r\n".encode())
        with pytest.raises(OSError):
            while time.monotonic() - began < 30:
                slow.sendall(b"x")
                time.sleep(0.2)
        assert time.monotonic() - began < 30


def test_whoever_comes_on_top_of_sixteen_is_hung_up_on_and_may_come_again(chase: Chase):
    with guarding(chase.campaign.settings, "2020-08-05T09:30") as guard:
        with ExitStack() as lines:
            for _ in range(16):
                lines.enter_context(socket.create_connection(("127.0.0.1", guard.post.port)))
            with pytest.raises(httpx.TransportError):
                guard.get()
        assert until(lambda: answered(guard) == 200)


def answered(guard: Guard, **headers: str) -> int | None:
    """The code of an answer; None for one who was hung up on."""
    try:
        return guard.get(**headers).status_code
    except httpx.TransportError:
        return None


def test_a_request_without_measure_is_not_taken(chase: Chase):
    with guarding(chase.campaign.settings, "2020-08-05T09:30") as guard:
        assert answered(guard, **{"X-Long": "x" * 200_000}) in (400, None)
        authorization = {"Authorization": f"Bearer {guard.post.token}", "Content-Length": "9999999999"}
        with socket.create_connection(("127.0.0.1", guard.post.port), timeout=20) as sender:
            head = "".join(f"{name}: {value}\r\n" for name, value in authorization.items())
            sender.sendall(f"POST /alarm HTTP/1.1\r\nHost: {guard.host}\r\n{head}\r\n".encode() + b"x" * 65_536)
            assert sender.recv(12) == b"HTTP/1.1 202"


def test_it_answers_on_loopback_alone_with_json_that_nobody_keeps_and_ends_with_its_thread(chase: Chase):
    threads = threading.active_count()
    with guarding(chase.campaign.settings, "2020-08-05T09:30") as guard:
        health, wrong = guard.get(), guard.get("/alarm")
        with pytest.raises(OSError), socket.create_connection(("127.0.0.2", guard.post.port), timeout=5):
            pass
    assert health.headers["Content-Type"] == "application/json; charset=utf-8"
    assert health.headers["Cache-Control"] == "no-store"
    assert health.headers["Server"] == "pucha"
    assert (wrong.headers["Allow"], wrong.json()) == ("POST", {"error": "only POST"})
    assert until(lambda: threading.active_count() <= threads)
    with pytest.raises(OSError), socket.create_connection(("127.0.0.1", guard.post.port), timeout=5):
        pass


def test_a_port_in_use_is_refused(chase: Chase):
    with (
        guarding(chase.campaign.settings, "2020-08-05T09:30") as guard,
        pytest.raises(Refusal, match="--health-port"),
        guarding(chase.campaign.settings, "2020-08-05T09:30", guard.post.port),
    ):
        pass


@pytest.mark.parametrize("what", ["removed", "replaced"])
def test_a_database_that_is_removed_or_replaced_under_it_is_503_at_the_next_look(tmp_path: Path, what: str):
    with well_run(tmp_path, None) as chase, guarding(chase.campaign.settings, "2020-08-05T09:30") as guard:
        file = database_file(chase.campaign.store.engine)
        assert file is not None
        before = guard.get().status_code
        copy = shutil.copy(file, file.with_name("copy.db"))
        file.unlink()
        if what == "replaced":
            Path(copy).replace(file)
        guard.alarm()
        assert until(lambda: guard.get().status_code == 503, 10)
        first = guard.watchman.fresh_health()
        guard.alarm()
        time.sleep(0.5)
        later = guard.watchman.fresh_health()
    assert before == 200
    assert first is not None and "在运行中被移走或换过" in first.checks[0].said.zh
    assert later is not None and later.checks[0].state == "failing", "until somebody starts it again"


def test_a_campaign_that_is_loaded_after_the_start_is_looked_at(tmp_path: Path):
    settings = Settings(home=tmp_path / "home", _env_file=None)  # type: ignore[call-arg]
    with guarding(settings, "2020-08-05T09:30") as guard:
        assert guard.get().json()["checks"][0]["state"] == "failing"
        put_sqlite(tmp_path / "home" / "pucha.db")
        guard.alarm()
        assert until(lambda: "数据库文件" not in str(guard.watchman.fresh_health()))


def to_admin(chase: Chase) -> list[str]:
    """What administrators were told of trouble; where the trail ends they are told besides."""
    return [text for text in all_to_admin(chase) if "校验码" not in text]


def all_to_admin(chase: Chase) -> list[str]:
    return [message.text for message in chase.sink.accepted if message.to.strip("/") == "admin"]


def test_where_the_trail_ends_is_told_once_a_day_and_can_be_held_against_it(chase: Chase):
    def told() -> list[str]:
        return [text for text in all_to_admin(chase) if "校验码" in text]

    for day, count in (("2020-08-05", 1), ("2020-08-05", 1), ("2020-08-06", 2)):
        with guarding(chase.campaign.settings, f"{day}T10:30") as guard:
            guard.alarm()
            assert until(lambda count=count: len(told()) == count)  # type: ignore[misc]
    with guarding(chase.campaign.settings, "2020-08-07T08:29") as guard:
        guard.alarm()
        assert until(lambda: guard.watchman.fresh_health() is not None)
    assert len(told()) == 2
    found = re.search(r"校验码 (\d+):([0-9a-f]{16})。", told()[0])
    assert found is not None
    (kept,) = chase.rows("SELECT hash FROM audit WHERE id = :number", number=int(found[1]))[0]
    assert kept.startswith(found[2])
    assert verify(chase.campaign.store, [Head(0, int(found[1]), found[2])]).whole
    assert not verify(chase.campaign.store, [Head(0, int(found[1]), "0" * 16)]).whole


def test_administrators_are_told_of_a_trouble_once_a_day_and_it_stands_in_the_audit_trail(chase: Chase):
    before = len(to_admin(chase))
    with guarding(chase.campaign.settings, "2020-08-05T10:30") as guard:
        guard.alarm()
        assert until(lambda: len(to_admin(chase)) == before + 1)
        for moment in ("2020-08-05T10:45", "2020-08-05T11:59"):
            guard.clock[0] = at(moment)
            guard.alarm()
            assert until(lambda moment=moment: guard.watchman.fresh_health().as_of == at(moment), 30)  # type: ignore[misc]
    with guarding(chase.campaign.settings, "2020-08-06T10:30") as guard:
        guard.alarm()
        assert until(lambda: len(to_admin(chase)) == before + 2)
    assert "巡查已停：最近一次于8月5日09:00完成，至今90分钟" in to_admin(chase)[before]
    told = [json.loads(about) for (about,) in chase.rows("SELECT about FROM audit WHERE act = 'alarm' ORDER BY id")]
    assert [one["troubles"] for one in told] == [["watch"], ["watch", "audit"]]
    assert [one["state"] for one in told] == ["accepted", "accepted"]


def test_the_terminal_says_what_begins_to_fail_and_what_works_again(chase: Chase):
    with guarding(chase.campaign.settings, "2020-08-05T10:30") as guard:
        guard.alarm()
        assert until(lambda: len(guard.said) == 1)
        guard.clock[0] = at("2020-08-05T09:30")
        guard.alarm()
        assert until(lambda: len(guard.said) == 2)
    assert guard.said == [
        "08-05 10:30 异常：巡查已停：最近一次于8月5日09:00完成，至今90分钟",
        "08-05 09:30 已恢复：最近一次巡查于8月5日09:00完成",
    ]


def test_a_word_that_did_not_arrive_is_tried_again_within_the_hour(chase: Chase):
    before = len(to_admin(chase))
    with guarding(chase.campaign.settings, "2020-08-05T10:30") as guard:
        chase.sink.next(Status(500))
        guard.alarm()
        assert until(lambda: bool(chase.rows("SELECT 1 FROM audit WHERE act = 'alarm'")))
        guard.clock[0] = at("2020-08-05T11:30")
        guard.alarm()
        assert until(lambda: len(to_admin(chase)) == before + 1)


def test_trouble_is_told_though_the_database_cannot_remember_it(tmp_path: Path, chase: Chase):
    before = len(to_admin(chase))
    gone = Settings(home=tmp_path / "none", admin_channel=chase.sink.json_url("admin"), _env_file=None)  # type: ignore[arg-type]
    with guarding(gone, "2020-08-05T10:30") as guard:
        guard.alarm()
        assert until(lambda: len(to_admin(chase)) == before + 1)
        guard.alarm()
        time.sleep(0.5)
    assert len(to_admin(chase)) == before + 1
    assert "还没有普查数据" in to_admin(chase)[-1]
