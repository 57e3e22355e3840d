"""No flood: two messages a person and day, the worst first, and the rest as one at the next opening."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import text
from standins.webhook import JsonSink
from worlds.campaign import UNITS, Campaign, at, make_campaign
from worlds.chases import Chase
from worlds.deliveries import begun
from worlds.plans import phase, trial

from models.moments import micros
from tasks.chasing.passes import owe
from tasks.delivery.attempts import Desk
from tasks.delivery.beginnings import begin_now
from tasks.delivery.ceiling import first_since
from tasks.delivery.deliver import deliver
from tasks.delivery.leases import take
from tasks.delivery.texts import Texts
from tasks.preview.preview import preview

pytestmark = pytest.mark.timeout(120)

HOURS = (9, 10, 11, 12)
FRIDAY, MONDAY = "2020-08-07", "2020-08-10"
OVERDUE = "{id: overdue, at: +0d, to: [unit.owner]}"
SUPERIOR = "{id: superior, at: +1wd, to: [superior.owner]}"


def due_at(*hours: int, day: str = FRIDAY, ladder: str = "standard") -> list[str]:
    """A duty of each county for each of these hours, named by it: figure n9 of 09:00."""
    return [
        f'{{id: d{hour}, title: 事项{hour}, judged_at: county, met_when: "n{hour} >= 1", due: {day} {hour:02d}:00,'
        f" ladder: {ladder}}}"
        for hour in hours
    ]


def plan(requirements: Sequence[str], *rungs: str, further: Sequence[str] = (), **ladders: Sequence[str]) -> str:
    """further: phases beside the one in office hours; rungs: of the ladder that duties have unless they name another."""
    figures = [f"n{hour}: {{title: 数{hour}, level: county, roll_up: sum, min: 0}}" for hour in range(24)]
    office = phase("preparation", "普查准备", "2020-07-01", "2020-09-30", requirements)
    return trial(figures, [office, *further], ladders={"standard": rungs or (OVERDUE,), **ladders})


def in_charge(sink: JsonSink, *offices: str) -> str:
    """One person for these offices and roles, and somebody else for each office above."""
    own = [f"{office.replace('/', ',')},王某,{sink.json_url('wang')}\n" for office in offices]
    others = [f"9901,owner,市一,{sink.json_url('city')}\n", f"9901,leader,市二,{sink.json_url('city-leader')}\n"]
    return "".join([*own, *others])


@contextmanager
def told(folder: Path, database_url: str | None, plan: str, *offices: str, **settings: object) -> Iterator[Chase]:
    """A campaign whose counties, of which there are two, are one person's matter: `offices`, or the first one's owner."""
    with JsonSink() as sink:
        campaign = make_campaign(
            folder,
            database_url,
            plan=plan,
            units="\n".join(UNITS.splitlines()[:4]) + "\n" if not offices else "\n".join(UNITS.splitlines()[:5]) + "\n",
            contacts=in_charge(sink, *(offices or ("990101/owner",))),
            admin_channel=sink.json_url("admin"),
            **settings,
        )
        try:
            yield Chase(campaign, sink)
        finally:
            campaign.store.engine.dispose()


def rungs(chase: Chase) -> list[tuple[str, ...]]:
    """Of each message that went out, in order, what it speaks of: duty and rung."""
    found = []
    for message in chase.sink.accepted:
        query = (
            "SELECT c.requirement, l.rung FROM notice_lines l JOIN cases c ON c.id = l.case_id"
            " WHERE l.state = 'live' AND l.notice_id = :number ORDER BY 1, 2"
        )
        lines = chase.rows(query, number=int(message.number[1:]))
        found.append(tuple(f"{duty.split('.')[1]} {rung}" for duty, rung in lines))
    return found


def test_above_two_a_day_the_rest_is_one_message_at_the_next_opening(tmp_path: Path, database_url: str) -> None:
    with told(tmp_path, database_url, plan(due_at(*HOURS))) as chase:
        by_hour = [chase.watch(f"{FRIDAY}T{hour:02d}:00") for hour in HOURS]
        assert by_hour == [["wang"], ["wang"], [], []]
        # Saturday, Sunday, and the minute before the office opens
        assert [chase.watch(moment) for moment in ("2020-08-08T10:00", "2020-08-09T10:00", f"{MONDAY}T08:29")] == [
            []
        ] * 3
        assert chase.watch(f"{MONDAY}T08:30") == ["wang"]
        assert rungs(chase) == [("d9 overdue",), ("d10 overdue",), ("d11 overdue", "d12 overdue")]
        assert chase.rows("SELECT COUNT(*) FROM notices WHERE settled_at IS NULL") == [(0,)]


def test_what_waits_says_why_and_until_when(tmp_path: Path) -> None:
    with told(tmp_path, None, plan(due_at(*HOURS))) as chase:
        for hour in HOURS:
            chase.watch(f"{FRIDAY}T{hour:02d}:00")
        [(state, reason)] = chase.rows(
            "SELECT n.state, (SELECT t.reason FROM transitions t WHERE t.notice_id = n.id ORDER BY t.id DESC LIMIT 1)"
            " FROM notices n WHERE n.settled_at IS NULL"
        )
        assert (state, reason) == ("held", "每日上限：今日已发2份，08-10 08:30 起汇总发出")


def test_the_second_of_a_day_is_kept_for_what_is_overdue_and_takes_the_rest_along(tmp_path: Path) -> None:
    nagging = ("{id: first, at: -8h, to: [unit.owner]}", "{id: again, at: -6h, to: [unit.owner]}")
    duties = [*due_at(17, ladder="nagging"), *due_at(14)]
    with told(tmp_path, None, plan(duties, nagging=nagging)) as chase:
        assert chase.watch(f"{FRIDAY}T09:00") == ["wang"]
        assert chase.watch(f"{FRIDAY}T11:00") == []
        assert chase.watch(f"{FRIDAY}T13:59") == []
        assert chase.watch(f"{FRIDAY}T14:00") == ["wang"]
        assert rungs(chase) == [("d17 first",), ("d14 overdue", "d17 again")]


def test_the_second_of_a_day_goes_to_what_is_new_and_not_to_a_further_reminder(tmp_path: Path) -> None:
    nagging = ("{id: first, at: -8h, to: [unit.owner]}", "{id: again, at: -6h, to: [unit.owner]}")
    with told(tmp_path, None, plan([*due_at(17, 19, ladder="nagging")], nagging=nagging)) as chase:
        # at 11:00 the one is said again, and the other for the first time
        assert [chase.watch(f"{FRIDAY}T{hour:02d}:00") for hour in (9, 11, 13)] == [["wang"], ["wang"], []]
        assert rungs(chase) == [("d17 first",), ("d17 again", "d19 first")]
        assert chase.watch(f"{MONDAY}T08:30") == ["wang"]


def test_whoever_holds_several_roles_and_offices_is_one_person(tmp_path: Path) -> None:
    to_both = "{id: overdue, at: +0d, to: [unit.owner, unit.leader]}"
    offices = ("990101/owner", "990102/owner", "990101/leader", "990102/leader")
    with told(tmp_path, None, plan(due_at(*HOURS), to_both), *offices) as chase:
        assert [chase.watch(f"{FRIDAY}T{hour:02d}:00") for hour in HOURS] == [["wang"], ["wang"], [], []]
        assert chase.watch(f"{MONDAY}T08:30") == ["wang"]
        assert [len(lines) for lines in rungs(chase)] == [2, 2, 4]


def test_the_ceiling_is_one_persons_and_not_an_offices(tmp_path: Path) -> None:
    to_both = "{id: overdue, at: +0d, to: [unit.owner, superior.owner]}"
    with told(tmp_path, None, plan(due_at(*HOURS), to_both)) as chase:
        assert [chase.watch(f"{FRIDAY}T{hour:02d}:00") for hour in HOURS] == [
            ["city", "wang"],
            ["city", "wang"],
            [],
            [],
        ]


def test_what_may_go_at_any_hour_is_neither_held_nor_counted(tmp_path: Path) -> None:
    duties = due_at(10, 12, 14)
    always = phase("registration", "入户登记", "2020-07-01", "2020-09-30", due_at(9, 11, 13, 15), hours="always")
    with told(tmp_path, None, plan(duties, further=[always])) as chase:
        by_hour = [chase.watch(f"{FRIDAY}T{hour:02d}:00") for hour in range(9, 15)]
        # 9, 11 and 13 are of registration; 10 and 12 of the office, and its third waits
        assert by_hour == [["wang"]] * 5 + [[]]
        # and goes with the next that may go at any hour
        assert chase.watch(f"{FRIDAY}T15:00") == ["wang"]
        assert rungs(chase)[-1] == ("d14 overdue", "d15 overdue")


def test_a_letter_to_sign_waits_for_nothing_and_is_not_counted(tmp_path: Path) -> None:
    letter = "{id: letter, at: +1h, to: [superior.leader], draft: supervision-letter}"
    heard = "{id: overdue, at: +0d, to: [superior.leader]}"
    duties = [*due_at(9, 10, 12), *due_at(11, ladder="lettered")]
    with told(tmp_path, None, plan(duties, heard, lettered=(OVERDUE, letter))) as chase:
        got = [chase.watch(f"{FRIDAY}T{hour:02d}:00").count("city-leader") for hour in (9, 10, 11, 12)]
        # the letter of 12:00 takes along what else there is to say then
        assert got == [1, 1, 0, 1]
        assert set(rungs(chase)[-1]) == {"d11 letter", "d12 overdue"}


def test_the_administrator_hears_of_everything(tmp_path: Path) -> None:
    with told(tmp_path, None, plan(due_at(*HOURS), "{id: overdue, at: +0d, to: [unit.leader]}")) as chase:
        by_hour = [chase.watch(f"{FRIDAY}T{hour:02d}:00") for hour in HOURS]
        # the county has no leader, so that the city's hears in its place
        assert by_hour == [["admin", "city-leader"], ["admin", "city-leader"], ["admin"], ["admin"]]


@pytest.mark.parametrize(("most", "said"), [(1, [1, 0, 0, 0]), (3, [1, 1, 1, 0]), ("none", [1, 1, 1, 1])])
def test_an_office_sets_the_number_or_none(tmp_path: Path, most: object, said: list[int]) -> None:
    with told(tmp_path, None, plan(due_at(*HOURS)), messages_a_day=most) as chase:
        assert [len(chase.watch(f"{FRIDAY}T{hour:02d}:00")) for hour in HOURS] == said


def test_the_superior_hears_a_working_day_after_the_office_did(tmp_path: Path) -> None:
    with told(tmp_path, None, plan(due_at(*HOURS), OVERDUE, SUPERIOR)) as chase:
        for hour in HOURS:
            chase.watch(f"{FRIDAY}T{hour:02d}:00")
        # of 9 and 10 it was told on Friday; of 11 and 12 on Monday, so that their turn comes on Tuesday
        assert chase.watch(f"{MONDAY}T08:30") == ["city", "wang"]
        assert chase.watch("2020-08-11T08:29") == []
        assert chase.watch("2020-08-11T08:30") == ["city"]
        assert rungs(chase)[-1] == ("d11 superior", "d12 superior")


def test_what_is_done_meanwhile_is_not_said(tmp_path: Path) -> None:
    with told(tmp_path, None, plan(due_at(*HOURS))) as chase:
        for hour in HOURS:
            chase.watch(f"{FRIDAY}T{hour:02d}:00")
        chase.report("code,n11,n12\n990101,1,1\n", f"{FRIDAY}T16:00")
        assert chase.watch(f"{MONDAY}T08:30") == []


# --- kills, several senders, passes of their own share


def three_shares(chase: Chase) -> None:
    """Three notices of one person at once, each of a phase's own run, which leaves the others alone."""
    for one in ("preparation", "zoning", "training"):
        owe(chase.campaign.store, None, at(f"{FRIDAY}T09:00"), phase=one)
    assert chase.rows("SELECT COUNT(*) FROM notices WHERE role = 'owner'") == [(3,)]


def of_three_phases() -> str:
    others = [
        phase(name, title, "2020-07-01", "2020-09-30", due_at(hour))
        for name, title, hour in (("zoning", "区划绘图", 8), ("training", "业务培训", 7))
    ]
    return plan(due_at(9), further=others)


def test_senders_at_once_give_nobody_more_than_one_does(tmp_path: Path, database_url: str) -> None:
    with told(tmp_path, database_url, of_three_phases()) as chase:
        three_shares(chase)
        started = Barrier(3)

        def send() -> None:
            started.wait(30)
            deliver(chase.campaign.store, chase.campaign.settings, lambda: at(f"{FRIDAY}T09:00"))

        with ThreadPoolExecutor(3) as threads:
            for one in [threads.submit(send) for _ in range(3)]:
                one.result()
        assert [message.to for message in chase.sink.accepted] == ["/wang", "/wang"]


def test_of_notices_taken_up_together_two_go_the_most_urgent_first(tmp_path: Path, database_url: str) -> None:
    with told(tmp_path, database_url, of_three_phases()) as chase:
        three_shares(chase)
        chase.do("UPDATE notices SET urgency = 9000 - id WHERE role = 'owner'")
        desk = desk_of(chase.campaign)
        taken = take(desk, at(f"{FRIDAY}T09:00"), 10)
        numbers = [number for (number,) in chase.rows("SELECT id FROM notices WHERE role = 'owner' ORDER BY id")]
        assert [one.id for one in taken.leased] == numbers[:2]
        # whoever comes while they are held, or on their way, finds the day full
        assert take(desk, at(f"{FRIDAY}T09:00:20"), 10).leased == ()
        begin_now(desk, taken.leased, at(f"{FRIDAY}T09:00:20"))
        assert take(desk, at(f"{FRIDAY}T09:01"), 10).leased == ()


def test_a_message_whose_sender_died_counts_and_is_repeated_all_the_same(tmp_path: Path) -> None:
    with told(tmp_path, None, plan(due_at(*HOURS))) as chase:
        owe(chase.campaign.store, None, at(f"{FRIDAY}T09:00"))
        begun(desk_of(chase.campaign), at(f"{FRIDAY}T09:00"), 10)  # and never comes back
        assert [chase.watch(f"{FRIDAY}T{hour:02d}:00") for hour in HOURS[1:]] == [["wang", "wang"], [], []]
        assert sorted(rungs(chase)) == [("d10 overdue",), ("d9 overdue",)]
        assert chase.watch(f"{MONDAY}T08:30") == ["wang"]


def test_what_a_provider_did_not_take_counts_for_nothing(tmp_path: Path) -> None:
    from standins.acts import Status

    with told(tmp_path, None, plan(due_at(*HOURS))) as chase:
        chase.sink.decide = lambda _: Status(503)
        chase.watch(f"{FRIDAY}T09:00")
        chase.sink.decide = None
        assert [chase.watch(f"{FRIDAY}T{hour:02d}:00") for hour in HOURS[1:]] == [["wang", "wang"], [], []]


def test_a_throttle_has_a_working_day_of_its_own_after_the_ceiling(tmp_path: Path) -> None:
    with told(tmp_path, None, plan(due_at(*HOURS))) as chase:
        for hour in HOURS:
            chase.watch(f"{FRIDAY}T{hour:02d}:00")
        # its channel rests on Monday from before the opening until past the hour at which it was held on Friday
        rests = micros(at(f"{MONDAY}T16:00"))
        chase.do(
            "UPDATE channels SET free_at = :rests WHERE address IN (SELECT address FROM contacts WHERE unit = '990101')",
            rests=rests,
        )
        assert [chase.watch(f"{MONDAY}T{hour}") for hour in ("08:30", "12:30", "15:45")] == [[], [], []]
        assert chase.rows("SELECT state FROM notices WHERE settled_at IS NULL") == [("held",)]
        assert chase.watch(f"{MONDAY}T16:00") == ["wang"]


def test_the_preview_foretells_what_waits_and_when_it_goes(tmp_path: Path, database_url: str) -> None:
    with told(tmp_path, database_url, plan(due_at(*HOURS), OVERDUE, SUPERIOR)) as chase:
        chase.watch(f"{FRIDAY}T09:00")
        found = preview(
            chase.campaign.store, None, at(f"{FRIDAY}T09:15"), at("2020-08-12T00:00"), 0, lambda _: None
        ).notices
        ahead = [
            (one.at, one.name, sorted(f"{line.requirement.split('.')[1]} {line.rung}" for line in one.lines))
            for one in found
        ]
        assert ahead == [
            (micros(at(f"{FRIDAY}T10:00")), "王某", ["d10 overdue"]),
            (micros(at(f"{MONDAY}T08:30")), "市一", ["d10 superior", "d9 superior"]),
            (micros(at(f"{MONDAY}T08:30")), "王某", ["d11 overdue", "d12 overdue"]),
            (micros(at("2020-08-11T08:30")), "市一", ["d11 superior", "d12 superior"]),
        ]


def desk_of(campaign: Campaign) -> Desk:
    return Desk(campaign.store, campaign.settings, Texts(campaign.store), campaign.store.calendar())


def test_of_a_long_history_only_the_last_days_are_looked_at_and_all_of_today_is_counted(tmp_path: Path) -> None:
    with told(tmp_path, None, plan(due_at(*HOURS))) as chase:
        chase.watch(f"{FRIDAY}T09:00")
        [(last, person)] = chase.rows("SELECT id, person FROM notices WHERE role = 'owner'")
        # five thousand of the year before stand in front of it
        with chase.campaign.store.writing() as connection:
            connection.execute(text("UPDATE notices SET id = id + 5000"))
            connection.execute(text("UPDATE notice_lines SET notice_id = notice_id + 5000"))
            old = [{"id": number, "person": person, "at": micros(at("2019-08-07T09:00"))} for number in range(1, 5001)]
            connection.execute(
                text(
                    "INSERT INTO notices (id, unit, role, person, pass_id, state, urgency, always, any_hour, created_at,"
                    " not_before, attempts, repeat, settled_at, turn) VALUES (:id, '990101', 'owner', :person, 1, 'accepted',"
                    " 0, FALSE, FALSE, :at, :at, 1, FALSE, :at, 1)"
                ),
                old,
            )
            assert 4000 < first_since(connection, micros(at(f"{FRIDAY}T00:00"))) <= last + 5000
            assert first_since(connection, micros(at("2019-08-01T00:00"))) == 1
        assert [chase.watch(f"{FRIDAY}T{hour:02d}:00") for hour in HOURS[1:]] == [["wang"], [], []]
