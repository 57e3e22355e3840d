"""Cells of a register's rows (栏目的值), each by the type of its column, and why a row with anything else is refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import polars as pl

from models.cells import AROUND, cleaned, tidy
from models.lawful import first_personal
from models.personal import RespondentsData
from models.plan.lists import Column
from models.rules.intake.answers import answers
from models.rules.intake.code_cells import read_code_cells
from models.rules.intake.damaged import damaged_rows
from models.rules.intake.dates import Dated, read_date, read_moment
from models.rules.intake.figures import read_figures, same_fault
from models.rules.intake.guard import refuse_respondents
from models.rules.intake.naming_texts import misnaming_texts
from models.rules.intake.report_columns import ROW, Header, column
from models.rules.intake.report_units import FAULTS, Known
from models.rules.intake.with_words import WITH_WORDS
from models.rules.registers.frames import kind_of
from models.text import ANY_BLANK, title_key
from models.wording import Said

LONGEST_TEXT = 200
"""Characters of a text in a row: a remark, no report."""
DASHES = ("-", "－", "—", "——", "–", "﹣")
"""A cell of nothing but one of these is to be empty from now on."""
_ERRORS = r"^#(?:ERROR|REF!|N/A|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!|GETTING_DATA)$"
_RUN = r"^'([=+\-@＝＋－＠\t])"
"""What a file of refused rows puts before a text that a spreadsheet would run."""
PARTED = re.compile(rf"[、,，;；/|]|{ANY_BLANK}")
_MOST_LISTED = 12
_MANY, _REPEATED = 1_000, 4
"""From so many cells on, and where each text stands so often in the middle, texts are told apart before they are read."""
_LOOKED_AT = 5_000
"""Of more cells than that some are looked at, strewn over all, to see how often a text stands."""


@dataclass(frozen=True)
class Cells:
    """One column of some rows. values: as `kind_of` its column, null where nothing is given or the cell is refused.

    filled: whether something stands in the cell, a dash among it; emptied: whether it is one. faults: row, zh, en. written:
    WITH_WORDS, numbers that were written with words or a unit.
    """

    values: pl.Series
    filled: pl.Series
    emptied: pl.Series
    faults: list[pl.DataFrame]
    written: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=WITH_WORDS))


@dataclass(frozen=True)
class Reading:
    """What cells are read by: the units that are known, the plan's standard time and zone; is_gb as of `Layout`."""

    known: Known
    dated: Dated
    is_gb: bool = False


@dataclass(frozen=True)
class _Given:
    """The cells of one column that hold something. frame: row, text (null where nothing is to be read)."""

    frame: pl.DataFrame
    file: str
    title: str
    asked: Column
    by: Reading

    @property
    def rows(self) -> pl.Series:
        return self.frame[ROW]

    @property
    def text(self) -> pl.Series:
        return self.frame["text"]

    def guard(self, odd: pl.Series) -> None:
        """Refusal if one of the `odd` cells holds respondents' data; all others are known to hold none."""
        where = odd.arg_true()
        refuse_respondents(self.file, self.rows.gather(where), self.title, first_personal(self.text.gather(where)))


def bare_cells(part: pl.DataFrame, places: Iterable[int]) -> pl.DataFrame:
    """The rows with what stands around the cells of these columns taken off."""
    return part.with_columns(_bare(part[column(place)]) for place in places)


def _bare(cells: pl.Series) -> pl.Series:
    text = cells.cast(pl.String)
    if text.cast(pl.Int64, strict=False).null_count() == text.null_count():
        return text  # nothing stands around a whole number, which is sooner seen than taken off
    return text.str.strip_chars(AROUND)


def read_cells(part: pl.DataFrame, columns: Header, place: int, asked: Column, by: Reading) -> Cells:
    """One column's cells. Refusal if one of them holds respondents' data: then the whole file is refused.

    part: with `bare_cells`.
    """
    bare = part[column(place)]
    emptied = bare.is_in(list(DASHES)).fill_null(False)
    is_error = bare.str.starts_with("#").fill_null(False)
    if is_error.any():
        is_error = bare.str.contains(_ERRORS).fill_null(False)
    given = pl.select(pl.when((bare != "") & ~emptied & ~is_error).then(bare)).to_series()
    title = columns.title(place)
    faults = [_formula_error(part[ROW].filter(is_error), title)]
    written = pl.DataFrame(schema=WITH_WORDS)
    if asked.type == "number":
        own = part.select(ROW, given.alias(column(place)))
        whole = own.select(pl.col(column(place)).cast(pl.Int32, strict=False))
        read = read_figures(own, whole, columns, place, asked)
        values, wrong, written = read.values.cast(pl.Float64), read.faults, read.written
    else:
        values, wrong = _READERS[asked.type](_Given(part.select(ROW, text=given), columns.file, title, asked, by))
    filled = (given.is_not_null() | emptied | is_error).rename("filled")
    return Cells(values.rename(asked.id), filled, emptied, [*faults, *wrong], written)


def read_column(part: pl.DataFrame, columns: Header, place: int, asked: Column, by: Reading) -> Cells:
    """The same of rows whose cells are as they came: each different text is read once, where few differ and all are in order."""

    def read(rows: pl.DataFrame) -> Cells:
        return read_cells(bare_cells(rows, [place]), columns, place, asked, by)

    few = _few(part[column(place)])
    if few is None:
        return read(part)
    places, texts = few
    try:
        once = read(pl.DataFrame([pl.int_range(len(texts), eager=True).alias(ROW), texts]))
    except RespondentsData:
        return read(part)  # which tells the row
    if any(fault.height for fault in once.faults) or once.written.height:
        return read(part)
    filled, emptied = (one.gather(places).fill_null(False) for one in (once.filled, once.emptied))
    return Cells(once.values.gather(places), filled, emptied, once.faults)


def _few(cells: pl.Series) -> tuple[pl.Series, pl.Series] | None:
    """The different texts of a column, and which of them each cell has; None where they are many."""
    if len(cells) < _MANY or cells.dtype != pl.String:
        return None
    some = cells.gather_every(max(1, len(cells) // _LOOKED_AT))
    if some.n_unique() * _REPEATED > len(some):
        return None
    places = cells.cast(pl.Categorical(pl.Categories.random())).to_physical()
    first = places.arg_unique()
    order = places.gather(first).to_frame("place").with_columns(first=first).drop_nulls().sort("place")
    return places, cells.gather(order["first"])


def _texts(given: _Given) -> tuple[pl.Series, list[pl.DataFrame]]:
    given.guard(given.text.is_not_null())
    text = given.text
    if text.str.starts_with("'").any():
        text = text.str.replace(_RUN, "$1")
    text = cleaned(text)
    long = given.rows.filter((text.str.len_chars() > LONGEST_TEXT).fill_null(False))
    return text, [
        same_fault(
            long,
            f"“{given.title}”超过 {LONGEST_TEXT} 字，请删减",
            f"“{given.title}” is longer than {LONGEST_TEXT} characters; shorten it",
        ),
        damaged_rows(given.rows, text, given.title, is_gb=given.by.is_gb).cast(FAULTS),
        *misnaming_texts(given.rows, text, given.title, given.asked),
    ]


def _dates(given: _Given) -> tuple[pl.Series, list[pl.DataFrame]]:
    first, last = given.by.dated.ends
    value = given.text.str.to_date("%Y-%m-%d", strict=False)
    good = value.is_between(first, last).fill_null(False)
    read = _one_by_one(given, ~good, pl.Date(), lambda cell: read_date(_joined(cell), given.title, given.by.dated))
    return _put(value, good, read)


def _moments(given: _Given) -> tuple[pl.Series, list[pl.DataFrame]]:
    first, last = given.by.dated.ends
    plain = given.text.str.contains(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2})?$").fill_null(False)
    whole = pl.select(pl.when(plain).then(given.text.str.replace(" ", "T"))).to_series()
    local = whole.str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False, time_unit="us")
    short = whole.str.to_datetime("%Y-%m-%dT%H:%M", strict=False, time_unit="us")
    local = local.to_frame("local").select(pl.coalesce("local", short.alias("short"))).to_series()
    good = local.dt.date().is_between(first, last).fill_null(False)
    zoned = local.dt.replace_time_zone(str(given.by.dated.zone), ambiguous="earliest", non_existent="null")
    value = zoned.dt.convert_time_zone("UTC")
    good = good & value.is_not_null()
    kind = pl.Datetime("us", "UTC")
    read = _one_by_one(given, ~good, kind, lambda cell: _moment(cell, given))
    return _put(value, good, read)


def _moment(cell: str, given: _Given) -> datetime | Said:
    read = read_moment(_joined(cell), given.title, given.by.dated)
    return read if isinstance(read, Said) else read.astimezone(UTC)


def _joined(cell: str) -> str:
    """A date as it is read: signs of other widths made plain, a T before the time, no blanks."""
    plain = tidy(pl.Series([cell]))[0] or ""
    for sign, same in (("／", "/"), ("：", ":"), ("（", "("), ("）", ")"), ("—", "-"), ("–", "-"), ("−", "-")):
        plain = plain.replace(sign, same)
    return re.sub(rf"{ANY_BLANK}+", "", re.sub(rf"(?<=[0-9]){ANY_BLANK}+(?=[0-9])", "T", plain))


def _codes(given: _Given) -> tuple[pl.Series, list[pl.DataFrame]]:
    return read_code_cells(given.frame, given.file, given.title, given.asked, given.by.known)


def _yes_or_no(given: _Given) -> tuple[pl.Series, list[pl.DataFrame]]:
    plain, value = answers(given.text)
    given.guard(value.is_null())
    wrong = given.rows.filter(plain.is_not_null() & value.is_null())
    fault = same_fault(wrong, f"“{given.title}”只填 是 或 否", f"“{given.title}” takes yes (是) or no (否)")
    return value, [fault]


def _one_of(given: _Given) -> tuple[pl.Series, list[pl.DataFrame]]:
    """The ids of the values that cells name by id or title."""
    known = {title_key(shown): name for name, shown in given.asked.values.items()}
    known |= {title_key(name): name for name in given.asked.values}
    exact = {
        **{shown: name for name, shown in given.asked.values.items()},
        **{name: name for name in given.asked.values},
    }
    ought = _listed(given.asked)
    said = Said(
        f"“{given.title}”没有这一项，应为：{ought.zh}",
        f"“{given.title}” has no such value; it is one of: {ought.en}",
    )
    if given.asked.several:
        kind = kind_of(given.asked)
        every = pl.repeat(True, len(given.text), dtype=pl.Boolean, eager=True)
        read = _one_by_one(given, every, kind, lambda cell: _several(cell, known) or said)
        return read[0], [read[1]]
    value = given.text.replace_strict(exact, default=None, return_dtype=pl.String)
    good = value.is_not_null()
    read = _one_by_one(given, ~good, pl.String(), lambda cell: known.get(title_key(cell)) or said)
    return _put(value, good, read)


def _several(cell: str, known: Mapping[str, str]) -> list[str] | None:
    """The ids of several values, each once, in the order of the cell; None where one of them is unknown."""
    whole = known.get(title_key(cell))
    if whole is not None:
        return [whole]
    found = [known.get(title_key(part)) for part in PARTED.split(cell) if part]
    return list(dict.fromkeys(one for one in found if one is not None)) if found and None not in found else None


def _listed(asked: Column) -> Said:
    shown = list(asked.values.items())[:_MOST_LISTED]
    more = len(asked.values) > len(shown)
    return Said(
        "、".join(title if title == name else f"{title}（{name}）" for name, title in shown) + ("等" if more else ""),
        ", ".join(name for name, _ in shown) + (" …" if more else ""),
    )


def _one_by_one(
    given: _Given, odd: pl.Series, kind: pl.DataType, read: Callable[[str], object]
) -> tuple[pl.Series, pl.DataFrame]:
    """What `read` makes of each different text in the rows that are `odd`, null elsewhere; and the faults that it says."""
    given.guard(odd)
    rows = given.frame.select(ROW, text=pl.when(odd).then("text"))
    outcomes = {text: read(text) for text in rows["text"].unique().drop_nulls()}
    values = {text: value for text, value in outcomes.items() if not isinstance(value, Said)}
    texts = pl.Series("text", list(values), dtype=pl.String)
    known = pl.DataFrame([texts, pl.Series("value", list(values.values()), dtype=kind)])
    said = [(text, *value) for text, value in outcomes.items() if isinstance(value, Said)]
    why = pl.DataFrame(said, schema={"text": pl.String, "zh": pl.String, "en": pl.String}, orient="row")
    found = rows.select("text").join(known, on="text", how="left", maintain_order="left")["value"]
    return found, rows.join(why, on="text", maintain_order="left").select(FAULTS.names())


def _put(
    value: pl.Series, good: pl.Series, read: tuple[pl.Series, pl.DataFrame]
) -> tuple[pl.Series, list[pl.DataFrame]]:
    """The values that were good at once, and those that were read one by one."""
    found = pl.select(pl.when(good).then(value).otherwise(read[0])).to_series()
    return found, [read[1]]


def _formula_error(rows: pl.Series, title: str) -> pl.DataFrame:
    return same_fault(
        rows,
        f"“{title}”是公式的错误值，请改正公式或直接填写",
        f"“{title}” is a formula's error value; mend the formula or write the value",
    )


_READERS: Mapping[str, Callable[[_Given], tuple[pl.Series, list[pl.DataFrame]]]] = {
    "text": _texts,
    "date": _dates,
    "moment": _moments,
    "code": _codes,
    "yes_no": _yes_or_no,
    "one_of": _one_of,
}
