"""pucha health: whether everything that must run runs."""

from __future__ import annotations

import click

from deployments.console import AS_JSON, AS_OF, answer, moment, read_store, table
from models.wording import Said

NAMES = {
    "database": Said("数据库", "database"),
    "archive": Said("存档", "archive"),
    "machines": Said("机器比对", "machines"),
    "watch": Said("巡查", "watch"),
    "audit": Said("核查", "audit"),
    "unsent": Said("待发通知", "unsent"),
    "channels": Said("渠道", "channels"),
    "held": Said("等候发送", "held"),
    "administrator": Said("管理员渠道", "administrator"),
    "asides": Said("阶段核对", "phases"),
    "clock": Said("时钟", "clock"),
    "calendar": Said("工作日历", "calendar"),
    "disk": Said("磁盘", "disk"),
    "server": Said("网页服务", "server"),
    "flows": Said("流程", "flows"),
    "workers": Said("工作进程", "workers"),
    "runs": Said("例行运行", "routine runs"),
}


@click.command()
@AS_OF
@AS_JSON
def health(as_of: str | None, as_json: bool) -> int:
    """运行状况：该运行的是否都在运行；有异常时退出码为 1。 Whether all that must run runs; exit 1 where something fails."""
    from deployments.office.supervision import checks_of_up
    from models.rules.oversight.health import STATE_NAMES
    from tasks.oversight.health import Health, read_health

    store = read_store()
    found = read_health(store, moment(store, as_of))
    if as_of is None:
        found = Health(found.as_of, (*found.checks, *checks_of_up(store.home)))
    lang = store.settings.lang
    if as_json:
        answer(found.as_data())
    else:
        columns = (Said("项目", "what"), Said("状况", "state"), Said("说明", "why"))
        rows = [
            (NAMES[one.name].in_language(lang), STATE_NAMES[one.state].in_language(lang), one.said.in_language(lang))
            for one in found.checks
        ]
        table(columns, rows, lang)
    return 1 if found.state == "failing" else 0
