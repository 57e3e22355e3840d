"""pucha ack | extend | waive | sign-exit: what people decide."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

import click

from deployments.commands.acting import act_by, code_sent
from deployments.console import AS_JSON, answer, from_micros, read_store, say
from models.moments import read_moment
from models.wording import Said

if TYPE_CHECKING:
    from tasks.campaign.store import Store
    from tasks.papers.authority import ActBy

CASE = click.argument("case", metavar="CASE", type=click.IntRange(1))
BY = click.option(
    "--by", "author", required=True, metavar="NAME", help="有权者姓名，须在联系人中。 A contact who may decide."
)
REASON = click.option("--reason", metavar="R", required=True, help="理由。 Why.")
CODE = click.option(
    "--code", metavar="CODE", help="发到本人渠道的验证码；不给则先发验证码。 The code; without it one is sent."
)
AT = click.option("--as-of", "as_of", metavar="T", help="决定的时刻，默认此刻。 When it was decided, now by default.")


@click.command()
@CASE
@BY
@click.option(
    "--until", metavar="T", help="在此之前不再催，默认一个工作日。 Quiet until then; one working day by default."
)
@click.option("--reason", metavar="R", help="理由。 Why.")
@AT
@AS_JSON
def ack(case: int, author: str, until: str | None, reason: str | None, as_of: str | None, as_json: bool) -> int:
    """签收：暂不再催本单位，但不算办结。 Acknowledge: no repeats to the office itself for a while; it is not done."""
    return _decide("ack", case, _Given(author, reason, None, as_of), until, as_json)


@click.command()
@CASE
@BY
@click.option("--until", required=True, metavar="T", help="新的期限。 The new due moment.")
@REASON
@CODE
@AT
@AS_JSON
def extend(case: int, author: str, until: str, reason: str, code: str | None, as_of: str | None, as_json: bool) -> int:
    """延期：由批准人凭验证码决定新的期限。 Extend: a new due moment, by its approver, with a code."""
    return _decide("extend", case, _Given(author, reason, code, as_of), until, as_json)


@click.command()
@CASE
@BY
@REASON
@CODE
@AT
@AS_JSON
def waive(case: int, author: str, reason: str, code: str | None, as_of: str | None, as_json: bool) -> int:
    """免予办理：由批准人凭验证码决定不再要求。 Waive: no longer required, by its approver, with a code."""
    return _decide("waive", case, _Given(author, reason, code, as_of), None, as_json)


@click.command("sign-exit")
@click.argument("phase")
@click.option("--unit", "unit", required=True, metavar="CODE")
@BY
@REASON
@CODE
@AT
@AS_JSON
def sign_exit(
    phase: str, unit: str, author: str, reason: str, code: str | None, as_of: str | None, as_json: bool
) -> int:
    """签字放行：由负责人凭验证码决定一个单位可以离开一个阶段。 Sign a phase's exit at a unit, with a code."""
    from tasks.campaign.offices import find_phase, find_unit
    from tasks.chasing.exits import sign_exit as sign
    from tasks.papers.codes import CodeSent

    store = read_store()
    unit, phase = find_unit(store, unit), find_phase(store.plan(), phase)
    signed = sign(store, unit, phase, _Given(author, reason, code, as_of).by(store))
    if isinstance(signed, CodeSent):
        return code_sent(store, signed, {"unit": unit, "phase": phase}, as_json)
    if as_json:
        answer({"unit": unit, "phase": phase, "by": signed.author})
        return 0
    known, found = store.unit(unit), store.plan().phase(phase)
    office, title = known[1] if known else unit, found.title if found else phase
    said = Said(
        f"{office}的“{title}”已由{signed.author}签字放行", f"{unit} may leave {phase}, signed by {signed.author}"
    )
    say(said.in_language(store.settings.lang))
    return 0


@dataclass(frozen=True)
class _Given:
    """What the options say of who acts, why and when."""

    author: str
    reason: str | None
    code: str | None
    as_of: str | None

    def by(self, store: Store) -> ActBy:
        return act_by(store, self.author, self.as_of, reason=self.reason, code=self.code)


def _until(store: Store, kind: str, text: str | None) -> datetime | None:
    """The moment after --until. A new due day ends at 24:00, as in a plan."""
    return read_moment(text, store.plan().zone, end_of_day=kind == "extend") if text is not None else None


def _decide(kind: Literal["ack", "extend", "waive"], case: int, given: _Given, until: str | None, as_json: bool) -> int:
    from tasks.chasing.decisions import decide
    from tasks.papers.codes import CodeSent

    store = read_store()
    result = decide(store, kind, case, given.by(store), _until(store, kind, until))
    if isinstance(result, CodeSent):
        return code_sent(store, result, {"case": case, "decision": kind}, as_json)
    if as_json:
        answer(
            {
                "case": case,
                "decision": kind,
                "by": result.author,
                "until": from_micros(store, result.until),
                "state": result.state,
            }
        )
    else:
        say(result.said.in_language(store.settings.lang))
    return 0
