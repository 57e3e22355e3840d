"""pucha report: take in one report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from deployments.console import AS_JSON, act_moment, answer, now, read_store, say, there
from models.vocabulary import bracketed
from models.wording import Lang, Said

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from models.plan.lists import Register
    from tasks.intake.receipts import Receipt

_SHOWN = 10
"""Refused rows that are named on the screen; all stand in their file."""


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--as-of", "as_of", required=True, metavar="T", help="数据截至时刻。 The moment that the figures are of.")
@click.option("--by", "author", required=True, metavar="NAME", help="报送单位或人。 Who reports.")
@click.option(
    "--reason",
    metavar="TEXT",
    help="更正原因，改动同一时刻已报数字时填写。 Why figures of the same moment are corrected.",
)
@click.option(
    "--register",
    metavar="R",
    help="登记册的代号或名称，表头不足以辨认时填写。 Whose rows these are, where the header does not tell.",
)
@click.option(
    "--whole",
    is_flag=True,
    help="全量：文件中各单位的其余行即行撤销。 The full list of its offices: their other rows are withdrawn.",
)
@click.option(
    "--yes",
    "agreed",
    is_flag=True,
    help="全量撤销超过五分之一也照办。 Even where more than a fifth would be withdrawn.",
)
@AS_JSON
def report(file: Path, as_of: str, author: str, reason: str | None, as_json: bool, **rows: Any) -> int:
    """接收一份报表（CSV、XLSX、Parquet、JSON Lines）：指标数字，或登记册的各行。 Take in one report, of figures or of rows."""
    from tasks.intake.intake import AsRows, take_in
    from tasks.intake.marked_copies import copy_name, mark_copy

    there(file)
    store = read_store()
    receipt = take_in(store, file, act_moment(store, as_of), author, now(), reason=reason, as_rows=AsRows(**rows))
    lang = store.settings.lang
    copied = mark_copy(file, file.with_name(copy_name(file, lang)), receipt, lang)
    if as_json:
        marked = str(copied) if isinstance(copied, Path) else None
        told = [_as_json(table, lang) | {"marked": marked if table.rejected else None} for table in receipt.tables]
        answer(told if receipt.others else told[0])
    else:
        for table in receipt.tables:
            _tell(table, store.plan().registers, lang)
        _tell_of_copy(copied, lang)
    return 1 if any(table.rejected for table in receipt.tables) else 0


def _as_json(receipt: Receipt, lang: Lang) -> dict[str, Any]:
    of_register = {} if receipt.register is None else {"register": receipt.register}
    return {
        "batch": receipt.batch,
        "accepted": receipt.accepted,
        "rejected": receipt.rejected,
        "rejections": str(receipt.rejections) if receipt.rejections else None,
        **of_register,
        "refusals": _reasons(receipt.refusals, lang),
        "doubts": _reasons(receipt.doubts, lang),
        "repeated": receipt.repeated,
        "corrected": receipt.corrected,
        "corrected_without_reason": 0 if receipt.reason else receipt.corrected,
        "remarks": [remark.in_language(lang) for remark in receipt.remarks],
    }


def _reasons(rows: pl.DataFrame, lang: Lang) -> list[dict[str, Any]]:
    said = "zh" if lang == "zh" else "en"
    return [
        {"row": row["row"], "key": row["key"], "reason": row["en"], "reason_text": row[said]}
        for row in rows.iter_rows(named=True)
    ]


def _tell(receipt: Receipt, registers: Mapping[str, Register], lang: Lang) -> None:
    if receipt.batch is None and not receipt.rejected:  # a sheet of a form on which nothing was filled in
        for remark in receipt.remarks:
            say(remark.in_language(lang))
        return
    batch = Said("未收下", "nothing kept")
    if receipt.batch is not None:
        batch = Said(f"第 {receipt.batch} 批", f"batch {receipt.batch}")
    if receipt.register is not None:
        batch = Said(f"“{registers[receipt.register].title}”{batch.zh}", f"{receipt.register}, {batch.en}")
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
    for row, key, zh, en in receipt.refusals.head(_SHOWN).iter_rows():
        said = Said(
            f"第 {row} 行{bracketed(key or None, 'zh')}：{zh}", f"row {row}{bracketed(key or None, 'en')}: {en}"
        )
        say(said.in_language(lang))
    for row, key, zh, en in receipt.doubts.head(_SHOWN).iter_rows():
        said = Said(
            f"存疑 第 {row} 行{bracketed(key or None, 'zh')}：{zh}",
            f"doubtful: row {row}{bracketed(key or None, 'en')}: {en}",
        )
        say(said.in_language(lang))
    if receipt.doubts.height > _SHOWN:
        more = receipt.doubts.height - _SHOWN
        say(Said(f"另有 {more} 行存疑，见 --json", f"{more} more rows are doubtful: see --json").in_language(lang))
    if receipt.rejections:
        where = Said(
            f"退回的行及原因见 {receipt.rejections}，改好后可原样再报",
            f"refused rows and why: {receipt.rejections}",
        )
        say(where.in_language(lang))


def _tell_of_copy(copied: Path | Said | None, lang: Lang) -> None:
    """Where the copy of a workbook is in which refused cells are marked, or why there is none."""
    if isinstance(copied, Path):
        copied = Said(
            f"退回的单元格已在副本 {copied} 中标红并注明原因，改好后可报该副本",
            f"refused cells are marked red, with the reason, in the copy {copied}; mend it there and report it",
        )
    if copied is not None:
        say(copied.in_language(lang))


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
