"""pucha clock heal: bring back what stands ahead of this machine's clock."""

from __future__ import annotations

import click

from deployments.console import AS_JSON, answer, iso, now, read_store, say
from models.wording import Said


@click.group()
def clock() -> None:
    """本机时钟与将来的记录。 The machine's clock, and what stands ahead of it."""


@clock.command()
@AS_JSON
def heal(as_json: bool) -> int:
    """把误入将来的时刻改回此刻，结束推演。 Bring what stands in the future back to now; end a simulation."""
    from tasks.oversight.ahead import heal as bring_back

    store = read_store()
    found = bring_back(store, now().astimezone(store.plan().zone))
    lang = store.settings.lang
    if as_json:
        answer(
            [{"what": one.what.en, "count": one.count, "latest": iso(one.latest), "healed": one.heals} for one in found]
        )
    else:
        for one in found:
            done = Said("已改回：", "brought back: ") if one.heals else Said("未改动：", "left: ")
            say(done.in_language(lang) + one.said.in_language(lang))
        if not found:
            say(Said("没有误入将来的记录", "nothing stands in the future").in_language(lang))
    return 1 if any(not one.heals for one in found) else 0
