"""What the tests of intake share: the plan and the units of the tables in `worlds.report_tables`."""

from __future__ import annotations

import polars as pl
import pytest
from worlds.plans import plan_of
from worlds.report_tables import PLAN, UNITS

from models.plan.model import Plan
from models.rules.intake.report_units import Known


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_of(PLAN)


@pytest.fixture(scope="module")
def known() -> Known:
    return Known.of(pl.DataFrame({"code": list(UNITS), "level": list(UNITS.values())}))
