"""pucha contacts: who would hear of a unit's duties, person by person: when, and of which phases; nobody's channel."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import click

from deployments.console import AS_JSON, AS_OF, UNIT, answer, moment, read_store, say, table
from models.plan.answerable import parts_of, spoken
from models.vocabulary import bracketed, role_said, rung_said
from models.wording import COMMA, Said

if TYPE_CHECKING:
    from models.plan.model import Plan
    from models.wording import Lang
    from tasks.chasing.who_hears import Hearer

_COLUMNS = (
    Said("收件人", "who"),
    Said("何时收到", "when"),
    Said("哪些阶段的事项", "of which phases"),
)
_NOBODY = Said("无人", "nobody")


@click.command()
@UNIT
@AS_OF
@AS_JSON
def contacts(unit: str | None, as_of: str | None, as_json: bool) -> int:
    """列出一个单位的各项要求会通知谁：逐人列明何时收到、哪些阶段的事项；不显示联系渠道。 Who would hear of a unit's duties."""
    from tasks.chasing.who_hears import who_hears

    store = read_store()
    found = who_hears(store, unit, moment(store, as_of))
    if as_json:
        answer(_data(one) for one in found)
        return 0
    lang, plan = store.settings.lang, store.plan()
    shown = list(_rows(found, plan, lang))
    if not shown:
        nobody = Said(
            "没有要催办的事项，或催办阶梯不通知任何人", "nothing is owed that is chased, or the ladders tell nobody"
        )
        say(nobody.in_language(lang))
        return 0
    table(_COLUMNS, shown, lang)
    return 0


def _rows(found: Iterable[Hearer], plan: Plan, lang: Lang) -> Iterator[tuple[str, str, str]]:
    """A few rows for each person: at which moments they hear, and of which phases at those. The person stands in the first."""
    heard: dict[str, dict[tuple[str, str], list[str]]] = {}
    for one in found:
        rung = next(rung for rung in plan.ladders[one.ladder].rungs if rung.id == one.rung)
        moments = heard.setdefault(_who(one, plan, lang), {}).setdefault((one.phase, one.ladder), [])
        moments.append(rung_said(rung, one.target).in_language(lang))
    titles = {phase.id: phase.title for phase in plan.phases}
    for who, by_ladder in heard.items():
        phases: dict[tuple[str, ...], list[str]] = {}
        for (phase, _), moments in by_ladder.items():
            phases.setdefault(tuple(dict.fromkeys(moments)), []).append(titles[phase])
        for place, (times, named) in enumerate(phases.items()):
            comma = COMMA.in_language(lang)
            yield who if not place else "", comma.join(times), comma.join(dict.fromkeys(named))


def _who(one: Hearer, plan: Plan, lang: Lang) -> str:
    """长安区经办人 王某 (130102), and below what he or she answers for, where that is not everything."""
    name = one.name if one.name is not None else _NOBODY.in_language(lang)
    only_for = _only_for(one, plan, lang)
    limited = Said(f"只负责：{only_for}", f"only for {only_for}").in_language(lang) if only_for else None
    office = Said(f"{one.unit_name}{_role(one, plan, lang)}", f"{one.unit_name} {_role(one, plan, lang)}")
    return "\n".join(part for part in (name, f"{office.in_language(lang)} {one.unit}", limited) if part)


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
