"""Tables of units, superiors and contacts as offices send them, with what whoever loads them should know of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl

from models.rules.intake.remarks import of_layout
from models.wording import COLON, Said
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
