"""The text of a received file as UTF-8, whatever encoding and line ends it came with."""

from __future__ import annotations

import codecs
import mmap
import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from models.wording import Refusal
from tasks.files.received import Fingerprint, opened, shown_name
from tasks.files.sizes import LONGEST_LINE

_CHUNK = 4 * 1024**2
_SEEN = 4096
"""Signs at the beginning of a file by which UTF-16 is known."""
_FEWEST_PLAIN, _ONE_PLAIN_IN = 4, 10
"""Signs of a table that are plain ASCII, such as commas, digits, the ends of lines: at least so many, and one in so many."""
_BAD_IN = 20
"""Where one sign of so many is none of any text, the file is no text, or one of an encoding that is not known."""
_WHOLE_SIGN = re.compile("[\u0800-\ufffc\ufffe\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Text:
    """A file's text in UTF-8: where it can be read as often as wanted, and how many bytes it has.

    kept: what must live as long as it is read. is_gb: it came in GB18030.
    """

    path: Path
    size: int
    kept: BinaryIO | None = field(default=None, repr=False)
    is_gb: bool = False


def as_utf8(path: Path, print_: Fingerprint) -> Text:
    """The file itself where it is UTF-8 already, else a copy that nobody else can see. Refusal if it is no text."""
    name = shown_name(path)
    old_line_ends = b"\n" not in print_.head and b"\r" in print_.head
    wide = _utf_16(print_.head)
    if print_.has_nul and not wide:
        raise _with_nul(path, name, print_.head)
    if print_.endless:
        raise Refusal(
            f"{name} 中有一行超过 {LONGEST_LINE >> 20} MB，不像是表格，请检查导出是否正确",
            f"{name} has a line of more than {LONGEST_LINE >> 20} MB and is hardly a table; check how it was made",
        )
    if print_.is_utf8 and not print_.has_nul and not old_line_ends and _can_be_named(path):
        return Text(path, print_.size)
    encoding = wide or ("utf-8" if print_.is_utf8 else "gb18030")
    if encoding == "gb18030":
        _refuse_damaged_utf8(path, name)
    copy = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the table that is read from it
    decoder = codecs.getincrementaldecoder(encoding)()
    with opened(path) as file:
        try:
            while chunk := file.read(_CHUNK):
                _copy(decoder.decode(chunk), copy, old_line_ends)
            _copy(decoder.decode(b"", True), copy, old_line_ends)
        except UnicodeDecodeError:
            raise _damaged(name, _damage(path, encoding)) from None
    copy.flush()
    return Text(Path(f"/dev/fd/{copy.fileno()}"), copy.tell(), copy, is_gb=encoding == "gb18030")


def _utf_16(head: bytes) -> str:
    """The name of the kind of UTF-16 that a text is in, with a mark at its beginning or without; "" for none."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    for encoding, high, low in (("utf-16-le", 1, 0), ("utf-16-be", 0, 1)):
        high_bytes, low_bytes = head[high : 2 * _SEEN : 2], head[low : 2 * _SEEN : 2]
        plain = high_bytes.count(0)
        # 一 is 4E00: a low byte may be nothing too, but seldom
        if plain >= max(_FEWEST_PLAIN, len(high_bytes) // _ONE_PLAIN_IN) and low_bytes.count(0) * 4 <= plain:
            return encoding
    return ""


def _with_nul(path: Path, name: str, head: bytes) -> Refusal:
    """What to say of a file with signs that no text has: of one or two in a text, where they are."""
    if head.count(0) * _BAD_IN > len(head):
        return not_a_table(name)
    with opened(path) as file:
        line = next((number for number, line in enumerate(file, 1) if b"\0" in line), 1)
    return _damaged(name, _Damage(head.count(0), 0, line, len(head)))


@dataclass(frozen=True)
class _Damage:
    """What is wrong with a text: how many of its signs are broken, how many Chinese ones are whole, the line of the first."""

    broken: int
    whole: int
    line: int
    signs: int


def _copy(text: str, copy: BinaryIO, old_line_ends: bool) -> None:
    copy.write((text.replace("\r", "\n") if old_line_ends else text).encode("utf-8", "replace"))


def _can_be_named(path: Path) -> bool:
    """False for a path that is no UTF-8: libraries cannot open it."""
    try:
        str(path).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _refuse_damaged_utf8(path: Path, name: str) -> None:
    """Refusal for UTF-8 in which a few bytes are lost: read as GB18030 it would turn into other words."""
    damage = _damage(path, "utf-8")
    if damage.whole and damage.whole >= damage.broken:
        raise _damaged(name, damage)


def _damage(path: Path, encoding: str) -> _Damage:
    whole, broken, line, first, signs = 0, 0, 1, 0, 0
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    with opened(path) as file:
        while chunk := file.read(_CHUNK):
            text = decoder.decode(chunk)
            bad = text.count("\ufffd")
            if bad and not broken:
                first = line + text.count("\n", 0, text.index("\ufffd"))
            broken += bad
            signs += len(text)
            whole += len(_WHOLE_SIGN.findall(text))
            line += text.count("\n")
    return _Damage(max(broken, 1), whole, first or line, signs)


def _damaged(name: str, damage: _Damage) -> Refusal:
    """What to say of a text with bytes that are no signs in it: that it is damaged, or of an encoding that is not known."""
    if damage.broken * _BAD_IN > damage.signs and damage.broken > damage.whole:
        return Refusal(
            f"{name} 的文字编码无法识别，请另存为 UTF-8 或 GB18030 后再报",
            f"the text encoding of {name} is unknown; save it as UTF-8",
        )
    return Refusal(
        f"{name} 第 {damage.line} 行有损坏的文字（共 {damage.broken} 处，不是完整的字），请从原系统重新导出后再报；"
        "无法重新导出的，请核对该行、改正后另存为 UTF-8 或 GB18030 再报",
        f"{name}, line {damage.line}: the text is damaged (in {damage.broken} places); export it again, or mend"
        " the line and save the file as UTF-8",
    )


def not_a_table(name: str) -> Refusal:
    """What to say of a file that is of no kind we read."""
    return Refusal(
        f"{name} 不是可读的表格，请用 CSV、XLSX、Parquet 或 JSON Lines 上报",
        f"{name} is no table that can be read; report CSV, XLSX, Parquet or JSON Lines",
    )


def web_page(name: str) -> Refusal:
    """What to say of a page, or of XML, that many systems export under the name of a workbook."""
    return Refusal(
        f"{name} 名为表格，实为网页或 XML（一些系统这样导出 .xls），请用 Excel 或 WPS 打开，另存为 .xlsx 后再报",
        f"{name} is a web page or XML under the name of a workbook; open it in Excel or WPS and save it as .xlsx",
    )


def old_or_encrypted(path: Path) -> Refusal:
    """What to say of a file in the container format of old Excel, WPS and encrypted workbooks."""
    name = shown_name(path)
    with opened(path) as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        is_encrypted = data.find("EncryptedPackage".encode("utf-16-le")) >= 0
        is_document = data.find("WordDocument".encode("utf-16-le")) >= 0
    if is_encrypted:
        return Refusal(
            f"{name} 设有打开密码，请取消密码后重新保存再报",
            f"{name} is encrypted; save it without a password",
        )
    if is_document:
        return Refusal(
            f"{name} 是文档而不是表格，请将其中的表格另存为 .xlsx 或 CSV 后再报",
            f"{name} is a document; save its table as .xlsx or CSV",
        )
    return Refusal(
        f"{name} 是旧版 Excel 或 WPS 表格，请另存为 .xlsx 或 CSV 后再报",
        f"{name} is an old Excel or WPS file; save it as .xlsx or CSV",
    )
