"""What holds of a register, and what held: whatever the order of reports, and whatever became of the files."""

from __future__ import annotations

import random
import shutil
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from worlds.campaign import Campaign, at, make_campaign
from worlds.registers import FUNDS, PROBLEMS, PlainRows, as_set, draw_report, take_rows

from models.moments import micros
from models.plan.lists import Register
from models.rules.registers.frames import rows_schema
from models.rules.registers.kept_files import KeptFiles
from models.wording import Refusal
from tasks.preview.copy import private_copy
from tasks.registers.current import rows_of

RECEIVED = at("2020-11-20T09:00")


@pytest.fixture
def campaign(tmp_path: Path, database_url: str) -> Campaign:
    return make_campaign(tmp_path, database_url)


def problem(row: float, code: str = "990101", **cells: Any) -> dict[str, Any]:
    return {"code": code, "list": "甲", "row": row, **cells}


def take(campaign: Campaign, *rows: dict[str, Any], as_of: str, register: Register = PROBLEMS) -> int:
    return take_rows(campaign.store, register, rows, at(as_of), RECEIVED)


def told(campaign: Campaign, *columns: str, until: str = "2020-11-30T00:00") -> list[tuple[Any, ...]]:
    return rows_of(campaign.store, PROBLEMS, at(until)).select(columns).rows()


def files_of(campaign: Campaign, register: str = "problems", province: str = "99") -> dict[str, str]:
    query = "SELECT files FROM register_states WHERE register = :register AND province = :province"
    ((files,),) = campaign.rows(query, register=register, province=province)
    return {area: str(layers.base) for area, layers in KeptFiles.read(files).areas.items()}


def test_a_register_of_which_nothing_was_reported_has_no_rows(campaign: Campaign) -> None:
    found = rows_of(campaign.store, PROBLEMS, at("2020-11-30T00:00"))
    assert found.is_empty() and found.schema == rows_schema(PROBLEMS)


CODES: Sequence[tuple[Register, tuple[str, ...]]] = (
    (PROBLEMS, ("990101", "990101001", "990102002001", "990201", "980101001")),
    (FUNDS, ("99", "9901", "9902", "990101", "990102", "990201", "98")),
)


@pytest.mark.parametrize(("register", "codes"), CODES, ids=["key-without-code", "key-with-code"])
@pytest.mark.parametrize("seed", range(2))
def test_rows_are_what_the_whole_history_says_whatever_the_order_in_which_reports_arrive(
    campaign: Campaign, register: Register, codes: tuple[str, ...], seed: int
) -> None:
    chance, plain = random.Random(seed), PlainRows(register)
    first = at("2020-11-01T17:00")
    days = [first + timedelta(days=day) for day in range(8)]
    for turn in range(14):
        rows, moment = draw_report(chance, register, codes), chance.choice(days)
        batch = take_rows(campaign.store, register, rows, moment, RECEIVED)
        plain.reports.append((micros(moment), batch, rows))
        if turn == 9:
            shutil.rmtree(campaign.store.home / "districts")
        if turn % 3 == 1:
            check(campaign, plain, chance.sample(days, 2))
    check(campaign, plain, [*days, first - timedelta(microseconds=1)])


def check(campaign: Campaign, plain: PlainRows, moments: Sequence[datetime]) -> None:
    for moment in moments:
        found = rows_of(campaign.store, plain.register, moment)
        expected = as_set(plain.at(micros(moment)), plain.register)
        assert as_set(found.to_dicts(), plain.register) == expected, moment
        assert found["code"].is_sorted()


def test_the_moment_of_a_report_itself_sees_it_and_the_one_before_does_not(campaign: Campaign) -> None:
    take(campaign, problem(1, state="received"), as_of="2020-11-05T17:00")
    take(campaign, problem(1, state="closed"), as_of="2020-11-06T17:00")
    assert told(campaign, "state", until="2020-11-06T17:00") == [("closed",)]
    assert told(campaign, "state", until="2020-11-06T16:59") == [("received",)]
    assert told(campaign, "state", until="2020-11-05T17:00") == [("received",)]
    assert told(campaign, "state", until="2020-11-05T16:59") == []


def test_a_late_report_keeps_what_later_ones_said_and_fills_what_they_left_open(campaign: Campaign) -> None:
    take(campaign, problem(1, state="closed"), as_of="2020-11-06T17:00")
    late = take(campaign, problem(1, state="received", seen=True), as_of="2020-11-05T17:00")
    assert told(campaign, "state", "seen", ":since") == [("closed", True, micros(at("2020-11-05T17:00")))]
    assert told(campaign, "state", ":batch", until="2020-11-05T17:00") == [("received", late)]


def test_only_the_files_of_cities_that_a_report_speaks_of_are_written_again(campaign: Campaign) -> None:
    take(campaign, problem(1), problem(1, "990201"), as_of="2020-11-05T17:00")
    before = files_of(campaign)
    take(campaign, problem(2), as_of="2020-11-06T17:00")
    after = files_of(campaign)
    assert set(after) == {"9901", "9902"}
    assert after["9902"] == before["9902"] and after["9901"] != before["9901"]
    assert told(campaign, "code", "row") == [("990101", 1.0), ("990101", 2.0), ("990201", 1.0)]


def test_what_is_asked_for_is_read_of_these_provinces_and_columns_alone(campaign: Campaign) -> None:
    take(campaign, problem(1, state="received"), problem(2, "980101"), as_of="2020-11-05T17:00")
    found = rows_of(campaign.store, PROBLEMS, at("2020-11-30T00:00"), provinces=["99"], columns=["state"])
    assert found.columns == ["code", "state", ":since", ":changed", ":batch", ":withdrawn", ":nil", ":words"]
    assert found["code"].to_list() == ["990101"]


@pytest.mark.parametrize("fault", ["missing", "damaged", "cut"])
def test_a_state_that_cannot_be_read_is_made_again_from_the_reports(campaign: Campaign, fault: str) -> None:
    take(campaign, problem(1, state="received"), problem(9, "990201"), as_of="2020-11-05T17:00")
    take(campaign, problem(2), as_of="2020-11-06T17:00")
    for name in set(files_of(campaign).values()):
        file = campaign.store.home / name
        whole = file.read_bytes()
        file.unlink() if fault == "missing" else file.write_bytes(b"damaged" if fault == "damaged" else whole[:-200])
    expected = [("990101", 1.0), ("990101", 2.0), ("990201", 9.0)]
    assert told(campaign, "code", "row") == expected
    take(campaign, problem(3), as_of="2020-11-07T17:00")
    assert told(campaign, "code", "row") == [*expected[:2], ("990101", 3.0), expected[2]]
    assert all((campaign.store.home / name).stat().st_size > 100 for name in files_of(campaign).values())


def test_a_state_that_cannot_be_made_again_is_said_and_nothing_is_taken_in(campaign: Campaign) -> None:
    take(campaign, problem(1), as_of="2020-11-05T17:00")
    before = files_of(campaign)
    for folder in ("districts", "archive"):
        shutil.rmtree(campaign.store.home / folder)
    with pytest.raises(Refusal, match="missing or damaged"):
        told(campaign, "row")
    with pytest.raises(Refusal, match="missing or damaged"):
        take(campaign, problem(2), as_of="2020-11-06T17:00")
    assert files_of(campaign) == before
    assert campaign.rows("SELECT count(*) FROM batches") == [(1,)]


def test_a_column_that_the_plan_gained_since_is_empty_in_what_was_reported_before(campaign: Campaign) -> None:
    of_before = replace(FUNDS, columns={"entry": FUNDS.columns["entry"]})
    take(campaign, {"code": "9901", "entry": "a"}, as_of="2020-11-05T17:00", register=of_before)
    take(campaign, {"code": "9901", "entry": "b", "amount": 5.0}, as_of="2020-11-06T17:00", register=FUNDS)
    found = rows_of(campaign.store, FUNDS, at("2020-11-30T00:00"))
    assert found.select("entry", "amount").rows() == [("a", None), ("b", 5.0)]
    early = rows_of(campaign.store, FUNDS, at("2020-11-05T17:00"))
    assert early.schema == rows_schema(FUNDS)
    assert early.select("entry", "amount").rows() == [("a", None)]


def test_two_registers_of_one_campaign_have_nothing_to_do_with_one_another(campaign: Campaign) -> None:
    take(campaign, problem(1), as_of="2020-11-05T17:00")
    take(campaign, {"code": "9901", "entry": "a", "amount": 5.0}, as_of="2020-11-05T17:00", register=FUNDS)
    assert told(campaign, "row") == [(1.0,)]
    funds = rows_of(campaign.store, FUNDS, at("2020-11-30T00:00"))
    assert funds.select("code", "amount").rows() == [("9901", 5.0)]
    assert funds.filter(pl.col(":nil")).is_empty()


@pytest.mark.parametrize("place", ["home", "database"])
def test_a_preview_reads_the_rows_as_they_stood_when_it_began(tmp_path: Path, database_url: str, place: str) -> None:
    settings = {"archive_url": "database"} if place == "database" else {}
    campaign = make_campaign(tmp_path, database_url, **settings)
    take(campaign, problem(1, state="received"), as_of="2020-11-05T17:00")
    with private_copy(campaign.store, at("2020-11-20T09:00"), at("2020-12-20T09:00")) as copy:
        take(campaign, problem(1, state="closed"), problem(2), as_of="2020-11-06T17:00")
        shutil.rmtree(campaign.store.home / "cache", ignore_errors=True)
        assert rows_of(copy, PROBLEMS, at("2020-11-30T00:00")).select("row", "state").rows() == [(1.0, "received")]
    assert told(campaign, "row", "state") == [(1.0, "closed"), (2.0, None)]


def test_files_that_a_report_overtakes_while_they_are_read_are_read_anew(campaign: Campaign) -> None:
    """A reader that was told of files which are gone by the time that it opens them."""
    take(campaign, problem(1), as_of="2020-11-05T17:00")
    stop, faults = threading.Event(), []

    def read() -> None:
        while not stop.is_set():
            try:
                seen = [row for (row,) in told(campaign, "row")]
                assert seen == [float(number) for number in range(1, len(seen) + 1)]
            except Exception as fault:  # noqa: BLE001 (whatever it is fails the test)
                faults.append(fault)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(2, 20):
        take(campaign, problem(number), as_of=f"2020-11-06T17:{number:02d}")
    stop.set()
    reader.join()
    assert faults == []
    assert len(told(campaign, "row")) == 19
