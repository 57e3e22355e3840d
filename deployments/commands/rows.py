"""pucha rows: the rows of a register as they hold, how one came to its state, and which registers there are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

import click

from deployments.commands.row_tables import show_history, show_registers, show_rows
from deployments.console import AS_JSON, AS_OF, UNIT, answer, from_micros, moment, read_store, say
from models.wording import Refusal, Said

if TYPE_CHECKING:
    from models.plan.lists import Register
    from tasks.campaign.store import Store
    from tasks.registers.lists import Change, Kept

_MOST = 200
"""Rows that are listed unless `--limit` says otherwise."""


class _Asked(TypedDict):
    unit: str | None
    where: str | None
    history: str | None
    limit: int | None
    out: Path | None


@click.command()
@click.argument("register", required=False)
@UNIT
@click.option("--where", metavar="EXPR", help="只列合条件的行。 Only rows for which an expression holds.")
@AS_OF
@click.option("--history", metavar="KEY", help="一行的来历：谁在何时报了什么。 Who said what of one row, and when.")
@click.option(
    "--limit",
    type=click.IntRange(0),
    help="列多少行，默认 200，0 为全部；写文件时默认全部。 How many rows; 0 for all, as --out does by default.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="写成 .xlsx、.csv 或 .parquet，改后可原样再报。 Write a file that can be reported again.",
)
@AS_JSON
def rows(register: str | None, as_of: str | None, *, as_json: bool, **asked: Unpack[_Asked]) -> int:
    """列出登记册的行；不写 REGISTER 则列出全部登记册。 The rows of a register as they hold; without REGISTER, the registers."""
    from models.rules.intake.which_register import register_called

    store = read_store()
    at = moment(store, as_of)
    if register is None:
        _check_alone(asked)
        return _registers(store, at, asked["unit"], as_json)
    found = register_called(register, store.plan())
    if asked["history"] is not None:
        _check_history(asked)
        return _history(store, found, at, asked, as_json)
    return _rows(store, found, at, asked, as_json)


def _given(asked: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    """The first of these options that was given."""
    return next((f"--{name}" for name in names if asked[name] is not None), None)


def _check_alone(asked: _Asked) -> None:
    """Refusal for an option that needs a register."""
    name = _given(asked, ("where", "history", "limit", "out"))
    if name is not None:
        raise Refusal(
            f"{name} 须写明是哪一本登记册，如 pucha rows problems {name} …；有哪些登记册见 pucha rows",
            f"{name} needs a register, such as pucha rows problems {name} …; pucha rows lists them",
        )


def _check_history(asked: _Asked) -> None:
    """Refusal for an option that the history of one row does not know."""
    name = _given(asked, ("where", "limit", "out"))
    if name is not None:
        raise Refusal(f"--history 不能与 {name} 同用", f"--history does not go with {name}")


def _registers(store: Store, at: datetime, unit: str | None, as_json: bool) -> int:
    from tasks.registers.lists import list_registers

    kept = list_registers(store, at, unit)
    if as_json:
        answer([_register_data(store, one) for one in kept])
    else:
        show_registers(store, kept)
    return 0


def _register_data(store: Store, one: Kept) -> dict[str, Any]:
    return {
        "register": one.register.id,
        "title": one.register.title,
        "kept_by": list(one.register.kept_by),
        "on_occasion": one.register.on_occasion,
        "rows": one.rows,
        "keepers": one.keepers,
        "reported": one.reported,
        "as_of": from_micros(store, one.as_of),
    }


def _rows(store: Store, register: Register, at: datetime, asked: _Asked, as_json: bool) -> int:
    from models.rules.registers.shown import in_json, shown_rows
    from tasks.registers.lists import list_rows
    from tasks.registers.written import check_name

    out, limit = asked["out"], asked["limit"]
    if out is not None:
        check_name(out)
    limit = (_MOST if out is None else 0) if limit is None else limit
    listed = list_rows(store, register, at, asked["unit"], asked["where"])
    shown = listed.rows.head(limit) if limit else listed.rows
    if out is not None:
        from tasks.registers.written import write_rows

        write_rows(out, shown, register, store.plan())
        if as_json:
            answer({"file": str(out), "rows": shown.height})
        else:
            written = Said(f"{shown.height} 行已写入 {out}", f"{shown.height} rows written to {out}")
            say(written.in_language(store.settings.lang))
    elif as_json:
        each = shown_rows(shown, register, store.zone)
        answer(in_json(row, store.zone) for row in each)
    else:
        show_rows(store, listed, shown, at)
    return 0


def _history(store: Store, register: Register, at: datetime, asked: _Asked, as_json: bool) -> int:
    from tasks.registers.lists import changes_of

    key = asked["history"] or ""
    changes = changes_of(store, register, key, asked["unit"], at)
    if as_json:
        answer([_change_data(store, one) for one in changes])
    else:
        show_history(store, register, key, changes)
    return 0


def _change_data(store: Store, one: Change) -> dict[str, Any]:
    at = from_micros(store, one.as_of)
    data = {"as_of": at, "by": one.by, "batch": one.batch, "was": one.was, "now": one.now}
    return {**data, "hidden": True} if one.hidden else data
