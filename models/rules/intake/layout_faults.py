"""Why rows are refused for how their sheet is laid out: formulas without a result, merged cells."""

from __future__ import annotations

import polars as pl

from models.rules.intake.figures import same_fault
from models.rules.intake.report_columns import ROW, Header
from models.rules.intake.report_units import FAULTS


def without_results(part: pl.DataFrame, passed: pl.Series, columns: Header, unvalued: pl.DataFrame) -> pl.DataFrame:
    """Formulas without a result in rows of the part that were not read past, some of which hold nothing else."""
    if unvalued.is_empty():
        return pl.DataFrame(schema=FAULTS)
    used = [columns.code, *columns.used]
    of_units = part.select(ROW).filter(~pl.col(ROW).is_in(passed.implode()))
    found = unvalued.filter(pl.col("place").is_in(used)).join(of_units, on=ROW, how="semi")
    return found.select(
        ROW,
        zh=pl.format("{} 单元格的公式没有计算结果，请用 Excel 或 WPS 打开、保存后再报", "cell"),
        en=pl.format(
            "the formula in {} has no result; open the file in Excel or WPS, save it and report again", "cell"
        ),
    )


def merged_cells(part: pl.DataFrame, columns: Header, merged: pl.DataFrame) -> pl.DataFrame:
    """Rows with cells merged down a column that is read, or across two such columns: only the first of them has a value.

    Merged names of places, which only help the reader, lose nothing.
    """
    read = [columns.code, *columns.used, *columns.references]
    found = [pl.DataFrame(schema=FAULTS)]
    for cells, top, bottom, left, right in merged.iter_rows():
        covered = [place for place in read if left <= place <= right]
        if covered and (bottom > top or len(covered) > 1):
            rows = part.filter(pl.col(ROW).is_between(top, bottom))[ROW]
            zh = f"{cells} 是合并单元格，请取消合并，每行一个单位、每格一个数"
            en = f"the cells {cells} are merged; unmerge them, with one unit a row and one figure a cell"
            found.append(same_fault(rows, zh, en))
    return pl.concat(found)
