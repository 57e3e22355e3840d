"""Prefect's own second watch (自动化): automations that fire when no pass, or no audit, ended within its time; one
that ends runs whose process died, so that they hold no place for ever; and one that then runs a routine again.

They live in Prefect's server, survive its restart and need no internet; what the first two call is the endpoint of
`up`, which then looks for itself. Imports Prefect.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from prefect.blocks.webhook import Webhook
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import StateType
from prefect.events.actions import CallWebhook, ChangeFlowRunState, RunDeployment
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture

from deployments.office.catalogue import ROUTINES
from flows._ending import ENDED
from flows._form import LANG, spoken

BLOCK = "pucha-alarm"
SHORTEST = timedelta(seconds=10)
"""Prefect waits at least so long."""
DIED = spoken("中断", "died")
"""The state of a run whose process is gone; Prefect itself calls a run Crashed that could say so."""


def dead_runs(silent_for: timedelta) -> AutomationCore:
    """The automation that marks a run as died which was given its place, began, or said that it lives, and then nothing for so long."""
    minutes = f"{silent_for.total_seconds() / 60:g}"
    return AutomationCore(
        name=spoken("清除中断的运行", "end dead runs"),
        description=spoken(
            f"运行的进程已中断、{minutes} 分钟没有动静的，标为“中断”，让出位置，下一次照常运行。由普查程序维护，请勿改动。",
            f"A run whose process died and that was not heard of for {minutes} minutes is marked as died and gives up its"
            " place, so that the next one can run. Kept by Pucha; leave it as it is.",
        ),
        trigger=_silence(silent_for),
        actions=[_ending()],
    )


def run_again(silent_for: timedelta) -> AutomationCore:
    """The automation that ends a routine's run that died, and starts the routine anew, so that nobody waits for its next
    time.

    One that waited for the state of the dead run would not do: where the server died too, Prefect holds that event back
    for a quarter of an hour, since it never saw the one before it.
    """
    names = [one.name.in_language(LANG) for one in ROUTINES.values() if one.one_at_a_time]
    return AutomationCore(
        name=spoken("中断后重新运行", "run again what died"),
        description=spoken(
            "例行流程的运行随机器中断的，让出位置后立即在别的机器上重新运行。由普查程序维护，请勿改动。",
            "A routine whose run died with its machine gives up its place and runs again at once, on another. Kept by"
            " Pucha; leave it as it is.",
        ),
        trigger=_silence(silent_for, {"prefect.resource.role": "flow", "prefect.resource.name": names}),
        actions=[_ending(), RunDeployment(source="inferred", schedule_after=timedelta(seconds=5))],
    )


def _silence(silent_for: timedelta, related: dict[str, str | list[str]] | None = None) -> EventTrigger:
    """Fires for each run of which nothing was heard for so long. related: of which flows."""
    return EventTrigger(
        posture=Posture.Proactive,
        after={"prefect.flow-run.Pending", "prefect.flow-run.Running", "prefect.flow-run.heartbeat"},
        # whatever a run does: our states have names of their own, and an ended run is not dead; that a routine ended, its
        # run says itself too, since Prefect may hold the event of its last state back for a quarter of an hour
        expect={"prefect.flow-run.*", ENDED},
        match={"prefect.resource.id": "prefect.flow-run.*"},
        match_related=related or {},
        for_each={"prefect.resource.id"},
        threshold=1,
        within=max(silent_for, SHORTEST),
    )


def _ending() -> ChangeFlowRunState:
    return ChangeFlowRunState(
        name=DIED, state=StateType.CRASHED, message=spoken("运行的进程已中断", "the process of this run died")
    )


def set_automations(alarm: str, token: str, watch: timedelta, audit: timedelta) -> None:
    """Make the automations anew, each in the place of the one of its name.

    alarm: the address to call, with `token`; watch, audit: within what time one of each must end.
    """
    hook = Webhook(method="POST", url=alarm, headers={"Authorization": f"Bearer {token}"}, allow_private_urls=True)
    block = hook.save(BLOCK, overwrite=True, _sync=True)  # type: ignore[call-arg]
    wanted = (
        _automation(
            spoken("巡查未按时完成", "no pass in time"),
            spoken("巡查催办", "watch"),
            (spoken("已巡查", "watched"), spoken("有未送达", "not all delivered")),
            watch,
            block,
        ),
        _automation(
            spoken("核查未按时完成", "no audit in time"),
            spoken("核查", "audit"),
            (spoken("已核查", "audited"), spoken("有出入", "differs")),
            audit,
            block,
        ),
    )
    set_anew(*wanted)


def set_anew(*wanted: AutomationCore) -> None:
    """Make automations, each in the place of the one of its name."""
    with get_client(sync_client=True) as client:
        for automation in wanted:
            for known in client.read_automations_by_name(automation.name):
                client.delete_automation(known.id)
            client.create_automation(automation)


def _automation(name: str, flow: str, ends: tuple[str, ...], within: timedelta, block: Any) -> AutomationCore:
    """Fires when none of the states in `ends` was reached by `flow` within the time."""
    minutes = f"{within.total_seconds() / 60:g}"
    return AutomationCore(
        name=name,
        description=spoken(
            f"{minutes} 分钟内没有一次“{flow}”完成，即通知 pucha up 检查，并告知系统管理员。由 pucha up 维护，请勿改动。",
            f"No run of “{flow}” ended within {minutes} minutes: makes pucha up look, and tell the administrators."
            " Kept by pucha up; leave it as it is.",
        ),
        trigger=EventTrigger(
            posture=Posture.Proactive,
            expect={f"prefect.flow-run.{state}" for state in ends},
            match_related={"prefect.resource.role": "flow", "prefect.resource.name": flow},
            threshold=1,
            within=max(within, SHORTEST),
        ),
        actions=[CallWebhook(block_document_id=block, payload="{}")],
    )
