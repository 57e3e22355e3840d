"""pucha watch: one pass, or a preview of everything to come."""

from __future__ import annotations

from typing import Any

import click

from deployments.commands.preview import show_preview
from deployments.console import AS_JSON, AS_OF, SIMULATE, UNIT, act_moment, answer, iso, moment, now, read_store, say
from models.units import NATION
from models.wording import Refusal, Said

_PATIENCE_BY_HAND = 5.0
"""Seconds that somebody at a terminal waits for a throttle; the pass that runs by itself waits longer."""


@click.command()
@UNIT
@AS_OF
@SIMULATE
@click.option("--dry-run", is_flag=True, help="只说明会做什么。 Say what would be done, do nothing.")
@click.option(
    "--until",
    metavar="T",
    help="与 --dry-run 同用：预告到 T 为止发出的全部通知。 With --dry-run: everything that would go out up to T.",
)
@click.option(
    "--limit",
    type=click.IntRange(0),
    default=200,
    show_default=True,
    help="预告列多少份，0 为全部。 Notices that a preview lists; 0 for all.",
)
@AS_JSON
def watch(
    unit: str | None,
    as_of: str | None,
    simulate: bool,
    dry_run: bool,
    until: str | None,
    limit: int,
    as_json: bool,
) -> int:
    """巡查一遍：核对、立结催办件、发出通知。 One pass: judge, open and close cases, owe and deliver notices."""
    from tasks.campaign.offices import find_unit
    from tasks.chasing.passes import owe
    from tasks.delivery.deliver import deliver
    from tasks.delivery.passes import Delivered
    from tasks.delivery.share import Share
    from tasks.intake.expected_rows import expect_rows
    from tasks.oversight.heartbeats import note_pass
    from tasks.oversight.machines import note_machine

    if until is not None and not dry_run:
        raise Refusal(
            "--until 只用于预告，请与 --dry-run 同用：pucha watch --dry-run --until T",
            "--until is for a preview and goes with --dry-run: pucha watch --dry-run --until T",
        )
    store = read_store()
    at = moment(store, as_of) if dry_run else act_moment(store, as_of, simulate=simulate)
    scope = find_unit(store, unit) if unit not in (None, NATION) else None
    if until is not None:
        return show_preview(store=store, scope=scope, start=at, until=until, limit=limit, as_json=as_json)
    if not dry_run:
        note_machine(store, at)
        expect_rows(store, scope, at)
    owed = owe(store, scope, at, dry_run)
    by_hand = store.settings.model_copy(update={"send_patience": min(store.settings.send_patience, _PATIENCE_BY_HAND)})
    sent = Delivered() if dry_run else deliver(store, by_hand, now if as_of is None else lambda: at, Share(scope))
    if not dry_run:
        note_pass(store, scope, owed, sent, at)
    data: dict[str, Any] = {
        "as_of": iso(at),
        "judged": owed.judged,
        "opened": owed.opened,
        "closed": owed.closed,
        "owed": owed.owed,
        "held": sent.held,
        "delivered": sent.delivered,
        "failed": sent.failed,
    }
    if dry_run:
        data["dry_run"] = True
        data["lines"] = (
            {
                "to": {"unit": line["to_unit"], "role": line["role"]},
                "unit": line["unit"],
                "requirement": line["requirement"],
                "rung": line["id"],
            }
            for line in owed.lines
        )
    if sent.warnings:
        data["warnings"] = [said.in_language(store.settings.lang) for said in sent.warnings]
    if as_json:
        answer(data)
    else:
        on = f"{at:%Y-%m-%d %H:%M}"
        sentences = (
            Said(
                f"{'演练：' if dry_run else ''}截至 {on} 核对 {owed.judged} 项；新立催办件 {owed.opened} 件，办结 {owed.closed} 件；",
                f"{'rehearsal: ' if dry_run else ''}as of {on}: {owed.judged} duties judged, {owed.opened} cases opened,"
                f" {owed.closed} closed;",
            ),
            Said(
                f"应发通知 {owed.owed} 份；已送达 {sent.delivered} 份，未送达 {sent.failed} 份，待发 {sent.held} 份",
                f"{owed.owed} notices owed, {sent.delivered} delivered, {sent.failed} failed, {sent.held} held",
            ),
        )
        for sentence in sentences:
            say(sentence.in_language(store.settings.lang))
        for said in sent.warnings:
            say(said.in_language(store.settings.lang))
    return 1 if sent.failed or sent.warnings else 0
