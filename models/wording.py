"""Sentences that an office reads, in Chinese with English beside it."""

from __future__ import annotations

import errno
from typing import Literal, NamedTuple

Lang = Literal["zh", "en"]


class Said(NamedTuple):
    """One sentence in both languages."""

    zh: str
    en: str

    def in_language(self, lang: Lang) -> str:
        """The sentence in `lang`."""
        return self.zh if lang == "zh" else self.en


COLON = Said("：", ": ")
COMMA = Said("、", ", ")
"""Between the parts of an enumeration."""


class Refusal(ValueError):
    """Something that cannot be done as asked; says in one sentence what and how to mend it."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.said = Said(zh, en)


def because(fault: OSError) -> Said:
    """Why a file or folder cannot be opened or written."""
    return _REASONS.get(fault.errno or 0, Said("系统不允许", fault.strerror or "the system refuses"))


_REASONS = {
    errno.ENOENT: Said("没有这个文件或文件夹", "there is no such file or folder"),
    errno.EACCES: Said("没有权限", "permission denied"),
    errno.EPERM: Said("没有权限", "permission denied"),
    errno.EROFS: Said("磁盘只读", "the disk is read-only"),
    errno.EISDIR: Said("是文件夹，不是文件", "it is a folder, not a file"),
    errno.ENOTDIR: Said("路径中有一段不是文件夹", "a part of the path is no folder"),
    errno.EEXIST: Said("同名文件已存在", "a file of that name is in the way"),
    errno.ENOSPC: Said("磁盘空间不足", "no disk space left"),
    errno.EDQUOT: Said("磁盘配额已满", "the disk quota is used up"),
    errno.ENAMETOOLONG: Said("名称过长", "the name is too long"),
    errno.ELOOP: Said("链接互相指向", "links point at each other"),
}
