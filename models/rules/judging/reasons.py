"""Why a duty is not met, with its figures, in words: `uncovered = 12, must be 0`.

Figures about people, and counts of work on records of them, ask to check and never name a figure to reach
(条例 art. 5, 统计法 art. 7); below the county their figures are not shown at all, and that they differ is said only of two
sources that were compared. Where one of the figures of any other condition is a small cell, or gives one away, none of
it is shown, nor what it must be.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import polars as pl

from models.lawful import HIDDEN, is_below_county
from models.people import counts_people
from models.plan.expressions import Clause, read_expression
from models.plan.model import Comparison, Indicator, Plan, Requirement
from models.rules.judging.allowed import answered, surely
from models.rules.judging.awaited import OFFICES_ZH, keepers, made_of, own_lists
from models.rules.judging.bounds import are_loose
from models.rules.judging.comparators import beside, compared
from models.rules.judging.days import days_compared
from models.rules.judging.rollup import STORED, expected, is_missing, reported, stored_level, unknown
from models.rules.judging.small_cells import small_cells
from models.rules.judging.spoken import OPEN, spoken_figures, spoken_sums
from models.sums import MOST_PLACES
from models.units import Level
from models.vocabulary import UNIT_ZH

_MUST_EN = {
    "=": "must be",
    "<>": "must not be",
    ">=": "must be at least",
    "<=": "must be at most",
    ">": "must be more than",
    "<": "must be less than",
}
_MUST_ZH = {"=": "应为", "<>": "不应为", ">=": "应不低于", "<=": "应不高于", ">": "应高于", "<": "应低于"}
_SYMBOLS_ZH = (
    (r" AND ", " 且 "),
    (r" OR ", " 或 "),
    (r"\bNOT ", "非 "),
    (r">=", "≥"),
    (r"<=", "≤"),
    (r"<>", "≠"),
    (r" \* ", " × "),
    (r" / ", " ÷ "),
    (r"\bGREATEST\(", "较大者("),
    (r"\bLEAST\(", "较小者("),
    (r"\bCEIL\(", "进一取整("),
    (r"\bFLOOR\(", "舍尾取整("),
    (r"\bROUND\(", "四舍五入("),
    (r"\bABS\(", "绝对值("),
    (r" IN \(([^()]*)\)", r" 为 \1 之一"),
)


def reasons(plan: Plan, requirement: Requirement, figures: pl.DataFrame) -> pl.DataFrame:
    """Why the units in `figures` do not meet `requirement`.

    figures: as a `Judgement` has them, for the units in question only. Returns unit, reason_en, reason_zh.
    """
    words = _Words(plan, requirement.judged_at, requirement.verify, figures)
    english, chinese = [_NOTHING], [_NOTHING]
    words.lay_clauses(requirement.met_when.clauses)
    for clause in requirement.met_when.clauses:
        en, zh = words.clause(clause)
        english.append(en)
        chinese.append(zh)
    sides = compared(requirement, figures)
    if sides is not None:
        unmet = requirement.met_when.polars().eq(False)
        english.append(pl.when(unmet).then(sides[0]))
        chinese.append(pl.when(unmet).then(sides[1]))
    shown_with = beside(plan, requirement)
    if shown_with is not None:
        unmet = requirement.met_when.polars().eq(False)
        english.append(pl.when(unmet).then(pl.lit(shown_with.en)))
        chinese.append(pl.when(unmet).then(pl.lit(shown_with.zh)))
    return words.laid.select(
        "unit",
        reason_en=pl.concat_str(english, separator="; ", ignore_nulls=True),
        reason_zh=pl.concat_str(chinese, separator="；", ignore_nulls=True),
    )


def figures_behind(plan: Plan, requirement: Requirement, figures: pl.DataFrame) -> pl.DataFrame:
    """Of the figures of all requirements those that a reason of this one may speak of, with all that is told of them.

    A frame of figures has four columns for each indicator of the plan: every step over so wide a frame of a few offices takes
    longer to prepare than to do.
    """
    own = plan.behind[requirement.key]
    return figures.select(
        name for name in figures.columns if (owner := name.partition(":")[0]) in own or owner not in plan.indicators
    )


Both = tuple[pl.Expr, pl.Expr]
"""A sentence in English and in Chinese, over the columns of a frame of figures."""
_NOTHING = pl.lit(None, pl.String)


class _Words:
    """Says why clauses fail for offices of one level.

    What is asked of more than once (whether a clause holds, how a figure is written) is laid down as a column of `laid`
    first: an expression that repeats others which repeat others takes a hundred times as long.
    """

    def __init__(self, plan: Plan, level: Level, verify: Comparison | None, figures: pl.DataFrame) -> None:
        self.plan, self.level, self.verify = plan, level, verify
        self.laid = figures
        self._said: dict[str, pl.Expr] = {}  # name -> whether a clause before has said that it is missing
        self._columns: dict[str, pl.Expr] = {}
        self._somewhere = frozenset[str]()  # which clauses lack figures, or fail, at any office
        self.below_county = is_below_county(level)

    def _lay(self, what: str, value: pl.Expr) -> pl.Expr:
        """`value` as a column; `what` says what it is, and is laid down once."""
        (laid,) = self._lay_all({what: value})
        return laid

    def _lay_all(self, values: Mapping[str, pl.Expr]) -> list[pl.Expr]:
        """The same of several that do not rest on each other."""
        new = {f":{what}": value for what, value in values.items() if what not in self._columns}
        if new:
            self.laid = self.laid.with_columns(**new)
            self._columns |= {name[1:]: pl.col(name) for name in new}
        return [self._columns[what] for what in values]

    def lay_clauses(self, clauses: Sequence[Clause]) -> None:
        """Lay down of all clauses at once whether they hold, and where they do not, whether for lack of figures: each step over
        the frame of a few offices takes longer to prepare than to do."""
        holds = self._lay_all({f"holds {one.text}": self._holds(one) for one in clauses})
        why = dict[str, pl.Expr]()
        for one, held in zip(clauses, holds, strict=True):
            missing = pl.any_horizontal(pl.lit(False), *(is_missing(name) for name in one.names))
            lacking = (missing & held.is_null()).fill_null(False)
            why |= {f"lacking {one.text}": lacking, f"failing {one.text}": ~held.fill_null(False) & ~lacking}
        laid = self._lay_all(why)
        somewhere = self.laid.select(one.any().alias(what) for what, one in zip(why, laid, strict=True))
        self._somewhere = frozenset(what for what, is_so in somewhere.row(0, named=True).items() if is_so)

    def clause(self, clause: Clause) -> Both:
        """A failing clause: which figures are missing that no clause before named, else what the figures are and must be.

        Null where it does not fail, and where all that is missing was named before. Only what is to be said of some office is
        worded: a county's few offices fail few of the clauses, and each in one of the two ways.
        """
        lacks, fails = f"lacking {clause.text}", f"failing {clause.text}"
        lacking, failing = self._columns[lacks], self._columns[fails]
        known_en, known_zh = self._known(clause) if fails in self._somewhere else (_NOTHING, _NOTHING)
        if lacks not in self._somewhere:
            return pl.when(failing).then(known_en), pl.when(failing).then(known_zh)
        absent_en = _joined([self._absent_en(name) for name in clause.names], ", ")
        absent_zh = _joined([self._absent_zh(name) for name in clause.names], "、")
        for name in clause.names:
            self._said[name] = self._said.get(name, pl.lit(False)) | lacking
        return (
            pl.when(lacking).then(absent_en).when(failing).then(known_en),
            pl.when(lacking).then(absent_zh).when(failing).then(known_zh),
        )

    def _holds(self, clause: Clause) -> pl.Expr:
        """Whether a clause holds; one of figures with words where every value that they allow meets it."""
        if not are_loose(self.laid, clause.names):
            return clause.polars()
        return pl.lit(answered(clause, self.laid, self.laid.select(clause.polars()).to_series()))

    def _left_open(self, clause: Clause) -> Both | None:
        """What is said of a clause that words leave open; None where there are none."""
        if not are_loose(self.laid, clause.names):
            return None
        sure = surely(clause, self.laid)
        is_open = self._lay(f"open {clause.text}", pl.lit(~(sure.yes | sure.no)))
        return tuple(pl.when(is_open).then(pl.lit(said)).otherwise(pl.lit("")) for said in (OPEN.en, OPEN.zh))  # type: ignore[return-value]

    def _spoken(self, name: str) -> Both | None:
        """A figure with words as it is spoken of, null where it is a plain number."""
        return self._lay_spoken(name, spoken_figures(self.laid, name, _after(self.plan.indicators[name])))

    def _lay_spoken(self, what: str, said: tuple[pl.Series, pl.Series] | None) -> Both | None:
        if said is None:
            return None
        en, zh = self._lay_all({f"en {what}": pl.lit(said[0]), f"zh {what}": pl.lit(said[1])})
        return en, zh

    def _absent_en(self, name: str) -> pl.Expr:
        behind, there, none = pl.col(expected(name)), pl.col(reported(name)), pl.col(unknown(name))
        some = pl.format(f"{name} not reported ({{}} of {{}} missing)", behind - there, behind)
        both = pl.format(
            f"{name} not reported ({{}} of {{}} districts missing, {{}} {STORED}s without any)",
            behind - none - there,
            behind - none,
            none,
        )
        alone = pl.lit(f"{name} not reported{made_of(self.plan, self.plan.indicators[name]).en}")
        counts = (behind > 1) & ~self._own_lists_wait(name)
        counted = pl.when(counts).then(some).otherwise(alone)
        if self._are_without_districts(name):
            counted = pl.when((none > 0) & (behind > none)).then(both).otherwise(counted)
        return pl.when(self._is_news(name)).then(counted)

    def _absent_zh(self, name: str) -> pl.Expr:
        behind, there, none = pl.col(expected(name)), pl.col(reported(name)), pl.col(unknown(name))
        indicator = self.plan.indicators[name]
        offices = OFFICES_ZH[stored_level(indicator, self.level)]
        of = OFFICES_ZH["district"] if indicator.level == "district" else keepers(self.plan, indicator, offices)
        title = indicator.title.replace("{", "（").replace("}", "）")
        some = pl.format(f"{title}未报齐（应报{{}}{of}，尚缺{{}}个）", behind, behind - there)
        both = pl.format(
            f"{title}未报齐（应报{{}}{of}，尚缺{{}}个；另有{{}}{offices}尚无普查小区上报）",
            behind - none,
            behind - none - there,
            none,
        )
        nobody = pl.format(f"{title}未报（{{}}{offices}均无普查小区上报）", none)
        alone = pl.lit(f"{indicator.title}未报{made_of(self.plan, self.plan.indicators[name]).zh}")
        counts = (behind > 1) & ~self._own_lists_wait(name)
        counted = pl.when(counts).then(some).otherwise(alone)
        if self._are_without_districts(name):
            counted = pl.when((none > 0) & (behind > none)).then(both).when(none > 1).then(nobody).otherwise(counted)
        return pl.when(self._is_news(name)).then(counted)

    def _are_without_districts(self, name: str) -> bool:
        """Whether some office of a figure, anywhere, has no district that is known: nowhere else is it worded."""
        return bool((self.laid[unknown(name)] > 0).any())

    def _own_lists_wait(self, name: str) -> pl.Expr:
        """Where nothing is known of a figure from lists that the judged office, or one above it, keeps: it is awaited, nobody below."""
        return (pl.col(reported(name)) == 0) & own_lists(self.plan, self.plan.indicators[name], self.level)

    def _is_news(self, name: str) -> pl.Expr:
        """Missing, and no clause before has said so."""
        return is_missing(name) & ~self._said.get(name, pl.lit(False))

    def _known(self, clause: Clause) -> Both:
        """The clause with its figures, where they are all there."""
        if self.verify is not None:
            return self._please_verify(clause, self.verify)
        of_people = bool(clause.names) and all(self._about_people(name) for name in clause.names)
        known_en, known_zh = self._please_check(clause) if of_people else self._with_figures(clause)
        small = self._small(clause)
        if not small or (of_people and self.below_county):
            return known_en, known_zh
        hidden_en, hidden_zh = self._without_figures(small)
        hides = pl.any_horizontal(small.values())
        return pl.when(hides).then(hidden_en).otherwise(known_en), pl.when(hides).then(hidden_zh).otherwise(known_zh)

    def _small(self, clause: Clause) -> dict[str, pl.Expr]:
        """Which of its figures may not be shown where, as `small_cells` says."""
        small = small_cells(self.plan, clause.names, self.level)
        return {name: self._lay(f"hidden {name}", hides) for name, hides in small.items()}

    def _with_figures(self, clause: Clause) -> Both:
        if clause.operator is None or clause.left is None or clause.right is None:
            return self._must_satisfy(clause)
        days = days_compared(self.plan, clause)
        if days is not None:
            return days
        self._lay_sides(clause.left, clause.right)
        close = (self._short(clause.left) == self._short(clause.right)).fill_null(False)
        left_en, left_zh = self._side(clause.left, close)
        right_en, right_zh = self._side(clause.right, close)
        en = [left_en, pl.lit(f", {_MUST_EN[clause.operator]} "), right_en]
        zh = [left_zh, pl.lit(f"，{_MUST_ZH[clause.operator]}"), right_zh, pl.lit(self._share_behind(clause))]
        left_open = self._left_open(clause)
        if left_open is not None:
            en, zh = [*en, left_open[0]], [*zh, left_open[1]]
        if clause.left in self.plan.indicators or not clause.names or self._is_hidden(clause):
            return pl.concat_str(en), pl.concat_str(zh)
        return (
            pl.concat_str(*en, pl.lit(" ("), self._listed_en(clause.names), pl.lit(")")),
            pl.concat_str(*zh, pl.lit("（"), self._listed_zh(clause.names), pl.lit("）")),
        )

    def _share_behind(self, clause: Clause) -> str:
        """The sign behind a bare bound of a share, 应不低于100%; nothing behind that of anything else."""
        indicator = self.plan.indicators.get(clause.left or "")
        is_bare = re.fullmatch(r"-?[0-9.]+", clause.right or "") is not None
        return _after(indicator) if indicator and is_bare and indicator.unit in ("percent", "permille") else ""

    def _without_figures(self, small: Mapping[str, pl.Expr]) -> Both:
        """Which figures are small cells, to be checked. small: as `small_cells` gives them."""
        named = [(name, self.plan.indicators[name].title, hides) for name, hides in small.items()]
        names_en = _joined([pl.when(hides).then(pl.lit(name)) for name, _, hides in named], ", ")
        names_zh = _joined([pl.when(hides).then(pl.lit(title)) for _, title, hides in named], "、")
        return (
            pl.concat_str(names_en, pl.lit(f" {HIDDEN.en}: please check")),
            pl.concat_str(names_zh, pl.lit(f"{HIDDEN.zh}，请核实")),
        )

    def _must_satisfy(self, clause: Clause) -> Both:
        en, zh = pl.lit(f"must satisfy {_spoken(clause.text)}"), pl.lit(f"应满足“{self._retitle(clause.text)}”")
        if not clause.names or self._is_hidden(clause):
            return en, zh
        left_open = self._left_open(clause) or (pl.lit(""), pl.lit(""))
        return (
            pl.concat_str(en, pl.lit(": "), self._listed_en(clause.names), left_open[0]),
            pl.concat_str(zh, pl.lit("，现为"), self._listed_zh(clause.names), left_open[1]),
        )

    def _please_check(self, clause: Clause) -> Both:
        if self.below_county:
            titles = "、".join(self.plan.indicators[name].title for name in clause.names)
            return pl.lit(f"{', '.join(clause.names)}: please check"), pl.lit(f"{titles}，请核实")
        return (
            pl.concat_str(self._listed_en(clause.names), pl.lit(": please check")),
            pl.concat_str(self._listed_zh(clause.names), pl.lit("，请核实")),
        )

    def _please_verify(self, clause: Clause, verify: Comparison) -> Both:
        """That two sources differ, and by how much; below county, and where one is a small cell, that they differ."""
        names, titles = ", ".join(verify.names), "与".join(self.plan.indicators[name].title for name in verify.names)
        bare = pl.lit(f"{names} differ: please check"), pl.lit(f"{titles}不一致，请核实")
        if self._is_hidden(clause):
            return bare
        gap_en, gap_zh = _gap(verify)
        small = pl.any_horizontal(pl.lit(False), *self._small(clause).values())
        en = pl.concat_str(self._listed_en(verify.names), pl.lit(", "), gap_en, pl.lit(": please check"))
        zh = pl.concat_str(self._listed_zh(verify.names), pl.lit("，"), gap_zh, pl.lit("，请核实"))
        return pl.when(small).then(bare[0]).otherwise(en), pl.when(small).then(bare[1]).otherwise(zh)

    def _about_people(self, name: str) -> bool:
        """True for a figure about people, and for a count of work on records of them."""
        one = self.plan.indicators[name]
        return one.about == "people" or (one.work is not None and counts_people(name, one.title) is not None)

    def _is_hidden(self, clause: Clause) -> bool:
        """True where listing the figures would show one of the counted of a place below county."""
        return self.below_county and any(self._about_people(name) for name in clause.names)

    def _side(self, sql: str, close: pl.Expr) -> Both:
        """`expression = value`; a ratio over zero has no value. A bare bound, and people below county, without one.

        close: where four places after the point would make the two sides of the comparison look alike.
        """
        names = [word for word in re.findall(r"[a-z_][a-z0-9_]*", sql) if word in self.plan.indicators]
        if not names or (self.below_county and all(self._about_people(name) for name in names)):
            return pl.lit(_spoken(sql)), pl.lit(self._retitle(sql))
        full = self._lay(f"full {sql}", _in_full(self._exact(sql)))
        value = pl.when(close).then(full).otherwise(self._short(sql))
        indicator = self.plan.indicators.get(sql)
        spoken = self._lay_spoken(sql, spoken_sums(self.laid, sql, names)) if indicator is None else self._spoken(sql)
        nothing_en = "none yet" if indicator is not None and indicator.rows is not None else "undefined"
        said_en, said_zh = (pl.lit(None, pl.String),) * 2 if spoken is None else spoken
        en = pl.concat_str(pl.lit(f"{_spoken(sql)} = "), pl.coalesce(said_en, value.fill_null(nothing_en)))
        if indicator is not None:
            counted = pl.concat_str(value, pl.lit(_after(indicator)))
            own = pl.concat_str(pl.lit(_before(indicator)), pl.coalesce(said_zh, counted))
            nothing = "尚无" if indicator.rows is not None else "无法计算"
            return en, own.fill_null(f"{indicator.title}{nothing}")
        zh = pl.concat_str(pl.lit(" = "), pl.coalesce(said_zh, value)).fill_null("无法计算")
        return en, pl.concat_str(pl.lit(self._retitle(sql)), zh)

    def _lay_sides(self, *sides: str) -> None:
        """Lay down at once what is asked of each side of a comparison."""
        self._lay_all({f"exact {sql}": _exact(sql) for sql in sides})
        self._lay_all(
            {f"short {sql}": number(self._exact(sql)) for sql in sides}
            | {f"full {sql}": _in_full(self._exact(sql)) for sql in sides}
        )

    def _exact(self, sql: str) -> pl.Expr:
        return self._lay(f"exact {sql}", _exact(sql))

    def _short(self, sql: str) -> pl.Expr:
        return self._lay(f"short {sql}", number(self._exact(sql)))

    def _written(self, names: Sequence[str]) -> list[pl.Expr]:
        return self._lay_all({f"written {name}": _as_written(pl.col(name)) for name in names})

    def _listed_en(self, names: Sequence[str]) -> pl.Expr:
        each = []
        for name, plain in zip(names, self._written(names), strict=True):
            spoken = self._spoken(name)
            value = plain if spoken is None else pl.coalesce(spoken[0], plain)
            each.append(pl.concat_str(pl.lit(f"{name} = "), value.fill_null("?")))
        return pl.concat_str(each, separator=", ")

    def _listed_zh(self, names: Sequence[str]) -> pl.Expr:
        each = []
        for name, plain in zip(names, self._written(names), strict=True):
            indicator, spoken = self.plan.indicators[name], self._spoken(name)
            counted = pl.concat_str(plain, pl.lit(_after(indicator)))
            own = counted if spoken is None else pl.coalesce(spoken[1], counted)
            value = pl.concat_str(pl.lit(_before(indicator)), own)
            each.append(value.fill_null(f"{indicator.title}未报"))
        return pl.concat_str(each, separator="、")

    def _retitle(self, sql: str) -> str:
        """SQL with the titles of its indicators, as an office would write it."""
        titled = _spoken(sql)
        for pattern, own in _SYMBOLS_ZH:
            titled = re.sub(pattern, own, titled)

        def title_of(word: re.Match[str]) -> str:
            known = self.plan.indicators.get(word[0])
            return known.title if known else word[0]

        return re.sub(r"[a-z_][a-z0-9_]*", title_of, titled)


def _gap(verify: Comparison) -> Both:
    """How far two sources are apart, and how far they may be: in permille of the larger where that is what counts."""
    left, right = (pl.col(name) for name in verify.names)
    apart = (left - right).abs()
    share = verify.share
    if share is None:
        off = number(apart)
        en, zh = pl.concat_str(pl.lit("differ by "), off), pl.concat_str(pl.lit("相差"), off)
        limit = verify.within
    else:
        off = number(1000 * apart / pl.max_horizontal(left.abs(), right.abs()))
        en = pl.concat_str(pl.lit("differ by "), off, pl.lit("‰"))
        zh = pl.concat_str(pl.lit("差异率"), off, pl.lit("‰"))
        limit = f"{1000 * share:g}‰"
    if limit == "0":
        return en, zh
    return pl.concat_str(en, pl.lit(f", more than {limit}")), pl.concat_str(zh, pl.lit(f"，高于{limit}"))


def _exact(sql: str) -> pl.Expr:
    return read_expression(sql).polars().cast(pl.Float64)


def _joined(parts: Sequence[pl.Expr], separator: str) -> pl.Expr:
    """The parts that are there; null where none is."""
    joined = pl.concat_str(parts, separator=separator, ignore_nulls=True)
    return pl.when(joined != "").then(joined)


def number(value: pl.Expr) -> pl.Expr:
    """A figure as people write it: no .0, four places after the point unless these would make it a whole number."""
    rounded = value.round(4)
    return (
        pl.when((value.round(0) == value) & (value.abs() < 1e15))
        .then(value.cast(pl.Int64, strict=False).cast(pl.String))
        .when(rounded == rounded.round(0))
        .then(value.cast(pl.String))
        .otherwise(rounded.cast(pl.String))
    )


def _in_full(value: pl.Expr) -> pl.Expr:
    """A figure with all digits that a person could have written: where two differ, so do their texts."""
    digits = value.round_sig_figs(15)
    whole = (digits.round(0) == digits) & (digits.abs() < 1e15)
    return pl.when(whole).then(number(digits)).otherwise(digits.cast(pl.String))


def _as_written(value: pl.Expr) -> pl.Expr:
    """A figure that an office may have written, in full; one that was divided to four places."""
    return pl.when(value.round(MOST_PLACES) == value).then(_in_full(value)).otherwise(number(value))


def unit_zh(unit: str | None) -> str:
    """A plan's unit of measure as an office writes it."""
    return UNIT_ZH.get(unit or "", unit or "")


def _before(indicator: Indicator) -> str:
    """A title as it stands before its figure: a blank parts the two only where both are digits or letters."""
    return f"{indicator.title} " if indicator.title[-1:].isascii() else indicator.title


def _after(indicator: Indicator) -> str:
    """The unit behind a figure: 900人, 30%."""
    return unit_zh(indicator.unit)


def _spoken(sql: str) -> str:
    """SQL without the guard against division by zero that read_expression put in."""
    return re.sub(r"NULLIF\(((?:[^()]|\([^()]*\))*), 0\)", lambda found: found[1], sql)
