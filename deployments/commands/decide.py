"""pucha ack | extend | waive | sign-exit: what people decide."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from deployments.console import AS_JSON, act_moment, answer, from_micros, read_store, say
from models.moments import read_moment
from models.wording import Said

if TYPE_CHECKING:
    from tasks.campaign.store import Store

CASE = click.argument("case", metavar="CASE", type=click.IntRange(1))
BY = click.option("--by", "author", required=True, metavar="NAME", help="由谁决定。 Who decides.")
REASON = click.option("--reason", metavar="R", help="理由。 Why.")
AT = click.option("--as-of", "as_of", metavar="T", help="决定的时刻，默认此刻。 When it was decided, now by default.")


@click.command()
@CASE
@BY
@click.option(
    "--until", metavar="T", help="在此之前不再催，默认一个工作日。 Quiet until then; one working day by default."
)
@REASON
@AT
@AS_JSON
def ack(case: int, author: str, until: str | None, reason: str | None, as_of: str | None, as_json: bool) -> int:
    """签收：暂不再催，但不算办结。 Acknowledge: no repeats for a while; it is not done."""
    return _decide(kind="ack", case=case, author=author, until=until, reason=reason, as_of=as_of, as_json=as_json)


@click.command()
@CASE
@BY
@click.option("--until", required=True, metavar="T", help="新的期限。 The new due moment.")
@REASON
@AT
@AS_JSON
def extend(case: int, author: str, until: str, reason: str | None, as_of: str | None, as_json: bool) -> int:
    """延期：由批准人决定新的期限。 Extend: a new due moment, with its approver."""
    return _decide(kind="extend", case=case, author=author, until=until, reason=reason, as_of=as_of, as_json=as_json)


@click.command()
@CASE
@BY
@REASON
@AT
@AS_JSON
def waive(case: int, author: str, reason: str | None, as_of: str | None, as_json: bool) -> int:
    """豁免：不再要求。 Waive: no longer required."""
    return _decide(kind="waive", case=case, author=author, until=None, reason=reason, as_of=as_of, as_json=as_json)


@click.command("sign-exit")
@click.argument("phase")
@click.option("--unit", "unit", required=True, metavar="CODE")
@BY
@REASON
@AT
@AS_JSON
def sign_exit(phase: str, unit: str, author: str, reason: str | None, as_of: str | None, as_json: bool) -> int:
    """签字放行：由负责人决定一个单位可以离开一个阶段。 Sign a phase's exit at a unit."""
    from tasks.campaign.offices import find_phase, find_unit
    from tasks.chasing.decisions import sign_exit as sign

    store = read_store()
    code, name = find_unit(store, unit), find_phase(store.plan(), phase)
    sign(store=store, unit=code, phase=name, author=author, at=act_moment(store, as_of), reason=reason)
    if as_json:
        answer({"unit": code, "phase": name, "by": author.strip()})
        return 0
    known, found = store.unit(code), store.plan().phase(name)
    office, title = known[1] if known else code, found.title if found else name
    said = Said(
        f"{office}的“{title}”已由{author.strip()}签字放行", f"{code} may leave {name}, signed by {author.strip()}"
    )
    say(said.in_language(store.settings.lang))
    return 0


def _until(store: Store, kind: str, text: str | None) -> datetime | None:
    """The moment after --until. A new due day ends at 24:00, as in a plan."""
    return read_moment(text, store.plan().zone, end_of_day=kind == "extend") if text is not None else None


def _decide(
    kind: str, case: int, author: str, until: str | None, reason: str | None, as_of: str | None, as_json: bool
) -> int:
    from tasks.chasing.decisions import decide

    store = read_store()
    at = act_moment(store, as_of)
    result = decide(
        store=store, kind=kind, case=case, author=author, at=at, until=_until(store, kind, until), reason=reason
    )
    if as_json:
        answer(
            {
                "case": case,
                "decision": kind,
                "by": author,
                "until": from_micros(store, result.until),
                "state": result.state,
            }
        )
    else:
        say(result.said.in_language(store.settings.lang))
    return 0
