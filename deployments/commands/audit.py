"""pucha audit ledger | verify | export: the ledger of notices held against what was owed, and the audit trail."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deployments.console import (
    AS_JSON,
    AS_OF,
    act_moment,
    answer,
    from_micros,
    iso,
    moment,
    read_settings,
    read_store,
    say,
    table,
    there,
)
from models.wording import Refusal, Said

if TYPE_CHECKING:
    from tasks.campaign.trail_heads import Head

FILE = click.Path(dir_okay=False, path_type=Path)


@click.group()
def audit() -> None:
    """核查通知台账；核验、导出审计记录。 Audit the ledger; verify and export the audit trail."""


@audit.command()
@click.option(
    "--since",
    metavar="T",
    help="从此刻起，默认接着上一次核查。 From this moment; where the last audit ended by default.",
)
@AS_OF
@AS_JSON
def ledger(since: str | None, as_of: str | None, as_json: bool) -> int:
    """核查台账：应发的是否都发了、发对了。 Whether the ledger holds just what should have been said."""
    from tasks.oversight.auditor import audit as hold_against
    from tasks.oversight.auditor import window
    from tasks.oversight.page import HEADINGS, finding_rows

    store = read_store()
    now = act_moment(store, as_of)
    first, last = window(store, now)
    found = hold_against(store, moment(store, since) if since else first, last, now=now)
    if as_json:
        listed = (
            {
                "kind": one.kind,
                "unit": one.unit,
                "requirement": one.requirement,
                "period": one.period or None,
                "rung": one.rung,
                "at": from_micros(store, one.at),
                "reason": one.said.en,
            }
            for one in found.findings
        )
        answer(
            {
                "since": iso(found.since),
                "until": iso(found.until),
                **found.counts,
                "ahead": [one.said.en for one in found.ahead],
                "findings": listed,
            }
        )
    else:
        say(_said(found.said.zh, found.said.en))
        rows = finding_rows(store, found, store.settings.lang)
        if rows:
            table(HEADINGS, rows, store.settings.lang)
    return 0 if found.clean else 1


@audit.command()
@click.option("--file", "file", type=FILE, metavar="F", help="只核验一份导出文件。 Check an export by itself.")
@click.option(
    "--against",
    type=FILE,
    metavar="F",
    help="再与早先的导出文件比对。 Check the trail, and that it still holds an export.",
)
@click.option(
    "--head",
    "heads",
    multiple=True,
    metavar="N:HASH",
    help="再与存证通知中的校验码比对。 Check that the trail still has the head that a message named.",
)
@AS_JSON
def verify(file: Path | None, against: Path | None, heads: tuple[str, ...], as_json: bool) -> int:
    """核验审计记录有无改动、删除、插入或调换。 Find any edit, deletion, insertion or reordering."""
    from tasks.audit_trail.exports import verify_file
    from tasks.audit_trail.records import verify as verify_trail

    if file is not None:
        found = verify_file(there(file))
    else:
        store = read_store()
        found = verify_trail(store, [_head(text) for text in heads])
        if against is not None and found.bad is None:
            compared = verify_file(there(against), store)
            found = compared if not compared.whole else found
    if as_json:
        answer(
            {
                "whole": found.whole,
                "records": found.records,
                "hash": found.head,
                "first_bad": found.bad,
                "findings": [said.en for said in found.findings],
            }
        )
        return 0 if found.whole else 1
    if found.whole:
        say(
            _said(
                f"审计记录 {found.records} 条，完整无改动，末条校验值 {found.head[:16] or '无'}",
                f"{found.records} audit records, whole and unchanged; the last hash is {found.head[:16] or 'none'}",
            )
        )
        return 0
    if found.bad is not None:
        say(
            _said(
                f"审计记录不完整，首个有问题的是第 {found.bad} 条",
                f"the trail is not whole; the first bad record is {found.bad}",
            )
        )
    for said in found.findings:
        say(_said(said.zh, said.en))
    return 1


@audit.command()
@click.option("--since", metavar="T", help="从此刻起，默认从头。 From this moment, the beginning by default.")
@click.option("--until", metavar="T", help="到此刻前，默认到末条。 Up to this moment, the end by default.")
@click.argument("file", type=FILE)
@AS_JSON
def export(since: str | None, until: str | None, file: Path, as_json: bool) -> int:
    """导出审计记录（JSON Lines），可单独核验。 Export the trail as JSON Lines that can be checked by themselves."""
    from tasks.audit_trail.exports import export as export_trail

    store = read_store()
    first = moment(store, since) if since else None
    last = moment(store, until) if until else None
    count = export_trail(store, first, last, file)
    if as_json:
        answer({"file": str(file), "records": count})
    else:
        say(_said(f"已导出 {count} 条到 {file}", f"{count} records exported to {file}"))
    return 0


def _head(text: str) -> Head:
    """A head as the daily message writes it: the number of records and the beginning of the last hash."""
    from tasks.campaign.trail_heads import Head

    number, _, beginning = text.strip().partition(":")
    if not (number.isascii() and number.isdigit() and re.fullmatch(r"[0-9a-f]{16,64}", beginning)):
        raise Refusal(
            f"“{text}”不是校验码，应照存证通知抄写，如 123:0123456789abcdef",
            f"“{text}” is no check; copy it from the message, such as 123:0123456789abcdef",
        )
    return Head(0, int(number), beginning)


def _said(zh: str, en: str) -> str:
    return Said(zh, en).in_language(read_settings().lang)
