"""The plan of a place, read once however many of its figures ask for it: plans that ship do not change meanwhile."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from deployments.demo.synthetic.places import Place
from models.plan.files import PlanFiles, read_plan_files


def plan_of(place: Place) -> PlanFiles:
    return _read(place.plan_file)


@cache
def _read(file: Path) -> PlanFiles:
    return read_plan_files(file)
