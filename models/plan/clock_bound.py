"""Plans in which something becomes due, or is done, by the passing of time alone: `held < now`, `days(asked, today) > 3`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from models.plan.lists import Register
from models.plan.model import Plan, Requirement
from models.plan.row_expressions import RowExpression
from models.plan.row_kinds import Term
from models.plan.row_values import DAY

_CLOCK = frozenset({"now", "today"})
_NOW: Term = ("column", "now", "moment")
_TODAY: Term = ("column", "today", "date")
_COMPARED = frozenset({"=", "<>", "<", "<=", ">", ">="})
_HELD_AGAINST = _COMPARED | {"nullif"}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "<>": "<>"}
_FROM_THEN_ON, _FROM_THE_NEXT_ON = frozenset({"<=", ">"}), frozenset({"<", ">="})
"""Of `held <= now` and `held > now` the moment itself is the first at which they are otherwise; of the others the next one."""
INSTANT = 1
"""Of a microsecond."""


def goes_by_the_clock(plan: Plan, requirements: Iterable[Requirement] | None = None) -> bool:
    """Whether some duty, or a figure behind one, may change though nobody reports anything: of `requirements` (None: all)."""
    asked = plan.requirements if requirements is None else requirements
    return any(not _CLOCK.isdisjoint(one.names) for requirement in asked for one in row_expressions(plan, requirement))


def registers_by_the_clock(plan: Plan) -> frozenset[str]:
    """The registers of whose rows some duty, or a figure behind one, asks what day or what hour it is."""
    return frozenset(
        register.id
        for requirement in plan.requirements
        for register, conditions in _asked_of_rows(plan, requirement)
        if any(not _CLOCK.isdisjoint(one.names) for one in _with_computed(register, conditions))
    )


def row_expressions(plan: Plan, requirement: Requirement) -> Iterator[RowExpression]:
    """The conditions over rows that a requirement and the figures behind it rest on, and what computes their columns."""
    for register, conditions in _asked_of_rows(plan, requirement):
        yield from _with_computed(register, conditions)


def _with_computed(register: Register, conditions: Iterable[RowExpression]) -> Iterator[RowExpression]:
    yield from conditions
    yield from (column.computed for column in register.computed if column.computed is not None)


def _asked_of_rows(plan: Plan, requirement: Requirement) -> Iterator[tuple[Register, list[RowExpression]]]:
    """The registers that a requirement and the figures behind it rest on, and the conditions over the rows of each."""
    each = requirement.each
    if each is not None:
        conditions = [each.met_when, each.where]
        yield plan.registers[each.register], [one for one in conditions if one is not None]
    for name in plan.behind[requirement.key]:
        drawn = plan.indicators[name].rows
        if drawn is not None:
            yield plan.registers[drawn.register], [] if drawn.where is None else [drawn.where]


def turning_terms(plan: Plan) -> dict[str, list[Term]]:
    """By register the terms of the moments at which a row may begin, or cease, to fulfil some condition by the passing of time
    alone: of `held <= now` the moment `held`, of `asked + interval '24 hour' < now` that a day after `asked`.

    What changes with the day (`today`) turns at midnight and is not among them.
    """
    found: dict[str, dict[Term, None]] = {}
    for requirement in plan.requirements:
        for register, conditions in _asked_of_rows(plan, requirement):
            computed = {one.id: one.computed.term for one in register.computed if one.computed is not None}
            terms = [*(condition.term for condition in conditions), *computed.values()]
            turning = [turn for term in terms for turn in _turns(term, computed)]
            if turning:
                found.setdefault(register.id, {}).update(dict.fromkeys(turning))
    return {register: list(terms) for register, terms in found.items()}


def turned_alone(terms: Iterable[Term], register: Register) -> list[Term] | None:
    """The terms of the first moments at which conditions over the rows of a register are otherwise by the passing of time, where
    they ask for `now` in no other way than holding it against a moment that knows no clock; None where they do.

    terms: the conditions, and what computes the columns in them. Of `held <= now` it is the moment `held`, of `held < now` the
    instant after it. Between two of these moments nothing turns.
    """
    return _turned_alone(terms, register, _is_now, INSTANT)


def days_turned_alone(terms: Iterable[Term], register: Register) -> list[Term] | None:
    """The same of `today`, as terms of days: of `formed <= today` the day `formed`, of `due < today` that after `due`."""
    return _turned_alone(terms, register, _is_today, DAY)


def _turned_alone(
    terms: Iterable[Term], register: Register, is_clock: Callable[[Any], bool], step: int
) -> list[Term] | None:
    computed = {one.id: one.computed.term for one in register.computed if one.computed is not None}
    asked = list(terms)
    if not all(_only_holds_against(term, computed, is_clock) for term in asked):
        return None
    return list(dict.fromkeys(first for term in asked for first in _firsts(term, is_clock, step)))


def _firsts(term: Term, is_clock: Callable[[Any], bool], step: int) -> Iterator[Term]:
    """When the comparisons with the clock in a term are otherwise than before, for the first time."""
    if _is_comparison(term):
        operator, one, other = term
        for how, side, clock in ((operator, one, other), (_MIRRORED[operator], other, one)):
            if is_clock(clock):
                yield from _first(how, side, clock, step)
                return
    for part in term:
        if isinstance(part, tuple):
            yield from _firsts(part, is_clock, step)


def _first(operator: str, side: Term, clock: Term, step: int) -> Iterator[Term]:
    """When `side`, held against now and so much, or against today, is held otherwise than before."""
    of_day = clock[0] == "start"
    then, shift = ("day", side) if of_day else side, _shift_of(clock)
    # a moment within a day is held by the next day's beginning, and one at midnight by its own
    both = of_day or operator not in _FROM_THEN_ON | _FROM_THE_NEXT_ON
    if both or operator in _FROM_THEN_ON:
        yield ("shift", then, -shift) if shift else then
    if both or operator in _FROM_THE_NEXT_ON:
        yield ("shift", then, step - shift) if shift != step else then


def _only_holds_against(term: Term, computed: Mapping[str, Term], is_clock: Callable[[Any], bool]) -> bool:
    """Whether a term asks for the clock only by holding it, or a time so much before or after it, against what knows no
    clock."""
    if term in (_NOW, _TODAY):
        return not is_clock(term)
    if _is_comparison(term):
        one, other = term[1:]
        for side, against in ((one, other), (other, one)):
            if is_clock(side):
                return not _names_the_clock(against, computed)
    return all(_only_holds_against(part, computed, is_clock) for part in term if isinstance(part, tuple))


def _is_comparison(term: Term) -> bool:
    return len(term) == len(("=", "one", "other")) and term[0] in _COMPARED


def _is_now(term: Any) -> bool:
    return bool(term == _NOW or (isinstance(term, tuple) and term[:1] == ("shift",) and _is_now(term[1])))


def _is_today(term: Any) -> bool:
    """Whether a term is today, so many days before or after it, or the moment at which such a day begins."""
    return isinstance(term, tuple) and _is_a_day(term[1] if term[:1] == ("start",) else term)


def _is_a_day(term: Any) -> bool:
    return bool(term == _TODAY or (isinstance(term, tuple) and term[:1] == ("shift",) and _is_a_day(term[1])))


def _shift_of(term: Any) -> int:
    """How much a term of today is after it, in microseconds."""
    match term:
        case ("shift", inner, micros):
            return int(micros) + _shift_of(inner)
        case ("start", inner):
            return _shift_of(inner)
    return 0


def _names_the_clock(term: Any, computed: Mapping[str, Term]) -> bool:
    """Whether now or the day stands anywhere in a term, or in what computes a column in it."""
    if not isinstance(term, tuple):
        return False
    if term[:1] == ("column",):
        return term[1] in _CLOCK or (term[1] in computed and _names_the_clock(computed[term[1]], computed))
    return any(_names_the_clock(part, computed) for part in term)


def _turns(term: Term, computed: Mapping[str, Term]) -> Iterator[Term]:
    if term[:1] and term[0] in _HELD_AGAINST:
        sides = [alternative for side in term[1:] for alternative in _alternatives(side, computed, 0)]
        for turned in (shift for side, shift in sides if side == _NOW):
            for side, shift in sides:
                if not _asks_the_clock(side, computed):
                    yield ("shift", side, shift - turned) if shift != turned else side
    for part in term:
        if isinstance(part, tuple):
            yield from _turns(part, computed)


def _alternatives(term: Any, computed: Mapping[str, Term], shift: int) -> Iterator[tuple[Term, int]]:
    """What the value of a term may be: parts that are not chosen from others, each with what is added to it, in microseconds."""
    match term:
        case ("shift", inner, micros):
            yield from _alternatives(inner, computed, shift + micros)
        case ("start", inner):
            for part, more in _alternatives(inner, computed, 0):
                yield ("start", ("shift", part, more) if more else part), shift
        case ("least" | "greatest" | "coalesce", *parts):
            for part in parts:
                yield from _alternatives(part, computed, shift)
        case ("nullif", one, _):
            yield from _alternatives(one, computed, shift)
        case ("case", branches, last):
            for part in (*(then for _, then in branches), last):
                yield from _alternatives(part, computed, shift)
        case ("column", name, _) if name in computed:
            yield from _alternatives(computed[name], computed, shift)
        case _:
            yield term, shift


def _asks_the_clock(term: Any, computed: Mapping[str, Term]) -> bool:
    """Whether a part is now, or changes with the day, or is nothing at all."""
    if not isinstance(term, tuple):
        return False
    if term[:1] == ("null",):
        return True
    if term[:1] == ("column",):
        return term[1] in _CLOCK or (term[1] in computed and _asks_the_clock(computed[term[1]], computed))
    return any(_asks_the_clock(part, computed) for part in term)
