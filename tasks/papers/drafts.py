"""Making papers when a rung fires that ends in one, and keeping them true until somebody signs.

Both happen in the transaction of the pass, or of the decision, that brings them about.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection, bindparam, insert, text, update
from sqlmodel import col, select

from models.moments import micros, moment_at
from models.plan.row_labels import codes_in, spoken_label
from models.rules.chasing.policy import Policy, read_policy
from models.rules.judging.tree import Ranges
from models.rules.papers.facts import PaperDuty, PaperFacts
from models.rules.papers.papers import content_hash, paper_kind, paper_number, papers_to_make, recipients_of, set_for
from models.tables import Case, Paper, PaperCase
from models.tables import Policy as PolicyRow
from tasks.audit_trail import records
from tasks.campaign.frames import in_ranges, next_ids
from tasks.campaign.offices import names_of
from tasks.campaign.store import Store
from tasks.papers.codes import end_codes
from tasks.papers.signers import addressees
from tasks.papers.wording import Composer

_MANY = 500


def make_papers(connection: Connection, store: Store, lines: pl.DataFrame, pass_id: int, now: datetime) -> pl.DataFrame:
    """Make a paper for each signer, late office and kind among the lines of kind "paper".

    lines: one row for each line that a pass owes (case, no, policy, unit, requirement, period, due, to_unit,
    role, kind, standing, reason_zh, reason_en …). Returns the same with paper_id, null for other lines.
    """
    wanted = lines.filter(pl.col("kind") == "paper")
    if wanted.is_empty():
        return lines.with_columns(paper_id=pl.lit(None, pl.Int64))
    rungs = _rungs(_policies(connection, wanted["policy"].unique().to_list()))
    wanted = wanted.join(rungs, on=["policy", "no"], how="left", maintain_order="left")
    groups = papers_to_make(wanted)
    facts = _facts(connection, store, wanted, groups, now)
    drafts = [
        _Draft(one, {"pass_id": pass_id, "unit": row["unit"], "signer_unit": row["to_unit"]})
        for one, row in zip(facts, groups.iter_rows(named=True), strict=True)
    ]
    numbers = _put(connection, store, drafts, now)
    made = groups.with_columns(paper_id=pl.Series(numbers, dtype=pl.Int64)).explode("cases")
    made = made.select("to_unit", "role", "paper_id", case="cases", kind=pl.lit("paper"))
    return lines.join(made, on=["case", "to_unit", "role", "kind"], how="left", maintain_order="left")


class _Draft:
    """A paper to be written down: its facts, and the columns that they do not give."""

    def __init__(self, facts: PaperFacts, columns: Mapping[str, Any]) -> None:
        self.facts, self.columns = facts, columns


def _put(connection: Connection, store: Store, drafts: Sequence[_Draft], now: datetime) -> list[int]:
    """Write drafts down with their text. Returns their ids."""
    composer = Composer(store)
    rows = []
    for draft in drafts:
        title, content = composer.write(draft.facts)
        rows.append(
            {
                **draft.columns,
                "kind": draft.facts.kind,
                "signer_role": draft.facts.signer_role,
                "state": "draft",
                "made_at": micros(now),
                "title": title,
                "content": content,
                "content_hash": content_hash(content),
                "facts": draft.facts.to_json(),
            }
        )
    first = next_ids(connection, "papers", len(rows))
    ids = list(range(first, first + len(rows)))
    connection.execute(insert(Paper), [{"id": number, **row} for number, row in zip(ids, rows, strict=True)])
    connection.execute(
        insert(PaperCase),
        [
            {"paper_id": number, "case_id": duty.case, "rung_no": duty.rung_no}
            for number, draft in zip(ids, drafts, strict=True)
            for duty in draft.facts.duties
        ],
    )
    abouts = [
        {
            "paper": paper_number(number),
            "kind": row["kind"],
            "unit": row["unit"],
            "content_hash": row["content_hash"],
            "signer": {"unit": row["signer_unit"], "role": row["signer_role"]},
            "instead_of": paper_number(row["instead_of"]) if row.get("instead_of") else None,
        }
        for number, row in zip(ids, rows, strict=True)
    ]
    records.record_all(connection, "paper", records.PUCHA, abouts, now)
    return ids


def _policies(connection: Connection, ids: Sequence[int]) -> dict[int, Policy]:
    known = select(PolicyRow.id, PolicyRow.text).where(col(PolicyRow.id).in_(list(ids)))
    return {row.id: read_policy(row.text) for row in connection.execute(known)}


def _rungs(policies: Mapping[int, Policy]) -> pl.DataFrame:
    """What paper each rung makes: policy, no, paper_kind, recipients (as the ladder names them)."""
    rows = [
        (policy_id, no, paper_kind(rung), list(recipients_of(rung)))
        for policy_id, policy in policies.items()
        for no, rung in enumerate(policy.rungs)
        if rung.makes_paper
    ]
    schema: dict[str, Any] = {
        "policy": pl.Int64,
        "no": pl.Int64,
        "paper_kind": pl.String,
        "recipients": pl.List(pl.String),
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _facts(
    connection: Connection, store: Store, lines: pl.DataFrame, groups: pl.DataFrame, now: datetime
) -> list[PaperFacts]:
    """The facts of each paper in `groups`, in their order."""
    plan = store.plan()
    phases = {phase.id: phase.title for phase in plan.phases}
    requirements = {requirement.key: requirement for requirement in plan.requirements}
    told = _told(connection, lines["case"].unique().to_list())
    over_rows = lines.filter(pl.col("requirement").is_in([one.key for one in plan.requirements if one.each]))
    in_labels = names_of(connection, codes_in(over_rows["period"]))
    duties: dict[int, PaperDuty] = {}
    for row in lines.unique("case", keep="first", maintain_order=True).iter_rows(named=True):
        requirement = requirements.get(row["requirement"])
        duties[row["case"]] = PaperDuty(
            case=row["case"],
            rung_no=row["no"],
            phase=phases.get(row["requirement"].split(".", 1)[0], ""),
            title=requirement.title if requirement else row["requirement"],
            no=requirement.no if requirement else None,
            period=spoken_label(plan, requirement, row["period"], in_labels).in_language(store.settings.lang),
            due=row["due"],
            standing=row["standing"] or "unmet",
            reason_zh=row["reason_zh"] or "",
            reason_en=row["reason_en"] or "",
            source=requirement.source if requirement else None,
            told=tuple(told.get(row["case"], ())),
            by_default=bool(
                requirement and plan.is_default(requirement, row["period"], moment_at(row["due"], plan.zone))
            ),
        )
    aimed = addressees(connection, store, [(r["unit"], tuple(r["recipients"])) for r in groups.iter_rows(named=True)])
    offices = {*groups["unit"], *groups["to_unit"], *(code for one in aimed for code, _ in one)}
    names = names_of(connection, sorted(offices))
    return [
        PaperFacts(
            kind=row["paper_kind"],
            campaign=plan.title,
            as_of=micros(now),
            unit=names.get(row["unit"], row["unit"]),
            signer=names.get(row["to_unit"], row["to_unit"]),
            signer_role=row["role"],
            signer_title=plan.roles.get(row["role"], ""),
            recipients=tuple(row["recipients"]),
            addressees=tuple((names.get(code, code), role) for code, role in to),
            duties=tuple(duties[case] for case in row["cases"]),
            contact=set_for(store.settings.paper_contact, row["to_unit"]) or "",
        )
        for row, to in zip(groups.iter_rows(named=True), aimed, strict=True)
    ]


def _told(connection: Connection, cases: Sequence[int]) -> dict[int, list[int]]:
    """When the late office itself accepted a word about each case, oldest first."""
    query = text(
        "SELECT l.case_id, n.settled_at FROM notice_lines l JOIN notices n ON n.id = l.notice_id"
        " JOIN cases c ON c.id = l.case_id WHERE l.case_id IN :cases AND l.unit = c.unit AND l.state = 'live'"
        " AND n.state = 'accepted' ORDER BY n.settled_at"
    ).bindparams(bindparam("cases", expanding=True))
    told: dict[int, list[int]] = defaultdict(list)
    for part in _parts(sorted(cases)):
        for row in connection.execute(query, {"cases": part}):
            told[row.case_id].append(row.settled_at)
    return told


def _parts(items: Sequence[Any]) -> Iterable[list[Any]]:
    return (list(items[start : start + _MANY]) for start in range(0, len(items), _MANY))


def settle_papers(
    connection: Connection, store: Store, now: datetime, moved: Collection[int] = (), ranges: Ranges | None = None
) -> int:
    """Withdraw drafts whose duties are done, waived, extended or given a new date; returns how many.

    Call it in the transaction that closes the cases, or moves them (`moved`). A draft that still has other
    late duties is replaced by one about those, under a number of its own: nobody signs what is no longer so. ranges: of
    the late offices; None for all.
    """
    gone = _gone(connection, moved, ranges)
    if not gone:
        return 0
    rows = _papers(connection, sorted(gone))
    reasons = {row["id"]: "、".join(dict.fromkeys(gone[row["id"]].values())) for row in rows}
    _withdraw(connection, reasons, now)
    left = [(row, PaperFacts.from_json(row["facts"]).without(gone[row["id"]])) for row in rows]
    again = [
        _Draft(facts, {**{key: row[key] for key in ("pass_id", "unit", "signer_unit")}, "instead_of": row["id"]})
        for row, facts in left
        if facts.duties
    ]
    if again:
        _put(connection, store, again, now)
    return len(gone)


def _withdraw(connection: Connection, reasons: Mapping[int, str], now: datetime) -> None:
    """Take drafts back: {paper: why}."""
    for number, reason in reasons.items():
        withdrawn = {"state": "withdrawn", "settled_at": micros(now), "settled_by": records.PUCHA, "reason": reason}
        connection.execute(update(Paper).where(col(Paper.id) == number).values(**withdrawn))
        end_codes(connection, "sign", paper_number(number))
    abouts = [{"paper": paper_number(number), "reason": reason} for number, reason in reasons.items()]
    records.record_all(connection, "paper-withdrawn", records.PUCHA, abouts, now)


def readdress_papers(
    connection: Connection, store: Store, moves: Mapping[str, Sequence[tuple[str, Mapping[int, int]]]], now: datetime
) -> int:
    """Replace drafts about, or for the signature of, offices whose code or name changed by such as say so; returns how many.

    moves: by the code of before, each code that it became, with the cases that go on under another number there. Call it when
    units and contacts are those of afterwards, and before `settle_papers`: a case that is closed by then goes no further.
    """
    codes = sorted(moves)
    drafts = select(Paper.id).where(col(Paper.state) == "draft")
    ids = {
        number
        for part in _parts(codes)
        for column in (Paper.unit, Paper.signer_unit)
        for number in connection.execute(drafts.where(col(column).in_(part))).scalars()
    }
    rows = _papers(connection, sorted(number for number in ids if number is not None))
    closed = _closed(connection, {duty.case for row in rows for duty in PaperFacts.from_json(row["facts"]).duties})
    again = []
    for row in rows:
        facts = PaperFacts.from_json(row["facts"])
        signer = moves[row["signer_unit"]][0][0] if moves.get(row["signer_unit"]) else row["signer_unit"]
        for unit, cases in moves.get(row["unit"]) or [(row["unit"], {})]:
            duties = tuple(
                replace(duty, case=cases.get(duty.case, duty.case))
                for duty in facts.duties
                if duty.case in cases or duty.case not in closed
            )
            names = names_of(connection, [unit, signer])
            (aimed,) = addressees(connection, store, [(unit, facts.recipients)])
            titles = names_of(connection, [code for code, _ in aimed])
            anew = replace(
                facts,
                unit=names.get(unit, unit),
                signer=names.get(signer, signer),
                addressees=tuple((titles.get(code, code), role) for code, role in aimed),
                duties=duties,
            )
            if duties:
                kept = {"pass_id": row["pass_id"], "unit": unit, "signer_unit": signer, "instead_of": row["id"]}
                again.append(_Draft(anew, kept))
    _withdraw(connection, {row["id"]: "recoded" for row in rows}, now)
    if again:
        _put(connection, store, again, now)
    return len(rows)


def _closed(connection: Connection, cases: Collection[int]) -> set[int]:
    over = select(Case.id).where(col(Case.closed_at).is_not(None))
    found = (connection.execute(over.where(col(Case.id).in_(part))).scalars() for part in _parts(sorted(cases)))
    return {number for part in found for number in part if number is not None}


def _papers(connection: Connection, ids: Sequence[int]) -> list[Mapping[str, Any]]:
    known = select(Paper).order_by(col(Paper.id))
    rows = (connection.execute(known.where(col(Paper.id).in_(part))).mappings() for part in _parts(ids))
    return [dict(row) for found in rows for row in found]


def _gone(connection: Connection, moved: Collection[int], ranges: Ranges | None) -> dict[int, dict[int, str]]:
    """Drafts with cases that they should no longer name: {paper: {case: why}}."""
    found: dict[int, dict[int, str]] = defaultdict(dict)
    drafts = "FROM papers p JOIN paper_cases pc ON pc.paper_id = p.id JOIN cases c ON c.id = pc.case_id WHERE p.state = 'draft'"
    drafts += f" AND {in_ranges('p.unit', ranges)}"
    closed = text(f"SELECT p.id, c.id AS case_id, c.closed_as {drafts} AND c.closed_at IS NOT NULL ORDER BY p.id, c.id")
    for row in connection.execute(closed):
        found[row.id][row.case_id] = row.closed_as or "closed"
    changed = text(f"SELECT p.id, c.id AS case_id {drafts} AND c.id IN :moved").bindparams(
        bindparam("moved", expanding=True)
    )
    for part in _parts(sorted(moved)):
        for row in connection.execute(changed, {"moved": part}):
            found[row.id].setdefault(row.case_id, "moved")
    return found
