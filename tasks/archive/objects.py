"""An archive in an object store that speaks S3: put on condition that nothing has the name, read through this machine's cache."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from models.wording import Refusal, Said
from tasks.archive.cache import Cache
from tasks.archive.drafts import drop_draft, whole
from tasks.archive.place import other_content

if TYPE_CHECKING:
    from obstore.store import S3Store

MARK = "campaign.id"
_CODE = re.compile(r"<Code>(\w+)</Code>")
_STATUS = re.compile(r"non-2xx status code: (\d{3})")
_WRONG_KEYS = {
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "InvalidToken",
    "ExpiredToken",
    "AuthorizationHeaderMalformed",
}
_SKEWED = {"RequestTimeTooSkewed", "RequestExpired"}
_FULL = {"InsufficientStorage", "StorageFull", "XMinioStorageFull", "QuotaExceeded", "XMinioAdminBucketQuotaExceeded"}


@dataclass(frozen=True)
class Access:
    """How an object store is reached. endpoint: None for the provider's own; a key that is None is left to AWS_*."""

    bucket: str
    prefix: str
    endpoint: str | None
    region: str
    key_id: str | None
    secret: str | None
    seconds: float
    retries: int

    def __repr__(self) -> str:
        return f"Access({self.bucket!r}, {self.prefix!r})"

    def open(self) -> S3Store:
        from obstore.store import S3Store

        endpoint = self.endpoint or os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
        keys = {"access_key_id": self.key_id, "secret_access_key": self.secret, "endpoint": endpoint}
        return S3Store(
            self.bucket,
            prefix=self.prefix or None,
            region=self.region,
            virtual_hosted_style_request=endpoint is None,
            client_options={
                "allow_http": (endpoint or "").startswith("http://"),
                "timeout": timedelta(seconds=self.seconds),
                "connect_timeout": timedelta(seconds=min(self.seconds, 5)),
            },
            retry_config={"max_retries": self.retries, "retry_timeout": timedelta(seconds=self.seconds)},
            **{name: value for name, value in keys.items() if value},  # type: ignore[arg-type]
        )


class ObjectArchive:
    """Objects under a prefix of a bucket."""

    in_database = False

    def __init__(self, access: Access, cache: Cache) -> None:
        self.cache = cache
        self.shown = f"s3://{access.bucket}/{access.prefix}".rstrip("/")
        with self._in_words():
            self._store = access.open()

    def draft(self, name: str) -> Path:
        return self.cache.draft(name)

    def put(self, _connection: Connection, name: str, draft: Path) -> None:
        data = draft.read_bytes()
        with self._in_words():
            self._create(name, data)
        self.cache.keep(name, draft)

    def _create(self, name: str, data: bytes) -> None:
        from obstore.exceptions import AlreadyExistsError

        try:
            self._store.put(name, data, mode="create")
        except AlreadyExistsError:
            # a put whose answer was lost is tried again, and then finds its own object
            if bytes(self._store.get(name).bytes()) != data:
                raise other_content(name) from None

    def path_of(self, name: str) -> Path:
        kept = self.cache.find(name)
        if kept is not None:
            return kept
        draft = self.cache.draft(name)
        with self._in_words():
            found = self._store.get(name)
            with whole(draft) as temporary, temporary.open("wb") as file:
                for data in found.stream():
                    file.write(data)
        return self.cache.keep(name, draft)

    def read_again(self, name: str) -> None:
        self.cache.drop(name)

    def holds(self, name: str) -> bool:
        with self._in_words():
            try:
                self._store.head(name)
            except FileNotFoundError as fault:
                if "NoSuchBucket" in str(fault):
                    raise
                return False
        return True

    def names(self, room: str) -> set[str]:
        with self._in_words():
            return {str(found["path"]) for portion in self._store.list(f"{room}/") for found in portion}

    def remove(self, _connection: Connection | None, names: Collection[str]) -> None:
        for name in names:
            self.cache.drop(name)
            drop_draft(self.cache.draft(name))
        with self._in_words():
            if names:
                self._store.delete(sorted(names))

    def mark(self) -> str | None:
        with self._in_words():
            try:
                return bytes(self._store.get(MARK).bytes()).decode("ascii", "replace").strip() or None
            except FileNotFoundError as fault:
                if "NoSuchBucket" in str(fault):
                    raise
                return None

    def put_mark(self, identity: str) -> None:
        with self._in_words():
            self._create(MARK, identity.encode("ascii"))

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        """Say what ails the object store in a sentence. Its own words hold addresses, and are dropped."""
        from obstore.exceptions import BaseError

        try:
            yield
        except (BaseError, FileNotFoundError, PermissionError, ValueError) as fault:
            if isinstance(fault, Refusal) or _is_missing(fault):
                raise
            said = _what_ails(fault)
            raise Refusal(
                f"存档 {self.shown}：{said.zh}；未作任何更改", f"archive {self.shown}: {said.en}; nothing was changed"
            ) from None


def _is_missing(fault: Exception) -> bool:
    return isinstance(fault, FileNotFoundError) and "NoSuchBucket" not in str(fault)


def _what_ails(fault: Exception) -> Said:
    code, status = (found.group(1) if (found := kind.search(str(fault))) else "" for kind in (_CODE, _STATUS))
    if code in _SKEWED:
        return Said(
            "本机时钟与对象存储相差太多，请先校准本机时间",
            "this machine's clock is too far from the object store's; set it right first",
        )
    if code in _WRONG_KEYS or status == "401" or "credential" in str(fault).lower():
        return Said(
            "密钥不对或没有填写，请检查 PUCHA_ARCHIVE_KEY_ID 和 PUCHA_ARCHIVE_SECRET（或 AWS_* 各项）",
            "the keys are wrong or not set; check PUCHA_ARCHIVE_KEY_ID and PUCHA_ARCHIVE_SECRET (or AWS_*)",
        )
    if code in _FULL or status == "507":
        return Said("对象存储空间或配额已满", "the object store is full, or its quota is used up")
    if code == "NoSuchBucket":
        return Said("没有这个存储桶，请先建好", "there is no such bucket; make it first")
    if status == "403":
        return Said(
            "这把密钥没有相应权限，需要读、写、列出和删除的权限",
            "this key may not do that; it needs the rights to read, write, list and delete",
        )
    if status == "501" or code == "NotImplemented":
        return Said(
            "该对象存储不支持条件写入（If-None-Match），不能用作存档",
            "this object store knows no conditional put (If-None-Match) and cannot hold the archive",
        )
    if status.startswith("5"):
        return Said(f"对象存储出错（{status}），请稍后重试", f"the object store fails ({status}); try again later")
    if status:
        return Said(f"对象存储不接受请求（{status} {code}）", f"the object store refuses the request ({status} {code})")
    return Said(
        "连不上对象存储，或中途断开，请检查网络和 PUCHA_ARCHIVE_ENDPOINT，稍后重试",
        "the object store cannot be reached, or broke off; check the network and PUCHA_ARCHIVE_ENDPOINT, and try again",
    )
