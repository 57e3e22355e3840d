"""What is wrong with a command line, in a sentence of the office's language."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

import click

from models.wording import Said


def usage_fault(fault: click.ClickException) -> Said:
    """The sentence for a command line that cannot be understood, with the command that explains it."""
    context: click.Context | None = getattr(fault, "ctx", None)
    group = context.command if context is not None else None
    known = group.list_commands(context) if context is not None and isinstance(group, click.Group) else ()
    said = _said(fault, known)
    path = context.command_path if context is not None else "pucha"
    return Said(f"{said.zh}；用法见 {path} --help", f"{said.en} See {path} --help.")


def _said(fault: click.ClickException, commands: Collection[str]) -> Said:
    english = fault.format_message().rstrip()
    english = english if english.endswith((".", "?")) else f"{english}."
    if isinstance(fault, click.MissingParameter):
        return Said(f"缺少 {_name(fault.param)}", english)
    if isinstance(fault, click.BadParameter):
        return Said(f"{_name(fault.param)} 的值不能用{_expected(fault.param)}", english)
    if isinstance(fault, click.NoSuchOption):
        return Said(f"没有选项 {fault.option_name}" + _perhaps(fault.possibilities), english)
    if isinstance(fault, click.BadOptionUsage):
        return Said(f"选项 {fault.option_name} 后面缺少内容", english)
    command = _unknown_command(fault)
    if command is not None:
        near = get_close_matches(command, commands, 1)
        return Said(
            f"没有命令 {command}" + _perhaps(near),
            f"No such command {command}." + (f" Did you mean {near[0]}?" if near else ""),
        )
    if fault.message.startswith("Got unexpected extra"):
        return Said(f"多出了 {fault.message.partition('(')[2].rstrip(')')}", english)
    return Said(f"命令写法有误（{english.rstrip('.')}）", english)


def _name(param: click.Parameter | None) -> str:
    if isinstance(param, click.Option):
        return max(param.opts, key=len)
    return param.make_metavar(click.Context(click.Command("pucha"))) if param is not None else "参数"


def _expected(param: click.Parameter | None) -> str:
    kind = param.type if param is not None else None
    if isinstance(kind, click.Choice):
        return f"，应为 {'、'.join(kind.choices)} 之一"
    if isinstance(kind, click.IntRange):
        least = f"，不小于 {kind.min}" if kind.min is not None else ""
        most = f"，不大于 {kind.max}" if kind.max is not None else ""
        return f"，应为整数{least}{most}"
    return ""


def _perhaps(near: Collection[str] | None) -> str:
    return f"，是否为 {next(iter(near))}" if near else ""


def _unknown_command(fault: click.ClickException) -> str | None:
    """The name of a command that there is none of."""
    if type(fault).__name__ == "NoSuchCommand" or fault.message.startswith("No such command"):
        return fault.message.split("'")[1] if "'" in fault.message else None
    return None
