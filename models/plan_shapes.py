"""The shape of a plan file: which keys it may have and of what kind. Meaning is checked in plan_file."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from models.units import Level

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*([-_][a-z0-9]+)*$")]
IndicatorId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Words = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Moment = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, int) else value)]
Code = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, int) else value)]


class Shape(BaseModel):
    """Nothing beyond the named keys, nothing converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class IndicatorShape(Shape):
    title: Words
    level: Level
    unit: str | None = None
    roll_up: Literal["sum", "count", "min", "max", "mean", "last"] | None = None
    count_where: str | None = None
    sum_where: str | None = None
    min: float | None = None
    max: float | None = None
    rank: bool = False
    source: str | None = None
    note: str | None = None


class RungShape(Shape):
    id: Identifier
    at: str
    to: list[str]
    draft: Identifier | None = None
    signed_by: str | None = None
    if_unknown: Literal["resend", "leave"] = "resend"


class RequirementShape(Shape):
    id: Identifier
    no: Annotated[int, Field(ge=1)] | None = None
    title: Words
    judged_at: Level
    met_when: str
    due: Moment | None = None
    every: Literal["day", "week", "month"] | None = None
    ladder: str | None = None
    source: str | None = None
    note: str | None = None


class PhaseShape(Shape):
    id: Identifier
    title: Words
    starts: Moment
    ends: Moment
    after: list[str] = []
    cadence: str = "none"
    hours: Literal["office", "always"] = "office"
    requirements: list[Any] = []
    source: str | None = None
    note: str | None = None


class SetShape(Shape):
    title: Words
    requirements: list[str]
    source: str | None = None
    note: str | None = None


class AdditionShape(Shape):
    phase: str
    requirement: dict[str, Any]


class PlanShape(Shape):
    """A plan of its own. What is nested is checked piece by piece, so that every fault is found at once."""

    census: Identifier
    title: Words
    standard_time: str
    timezone: str = "Asia/Shanghai"
    calendar: str = "china"
    office_hours: str = "08:30-17:30"
    indicators: dict[str, Any] = {}
    ladders: dict[str, Any] = {}
    phases: list[Any]
    sets: dict[str, Any] = {}
    source: str | None = None
    note: str | None = None


class OverlayShape(Shape):
    """What a lower office, or a later census, makes of another plan."""

    extends: Words
    unit: Code | None = None
    census: Identifier | None = None
    title: Words | None = None
    standard_time: str | None = None
    tighten: dict[str, Moment] = {}
    add: list[Any] = []
    indicators: dict[str, Any] = {}
    ladders: dict[str, Any] = {}
    phases: list[Any] = []
    sets: dict[str, Any] = {}
    source: str | None = None
    note: str | None = None
