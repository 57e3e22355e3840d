"""What `pucha up` and `pucha deploy` deploy: every flow, by an entrypoint that can be loaded on any machine."""

from __future__ import annotations

import importlib
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import yaml
from prefect.client.schemas import FlowRun
from prefect.events import Event
from prefect.server.events.schemas.automations import EventTrigger
from prefect.server.events.schemas.events import ReceivedEvent

from deployments.office.automations import DIED, dead_runs, run_again
from deployments.office.catalogue import OURS, ROUTINES, deployments, flow_names, flow_of, load_flow
from deployments.office.server import HEARTBEAT_SECONDS, SILENT_RUN_SECONDS
from deployments.office.work_pool import BOARDS, wanted
from flows._ending import end_of, tell_end

PROVINCES = [("13", "河北省"), ("14", "山西省"), ("15", "内蒙古自治区")]


@pytest.mark.parametrize("name", flow_names())
def test_every_entrypoint_is_dotted_and_loads_a_flow(name: str):
    from prefect import Flow

    (served,) = [one for one in deployments({}, scheduled=True, board="") if one.name == load_flow(name).name]
    assert served.entrypoint == f"flows.{name}.{name}"
    assert isinstance(getattr(importlib.import_module(f"flows.{name}"), name), Flow)


def test_with_one_process_the_watch_delivers_and_publishes_and_no_other_flow_does_so_by_itself():
    found = {one.name: one for one in deployments({"unit": "13"}, scheduled=True, board="")}
    assert {name for name, one in found.items() if one.schedules} == {"巡查催办", "收取报表", "核查"}
    assert found["巡查催办"].parameters == {}


def test_in_a_pool_the_watch_leaves_sending_and_boards_to_flows_that_come_by_themselves():
    found = {one.name: one for one in wanted({"unit": "13"}, [])}
    assert len(found) == len(flow_names())
    assert {name: one.every for name, one in found.items() if one.every} == {
        "巡查催办": timedelta(minutes=15),
        "收取报表": timedelta(minutes=15),
        "发送通知": timedelta(minutes=5),
        "发布看板": timedelta(minutes=15),
        "核查": timedelta(hours=1),
    }
    assert found["巡查催办"].parameters == {"apart": True}
    assert found["入户登记"].parameters == {"unit": "13"}
    assert [name for name, one in found.items() if one.routine.behind] == ["发布看板"]


def test_prefect_yaml_deploys_what_the_command_does_and_names_no_folder_of_whoever_deployed():
    file = yaml.safe_load((Path(__file__).parents[2] / "prefect.yaml").read_text(encoding="utf-8"))
    assert file["pull"] == [{"prefect.deployments.steps.set_working_directory": {"directory": "."}}]
    written = {
        one["name"]: {
            "entrypoint": one["entrypoint"],
            "tags": tuple(one["tags"]),
            "parameters": one.get("parameters", {}),
            "every": [timedelta(seconds=schedule["interval"]) for schedule in one.get("schedules", [])],
            "limit": one.get("concurrency_limit"),
            "queue": one["work_pool"]["work_queue_name"],
            "told": one["work_pool"]["job_variables"]["env"],
        }
        for one in file["deployments"]
    }
    assert written == {
        one.name: {
            "entrypoint": f"{one.flow.fn.__module__}.{one.flow.fn.__name__}",
            "tags": (*one.tags, OURS),
            "parameters": one.parameters,
            "every": [one.every] if one.every else [],
            "limit": {"limit": 1, "collision_strategy": "CANCEL_NEW"} if one.routine.one_at_a_time else None,
            "queue": BOARDS if one.routine.behind else "default",
            "told": {"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(HEARTBEAT_SECONDS), "PUCHA_LANG": "zh"},
        }
        for one in wanted({}, [])
    }


def test_by_province_passes_and_boards_come_for_each_and_for_everybody_at_a_calmer_pace():
    found = {one.name: one for one in wanted({}, PROVINCES)}
    assert found["巡查催办·山西省"].parameters == {"apart": True, "unit": "14"}
    assert found["巡查催办·山西省"].tags == ("巡查催办", "山西省")
    assert found["巡查催办·山西省"].every == timedelta(minutes=15)
    assert found["发布看板·山西省"].parameters == {"unit": "14"}
    assert (found["巡查催办"].every, found["发布看板"].every) == (timedelta(minutes=30), timedelta(minutes=30))
    assert found["巡查催办"].parameters == {"apart": True}
    assert not [name for name in found if name.startswith(("收取报表·", "发送通知·", "核查·", "入户登记·"))]
    starts = [found[f"巡查催办·{name}"].after for _, name in PROVINCES]
    assert starts == [timedelta(minutes=15) * part / 4 for part in (1, 2, 3)], "not all at the same moment"


def test_a_run_that_died_is_ended_and_only_a_routine_runs_again():
    silent_for = timedelta(seconds=SILENT_RUN_SECONDS)
    (ending,) = dead_runs(silent_for).actions
    assert (ending.name, ending.state.value) == (DIED, "CRASHED")
    again = run_again(silent_for)
    assert [action.type for action in again.actions] == ["change-flow-run-state", "run-deployment"]
    assert again.trigger.match_related["prefect.resource.name"] == [
        one.name.zh for one in ROUTINES.values() if one.one_at_a_time
    ]
    signs = {"prefect.flow-run.Pending", "prefect.flow-run.Running", "prefect.flow-run.heartbeat"}
    assert again.trigger.after == dead_runs(silent_for).trigger.after == signs, "one that died young is missed too"


@pytest.mark.parametrize("name", [name for name, one in ROUTINES.items() if one.one_at_a_time])
def test_a_routine_that_ended_is_not_taken_for_dead_where_prefect_holds_the_event_of_its_last_state_back(name: str):
    flow, silent_for = load_flow(name), timedelta(seconds=SILENT_RUN_SECONDS)
    told = Event(**end_of(flow, FlowRun(flow_id=uuid4(), name="甲")))
    received = ReceivedEvent.model_validate(told.model_dump() | {"received": told.occurred})

    for automation in (dead_runs(silent_for), run_again(silent_for)):
        trigger = EventTrigger.model_validate(automation.trigger.model_dump())
        assert trigger.covers(received) and trigger.expects(received.event), "a sign of the run"
        assert not trigger.starts_after(received.event), "after which nothing is awaited"
    assert received.follows is None, "so that Prefect waits for no other event"
    assert tell_end in flow.on_completion_hooks and tell_end in flow.on_failure_hooks


def test_a_campaign_of_the_past_keeps_its_moment_in_every_form_and_nothing_runs_by_itself():
    found = deployments({"unit": "99", "as_of": "2020-11-05T17:00:00+08:00"}, scheduled=False, board="")
    forms = {one.entrypoint: one.parameters for one in found}
    assert forms["flows.registration.registration"] == {"unit": "99", "as_of": "2020-11-05T17:00:00+08:00"}
    assert forms["flows.watch.watch"] == {"as_of": "2020-11-05T17:00:00+08:00"}
    assert forms["flows.intake.intake"] == {}
    assert all(not one.schedules for one in found)


def test_the_runs_of_a_routine_are_known_by_the_name_of_its_flow():
    assert {name: load_flow(name).name for name in ROUTINES} == {name: one.name.zh for name, one in ROUTINES.items()}


def test_a_phase_runs_through_the_flow_of_its_name_or_through_the_plan_only_one():
    assert flow_of("registration") == ("registration", {})
    assert flow_of("register-cleanup") == ("plan_phase", {"phase": "register-cleanup"})
    assert flow_of("watch") == ("plan_phase", {"phase": "watch"})
