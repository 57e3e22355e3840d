"""A sandbox whose texts end: an office's own text may neither run for ever nor make more than memory holds."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from jinja2 import Environment, TemplateError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

MOST_STEPS = 50_000
"""Lines that a text may run through; a message of a hundred items takes some thousand."""
_GREEDY_FILTERS = ("batch", "center", "format", "indent", "slice", "wordwrap")
_GREEDY_METHODS = frozenset({"center", "expandtabs", "format", "format_map", "ljust", "rjust", "translate", "zfill"})
"""What makes a text of any length out of a number."""


class BoundedEnvironment(ImmutableSandboxedEnvironment):
    """A sandbox without what makes a long text or a long computation at one stroke."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in _GREEDY_FILTERS:
            self.filters.pop(name, None)
        self.globals.pop("lipsum", None)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Arithmetic on plain numbers only; no power, no repeated text."""
        if operator == "**" or not all(isinstance(side, (int, float)) for side in (left, right)):
            raise TemplateError(f"{operator} is for plain numbers only")
        return super().call_binop(context, operator, left, right)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """As the sandbox has it, but for methods of text that fill it up."""
        greedy = isinstance(obj, str) and attr in _GREEDY_METHODS
        return not greedy and super().is_safe_attribute(obj, attr, value)


@contextmanager
def in_steps(environment: Environment) -> Iterator[None]:
    """Count the lines that an office's own texts run through. TemplateError after MOST_STEPS of them."""
    if not isinstance(environment, BoundedEnvironment):
        yield
        return
    steps = 0

    def count(frame: FrameType, event: str, _about: object) -> Any:
        nonlocal steps
        if not frame.f_code.co_filename.endswith(".j2"):
            return None
        steps += event == "line"
        if steps > MOST_STEPS:
            raise TemplateError(f"the text does not end within {MOST_STEPS} steps")
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        yield
    finally:
        sys.settrace(before)
