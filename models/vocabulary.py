"""Words for what the chase keeps as short English marks: states, decisions, recipients."""

from __future__ import annotations

from collections.abc import Mapping

from models.status import STANDING, TIMING, DutyStatus
from models.wording import COLON, Lang, Said

CASE_STATE: Mapping[str, Said] = {
    "open": Said("在办", "open"),
    "acknowledged": Said("已签收", "acknowledged"),
    "closed": Said("办结", "closed"),
}
CLOSED_AS: Mapping[str, Said] = {
    "met": Said("已达标", "met"),
    "waived": Said("已豁免", "waived"),
    "extended": Said("已延期", "extended"),
    "withdrawn": Said("不再要求", "no longer owed"),
}
DECISION: Mapping[str, Said] = {
    "ack": Said("签收", "acknowledged"),
    "extend": Said("延期", "extended"),
    "waive": Said("豁免", "waived"),
}
NOTICE_STATE: Mapping[str, Said] = {
    "planned": Said("待发", "planned"),
    "held": Said("待办公时间发出", "held for office hours"),
    "sending": Said("正在发出", "sending"),
    "accepted": Said("已送达", "accepted"),
    "refused": Said("未送达", "refused"),
    "retry": Said("待重发", "to be tried again"),
    "unknown": Said("不明（可能已送达）", "unknown, may have arrived"),
    "superseded": Said("已被下一级取代", "superseded"),
    "withdrawn": Said("已撤回", "withdrawn"),
}
ROLE: Mapping[str, Said] = {
    "owner": Said("经办人", "owner"),
    "leader": Said("办公室主任", "leader"),
    "head": Said("领导小组组长", "head"),
    "admin": Said("系统管理员", "administrator"),
}
_WHOSE = {
    "unit": Said("本单位", "unit"),
    "superior": Said("上级", "superior"),
    "government": Said("本级政府", "government"),
}

UNIT_ZH = {
    "yuan": "元",
    "persons": "人",
    "households": "户",
    "buildings": "栋",
    "items": "件",
    "sets": "套",
    "permille": "‰",
    "percent": "%",
}
"""The units of an indicator, as they stand behind a figure and in brackets behind a title."""


def said(words: Mapping[str, Said], mark: str, lang: Lang) -> str:
    """The word for a mark; the mark itself where there is none."""
    return words[mark].in_language(lang) if mark in words else mark


def recipient(target: str, lang: Lang) -> str:
    """Who a rung tells: 上级办公室主任 for superior.leader."""
    whose, _, role = target.partition(".")
    if lang == "en":
        return target
    return said(_WHOSE, whose, lang) + said(ROLE, role, lang)


def bracketed(text: str | None, lang: Lang) -> str:
    """A remark in brackets; nothing where there is none."""
    if not text:
        return ""
    return Said(f"（{text}）", f" ({text})").in_language(lang)


def name_of(duty: DutyStatus, lang: Lang) -> str:
    """A duty as people call it: its phase, its title and its period."""
    return f"{duty.phase_title}{COLON.in_language(lang)}{duty.title}{bracketed(duty.period, lang)}"


def standing_of(duty: DutyStatus, lang: Lang) -> str:
    """How a duty stands in a word or two: 未达标 逾期, 已豁免."""
    if duty.waived:
        return CLOSED_AS["waived"].in_language(lang)
    if duty.standing == "met":
        return STANDING["met"].in_language(lang)
    return f"{STANDING[duty.standing].in_language(lang)} {TIMING[duty.timing].in_language(lang)}"
