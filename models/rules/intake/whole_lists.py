"""全量: a file that is the full list of the keepers of its codes. Their other rows are withdrawn, within a measure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from models.plan.lists import Register
from models.rules.intake.own_duties import protected
from models.rules.intake.row_faults import Held
from models.rules.registers.frames import CODE, NIL, WITHDRAWN, report_schema
from models.rules.registers.keys import identity
from models.rules.registers.offices import OFFICE
from models.wording import Refusal, Said

FEW = 5
"""A fifth of a keeper's rows may go without a word."""
_SHOWN = 5


@dataclass(frozen=True)
class Missing:
    """What a full list leaves out. withdrawn: rows, `report_schema`, that go; staying: those that may not, by their keys.

    unread: the offices whose rows all stay, since the key of one that was sent cannot be read.
    """

    withdrawn: pl.DataFrame
    staying: Sequence[str] = ()
    unread: Sequence[str] = field(default=())

    def remarks(self, register: Register) -> list[Said]:
        """What whoever reports should know."""
        said = []
        if self.withdrawn.height:
            count = self.withdrawn.height
            said.append(
                Said(
                    f"全量清单中没有的 {count} 行已撤销",
                    f"{count} rows that the full list leaves out were withdrawn from {register.id}",
                )
            )
        if self.staying:
            zh, en = _listed(self.staying)
            said.append(
                Said(
                    f"全量清单中没有、但已逾期或正在催办的 {len(self.staying)} 行不予撤销：{zh}",
                    f"{len(self.staying)} rows that the full list leaves out are overdue or in an open case and stay: {en}",
                )
            )
        if self.unread:
            zh, en = _listed(self.unread)
            said.append(
                Said(
                    f"{zh} 有行读不出主键，其余各行这次一律不撤销，请改正后重报全量清单",
                    f"the key of a row of {en} cannot be read: no row of that office is withdrawn; mend it and send the full"
                    " list again",
                )
            )
        return said


def missing_rows(taken: pl.DataFrame, refused: pl.DataFrame, keys: pl.Expr, held: Held, *, agreed: bool) -> Missing:
    """What a full list leaves out of the rows that hold.

    taken, refused: rows of the file with `office` and KEEPER; what was refused is in the file all the same. keys: how a
    row's key is written. agreed: whether more than a fifth of a keeper's rows may go. Refusal where it may not.
    """
    by = identity(held.register)
    sent = pl.concat([taken, refused], how="vertical_relaxed")
    unreadable = sent.filter(
        ~pl.col(NIL) & (pl.any_horizontal(pl.col(name).is_null() for name in by) | pl.col(OFFICE).is_null())
    )
    nothing = pl.DataFrame(schema=report_schema(held.register))
    if unreadable[OFFICE].null_count():
        return Missing(nothing, unread=("有的单位",))
    unread = unreadable[OFFICE].unique().sort()
    keepers = sent.filter(~pl.col(OFFICE).is_in(unread.implode()))[OFFICE].unique()
    own = held.living.filter(pl.col(OFFICE).is_in(keepers.implode()))
    absent = own.join(sent.select(by), on=by, how="anti")
    counts = own.group_by(OFFICE).len("held").join(absent.group_by(OFFICE).len("absent"), on=OFFICE).sort(OFFICE)
    many = counts.filter(pl.col("absent") * FEW > pl.col("held"))
    if many.height and not agreed:
        raise _too_many(held.register, many)
    given = pl.any_horizontal(
        pl.lit(False), *(pl.col(one.id).is_not_null() for one in held.register.reported if one.given)
    )
    late = pl.concat([protected(absent, held).select(by), absent.filter(given).select(by)]).unique()
    staying = absent.join(late, on=by, how="semi").select(keys).to_series().to_list()
    gone = absent.join(late, on=by, how="anti")
    return Missing(_as_withdrawn(gone, held.register), staying, unread.to_list())


def _as_withdrawn(rows: pl.DataFrame, register: Register) -> pl.DataFrame:
    """Rows that hold as a report that withdraws them: code, key, and nothing else."""
    named = {CODE, *register.key}
    schema = report_schema(register)
    cells = [
        pl.lit(True).alias(name)
        if name == WITHDRAWN
        else pl.lit(False).alias(name)
        if name == NIL
        else pl.col(name)
        if name in named
        else pl.lit(None, kind).alias(name)
        for name, kind in schema.items()
    ]
    return rows.select(cells)


def _too_many(register: Register, many: pl.DataFrame) -> Refusal:
    shown = [
        (office, absent, held)
        for office, held, absent in many.select(OFFICE, "held", "absent").head(_SHOWN).iter_rows()
    ]
    more = many.height - len(shown)
    zh = "；".join(f"{office} 现有 {held} 行，将撤销 {absent} 行" for office, absent, held in shown)
    en = "; ".join(f"{absent} of the {held} rows of {office}" for office, absent, held in shown)
    return Refusal(
        f"按全量清单处理将撤销“{register.title}”超过五分之一的行（{zh}{f'；另有 {more} 个单位' if more else ''}），未作任何改动；"
        "确认清单无遗漏的，请加 --yes 再报",
        f"as the full list it would withdraw more than a fifth of {register.id}: {en}{f'; and {more} more offices' if more else ''}."
        " Nothing was changed; if the list is whole, give --yes",
    )


def _listed(names: Sequence[str]) -> tuple[str, str]:
    more = len(names) - _SHOWN
    return (
        "、".join(names[:_SHOWN]) + (f" 等 {len(names)} 个" if more > 0 else ""),
        ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else ""),
    )
