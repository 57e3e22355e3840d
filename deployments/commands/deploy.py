"""pucha deploy: every flow to a Prefect work pool, for workers on several machines."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from deployments.console import AS_JSON, answer, read_settings, say
from deployments.office.access import prefect_settings
from deployments.office.pool_workers import worker_start
from deployments.office.shared_server import check_server, shared_server
from models.wording import Refusal, Said

if TYPE_CHECKING:
    from deployments.office.work_pool import Deployed

BY_PROVINCE = "province"


@click.command()
@click.option(
    "--pool", required=True, metavar="NAME", help="工作池名称，没有则新建。 The work pool, made where there is none."
)
@click.option(
    "--by",
    "by",
    type=click.Choice([BY_PROVINCE]),
    help="分省部署：巡查催办每省一个，每15分钟一次，由空闲的机器分担，各省互不等候；另有一个面向全部单位，每30分钟一次，"
    "管国家级和省际的事。发布看板同样分开，每30分钟一次。收取报表、发送通知、核查仍各一个。"
    " A watch for each province, every 15 minutes, on whichever machine is free, none waiting for another; and one for"
    " everybody, every 30 minutes, for what the nation's own office owes and what crosses borders. Boards likewise, every"
    " 30 minutes. Intake, delivery and audit stay one each.",
)
@AS_JSON
def deploy(pool: str, by: str | None, as_json: bool) -> int:
    """把全部流程部署到 Prefect 工作池，由多台机器分担。 Deploy every flow to a work pool, for several machines."""
    settings = read_settings()
    lang = settings.lang
    server = shared_server(settings.home)
    if server is None:
        raise Refusal(
            "没有设置 PREFECT_API_URL，不知道部署到哪个 Prefect 服务，如 PREFECT_API_URL=https://HOST/api。"
            "只用一台机器的，用 pucha up",
            "PREFECT_API_URL is not set: it says to which Prefect server to deploy, as in"
            " PREFECT_API_URL=https://HOST/api. On one machine use pucha up",
        )
    parameters, provinces = _campaign(by)
    doubts = check_server(server)
    os.environ.update(prefect_settings(settings.home) | {"PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false"})
    done = _deploy(pool, parameters, provinces, lang)
    if as_json:
        answer(
            {
                "pool": pool,
                "type": done.kind,
                "deployments": list(done.made),
                "removed": list(done.removed),
                "freed": done.freed,
                "doubts": [said.in_language(lang) for said in doubts],
            }
        )
        return 1 if doubts else 0
    for said in (*_said(pool, done), *doubts):
        say(said.in_language(lang))
    return 1 if doubts else 0


def _campaign(by: str | None) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """What the run forms begin with, and the provinces (code, name) that are deployed apart. Refusal where the campaign
    cannot be read."""
    from deployments.console import read_store
    from tasks.campaign.offices import top_office

    store = read_store()
    store.plan()
    top = top_office(store)
    provinces = store.units(["province"]).select("unit", "name").rows() if by == BY_PROVINCE else []
    if by == BY_PROVINCE and not provinces:
        raise Refusal(
            "单位表里没有省级单位，不能分省部署：请去掉 --by province",
            "there is no province among the units, so nothing can be deployed by province: leave out --by province",
        )
    return {"unit": top} if top else {}, provinces


def _deploy(pool: str, parameters: dict[str, Any], provinces: list[tuple[str, str]], lang: str) -> Deployed:
    """Prefect's part of it. Refusal where the server does not take something."""
    from prefect.exceptions import PrefectHTTPStatusError

    from deployments.office import work_pool

    board = Said("看板由“发布看板”更新。", "The flow “publish boards” refreshes the boards.")
    try:
        return work_pool.deploy(pool, parameters, provinces, board.zh if lang == "zh" else board.en)
    except PrefectHTTPStatusError as fault:
        status = fault.response.status_code
        raise Refusal(
            f"Prefect 服务没有接受部署（HTTP {status}）：请核对工作池名称（不能以 prefect 开头），看服务端的日志",
            f"the Prefect server did not take what was deployed (HTTP {status}): check the pool's name, which may not"
            " begin with prefect, and see the server's log",
        ) from None


def _said(pool: str, done: Deployed) -> list[Said]:
    sentences = [
        Said(
            f"已部署到工作池 {pool}（{done.kind}）：{len(done.made)} 项。",
            f"Deployed to the work pool {pool} ({done.kind}): {len(done.made)}.",
        )
    ]
    if done.removed:
        sentences.append(
            Said(
                f"不再需要的已移除：{'、'.join(done.removed)}。",
                f"Removed, since it is wanted no more: {', '.join(done.removed)}.",
            )
        )
    if done.freed:
        sentences.append(
            Said(f"空占的位置已空出 {done.freed} 个。", f"Places that nobody held are free again: {done.freed}.")
        )
    if done.kind == "process":
        sentences.append(
            Said(
                f"各台机器上执行：{worker_start(pool)}",
                f"On every machine run: {worker_start(pool)}",
            )
        )
    return sentences
