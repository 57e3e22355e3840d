"""Pictures for the boards: plain SVG, readable on a light and on a dark page, with words beside every colour."""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape

from rich.cells import get_character_cell_size

from models.status import PhaseState
from tasks.boards.page import cell

WIDTH = 584
"""What a page of the Prefect screen leaves for its text on a window 1280 pixels wide."""

NAME_WIDTH = 88
HEAD_HEIGHT = 42
ROW_HEIGHT = 36
DATES_WIDTH = 126
LOOK_BACK, LOOK_AHEAD = timedelta(days=240), timedelta(days=125)
"""How far a calendar looks around today: wide enough for a phase, narrow enough for its last fortnight to be seen."""

_LETTER = 11
"""Pixels of a Chinese letter."""
_COLOURS: dict[str, str] = {
    "overdue": "#bf3129",
    "blocked": "#9a6700",
    "open": "#2b67ad",
    "closed": "#2a7a4b",
    "planned": "#6b727b",
    "met": "#2a7a4b",
    "unmet": "#2b67ad",
    "unreported": "#8a8f98",
}
_EMPTY = 'fill="none" stroke="#6b727b" stroke-dasharray="2 2"'
"""Of a stretch in which nothing is owed: no colour says that it is done, or under way."""
_STYLE = (
    "text{font-family:'Noto Sans CJK SC','Microsoft YaHei','PingFang SC',sans-serif;font-size:11px;fill:#24292f}"
    ".c{text-anchor:middle}.e{text-anchor:end}.w{fill:#fff}.s{font-size:10px}.n{font-size:9px}.b{font-weight:bold}.m{fill:#57606a}"
    ".p{fill:#fff}.g{stroke:#d0d7de;fill:none}.t{stroke:#bf3129;stroke-width:1.5}.z{stroke:#57606a;stroke-dasharray:3 3}"
    ".u{fill:#bf3129}"
    "@media(prefers-color-scheme:dark){text{fill:#e6e8eb}.w{fill:#fff}.m{fill:#a0a7b0}.p{fill:#1b1c20}.g{stroke:#3a3d44}"
    ".t{stroke:#ff7b72}.z{stroke:#a0a7b0}.u{fill:#ff7b72}}"
)


@dataclass(frozen=True)
class Cell:
    """One phase at one office: its state, the state in a word, and how many duties of how many are met.

    state is None where the phase asks nothing of the office: the field stays empty.
    """

    state: PhaseState | None
    word: str
    share: str


@dataclass(frozen=True)
class Bar:
    """A stretch of the calendar. `ends` is exclusive. state: None where nothing is owed."""

    title: str
    state: PhaseState | None
    starts: datetime
    ends: datetime
    note: str


@dataclass(frozen=True)
class Share:
    """How the duties of one office divide: met, not met but not late, unreported but not late, overdue."""

    name: str
    met: int
    unmet: int
    unreported: int
    overdue: int
    note: str


def image(svg: str, alt: str) -> str:
    """An SVG as a Markdown image that needs no file and no network."""
    return f"![{cell(alt)}](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})"


def heat_map(heads: Sequence[str], rows: Sequence[tuple[str, Sequence[Cell]]]) -> str:
    """Offices down, phases across; the first row is the office itself."""
    column = (WIDTH - NAME_WIDTH) // max(len(heads), 1)
    height = HEAD_HEIGHT + ROW_HEIGHT * len(rows) + 4
    fields: dict[str, list[str]] = defaultdict(list)
    words = []
    for place, head in enumerate(heads):
        words += _head(head, NAME_WIDTH + column * place + column // 2, max((column - 4) // 11, 3))
    for place, (name, cells) in enumerate(rows):
        top = HEAD_HEIGHT + ROW_HEIGHT * place
        words.append(f'<text x="4" y="{top + 21}" class="{"b" if place == 0 else ""}">{escape(_cut(name, 7))}</text>')
        for place, field in enumerate(cells):
            left = NAME_WIDTH + column * place
            if field.state is None:
                words.append(f'<text x="{left + column // 2}" y="{top + 21}" class="c m">{escape(field.word)}</text>')
                continue
            fields[field.state].append(f"M{left + 1} {top + 1}h{column - 2}v{ROW_HEIGHT - 2}h{2 - column}z")
            middle = left + column // 2
            words.append(f'<text x="{middle}" y="{top + 15}" class="c w">{escape(field.word)}</text>')
            small = "s" if len(field.share) <= 9 else "n"
            words.append(f'<text x="{middle}" y="{top + 29}" class="c w {small}">{escape(field.share)}</text>')
    paths = [f'<path fill="{_COLOURS[state]}" d="{"".join(drawn)}"/>' for state, drawn in fields.items()]
    return _svg(height, [*paths, *words])


def timeline(bars: Sequence[Bar], today: datetime, today_said: str, standard_time: datetime, standard_said: str) -> str:
    """One bar a phase over the months around today, with a line for today and one for the standard time."""
    starts = max(min([today, *(bar.starts for bar in bars)]), today - LOOK_BACK)
    ends = min(max([today, *(bar.ends for bar in bars)]), today + LOOK_AHEAD)
    left, right = NAME_WIDTH + 24, WIDTH - DATES_WIDTH - 8
    length = max((ends - starts).total_seconds(), 1.0)

    def across(moment: datetime) -> int:
        return left + round((right - left) * (min(max(moment, starts), ends) - starts).total_seconds() / length)

    row = 22
    bottom = HEAD_HEIGHT + row * len(bars)
    drawn = []
    for first, said in _months(starts, ends):
        drawn.append(f'<path class="g" d="M{across(first)} {HEAD_HEIGHT - 4}V{bottom}"/>')
        drawn.append(f'<text x="{across(first) + 2}" y="{bottom + 14}" class="s m">{said}</text>')
    for place, bar in enumerate(bars):
        top = HEAD_HEIGHT + row * place
        begin, stop = across(bar.starts), max(across(bar.ends), across(bar.starts) + 3)
        drawn.append(f'<text x="4" y="{top + 15}">{escape(_cut(bar.title, 9))}</text>')
        if bar.ends > starts and bar.starts < ends:
            paint = _EMPTY if bar.state is None else f'fill="{_COLOURS[bar.state]}"'
            drawn.append(f'<rect x="{begin}" y="{top + 4}" width="{stop - begin}" height="14" rx="2" {paint}/>')
        drawn.append(f'<text x="{WIDTH - DATES_WIDTH}" y="{top + 15}" class="s m">{escape(bar.note)}</text>')
    for moment, said, kind, y in ((standard_time, standard_said, "z", 12), (today, today_said, "t", 28)):
        if not starts <= moment <= ends:
            continue
        x = across(moment)
        anchor = "e" if x > (left + right) / 2 else ""
        drawn.append(f'<path class="{kind}" d="M{x} {y + 4}V{bottom}"/>')
        drawn.append(f'<text x="{x}" y="{y}" class="s {anchor} {"u" if kind == "t" else "m"}">{escape(said)}</text>')
    return _svg(bottom + 22, drawn)


def shares(rows: Sequence[Share]) -> str:
    """One stacked bar an office: met, still open, unreported, overdue."""
    left, right, row = NAME_WIDTH, WIDTH - 124, 22
    drawn = []
    for place, share in enumerate(rows):
        top = 4 + row * place
        total = max(share.met + share.unmet + share.unreported + share.overdue, 1)
        drawn.append(f'<text x="4" y="{top + 15}">{escape(_cut(share.name, 7))}</text>')
        begin = float(left)
        for kind in ("met", "unmet", "unreported", "overdue"):
            width = (right - left) * getattr(share, kind) / total
            if width:
                drawn.append(
                    f'<rect x="{begin:.1f}" y="{top + 3}" width="{width:.1f}" height="16" fill="{_COLOURS[kind]}"/>'
                )
            begin += width
        drawn.append(f'<text x="{right + 6}" y="{top + 15}" class="s">{escape(share.note)}</text>')
    return _svg(8 + row * len(rows), drawn)


def legend(entries: Iterable[tuple[str, str]]) -> str:
    """Colours with their words, in one line: (kind, word)."""
    drawn, left = [], 4
    for kind, word in entries:
        drawn.append(f'<rect x="{left}" y="6" width="12" height="12" rx="2" fill="{_COLOURS[kind]}"/>')
        drawn.append(f'<text x="{left + 17}" y="16">{escape(word)}</text>')
        left += 32 + int(_LETTER * sum(map(_width, word)))
    return _svg(24, drawn)


def _svg(height: int, drawn: Iterable[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}">'
        f'<style>{_STYLE}</style><rect class="p" width="{WIDTH}" height="{height}" rx="6"/>{"".join(drawn)}</svg>'
    )


def _head(title: str, middle: int, letters: int) -> list[str]:
    """A column's title in at most two lines."""
    if len(title) <= letters:
        return [f'<text x="{middle}" y="32" class="c b">{escape(title)}</text>']
    first = -(-len(title) // 2) if len(title) <= 2 * letters else letters
    second = _cut(title[first:], letters)
    return [
        f'<text x="{middle}" y="18" class="c b">{escape(title[:first])}</text>',
        f'<text x="{middle}" y="33" class="c b">{escape(second)}</text>',
    ]


def _months(starts: datetime, ends: datetime) -> list[tuple[datetime, str]]:
    """The first days of months to mark, at most eight of them: (moment, 2020-11)."""
    first = starts.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    months = []
    while first <= ends:
        if first >= starts:
            months.append(first)
        first = (first + timedelta(days=32)).replace(day=1)
    every = max(1, -(-len(months) // 8))
    return [(month, f"{month:%Y-%m}") for month in months[::every]]


def _cut(text: str, letters: int) -> str:
    """`text`, cut to a width of so many Chinese letters."""
    width, kept = 0.0, ""
    for letter in text:
        width += _width(letter)
        if width > letters:
            return kept[:-1] + "…"
        kept += letter
    return kept


def _width(letter: str) -> float:
    """How wide a letter is drawn, in Chinese letters: one of a single cell takes a little more than half of that."""
    return (0.0, 0.55, 1.0)[get_character_cell_size(letter)]
