"""Decisions of people on cases (签收、延期、免予办理). Each is recorded with its author before it takes effect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Literal

import polars as pl
from sqlalchemy import Connection, insert, update
from sqlmodel import col, select

from models.calendar.working_time import opening
from models.moments import micros, midnight
from models.plan.dates import spoken_day
from models.plan.model import Act
from models.rules.chasing.policy import Policy
from models.rules.judging.tree import Ranges
from models.rules.oversight.trail_chain import canonical
from models.rules.papers.papers import content_hash
from models.tables import Case, Decision, UnitRow
from models.vocabulary import DECISION
from models.wording import Refusal, Said
from tasks.audit_trail import records
from tasks.campaign.clock import campaign_clock
from tasks.campaign.locks import of_offices
from tasks.campaign.store import Store
from tasks.chasing.cases import read_policies, settle_rungs
from tasks.delivery.taking_back import withdraw_lines
from tasks.papers.authority import ActBy, Holder, holders_for
from tasks.papers.codes import CodeSent, ToConfirm, confirm
from tasks.papers.drafts import settle_papers


@dataclass(frozen=True)
class Decided:
    """What a decision did. until: microseconds; state: of the case afterwards; author: as the contacts name them."""

    until: int | None
    state: str
    said: Said
    author: str = ""


def decide(
    store: Store, kind: Literal["ack", "extend", "waive"], case: int, by: ActBy, until: datetime | None
) -> Decided | CodeSent:
    """Acknowledge, extend or waive an open case, by somebody who may; what binds goes by a one-time code.

    Refusal if there is no such case, the new moment makes no sense, or `by` may not. The decision is recorded
    at `by.at` and takes effect at that moment of the campaign, see `tasks.campaign.clock`.
    """
    decision = _Decision(store, kind, case, by, until)
    if store.plan().authority.asks_code(kind):
        return confirm(store, by, decision.prepare, decision.confirmed, decision.unit)
    with store.writing(of_offices(decision.unit)) as connection:
        return decision.take(connection)


class _Decision:
    """One decision of somebody on a case."""

    def __init__(self, store: Store, kind: Act, case: int, by: ActBy, until: datetime | None) -> None:
        self.store, self.kind, self.case, self.by, self.until = store, kind, case, by, until
        self.reason = None if kind == "ack" and not by.reason else by.with_reason()
        self.what = Said(f"第 {case} 号催办件的{DECISION[kind].zh}", f"to {kind} case {case}")

    @cached_property
    def unit(self) -> list[str]:
        """The office whose case it is; none where there is no such case."""
        with self.store.reading() as connection:
            return list(connection.execute(select(Case.unit).where(col(Case.id) == self.case)).scalars())

    def prepare(self, connection: Connection) -> ToConfirm:
        row, holders, _, until = self._looked_up(connection)
        terms = {"act": self.kind, "case": self.case, "until": micros(until) if until else None, "reason": self.reason}
        name, title = self._named(connection, row)
        zh = f"{DECISION[self.kind].zh}{name}“{title}”" + (f"至 {spoken_day(until)}" if until else "")
        en = f"{self.kind} “{title}” of {name}" + (f" until {spoken_day(until)}" if until else "")
        options = f" --until {until.isoformat()}" if until else ""
        return ToConfirm(
            act=self.kind,
            subject=str(self.case),
            content_hash=content_hash(canonical(terms)),
            number=f"C{self.case:08d}",
            said=Said(
                f"{zh}（第 {self.case} 号催办件），理由：{self.reason}", f"{en} (case {self.case}): {self.reason}"
            ),
            again=f"pucha {self.kind} {self.case} --by {self.by.name.strip()}{options} --reason …",
            holders=holders,
        )

    def confirmed(self, connection: Connection, _asked: ToConfirm, code: Mapping[str, Any]) -> Decided:
        return self.take(connection, str(code["code_hash"]))

    def take(self, connection: Connection, code_hash: str | None = None) -> Decided:
        """Record the decision, and let it take effect. code_hash: of the code that confirmed it."""
        # what the office was told before this it heard then, not now
        settle_rungs(connection, pl.DataFrame({"case": [self.case]}))
        row, holders, clock, until = self._looked_up(connection)
        author = holders[0]["name"]
        values = {
            "case_id": self.case,
            "unit": row["unit"],
            "requirement": row["requirement"],
            "period": row["period"],
            "kind": self.kind,
            "author": author,
            "at": micros(self.by.at),
            "machine_at": micros(self.by.clock),
            "until": micros(until) if until else None,
            "reason": self.reason,
        }
        connection.execute(insert(Decision), [values])
        decided = self._take_effect(connection, row, clock, until)
        settle_papers(connection, self.store, clock, ranges=_own_province(row["unit"]))
        about = {**{key: values[key] for key in _AUDITED}, "code_hash": code_hash}
        records.record(connection, self.kind, author, about, self.by.at)
        return replace(decided, author=author)

    def _looked_up(self, connection: Connection) -> tuple[Mapping[str, Any], list[Holder], datetime, datetime | None]:
        """The case, the contacts of whoever decides, the campaign's clock, and until when."""
        row = connection.execute(select(Case).where(col(Case.id) == self.case)).mappings().first()
        if row is None:
            raise Refusal(
                f"没有第 {self.case} 号催办件，可用 pucha cases 查看", f"there is no case {self.case}; see pucha cases"
            )
        if row["closed_at"] is not None:
            raise Refusal(f"第 {self.case} 号催办件已办结，不必再作决定", f"case {self.case} is closed already")
        holders = holders_for(
            connection=connection, store=self.store, act=self.kind, unit=row["unit"], by=self.by, what=self.what
        )
        clock, until = campaign_clock(connection, self.by.at), self.until
        policy = read_policies(connection, [row["policy"]])[row["policy"]]
        if self.kind == "ack":
            until = self._silence(policy, clock)
        _check_until(self.kind, row["due"], clock, until)
        return dict(row), holders, clock, until

    def _silence(self, policy: Policy, clock: datetime) -> datetime:
        """Until when an acknowledgement stops repeats. Refusal for longer than the office's settings allow."""
        calendar, today = self.store.calendar(), clock.astimezone(policy.zone).date()
        if self.until is None:
            return opening(calendar, policy.office_hours, calendar.add_working_days(today, 1), policy.zone)
        days = self.store.settings.ack_days
        longest = midnight(calendar.add_working_days(today, days) + timedelta(days=1), policy.zone)
        if self.until > longest:
            raise Refusal(
                f"签收最多停催 {days} 个工作日，--until 不得晚于 {spoken_day(longest)}；确需更久请申请延期",
                f"an acknowledgement stops repeats for {days} working days at most: --until may not lie after"
                f" {spoken_day(longest)}; to have more time ask for an extension",
            )
        return self.until

    def _named(self, connection: Connection, row: Mapping[str, Any]) -> tuple[str, str]:
        """The office and the requirement in words."""
        name = connection.execute(select(UnitRow.name).where(col(UnitRow.code) == row["unit"])).scalar()
        found = self.store.plan().find_requirements(row["requirement"])
        return name or row["unit"], found[0].title if found else row["requirement"]

    def _take_effect(
        self, connection: Connection, row: Mapping[str, Any], at: datetime, until: datetime | None
    ) -> Decided:
        if self.kind == "ack":
            assert until is not None
            return _fall_silent(connection, row, at, until)
        return _close(connection, self.case, "extended" if self.kind == "extend" else "waived", at, until)


def _own_province(unit: str) -> Ranges:
    """The codes of an office's province: of the papers of others nothing changes with a case of this one."""
    return ((unit[:2], f"{unit[:2]}z"),)


_AUDITED = ("case_id", "unit", "requirement", "period", "until", "machine_at", "reason")


def _check_until(kind: str, due: int, at: datetime, until: datetime | None) -> None:
    if until is None:
        return
    if until <= at:
        raise Refusal(
            f"--until 应晚于作出决定的时刻（{spoken_day(at)}）",
            f"--until must lie after the decision ({spoken_day(at)})",
        )
    if kind == "extend" and micros(until) <= due:
        raise Refusal(
            "新的期限应晚于原期限；需要提前的请修改方案",
            "the new due moment must be later; to tighten, change the plan",
        )


def _fall_silent(connection: Connection, row: Mapping[str, Any], at: datetime, until: datetime) -> Decided:
    """Repeats to the office itself stop. It has heard of the rung that it was told; nobody else hears later for that."""
    case, rungs = row["id"], read_policies(connection, [row["policy"]])[row["policy"]].rungs
    rung = rungs[row["rung"] : row["rung"] + 1]
    silence = {"acknowledged_until": micros(until), "acknowledged_at": row["acknowledged_at"] or micros(at)}
    if row["rung"] >= 0 and row["rung_settled_at"] is None and not any(r.escalates or r.makes_paper for r in rung):
        silence["rung_settled_at"] = micros(at)
    connection.execute(update(Case).where(col(Case.id) == case).values(**silence))
    told = pl.DataFrame({"case": [case], "reason": ["acknowledged"]})
    withdraw_lines(connection, told, "withdrawn", micros(at), own=True)
    said = Said(
        f"第 {case} 号催办件已签收，{spoken_day(until)} 前不再催本单位；事项仍需办结，上级照常知悉",
        f"case {case} acknowledged: the office itself is left in peace until {spoken_day(until)}; it is not done, and"
        " superiors hear of it as ever",
    )
    return Decided(micros(until), "acknowledged", said)


def _close(connection: Connection, case: int, closed_as: str, at: datetime, until: datetime | None) -> Decided:
    connection.execute(
        update(Case).where(col(Case.id) == case).values(closed_at=micros(at), closed_as=closed_as),
    )
    withdraw_lines(connection, pl.DataFrame({"case": [case], "reason": [closed_as]}), "withdrawn", micros(at))
    if until is not None:
        said = Said(
            f"第 {case} 号催办件期限延至 {spoken_day(until)}，未发出的通知已撤回",
            f"case {case} extended to {spoken_day(until)}; unsent notices are withdrawn",
        )
        return Decided(micros(until), "closed", said)
    said = Said(
        f"第 {case} 号催办件已免予办理，未发出的通知已撤回", f"case {case} waived; unsent notices are withdrawn"
    )
    return Decided(None, "closed", said)
