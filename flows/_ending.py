"""The end of a routine's run, told by the run itself, for whoever waits for a sign of it (deployments/office/automations.py).

Prefect tells of the end too. But it says of each change of state which one it follows, if that one is not five minutes
old, and holds the event back for a quarter of an hour where it never saw that other: where the server was started anew
meanwhile, and for runs that the timetable had only just made, as after a deploying. A run that had long ended was taken
for dead so, and its routine ran a second time.
"""

from __future__ import annotations

from typing import Any

from prefect import Flow
from prefect.client.schemas import FlowRun, State
from prefect.events import RelatedResource, emit_event

ENDED = "pucha.flow-run.ended"
"""The event, of the run that ended. It follows no other, so that nothing holds it back."""


def tell_end(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:  # noqa: ARG001 (the library hands it over)
    """Tell Prefect's automations that a run has ended. A hook, called in the run's process after its last state."""
    emit_event(**end_of(flow, flow_run))


def end_of(flow: Flow[..., Any], run: FlowRun) -> dict[str, Any]:
    """The event of a run's end: about the run, and of its flow, as its signs of life are."""
    related = {
        "prefect.resource.id": f"prefect.flow.{run.flow_id}",
        "prefect.resource.role": "flow",
        "prefect.resource.name": flow.name,
    }
    return {
        "event": ENDED,
        "resource": {"prefect.resource.id": f"prefect.flow-run.{run.id}", "prefect.resource.name": run.name},
        "related": [RelatedResource.model_validate(related)],
    }
