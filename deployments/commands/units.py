"""pucha units: divisions change in mid-campaign; what is known under the old codes goes to the new ones."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from deployments.console import AS_JSON, answer, now, read_store, say, table, there
from models.moments import read_moment
from models.wording import Said

if TYPE_CHECKING:
    from tasks.campaign.store import Store
    from tasks.loading.changed_units import Changed

_MOST = 20


@click.group()
def units() -> None:
    """单位和区划代码。 Units and their codes."""


@units.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE")
@click.option("--from", "since", required=True, metavar="DATE", help="从何时起生效。 From when the change counts.")
@click.option("--by", "author", required=True, metavar="NAME", help="经办人。 Who changes them, for the trail.")
@click.option("--dry-run", is_flag=True, help="只说明会转什么。 Say what would be moved, change nothing.")
@AS_JSON
def change(file: Path, since: str, author: str, dry_run: bool, as_json: bool) -> int:
    """区划变更：FILE 列出 old,new[,name,superior]（旧代码、新代码、名称、上级），改码、划转、合并、分设、撤县设区均可。
    数字、联系人、催办件、决定随之转到新代码；旧代码仍可查到。有旧代码不在单位表中时退出码为 1。

    Change divisions: renamed, re-coded, moved, merged or split; everything that is known follows to the new codes.
    """
    from tasks.loading.unit_changes import change_units

    store = read_store(create=True)
    moment = read_moment(since, store.plan().zone)
    done = change_units(store, there(file), moment, now(), author, dry_run=dry_run)
    if as_json:
        answer(_data(store, done))
    else:
        _show(store, done)
    return 1 if done.changes.unknown else 0


def _data(store: Store, done: Changed) -> dict[str, Any]:
    return {
        "moved": list(done.moved),
        "unknown": list(done.changes.unknown),
        "renamed": [{"unit": code, "was": was, "now": name} for code, was, name in done.changes.renamed],
        "counts": done.counts,
        "left": list(done.left),
        "batch": done.batch,
        "dry_run": done.dry_run,
        "remarks": [said.in_language(store.settings.lang) for said in done.remarks],
    }


def _show(store: Store, done: Changed) -> None:
    lang = store.settings.lang
    if done.moved:
        columns = (Said("旧代码", "old"), Said("新代码", "new"), Said("名称", "name"))
        table(columns, [(one["old"], one["new"], one["name"]) for one in done.moved[:_MOST]], lang)
        more = len(done.moved) - _MOST
        if more > 0:
            say(Said(f"另有 {more} 个，见 --json", f"and {more} more, see --json").in_language(lang))
    for said in done.words():
        say(said.in_language(lang))
