"""Serving an office: the status screen with all flows, or one flow now. Prefect itself runs in child processes."""

from __future__ import annotations

import contextlib
import json
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from deployments.console import say
from deployments.office.access import access_string, new_ticket
from deployments.office.catalogue import flow_names
from deployments.office.occupancy import occupied
from deployments.office.server import (
    START_SECONDS,
    Address,
    announced,
    board_path,
    child,
    environment,
    find_running,
    free_port,
    is_free,
    prefect_home,
    server,
)
from deployments.office.supervision import Parts, supervised
from models.wording import Refusal, Said
from tasks.campaign.settings import Settings

SILENCE_SECONDS = 300.0
"""For how long a server that runs may owe an answer: a machine that has much to write stands still for a minute or two, and
ending all that it serves would not make it faster. One that has ended is not waited for."""
LOOK_SECONDS = 2.0
_PUBLISHED_SECONDS = 600.0
"""How long a first pass may take that publishes its boards before the screen is announced."""
AUDIT_AFTER = 180
"""Seconds after which the first audit of an `up` starts: the first pass has the machine to itself."""

_STARTING = Said("正在启动 Prefect 服务（首次约需20至60秒）", "starting Prefect (20 to 60 seconds the first time)")
_RUNNING = Said("正在运行", "running")
SCREEN = Said("Prefect 服务", "the Prefect server")
FLOWS = Said("流程", "the process of the flows")


class Stop(BaseException):
    """Somebody asked us to stop."""


def serve_office(
    settings: Settings,
    port: int,
    as_of: datetime | None = None,
    health_port: int | None = None,
    *,
    unit: str | None = None,
    is_held: bool = False,
) -> None:
    """Serve screen and flows until Ctrl-C or SIGTERM, then stop everything cleanly.

    as_of: a fixed moment for a campaign of the past; the run forms then start from it, and nothing runs by
    itself but one first pass of `unit` (everywhere for None), which publishes the boards before anybody is told where they
    are, so that nothing is to be supervised either. health_port: where health is answered, a free one for None. is_held:
    the caller holds the data folder (`occupied`). Refusal if it cannot start.
    """
    lang = settings.lang
    began = time.monotonic()
    with stoppable(), contextlib.suppress(Stop), contextlib.ExitStack() as holding:
        may_start(settings, port)
        if not is_held:
            holding.enter_context(occupied(settings.home))
        with _progress(_STARTING.in_language(lang)) as progress, contextlib.ExitStack() as running:
            screen = running.enter_context(server(settings, port, progress))
            address = screen.address
            parts = Parts(address, settings.home)
            supervision = None if as_of else running.enter_context(supervised(settings, parts, health_port))
            log = prefect_home(settings.home) / "flows.log"
            ready = prefect_home(settings.home) / "flows.ready"
            ready.unlink(missing_ok=True)
            wanted = json.dumps(_wanted(settings, as_of, unit), ensure_ascii=False)
            env = environment(settings, port) | (supervision.as_environment() if supervision else {})
            flows = running.enter_context(child("flows", [str(ready), wanted], env, log))
            parts.flows = flows.poll
            _until(ready.exists, flows.poll, progress, log, START_SECONDS if as_of is None else _PUBLISHED_SECONDS)
            address = replace(address, health=supervision.post.port if supervision else None, unit=unit)
            running.enter_context(announced(settings.home, address))
            kept = running.pop_all()
        with kept:
            _say_where(settings, address, time.monotonic() - began, as_of)
            ended = while_healthy(
                {SCREEN: screen.ended, FLOWS: flows.poll}, lambda: find_running(settings.home) is not None
            )
            if supervision:
                supervision.watchman.last_words()
            raise Refusal(
                f"服务意外停止：{ended.zh}。原因见 {log.parent} 下的日志",
                f"the service stopped unexpectedly: {ended.en}; see the logs in {log.parent}",
            )
    say(Said("已停止。", "Stopped.").in_language(lang), err=True)


def run_flow(settings: Settings, name: str, parameters: dict[str, Any], *, quiet: bool = False) -> dict[str, Any]:
    """Run the flow `name` and say how it ended: id, name, state, type, message, url (None on a temporary server).

    On the server that `up` runs for this data folder if there is one, else on a temporary one that is gone
    afterwards. Refusal if the run broke.
    """
    address = find_running(settings.home)
    kept = address is not None
    said = _RUNNING if kept else _STARTING
    with _progress(said.in_language(settings.lang), quiet) as progress, contextlib.ExitStack() as running:
        if address is None:
            address = running.enter_context(server(settings, free_port(), progress)).address
        env = environment(settings, address.port)
        log = prefect_home(settings.home) / "run.log"
        result = Path(running.enter_context(tempfile.TemporaryDirectory())) / "ended.json"
        with child("run", [name, json.dumps(parameters), str(result)], env, log) as process:
            while process.poll() is None:
                progress(0.0)
                time.sleep(0.1)
        if not result.exists():
            raise Refusal(f"流程运行出错，原因见 {log}", f"the flow broke; see {log}")
        ended: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
    return ended | {"url": f"{address.ui}/v2/runs/flow-run/{ended['id']}" if kept else None}


def link_to(settings: Settings, address: Address) -> str:
    """A link to the board that opens the pages of the server once, without a password."""
    return f"{address.board}#{new_ticket(access_string(settings.home), address.instance, time.time())}"


def new_link(settings: Settings) -> str:
    """Another link to the server that `up` runs for this data folder. Refusal where none runs."""
    address = find_running(settings.home)
    if address is None:
        raise Refusal(
            f"{settings.home} 的服务没有运行，请先执行 pucha up",
            f"{settings.home} is not served; run pucha up first",
        )
    return link_to(settings, address)


def _again(home: Path | None) -> str:
    """The command that gives another link, for another data folder than the office's own where there is one."""
    return f"PUCHA_HOME={home} pucha up --link" if home else "pucha up --link"


def may_start(settings: Settings, port: int, command: str = "pucha up") -> None:
    """Refuse where the same data folder is served already, or the port is taken. command: what is to be given again."""
    other = find_running(settings.home)
    if other is not None:
        raise Refusal(
            f"{settings.home} 的服务已在运行：{other.board}（进程 {other.pid}）。要重启，请先在那个窗口按 Ctrl-C",
            f"{settings.home} is served already at {other.board} (process {other.pid}); stop that one first",
        )
    if not is_free(port):
        raise Refusal(
            f"端口 {port} 已被占用。请换一个端口，如 {command} --port {port + 1}，或先停止占用它的程序",
            f"port {port} is in use; choose another, such as {command} --port {port + 1}, or stop the program that uses it",
        )


def _wanted(settings: Settings, as_of: datetime | None, unit: str | None) -> dict[str, Any]:
    """What the flows process is to deploy; the run forms start from `unit`, else from the top office where there is one."""
    from tasks.campaign.offices import top_office
    from tasks.campaign.store import open_store

    parameters: dict[str, Any] = {}
    try:
        top = unit or top_office(open_store(settings))
    except Refusal:
        top = None
    if top:
        parameters["unit"] = top
    if as_of:
        parameters["as_of"] = as_of.isoformat()
    path = board_path(unit)
    board = Said(f"[打开进度看板]({path})", f"[Open the progress board]({path})").in_language(settings.lang)
    first: list[Any] = [["watch", {}, 0], ["audit", {}, AUDIT_AFTER]] if top and not as_of else []
    of_unit = {"unit": unit} if unit else {}
    before: list[Any] = [["watch", {"as_of": as_of.isoformat(), **of_unit}]] if top and as_of else []
    return {
        "parameters": parameters,
        "scheduled": as_of is None,
        "first": first,
        "before": before,
        "board": board,
    }


def _until(
    done: Callable[[], bool],
    ended: Callable[[], int | None],
    progress: Callable[[float], None],
    log: Path,
    patience: float,
) -> None:
    began = time.monotonic()
    while not done():
        waited = time.monotonic() - began
        if ended() is not None or waited > patience:
            raise Refusal(f"流程没有部署成功，原因见 {log}", f"the flows were not deployed; see {log}")
        progress(waited)
        time.sleep(0.25)


def while_healthy(
    processes: Mapping[Said, Callable[[], int | None]], answers: Callable[[], bool], patience: float = SILENCE_SECONDS
) -> Said:
    """Return when one of the processes has ended, or the server has not answered for `patience` seconds, and say which.

    processes: by name, how each ended, None while it runs.
    """
    answered = time.monotonic()
    while True:
        for name, ended in processes.items():
            code = ended()
            if code is not None:
                return Said(f"{name.zh}已退出（代码 {code}）", f"{name.en} ended with code {code}")
        silent = time.monotonic() - answered
        if silent > patience:
            return Said(f"{SCREEN.zh}已 {silent:.0f} 秒没有应答", f"{SCREEN.en} has not answered for {silent:.0f} s")
        time.sleep(LOOK_SECONDS)
        if answers():
            answered = time.monotonic()


def _say_where(settings: Settings, address: Address, seconds: float, as_of: datetime | None) -> None:
    rounds = Said("每15分钟巡查一次", "one pass every 15 minutes")
    if as_of is not None:
        fixed = f"{as_of:%Y-%m-%d %H:%M}"
        rounds = Said(f"演示时刻 {fixed}，不自动巡查", f"fixed at {fixed}, no passes by itself")
    link, again = link_to(settings, address), _again(settings.home if as_of else None)
    sentences = [
        Said(
            f"已启动（{seconds:.0f} 秒），{len(flow_names())} 个流程，{rounds.zh}。按 Ctrl-C 停止。",
            f"Running after {seconds:.0f} s with {len(flow_names())} flows, {rounds.en}. Ctrl-C stops it.",
        ),
        Said(f"  进度看板  {link}", f"  board    {link}"),
        Said(
            f"            链接只能用一次；再要一个：{again}",
            f"           the link is good once; for another: {again}",
        ),
        Said(f"  运行界面  {address.ui}", f"  Prefect  {address.ui}"),
        Said(f"  日志      {prefect_home(settings.home)}", f"  logs     {prefect_home(settings.home)}"),
    ]
    if address.health:
        sentences.insert(4, Said(f"  运行状况  {address.health_url}", f"  health   {address.health_url}"))
    for sentence in sentences:
        say(sentence.in_language(settings.lang))


@contextlib.contextmanager
def _progress(said: str, quiet: bool = False) -> Iterator[Callable[[float], None]]:
    """Show on the terminal that something is under way, and for how long."""
    from rich.console import Console

    console = Console(stderr=True, quiet=quiet)
    began = time.monotonic()
    if not console.is_terminal and not quiet:
        console.print(said)
    with console.status(said) if console.is_terminal else contextlib.nullcontext() as status:

        def progress(_seconds: float) -> None:
            if status is not None:
                status.update(f"{said}… {time.monotonic() - began:.0f}s")

        yield progress


@contextlib.contextmanager
def stoppable() -> Iterator[None]:
    """Turn Ctrl-C, SIGTERM and a closed terminal into one exception; a second one while stopping is ignored."""
    signals = [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
    asked = False

    def stop(_number: int, _frame: object) -> None:
        nonlocal asked
        if not asked:
            asked = True
            raise Stop

    before = {number: signal.signal(number, stop) for number in signals}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
