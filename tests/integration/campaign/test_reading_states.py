"""The state of a province's readings is another one whenever these are, and the same one for as long as they are the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import polars as pl
import pytest
from worlds.campaign import Campaign, at, make_campaign
from worlds.older_versions import put_back

from models.moments import micros
from tasks.campaign.folding import fold_province, merge_columns
from tasks.campaign.frames import insert_frame
from tasks.campaign.reading_states import reading_states
from tasks.campaign.store import open_store
from tasks.intake.readings import add_readings

NOW = "2020-08-10T09:00"
BEFORE = "2020-08-03T09:00"
MANY = 6_000


@pytest.fixture
def campaign(tmp_path: Path, database_url: str | None) -> Iterator[Campaign]:
    made = make_campaign(tmp_path, database_url)
    made.report("code,staff\n990101001,1\n", BEFORE)
    yield made
    made.store.engine.dispose()


def readings(moment: str = BEFORE, unit: str = "990101001", value: float = 1, many: int = 1) -> pl.DataFrame:
    """So many readings of a unit, a minute apart, the last of them as of `moment`."""
    last = micros(at(moment))
    return pl.DataFrame({"as_of": [last - 60_000_000 * number for number in range(many)]}).select(
        indicator=pl.lit("staff"),
        unit=pl.lit(unit),
        as_of="as_of",
        value=pl.lit(value, pl.Float64),
        reported=pl.lit(None, pl.Int64),
        expected=pl.lit(None, pl.Int64),
        evidence=pl.lit(None, pl.String),
    )


def add(campaign: Campaign, brought: pl.DataFrame, batch: int) -> None:
    with campaign.store.writing() as connection:
        add_readings(connection, brought, batch)


def past_the_door(campaign: Campaign) -> None:
    with campaign.store.writing() as connection:
        insert_frame(connection, "readings", readings("2020-08-04T09:00").with_columns(batch=pl.lit(1)))


def state(campaign: Campaign, now: str = NOW, province: str = "99") -> str | None:
    return campaign.store.reading_states(at(now), [province])


def folded(campaign: Campaign) -> None:
    with campaign.store.writing() as connection:
        fold_province(connection, "99", micros(at(NOW)))


def reported(moment: str, value: int) -> Callable[[Campaign], None]:
    return lambda campaign: campaign.report(f"code,staff\n990101001,{value}\n", moment)


@pytest.mark.parametrize(
    "change",
    [
        reported("2020-08-04T09:00", 2),
        reported("2020-08-04T09:00", 1),
        reported(BEFORE, 2),
        reported("2020-08-01T09:00", 2),
        partial(add, brought=readings("2020-08-04T09:00", many=MANY), batch=2),
        partial(add, brought=readings(BEFORE, value=2), batch=0),
        past_the_door,
    ],
    ids=["newer", "the same again", "a correction", "late", "as columns", "an older batch", "past the one door"],
)
@pytest.mark.parametrize("in_columns", [False, True])
def test_each_kind_of_report_makes_it_another_state(
    campaign: Campaign, change: Callable[[Campaign], None], in_columns: bool
):
    if in_columns:
        folded(campaign)
    before = state(campaign)
    change(campaign)

    assert state(campaign) != before
    assert state(campaign) == state(campaign)


def test_moving_readings_and_forgetting_what_holds_leave_it(campaign: Campaign):
    for number, month in enumerate(("2020-05-10T09:00", "2020-05-20T09:00", "2020-05-30T09:00")):
        add(campaign, readings(month, many=MANY), 2 + number)
    before = state(campaign)
    found = []
    with campaign.store.writing() as connection:
        for step in (fold_province, merge_columns):
            step(connection, "99", micros(at(NOW)))
            found.append(campaign.store.inside(connection).reading_states(at(NOW), ["99"]))

    assert campaign.rows("SELECT COUNT(*) FROM readings") == [(0,)]
    assert campaign.rows("SELECT COUNT(*) FROM reading_columns") == [(2,)]
    assert found == [before, before]


def test_a_report_of_one_province_is_none_of_another(campaign: Campaign):
    add(campaign, readings(unit="980101001"), 2)
    before = [state(campaign, province=one) for one in ("98", "99")]
    add(campaign, readings("2020-08-04T09:00", unit="980101001"), 3)
    after = [state(campaign, province=one) for one in ("98", "99")]

    assert [old == new for old, new in zip(before, after, strict=True)] == [False, True]
    with campaign.store.reading() as connection:
        both = reading_states(connection, micros(at(NOW)), None)
        assert both == [one for own in ("98", "99") for one in reading_states(connection, micros(at(NOW)), [own])]


@pytest.mark.parametrize("many", [1, MANY])
def test_a_reading_counts_from_its_own_moment_on_wherever_it_stands(campaign: Campaign, many: int):
    """A report that is dated ahead, and a look at the past: the first moment of a column, within it, and at its end."""
    add(campaign, readings("2020-08-20T09:00", many=many), 2)
    moments = ["2020-08-20T08:58", "2020-08-20T08:59:59.999999", "2020-08-20T09:00", "2020-08-20T09:00:00.000001"]
    own = [state(campaign, now) for now in moments]
    held = [campaign.store.readings(["staff"], at(now)).rows() for now in moments]

    for one in range(4):
        for other in range(4):
            assert held[one] == held[other] or own[one] != own[other]
    assert own[2] == own[3]


def test_two_databases_that_went_on_from_one_backup_are_in_different_states(campaign: Campaign):
    """As many readings under the same numbers; what they say is another matter."""
    found = []
    for value in (1.0, 2.0):
        with campaign.store.writing() as connection:
            add_readings(connection, readings("2020-08-04T09:00", value=value), 2)
            found.append(campaign.store.inside(connection).reading_states(at(NOW), ["99"]))
            connection.rollback()

    assert found[0] != found[1]


def test_a_database_of_the_version_before_begins_with_a_word_for_each_province(campaign: Campaign):
    add(campaign, readings(unit="980101001", many=MANY), 2)
    put_back(campaign.store, "0016")
    campaign.store = open_store(campaign.settings, create=True)

    words = campaign.rows("SELECT province, word FROM reading_states ORDER BY province")
    assert [province for province, _ in words] == ["98", "99"]
    assert len({word for _, word in words}) == 2
