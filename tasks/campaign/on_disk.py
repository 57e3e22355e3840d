"""On the disk: what a power cut may not take back again."""

from __future__ import annotations

import errno
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from models.wording import Refusal, Said, because


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


def put_aside_and_in_place(path: Path, data: bytes | memoryview, *more: bytes | memoryview) -> None:
    """Write a file anew, in place of what was called so. Two who do so at once write a draft each, and the last one stays."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as file:
            for one in (data, *more):
                file.write(one)
        put_in_place(draft, path)
    except OSError:
        with suppress(OSError):
            draft.unlink()
        raise


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """A file to write beside `path`, which becomes `path` when the block ends well and vanishes when it does not.

    Refusal if there is a file of that name already, if another program is just writing it, or it cannot be written. What one
    that was killed has left is written anew.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        # whoever may not write here, or gives a name that is too long, is told before any work
        with _alone(part, path):
            try:
                _refuse_taken(path)
                yield part
                _refuse_taken(path)  # by a program that is none of ours
                put_in_place(part, path)
            finally:
                with suppress(OSError):
                    part.unlink()
    except OSError as fault:
        why, cure = because(fault), _cure(fault, path)
        raise Refusal(f"无法写入 {path}：{why.zh}{cure.zh}", f"cannot write {path}: {why.en}{cure.en}") from fault


def _refuse_taken(path: Path) -> None:
    if path.is_dir():
        raise Refusal(f"{path} 是文件夹，请写明文件名", f"{path} is a folder; give the name of a file")
    if os.path.lexists(path):
        raise Refusal(f"文件 {path} 已存在，请另起文件名", f"{path} exists already; give another name")


@contextmanager
def _alone(part: Path, path: Path) -> Iterator[None]:
    """Hold a draft as long as it is written, so that of two programs that write one file the second is told."""
    if sys.platform == "win32":
        part.touch()
        yield  # a file that is open can be given no other name there
        return
    import fcntl

    with part.open("ab") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _written_by_another(path) from None
        except OSError as fault:
            if fault.errno not in _NO_LOCKS:
                raise
        # whoever held it until a moment ago has given it another name, or removed it
        if not part.exists() or not os.path.samestat(os.fstat(held.fileno()), part.stat()):
            raise _written_by_another(path)
        yield


def _written_by_another(path: Path) -> Refusal:
    return Refusal(
        f"另一个程序正在写入 {path}，请稍候，或另起文件名",
        f"another program is just writing {path}; wait for it, or give another name",
    )


_NO_LOCKS = frozenset({errno.EINVAL, errno.ENOTSUP, errno.ENOLCK})
"""What a share of another system's says that knows no locks."""


def _cure(fault: OSError, path: Path) -> Said:
    """What helps where a file cannot be written."""
    if fault.errno in (errno.ENOSPC, errno.EDQUOT):
        return Said("，请清理后重试，或换一处存放", "; make room and try again, or write it elsewhere")
    if fault.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return Said("，请换一个可以写入的文件夹", "; choose a folder that may be written")
    if fault.errno == errno.ENOENT and not path.parent.exists():
        return Said(f"，请先建好文件夹 {path.parent}", f"; make the folder {path.parent} first")
    return Said("", "")
