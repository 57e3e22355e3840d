"""An archive in a folder: PUCHA_HOME itself, or a share that several machines mount."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from contextlib import suppress
from filecmp import cmp
from pathlib import Path

from sqlalchemy import Connection

from models.wording import Refusal, because
from tasks.archive.drafts import cannot_write, drop_draft, whole
from tasks.archive.place import of_room, other_content
from tasks.campaign.on_disk import force, put_in_place

MARK = "campaign.id"


class FolderArchive:
    """Files by their names below `root`. Reading is where they lie; nothing is copied."""

    in_database = False

    def __init__(self, root: Path, shown: str) -> None:
        self.root, self.shown = root, shown

    def draft(self, name: str) -> Path:
        path = self.root / name
        return path.with_name(f"{path.name}.draft")

    def put(self, _connection: Connection, name: str, draft: Path) -> None:
        path = self.root / name
        try:
            if path.exists():
                if not cmp(path, draft, shallow=False):
                    raise other_content(name)
                draft.unlink()
                return
            path.parent.mkdir(parents=True, exist_ok=True)
            draft.replace(path)
            force(path.parent)
        except OSError as fault:
            raise cannot_write(self.shown, fault) from None

    def path_of(self, name: str) -> Path:
        path = self.root / name
        if not self.holds(name):
            raise FileNotFoundError(name)
        return path

    def read_again(self, name: str) -> None:
        """There is no other copy of it."""

    def holds(self, name: str) -> bool:
        path = self.root / name
        if not path.is_file():
            with suppress(OSError):  # an earlier version left it so, if it was killed after its commit
                path.with_name(f"{path.name}.pending").replace(path)
        return path.is_file()

    def names(self, room: str) -> set[str]:
        try:
            return of_room(room, (path.name for path in (self.root / room).iterdir()))
        except FileNotFoundError:
            return set()
        except OSError as fault:
            raise self._refused(fault) from None

    def remove(self, _connection: Connection | None, names: Collection[str]) -> None:
        try:
            for name in names:
                (self.root / name).unlink(missing_ok=True)
                drop_draft(self.draft(name))
        except OSError as fault:
            raise self._refused(fault) from None

    def mark(self) -> str | None:
        try:
            return (self.root / MARK).read_text("ascii").strip() or None
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as fault:
            raise self._refused(fault) from None

    def put_mark(self, identity: str) -> None:
        draft = self.root / f"{MARK}.{secrets.token_hex(6)}"  # several may be at it, with the same word
        with whole(draft) as temporary:
            temporary.write_text(identity, encoding="ascii")
        put_in_place(draft, self.root / MARK)

    def _refused(self, fault: OSError | ValueError) -> Refusal:
        why = because(fault if isinstance(fault, OSError) else OSError())
        return Refusal(
            f"存档所在的 {self.shown} 打不开：{why.zh}", f"the archive at {self.shown} cannot be opened: {why.en}"
        )
