"""pucha watch --dry-run --until: what a clerk types and reads, and what is left when it is stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from worlds import county
from worlds.campaign import UNITS, at, make_campaign
from worlds.clerk import Clerk
from worlds.plans import TWO_PHASES

from tasks.preview.copy import PREFIX, private_copy
from tasks.preview.preview import preview

ROOT = Path(__file__).parents[3]
CONTACTS = "unit,role,name,channel\n990101,owner,甲一,json://127.0.0.1:9/a\n990101,leader,甲二,wecombot://KEY\n9901,owner,市一,json://127.0.0.1:9/c\n"
TEN_DAYS = ("watch", "--dry-run", "--as-of", "2020-07-29T09:00", "--until", "2020-08-07")

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def loaded(clerk: Clerk) -> Clerk:
    """The small campaign with three contacts: both roles of one county, and the city."""
    clerk.file("plan.yaml", TWO_PHASES)
    clerk.file("units.csv", UNITS)
    clerk.file("contacts.csv", CONTACTS)
    clerk.json("load", "--plan", "plan.yaml", "--units", "units.csv", "--contacts", "contacts.csv")
    return clerk


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


# --- what a clerk reads


def test_a_clerk_reads_the_days_the_peak_and_every_notice_with_the_persons_name(loaded: Clerk) -> None:
    shown = loaded(*TEN_DAYS)
    assert shown.out.startswith("预告：2020-07-29 09:00 至 2020-08-07 24:00，如再无新报表，将发出通知 ")
    for word in (
        "2020-07-30 周四",
        "报上级",
        "经办人 甲一",
        "办公室主任 甲二",
        "人均经费不低于10元（提前6天提醒，期限 08-05 24:00）",
        "人均经费不低于10元（逾期1天，报上级，期限 08-05 24:00）",
        "最忙：",
        "当即发完",
    ):
        assert word in shown.out.replace("\n", ""), word
    for secret in ("127.0.0.1", "KEY", "json://"):
        assert secret not in shown.out + shown.err


def test_the_same_in_english(loaded: Clerk) -> None:
    loaded.english()
    shown = loaded(*TEN_DAYS).out
    assert shown.startswith("preview from 2020-07-29 09:00 to 2020-08-07 24:00: ")
    for word in (
        "notices would go out if nothing else is reported",
        "2020-07-30 Thu",
        "owner 甲一",
        "(reminder 6 d before; due 08-05",
    ):
        assert word in shown.replace("\n", ""), word


def test_a_day_alone_is_meant_to_its_end_and_the_rest_of_the_list_is_counted(loaded: Clerk) -> None:
    told = loaded.json(*TEN_DAYS, "--limit", "1")
    assert (told["from"], told["until"]) == ("2020-07-29T09:00:00+08:00", "2020-08-08T00:00:00+08:00")
    # the city's, in place of the county that has nobody
    assert told["notices"][0]["to"] == {"unit": "9901", "unit_name": "试验市", "role": "owner", "name": "市一"}
    assert told["notices"][0]["lines"][0]["rung_text"] == "提前6天提醒（代转）"
    assert told["notices"][0]["channel"] == "json://••••"
    assert told["left_out"] == sum(day["notices"] for day in told["days"]) - 1 > 0
    assert "… 另有" in loaded(*TEN_DAYS, "--limit", "1").out


def test_what_nobody_can_be_told_is_a_finding(loaded: Clerk) -> None:
    # nobody in the other county, and no administrator's channel is set
    shown = loaded(*TEN_DAYS)
    assert shown.code == 1
    assert "无联系渠道，无法送达" in shown.out
    loaded.monkeypatch.setenv("PUCHA_ADMIN_CHANNEL", "json://127.0.0.1:9/admin")
    assert loaded(*TEN_DAYS).code == 0


def test_one_units_preview_says_nothing_of_the_others(loaded: Clerk) -> None:
    told = loaded.json(*TEN_DAYS, "--unit", "990101")
    assert {line["unit"] for one in told["notices"] for line in one["lines"]} == {"990101"}


# --- what is refused


def test_until_without_dry_run_is_refused_with_the_cure_and_sends_nothing(loaded: Clerk) -> None:
    refused = loaded("watch", "--until", "2020-08-07", "--as-of", "2020-07-30T09:00")
    assert (refused.code, refused.out) == (2, "")
    assert "pucha watch --dry-run --until T" in refused.err
    assert loaded.json("notices") == []


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--until", "2020-07-28"), "请把 --until 改晚"),
        (("--until", "下周"), "无法读懂"),
        (("--until", "2020-08-07", "--unit", "88"), "没有单位 88"),
        (("--until", "2020-08-07", "--limit", "-1"), "--limit"),
    ],
)
def test_what_cannot_be_previewed_is_refused(
    loaded: Clerk, temporary: Path, arguments: tuple[str, ...], word: str
) -> None:
    refused = loaded("watch", "--dry-run", "--as-of", "2020-07-29T09:00", *arguments)
    assert refused.code == 2
    assert word in refused.err
    assert list(temporary.iterdir()) == []


def test_without_until_a_rehearsal_answers_as_it_always_did(loaded: Clerk) -> None:
    told = loaded.json("watch", "--dry-run", "--as-of", "2020-07-30T09:00")
    assert list(told) == [
        "as_of",
        "judged",
        "opened",
        "closed",
        "owed",
        "held",
        "delivered",
        "failed",
        "dry_run",
        "lines",
    ]
    assert told["lines"]
    assert all(set(line) == {"to", "unit", "requirement", "rung"} for line in told["lines"])


# --- what is left when it is stopped


def _county(folder: Path) -> None:
    """A campaign whose preview takes some seconds."""
    campaign = make_campaign(
        folder,
        plan=county.plan_yaml(),
        units=county.units_csv(),
        contacts=county.contacts_csv("json://127.0.0.1:9"),
    )
    campaign.store.engine.dispose()


def _running(folder: Path, temporary: Path) -> subprocess.Popen[str]:
    """A preview in a process of its own that has made its copy."""
    environment = {**os.environ, "PUCHA_HOME": str(folder / "home"), "TMPDIR": str(temporary), "PYTHONPATH": str(ROOT)}
    call = ["watch", "--dry-run", "--as-of", "2020-09-20T09:00", "--until", "2020-10-12", "--json"]
    process = subprocess.Popen(
        [sys.executable, "-m", "deployments.cli", *call],
        env=environment,
        cwd=folder,
        text=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    deadline = time.monotonic() + 60
    while not list(temporary.glob(f"{PREFIX}*/pucha.db-wal")):
        assert process.poll() is None, process.stderr and process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return process


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_preview_that_is_stopped_takes_its_copy_with_it(
    tmp_path: Path, temporary: Path, sent: signal.Signals, code: int
) -> None:
    _county(tmp_path)
    process = _running(tmp_path, temporary)
    process.send_signal(sent)
    process.communicate(timeout=60)
    assert process.returncode == code
    assert list(temporary.iterdir()) == []


def test_what_a_killed_preview_left_goes_with_the_next_and_what_another_uses_stays(
    tmp_path: Path, temporary: Path
) -> None:
    _county(tmp_path)
    process = _running(tmp_path, temporary)
    process.kill()
    process.communicate(timeout=60)
    [left] = temporary.iterdir()
    os.utime(left, (time.time() - 3600, time.time() - 3600))

    (tmp_path / "other").mkdir()
    small = make_campaign(tmp_path / "other", plan=TWO_PHASES)
    with private_copy(small.store, at("2020-07-29T09:00"), at("2020-08-07")):
        assert not left.exists()
        [used] = temporary.iterdir()
        os.utime(used, (time.time() - 3600, time.time() - 3600))
        preview(
            store=small.store,
            scope=None,
            start=at("2020-07-29T09:00"),
            until=at("2020-07-30"),
            limit=0,
            progress=lambda _: None,
        )
        assert list(temporary.iterdir()) == [used]
    assert list(temporary.iterdir()) == []
