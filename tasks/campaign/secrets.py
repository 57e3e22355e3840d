"""Channels are secrets: encrypted at rest under a key that never leaves PUCHA_HOME (or PUCHA_KEY)."""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from models.wording import Refusal


@dataclass(frozen=True)
class Keeper:
    """Locks and unlocks channels. Its repr tells nothing."""

    _key: bytes

    def __repr__(self) -> str:
        return "Keeper(•••)"

    def lock(self, text: str) -> bytes:
        return Fernet(self._key).encrypt(text.encode())

    def unlock(self, sealed: bytes) -> str:
        """The channel again. Refusal if it was locked under another key."""
        try:
            return Fernet(self._key).decrypt(sealed).decode()
        except InvalidToken:
            raise Refusal(
                "联系渠道无法解密：密钥与入库时不同，请恢复原密钥文件 secret.key，或重新装载联系人",
                "a channel cannot be decrypted: the key is not the one it was stored under; restore secret.key"
                " or load the contacts again",
            ) from None

    def person(self, who: str) -> str:
        """A name for one person that tells nothing; `who` is what models.rules.loading.persons says of them."""
        return self._hash(f"person\0{who}")

    def address(self, channel: str) -> str:
        """A name for one channel that tells nothing: health and throttles go by it."""
        return self._hash(f"channel\0{channel}")

    def _hash(self, text: str) -> str:
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()[:24]


def open_keeper(home: Path, given: str | None) -> Keeper:
    """The keeper of this installation; makes its key the first time, readable by its owner alone."""
    if given:
        try:
            Fernet(given.encode())
        except ValueError:
            raise Refusal(
                "PUCHA_KEY 不是有效密钥（应为 44 位 base64）", "PUCHA_KEY is no valid key (44 characters of base64)"
            ) from None
        return Keeper(given.encode())
    path = home / "secret.key"
    try:
        return Keeper(path.read_bytes().strip())
    except FileNotFoundError:
        pass
    key = Fernet.generate_key()
    home.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return Keeper(path.read_bytes().strip())
    with os.fdopen(handle, "wb") as out:
        out.write(key)
    return Keeper(key)
