"""Rows of registers and the audit trail: what was archived is what was taken in, or it is found."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import text
from worlds.campaign import Campaign, at, make_campaign
from worlds.registers import PROBLEMS, take_rows

from tasks.audit_trail.records import verify

RECEIVED = at("2020-11-20T09:00")


@pytest.fixture
def campaign(tmp_path: Path, database_url: str) -> Campaign:
    made = make_campaign(tmp_path, database_url)
    rows = [
        {"code": "990101", "list": "甲", "row": 1.0, "due": date(2020, 11, 9), "kinds": ["a", "b"], "seen": True},
        {"code": "990101", "list": "甲", "row": 2.0, ":emptied": ["due"]},
    ]
    take_rows(made.store, PROBLEMS, rows, at("2020-11-05T17:00"), RECEIVED)
    take_rows(made.store, PROBLEMS, [{"code": "990102", ":nil": True}], at("2020-11-05T17:00"), RECEIVED)
    return made


def archived(campaign: Campaign, batch: int) -> Path:
    ((name,),) = campaign.rows("SELECT archive FROM batches WHERE id = :batch", batch=batch)
    return campaign.store.home / "archive" / name


def rewrite(change: Callable[[pl.DataFrame], pl.DataFrame]) -> Callable[[Campaign], None]:
    def act(campaign: Campaign) -> None:
        file = archived(campaign, 1)
        change(pl.read_parquet(file)).write_parquet(file)

    return act


def execute(statement: str) -> Callable[[Campaign], None]:
    def act(campaign: Campaign) -> None:
        with campaign.store.writing() as connection:
            connection.execute(text(statement))

    return act


def test_rows_that_lie_as_they_were_taken_in_are_in_order(campaign: Campaign) -> None:
    assert verify(campaign.store).whole


CHANGES: dict[str, Callable[[Campaign], object]] = {
    "another date": rewrite(lambda rows: rows.with_columns(due=pl.lit(date(2020, 11, 10)))),
    "another choice": rewrite(lambda rows: rows.with_columns(kinds=pl.lit(["a"]))),
    "another truth": rewrite(lambda rows: rows.with_columns(pl.col("seen").not_())),
    "a row less": rewrite(lambda rows: rows.head(1)),
    "a row withdrawn": rewrite(lambda rows: rows.with_columns(pl.lit(True).alias(":withdrawn"))),
    "a cell no more emptied": rewrite(
        lambda rows: rows.with_columns(pl.lit(None, rows.schema[":emptied"]).alias(":emptied"))
    ),
    "damaged": lambda campaign: archived(campaign, 1).write_bytes(b"damaged"),
    "of another register": execute("UPDATE batches SET register = 'funds' WHERE id = 1"),
    "of no register": execute("UPDATE batches SET register = '' WHERE id = 1"),
    "another file": execute(
        "UPDATE batches SET archive = (SELECT archive FROM batches AS other WHERE other.id = 2) WHERE id = 1"
    ),
    "of a report that is gone": execute("DELETE FROM batches WHERE id = 1"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_rows_that_somebody_changed_are_found(campaign: Campaign, change: Callable[[Campaign], object]) -> None:
    change(campaign)
    said = [finding.zh for finding in verify(campaign.store).findings]
    assert "第 1 批上报的登记册内容与审计记录不符" in said


def test_a_report_of_which_the_trail_knows_nothing_is_found(campaign: Campaign) -> None:
    execute("UPDATE batches SET register = 'problems', id = 9 WHERE id = 1")(campaign)
    said = [finding.zh for finding in verify(campaign.store).findings]
    assert "第 9 批上报的登记册内容与审计记录不符" in said


def test_an_archive_file_that_is_missing_is_named(campaign: Campaign) -> None:
    file = archived(campaign, 2)
    file.unlink()
    (said,) = verify(campaign.store).findings
    assert said.zh == f"第 2 批上报的存档文件 {file.name} 缺失，请从备份恢复"
