"""Whose archive it is: the campaign's identity, in the database and repeated in the archive.

A machine that sees no archive, an empty folder where a share should be, or another campaign's, so takes in nothing and
says so, and nobody ever removes what belongs to somebody else.
"""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, insert, select
from sqlmodel import col

from models.tables import ArchiveSeal, Batch
from models.wording import Refusal, Said
from tasks.archive.folder import FolderArchive
from tasks.archive.place import REPORTS, Archive
from tasks.campaign.store import Store

_LAST = 3
"""One file may be damaged or lost; where none of the last ones is, it is another archive."""


def fault_of(connection: Connection, archive: Archive, store: Store) -> Said | None:
    """Why an archive cannot be this campaign's; None where it is, or may become so."""
    if archive.in_database:
        return None
    identity, mark = _identity(connection), archive.mark()
    last = _last_reports(connection)
    if identity and mark and identity != mark:
        return _of_another(archive)
    if not last:
        return _of_another(archive) if mark and not identity and not _is_home(archive, store) else None
    return None if any(archive.holds(f"{REPORTS}/{name}") for name in last) else _without_reports(archive)


def refuse_another(connection: Connection, archive: Archive) -> None:
    """Refusal where an archive says that it is another campaign's."""
    identity, mark = _identity(connection), archive.mark()
    if identity and mark and identity != mark:
        raise Refusal(*_of_another(archive))


def seal(connection: Connection, archive: Archive) -> str:
    """The campaign's identity: that of before, that which its archive has already, or a new one. Kept in the database."""
    identity = _identity(connection)
    if identity is None:
        identity = archive.mark() or secrets.token_hex(16)
        connection.execute(insert(ArchiveSeal).values(id=1, identity=identity))
    return identity


def mark(archive: Archive, identity: str) -> None:
    """Let the archive repeat the identity, once the database keeps it. Refusal where somebody else was first."""
    if archive.in_database:
        return
    if archive.mark() is None:
        archive.put_mark(identity)
    if archive.mark() != identity:
        raise Refusal(*_of_another(archive))


def _identity(connection: Connection) -> str | None:
    return connection.execute(select(col(ArchiveSeal.identity))).scalar()


def _last_reports(connection: Connection) -> list[str]:
    named = select(col(Batch.archive)).where(col(Batch.archive).is_not(None))
    return [name for name in connection.execute(named.order_by(col(Batch.id).desc()).limit(_LAST)).scalars() if name]


def _is_home(archive: Archive, store: Store) -> bool:
    """Whether it is this machine's own data folder, where a database may be begun anew."""
    return isinstance(archive, FolderArchive) and archive.root == store.home


def _of_another(archive: Archive) -> Said:
    return Said(
        f"{archive.shown} 是另一个普查任务的存档；请检查 PUCHA_ARCHIVE_URL 和 PUCHA_DATABASE_URL 是否同属一个任务",
        f"{archive.shown} is the archive of another campaign; check that PUCHA_ARCHIVE_URL and PUCHA_DATABASE_URL belong"
        " together",
    )


def _without_reports(archive: Archive) -> Said:
    return Said(
        f"{archive.shown} 里没有本任务的存档：各台机器的 PUCHA_ARCHIVE_URL 须相同、共享盘须已挂载；"
        "存档尚在别处的，用 pucha archive copy --from 原处 复制过来；文件丢失的，从备份恢复",
        f"{archive.shown} does not hold this campaign's archive: PUCHA_ARCHIVE_URL must be the same on every machine, and"
        " a share mounted; copy an archive that lies elsewhere with pucha archive copy --from PLACE, and restore missing or"
        " damaged files from a backup",
    )
