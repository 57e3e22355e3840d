"""Health: what is ok, what somebody should look at, what fails, and whom it is told how often."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from models.calendar.working_time import YearDoubt
from models.rules.oversight.health import (
    AdminChannel,
    ArchiveSeen,
    Facts,
    HealthCheck,
    Limits,
    health_checks,
    to_tell,
    worst,
)
from models.wording import Said

BEIJING = ZoneInfo("Asia/Shanghai")
LIMITS = Limits(watch=timedelta(minutes=45), audit=timedelta(hours=3))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


NOW = at("2020-11-05T10:00")
WELL = Facts(
    now=NOW,
    version="0003",
    loaded=at("2020-03-01T09:00"),
    last_pass=at("2020-11-05T09:50"),
    last_audit=at("2020-11-05T09:30"),
    found={"missing": 0, "extra": 0, "late": 0},
    unsent=0,
    unsent_since=None,
    held=0,
    held_since=None,
    held_too_long=False,
    channels_aside=0,
    phases_aside=(),
    years=(),
    free=50_000_000_000,
    administrator=AdminChannel(is_set=True),
    archive=ArchiveSeen("s3://census/hebei", reports=12, missing=0),
)


def line(name: str, **changes: object) -> HealthCheck:
    found = {one.name: one for one in health_checks(replace(WELL, **changes), LIMITS)}  # type: ignore[arg-type]
    return found[name]


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (
            ArchiveSeen("s3://census/hebei", reports=12, missing=1),
            "of 12 reports the archive s3://census/hebei lacks 1",
        ),
        (
            ArchiveSeen("/mnt/census", 12, 0, Said("共享盘没有挂载", "the share is not mounted")),
            "the share is not mounted",
        ),
    ],
)
def test_an_archive_that_lacks_a_report_or_cannot_be_seen_fails(seen: ArchiveSeen, words: str):
    found = line("archive", archive=seen)
    assert (found.state, words in found.said.en) == ("failing", True)


def test_where_everything_runs_every_line_is_ok():
    lines = health_checks(WELL, LIMITS)
    assert [one.name for one in lines] == [
        "database",
        "archive",
        "machines",
        "watch",
        "audit",
        "unsent",
        "held",
        "channels",
        "administrator",
        "asides",
        "clock",
        "calendar",
        "disk",
    ]
    assert worst(lines) == "ok"


@pytest.mark.parametrize(("last", "state"), [("2020-11-05T09:15", "ok"), ("2020-11-05T09:14", "failing")])
def test_the_watch_fails_once_its_last_pass_is_older_than_its_limit(last: str, state: str):
    assert line("watch", last_pass=at(last)).state == state


def test_a_dead_watch_is_named_with_the_moment_of_its_last_pass():
    assert line("watch", last_pass=at("2020-11-03T17:15")).said == Said(
        "巡查已停：最近一次于11月3日17:15完成，至今40小时", "no pass for 40 hours: the last ended at 11-03 17:15"
    )


@pytest.mark.parametrize(("loaded", "state"), [("2020-11-05T09:15", "warning"), ("2020-11-05T09:14", "failing")])
def test_a_new_campaign_has_as_long_for_its_first_pass(loaded: str, state: str):
    assert line("watch", last_pass=None, loaded=at(loaded)).state == state


@pytest.mark.parametrize(("last", "state"), [("2020-11-05T07:00", "ok"), ("2020-11-05T06:59", "failing")])
def test_the_audit_fails_once_the_last_one_is_older_than_its_limit(last: str, state: str):
    assert line("audit", last_audit=at(last)).state == state


def test_what_an_audit_found_fails_with_its_counts():
    found = line("audit", found={"missing": 2, "extra": 0, "late": 1})
    assert found.state == "failing"
    assert found.said.zh == "11月5日09:30核查有出入：应发未发 2 条，多发 0 条，迟发 1 条"


def test_notices_that_lie_fail_with_their_number_and_the_oldest():
    found = line("unsent", unsent=12, unsent_since=at("2020-11-05T08:30"))
    assert (found.state, found.said.zh) == ("failing", "有 12 份通知到时未发，最早的应于11月5日08:30发出")


def test_channels_set_aside_and_doubtful_years_are_warnings():
    assert line("channels", channels_aside=3).state == "warning"
    assert line("calendar", years=(YearDoubt(2021, "missing"),)).state == "warning"
    years = (YearDoubt(2021, "missing"), YearDoubt(2022, "missing"), YearDoubt(2023, "estimated"))
    assert line("calendar", years=years).said.zh == (
        "2021、2022年的放假安排尚未导入，工作日暂按周一至周五推算，待通知印发后请及时导入；"
        "2023年的工作日系预排，以国务院办公厅正式通知为准"
    )


@pytest.mark.parametrize(("whole", "state"), [(False, "warning"), (True, "failing")])
def test_one_unit_left_out_is_a_warning_and_a_whole_phase_a_failure(whole: bool, state: str):
    assert line("asides", phases_aside=((Said("阶段 zoning 核对出错", "phase zoning failed"), whole),)).state == state


@pytest.mark.parametrize(
    ("free", "state"),
    [(1_000_000_000, "ok"), (999_999_999, "warning"), (200_000_000, "warning"), (199_999_999, "failing")],
)
def test_a_disk_warns_before_it_fails(free: int, state: str):
    assert line("disk", free=free).state == state


def test_the_whole_is_as_bad_as_its_worst_line():
    assert worst(health_checks(replace(WELL, channels_aside=1), LIMITS)) == "warning"
    assert worst(health_checks(replace(WELL, channels_aside=1, last_pass=None), LIMITS)) == "failing"


def test_a_trouble_is_told_again_when_the_time_of_silence_is_over():
    lines = health_checks(replace(WELL, last_pass=None), LIMITS)
    assert [one.name for one in to_tell(lines, {}, NOW)] == ["watch"]
    assert to_tell(lines, {"watch": at("2020-11-05T10:01")}, NOW) == ()
    assert [one.name for one in to_tell(lines, {"watch": NOW}, NOW)] == ["watch"]


def test_what_is_held_is_counted_with_its_oldest_and_fails_after_a_working_day():
    held = line("held", held=3, held_since=at("2020-11-04T17:00"))
    assert held.said.zh.endswith("，最早的自11月4日17:00起等候")
    assert (held.state, "3 份" in held.said.zh, "11月4日17:00" in held.said.zh) == ("ok", True, True)
    assert line("held", held=3, held_since=at("2020-11-03T17:00"), held_too_long=True).state == "failing"


def test_a_channel_of_the_administrator_that_cannot_be_used_fails():
    missing = line("administrator", administrator=AdminChannel(is_set=False))
    assert (missing.state, "PUCHA_ADMIN_CHANNEL=" in missing.said.zh, "not set" in missing.said.en) == (
        "warning",
        True,
        True,
    )
    fault = Said("应写成 json://主机", "should read json://host")
    assert line("administrator", administrator=AdminChannel(is_set=True, fault=fault)).state == "failing"


def test_what_stands_in_the_future_fails_and_a_simulation_is_only_said():
    slip = line("clock", ahead=[Said("巡查 1 处在将来", "1 × passes in the future")])
    assert (slip.state, "pucha clock heal" in slip.said.zh) == ("failing", True)
    assert line("clock", is_simulated=True).state == "warning"
