"""Files on this machine's disk, written whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from models.wording import Refusal
from tasks.campaign.on_disk import put_in_place

_PART = ".part"
Write = Callable[..., Future[None]]
"""Takes a function that writes a file, the file, and what it is to write; whoever needs the file waits for what it returns."""


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A file to write, which becomes `path` on the disk when the block ends well and vanishes when it does not."""
    temporary = path.with_name(f"{path.name}{_PART}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        put_in_place(temporary, path)
    except (OSError, pl.exceptions.PolarsError) as fault:
        temporary.unlink(missing_ok=True)
        raise cannot_write("PUCHA_HOME", fault) from None
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def cannot_write(where: str, fault: BaseException) -> Refusal:
    """What is said of a disk that takes nothing."""
    reason = (isinstance(fault, OSError) and fault.strerror) or "write failed"
    return Refusal(
        f"{where} 所在磁盘写不进去（{reason}），可能空间不足；未作任何更改，请清理后重报",
        f"cannot write to {where} ({reason}), perhaps no space is left; nothing was changed",
    )


def drop_draft(path: Path) -> None:
    """Remove a draft, half written or whole, if there is one."""
    path.unlink(missing_ok=True)
    path.with_name(f"{path.name}{_PART}").unlink(missing_ok=True)


@contextmanager
def writing_files() -> Iterator[Write]:
    """Writes files in the order given, while the caller does other work.

    All are on the disk when the block ends well, and none of them where anything goes wrong.
    """
    paths: list[Path] = []
    with ThreadPoolExecutor(1, "files") as writer:
        submitted: list[Future[None]] = []

        def write(function: Callable[..., None], path: Path, *about: object) -> Future[None]:
            paths.append(path)
            submitted.append(writer.submit(function, path, *about))
            return submitted[-1]

        try:
            yield write
            for written in submitted:
                written.result()
        except BaseException:
            wait(submitted)
            for path in paths:
                drop_draft(path)
            raise
