"""The power goes, and the disk has kept only what was synced: nothing that was answered or sent is forgotten."""

from __future__ import annotations

import shutil
import signal
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from standins.acts import Accept, Reset
from standins.loop import Request
from standins.webhook import JsonSink
from worlds.campaign import at
from worlds.deliveries import MORNING, owners, townships, units
from worlds.needed import missing
from worlds.plans import TOWNSHIPS, without_codes
from worlds.power import Machine, build

from tasks.audit_trail.records import verify
from tasks.campaign.secrets import open_keeper
from tasks.campaign.settings import Settings
from tasks.campaign.store import Store, open_store
from tasks.campaign.trail_heads import read_heads
from tasks.delivery.deliver import deliver

COUNT = 30
ELEVEN_MINUTES = timedelta(minutes=11)
"""A little longer than a lease."""
WAIVED_BY = "张三"
SYNCS = 12
"""How often a first load syncs, at least."""


def compiled(folder: Path) -> Path:
    built = build(folder)
    if built is None:
        missing("a C compiler")
    return built


@pytest.fixture(scope="module")
def receiver() -> Iterator[JsonSink]:
    with JsonSink() as standin:
        yield standin


@pytest.fixture
def sink(receiver: JsonSink) -> JsonSink:
    """The receiver of everything, to which nothing has come yet."""
    receiver.start_over([])
    return receiver


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory, receiver: JsonSink) -> Machine:
    """A machine that has answered its first `load`: to be copied."""
    folder = tmp_path_factory.mktemp("machine")
    made = Machine(folder, compiled(folder))
    assert made.run(*first_load(folder, receiver)) == 0
    return made


def first_load(folder: Path, receiver: JsonSink) -> list[str]:
    """The words of the command, with the files that it names."""
    (folder / "plan.yaml").write_text(without_codes(TOWNSHIPS), encoding="utf-8")
    (folder / "units.csv").write_text(units(COUNT), encoding="utf-8")
    leader = f"990101,leader,{WAIVED_BY},{receiver.json_url('leader')}\n"
    people = f"unit,role,name,channel\n{owners(COUNT, receiver.json_url)}{leader}"
    (folder / "contacts.csv").write_text(people, encoding="utf-8")
    given = {"--plan": "plan.yaml", "--units": "units.csv", "--contacts": "contacts.csv"}
    return ["load", *(word for option, name in given.items() for word in (option, str(folder / name)))]


@pytest.fixture
def machine(loaded: Machine, tmp_path: Path) -> Iterator[Machine]:
    """A machine whose database somebody has open, as `up` has: no command is the last to close it, which would sync it."""
    copy = loaded.copy(tmp_path / "machine")
    with closing(sqlite3.connect(copy.home / "pucha.db")) as connection:
        connection.execute("SELECT COUNT(*) FROM units").fetchone()
        yield copy


def opened(home: Path) -> tuple[Store, Settings]:
    settings = Settings(home=home, _env_file=None)  # type: ignore[call-arg]
    return open_store(settings), settings


def asked(home: Path, query: str) -> list[tuple[Any, ...]]:
    """What a database answers, which must be whole."""
    with closing(sqlite3.connect(home / "pucha.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return connection.execute(query).fetchall()


def test_what_was_answered_outlives_a_power_cut(machine, sink):
    figures = machine.folder / "staff.csv"
    figures.write_text(f"code,staff\n{townships(1)[0]},12\n", encoding="utf-8")
    found = machine.left("found")
    channels = [row[0] for row in asked(found, "SELECT channel FROM contacts")]
    assert len(channels) > COUNT
    assert all(open_keeper(found, None).unlock(channel).startswith(sink.json_url()) for channel in channels)

    assert machine.run("report", str(figures), "--as-of", "2020-08-13T17:00", "--by", "试验") == 0
    reported = machine.left("reported")
    archived = asked(reported, "SELECT archive FROM batches")
    assert [(file.name,) for file in (reported / "archive").iterdir()] == archived
    assert (reported / "archive" / archived[0][0]).stat().st_size > 0

    assert machine.run("watch", "--as-of", MORNING) == 0
    assert machine.run("waive", "1", "--by", WAIVED_BY, "--reason", "合并", "--as-of", "2020-08-14T10:00") == 0
    for waived in (machine.left("waived"), machine.left("written-back", written_back=True)):
        assert asked(waived, "SELECT case_id, kind FROM decisions") == [(1, "waive")]
        assert dict(asked(waived, "SELECT state, COUNT(*) FROM notices GROUP BY state")) == {"accepted": COUNT - 1}
        store, _ = opened(waived)
        assert verify(store).whole
        assert read_heads(waived)[-1].records == asked(waived, "SELECT records FROM audit_head")[0][0]


@pytest.mark.parametrize(("request_no", "arrives"), [(1, True), (COUNT // 2, False)])
def test_nothing_that_was_sent_before_a_power_cut_is_sent_again_unmarked(machine, sink, request_no, arrives):
    seen = 0

    def cut(_: Request) -> Accept | Reset:
        nonlocal seen
        seen += 1
        if seen == request_no:
            machine.cut_power()
            return Accept() if arrives else Reset()
        return Accept()

    sink.decide = cut
    machine.begin("watch", "--as-of", MORNING)
    assert machine.ended() == -signal.SIGKILL
    arrived = len(sink.accepted)
    asked(machine.left("written-back", written_back=True), "SELECT 1")
    home = machine.left("found")
    store, settings = opened(home)
    for number in (1, 2):
        deliver(store, settings, lambda number=number: at(MORNING) + number * ELEVEN_MINUTES)
    counted: Counter[str] = Counter()
    for message in sink.accepted:
        assert message.repeat or not counted[str(message.number)], f"{message.number} came twice and did not say so"
        counted[str(message.number)] += 1
    assert set(counted) == {f"N{number:08d}" for (number,) in asked(home, "SELECT id FROM notices")}
    assert len(counted) == COUNT
    assert counted.total() - COUNT <= arrived


def test_a_first_load_cut_off_at_any_sync_or_by_a_full_disk_is_healed_by_the_next(tmp_path, loaded, receiver, capfd):
    load, machine = first_load(tmp_path, receiver), Machine(tmp_path, loaded.between)
    cuts = {f"cut-{syncs}": {"POWER_SYNCS": str(syncs)} for syncs in range(SYNCS)}
    full = {f"full-{room}": {"POWER_ROOM": str(room)} for room in (0, 20_000, 150_000)}
    ended = machine.run_each(load, cuts | full)
    assert {ended[name] for name in full} == {2}
    assert {ended[name] for name in cuts} == {-signal.SIGKILL}
    said = [line for line in capfd.readouterr().err.splitlines() if "未作任何更改" in line]
    assert ["磁盘" in line for line in said] == [True] * len(full), "each full disk is said to be the trouble"

    found = {name: tmp_path / name / ("home" if name in full else "disk") for name in ended}
    found |= {f"{name}-killed": tmp_path / name / "home" for name in list(cuts)[::6]}  # the disk kept all there
    for name, left in found.items():
        if left.exists():
            shutil.copytree(left, tmp_path / f"{name}-again" / "home")
    again = [f"{name}-again" for name in found]
    assert set(machine.run_each(load, {name: {} for name in again}).values()) == {0}
    for name in again:
        home = tmp_path / name / "home"
        assert asked(home, "SELECT (SELECT COUNT(*) FROM units), COUNT(*) FROM contacts") == [(COUNT + 3, COUNT + 4)]
        assert open_keeper(home, None).unlock(asked(home, "SELECT channel FROM contacts")[0][0])
