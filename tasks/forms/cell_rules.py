"""Rules of cells (单元格的填写规则): what a spreadsheet lets be typed into a column of a form, and what it says otherwise."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from models.rules.intake.cells import LONGEST_TEXT
from models.wording import Lang, Said
from tasks.forms.sheets import FormColumn


def between_days(one: FormColumn, lang: Lang) -> dict[str, Any]:
    assert one.days is not None
    first, last = one.days
    like = Said("2020-08-05", "2020-08-05") if one.kind == "date" else Said("2020-08-05 17:00", "2020-08-05 17:00")
    said = Said(f"请按 {like.zh} 的样子填写", f"write it like {like.en}")
    ends = {"minimum": first, "maximum": last if one.kind == "date" else last + timedelta(days=1)}
    return {"validate": "date", "criteria": "between", **ends, "error_message": said.in_language(lang)}


def a_number(one: FormColumn, lang: Lang) -> dict[str, Any]:
    """A number within its ends. Words beside it (2900余) are told apart when the form is read: a warning is enough."""
    low, high = one.ends
    criteria: dict[str, Any] = {"criteria": "between", "minimum": low, "maximum": high}
    if low is None or high is None:
        least = -1e15 if low is None else low
        criteria = {"criteria": "<=", "value": high} if high is not None else {"criteria": ">=", "value": least}
    said = Said("这里一般填数字，请核对", "a number is expected here; please check")
    return {"validate": "decimal", **criteria, "error_type": "warning", "error_message": said.in_language(lang)}


def a_text(lang: Lang) -> dict[str, Any]:
    said = Said(f"不超过 {LONGEST_TEXT} 字", f"at most {LONGEST_TEXT} characters")
    return {"validate": "length", "criteria": "<=", "value": LONGEST_TEXT, "error_message": said.in_language(lang)}
