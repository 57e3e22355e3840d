"""摸底."""

from __future__ import annotations

from prefect import flow
from prefect.client.schemas import State

from flows._form import AsOf, Rehearse, UnitCode, spoken
from flows._run import run_phase

TITLE = spoken("摸底", "listing")


@flow(
    name=TITLE,
    description=spoken(
        "摸底是否完成，日报是否按时，验收是否通过。", "Listing of dwellings: finished, reported every day, accepted?"
    ),
    persist_result=False,
)
def listing(unit: UnitCode, as_of: AsOf = None, rehearse: Rehearse = False) -> State[None]:
    """Follow the listing before registration (摸底): who is behind, who has not reported, who is not accepted?"""
    return run_phase("listing", TITLE, unit, as_of, rehearse)
