"""The first sheet of a form (填报说明): how it is filled in and sent, and what is owed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from models.lawful import without_numbers
from models.plan.lists import DISTRICTS
from models.plan.model import Indicator, Plan
from models.status import DutyStatus
from models.vocabulary import bracketed
from models.wording import Lang, Said
from tasks.forms.owed import Owed, due_said
from tasks.forms.sheets import FormSheet, Guide, Look

_NAME = Said("填报说明", "how to fill in")
_DISTRICT = re.compile("(?<![0-9])[0-9]{15}(?![0-9])")
_MOST = 100
"""Duties of the office itself that are listed; those of offices below stand beside their rows."""
_RULES = (
    Said(
        "1. 一张工作表对应一本登记册或一组数字，表名、列名请勿改动。白色单元格填写，灰色单元格由系统填写。",
        "1. Each sheet is a register, or figures; leave its name and titles alone. Fill in white cells; grey ones are the product's.",
    ),
    Said(
        "2. 已有各行的区划代码和主键栏已锁定。新增的行从表末空行起填写，区划代码和主键栏必填。",
        "2. The code and key of the rows that there are are locked. Fill in new rows below them, with their code and key.",
    ),
    Said(
        "3. 有下拉箭头的请从列表中选择；状态栏只列出现状和下一步可以转入的状态。日期按 2020-08-05 填写。",
        "3. Choose where a list drops down; a state lists itself and those that may follow. Write dates like 2020-08-05.",
    ),
    Said(
        "4. 没有改动的单元格原样报回，不会更改任何记录。要清空一格，填“-”。",
        "4. Cells that were left alone change nothing when the form comes back. To empty a cell, write “-”.",
    ),
    Said(
        "5. 删去一行不等于撤销；确需撤销的，在“撤销”栏选“是”。没有某册所列事项的，在空行只填本单位区划代码，即为零报告。",
        "5. A row that is deleted is not withdrawn: for that say yes under “withdrawn”. With nothing for a list, fill in the office's own code in an empty row: a nil return.",
    ),
    Said(
        "6. 不得填写普查对象的姓名、证件号码和电话。",
        "6. No names, ID numbers or phones of the people counted.",
    ),
    Said(
        "7. 填好后保存为 .xlsx 上报：pucha report 文件名 --as-of 数据截至时刻 --by 报送单位。退回的单元格在“-退回”副本中标红并注明原因，改正后可报该副本。",
        "7. Save it as .xlsx and report it: pucha report FILE --as-of MOMENT --by OFFICE. Cells that are refused are marked red, with the reason, in a copy, which may be mended and reported.",
    ),
)
_LEGEND: tuple[tuple[Look, Said], ...] = (
    ("overdue", Said("已逾期，尚未办结", "overdue and not done")),
    ("owed", Said("应办，尚未办结", "owed and not done")),
    ("closed", Said("由系统填写，或不由该单位填报", "the product's, or not that office's")),
)
_HEADINGS = (
    Said("序号", "no."),
    Said("应办事项", "what is owed"),
    Said("填写位置", "where it is filled in"),
    Said("办理期限", "by when"),
    Said("目前情况", "how it stands"),
)


def guide_name(lang: Lang) -> str:
    return _NAME.in_language(lang)


def guide_of(
    about: Said,
    unit: tuple[str, str],
    at: datetime,
    sheets: Sequence[FormSheet],
    owed: Owed,
    *,
    left_out: Sequence[Said] = (),
) -> Guide:
    """The guide of a form about a register or a phase. unit: code and name of whose it is. left_out: lists that are not in it."""
    plan, lang, (code, name) = owed.plan, owed.lang, unit
    duties, more = owed.duties_of(code, _MOST)
    where = {one.register: one.name for one in sheets}
    requirements = {one.key: one for one in plan.requirements}

    def place(duty: DutyStatus) -> str:
        each = requirements[f"{duty.phase}.{duty.requirement}"].each
        if each is None:
            return _drawn(plan, f"{duty.phase}.{duty.requirement}", where)
        return where.get(each.register, "")

    facts = (
        Said(
            f"填报单位：{name}（{code}）及其下级        情况截至：{at.year}年{at.month}月{at.day}日{at:%H:%M}",
            f"office: {name} ({code}) and those below it        as of {at:%Y-%m-%d %H:%M}",
        ),
        Said(
            f"本表共 {len(sheets)} 张：{'、'.join(f'{one.name}（{one.rows.height}行）' for one in sheets)}",
            f"{len(sheets)} sheets: {', '.join(f'{one.name} ({one.rows.height} rows)' for one in sheets)}",
        ),
        *left_out,
    )
    closing = Said("", "")
    if more:
        closing = Said(
            f"另有未办结的 {more} 项（下级单位的在内），见各表“应办事项”栏和 pucha status",
            f"{more} more, those of offices below among them: see what is owed beside the rows, and pucha status",
        )
    elif not duties:
        closing = Said("目前没有未办结的事项。", "Nothing is owed at present.")
    return Guide(
        name=_NAME.in_language(lang),
        title=Said(f"{about.zh}填报表", f"Form: {about.en}").in_language(lang),
        facts=tuple(one.in_language(lang) for one in facts),
        rules=tuple(one.in_language(lang) for one in _RULES),
        legend=tuple((look, one.in_language(lang)) for look, one in _LEGEND),
        headings=tuple(one.in_language(lang) for one in _HEADINGS),
        owed=tuple((_look(one), _cells(one, code, place(one), lang)) for one in duties),
        closing=closing.in_language(lang),
    )


def _drawn(plan: Plan, key: str, where: dict[str | None, str]) -> str:
    """The sheets from which the figures of a requirement come."""
    behind = (plan.indicators[name] for name in sorted(plan.behind[key]) if name in plan.indicators)
    found = (where.get(_list_of(one)) for one in behind if one.rows or one.is_reported)
    return "、".join(dict.fromkeys(name for name in found if name))


def _list_of(figure: Indicator) -> str | None:
    """The register in which a figure is filled in, None for the sheet of figures."""
    if figure.rows is not None:
        return figure.rows.register
    return DISTRICTS if figure.level == "district" else None


def _look(duty: DutyStatus) -> Look:
    return "overdue" if duty.timing == "overdue" else "plain"


def _cells(duty: DutyStatus, unit: str, where: str, lang: Lang) -> tuple[str, ...]:
    title = duty.requirement if lang == "en" else duty.title
    whose = bracketed(duty.unit_name if duty.unit != unit else None, lang)
    what = f"{title}{bracketed(duty.period_text.in_language(lang), lang)}{whose}"
    return _told(what), where, due_said(duty.due, lang), _told(duty.reason.in_language(lang))


def _told(words: str) -> str:
    """What is owed, in words that may come back with the form: an amount like a phone is left out, codes of districts are not."""
    return without_numbers(words, {int(code[:9]) for code in _DISTRICT.findall(words)})
