"""Figures with words tied to the trail: a report's record has a digest of how its figures were written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
from sqlalchemy import Connection

from models.rules.oversight.row_digests import digest_of
from models.wording import Said
from tasks.campaign.reading_columns import Asked
from tasks.campaign.written_figures import BROUGHT, every_written


def digest_of_written(written: pl.DataFrame) -> dict[str, Any]:
    """What the record of a report keeps of its figures with words. written: BROUGHT."""
    rows = written.select(BROUGHT.names()).cast(BROUGHT).sort("indicator", "unit", "as_of", "statement")
    return {"rows": rows.height, "digest": digest_of(rows)}


def untied_written(connection: Connection, told: Mapping[int, Mapping[str, Any]]) -> list[Said]:
    """Reports whose figures with words are not those that were taken in. told: what the trail says of each report."""
    found = every_written(connection, Asked())
    there = {
        int(str(batch)): digest_of_written(part)
        for (batch,), part in found.partition_by("batch", as_dict=True, include_key=False).items()
    }
    tied = {batch: about["words"] for batch, about in told.items() if "words" in about}
    bad = sorted(batch for batch in there.keys() | tied.keys() if there.get(batch) != tied.get(batch))
    return [
        Said(
            f"第 {batch} 批上报的数据的原样写法与审计记录不符",
            f"how the figures of report {batch} were written is not what the trail says",
        )
        for batch in bad
    ]
