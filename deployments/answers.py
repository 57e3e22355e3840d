"""Answers in JSON, written piece by piece: the longest is never held whole, neither as values nor as text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from models.text import HIDDEN

_PORTION = 500
"""So many elements of a list are written at a time."""


def pieces(data: Any, *, is_unicode: bool) -> Iterator[str]:
    """The text of `data`, laid out line by line, in parts; what would steer a terminal is written out.

    A list, as the whole or as a value of the whole, may come as an iterator, of which few elements are there at a time.
    is_unicode: whether whoever reads it can show every sign.
    """
    for piece in _document(data, is_unicode):
        # which signs there are is known five times as fast as where they are, and almost always there is none
        if HIDDEN.search("".join(set(piece))):
            piece = HIDDEN.sub(lambda found: json.dumps(found[0])[1:-1], piece)
        yield piece


def _document(data: Any, is_unicode: bool) -> Iterator[str]:
    if _is_list(data):
        yield from _list(data, is_unicode, "")
    elif isinstance(data, Mapping) and any(_is_list(value) for value in data.values()):
        opening = "{\n"
        for key, value in data.items():
            yield opening
            if _is_list(value):
                yield _written({key: []}, is_unicode)[2:-4]
                yield from _list(value, is_unicode, "  ")
            else:
                yield _written({key: value}, is_unicode)[2:-2]
            opening = ",\n"
        yield "\n}"
    else:
        yield _written(data, is_unicode)


def _is_list(data: Any) -> bool:
    return isinstance(data, list | tuple | Iterator)


def _list(elements: Iterable[Any], is_unicode: bool, indent: str) -> Iterator[str]:
    """The elements of a list that begins at `indent`, a portion of them at a time."""
    left, opening, closing = iter(elements), "[\n", "[]"
    while portion := list(islice(left, _PORTION)):
        # a line break within a text is written out, so each that stands here begins a line
        yield opening + indent + _written(portion, is_unicode)[2:-2].replace("\n", f"\n{indent}")
        opening, closing = ",\n", f"\n{indent}]"
    yield closing


def _written(data: Any, is_unicode: bool) -> str:
    """The same text as Python's own encoder makes, ten times as fast: a nation's rehearsal is hundreds of thousands of lines."""
    import orjson

    if not is_unicode:
        return json.dumps(data, indent=2)
    try:
        return orjson.dumps(data, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:  # half a sign, or a number beyond 64 bits
        return json.dumps(data, ensure_ascii=False, indent=2)
