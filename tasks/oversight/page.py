"""The page of an audit (核查结果): what was audited, what was found, each finding in an office's words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from models.moments import moment_at
from models.plan.model import Plan
from models.plan.row_labels import spoken_label
from models.rules.oversight.findings import Finding
from models.rules.papers.papers import paper_number
from models.vocabulary import bracketed, rung_named
from models.wording import Lang, Said
from tasks.boards import Page, words
from tasks.boards.page import MOST_BYTES, cell, size, table
from tasks.campaign.store import Store
from tasks.oversight.auditor import Audited

AUDIT_KEY = "audit"
_KIND: Mapping[str, Said] = {
    "missing": Said("应发未发", "missing"),
    "extra": Said("多发", "extra"),
    "late": Said("迟发", "late"),
}
HEADINGS = (
    Said("出入", "kind"),
    words.UNIT,
    words.REQUIREMENT,
    Said("哪一级", "which word"),
    Said("时刻", "when"),
    words.REASON,
)
_PAPER_STEP: Mapping[str, Said] = {
    "remind": Said("提醒签发人", "the reminder to its signer"),
    "raise": Said("告知签发人的上级", "the word to its signer's superior"),
    "issued": Said("印发", "its issue"),
}


def audit_page(store: Store, audited: Audited, now: datetime, lang: Lang) -> Page:
    """Draw what an audit found, clean or not; no more findings than a page holds."""
    title = Said(f"核查结果 · {words.short_at(now)}", f"Audit · {words.short_at(now)}").in_language(lang)
    body = [
        f"# {Said('核查结果', 'Audit').in_language(lang)}",
        "",
        f"**{audited.said.in_language(lang)}**",
        "",
        _basis(audited, lang),
    ]
    if not audited.clean:
        rows = finding_rows(store, audited, lang)
        heads = [head.in_language(lang) for head in HEADINGS]
        body += ["", _what_to_do(lang), ""]
        body += table(heads, [[cell(part) for part in row] for row in rows], MOST_BYTES - size(body) - 400, lang)
    return Page(AUDIT_KEY, title, "markdown", "\n".join(body))


def finding_rows(store: Store, audited: Audited, lang: Lang) -> list[list[str]]:
    """A row for each finding, under HEADINGS: kind, unit, requirement, which word, when, why; missing ones first."""
    plan, names = store.plan(), dict(store.units().select("unit", "name").iter_rows())
    findings = sorted(audited.findings, key=lambda one: (list(_KIND).index(one.kind), one.at, one.unit))
    return [
        [
            _KIND[one.kind].in_language(lang),
            names.get(one.unit, one.unit),
            _requirement(plan, one, names, lang),
            rung_in_words(plan, one, lang),
            words.at(moment_at(one.at, plan.zone)),
            one.said.in_language(lang),
        ]
        for one in findings
    ]


def rung_in_words(plan: Plan, finding: Finding, lang: Lang) -> str:
    """A rung as people say it: 到期前7天提醒, 逾期1个工作日报上级."""
    if finding.rung.startswith("paper-"):
        _, number, step = finding.rung.split("-", 2)
        known = _PAPER_STEP.get(step, Said(step, step)).in_language(lang)
        paper = paper_number(int(number)) if number.isdigit() else number
        return Said(f"文稿 {paper}：{known}", f"paper {paper}: {known}").in_language(lang)
    return rung_named(plan, finding.requirement, finding.rung, lang)


def _requirement(plan: Plan, finding: Finding, names: Mapping[str, str], lang: Lang) -> str:
    known = next((one for one in plan.requirements if one.key == finding.requirement), None)
    period = spoken_label(plan, known, finding.period, names).in_language(lang)
    return f"{known.title if known else finding.requirement}{bracketed(period, lang)}"


def _basis(audited: Audited, lang: Lang) -> str:
    return Said(
        f"按方案、数据、工作日历和联系人重新推算，共推算 {audited.words} 条通知，与台账逐条核对。",
        f"{audited.words} words were worked out anew from plan, figures, calendar and contacts, and held against the ledger.",
    ).in_language(lang)


def _what_to_do(lang: Lang) -> str:
    return Said(
        "处理：先看 `pucha health`，确认巡查是否中断；逐项可用 `pucha explain 单位 要求` 查明经过。漏发的通知，巡查恢复后仍欠的会自动补发。",
        "What to do: see with `pucha health` whether the watch stood still; `pucha explain UNIT REQUIREMENT` tells what"
        " became of each. What is still owed goes out with the next pass.",
    ).in_language(lang)
