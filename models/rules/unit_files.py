"""Units, further superiors and contacts as offices send them: text tables in, checked rows out.

A table is a frame of text columns with the column `row`, the row number in the file. Every fault of a
file is reported at once, with file, row and cure; nothing of a faulty file is used.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, get_args

import polars as pl

from models.units import (
    DIGITS,
    LEVEL_ZH,
    OFFICE_LEVELS,
    Level,
    Line,
    Role,
    is_code,
    is_container,
    level_of,
    prefix_superiors,
    readings_of_code,
)  # fmt: skip
from models.wording import Refusal, Said

MOST_SHOWN = 20
_UNIT_COLUMNS = {"code": ("code", "区划代码", "代码"), "name": ("name", "名称", "单位名称", "区划名称"),
                 "level": ("level", "级别", "层级"), "superior": ("superior", "上级", "上级代码")}  # fmt: skip
_SUPERIOR_COLUMNS = {
    "code": ("code", "区划代码", "代码"),
    "superior": ("superior", "上级", "上级代码"),
    "line": ("line", "条线"),
}
_CONTACT_COLUMNS = {"unit": ("unit", "code", "区划代码", "单位代码"), "role": ("role", "角色"), "name": ("name", "姓名"),
                    "channel": ("channel", "渠道", "联系渠道")}  # fmt: skip
_LEVELS: dict[str, Level] = {spelling: level for level in OFFICE_LEVELS for spelling in (level, LEVEL_ZH[level])}
_ROLES = {
    "owner": "owner",
    "leader": "leader",
    "head": "head",
    "经办人": "owner",
    "办公室主任": "leader",
    "领导小组组长": "head",
}
_LINES = {"business": "business", "government": "government", "业务": "business", "政府": "government"}


class _Faults:
    """Gathers the faults of one file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.found: list[tuple[int, Said]] = []

    def add(self, row: int, zh: str, en: str) -> None:
        self.found.append((row, Said(zh, en)))

    def raise_any(self) -> None:
        if not self.found:
            return
        shown = sorted(self.found)[:MOST_SHOWN]
        more = len(self.found) - len(shown)
        zh = [f"{self.file} 第 {row} 行：{said.zh}" for row, said in shown]
        en = [f"{self.file}, row {row}: {said.en}" for row, said in shown]
        if more:
            zh.append(f"另有 {more} 处")
            en.append(f"and {more} more")
        raise Refusal("\n".join(zh), "\n".join(en))


def read_units(table: pl.DataFrame, file: str) -> pl.DataFrame:
    """Offices: unit, name, level, superior (null at the top), in code order. Containers are left out.

    The superior is the one named, else by the prefix rule the unit one level up, containers skipped.
    """
    faults = _Faults(file)
    rows = _columns(table, _UNIT_COLUMNS, ("code", "name"), file)
    units: dict[str, dict[str, Any]] = {}
    containers: set[str] = set()
    for row in rows:
        unit = _unit(row, faults)
        if unit is None:
            continue
        code = unit["unit"]
        if code in units or code in containers:
            faults.add(row["row"], f"代码 {code} 重复，请只保留一行", f"the code {code} stands twice; keep one row")
        elif is_container(code, unit["name"]) and not row["superior"]:
            containers.add(code)
        else:
            units[code] = unit
    top = min((len(code) for code in units), default=2)
    for unit in units.values():
        _set_superior(unit, units, containers, top, faults)
    if not units and not faults.found:
        raise Refusal(f"{file} 里没有单位", f"{file} holds no units")
    faults.raise_any()
    schema = {"unit": pl.String, "name": pl.String, "level": pl.String, "superior": pl.String}
    return pl.DataFrame([{key: unit[key] for key in schema} for unit in units.values()], schema=schema).sort("unit")


def _unit(row: Mapping[str, Any], faults: _Faults) -> dict[str, Any] | None:
    raw, number = row["code"], row["row"]
    if not is_code(raw) or len(raw) > DIGITS["village"]:
        faults.add(
            number,
            f"“{raw}”不是单位代码，应为 2、4、6、9 或 12 位数字（在表格软件中请把该列设为文本）",
            f"“{raw}” is no unit code; it must have 2, 4, 6, 9 or 12 digits (format the column as text)",
        )
        return None
    level = _LEVELS.get(row["level"]) if row["level"] else None
    if row["level"] and level is None:
        faults.add(
            number,
            f"级别“{row['level']}”应为 {'、'.join(OFFICE_LEVELS)} 之一",
            f"the level “{row['level']}” must be one of {', '.join(OFFICE_LEVELS)}",
        )
        return None
    candidates = readings_of_code(raw)
    code = next((one for one in candidates if level and len(one) == DIGITS[level]), candidates[0])
    if not row["name"]:
        faults.add(number, f"{code} 缺名称", f"{code} has no name")
        return None
    return {
        "unit": code,
        "name": row["name"],
        "level": level or level_of(code),
        "named": row["superior"],
        "row": number,
    }


def _set_superior(
    unit: dict[str, Any], units: Mapping[str, Any], containers: Collection[str], top: int, faults: _Faults
) -> None:
    code, named = unit["unit"], unit["named"]
    unit["superior"] = None
    if named:
        found = next((one for one in readings_of_code(named) if one in units), None)
        if found is None or found == code:
            faults.add(
                unit["row"],
                f"{code} 的上级 {named} 不在表中，请补上该单位或改正上级",
                f"the superior {named} of {code} is not in the file; add it or mend the column",
            )
        unit["superior"] = found
        return
    for above in prefix_superiors(code):
        if above in units:
            unit["superior"] = above
            return
        if above in containers or is_container(above, ""):
            continue
        if len(above) >= top:
            faults.add(
                unit["row"],
                f"{code} 的上级 {above} 不在表中，请补上该单位或填写 superior 一栏",
                f"the superior {above} of {code} is not in the file; add it, or name one in the column superior",
            )
            return


def read_superiors(table: pl.DataFrame, file: str, units: pl.DataFrame) -> list[dict[str, Any]]:
    """Further superiors: code, superior, line."""
    faults = _Faults(file)
    known = set(units["unit"])
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in _columns(table, _SUPERIOR_COLUMNS, ("code", "superior", "line"), file):
        code, superior = (_known(row[key], known, row["row"], faults) for key in ("code", "superior"))
        line = _LINES.get(row["line"])
        if line is None:
            faults.add(
                row["row"],
                f"条线“{row['line']}”应为 business 或 government",
                f"the line “{row['line']}” must be {' or '.join(get_args(Line))}",
            )
        elif code and superior and code == superior:
            faults.add(row["row"], f"{code} 不能是自己的上级", f"{code} cannot be its own superior")
        elif code and superior:
            found[code, superior, line] = {"code": code, "superior": superior, "line": line}
    faults.raise_any()
    return list(found.values())


def read_contacts(table: pl.DataFrame, file: str, units: pl.DataFrame) -> list[dict[str, Any]]:
    """Contacts: unit, role, name, channel, row, in the order of the file."""
    faults = _Faults(file)
    known = set(units["unit"])
    found = []
    for row in _columns(table, _CONTACT_COLUMNS, ("unit", "role", "channel"), file):
        unit = _known(row["unit"], known, row["row"], faults)
        role = _ROLES.get(row["role"])
        if role is None:
            faults.add(
                row["row"],
                f"角色“{row['role']}”应为 owner（经办人）、leader（办公室主任）或 head（领导小组组长）",
                f"the role “{row['role']}” must be one of {', '.join(get_args(Role))}",
            )
        if not row["channel"]:
            faults.add(row["row"], "缺联系渠道", "the channel is missing")
        if unit and role and row["channel"]:
            found.append(
                {"unit": unit, "role": role, "name": row["name"], "channel": row["channel"], "row": row["row"]}
            )
    faults.raise_any()
    return found


def _known(code: str, known: Collection[str], row: int, faults: _Faults) -> str | None:
    found = next((one for one in readings_of_code(code) if one in known), None)
    if found is None:
        faults.add(row, f"没有单位 {code}，请核对代码", f"there is no unit {code}; check the code")
    return found


def _columns(
    table: pl.DataFrame, names: Mapping[str, tuple[str, ...]], needed: Iterable[str], file: str
) -> list[dict[str, Any]]:
    """The rows with the columns under their own names; cells stripped, "" where empty."""
    places: dict[str, str] = {}
    for column in table.columns:
        if column == "row":
            continue
        own = next((key for key, spellings in names.items() if column.strip().lower() in spellings), None)
        if own is None:
            listed = "、".join(names)
            raise Refusal(
                f"{file}：不认识“{column}”一栏，可用：{listed}",
                f"{file}: unknown column “{column}”; here may stand: {', '.join(names)}",
            )
        places[own] = column
    lacking = [key for key in needed if key not in places]
    if lacking:
        raise Refusal(f"{file}：缺少 {'、'.join(lacking)} 一栏", f"{file}: the column {', '.join(lacking)} is missing")
    empty = pl.lit("").alias
    chosen = [
        pl.col(places[key]).fill_null("").str.strip_chars().alias(key) if key in places else empty(key) for key in names
    ]
    return table.select("row", *chosen).to_dicts()
