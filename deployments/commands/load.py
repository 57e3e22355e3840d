"""pucha load: create or update the campaign from files."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from deployments.console import AS_JSON, answer, iso, now, read_settings, say, there
from models.moments import moment_at
from models.wording import Refusal, Said

if TYPE_CHECKING:
    from tasks.campaign.settings import Settings
    from tasks.campaign.store import Store
    from tasks.loading.changes import Changes

FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.option(
    "--plan",
    "plans",
    multiple=True,
    metavar="F",
    help="方案文件，可给多个。 Plan or overlay; may be given several times.",
)
@click.option("--units", type=FILE, metavar="F", help="单位表 code,name[,level,superior]。 Units.")
@click.option("--superiors", type=FILE, metavar="F", help="另有上级的单位 code,superior,line。 Further superiors.")
@click.option("--contacts", type=FILE, metavar="F", help="联系人 unit,role,name,channel。 Contacts.")
@click.option(
    "--by",
    "author",
    metavar="NAME",
    help="装载人，默认为本机用户。 Who loads, for the trail; this machine's user by default.",
)
@click.option("--dry-run", is_flag=True, help="只说明会改什么。 Say what would change, change nothing.")
@click.option("--move-cases", is_flag=True, help="让在办催办件改按新方案。 Move open cases to the new plan.")
@AS_JSON
def load(
    plans: tuple[str, ...],
    author: str | None,
    dry_run: bool,
    move_cases: bool,
    as_json: bool,
    **tables: Path | None,
) -> int:
    """装载方案、单位和联系人；重复执行无妨，并说明改了什么；不带选项只升级数据库。 Create or update the campaign; without options,
    bring its database up to date."""
    from models.plan.files import read_plan_files
    from tasks.loading.load import Files
    from tasks.loading.load import load as load_files

    bare = not plans and not any(tables.values())
    if bare and (dry_run or move_cases or not _is_there(read_settings())):
        raise Refusal(
            "请至少给出 --plan、--units、--superiors、--contacts 之一；已有普查数据的，不带选项即把数据库升到本程序的版本",
            "give at least one of --plan, --units, --superiors, --contacts; without options, it brings the database of a"
            " campaign that is there up to date",
        )
    for file in tables.values():
        if file is not None:
            there(file)
    files = read_plan_files(*plans) if plans else None
    with _campaign(dry_run) as store:
        if bare:
            store.plan()
        changes = load_files(
            store,
            Files(plan=files, **tables),
            now(),
            dry_run=dry_run,
            move_cases=move_cases,
            by=author or _user(),
        )
        if as_json:
            answer(_data(store, changes))
        else:
            for said in (*changes.words(), *([_up_to_date()] if bare else [])):
                say(said.in_language(store.settings.lang))
    return 1 if changes.idle_overlays else 0


def _up_to_date() -> Said:
    from tasks.campaign.database import VERSION

    return Said(
        f"数据库是本程序的版本（{VERSION}），下一遍巡查据各批上报重新核对",
        f"the database is of this program's version ({VERSION}); the next pass judges anew what was reported",
    )


def _user() -> str:
    """The name of this machine's user; "" where it has none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


@contextmanager
def _campaign(dry_run: bool) -> Iterator[Store]:
    """The campaign to load into; for a rehearsal where there is none yet, one that is thrown away afterwards.

    A rehearsal brings no older database up to date: that one is refused with what to do.
    """
    from tasks.campaign.database import NoCampaign
    from tasks.campaign.store import open_store

    if not dry_run:
        yield open_store(read_settings(), create=True)
        return
    try:
        known = open_store(read_settings())
    except NoCampaign:
        pass
    else:
        yield known
        return
    with TemporaryDirectory(prefix="pucha-") as folder:
        store = open_store(read_settings().model_copy(update={"home": Path(folder), "database_url": None}), create=True)
        yield store
        store.engine.dispose()


def _is_there(settings: Settings) -> bool:
    """False for the database of PUCHA_HOME before the first load."""
    return settings.database_url is not None or (settings.home / "pucha.db").exists()


def _data(store: Store, changes: Changes) -> dict[str, Any]:
    zone = store.plan().zone if changes.moved else None
    moved = (
        {
            **{key: case[key] for key in ("case", "unit", "requirement", "period")},
            "was": iso(moment_at(case["was"], zone)),
            "now": iso(moment_at(case["now"], zone)),
        }
        for case in changes.moved
    )
    return {
        "dry_run": changes.dry_run,
        "plan": changes.plan,
        "units": changes.units,
        "superiors": changes.superiors,
        "contacts": changes.contacts,
        "moved": moved,
        "withdrawn": changes.dropped,
        "departed": [asdict(one) for one in changes.departed],
        "idle_overlays": changes.idle_overlays,
        "remarks": [said.in_language(store.settings.lang) for said in changes.remarks],
    }
