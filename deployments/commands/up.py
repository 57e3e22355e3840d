"""pucha up: the status screen and all flows."""

from __future__ import annotations

import click

from deployments.console import moment, read_settings, read_store, say
from deployments.office.occupancy import PORT
from deployments.office.serving import new_link, serve_office


@click.command()
@click.option(
    "--port", type=click.IntRange(1, 65535), default=PORT, show_default=True, help="网页端口。 The screen's port."
)
@click.option(
    "--health-port",
    type=click.IntRange(1, 65535),
    help="运行状况接口的端口，默认任选。 The health endpoint's port, a free one by default.",
)
@click.option(
    "--as-of",
    "as_of",
    metavar="T",
    help="停在这一时刻，不自动巡查，用于看演示或往年的数据。 Stand at this moment, with no passes by itself: for a demonstration's data, or a past campaign's.",
)
@click.option(
    "--link",
    is_flag=True,
    help="为正在运行的服务再取一个链接。 Another link to what is running already, and nothing else.",
)
def up(port: int, health_port: int | None, as_of: str | None, link: bool) -> int:
    """启动状态页和全部流程，Ctrl-C 停止。 The status screen and all flows, until Ctrl-C."""
    if link:
        say(new_link(read_settings()))
        return 0
    if as_of is None:
        serve_office(read_settings(), port, health_port=health_port)
        return 0
    store = read_store()
    units = store.plan().overlay_units
    own = units[0] if len(units) == 1 else None
    serve_office(store.settings, port, moment(store, as_of), health_port, unit=own)
    return 0
