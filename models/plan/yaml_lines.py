"""YAML with line numbers, read by the plain rules of YAML 1.2: `no` is a word and 17:30 is not a number.

The text is read event by event, so that neither deep nesting nor aliases can make it grow.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from models.text import UNSEEN
from models.wording import Refusal, Said

Path = tuple[str | int, ...]
MOST_CHARACTERS = 4_000_000
DEEPEST = 40

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FORBIDDEN = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_UNSEEN = re.compile(UNSEEN)
_WIDE_INDENT = re.compile(r"^ *([\u00a0\u2000-\u200a\u202f\u3000])", re.MULTILINE)
_INT = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]{1,3})?")
_WORDS = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}


_INVISIBLE = Said("含有不可见的控制字符，请删去", "holds an invisible control character; delete it")


def _unseen(sign: str) -> Said:
    named = unicodedata.name(sign, "control").lower()
    return Said(f"{_INVISIBLE.zh}（U+{ord(sign):04X}）", f"{_INVISIBLE.en} (U+{ord(sign):04X}, {named})")


class YamlFault(Refusal):
    """The text is no YAML; `line` tells where (1-based)."""

    def __init__(self, line: int, said: Said) -> None:
        super().__init__(said.zh, said.en)
        self.line = line


@dataclass
class Lined:
    """A document: plain values in `data`, the line of each of them in `lines`, repeated keys in `repeated`."""

    data: Any
    lines: dict[Path, int] = field(default_factory=dict)
    repeated: list[tuple[int, str]] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """The line of the value at `path`, or of the nearest thing above it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_yaml(text: str) -> Lined:
    """Read one document. YamlFault if it is no YAML, or uses what a plan has no use for (tags, several documents)."""
    if len(text) > MOST_CHARACTERS:
        raise YamlFault(1, Said("文件过大，不像是一份方案", "the file is too large for a plan"))
    text = text.removeprefix("\ufeff")
    odd = _FORBIDDEN.search(text) or _UNSEEN.search(text)
    if odd:
        raise YamlFault(text.count("\n", 0, odd.start()) + 1, _unseen(odd[0]))
    wide = _WIDE_INDENT.search(text)
    if wide:
        said = Said(
            f"行首的空格不是半角空格（U+{ord(wide[1]):04X}，全角或不换行空格），请改用半角空格",
            f"a blank that is no plain one (U+{ord(wide[1]):04X}) indents this line; use plain blanks",
        )
        raise YamlFault(text.count("\n", 0, wide.start(1)) + 1, said)
    reader = _Reader()
    try:
        for event in _events(text):
            reader.take(event)
    except yaml.YAMLError as fault:
        raise _in_words(fault, text.splitlines()) from None
    return reader.document


def _events(text: str) -> Iterator[Any]:
    yield from yaml.parse(text, Loader=_LOADER)


@dataclass
class _Open:
    """A mapping or list that is being read. `key` is the key that waits for its value."""

    value: Any
    path: Path
    anchor: str | None
    key: str | None = None


class _Reader:
    """Builds plain values from events. An alias is the very value that its anchor named."""

    def __init__(self) -> None:
        self.document = Lined(None)
        self._open: list[_Open] = []
        self._anchors: dict[str, Any] = {}
        self._documents = 0

    def take(self, event: Any) -> None:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                said = Said(
                    "出现第二份内容（---），一个文件只写一个方案", "a second document (---); one file is one plan"
                )
                raise YamlFault(line, said)
        elif isinstance(event, yaml.AliasEvent):
            self._put(self._alias(event.anchor, line), line)
        elif isinstance(event, yaml.ScalarEvent):
            self._scalar(event, line)
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            self._begin(event, line)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            done = self._open.pop()
            self._keep(done.anchor, done.value)

    def _scalar(self, event: Any, line: int) -> None:
        _no_tag(event, line)
        if _FORBIDDEN.search(event.value):
            raise YamlFault(line, _INVISIBLE)
        value = _plain(event.value) if event.implicit[0] else event.value
        self._keep(event.anchor, value)
        above = self._open[-1] if self._open else None
        if above is not None and isinstance(above.value, dict) and above.key is None:
            if event.value in above.value:
                self.document.repeated.append((line, event.value))
            above.key = event.value
            self.document.lines[(*above.path, event.value)] = line
            return
        self._put(value, line)

    def _begin(self, event: Any, line: int) -> None:
        _no_tag(event, line)
        above = self._open[-1] if self._open else None
        if above is not None and isinstance(above.value, dict) and above.key is None:
            raise YamlFault(line, Said("冒号前应是一个名称", "before the colon must stand a name"))
        if len(self._open) >= DEEPEST:
            raise YamlFault(line, Said("层次过深", "nested too deeply"))
        value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
        path = self._put(value, line)
        self._open.append(_Open(value, path, event.anchor))

    def _put(self, value: Any, line: int) -> Path:
        """Put a value where it belongs; its path."""
        if not self._open:
            self.document.data = value
            self.document.lines[()] = line
            return ()
        above = self._open[-1]
        if isinstance(above.value, list):
            path = (*above.path, len(above.value))
            above.value.append(value)
            self.document.lines[path] = line
            return path
        if above.key is None:
            raise YamlFault(line, Said("冒号前不能用别名", "before the colon no alias can stand"))
        path = (*above.path, above.key)
        above.value[above.key] = value
        above.key = None
        return path

    def _keep(self, anchor: str | None, value: Any) -> None:
        if anchor is not None:
            self._anchors[anchor] = value

    def _alias(self, name: str | None, line: int) -> Any:
        if name is None or name not in self._anchors:
            said = Said(
                f"引用的“*{name}”在此之前没有定义（&{name}）", f"*{name} is used, but no &{name} stands before it"
            )
            raise YamlFault(line, said)
        return self._anchors[name]


def _no_tag(event: Any, line: int) -> None:
    if event.tag not in (None, "!"):
        raise YamlFault(line, Said("以“!”开头的标记在方案中不能用", "a tag that begins with ! has no place in a plan"))


def _plain(text: str) -> Any:
    """What an unquoted scalar means."""
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text


def _in_words(fault: yaml.YAMLError, lines: list[str]) -> YamlFault:
    """What the parser stumbled over, as a planner would see it."""
    mark = getattr(fault, "problem_mark", None)
    begun = getattr(fault, "context_mark", None) or mark
    line = mark.line + 1 if mark else 1
    context, problem = (str(getattr(fault, name, "") or "") for name in ("context", "problem"))
    near = "\n".join(lines[max(line - 2, 0) : line])
    if re.search(r"^ *\t", near, re.MULTILINE):
        said = Said("缩进用了制表符（Tab），请改用空格", "a tab indents this line; use spaces")
    elif "quoted scalar" in context and "escape" not in problem:
        line = begun.line + 1 if begun else line
        said = Said("引号没有配对", "a quote is opened and not closed")
    elif re.search(r"^[^#\"']*[｛｝［］，]", near, re.MULTILINE):
        said = Said("括号和逗号应为半角“{ } [ ] ,”，而不是全角", "brackets and commas must be plain: { } [ ] ,")
    elif re.search(r"^[^#\"']*：", near, re.MULTILINE):
        said = Said("冒号应为半角“:”，其后空一格", "the colon must be a plain “:” with a space after it")
    elif "flow" in context:
        line = begun.line + 1 if begun else line
        said = Said("括号没有配对，或各项之间缺逗号", "a bracket is not closed, or a comma is missing")
    elif "mapping values" in problem:
        said = Said("一行里有两个冒号；内容含冒号的请加引号", "two colons on a line; quote a text that holds a colon")
    elif "cannot start" in problem or "alphabetic" in problem:
        said = Said("内容以特殊符号开头，请加引号", "a text that begins with a special character must be quoted")
    elif "escape" in problem:
        said = Said("双引号里的反斜杠写法不对，请改用单引号", "a backslash in double quotes; use single quotes")
    else:
        said = Said(
            "缩进或标点有误，请与上下行对照检查",
            "indentation or punctuation is wrong; compare with the lines around it",
        )
    return YamlFault(line, Said(f"不是合规的 YAML：{said.zh}", f"not valid YAML: {said.en}"))
