"""Prefect's own second watch (自动化): automations that fire when no pass, or no audit, ended within its time.

They live in Prefect's server, survive its restart and need no internet; what they call is the endpoint of `up`,
which then looks for itself. Imports Prefect.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from prefect.blocks.webhook import Webhook
from prefect.client.orchestration import get_client
from prefect.events.actions import CallWebhook
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture

from flows._form import spoken

BLOCK = "pucha-alarm"
SHORTEST = timedelta(seconds=10)
"""Prefect waits at least so long."""


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
