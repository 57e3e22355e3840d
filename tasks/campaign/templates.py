"""The texts of messages: shipped ones, and those that an office puts in their place (Jinja, sandboxed).

A file in PUCHA_HOME/templates/<zh or en>/ replaces the shipped text of the same name: notice.j2 is the frame
of a message, the others word one item each (the letters are the papers' own). An office's own text is checked when
a campaign is loaded (`template_check`); one that fails all the same later is passed over for the shipped one, so that
no deadline is lost over a slip of the pen.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, TemplateError, TemplateSyntaxError

from models.rules.delivery.entries import Entry
from models.wording import Lang, Refusal, Said
from tasks.campaign.bounded_texts import BoundedEnvironment, in_steps
from tasks.campaign.own_texts import Form, OwnTexts
from tasks.campaign.template_words import filters

log = logging.getLogger(__name__)
AnyEnvironment = TypeVar("AnyEnvironment", bound=Environment)

SHIPPED = Path(str(resources.files("models"))) / "templates"
FRAME = "notice"
KINDS = ("reminder", "overdue", "missing", "superior", "roll-up", "paper", "unsigned", "issued", "vacancy")
PASS_ON = "pass-on"
"""What stands before an item that the reader is to pass on."""
NAMES = (FRAME, *KINDS, PASS_ON)
LONGEST = 20_000
"""Characters that a text may make; an office's own text that makes more is at fault."""
LONGEST_LETTER = 200_000
"""Characters of a paper, which may list all offices of a province."""


class Pages:
    """The texts of one language, an office's own (those there are now) before the shipped ones."""

    def __init__(self, home: Path, lang: Lang) -> None:
        self.lang: Lang = lang
        self.warnings: dict[str, Said] = {}
        self._own = OwnTexts([home / "templates" / lang], lang)
        self._shipped = _shipped(lang)
        files = {name: home / "templates" / lang / f"{name}.j2" for name in NAMES}
        self._files = {name: file for name, file in files.items() if file.is_file()}
        self._templates: dict[str, Template] = {}

    def item(self, entry: Entry) -> str:
        """One item in words, on one line."""
        kind = entry.kind if entry.kind in KINDS else "overdue"
        item = self._render(kind, {"entry": entry}, "item")
        if entry.is_instead:
            item = self._render(PASS_ON, {"entry": entry}, "item") + item
        return " ".join(item.split())

    def page(self, context: Mapping[str, Any]) -> tuple[str, str]:
        """Title and body of a message."""
        title, body = self._render(FRAME, context, "message")
        return title, body

    def _render(self, name: str, context: Mapping[str, Any], form: Form) -> Any:
        if name not in self.warnings and name in self._files:
            try:
                return self._own.make([f"{name}.j2"], form, context)
            except Refusal as fault:  # the notice must go out all the same
                said = fault.said
                self.warnings[name] = Said(f"{said.zh}；已改用自带文本", f"{said.en}; the shipped text is used")
                log.warning("%s", self.warnings[name].in_language(self.lang))
        if name not in self._templates:
            self._templates[name] = self._shipped.get_template(f"{name}.j2")
        read = item_text if form == "item" else title_and_body
        return read(self._templates[name], context)


def item_text(template: Template, context: Mapping[str, Any]) -> str:
    """What a text makes of an item. TemplateError where it is longer than LONGEST."""
    with in_steps(template.environment):
        return _short(template.render(context)).strip()


def title_and_body(template: Template, context: Mapping[str, Any]) -> tuple[str, str]:
    """What the frame makes of a message. TemplateError where it sets no title, or is longer than LONGEST."""
    with in_steps(template.environment):
        module = template.make_module(dict(context))
    title = getattr(module, "title", None)
    if title is None or not str(title).strip():
        raise TemplateError("the text sets no title")
    return " ".join(str(title).split()), _short(str(module)).strip()


def title_and_letter(template: Template, context: Mapping[str, Any]) -> tuple[str, str]:
    """The title of a paper, and all of it. TemplateError where it sets no title, or is longer than LONGEST_LETTER."""
    with in_steps(template.environment):
        module = template.make_module(dict(context))
    if not hasattr(module, "title"):
        raise TemplateError("the text sets no title")
    return str(module.title).strip(), _short(str(module), LONGEST_LETTER).strip()


def _short(text: str, longest: int = LONGEST) -> str:
    if len(text) > longest:
        raise TemplateError(f"the text is longer than {longest} characters")
    return text


def letter_environment(folders: Sequence[Path]) -> BoundedEnvironment:
    """A sandbox for the texts of papers, which are looked for in `folders` in turn."""
    return _sandbox(folders)


def _sandbox(folders: Sequence[Path]) -> BoundedEnvironment:
    return _texts_in(folders, BoundedEnvironment)


def _texts_in(folders: Sequence[Path], kind: type[AnyEnvironment]) -> AnyEnvironment:
    return kind(
        loader=FileSystemLoader(folders),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def message_environment(folder: Path, lang: Lang, *, is_ours: bool = False) -> Environment:
    """What makes messages from the texts in `folder` alone: a sandbox, but for our own, which need none."""
    environment: Environment = _texts_in([folder], Environment) if is_ours else _sandbox([folder])
    environment.filters |= filters(lang)
    return environment


@cache
def _shipped(lang: Lang) -> Environment:
    """Our own texts, which nobody changes while we run: compiled once, not for every campaign and pass anew."""
    return message_environment(SHIPPED / lang, lang, is_ours=True)


def fault_in(file: Path, fault: BaseException) -> Said:
    """Where a text fails, and what to do about it."""
    if isinstance(fault, TemplateSyntaxError):
        line: int | None = fault.lineno
    else:
        own = [frame for frame in traceback.extract_tb(fault.__traceback__) if Path(frame.filename) == file]
        line = own[-1].lineno if own else None
    place = Said(f"{file} 第 {line} 行" if line else str(file), f"{file}, line {line}" if line else str(file))
    what = fault.said if isinstance(fault, Refusal) else Said(*[str(fault) or type(fault).__name__] * 2)
    return Said(
        f"{place.zh}：{what.zh}。请改正；删去该文件即恢复自带文本",
        f"{place.en}: {what.en}. Mend it, or delete the file to have the shipped text back",
    )
