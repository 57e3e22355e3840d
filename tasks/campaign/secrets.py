"""Channels are secrets: encrypted at rest under keys that never leave PUCHA_HOME (or PUCHA_KEY)."""

from __future__ import annotations

import hashlib
import hmac
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from models.wording import Refusal, because
from tasks.campaign.private_files import keep_private, write_private

_KEY_LENGTH = 44
"""Characters: 32 bytes in base64."""


@dataclass(frozen=True)
class Keeper:
    """Locks channels under the first of its keys, unlocks them under any. Its repr shows nothing.

    Persons and channels are named by the last key, the oldest: a new key in front renames nobody.
    """

    _keys: tuple[bytes, ...]

    def __repr__(self) -> str:
        return "Keeper(•••)"

    def lock(self, text: str) -> bytes:
        return self._all.encrypt(text.encode())

    def unlock(self, sealed: bytes) -> str:
        """The channel again. Refusal if it was locked under none of the keys."""
        try:
            return self._all.decrypt(sealed).decode()
        except InvalidToken:
            raise Refusal(
                "联系渠道无法解密：密钥与入库时不同，请恢复原密钥文件 secret.key，或重新装载联系人",
                "a channel cannot be decrypted: the key is not the one it was stored under; restore secret.key"
                " or load the contacts again",
            ) from None

    def under_first(self, sealed: bytes) -> bool:
        """Whether a channel is locked under the first key, so that it needs no other."""
        try:
            self._first.decrypt(sealed)
        except InvalidToken:
            return False
        return True

    def person(self, who: str) -> str:
        """A name for one person that tells nothing; `who` is what models.rules.loading.persons says of them."""
        return self._hash(f"person\0{who}")

    def address(self, channel: str) -> str:
        """A name for one channel that tells nothing: health and throttles go by it."""
        return self._hash(f"channel\0{channel}")

    @property
    def fingerprint(self) -> str:
        """What tells all the keys, in their order, from any others, and nothing of them."""
        return hmac.new(b"\n".join(self._keys), b"fingerprint", hashlib.sha256).hexdigest()[:12]

    def _hash(self, text: str) -> str:
        return hmac.new(self._keys[-1], text.encode(), hashlib.sha256).hexdigest()[:24]

    @cached_property
    def _first(self) -> Fernet:
        return Fernet(self._keys[0])

    @cached_property
    def _all(self) -> MultiFernet:
        return MultiFernet([Fernet(key) for key in self._keys])


def open_keeper(home: Path, given: str | None) -> Keeper:
    """The keeper of this installation; makes its key the first time, readable by its owner alone.

    given: PUCHA_KEY, one key or several, the newest first; None: those of secret.key in `home`, a line each.
    Refusal where one of them is no key.
    """
    if given:
        return Keeper(_keys(given.encode(), "PUCHA_KEY"))
    path = home / "secret.key"
    if not path.exists() or path.stat().st_size == 0:
        _make(path)
    return Keeper(_keys(path.read_bytes(), path.name))


def _make(path: Path) -> None:
    """Make a key, whole or not at all. A file without a byte is what a full disk left of one: nothing is locked under it."""
    try:
        keep_private(path.parent)
        if path.exists() and path.stat().st_size == 0:
            path.unlink(missing_ok=True)
        with suppress(FileExistsError):  # somebody else was first
            write_private(path, Fernet.generate_key().decode())
    except OSError as fault:
        why = because(fault)
        raise Refusal(
            f"密钥文件 {path.name} 无法写入：{why.zh}", f"the key file {path.name} cannot be written: {why.en}"
        ) from fault


def _keys(listed: bytes, source: str) -> tuple[bytes, ...]:
    """The keys in `listed`, between commas or a line each."""
    keys = tuple(listed.replace(b",", b"\n").split())
    if not keys or not all(map(_is_key, keys)):
        raise Refusal(
            f"{source} 不是有效密钥（应为 44 位 base64；有多把时新的在前，用英文逗号或换行隔开）",
            f"{source} is no valid key (44 characters of base64; of several, the newest first, with commas or line"
            " breaks between them)",
        )
    return keys


def _is_key(key: bytes) -> bool:
    """Whether `key` is one key. Fernet alone would read no further than the first of two."""
    try:
        Fernet(key)
    except ValueError:
        return False
    return len(key) == _KEY_LENGTH
