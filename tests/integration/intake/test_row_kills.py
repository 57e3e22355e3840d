"""Reports of rows that are killed at any step, or come in two at once: the old or the new, and nothing lost or half there."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from worlds.campaign import at
from worlds.kills import Snapshots, half_written, lying, named
from worlds.row_reports import list_campaign, problems, send

from tasks.audit_trail.records import verify
from tasks.campaign.store import open_store
from tasks.intake.intake import take_in
from tasks.intake.rejections import FOLDER
from tasks.registers.history import history_of

FIRST = "code,list,row,state,items\n990101,甲,1,received,3\n990101,甲,2,closed,4\n990102,乙,1,received,5\n"
SECOND = "code,list,row,state,items\n990101,甲,1,in-field,\n990101,甲,2,received,\n990101,甲,3,received,9\n"
OLD = [("990101", "甲", 1.0, "received"), ("990101", "甲", 2.0, "closed"), ("990102", "乙", 1.0, "received")]
NEW = [
    ("990101", "甲", 1.0, "in-field"),
    ("990101", "甲", 2.0, "closed"),
    ("990101", "甲", 3.0, "received"),
    ("990102", "乙", 1.0, "received"),
]
"""The second row may not go back from closed: it is refused."""


def test_a_report_of_rows_killed_at_any_step_is_done_by_the_next_one(tmp_path: Path) -> None:
    campaign = list_campaign(tmp_path)
    send(campaign, FIRST, "2020-08-05T17:00")
    file = tmp_path / "second.csv"
    file.write_text(SECOND, encoding="utf-8")
    snapshots = Snapshots(campaign, lambda _: None)

    sys.setprofile(snapshots)
    try:
        take_in(campaign.store, file, at("2020-08-06T17:00"), "甲", at("2020-09-20T10:00"))
    finally:
        sys.setprofile(None)
    assert problems(campaign) == NEW

    seen = []
    assert snapshots.steps >= 20 and snapshots.taken > 5
    for number in range(snapshots.taken):
        killed = snapshots.open(number)
        found = problems(killed)
        assert found in (OLD, NEW), number
        seen.append(found == NEW)
        again = take_in(killed.store, file, at("2020-08-06T17:00"), "甲", at("2020-09-22T09:00"))
        assert (again.accepted, again.rejected, again.repeated) == (2, 1, found == NEW), number
        assert again.refusals["key"].to_list() == ["甲/2"], number
        assert problems(killed) == NEW, number
        assert named(killed) <= lying(killed), number
        if number % 4 == 0:  # what was begun is swept away by a later intake
            third = tmp_path / "third.csv"
            third.write_text("code,list,row\n990102,乙,2\n", encoding="utf-8")
            take_in(killed.store, third, at("2020-08-07T17:00"), "乙", at("2020-09-24T09:00"))
            assert (len(problems(killed)), lying(killed)) == (5, named(killed)), number
        assert half_written(killed.store.home) == [], number
        assert len(list((killed.store.home / FOLDER).iterdir())) == 1, number
        killed.store.engine.dispose()
    assert seen == sorted(seen) and set(seen) == {False, True}


def test_two_reports_of_one_office_at_once_both_hold_whole(tmp_path: Path) -> None:
    campaign = list_campaign(tmp_path)
    send(campaign, FIRST, "2020-08-05T17:00")
    bodies = [
        "".join(f"990101,{name},{row},received\n" for row in range(1, 200)) + f"990101,甲,1,,{note}\n"
        for name, note in (("丙", "先"), ("丁", "后"))
    ]
    files = []
    for place, body in enumerate(bodies):
        files.append(tmp_path / f"at-once-{place}.csv")
        files[-1].write_text(
            "code,list,row,state,note\n" + body.replace(",received\n", ",received,\n"), encoding="utf-8"
        )
    together = Barrier(2)

    def report(place: int) -> int:
        store = open_store(campaign.settings)
        together.wait()
        return take_in(store, files[place], at("2020-08-06T17:00"), f"第{place}人", at("2020-09-20T10:00")).accepted

    with ThreadPoolExecutor(2) as both:
        assert list(both.map(report, (0, 1))) == [200, 200]

    rows = problems(campaign)
    assert [sum(row[1] == name for row in rows) for name in ("甲", "丙", "丁")] == [2, 199, 199]
    changes = history_of(campaign.store, campaign.store.plan().registers["problems"], "甲/1", "990101")
    assert len(changes) == 3 and {change.now.get("note") for change in changes[1:]} == {"先", "后"}
    assert lying(campaign) == named(campaign)
    assert verify(campaign.store).findings == ()
