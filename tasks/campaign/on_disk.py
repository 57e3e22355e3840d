"""On the disk: what a power cut may not take back again."""

from __future__ import annotations

import errno
import os
from pathlib import Path


def force(path: Path) -> None:
    """Make sure that a file, or a folder's list of names, is on the disk."""
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    except OSError as fault:
        if path.is_file() or fault.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise  # a share of another system's knows no syncing of a folder
    finally:
        os.close(handle)


def put_in_place(draft: Path, path: Path) -> None:
    """Give a written draft its name, in place of what was called so: after a power cut the one or the other is there, whole."""
    force(draft)
    draft.replace(path)
    force(path.parent)
