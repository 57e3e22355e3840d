"""An office's own texts (自定文本), made into words in a process of their own, which ends whatever they do.

Nothing inside an interpreter can break off one long step of it, such as a number squared again and again or a text
that doubles itself: a pass would stand still, or the machine run out of memory. A process can be ended.
"""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal, NamedTuple

from models.rules.delivery.entries import Entry
from models.wording import Lang, Refusal

SECONDS = 1.0
"""Of computing, for one text; a message takes some milliseconds."""
MEMORY = 256 * 1024**2
"""Bytes of data; Jinja and a message take some 20 MB of it."""
Form = Literal["item", "message", "letter", "read"]
"""What is made of a text: one item, a message's title and body, a letter's title and whole text; or nothing."""


class Wanted(NamedTuple):
    """One text to make. folders: where it and what it includes is looked for; names: of which the first there is taken."""

    folders: tuple[str, ...]
    names: tuple[str, ...]
    form: Form
    lang: Lang
    context: Mapping[str, Any]


class OwnTexts:
    """The texts in `folders`, the office's own first. The process is started for the first of them, and ends with us."""

    def __init__(self, folders: Sequence[Path], lang: Lang) -> None:
        self._folders = tuple(str(folder.absolute()) for folder in folders)
        self._lang: Lang = lang
        self._process: subprocess.Popen[bytes] | None = None

    def make(self, names: Sequence[str], form: Form, context: Mapping[str, Any]) -> Any:
        """The text of the first of `names` that there is, as `form` has it. Refusal with file, line and cure for a fault."""
        answer = self._ask(Wanted(self._folders, tuple(names), form, self._lang, _without_ours(context)))
        if answer is None:
            self.close()
            file = Path(self._folders[0]) / names[0]
            raise Refusal(
                f"{file}：文本运行不完，或占用内存过多。请改正；删去该文件即恢复自带文本",
                f"{file}: the text does not end, or takes too much memory."
                " Mend it, or delete the file to have the shipped text back",
            )
        if "fault" in answer:
            raise Refusal(*answer["fault"])
        return answer["made"]

    def _ask(self, wanted: Wanted) -> dict[str, Any] | None:
        """What the process answers; None where the text ended it."""
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        with suppress(BrokenPipeError):
            process.stdin.write(pickle.dumps(wanted))
            process.stdin.flush()
        said = process.stdout.readline()
        answer: dict[str, Any] | None = json.loads(said) if said.endswith(b"\n") else None
        return answer

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tasks.campaign.texts_child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        return self._process

    def close(self) -> None:
        """End the process; the next text starts another."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with suppress(BrokenPipeError):
                    pipe.close()
        self._process = None

    def __del__(self) -> None:
        self.close()


_OF_A_PAPER = ("id", "number", "title", "signer", "sheet", "is_letter")


def _without_ours(context: Mapping[str, Any]) -> dict[str, Any]:
    """What a text may name, without classes for which the process would have to load half of the program."""
    entry = context.get("entry")
    if not isinstance(entry, Entry):
        return dict(context)
    papers = tuple(SimpleNamespace(**{name: getattr(one, name) for name in _OF_A_PAPER}) for one in entry.papers)
    return {**context, "entry": entry._replace(papers=papers)}
