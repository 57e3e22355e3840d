"""PUCHA_ARCHIVE_URL: which place the archive is in."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from models.wording import Refusal
from tasks.archive.cache import FOLDER, Cache
from tasks.archive.folder import FolderArchive
from tasks.archive.objects import Access, ObjectArchive
from tasks.archive.place import Archive
from tasks.archive.tables import DatabaseArchive
from tasks.campaign.settings import Settings
from tasks.campaign.store import Store

IN_DATABASE = "database"
_MEGABYTE = 1_000_000
_HASTY_SECONDS = 4.0
"""As long as somebody waits who only wants to know whether the archive is there."""


def open_archive(store: Store, address: str | None = None, *, hasty: bool = False) -> Archive:
    """The archive at `address`, or where the settings say. hasty: give up soon, and try nothing again.

    Refusal where the address cannot be read, or names a folder that is not there.
    """
    settings = store.settings
    address = address or settings.archive_url
    cache = Cache(store.home / FOLDER, settings.archive_cache_mb * _MEGABYTE)
    if address is None:
        return FolderArchive(store.home, "PUCHA_HOME")
    if address == IN_DATABASE:
        return DatabaseArchive(store.archived_in, cache)
    if address.startswith("s3://"):
        return ObjectArchive(_access(address, settings, hasty=hasty), cache)
    return _folder(address)


def _access(address: str, settings: Settings, *, hasty: bool) -> Access:
    parts = urlsplit(address)
    if not parts.hostname or "@" in parts.netloc or parts.query or parts.fragment:
        raise _unreadable()
    secret = settings.archive_secret
    return Access(
        bucket=parts.netloc,
        prefix=parts.path.strip("/"),
        endpoint=settings.archive_endpoint,
        region=settings.archive_region,
        key_id=settings.archive_key_id,
        secret=secret.get_secret_value() if secret else None,
        seconds=min(_HASTY_SECONDS, settings.archive_timeout) if hasty else settings.archive_timeout,
        retries=0 if hasty else 3,
    )


def _folder(address: str) -> FolderArchive:
    if "://" in address:
        parts = urlsplit(address)
        if parts.scheme != "file" or parts.netloc not in ("", "localhost"):
            raise _unreadable()
        root = Path(unquote(parts.path))
    else:
        root = Path(address)
    if not root.is_absolute():
        raise _unreadable()
    if not root.is_dir():
        # a share that is not mounted must never be replaced by an empty folder of this machine
        raise Refusal(
            f"存档文件夹 {root} 不存在，共享盘可能没有挂载；请挂载或建好后重试",
            f"there is no folder {root} for the archive; perhaps the share is not mounted: mount or make it first",
        )
    return FolderArchive(root, str(root))


def _unreadable() -> Refusal:
    return Refusal(
        "PUCHA_ARCHIVE_URL 写法有误，应为文件夹的绝对路径、file:///文件夹、s3://存储桶/前缀 或 database；"
        "密钥另填 PUCHA_ARCHIVE_KEY_ID、PUCHA_ARCHIVE_SECRET",
        "PUCHA_ARCHIVE_URL cannot be read: write an absolute path, file:///folder, s3://bucket/prefix or database; keys go"
        " into PUCHA_ARCHIVE_KEY_ID and PUCHA_ARCHIVE_SECRET",
    )
