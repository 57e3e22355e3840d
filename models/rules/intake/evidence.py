"""Evidence (佐证): what a figure rests on, as a row says it: a reference, or one of the plan's choices where it has some.

Free text is where somebody who is counted gets in: a machine sees numbers there and no names. Where a plan names what a
figure may rest on, nothing else is taken.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from models.cells import AROUND, cleaned
from models.rules.intake.figures import same_fault
from models.rules.intake.report_columns import ROW, Columns, column
from models.text import name_key

LONGEST_EVIDENCE = 500
"""Characters of a reference: no report."""


def read_evidence(
    part: pl.DataFrame, place: int, columns: Columns, filled: Mapping[str, pl.Series]
) -> tuple[pl.Series, list[pl.DataFrame]]:
    """The column's texts as they are kept, choices as the plan spells them, and the faults in it.

    filled: by indicator, which rows have a figure of it; a choice binds only those.
    """
    title = columns.title(place)
    text = cleaned(part[column(place)].cast(pl.String).str.strip_chars(AROUND))
    faults = [_too_long(part[ROW], text, title)]
    for _, indicator in columns.indicators:
        if not indicator.evidence:
            continue
        spelt = {name_key(choice): choice for choice in indicator.evidence}
        written = text.unique().drop_nulls()
        known = {one: spelt[name_key(one)] for one in written if name_key(one) in spelt}
        chosen = text.replace_strict(known, default=None, return_dtype=pl.String)
        binds = filled[indicator.id] & text.is_not_null()
        zh, en = "、".join(indicator.evidence), ", ".join(indicator.evidence)
        faults.append(
            same_fault(
                part[ROW].filter(binds & chosen.is_null()),
                f"“{indicator.title}”的佐证只能从下列各项中选填：{zh}，请改正“{title}”一列",
                f"what “{indicator.title}” rests on is one of: {en}; mend the column “{title}”",
            )
        )
        text = pl.select(pl.when(binds).then(pl.coalesce(chosen, text)).otherwise(text)).to_series()
    return text, faults


def _too_long(rows: pl.Series, text: pl.Series, title: str) -> pl.DataFrame:
    long = rows.filter((text.str.len_chars() > LONGEST_EVIDENCE).fill_null(False))
    return same_fault(
        long,
        f"“{title}”超过 {LONGEST_EVIDENCE} 字，请只写文号或链接",
        f"“{title}” is longer than {LONGEST_EVIDENCE} characters; give a reference only",
    )
