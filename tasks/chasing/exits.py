"""Exits (放行): a person lets an office leave a phase, whatever is still open there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert
from sqlmodel import col, select

from models.moments import micros
from models.rules.oversight.trail_chain import canonical
from models.rules.papers.papers import content_hash
from models.tables import Exit
from models.wording import Refusal, Said
from tasks.audit_trail import records
from tasks.campaign.locks import of_offices
from tasks.campaign.store import Store
from tasks.papers.authority import ActBy, Holder, holders_for
from tasks.papers.codes import CodeSent, ToConfirm, confirm


def sign_exit(store: Store, unit: str, phase: str, by: ActBy) -> ExitSigned | CodeSent:
    """Let `unit` leave `phase` on the word of somebody who may. A second signature replaces nothing."""
    exit_ = _ExitToSign(store, unit, phase, by)
    if store.plan().authority.asks_code("sign-exit"):
        return confirm(store, by, exit_.prepare, exit_.confirmed, [unit])
    with store.writing(of_offices([unit])) as connection:
        return exit_.take(connection)


@dataclass(frozen=True)
class ExitSigned:
    """A signed exit. author: as the contacts name whoever signed."""

    author: str


class _ExitToSign:
    """A phase's exit at a unit that somebody signs."""

    def __init__(self, store: Store, unit: str, phase: str, by: ActBy) -> None:
        self.store, self.unit, self.phase, self.by = store, unit, phase, by
        self.reason = by.with_reason()
        found, office = store.plan().phase(phase), store.unit(unit)
        self.title, self.name = found.title if found else phase, office[1] if office else unit
        self.what = Said(f"{self.name}“{self.title}”的签字放行", f"signing the exit of {unit} from {phase}")

    def prepare(self, connection: Connection) -> ToConfirm:
        holders = self._holders(connection)
        terms = {"act": "sign-exit", "unit": self.unit, "phase": self.phase, "reason": self.reason}
        return ToConfirm(
            act="sign-exit",
            subject=f"{self.unit}/{self.phase}",
            content_hash=content_hash(canonical(terms)),
            number=f"E{self.unit}",
            said=Said(
                f"为{self.name}“{self.title}”签字放行，理由：{self.reason}",
                f"sign the exit of {self.name} from “{self.title}”: {self.reason}",
            ),
            again=f"pucha sign-exit {self.phase} --unit {self.unit} --by {self.by.name.strip()} --reason …",
            holders=holders,
        )

    def confirmed(self, connection: Connection, _asked: ToConfirm, code: Mapping[str, Any]) -> ExitSigned:
        return self.take(connection, str(code["code_hash"]))

    def take(self, connection: Connection, code_hash: str | None = None) -> ExitSigned:
        author = self._holders(connection)[0]["name"]
        values = {"unit": self.unit, "phase": self.phase, "reason": self.reason}
        machine = {"machine_at": micros(self.by.clock)}
        connection.execute(insert(Exit), [{**values, **machine, "author": author, "at": micros(self.by.at)}])
        records.record(connection, "sign-exit", author, {**values, **machine, "code_hash": code_hash}, self.by.at)
        return ExitSigned(author)

    def _holders(self, connection: Connection) -> list[Holder]:
        own = (col(Exit.unit) == self.unit, col(Exit.phase) == self.phase)
        known = connection.execute(select(Exit.author).where(*own)).scalar()
        if known:
            raise Refusal(f"{self.unit} 的该阶段已由{known}签字放行，不必再签", f"{known} has signed that exit already")
        return holders_for(
            connection=connection, store=self.store, act="sign-exit", unit=self.unit, by=self.by, what=self.what
        )
