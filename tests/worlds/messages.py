"""Messages as a clerk reads them: one duty that is late, and the texts that make a message of such lines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from models.rules.delivery.entries import Line, by_phase, gather_entries, tally
from tasks.campaign.template_words import frame_context, with_its_date
from tasks.campaign.templates import SHIPPED, Pages

SHANGHAI = timezone(timedelta(hours=8))
DUE = datetime(2020, 8, 6, tzinfo=SHANGHAI)
BEFORE = datetime(2020, 8, 3, 8, 30, tzinfo=SHANGHAI)
AFTER = datetime(2020, 8, 10, 8, 30, tzinfo=SHANGHAI)
SHORT_OF_MONEY = "到位经费 / 户籍人口 8.5，应不低于 10（到位经费 850000 元、户籍人口 100000 人）"

FUNDS = Line(
    id=1,
    kind="overdue",
    rung="overdue",
    unit="990101",
    unit_name="甲县",
    phase="普查准备",
    title="人均普查经费不低于10元",
    due=DUE,
    reason=SHORT_OF_MONEY,
)


@dataclass(frozen=True)
class Letter:
    id: str = "P00000012"
    number: str = "试人普办函〔2020〕3号"
    title: str = "关于核实甲县普查工作有关事项的函"
    signer: str = "试验市人普办主任"
    sheet: str = "试人普办函〔2020〕3号\n关于核实甲县普查工作有关事项的函\n\n甲县人普办：……"
    is_letter: bool = True


def read(*lines, now=AFTER, role="owner", lang="zh", office="甲县", home=SHIPPED / "none", most=12, **frame):
    """Title and body of a message with these lines."""
    pages = Pages(home, lang)
    entries = [with_its_date(entry, lang) for entry in gather_entries(lines, now)]
    kept = entries[:most]
    groups = [(phase, [pages.item(entry) for entry in items]) for phase, items in by_phase(kept)]
    context = frame_context(
        office=office, level="county", role=role, groups=groups, about=tally(entries), as_of=now, lang=lang
    )
    more = {"superior": "试验市", "more": len(entries) - len(kept), **frame}
    return pages.page({**context, **more})
