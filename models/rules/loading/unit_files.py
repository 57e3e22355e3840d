"""Units, further superiors and contacts as offices send them: text tables in, checked rows out.

A table is a frame of text columns with the column `row`, the row number in the file. Every fault of a
file is reported at once, with file, row and cure; nothing of a faulty file is used.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, get_args

import polars as pl

from models.calendar.quiet_hours import QuietHours
from models.former_codes import FormerCodes
from models.plan.answerable import read_answerable
from models.plan.model import Plan
from models.rules.loading.text_tables import Faults, Offices, named_columns
from models.rules.loading.unit_kinds import KIND_TITLES, read_kind
from models.text import name_key, title_key
from models.units import (
    DIGITS,
    LEVEL_ZH,
    OFFICE_LEVELS,
    ROLE_ZH,
    UNIT_COLUMNS,
    Level,
    LineOfCommand,
    is_code,
    is_container,
    level_of,
    prefix_superiors,
    readings_of_code,
)
from models.wording import Refusal

_CODES = ("code", "区划代码", "代码", "行政区划代码", "统计用区划代码", "单位代码")
_UNIT_COLUMNS = {
    "code": _CODES,
    "name": ("name", "名称", "单位名称", "区划名称", "行政区划名称", "地区名称"),
    "level": ("level", "级别", "层级"),
    "superior": ("superior", "上级", "上级代码"),
    "kind": KIND_TITLES,
}
_SUPERIOR_COLUMNS = {
    "code": _CODES,
    "superior": ("superior", "上级", "上级代码"),
    "line": ("line", "条线"),
}
_CONTACT_COLUMNS = {
    "unit": ("unit", *_CODES),
    "role": ("role", "角色"),
    "name": ("name", "姓名"),
    "channel": ("channel", "渠道", "联系渠道"),
    "quiet": ("quiet", "免打扰", "免打扰时段"),
    "for": ("for", "负责范围", "分管范围", "负责事项"),
    "seat": ("seat", "值班号", "值班席位"),
}
_NAMES = ("单位名称", "单位", "区划名称", "地区")
"""Names beside the codes of contacts and superiors, for whoever reads the table."""
_LEVELS: dict[str, Level] = {spelling: level for level in OFFICE_LEVELS for spelling in (level, LEVEL_ZH[level])}
_MOST_SEATS = 9999
_LINES = {"business": "business", "government": "government", "业务": "business", "政府": "government"}


def read_units(table: pl.DataFrame, file: str) -> pl.DataFrame:
    """Offices as `UNIT_COLUMNS` (superior null at the top, kind where the file says it), in code order. Containers are left out.

    The superior is the one named, else by the prefix rule the nearest unit above; containers, which have no
    office, and levels that a place does not have (441900003 under 4419) are passed over.
    """
    faults = Faults(file)
    rows = [row for row in named_columns(table, _UNIT_COLUMNS, ("code", "name"), file) if _is_usable(row, faults)]
    written = {readings_of_code(row["code"])[0] for row in rows}
    above = {code[:digits] for code in written for digits in _ABOVE[len(code)]}
    lengths = {len(code) for code in written}
    units: dict[str, dict[str, Any]] = {}
    containers: dict[str, str] = {}
    for row in rows:
        code = _code(row, units, above, lengths)
        if code in units or code in containers:
            padded = len(row["code"]) > len(code)
            faults.add(
                row["row"],
                f"代码 {row['code']} 重复，请只保留一行" + ("（补零的代码可加 level 一栏区分级别）" if padded else ""),
                f"the code {row['code']} stands twice; keep one row"
                + (" (a column level tells padded codes apart)" if padded else ""),
            )
        elif is_container(code, row["name"]):
            containers[code] = row["superior"]
        else:
            level = _LEVELS[row["level"]] if row["level"] else level_of(code)
            units[code] = {
                "unit": code,
                "name": row["name"],
                "level": level,
                "named": row["superior"],
                "kind": read_kind(row["kind"], code, level, row["row"], faults),
                "row": row["row"],
            }
    faults.raise_any()
    if not units:
        raise Refusal(f"{file} 里没有单位", f"{file} holds no units")
    top = min(len(code) for code in units)
    for unit in units.values():
        unit["superior"] = _superior(unit, units, containers, top, faults)
    faults.raise_any()
    schema = dict.fromkeys(UNIT_COLUMNS, pl.String)
    return pl.DataFrame([{key: unit[key] for key in UNIT_COLUMNS} for unit in units.values()], schema=schema).sort(
        "unit"
    )


_ABOVE = {length: tuple(d for d in DIGITS.values() if d < length) for length in DIGITS.values()}


def _is_usable(row: Mapping[str, Any], faults: Faults) -> bool:
    raw, number = row["code"], row["row"]
    if not is_code(raw) or len(raw) > DIGITS["village"] or raw.startswith("00"):
        faults.add(
            number,
            f"“{raw}”不是单位代码，应为 2、4、6、9 或 12 位数字（在表格软件中请把该列设为文本）",
            f"“{raw}” is no unit code; it must have 2, 4, 6, 9 or 12 digits (format the column as text)",
        )
        return False
    if row["level"] and row["level"] not in _LEVELS:
        faults.add(
            number,
            f"级别“{row['level']}”应为 {'、'.join(LEVEL_ZH[level] for level in OFFICE_LEVELS)} 之一",
            f"the level “{row['level']}” must be one of {', '.join(OFFICE_LEVELS)}",
        )
        return False
    if not row["name"]:
        faults.add(number, f"{raw} 缺名称", f"{raw} has no name")
        return False
    return True


def _code(row: Mapping[str, Any], units: Mapping[str, Any], above: Collection[str], lengths: Collection[int]) -> str:
    """The code that a row means, of those that a padded one may stand for.

    441900000000 is 4419; where it stands again under the same name it is the lone office below: the one
    county of that prefecture, 441900. above: codes that others are below; lengths: of codes in the file.
    """
    candidates = readings_of_code(row["code"])
    if row["level"]:
        digits = DIGITS[_LEVELS[row["level"]]]
        return next((code for code in candidates if len(code) == digits), candidates[0])
    first, *deeper = candidates
    if first not in units or units[first]["name"] != row["name"]:
        return first
    for code in deeper:
        lone = first not in above and len(code) in lengths
        if code not in units and (lone or code in above or (code == row["code"] and code[:9] in units)):
            return code
    return first


def _superior(
    unit: Mapping[str, Any], units: Mapping[str, Any], containers: Mapping[str, str], top: int, faults: Faults
) -> str | None:
    code, named = unit["unit"], unit["named"]
    for _ in range(len(containers) + 1):
        if not named:
            break
        found = next((one for one in readings_of_code(named) if one in units and one != code), None)
        if found is not None:
            return found
        container = next((one for one in readings_of_code(named) if one in containers), None)
        if container is None:
            called = [one for one, other in units.items() if name_key(other["name"]) == name_key(named)]
            listed = "、".join(called[:5])
            faults.add(
                unit["row"],
                f"{code} 的上级 {named} 不在表中，请补上该单位或改正上级"
                + (f"（上级一栏请填代码，是否为 {listed}）" if called else ""),
                f"the superior {named} of {code} is not in the file; add it or mend the column"
                + (f" (it takes a code; is it {listed}?)" if called else ""),
            )
            return None
        named = containers[container]
        code = container
    for above in prefix_superiors(code):
        if above in units:
            return above
        skipped = above in containers or is_container(above, "") or set(above[_SEGMENT[len(above)] :]) == {"0"}
        if len(above) >= top and not skipped:
            faults.add(
                unit["row"],
                f"{unit['unit']} 的上级 {above} 不在表中，请补上该单位或填写 superior 一栏",
                f"the superior {above} of {unit['unit']} is not in the file; add it, or name one in the column superior",
            )
            return None
    return None


_SEGMENT = {2: 0, 4: 2, 6: 4, 9: 6, 12: 9}
"""Where the last segment of a code begins."""


@dataclass(frozen=True)
class Listed:
    """The rows of a file; by_name: code and name of the offices that it names without their code; by_former: codes of before
    that it gives, and what they are now."""

    rows: list[dict[str, Any]]
    by_name: Mapping[str, str]
    by_former: Mapping[str, str]


def read_superiors(table: pl.DataFrame, file: str, units: pl.DataFrame, former: FormerCodes | None = None) -> Listed:
    """Further superiors: code, superior, line. former: codes of before by which an office may be meant."""
    faults = Faults(file)
    offices = Offices(units, former)
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in named_columns(table, _SUPERIOR_COLUMNS, ("code", "superior", "line"), file, _NAMES):
        code, superior = (offices.known(row[key], row["row"], faults) for key in ("code", "superior"))
        line = _LINES.get(row["line"])
        if line is None:
            faults.add(
                row["row"],
                f"条线“{row['line']}”应为 business 或 government",
                f"the line “{row['line']}” must be {' or '.join(get_args(LineOfCommand))}",
            )
        elif code and superior and code == superior:
            faults.add(row["row"], f"{code} 不能是自己的上级", f"{code} cannot be its own superior")
        elif code and superior:
            found[code, superior, line] = {"code": code, "superior": superior, "line": line, "row": row["row"]}
    above = {unit: [superior] if superior else [] for unit, superior in units.select("unit", "superior").iter_rows()}
    for one in found.values():
        above[one["code"]].append(one["superior"])
    for one in found.values():
        if one["code"] in _all_above(one["superior"], above):
            faults.add(
                one["row"],
                f"{one['superior']} 是 {one['code']} 的下级，不能又是其上级",
                f"{one['superior']} answers to {one['code']} and cannot be its superior too",
            )
    faults.raise_any()
    rows = [{key: one[key] for key in ("code", "superior", "line")} for one in found.values()]
    return Listed(rows, offices.by_name, offices.by_former)


def _all_above(unit: str, above: Mapping[str, list[str]]) -> set[str]:
    """Every office that `unit` answers to by any line, itself included."""
    reached: set[str] = set()
    to_see = [unit]
    while to_see:
        one = to_see.pop()
        if one not in reached:
            reached.add(one)
            to_see.extend(above.get(one, ()))
    return reached


def read_contacts(
    table: pl.DataFrame,
    file: str,
    units: pl.DataFrame,
    former: FormerCodes | None = None,
    plan: Plan | None = None,
) -> Listed:
    """Contacts: unit, role, name, channel, quiet ("22:00-07:00" or empty), only_for (`models.plan.answerable`), seat (a number
    or None), row, in the order of the file. former: as above. plan: which further roles there are, and what `for` may name."""
    faults = Faults(file)
    offices = Offices(units, former)
    titles = {**ROLE_ZH, **(plan.roles if plan else {})}
    roles = {key: role for role, title in titles.items() for key in (role, name_key(title))}
    found = []
    for row in _rows_of_contacts(table, file):
        unit = offices.known(row["unit"], row["row"], faults)
        role = roles.get(name_key(row["role"]))
        if role is None:
            known = [f"{one}（{title}）" for one, title in titles.items()]
            faults.add(
                row["row"],
                f"角色“{row['role']}”应为 {'、'.join(known[:-1])}或 {known[-1]}",
                f"the role “{row['role']}” must be one of {', '.join(titles)}",
            )
        only_for = read_answerable(
            row["for"],
            plan,
            office_of=partial(offices.known, row=row["row"], faults=faults),
            wrong=partial(faults.note, row["row"]),
        )
        seat = _seat(row["seat"], row["row"], faults)
        if not row["channel"]:
            faults.add(row["row"], "缺联系渠道", "the channel is missing")
        try:
            quiet = str(QuietHours.parse(row["quiet"])) if row["quiet"] else ""
        except Refusal as refusal:
            faults.add(row["row"], refusal.said.zh, refusal.said.en)
            continue
        if unit and role and row["channel"] and only_for is not None:
            found.append(
                {
                    "unit": unit,
                    "role": role,
                    "name": row["name"],
                    "channel": row["channel"],
                    "quiet": quiet,
                    "only_for": only_for,
                    "seat": seat,
                    "row": row["row"],
                }
            )
    faults.raise_any()
    return Listed(found, offices.by_name, offices.by_former)


def _seat(written: str, row: int, faults: Faults) -> int | None:
    """The number by which the roster names a contact; None where there is none, or after noting that it is no number."""
    if not written:
        return None
    number = float(written) if written.replace(".", "", 1).isdecimal() else 0.0
    if number.is_integer() and 1 <= number <= _MOST_SEATS:
        return int(number)
    faults.add(
        row,
        f"值班号“{written}”应为 1 至 {_MOST_SEATS} 的整数",
        f"the seat “{written}” must be a whole number from 1 to {_MOST_SEATS}",
    )
    return None


def _rows_of_contacts(table: pl.DataFrame, file: str) -> list[dict[str, Any]]:
    """The rows of a file of contacts; where it has no codes, its names of units stand in their place."""
    titles = {title_key(column): column for column in table.columns}
    has_codes = not titles.keys().isdisjoint(_CONTACT_COLUMNS["unit"])
    name = next((titles[title] for title in _NAMES if title in titles), None)
    if not has_codes and name is not None:
        table = table.rename({name: "unit"})
    return named_columns(table, _CONTACT_COLUMNS, ("unit", "role", "channel"), file, _NAMES)
