"""Making a form (填报表): of one register, or of all lists and figures of a phase, for an office and all below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from pathlib import Path

from models.plan.lists import Register
from models.plan.model import Phase, Plan
from models.text import title_key
from models.units import LEVELS, NATION, Level
from models.wording import Refusal, Said
from tasks.campaign.offices import find_unit, top_office
from tasks.campaign.on_disk import new_file
from tasks.campaign.store import Store
from tasks.files.workbook_child import MOST_CELLS
from tasks.forms.districts import MOST_DISTRICTS, asked_of_districts, joined, too_many
from tasks.forms.figures import NAME as FIGURES
from tasks.forms.figures import asked_figures, sheet_of_figures
from tasks.forms.guide import guide_name, guide_of
from tasks.forms.lists import sheet_of
from tasks.forms.owed import Owed, read_owed
from tasks.forms.sheets import FormSheet
from tasks.forms.workbook import write_form
from tasks.intake.returned_forms import CHOICES
from tasks.judging.rows import registers_behind
from tasks.registers.lists import list_rows

_MOST_ROWS = 1_048_576 - 20
"""Rows of a sheet below what stands over them, and with some to be added."""


@dataclass(frozen=True)
class Written:
    """A form that was written. sheets: name, register (None for figures), rows and rows that are owed something, of each; owed: how many duties are not met.

    left_out: lists that are too long for it, and how they are got.
    """

    file: Path
    sheets: tuple[tuple[str, str | None, int, int], ...]
    owed: int
    left_out: tuple[Said, ...] = ()


@dataclass(frozen=True)
class _Asked:
    """What a form is of: registers, the phases whose duties they are judged by, and those whose figures are asked for.

    districts: what phases ask of districts, None for nothing.
    """

    title: Said
    registers: tuple[Register, ...]
    phases: tuple[str, ...]
    figures: tuple[str, ...] = ()
    districts: Register | None = None

    def with_more(self, other: _Asked) -> _Asked:
        """Both in one."""
        return _Asked(
            Said(f"{self.title.zh}、{other.title.zh}", f"{self.title.en}, {other.title.en}"),
            tuple({one.id: one for one in (*self.registers, *other.registers)}.values()),
            tuple(dict.fromkeys((*self.phases, *other.phases))),
            tuple(dict.fromkeys((*self.figures, *other.figures))),
            joined(self.districts, other.districts),
        )


def make_form(
    store: Store,
    names: Sequence[str],
    unit: str | None,
    at: datetime,
    out: Path,
    *,
    most_districts: int = MOST_DISTRICTS,
) -> Written:
    """Write the form that `names`, registers or phases, ask of `unit` and all below it, as things stand at `at`.

    most_districts: that are listed where a phase asks for them.

    Refusal for a name that is neither, or both; for an office that has nothing to fill in; where a list is larger than a
    sheet; where there is a file of that name.
    """
    if out.suffix.lower() != ".xlsx":
        raise Refusal("--out 应以 .xlsx 结尾，如 填报表.xlsx", "--out must end with .xlsx, such as form.xlsx")
    plan, lang = store.plan(), store.settings.lang
    code = _unit(store, unit)
    _, office, level = store.unit(code) or (code, code, "province")
    asked = reduce(_Asked.with_more, [_asked(plan, name, level) for name in names])  # type: ignore[arg-type]
    owed = read_owed(store, code, at, asked.phases)
    sheets, left_out = _sheets(store, code, asked, owed, at=at, most_districts=most_districts)
    if not sheets and left_out:
        raise Refusal(*left_out[0])
    if not sheets:
        raise Refusal(
            f"“{asked.title.zh}”没有要由{office}（{code}）及其下级填写的登记册和数字",
            f"there is no list and no figure of {asked.title.en} for {code} and the offices below it to fill in",
        )
    _check_size(sheets)
    guide = guide_of(asked.title, (code, office), at.astimezone(plan.zone), sheets, owed, left_out=left_out)
    with new_file(out) as part:
        write_form(part, guide, sheets, at.astimezone(plan.zone), lang)
    told = tuple((one.name, one.register, one.rows.height, _owed_rows(one)) for one in sheets)
    return Written(out, told, owed.verdicts.height, tuple(left_out))


def _owed_rows(sheet: FormSheet) -> int:
    return int((sheet.looks > 0).sum()) + len({row for (row, _), look in sheet.cells.items() if look != "closed"})


def _unit(store: Store, unit: str | None) -> str:
    code = top_office(store) if unit is None else unit
    if code is None or code == NATION:
        raise Refusal("请用 --unit 写明是哪个单位的填报表", "say with --unit whose form it is")
    return find_unit(store, code)


def _asked(plan: Plan, name: str, level: Level) -> _Asked:
    kind, parted, rest = name.partition(":")
    wanted = rest if parted and kind in ("phase", "register") else name
    key = title_key(wanted)
    registers = [one for one in plan.registers.values() if key in (title_key(one.id), title_key(one.title))]
    phases = [one for one in plan.phases if wanted in (one.id, one.title)]
    if parted and kind == "phase":
        registers = []
    if parted and kind == "register":
        phases = []
    if len(registers) + len(phases) == 1:
        return _of_register(plan, registers[0]) if registers else _of_phase(plan, phases[0], level)
    if registers and phases:
        raise Refusal(
            f"“{name}”既是登记册（{registers[0].title}），又是阶段（{phases[0].title}），请写 register:{registers[0].id} 或 phase:{phases[0].id}",
            f"“{name}” is a register and a phase; write register:{registers[0].id} or phase:{phases[0].id}",
        )
    raise Refusal(
        f"方案中没有登记册或阶段“{name}”；登记册见 pucha rows，阶段见 pucha status",
        f"the plan has no register or phase “{name}”; pucha rows lists the one, pucha status the other",
    )


def _of_register(plan: Plan, register: Register) -> _Asked:
    over = [one.phase for one in plan.requirements if one.each is not None and one.each.register == register.id]
    return _Asked(Said(register.title, register.id), (register,), tuple(dict.fromkeys(over)))


def _of_phase(plan: Plan, phase: Phase, level: Level) -> _Asked:
    behind = registers_behind(plan, [one for one in plan.requirements if one.phase == phase.id])
    place = LEVELS.index(level)
    kept = tuple(
        one
        for one in plan.registers.values()
        if one.id in behind and not one.built_in and any(LEVELS.index(kept) >= place for kept in one.kept_by)
    )
    districts = asked_of_districts(plan, (phase.id,))
    return _Asked(Said(phase.title, phase.id), kept, (phase.id,), (phase.id,), districts)


def _sheets(
    store: Store, unit: str, asked: _Asked, owed: Owed, *, at: datetime, most_districts: int
) -> tuple[Sequence[FormSheet], Sequence[Said]]:
    """The sheets of a form, and what is left out of it."""
    lang = store.settings.lang
    found: list[FormSheet] = []
    left_out: list[Said] = []
    if asked.figures:
        level: Level = (store.unit(unit) or ("", "", "province"))[2]  # type: ignore[assignment]
        figures = asked_figures(owed.plan, asked.figures, level)
        if figures:
            sheet = sheet_of_figures(store, unit, figures, at, owed)
            found += [sheet] if sheet.rows.height else []
    named = [one.id for one in asked.registers]
    of_phase = [asked.districts] if asked.districts is not None and asked.districts.id not in named else []
    for register in (*of_phase, *asked.registers):
        taken = (guide_name(lang), FIGURES.in_language(lang), *CHOICES, *(one.name for one in found))
        listed = list_rows(store, register, at, unit, None)
        if register in of_phase and listed.rows.height > most_districts:
            left_out.append(too_many(register, listed.rows.height, most_districts))
            continue
        found.append(sheet_of(listed, unit, owed, at, [name.casefold() for name in taken]))
    return found, left_out


def _check_size(sheets: Sequence[FormSheet]) -> None:
    """Refusal for what no sheet holds, or what could not be taken in again."""
    for one in sheets:
        if one.rows.height > _MOST_ROWS or one.rows.height * len(one.columns) > MOST_CELLS:
            raise Refusal(
                f"“{one.name}”共 {one.rows.height} 行，一张工作表放不下；请用 --unit 按下级单位分别出表，或用 pucha rows 写成 .csv",
                f"“{one.name}” has {one.rows.height} rows, more than a sheet can hold; make forms of lower offices with --unit,"
                " or write .csv with pucha rows",
            )
    cells = sum(one.rows.height * len(one.columns) for one in sheets)
    if cells > MOST_CELLS:
        raise Refusal(
            f"各表合计 {cells} 格，一个文件放不下；请用 --unit 按下级单位分别出表，或逐册出表",
            f"the sheets have {cells} cells together, more than one file can hold; make forms of lower offices with --unit,"
            " or of one register each",
        )
