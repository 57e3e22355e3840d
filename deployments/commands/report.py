"""pucha report: take in one report."""

from __future__ import annotations

from pathlib import Path

import click

from deployments.console import AS_JSON, answer, moment, now, read_store
from models.wording import Refusal


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--as-of", "as_of", required=True, metavar="T", help="数据截至时刻。 The moment that the figures are of.")
@click.option("--by", "author", required=True, metavar="NAME", help="报送单位或人。 Who reports.")
@AS_JSON
def report(file: Path, as_of: str, author: str, as_json: bool) -> int:
    """接收一份报表（CSV、XLSX、Parquet、JSON Lines）。 Take in one report."""
    from tasks.intake.intake import take_in

    if not file.is_file():
        raise Refusal(f"找不到文件 {file}", f"there is no file {file}")
    if not author.strip():
        raise Refusal("请用 --by 注明报送人", "say with --by who reports")
    store = read_store()
    receipt = take_in(store, file, moment(store, as_of), author.strip(), now())
    if as_json:
        answer(
            {
                "batch": receipt.batch,
                "accepted": receipt.accepted,
                "rejected": receipt.rejected,
                "rejections": str(receipt.rejections) if receipt.rejections else None,
                "repeated": receipt.repeated,
            }
        )
    elif store.settings.lang == "zh":
        batch = "未收下" if receipt.batch is None else f"第 {receipt.batch} 批"
        repeated = "（此前已收到，未作更改）" if receipt.repeated else ""
        click.echo(f"{batch}：收下 {receipt.accepted} 行，退回 {receipt.rejected} 行{repeated}")
        if receipt.rejections:
            click.echo(f"退回的行及原因见 {receipt.rejections}，改好后可原样再报")
    else:
        batch = "nothing kept" if receipt.batch is None else f"batch {receipt.batch}"
        click.echo(
            f"{batch}: {receipt.accepted} rows taken, {receipt.rejected} refused{' (known already)' if receipt.repeated else ''}"
        )
        if receipt.rejections:
            click.echo(f"refused rows and why: {receipt.rejections}")
    return 1 if receipt.rejected else 0
