"""What a table is a report of: figures, or the rows of one register. Its header says so, else its sheet's name."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from models.plan.lists import Register
from models.plan.model import Plan
from models.rules.intake.register_columns import is_of_register
from models.rules.intake.report_columns import EVIDENCE_TITLES, WITHDRAWN_TITLES, column_of, is_beside, is_figure
from models.rules.registers.frames import CODE
from models.text import one_line, title_key
from models.wording import Refusal

_MOST_NAMED = 4


def register_called(name: str, plan: Plan) -> Register:
    """The register of that id or title. Refusal where the plan has none."""
    plain = title_key(name)
    found = [one for one in plan.registers.values() if plain in (title_key(one.id), title_key(one.title))]
    if len(found) == 1:
        return found[0]
    titles = {one.title: one.id for one in plan.registers.values()}
    near = get_close_matches(name, [*titles, *titles.values()], 3, 0.5) or list(titles.values())[:10]
    listed = "、".join(f"{one}（{titles[one]}）" if one in titles else one for one in near)
    if not near:
        raise Refusal(
            f"方案中没有登记册“{name}”：本方案未设登记册", f"the plan has no register “{name}”, nor any other"
        )
    raise Refusal(
        f"方案中没有登记册“{name}”，是否为 {listed}", f"the plan has no register “{name}”; did you mean {listed}?"
    )


def register_of(file: str, header: Sequence[str], plan: Plan, sheet: str = "") -> Register | None:
    """The register whose rows a table brings; None for one of figures, those of districts among them.

    sheet: the name of the sheet that it stands on. What fits two is a Refusal that names both. Of what fits none the
    likeliest is taken, whose columns then say which titles are unknown.
    """
    registers = [one for one in plan.registers.values() if not one.built_in]
    if not registers:
        return None
    titles = [title for title in map(one_line, header) if title]
    called = [one for one in registers if sheet and title_key(sheet) in (title_key(one.id), title_key(one.title))]
    fitting = [one for one in registers if _fits(titles, one)]
    figures = [title for title in titles if is_figure(title, plan)]
    beside = (*EVIDENCE_TITLES, *WITHDRAWN_TITLES)
    others = [title for title in titles if not is_beside(title) and title_key(title) not in beside]
    are_figures = bool(figures) and all(is_figure(title, plan) for title in others)
    by_sheet = [one for one in fitting if one in called]
    if len(by_sheet) == 1:
        return by_sheet[0]
    if are_figures and not fitting:
        return None
    if len(fitting) == 1 and not are_figures:
        return fitting[0]
    if fitting:
        raise _fits_both(file, fitting, are_figures)
    if len(called) == 1 and not figures:
        return called[0]
    return _likeliest(file, titles, registers, len(figures))


def _fits(titles: Sequence[str], register: Register) -> bool:
    """True where each title is one of the register's or beside it, and all parts of its key are there."""
    own = {column.id for title in titles if (column := column_of(title, register)) is not None}
    if not own.issuperset(name for name in register.key if name != CODE and not register.columns[name].optional):
        return False
    return bool(own) and all(is_of_register(title, register) or is_beside(title) for title in titles)


def _likeliest(file: str, titles: Sequence[str], registers: Sequence[Register], figures: int) -> Register | None:
    """The register that most titles are of, more than are figures; None where no two are of one.

    Refusal where two titles or more are of several alike, and none is a figure: whoever sent a list is told of lists.
    """
    counts = [sum(1 for title in titles if column_of(title, one) is not None) for one in registers]
    most = max(counts)
    likely = [one for one, count in zip(registers, counts, strict=True) if count == most]
    if len(likely) > 1 and most > 1 and not figures:
        raise _may_be_any(file, likely)
    return likely[0] if most > figures and len(likely) == 1 else None


def _may_be_any(file: str, likely: Sequence[Register]) -> Refusal:
    shown = likely[:_MOST_NAMED]
    zh, en = ("等", " …") if len(likely) > len(shown) else ("", "")
    zh = "、".join(f"“{one.title}”（{one.id}）" for one in shown) + zh
    en = ", ".join(one.id for one in shown) + en
    return Refusal(
        f"{file} 的表头像是登记册{zh}，但与哪一册都不全合；请用 --register 指明是哪一册，所缺、不认识的列将逐一列出",
        f"the header of {file} is like those of {en}, and fits none of them; say with --register which one it is, and what is"
        " missing or unknown will be told",
    )


def _fits_both(file: str, fitting: Sequence[Register], are_figures: bool) -> Refusal:
    zh = "、".join(f"“{one.title}”（{one.id}）" for one in fitting)
    en = ", ".join(one.id for one in fitting)
    if are_figures:
        return Refusal(
            f"{file} 的表头既合指标报表，又合登记册{zh}：报登记册请加 --register {fitting[0].id}；报指标请把列名改为指标代号",
            f"the header of {file} fits a report of figures and the register {en}: give --register {fitting[0].id} for"
            " the register, or call the columns by the indicators' ids",
        )
    return Refusal(
        f"{file} 的表头同时合于登记册{zh}，请用 --register 指明是哪一个",
        f"the header of {file} fits the registers {en}; say with --register which one it is",
    )
