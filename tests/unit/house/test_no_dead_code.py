"""Nothing stands in the product that only tests call, or nobody: what has no caller goes.

A name of a module has a caller where the product loads it outside its own definition: by name in its module, by an
import in another, as an attribute of the module, or by a text such as "deployments.cli:main". A method has one
where an attribute of its name is loaded anywhere else, or a template says it.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PRODUCT = ("models", "tasks", "flows", "deployments")
CALLED_FROM_OUTSIDE = ("models.migrations.env", "models.migrations.versions.", "models.rules.phases.")
"""Alembic reads these modules by the names that it gives them; those of phases are found by walking their folder."""
PLAIN = {
    "cache",
    "cached_property",
    "classmethod",
    "contextmanager",
    "dataclass",
    "lru_cache",
    "property",
    "staticmethod",
}
"""Decorators that hand over nothing; any other gives what it decorates to somebody who calls it."""
ENTRY = re.compile(r"([a-z_]+(?:[./][a-z_]+)*?)(?:\.py)?:([A-Za-z_]\w*)")
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class Module:
    """One file: what it defines, and what it loads and takes in."""

    def __init__(self, file: Path, root: Path) -> None:
        parts = file.relative_to(root).with_suffix("").parts
        self.is_package = parts[-1] == "__init__"
        self.name = ".".join(parts[:-1] if self.is_package else parts)
        self.nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
        self.defined = dict(_definitions(self.nodes[0]))
        self.loaded: dict[str, list[ast.AST]] = defaultdict(list)
        self.taken: dict[str, tuple[str, str]] = {}  # name here -> module that it is taken from, and its name there
        for node in self.nodes:
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                self.loaded[node.id].append(node)
            if isinstance(node, ast.ImportFrom) and node.module:
                self.taken |= {one.asname or one.name: (node.module, one.name) for one in node.names}

    def loads(self, name: str, outside: ast.stmt) -> bool:
        return any(not _is_in(node, outside) for node in self.loaded[name])


class Product:
    """Every module of a source tree, and what is used of each."""

    def __init__(self, root: Path) -> None:
        files = [file for package in PRODUCT for file in sorted((root / package).rglob("*.py"))]
        self.modules = {module.name: module for module in (Module(file, root) for file in files)}
        self.used: set[tuple[str, str]] = set()
        self.attributes: dict[str, list[tuple[str, ast.AST]]] = defaultdict(list)
        for module in self.modules.values():
            self._read(module)
        for text in (root / name for name in ("pyproject.toml", "prefect.yaml")):
            self._read_entries(text.read_text(encoding="utf-8") if text.exists() else "")
        templates = "".join(file.read_text(encoding="utf-8") for file in root.glob("models/**/*.j2"))
        self.in_templates = set(re.findall(r"\.([a-z_]+)", templates))

    def dead(self) -> list[str]:
        """module:name, or module:Class.method, of everything without a caller."""
        called = {self._origin(use) for use in self.used}
        found = []
        for module in self.modules.values():
            if module.name.startswith(CALLED_FROM_OUTSIDE):
                continue
            for name, node in module.defined.items():
                if (module.name, name) not in called and not module.loads(name, node) and not _is_handed_over(node):
                    found.append(f"{module.name}:{name}")
                if isinstance(node, ast.ClassDef) and all(self._is_ours(module, base) for base in node.bases):
                    found += [f"{module.name}:{name}.{method}" for method in self._idle_methods(module, node)]
        return found

    def _read(self, module: Module) -> None:
        passed_on = {name for name in module.taken if module.is_package and not module.loaded[name]}
        self.used |= {origin for name, origin in module.taken.items() if name not in passed_on}
        for node in module.nodes:
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                self.attributes[node.attr].append((module.name, node))
                if isinstance(node.value, ast.Name) and node.value.id in module.taken:
                    self.used.add((".".join(module.taken[node.value.id]), node.attr))
                elif isinstance(node.value, ast.Attribute):  # by its full path: tasks.boards.page.board
                    self.used.add((ast.unparse(node.value), node.attr))
            elif isinstance(node, ast.Call) and ast.unparse(node.func) == "getattr":
                named = node.args[1]
                if isinstance(named, ast.Constant):
                    self.attributes[named.value].append((module.name, node))
                    self.used |= {(one, named.value) for one in self.modules}
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                self._read_entries(node.value)

    def _read_entries(self, text: str) -> None:
        self.used |= {(path.replace("/", "."), name) for path, name in ENTRY.findall(text)}

    def _origin(self, use: tuple[str, str]) -> tuple[str, str]:
        """Where a name is defined that was taken from a package which only passes it on."""
        while use[0] in self.modules and use[1] not in self.modules[use[0]].defined:
            if use[1] not in self.modules[use[0]].taken:
                break
            use = self.modules[use[0]].taken[use[1]]
        return use

    def _idle_methods(self, module: Module, node: ast.ClassDef) -> Iterator[str]:
        for method in (one for one in node.body if isinstance(one, Definition)):
            loads = self.attributes[method.name]
            elsewhere = any(place != module.name or not _is_in(load, method) for place, load in loads)
            if not (elsewhere or method.name in self.in_templates or _is_handed_over(method)):
                yield method.name

    def _is_ours(self, module: Module, base: ast.expr) -> bool:
        """False for a class of somebody else's, which may call any method of those that stand on it."""
        if not isinstance(base, ast.Name):
            return False
        return base.id in module.defined or module.taken.get(base.id, ("", ""))[0] in self.modules


def _definitions(tree: ast.AST) -> Iterator[tuple[str, ast.stmt]]:
    """The functions, classes and constants of a module, but for names that Python gives a meaning."""
    assert isinstance(tree, ast.Module)
    for node in tree.body:
        names: list[str] = []
        if isinstance(node, Definition):
            names = [node.name]
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name)]
        yield from ((name, node) for name in names if not name.startswith("__"))


def _is_in(node: ast.AST, whole: ast.stmt) -> bool:
    """True for a node of the same file that stands on the lines of another."""
    assert isinstance(node, ast.expr)
    return whole.lineno <= node.lineno <= (whole.end_lineno or whole.lineno)


def _is_handed_over(node: ast.stmt) -> bool:
    """True for what a decorator registers, for a table, and for methods that Python calls."""
    if not isinstance(node, Definition):
        return False
    decorators = [one.func if isinstance(one, ast.Call) else one for one in node.decorator_list]
    if any(ast.unparse(one).rpartition(".")[2] not in PLAIN for one in decorators):
        return True
    is_table = isinstance(node, ast.ClassDef) and any(one.arg == "table" for one in node.keywords)
    return is_table or node.name.startswith("__")


def test_everything_in_the_product_has_a_caller_there() -> None:
    assert Product(ROOT).dead() == []


ALIVE = {
    "models/units.py": (
        "LEVELS = ('county',)\n\ndef below(level):\n    return LEVELS.index(level)\n\n"
        "class Unit:\n    def level(self):\n        return below(self.code)\n"
    ),
    "tasks/boards/__init__.py": "from tasks.boards.page import board\n\n__all__ = ['board']\n",
    "tasks/boards/page.py": "from models.units import Unit\n\ndef board():\n    return Unit().level()\n\ndef plain():\n    pass\n",
    "tasks/steps.py": "import tasks.boards.page\n\ndef sheet():\n    return tasks.boards.page.plain()\n",
    "deployments/cli.py": (
        "from tasks import boards\nfrom tasks.steps import sheet\n\nTARGET = 'deployments.cli:show'\n\n"
        "def show():\n    boards.board(TARGET)\n    sheet()\n"
    ),
}
"""A tree in which everything has a caller: by name, through a package, as an attribute, by its path, by a text."""


@pytest.mark.parametrize(
    ("file", "added", "dead"),
    [
        ("models/units.py", "", []),
        ("models/units.py", "def level_of(code):\n    return level_of(code[:2])\n", ["models.units:level_of"]),
        ("models/units.py", "class Office(Unit):\n    pass\n", ["models.units:Office"]),
        ("models/units.py", "    def name(self):\n        return ''\n", ["models.units:Unit.name"]),
        ("models/units.py", "DIGITS: int = 2\n", ["models.units:DIGITS"]),
        ("tasks/boards/__init__.py", "from tasks.boards.page import sheet\n", ["tasks.boards.page:sheet"]),
        ("tasks/boards/page.py", "@registered\ndef hook():\n    pass\n", []),
    ],
)
def test_what_has_no_caller_is_found(tmp_path: Path, file: str, added: str, dead: list[str]) -> None:
    for name, text in ALIVE.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + (added if name == file else ""), encoding="utf-8")
    if "sheet" in added:
        page = tmp_path / "tasks/boards/page.py"
        page.write_text(page.read_text(encoding="utf-8") + "\ndef sheet():\n    pass\n", encoding="utf-8")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_units.py").write_text("from models.units import level_of, DIGITS\n", encoding="utf-8")

    assert Product(tmp_path).dead() == dead
