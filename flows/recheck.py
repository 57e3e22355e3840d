"""比对复查."""

from __future__ import annotations

from prefect import flow
from prefect.client.schemas import State

from flows._form import AsOf, Rehearse, UnitCode, spoken
from flows._run import run_phase

TITLE = spoken("比对复查", "recheck")


@flow(
    name=TITLE,
    description=spoken(
        "问题清单是否分解、核实、复核、办结，谁超了时限。",
        "Problem lists: split, checked, reviewed and closed, and who is past the limit.",
    ),
    persist_result=False,
)
def recheck(unit: UnitCode, as_of: AsOf = None, rehearse: Rehearse = False) -> State[None]:
    """Follow the problem lists after registration: what is unassigned, open, past its limit?"""
    return run_phase("recheck", TITLE, unit, as_of, rehearse)
