"""The flows as the server sees them: states, names, tags, how many task runs, what a rehearsal leaves alone."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from worlds import census
from worlds.office import Office, pucha

TurningMoments = dict[str, dict[str, str]]


@pytest.mark.parametrize(("phase", "state"), census.STATES.items())
def test_a_run_ends_in_the_state_of_its_phase(turns: TurningMoments, phase: str, state: str):
    assert turns[phase]["state_name"] == state


def test_a_run_is_red_where_an_office_must_look_and_nowhere_else(turns: TurningMoments):
    red = {phase for phase, run in turns.items() if run["state_type"] == "FAILED"}
    assert red == {phase for phase, state in census.STATES.items() if state in ("有逾期", "前置工作未完成")}


def test_a_run_says_why_it_is_red(turns: TurningMoments):
    assert "有逾期；逾期 1 项，最长逾期" in turns["recruitment"]["state"]["message"]
    assert "待“两员选聘”完成" in turns["training"]["state"]["message"]


def test_a_run_is_named_and_tagged_in_the_offices_words(turns: TurningMoments):
    assert turns["registration"]["name"] == "入户登记 · 试验省 · 截至11-05 17:00"
    assert {"入户登记", "试验省"} <= set(turns["registration"]["tags"])
    assert turns["publicity"]["name"] == "普查宣传 · 试验省 · 截至11-05 17:00"


def test_a_run_makes_no_more_task_runs_for_69_offices_than_for_one(office: Office, turns: TurningMoments):
    one = office.ended(office.start("两员选聘", unit=census.SHORT_OF_STAFF, as_of=census.AS_OF))

    def task_runs(run: str) -> int:
        return int(office.api("task_runs/count", task_runs={"flow_run_id": {"any_": [run]}}))

    counts = {task_runs(run["id"]) for run in (*turns.values(), one)}
    assert len(counts) == 1
    assert counts.pop() <= 15


@pytest.mark.usefixtures("turns")
def test_pages_stand_under_stable_keys_and_a_second_run_writes_over_them(office: Office):
    before = office.address("phase-listing-99")
    office.ended(office.start("摸底", unit="99", as_of="2020-11-05T18:00:00+08:00"))
    assert office.address("phase-listing-99") == before
    assert "截至 **2020-11-05 18:00**" in (office.page("phase-listing-99") or "")
    for key in ("board-99", "board-9901", "board-9902", "overdue-99", "calendar-99", "duties-99"):
        assert office.page(key), key
    office.ended(office.start("摸底", unit="99", as_of=census.AS_OF))


def written(office: Office) -> dict[str, str]:
    """When each page of the screen was last written."""
    return {page["key"]: page["updated"] for page in office.api("artifacts/latest/filter", limit=200)}


@pytest.mark.usefixtures("turns")
def test_a_page_that_shows_nothing_new_is_left_as_it_is_and_one_that_is_gone_is_made_again(office: Office):
    listing = {"unit": "99", "as_of": census.AS_OF}
    office.ended(office.start("摸底", **listing))
    before = written(office)
    office.ended(office.start("摸底", **listing))
    after = written(office)
    assert {key for key in before if after[key] != before[key]} == {
        *("board-99", "overdue-99", "calendar-99", "duties-99", "phase-listing-99")
    }, "somebody asked for the office's own"
    (gone,) = office.api("artifacts/latest/filter", artifacts={"key": {"any_": ["board-9902"]}})
    office.removed(f"artifacts/{gone['latest_id']}")
    assert office.page("board-9902") is None
    office.ended(office.start("摸底", **listing))
    assert "乙市 · 进度看板" in (office.page("board-9902") or "")


@pytest.mark.usefixtures("turns")
def test_no_page_is_larger_than_the_screen_takes(office: Office):
    pages = office.api("artifacts/latest/filter", limit=200)
    assert len(pages) >= 10
    assert all(len(page["data"].encode()) <= 200_000 for page in pages)


@pytest.mark.usefixtures("turns")
def test_a_rehearsal_leaves_the_boards_and_the_ledger_alone(office: Office):
    board = office.page("board-990101")
    notices = pucha(office.home, "notices", "--limit", "0", "--json").stdout
    run = office.ended(office.start("两员选聘", unit="990101", as_of="2020-12-24T10:00:00+08:00", rehearse=True))
    assert run["name"] == "两员选聘 · 甲一县 · 截至12-24 10:00 · 演练"
    assert office.page("board-990101") == board
    assert pucha(office.home, "notices", "--limit", "0", "--json").stdout == notices


def test_an_unknown_unit_is_refused_with_a_sentence(office: Office):
    run = office.ended(office.start("入户登记", unit="88"))
    assert run["state_name"] == "未执行"
    assert "没有单位 88" in run["state"]["message"]


def test_the_watch_runs_every_quarter_of_an_hour_one_at_a_time(office: Office):
    (watch,) = office.api("deployments/filter", deployments={"name": {"any_": ["巡查催办"]}})
    (schedule,) = watch["schedules"]
    assert schedule["schedule"]["interval"] == 900
    assert schedule["active"]
    assert watch["global_concurrency_limit"]["limit"] == 1
    assert watch["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"


def test_a_report_laid_into_the_inbox_is_taken_in(office: Office):
    inbox = office.home / "inbox"
    inbox.mkdir(exist_ok=True)
    report = inbox / "问题2020-11-05T16:30.csv"
    report.write_text("code,problems\n990203010,7\n", encoding="utf-8")
    past = time.time() - 60
    os.utime(report, (past, past))
    run = office.ended(office.start("收取报表"))
    assert run["state_name"] == "已收下"
    assert "收下 1 行" in run["state"]["message"]
    assert [file.name for file in (inbox / "done").iterdir()] == [report.name]


def test_pucha_run_uses_the_running_server_and_answers_with_status_and_run(office: Office):
    asked = ("run", "两员选聘", "--unit", "9901", "--as-of", "2020-11-05T17:00", "--json")
    done = pucha(office.home, *asked)
    assert done.returncode == 1, done.stderr
    answer = json.loads(done.stdout)
    assert [phase["state"] for phase in answer["phases"]] == ["overdue"]
    assert answer["duties"][0]["unit"] == census.SHORT_OF_STAFF
    assert answer["run"]["name"] == "两员选聘 · 甲市 · 截至11-05 17:00"
    assert answer["run"]["state"] == "有逾期"
    assert answer["run"]["url"].startswith(f"{office.url}/v2/runs/flow-run/")


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (("run", "nothing", "--unit", "99"), "registration（入户登记）"),
        (("run", "registration", "--unit", "88"), "没有单位 88"),
    ],
)
def test_pucha_run_refuses_what_it_does_not_know_and_names_what_there_is(office: Office, asked, says):
    refused = pucha(office.home, *asked)
    assert refused.returncode == 2
    assert says in refused.stderr


def test_english_is_a_setting(tmp_path: Path):
    """Flow names and forms follow PUCHA_LANG; asked in a process of its own, since names are fixed at import."""
    import subprocess
    import sys

    from worlds.office import environment

    program = (
        "import json; from deployments.office.catalogue import ROUTINES, load_flow, flow_names;"
        "assert all(load_flow(n).name == one.name.en for n, one in ROUTINES.items());"
        "print(json.dumps({n: [load_flow(n).name, load_flow(n).parameters.properties] for n in flow_names()}))"
    )
    said = json.loads(
        subprocess.run(
            [sys.executable, "-c", program], env=environment(tmp_path, "en"), capture_output=True, text=True, check=True
        ).stdout
    )
    assert said["registration"][0] == "registration"
    assert said["registration"][1]["unit"]["title"] == "Unit"
    assert all(
        text.isascii()
        for name, properties in said.values()
        for text in (name, json.dumps(properties, ensure_ascii=False))
    )
