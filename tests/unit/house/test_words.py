"""One word, one meaning: what a module or a public class is called, against the glossary's list of such names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
GLOSSARY = ROOT / "docs" / "glossary.md"
ROW = re.compile(r"^\| `(\w+)` \| ([^|]*) \|([^|]*)\|$", re.MULTILINE)


def names_in(root: Path) -> Iterator[tuple[str, list[str]]]:
    """Every module and public class by its full name, with the words that its own name is made of."""
    for floor in ("models", "tasks", "flows", "deployments"):
        for path in sorted((root / floor).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            own = module.rpartition(".")[2].strip("_").replace("audit_trail", "trail")  # one term, of the trail
            yield module, own.split("_")
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    yield f"{module}.{node.name}", [part.lower() for part in re.findall(r"[A-Z][a-z]*", node.name)]


@cache
def all_names_in(root: Path) -> tuple[tuple[str, list[str]], ...]:
    """Those names, read once for all the words that are looked for."""
    return tuple(names_in(root))


def bearers(word: str, root: Path) -> set[str]:
    """The modules and classes whose name has that word, in one or in many."""
    return {name for name, words in all_names_in(root) if word in words or f"{word}s" in words}


def guarded(text: str) -> dict[str, set[str]]:
    """The glossary's list: word → the names that may bear it."""
    section = text.rpartition("## 代码中的名称")[2]
    return {word: set(re.findall(r"`([\w.]+)`", names)) for word, _, names in ROW.findall(section)}


GUARDED = guarded(GLOSSARY.read_text(encoding="utf-8"))


def test_the_glossary_guards_the_words_that_were_taken_for_several_things() -> None:
    assert set(GUARDED) >= {
        "survey",
        "status",
        "audit",
        "trail",
        "health",
        "condition",
        "line",
        "turn",
        "listing",
        "report",
        "waiting",
        "beside",
        "told",
        "watch",
        "watched",
        "watching",
        "watchman",
        "sender",
    }


@pytest.mark.parametrize("word", GUARDED)
def test_only_what_it_means_is_called_by_a_guarded_word(word: str) -> None:
    assert bearers(word, ROOT) == GUARDED[word]


def test_a_module_or_class_of_another_meaning_is_found(tmp_path: Path) -> None:
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "waiting.py").write_text("class HealthLine:\n    pass\n\n\nclass _Line:\n    pass\n")
    assert bearers("waiting", tmp_path) == {"tasks.waiting"}
    assert bearers("line", tmp_path) == {"tasks.waiting.HealthLine"}
    assert bearers("health", tmp_path) == {"tasks.waiting.HealthLine"}
