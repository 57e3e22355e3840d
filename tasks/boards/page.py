"""A page of the status screen: its stable key, its title, its body, and what all pages share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from models.moments import count_down
from models.status import PhaseStatus, Status
from models.wording import Lang, Said
from tasks.boards import words

MOST_BYTES = 200_000
MOST_ROWS = 500
UNWRITTEN = "[]"
"""What a page holds from when its address is known until it is drawn."""

WORD_JOINER = "\u2060"
"""Unseen, and nowhere a place to break a line."""
_SEAM = re.compile(r"(?<=/)|(?<=最长)|(?=（)")
"""Where a heading of a narrow column may be broken: 已达标/应达标, 最长逾期, 未报（已到期）."""
_ADDRESS = re.compile(r"\w:/|www\.|\S@", re.IGNORECASE)
"""Where pages would see an address of the web or of mail, and make a link of it."""
_MARKUP = re.compile(r"\]\(|<[\w/!?]")
"""Where they would see a link or a tag."""

Links = Mapping[str, str]
"""The address of every page that exists, by key."""


@dataclass(frozen=True)
class Page:
    """One artifact: `body` is Markdown, or for a table its rows (heading → cell)."""

    key: str
    title: str
    kind: Literal["markdown", "table"]
    body: str | tuple[Mapping[str, str], ...]


def board_key(unit: str) -> str:
    return f"board-{unit}"


def overdue_key(unit: str) -> str:
    return f"overdue-{unit}"


def calendar_key(unit: str) -> str:
    return f"calendar-{unit}"


def duties_key(unit: str) -> str:
    return f"duties-{unit}"


def phase_key(phase: str, unit: str) -> str:
    """Keys hold lower-case letters, digits and hyphens only."""
    return f"phase-{phase.lower().replace('_', '-')}-{unit}"


def title_of(status: Status, what: str, lang: Lang) -> str:
    """The title that lists of pages show, as Markdown: 河北省 · 进度看板 · 截至11-05 17:00."""
    as_of = Said(f"截至{words.short_at(status.as_of)}", f"as of {words.short_at(status.as_of)}").in_language(lang)
    return f"{cell(status.unit.name)} · {cell(what)} · {as_of}"


def heading(status: Status, what: str, lang: Lang) -> list[str]:
    """What stands at the top of every page: whose it is, as of when, and how new its figures are."""
    figures = status.figures_as_of
    newest = (
        Said(f"上报数据最新至 {words.at(figures)}", f"newest reported figure {words.at(figures)}")
        if figures
        else Said("尚无上报数据", "nothing reported yet")
    )
    as_of = Said(
        f"截至 **{words.at(status.as_of)}**（有变化即更新）",
        f"As of **{words.at(status.as_of)}** (renewed when it changes)",
    ).in_language(lang)
    away = count_down(status.standard_time, status.as_of, lang)
    return [
        f"### {cell(status.unit.name)} · {cell(what)}",
        "",
        f"{cell(status.title)} · {as_of} · {away} · {newest.in_language(lang)}",
        "",
    ]


def links_line(entries: Iterable[tuple[str, str]], links: Links) -> str:
    """Links to neighbouring pages, those that exist: (label, key)."""
    return " · ".join(linked(label, key, links) for label, key in entries if key in links)


def linked(label: str, key: str, links: Links) -> str:
    """`label` as a link to the page `key`, or plain where there is no such page."""
    return f"[{cell(label)}]({links[key]})" if key in links else cell(label)


def cell(text: str) -> str:
    """Text that means itself in Markdown and in a table's cell, and leads nowhere."""
    said = _unlinked(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for sign in "\\`*_[]|~#":
        said = said.replace(sign, f"\\{sign}")
    return said


def plain(text: str) -> str:
    """Text that means itself where Markdown's own escapes would be seen, and leads nowhere."""
    return _MARKUP.sub(_joined, _unlinked(text))


def unbroken(text: str) -> str:
    """Text that stays on one line however narrow its column is: Chinese may break after any letter."""
    return WORD_JOINER.join(text)


def in_pieces(text: str) -> str:
    """Chinese that breaks at the seams of a heading alone, as a narrow column wants it; English as it is."""
    return text if text.isascii() else "".join(map(unbroken, _SEAM.split(text)))


def _unlinked(text: str) -> str:
    return _ADDRESS.sub(_joined, " ".join(text.split()))


def _joined(found: re.Match[str]) -> str:
    return WORD_JOINER.join(found.group())


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], room: int, lang: Lang) -> list[str]:
    """A Markdown table of at most MOST_ROWS rows and `room` bytes; says how many rows it leaves out.

    Cells are Markdown already (see `cell` and `linked`).
    """
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    left = room - sum(len(line.encode()) + 1 for line in lines)
    for place, row in enumerate(rows):
        line = f"| {' | '.join(row)} |"
        left -= len(line.encode()) + 1
        if place >= MOST_ROWS or left < 0:
            return [*lines, "", more(len(rows) - place, lang)]
        lines.append(line)
    return lines


def more(count: int, lang: Lang) -> str:
    """How many rows are not shown."""
    return Said(f"另有 {count} 行，未列出。", f"{count} more rows are not shown.").in_language(lang)


def size(lines: Iterable[str]) -> int:
    """Bytes of lines when joined."""
    return sum(len(line.encode()) + 1 for line in lines)


def worst_due_of(phases: Iterable[PhaseStatus]) -> PhaseStatus | None:
    """The phase whose oldest overdue duty is the oldest of all."""
    late = [phase for phase in phases if phase.worst_due is not None]
    return min(late, key=lambda phase: phase.worst_due or phase.ends, default=None)
