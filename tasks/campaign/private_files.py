"""The data folder is its owner's alone: the folder 700, what lies in it 600."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path

from tasks.campaign.on_disk import force

PRIVATE = 0o077
"""What nobody else may do: the umask of every process of ours."""


def keep_private(home: Path) -> None:
    """Make the data folder, for its owner alone; one that others could enter is tightened with all that lies in it.

    What belongs to another account is left as it is: only that account, or root, may change it.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if home.stat().st_mode & PRIVATE:
        tighten(home)


def tighten(folder: Path) -> None:
    """Make a folder, and all that lies in it, its owner's alone."""
    for within, _, files in os.walk(folder):
        for path in (*(Path(within, name) for name in files), Path(within)):
            _tighten(path)


def write_private(path: Path, text: str) -> None:
    """Write a new file that its owner alone may read, there whole or not at all, whenever the power goes.

    FileExistsError where there is one.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
            out.write(text)
        force(draft)
        os.link(draft, path)
        force(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def _tighten(path: Path) -> None:
    with contextlib.suppress(PermissionError, FileNotFoundError):
        mode = path.lstat().st_mode
        if stat.S_ISREG(mode) and mode & (PRIVATE | 0o100):
            path.chmod(0o600)
        elif not stat.S_ISLNK(mode) and mode & PRIVATE:
            path.chmod(mode & 0o7777 & ~PRIVATE)
