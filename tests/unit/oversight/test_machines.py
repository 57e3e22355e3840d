"""Machines of one campaign: which of them differs, in what, and how that is mended."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from models.rules.oversight.machines import Machine, compare
from tasks.campaign.settings import Settings
from tasks.oversight.machines import _OF_THE_MACHINE

SEEN = datetime.fromisoformat("2020-11-05T09:30+08:00")
PRINTS = {
    "program": "p1",
    "calendar": "c1",
    "texts": "t1",
    "key": "k1",
    "PUCHA_ADMIN_CHANNEL": "a1",
    "PUCHA_ACK_DAYS": "3",
}
ONE, TWO, THREE = (Machine(name, SEEN, PRINTS) for name in ("north", "south", "west"))


def other(machine: Machine, **prints: str) -> Machine:
    return replace(machine, prints={**PRINTS, **prints})


def test_machines_that_are_alike_have_nothing_to_be_mended():
    found = compare([ONE, TWO, THREE])

    assert (found.what, found.said.en) == (frozenset(), "3 machines of the last day are set alike")


def test_a_single_machine_is_compared_with_nobody():
    assert compare([ONE]).what == compare([]).what == frozenset()


def test_the_one_that_differs_from_most_is_named_with_all_that_differs_and_the_cures():
    found = compare([other(ONE, calendar="c2", PUCHA_ACK_DAYS="5"), TWO, THREE])

    assert found.said.en == (
        "the machine north (of 11-05 09:30) differs from south in PUCHA_ACK_DAYS, the imported calendar."
        " To mend it, copy calendars/, set them alike on every machine"
    )
    assert found.said.zh == (
        "机器 north（11月5日09:30）与 south 不同：PUCHA_ACK_DAYS、导入的工作日历。请复制 calendars/，各机器设成一样"
    )


@pytest.mark.parametrize(
    ("what", "cure"),
    [
        ("program", "install the same version"),
        ("calendar", "copy calendars/"),
        ("texts", "copy templates/"),
        ("key", "set the same PUCHA_KEY"),
        ("PUCHA_ACK_DAYS", "set them alike on every machine"),
    ],
)
def test_each_thing_that_differs_has_its_cure(what: str, cure: str):
    found = compare([ONE, other(TWO, **{what: "else"})])

    assert (found.what, found.said.en.endswith(f"To mend it, {cure}")) == ({what}, True)


def test_under_another_key_the_administrators_channel_may_be_the_same():
    assert compare([ONE, other(TWO, key="k2", PUCHA_ADMIN_CHANNEL="a2")]).what == {"key"}
    assert compare([ONE, other(TWO, PUCHA_ADMIN_CHANNEL="a2")]).what == {"PUCHA_ADMIN_CHANNEL"}


def test_a_setting_that_another_program_does_not_know_is_no_difference():
    newer = other(TWO, program="p2", PUCHA_NEW="1")

    assert compare([ONE, newer]).what == {"program"}


def test_only_settings_that_exist_are_left_to_each_machine():
    assert set(Settings.model_fields) > _OF_THE_MACHINE
