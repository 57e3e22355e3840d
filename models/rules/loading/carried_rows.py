"""Districts and rows of registers under new codes (普查小区、登记册随转).

What was reported of a row is told again under its new code, report by report, so that it has its whole history there; under
the old one it is withdrawn by each of them, so that no moment of before knows it twice: whom the old office answered to would
else have both. A row goes where its code goes: by its village, else by its township, or by its office. Where that
was split nobody can say which part it belongs to, and it stays; so does one whose new name another row has already.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from models.plan.lists import Register
from models.rules.registers.districts import alive
from models.rules.registers.frames import CODE, NIL, WITHDRAWN, WORDS, report_schema
from models.rules.registers.keys import KEEPER, identity, keeper_digits
from models.units import DIGITS

_NEW = ":new"


@dataclass(frozen=True)
class Moves:
    """Where codes go. goes: each old code to its one new code; stays: codes of split offices, of those that keep theirs too."""

    goes: Mapping[str, str]
    stays: frozenset[str]

    @classmethod
    def of(cls, pairs: pl.DataFrame) -> Moves:
        """pairs: old, new, parts, joined."""
        single = pairs.filter((pl.col("parts") == 1) & (pl.col("old") != pl.col("new")))
        others = pairs.filter((pl.col("parts") > 1) | (pl.col("old") == pl.col("new")))
        return cls(dict(single.select("old", "new").iter_rows()), frozenset(others["old"]))

    @property
    def townships(self) -> list[str]:
        """The townships in which districts may go elsewhere, in order."""
        return sorted({code[: DIGITS["township"]] for code in self.goes if len(code) >= DIGITS["township"]})

    def now(self, code: pl.Expr) -> pl.Expr:
        """The new code of a code as text, itself where it stays. A district goes by its village, else by its township."""
        digits = [DIGITS["district"], DIGITS["village"], DIGITS["township"]]
        is_district = code.str.len_bytes() == digits[0]
        own, village, township = (self._one(code.str.head(length)) for length in digits)
        kept = code.str.head(digits[1]).is_in(sorted(self.stays))
        of_village = village + code.str.slice(digits[1])
        of_township = pl.when(~kept).then(township + code.str.slice(digits[2]))
        return pl.when(is_district).then(pl.coalesce(of_village, of_township, code)).otherwise(pl.coalesce(own, code))

    def _one(self, code: pl.Expr) -> pl.Expr:
        return code.replace_strict(dict(self.goes), return_dtype=pl.String, default=None)


def moved_districts(state: pl.DataFrame, moves: Moves) -> tuple[pl.DataFrame, int]:
    """Which districts go where: code, :new (whole numbers); and how many cannot, since another has the code.

    state: of districts, all that were ever heard of in the townships of old and new codes.
    """
    now = moves.now(pl.col(CODE).cast(pl.String)).cast(pl.Int64)
    both = state.select(CODE, now.alias(_NEW))
    going = both.filter(pl.col(CODE) != pl.col(_NEW))
    taken = both.filter(pl.col(CODE) == pl.col(_NEW)).select(_NEW)
    free = going.join(taken, on=_NEW, how="anti").unique(_NEW, keep="first", maintain_order=True)
    return free.sort(CODE), going.height - free.height


def recoded_districts(rows: pl.DataFrame, going: pl.DataFrame) -> pl.DataFrame:
    """Those rows of a report of districts that go elsewhere, under their new codes, in order of these."""
    found = rows.join(going, on=CODE, how="inner")
    return found.with_columns(pl.col(_NEW).alias(CODE)).drop(_NEW).sort(CODE)


def withdrawn_districts(state: pl.DataFrame, going: pl.DataFrame) -> pl.DataFrame:
    """The report that withdraws districts under their old codes."""
    there = alive(state).join(going, on=CODE, how="semi")
    return there.select(CODE, pl.lit(True).alias(WITHDRAWN)).sort(CODE)


@dataclass(frozen=True)
class MovedRows:
    """What becomes of the rows of a register: those whose name changes, those of which only cells do, and how many cannot.

    renamed: the columns that name a row (`identity`), as they were; nil: old codes of nil returns that go elsewhere. rows: the
    report that withdraws rows under the old code and changes the cells of others (`report_schema`). count: rows that there are.
    """

    renamed: pl.DataFrame
    nil: tuple[str, ...]
    rows: pl.DataFrame
    count: int
    left: int


def moved_rows(state: pl.DataFrame, register: Register, moves: Moves) -> MovedRows:
    """state: `rows_schema`, of all keepers of old and new codes."""
    by, schema = identity(register), report_schema(register)
    nil = state.filter(pl.col(NIL)).select(CODE, moves.now(pl.col(CODE)).alias(_NEW))
    own = [CODE, *(column.id for column in register.reported)]
    before = _with_keeper(state.filter(~pl.col(NIL)), register)
    after = _with_keeper(_recoded(before, register, moves), register).select(*own, KEEPER)
    both = pl.concat([before, after.rename(lambda name: f"{name}{_NEW}")], how="horizontal")
    new_name = [f"{name}{_NEW}" for name in by]
    is_renamed = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}{_NEW}")) for name in by)
    is_other = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}{_NEW}")) for name in own)
    moving, stays = both.filter(is_renamed), both.filter(~is_renamed)
    free = moving.join(stays, left_on=new_name, right_on=by, how="anti", nulls_equal=True)
    free = free.unique(new_name, keep="first", maintain_order=True)
    gone = free.filter(~pl.col(WITHDRAWN))
    changed = stays.filter(is_other & ~pl.col(WITHDRAWN))
    changing = changed.select(
        pl.col(f"{name}{_NEW}").alias(name)
        if name in own
        else pl.col(name)
        if name == WORDS
        else pl.lit(None, kind).alias(name)
        for name, kind in schema.items()
    )
    return MovedRows(
        renamed=free.select(by),
        nil=tuple(nil.filter(pl.col(CODE) != pl.col(_NEW))[CODE]),
        rows=pl.concat([_withdrawing(gone, register), changing]),
        count=gone.height + changed.height,
        left=moving.height - free.height,
    )


def recoded_rows(rows: pl.DataFrame, register: Register, moved: MovedRows, moves: Moves) -> pl.DataFrame:
    """Those rows of a report whose name changes, and nil returns of such codes, under their new one, and the withdrawal of those
    rows under the old one: `report_schema`."""
    own, is_nil = _with_keeper(rows, register), pl.col(NIL).fill_null(False)
    nils = own.filter(is_nil & pl.col(CODE).is_in(list(moved.nil)))
    found = own.filter(~is_nil).join(moved.renamed, on=identity(register), how="semi", nulls_equal=True)
    renamed = _recoded(pl.concat([found, nils]).drop(KEEPER), register, moves)
    return pl.concat([renamed, _withdrawing(found, register).select(renamed.columns)])


def _withdrawing(rows: pl.DataFrame, register: Register) -> pl.DataFrame:
    """The report that withdraws rows, by what names them alone: `report_schema`."""
    by = identity(register)
    return rows.select(
        pl.lit(True).alias(name)
        if name == WITHDRAWN
        else pl.col(name)
        if name in (CODE, *by)
        else pl.lit(None, kind).alias(name)
        for name, kind in report_schema(register).items()
    )


def _with_keeper(rows: pl.DataFrame, register: Register) -> pl.DataFrame:
    return rows.with_columns(keeper_digits(register).alias(KEEPER))


def _recoded(rows: pl.DataFrame, register: Register, moves: Moves) -> pl.DataFrame:
    """Rows with all codes in them as they are now."""
    names = [CODE, *(column.id for column in register.reported if column.type == "code")]
    return rows.with_columns(moves.now(pl.col(name)).alias(name) for name in names)
