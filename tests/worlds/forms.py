"""Forms (填报表) in tests: a campaign whose lists they are of, and how one is handed out, filled in and sent back."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from worlds.campaign import Campaign, at
from worlds.workbooks import fill_in

from models.moments import micros
from tasks.campaign.settings import Settings
from tasks.campaign.store import open_store
from tasks.files.opening import open_tables
from tasks.forms.form import Written, make_form
from tasks.intake.intake import take_in
from tasks.intake.receipts import Receipt

HANDED_OUT = "2020-08-10T09:00"


def hand_out(
    campaign: Campaign, *names: str, unit: str = "990101", moment: str = HANDED_OUT, out: str = "表.xlsx"
) -> Path:
    """A form of some registers or phases for an office."""
    written: Written = make_form(campaign.store, names, unit, at(moment), campaign.folder / out)
    return written.file


def send_back(
    campaign: Campaign, file: Path, moment: str, cells: Mapping[str, Mapping[str, object]] | None = None
) -> Receipt:
    """Fill in a form and report it as of a moment."""
    if cells:
        fill_in(file, cells)
    return take_in(campaign.store, file, at(moment), "甲县人普办", at(moment))


def brought_home(campaign: Campaign) -> Campaign:
    """The campaign with its database in the data folder, as a command finds it."""
    campaign.store.engine.dispose()
    kept = campaign.store.engine.url.database
    assert kept is not None
    shutil.copy(kept, campaign.store.home / "pucha.db")
    settings = Settings(home=campaign.store.home, _env_file=None)  # type: ignore[call-arg]
    return Campaign(open_store(settings), settings, campaign.folder)


def header_of(file: Path, sheet: str) -> dict[str, str]:
    """The letter of each column of a sheet by its title."""
    table = next(one for one in open_tables(file) if one.sheet == sheet)
    return {title: letters_of(place) for place, title in enumerate(table.columns)}


def letters_of(place: int) -> str:
    """A for the first column."""
    return chr(ord("A") + place) if place < 26 else "A" + chr(ord("A") + place - 26)


def micros_at(moment: str) -> int:
    return micros(at(moment))


def plain(moment: datetime) -> datetime:
    """A moment as a spreadsheet holds it: of the plan's zone, without one."""
    return moment.replace(tzinfo=None)
