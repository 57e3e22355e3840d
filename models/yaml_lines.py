"""YAML with line numbers, read by the plain rules of YAML 1.2: `no` is a word and 17:30 is not a number."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import yaml

from models.wording import Refusal

Path = tuple[str | int, ...]
MOST_NODES = 200_000


class YamlFault(Refusal):
    """The text is no YAML; `line` tells where (1-based)."""

    def __init__(self, line: int, zh: str, en: str) -> None:
        super().__init__(zh, en)
        self.line = line


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}


for _tag, _pattern, _first in (
    ("bool", r"^(?:true|false|True|False)$", "tfTF"),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?$", "-+0123456789."),
    ("null", r"^(?:~|null|Null|)$", ["~", "n", "N", ""]),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))


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
    """Read one document. YamlFault if it is no YAML, or grows out of all proportion through aliases."""
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        problem = getattr(fault, "problem", None) or "unreadable"
        raise YamlFault(
            line,
            f"不是合规的 YAML（{problem}），请检查缩进、冒号后的空格和引号",
            f"not valid YAML ({problem}); check indentation, the space after colons, and quotes",
        ) from fault
    document = Lined(None)
    if node is not None:
        document.data = _plain(node, (), document, _countdown())
    return document


def _countdown() -> Callable[[int], None]:
    left = MOST_NODES

    def spend(line: int) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise YamlFault(line, "文件过大或别名嵌套过多", "the file is too large, or its aliases multiply")

    return spend


def _plain(node: yaml.Node, path: Path, document: Lined, spend: Callable[[int], None]) -> Any:
    line = node.start_mark.line + 1
    spend(line)
    document.lines.setdefault(path, line)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, document, spend)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(child, (*path, place), document, spend) for place, child in enumerate(node.value)]
    tag = node.tag.rsplit(":", 1)[-1]
    if tag == "int":
        return int(node.value)
    if tag == "float":
        return float(node.value)
    if tag == "bool":
        return node.value.lower() == "true"
    return None if tag == "null" else node.value


def _mapping(node: yaml.MappingNode, path: Path, document: Lined, spend: Callable[[int], None]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = key_node.value if isinstance(key_node, yaml.ScalarNode) else "?"
        line = key_node.start_mark.line + 1
        if key in values:
            document.repeated.append((line, key))
        values[key] = _plain(value_node, (*path, key), document, spend)
        document.lines[(*path, key)] = line
    return values
