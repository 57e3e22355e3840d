"""Registers, their rows and what became of one, as people read them in a terminal."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from deployments.console import say, table
from models.lawful import HIDDEN
from models.moments import moment_at
from models.vocabulary import bracketed
from models.wording import COLON, COMMA, Lang, Said

if TYPE_CHECKING:
    import polars as pl

    from models.plan.lists import Column, Register
    from models.rules.registers.shown import Cell
    from tasks.campaign.store import Store
    from tasks.registers.lists import Change, Kept, Listed

_WIDEST = 140
"""Signs that a table takes where nobody says how wide the terminal is."""
_WIDEST_CELL = 24
_FRAME = 3
"""Signs that a column takes beside its cells."""
_ENTERED, _WITHDRAWN = Said("登记", "entered"), Said("撤销", "withdrawn")


def show_registers(store: Store, kept: Sequence[Kept]) -> None:
    """Every register: who keeps it, how many rows it has, who has reported and as of when last."""
    lang = store.settings.lang
    if not kept:
        say(Said("本方案没有登记册", "this plan has no registers").in_language(lang))
        return
    headings = (
        Said("登记册", "register"),
        Said("由谁负责", "kept by"),
        Said("行数", "rows"),
        Said("已报单位", "offices that reported"),
        Said("最新截至", "newest as of"),
    )
    table(headings, [_register(store, one, lang) for one in kept], lang)


def _register(store: Store, one: Kept, lang: Lang) -> tuple[object, ...]:
    from models.rules.registers.in_words import spoken_levels

    register = one.register
    reported = f"{one.reported}/{one.keepers}"
    if register.on_occasion:
        reported += bracketed(Said("有则报", "on occasion").in_language(lang), lang)
    newest = "" if one.as_of is None else f"{moment_at(one.as_of, store.zone):%Y-%m-%d %H:%M}"
    levels = spoken_levels(register.kept_by).in_language(lang)
    return (f"{register.title}\n{register.id}", levels, one.rows, reported, newest)


def show_rows(store: Store, listed: Listed, shown: pl.DataFrame, at: datetime) -> None:
    """The first rows in the columns that have room, and a sentence of how many there are and who has sent nothing."""
    lang, register = store.settings.lang, listed.register
    if shown.height:
        columns, left_out = _fitting(shown, register, store, lang)
        as_of = Said(f"截至 {at:%Y-%m-%d %H:%M}", f"as of {at:%Y-%m-%d %H:%M}").in_language(lang)
        headings = (Said("单位", "unit"), *(Said(column.title, column.id) for column, _ in columns))
        places = [_place(row, listed.names) for row in shown.select("code", "office").iter_rows()]
        cells = list(zip(places, *(cells for _, cells in columns), strict=True))
        table(headings, cells, lang, f"{register.title}{bracketed(register.id, lang)}  {as_of}")
        if left_out:
            say(_left_out(left_out).in_language(lang))
    say(_counted(listed, shown.height).in_language(lang))


def _fitting(
    shown: pl.DataFrame, register: Register, store: Store, lang: Lang
) -> tuple[list[tuple[Column, list[str]]], list[Column]]:
    """The columns that the terminal has room for, each with its cells, and those that it has not."""
    from rich.cells import cell_len

    from models.rules.registers.shown import columns_filled, said_cell, shown_rows

    room = _width() - _WIDEST_CELL - _FRAME
    rows = list(shown_rows(shown, register, store.zone))
    fitting: list[tuple[Column, list[str]]] = []
    left_out: list[Column] = []
    for column in columns_filled(shown, register):
        cells = [
            HIDDEN.in_language(lang)
            if column.id in row.hidden
            else row.written.get(column.id) or said_cell(column, row.cells[column.id], lang)
            for row in rows
        ]
        heading = Said(column.title, column.id).in_language(lang)
        room -= min(_WIDEST_CELL, max(map(cell_len, [heading, *cells]))) + _FRAME
        if room >= 0 or not fitting:
            fitting.append((column, cells))
        else:
            left_out.append(column)
    return fitting, left_out


def _width() -> int:
    return shutil.get_terminal_size((_WIDEST, 0)).columns if sys.stdout.isatty() else _WIDEST


def _place(row: tuple[str, str | None], names: Mapping[str, str]) -> str:
    """The unit that a row is about by name, or where it has none that of its keeper, with the row's code."""
    code, office = row
    name = names.get(code) or names.get(office or "")
    return f"{name}\n{code}" if name else code


def _left_out(columns: Sequence[Column]) -> Said:
    zh, en = COMMA.zh.join(one.title for one in columns), COMMA.en.join(one.id for one in columns)
    return Said(
        f"另有 {len(columns)} 栏列不下（{zh}），可用 --out 或 --json 查看",
        f"{len(columns)} more columns have no room ({en}); see them with --out or --json",
    )


def _counted(listed: Listed, shown: int) -> Said:
    """How many rows there are, how many of them stand above, and how many offices have sent nothing."""
    count = listed.rows.height
    part = Said(f"，以上为前 {shown} 行", f", the first {shown} of them above") if shown < count else Said("", "")
    found = Said(f"共 {count} 行{part.zh}", f"{count} rows{part.en}")
    if listed.register.on_occasion or not listed.keepers:
        return found
    if not listed.silent:
        return Said(
            f"{found.zh}；应报单位 {listed.keepers} 个，均已报送",
            f"{found.en}; all {listed.keepers} offices have reported",
        )
    return Said(
        f"{found.zh}；应报单位 {listed.keepers} 个，其中 {listed.silent} 个尚未报送（也未零报告）",
        f"{found.en}; of {listed.keepers} offices {listed.silent} have sent nothing, not even a nil return",
    )


def show_history(store: Store, register: Register, key: str, changes: Sequence[Change]) -> None:
    """What became of one row: for each report when it is of, who sent it, and what it changed."""
    lang = store.settings.lang
    say(f"{register.title}{COLON.in_language(lang)}{key}", bold=True)
    for one in changes:
        batch = bracketed(Said(f"第 {one.batch} 批", f"batch {one.batch}").in_language(lang), lang)
        say(f"{moment_at(one.as_of, store.zone):%Y-%m-%d %H:%M}  {one.by}{batch}")
        for sentence in _changed(register, one, lang):
            say(f"  {sentence}")


def _changed(register: Register, one: Change, lang: Lang) -> list[str]:
    from models.rules.registers.shown import said_cell

    def told(name: str, cells: Mapping[str, Cell]) -> str:
        if name in one.hidden:
            return HIDDEN.in_language(lang)
        cell, column = cells.get(name), register.columns.get(name)
        return str(cell) if column is None else said_cell(column, cell, lang)

    if not one.now:
        return [_WITHDRAWN.in_language(lang)]
    titles = {name: _title(register, name, lang) for name in {**one.now, **one.was}}
    if not one.was:
        cells = (
            Said("，", ", ").in_language(lang).join(f"{title} {told(name, one.now)}" for name, title in titles.items())
        )
        return [f"{_ENTERED.in_language(lang)}{COLON.in_language(lang)}{cells}"]
    return [
        f"{title}{COLON.in_language(lang)}{told(name, one.was)} → {told(name, one.now)}"
        for name, title in titles.items()
    ]


def _title(register: Register, name: str, lang: Lang) -> str:
    column = register.columns.get(name)
    return name if column is None or lang == "en" else column.title
