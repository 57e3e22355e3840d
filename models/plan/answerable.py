"""What a contact answers for in a role (负责范围): units with all below them, phases, values of a column of rows.

Kept as text, the parts in one order: `140105 department:publicity phase:recheck`. Of parts of one kind any is enough; of
each kind that is named one has to fit. Nothing named is everything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from models.plan.layers import did_you_mean
from models.plan.lists import Column
from models.plan.model import Plan
from models.text import name_key
from models.wording import Said

UNITS, PHASE = "code", "phase"
_LEAST = 2
"""Signs of a word that may be a part of a title, or have one as its part."""
_APART = re.compile(r"[\s、，,;；]+")


def parts_of(only_for: str) -> tuple[tuple[str, str], ...]:
    """The parts of such a text: `UNITS`, `PHASE` or the id of a column, and the code or id that is meant."""
    found = []
    for part in only_for.split():
        kind, named, value = part.partition(":")
        found.append((kind, value) if named else (UNITS, kind))
    return tuple(found)


def joined(texts: Iterable[str]) -> str:
    """What one person answers for whose entries say these."""
    return " ".join(sorted({part for text in texts for part in text.split()}))


def read_answerable(
    written: str, plan: Plan | None, office_of: Callable[[str], str | None], wrong: Callable[[Said], None]
) -> str | None:
    """What the cell `for` of a contact means; None after `wrong` was told of every part that means nothing.

    office_of: the code of the office that a part without colon means; it tells itself why there is none.
    """
    read = [_part(part, plan, office_of, wrong) for part in _APART.split(written.strip()) if part]
    return joined(part for part in read if part) if all(read) else None


def _part(
    part: str, plan: Plan | None, office_of: Callable[[str], str | None], wrong: Callable[[Said], None]
) -> str | None:
    kind, named, value = part.replace("：", ":").partition(":")
    if not named:
        return office_of(part)
    phases, registers = (plan.phases, plan.registers) if plan else ((), {})
    if name_key(kind) in ("phase", "阶段"):
        phase = next((one.id for one in phases if name_key(value) in (one.id, name_key(one.title))), None)
        if phase is None:
            near = did_you_mean(value, [one.id for one in phases])
            wrong(_unknown(part, Said(f"方案没有阶段“{value}”", f"the plan has no phase “{value}”"), near, "phase"))
        return phase and f"{PHASE}:{phase}"
    columns = [one for register in registers.values() for one in register.columns.values() if one.values]
    meant = _meant(kind, columns)
    if not meant:
        near = did_you_mean(kind, [one.id for one in columns])
        no_column = Said(f"方案没有选项栏目“{kind}”", f"the plan has no column “{kind}” with values to choose from")
        wrong(_unknown(part, no_column, None if near is None else f"{near}:{value}"))
        return None
    found = {f"{one.id}:{id_}" for one in meant for id_ in _values(value, one)}
    if not found:
        near = did_you_mean(value, [id_ for one in meant for id_ in one.values])
        no_value = Said(f"“{meant[0].title}”没有取值“{value}”", f"“{meant[0].id}” has no value “{value}”")
        wrong(_unknown(part, no_value, near, meant[0].id))
    elif len(found) > 1:
        either = sorted(found)
        wrong(
            Said(
                f"负责范围中的“{part}”有几种可能，请写明是 {'、'.join(either)} 中的哪一个",
                f"“{part}” in for may mean several things; write which one of {', '.join(either)} it is",
            )
        )
    return found.pop() if len(found) == 1 else None


def _meant(kind: str, columns: Sequence[Column]) -> list[Column]:
    """The columns that a word means: those of that id or title, else those in whose title it stands (部门: 承办部门).

    One that holds several values at once says whom there is (副组长所在部门), not whose a row is: it is meant by its whole title.
    """
    word = name_key(kind)
    exact = [one for one in columns if word in (one.id, name_key(one.title))]
    if exact or len(word) < _LEAST:
        return exact
    likely = [one for one in columns if not one.several]
    return [one for one in likely if word in name_key(one.title) or name_key(one.title) in word]


def _values(written: str, column: Column) -> list[str]:
    """The values of a column that a word means: the one of that id or title, else those of whose title it is a part, or
    that are a part of it (公安局: 公安)."""
    word = name_key(written)
    titles = {id_: name_key(title) for id_, title in column.values.items()}
    exact = [id_ for id_, title in titles.items() if word in (id_, title)]
    if exact or len(word) < _LEAST:
        return exact[:1]
    return [id_ for id_, title in titles.items() if word in title or title in word]


def _unknown(part: str, why: Said, near: str | None, kind: str | None = None) -> Said:
    meant = near if near is None or kind is None else f"{kind}:{near}"
    return Said(
        f"负责范围中的“{part}”：{why.zh}" + (f"，是否为 {meant}" if meant else "，请核对"),
        f"“{part}” in for: {why.en}" + (f"; did you mean {meant}?" if meant else "; check it"),
    )


def spoken(kind: str, value: str, plan: Plan) -> str:
    """One part by the titles of the plan: 部门 公安, 比对复查; the code of a unit as it is."""
    if kind == UNITS:
        return value
    if kind == PHASE:
        phase = plan.phase(value)
        return phase.title if phase else value
    columns = (register.columns[kind] for register in plan.registers.values() if kind in register.columns)
    titles = ((one.title, one.values[value]) for one in columns if value in one.values)
    return " ".join(next(titles, (kind, value)))
