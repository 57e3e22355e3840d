"""A turn and a pass judge once, within the pass, and show what they judged there; a turn's board is judged for itself."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from worlds.campaign import Campaign, at, make_campaign
from worlds.plans import TWO_PHASES

from flows._pass import Steps, make_pass
from flows._phase import take_turn
from flows._publication import Publication, Sheet
from tasks.boards import Page
from tasks.campaign.store import Store
from tasks.chasing.passes import owe
from tasks.delivery.passes import Delivered
from tasks.judging.judge import judge_all
from tasks.judging.status import phase_status, read_statuses
from tasks.oversight.heartbeats import note_pass

NOW = "2020-08-14T09:00"
WEEKLY = (
    TWO_PHASES
    + """\
  - id: publicity
    title: 宣传
    starts: 2020-08-01
    ends: 2020-08-31
    requirements:
      - {id: reported, title: 周报, judged_at: city, met_when: "maps >= 1", every: week}
"""
)


@dataclass
class CountingStore(Store):
    """A campaign that counts how often it is judged: every judgement reads once what people decided."""

    times: list[None] = field(default_factory=list)

    @property
    def judgements(self) -> int:
        return len(self.times)

    def decisions(self, provinces=None):
        self.times.append(None)
        return super().decisions(provinces)


@pytest.fixture
def campaign(tmp_path: Path) -> Campaign:
    made = make_campaign(tmp_path, plan=WEEKLY)
    made.report("code,funds_arrived,population\n990101,100,50\n", "2020-08-03T12:00")
    made.report("code,staff\n990101001,12\n990101002,3\n", "2020-08-10T12:00")
    made.report("code,maps\n990102001,4\n", "2020-08-12T12:00")
    store = made.store
    made.store = CountingStore(store.engine, store.home, store.settings)
    return made


def plain(pages: list[Page]) -> Steps:
    """The plain functions, but that nothing is sent and `pages` takes what would stand on the screen."""

    def publish(store, unit, as_of, phases, judged, levels=1, asked_for=True):
        publication = Publication(read_statuses(store, unit, as_of, judged=judged), phases, levels)
        pages.extend(sheet.draw({}) for sheet in publication.sheets())
        return {}

    return Steps(
        expect=lambda *_: 0,
        owe=owe,
        deliver=lambda _store, _settings, _clock, _share: Delivered(),
        note_pass=note_pass,
        phase_status=phase_status,
        publish=publish,
        leave_sheet=lambda *_sheet: None,
    )


def board_of_all(campaign: Campaign) -> list[Sheet]:
    """The board of the office, drawn from everything that is judged there."""
    publication = Publication(read_statuses(campaign.store, "9901", at(NOW)), ["recruitment"], 1)
    return [sheet for sheet in publication.sheets() if sheet.key == "board-9901"]


def test_a_turn_judges_its_phase_once_and_its_board_shows_every_phase(campaign: Campaign):
    pages: list[Page] = []
    turn = take_turn(
        store=campaign.store,
        phase="recruitment",
        unit="9901",
        clock=lambda: at(NOW),
        rehearse=False,
        steps=plain(pages),
    )
    assert campaign.store.judgements == 2
    assert (turn.phase.met, turn.phase.unmet, turn.phase.unreported) == (1, 1, 2)
    (board,) = [page.body for page in pages if page.key == "board-9901"]
    (alone,) = [sheet.draw({}).body for sheet in board_of_all(campaign)]
    assert board == alone
    assert [page.key for page in pages if page.key.startswith("phase-")] == ["phase-recruitment-9901"]


def test_a_rehearsal_judges_its_scope_once(campaign: Campaign):
    take_turn(
        store=campaign.store, phase="recruitment", unit="9901", clock=lambda: at(NOW), rehearse=True, steps=plain([])
    )
    assert campaign.store.judgements == 1


def test_a_pass_of_the_watch_judges_everything_once(campaign: Campaign):
    pages: list[Page] = []
    owed, _ = make_pass(store=campaign.store, scope=None, clock=lambda: at(NOW), rehearse=False, steps=plain(pages))
    assert campaign.store.judgements == 1
    assert owed.judged == 2 + 4 + 3
    assert {page.key for page in pages} >= {"board-99", "board-9901", "board-990101", "phase-recruitment-99"}


@pytest.mark.parametrize("unit", [None, "99", "9901", "990101", "990102001"])
@pytest.mark.parametrize("phase", ["preparation", "recruitment", "publicity"])
def test_a_pass_hands_on_what_judging_a_phase_alone_would_say(campaign: Campaign, unit: str | None, phase: str):
    alone = [phase, *campaign.store.plan().phase(phase).after]
    found = owe(campaign.store, unit, at(NOW)).basis
    for limit in (0, 1):
        handed, judged = (
            read_statuses(campaign.store, unit, at(NOW), alone, basis).of(phase=phase, limit=limit)
            for basis in (found, None)
        )
        assert replace(handed, duties=tuple(handed.duties)) == replace(judged, duties=tuple(judged.duties))


READY = "sets: {ready: {title: 两落实, requirements: [preparation.funds, recruitment.staff]}, reported: {title: 周报, requirements: [publicity.reported]}}\n"
"""Sets of which one office or another has every duty, some or none."""


@pytest.mark.parametrize("moment", ["2020-08-14T09:00", "2020-08-25T09:00", "2020-09-10T09:00"])
@pytest.mark.parametrize("limit", [1, 200])
def test_what_is_gathered_of_several_offices_at_once_is_what_is_gathered_of_each(
    tmp_path: Path, moment: str, limit: int
):
    campaign = make_campaign(tmp_path, plan=WEEKLY + READY)
    campaign.report("code,staff\n990101001,12\n990101002,3\n", "2020-08-10T12:00")
    campaign.report("code,maps\n990102001,4\n", "2020-08-12T12:00")
    campaign.owe("2020-08-14T08:00")
    with campaign.store.writing() as connection:
        connection.exec_driver_sql(
            "INSERT INTO decisions (case_id, unit, requirement, period, kind, author, at)"
            " VALUES (1, '990101', 'preparation.funds', '', 'waive', '甲', 0)"
        )
    campaign.owe(moment)
    statuses = read_statuses(campaign.store, None, at(moment))
    offices = [code for code in statuses.judged.units["unit"] if code != statuses.scope]

    found = statuses.of_each(offices, limit=limit)

    assert list(found) == offices
    assert statuses.of_each([], limit=limit) == {}
    assert found == {office: statuses.of(office, limit=limit) for office in offices}
    assert {one.overdue for one in found.values()} != {0} or moment < "2020-08-20"
    assert any(0 < one.met < one.owed for each in found.values() for one in each.sets)


def test_boards_below_show_the_same_whether_they_were_looked_at_together_or_not(campaign: Campaign):
    publications = [Publication(read_statuses(campaign.store, "99", at(NOW)), ["recruitment"], 2) for _ in range(2)]
    publications[0].look_below(publications[0].lower)

    together, alone = ([sheet.draw({}) for sheet in one.sheets() if sheet.lower] for one in publications)

    assert len(together) == len(publications[0].lower) == 3
    assert together == alone


def test_boards_that_were_looked_at_together_are_drawn_without_looking_again(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
):
    publication = Publication(read_statuses(campaign.store, "99", at(NOW)), ["recruitment"], 2)
    publication.look_below(publication.lower)
    looked: list[list[str]] = []
    monkeypatch.setattr(publication, "look_below", looked.append)

    for sheet in publication.sheets():
        sheet.draw({})

    assert looked == []
    assert set(publication.seen) == {"9901", "990101", "990102"}


@pytest.mark.parametrize("phases", [["preparation"], ["publicity"], ["recruitment", "preparation"]])
def test_a_judgement_of_some_phases_is_that_part_of_the_whole(campaign: Campaign, phases: list[str]):
    whole, some = (judge_all(campaign.store, None, at(NOW), chosen) for chosen in (None, phases))
    part = whole.only(phases)
    assert part.verdicts.equals(some.verdicts)
    assert part.units.equals(some.units)
    assert part.chains.sort("unit", "depth").equals(some.chains.sort("unit", "depth"))
    assert part.newest.equals(some.newest)
    assert [part.figures_as_of(unit) for unit in (None, "9901")] == [
        some.figures_as_of(unit) for unit in (None, "9901")
    ]


EXTENDED_FOR_EVER = (
    "INSERT INTO decisions (case_id, unit, requirement, period, kind, author, at, until)"
    " VALUES (1, '990101001', 'recruitment.staff', '', 'extend', '', 0, 900000000000000000)"
)


def test_a_phase_that_a_pass_could_not_judge_is_not_shown_as_if_it_owed_nothing(campaign: Campaign):
    owe(campaign.store, None, at("2020-08-13T09:00"))
    with campaign.store.writing() as connection:
        connection.exec_driver_sql(EXTENDED_FOR_EVER)
    owed = owe(campaign.store, None, at(NOW))
    assert [one.phase for one in owed.aside] == ["recruitment"]
    with pytest.raises(Exception, match=r"(?i)year|range|date"):
        phase_status(campaign.store, "99", at(NOW), "recruitment", owed.basis, 10)
    assert phase_status(campaign.store, "99", at(NOW), "preparation", owed.basis, 10).phases[0].owed == 2
