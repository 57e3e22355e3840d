"""Tables of units, superiors and contacts as offices send them, with what whoever loads them should know of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl

from models.rules.intake.remarks import of_layout
from models.rules.judging.tree import circles
from models.wording import COLON, Refusal, Said
from tasks.files.opening import as_frame, open_table

_SHOWN = 5


def read_listed(file: Path, remarks: list[Said]) -> pl.DataFrame:
    """The table as one frame of text. What is hidden in it is added to `remarks`, with the file's name."""
    table = open_table(file)
    for said in of_layout(table.layout):
        remarks.append(Said(f"{table.name}{COLON.zh}{said.zh}", f"{table.name}{COLON.en}{said.en}"))
    return as_frame(table)


def named_without_code(file: str, by_name: Mapping[str, str]) -> Iterator[Said]:
    """A sentence for offices that a file names without their code. by_name: code and name of each."""
    if by_name:
        listed = [f"{name}（{code}）" for code, name in list(by_name.items())[:_SHOWN]]
        more = len(by_name) > _SHOWN
        yield Said(
            f"{file}：{len(by_name)} 个单位没有代码，已按名称认定：{'、'.join(listed)}{'等' if more else ''}；如有误请填写代码",
            f"{file}: {len(by_name)} units have no code and were read by name: {', '.join(listed)}"
            f"{' and others' if more else ''}; if one is wrong, give the code",
        )


def named_by_former_code(file: str, by_former: Mapping[str, str]) -> Iterator[Said]:
    """A sentence for offices that a file names by the code that they had before divisions were changed. by_former: old, new."""
    if by_former:
        pairs = list(by_former.items())[:_SHOWN]
        more = len(by_former) > _SHOWN
        listed_zh = "、".join(f"{old}（现 {new}）" for old, new in pairs)
        listed_en = ", ".join(f"{old} (now {new})" for old, new in pairs)
        yield Said(
            f"{file}：{len(by_former)} 个单位用的是变更前的代码，已按现代码认定：{listed_zh}{'等' if more else ''}；请更新此表",
            f"{file}: {len(by_former)} units stand under codes of before and were read by those of now: {listed_en}"
            f"{' and others' if more else ''}; update the file",
        )


def refuse_circles(units: pl.DataFrame, file: str) -> None:
    """Refuse units that answer to themselves by some way."""
    caught = circles(units)
    if caught:
        raise Refusal(
            f"{file}：{'、'.join(caught[:_SHOWN])} 互为上级，请改正 superior 一栏",
            f"{file}: {', '.join(caught[:_SHOWN])} are each other's superiors; mend the column superior",
        )
