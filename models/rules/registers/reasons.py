"""Why a duty over rows is not met, in words: `清单3：12条中4条未办结（7、19、20、31）`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property

import polars as pl

from models.lawful import counts_births_or_deaths
from models.people import counts_people
from models.plan.lists import Column
from models.plan.row_labels import OFFICE as ALL_TOGETHER
from models.rules.registers.duties import LABEL, MET, OWER, VALUE, RowDuties
from models.rules.registers.frames import CODE
from models.rules.registers.keys import cell_text, key_text
from models.rules.registers.offices import OFFICE
from models.rules.registers.words import said_words
from models.vocabulary import UNIT_ZH

MOST_ROWS = 5
"""Rows that a reason names; the rest it counts."""
DUTY = ["unit", "period"]
Both = tuple[pl.Expr, pl.Expr]
"""A piece of a sentence in Chinese and in English."""


def reasons_of(duties: RowDuties, wanted: pl.DataFrame) -> pl.DataFrame:
    """Why those of `wanted` (unit, period) are not met: unit, period, reason_zh, reason_en; those that are met are left out."""
    asked = duties.verdicts.join(wanted.select(DUTY).unique(), on=DUTY, how="semi")
    unmet = asked.filter(pl.col("standing") == "unmet")
    words = _Words(duties, unmet["unit"].unique().to_list())
    said = [
        words.unmet(unmet),
        words.without_rows(asked.filter(pl.col("standing") == "unreported")),
    ]
    return pl.concat([one.select(*DUTY, "reason_zh", "reason_en") for one in said])


class _Words:
    """Says why the duties of one requirement are not met."""

    def __init__(self, duties: RowDuties, offices: Collection[str]) -> None:
        """offices: those of whose rows it speaks."""
        self.offices = offices
        self.duties, self.each, self.register = duties, duties.each, duties.register
        self.plan, self.zone = duties.plan, duties.plan.zone
        self.column = self.register.columns.get(self.each.by or "")
        named = [self.register.columns.get(name) for name in self.each.met_when.names]
        self.asked = [column for column in named if column is not None]
        done = any(column.moves for column in self.asked)
        self.undone_zh = "未办结" if done else "未完成"

    @cached_property
    def rows(self) -> pl.DataFrame:
        return self.duties.behind(self.offices)

    def unmet(self, asked: pl.DataFrame) -> pl.DataFrame:
        """How many rows of how many, and which."""
        rows = self.rows.join(asked.select(DUTY), left_on=[OWER, LABEL], right_on=DUTY, how="semi")
        left = rows.filter(~pl.col(MET)).sort(*self.register.key, CODE, nulls_last=True)
        counts = rows.group_by(unit=OWER, period=LABEL).agg(pl.len().alias(":all"), pl.col(VALUE, OFFICE).first())
        empty = {column.id: pl.col(column.id).is_null().sum().alias(f":no {column.id}") for column in self.asked}
        zh, en = self._name()
        left = self._with_places(left).with_columns(zh.alias(":name_zh"), en.alias(":name"))
        named = left.group_by(unit=OWER, period=LABEL, maintain_order=True)
        gathered = named.agg(
            pl.len().alias(":left"),
            pl.col(":name").head(MOST_ROWS).drop_nulls().alias(":names"),
            pl.col(":name_zh").head(MOST_ROWS).drop_nulls().alias(":names_zh"),
            *empty.values(),
            *(zh_or_en.first() for zh_or_en in self._cells()),
        )
        found = self._with_names(counts.join(gathered, on=DUTY))
        zh, en = self._sentence()
        return found.select(*DUTY, reason_zh=zh, reason_en=en)

    def _sentence(self) -> Both:
        head_zh, head_en = self._head()
        several = pl.col(":all") > 1
        rest = pl.col(":left").cast(pl.Int64) - MOST_ROWS
        names_zh, names_en = pl.col(":names_zh").list.join("、"), pl.col(":names").list.join(", ")
        more_zh = pl.when(rest > 0).then(pl.format("，另有{}条", rest)).otherwise(pl.lit(""))
        more_en = pl.when(rest > 0).then(pl.format(" and {} more", rest)).otherwise(pl.lit(""))
        has_names = pl.col(":names").list.len() > 0
        which_zh = (
            pl.when(has_names).then(pl.concat_str(pl.lit("（"), names_zh, more_zh, pl.lit("）"))).otherwise(pl.lit(""))
        )
        which_en = (
            pl.when(has_names).then(pl.concat_str(pl.lit(" ("), names_en, more_en, pl.lit(")"))).otherwise(pl.lit(""))
        )
        many_zh = pl.concat_str(pl.format("：{}条中{}条" + self.undone_zh, ":all", ":left"), which_zh, self._empty_zh())
        many_en = pl.concat_str(pl.format(": {} of {} rows not met", ":left", ":all"), which_en, self._empty_en())
        one_zh = pl.concat_str(pl.lit("："), pl.col(":cells_zh"), pl.lit(self.undone_zh), self._itself(which_zh))
        one_en = pl.concat_str(pl.lit(": "), pl.col(":cells_en"), pl.lit("not met"), self._itself(which_en))
        return (
            pl.concat_str(head_zh, pl.when(several).then(many_zh).otherwise(one_zh)),
            pl.concat_str(head_en, pl.when(several).then(many_en).otherwise(one_en)),
        )

    def _itself(self, which: pl.Expr) -> pl.Expr:
        """The name of the one row, where the duty's label is another."""
        return pl.lit("") if self.each.by is None else which

    def _name(self) -> Both:
        """What tells a row from the others of its duty: its key, without what they have in common."""
        but = {self.each.by} if self.each.by else set()
        # the office's own code says nothing to it, nor does that of the keeper, who is named before
        own = pl.col(CODE) == (pl.col(OFFICE) if self._tells_keeper() else pl.col(OWER))
        zh, en = (
            pl.when(own).then(self._key({*but, CODE}, spoken=spoken)).otherwise(self._key(but, spoken=spoken))
            for spoken in (True, False)
        )
        return zh, en

    def _key(self, but: Collection[str], *, spoken: bool) -> pl.Expr:
        """A row's key. spoken: units by their names, values by their titles."""
        if not spoken:
            return key_text(self.register, self.zone, but)
        parts = [self._part(name) for name in self.register.key if name not in but]
        return pl.concat_str(parts, separator="/") if parts else pl.lit(None, pl.String)

    def _part(self, name: str) -> pl.Expr:
        if name == CODE:
            return pl.coalesce(":place", CODE)
        text, column = cell_text(self.register, name, self.zone), self.register.columns[name]
        if column.type != "one_of":
            return text
        return text.replace_strict(dict(column.values), default=text, return_dtype=pl.String)

    def _with_places(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Add the names of the units whose codes rows carry."""
        places = self.duties.units.select(pl.col("unit").alias(CODE), pl.col("name").alias(":place"))
        return rows.join(places, on=CODE, how="left", maintain_order="left")

    def _cells(self) -> Both:
        """Of a single row the cells that the condition is about: 状态“核实中”，未填“印发日期”，."""
        parts_zh: list[pl.Expr] = [pl.lit("")]
        parts_en: list[pl.Expr] = [pl.lit("")]
        for column in self.asked:
            if column.several:
                continue
            zh, en = self._cell(column)
            none = pl.col(column.id).is_null()
            parts_zh.append(pl.when(none).then(pl.lit(f"未填“{column.title}”，")).otherwise(zh))
            parts_en.append(pl.when(none).then(pl.lit(f"no {column.id}, ")).otherwise(en))
        return pl.concat_str(parts_zh).alias(":cells_zh"), pl.concat_str(parts_en).alias(":cells_en")

    def _counts_people(self, column: Column) -> bool:
        """True for a number of people, or one that is computed from such a number: reasons ask to check it and tell none."""
        if column.type == "number" and (
            counts_births_or_deaths(column.id, column.title) or counts_people(column.id, column.title) is not None
        ):
            return True
        if column.type == "one_of":  # a verdict says how work stands; what it is drawn from is not told by it
            return False
        behind = [self.register.columns.get(name) for name in column.computed.names] if column.computed else []
        return any(self._counts_people(one) for one in behind if one is not None)

    def _cell(self, column: Column) -> Both:
        if self._counts_people(column):
            return pl.lit(f"“{column.title}”请核实，"), pl.lit(f"{column.id}: please check, ")
        text = cell_text(self.register, column.id, self.zone)
        if column.type == "number" and column.computed is None:
            return self._number(column, text)
        if column.type == "one_of":
            titles = text.replace_strict(dict(column.values), default=text, return_dtype=pl.String)
            zh = pl.concat_str(pl.lit(f"{column.title}“"), titles, pl.lit("”，"))
        elif column.type == "yes_no":
            zh = (
                pl.when(pl.col(column.id))
                .then(pl.lit(f"{column.title}为“是”，"))
                .otherwise(pl.lit(f"{column.title}为“否”，"))
            )
        else:
            zh = pl.concat_str(
                pl.lit(column.title),
                text.str.replace("T", " "),
                pl.lit(f"{UNIT_ZH.get(column.unit or '', column.unit or '')}，"),
            )
        return zh, pl.concat_str(pl.lit(f"{column.id} = "), text, pl.lit(", "))

    def _number(self, column: Column, text: pl.Expr) -> Both:
        """A number, as it was written where it has words."""
        said_zh, said_en = said_words(self.rows, column)
        counted = pl.concat_str(text, pl.lit(UNIT_ZH.get(column.unit or "", column.unit or "")))
        return (
            pl.concat_str(pl.lit(column.title), pl.coalesce(said_zh, counted), pl.lit("，")),
            pl.concat_str(pl.lit(f"{column.id} = "), pl.coalesce(said_en, text), pl.lit(", ")),
        )

    def _empty_zh(self) -> pl.Expr:
        """How many of the rows lack a cell that the condition is about."""
        lacking = [
            pl.when(pl.col(f":no {column.id}") > 0).then(
                pl.format(f"{{}}条未填“{_braced(column.title)}”", f":no {column.id}")
            )
            for column in self.asked
        ]
        return _after("，其中", lacking, "、")

    def _empty_en(self) -> pl.Expr:
        lacking = [
            pl.when(pl.col(f":no {column.id}") > 0).then(pl.format(f"{{}} without {column.id}", f":no {column.id}"))
            for column in self.asked
        ]
        return _after("; ", lacking, ", ")

    def without_rows(self, asked: pl.DataFrame) -> pl.DataFrame:
        """What there is no row of, or that nothing was heard at all."""
        title, name = self.register.title, self.register.id
        if not (self.each.of or self.each.of_level):
            silent = pl.lit(f"{name} not reported: neither a row nor a nil return")
            return asked.select(*DUTY, reason_zh=pl.lit(f"{title}未报，也未零报告"), reason_en=silent)
        selected_zh, selected_en = ("", "") if self.each.where is None else ("符合条件的", " that counts")
        found = self._with_names(asked.with_columns(pl.col("period").alias(VALUE), pl.col("unit").alias(OFFICE)))
        value = self._value_zh()
        quoted = value if self._is_numbered() else pl.concat_str(pl.lit("“"), value, pl.lit("”"))
        zh = pl.concat_str(pl.lit(f"{title}中没有{selected_zh}"), quoted)
        en = pl.concat_str(pl.lit(f"{name}: no row{selected_en} for "), VALUE)
        return found.select(*DUTY, reason_zh=zh, reason_en=en)

    def _head(self) -> Both:
        """What the duty is about; of all rows together the register."""
        nothing = pl.col(VALUE) == ""
        zh = pl.when(nothing).then(pl.lit(self.register.title)).otherwise(self._value_zh(named=True))
        en = pl.when(nothing).then(pl.lit(self.register.id)).otherwise(pl.col(VALUE))
        if not self._tells_keeper():
            return zh, en
        keeper = pl.coalesce(":keeper_name", OFFICE)
        own = en.str.strip_prefix(pl.concat_str(OFFICE, pl.lit("/")))
        # 太原市1 would read as one name
        apart = pl.when(zh.str.contains("^[ -~]")).then(pl.lit("/")).otherwise(pl.lit(""))
        return pl.concat_str(keeper, apart, zh), pl.concat_str(OFFICE, pl.lit(" "), own)

    def _tells_keeper(self) -> bool:
        """Whether it is said whose row it is: where another owes it."""
        return self.each.owed_by is not None and self.each.by != ALL_TOGETHER

    def _with_names(self, found: pl.DataFrame) -> pl.DataFrame:
        """Add the names of the units that duties are about."""
        names = self.duties.units.select("unit", "name")
        return found.join(
            names.rename({"unit": VALUE, "name": ":name"}), on=VALUE, how="left", maintain_order="left"
        ).join(names.rename({"unit": OFFICE, "name": ":keeper_name"}), on=OFFICE, how="left", maintain_order="left")

    def _is_numbered(self) -> bool:
        return self.column is not None and self.column.type == "number"

    def _value_zh(self, *, named: bool = False) -> pl.Expr:
        """What makes the duty, in words. named: of a row by itself what tells it from others."""
        value = pl.col(VALUE)
        if self.each.by is None and named:
            return pl.coalesce(pl.col(":names_zh").list.first(), ":name", VALUE)
        if self.each.by == CODE or (self.column is not None and self.column.type == "code"):
            return pl.coalesce(":name", VALUE)
        if self.column is None:
            return value
        if self.column.type == "one_of":
            return value.replace_strict(dict(self.column.values), default=value, return_dtype=pl.String)
        # a bare number, or date, says nothing without its column
        bare = value.str.contains("^[ -~]*$")
        return pl.when(bare).then(pl.concat_str(pl.lit(self.column.title), value)).otherwise(value)


def _after(beginning: str, parts: Sequence[pl.Expr], between: str) -> pl.Expr:
    """The parts that are there after a beginning; nothing where there are none."""
    if not parts:
        return pl.lit("")
    joined = pl.concat_str(parts, separator=between, ignore_nulls=True)
    return pl.when(joined != "").then(pl.concat_str(pl.lit(beginning), joined)).otherwise(pl.lit(""))


def _braced(title: str) -> str:
    return title.replace("{", "（").replace("}", "）")
