"""The preview: what it foretells is what then happens, it touches nothing, and it leaves nothing behind."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, text
from sqlmodel import SQLModel
from standins.webhook import JsonSink
from standins.wecom import WeCom
from worlds import county
from worlds.campaign import Campaign, at, everyone, make_campaign
from worlds.chases import chasing
from worlds.deliveries import owners, townships, units
from worlds.plans import PAPERS, TOWNSHIPS, TWO_PHASES, TWO_PHASES_ALWAYS, plan_with

from models.moments import micros
from models.rules.preview.preview import MOST_LOOKS
from models.tables import Reading
from models.wording import Refusal
from tasks.chasing.passes import owe
from tasks.delivery.deliver import deliver
from tasks.preview.copy import PREFIX
from tasks.preview.preview import Preview, preview

pytestmark = pytest.mark.timeout(200)

Message = tuple[str, str, frozenset[tuple[str, str, str]]]
"""When it goes out, to which office/role, and its lines: unit, requirement, rung."""

DAILY = '{id: daily, title: 日报, judged_at: township, met_when: "maps > 0", every: day, ladder: standard}'
LOOKS = ("00:00", "00:15", "07:00", "07:45", "08:30", "08:45", "09:00", "09:15", "12:00", "17:15", "17:30")
"""When the watch comes by in these tests: around the moments at which something may happen, and at some others."""
QUIET_LOOKS = ("00:00", "08:30", "17:30")
"""When it comes by on a day of which nothing is foretold: what is owed or let go at another hour goes out with the next of them."""
HOLIDAY = TWO_PHASES.replace("due: 2020-08-05", "due: 2020-10-01")


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files that nobody else uses."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def sink() -> Iterator[JsonSink]:
    with JsonSink() as standin:
        yield standin


def foretell(campaign: Campaign, start: str, until: str, scope: str | None = None, limit: int = 0) -> Preview:
    return preview(
        store=campaign.store, scope=scope, start=at(start), until=at(until), limit=limit, progress=lambda _: None
    )


def foretold(found: Preview) -> list[Message]:
    return sorted(
        (
            _moment(one.at),
            f"{one.unit}/{one.role}",
            frozenset((line.unit, line.requirement, line.rung) for line in one.lines),
        )
        for one in found.notices
    )


def _moment(micro: int) -> str:
    return datetime.fromtimestamp(micro / 1e6, at("2020-01-01").tzinfo).isoformat()[:16]


def happens(campaign: Campaign, start: str, until: str, told: Preview) -> list[Message]:
    """Run the watch at the quarters of an hour at which offices have something due or open, and read the ledger.

    told: what was foretold; its days are looked at more often than the others.
    """
    days = {_moment(one.at)[:10] for one in told.notices}
    now, end = at(start), at(until)
    while now < end:
        looks = LOOKS if now.date().isoformat() in days else QUIET_LOOKS
        if now == at(start) or f"{now:%H:%M}" in looks:
            owe(campaign.store, None, now)
            deliver(campaign.store, campaign.settings, lambda: now)  # noqa: B023  (called at once)
        now += timedelta(minutes=15 - now.minute % 15)
    query = (
        "SELECT n.id, n.settled_at, n.unit, n.role, c.unit, c.requirement, l.rung FROM notices n"
        " JOIN notice_lines l ON l.notice_id = n.id JOIN cases c ON c.id = l.case_id"
        " WHERE n.state = 'accepted' AND l.state = 'live' AND n.settled_at >= :start"
    )
    found: dict[tuple[int, str, str], set[tuple[str, str, str]]] = {}
    with campaign.store.reading() as connection:
        for number, settled, unit, role, *line in connection.execute(text(query), {"start": micros(at(start))}):
            found.setdefault((number, _moment(settled), f"{unit}/{role}"), set()).add(tuple(line))  # type: ignore[arg-type]
    return sorted((moment, to, frozenset(lines)) for (_, moment, to), lines in found.items())


def everything(campaign: Campaign) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    with campaign.store.reading() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for table in SQLModel.metadata.sorted_tables
        }


def files(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


# --- what is foretold happens


STRETCHES = {
    "from the first reminder over a weekend": (TWO_PHASES, "2020-07-29T09:00", "2020-08-12T00:00"),
    "first seen long overdue, on a Saturday": (TWO_PHASES, "2020-08-15T09:00", "2020-08-24T00:00"),
    "over the National Day holiday": (HOLIDAY, "2020-09-30T16:45", "2020-10-14T00:00"),
    "daily reports at any hour": (plan_with(TWO_PHASES_ALWAYS, DAILY), "2020-08-05T09:00", "2020-08-07T12:00"),
}
FROM_POSTGRESQL = "first seen long overdue, on a Saturday"
"""A preview goes on in an SQLite file of its own, whichever database it was copied from: one stretch shows that the copy is whole."""


@pytest.mark.parametrize(
    ("database_url", "plan", "start", "until"),
    [
        *(pytest.param("sqlite", *found, id=f"sqlite-{name}") for name, found in STRETCHES.items()),
        pytest.param("postgresql", *STRETCHES[FROM_POSTGRESQL], id=f"postgresql-{FROM_POSTGRESQL}"),
    ],
    indirect=["database_url"],
)
def test_what_is_foretold_is_what_then_happens(database_url, tmp_path, plan, start, until):
    vacant = ("990101001/owner", "990102/leader")
    with chasing(tmp_path, database_url, plan=plan, but=vacant) as chase:
        found = foretell(chase.campaign, start, until)
        assert chase.sink.accepted == []

        happened = happens(chase.campaign, start, until, found)

    assert foretold(found) == happened
    assert len(happened) > 10
    assert any(to == "/admin" for _, to, _ in happened)


def test_papers_and_the_words_about_unsigned_ones_are_foretold(tmp_path):
    with chasing(tmp_path, None, plan=PAPERS) as chase:
        found = foretell(chase.campaign, "2020-08-05T09:00", "2020-08-20T00:00")
        happened = happens(chase.campaign, "2020-08-05T09:00", "2020-08-20T00:00", found)

    assert foretold(found) == happened
    kinds = Counter(one.kind for one in found.notices)
    assert kinds["paper"] > 0
    assert kinds["unsigned"] > 0


def test_a_case_that_is_half_way_goes_on_in_the_preview_from_where_it_is(database_url, tmp_path):
    with chasing(tmp_path, database_url, plan=TWO_PHASES) as chase:
        chase.report("code,funds_arrived,population\n990102,2000000,100000\n", "2020-07-29T09:00")
        for moment in ("2020-07-30T09:00", "2020-08-05T09:00", "2020-08-06T08:30"):
            chase.watch(moment)
        chase.decide("ack", 1, "2020-08-06T10:00", "2020-08-11T09:00")

        found = foretell(chase.campaign, "2020-08-06T10:00", "2020-08-15T00:00")
        happened = happens(chase.campaign, "2020-08-06T10:00", "2020-08-15T00:00", found)

    assert foretold(found) == happened
    # the office itself hears nothing while it is silent, and its superior all the same
    assert ("2020-08-07T08:30", "9901/owner", frozenset({("990101", "preparation.funds", "superior")})) in happened
    assert not any(to.startswith("990101/") and "preparation.funds" in repr(lines) for _, to, lines in happened)


def test_figures_that_are_dated_later_count_from_their_day(tmp_path):
    with chasing(tmp_path, None, plan=TWO_PHASES) as chase:
        chase.report(
            "code,funds_arrived,population\n990101,2000000,100000\n990102,2000000,100000\n", "2020-08-05T12:00"
        )
        found = foretell(chase.campaign, "2020-07-29T09:00", "2020-08-12T00:00")
        happened = happens(chase.campaign, "2020-07-29T09:00", "2020-08-12T00:00", found)

    assert foretold(found) == happened
    assert {
        rung for _, _, lines in happened for _, requirement, rung in lines if requirement == "preparation.funds"
    } == {
        "remind-7",
        "remind-1",
    }


def test_a_holiday_holds_back_what_falls_into_it(tmp_path):
    with chasing(tmp_path, None, plan=HOLIDAY) as chase:
        found = foretell(chase.campaign, "2020-09-30T18:00", "2020-10-10T00:00")
    own = [one for one in found.notices if one.unit == "990101" and one.role == "owner"]
    # the day before the due day and the due day itself are holidays; offices open again on Friday the 9th
    assert [_moment(one.at) for one in own] == ["2020-10-09T08:30"]
    assert any(line.rung == "overdue" for line in own[0].lines)


@pytest.mark.timeout(280)
def test_a_piece_of_a_countys_campaign_goes_as_foretold(tmp_path, sink):
    start, until = "2020-09-28T00:00", "2020-09-30T12:00"
    campaign = make_campaign(
        tmp_path,
        plan=county.plan_yaml(),
        units=county.units_csv(),
        contacts=county.contacts_csv(sink.json_url().rstrip("/")),
        admin_channel=sink.json_url("admin"),
    )
    _report_until(campaign, start)

    found = foretell(campaign, start, until)
    assert sink.accepted == []
    happened = happens(campaign, start, until, found)

    assert foretold(found) == happened
    assert len(happened) > 300
    campaign.store.engine.dispose()


def _report_until(campaign: Campaign, moment: str) -> None:
    rows = [
        {
            "indicator": one.figure,
            "unit": one.unit,
            "as_of": micros(at(one.hour.isoformat())),
            "batch": number,
            "value": one.value,
        }
        for number, one in enumerate(county.reports(seed=20201101))
        if at(one.hour.isoformat()) <= at(moment)
    ]
    with campaign.store.writing() as connection:
        connection.execute(insert(Reading), rows)


# --- throttles


def burst(folder: Path, bots: WeCom, **settings: Any) -> Campaign:
    """Fifty townships over one bot, each owed a reminder on Friday the 14th."""
    contacts = owners(50, lambda code: "wecombot://group" if code in townships(50) else f"wecombot://own{code}")
    return make_campaign(folder, plan=TOWNSHIPS, units=units(50), contacts=contacts, wecombot_url=bots.url, **settings)


def test_where_no_pass_waits_a_burst_over_one_bot_drains_twenty_a_look_and_the_peak_says_until_when(tmp_path):
    with WeCom() as bots:
        found = foretell(burst(tmp_path, bots, send_patience=0), "2020-08-13T17:00", "2020-08-15T00:00")
        assert bots.accepted == []
    assert Counter(_moment(one.at) for one in found.notices) == {
        "2020-08-14T08:30": 20,
        "2020-08-14T08:45": 20,
        "2020-08-14T09:00": 10,
    }
    [peak] = found.peaks
    assert (_moment(peak.at), peak.kind, peak.channels, peak.notices, peak.most, peak.rate) == (
        "2020-08-14T08:30",
        "wecombot",
        1,
        50,
        50,
        20,
    )
    assert _moment(peak.drained_at) == "2020-08-14T09:00"
    assert peak.channel == "wecombot://••••"


def test_a_pass_that_waits_for_its_turn_drains_it_in_minutes(tmp_path):
    with WeCom() as bots:
        found = foretell(burst(tmp_path, bots), "2020-08-13T17:00", "2020-08-15T00:00")
    [peak] = found.peaks
    # twenty at once, then from a minute later one every three seconds
    assert _moment(peak.drained_at) == "2020-08-14T08:32"
    assert len(found.notices) == 50


def test_quiet_hours_are_kept(tmp_path, sink):
    campaign = make_campaign(
        tmp_path,
        plan=TWO_PHASES_ALWAYS,
        contacts=everyone(sink.json_url),
        quiet_hours="22:00-06:00",
        admin_channel=sink.json_url("admin"),
    )
    found = foretell(campaign, "2020-08-04T09:00", "2020-08-06T00:00")
    assert {(one.role, _moment(one.at)) for one in found.notices} == {
        ("owner", "2020-08-04T09:00"),
        ("owner", "2020-08-05T00:00"),
        ("leader", "2020-08-05T06:00"),
    }


# --- counting


def test_days_persons_and_kinds_are_counted_over_all_and_the_list_is_cut(tmp_path):
    with chasing(tmp_path, None, plan=TWO_PHASES) as chase:
        whole = foretell(chase.campaign, "2020-07-29T09:00", "2020-08-12T00:00")
        cut = foretell(chase.campaign, "2020-07-29T09:00", "2020-08-12T00:00", limit=3)
    assert [(f"{day.day}", day.notices, day.persons, dict(day.kinds)) for day in whole.days] == [
        ("2020-07-30", 2, 2, {"reminder": 2}),
        ("2020-08-05", 4, 4, {"reminder": 4}),
        ("2020-08-06", 4, 4, {"overdue": 4}),
        ("2020-08-07", 1, 1, {"superior": 2}),
    ]
    assert cut.days == whole.days
    assert (cut.notices, cut.left_out) == (whole.notices[:3], 8)
    assert [line.about.zh for line in whole.notices[0].lines] == ["提前6天提醒"]


def test_what_is_owed_before_the_end_and_goes_out_after_it_is_counted_as_held(tmp_path):
    with chasing(tmp_path, None, plan=TWO_PHASES) as chase:
        found = foretell(chase.campaign, "2020-07-29T09:00", "2020-07-30T08:30")
    assert (found.notices, found.held) == ((), 2)


def test_with_a_unit_only_what_is_owed_at_or_below_it_is_foretold(tmp_path):
    with chasing(tmp_path, None, plan=TWO_PHASES) as chase:
        chase.campaign.owe("2020-07-30T00:00")  # waits for the morning, for both counties
        found = foretell(chase.campaign, "2020-07-30T00:30", "2020-08-12T00:00", scope="990102")
    assert {line.unit for one in found.notices for line in one.lines} == {"990102"}
    assert {one.unit for one in found.notices} == {"990102", "9901"}


def test_nobody_to_tell_and_no_administrator_is_said_to_fail(tmp_path):
    campaign = make_campaign(tmp_path, plan=TWO_PHASES, contacts="")
    found = foretell(campaign, "2020-07-29T09:00", "2020-07-31T00:00")
    assert (found.notices, found.failed) == ((), 1)


# --- nothing is touched, nothing stays


def test_the_campaign_its_files_and_its_offices_know_nothing_of_a_preview(database_url, tmp_path, temporary):
    with chasing(tmp_path, database_url, plan=TWO_PHASES) as chase:
        chase.report("code,staff\n990101001,3\n", "2020-07-29T09:00")
        chase.watch("2020-08-05T09:00")
        sent = len(chase.sink.accepted)
        rows, home = everything(chase.campaign), files(tmp_path / "home")
        file = tmp_path / "pucha.db"
        whole = file.read_bytes() if file.exists() else b""

        found = foretell(chase.campaign, "2020-08-05T09:00", "2020-09-30T00:00")

        assert len(found.notices) > 10
        assert len(chase.sink.accepted) == sent
        assert everything(chase.campaign) == rows
        assert files(tmp_path / "home") == home
        assert (file.read_bytes() if file.exists() else b"") == whole
    assert list(temporary.iterdir()) == []


def test_a_campaign_can_be_written_to_while_it_is_previewed(tmp_path):
    with chasing(tmp_path, None, plan=TWO_PHASES) as chase:
        campaign, written = chase.campaign, []

        def write(_: float) -> None:
            if not written:
                written.append(owe(campaign.store, None, at("2020-07-30T09:00")).owed)

        preview(
            store=campaign.store,
            scope=None,
            start=at("2020-07-29T09:00"),
            until=at("2020-08-12T00:00"),
            limit=0,
            progress=write,
        )
        assert written == [2]


def test_the_copy_is_its_owners_alone_and_holds_no_channel(tmp_path, temporary):
    with chasing(tmp_path, None, plan=TWO_PHASES) as chase:
        seen: list[tuple[int, bytes]] = []

        def look(_: float) -> None:
            for file in temporary.glob(f"{PREFIX}*/pucha.db*"):
                seen.append((file.stat().st_mode & 0o777, file.read_bytes()))

        with chase.campaign.store.reading() as connection:
            sealed = connection.execute(text("SELECT channel FROM contacts")).scalars().all()
        preview(
            store=chase.campaign.store,
            scope=None,
            start=at("2020-07-29T09:00"),
            until=at("2020-08-12T00:00"),
            limit=0,
            progress=look,
        )
    assert {mode for mode, _ in seen} == {0o600}
    assert not any(channel in body for _, body in seen for channel in sealed)


def test_a_preview_that_is_interrupted_leaves_nothing_behind(tmp_path, temporary):
    def interrupt(_: float) -> None:
        assert len(list(temporary.iterdir())) == 1
        raise KeyboardInterrupt

    with chasing(tmp_path, None, plan=TWO_PHASES) as chase, pytest.raises(KeyboardInterrupt):
        preview(
            store=chase.campaign.store,
            scope=None,
            start=at("2020-07-29T09:00"),
            until=at("2020-08-12T00:00"),
            limit=0,
            progress=interrupt,
        )
    assert list(temporary.iterdir()) == []


# --- refusals


def test_an_end_that_is_not_after_the_start_is_refused(tmp_path, temporary):
    campaign = make_campaign(tmp_path, plan=TWO_PHASES)
    with pytest.raises(Refusal, match="set a later --until"):
        foretell(campaign, "2020-08-05T09:00", "2020-08-05T09:00")
    assert list(temporary.iterdir()) == []


def test_a_preview_that_would_take_too_many_looks_is_refused_with_the_day_that_it_can_reach(tmp_path, temporary):
    daily = plan_with(
        TWO_PHASES_ALWAYS.replace("starts: T-200d\n    ends: T-88d", "starts: 2020-11-01\n    ends: 2023-06-30"), DAILY
    )
    campaign = make_campaign(tmp_path, plan=daily, contacts="")
    with pytest.raises(Refusal) as refused:
        foretell(campaign, "2020-11-01T09:00", "2023-06-30T00:00")
    reached = str(refused.value).split(f"{MOST_LOOKS} looks lead to ")[1][:10]
    # two a day: at midnight, and when offices open
    assert "2021-11-01" < reached < "2023-04-01"
    assert f"到 {reached} 已需巡查 {MOST_LOOKS} 次" in refused.value.said.zh
    assert list(temporary.iterdir()) == []
