"""Which column of a report of rows holds what: by id or title of the register's own columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.plan.lists import Column, Register
from models.rules.intake.report_columns import (
    WITHDRAWN_TITLES,
    Header,
    column_of,
    only_place,
    read_header,
)
from models.rules.intake.unusable_columns import refuse_columns, unknown_column
from models.rules.registers.frames import CODE
from models.text import title_key
from models.wording import COMMA, Refusal, Said


@dataclass(frozen=True, kw_only=True)
class RowColumns(Header):
    """What the columns of a report of rows hold. cells: in the order of the header. withdrawn: of 是 where a row goes."""

    register: Register
    cells: tuple[tuple[int, Column], ...]
    withdrawn: int | None = None

    @property
    def figures(self) -> tuple[tuple[int, Column], ...]:
        return tuple((place, column) for place, column in self.cells if column.type == "number")

    @property
    def used(self) -> tuple[int, ...]:
        return (*(place for place, _ in self.cells), *([] if self.withdrawn is None else [self.withdrawn]))

    @property
    def worded(self) -> tuple[int, ...]:
        return tuple(place for place, column in self.cells if column.type != "number")

    def place_of(self, column: str) -> int | None:
        """Where the column of that id stands; None where the table has none."""
        return next((place for place, found in self.cells if found.id == column), None)


def is_of_register(title: str, register: Register) -> bool:
    """True for a title that a report of the register's rows may have."""
    return title_key(title) in WITHDRAWN_TITLES or column_of(title, register) is not None


def match_register(file: str, header: Sequence[str], register: Register) -> RowColumns:
    """Find the code and the register's columns. Refusal with every reason why the file is refused whole."""
    found, places = read_header(file, header, lambda title: is_of_register(title, register))
    plain = [title_key(title) for title in found.titles]
    withdrawn = None
    if not any(title_key(one.title) in WITHDRAWN_TITLES for one in register.columns.values()):
        withdrawn = only_place(file, plain, WITHDRAWN_TITLES)
    faults: list[Refusal] = []
    cells: list[tuple[int, Column]] = []
    for place in places:
        if place == withdrawn:
            continue
        title = found.titles[place]
        column = column_of(title, register)
        fault = _unusable(title, column, [known for _, known in cells], register)
        if fault is not None:
            faults.append(fault)
        elif column is not None:
            cells.append((place, column))
    given = {column.id for _, column in cells}
    needed = [register.columns[name] for name in register.key if name != CODE and not register.columns[name].optional]
    missing = [one for one in needed if one.id not in given]
    if missing and (given or withdrawn is not None):
        faults.append(_without_key(missing, register))
    refuse_columns(file, faults)
    return RowColumns(**vars(found), register=register, cells=tuple(cells), withdrawn=withdrawn)


def _unusable(title: str, column: Column | None, before: Sequence[Column], register: Register) -> Refusal | None:
    """Why a column cannot be taken in; None if it can."""
    if column is None:
        titles = _titles(register)
        return unknown_column(
            title,
            register.reported,
            Said(f"“{register.title}”的列为 {titles.zh}", f"the columns of {register.id} are {titles.en}"),
        )
    if column in before:
        return Refusal(
            f"“{title}”与另一列是同一栏（{column.id}），请只留一列",
            f"“{title}” is the same as another column ({column.id}); keep one",
        )
    if column.computed is not None:
        return Refusal(
            f"“{title}”由系统按“{column.computed.text}”推算，不能上报，请删除该列",
            f"“{title}” is worked out from “{column.computed.text}” and cannot be reported; remove the column",
        )
    return None


def _without_key(missing: Sequence[Column], register: Register) -> Refusal:
    titles = "、".join(f"“{one.title}”（{one.id}）" for one in missing)
    ids = ", ".join(one.id for one in missing)
    return Refusal(
        f"缺少{titles}一列，“{register.title}”的每一行都靠它辨认，请补上",
        f"the column {ids} is missing, by which the rows of {register.id} are told apart; add it",
    )


def _titles(register: Register) -> Said:
    names = [(one.title, one.id) for one in register.reported]
    return Said(COMMA.zh.join(f"{title}（{name}）" for title, name in names), COMMA.en.join(name for _, name in names))
