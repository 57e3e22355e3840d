"""What duties and figures over rows depend on beside rows and offices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from models.affiliation import BY_DIGITS, Affiliation
from models.plan.model import Plan
from models.plan.row_expressions import Clock


@dataclass(frozen=True, eq=False)
class Known:
    """contacts: as `with_holders` takes them. covered_by: as of `rollup.Offices`. affiliation: by which rows are told who is below whom."""

    contacts: pl.DataFrame | None = None
    covered_by: Mapping[str, pl.Series] = field(default_factory=dict)
    affiliation: Affiliation = BY_DIGITS

    def clock(self, plan: Plan, now: datetime) -> Clock:
        """What expressions over rows go by at a moment."""
        return Clock(now.astimezone(plan.zone), plan.standard_time, self.affiliation)


NOTHING_ELSE = Known()
