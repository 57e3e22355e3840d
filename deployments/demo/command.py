"""pucha demo: a whole campaign on real divisions and synthetic figures, at the moment of a document of 2020."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from deployments.console import AS_JSON, answer, read_settings, say
from deployments.office.occupancy import LOCK, PORT, occupied
from models.wording import Refusal, Said

if TYPE_CHECKING:
    from datetime import datetime

    from deployments.demo.mailbox import Mailbox
    from deployments.demo.synthetic import Place
    from tasks.campaign.settings import Settings

MARK = ".demonstration"


@click.command()
@click.argument("place", default="hebei")
@click.option("--once", is_flag=True, help="做完就退出，不留服务。 Do it all and exit, leaving no server.")
@click.option(
    "--boards",
    is_flag=True,
    help="与 --once 同用：另在临时 Prefect 服务上发布看板。 With --once: also publish the boards, on a temporary Prefect server.",
)
@click.option(
    "--port", type=click.IntRange(1, 65535), default=PORT, show_default=True, help="网页端口。 The screen's port."
)
@AS_JSON
def demo(place: str, once: bool, boards: bool, port: int, as_json: bool) -> int:
    """演示：hebei、shanxi、shihezi、qianjiang、tengzhou。 A whole campaign with real divisions, ready to look at."""
    chosen = _chosen(place)
    if as_json and not once:
        raise Refusal("--json 须与 --once 同用", "--json goes with --once")
    if boards and not once:
        raise Refusal(
            "--boards 须与 --once 同用；不加 --once 时总会发布看板",
            "--boards goes with --once; without it the boards are always published",
        )
    settings = read_settings()
    begin = Said(f"演示{chosen.title_zh}，正在准备……", f"{chosen.title_en}: preparing the demonstration …")
    say(begin.in_language(settings.lang), err=True)
    if not once:
        from deployments.office.serving import may_start  # takes a second, and something is to be read before

        may_start(settings, port, f"pucha demo {place}")
    with _own_home(chosen, settings):
        _play(chosen, port, once=once, boards=boards, as_json=as_json)
    return 0


def _chosen(place: str) -> Place:
    from deployments.demo.synthetic import places

    known = places()
    if place not in known:
        raise Refusal(
            f"没有“{place}”的演示，可选：{'、'.join(known)}",
            f"there is no demonstration of “{place}”; choose from {', '.join(known)}",
        )
    return known[place]


@contextmanager
def _own_home(place: Place, settings: Settings) -> Iterator[None]:
    """Hold a data folder apart from the office's own, emptied, for as long as the demonstration lasts.

    Refusal where the folder is another's, or is being shown or made: a demonstration is not made anew under its own feet.
    """
    home = settings.home.absolute() / "demo" / place.id
    if home.exists() and any(home.iterdir()) and not (home / MARK).exists():
        raise Refusal(f"{home} 不是演示目录，请移开后重试", f"{home} is no folder of a demonstration; move it away")
    home.mkdir(parents=True, exist_ok=True)
    with occupied(home):
        for one in home.iterdir():
            if one.is_dir() and not one.is_symlink():
                shutil.rmtree(one)
            elif one.name != LOCK:
                one.unlink()
        (home / MARK).write_text("synthetic figures; made anew by every pucha demo\n", encoding="utf-8")
        # flows run in processes of their own and read the environment
        os.environ["PUCHA_HOME"] = str(home)
        os.environ["PUCHA_DATABASE_URL"] = f"sqlite:///{home / 'pucha.db'}"
        yield


def _play(place: Place, port: int, *, once: bool, boards: bool, as_json: bool) -> None:
    from deployments.demo.mailbox import Mailbox
    from deployments.demo.playing import play
    from deployments.demo.shown import data, say_what_to_open, show
    from deployments.office.serving import serve_office

    with Mailbox() as mailbox:
        settings = _settings(mailbox)
        played = play(place, settings, mailbox, quiet=as_json)
        if as_json:
            if boards:
                _publish(settings, place, played.as_of, quiet=True)
            answer(data(place, played, mailbox))
            return
        show(place, played, mailbox, settings.lang)
        if once and boards:
            _publish(settings, place, played.as_of, quiet=False)
        say_what_to_open(place, played, settings.lang, is_served=not once)
        if not once:
            serve_office(settings, port, played.as_of, unit=place.unit, is_held=True)


def _settings(mailbox: Mailbox) -> Settings:
    os.environ["PUCHA_ADMIN_CHANNEL"] = f"{mailbox.channel}/admin"
    return read_settings()


def _publish(settings: Settings, place: Place, as_of: datetime, *, quiet: bool) -> None:
    """Publish the boards on a temporary Prefect server, as `pucha up` would on its own."""
    from deployments.office.serving import run_flow

    began = time.monotonic()
    ended = run_flow(settings, "watch", {"unit": place.unit, "as_of": as_of.isoformat()}, quiet=quiet)
    if not quiet:
        said = Said(
            f"看板已在临时 Prefect 服务上发布（{ended['name']}：{ended['state']}，{time.monotonic() - began:.0f} 秒）",
            f"boards published on a temporary Prefect server ({ended['name']}: {ended['state']}, {time.monotonic() - began:.0f} s)",
        )
        say(said.in_language(settings.lang))
