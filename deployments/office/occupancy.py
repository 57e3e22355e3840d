"""Who serves a data folder: one `up` at a time, held by a lock that ends with its process, however that ends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from models.wording import Refusal
from tasks.campaign.private_files import keep_private

try:
    import fcntl
except ImportError:  # no such locks on Windows, where the announced server alone tells of another one
    fcntl = None  # type: ignore[assignment]

PORT = 4200
"""Where the screen is served unless the office says otherwise."""
LOCK = "up.lock"
"""The file of the lock, in the data folder."""


@contextmanager
def occupied(home: Path) -> Iterator[None]:
    """Hold the data folder until this ends. Refusal, with the process that holds it, where another one does."""
    keep_private(home)
    with (home / LOCK).open("a+") as held:
        if fcntl is not None:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                held.seek(0)
                raise _held_by(home, held.read().strip() or "?") from None
        held.truncate(0)
        held.write(str(os.getpid()))
        held.flush()
        yield


def _held_by(home: Path, process: str) -> Refusal:
    return Refusal(
        f"{home} 已由进程 {process} 启动服务或正在启动。一个数据目录只能启动一次；要重启，请先在那个窗口按 Ctrl-C",
        f"{home} is served, or about to be, by process {process}; a data folder is served once. Stop that one first",
    )
