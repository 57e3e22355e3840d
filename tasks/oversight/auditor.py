"""The auditor (核查): what should have been owed in a window, worked out from plan, figures, calendar and contacts.

It reads the ledger only to compare. Its success leaves a heartbeat, so that something that is not the watch
notices when the watch is dead; what it found stands in that heartbeat.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import polars as pl

from models.moments import micros, micros_in, moment_at
from models.rules.chasing.fitting import answering
from models.rules.chasing.policy import ROLL_UP, Policy, policy_text, read_policy
from models.rules.chasing.recipients import (
    ADMIN_ROLE,
    addressed,
    governments_of,
    superiors_of,
    targets_of,
    with_persons,
)
from models.rules.oversight import auditing, findings
from models.rules.oversight.auditing import BEFORE, DUTY, LEDGER, SPELL
from models.rules.oversight.findings import Finding
from models.wording import Said
from tasks.audit_trail.retired import horizon, refuse_retired
from tasks.campaign import locks
from tasks.campaign.frames import read_frame
from tasks.campaign.store import Store
from tasks.oversight.ahead import Standing, standing_ahead
from tasks.oversight.heartbeats import AUDIT, beat, last_beat
from tasks.oversight.history import Past
from tasks.oversight.papers import paper_findings
from tasks.oversight.unsent import unsent

GRACE = timedelta(minutes=45)
"""How long the watch may take to see something and to say it: three of its periods."""
_FIRST_WINDOW = timedelta(hours=26)
_LONGEST_WINDOW = timedelta(days=3)
"""An audit of the nation judges it once for every quarter of an hour in which something came in: a second each."""


@dataclass(frozen=True)
class Audited:
    """What an audit of a window found. looks: at how many moments it judged; words: how many it followed.

    ahead: what stands further ahead of the machine's clock than it may.
    """

    since: datetime
    until: datetime
    looks: int
    words: int
    missing: tuple[Finding, ...]
    extra: tuple[Finding, ...]
    late: tuple[Finding, ...]
    ahead: tuple[Standing, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        return (*self.missing, *self.extra, *self.late)

    @property
    def clean(self) -> bool:
        return not self.findings and not self.ahead

    @property
    def counts(self) -> dict[str, int]:
        return {"missing": len(self.missing), "extra": len(self.extra), "late": len(self.late)}

    @property
    def said(self) -> Said:
        """What was found, in a sentence each: about words, and about what stands ahead of the clock."""
        words = self._about_words
        if not self.ahead:
            return words
        zh, en = "；".join(one.said.zh for one in self.ahead), "; ".join(one.said.en for one in self.ahead)
        return Said(
            f"{words.zh}。另有：{zh}（用 pucha clock heal 改回）",
            f"{words.en}. And: {en} (pucha clock heal brings them back)",
        )

    @property
    def _about_words(self) -> Said:
        zh, en = (
            f"{self.since:%m-%d %H:%M} 至 {self.until:%m-%d %H:%M}",
            f"{self.since:%m-%d %H:%M} to {self.until:%m-%d %H:%M}",
        )
        if not self.findings:
            return Said(
                f"已核查 {zh} 的通知台账，与应发通知一致", f"the ledger of {en} holds just what should have been said"
            )
        return Said(
            f"核查 {zh} 的通知台账，有出入：应发未发 {len(self.missing)} 条，多发 {len(self.extra)} 条，迟发 {len(self.late)} 条",
            f"the ledger of {en} differs from what should have been said: {len(self.missing)} missing,"
            f" {len(self.extra)} extra, {len(self.late)} late",
        )


def window(store: Store, now: datetime, grace: timedelta = GRACE) -> tuple[datetime, datetime]:
    """The window that an audit at `now` is about: from where the last one ended to as late as words may yet come.

    After a long time without audits it ends earlier: each takes some days, until they have caught up.
    """
    latest = now - grace
    with store.reading() as connection:
        last, retired = last_beat(connection, AUDIT), horizon(connection)
    if last is None:
        return latest - _FIRST_WINDOW, latest
    since = min(datetime.fromisoformat(last.found["until"]).astimezone(now.tzinfo), latest - grace)
    if retired is not None and retired < micros(latest):  # else nothing is left to audit, and `audit` refuses
        since = max(since, moment_at(retired, now.tzinfo or UTC))
    return since, min(latest, since + _LONGEST_WINDOW)


def audit(
    store: Store, since: datetime, until: datetime, grace: timedelta = GRACE, now: datetime | None = None
) -> Audited:
    """Work out what should have been owed from `since` to `until` and hold the ledger against it.

    A word belongs to the window in which its moment and the grace after it are over, so that audits of
    successive windows ask for each word once. grace: how long the watch may take to see something; at least
    its period. Leaves a heartbeat at `now` (`until` where not given). Refusal for a window whose ledger was retired.
    """
    with store.reading() as connection:
        refuse_retired(connection, micros(since), store.plan().zone)
    audited = replace(_Audit(store, since, until, micros_in(grace)).run(), ahead=standing_ahead(store, now or until))
    found = {
        "since": audited.since.isoformat(),
        "until": audited.until.isoformat(),
        "looks": audited.looks,
        "words": audited.words,
    }
    with store.writing(locks.LEDGER) as connection:
        beat(
            connection, AUDIT, now or until, found | audited.counts | {"ahead": sum(one.count for one in audited.ahead)}
        )
    return audited


class _Audit:
    """One audit: looks in at the moments of the window at which something changed, then asks the ledger."""

    def __init__(self, store: Store, since: datetime, until: datetime, grace: int) -> None:
        self.store, self.since, self.until, self.grace = store, since, until, grace
        self.past = Past(store, since, until)
        further = store.further_superiors()
        self.superiors = superiors_of(self.past.units, further)
        self.governments = governments_of(self.past.units, further)

    def run(self) -> Audited:
        past = self.past
        looks = past.changes(max(self.grace // 3, 1))
        spells = (
            self._spells(looks)
            .with_row_index("spell")
            .with_columns(pl.col("spell").cast(pl.Int64), begins=pl.max_horizontal("start", "chased_from"))
        )
        policies = self._policies(spells)
        rungs = auditing.moments_of(spells, policies, past.calendar)
        ledger = self._ledger()
        # who held a role at some moment that is past, nobody knows: what rests on it cannot be worked out anew
        spells = spells.filter(~pl.col("requirement").is_in(past.counted))
        words = auditing.words_due(
            spells=spells,
            rungs=rungs,
            ledger=ledger,
            acknowledged=past.acknowledged(),
            policies=policies,
            calendar=past.calendar,
            grace=self.grace,
        )
        found = findings.missing_and_late(words, self._reachable(words, policies), past.first, past.last, self.grace)
        on_ladder = ~(pl.col("rung").str.starts_with("paper-") | (pl.col("rung") == ROLL_UP))
        on_ladder &= ~pl.col("requirement").is_in(past.counted)
        of_ladders = on_ladder & pl.col("unit").is_in(past.units["unit"].implode())
        # what an office that came of a merger or a split was told under the old code, or anew, no look of before can explain
        came = past.newcomers.filter(pl.col("made_at") >= past.first)["unit"]
        known = ~pl.col("unit").is_in(came.implode())
        lines = ledger.filter((pl.col("owed") >= past.first) & (pl.col("owed") < past.last) & of_ladders & known)
        found += findings.extra(lines, words, spells, self._offices_above(), self.grace)
        found += paper_findings(self.store, past.first, past.last, self.grace)
        found += self._unsent()
        missing, extra, late = (
            tuple(one for one in found if one.kind == kind) for kind in ("missing", "extra", "late")
        )
        return Audited(
            since=self.since,
            until=self.until,
            looks=len(looks),
            words=words.height,
            missing=missing,
            extra=extra,
            late=late,
        )

    def _spells(self, looks: Sequence[int]) -> pl.DataFrame:
        """Every stretch in which a duty was lacking within the window."""
        ended = [pl.DataFrame(schema=SPELL)]
        going = pl.DataFrame(schema=SPELL)
        existed, before = pl.DataFrame(schema=dict.fromkeys(DUTY[1:], pl.String)), BEFORE
        for at in looks:
            version, _ = self.past.plan_at(at)
            duties, lacking = self.past.judge(at)
            known_from = max(before, self.past.versions[version][0]) if before != BEFORE else BEFORE
            anew = self.past.extended(before, at)
            over, going = auditing.follow(
                open_spells=going,
                lacking=lacking,
                existed=existed,
                anew=anew,
                version=version,
                at=at,
                before=known_from,
            )
            if before == BEFORE:
                going = self._since_when(going)
            ended.append(over)
            existed, before = duties, at
        return pl.concat([*ended, going])

    def _since_when(self, going: pl.DataFrame) -> pl.DataFrame:
        """When what was lacking at the beginning of the window had begun, as the ledger remembers it."""
        over_rows = [one.key for _, plan in self.past.versions for one in plan.requirements if one.each is not None]
        version = pl.col("opened").map_elements(lambda at: self.past.plan_at(at)[0], return_dtype=pl.Int64)
        return (
            going.join(self.past.opened(), on=DUTY, how="left")
            .with_columns(
                start=pl.coalesce("opened", "start"),
                version=pl.coalesce(version, "version"),
                # a case over rows keeps the moment of the rows with which it opened
                due=pl.when(pl.col("requirement").is_in(over_rows)).then(pl.coalesce("held", "due")).otherwise("due"),
            )
            .select(SPELL.names())
        )

    def _policies(self, spells: pl.DataFrame) -> dict[tuple[int, str], Policy]:
        found = {}
        for version, key in spells.select("version", "requirement").unique().iter_rows():
            plan = self.past.versions[version][1]
            requirement = next((one for one in plan.requirements if one.key == key), None)
            if requirement is not None:
                found[version, key] = read_policy(policy_text(plan, requirement))
        return found

    def _ledger(self) -> pl.DataFrame:
        """The lines of the window, and the earlier ones of cases that were open in it."""
        query = (
            "SELECT c.unit, c.requirement, c.period, l.rung, l.unit, l.role, COALESCE(l.owed_at, n.created_at),"
            f" CASE WHEN l.state = 'live' AND n.state = 'accepted' AND l.role <> '{ADMIN_ROLE}' THEN n.settled_at END,"
            f" CASE WHEN l.role = '{ADMIN_ROLE}' THEN COALESCE(l.owed_at, n.created_at) WHEN l.state <> 'live'"
            " THEN l.ended_at WHEN n.state <> 'accepted' THEN n.settled_at END"
            " FROM notice_lines l JOIN cases c ON c.id = l.case_id JOIN notices n ON n.id = l.notice_id"
            f" WHERE COALESCE(l.owed_at, n.created_at) < {self.past.last} AND (c.closed_at IS NULL"
            f" OR c.closed_at >= {self.past.first - self.grace} OR l.owed_at >= {self.past.first}) ORDER BY l.id"
        )
        with self.store.reading() as connection:
            return read_frame(connection, query, dict(LEDGER))

    def _reachable(self, words: pl.DataFrame, policies: Mapping[tuple[int, str], Policy]) -> pl.DataFrame:
        """Rungs of duties for which somebody holds a role today, here or above: DUTY, rung."""
        numbers = {name: number for number, name in enumerate(policies)}
        by_number = {number: policies[name] for name, number in numbers.items()}
        keys = pl.DataFrame(
            [(*name, number) for name, number in numbers.items()],
            schema={"version": pl.Int64, "requirement": pl.String, "policy": pl.Int64},
            orient="row",
        )
        fired = words.select(*DUTY, "rung", "no", "version").unique().join(keys, on=["version", "requirement"])
        aimed = addressed(fired.with_row_index("case"), targets_of(by_number), self.superiors, self.governments)
        contacts = self.store.contacts()
        lines = with_persons(aimed, contacts, self.superiors, answering(contacts, self.past.units))
        return lines.filter(pl.col("role") != ADMIN_ROLE).select(*DUTY, "rung").unique()

    def _offices_above(self) -> pl.DataFrame:
        """Every office that may hear of a unit: itself, those above it on either line, and above those."""
        governments = self.governments.select("unit", office="government")
        direct = self.superiors.select("unit", office="superior")
        own = self.past.chains.select("unit", office="ancestor")
        second = pl.concat([direct, governments]).join(own, left_on="office", right_on="unit", suffix="_above")
        return pl.concat([own, direct, governments, second.select("unit", office="office_above")]).unique()

    def _unsent(self) -> list[Finding]:
        """Words that should have gone out, and that nobody has sent or tried again."""
        with self.store.reading() as connection:
            rows = unsent(connection, self.past.last, self.grace)
        return [
            Finding(
                kind="late",
                unit=r.unit,
                requirement=r.requirement,
                period=r.period,
                rung=r.rung,
                at=r.ready_since,
                why="unsent",
            )
            for r in rows
        ]
