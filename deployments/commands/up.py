"""pucha up: the status screen and all flows."""

from __future__ import annotations

import click

from deployments.console import read_settings, say
from deployments.office.serving import PORT, new_link, serve_office


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
    "--link",
    is_flag=True,
    help="为正在运行的服务再取一个链接。 Another link to what is running already, and nothing else.",
)
def up(port: int, health_port: int | None, link: bool) -> int:
    """启动状态页和全部流程，Ctrl-C 停止。 The status screen and all flows, until Ctrl-C."""
    if link:
        say(new_link(read_settings()))
        return 0
    serve_office(read_settings(), port, health_port=health_port)
    return 0
