"""pucha channels: how the channels fare, never what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from deployments.console import AS_JSON, AS_OF, answer, from_micros, moment, read_store, table
from models.units import ROLE_ZH
from models.wording import Said

if TYPE_CHECKING:
    from tasks.campaign.store import Store

_STATE = {
    "aside": Said("暂停使用", "set aside"),
    "failing": Said("发送失败", "failing"),
    "throttled": Said("限速", "throttled"),
    "ok": Said("正常", "ok"),
    "unused": Said("未用过", "not used yet"),
}


@click.command()
@AS_OF
@click.option("--failing", is_flag=True, help="只列有问题的。 Only those in trouble.")
@click.option("--limit", type=click.IntRange(0), default=200, show_default=True, help="0 为全部。 0 for all.")
@AS_JSON
def channels(as_of: str | None, failing: bool, limit: int, as_json: bool) -> int:
    """查看渠道状况：哪些送不到、暂停到何时、多少通知在等。 How the channels fare; those in trouble come first."""
    from tasks.delivery.channel_condition import list_channels

    store = read_store()
    rows = list_channels(store, moment(store, as_of), failing=failing, limit=limit)
    troubled = any(row["state"] in ("aside", "failing") for row in rows)
    moments = ("last_success", "last_failure", "set_aside_until", "free_at")
    if as_json:
        answer([{**row, **{key: from_micros(store, row[key]) for key in moments}} for row in rows])
        return 1 if troubled else 0
    lang = store.settings.lang
    columns = (
        Said("渠道", "channel"),
        Said("收件", "to"),
        Said("状况", "state"),
        Said("最近送达", "last success"),
        Said("最近失败", "last failure"),
        Said("连续失败", "failures"),
        Said("暂停至", "until"),
        Said("等候", "waiting"),
        Said("说明", "answer"),
    )
    shown = []
    for row in rows:
        at = {key: (from_micros(store, row[key]) or "")[:16].replace("T", " ") for key in moments}
        shown.append(
            (
                row["channel"],
                _holders(store, row["to"]),
                _STATE[row["state"]].in_language(lang),
                at["last_success"],
                at["last_failure"],
                row["failures"] or "",
                at["set_aside_until"] or at["free_at"],
                row["waiting"] or "",
                " ".join(part for part in (row["code"], row["error"]) if part),
            )
        )
    table(columns, shown, lang)
    return 1 if troubled else 0


def _holders(store: Store, to: list[dict[str, Any]]) -> str:
    """甲县经办人 等3处: whose channel it is, by office and role; never by name."""
    first = to[0]
    lang = store.settings.lang
    titles = {**ROLE_ZH, **store.plan().roles}
    role = Said(titles.get(first["role"], ""), f" {first['role']}").in_language(lang)
    shown = f"{first['unit_name']}{role}"
    if len(to) == 1:
        return shown
    return Said(f"{shown} 等{len(to)}处", f"{shown} and {len(to) - 1} more").in_language(lang)
