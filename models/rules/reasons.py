"""Why a duty is not met, with its figures, in words: `uncovered = 12, must be 0`.

Conditions on population, births, deaths or vacancy ask to check and never name a figure to reach
(条例 art. 5, 统计法 art. 7); below the county their figures are not shown at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import polars as pl

from models.expressions import Clause
from models.plan import Indicator, Plan, Requirement
from models.rules.ranking import may_not_rank
from models.rules.rollup import expected, reported
from models.units import LEVELS

_MUST_EN = {"=": "must be", ">=": "must be at least", "<=": "must be at most", ">": "must be more than", "<": "must be less than", "<>": "must not be"}  # fmt: skip
_MUST_ZH = {"=": "应为", ">=": "应不低于", "<=": "应不高于", ">": "应高于", "<": "应低于", "<>": "不应为"}


def reasons(plan: Plan, requirement: Requirement, figures: pl.DataFrame) -> pl.DataFrame:
    """Why the units in `figures` do not meet `requirement`.

    figures: as `rollup.figures` gives them, for the units in question only. Returns unit, reason_en, reason_zh.
    """
    shown = LEVELS.index(requirement.judged_at) <= LEVELS.index("county")
    parts_en, parts_zh = [], []
    for clause in requirement.met_when.clauses:
        failing = ~pl.sql_expr(clause.text).fill_null(False)
        english, chinese = _clause(plan, clause, shown)
        parts_en.append(pl.when(failing).then(english))
        parts_zh.append(pl.when(failing).then(chinese))
    return figures.select(
        "unit",
        reason_en=pl.concat_str(parts_en, separator="; ", ignore_nulls=True),
        reason_zh=pl.concat_str(parts_zh, separator="；", ignore_nulls=True),
    )


def _clause(plan: Plan, clause: Clause, shown: bool) -> tuple[pl.Expr, pl.Expr]:
    missing = [pl.col(name).is_null() for name in clause.names]
    known = _known(plan, clause, shown)
    if not missing:
        return known
    lacking = pl.any_horizontal(missing) & pl.sql_expr(clause.text).is_null()
    absent_en = _joined([_absent_en(name) for name in clause.names], ", ")
    absent_zh = _joined([_absent_zh(plan.indicators[name]) for name in clause.names], "、")
    return (
        pl.when(lacking).then(absent_en).otherwise(known[0]),
        pl.when(lacking).then(absent_zh).otherwise(known[1]),
    )


def _joined(parts: list[pl.Expr], separator: str) -> pl.Expr:
    return pl.concat_str(parts, separator=separator, ignore_nulls=True)


def _absent_en(name: str) -> pl.Expr:
    behind, told = pl.col(expected(name)), pl.col(reported(name))
    some = pl.format(f"{name} not reported ({{}} of {{}} missing)", behind - told, behind)
    return pl.when(pl.col(name).is_null()).then(
        pl.when(behind > 1).then(some).otherwise(pl.lit(f"{name} not reported"))
    )


def _absent_zh(indicator: Indicator) -> pl.Expr:
    behind, told = pl.col(expected(indicator.id)), pl.col(reported(indicator.id))
    some = pl.format(f"{_braces(indicator.title)}未报齐（应报 {{}}，缺 {{}}）", behind, behind - told)
    alone = pl.lit(f"{indicator.title}未报")
    return pl.when(pl.col(indicator.id).is_null()).then(pl.when(behind > 1).then(some).otherwise(alone))


def _known(plan: Plan, clause: Clause, shown: bool) -> tuple[pl.Expr, pl.Expr]:
    """The clause with its figures, where they are all there."""
    title = _retitled(plan)
    if clause.names and all(may_not_rank(name, plan.indicators[name].title) for name in clause.names):
        return _please_check(plan, clause, shown)
    if clause.operator is None or clause.left is None or clause.right is None:
        en = pl.concat_str(pl.lit("must satisfy "), pl.lit(_spoken(clause.text)), pl.lit(": "), _listed_en(clause))
        zh = pl.concat_str(pl.lit("应满足“"), pl.lit(title(clause.text)), pl.lit("”，现为"), _listed_zh(plan, clause))
        return en, zh
    left_en, left_zh = _side(plan, clause.left)
    right_en, right_zh = _bound(plan, clause.right)
    plain = re.fullmatch(r"\w+", clause.left) is not None
    en = pl.concat_str(left_en, pl.lit(f", {_MUST_EN[clause.operator]} "), right_en)
    zh = pl.concat_str(left_zh, pl.lit(f"，{_MUST_ZH[clause.operator]} "), right_zh)
    if plain:
        return en, zh
    return (
        pl.concat_str(en, pl.lit(" ("), _listed_en(clause), pl.lit(")")),
        pl.concat_str(zh, pl.lit("（"), _listed_zh(plan, clause), pl.lit("）")),
    )


def _please_check(plan: Plan, clause: Clause, shown: bool) -> tuple[pl.Expr, pl.Expr]:
    zh = "、".join(plan.indicators[name].title for name in clause.names)
    en = ", ".join(clause.names)
    if not shown:
        return pl.lit(f"{en}: please check"), pl.lit(f"{zh}与有关资料不符，请核实")
    return (
        pl.concat_str(_listed_en(clause), pl.lit(": please check")),
        pl.concat_str(_listed_zh(plan, clause), pl.lit("，请核实")),
    )


def _side(plan: Plan, sql: str) -> tuple[pl.Expr, pl.Expr]:
    """`expression = value` in both languages; a ratio over zero has no value."""
    value = number(pl.sql_expr(sql).cast(pl.Float64))
    en = pl.concat_str(pl.lit(f"{_spoken(sql)} = "), value.fill_null("undefined"))
    indicator = plan.indicators.get(sql)
    after = pl.lit(f" {unit_zh(indicator.unit)}" if indicator and indicator.unit else "")
    zh = pl.concat_str(pl.lit(f"{_retitled(plan)(sql)} "), value.fill_null("无法计算"), after)
    return en, zh


def _bound(plan: Plan, sql: str) -> tuple[pl.Expr, pl.Expr]:
    if re.search(r"[A-Za-z]", sql) is None:
        return pl.lit(_spoken(sql)), pl.lit(_spoken(sql))
    return _side(plan, sql)


def _listed_en(clause: Clause) -> pl.Expr:
    return pl.concat_str(
        [pl.concat_str(pl.lit(f"{name} = "), number(pl.col(name)).fill_null("?")) for name in clause.names],
        separator=", ",
    )


def _listed_zh(plan: Plan, clause: Clause) -> pl.Expr:
    parts = []
    for name in clause.names:
        indicator = plan.indicators[name]
        after = pl.lit(f" {unit_zh(indicator.unit)}" if indicator.unit else "")
        parts.append(pl.concat_str(pl.lit(f"{indicator.title} "), number(pl.col(name)).fill_null("未报"), after))
    return pl.concat_str(parts, separator="、")


def number(value: pl.Expr) -> pl.Expr:
    """A figure as people write it: no .0, at most four places after the point."""
    whole = value.round(0) == value
    return (
        pl.when(whole)
        .then(value.cast(pl.Int64, strict=False).cast(pl.String))
        .otherwise(value.round(4).cast(pl.String))
    )


_UNITS_ZH = {
    "yuan": "元",
    "persons": "人",
    "households": "户",
    "buildings": "栋",
    "items": "件",
    "permille": "‰",
    "percent": "%",
}


def unit_zh(unit: str | None) -> str:
    """A plan's unit of measure as an office writes it."""
    return _UNITS_ZH.get(unit or "", unit or "")


def _spoken(sql: str) -> str:
    """SQL without the guard against division by zero that read_expression put in."""
    return re.sub(r"NULLIF\(((?:[^()]|\([^()]*\))*), 0\)", lambda found: found[1], sql)


def _retitled(plan: Plan) -> Callable[[str], str]:
    def retitle(sql: str) -> str:
        titled = re.sub(
            r"[a-z_][a-z0-9_]*",
            lambda word: plan.indicators[word[0]].title if word[0] in plan.indicators else word[0],
            _spoken(sql),
        )
        for latin, own in ((" AND ", " 且 "), (" OR ", " 或 "), ("NOT ", "非 "), (">=", "≥"), ("<=", "≤"), ("<>", "≠")):
            titled = titled.replace(latin, own)
        return titled

    return retitle


def _braces(text: str) -> str:
    return text.replace("{", "(").replace("}", ")")
