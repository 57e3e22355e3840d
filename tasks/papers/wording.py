"""The text of a paper: from its facts through a template, in the office's words, with its wording checked.

An office may put letter.j2, letter-report.j2, or letter-<draft>.j2 for one kind of draft, into
PUCHA_HOME/templates/<language>/. One that cannot be used, or says what a paper may not say, gives way to
the shipped one, and the log says so.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from models.moments import moment_at
from models.rules.papers.facts import PaperDuty, PaperFacts, office_title
from models.rules.papers.papers import articles, check_wording, is_letter, schedule_items
from models.wording import COMMA, Lang, Refusal
from tasks.campaign.own_texts import OwnTexts
from tasks.campaign.store import Store
from tasks.campaign.templates import SHIPPED, letter_environment, title_and_letter

log = logging.getLogger(__name__)
INDENT = "　　"


class Composer:
    """Writes papers in the language of the office."""

    def __init__(self, store: Store) -> None:
        self.lang: Lang = store.settings.lang
        self.reply_days = store.settings.paper_reply_days
        self.zone = store.plan().zone
        own = store.home / "templates" / self.lang
        self._own = OwnTexts([own, SHIPPED / self.lang], self.lang) if own.is_dir() else None
        self._shipped = letter_environment([SHIPPED / self.lang])
        self._faulty: set[str] = set()

    def write(self, facts: PaperFacts) -> tuple[str, str]:
        """Title and whole text, the title included, of one paper."""
        general = "letter.j2" if is_letter(facts.recipients) else "letter-report.j2"
        names, context = [f"letter-{facts.kind}.j2", general], self._context(facts)
        return self._own_text(facts, names, context) or self._checked(
            facts, context, *title_and_letter(self._shipped.select_template(names), context)
        )

    def _own_text(self, facts: PaperFacts, names: Sequence[str], context: dict[str, Any]) -> tuple[str, str] | None:
        """What the office's own text makes of it; None where it has none, or none that can be used."""
        if self._own is None or facts.kind in self._faulty:
            return None
        try:
            made = self._own.make(names, "letter", context)
        except Refusal as fault:
            self._faulty.add(facts.kind)  # it may have taken seconds, and would for each of many papers
            log.warning("the office's own text for a %s cannot be used: %s", facts.kind, fault)
            return None
        try:
            return self._checked(facts, context, *made)
        except Refusal as fault:
            log.warning("the office's own text for a %s cannot be used: %s", facts.kind, fault)
            return None

    def _checked(self, facts: PaperFacts, context: dict[str, Any], title: str, body: str) -> tuple[str, str]:
        content = f"{title}\n\n{body}\n"
        check_wording(content, self._quoted(facts, context), self.lang)
        return title, content

    def _context(self, facts: PaperFacts) -> dict[str, Any]:
        lang = self.lang
        duties = [self._duty(duty, facts.as_of) for duty in facts.duties]
        addressees = dict.fromkeys(
            office_title(office, role, facts.campaign).in_language(lang) for office, role in facts.addressees
        )
        return {
            "unit": facts.unit,
            "addressee": COMMA.in_language(lang).join(addressees),
            "signer": office_title(facts.signer, facts.signer_role, facts.campaign).in_language(lang),
            "campaign": facts.campaign,
            "contact": facts.contact,
            "as_of": said_moment(self._moment(facts.as_of), lang),
            "duties": duties,
            "basis": [
                *schedule_items(duty.source for duty in facts.duties),
                *(said.in_language(lang) for said in articles(duty.source for duty in facts.duties)),
            ],
            "unreported": sum(duty.standing == "unreported" for duty in facts.duties),
            "reply_days": self.reply_days,
            "indent": INDENT,
        }

    def _duty(self, duty: PaperDuty, as_of: int) -> dict[str, Any]:
        return {
            "title": duty.title,
            "phase": duty.phase,
            "no": duty.no,
            "period": duty.period,
            "due": said_limit(self._moment(duty.due), self.lang),
            "days_late": (as_of - duty.due) // 86_400_000_000,
            "by_default": duty.by_default,
            "standing": duty.standing,
            "reason": duty.reason(self.lang),
            "told": said_days((self._moment(at) for at in duty.told), self.lang),
        }

    def _quoted(self, facts: PaperFacts, context: dict[str, Any]) -> list[str]:
        """What the text only repeats: the plan's words, the figures, the law's and the offices' names."""
        duties = [part for d in facts.duties for part in (d.title, d.phase, d.period, d.reason(self.lang))]
        return [
            *duties,
            *context["basis"],
            context["addressee"],
            context["signer"],
            facts.unit,
            facts.campaign,
            facts.contact,
        ]

    def _moment(self, at: int) -> datetime:
        return moment_at(at, self.zone)


def said_moment(moment: datetime, lang: Lang) -> str:
    """A moment as a paper writes it; a midnight is the end of the day before."""
    day = moment - timedelta(days=1) if moment.hour == moment.minute == 0 else moment
    hour = 24 if day is not moment else moment.hour
    if lang == "en":
        return f"{hour:02d}:{moment.minute:02d} on {day.day} {day:%B %Y}"
    minute = f"{moment.minute}分" if moment.minute else ""
    return f"{day.year}年{day.month}月{day.day}日{hour}时{minute}"


def said_limit(due: datetime, lang: Lang) -> str:
    """A due moment as a paper writes it before 前: 2020年8月5日 for the midnight that ends it."""
    if due.hour or due.minute:
        return said_moment(due, lang)
    day = due - timedelta(days=1)
    return f"{day.day} {day:%B %Y}" if lang == "en" else f"{day.year}年{day.month}月{day.day}日"


def said_days(moments: Iterable[datetime], lang: Lang) -> str:
    """The days of some moments, each once, in order; empty where there are none."""
    days = sorted({moment.date() for moment in moments})
    if lang == "en":
        return ", ".join(f"{day.day} {day:%B}" for day in days)
    return "、".join(f"{day.month}月{day.day}日" for day in days)
