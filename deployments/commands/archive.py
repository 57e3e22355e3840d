"""pucha archive: whether every report is where it should be, and bringing over what lies elsewhere."""

from __future__ import annotations

import click

from deployments.console import AS_JSON, answer, read_store, say
from models.wording import Said


@click.group()
def archive() -> None:
    """收到的报表的存档。 The archive of received reports."""


@archive.command()
@AS_JSON
def check(as_json: bool) -> int:
    """核对存档是否齐全；不齐时退出码为 1。 Whether every report is in the archive; exit 1 where one is missing."""
    from tasks.archive.copying import find_lack

    store = read_store()
    found, lang = find_lack(store), store.settings.lang
    if as_json:
        answer(
            {
                "archive": found.shown,
                "reports": found.reports,
                "missing": list(found.missing),
                "fault": found.fault.in_language(lang) if found.fault else None,
            }
        )
    else:
        if found.fault:
            say(found.fault.in_language(lang))
        for name in found.missing:
            say(Said(f"缺少 {name}", f"missing: {name}").in_language(lang))
        lacking = len(found.missing)
        total = Said(
            f"{found.shown}：共 {found.reports} 份报表，缺 {lacking} 份",
            f"{found.shown}: {found.reports} reports, {lacking} missing",
        )
        say(total.in_language(lang))
    return 1 if found.missing or found.fault else 0


@archive.command()
@click.option(
    "--from",
    "address",
    metavar="PLACE",
    help="原存档的位置，写法同 PUCHA_ARCHIVE_URL；不填为数据目录。 Where the archive was, written as PUCHA_ARCHIVE_URL; the data folder if not given.",
)
@AS_JSON
def copy(address: str | None, as_json: bool) -> int:
    """把缺少的报表从原处复制过来，可重复执行。 Copy what is missing from where it was; may be repeated."""
    from tasks.archive.copying import copy_reports

    store = read_store()
    done, lang = copy_reports(store, address), store.settings.lang
    if as_json:
        answer({"copied": done.copied, "there": done.there, "missing": list(done.nowhere)})
    else:
        for name in done.nowhere:
            say(Said(f"原处也没有 {name}", f"not there either: {name}").in_language(lang))
        total = Said(
            f"复制 {done.copied} 份并读回核对，原已有 {done.there} 份，仍缺 {len(done.nowhere)} 份",
            f"{done.copied} copied and read back, {done.there} there before, {len(done.nowhere)} still missing",
        )
        say(total.in_language(lang))
    return 1 if done.nowhere else 0
