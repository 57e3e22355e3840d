"""Papers that wait for a person (函、报告): which of them a rung makes, what they cite, what they may not say.

The product drafts and a named person signs. It never sends 督查, 约谈 or 问责 by itself, names the article
that it relies on, and asks to check (请核实), never to reach a figure (条例 art. 5, 统计法 art. 7, architecture
rule 13).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import tzinfo
from hashlib import sha256

import polars as pl

from models.calendar.working_time import Calendar, OfficeHours, opening
from models.demands import forbidden_in
from models.moments import micros, moment_at
from models.plan.model import Rung
from models.wording import Lang, Refusal, Said

UPWARDS = "report"
"""The kind, as the ledger keeps it, of a paper (报告) that a rung with `signed_by` alone makes for whoever it tells."""
GROUP = ["unit", "to_unit", "role", "paper_kind", "recipients"]
_DIGITS = "一二三四五六七八九"


def paper_number(paper_id: int) -> str:
    """The number of a paper in messages and lists, before it has one of its office."""
    return f"P{paper_id:08d}"


def read_paper_number(text: str) -> int:
    """The paper that "P00000012" or "12" means. Refusal for anything else."""
    found = re.fullmatch(r"[Pp]?0*([1-9]\d{0,15})", text.strip())
    if found is None:
        raise Refusal(
            f"文稿编号“{text}”无法读懂，应写作 P00000012 或 12",
            f"the paper number “{text}” cannot be read; write P00000012 or 12",
        )
    return int(found[1])


def paper_kind(rung: Rung) -> str:
    """The kind of paper that a rung makes: its `draft`, else the one that goes upwards."""
    return rung.draft or UPWARDS


def recipients_of(rung: Rung) -> tuple[str, ...]:
    """Whom the signed paper goes to: those whom a `signed_by` rung tells, else the late office's leader."""
    return rung.to if rung.signed_by else ("unit.leader",)


def is_letter(recipients: Collection[str]) -> bool:
    """True for a letter (函) to the late office itself, False for a paper about it (报告) to somebody else."""
    return all(target.startswith("unit.") for target in recipients)


def papers_to_make(lines: pl.DataFrame) -> pl.DataFrame:
    """The papers that a pass makes: one for each signer, late office, kind and circle of recipients.

    lines: case, unit, to_unit and role (the signer), paper_kind, recipients; several persons may hold the
    role. Returns GROUP and cases (in the order of the lines).
    """
    once = lines.unique(["case", *GROUP], keep="first", maintain_order=True)
    return once.group_by(GROUP, maintain_order=True).agg(cases=pl.col("case"))


def content_hash(content: str) -> str:
    """SHA-256 of a paper's text, as it is signed."""
    return sha256(content.encode()).hexdigest()


@dataclass(frozen=True)
class _Law:
    """A law, and the articles of it that the product knows and may name."""

    title: Said
    articles: frozenset[int]


_LAWS = {
    "统计法实施条例": _Law(
        Said("《中华人民共和国统计法实施条例》", "the Regulations for Implementing the Statistics Law"),
        frozenset({22, 24, 28, 29, 30, 32, 43}),
    ),
    "条例": _Law(
        Said("《全国人口普查条例》", "the Regulations on the National Population Census"),
        frozenset({3, 5, 8, 16, 17, 18, 19, 20, 21, 22, 26, 27, 29, 30, 33, 34, 35, 37}),
    ),
    "统计法": _Law(Said("《中华人民共和国统计法》", "the Statistics Law"), frozenset({7, 8, 11, 17, 28, 40, 41})),
    "个人信息保护法": _Law(
        Said("《中华人民共和国个人信息保护法》", "the Personal Information Protection Law"),
        frozenset({6, 9, 21, 28, 34, 36, 51, 55, 56, 57}),
    ),
    "数据安全法": _Law(Said("《中华人民共和国数据安全法》", "the Data Security Law"), frozenset({40})),
}
_CITED = re.compile(rf"({'|'.join(_LAWS)})第([{_DIGITS}十]+)条")

_PENALTIES: dict[str, frozenset[int]] = {
    "条例": frozenset({34, 35, 36}),
    "统计法": frozenset({40, 41}),
    "统计法实施条例": frozenset({43}),
}
"""Articles that threaten with a penalty (法律责任): a paper that asks to check cites none of them."""
_ITEM = re.compile(rf"《[^《》]+》(?:（[^（）]*）)?第[\d{_DIGITS}十百、，,至\-–—]+项")


def articles(sources: Iterable[str | None]) -> tuple[Said, ...]:
    """The articles that a paper relies on, each once: those that its requirements cite and that are known here.

    sources: of the requirements in the plan. A report that did not come rests on no article by itself: only a return
    of the census is owed by law (条例 art. 29), and a requirement for one says so. No article with a penalty is named.
    """
    found: list[Said] = []
    for source in sources:
        for law, numeral in _CITED.findall(source or ""):
            number = _read_numeral(numeral)
            if number in _LAWS[law].articles - _PENALTIES.get(law, frozenset()):
                title = _LAWS[law].title
                found.append(Said(f"{title.zh}第{numeral}条", f"article {number} of {title.en}"))
    return tuple(dict.fromkeys(found))


def schedule_items(sources: Iterable[str | None]) -> tuple[str, ...]:
    """The items of the office's own documents (《……工作进度安排》第14项) that its requirements cite by title, each once.

    The numbers of a plan by themselves are settings of a file, and no basis of a letter.
    """
    return tuple(dict.fromkeys(item for source in sources for item in _ITEM.findall(source or "")))


def _read_numeral(text: str) -> int:
    """一 … 九十九; 0 for anything else."""
    tens, ten, ones = text.rpartition("十")
    unit = _DIGITS.find(ones) + 1 if ones else 0
    if not ten:
        return unit
    return (_DIGITS.find(tens) + 1 if tens else 1) * 10 + unit


_NEVER_ZH = (
    "督查",
    "约谈",
    "问责",
    "追责",
    "处分",
    "处罚",
    "通报批评",
    "应达到",
    "须达到",
    "必须达到",
    "务必达到",
    "确保达到",
    "应不低于",
    "不得低于",
    "不得少于",
    "上调",
    "下调",
    "调整数据",
    "修改数据",
    "补足数字",
)
_NEVER_EN = (
    "government inspection",
    "summon",
    "accountab",
    "disciplin",
    "punish",
    "penalt",
    "must reach",
    "has to reach",
    "must be at least",
    "bring the figure",
    "adjust the figure",
    "change the figure",
    "raise the figure",
)
_ASKS: dict[Lang, str] = {"zh": "核实", "en": "check"}


def check_wording(text: str, quoted: Iterable[str], lang: Lang) -> None:
    """Refusal unless a paper's own words ask to check, and neither threaten nor ask for a figure.

    quoted: what the paper quotes from the plan, the figures and the offices' names; that is not its own word.
    """
    own = text
    for part in sorted({part for part in quoted if part}, key=len, reverse=True):
        own = own.replace(part, " ")
    low = own.lower()
    caught = [word for word in (_NEVER_ZH if lang == "zh" else _NEVER_EN) if word in low]
    hidden = forbidden_in(own)
    if hidden is not None and not caught:
        caught = [hidden.word]
    if caught:
        listed = "、".join(caught)
        raise Refusal(
            f"文稿用语不当：含有“{listed}”。文稿只请核实情况，不提要达到的数字，也不代替政府作督查、约谈、问责的决定",
            f"the paper says “{listed}”: it may only ask to check, name no figure to reach, and take no decision"
            " that belongs to people",
        )
    if _ASKS[lang] not in low:
        raise Refusal("文稿没有写明“请核实”", "the paper does not ask to check anything (the word “check” is missing)")


def prefix_for(setting: str | None, unit: str, *, letter: bool) -> str | None:
    """The 代字 under which an office numbers its letters (函), or else its reports (报告); None where it has set none.

    setting: as `set_for` reads it; 石人普办函/石人普办报 gives one of each kind, and a number series of its own. One
    that ends in 函 alone numbers no report.
    """
    of_letters, _, of_reports = (set_for(setting, unit) or "").partition("/")
    if letter:
        return of_letters.strip() or None
    return of_reports.strip() or (None if of_letters.endswith("函") else of_letters.strip() or None)


def set_for(setting: str | None, unit: str) -> str | None:
    """What a setting says for an office: one text for all, or `code:text` for each, separated by semicolons."""
    if not setting or not setting.strip():
        return None
    if not re.match(r"\s*\d+:", setting):
        return setting.strip()
    pairs = (pair.partition(":") for pair in setting.split(";"))
    return {code.strip(): text.strip() for code, _, text in pairs}.get(unit) or None


def document_number(prefix: str, year: int, serial: int) -> str:
    """发文字号: 代字, the full year in 六角括号, the serial without leading zeros."""
    return f"{prefix}〔{year}〕{serial}号"


def recall_moment(heard_at: int, days: int, calendar: Calendar, hours: OfficeHours, zone: tzinfo) -> int:
    """When a draft is recalled: the opening `days` working days after the last word was heard; in microseconds, both."""
    day = calendar.add_working_days(moment_at(heard_at, zone).date(), days)
    return micros(opening(calendar, hours, day, zone))


LineState = tuple[str, str, int | None, int]
"""State of a line, state of its notice, when the notice settled, when the line was owed; moments in microseconds."""


def heard(lines: Iterable[LineState]) -> int | None:
    """When those to whom `lines` go were reached: the first to accept, else the last given up; None while one may yet."""
    rows = list(lines)
    accepted = [settled for line, notice, settled, _ in rows if (line, notice) == ("live", "accepted") and settled]
    if accepted:
        return min(accepted)
    if any(line == "live" and settled is None for line, _, settled, _ in rows):
        return None
    return max((settled or owed for _, _, settled, owed in rows), default=None)
