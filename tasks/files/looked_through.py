"""Whether a number of a person stands in a file that is refused for another reason: what is refused is not kept then.

Seen as far as texts lie open in it: a text file, the parts of an archive (workbooks, documents, .ods), a page; of other
files ID numbers alone. What is packed in ways of its own, such as Parquet, is not unpacked for that.
"""

from __future__ import annotations

import codecs
import io
import re
import zipfile
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path

import polars as pl

from models.lawful import first_personal
from models.personal import PHONES, Personal
from models.wording import Refusal
from tasks.files.received import opened

_MOST = 32 * 1024**2
"""Bytes that are looked at, unpacked ones of an archive together; more of a table repeats what stands before."""
_PARTS = re.compile(r".*\.(?:xml|csv|txt|jsonl?|html?|tsv)", re.IGNORECASE)
_TAG = re.compile("<[^<>]*>")
_CELL_ENDS = r'[,;\t|\r\n"\x00-\x08\x0e-\x1f]+'
_BARE = r"^[0-9 .,'+Ee]+$"


def person_in(file: Path, *, amounts: Collection[str], townships: Collection[int]) -> Personal | None:
    """What number of a person stands in `file`; None if none is seen, or the file cannot be opened.

    amounts: names of figures in yuan; where one stands in the file, a bare number may be an amount and is no phone.
    townships: as of `first_personal`.
    """
    try:
        with opened(file) as source:
            data = source.read(_MOST)
    except Refusal:
        return None
    if data.startswith(b"PK\x03\x04"):
        texts = list(_of_archive(data))
    elif b"\0" in data and not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _id_number(data, townships)
    else:
        text = _decoded(data)
        texts = [_TAG.sub("\n", text) if text.lstrip("\ufeff \r\n\t").startswith("<") else text]
    return _found(texts, amounts, townships)


def _found(texts: list[str], amounts: Collection[str], townships: Collection[int]) -> Personal | None:
    cells = pl.Series(texts, dtype=pl.String).str.replace_all(_CELL_ENDS, "\n").str.split("\n").explode()
    if any(name in text for name in amounts for text in texts):
        bare = cells.str.contains(_BARE).fill_null(False)
        found = first_personal(cells.filter(bare), phones=False, townships=townships)
        cells = cells.filter(~bare)
    else:
        found = None
    found = found or first_personal(cells, townships=townships)
    return found[1] if found else None


def _id_number(data: bytes, townships: Collection[int]) -> Personal | None:
    """An ID number in a file of some program, also where two bytes stand for a sign; other numbers may be its own."""
    signs = re.findall(rb"[0-9]{17}[0-9Xx]", data.replace(b"\0", b""))
    found = first_personal(pl.Series([sign.decode() for sign in signs], dtype=pl.String), townships=townships)
    return found[1] if found and found[1] not in PHONES else None


def _of_archive(data: bytes) -> Iterator[str]:
    """The texts of an archive's parts without their marks, as far as they can be unpacked."""
    left = _MOST
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in filter(_PARTS.fullmatch, archive.namelist()):
                with archive.open(name) as part:
                    text = part.read(left)
                left -= len(text)
                yield _TAG.sub("\n", _decoded(text))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError):
        return


def _decoded(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("utf-8" if data.startswith(b"\xef\xbb\xbf") else "gb18030", "replace")
