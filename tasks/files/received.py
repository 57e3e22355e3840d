"""The bytes of a received file: its name, its SHA-256, and what may not be read at all."""

from __future__ import annotations

import codecs
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import polars as pl

from models.personal import PERSONAL, RespondentsData, personal_in
from models.text import one_line
from models.wording import Refusal, because
from tasks.files.sizes import LONGEST_LINE, MOST_BYTES

_CHUNK = 4 * 1024**2
_HEAD = 1024**2
_LONGEST_SIGN = 4
"""Bytes of a sign in UTF-8, at most."""


@dataclass(frozen=True)
class Fingerprint:
    """What one pass over a file's bytes tells: its SHA-256, and of what kind its text is.

    lines: line ends in it. endless: some line is longer than any of a table.
    """

    digest: str
    size: int
    modified: int
    head: bytes
    is_utf8: bool
    has_nul: bool
    lines: int
    endless: bool


def shown_name(path: Path) -> str:
    """A file's name as people know it. Windows' archives leave names in GBK, which the system takes for broken UTF-8."""
    given = os.fsencode(path.name)
    try:
        return one_line(given.decode("utf-8"))
    except UnicodeDecodeError:
        return one_line(given.decode("gb18030", "replace"))


def fingerprint(path: Path) -> Fingerprint:
    """Read the whole file once. Refusal if it cannot be opened, is empty, too large, or named after a person."""
    name = shown_name(path)
    _refuse_personal_name(name)
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf8, has_nul, endless, size, lines, head = True, False, False, 0, 0, b""
    with opened(path) as file:
        modified = os.fstat(file.fileno()).st_mtime_ns
        while chunk := file.read(_CHUNK):
            head = head or chunk[:_HEAD]
            size += len(chunk)
            if size > MOST_BYTES:
                raise Refusal(
                    f"{name} 超过 {MOST_BYTES >> 20} MB，请按地区拆分后分别上报",
                    f"{name} is larger than {MOST_BYTES >> 20} MB; split it by place and report the parts",
                )
            digest.update(chunk)
            has_nul = has_nul or b"\0" in chunk
            is_utf8 = is_utf8 and _continues(decoder, chunk)
            lines += chunk.count(b"\n")
            endless = endless or _is_endless(chunk)
    if not size:
        raise Refusal(f"{name} 是空文件，请检查导出是否成功", f"{name} is empty; check how it was made")
    return Fingerprint(
        digest=digest.hexdigest(),
        size=size,
        modified=modified,
        head=head,
        is_utf8=is_utf8 and not decoder.getstate()[0],
        has_nul=has_nul,
        lines=lines,
        endless=endless,
    )


def _refuse_personal_name(name: str) -> None:
    kind = personal_in(name)
    if kind is not None:
        said = PERSONAL[kind]
        raise RespondentsData(
            f"文件名含有{said.zh}：普查对象的个人信息一律不得上报，请改名后重报；文件未予保存",
            f"the file's name holds {said.en}: respondents' data must not be reported. Rename it; nothing was kept",
        )


def _is_endless(chunk: bytes) -> bool:
    """True where no line ends in a stretch of LONGEST_LINE."""
    return any(
        chunk.find(b"\n", begun, begun + LONGEST_LINE) < 0 and chunk.find(b"\r", begun, begun + LONGEST_LINE) < 0
        for begun in range(0, len(chunk) - LONGEST_LINE + 1, LONGEST_LINE)
    )


def still_the_same(path: Path, print_: Fingerprint) -> None:
    """Refusal if somebody wrote to the file while it was read."""
    now = path.stat()
    if (now.st_size, now.st_mtime_ns) != (print_.size, print_.modified):
        name = shown_name(path)
        raise Refusal(
            f"{name} 正在被写入，请等保存完毕后再报",
            f"{name} is still being written; report it when it is done",
        )


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The file to read from. Refusal if it cannot be opened, or is no plain file: a pipe would be waited for."""
    name = shown_name(path)
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError as fault:
        why = because(fault)
        raise Refusal(f"打不开文件 {name}：{why.zh}", f"cannot open {name}: {why.en}") from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise Refusal(
            f"{name}：这不是普通文件（可能是管道、设备或文件夹），请改用普通文件",
            f"{name}: this is no plain file but a pipe, a device or a folder; give a plain file",
        )
    with os.fdopen(handle, "rb") as file:
        try:
            yield file
        except OSError as fault:
            why = because(fault)
            raise Refusal(f"读不出文件 {name}：{why.zh}", f"cannot read {name}: {why.en}") from None


def _continues(decoder: codecs.IncrementalDecoder, chunk: bytes) -> bool:
    if chunk.isascii() and not decoder.getstate()[0]:
        return True
    # Polars tells it in a fifth of the time, of whole signs: what may lie in two chunks is left to the decoder
    first = next((place for place, byte in enumerate(chunk[:_LONGEST_SIGN]) if not _goes_on(byte)), _LONGEST_SIGN)
    back = next((place for place, byte in enumerate(chunk[: -_LONGEST_SIGN - 1 : -1], 1) if not _goes_on(byte)), 0)
    last = max(first, len(chunk) - back)
    try:
        decoder.decode(chunk[:first])
        pl.Series([chunk[first:last]], dtype=pl.Binary).cast(pl.String)
        decoder.decode(chunk[last:])
    except (UnicodeDecodeError, pl.exceptions.PolarsError):
        return False
    return True


def _goes_on(byte: int) -> bool:
    """True for a byte of UTF-8 that no sign begins with."""
    return byte & 0xC0 == 0x80
