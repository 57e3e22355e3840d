"""What reports change of a list that is too long to be written again each time: the same rows, in files of changes."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import update
from worlds.campaign import Campaign, at, make_campaign
from worlds.kills import lying, named
from worlds.registers import FUNDS, PROBLEMS, PlainRows, as_set, draw_report, reported, take_rows

from models.moments import micros
from models.plan.lists import Register
from models.rules.registers.frames import CODE
from models.rules.registers.kept_files import SMALL, KeptFiles
from models.tables import RegisterState
from models.wording import Refusal
from tasks.archive.place import STATES
from tasks.registers.current import rows_of
from tasks.registers.history import history_of

FIRST, RECEIVED = at("2020-11-01T17:00"), at("2020-11-20T09:00")


def long_list(register: Register, codes: Sequence[str], rows: int = SMALL) -> list[dict[str, Any]]:
    """Rows of each of these codes in turn, of which no drawn report speaks."""
    key = [name for name in register.key if name != CODE]
    cells = {name: "长" if register.columns[name].type == "text" else None for name in key}
    number = {name: register.columns[name].type == "number" for name in key}
    return [
        {
            CODE: codes[place % len(codes)],
            **cells,
            **{name: float(place) if number[name] else f"长{place}" for name in key[-1:]},
        }
        for place in range(rows)
    ]


def take(campaign: Campaign, *rows: dict[str, Any], day: int, register: Register = PROBLEMS) -> int:
    return take_rows(campaign.store, register, rows, FIRST + timedelta(days=day), RECEIVED)


def begun(folder: Path, *codes: str, database_url: str | None = None, **settings: Any) -> Campaign:
    """A list of SMALL rows in each province of these codes."""
    campaign = make_campaign(folder, database_url, **settings)
    rows = [row for code in codes or ("990101",) for row in long_list(PROBLEMS, [code])]
    take_rows(campaign.store, PROBLEMS, reported(PROBLEMS, rows), FIRST, RECEIVED)
    return campaign


def problem(row: float, code: str = "990101", **cells: Any) -> dict[str, Any]:
    return {"code": code, "list": "甲", "row": row, **cells}


def files_of(campaign: Campaign, province: str = "99", register: str = "problems") -> KeptFiles:
    query = "SELECT files FROM register_states WHERE register = :register AND province = :province"
    ((files,),) = campaign.rows(query, register=register, province=province)
    return KeptFiles.read(files)


def told(campaign: Campaign, *columns: str, list_: str = "甲") -> list[tuple[Any, ...]]:
    rows = rows_of(campaign.store, PROBLEMS, at("2020-12-30T00:00"))
    return rows.filter(pl.col("list") == list_).select(columns).rows()


WORLDS = (
    (PROBLEMS, ("990101", "990101001", "990102002001", "990201", "980101001")),
    (FUNDS, ("9901", "9902", "990101", "990102", "990201", "9801")),
)


@pytest.mark.parametrize(("register", "codes"), WORLDS, ids=["key-without-code", "key-with-code"])
def test_rows_of_a_long_list_are_what_the_whole_history_says(
    tmp_path: Path, register: Register, codes: tuple[str, ...]
) -> None:
    campaign, chance, plain = make_campaign(tmp_path), random.Random(3), PlainRows(register)
    days = [FIRST + timedelta(days=day) for day in range(20)]
    kept_as_changes = 0
    for turn, day in enumerate(days):
        rows = draw_report(chance, register, codes) if turn else long_list(register, codes[:4], SMALL + 100)
        moment = chance.choice(days[1 : turn + 1]) if turn % 6 == 5 else day  # some are late
        rows = [row for row in rows if turn % 4 == 3 or not row.get(":nil")] or [{CODE: codes[0], ":nil": True}]
        batch = take_rows(campaign.store, register, rows, moment, RECEIVED)
        plain.reports.append((micros(moment), batch, rows))
        kept_as_changes += bool(files_of(campaign, register=register.id).changes)
        if turn % 5 == 4:
            check(campaign, plain, [days[-1], chance.choice(days)])
    check(campaign, plain, days[-1:])
    assert 5 < kept_as_changes < 20


def check(campaign: Campaign, plain: PlainRows, moments: Sequence[Any]) -> None:
    for moment in moments:
        found = rows_of(campaign.store, plain.register, moment)
        assert as_set(found.to_dicts(), plain.register) == as_set(plain.at(micros(moment)), plain.register), moment
        assert found["code"].is_sorted()


def test_a_report_on_a_long_list_writes_what_it_changes_and_leaves_the_base_as_it_is(tmp_path: Path) -> None:
    campaign = begun(tmp_path, "990101", "980101")
    before = {province: files_of(campaign, province) for province in ("98", "99")}
    take(campaign, problem(1, state="received"), problem(1, "980101"), {**problem(7), "list": "长"}, day=1)
    take(campaign, {**problem(7, state="closed"), "list": "长"}, problem(1, state="received"), day=2)
    after = files_of(campaign)
    assert after.bases == before["99"].bases and files_of(campaign, "98").bases == before["98"].bases
    (changes,) = after.changes
    written = pl.read_parquet(campaign.store.home / changes)
    assert written.select("list", "row", "state", ":at").rows() == [
        ("甲", 1.0, "received", None),
        ("长", 7.0, "closed", 7),
    ]
    assert not {":emptied", ":words"}.intersection(written.columns)  # nothing stands there
    assert told(campaign, "code", "row", "state") == [("980101", 1.0, None), ("990101", 1.0, "received")]
    assert lying(campaign) == named(campaign)


def test_a_column_that_an_earlier_report_changed_stays_changed_whatever_later_ones_say(tmp_path: Path) -> None:
    """Readers write over those columns alone of which the files of changes say that they are others than in the base."""
    campaign = begun(tmp_path)
    by_turns = ({"state": "closed"}, {"seen": True}, {"state": "received"})
    for day, cells in enumerate(by_turns, 1):
        take(campaign, *({**problem(row, **cells), "list": "长"} for row in range(day * 10)), day=day)
    files = files_of(campaign)
    told_of = [pl.read_parquet_metadata(campaign.store.home / name).get("columns") for name in files.changes]
    assert json.loads(str(told_of[-1])) == [":batch", ":changed", "seen", "state"]  # laid together with those before it
    take(campaign, {**problem(40, state="closed"), "list": "长"}, problem(1), day=9)
    newest = pl.read_parquet_metadata(campaign.store.home / files_of(campaign).changes[-1])
    assert "columns" not in newest  # a row came: any column may be another
    found = rows_of(campaign.store, PROBLEMS, at("2020-12-30T00:00"))
    shutil.rmtree(campaign.store.home / STATES)
    assert found.equals(rows_of(campaign.store, PROBLEMS, at("2020-12-30T00:00")))
    seen = found.filter(pl.col("list") == "长", pl.col("row") < 41).sort("row")
    expected = [("received", True)] * 20 + [("received", None)] * 10 + [(None, None)] * 10 + [("closed", None)]
    assert seen.select("state", "seen").rows() == expected


def test_rows_of_an_area_that_was_written_again_are_not_read_out_of_the_older_file_too(tmp_path: Path) -> None:
    """Also where every area that the older file is known for is asked for, so that it is read without a look at each row."""
    campaign = make_campaign(tmp_path)
    take_rows(campaign.store, PROBLEMS, long_list(PROBLEMS, ["990101", "990201"]), FIRST, RECEIVED)
    take_rows(
        campaign.store,
        PROBLEMS,
        [{**problem(row), "list": "长"} for row in range(0, SMALL, 2)],
        FIRST,
        RECEIVED,
        whole=True,
    )
    files = files_of(campaign)
    with campaign.store.engine.begin() as connection:
        counted = replace(files, rows=dict.fromkeys(files.names, SMALL))
        connection.execute(update(RegisterState).values(files=counted.text))
    found = rows_of(campaign.store, PROBLEMS, at("2020-12-30T00:00"))
    assert found.height == SMALL and found.select("code", "list", "row").is_unique().all()


def test_a_file_of_changes_goes_when_the_last_province_needs_it_no_more(tmp_path: Path) -> None:
    campaign = begun(tmp_path, "990101", "980101")
    take(campaign, problem(1), problem(1, "980101"), day=1)
    (shared,) = files_of(campaign).changes
    take(campaign, problem(2), day=2)
    assert shared not in files_of(campaign).names and shared in lying(campaign)
    take(campaign, problem(2, "980101"), day=3)
    assert shared not in lying(campaign)
    assert told(campaign, "code", "row") == [(code, row) for code in ("980101", "990101") for row in (1.0, 2.0)]


def test_what_another_program_wrote_before_there_were_changes_goes_on(tmp_path: Path) -> None:
    """Bases alone, an area of which was written later than the others, and rows of a city that has none yet."""
    campaign = make_campaign(tmp_path)
    take_rows(campaign.store, PROBLEMS, long_list(PROBLEMS, ["990101", "990201"]), FIRST, RECEIVED)
    take_rows(campaign.store, PROBLEMS, [problem(1), problem(2)], FIRST, RECEIVED, whole=True)
    before = KeptFiles.of({area: str(one.base) for area, one in files_of(campaign).areas.items()}).text
    assert "files" not in before and len(KeptFiles.read(before).bases) == 2
    with campaign.store.engine.begin() as connection:
        connection.execute(update(RegisterState).values(files=before))
    take(campaign, problem(2, state="closed"), problem(1, "990201"), problem(1, "990301"), day=1)
    assert files_of(campaign).changes and files_of(campaign).bases == KeptFiles.read(before).bases
    expected = [("990101", 1.0, None), ("990101", 2.0, "closed"), ("990201", 1.0, None), ("990301", 1.0, None)]
    assert told(campaign, "code", "row", "state") == expected
    some = rows_of(campaign.store, PROBLEMS, at("2020-12-30T00:00"), provinces=["99"], columns=["state"])
    assert some.height == SMALL + 4 and some.columns[:2] == ["code", "state"]


def test_changes_that_are_many_are_written_into_the_base(tmp_path: Path) -> None:
    campaign = begun(tmp_path)
    first = files_of(campaign).bases
    for day in range(1, 5):
        take(campaign, *(problem(number, state="received") for number in range(day * 160, (day + 1) * 160)), day=day)
    assert files_of(campaign).changes == () and files_of(campaign).bases != first
    assert len(told(campaign, "row")) == 640
    assert lying(campaign) == named(campaign)


@pytest.mark.parametrize("fault", ["missing", "damaged"])
@pytest.mark.parametrize("which", ["changes", "base"])
def test_changes_that_cannot_be_read_are_made_again_from_the_reports_and_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, fault: str, which: str
) -> None:
    campaign = begun(tmp_path)
    take(campaign, problem(1), {**problem(7, seen=True), "list": "长"}, day=1)
    (name,) = files_of(campaign).changes if which == "changes" else files_of(campaign).bases
    file = campaign.store.home / name
    file.unlink() if fault == "missing" else file.write_bytes(b"damaged")
    assert told(campaign, "row") == [(1.0,)]
    caplog.clear()
    take(campaign, problem(2), day=2)
    assert [record.getMessage().split(" in ")[0] for record in caplog.records] == ["rows of register problems"]
    assert told(campaign, "row") == [(1.0,), (2.0,)]
    assert (7.0, True) in told(campaign, "row", "seen", list_="长")
    assert pl.read_parquet(campaign.store.home / next(iter(files_of(campaign).names))).height


def test_changes_that_cannot_be_made_again_are_said_and_nothing_is_taken_in(tmp_path: Path) -> None:
    campaign = begun(tmp_path)
    take(campaign, problem(1), day=1)
    before = files_of(campaign)
    for folder in ("districts", "archive"):
        shutil.rmtree(campaign.store.home / folder)
    with pytest.raises(Refusal, match="missing or damaged"):
        take(campaign, problem(2), day=2)
    assert files_of(campaign) == before


def test_a_late_report_and_a_whole_list_see_the_changes_before_them(tmp_path: Path) -> None:
    campaign = begun(tmp_path)
    take(campaign, problem(1, state="received"), day=2)
    assert files_of(campaign).changes
    take(campaign, problem(1, seen=True), problem(2), day=1)
    assert files_of(campaign).changes == ()
    assert told(campaign, "row", "state", "seen") == [(1.0, "received", True), (2.0, None, None)]
    found = history_of(campaign.store, PROBLEMS, "甲/1", "990101")
    assert [dict(one.now) for one in found] == [{"list": "甲", "row": 1.0, "seen": True}, {"state": "received"}]


@pytest.mark.parametrize("place", ["home", "database"])
def test_the_archive_may_be_anywhere(tmp_path: Path, database_url: str, place: str) -> None:
    settings = {"archive_url": "database"} if place == "database" else {}
    campaign = begun(tmp_path, "990101", "980101", database_url=database_url, **settings)
    for day in range(1, 4):
        take(campaign, problem(day), problem(day, "980101"), day=day)
    assert files_of(campaign).changes
    assert len(told(campaign, "row")) == 6
    assert lying(campaign) == named(campaign)
