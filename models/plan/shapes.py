"""The shape of a plan file: which keys it may have and of what kind. What they mean is checked elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, StringConstraints

from models.text import one_line
from models.units import Level

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*([-_][a-z0-9]+)*$")]
Words = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Title = Annotated[Words, AfterValidator(one_line)]
Number = Annotated[float, Field(allow_inf_nan=False)]
TextOfInt = BeforeValidator(lambda value: str(value) if type(value) is int else value)
Moment = Annotated[str, TextOfInt]
Code = Annotated[str, TextOfInt]
Truth = Annotated[bool, BeforeValidator(lambda value: value == "yes" if value in ("yes", "no") else value)]
"""true, false, yes or no; the last two are words in YAML 1.2."""
OneOrMany = BeforeValidator(lambda value: [value] if isinstance(value, str) else value)


class Shape(BaseModel):
    """Nothing beyond the named keys, nothing converted.

    STAND_INS: what to read on with where a key is missing or wrong, so that one fault hides no other.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    STAND_INS: ClassVar[Mapping[str, Any]] = {}
    _spoilt: frozenset[str] = PrivateAttr(default=frozenset())

    @property
    def spoilt(self) -> frozenset[str]:
        """The keys that were missing or wrong, and are no base for further conclusions."""
        return self._spoilt

    @classmethod
    def standing_in(cls, data: Mapping[str, Any], spoilt: frozenset[str]) -> Self:
        """The shape of what is left of `data` without its spoilt keys."""
        left = {key: value for key, value in data.items() if key not in spoilt}
        needed = {key: cls.STAND_INS[key] for key in spoilt if key in cls.STAND_INS}
        shape = cls.model_validate({**left, **needed})
        shape._spoilt = spoilt
        return shape


class IndicatorShape(Shape):
    STAND_INS = {"title": "—", "level": "village", "roll_up": "sum"}

    title: Title
    level: Level
    unit: str | None = None
    roll_up: Literal["sum", "count", "gaps", "virtual", "villages", "min", "max", "mean", "last"] | None = None
    count_where: Words | None = None
    sum_where: Words | None = None
    least_of: Words | None = None
    most_of: Words | None = None
    is_: Words | None = Field(default=None, alias="is")
    register_: str | None = Field(default=None, alias="register")
    sum: str | None = None
    distinct: str | None = None
    first: str | None = None
    last: str | None = None
    where: Words | None = None
    own: Truth = False
    beside: list[Any] | None = None
    min: Number | None = None
    max: Number | None = None
    decimals: Annotated[int, Field(ge=0, le=6)] | None = None
    rank: Truth = False
    about: Literal["work", "people"] | None = None
    published: str | None = None
    work: Literal["due", "done", "open", "checked", "errors"] | None = None
    evidence: list[Title] | None = None
    source: str | None = None
    note: str | None = None


class BesideShape(Shape):
    STAND_INS = {"title": "—", "value": 0.0}

    title: Title
    value: Number
    source: str | None = None


class RegisterShape(Shape):
    STAND_INS = {"title": "—", "kept_by": [], "key": []}

    title: Title
    kept_by: Annotated[list[Level], OneOrMany]
    rows_at: Annotated[list[Level], OneOrMany] | None = None
    key: Annotated[list[str], OneOrMany]
    columns: dict[str, Any] = {}
    refuse: list[Any] = []
    on_occasion: Truth = False
    instead_of: dict[str, Title] = {}
    source: str | None = None
    note: str | None = None


class MoreColumnsShape(Shape):
    """What may be added to a register that there is: columns, and values of those that it has."""

    columns: dict[str, Any] = {}


class ColumnShape(Shape):
    STAND_INS = {"title": "—"}

    title: Title
    type: Literal["text", "number", "date", "moment", "code", "yes_no"] | None = None
    one_of: dict[str, Any] | None = None
    moves: dict[str, Any] | None = None
    several: Truth = False
    optional: Truth = False
    given: Truth = False
    unit: str | None = None
    min: Number | None = None
    max: Number | None = None
    outside: Truth = False
    is_: Words | None = Field(default=None, alias="is")
    source: str | None = None
    note: str | None = None


class MoreValuesShape(Shape):
    """What may be added to a column that there is."""

    one_of: dict[str, Any] = {}


class RefuseShape(Shape):
    STAND_INS = {"when": "false", "title": "—"}

    when: Words
    title: Title


class EachShape(Shape):
    STAND_INS = {"register": ""}

    register_: str = Field(alias="register")
    by: str | None = None
    of: Any = None
    where: Words | None = None
    owed_by: str | None = None
    due: str | None = None
    met_by: Literal["all", "any"] | None = None


class RungShape(Shape):
    STAND_INS = {"id": "unnamed", "at": "+0d", "to": []}

    id: Identifier
    at: str
    to: list[str]
    draft: Identifier | None = None
    signed_by: str | None = None
    if_unknown: Literal["resend", "leave"] = "resend"


class ComparatorShape(Shape):
    STAND_INS = {"value": 0.0, "title": "—"}

    value: Number
    title: Title


class RequirementShape(Shape):
    STAND_INS = {"id": "unnamed", "title": "—", "judged_at": "province"}

    id: Identifier
    no: Annotated[int, Field(ge=1, le=9999)] | None = None
    title: Title
    judged_at: Level = "province"
    each: dict[str, Any] | None = None
    met_when: str | None = None
    verify: list[str] | None = None
    within: Any = None
    compare: dict[str, Any] | None = None
    shows: list[str] = []
    due: Moment | None = None
    every: Literal["day", "week", "month", "cadence"] | None = None
    ladder: str | None = None
    source: str | None = None
    note: str | None = None


class PhaseShape(Shape):
    STAND_INS = {"id": "unnamed", "title": "—", "starts": "", "ends": ""}

    id: Identifier
    title: Title
    starts: Moment
    ends: Moment
    after: list[str] = []
    cadence: Any = "none"
    hours: Literal["office", "always"] = "office"
    requirements: list[Any] = []
    source: str | None = None
    note: str | None = None


class CadenceShape(Shape):
    """What the cadence of a phase is from a moment on."""

    STAND_INS = {"from": "", "cadence": "none"}

    from_: Moment = Field(alias="from")
    cadence: str


class SetShape(Shape):
    STAND_INS = {"title": "—", "requirements": []}

    title: Title
    requirements: list[str]
    source: str | None = None
    note: str | None = None


class AuthorityShape(Shape):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, validate_by_name=False)

    waive: str | None = None
    extend: str | None = None
    ack: str | None = None
    sign_exit: str | None = Field(default=None, alias="sign-exit")
    return_: str | None = Field(default=None, alias="return")
    retire: str | None = None
    codes: Truth | None = None


class AdditionShape(Shape):
    STAND_INS = {"phase": "", "requirement": {}}

    phase: str
    requirement: dict[str, Any]


class PlanShape(Shape):
    """A plan of its own. What is nested is checked piece by piece, so that every fault is found at once."""

    STAND_INS = {"census": "unnamed", "title": "—", "standard_time": "2000-11-01", "phases": []}

    census: Identifier
    title: Title
    standard_time: str
    timezone: str = "Asia/Shanghai"
    calendar: Identifier = "china"
    office_hours: str = "08:30-17:30"
    roles: dict[str, Any] = {}
    registers: dict[str, Any] = {}
    indicators: dict[str, Any] = {}
    ladders: dict[str, Any] = {}
    phases: list[Any]
    sets: dict[str, Any] = {}
    authority: dict[str, Any] | None = None
    source: str | None = None
    note: str | None = None


class OverlayShape(Shape):
    """What a lower office, or a later census, makes of another plan."""

    STAND_INS = {"extends": "—"}

    extends: Words
    unit: Code | None = None
    census: Identifier | None = None
    title: Words | None = None
    standard_time: str | None = None
    tighten: dict[str, Any] = {}
    add: list[Any] = []
    roles: dict[str, Any] = {}
    registers: dict[str, Any] = {}
    indicators: dict[str, Any] = {}
    ladders: dict[str, Any] = {}
    phases: list[Any] = []
    sets: dict[str, Any] = {}
    authority: dict[str, Any] | None = None
    source: str | None = None
    note: str | None = None
