"""A turn at one unit: what is about that unit and that phase alone is sent and counted; the watch sends the rest."""

from __future__ import annotations

import pytest
from standins.webhook import JsonSink
from worlds.campaign import at, everyone, make_campaign
from worlds.deliveries import states
from worlds.plans import TWO_PHASES

from tasks.delivery.deliver import deliver
from tasks.delivery.share import Share

pytestmark = pytest.mark.timeout(120)

NIGHT = "2020-08-14T00:00"
"""The money of the counties is a week late, and the townships are reminded of their staff."""
OPENING = "2020-08-14T08:30"


@pytest.fixture(scope="module")
def sink():
    with JsonSink() as standin:
        yield standin


@pytest.fixture
def province(tmp_path, database_url, sink):
    """Two counties of two townships each; the night's pass over all of it has owed and sent nothing."""
    return make_campaign(tmp_path, database_url, plan=TWO_PHASES, contacts=everyone(sink.json_url))


@pytest.mark.parametrize(
    ("share", "notices"),
    [
        (None, 8),
        (Share("00"), 8),
        (Share("99"), 8),
        (Share("990101"), 4),
        (Share("990101", "recruitment"), 2),
        (Share("990101", "preparation"), 2),
        (Share("990101001"), 1),
        (Share("990101001", "preparation"), 0),
    ],
)
def test_what_waits_and_what_went_out_is_counted_for_one_unit_and_one_phase(province, share, notices):
    province.owe(NIGHT)
    night = deliver(province.store, province.settings, lambda: at(NIGHT), share)
    opening = deliver(province.store, province.settings, lambda: at(OPENING), share)
    assert (night.delivered, night.held) == (0, notices)
    assert (opening.delivered, opening.failed, opening.held) == (notices, 0, 0)
    waiting = {"held": 8 - notices} if notices < 8 else {}
    assert states(province) == ({"accepted": notices} if notices else {}) | waiting
    watched = deliver(province.store, province.settings, lambda: at(OPENING))
    assert watched.delivered == 8 - notices


def test_what_was_owed_is_counted_for_one_phase_and_a_rehearsal_counts_alike(province):
    rehearsed = province.owe(NIGHT, "990101", dry_run=True)
    owed = province.owe(NIGHT, "990101")
    assert [(one.judged, one.opened, one.owed) for one in (owed, rehearsed)] == [(3, 3, 4), (3, 3, 4)]
    for one in (owed, rehearsed):
        assert [(p.judged, p.opened, p.owed) for p in map(one.of, ("preparation", "recruitment"))] == [
            (1, 1, 2),
            (2, 2, 2),
        ]
    province.report("code,staff\n990101001,10\n", "2020-08-14T08:00")
    morning = province.owe(OPENING)
    assert [morning.of(phase).closed for phase in ("preparation", "recruitment")] == [0, 1]


def test_a_phase_at_a_unit_opens_and_owes_its_own_duties_alone(province):
    owed = province.owe(NIGHT, "990101", phase="recruitment")
    assert (owed.judged, owed.opened) == (2, 2)
    assert {row[0] for row in province.rows("SELECT requirement FROM cases")} == {"recruitment.staff"}
    assert province.owe(NIGHT).opened > 0


def test_a_line_of_another_phase_is_not_sent_with_the_turn_of_this_one(tmp_path, database_url, sink):
    """One person holds both offices' posts: what preparation owes waits for the watch, and joins no notice of the turn."""
    contacts = "".join(f"{unit},owner,甲,{sink.json_url('one')}\n" for unit in ("990101", "990101001", "990101002"))
    campaign = make_campaign(tmp_path, database_url, plan=TWO_PHASES, contacts=contacts)
    campaign.owe(OPENING, "990101", phase="preparation")
    campaign.owe(OPENING, "990101", phase="recruitment")
    mine = Share("990101", "recruitment")
    assert deliver(campaign.store, campaign.settings, lambda: at(OPENING), mine).delivered == 1
    query = (
        "SELECT DISTINCT n.state, c.requirement FROM notices n JOIN notice_lines l ON l.notice_id = n.id"
        " JOIN cases c ON c.id = l.case_id WHERE n.role = 'owner'"
    )
    assert sorted(campaign.rows(query)) == [("accepted", "recruitment.staff"), ("planned", "preparation.funds")]
