"""pucha report: take in one report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from deployments.console import AS_JSON, act_moment, answer, now, read_store, say, there
from models.vocabulary import bracketed
from models.wording import Said

if TYPE_CHECKING:
    from tasks.intake.intake import Receipt


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--as-of", "as_of", required=True, metavar="T", help="数据截至时刻。 The moment that the figures are of.")
@click.option("--by", "author", required=True, metavar="NAME", help="报送单位或人。 Who reports.")
@click.option(
    "--reason",
    metavar="TEXT",
    help="更正原因，改动同一时刻已报数字时填写。 Why figures of the same moment are corrected.",
)
@AS_JSON
def report(file: Path, as_of: str, author: str, reason: str | None, as_json: bool) -> int:
    """接收一份报表（CSV、XLSX、Parquet、JSON Lines）。 Take in one report."""
    from tasks.intake.intake import take_in

    there(file)
    store = read_store()
    receipt = take_in(store, file, act_moment(store, as_of), author, now(), reason=reason)
    if as_json:
        answer(
            {
                "batch": receipt.batch,
                "accepted": receipt.accepted,
                "rejected": receipt.rejected,
                "rejections": str(receipt.rejections) if receipt.rejections else None,
                "repeated": receipt.repeated,
                "corrected": receipt.corrected,
                "corrected_without_reason": 0 if receipt.reason else receipt.corrected,
                "remarks": [remark.in_language(store.settings.lang) for remark in receipt.remarks],
            }
        )
    else:
        lang = store.settings.lang
        batch = Said("未收下", "nothing kept")
        if receipt.batch is not None:
            batch = Said(f"第 {receipt.batch} 批", f"batch {receipt.batch}")
        repeated = Said("此前已收到，未作更改", "known already").in_language(lang) if receipt.repeated else None
        rows = Said(
            f"{batch.zh}：收下 {receipt.accepted} 行，退回 {receipt.rejected} 行",
            f"{batch.en}: {receipt.accepted} rows taken, {receipt.rejected} refused",
        )
        say(rows.in_language(lang) + bracketed(repeated, lang))
        if receipt.corrected:
            say(_corrected(receipt).in_language(lang))
        for remark in receipt.remarks:
            say(remark.in_language(lang))
        if receipt.rejections:
            where = Said(
                f"退回的行及原因见 {receipt.rejections}，改好后可原样再报",
                f"refused rows and why: {receipt.rejections}",
            )
            say(where.in_language(lang))
    return 1 if receipt.rejected else 0


def _corrected(receipt: Receipt) -> Said:
    count = receipt.corrected
    if receipt.reason:
        return Said(
            f"更正此前同一时刻的数字 {count} 个，原因：{receipt.reason}",
            f"{count} figures of the same moment corrected: {receipt.reason}",
        )
    return Said(
        f"更正此前同一时刻的数字 {count} 个，未注明原因，已作标记；请用 --reason 注明",
        f"{count} figures of the same moment corrected without a reason, and marked; give one with --reason",
    )
