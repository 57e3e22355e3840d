"""A turn at one unit: everything that waits is sent, and what is said of it is that unit's and that phase's own."""

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
    assert states(province) == {"accepted": 8}


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
