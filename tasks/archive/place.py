"""What every place that an archive may be in can do: a folder, an object store, the campaign's own database.

A file is put once, under a name that no other attempt uses, and never changed. The row in the database that names it is
its commit: a file that no row names counts for nothing, and may be removed once nobody can be writing it any more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection

from models.wording import Refusal

REPORTS, STATES = "archive", "districts"
"""The two rooms of an archive: a file is called `archive/…` or `districts/…`."""


class Archive(Protocol):
    """One place. Every method may end in a Refusal that says what ails it, in which no key or address of a key shows.

    shown: how it is called in sentences; in_database: what is put or removed goes with the transaction.
    """

    shown: str
    in_database: bool

    def draft(self, name: str) -> Path:
        """Where to write a file on this machine before it is put."""
        ...

    def put(self, connection: Connection, name: str, draft: Path) -> None:
        """Make a draft the file of that name, lastingly. One that is there already with the same content is left.

        Refusal where another content has that name.
        """
        ...

    def path_of(self, name: str) -> Path:
        """A file of this machine with the content of that name. FileNotFoundError where the archive has none."""
        ...

    def read_again(self, name: str) -> None:
        """Do not believe what this machine kept of a file: it could not be read."""
        ...

    def holds(self, name: str) -> bool:
        """Whether the archive has a file of that name."""
        ...

    def names(self, room: str) -> set[str]:
        """What lies in one room, by full names."""
        ...

    def remove(self, connection: Connection | None, names: Collection[str]) -> None:
        """Remove files that nobody needs; those that are not there are passed over."""
        ...

    def mark(self) -> str | None:
        """The identity of the campaign whose archive this says it is; None where it says nothing yet."""
        ...

    def put_mark(self, identity: str) -> None:
        """Let it say so, where it says nothing yet."""
        ...


def other_content(name: str) -> Refusal:
    """Two contents under one name: somebody put a file there that is not ours."""
    return Refusal(
        f"存档中已有同名而内容不同的文件 {name}，未作更改；请查明是谁放的，移走后重试",
        f"the archive has another file called {name} with other content; nothing was changed: find out who put it"
        " there, move it away and try again",
    )


def of_room(room: str, found: Iterable[str]) -> set[str]:
    """The files of a room among `found`, without what is half written; what an earlier version left pending counts."""
    whole = (name.removesuffix(".pending") for name in found if not name.endswith((".draft", ".part")))
    return {f"{room}/{name}" for name in whole}
