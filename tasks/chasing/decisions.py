"""Decisions of people on cases (签收、延期、豁免) and exits. Each is recorded with its author before it takes effect."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl
from sqlalchemy import Connection, insert, update
from sqlmodel import col, select

from models.calendar.working_time import opening
from models.moments import micros, midnight
from models.personal import kept_words
from models.plan.dates import spoken_day
from models.rules.chasing.policy import Policy, read_policy
from models.tables import Case, Decision, Exit
from models.wording import Refusal, Said
from tasks.audit_trail import records
from tasks.campaign.clock import campaign_clock
from tasks.campaign.store import Store
from tasks.chasing.cases import read_policies
from tasks.delivery.ledger import withdraw_lines
from tasks.papers.drafts import settle_papers


@dataclass(frozen=True)
class Decided:
    """What a decision did. until: microseconds; state: of the case afterwards."""

    until: int | None
    state: str
    said: Said


def decide(
    store: Store, kind: str, case: int, author: str, at: datetime, until: datetime | None, reason: str | None
) -> Decided:
    """Acknowledge, extend or waive an open case. Refusal if there is none, or the new moment makes no sense.

    The decision is recorded at `at` and takes effect at that moment of the campaign, see `tasks.campaign.clock`.
    """
    author, reason = _as_kept(author, reason)
    if not author:
        raise Refusal("请用 --by 注明由谁决定", "say with --by who decides")
    with store.writing() as connection:
        row = connection.execute(select(Case).where(col(Case.id) == case)).mappings().first()
        if row is None:
            raise Refusal(f"没有第 {case} 号催办件，可用 pucha cases 查看", f"there is no case {case}; see pucha cases")
        if row["closed_at"] is not None:
            raise Refusal(f"第 {case} 号催办件已办结，不必再作决定", f"case {case} is closed already")
        clock = campaign_clock(connection, at)
        if kind == "ack" and until is None:
            policy = read_policies(connection, [row["policy"]])[row["policy"]]
            calendar = store.calendar()
            day = calendar.add_working_days(clock.astimezone(policy.zone).date(), 1)
            until = opening(calendar, policy.office_hours, day, policy.zone)
        _check_until(kind, row["due"], clock, until)
        if kind == "ack" and until is not None:
            _check_silence(store, read_policy(row["policy_text"]), clock, until)
        values = {
            "case_id": case,
            "unit": row["unit"],
            "requirement": row["requirement"],
            "period": row["period"],
            "kind": kind,
            "author": author,
            "at": micros(at),
            "machine_at": micros(store.machine(at)),
            "until": micros(until) if until else None,
            "reason": reason,
        }
        connection.execute(insert(Decision), [values])
        decided = _take_effect(connection, kind, case, clock, until)
        settle_papers(connection, store, clock)
        records.record(connection, kind, author, {key: values[key] for key in _AUDITED}, at)
    return decided


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


def _check_silence(store: Store, policy: Policy, at: datetime, until: datetime) -> None:
    """An office that is late may not silence its own case for long: that would be an extension, with an approver."""
    days = store.settings.ack_days
    day = store.calendar().add_working_days(at.astimezone(policy.zone).date(), days)
    latest = midnight(day + timedelta(days=1), policy.zone)
    if until > latest:
        raise Refusal(
            f"签收最多 {days} 个工作日内不再催，--until 最晚为{spoken_day(latest)}；需要更久的请办理延期（pucha extend）",
            f"an acknowledgement is silence for {days} working days at most, until {spoken_day(latest)}; for longer ask for an"
            " extension (pucha extend)",
        )


def _take_effect(connection: Connection, kind: str, case: int, at: datetime, until: datetime | None) -> Decided:
    until_said = spoken_day(until) if until else ""
    if kind == "ack":
        assert until is not None
        connection.execute(update(Case).where(col(Case.id) == case).values(acknowledged_until=micros(until)))
        withdraw_lines(connection, pl.DataFrame({"case": [case], "reason": ["acknowledged"]}), "withdrawn", micros(at))
        said = Said(
            f"第 {case} 号催办件已签收，{until_said} 前不再催；事项仍需办结",
            f"case {case} acknowledged: quiet until {until_said}; it is not done",
        )
        return Decided(micros(until), "acknowledged", said)
    closed_as = {"extend": "extended", "waive": "waived"}[kind]
    connection.execute(
        update(Case).where(col(Case.id) == case).values(closed_at=micros(at), closed_as=closed_as),
    )
    withdraw_lines(connection, pl.DataFrame({"case": [case], "reason": [closed_as]}), "withdrawn", micros(at))
    if kind == "extend":
        said = Said(
            f"第 {case} 号催办件期限延至 {until_said}，未发出的通知已撤回",
            f"case {case} extended to {until_said}; unsent notices are withdrawn",
        )
        return Decided(micros(until) if until else None, "closed", said)
    said = Said(f"第 {case} 号催办件已豁免，未发出的通知已撤回", f"case {case} waived; unsent notices are withdrawn")
    return Decided(None, "closed", said)


def _as_kept(author: str, reason: str | None) -> tuple[str, str | None]:
    """Who decides and why, cleaned. Refusal where either tells of a person who is counted."""
    by = kept_words(author, "决定人姓名", "the name of who decides")
    return by, None if reason is None else kept_words(reason, "理由", "the reason") or None


def sign_exit(store: Store, unit: str, phase: str, author: str, at: datetime, reason: str | None) -> None:
    """Let `unit` leave `phase` on a person's word. A second signature replaces nothing."""
    author, reason = _as_kept(author, reason)
    if not author:
        raise Refusal("请用 --by 注明由谁签字", "say with --by who signs")
    machine = micros(store.machine(at))
    with store.writing() as connection:
        known = connection.execute(select(Exit.author).where(col(Exit.unit) == unit, col(Exit.phase) == phase)).scalar()
        if known:
            raise Refusal(f"{unit} 的该阶段已由{known}签字放行，不必再签", f"{known} has signed that exit already")
        connection.execute(
            insert(Exit),
            [
                {
                    "unit": unit,
                    "phase": phase,
                    "author": author,
                    "at": micros(at),
                    "machine_at": machine,
                    "reason": reason,
                }
            ],
        )
        about = {"unit": unit, "phase": phase, "machine_at": machine, "reason": reason}
        records.record(connection, "sign-exit", author, about, at)
