"""Several machines share a campaign by Prefect's own means, and one of them, and the server, may die at any moment."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from standins.acts import Accept
from standins.webhook import JsonSink
from worlds.machines import POOL, kill, machines, until
from worlds.office import children_of

from deployments.bench import postgres

pytestmark = pytest.mark.timeout(420)

TOWNSHIPS = 100
"""In each of two provinces; each is owed one notice."""
PLAN = """
census: trial
title: 试验普查
standard_time: 2020-11-01
indicators:
  offices: {title: 普查机构, level: township, roll_up: sum, min: 0, max: 1}
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
        if os.environ.get("PUCHA_TEST_ALL"):
            pytest.fail("PostgreSQL is missing, and CI may skip nothing")
        pytest.skip("PostgreSQL is missing")
    with postgres.cluster(found, durable=False) as server:
        yield server


def write_campaign(folder: Path, sink: JsonSink) -> list[str]:
    """Two provinces whose townships have reported nothing; the arguments of `pucha load`."""
    units, contacts = ["code,name"], ["unit,role,name,channel"]
    for province, name in PROVINCES.items():
        units += [f"{province},{name}", f"{province}01,{name}甲市", f"{province}0102,{name}甲县"]
        for number in range(1, TOWNSHIPS + 1):
            code = f"{province}0102{number:03d}"
            units.append(f"{code},第{number}乡")
            contacts.append(f"{code},owner,经办人,{sink.json_url(code)}")
    written = {"plan.yaml": PLAN, "units.csv": "\n".join(units) + "\n", "contacts.csv": "\n".join(contacts) + "\n"}
    for name, text in written.items():
        (folder / name).write_text(text, encoding="utf-8")
    options = zip(("--plan", "--units", "--contacts"), written, strict=True)
    return ["load", *(part for option, name in options for part in (option, str(folder / name)))]


def worker_of_the_flow(workers: list[subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
    """The one of the workers that a run is under way on."""
    (found,) = [worker for worker in workers if any(map(_is_run, children_of(worker.pid)))]
    return found


def _is_run(pid: int) -> bool:
    try:
        return b"prefect.engine" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def test_reminders_go_on_within_two_minutes_after_a_machine_and_the_server_died(cluster: str, tmp_path: Path):
    campaign = postgres.new_database(cluster, f"campaign-{tmp_path.name}")
    prefect = postgres.new_database(cluster, f"prefect-{tmp_path.name}").replace("+psycopg", "+asyncpg")
    shared = {
        "PUCHA_KEY": Fernet.generate_key().decode(),
        "PUCHA_LEASE_MINUTES": "1",  # ten by default: for so long nobody knows whether what was being sent arrived
        "PUCHA_SEND_CONCURRENCY": "2",
    }
    with JsonSink() as sink, machines(tmp_path, campaign, prefect, **shared) as office:
        sink.decide = lambda _: Accept(delay=0.1)
        server = office.start_server()
        office.pucha("first", *write_campaign(tmp_path, sink))
        until(office.answers, 180, "the server answers")
        office.pucha("first", "deploy", "--pool", POOL, "--by", "province")
        workers = [office.start_worker(machine) for machine in ("first", "second")]

        passes = office.start(*(f"巡查催办·{name}" for name in PROVINCES.values()))
        until(lambda: set(office.states(passes)) == {"已巡查"}, 120, "both provinces have had their pass")

        office.start("发送通知")
        until(lambda: len(sink.accepted) >= 40, 60, "reminders go out")
        dead = worker_of_the_flow(workers)
        kill(dead)
        kill(server)
        before = len(sink.accepted)
        assert before < 2 * TOWNSHIPS, "in the middle"
        office.start_server()
        until(lambda: len(sink.accepted) > before, 120, "reminders go on")
        until(lambda: reached(sink) == 2 * TOWNSHIPS, 60, "everybody has been told")

        numbers = Counter(number_of(message.text) for message in sink.accepted)
        marked = Counter(number_of(message.text) for message in sink.accepted if MARK in message.text)
        assert all(times - 1 <= marked[number] for number, times in numbers.items()), "what came twice says so"
        assert json.loads(office.pucha("second", "notices", "--state", "planned", "--json")) == []
        office.pucha("second", "audit", "verify")


def reached(sink: JsonSink) -> int:
    return len({message.to for message in sink.accepted})


def number_of(text: str) -> str:
    return re.findall(r"N\d{6,}", text)[-1]
