"""One bad thing does not stop the rest: what cannot be done is set aside with back-off, shown, and taken up again."""

from __future__ import annotations

from pathlib import Path

import pytest
from worlds.campaign import at
from worlds.chases import Chase, chasing
from worlds.plans import ONE_DUTY, TWO_PHASES

from tasks.chasing.passes import Owed, owe
from tasks.delivery.deliver import deliver


def watch(chase: Chase, moment: str) -> tuple[Owed, list[str]]:
    """A pass that may have set something aside, and who got a message."""
    before = len(chase.sink.accepted)
    owed = owe(chase.campaign.store, None, at(moment))
    deliver(chase.campaign.store, chase.campaign.settings, lambda: at(moment))
    return owed, sorted(message.to.strip("/") for message in chase.sink.accepted[before:])


def aside(owed: Owed) -> list[tuple[str, str, int]]:
    return [(one.phase, one.unit, one.failures) for one in owed.aside]


NO_SUCH_DAY = "UPDATE cases SET due = 900000000000000000 WHERE unit = '990101'"
NO_SUCH_LADDER = "UPDATE cases SET policy = 999 WHERE unit = '990101'"


@pytest.mark.parametrize("damage", [NO_SUCH_DAY, NO_SUCH_LADDER], ids=["due", "ladder"])
def test_one_bad_case_stops_its_own_office_only_and_is_shown(tmp_path: Path, database_url: str, damage: str):
    with chasing(tmp_path, database_url, plan=ONE_DUTY) as chase:
        assert chase.watch("2020-07-30T09:00") == ["990101/owner", "990102/owner"]
        chase.do(damage)
        owed, heard = watch(chase, "2020-08-05T09:00")
        assert heard == ["990102/leader", "990102/owner"]
        assert aside(owed) == [("preparation", "990101", 1)]
        assert "990101" in owed.aside[0].said.zh


def test_what_is_set_aside_is_left_out_until_its_time_and_longer_each_time(tmp_path: Path):
    with chasing(tmp_path, plan=ONE_DUTY) as chase:
        chase.watch("2020-07-30T09:00")
        chase.do(NO_SUCH_DAY)
        failures = {
            moment: aside(watch(chase, moment)[0])[0][2]
            for moment in (
                "2020-08-05T09:00",
                "2020-08-05T09:14",
                "2020-08-05T09:15",
                "2020-08-05T09:44",
                "2020-08-05T09:45",
                "2020-08-05T10:44",
            )
        }
        assert list(failures.values()) == [1, 1, 2, 2, 3, 3]


def test_what_was_mended_is_taken_up_again_and_nothing_is_lost(tmp_path: Path, database_url: str):
    with chasing(tmp_path, database_url, plan=ONE_DUTY) as chase:
        chase.watch("2020-07-30T09:00")
        ((due,),) = chase.rows("SELECT due FROM cases WHERE unit = '990101'")
        chase.do(NO_SUCH_DAY)
        watch(chase, "2020-08-05T09:00")
        chase.do("UPDATE cases SET due = :due", due=due)
        assert watch(chase, "2020-08-05T09:10")[1] == []
        owed, heard = watch(chase, "2020-08-05T09:15")
        assert heard == ["990101/leader", "990101/owner"]
        assert owed.aside == ()


EXTENDED_FOR_EVER = (
    "INSERT INTO decisions (case_id, unit, requirement, period, kind, author, at, until)"
    " VALUES (1, '990101001', 'recruitment.staff', '', 'extend', '', 0, 900000000000000000)"
)


def test_a_phase_that_cannot_be_judged_leaves_the_others_alone(tmp_path: Path, database_url: str):
    with chasing(tmp_path, database_url, plan=TWO_PHASES) as chase:
        chase.watch("2020-07-30T09:00")
        chase.do(EXTENDED_FOR_EVER)
        owed, heard = watch(chase, "2020-08-05T09:00")
        assert heard == ["990101/leader", "990101/owner", "990102/leader", "990102/owner"]
        assert aside(owed) == [("recruitment", "", 1)]
        chase.do("DELETE FROM decisions")
        owed, heard = watch(chase, "2020-08-14T09:00")
        assert owed.aside == ()
        townships = ["990101001/owner", "990101002/owner", "990102001/owner", "990102002/owner"]
        assert heard == sorted([*townships, "990101/leader", "990101/owner", "990102/leader", "990102/owner"])


def test_a_case_whose_phase_is_set_aside_is_not_closed_as_if_nobody_owed_it(tmp_path: Path):
    with chasing(tmp_path, plan=TWO_PHASES) as chase:
        chase.watch("2020-08-14T09:00")
        chase.do(EXTENDED_FOR_EVER)
        watch(chase, "2020-08-14T11:00")
        assert chase.rows("SELECT COUNT(*) FROM cases WHERE requirement LIKE 'recruitment%' AND closed_at IS NULL") == [
            (4,)
        ]


def test_a_rehearsal_sets_nothing_aside(tmp_path: Path):
    with chasing(tmp_path, plan=ONE_DUTY) as chase:
        chase.watch("2020-07-30T09:00")
        chase.do(NO_SUCH_LADDER)
        assert len(owe(chase.campaign.store, None, at("2020-08-05T09:00"), dry_run=True).aside) == 1
        assert chase.rows("SELECT * FROM asides") == []


def test_many_bad_offices_are_the_phase_s_fault_and_the_pass_still_ends(tmp_path: Path):
    codes = [f"990101{n:03d}" for n in range(1, 61)]
    units = "code,name\n99,试验省\n9901,试验市\n990101,甲县\n" + "".join(f"{code},乡{code}\n" for code in codes)
    with chasing(tmp_path, plan=TWO_PHASES, units=units) as chase:
        chase.watch("2020-08-14T09:00")
        chase.do("UPDATE cases SET policy = 999 WHERE requirement LIKE 'recruitment%'")
        owed, heard = watch(chase, "2020-08-20T09:00")
        assert aside(owed) == [("recruitment", "", 1)]
        assert heard == ["9901/owner"]
        assert chase.rows("SELECT COUNT(*) FROM passes WHERE finished_at IS NULL") == [(0,)]
