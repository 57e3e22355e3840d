"""pucha contacts: who would hear of a unit's duties, by phase, rung and role; nobody's channel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from deployments.console import AS_JSON, AS_OF, UNIT, answer, moment, read_store, say, table
from models.plan.answerable import parts_of, spoken
from models.vocabulary import bracketed, recipient, role_said, rung_named
from models.wording import Said

if TYPE_CHECKING:
    from models.plan.model import Plan
    from models.wording import Lang
    from tasks.chasing.who_hears import Hearer

_COLUMNS = (
    Said("阶段", "phase"),
    Said("催办时点", "rung"),
    Said("收件岗位", "to"),
    Said("单位", "unit"),
    Said("联系人", "contact"),
    Said("只负责", "only for"),
)
_NOBODY = Said("无人", "nobody")


@click.command()
@UNIT
@AS_OF
@AS_JSON
def contacts(unit: str | None, as_of: str | None, as_json: bool) -> int:
    """列出一个单位的各项要求会通知谁：按阶段、催办时点、岗位和负责范围；不显示联系渠道。 Who would hear of a unit's duties."""
    from tasks.chasing.who_hears import who_hears

    store = read_store()
    at = moment(store, as_of)
    if as_json:
        answer(_data(one) for one in who_hears(store, unit, at))
        return 0
    lang, plan = store.settings.lang, store.plan()
    titles = {phase.id: phase.title for phase in plan.phases}
    gathered: dict[tuple[str, ...], list[str]] = {}
    for one in who_hears(store, unit, at):
        row = (
            rung_named(plan, f"{one.phase}.{one.requirements[0]}", one.rung, lang),
            recipient(one.target, plan, lang),
            f"{one.unit_name}\n{one.unit} {_role(one, plan, lang)}",
            one.name if one.name is not None else _NOBODY.in_language(lang),
            _only_for(one, plan, lang),
        )
        gathered.setdefault((one.of, one.ladder, *row), []).append(titles[one.phase])
    phases = ["、".join(dict.fromkeys(found)) for found in gathered.values()]
    shown = [(named, *row[2:]) for named, row in zip(phases, gathered, strict=True)]
    if not shown:
        nobody = Said(
            "没有要催办的事项，或催办阶梯不通知任何人", "nothing is owed that is chased, or the ladders tell nobody"
        )
        say(nobody.in_language(lang))
        return 0
    table(_COLUMNS, shown, lang)
    return 0


def _data(one: Hearer) -> dict[str, Any]:
    to = {"target": one.target, "unit": one.unit, "unit_name": one.unit_name, "role": one.role}
    about = {"unit": one.of, "phase": one.phase, "ladder": one.ladder, "requirements": list(one.requirements)}
    return {
        **about,
        "rung": one.rung,
        "at": one.at,
        "to": to,
        "name": one.name,
        "for": one.only_for.split(),
        "instead_of": one.instead_of,
    }


def _role(one: Hearer, plan: Plan, lang: Lang) -> str:
    """经办人（无问题清单接收专人）: as which somebody is told, and which role it is that nobody holds."""
    own = role_said(one.role, plan, lang)
    if one.instead_of is None:
        return own
    vacant = role_said(one.instead_of, plan, lang)
    return own + bracketed(Said(f"无{vacant}", f"nobody is {vacant}").in_language(lang), lang)


def _only_for(one: Hearer, plan: Plan, lang: Lang) -> str:
    """阶段 比对复查、部门 公安: what a contact answers for, by the titles of the plan."""
    return Said("、", ", ").in_language(lang).join(spoken(kind, value, plan) for kind, value in parts_of(one.only_for))
