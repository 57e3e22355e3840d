"""The bytes of a received file: their SHA-256, and their text as UTF-8 whatever encoding it came in."""

from __future__ import annotations

import codecs
import hashlib
import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from models.wording import Refusal, because

MOST_BYTES = 1024**3
_CHUNK = 4 * 1024**2
_HEAD = 1024**2


@dataclass(frozen=True)
class Fingerprint:
    """What one pass over a file's bytes tells: its SHA-256, and of what kind its text is."""

    digest: str
    size: int
    modified: int
    head: bytes
    is_utf8: bool
    has_nul: bool


def fingerprint(path: Path) -> Fingerprint:
    """Read the whole file once. Refusal if it cannot be opened, is empty, or too large."""
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf8, has_nul, size, head = True, False, 0, b""
    with opened(path) as file:
        modified = os.fstat(file.fileno()).st_mtime_ns
        while chunk := file.read(_CHUNK):
            head = head or chunk[:_HEAD]
            size += len(chunk)
            if size > MOST_BYTES:
                raise Refusal(
                    f"{path.name} 超过 {MOST_BYTES >> 20} MB，请按地区拆分后分别上报",
                    f"{path.name} is larger than {MOST_BYTES >> 20} MB; split it by place and report the parts",
                )
            digest.update(chunk)
            has_nul = has_nul or b"\0" in chunk
            is_utf8 = is_utf8 and _continues(decoder, chunk)
    if not size:
        raise Refusal(f"{path.name} 是空文件，请检查导出是否成功", f"{path.name} is empty; check how it was made")
    return Fingerprint(
        digest=digest.hexdigest(),
        size=size,
        modified=modified,
        head=head,
        is_utf8=is_utf8 and not decoder.getstate()[0],
        has_nul=has_nul,
    )


def still_the_same(path: Path, print_: Fingerprint) -> None:
    """Refusal if somebody wrote to the file while it was read."""
    now = path.stat()
    if (now.st_size, now.st_mtime_ns) != (print_.size, print_.modified):
        raise Refusal(
            f"{path.name} 正在被写入，请等保存完毕后再报",
            f"{path.name} is still being written; report it when it is done",
        )


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The file to read from. Refusal if it cannot be opened."""
    try:
        with path.open("rb") as file:
            yield file
    except OSError as fault:
        why = because(fault)
        raise Refusal(f"打不开文件 {path.name}：{why.zh}", f"cannot open {path.name}: {why.en}") from None


def _continues(decoder: codecs.IncrementalDecoder, chunk: bytes) -> bool:
    if chunk.isascii() and not decoder.getstate()[0]:
        return True
    try:
        decoder.decode(chunk)
    except UnicodeDecodeError:
        return False
    return True


def as_utf8(path: Path, print_: Fingerprint) -> Path | bytes:
    """The file as UTF-8: the file itself where it is that already, else its text in memory."""
    old_line_ends = b"\n" not in print_.head and b"\r" in print_.head
    is_utf16 = print_.head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if print_.is_utf8 and not print_.has_nul and not old_line_ends:
        return path
    encoding = "utf-16" if is_utf16 else "utf-8" if print_.is_utf8 else "gb18030"
    if print_.has_nul and not is_utf16:
        raise not_a_table(path)
    try:
        text = path.read_bytes().decode(encoding)
    except UnicodeDecodeError:
        raise Refusal(
            f"{path.name} 的文字编码无法识别，请另存为 UTF-8 或 GB18030 后再报",
            f"the text encoding of {path.name} is unknown; save it as UTF-8",
        ) from None
    if old_line_ends:
        text = text.replace("\r", "\n")
    return text.encode("utf-8")


def not_a_table(path: Path) -> Refusal:
    """What to say of a file that is of no kind we read."""
    return Refusal(
        f"{path.name} 不是可读的表格，请用 CSV、XLSX、Parquet 或 JSON Lines 上报",
        f"{path.name} is no table that can be read; report CSV, XLSX, Parquet or JSON Lines",
    )


def old_or_encrypted(path: Path) -> Refusal:
    """What to say of a file in the container format of old Excel, WPS and encrypted workbooks."""
    with opened(path) as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        is_encrypted = data.find("EncryptedPackage".encode("utf-16-le")) >= 0
    if is_encrypted:
        return Refusal(
            f"{path.name} 设有打开密码，请取消密码后重新保存再报",
            f"{path.name} is encrypted; save it without a password",
        )
    return Refusal(
        f"{path.name} 是旧版 Excel 或 WPS 表格，请另存为 .xlsx 或 CSV 后再报",
        f"{path.name} is an old Excel or WPS file; save it as .xlsx or CSV",
    )
