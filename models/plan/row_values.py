"""What expressions over rows are made of: values and their kinds, what is written out in them, and how they are spoken of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from typing import TYPE_CHECKING

from models.moments import check_year, micros_in
from models.plan.grammar import A_CONDITION, A_NUMBER, KNOWN, ExpressionError, Subject, strange
from models.units import NATION, is_code
from models.wording import Refusal, Said

if TYPE_CHECKING:
    from sqlglot import exp

    from models.plan.row_kinds import Kind, Term

OF_ROWS = Subject(
    names=Said("栏目名", "a column's name"),
    shorter=Said("请把其中一部分写成计算栏目（is）", "make a part of it a computed column (is)"),
    only=Said(
        "登记册的条件中只能用比较、四则运算、case、coalesce、least、greatest 和 days(a, b)、within(a, b)、has(a, 'x')、district_number(code)",
        "only comparisons, arithmetic, case, coalesce, least, greatest and days(a, b), within(a, b), has(a, 'x'),"
        " district_number(code) may stand in conditions of registers",
    ),
    known=KNOWN | {"Anonymous", "Interval", "Var", "Cast", "DataType"},
)
KIND_SAID: Mapping[Kind, Said] = {
    "text": Said("文字", "a text"),
    "number": A_NUMBER,
    "date": Said("日期", "a date"),
    "moment": Said("时刻", "a moment"),
    "code": Said("区划代码", "a code"),
    "truth": A_CONDITION,
    "list": Said("多选栏目", "a column of several values"),
    "interval": Said("时长", "a length of time"),
}
A_TIME, A_TIME_OR_NUMBER = (
    Said("日期或时刻", "a date or a moment"),
    Said("数、日期或时刻", "a number, a date or a moment"),
)
TIMES: frozenset[Kind] = frozenset({"date", "moment"})
NULL: Term = ("null",)
DAY = micros_in(timedelta(days=1))
_MICROS = {"day": DAY, "hour": micros_in(timedelta(hours=1)), "minute": micros_in(timedelta(minutes=1))}
_LONGEST = 36_525 * DAY
_INTERVAL = re.compile(r"(\d{1,9}) (day|hour|minute)s?", re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2})?")
_ALIKE = 0.75
"""How much a name must be like another to be taken for a slip of it."""
_CURES: Mapping[frozenset[Kind], Said] = {
    frozenset({"date", "text"}): Said("；日期写作 date '2020-08-05'", "; write a date as date '2020-08-05'"),
    frozenset({"moment", "text"}): Said(
        "；时刻写作 timestamp '2020-08-05 17:00'", "; write a moment as timestamp '2020-08-05 17:00'"
    ),
    frozenset({"code", "number"}): Said(
        "；区划代码须加单引号，如 '140105'", "; a code stands in single quotes: '140105'"
    ),
    frozenset({"text", "number"}): Said(
        "；数不加引号，文字加单引号", "; a number stands without quotes, a text in single ones"
    ),
}
_CURE_OF_TRUTH = Said(
    "；是否栏目可单独作条件，或与 true、false 比较",
    "; a yes/no column is a condition by itself, or compares with true and false",
)
_CURE_OF_LIST = Said("；多选栏目请写作 has(栏目名, '值')", "; of a column of several values write has(column, 'value')")


@dataclass(frozen=True)
class Value:
    """A part of an expression: its kind, and what it is made of. A number is kept as a tree until it is compared."""

    kind: Kind
    term: Term = ()
    number: exp.Expr | None = None

    @property
    def is_text(self) -> bool:
        """True for a 'text' that is written out."""
        return self.term[:1] == ("text",)


def started(value: Value) -> Value:
    """A day as the moment at which it begins."""
    return Value("moment", ("start", value.term)) if value.kind == "date" else value


def negated(truth: Value) -> Value:
    return replace(truth, term=("not", truth.term))


def joined(truths: Iterable[Value], how: str) -> Value:
    """Conditions joined by "and" or "or"."""
    first, *others = truths
    for other in others:
        first = Value("truth", (how, first.term, other.term))
    return first


def size_of(term: Term) -> int:
    """How many parts a term has once it is written out; a part that stands in it several times is one tuple."""
    sizes: dict[int, int] = {}

    def size(part: object) -> int:
        if not isinstance(part, tuple):
            return 1
        if id(part) not in sizes:
            sizes[id(part)] = sum(map(size, part))
        return sizes[id(part)]

    return size(term)


def sql_of(node: exp.Expr) -> str:
    """A part of an expression, to be spoken of."""
    return str(node.sql(dialect="postgres", comments=False, normalize_functions=False))


def spoken(kind: Kind) -> Said:
    """What a value is called that is compared or chosen; one of a yes/no column is a condition too."""
    return Said("是或否", "yes or no") if kind == "truth" else KIND_SAID[kind]


def cure_of(kinds: frozenset[Kind]) -> Said:
    """What to do about two kinds that cannot be compared."""
    if "list" in kinds:
        return _CURE_OF_LIST
    return _CURE_OF_TRUTH if "truth" in kinds else _CURES.get(kinds, Said("", ""))


def may_be(node: exp.Expr) -> tuple[set[str], set[str]]:
    """The columns and the texts of which one is the value of a part."""
    from sqlglot import exp

    match node:
        case exp.Column():
            return {node.name}, set()
        case exp.Literal():
            return set(), {node.this} if node.is_string else set()
        case exp.Paren() | exp.Nullif():
            parts = [node.this]
        case exp.Coalesce() | exp.Least() | exp.Greatest():
            parts = [node.this, *node.expressions]
        case exp.Case():
            parts = [branch.args["true"] for branch in node.args["ifs"]]
            parts += [node.args["default"]] if node.args.get("default") else []
        case exp.If():
            parts = [node.args["true"], *([node.args["false"]] if node.args.get("false") else [])]
        case _:
            parts = []
    found = [may_be(part) for part in parts]
    return {name for names, _ in found for name in names}, {text for _, texts in found for text in texts}


def wrong(text: str, zh: str, en: str) -> ExpressionError:
    """What to say of an expression, in the words that come after it."""
    return ExpressionError(f"条件“{text}”{zh}", f"the condition “{text}” {en}")


def interval(text: str, node: exp.Expr) -> Value:
    written = _INTERVAL.fullmatch(f"{node.this.this if node.this else ''} {node.args.get('unit') or ''}".strip())
    micros = int(written[1]) * _MICROS[written[2].lower()] if written else _LONGEST + 1
    if micros > _LONGEST:
        raise wrong(
            text,
            f"中的“{sql_of(node)}”无法读懂，时长写作 interval '24 hour'，单位为 day、hour 或 minute，至多一百年",
            f"has “{sql_of(node)}”; write a length of time as interval '24 hour', in day, hour or minute, a hundred"
            " years at most",
        )
    return Value("interval", ("interval", micros))


def day_or_moment(text: str, node: exp.Expr) -> Value:
    from sqlglot import exp

    wanted = node.args["to"].this.name
    if wanted not in ("DATE", "TIMESTAMP") or not isinstance(node.this, exp.Literal) or not node.this.is_string:
        raise strange(text, node, OF_ROWS)
    written = node.this.this
    try:
        if wanted == "DATE" and _DATE.fullmatch(written):
            check_year(date.fromisoformat(written).year)
            return Value("date", ("date", written))
        if wanted == "TIMESTAMP" and _MOMENT.fullmatch(written):
            check_year(datetime.fromisoformat(written).year)
            return Value("moment", ("moment", written.replace(" ", "T")))
    except Refusal as refused:
        raise wrong(text, f"中的 '{written}'：{refused.said.zh}", f"has '{written}': {refused.said.en}") from None
    except ValueError:
        pass
    raise wrong(
        text,
        f"中的 '{written}' 无法读懂，日期写作 date '2020-08-05'，时刻写作 timestamp '2020-08-05 17:00'",
        f"has '{written}'; write a day as date '2020-08-05', a moment as timestamp '2020-08-05 17:00'",
    )


def require_code(text: str, value: Value) -> None:
    code = value.term[1]
    if code != NATION and not is_code(code):
        raise wrong(
            text,
            f"中的 '{code}' 不是区划代码，应为 2、4、6、9、12 或 15 位数字",
            f"has '{code}' where a code of 2, 4, 6, 9, 12 or 15 digits must be",
        )


def unknown(text: str, name: str, names: Iterable[str]) -> ExpressionError:
    """What to say of a name that no column has; it may be meant for a text."""
    near = next(iter(get_close_matches(name, list(names), 1, _ALIKE)), None)
    return wrong(
        text,
        f"中的 {name} 不是登记册的栏目" + (f"，是否为 {near}" if near else "") + f"；文字须加单引号：'{name}'",
        f"names {name}, which is no column of the register"
        + (f"; did you mean {near}?" if near else "")
        + f"; a text stands in single quotes: '{name}'",
    )


def no_difference(text: str, node: exp.Expr) -> ExpressionError:
    """What to say of one day or moment that is subtracted from another, or added to it."""
    asked = f"days({sql_of(node.expression)}, {sql_of(node.this)})"
    return wrong(
        text,
        f"中的“{sql_of(node)}”：日期、时刻不能直接相加减，相差几天请写作 {asked}",
        f"has “{sql_of(node)}”, but days and moments are not added or subtracted; how many days lie between is {asked}",
    )


def no_number_of_days(text: str, node: exp.Expr) -> ExpressionError:
    """What to say of a number that is added to a day or moment, or subtracted from it."""
    sign = "+" if node.key == "add" else "-"
    fixed = sql_of(node.expression) if node.expression.is_number else "3"
    asked = f"{sql_of(node.this)} {sign} interval '{fixed} day'"
    return wrong(
        text,
        f"中的“{sql_of(node)}”把日期与数相加减，加减的时长是固定的，写作 {asked}",
        f"has “{sql_of(node)}”, a day and a number; a fixed length of time is written {asked}",
    )
