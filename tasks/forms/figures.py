"""The sheet of figures (指标数字的工作表): what offices report as numbers in a phase, with what they reported last."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import polars as pl

from models.cells import harmless
from models.moments import micros
from models.plan.model import Indicator, Plan
from models.rules.intake.report_columns import (
    CODE_TITLES,
    MARK_TITLES,
    NAME_TITLES,
    NOT_FILLED,
    NOT_FILLED_EN,
    OWED_TITLES,
    figure_of,
)
from models.rules.intake.reported_again import YES_NO
from models.rules.judging.small_cells import births_and_deaths
from models.rules.judging.tree import below
from models.rules.registers.frames import CODE
from models.units import DIGITS, LEVELS, Level
from models.vocabulary import UNIT_ZH
from models.wording import Lang, Said
from tasks.campaign.store import Store
from tasks.forms.owed import Owed, due_at
from tasks.forms.sheets import FormColumn, FormSheet, Kind, Look

NAME = Said("指标数字", "figures")
_LAST = Said("上次", "last ")


def asked_figures(plan: Plan, phases: Collection[str], level: Level) -> list[Indicator]:
    """The figures that offices of a level, and those below it, report for some phases; those of districts are a list of their own."""
    behind = frozenset[str]().union(*(plan.behind[one.key] for one in plan.requirements if one.phase in phases))
    asked = (plan.indicators[name] for name in behind if name in plan.indicators)
    wanted = [one for one in asked if one.is_reported and one.level != "district"]
    wanted = [one for one in wanted if LEVELS.index(one.level) >= LEVELS.index(level)]
    order = {name: place for place, name in enumerate(plan.indicators)}
    return sorted(wanted, key=lambda one: order[one.id])


def sheet_of_figures(store: Store, unit: str, asked: Sequence[Indicator], at: datetime, owed: Owed) -> FormSheet:
    """One row an office, at and below `unit`, and two columns a figure: what it was last, and what it is now."""
    plan, lang, names = owed.plan, owed.lang, [one.id for one in asked]
    units = below(store.units(provinces=store.provinces_with(unit)), unit)
    units = units.filter(pl.col("level").is_in(sorted({one.level for one in asked}))).sort("unit")
    readings = store.readings(names, at, units=units["unit"].to_list())
    last = {(name, code): value for name, code, value in readings.select("indicator", "unit", "value").iter_rows()}
    written = _as_written(store, readings, names, at)
    by = owed.of_figures(names, micros(at))
    columns = _columns(asked, plan, lang)
    rows: list[list[str | float | None]] = []
    cells: dict[tuple[int, int], Look] = {}
    for number, (code, name, level) in enumerate(units.select("unit", "name", "level").iter_rows()):
        row: list[str | float | None] = [code, name]
        told: list[str] = []
        for one in asked:
            row += [_shown(one, last.get((one.id, code)), written.get((one.id, code)), plan, lang), None]
            due = by.get((one.id, code)) or by.get((one.id, ""))
            if one.level != level:
                cells[number, len(row) - 1] = "closed"
            elif due is not None:
                cells[number, len(row) - 1] = "overdue" if due[1] else "owed"
                told.append(_said(one, due[0], plan, lang))
        rows.append([*row, Said("；", "; ").in_language(lang).join(told) or None])
    frame = pl.DataFrame({f"c{place}": _cells(rows, place, one.kind) for place, one in enumerate(columns[:-1])})
    return FormSheet(
        name=NAME.in_language(lang),
        title=NAME.in_language(lang),
        lines=(_instruction(lang),),
        columns=tuple(columns),
        rows=frame.with_columns(harmless(pl.col("c1")).alias("c1")),
        looks=pl.Series([0] * frame.height, dtype=pl.Int64),
        grows=False,
        cells=cells,
    )


def _as_written(store: Store, readings: pl.DataFrame, names: Sequence[str], at: datetime) -> dict[tuple[str, str], str]:
    """The figures that have words or a unit (2900余), by indicator and unit, as they were written."""
    provinces = set(readings["unit"].cast(pl.String).str.head(DIGITS["province"]))
    told = store.written(names, at, provinces).drop_nulls("written")
    keys = ["indicator", "unit", "as_of"]
    held = readings.select(*(pl.col(key).cast(told.schema[key]) for key in keys))
    rows = told.join(held, on=keys, how="semi").select("indicator", "unit", "written")
    return {(str(name), str(code)): str(text) for name, code, text in rows.iter_rows()}


def _cells(rows: Sequence[Sequence[str | float | None]], place: int, kind: Kind) -> pl.Series:
    """The cells of a column; of numbers of which some have words all as texts."""
    cells = [row[place] for row in rows]
    if kind == "number" and not any(isinstance(cell, str) for cell in cells):
        return pl.Series(cells, dtype=pl.Float64())
    return pl.Series([None if cell is None else str(cell) for cell in cells], dtype=pl.String())


def _columns(asked: Sequence[Indicator], plan: Plan, lang: Lang) -> list[FormColumn]:
    columns = [
        FormColumn(CODE_TITLES[lang == "zh"], CODE, "text", "never", 15),
        FormColumn("unit_name" if lang == "en" else NAME_TITLES[0], "", "text", "never", 16),
    ]
    for one in asked:
        columns += [_last(one, lang), _now(one, plan, lang)]
    columns.append(FormColumn(OWED_TITLES[lang == "en"], "", "text", "never", 40))
    return [*columns, FormColumn(MARK_TITLES[lang == "en"], "", "text", "never", 4)]


def _said(one: Indicator, due: int | None, plan: Plan, lang: Lang) -> str:
    """A figure with by when it is owed."""
    by = due_at(due, plan, lang)
    return Said(f"{one.title}（{by}）", f"{one.id}, {by}").in_language(lang)


def _title(one: Indicator, plan: Plan, lang: Lang) -> str:
    """The title under which a figure is reported, with its unit; its id where the title may mean another."""
    if lang == "en":
        return one.id
    unit = UNIT_ZH.get(one.unit or "", one.unit or "")
    for title in ((f"{one.title}（{unit}）",) if unit else ()) + (one.title,):
        if figure_of(title, plan) is one:
            return title
    return one.id


def _last(one: Indicator, lang: Lang) -> FormColumn:
    title = f"{_LAST.in_language(lang)}{one.id if lang == 'en' else one.title}"
    kind: Kind = "text" if one.answers else "number"
    return FormColumn(title + Said(NOT_FILLED, NOT_FILLED_EN).in_language(lang), "", kind, "never", 13)


def _now(one: Indicator, plan: Plan, lang: Lang) -> FormColumn:
    choices = tuple(said.in_language(lang) for said in YES_NO) if one.answers else ()
    kind: Kind = "text" if one.answers else "number"
    ends = (None, None) if one.answers else (one.minimum, one.maximum)
    return FormColumn(_title(one, plan, lang), one.id, kind, "own", 13, choices=choices, ends=ends)


def _shown(one: Indicator, value: float | None, written: str | None, plan: Plan, lang: Lang) -> str | float | None:
    """What was reported last, as it was written; of births and deaths nothing, since a form may be of any day and any
    township."""
    if value is None or births_and_deaths(plan, [one.id]):
        return None
    return YES_NO[value != 1].in_language(lang) if one.answers else written or value


def _instruction(lang: Lang) -> str:
    return Said(
        "在白色单元格填写截至报送时刻的累计数；没有数字的留空，空格不按零计算。灰色单元格由系统填写，或不由该单位填报。",
        "Fill in white cells with the totals as of the report; leave empty what is not known: an empty cell is no zero."
        " Grey cells are the product's, or not that office's.",
    ).in_language(lang)
