"""The roles that a plan declares beside owner, leader and head (岗位): whom ladders may name, and how many hold each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from models.plan.draft import Draft
from models.plan.layers import Layer, did_you_mean
from models.plan.lists import ROSTER, Register
from models.plan.model import HOLDERS, WHOSE, Indicator
from models.plan.row_expressions import Kind
from models.plan.yaml_lines import Path as KeyPath
from models.text import name_key
from models.units import ON_DUTY, ROLE_ZH, ROLES
from models.wording import Said

_ID = re.compile(r"[a-z][a-z0-9_]*")
_TAKEN = frozenset({*ROLES, ON_DUTY, "admin", "superior", "unit", "government"})
_LONGEST_TITLE = 40


def put_roles(layer: Layer, section: Mapping[str, Any], draft: Draft) -> None:
    """Put the roles of a file into the draft, each with the indicator that counts who holds it, noting faults."""
    for name, title in section.items():
        path: KeyPath = ("roles", name)
        draft.claimed |= {("role", name), ("indicator", HOLDERS + name)}
        if not _usable(layer, path, name, title, draft) or not draft.take(layer, path, "role", name):
            continue
        draft.roles[name] = title.strip()
        draft.places["indicator", HOLDERS + name] = draft.places["role", name]
        draft.indicators[HOLDERS + name] = _holders(name, title.strip())


def _usable(layer: Layer, path: KeyPath, name: str, title: Any, draft: Draft) -> bool:
    before = len(layer.faults)
    if not _ID.fullmatch(name):
        said = Said(
            f"岗位代号“{name}”应以小写英文字母开头，只用小写字母、数字和下划线",
            f"the role “{name}” must begin with a lower-case letter and hold only lower-case letters, digits and"
            " underscores",
        )
        layer.fault(path, said)
    elif name in _TAKEN:
        said = Said(f"“{name}”由系统设定，请换一个岗位代号", f"the role “{name}” is built in; choose another id")
        layer.fault(path, said)
    if not isinstance(title, str) or not title.strip() or len(title) > _LONGEST_TITLE:
        said = Said(
            f"岗位“{name}”应写名称（不超过 {_LONGEST_TITLE} 字），如 recheck: 问题清单接收专人",
            f"the role “{name}” needs a title of at most {_LONGEST_TITLE} characters, as in recheck: 问题清单接收专人",
        )
        layer.fault(path, said)
        return False
    titles = {name_key(held): role for role, held in {**ROLE_ZH, **draft.roles}.items()}
    other = titles.get(name_key(title))
    if other is not None and other != name:
        said = Said(
            f"岗位“{name}”与“{other}”同名（{title}），联系人表中无法区分",
            f"the roles “{name}” and “{other}” share the title {title}: contacts could not tell them apart",
        )
        layer.fault(path, said)
    return len(layer.faults) == before


def _holders(role: str, title: str) -> Indicator:
    return Indicator(
        id=HOLDERS + role, title=f"{title}人数", level="village", roll_up="holders", unit="persons", minimum=0
    )


def holders_in_rows(roles: Iterable[str]) -> Mapping[str, Kind]:
    """What a condition over rows may ask of roles, beside the columns of its register."""
    return {HOLDERS + role: "number" for role in roles}


def check_target(layer: Layer, path: KeyPath, target: str, draft: Draft, *, person: bool = False) -> bool:
    """True for somebody whom a rung may tell; False after noting why `target` is nobody.

    person: it has to be a role that somebody is entered in, not whoever is on duty.
    """
    whose, _, role = target.partition(".")
    if whose in WHOSE and role in (*ROLES, *draft.roles):
        return True
    if whose in WHOSE and role == ON_DUTY and person:
        said = Said(
            f"“{target}”是轮到谁就是谁，不能由其签发、受文或行使权限，请写一个岗位",
            f"“{target}” is whoever is on duty: nobody signs, gets a paper or decides as that; name a role",
        )
        layer.fault(path, said)
        return False
    if whose in WHOSE and role == ON_DUTY:
        return _check_roster(layer, path, target, draft)
    if whose in WHOSE and ("role", role) in draft.claimed:
        return False  # the faults of its own definition stand elsewhere
    near = did_you_mean(role, (*ROLES, *draft.roles)) if whose in WHOSE else None
    said = Said(
        f"收件人“{target}”应写作 unit.owner、superior.leader、government.head 一类，岗位用方案 roles 所列的"
        + (f"，是否为“{whose}.{near}”" if near else ""),
        f"the recipient “{target}” must look like unit.owner, superior.leader or government.head, or name a role that roles"
        " declares" + (f"; did you mean “{whose}.{near}”?" if near else ""),
    )
    layer.fault(path, said)
    return False


def _check_roster(layer: Layer, path: KeyPath, target: str, draft: Draft) -> bool:
    if ("register", ROSTER) in draft.claimed and ROSTER not in draft.registers:
        return False  # the faults of its own definition stand elsewhere
    if ROSTER in draft.registers and is_roster(draft.registers[ROSTER]):
        return True
    said = Said(
        f"“{target}”按值班表查找：方案须有登记册 {ROSTER}，主键为 code、starts，另有 ends（时刻）和 seat（数，联系人的值班号）",
        f"“{target}” is looked up in the roster: the plan needs a register {ROSTER} with the key code, starts, and the columns"
        " ends (a moment) and seat (a number, that of the contact)",
    )
    layer.fault(path, said)
    return False


def is_roster(register: Register) -> bool:
    """Whether a register says who is on duty from when to when."""
    kinds = {name: column.type for name, column in register.columns.items()}
    wanted = {"starts": "moment", "ends": "moment", "seat": "number"}
    return all(kinds.get(name) == kind for name, kind in wanted.items()) and set(register.key) >= {"code", "starts"}
