"""pucha form: a workbook with which an office keeps its lists, to be filled in and reported as it is."""

from __future__ import annotations

from pathlib import Path

import click

from deployments.console import AS_JSON, AS_OF, UNIT, answer, moment, read_store, say
from models.wording import Said


@click.command()
@click.argument("names", metavar="REGISTER|PHASE", nargs=-1, required=True)
@UNIT
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE",
    help="写到哪个 .xlsx 文件，不覆盖已有的。 The .xlsx file to write; none is overwritten.",
)
@AS_OF
@AS_JSON
def form(names: tuple[str, ...], unit: str | None, out: Path, as_of: str | None, *, as_json: bool) -> int:
    """出一份 Excel 填报表：登记册，或一个阶段的全部清单和数字，可写几个；填好后用 pucha report 上报。 A workbook of registers, or of all lists and figures of a phase, to be filled in and reported."""
    from tasks.forms.form import make_form

    store = read_store()
    written = make_form(store, names, unit, moment(store, as_of), out)
    if as_json:
        sheets = [
            {"sheet": sheet, "register": register, "rows": rows, "owed": owed}
            for sheet, register, rows, owed in written.sheets
        ]
        left_out = [one.in_language(store.settings.lang) for one in written.left_out]
        answer({"file": str(written.file), "sheets": sheets, "not_met": written.owed, "left_out": left_out})
        return 0
    lang = store.settings.lang
    for sheet, _, rows, owed in written.sheets:
        told = Said(f"{sheet}：{rows} 行，其中应办 {owed} 行", f"{sheet}: {rows} rows, {owed} of them owed")
        say(told.in_language(lang))
    for one in written.left_out:
        say(one.in_language(lang))
    done = Said(
        f"填报表已写入 {out}，未办结 {written.owed} 项；填好后执行 pucha report {out} --as-of … --by …",
        f"the form is in {out}, with {written.owed} duties not met; fill it in, then pucha report {out} --as-of … --by …",
    )
    say(done.in_language(lang))
    return 0
