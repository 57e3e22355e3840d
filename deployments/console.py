"""What every command shares: settings, the store, moments, tables and JSON."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from deployments.answers import pieces
from models.moments import moment_at, read_moment
from models.text import visible
from models.wording import Lang, Refusal, Said

if TYPE_CHECKING:
    from pathlib import Path

    from tasks.campaign.settings import Settings
    from tasks.campaign.store import Store

AS_OF = click.option("--as-of", "as_of", metavar="T", help="截至时刻，默认此刻。 Moment, now by default.")
SIMULATE = click.option(
    "--simulate",
    is_flag=True,
    help="推演：--as-of 可晚于本机时钟一天以上，任务随即标为“推演”。 Let --as-of be ahead of this machine's clock; marks the campaign.",
)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="输出 JSON。 Answer in JSON.")


def _not_empty(_context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    """An option given as "" (an unset variable in a script) is a mistake and never means everything."""
    if value is not None and not value.strip():
        raise click.BadParameter("it is empty", param=option)
    return value


UNIT = click.option(
    "--unit", "unit", metavar="CODE", callback=_not_empty, help="单位代码，默认最上级。 Unit code, the top by default."
)


def there(file: Path) -> Path:
    """The file that a command was given. Refusal where there is none, or one that would be waited for, such as a pipe."""
    if file.is_file():
        return file
    if file.exists():
        raise Refusal(
            f"{file} 不是普通文件（可能是管道、设备或文件夹），请改用普通文件",
            f"{file} is no plain file but a pipe, a device or a folder; give a plain file",
        )
    raise Refusal(f"找不到文件 {file}", f"there is no file {file}")


def read_settings() -> Settings:
    """Settings from the environment. Refusal names the variable that cannot be used."""
    from pydantic import ValidationError

    from tasks.campaign.settings import Settings

    try:
        return Settings()
    except ValidationError as fault:
        wrong = [_wrong_setting(error) for error in fault.errors(include_input=False, include_url=False)]
        raise Refusal(
            f"设置有误：{'；'.join(said.zh for said in wrong)}（见 .env.sample）",
            f"wrong settings: {'; '.join(said.en for said in wrong)} (see .env.sample)",
        ) from None


def _wrong_setting(error: Any) -> Said:
    """One setting that cannot be used, without its value, which may be a secret."""
    name = f"PUCHA_{str(error['loc'][0]).upper()}"
    if error["type"] == "literal_error":
        choices = str(error["ctx"]["expected"]).replace("'", "")
        return Said(f"{name} 应为 {choices.replace(' or ', ' 或 ')}", f"{name} must be {choices}")
    return Said(f"{name} 的值不能用", f"the value of {name} cannot be used")


def read_store(*, create: bool = False) -> Store:
    """The campaign's database as the settings name it."""
    from tasks.campaign.store import open_store

    return open_store(read_settings(), create=create, clock=now)


def now() -> datetime:
    """The clock. Read here, in commands and flows, and nowhere below."""
    return datetime.now(UTC)


def moment(store: Store, text: str | None) -> datetime:
    """The moment that an option names, in the plan's zone; now where it names none."""
    zone = store.plan().zone
    return now().astimezone(zone) if text is None else read_moment(text, zone)


def act_moment(store: Store, text: str | None, *, simulate: bool = False) -> datetime:
    """The moment that somebody acts at. Refusal for one that is far ahead of the machine's clock, but in a simulation."""
    from tasks.oversight.ahead import check_ahead

    at = moment(store, text)
    check_ahead(store, at, simulate=simulate)
    return at


def iso(at: datetime | None) -> str | None:
    """A moment in JSON: ISO 8601 with offset, to the second where that is exact."""
    return None if at is None else at.isoformat()


def from_micros(store: Store, at: int | None) -> str | None:
    """A moment of the database in JSON, in the plan's zone."""
    return None if at is None else moment_at(at, store.zone).isoformat()


def say(text: str = "", *, err: bool = False, bold: bool = False) -> None:
    """Print a sentence. What would steer the terminal, from a name or a file, is written out instead."""
    shown = visible(text)
    click.echo(click.style(shown, bold=True) if bold else shown, err=err)


def answer(data: Any) -> None:
    """Print JSON, in the signs that whoever reads it can show. A list in it may be an iterator (`answers.pieces`)."""
    is_unicode = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "") == "utf8"
    for piece in pieces(data, is_unicode=is_unicode):
        click.echo(piece, nl=False)
    click.echo()


def table(columns: Sequence[Said], rows: Iterable[Sequence[object]], lang: Lang, title: str | None = None) -> None:
    """Print a table that fits the terminal. columns: its headings; cells are in `lang` already."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    # a `Text` is never read as markup: square brackets of a name, or of a rung, stay what they are
    drawn = Table(title=Text(visible(title)) if title else None, title_justify="left", header_style="bold")
    width = None if sys.stdout.isatty() else 140
    for column in columns:
        drawn.add_column(Text(column.in_language(lang)), overflow="fold")
    for row in rows:
        drawn.add_row(*(Text("" if cell is None else visible(str(cell))) for cell in row))
    Console(width=width, markup=False, highlight=False, emoji=False).print(drawn)


def short(at: datetime | None) -> str:
    """A moment as people say it: a midnight is the end of the day before."""
    from datetime import timedelta

    if at is None:
        return ""
    if at.hour == at.minute == 0:
        return f"{at - timedelta(days=1):%m-%d} 24:00"
    return f"{at:%m-%d %H:%M}"
