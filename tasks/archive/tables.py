"""An archive in the campaign's own database, for an office that has no share and no object store."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from sqlalchemy import Connection, delete, insert, select
from sqlmodel import col

from models.tables import ArchivedPart
from tasks.archive.cache import Cache
from tasks.archive.drafts import drop_draft, whole
from tasks.archive.place import other_content
from tasks.campaign.store import Store

_PART_BYTES = 4 * 1024 * 1024


class DatabaseArchive:
    """Files in parts of 4 MiB, in the transaction that speaks of them. Read through this machine's cache."""

    in_database = True

    def __init__(self, store: Store, cache: Cache) -> None:
        self.store, self.cache = store, cache
        self.shown = "PUCHA_DATABASE_URL"

    def draft(self, name: str) -> Path:
        return self.cache.draft(name)

    def put(self, connection: Connection, name: str, draft: Path) -> None:
        if _has(connection, name):
            if b"".join(_parts(connection, name)) != draft.read_bytes():
                raise other_content(name)
            draft.unlink()
            return
        with draft.open("rb") as file:
            part = 0
            while data := file.read(_PART_BYTES):
                connection.execute(insert(ArchivedPart).values(name=name, part=part, data=data))
                part += 1
        drop_draft(draft)  # what is not committed yet must not be found by anybody

    def path_of(self, name: str) -> Path:
        kept = self.cache.find(name)
        if kept is not None:
            return kept
        draft = self.cache.draft(name)
        with self.store.reading() as connection:
            if not _has(connection, name):
                raise FileNotFoundError(name)
            with whole(draft) as temporary, temporary.open("wb") as file:
                for data in _parts(connection, name):
                    file.write(data)
        return self.cache.keep(name, draft)

    def read_again(self, name: str) -> None:
        self.cache.drop(name)

    def holds(self, name: str) -> bool:
        with self.store.reading() as connection:
            return _has(connection, name)

    def names(self, room: str) -> set[str]:
        of_room = select(col(ArchivedPart.name)).where(
            col(ArchivedPart.part) == 0, col(ArchivedPart.name).startswith(f"{room}/", autoescape=True)
        )
        with self.store.reading() as connection:
            return set(connection.execute(of_room).scalars())

    def remove(self, connection: Connection | None, names: Collection[str]) -> None:
        for name in names:
            self.cache.drop(name)
            drop_draft(self.cache.draft(name))
        if connection is not None and names:
            connection.execute(delete(ArchivedPart).where(col(ArchivedPart.name).in_(sorted(names))))

    def mark(self) -> str | None:
        """The database is the campaign's; nothing else needs to say so."""
        return None

    def put_mark(self, _identity: str) -> None:
        """See `mark`."""


def _has(connection: Connection, name: str) -> bool:
    first = select(col(ArchivedPart.part)).where(col(ArchivedPart.name) == name, col(ArchivedPart.part) == 0)
    return connection.execute(first).first() is not None


def _parts(connection: Connection, name: str) -> Iterator[bytes]:
    """The bytes of a file, one part in memory at a time."""
    part = 0
    while True:
        one = select(col(ArchivedPart.data)).where(col(ArchivedPart.name) == name, col(ArchivedPart.part) == part)
        data = connection.execute(one).scalar()
        if data is None:
            return
        yield bytes(data)
        part += 1
