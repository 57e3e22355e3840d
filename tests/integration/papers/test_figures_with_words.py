"""Figures with words (2900余) wherever somebody reads them: in notices, letters, on boards and in lists, as they were written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from worlds.campaign import at
from worlds.papers import Desk, open_desk
from worlds.plans import PAPERS

from tasks.boards.lists import duty_table
from tasks.judging.status import read_statuses
from tasks.papers.lists import show_paper

WRITTEN = "近47万"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path, None, plan=PAPERS, messages_a_day=None) as found:
        yield found


def test_a_figure_with_words_stands_as_written_in_notices_letters_and_boards(desk: Desk) -> None:
    desk.campaign.report(f"code,funds_arrived,population,meetings\n990101,{WRITTEN},100000,0\n", "2020-07-29T08:00")
    desk.draft()

    notices = [message.text for message in desk.sink.accepted if "990101" in message.to]
    assert any(f"“{WRITTEN}”" in text for text in notices)
    (letter,) = [show_paper(desk.campaign.store, one["id"]) for one in desk.papers()]
    assert f"“{WRITTEN}”" in str(letter)
    statuses = read_statuses(desk.campaign.store, "990101", at("2020-08-10T09:00"))
    for lang in ("zh", "en"):
        assert f"“{WRITTEN}”" in str(duty_table(statuses.of("990101"), lang).body), lang
