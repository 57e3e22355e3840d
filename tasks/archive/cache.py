"""What this machine keeps of an archive that lies elsewhere: files as they are there, since they never change."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import time

from tasks.archive.drafts import cannot_write

FOLDER = "cache"
_IN_USE_SECONDS = 600.0
"""Somebody may still be reading a file that was asked for so shortly ago."""


@dataclass(frozen=True)
class Cache:
    """Copies by name below `folder`, of at most so many bytes: what was asked for longest ago goes first."""

    folder: Path
    most: int

    def draft(self, name: str) -> Path:
        path = self.folder / name
        return path.with_name(f"{path.name}.{os.getpid()}.draft")

    def find(self, name: str) -> Path | None:
        """The copy of a file, if there is one."""
        path = self.folder / name
        try:
            os.utime(path)
        except OSError:
            return None
        return path

    def keep(self, name: str, draft: Path) -> Path:
        """Make a whole draft the copy of that file. Refusal where the disk is full."""
        path = self.folder / name
        try:
            draft.replace(path)
        except OSError as fault:
            raise cannot_write("PUCHA_HOME", fault) from None
        self._trim()
        return path

    def drop(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)

    def _trim(self) -> None:
        found = sorted(self._files())
        size, unused = sum(bytes_ for _, bytes_, _ in found), time() - _IN_USE_SECONDS
        for used, bytes_, path in found:
            if size <= self.most or used > unused:
                break
            with suppress(OSError):
                path.unlink()
            size -= bytes_

    def _files(self) -> Iterator[tuple[float, int, Path]]:
        """When each was last asked for, its bytes, and the file itself."""
        for within, _, names in os.walk(self.folder):
            for path in (Path(within, name) for name in names):
                with suppress(OSError):
                    seen = path.stat()
                    yield seen.st_mtime, seen.st_size, path
