"""pucha demo: a whole campaign on real divisions and synthetic figures, at the moment of a document of 2020."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from deployments.console import AS_JSON, answer, iso, now, read_settings, say, short, table
from deployments.office.occupancy import occupied
from deployments.office.serving import PORT
from models.moments import count_down
from models.status import STANDING
from models.vocabulary import counts_of, lateness_of, state_of, timing_of
from models.wording import Lang, Refusal, Said

if TYPE_CHECKING:
    from deployments.demo.mailbox import Mailbox
    from deployments.demo.synthetic import Place
    from tasks.campaign.settings import Settings
    from tasks.campaign.store import Store
    from tasks.judging.status import Statuses

MARK = ".demonstration"
MOST_REQUIREMENTS = 20


@dataclass(frozen=True)
class Shown:
    """What a demonstration did: its campaign and how long its own work took, in seconds."""

    store: Store
    as_of: datetime
    reports: int
    rows: int
    refused: int
    notices: int
    seconds: float


@click.command()
@click.argument("place", default="hebei")
@click.option("--once", is_flag=True, help="做完就退出，不留服务。 Do it all and exit, leaving no server.")
@click.option(
    "--port", type=click.IntRange(1, 65535), default=PORT, show_default=True, help="网页端口。 The screen's port."
)
@AS_JSON
def demo(place: str, once: bool, port: int, as_json: bool) -> int:
    """演示：hebei、shanxi、shihezi、qianjiang、tengzhou。 A whole campaign with real divisions, ready to look at."""
    from deployments.demo.mailbox import Mailbox
    from deployments.demo.synthetic import places
    from deployments.office.serving import run_flow, serve_office

    known = places()
    if place not in known:
        raise Refusal(
            f"没有“{place}”的演示，可选：{'、'.join(known)}",
            f"there is no demonstration of “{place}”; choose from {', '.join(known)}",
        )
    if as_json and not once:
        raise Refusal("--json 须与 --once 同用", "--json goes with --once")
    chosen = known[place]
    with Mailbox() as mailbox:
        settings = _settings(chosen, mailbox)
        shown = _prepare(chosen, settings, mailbox, quiet=as_json)
        if as_json:
            _publish(run_flow, settings, shown, quiet=True)
            answer(_data(chosen, shown, mailbox))
            return 0
        _show(chosen, shown, mailbox, settings.lang)
        if once:
            _publish(run_flow, settings, shown, quiet=False)
        else:
            serve_office(settings, port, shown.as_of)
    return 0


def _publish(run_flow: Any, settings: Settings, shown: Shown, *, quiet: bool) -> None:
    """Publish the boards on a temporary Prefect server, as `pucha up` would on its own."""
    began = time.monotonic()
    ended = run_flow(settings, "watch", {"as_of": shown.as_of.isoformat()}, quiet=quiet)
    if not quiet:
        say(
            Said(
                f"看板已在临时 Prefect 服务上发布（{ended['name']}：{ended['state']}，{time.monotonic() - began:.0f} 秒）",
                f"boards published on a temporary Prefect server ({ended['name']}: {ended['state']}, {time.monotonic() - began:.0f} s)",
            ).in_language(settings.lang)
        )


def _settings(place: Place, mailbox: Mailbox) -> Settings:
    """Settings of a campaign apart from the office's own: a folder, a database and a mailbox that are the demonstration's."""
    home = read_settings().home.absolute() / "demo" / place.id
    if home.exists():
        if not (home / MARK).exists():
            raise Refusal(f"{home} 不是演示目录，请移开后重试", f"{home} is no folder of a demonstration; move it away")
        with occupied(home):
            pass  # a demonstration that is being shown is not made anew under its own feet
        shutil.rmtree(home)
    home.mkdir(parents=True)
    (home / MARK).write_text("synthetic figures; made anew by every pucha demo\n", encoding="utf-8")
    # flows run in processes of their own and read the environment
    os.environ["PUCHA_HOME"] = str(home)
    os.environ["PUCHA_DATABASE_URL"] = f"sqlite:///{home / 'pucha.db'}"
    os.environ["PUCHA_ADMIN_CHANNEL"] = f"{mailbox.channel}/admin"
    return read_settings()


def _prepare(place: Place, settings: Settings, mailbox: Mailbox, *, quiet: bool) -> Shown:
    """Load the place, take in its offices' reports, and make one pass at the document's moment."""
    from deployments.demo.synthetic import write_contacts, write_reports, write_superiors, write_units
    from models.moments import read_moment
    from models.plan.files import read_plan_files
    from tasks.campaign.store import open_store
    from tasks.chasing.passes import owe
    from tasks.delivery.deliver import deliver
    from tasks.intake.expected_rows import expect_rows
    from tasks.intake.intake import AsRows, take_in
    from tasks.loading.load import Files, load
    from tasks.oversight.ahead import check_ahead

    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, _bars(settings.lang, quiet) as step:
        into = Path(folder)
        with step(Said("准备真实区划和合成数据", "real divisions, synthetic figures"), 1):
            units, contacts = write_units(place, into), write_contacts(place, into, mailbox.channel)
            superiors, reports = write_superiors(place, into), write_reports(place, into)
        plan = read_plan_files(place.plan_file)
        as_of = read_moment(place.as_of, plan.plan.zone)
        with step(Said("装载方案、单位和联系人", "load plan, units, contacts"), 1):
            store = open_store(settings, create=True, clock=now)
            check_ahead(store, as_of, simulate=True)
            load(store, Files(plan=plan, units=units, superiors=superiors, contacts=contacts), as_of)
        rows = refused = 0
        with step(Said("接收各地报表", "take in the offices' reports"), len(reports)) as done:
            for report in reports:
                receipt = take_in(
                    store,
                    report.path,
                    read_moment(report.as_of, plan.plan.zone),
                    report.author,
                    as_of,
                    as_rows=AsRows(register=report.register),
                )
                rows, refused = rows + receipt.accepted, refused + receipt.rejected
                done()
        with step(Said("巡查、催办", "watch and remind"), 1):
            expect_rows(store, place.unit, as_of)
            owe(store, place.unit, as_of)
            sent = deliver(store, settings, lambda: as_of)
    return Shown(
        store=store,
        as_of=as_of,
        reports=len(reports),
        rows=rows,
        refused=refused,
        notices=sent.delivered,
        seconds=time.monotonic() - began,
    )


@contextmanager
def _bars(lang: Lang, quiet: bool) -> Iterator[Any]:
    """Progress bars, one a step; nothing but a sentence each where there is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True, quiet=quiet)) as progress:

        @contextmanager
        def step(said: Said, total: int) -> Iterator[Any]:
            bar = progress.add_task(said.in_language(lang), total=total)
            yield lambda: progress.advance(bar)
            progress.update(bar, completed=total)

        yield step


def _show(place: Place, shown: Shown, mailbox: Mailbox, lang: Lang) -> None:
    """What a clerk would want to read first."""
    from tasks.judging.status import read_statuses

    found = read_statuses(shown.store, place.unit, shown.as_of)
    status = found.of(limit=1)
    moment = f"{shown.as_of:%Y-%m-%d %H:%M}"
    heading = Said(f"{place.title_zh}  截至 {moment}", f"{place.title_en}  as of {moment}")
    until = count_down(status.standard_time, status.as_of, lang)
    say()
    say(f"{heading.in_language(lang)}  {until}", bold=True)
    say(
        Said(
            f"区划为真实数据，各地数字均为合成数据，合计与{place.document_zh}一致",
            "the divisions are real; all figures are synthetic and add up to those of the document",
        ).in_language(lang)
    )
    rows = [
        (
            p.title,
            state_of(p).in_language(lang),
            f"{p.starts:%Y-%m-%d}",
            short(p.ends),
            f"{p.met}/{p.owed}",
            p.overdue or "",
        )
        for p in status.phases
        if p.starts <= shown.as_of
    ]
    table(
        (
            Said("阶段", "phase"),
            Said("状态", "state"),
            Said("起", "from"),
            Said("止", "to"),
            Said("达标", "met"),
            Said("逾期", "overdue"),
        ),
        rows,
        lang,
    )
    if status.sets:
        table(
            (Said("条件组", "set"), Said("已齐备", "complete")),
            [(s.title, f"{s.met}/{s.owed}") for s in status.sets if s.owed],
            lang,
        )
    _show_requirements(found, lang)
    stop = Said("。", ".").in_language(lang)
    for told in (lateness_of(status.phases, status.as_of), counts_of(status.phases)):
        say(told.in_language(lang) + stop)
    say(
        Said(
            f"收到报表 {shown.reports} 份、{shown.rows} 行（退回 {shown.refused} 行）；送达通知 {shown.notices} 份；用时 {shown.seconds:.0f} 秒",
            f"{shown.reports} reports, {shown.rows} rows ({shown.refused} refused); {shown.notices} notices delivered; {shown.seconds:.0f} s",
        ).in_language(lang)
    )
    say(f"  {Said('演示信箱', 'mailbox ').in_language(lang)}  {mailbox.address}（{mailbox.taken}）")
    say(f"  {Said('数据目录', 'data    ').in_language(lang)}  {shown.store.home}")


def _show_requirements(found: Statuses, lang: Lang) -> None:
    rows: list[tuple[str, ...]] = []
    for one in found.requirements():
        if one.example is None or len(rows) == MOST_REQUIREMENTS:
            continue
        duty = one.example
        timing = timing_of(duty, lang)
        counts = Said(
            f"{STANDING['unmet'].in_language(lang)} {one.unmet}，{STANDING['unreported'].in_language(lang)} {one.unreported}",
            f"{one.unmet} unmet, {one.unreported} unreported",
        ).in_language(lang)
        rows.append(
            (
                Said(f"{one.phase_title}：{one.title}", one.key).in_language(lang),
                counts,
                f"{short(duty.due)} {timing}",
                f"{duty.unit_name}：{duty.reason.in_language(lang)}",
            )
        )
    headings = (
        Said("未达标的要求", "not met"),
        Said("单位数", "offices"),
        Said("期限", "due"),
        Said("如", "for instance"),
    )
    table(headings, rows, lang)


def _data(place: Place, shown: Shown, mailbox: Mailbox) -> dict[str, Any]:
    from tasks.judging.status import read_statuses

    found = read_statuses(shown.store, place.unit, shown.as_of)
    status = found.of(limit=1)
    return {
        "place": place.id,
        "as_of": iso(shown.as_of),
        "synthetic": True,
        "home": str(shown.store.home),
        "reports": shown.reports,
        "rows": shown.rows,
        "rejected": shown.refused,
        "delivered": shown.notices,
        "letters": mailbox.taken,
        "not_met": status.not_met,
        "overdue": status.overdue,
        "seconds": round(shown.seconds, 2),
        "phases": [
            {
                "id": p.id,
                "state": p.state,
                "met": p.met,
                "unmet": p.unmet,
                "unreported": p.unreported,
                "overdue": p.overdue,
            }
            for p in status.phases
        ],
        "requirements": [
            {
                "requirement": r.key,
                "title": r.title,
                "met": r.met,
                "unmet": r.unmet,
                "unreported": r.unreported,
                "overdue": r.overdue,
                "example": r.example.reason.en if r.example else None,
            }
            for r in found.requirements()
        ],
    }
