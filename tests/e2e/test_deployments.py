"""prefect.yaml and what `pucha up` deploys are the same, and every entrypoint can be loaded."""

from __future__ import annotations

import importlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from deployments.office.automations import dead_runs
from deployments.office.catalogue import ROUTINES, deployments, flow_names, flow_of, load_flow
from deployments.office.server import SILENT_RUN_SECONDS

FILE = Path(__file__).parents[2] / "prefect.yaml"
WRITTEN: list[dict[str, Any]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))["deployments"]


@pytest.mark.parametrize("one", WRITTEN, ids=[one["entrypoint"] for one in WRITTEN])
def test_every_entrypoint_is_dotted_and_loads_a_flow(one: dict[str, Any]):
    from prefect import Flow

    module, name = one["entrypoint"].rsplit(".", 1)
    assert isinstance(getattr(importlib.import_module(module), name), Flow)


def test_no_deployment_names_a_folder_of_whoever_deployed():
    whole = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    assert whole["pull"] == [{"prefect.deployments.steps.set_working_directory": {"directory": "."}}]
    assert not any("pull" in one for one in WRITTEN)


def test_the_automation_for_pools_is_the_one_that_up_makes():
    from prefect.events.schemas.automations import AutomationCore

    (written,) = yaml.safe_load(FILE.with_name("prefect-automations.yaml").read_text(encoding="utf-8"))["automations"]
    made = dead_runs(timedelta(seconds=SILENT_RUN_SECONDS))
    assert AutomationCore.model_validate(written).model_dump(exclude={"trigger"}) == made.model_dump(
        exclude={"trigger"}
    )
    assert AutomationCore.model_validate(written).trigger.model_dump(exclude={"id"}) == made.trigger.model_dump(
        exclude={"id"}
    )


def test_the_file_deploys_what_up_deploys():
    served = {
        found.entrypoint: {
            "name": found.name,
            "tags": found.tags,
            "every": [schedule.schedule.interval.total_seconds() for schedule in found.schedules or []],
            "limit": found.concurrency_limit,
            "strategy": found.concurrency_options.collision_strategy.value if found.concurrency_options else None,
        }
        for found in deployments({}, scheduled=True, board="")
    }
    written = {
        one["entrypoint"]: {
            "name": one["name"],
            "tags": one["tags"],
            "every": [schedule["interval"] for schedule in one.get("schedules", [])],
            "limit": one.get("concurrency_limit", {}).get("limit"),
            "strategy": one.get("concurrency_limit", {}).get("collision_strategy"),
        }
        for one in WRITTEN
    }
    assert written == served


def test_a_campaign_of_the_past_keeps_its_moment_in_every_form_and_nothing_runs_by_itself():
    found = deployments({"unit": "99", "as_of": "2020-11-05T17:00:00+08:00"}, scheduled=False, board="")
    forms = {one.entrypoint: one.parameters for one in found}
    assert forms["flows.registration.registration"] == {"unit": "99", "as_of": "2020-11-05T17:00:00+08:00"}
    assert forms["flows.watch.watch"] == {"as_of": "2020-11-05T17:00:00+08:00"}
    assert forms["flows.intake.intake"] == {}
    assert all(not one.schedules for one in found)


def test_the_runs_of_a_routine_are_known_by_the_name_of_its_flow():
    assert {name: load_flow(name).name for name in ROUTINES} == {name: one.name.zh for name, one in ROUTINES.items()}


def test_every_flow_file_is_deployed():
    assert {one["entrypoint"] for one in WRITTEN} == {f"flows.{name}.{name}" for name in flow_names()}


def test_a_phase_runs_through_the_flow_of_its_name_or_through_the_plan_only_one():
    assert flow_of("registration") == ("registration", {})
    assert flow_of("register-cleanup") == ("plan_phase", {"phase": "register-cleanup"})
    assert flow_of("watch") == ("plan_phase", {"phase": "watch"})
