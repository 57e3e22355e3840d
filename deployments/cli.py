"""pucha (普查): the command. Each subcommand is imported only when it is called, so that help answers at once."""

from __future__ import annotations

import importlib
import io
import os
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import click

from deployments.console import answer, say
from deployments.usage import usage_fault
from models.wording import Lang, Refusal, Said, because
from tasks.campaign.private_files import PRIVATE

_LOG = "errors.log"
_FEWEST_DIGITS = 7


class _Entry(NamedTuple):
    target: str
    zh: str
    en: str


COMMANDS: dict[str, _Entry] = {
    "plan": _Entry("deployments.commands.plan:plan", "检查、展示工作方案", "check and show plans"),
    "load": _Entry("deployments.commands.load:load", "装载方案、单位和联系人", "load plan, units and contacts"),
    "units": _Entry("deployments.commands.units:units", "区划变更", "change divisions in mid-campaign"),
    "report": _Entry("deployments.commands.report:report", "接收一份报表", "take in one report"),
    "rows": _Entry(
        "deployments.commands.rows:rows",
        "查看登记册和其中各行",
        "the rows of a register, and which registers there are",
    ),
    "form": _Entry("deployments.commands.form:form", "出一份 Excel 填报表", "a workbook to fill in and report"),
    "status": _Entry("deployments.commands.status:status", "查看进展", "show where a unit and all below it stand"),
    "explain": _Entry("deployments.commands.explain:explain", "说明一项要求的来龙去脉", "explain one duty"),
    "watch": _Entry(
        "deployments.commands.watch:watch", "巡查一遍并催办", "one pass: judge, open and close cases, remind"
    ),
    "cases": _Entry("deployments.commands.chase:cases", "列出催办件", "list cases"),
    "notices": _Entry("deployments.commands.chase:notices", "列出通知", "list notices"),
    "vacancies": _Entry(
        "deployments.commands.vacancies:vacancies",
        "列出联系人空缺",
        "whose role nobody holds or nobody can be reached in",
    ),
    "contacts": _Entry(
        "deployments.commands.contacts:contacts", "列出各项要求会通知谁", "who would hear of a unit's duties"
    ),
    "channels": _Entry("deployments.commands.channels:channels", "查看渠道状况", "how the channels fare"),
    "health": _Entry("deployments.commands.health:health", "查看运行状况", "whether everything that must run runs"),
    "ack": _Entry("deployments.commands.decide:ack", "签收", "acknowledge a case"),
    "extend": _Entry("deployments.commands.decide:extend", "延期", "extend a case"),
    "waive": _Entry("deployments.commands.decide:waive", "免予办理", "waive a case"),
    "sign-exit": _Entry("deployments.commands.decide:sign_exit", "签字放行一个阶段", "sign a phase's exit at a unit"),
    "papers": _Entry("deployments.commands.papers:papers", "列出待签文稿", "papers that wait for a signature"),
    "sign": _Entry("deployments.commands.papers:sign", "签发文稿", "sign a paper"),
    "return": _Entry("deployments.commands.papers:return_", "退回文稿", "return a paper unsigned"),
    "audit": _Entry(
        "deployments.commands.audit:audit", "核查台账，核验审计记录", "audit the ledger, verify the audit trail"
    ),
    "retire": _Entry(
        "deployments.commands.retire:retire", "归档清理已办结的记录", "export what is over, and remove it"
    ),
    "archive": _Entry(
        "deployments.commands.archive:archive", "核对、迁移报表存档", "check and move the archive of reports"
    ),
    "clock": _Entry("deployments.commands.clock:clock", "时钟与将来的记录", "what stands ahead of the clock"),
    "calendar": _Entry("deployments.commands.calendar:calendar", "工作日历", "the working calendar"),
    "run": _Entry("deployments.commands.run:run", "立即运行一个阶段的流程", "run a phase's flow now"),
    "up": _Entry("deployments.commands.up:up", "启动状态页和全部流程", "serve the status screen and all flows"),
    "deploy": _Entry(
        "deployments.commands.deploy:deploy",
        "部署到工作池，由多台机器分担",
        "deploy to a work pool, for several machines",
    ),
    "demo": _Entry("deployments.demo.command:demo", "演示一个地方的普查", "a whole campaign, ready to look at"),
}


def language() -> Lang:
    """The language of help and errors, also where the settings cannot be read."""
    wanted = os.environ.get("PUCHA_LANG") or _from_file()
    return "en" if wanted == "en" else "zh"


def _from_file() -> str | None:
    """PUCHA_LANG of the .env file, without the settings: they are slow to load, and may be what is wrong."""
    try:
        lines = Path(".env").read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    pairs = (line.removeprefix("export ").partition("=") for line in lines)
    return next((value.strip().strip("\"'") for name, _, value in pairs if name.strip() == "PUCHA_LANG"), None)


class _Lazy(click.Group):
    """Knows its commands by name and imports one when it is called."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        module, name = entry.target.split(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        english = language() == "en"
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, entry.en if english else f"{entry.zh}  {entry.en}") for name, entry in COMMANDS.items()]
            )


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="pucha")
def cli() -> None:
    """普查：人口普查各阶段的期限、催办与进展。

    Pucha: deadlines, reminders and progress for the phases of a population census.
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command line: exit 0 done, 1 done with findings, 2 refused and nothing changed."""
    os.umask(PRIVATE)
    given = sys.argv[1:] if arguments is None else arguments
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal in GBK must not break off over a name
            stream.reconfigure(errors="backslashreplace")
    try:
        _refuse_respondents(given)
        code = cli.main(args=given, prog_name="pucha", standalone_mode=False)
    except Refusal as refusal:
        code = _refuse(refusal.said, given)
    except click.exceptions.Abort:
        code = 130
    except click.exceptions.NoArgsIsHelpError as fault:
        fault.show()
        code = 2
    except click.ClickException as fault:
        code = _refuse(usage_fault(fault), given)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except OSError as fault:
        where = f" {fault.filename}" if fault.filename else ""
        why = because(fault)
        code = _refuse(Said(f"无法读写{where}：{why.zh}", f"cannot read or write{where}: {why.en}"), given)
    except Exception as fault:  # noqa: BLE001 - whatever it is, an office reads a sentence and no traceback
        code = _refuse(_broken(fault), given)
    sys.exit(code if isinstance(code, int) else 0)


def _refuse_respondents(given: list[str]) -> None:
    """Refusal if an option or argument tells of a person who is counted; it is not repeated."""
    for place, argument in enumerate(given):
        words = os.path.basename(argument)
        if sum(sign.isdigit() for sign in words) < _FEWEST_DIGITS and words.isascii():
            continue
        from models.personal import kept_words

        before = given[place - 1] if place and given[place - 1].startswith("--") else ""
        option = words.partition("=")[0] if words.startswith("--") else before
        named = Said(f"选项 {option} ", f"the option {option}") if option else Said("命令", "the command")
        kept_words(words, named.zh, named.en)


def _broken(fault: Exception) -> Said:
    """What is said of a fault in the program itself. Where it arose is kept, and not what it was about."""
    home = Path(os.environ.get("PUCHA_HOME") or ".pucha")
    frames = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(fault.__traceback__)]
    kind, log = type(fault).__name__, home / _LOG
    said = Said(
        f"程序出错（{kind}），本次操作可能没有完成，请核对后再试",
        f"the program failed ({kind}); what was asked for may not have been done. Look, and try again",
    )
    try:
        handle = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    except OSError:
        return said
    with os.fdopen(handle, "a", encoding="utf-8", errors="backslashreplace") as file:
        file.write("\n".join([f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {kind}", *frames, ""]))
    return Said(f"{said.zh}；出错位置记在 {log}", f"{said.en}; where it failed stands in {log}")


def _refuse(said: Said, given: list[str]) -> int:
    """Say why nothing was done; 2."""
    sentence = said.in_language(language())
    if "--json" in given:
        answer({"error": sentence})
    say(sentence, err=True)
    return 2


if __name__ == "__main__":
    main()
