"""On the disk: what a power cut may not take back again."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from models.wording import Refusal, because


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


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """A file to write beside `path`, which becomes `path` when the block ends well and vanishes when it does not.

    Refusal if there is a file of that name already, or it cannot be written.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        if os.path.lexists(path):
            raise Refusal(f"文件 {path} 已存在，请另起文件名", f"{path} exists already; give another name")
        part.touch()  # whoever may not write here, or gives a name that is too long, is told before any work
        yield part
        put_in_place(part, path)
    except OSError as fault:
        why = because(fault)
        raise Refusal(f"无法写入 {path}：{why.zh}", f"cannot write {path}: {why.en}") from fault
    finally:
        with suppress(OSError):
            part.unlink()
