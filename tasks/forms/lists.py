"""The sheet of one register (登记册的工作表): its rows as they hold, what may be filled in, and what is owed of each."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

import polars as pl

from models.cells import harmless
from models.plan.lists import Column, Register
from models.plan.model import Plan
from models.rules.intake.dates import Dated
from models.rules.intake.report_columns import (
    CODE_TITLES,
    MARK_TITLES,
    NAME_TITLES,
    NOT_FILLED,
    NOT_FILLED_EN,
    OWED_TITLES,
    WITHDRAWN_TITLES,
)
from models.rules.intake.reported_again import YES_NO, heading, titled, value_titles, written_of
from models.rules.registers.frames import CODE
from models.rules.registers.in_words import columns_at, values_at
from models.rules.registers.keys import order_of
from models.status import DutyStatus
from models.text import title_key
from models.units import DIGITS
from models.vocabulary import bracketed
from models.wording import COMMA, Lang, Said
from tasks.forms.districts import owed_of_districts
from tasks.forms.owed import OVERDUE, OWED, Owed, due_said
from tasks.forms.sheets import LOOKS, FormColumn, FormSheet, Kind
from tasks.registers.lists import Listed

_LONGEST_NAME = 31
_NOT_IN_A_NAME = frozenset("[]:*?/\\'")
_KINDS: Mapping[str, Kind] = {"number": "number", "date": "date", "moment": "moment"}
_WIDTHS: Mapping[str, int] = {"number": 12, "date": 13, "moment": 18, "code": 15, "yes_no": 9, "text": 18}
_WIDE = ("note", "document", "answers", "passes_on", "items")
_MOST_MISSING = 12
"""Of what is owed without a row so many are named on the sheet."""
_TOGETHER = (pl.col(OWED).str.join("；"), pl.col(OVERDUE).any())


def sheet_of(listed: Listed, unit: str, owed: Owed, at: datetime, taken: Collection[str] = ()) -> FormSheet:
    """The sheet of a register for an office and all below it, as of `at`. taken: names of sheets that there are already."""
    register, plan, lang = listed.register, owed.plan, owed.lang
    columns = [_code(lang), _name(lang), *_own(register, plan, unit, lang)]
    if not any(title_key(one.title) in WITHDRAWN_TITLES for one in register.columns.values()):
        columns.append(_withdrawn(lang))
    columns += [FormColumn(OWED_TITLES[lang == "en"], "", "text", "never", 34)]
    columns += [FormColumn(MARK_TITLES[lang == "en"], "", "text", "never", 4)]
    rows = _with_owed(listed.rows, register, owed, at)
    cells = [_cell(one, rows, register, plan, lang=lang, names=listed.names) for one in columns[:-1]]
    looks = pl.when(OVERDUE).then(LOOKS.index("overdue")).when(pl.col(OWED).is_not_null()).then(LOOKS.index("owed"))
    return FormSheet(
        name=_sheet_name(register, lang, taken),
        title=register.id if lang == "en" else register.title,
        lines=(_instruction(register, lang), *_missing(register, owed, unit, lang)),
        columns=tuple(columns),
        rows=rows.select(cell.alias(f"c{place}") for place, cell in enumerate(cells)),
        looks=rows.select(looks.otherwise(0)).to_series(),
        register=register.id,
    )


def _code(lang: Lang) -> FormColumn:
    return FormColumn(CODE_TITLES[0] if lang == "en" else CODE_TITLES[1], CODE, "text", "key", 15)


def _name(lang: Lang) -> FormColumn:
    return FormColumn("unit_name" if lang == "en" else NAME_TITLES[0], "", "text", "key", 16)


def _withdrawn(lang: Lang) -> FormColumn:
    yes = YES_NO[0].in_language(lang)
    return FormColumn(WITHDRAWN_TITLES[lang == "zh"], "", "text", "own", 7, choices=(yes,))


def _own(register: Register, plan: Plan, unit: str, lang: Lang) -> Iterator[FormColumn]:
    """The columns of the key first, then the others in the order of the plan."""
    here = columns_at(register, unit)
    keys = [one for one in here if one.id in register.key]
    for one in [*keys, *(other for other in here if other not in keys)]:
        yield _column(one, register, plan, unit, lang)


def _column(one: Column, register: Register, plan: Plan, unit: str, lang: Lang) -> FormColumn:
    never = one.computed is not None or one.given
    title = titled(one, register, lang)
    if one.computed is not None:
        plain = one.id if lang == "en" else heading(one, register)
        title = f"{plain}{Said(NOT_FILLED, NOT_FILLED_EN).in_language(lang)}"
    shown = _shown_values(one, unit, lang)
    following = None
    if one.moves is not None and not one.several:
        following = {
            shown[value]: (shown[value], *(shown[after] for after in one.moves.get(value, ()) if after in shown))
            for value in shown
        }
    choices = tuple(said.in_language(lang) for said in YES_NO) if one.type == "yes_no" else tuple(shown.values())
    return FormColumn(
        title=title,
        id=one.id,
        reported=one.computed is None,
        kind=_KINDS.get(one.type, "text"),
        filled="never" if never else "key" if one.id in register.key else "own",
        width=_width(one, choices),
        choices=choices,
        following=following,
        several=one.several,
        ends=(one.minimum, one.maximum),
        days=Dated(plan.standard_time, plan.zone).ends if one.type in ("date", "moment") else None,
    )


def _shown_values(one: Column, unit: str, lang: Lang) -> dict[str, str]:
    """The values that may be given at a unit, as they are written."""
    told = value_titles(one) if lang == "zh" else {}
    return {value: told.get(value, value) for value in values_at(one, unit)}


def _width(one: Column, choices: tuple[str, ...]) -> int:
    if one.type == "one_of":
        return min(30, max(11, 4 + 2 * max((len(text) for text in choices), default=4)))
    return 28 if one.type == "text" and one.id in _WIDE else _WIDTHS[one.type]


def _cell(
    one: FormColumn, rows: pl.DataFrame, register: Register, plan: Plan, *, lang: Lang, names: Mapping[str, str]
) -> pl.Expr:
    """What stands in a column of these rows."""
    if one.title in OWED_TITLES:
        return pl.col(OWED)
    if one.id == CODE:
        return pl.col(CODE).cast(pl.String)
    column = register.columns.get(one.id)
    if column is not None:
        cell = written_of(rows, column, register, plan.zone, lang)
        return harmless(cell) if one.kind == "text" else cell
    if one.filled == "key":
        return harmless(_office_name(names, register))
    return pl.lit(None, pl.String)


def _office_name(names: Mapping[str, str], register: Register) -> pl.Expr:
    """The name of the office of a row; of a district that of its village or else its township."""
    code = pl.col(CODE).cast(pl.String)
    asked = [code, *(code.str.head(DIGITS[level]) for level in ("village", "township") if register.built_in)]
    return pl.coalesce(one.replace_strict(dict(names), default=None, return_dtype=pl.String) for one in asked)


def _with_owed(rows: pl.DataFrame, register: Register, owed: Owed, at: datetime) -> pl.DataFrame:
    keys = order_of(register)
    found = owed.rows(register)
    if register.built_in:
        of_figures = owed_of_districts(rows, register, owed, at)
        found = of_figures if found.is_empty() else pl.concat([found, of_figures]).group_by(keys).agg(_TOGETHER)
    if found.is_empty():
        return rows.with_columns(pl.lit(None, pl.String).alias(OWED), pl.lit(False).alias(OVERDUE))
    found = found.cast({name: rows.schema[name] for name in keys})
    return rows.join(found, on=keys, how="left", nulls_equal=True, maintain_order="left").with_columns(
        pl.col(OVERDUE).fill_null(False)
    )


def _sheet_name(register: Register, lang: Lang, taken: Collection[str]) -> str:
    """The register's title where a sheet may be called so, else its id."""
    title = register.id if lang == "en" else register.title
    usable = len(title) <= _LONGEST_NAME and not _NOT_IN_A_NAME & set(title) and title.casefold() not in taken
    return title if usable else register.id[:_LONGEST_NAME]


def _instruction(register: Register, lang: Lang) -> str:
    if register.built_in:
        return Said(
            "白色单元格填写，灰色单元格由系统填写；新增的小区从表末空行起填写15位代码；没有数字的留空，空格不按零计算。",
            "Fill in white cells; grey ones are the product's. New districts go into the empty rows below, with their code of 15"
            " digits; leave empty what is not known: an empty cell is no zero.",
        ).in_language(lang)
    nothing = Said(
        "没有此类事项的，在空行只填本单位区划代码，即为零报告。",
        " With nothing of the kind, fill in the office's own code in an empty row and nothing else.",
    )
    if register.on_occasion:
        nothing = Said("有则填报，没有不填。", " Fill it in when there is something.")
    zh = f"白色单元格填写，灰色单元格由系统填写；新增的行从表末空行起填写，区划代码和主键栏必填。{nothing.zh}"
    en = (
        "Fill in white cells; grey ones are the product's. New rows go into the empty ones below, with their code and key."
        + nothing.en
    )
    return Said(zh, en).in_language(lang)


def _missing(register: Register, owed: Owed, unit: str, lang: Lang) -> list[str]:
    """A line that names what is owed and has no row."""
    found = owed.missing(register, _MOST_MISSING + 1)
    if not found:
        return []
    named = COMMA.in_language(lang).join(_named(one, unit, lang) for one in found[:_MOST_MISSING])
    more = Said("等", " and more").in_language(lang) if len(found) > _MOST_MISSING else ""
    return [Said(f"应报未报：{named}{more}。", f"Owed and not there: {named}{more}.").in_language(lang)]


def _named(duty: DutyStatus, unit: str, lang: Lang) -> str:
    """What is owed, whose it is where that is another office, and by when."""
    about = duty.period_text.in_language(lang)
    what = about or (duty.requirement if lang == "en" else duty.title)
    whose = "" if duty.unit == unit else f"{duty.unit_name} " if lang == "en" else duty.unit_name
    return f"{whose}{what}{bracketed(due_said(duty.due, lang), lang)}"
