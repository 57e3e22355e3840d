"""The turn that every phase takes, with steps that only remember what they were asked."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from worlds.boards import AS_OF, LISTING, LONG_FORM, PHASES, RECRUITMENT, REGISTRATION, province

from flows._phase import take_turn, verdict
from models.status import PhaseStatus, UnitStatus
from tasks.chasing.passes import Owed
from tasks.delivery.passes import Delivered

STORE = SimpleNamespace(
    settings=SimpleNamespace(lang="zh"),
    plan=lambda: SimpleNamespace(phases=[SimpleNamespace(id=phase.id, title=phase.title) for phase in PHASES]),
)

BASIS = object()
"""Stands for what the pass has judged."""


class Office:
    """Steps in memory: they answer with one phase's status and keep what they were asked."""

    def __init__(self, phase: PhaseStatus) -> None:
        self.asked: list[str] = []
        self.sheet: tuple[tuple[str, ...], bool] | None = None
        whole = province()
        below = tuple(UnitStatus(u.code, u.name, u.level, (phase,)) for u in whole.below)
        self.found = replace(whole, phases=(phase,), below=below)

    def phase_status(self, _store, unit, as_of, phase, judged, limit):
        assert judged is BASIS
        self.asked.append(f"status {phase} at {unit} {as_of:%m-%d %H:%M}")
        assert limit > 0
        return self.found

    def expect(self, _store, scope, _now):
        self.asked.append(f"expect {scope}")
        return 0

    def owe(self, _store, scope, _now, dry_run, phase):
        assert phase == self.found.phases[0].id
        self.asked.append(f"owe {scope} {'dry' if dry_run else 'for good'}")
        counts = {(self.found.phases[0].id, count): n for count, n in (("judged", 172), ("opened", 2), ("owed", 3))}
        return Owed(pass_id=1, judged=688, opened=4, closed=2, owed=7, phases=Counter(counts), basis=BASIS)

    def deliver(self, _store, _settings, clock, share):
        self.asked.append(f"deliver at {clock():%m-%d %H:%M}, count {share.phase} at {share.unit}")
        return Delivered(delivered=5, failed=1, held=1)

    def publish(self, _store, unit, _as_of, phases, judged):
        assert judged is None, "what a turn judges is of its own phase, and a board is of all"
        self.asked.append(f"publish {','.join(phases)} of {unit}")
        return {"board-13": "../../artifacts/artifact/1"}

    def leave_sheet(self, _status, done, rehearsed, _links):
        self.asked.append("leave a sheet")
        self.sheet = (tuple(done), rehearsed)


def turn_of(phase: PhaseStatus, *, rehearse: bool = False):
    office = Office(phase)
    return office, take_turn(
        store=STORE, phase=phase.id, unit="13", clock=lambda: AS_OF, rehearse=rehearse, steps=office
    )


def test_a_turn_judges_then_looks_then_tells_then_shows():
    office, _ = turn_of(RECRUITMENT)
    assert office.asked == [
        "expect 13",
        "owe 13 for good",
        "status recruitment at 13 11-05 17:00",
        "deliver at 11-05 17:00, count recruitment at 13",
        "publish recruitment of 13",
        "leave a sheet",
    ]


def test_a_rehearsal_neither_sends_nor_records_nor_publishes():
    office, turn = turn_of(RECRUITMENT, rehearse=True)
    assert office.asked == ["owe 13 dry", "status recruitment at 13 11-05 17:00", "leave a sheet"]
    assert office.sheet == (("核对 172 项；新立催办件 2 件，办结 0 件。", "如正式运行，应发通知 3 份。"), True)
    assert turn.links == {}


def test_a_blocked_phase_may_not_start_and_is_chased_all_the_same():
    office, turn = turn_of(LONG_FORM)
    assert turn.phase.state == "blocked"
    assert "owe 13 for good" in office.asked
    assert verdict(turn, "zh") == (
        "前置工作未完成",
        "前置工作未完成（待“入户登记”完成）；没有逾期事项；"
        "应达标 172 项，已达标 0 项，未达标 0 项，未报 172 项（已到期 0 项，未到期 172 项）。",
    )


def test_a_phase_may_end_only_when_everything_is_met():
    assert [turn_of(phase)[1].phase.state for phase in (LISTING, REGISTRATION, RECRUITMENT)] == [
        "closed",
        "open",
        "overdue",
    ]


@pytest.mark.parametrize(
    ("phase", "zh", "en"),
    [
        (RECRUITMENT, "有逾期", "overdue"),
        (LISTING, "已达标", "closed"),
        (REGISTRATION, "进行中", "open"),
        (LONG_FORM, "前置工作未完成", "blocked"),
        (replace(REGISTRATION, state="planned"), "未开始", "planned"),
        (replace(REGISTRATION, state="closed", exit="signed"), "已签放行", "exit signed"),
        (replace(LISTING, met=0), "无要求", "no duty"),
        (replace(LISTING, met=0, waived=3), "均已免予办理", "all waived"),
    ],
)
def test_a_run_ends_in_the_state_of_its_phase_in_the_offices_words(phase, zh, en):
    turn = turn_of(phase)[1]
    assert verdict(turn, "zh")[0] == zh
    assert verdict(turn, "en")[0] == en


def test_the_message_of_an_overdue_phase_says_how_much_and_since_when():
    turn = turn_of(RECRUITMENT)[1]
    assert verdict(turn, "zh")[1] == (
        "有逾期；逾期 4 项（其中未报 1 项），最长逾期47天；"
        "应达标 172 项，已达标 168 项，未达标 3 项，未报 1 项（已到期 1 项，未到期 0 项）。"
    )


def test_the_clock_of_the_turn_is_the_clock_of_the_delivery():
    office = Office(RECRUITMENT)
    ticking = iter(AS_OF + timedelta(minutes=n) for n in range(5))
    take_turn(store=STORE, phase="recruitment", unit="13", clock=lambda: next(ticking), rehearse=False, steps=office)
    assert office.asked[2].endswith("17:00")
    assert office.asked[3] == "deliver at 11-05 17:01, count recruitment at 13"


def test_what_was_done_for_this_phase_at_this_unit_is_said_in_sentences():
    office, _ = turn_of(RECRUITMENT)
    assert office.sheet == (
        (
            "核对 172 项；新立催办件 2 件，办结 0 件。",
            "应发通知 3 份；已送达 5 份，未送达 1 份，待办公时间发出 1 份。",
        ),
        False,
    )
