"""The documents say what the product does: commands, options, settings, plans, files and tests that they name exist."""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest
from pydantic import SecretStr

from deployments.cli import COMMANDS, cli, main
from deployments.commands import health
from models.plan import shapes
from tasks.campaign.settings import Settings

ROOT = Path(__file__).parents[3]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "deployments" / "samples" / "README.md"])
READMES = ("README.md", "README.zh-CN.md")
HELP = ("--help", "-h")
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!\\)\[[^\]]*\]\(([^)\s]+)\)")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")


@cache
def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str, kind: str) -> list[str]:
    """The fenced blocks of one kind, without the indentation of their list."""
    found = []
    for indent, language, body in FENCE.findall(text(name)):
        if language == kind:
            found.append("\n".join(line.removeprefix(indent) for line in body.splitlines()) + "\n")
    return found


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command by its full name: plan check, load …"""
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            for inner in command.list_commands(click.Context(command)):
                found = command.get_command(click.Context(command), inner)
                assert found is not None
                yield f"{name} {inner}", found
        else:
            yield name, command


ALL = dict(commands())


def options(command: click.Command) -> set[str]:
    named = {name for one in command.params if isinstance(one, click.Option) for name in one.opts}
    return {name for name in named if name.startswith("--") and name not in HELP}


def sections() -> dict[str, str]:
    """docs/commands.md by command: from its heading to the next one."""
    parts = re.split(r"^#{2,3} `pucha ([a-z -]+?)(?: \[?[A-Z].*)?`$", text("docs/commands.md"), flags=re.MULTILINE)
    return {parts[place].strip(): parts[place + 1] for place in range(1, len(parts), 2)}


@pytest.mark.parametrize("name", ALL)
def test_every_command_and_each_of_its_options_stands_in_the_commands_page(name: str) -> None:
    section = sections().get(name)

    assert section is not None, f"docs/commands.md has no section for pucha {name}"
    assert not options(ALL[name]) - set(OPTION.findall(section))


def test_the_commands_page_names_no_command_that_is_gone() -> None:
    assert set(sections()) == set(ALL)


@pytest.mark.parametrize("name", ALL)
def test_the_commands_page_names_no_option_that_is_gone(name: str) -> None:
    known = {option for command in ALL.values() for option in options(command)} | {"--help", "--version"}

    assert not set(OPTION.findall(sections()[name])) - known


@pytest.mark.parametrize("name", ALL)
def test_every_command_has_help_in_both_languages(name: str) -> None:
    told = ALL[name].help or ""

    assert re.search(r"[\u4e00-\u9fff]", told)
    assert re.search(r"[A-Za-z]{3}", told)


def sampled() -> dict[str, str]:
    """The settings in .env.sample with the values that they show."""
    return dict(re.findall(r"^# (PUCHA_[A-Z_]+)=(.*)$", text(".env.sample"), re.MULTILINE))


def test_every_setting_stands_in_the_sample_and_the_sample_has_no_setting_that_is_gone() -> None:
    settings = {f"PUCHA_{name.upper()}" for name in Settings.model_fields}
    code = "".join(path.read_text(encoding="utf-8") for path in ROOT.glob("[dmtf]*/**/*.py"))

    assert not settings - set(sampled())
    assert all(name in settings or f'"{name}"' in code for name in sampled())


def test_the_sample_shows_the_defaults_and_sets_nothing() -> None:
    for name, field in Settings.model_fields.items():
        shown = sampled()[f"PUCHA_{name.upper()}"]
        if field.default is not None and not isinstance(field.default, SecretStr):
            shown = float(shown) if isinstance(field.default, float) else shown
            assert str(shown) == str(field.default)

    lines = [line for line in text(".env.sample").splitlines() if line and not line.startswith("#")]
    assert lines == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_to_a_file(document: Path) -> None:
    for target in LINK.findall(document.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        found = (document.parent / path).resolve() if path else document
        assert found.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", found.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {_anchor(heading) for heading in headings}, target


def _anchor(heading: str) -> str:
    plain = re.sub(r"[^\w\- ]", "", heading.replace("`", "").strip().lower())
    return plain.replace(" ", "-")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_that_a_document_names_is_there(document: Path) -> None:
    named = re.findall(
        r"`((?:models|tasks|flows|deployments|tests|docs)/[\w./*-]*)`", document.read_text(encoding="utf-8")
    )

    for path in named:
        assert list(ROOT.glob(path.rstrip("/"))), path


@pytest.mark.parametrize("page", ["docs/architecture.md", "docs/security.md", "docs/law.md"])
def test_every_test_that_a_page_names_is_there(page: str) -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))

    named = set(re.findall(r"`(test_\w+)`", text(page)))
    assert named
    assert [name for name in sorted(named) if f"def {name}(" not in code] == []


PLANS = [
    pytest.param(block, id=f"{name}-{place}")
    for name in ("docs/plan.md", "docs/plan.zh-CN.md", "docs/add-a-phase.md", *READMES)
    if (ROOT / name).exists()
    for place, block in enumerate(blocks(name, "yaml"))
]


@pytest.mark.parametrize("block", PLANS)
def test_every_plan_in_the_documents_passes_the_plan_check(
    block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(ROOT / "deployments" / "plans", tmp_path, dirs_exist_ok=True)
    (tmp_path / "example.yaml").write_text(block, encoding="utf-8")
    monkeypatch.setenv("PUCHA_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    with pytest.raises(SystemExit) as ended:
        main(["plan", "check", "example.yaml"])

    assert ended.value.code in (0, 1), capsys.readouterr().out


@pytest.mark.parametrize("page", ["docs/plan.md", "docs/plan.zh-CN.md"])
def test_the_plan_pages_name_every_key_of_a_plan_file(page: str) -> None:
    kinds = [kind for kind in vars(shapes).values() if isinstance(kind, type) and issubclass(kind, shapes.Shape)]
    keys = {one.alias or key for kind in kinds for key, one in kind.model_fields.items()}
    named = set(re.findall(r"`([\w-]+)`", text(page)))

    assert len(kinds) > 5
    assert not keys - named - {"phase", "requirement"}
    assert "`{phase:" in text(page)


@pytest.mark.parametrize("block", blocks("docs/add-a-phase.md", "python"))
def test_the_example_of_a_flow_imports_only_what_there_is(block: str) -> None:
    for node in ast.walk(ast.parse(block)):
        if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] in ("models", "tasks", "flows"):
            source = ROOT.joinpath(*str(node.module).split(".")).with_suffix(".py").read_text(encoding="utf-8")
            assert all(re.search(rf"^(?:def |class )?{name.name}\b", source, re.MULTILINE) for name in node.names)


OPERATIONS = ("docs/operations.md", "docs/operations.zh-CN.md")


@pytest.mark.parametrize("page", OPERATIONS)
def test_every_line_of_health_stands_in_the_pages_of_operations(page: str) -> None:
    first_cells = re.findall(r"^\| ([^|]*) \|", text(page), re.MULTILINE)
    named = {word for cell in first_cells for word in re.findall(r"`([^`]*)`", cell)}

    assert set(health.NAMES) - named == set()


def test_both_pages_of_operations_have_the_same_sections_with_as_many_rows_and_items() -> None:
    sections = [re.split(r"^##+ ", text(page), flags=re.MULTILINE) for page in OPERATIONS]
    rows, items = r"^\|", r"^(?:\*|[0-9]\.) "
    counted = [
        [tuple(len(re.findall(what, part, re.MULTILINE)) for what in (rows, items)) for part in parts]
        for parts in sections
    ]

    assert counted[0] == counted[1]


def test_both_pages_of_operations_print_the_same_commands_and_files() -> None:
    """Whoever reads one language needs no look at the other; names and codes of one's own are in that of the page."""
    own = {"姓名": "NAME", "验证码": "CODE", "问题清单.xlsx": "problems.xlsx"}

    def printed(page: str) -> list[list[str]]:
        code = [
            [re.sub(r"(?:^|\s+)#.*", "", line) for line in body.splitlines()]
            for _, _, body in FENCE.findall(text(page))
        ]
        lines = [[re.sub("|".join(own), lambda word: own[word[0]], line) for line in block] for block in code]
        return [[line.strip() for line in block if line.strip()] for block in lines]

    assert printed(OPERATIONS[0]) == printed(OPERATIONS[1])
    assert len(printed(OPERATIONS[0])) >= 12


@pytest.mark.parametrize("name", READMES)
def test_a_readme_calls_only_targets_and_commands_that_there_are(name: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", text("Makefile"), re.MULTILINE))
    lines = [line for block in blocks(name, "sh") for line in block.splitlines()]

    called = {found for line in lines for found in re.findall(r"\bmake ([a-z]+)", line)}
    assert {"demo", "test", "check"} <= called <= targets
    for line in lines:
        for words in re.findall(r"\bpucha ([a-z-]+(?: [a-z-]+)?)", line.split("#")[0]):
            assert any(words == known or words.split()[0] == known for known in (*ALL, "plan", "calendar")), line
        assert not set(OPTION.findall(line.split("#")[0])) - {o for c in ALL.values() for o in options(c)}, line


def test_both_readmes_run_the_same_commands_and_show_the_same_pictures() -> None:
    def told(name: str) -> tuple[list[str], list[str]]:
        lines = [line.split("#")[0].strip() for block in blocks(name, "sh") for line in block.splitlines()]
        return [line for line in lines if line], re.findall(r"docs/images/[\w-]+\.\w+", text(name))

    english, chinese = told(READMES[0]), told(READMES[1])
    assert english[0] == chinese[0]
    assert len(english[1]) == len(chinese[1])


FILE = re.compile(r"^`([\w.-]+)` (?:[^\n]+\n)+\n```(?:yaml|csv)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("name", READMES)
def test_the_first_campaign_of_a_readme_runs_as_written(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files = dict(FILE.findall(text(name)))
    for file, body in files.items():
        (tmp_path / file).write_text(body, encoding="utf-8")
    monkeypatch.setenv("PUCHA_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    own = next(block for block in blocks(name, "sh") if "pucha plan check" in block)
    lines = [line.split("#")[0].split() for line in own.splitlines() if re.match(r"\S*pucha ", line)]
    assert [line[1] for line in lines] == ["plan", "load", "report", "status", "watch", "up"]

    codes = []
    for line in lines[:-1]:
        arguments = [*line[1:], "--dry-run"] if line[1] == "watch" else line[1:]
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        codes.append(ended.value.code)

    told = capsys.readouterr().out
    assert set(files) == {"plan.yaml", "units.csv", "contacts.csv", "report.csv"}
    assert codes == [1, 0, 0, 0, 0]
    assert "乡级普查机构0，应不低于1" in told
    assert "南沙河镇" in told
