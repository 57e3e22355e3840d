"""A file that is written whole or given up (写全或放弃): what happens to a packed file where the disk takes no more."""

from __future__ import annotations

from io import BufferedWriter
from typing import Any


class WholeFile(BufferedWriter):
    """A file to which nothing more is written once the disk took something no more.

    A zip that is let go of half written writes its end all the same, and would complain to whoever sits there.
    """

    lost = False
    reached = 0
    """The last place that anybody asked for."""

    def write(self, data: Any, /) -> int:
        if self.lost:
            return len(data)
        try:
            return super().write(data)
        except OSError:
            self.lost = True
            raise

    def seek(self, target: int, whence: int = 0, /) -> int:
        if self.lost:
            return self.reached
        try:
            return super().seek(target, whence)
        except OSError:
            self.lost = True
            raise

    def tell(self) -> int:
        if not self.lost:
            self.reached = super().tell()
        return self.reached

    def flush(self) -> None:
        if self.lost:
            return
        try:
            super().flush()
        except OSError:
            self.lost = True
            raise
