"""The sender's own workbook with what was refused marked in it (退回副本): mended there, it can be reported as it is."""

from __future__ import annotations

import filecmp
import os
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from models.lawful import without_numbers
from models.wording import Lang, Refusal, Said
from tasks.campaign.on_disk import new_file
from tasks.files.marked_workbook import CannotBeMarked, Mark, write_marked
from tasks.files.received import shown_name
from tasks.intake.receipts import Receipt
from tasks.intake.rejections import cut

_BEHIND = Said("-退回", "-refused")
_AUTHOR = Said("普查系统", "pucha")
_LONGEST_STEM = 160
_OF_CODES = re.compile("区划代码|单位")


def copy_name(file: Path, lang: Lang) -> str:
    """What the marked copy of a file is called."""
    return f"{cut(Path(shown_name(file)).stem, _LONGEST_STEM)}{_BEHIND.in_language(lang)}.xlsx"


def mark_copy(file: Path, aside: Path, receipt: Receipt, lang: Lang) -> Path | Said | None:
    """Write to `aside` (or with a number, where that is taken) the workbook with its refused cells marked, at most MOST_MARKED of them.

    None where nothing of a workbook was refused; a sentence where the copy could not be written: what was taken in is taken
    in all the same.
    """
    refused = {
        one.columns.sheet: list(_marks(one, lang))
        for one in receipt.tables
        if one.refusals.height and one.columns is not None and one.columns.sheet
    }
    if not refused:
        return None
    path = unused(aside)
    try:
        aside.parent.mkdir(exist_ok=True)
        with new_file(path) as part:
            write_marked(file, part, refused, _AUTHOR.in_language(lang))
    except Refusal as refusal:
        return Said(
            f"未能另存标注副本：{refusal.said.zh}；收下的各行不受影响，退回的行及原因见退回文件",
            f"no marked copy was written: {refusal.said.en}; what was taken is taken, and refused rows are in their file",
        )
    except OSError as error:
        why = error.strerror or str(error)
        return Said(
            f"未能另存标注副本（{why}），退回的行及原因见退回文件",
            f"no marked copy was written ({why}); see the file of refused rows",
        )
    except (CannotBeMarked, zipfile.BadZipFile, KeyError, ValueError):
        return Said(
            "这份工作簿的结构特殊，未能另存标注副本，退回的行及原因见退回文件",
            "this workbook is laid out in a way of its own: no marked copy was written; see the file of refused rows",
        )
    return _kept_once(aside, path)


def _kept_once(aside: Path, path: Path) -> Path:
    """The copy that was just written; the one that was there already, where a report that comes again has made the same."""
    number, before = 1, aside
    while before != path:
        if filecmp.cmp(before, path, shallow=False):
            path.unlink()
            return before
        number += 1
        before = aside.with_name(f"{aside.stem}-{number}{aside.suffix}")
    return path


def unused(path: Path) -> Path:
    """`path`, or the same with a number where a file of that name is there already."""
    number, free = 1, path
    while os.path.lexists(free):
        number += 1
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return free


def _marks(receipt: Receipt, lang: Lang) -> Iterator[Mark]:
    """Each reason at the cells that it names by the titles of their columns; one that names none at that of the code."""
    assert receipt.columns is not None
    code, titles = receipt.columns.code, receipt.columns.titles
    for row, _, zh, en in receipt.refusals.iter_rows():
        parts = zh.split("；")
        said = parts if lang == "zh" else en.split("; ")
        if len(said) != len(parts):
            parts, said = [zh], [zh if lang == "zh" else en]
        places = [code]
        for part, why in zip(parts, said, strict=True):
            named = sorted({place for title, place in titles.items() if f"“{title}”" in part})
            if named or _OF_CODES.search(part):
                places = named or [code]
            for place in places:  # what names no column goes on from what was said before it
                yield Mark(row, place, without_numbers(why))
