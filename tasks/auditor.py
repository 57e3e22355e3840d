"""The auditor (核查): what should have been owed in a window, worked out from plan, figures, calendar and contacts.

Its success leaves a heartbeat, so that something that is not the watch notices when the watch is dead.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl
from sqlalchemy import text

from models.plan import Plan, period_around
from models.plan_file import reread
from models.rules import auditing
from models.rules.auditing import BEFORE, DUTY, LEDGER, SPELL, Finding
from models.rules.inhibition import answered_below, late_below
from models.rules.judging import judge, micros, with_decisions
from models.rules.policy import Policy, policy_text, read_policy
from models.rules.recipients import addressed, governments_of, superiors_of, targets_of, with_persons
from models.rules.tree import above, covered
from models.rules.working_time import Calendar
from models.tables import Heartbeat
from models.wording import Said
from tasks.bulk import read_frame
from tasks.store import Store, last_of_each

AUDIT = "audit"


@dataclass(frozen=True)
class AuditReport:
    """What an audit of a window found. looks: at how many moments it judged; words: how many it asked for."""

    since: datetime
    until: datetime
    looks: int
    words: int
    missing: tuple[Finding, ...]
    extra: tuple[Finding, ...]
    late: tuple[Finding, ...]

    @property
    def clean(self) -> bool:
        return not (self.missing or self.extra or self.late)

    @property
    def said(self) -> Said:
        return Said(
            f"核查 {self.since:%m-%d %H:%M} 至 {self.until:%m-%d %H:%M}：应发未发 {len(self.missing)}，多发 {len(self.extra)}，迟发 {len(self.late)}",
            f"audit of {self.since:%m-%d %H:%M} to {self.until:%m-%d %H:%M}: {len(self.missing)} missing, {len(self.extra)} extra,"
            f" {len(self.late)} late",
        )


def audit(store: Store, since: datetime, until: datetime, grace: timedelta = timedelta(minutes=45)) -> AuditReport:
    """Work out what should have been owed from `since` to `until` and hold the ledger against it.

    grace: how long the watch may take to see something; at least its period. Writes the heartbeat.
    """
    slack = round(grace.total_seconds() * 1_000_000)
    found = _Audit(store, since, until, slack).run()
    with store.writing() as connection:
        told = {"since": found.since.isoformat(), "until": found.until.isoformat(), "looks": found.looks, "words": found.words,
                "missing": len(found.missing), "extra": len(found.extra), "late": len(found.late)}  # fmt: skip
        beat(connection, AUDIT, until, told)
    return found


def beat(connection: Any, name: str, at: datetime, told: dict[str, Any]) -> None:
    """Leave word that something ended well."""
    connection.execute(text("DELETE FROM heartbeats WHERE name = :name"), {"name": name})
    connection.execute(
        text(f"INSERT INTO {Heartbeat.__tablename__} (name, at, told) VALUES (:name, :at, :told)"),
        {"name": name, "at": micros(at), "told": json.dumps(told, ensure_ascii=False)},
    )


class _Audit:
    """One audit: looks at the window's turning points, then asks the ledger."""

    def __init__(self, store: Store, since: datetime, until: datetime, grace: int) -> None:
        self.store, self.since, self.until, self.grace = store, since, until, grace
        self.calendar: Calendar = store.calendar()
        self.units = store.units()
        self.chains = above(self.units)
        self.versions = self._read_versions()
        self.readings = self._read_readings()
        self.decisions = self._read_decisions()

    def run(self) -> AuditReport:
        looks = self._looks()
        spells = self._spells(looks).with_row_index("spell").with_columns(
            pl.col("spell").cast(pl.Int64), begins=pl.max_horizontal("start", "chased_from")
        )  # fmt: skip
        policies = self._policies(spells)
        rungs = auditing.moments_of(spells, policies, self.calendar)
        ledger = self._ledger()
        acknowledged = self.decisions.filter(pl.col("kind") == "ack").select(*DUTY, "at", "until")
        words = auditing.words_due(spells, rungs, ledger, acknowledged, policies, self.calendar, self.grace)
        first, last = micros(self.since), micros(self.until)
        found = auditing.missing_and_late(words, self._reachable(words, policies), first, last, self.grace)
        lines = ledger.filter(
            (pl.col("owed") >= first) & (pl.col("owed") < last) & ~pl.col("rung").str.starts_with("paper-")
        )
        found += auditing.extra(lines, words, spells, self._offices_above(), self.grace)
        found += self._unsent(last)
        return AuditReport(
            self.since, self.until, len(looks), words.height,
            *(tuple(one for one in found if one.kind == kind) for kind in ("missing", "extra", "late")),
        )  # fmt: skip

    def _read_versions(self) -> list[tuple[int, Plan]]:
        """Every plan that was in force in the window, with the moment from which it was."""
        with self.store.reading() as connection:
            rows = connection.execute(text("SELECT sources, loaded_at FROM plan_versions ORDER BY id")).all()
            leaves = json.loads(connection.execute(text("SELECT leaves FROM campaign")).scalar_one())
        current = self.store.plan()
        found = []
        for place, row in enumerate(rows):
            if place == len(rows) - 1:
                found.append((int(row.loaded_at), current))
            elif rows[place + 1].loaded_at > micros(self.since):
                sources = [(item["name"], item["text"]) for item in json.loads(row.sources)]
                names = [name for name, _ in sources]
                found.append(
                    (int(row.loaded_at), reread(sources, [leaf for leaf in leaves if leaf in names] or names[-1:]))
                )
        return found

    def _read_readings(self) -> pl.DataFrame:
        """Everything reported up to the end of the window, with the moment from which it was known."""
        schema = {"indicator": pl.String, "unit": pl.String, "value": pl.Float64, "reported": pl.Int64,
                  "expected": pl.Int64, "as_of": pl.Int64, "batch": pl.Int64, "known": pl.Int64}  # fmt: skip
        query = (
            "SELECT r.indicator, r.unit, r.value, r.reported, r.expected, r.as_of, r.batch,"
            " CASE WHEN b.received_at > r.as_of THEN b.received_at ELSE r.as_of END"
            f" FROM readings r LEFT JOIN batches b ON b.id = r.batch WHERE r.as_of <= {micros(self.until)}"
            " ORDER BY r.indicator, r.unit, r.as_of, r.batch"
        )
        with self.store.reading() as connection:
            return read_frame(connection, query, schema)

    def _read_decisions(self) -> pl.DataFrame:
        schema = {**dict.fromkeys(DUTY, pl.String), "kind": pl.String, "at": pl.Int64, "until": pl.Int64}
        return self.store.frame("SELECT unit, requirement, period, kind, at, until FROM decisions ORDER BY id", schema)

    def _looks(self) -> list[int]:
        """Moments between which nothing changed, but for what changed within a third of the grace."""
        first, last = micros(self.since), micros(self.until)
        known = self.readings["known"]
        turns = {first, last, *known.filter((known > first) & (known < last)).unique()}
        turns |= {at for at in self.decisions["at"] if first < at < last}
        turns |= {at for at, _ in self.versions if first < at < last}
        turns |= set(self._midnights(first, last))
        step = max(self.grace // 3, 1)
        kept: list[int] = []
        for at in sorted(turns):
            bucket = min(first + -(-(at - first) // step) * step, last)
            if not kept or kept[-1] != bucket:
                kept.append(bucket)
        return kept

    def _midnights(self, first: int, last: int) -> Iterator[int]:
        """When periods of periodic requirements begin."""
        plan = self.versions[-1][1]
        for every in sorted({r.every for r in plan.requirements if r.every}):
            period = period_around(self.since, every, plan.zone)
            while micros(period.ends) < last:
                if micros(period.ends) > first:
                    yield micros(period.ends)
                period = period_around(period.ends, every, plan.zone)

    def _spells(self, looks: Sequence[int]) -> pl.DataFrame:
        """Every stretch in which a duty was lacking within the window."""
        ended = [pl.DataFrame(schema=SPELL)]
        going = pl.DataFrame(schema=SPELL)
        existed, before = pl.DataFrame(schema=dict.fromkeys(DUTY, pl.String)), BEFORE
        for at in looks:
            version, plan = self._plan_at(at)
            duties, lacking = self._judge(plan, at)
            anew = self.decisions.filter(
                (pl.col("kind") == "extend") & (pl.col("at") > before) & (pl.col("at") <= at)
            ).select(DUTY)
            over, going = auditing.follow(going, lacking, existed, anew, version, at, before)
            if before == BEFORE:
                going = self._since_when(going)
            ended.append(over)
            existed, before = duties, at
        return pl.concat([*ended, going])

    def _since_when(self, going: pl.DataFrame) -> pl.DataFrame:
        """When what was lacking at the beginning of the window had begun, as the ledger remembers it."""
        schema = {**dict.fromkeys(DUTY, pl.String), "opened": pl.Int64}
        first = micros(self.since)
        query = (
            "SELECT unit, requirement, period, opened_at FROM cases WHERE opened_at <= :first"
            " AND (closed_at IS NULL OR closed_at > :first) ORDER BY id"
        )
        opened = self.store.frame(query, schema, first=first).unique(DUTY, keep="last")
        version = pl.col("opened").map_elements(lambda at: self._plan_at(at)[0], return_dtype=pl.Int64)
        return (
            going.join(opened, on=DUTY, how="left")
            .with_columns(start=pl.coalesce("opened", "start"), version=pl.coalesce(version, "version"))
            .select(SPELL.names())
        )

    def _plan_at(self, at: int) -> tuple[int, Plan]:
        place = max((n for n, (loaded, _) in enumerate(self.versions) if loaded <= at), default=0)
        return place, self.versions[place][1]

    def _judge(self, plan: Plan, at: int) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Every duty that existed at `at`, and those of them that were not met on what was known then."""
        now = datetime.fromtimestamp(at / 1_000_000, plan.zone)
        known = self.readings.filter((pl.col("known") <= at) & (pl.col("as_of") <= at)).drop("known", "batch")

        def readings_of(period: Any) -> pl.DataFrame:
            if period is None:
                return last_of_each(known)
            inside = (pl.col("as_of") >= micros(period.starts)) & (pl.col("as_of") < micros(period.ends))
            return last_of_each(known.filter(inside))

        scopes = {unit: covered(self.units, unit) for unit in plan.overlay_units}
        judged = judge(plan, self.units, self.chains, readings_of, self.calendar, now, None, scopes).verdicts
        decided = self.decisions.filter((pl.col("at") <= at) & pl.col("kind").is_in(["waive", "extend"]))
        decisions = decided.group_by(DUTY, maintain_order=True).agg(
            waived=(pl.col("kind") == "waive").any(),
            extended_to=pl.col("until").filter(pl.col("kind") == "extend").last(),
        )
        verdicts = with_decisions(judged, decisions, plan, self.calendar)
        chased = [place for place, requirement in enumerate(plan.requirements) if requirement.ladder]
        duties = verdicts.filter(pl.col("place").is_in(chased))
        lacking = duties.filter((pl.col("standing") != "met") & ~pl.col("waived")).select(
            "unit",
            pl.col("requirement").cast(pl.String),
            "period",
            "due",
            chased_from=pl.min_horizontal("due", "warns"),
        )
        waits = late_below(answered_below(plan), verdicts, lacking, self.chains, at)
        lacking = lacking.join(waits, on=DUTY, how="left")
        return duties.select("unit", pl.col("requirement").cast(pl.String), "period"), lacking

    def _policies(self, spells: pl.DataFrame) -> dict[tuple[int, str], Policy]:
        found = {}
        for version, key in spells.select("version", "requirement").unique().iter_rows():
            plan = self.versions[version][1]
            requirement = next((one for one in plan.requirements if one.key == key), None)
            if requirement is not None:
                found[version, key] = read_policy(policy_text(plan, requirement))
        return found

    def _ledger(self) -> pl.DataFrame:
        """Every line ever owed, as the ledger has it."""
        query = (
            "SELECT c.unit, c.requirement, c.period, l.rung, l.unit, l.role, COALESCE(l.owed_at, n.created_at),"
            " CASE WHEN l.state = 'live' AND n.state = 'accepted' AND l.role <> 'admin' THEN n.settled_at END,"
            " CASE WHEN l.state <> 'live' THEN l.ended_at WHEN n.state <> 'accepted' OR l.role = 'admin' THEN n.settled_at END"
            " FROM notice_lines l JOIN cases c ON c.id = l.case_id JOIN notices n ON n.id = l.notice_id"
            f" WHERE n.created_at < {micros(self.until)} ORDER BY l.id"
        )
        with self.store.reading() as connection:
            return read_frame(connection, query, dict(LEDGER))

    def _reachable(self, words: pl.DataFrame, policies: dict[tuple[int, str], Policy]) -> pl.DataFrame:
        """Rungs of duties for which somebody holds a role today, here or above."""
        numbers = {name: number for number, name in enumerate(policies)}
        by_number = {number: policies[name] for name, number in numbers.items()}
        keys = pl.DataFrame(
            [(*name, number) for name, number in numbers.items()],
            schema={"version": pl.Int64, "requirement": pl.String, "policy": pl.Int64}, orient="row",
        )  # fmt: skip
        fired = words.select(*DUTY, "rung", "no", "version").unique().join(keys, on=["version", "requirement"])
        fired = fired.with_row_index("case")
        further = self.store.further_superiors()
        superiors, governments = superiors_of(self.units, further), governments_of(self.units, further)
        lines = with_persons(
            addressed(fired, targets_of(by_number), superiors, governments), self.store.contacts(), superiors
        )
        return lines.filter(pl.col("role") != "admin").select(*DUTY, "rung").unique()

    def _offices_above(self) -> pl.DataFrame:
        """Every office that may hear of a unit: itself, those above it on either line, and above those."""
        further = self.store.further_superiors()
        governments = governments_of(self.units, further).select("unit", office="government")
        direct = superiors_of(self.units, further).select("unit", office="superior")
        own = self.chains.select("unit", office="ancestor")
        beside = pl.concat([direct, governments]).join(own, left_on="office", right_on="unit", suffix="_above")
        return pl.concat([own, direct, governments, beside.select("unit", office="office_above")]).unique()

    def _unsent(self, last: int) -> list[Finding]:
        """Words that should have gone out and that nobody has tried to send."""
        query = (
            "SELECT c.unit, c.requirement, c.period, l.rung, n.not_before FROM notices n JOIN notice_lines l ON l.notice_id = n.id"
            " JOIN cases c ON c.id = l.case_id WHERE n.state IN ('planned', 'held') AND n.attempts = 0 AND l.state = 'live'"
            " AND n.not_before + :grace <= :last AND n.created_at < :last ORDER BY l.id"
        )
        with self.store.reading() as connection:
            rows = connection.execute(text(query), {"grace": self.grace, "last": last}).all()
        return [Finding("late", r.unit, r.requirement, r.period, r.rung, r.not_before, "unsent") for r in rows]
