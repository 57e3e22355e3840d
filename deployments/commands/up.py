"""pucha up: the status screen and all flows."""

from __future__ import annotations

import click

from deployments.console import read_settings
from deployments.office.serving import PORT, serve_office


@click.command()
@click.option(
    "--port", type=click.IntRange(1, 65535), default=PORT, show_default=True, help="网页端口。 The screen's port."
)
@click.option(
    "--health-port",
    type=click.IntRange(1, 65535),
    help="运行状况接口的端口，默认任选。 The health endpoint's port, a free one by default.",
)
def up(port: int, health_port: int | None) -> int:
    """启动状态页和全部流程，Ctrl-C 停止。 The status screen and all flows, until Ctrl-C."""
    serve_office(read_settings(), port, health_port=health_port)
    return 0
