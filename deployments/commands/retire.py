"""pucha retire: old things are exported and go."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from deployments.commands.acting import act_by, code_sent
from deployments.console import AS_JSON, answer, iso, now, read_store, say, table
from models.moments import read_moment
from models.wording import Lang, Refusal, Said

if TYPE_CHECKING:
    from datetime import datetime

    from tasks.campaign.store import Store
    from tasks.oversight.retiring import Outlook


class _Asked(TypedDict):
    before: str | None
    folder: Path | None
    dry_run: bool
    author: str | None
    code: str | None
    checked: Path | None
    compact: bool


_MEGABYTE = 1_000_000
_DIR = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.option("--before", metavar="T", help="归档清理此刻以前已办结的。 What was over before this moment.")
@click.option(
    "--to",
    "folder",
    type=_DIR,
    metavar="F",
    help="导出到的文件夹，默认在数据目录的 retired/ 下。 Where it is exported to.",
)
@click.option("--dry-run", is_flag=True, help="只说明会清理什么、留下什么。 Say what would go and what stays.")
@click.option("--by", "author", metavar="NAME", help="有权者姓名，须在联系人中。 A contact who may.")
@click.option(
    "--code", metavar="CODE", help="发到本人渠道的验证码；不给则先导出并发验证码。 The code; without it one is sent."
)
@click.option("--check", "checked", type=_DIR, metavar="F", help="核对一个已导出的文件夹。 Read an export back.")
@click.option("--compact", is_flag=True, help="清理后缩小数据库文件（SQLite）。 Shrink SQLite's file afterwards.")
@AS_JSON
def retire(*, as_json: bool, **asked: Unpack[_Asked]) -> int:
    """归档清理：已办结的通知和催办件导出为文件，核对后从库中清理。 Export what is over to files, then remove it."""
    store, before = read_store(), asked["before"]
    if asked["checked"] is not None:
        return _check(store, asked["checked"], as_json)
    zone = store.plan().zone
    if asked["dry_run"]:
        return _look(store, read_moment(before, zone) if before else now().astimezone(zone), as_json)
    if before is not None:
        return _retire(store, read_moment(before, zone), asked, as_json)
    if asked["compact"]:
        return _compact(store, as_json)
    raise Refusal(
        "请用 --before 写明归档清理到哪一天，或用 --dry-run 先看看",
        "say with --before up to when, or look with --dry-run",
    )


def _retire(store: Store, before: datetime, asked: _Asked, as_json: bool) -> int:
    from tasks.oversight.retiring import compact, retire
    from tasks.papers.codes import CodeSent

    done = retire(store, before, asked["folder"], act_by(store, asked["author"] or "", None, code=asked["code"]))
    if isinstance(done, CodeSent):
        first = Said("已导出并核对，库中尚未清理。", "It is exported and checked, and nothing was removed yet. ")
        return code_sent(store, done, {"before": asked["before"]}, as_json, first)
    freed = compact(store) if asked["compact"] else None
    if as_json:
        told = {"folder": str(done.folder), "by": done.author, "manifest": done.manifest, "rows": dict(done.rows)}
        answer({**told, "freed": freed})
        return 0
    say(
        Said(
            f"已归档清理：通知 {done.rows['notices']} 份、催办件 {done.rows['cases']} 件导出到 {done.folder}，"
            f"清单校验值 {done.manifest[:16]}；请妥善保管该文件夹",
            f"retired: {done.rows['notices']} notices and {done.rows['cases']} cases are in {done.folder}, whose list has"
            f" the hash {done.manifest[:16]}; keep that folder",
        ).in_language(store.settings.lang)
    )
    if freed is not None:
        say(_shrunk(freed).in_language(store.settings.lang))
    return 0


def _compact(store: Store, as_json: bool) -> int:
    from tasks.oversight.retiring import compact

    freed = compact(store)
    if as_json:
        answer({"freed": freed})
    else:
        say(_shrunk(freed).in_language(store.settings.lang))
    return 0


def _shrunk(freed: int) -> Said:
    amount = f"{freed / _MEGABYTE:.1f} MB"
    return Said(f"数据库文件缩小 {amount}", f"the database's file shrank by {amount}")


def _check(store: Store, folder: Path, as_json: bool) -> int:
    from tasks.oversight.retiring import check

    found = check(store, folder)
    rows = {name: frame.height for name, frame in found.export.rows.items()}
    at, author = found.retired or (None, None)
    if as_json:
        told = {"folder": str(folder), "manifest": found.export.manifest, "rows": rows}
        answer({**told, "retired": iso(at), "by": author})
    else:
        kept = f"{sum(rows.values())}"
        zh = f"{at:%Y年%m月%d日}由{author}归档清理" if at else "本库未据此清理"
        en = f"retired on {at:%Y-%m-%d} by {author}" if at else "nothing was removed from this database by it"
        said = Said(f"{folder} 完整，共 {kept} 行；{zh}", f"{folder} is whole, {kept} rows; {en}")
        say(said.in_language(store.settings.lang))
    return 0 if found.retired else 1


def _look(store: Store, before: datetime, as_json: bool) -> int:
    from tasks.oversight.retiring import look

    found, lang = look(store, before, now().astimezone(before.tzinfo)), store.settings.lang
    if as_json:
        answer(_data(found))
        return 0
    going = [
        (
            one.said.in_language(lang),
            one.rows,
            "" if one.bytes is None else f"{one.bytes / _MEGABYTE:.1f} MB",
            f"{one.first:%Y-%m-%d}—{one.last:%Y-%m-%d}" if one.first and one.last else "",
        )
        for one in found.going
    ]
    columns = (Said("种类", "kind"), Said("行数", "rows"), Said("约占", "about"), Said("起止", "from, to"))
    title = Said(
        f"{found.cut:%Y-%m-%d %H:%M} 以前可归档清理的（台账至少保留 {store.settings.keep_ledger_months} 个月）",
        f"what may go up to {found.cut:%Y-%m-%d %H:%M} (the ledger is kept for {store.settings.keep_ledger_months} months)",
    )
    table(columns, going, lang, title.in_language(lang))
    stays = [(one.what.in_language(lang), one.count, one.why.in_language(lang)) for one in found.stays]
    table((Said("留下的", "stays"), Said("数量", "count"), Said("原因", "why")), stays, lang)
    sizes = [
        (name, f"{size / _MEGABYTE:.1f} MB") for name, size in sorted(found.sizes.items(), key=lambda one: -one[1])
    ]
    table((Said("数据表", "table"), Said("占用", "takes")), sizes, lang)
    _say_readings(found, lang)
    if found.free is not None:
        amount = f"{found.free / _MEGABYTE:.1f} MB"
        said = Said(
            f"数据库文件中有 {amount} 空闲，会重复使用；--compact 把它还给磁盘",
            f"{amount} of the database's file hold nothing and are used again; --compact gives them back to the disk",
        )
        say(said.in_language(lang))
    return 0


def _say_readings(found: Outlook, lang: Lang) -> None:
    if not found.readings:
        return
    months = [
        (one.month, one.readings, one.columns, f"{one.bytes / _MEGABYTE:.1f} MB", one.waiting) for one in found.readings
    ]
    columns = (
        Said("月份", "month"),
        Said("读数", "readings"),
        Said("列段", "columns"),
        Said("列段占用", "these take"),
        Said("尚未成列", "still rows"),
    )
    title = Said(
        f"读数依法保存，不归档清理；按省份、月份成列存放。现行读数另占 {found.holding / _MEGABYTE:.1f} MB",
        "readings are kept by law and not retired; they lie as columns, by province and month. Those that hold take"
        f" {found.holding / _MEGABYTE:.1f} MB more",
    )
    table(columns, months, lang, title.in_language(lang))


def _data(found: Outlook) -> dict[str, object]:
    return {
        "dry_run": True,
        "before": iso(found.cut),
        "going": [
            {"table": one.name, "count": one.rows, "bytes": one.bytes, "first": iso(one.first), "last": iso(one.last)}
            for one in found.going
        ],
        "stays": [{"what": one.what.en, "count": one.count, "why": one.why.en} for one in found.stays],
        "sizes": [{"table": name, "bytes": size} for name, size in sorted(found.sizes.items())],
        "free": found.free,
        "readings": [
            {
                "month": one.month,
                "count": one.readings,
                "columns": one.columns,
                "bytes": one.bytes,
                "waiting": one.waiting,
            }
            for one in found.readings
        ],
        "holding": found.holding,
    }
