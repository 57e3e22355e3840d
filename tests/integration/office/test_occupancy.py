"""One `up` a data folder, from its first moment and however it ends."""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from deployments.office.occupancy import occupied
from models.wording import Refusal


def hold(home: Path, held: Connection) -> None:
    with occupied(home):
        held.send("held")
        signal.pause()


def test_a_second_one_is_refused_with_the_process_that_holds_the_folder(tmp_path: Path):
    with (
        occupied(tmp_path / "home"),
        pytest.raises(Refusal, match=re.escape(f"by process {os.getpid()}; a data folder is served once")),
        occupied(tmp_path / "home"),
    ):
        pass
    with occupied(tmp_path / "home"), occupied(tmp_path / "other"):
        pass


def test_the_folder_of_a_killed_one_is_free_again(tmp_path: Path):
    told, held = multiprocessing.Pipe(duplex=False)
    other = multiprocessing.get_context("fork").Process(target=hold, args=(tmp_path, held))
    other.start()
    try:
        assert told.recv() == "held"
        with pytest.raises(Refusal, match=f"by process {other.pid};"), occupied(tmp_path):
            pass
    finally:
        other.kill()
        other.join()
    with occupied(tmp_path):
        pass
