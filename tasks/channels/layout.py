"""The text of a notice as a recipient reads it, cut to what a provider takes.

A part repeats the title and the number, so that each can stand alone; a line is broken only when it alone
is longer than a message may be, and a character never.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterator
from itertools import groupby

from models.wording import Said
from tasks.channels.message import Message

Size = Callable[[str], int]
"""Bytes of a text by a provider's count; the count of two texts joined is the sum of their counts."""

MOST_PARTS = 3
"""A notice longer than this many messages is shortened: a phone is not where 300 lines are read."""

_UNSEEN = {code: None for code in (*range(32), *range(127, 160)) if chr(code) != "\n"} | {ord("\t"): " "}
"""What no phone can show is left out; a tab, which each shows otherwise, becomes a blank."""

REPEAT = Said("（可能重复，已收到过编号相同的请忽略）", "(possibly a repeat; ignore if received)")
NUMBER = Said("编号：{number}", "No. {number}")
MARK = Said("（{part}/{parts}）", " ({part}/{parts})")
MORE = Said("…另有 {lines} 行", "… and {lines} more lines")


def utf8_size(text: str) -> int:
    """Bytes in UTF-8."""
    return len(text.encode())


def json_size(text: str) -> int:
    """Bytes inside a JSON string in UTF-8: a line break counts two."""
    return len(json.dumps(text, ensure_ascii=False).encode()) - 2


def whole(message: Message) -> tuple[str, str]:
    """Title and text for a channel that shows a title of its own and has no limit of length."""
    return _one_line(message.title), "\n".join([*_repeat(message), *_lines(message.body), _number(message)])


def parts(message: Message, room: int, size: Size = utf8_size, keyword: str = "", most: int = MOST_PARTS) -> list[str]:
    """The notice as one text or several, none larger than `room` by `size`.

    keyword: a word that each part must contain (DingTalk's and Feishu's safety rule); put before the title
    when the part would lack it. More than `most` parts: the last one ends with the number of lines left out.
    """
    lines = _lines(message.body)
    single = _framed(message=message, lines=lines, mark="", keyword=keyword, room=room, size=size)
    if size(single) <= room:
        return [single]
    widest = MARK.in_language(message.lang).format(part=most, parts=most)
    inside = (
        room - size(_framed(message=message, lines=[], mark=widest, keyword=keyword, room=room, size=size)) - size("\n")
    )
    chunks = _packed(lines, inside, size)
    if len(chunks) > most:
        chunks = _shortened(chunks, inside, size, MORE.in_language(message.lang), most)
    marks = [MARK.in_language(message.lang).format(part=n, parts=len(chunks)) for n in range(1, len(chunks) + 1)]
    return [
        _framed(message=message, lines=[text for _, text in chunk], mark=mark, keyword=keyword, room=room, size=size)
        for chunk, mark in zip(chunks, marks, strict=True)
    ]


def _framed(message: Message, lines: list[str], mark: str, keyword: str, room: int, size: Size) -> str:
    """Title, mark of the part, repeat, lines, number."""
    title = _clipped(_one_line(message.title), room // 4, size)
    heading = [title + mark] if title or mark else []
    text = "\n".join([*heading, *_repeat(message), *lines, _number(message)])
    return text if not keyword or keyword in text else f"【{keyword}】{text}"


Chunk = list[tuple[int, str]]
"""Lines of one part, each with the number of the line of the body that it is, or is a piece of."""


def _packed(lines: list[str], room: int, size: Size) -> list[Chunk]:
    """The lines in as few chunks as they need, in order, each at most `room` with its line breaks."""
    chunks: list[Chunk] = [[]]
    used = 0
    for number, line in enumerate(lines):
        for piece in _pieces(line, room, size):
            needed = size(piece) + (size("\n") if chunks[-1] else 0)
            if chunks[-1] and used + needed > room:
                chunks.append([])
                used, needed = 0, size(piece)
            chunks[-1].append((number, piece))
            used += needed
    return chunks


def _pieces(line: str, room: int, size: Size) -> Iterator[str]:
    """`line`, or its pieces when it is longer than `room`; never between a letter and its marks."""
    if size(line) <= room:
        yield line
        return
    piece, used = "", 0
    for cluster in _clusters(line):
        needed = size(cluster)
        if piece and used + needed > room:
            yield piece
            piece, used = "", 0
        piece, used = piece + cluster, used + needed
    yield piece


def _clusters(line: str) -> Iterator[str]:
    """Characters with what belongs to them: combining marks, variation selectors, joined signs."""
    starts = 0

    def start_of_cluster(place_and_char: tuple[int, str]) -> int:
        nonlocal starts
        place, char = place_and_char
        joined = place > 0 and line[place - 1] == "\u200d"
        if not (unicodedata.combining(char) or char in "\u200d\ufe0e\ufe0f" or joined):
            starts += 1
        return starts

    for _, group in groupby(enumerate(line), key=start_of_cluster):
        yield "".join(char for _, char in group)


def _shortened(chunks: list[Chunk], room: int, size: Size, more: str, most: int) -> list[Chunk]:
    """The first `most` chunks, the last of them ending with how many lines of the body were left out."""
    kept, last = chunks[: most - 1], list(chunks[most - 1])
    left = {number for chunk in chunks[most:] for number, _ in chunk}
    while True:
        note = more.format(lines=len(left))
        if not last or sum(size(text) + size("\n") for _, text in last) + size(note) <= room:
            return [*kept, [*last, (-1, note)]]
        left.add(last.pop()[0])


def _lines(body: str) -> list[str]:
    """The body's lines without blanks at its ends and without what no phone can show."""
    shown = _shown(body).strip("\n")
    return shown.split("\n") if shown else []


def _shown(text: str) -> str:
    """`text` without control characters and halves of characters, which no provider can encode."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode()
    return text.translate(_UNSEEN)


def _one_line(text: str) -> str:
    return " ".join(_shown(text).split())


def _clipped(text: str, room: int, size: Size) -> str:
    if size(text) <= room:
        return text
    return next(_pieces(text, room - size("…"), size)) + "…"


def _repeat(message: Message) -> list[str]:
    return [REPEAT.in_language(message.lang)] if message.repeat else []


def _number(message: Message) -> str:
    return NUMBER.in_language(message.lang).format(number=message.number)
