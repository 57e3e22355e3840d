"""Every command that the pages of operations and the files for several machines name is one, with each of its options."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml

from deployments.cli import cli

ROOT = Path(__file__).parents[2]
PAGES = ("docs/operations.md", "docs/operations.zh-CN.md")
REMARKS = ("compose.yaml", "prefect.yaml", ".env.sample")
"""Files whose remarks say what to run."""
_COMMAND = re.compile(r"(?:^|[\s/])(prefect|pucha) +((?:--no-prompt +)?[a-z].*)$")


def lines() -> Iterator[tuple[str, str]]:
    """Whatever is code in the pages, and every line of the files for machines, each with the file's name."""
    for page in PAGES:
        text = (ROOT / page).read_text(encoding="utf-8")
        for block in re.findall(r"^ *```\w*\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE):
            yield from ((page, line) for line in block.splitlines())
        prose = re.sub(r"^ *```\w*\n.*?^ *```", "", text, flags=re.DOTALL | re.MULTILINE)
        yield from ((page, re.sub(r"\s+", " ", span)) for span in re.findall(r"`([^`]+)`", prose))
    for name in REMARKS:
        text = (ROOT / name).read_text(encoding="utf-8")
        yield from ((name, line[1:]) for line in text.splitlines() if re.match(r"#   +\S", line))
    for file in sorted((ROOT / "deployments" / "machines").iterdir()):
        yield from ((file.name, line) for line in file.read_text(encoding="utf-8").splitlines())


def containers() -> Iterator[tuple[str, list[str]]]:
    for name, service in yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"].items():
        if "command" in service:
            yield f"compose.yaml: {name}", service["command"]
    (written,) = re.findall(r"^CMD (.*)$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    yield "Dockerfile", json.loads(written)


def commands(program: str) -> list[tuple[str, list[str]]]:
    """What is said to be run, word by word, each with where it is said."""
    found = [(where, words[1:]) for where, words in containers() if words[0] == program]
    for where, line in lines():
        asked = _COMMAND.search(re.sub(r"\s#.*|[，。；：].*", "", line.strip()))
        if asked and asked[1] == program:
            found.append((where, shlex.split(asked[2])))
    return found


def named(program: str) -> list[object]:
    return [pytest.param(words, id=f"{where}: {' '.join(words)}") for where, words in commands(program)]


@pytest.mark.parametrize("words", named("prefect"))
def test_a_command_of_prefects_is_one_with_these_options(words: list[str]):
    from prefect.cli._app import _app

    asked = [word for word in words if word != "--no-prompt"]
    command, *_ = _app.parse_args(asked, exit_on_error=False, print_error=False)
    assert command


@pytest.mark.parametrize("words", named("pucha"))
def test_a_command_of_ours_is_one_with_these_options(words: list[str]):
    command: click.Command | None = cli
    left = list(words)
    while isinstance(command, click.Group) and left:
        command = command.get_command(click.Context(command), left.pop(0))
    assert command is not None, words
    options = {option for one in command.params for option in one.opts} | {"--help"}
    assert {word for word in left if word.startswith("--")} <= options


def test_the_commands_that_start_several_machines_are_among_them():
    prefects = {" ".join(words[:2]) for _, words in commands("prefect")}
    assert {"server start", "worker start", "server services", "server database", "deployment run"} <= prefects
    ours = {words[0] for _, words in commands("pucha")}
    assert {"up", "load", "deploy", "health", "retire", "archive", "audit", "watch", "units"} <= ours
