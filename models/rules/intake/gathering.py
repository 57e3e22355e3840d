"""The rows of a table together: what was read of them, which stand twice, and every reason why others are refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import polars as pl

from models.cells import AROUND
from models.lawful import first_personal
from models.rules.intake.codes import BY_NAME
from models.rules.intake.figures import YUAN
from models.rules.intake.former_codes import BY_FORMER
from models.rules.intake.guard import refuse_respondents
from models.rules.intake.report_columns import ROW, Header, column, is_not_filled
from models.rules.intake.report_units import FAULTS, Known
from models.rules.intake.with_words import WITH_WORDS
from models.rules.registers.sorting import in_order
from models.wording import Refusal

TAKEN_ROW, TAKEN_LEVEL = ":row", ":level"
"""Beside columns that are named like indicators; no indicator's id holds a colon."""

_SHOWN = 5
MOST_FAULTS = 300_000
"""Of a file whose rows are refused one by one; each is kept with its reason in two languages, a kilobyte and more."""


@dataclass(frozen=True)
class Rows:
    """What was read of a table. taken: :row, code, :level, one column an indicator, evidence.

    `code` and `:level` are null where no unit could be found. faults: row, zh, en; a row may have several. passed: rows
    that are none of a unit's and were read past, such as a total or a signature. by_name: rows whose unit was told by its
    name; worded: whether more of them could be if the names of units were known. refused: once gathered, the rows with
    faults, as `taken`. by_former: rows whose code is one of before divisions were changed. written: WITH_WORDS, figures with
    words.
    """

    taken: pl.DataFrame
    faults: pl.DataFrame
    passed: int = 0
    by_name: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=BY_NAME))
    worded: bool = False
    refused: pl.DataFrame = field(default_factory=pl.DataFrame)
    by_former: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=BY_FORMER))
    written: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=WITH_WORDS))


def gather(
    file: str,
    parts: Iterable[Rows],
    by: Sequence[str] = ("code",),
    order: Sequence[str] = ("code",),
    owned: Callable[[pl.DataFrame], pl.DataFrame] = lambda taken: taken,
) -> Rows:
    """All parts of a table together: one row a code, in code order, and every reason why others were refused.

    by: the columns that name one row, of those that `owned` may add to all rows; order: those in whose order they come.
    Refusal of the whole file for more than MOST_FAULTS of them, before they fill the memory: it is of another table.
    """
    read, passed, faulty = [], 0, 0
    for part in parts:
        faulty += part.faults.height
        _refuse_faulty(file, faulty)
        read.append(part)
        passed += part.passed
    taken = owned(pl.concat((part.taken for part in read), how="diagonal_relaxed"))
    if len(order) > 1 or not taken[order[0]].is_sorted():
        taken = in_order(taken, order, nulls_last=False)
    faults = pl.concat(part.faults for part in read)
    twice = _twice(taken, by, in_order=set(by) == set(order))
    _refuse_faulty(file, faulty + twice.height)
    if twice.height:
        faults = pl.concat([faults, twice])
    refused = taken.clear()
    if faults.height:
        faulty_rows = faults.select(pl.col(ROW).unique())
        refused = taken.join(faulty_rows, left_on=TAKEN_ROW, right_on=ROW, how="semi", maintain_order="left")
        taken = taken.join(faulty_rows, left_on=TAKEN_ROW, right_on=ROW, how="anti", maintain_order="left")
    return Rows(
        taken,
        faults,
        refused=refused,
        passed=passed,
        by_name=_of_taken([part.by_name for part in read], taken),
        worded=any(part.worded for part in read),
        by_former=_of_taken([part.by_former for part in read], taken),
        written=_of_taken([part.written for part in read], taken),
    )


def _of_taken(parts: Iterable[pl.DataFrame], taken: pl.DataFrame) -> pl.DataFrame:
    """What is told of rows that are taken; of most tables nothing is."""
    told = pl.concat(parts)
    return told.join(taken, left_on=ROW, right_on=TAKEN_ROW, how="semi") if told.height else told


def _twice(taken: pl.DataFrame, by: Sequence[str], *, in_order: bool) -> pl.DataFrame:
    """The rows that name the same as another, each with its reason. in_order: whether such rows stand beside one another."""
    if in_order:
        beside = pl.all_horizontal(pl.col(name) == pl.col(name).shift(1) for name in by)
        is_none = not taken.select(beside.any()).item()
    else:
        is_none = taken.select(pl.struct(by).hash().n_unique()).item() == taken.height
    if is_none:
        return pl.DataFrame(schema=FAULTS)
    taken = taken.sort(by, nulls_last=False)
    before = pl.all_horizontal(pl.col(name) == pl.col(name).shift(1) for name in by)
    after = pl.all_horizontal(pl.col(name) == pl.col(name).shift(-1) for name in by)
    twice = taken.filter(before | after)
    first = pl.col(TAKEN_ROW).sort().head(_SHOWN).cast(pl.String)
    others = twice.group_by(by).agg(zh=first.str.join("、"), en=first.str.join(", "))
    what = ("同一单位", "the unit") if len(by) == 1 else ("同一行（主键相同）", "a row of this key")
    return twice.join(others, on=by).select(
        pl.col(TAKEN_ROW).alias(ROW),
        zh=pl.format(f"{what[0]}在本文件中出现多次（第 {{}} 行），请只留一行", "zh"),
        en=pl.format(f"{what[1]} stands in this file more than once (rows {{}}); keep one row", "en"),
    )


def _refuse_faulty(file: str, faults: int) -> None:
    if faults > MOST_FAULTS:
        raise Refusal(
            f"{file} 中有误的行超过 {MOST_FAULTS} 处，整份退回：请核对是否报错了表、区划代码一列是否正确，再重新上报",
            f"{file} has more than {MOST_FAULTS} faults and is refused whole: see whether it is the right table and"
            " its column of codes the right one",
        )


def reasons(faults: pl.DataFrame) -> pl.DataFrame:
    """One row for each refused row: row, zh, en with every reason, in row order."""
    joined = (
        pl.col("zh").unique(maintain_order=True).str.join("；"),
        pl.col("en").unique(maintain_order=True).str.join("; "),
    )
    return faults.group_by(ROW).agg(*joined).sort(ROW)


def look_through(part: pl.DataFrame, columns: Header, known: Known) -> None:
    """Refuse respondents' data in the cells that are left out; those that are read are looked through as they are."""
    townships = known.townships
    for place in (*columns.others, *columns.unnamed, *columns.references):
        texts = part[column(place)]
        found = first_personal(texts, phones=not _shows_yuan(columns, place), townships=townships)
        refuse_respondents(columns.file, part[ROW], columns.title(place), found)
    for place in columns.reporters:
        texts = part[column(place)]
        refuse_respondents(columns.file, part[ROW], columns.title(place), first_personal(texts, phones=False))
    for place in columns.unnamed:
        stray = part.filter(pl.col(column(place)).str.strip_chars(AROUND) != "")
        if stray.height:
            row = stray[ROW][0]
            raise Refusal(
                f"{columns.file} 第 {row} 行第 {place + 1} 列有内容，但该列没有列名；请补上列名或删除该列",
                f"{columns.file}, row {row}: column {place + 1} holds something but has no title; name it or remove it",
            )


def _shows_yuan(columns: Header, place: int) -> bool:
    """True for what a form says beside an amount to be filled in (上次到位经费): of it no phone can be told either."""
    title = columns.titles[place]
    amounts = [one for _, one in columns.figures if one.unit in YUAN]
    return is_not_filled(title) and any(one.title in title or one.id in title.split() for one in amounts)
