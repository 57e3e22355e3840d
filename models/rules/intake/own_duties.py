"""Nobody ends his own duty with a report (不得自行了结): what its keeper may not do to a row that he owes.

A row that its keeper owes by a requirement may not be given a later due moment, nor another value of the column by which
duties are told apart, nor another ower; and it may not be withdrawn while it is overdue or in an open case. That is an
extension or a waiver, and somebody else's to give.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import polars as pl

from models.moments import micros
from models.plan.lists import Each, Register
from models.plan.model import Requirement
from models.rules.intake.figures import same_fault
from models.rules.intake.gathering import TAKEN_ROW
from models.rules.intake.report_columns import ROW
from models.rules.intake.report_units import FAULTS
from models.rules.intake.row_faults import Held
from models.rules.registers.duties import DUE, LABEL, MET, OWER, VALUE, judge_rows
from models.rules.registers.frames import CODE, EMPTIED, NIL, WITHDRAWN, rows_schema
from models.rules.registers.keys import KEEPER, identity, keeper_digits
from models.rules.registers.known import Known
from models.rules.registers.offices import LEVEL, OFFICE, UNIT_KIND

_FOR_GOOD = 2**62


def own_duty_faults(taken: pl.DataFrame, held: Held) -> pl.DataFrame:
    """Why rows are refused that would end what their keeper owes: FAULTS. taken: as for `row_faults`."""
    by = identity(held.register)
    found = [pl.DataFrame(schema=FAULTS)]
    if held.living.is_empty():
        return found[0]
    given = taken.filter(~pl.col(NIL) & ~pl.col(WITHDRAWN))
    for requirement, each in _asking(held):
        touching = given.filter(_touches(each, held.register))
        mine = held.living.join(touching.select(by), on=by, how="semi")
        if mine.height:
            found += _changed(held.after_it(taken), mine, requirement, each, held)
    gone = taken.filter(WITHDRAWN)
    if gone.height:
        found.append(_withdrawn(gone, protected(held.living.join(gone.select(by), on=by, how="semi"), held)))
    return pl.concat([one.cast(FAULTS) for one in found])


def _touches(each: Each, register: Register) -> pl.Expr:
    """True for rows that give, or empty, a cell on which it rests when a duty is due, which one it is, or whose."""
    behind: set[str] = set()
    left = [name for name in (each.due, each.by, each.owed_by) if name is not None]
    while left:
        name = left.pop()
        column = register.columns.get(name)
        if name not in behind and column is not None and column.computed is not None:
            left += column.computed.names
        behind.add(name)
    by = identity(register)
    if "changed" in behind or (CODE in behind and CODE not in by) or not behind.isdisjoint((OFFICE, LEVEL, UNIT_KIND)):
        return pl.lit(True)
    names = [name for name in behind if name in register.columns and name not in by]
    cells = [pl.col(name).is_not_null() for name in names if register.columns[name].computed is None]
    dashed = pl.col(EMPTIED).list.eval(pl.element().is_in(names)).list.any().fill_null(False)
    return pl.any_horizontal(pl.lit(False), *cells, dashed)


def protected(rows: pl.DataFrame, held: Held) -> pl.DataFrame:
    """Those of some living rows that are overdue or in an open case, and owed by their keepers: the columns that name one,
    overdue, title (of the requirement), once for each requirement."""
    by = identity(held.register)
    found = [
        pl.DataFrame(schema={**{name: rows.schema[name] for name in by}, "overdue": pl.Boolean, "title": pl.String})
    ]
    for requirement, _ in _asking(held):
        owed = _owed(rows, requirement, held)
        cases = held.cases.filter(pl.col("requirement") == requirement.key).select("unit", "period", open=pl.lit(True))
        late = owed.join(cases, left_on=[OWER, LABEL], right_on=["unit", "period"], how="left")
        overdue = (~pl.col(MET) & (pl.col(DUE) <= micros(held.as_of))).fill_null(False)
        late = late.filter(overdue | pl.col("open").fill_null(False))
        found.append(late.select(*by, overdue=overdue, title=pl.lit(requirement.title)))
    return pl.concat(found).unique([*by, "title"], keep="first", maintain_order=True)


def _asking(held: Held) -> Iterator[tuple[Requirement, Each]]:
    """The requirements whose duties are rows of the register."""
    for requirement in held.plan.requirements:
        each = requirement.each
        if each is not None and each.register == held.register.id:
            yield requirement, each


def _owed(rows: pl.DataFrame, requirement: Requirement, held: Held) -> pl.DataFrame:
    """The rows that their own keepers owe by a requirement, with OWER, VALUE, LABEL, MET and DUE."""
    judged = _judged(rows, requirement, held)
    return judged.filter(pl.col(OWER) == pl.col(OFFICE))


def _judged(rows: pl.DataFrame, requirement: Requirement, held: Held) -> pl.DataFrame:
    """Rows (`with_offices`) that a requirement selects, with OWER, VALUE, LABEL, MET, DUE and KEEPER."""
    judged = judge_rows(
        rows=rows.select(*rows_schema(held.register).names(), OFFICE, LEVEL, UNIT_KIND),
        requirement=requirement,
        plan=held.plan,
        units=held.units,
        chains=held.chains,
        now=held.as_of,
        known=Known(covered_by=held.covered_by, affiliation=held.affiliation),
    )
    return judged.rows.with_columns(keeper_digits(held.register).alias(KEEPER))


def _changed(
    after: pl.DataFrame, mine: pl.DataFrame, requirement: Requirement, each: Each, held: Held
) -> Iterator[pl.DataFrame]:
    """Rows that a report gives a later due moment, another value to be told apart by, or another ower. after: `held.after_it`;
    mine: those that hold and are touched."""
    by = identity(held.register)
    before = _owed(mine, requirement, held)
    after = after.join(before.select(by), on=by, how="semi", maintain_order="left")
    # where it selects a row no more its duty is over; but it may not come back with another day
    anyway = replace(requirement, each=replace(each, where=None))
    judged = _judged(after, anyway, held)
    numbered = after.select(*by, pl.col(TAKEN_ROW))
    column = held.register.columns.get(each.by or "")
    several = column is not None and column.several
    was = _of_each(before, by, pl.col(DUE).min(), several).rename(
        {name: f"{name}_was" for name in ("due", "value", "ower")}
    )
    now = _of_each(judged, by, pl.col(DUE).max(), several)
    both = numbered.join(was, on=by).join(now, on=by, how="left")
    never = pl.lit(_FOR_GOOD)
    later = both.filter(pl.col("due").fill_null(never) > pl.col("due_was").fill_null(never))
    title = requirement.title
    yield same_fault(
        later[TAKEN_ROW],
        f"“{title}”由本单位负责，{_due_called(each, held)}不得自行推后；确需延期的，请报上级按延期办理",
        f"“{title}” is this office's own duty: its due date may not be put off by a report; ask for an extension",
    )
    if each.by is not None:
        other = both.filter(pl.col("value") != pl.col("value_was"))
        yield same_fault(
            other[TAKEN_ROW],
            f"“{title}”由本单位负责，并按“{_called(each.by, held)}”分别催办，该栏不得自行改动；确有错误的，请报上级处理",
            f"“{title}” is this office's own duty and told apart by {each.by}, which may not be changed by a report; ask the"
            " superior",
        )
    if each.owed_by is not None:
        other = both.filter(pl.col("ower") != pl.col("ower_was"))
        yield same_fault(
            other[TAKEN_ROW],
            f"“{title}”由本单位负责，“{_called(each.owed_by, held)}”不得自行改为别的单位；确需免办的，请报上级按豁免办理",
            f"“{title}” is this office's own duty, which may not be put on another by a report; ask for a waiver",
        )


def _of_each(judged: pl.DataFrame, by: Sequence[str], due: pl.Expr, several: bool) -> pl.DataFrame:
    """Of each row its due moment, its value and its ower. several: whether a row is there once for each of its values."""
    if not several:
        return judged.select(*by, due=DUE, value=VALUE, ower=OWER)
    return judged.group_by(by).agg(due=due, value=pl.col(VALUE).sort(), ower=pl.col(OWER).first())


def _due_called(each: Each, held: Held) -> str:
    """The column that a row says its due day in, by its title; of one that is worked out no cell is to be looked at."""
    column = held.register.columns.get(each.due or "")
    return "办理期限" if column is None or column.computed is not None else f"“{column.title}”"


def _called(name: str, held: Held) -> str:
    column = held.register.columns.get(name)
    return name if column is None else column.title


def _withdrawn(gone: pl.DataFrame, late: pl.DataFrame) -> pl.DataFrame:
    by = [name for name in late.columns if name not in ("overdue", "title")]
    return gone.join(late, on=by).select(
        pl.col(TAKEN_ROW).alias(ROW),
        zh=pl.format(
            "“{}”由本单位负责，本行{}，不得自行撤销；确需免办的，请报上级按豁免办理",
            "title",
            pl.when("overdue").then(pl.lit("已逾期")).otherwise(pl.lit("正在催办")),
        ),
        en=pl.format(
            "“{}” is this office's own duty and the row is {}: it may not be withdrawn by a report; ask for a waiver",
            "title",
            pl.when("overdue").then(pl.lit("overdue")).otherwise(pl.lit("in an open case")),
        ),
    )
