"""The refusal of a file that holds respondents' data (普查对象的个人信息): it names the place, and never the number."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from models.personal import PERSONAL, Personal, RespondentsData


def refuse_respondents(
    file: str, rows: Sequence[int] | pl.Series, title: str, found: tuple[int, Personal] | None
) -> None:
    """Refusal if something of a person was `found` in a column; names its row of `rows`, never what stands there."""
    if found is None:
        return
    place, kind = found
    row = rows[place]
    said = PERSONAL[kind]
    where = (f"“{title}”列", f", column “{title}”") if title else ("", "")
    raise RespondentsData(
        f"{file} 第 {row} 行{where[0]}含有{said.zh}：普查对象的个人信息一律不得上报，请删除后重报；整份文件未予保存",
        f"{file}, row {row}{where[1]} holds {said.en}: respondents' data must not be reported."
        " Remove it and report again; nothing of the file was kept",
    )
