"""Words for what the chase keeps as short English marks: states, decisions, recipients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from models.calendar.working_time import OffsetUnit
from models.moments import delay
from models.plan.model import Plan, Rung
from models.status import PHASE_STATE, STANDING, TIMING, DutyStatus, PhaseStatus
from models.wording import COLON, COMMA, Lang, Said

CASE_STATE: Mapping[str, Said] = {
    "open": Said("在办", "open"),
    "acknowledged": Said("已签收", "acknowledged"),
    "closed": Said("办结", "closed"),
}
CLOSED_AS: Mapping[str, Said] = {
    "met": Said("已达标", "met"),
    "waived": Said("已免予办理", "waived"),
    "extended": Said("已延期", "extended"),
    "withdrawn": Said("不再要求", "no longer owed"),
    "merged": Said("已并入合并后的单位", "the office merged into another"),
    "split": Said("已转由分设后的各单位", "the office was split"),
}
DECISION: Mapping[str, Said] = {
    "ack": Said("签收", "acknowledged"),
    "extend": Said("延期", "extended"),
    "waive": Said("免予办理", "waived"),
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
    "on_duty": Said("值班人员", "whoever is on duty"),
    "admin": Said("系统管理员", "administrator"),
}
_WHOSE = {
    "unit": Said("本单位", "unit"),
    "superior": Said("上级", "superior"),
    "government": Said("本级政府", "government"),
}

BY_DEFAULT = Said("按默认期限", "by a default date")
"""Said of what is late against a date that is a default setting of the plan's."""
NOTHING_OWED = Said("无要求", "no duty")
SIGNED = Said("已签放行", "exit signed")

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


def role_said(role: str, plan: Plan, lang: Lang) -> str:
    """A role as people call it, one that the plan declares by its title."""
    return plan.roles.get(role) or said(ROLE, role, lang)


def recipient(target: str, plan: Plan, lang: Lang) -> str:
    """Who a rung tells: 上级办公室主任 for superior.leader."""
    whose, _, role = target.partition(".")
    if lang == "en":
        return target
    return said(_WHOSE, whose, lang) + role_said(role, plan, lang)


def rung_named(plan: Plan, requirement: str, rung: str, lang: Lang) -> str:
    """A rung of a requirement (its key) as people say it, with its id: 到期前7天提醒（remind-7）; the id where it is gone."""
    owed = next((one for one in plan.requirements if one.key == requirement), None)
    ladder = plan.ladders.get(owed.ladder or "") if owed else None
    known = next((one for one in ladder.rungs if one.id == rung), None) if ladder else None
    return rung_said(known).in_language(lang) + bracketed(rung, lang) if known else rung


_OFFSET_UNITS: Mapping[OffsetUnit, tuple[str, str]] = {
    "d": ("天", "day"),
    "wd": ("个工作日", "working day"),
    "h": ("小时", "hour"),
    "min": ("分钟", "minute"),
}


def rung_said(rung: Rung, target: str | None = None) -> Said:
    """When a rung comes and whom it addresses: 逾期1个工作日报上级. target: for whom it is said, of a paper its signer, or
    whoever gets it once it is signed."""
    count, (unit_zh, unit_en) = abs(rung.at.count), _OFFSET_UNITS[rung.at.unit]
    unit_en += "" if count == 1 else "s"
    if rung.at.is_before:
        when = Said(f"到期前{count}{unit_zh}", f"{count} {unit_en} before it is due")
    elif count == 0:
        when = Said("到期", "when due")
    else:
        when = Said(f"逾期{count}{unit_zh}", f"{count} {unit_en} late")
    if rung.signed_by and target not in (None, rung.signed_by):
        return Said(f"{when.zh}的文稿签发后", f"the paper of {when.en}, once signed")
    if rung.makes_paper:
        return Said(f"{when.zh}拟稿送签", f"a paper for signature, {when.en}")
    if rung.escalates and not (target or "").startswith("unit."):
        return Said(f"{when.zh}报上级", f"the word to a superior, {when.en}")
    return Said(f"{when.zh}提醒", f"the reminder, {when.en}")


def times_missed(in_a_row: object, in_all: object) -> Said:
    """How many reports were missed: 连续3次，累计5次."""
    return Said(f"连续{in_a_row}次，累计{in_all}次", f"{in_a_row} in a row, {in_all} in all")


def bracketed(text: str | None, lang: Lang) -> str:
    """A remark in brackets; nothing where there is none."""
    if not text:
        return ""
    return Said(f"（{text}）", f" ({text})").in_language(lang)


def name_of(duty: DutyStatus, lang: Lang) -> str:
    """A duty as people call it: its phase, its title and its period."""
    return (
        f"{duty.phase_title}{COLON.in_language(lang)}{duty.title}{bracketed(duty.period_text.in_language(lang), lang)}"
    )


def standing_of(duty: DutyStatus, lang: Lang) -> str:
    """How a duty stands in a word or two: 未达标 逾期, 已免予办理."""
    if duty.waived:
        return CLOSED_AS["waived"].in_language(lang)
    if duty.standing == "met":
        return STANDING["met"].in_language(lang)
    return f"{STANDING[duty.standing].in_language(lang)} {timing_of(duty, lang)}"


def timing_of(duty: DutyStatus, lang: Lang) -> str:
    """How near the due moment of a duty is: 即将到期, 逾期（按默认期限）."""
    timing = TIMING[duty.timing].in_language(lang)
    return timing + bracketed(BY_DEFAULT.in_language(lang) if duty.late_by_default else None, lang)


def state_word(phase: PhaseStatus) -> Said:
    """How a phase stands, in a word: its state, or 无要求, 均已免予办理, 已签放行."""
    if not phase.owed:
        return Said("均已免予办理", "all waived") if phase.waived else NOTHING_OWED
    return SIGNED if _is_ended_by_hand(phase) else PHASE_STATE[phase.state]


def _is_ended_by_hand(phase: PhaseStatus) -> bool:
    return phase.state == "closed" and phase.not_met > 0


def state_of(phase: PhaseStatus) -> Said:
    """How a phase stands, with what its state alone would hide.

    前置工作未完成（待“两员选聘”完成，逾期33项）, 未开始（逾期2项）, 已签放行（尚余1项）, 无要求.
    """
    state = state_word(phase)
    if not phase.owed:
        return state
    ended_by_hand, remarks = _is_ended_by_hand(phase), []
    if ended_by_hand:
        remarks.append(Said(f"尚余{phase.not_met}项", f"{phase.not_met} left"))
    if phase.state == "blocked":
        remarks.append(awaited(phase))
    if phase.exit == "signed" and phase.state in ("planned", "blocked"):
        remarks.append(SIGNED)
    if phase.overdue and phase.state != "overdue":
        among = "其中" if ended_by_hand else ""
        remarks.append(Said(f"{among}逾期{phase.overdue}项", f"{phase.overdue} overdue"))
    return Said(
        state.zh + bracketed("，".join(one.zh for one in remarks), "zh"),
        state.en + bracketed(", ".join(one.en for one in remarks), "en"),
    )


def awaited(phase: PhaseStatus) -> Said:
    """What a phase waits for, by title: 待“两员选聘”、“两员培训”完成."""
    titles = [f"“{title}”" for title in phase.waits_for]
    return Said(f"待{COMMA.zh.join(titles)}完成", f"waits for {COMMA.en.join(titles)}")


def lateness_of(phases: Sequence[PhaseStatus], as_of: datetime) -> Said:
    """What is due and not done, and nothing else: the one thing to read if nothing else is read."""
    late = [phase for phase in phases if phase.overdue]
    if not late:
        return Said("没有逾期事项", "nothing is overdue")
    overdue, unreported = sum(phase.overdue for phase in late), sum(phase.unreported_due for phase in late)
    worst = min((phase.worst_due for phase in late if phase.worst_due is not None), default=None)
    among = _among(unreported, sum(phase.overdue_by_default for phase in late))
    where = Said(f"，涉及 {len(late)} 个阶段", f" in {len(late)} phases") if len(phases) > 1 else Said("", "")
    return Said(
        f"逾期 {overdue} 项{among.zh}{where.zh}，最长逾期{delay(worst, as_of, 'zh')}",
        f"{overdue} overdue{among.en}{where.en}, the longest by {delay(worst, as_of, 'en')}",
    )


def _among(unreported: int, by_default: int) -> Said:
    parts = [
        *([Said(f"未报 {unreported} 项", f"{unreported} of them unreported")] if unreported else []),
        *([Said(f"{BY_DEFAULT.zh} {by_default} 项", f"{by_default} {BY_DEFAULT.en}")] if by_default else []),
    ]
    if not parts:
        return Said("", "")
    return Said(f"（其中{'，'.join(one.zh for one in parts)}）", f" ({', '.join(one.en for one in parts)})")


def counts_of(phases: Sequence[PhaseStatus]) -> Said:
    """How all duties divide by their standing; what is unreported and due is told apart from what is not due yet."""
    owed, met = sum(phase.owed for phase in phases), sum(phase.met for phase in phases)
    unmet, unreported = sum(phase.unmet for phase in phases), sum(phase.unreported for phase in phases)
    due = sum(phase.unreported_due for phase in phases)
    split = Said("", "")
    if unreported:
        split = Said(
            f"（已到期 {due} 项，未到期 {unreported - due} 项）", f" ({due} due, {unreported - due} not due yet)"
        )
    return Said(
        f"应达标 {owed} 项，已达标 {met} 项，未达标 {unmet} 项，未报 {unreported} 项{split.zh}",
        f"of {owed} duties {met} are met, {unmet} not met, {unreported} not reported{split.en}",
    )
