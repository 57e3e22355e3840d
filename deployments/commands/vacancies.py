"""pucha vacancies: whose role nobody holds or can be reached in, from when that matters, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from deployments.console import AS_JSON, AS_OF, UNIT, answer, from_micros, moment, read_store, say, table
from models.moments import moment_at
from models.plan.dates import spoken_day
from models.units import ON_DUTY
from models.vocabulary import recipient, role_said
from models.wording import Lang, Said

if TYPE_CHECKING:
    from tasks.campaign.store import Store

_WHY = {
    "vacant": Said("没有登记联系人", "nobody is entered"),
    "unreachable": Said("联系渠道均无法送达", "no channel works"),
}
_CURE = {
    "vacant": Said(
        "请补充联系人后重新装载（pucha load --contacts）", "add a contact and load it (pucha load --contacts)"
    ),
    "unreachable": Said("请核对联系渠道（pucha channels --failing）", "check the channels (pucha channels --failing)"),
}
_NO_ROSTER = Said(
    "请补报值班表，并在联系人表填写值班号（pucha report --register roster）",
    "report the roster, and give the contacts their seats (pucha report --register roster)",
)
_NO_SUPERIOR = Said(
    "单位表中没有其上级，请补充（pucha load --units）", "no superior is among the units; add it (pucha load --units)"
)


@click.command()
@UNIT
@AS_OF
@click.option("--limit", type=click.IntRange(0), default=200, show_default=True, help="0 为全部。 0 for all.")
@AS_JSON
def vacancies(unit: str | None, as_of: str | None, limit: int, as_json: bool) -> int:
    """列出联系人空缺：方案要通知而无人登记或联系不上的岗位。 Roles that the ladders need and in which nobody can be reached."""
    from tasks.chasing.vacancies import list_vacancies

    store = read_store()
    rows = list_vacancies(store, unit, moment(store, as_of), limit)
    if as_json:
        answer(_data(store, row) for row in rows)
        return 1 if rows else 0
    lang = store.settings.lang
    if not rows:
        say(
            Said(
                "没有空缺：方案要通知的岗位都有人可联系", "no vacancies: somebody can be reached in every role"
            ).in_language(lang)
        )
        return 0
    columns = (
        Said("单位", "unit"),
        Said("岗位", "role"),
        Said("情况", "why"),
        Said("何时起涉及", "matters from"),
        Said("涉及事项", "duties"),
        Said("改由谁接收", "told instead"),
        Said("办法", "what to do"),
    )
    titles = {(one.phase, one.id): one.title for one in store.plan().requirements}
    shown = [
        (
            f"{row['unit_name']}\n{row['unit']}",
            _role(store, row["role"]),
            _WHY[row["why"]].in_language(lang),
            _from(store, row["next"], titles, lang),
            row["duties"] or "",
            _told(store, row["told"]),
            _cure(row).in_language(lang),
        )
        for row in rows
    ]
    table(columns, shown, lang)
    return 1


def _data(store: Store, row: dict[str, Any]) -> dict[str, Any]:
    coming = row["next"] and {**row["next"], "at": from_micros(store, row["next"]["at"])}
    return {**row, "next": coming, "cure": _cure(row).in_language(store.settings.lang)}


def _cure(row: dict[str, Any]) -> Said:
    if row["role"].startswith("superior."):
        return _NO_SUPERIOR
    return _NO_ROSTER if row["role"] == ON_DUTY and row["why"] == "vacant" else _CURE[row["why"]]


def _role(store: Store, role: str) -> str:
    """经办人; 上级经办人 where it is the role of a superior that there is not."""
    plan, lang = store.plan(), store.settings.lang
    return recipient(role, plan, lang) if "." in role else role_said(role, plan, lang)


def _from(store: Store, coming: dict[str, Any] | None, titles: dict[tuple[str, str], str], lang: Lang) -> str:
    if coming is None:
        return Said("目前没有事项", "nothing at present").in_language(lang)
    title = titles[coming["phase"], coming["requirement"]]
    at = spoken_day(moment_at(coming["at"], store.zone))
    return f"{at}\n{title}" + (f"（{coming['rung']}）" if coming["rung"] else "")


def _told(store: Store, told: dict[str, str] | None) -> str:
    lang = store.settings.lang
    if told is None:
        return Said("仅系统管理员", "the administrator alone").in_language(lang)
    return f"{told['unit_name']}{'' if lang == 'zh' else ' '}{_role(store, told['role'])}"
