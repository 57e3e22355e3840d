"""A process in which an office's own texts are made into words, one after the other: see own_texts.

Its input is a pipe from the one that started it, and it ends with that one. The kernel's own alarm and limit of memory
hold a text whatever it does, also within one long step of the interpreter, which nothing inside it could break off.
"""

from __future__ import annotations

import json
import os
import pickle
import signal
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, Template

from models.wording import Lang, Refusal
from tasks.campaign.own_texts import MEMORY, SECONDS, Form, Wanted
from tasks.campaign.templates import (
    fault_in,
    item_text,
    letter_environment,
    message_environment,
    title_and_body,
    title_and_letter,
)

_SECONDS_TO_START = 60.0
_SECONDS_WAITING = 30.0
"""For a text that waits, as for a pipe that stands in place of a file; one that computes has SECONDS."""


def main() -> None:
    """Make the texts that come down the pipe, until nothing comes any more."""
    signal.setitimer(signal.ITIMER_REAL, _SECONDS_TO_START)
    _limit_memory()
    told = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    while True:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.setitimer(signal.ITIMER_PROF, 0)
        try:
            wanted: Wanted = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        signal.setitimer(signal.ITIMER_REAL, _SECONDS_WAITING)
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        os.write(told, json.dumps(_made(wanted)).encode() + b"\n")


def _limit_memory() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, resource.getrlimit(resource.RLIMIT_DATA)[1]))


def _made(wanted: Wanted) -> dict[str, Any]:
    """{"made": the words}, or {"fault": [Chinese, English]}."""
    folders = tuple(Path(folder) for folder in wanted.folders)
    file = folders[0] / wanted.names[0]
    try:
        template = _environment(folders, wanted.form, wanted.lang).select_template(list(wanted.names))
        file = Path(template.filename or file)
        return {"made": _FORMS[wanted.form](template, wanted.context)}
    except MemoryError:
        said = fault_in(file, Refusal("占用内存过多", "it takes too much memory"))
    except Exception as fault:  # noqa: BLE001 - an office's own text can fail in any way that Python can
        said = fault_in(file, fault)
    return {"fault": [said.zh, said.en]}


@cache
def _environment(folders: tuple[Path, ...], form: Form, lang: Lang) -> Environment:
    return message_environment(folders[0], lang) if form in ("item", "message") else letter_environment(folders)


def _read_alone(_template: Template, _context: Mapping[str, Any]) -> list[str]:
    """A text that is read for faults of writing, and not tried."""
    return []


_FORMS: Mapping[Form, Callable[[Template, Mapping[str, Any]], Any]] = {
    "item": item_text,
    "message": title_and_body,
    "letter": title_and_letter,
    "read": _read_alone,
}


if __name__ == "__main__":
    main()
