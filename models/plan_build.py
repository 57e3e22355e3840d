"""From the layers of a plan (a base and its overlays) to one frozen Plan; checks what they mean together."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from models.expressions import ExpressionError, check_expression, read_expression
from models.plan import TARGETS, Cadence, Indicator, Ladder, NamedSet, Phase, Plan, Requirement, Rung
from models.plan_shapes import (
    AdditionShape,
    IndicatorShape,
    OverlayShape,
    PhaseShape,
    PlanShape,
    RequirementShape,
    RungShape,
    SetShape,
)  # fmt: skip
from models.rules.ranking import may_not_rank
from models.rules.timetable import read_zone, resolve, standard_time
from models.rules.working_time import OfficeHours, Offset
from models.units import LEVELS, is_code
from models.wording import Refusal, Said
from models.yaml_lines import Path as KeyPath

if TYPE_CHECKING:
    from models.plan_file import Layer

_CADENCE = re.compile(
    r"none|daily( \d\d:\d\d){1,2}|weekly (mon|tue|wed|thu|fri|sat|sun) \d\d:\d\d|monthly \d{1,2} \d\d:\d\d"
)
_INDICATOR_ID = re.compile(r"[a-z][a-z0-9_]*")


@dataclass
class _Draft:
    """What the layers have brought so far. `claimed` holds ids whose definition failed, to spare echoes."""

    head: PlanShape
    t0: datetime
    indicators: dict[str, Indicator] = field(default_factory=dict)
    ladders: dict[str, Ladder] = field(default_factory=dict)
    phases: dict[str, Phase] = field(default_factory=dict)
    requirements: dict[str, Requirement] = field(default_factory=dict)
    sets: dict[str, NamedSet] = field(default_factory=dict)
    claimed: set[str] = field(default_factory=set)
    places: dict[str, tuple[str, int]] = field(default_factory=dict)

    @property
    def zone(self) -> Any:
        return self.t0.tzinfo


def build(layers: Sequence[Layer]) -> tuple[Plan | None, Mapping[str, tuple[str, int]]]:
    """Merge `layers`, noting faults on them. None where the base cannot be used at all."""
    base = next((layer for layer in layers if isinstance(layer.shape, PlanShape)), None)
    if base is None:
        for layer in layers:
            if not layer.faults:
                said = Said(
                    "所引用的方案无法使用，请先改正", "the plan that this extends cannot be used; mend it first"
                )
                layer.fault(("extends",), said)
        return None, {}
    head = _head(layers, base)
    if head is None:
        return None, {}
    draft = _Draft(*head)
    hours = _office_hours(base, draft.head)
    for layer in layers:
        if layer.shape is not None:
            _indicators(layer, draft)
            _ladders(layer, draft)
    for layer in layers:
        if layer.shape is not None:
            _phases(layer, draft)
            if isinstance(layer.shape, OverlayShape):
                _additions(layer, layer.shape, draft)
                _tightenings(layer, layer.shape, draft)
    for layer in layers:
        if layer.shape is not None:
            _after(layer, draft)
            _sets(layer, draft)
    if any(layer.faults for layer in layers) or hours is None:
        return None, draft.places
    return _freeze(layers, draft, hours), draft.places


def _freeze(layers: Sequence[Layer], draft: _Draft, hours: OfficeHours) -> Plan:
    phases = tuple(
        replace(phase, requirements=tuple(r for r in draft.requirements.values() if r.phase == phase.id))
        for phase in draft.phases.values()
    )
    return Plan(
        census=draft.head.census,
        title=draft.head.title,
        standard_time=draft.t0,
        zone=draft.zone,
        zone_name=draft.head.timezone,
        calendar=draft.head.calendar,
        office_hours=hours,
        indicators=draft.indicators,
        ladders=draft.ladders,
        phases=phases,
        sets=tuple(draft.sets.values()),
        overlay_units=tuple(dict.fromkeys(layer.unit for layer in layers if layer.unit)),
        _requirements=tuple(requirement for phase in phases for requirement in phase.requirements),
    )


def _head(layers: Sequence[Layer], base: Layer) -> tuple[PlanShape, datetime] | None:
    """The top of the plan after a later census has set its own name and standard time, and T0."""
    assert isinstance(base.shape, PlanShape)
    head, teller = base.shape, base
    for layer in layers:
        shape = layer.shape
        if not isinstance(shape, OverlayShape):
            continue
        if shape.unit is not None and not is_code(shape.unit):
            said = Said(f"“{shape.unit}”不是区划代码", f"“{shape.unit}” is no division code")
            layer.fault(("unit",), said)
        if shape.unit and (shape.standard_time or shape.census):
            said = Said(
                "下级方案不能改标准时点和普查代号", "an overlay for a unit may change neither standard_time nor census"
            )
            layer.fault(("standard_time" if shape.standard_time else "census",), said)
            continue
        own = {"census": shape.census, "title": shape.title if not shape.unit else None}
        if shape.standard_time:
            own["standard_time"], teller = shape.standard_time, layer
        head = head.model_copy(update={key: value for key, value in own.items() if value})
    try:
        zone = read_zone(head.timezone)
    except Refusal as refusal:
        base.refuse(("timezone",), refusal)
        return None
    try:
        return head, standard_time(head.standard_time, zone)
    except Refusal as refusal:
        teller.refuse(("standard_time",), refusal)
        return None


def _office_hours(base: Layer, head: PlanShape) -> OfficeHours | None:
    try:
        return OfficeHours.parse(head.office_hours)
    except ValueError:
        said = Said("office_hours 应写作 08:30-17:30", "office_hours must look like 08:30-17:30")
        base.fault(("office_hours",), said)
        return None


def _taken(layer: Layer, path: KeyPath, key: str, known: Mapping[str, object]) -> bool:
    if key not in known:
        return False
    layer.fault(path, Said(f"“{key}”已在别处定义", f"“{key}” is already defined"))
    return True


def _indicators(layer: Layer, draft: _Draft) -> None:
    assert layer.shape is not None
    fresh: dict[str, IndicatorShape] = {}
    for name, data in layer.shape.indicators.items():
        path: KeyPath = ("indicators", name)
        draft.claimed.add(name)
        if _taken(layer, path, name, draft.indicators) or not _usable_name(layer, path, name):
            continue
        shape = layer.read(IndicatorShape, data, path)
        if shape is not None and _one_way_up(layer, path, shape):
            fresh[name] = shape
    for name, shape in fresh.items():
        where = _where(layer, ("indicators", name), name, shape, fresh, draft)
        if where is False:
            continue
        if shape.rank and may_not_rank(name, shape.title):
            said = Said(
                f"“{shape.title}”不得排名：人口、出生、死亡、空置数不能用于考核（条例第三十三条）",
                f"“{name}” may not be ranked: population, births, deaths and vacancy are no basis for"
                " assessment (条例 art. 33)",
            )
            layer.fault(("indicators", name, "rank"), said)
        kind = shape.roll_up or ("count_where" if shape.count_where else "sum_where")
        draft.indicators[name] = Indicator(
            name, shape.title, shape.level, kind, where or None, shape.unit, shape.min, shape.max, shape.rank,
            shape.source,
        )  # fmt: skip
    _circles(layer, draft, fresh)


def _usable_name(layer: Layer, path: KeyPath, name: str) -> bool:
    if not _INDICATOR_ID.fullmatch(name):
        said = Said(
            f"指标名“{name}”只能用小写英文字母、数字和下划线（连字符会被读作减号）",
            f"the indicator id “{name}” may hold only lower-case letters, digits and underscores (a hyphen reads as minus)",
        )
        layer.fault(path, said)
        return False
    try:
        usable = read_expression(f"{name} = 0").names == (name,)
    except ExpressionError:
        usable = False
    if not usable or name in ("unit", "code", "evidence", "period"):
        layer.fault(
            path, Said(f"指标名“{name}”是保留字，请换一个", f"the indicator id “{name}” is reserved; choose another")
        )
        return False
    return True


def _one_way_up(layer: Layer, path: KeyPath, shape: IndicatorShape) -> bool:
    ways = [way for way in (shape.roll_up, shape.count_where, shape.sum_where) if way is not None]
    if shape.min is not None and shape.max is not None and shape.min > shape.max:
        layer.fault((*path, "min"), Said("min 大于 max", "min is greater than max"))
    if len(ways) == 1:
        return True
    said = Said(
        "roll_up、count_where、sum_where 须写且只写一个",
        "exactly one of roll_up, count_where and sum_where must stand here",
    )
    layer.fault(path, said)
    return False


def _where(
    layer: Layer,
    path: KeyPath,
    name: str,
    shape: IndicatorShape,
    fresh: Mapping[str, IndicatorShape],
    draft: _Draft,
) -> Any:
    """The derivation of an indicator; None where it is reported; False after noting a fault."""
    text = shape.count_where or shape.sum_where
    if text is None:
        return None
    key = "count_where" if shape.count_where else "sum_where"
    levels = {other: known.level for other, known in draft.indicators.items()}
    levels |= {other: known.level for other, known in fresh.items()}
    try:
        expression = check_expression(text, levels.keys() | draft.claimed)
    except ExpressionError as fault:
        layer.refuse((*path, key), fault)
        return False
    for used in expression.names:
        if used in levels and levels[used] != shape.level:
            said = Said(
                f"“{used}”在{levels[used]}级上报，不能用于{shape.level}级的 {key}",
                f"“{used}” is reported at {levels[used]}, but {key} of “{name}” is computed at {shape.level}",
            )
            layer.fault((*path, key), said)
            return False
    if key == "count_where" and not expression.condition:
        layer.fault((*path, key), Said("count_where 应为一个条件", "count_where must be a condition"))
        return False
    return expression


def _circles(layer: Layer, draft: _Draft, fresh: Mapping[str, object]) -> None:
    after = {name: indicator.where.names if indicator.where else () for name, indicator in draft.indicators.items()}
    for circle in _find_circles(after):
        if any(name in fresh for name in circle):
            text = " → ".join(circle)
            said = Said(f"指标互相推算：{text}", f"indicators are derived from each other: {text}")
            layer.fault(("indicators", circle[0]), said)
            for name in circle:
                draft.indicators.pop(name, None)


def _ladders(layer: Layer, draft: _Draft) -> None:
    assert layer.shape is not None
    for name, data in layer.shape.ladders.items():
        path: KeyPath = ("ladders", name)
        if _taken(layer, path, name, draft.ladders):
            continue
        draft.claimed.add(f"ladder:{name}")
        if not isinstance(data, list):
            layer.fault(path, Said("催办阶梯应为清单，每级一项", "a ladder is a list of rungs"))
            continue
        rungs = [rung for place, item in enumerate(data) if (rung := _rung(layer, (*path, place), item))]
        if len(rungs) < len(data):
            continue
        _check_order(layer, path, rungs)
        draft.ladders[name] = Ladder(name, tuple(rungs))


def _rung(layer: Layer, path: KeyPath, item: Any) -> Rung | None:
    shape = layer.read(RungShape, item, path)
    if shape is None:
        return None
    wrong = [target for target in (*shape.to, *([shape.signed_by] if shape.signed_by else [])) if target not in TARGETS]
    for target in wrong:
        said = Said(
            f"收件人“{target}”应写作 unit.owner、superior.leader、government.head 一类",
            f"the recipient “{target}” must look like unit.owner, superior.leader or government.head",
        )
        layer.fault((*path, "to" if target in shape.to else "signed_by"), said)
    try:
        at = Offset.parse(shape.at)
    except ValueError:
        said = Said(f"“{shape.at}”应写作 -7d、+0d 或 +1wd", f"“{shape.at}” must look like -7d, +0d or +1wd")
        layer.fault((*path, "at"), said)
        return None
    if wrong:
        return None
    return Rung(shape.id, at, tuple(dict.fromkeys(shape.to)), shape.draft, shape.signed_by, shape.if_unknown)


def _check_order(layer: Layer, path: KeyPath, rungs: Sequence[Rung]) -> None:
    seen: set[str] = set()
    for place, rung in enumerate(rungs):
        if rung.id in seen:
            layer.fault((*path, place), Said(f"级名“{rung.id}”重复", f"the rung id “{rung.id}” stands twice"))
        seen.add(rung.id)
        if place and rung.at.days < rungs[place - 1].at.days:
            said = Said(
                f"级次颠倒：“{rung.id}”早于上一级“{rungs[place - 1].id}”",
                f"out of order: “{rung.id}” comes before the rung above it, “{rungs[place - 1].id}”",
            )
            layer.fault((*path, place, "at"), said)


def _phases(layer: Layer, draft: _Draft) -> None:
    assert layer.shape is not None
    for place, data in enumerate(layer.shape.phases):
        path: KeyPath = ("phases", place)
        if isinstance(data, dict) and isinstance(data.get("id"), str):
            draft.claimed.add(f"phase:{data['id']}")
        shape = layer.read(PhaseShape, data, path)
        if shape is None or _taken(layer, path, shape.id, draft.phases):
            continue
        starts = _moment(layer, (*path, "starts"), shape.starts, draft, end_of_day=False)
        ends = _moment(layer, (*path, "ends"), shape.ends, draft, end_of_day=True)
        cadence = _cadence(layer, path, shape.cadence)
        if starts and ends and ends <= starts:
            layer.fault((*path, "ends"), Said("结束早于开始", "the phase ends before it starts"))
        if not starts or not ends:
            continue
        draft.places[shape.id] = (layer.name, layer.document.line(path))
        draft.phases[shape.id] = Phase(
            shape.id, shape.title, starts, ends, tuple(shape.after), *cadence, shape.hours, source=shape.source
        )
        for number, item in enumerate(shape.requirements):
            _requirement(layer, (*path, "requirements", number), item, shape.id, draft, scope=layer.unit)


def _moment(layer: Layer, path: KeyPath, text: str, draft: _Draft, *, end_of_day: bool) -> datetime | None:
    try:
        return resolve(text, draft.t0, draft.zone, end_of_day=end_of_day)
    except Refusal as refusal:
        layer.refuse(path, refusal)
        return None
    except OverflowError:
        layer.fault(path, Said(f"日期 {text!r} 超出范围", f"the date {text!r} is out of range"))
        return None


def _cadence(layer: Layer, path: KeyPath, text: str) -> tuple[Cadence, str | None, tuple[str, ...]]:
    clocks = re.findall(r"\d\d:\d\d", text)
    on_time = all(clock < "24:00" and clock[3:] < "60" for clock in clocks)
    if not _CADENCE.fullmatch(text) or not on_time:
        said = Said(
            f"报告频次“{text}”应写作 none、daily 09:00 17:00、weekly fri 17:00 或 monthly 25 17:00",
            f"the cadence “{text}” must look like none, daily 09:00 17:00, weekly fri 17:00 or monthly 25 17:00",
        )
        layer.fault((*path, "cadence"), said)
        return "none", None, ()
    words = text.split()
    kind: Cadence = words[0]  # type: ignore[assignment]
    if kind == "monthly" and not 1 <= int(words[1]) <= 31:
        layer.fault((*path, "cadence"), Said(f"每月没有 {words[1]} 日", f"no month has a day {words[1]}"))
    return kind, words[1] if kind in ("weekly", "monthly") else None, tuple(clocks)


def _additions(layer: Layer, shape: OverlayShape, draft: _Draft) -> None:
    for place, data in enumerate(shape.add):
        path: KeyPath = ("add", place)
        addition = layer.read(AdditionShape, data, path)
        if addition is None:
            continue
        if addition.phase not in draft.phases:
            if f"phase:{addition.phase}" not in draft.claimed:
                said = Said(f"没有阶段“{addition.phase}”", f"there is no phase “{addition.phase}”")
                layer.fault((*path, "phase"), said)
            continue
        _requirement(layer, (*path, "requirement"), addition.requirement, addition.phase, draft, scope=layer.unit)


def _requirement(layer: Layer, path: KeyPath, item: Any, phase: str, draft: _Draft, *, scope: str | None) -> None:
    if isinstance(item, dict) and isinstance(item.get("id"), str):
        draft.claimed.add(f"requirement:{phase}.{item['id']}")
    shape = layer.read(RequirementShape, item, path)
    if shape is None or _taken(layer, path, f"{phase}.{shape.id}", draft.requirements):
        return
    clash = next((r for r in draft.requirements.values() if shape.no is not None and r.no == shape.no), None)
    if clash:
        said = Said(f"进度安排第{shape.no}项已用于“{clash.title}”", f"number {shape.no} is already “{clash.key}”")
        layer.fault((*path, "no"), said)
    if (shape.due is None) == (shape.every is None):
        layer.fault(path, Said("due 与 every 须写且只写一个", "exactly one of due and every must stand here"))
    if shape.ladder is not None and shape.ladder not in draft.ladders and f"ladder:{shape.ladder}" not in draft.claimed:
        layer.fault((*path, "ladder"), Said(f"没有催办阶梯“{shape.ladder}”", f"there is no ladder “{shape.ladder}”"))
    if shape.judged_at == "district":
        said = Said("普查小区没有机构，不能作为考察层级", "a district has no office, so no duty can be judged there")
        layer.fault((*path, "judged_at"), said)
    due = _moment(layer, (*path, "due"), shape.due, draft, end_of_day=True) if shape.due else None
    try:
        met_when = check_expression(shape.met_when, draft.indicators.keys() | draft.claimed)
    except ExpressionError as fault:
        layer.refuse((*path, "met_when"), fault)
        return
    if not met_when.condition:
        said = Said("met_when 应为一个条件，如 uncovered = 0", "met_when must be a condition, such as uncovered = 0")
        layer.fault((*path, "met_when"), said)
    for name in met_when.names:
        indicator = draft.indicators.get(name)
        if indicator and LEVELS.index(indicator.level) < LEVELS.index(shape.judged_at):
            said = Said(
                f"“{name}”在{indicator.level}级上报，不能据以考察{shape.judged_at}级",
                f"“{name}” is reported at {indicator.level} and cannot judge a {shape.judged_at}",
            )
            layer.fault((*path, "met_when"), said)
    requirement = Requirement(
        phase, shape.id, shape.title, shape.judged_at, met_when, ((scope, due),) if due else (), shape.every,
        shape.ladder, shape.no, scope, shape.source,
    )  # fmt: skip
    draft.places[requirement.key] = (layer.name, layer.document.line(path))
    draft.requirements[requirement.key] = requirement


def _tightenings(layer: Layer, shape: OverlayShape, draft: _Draft) -> None:
    for key, text in shape.tighten.items():
        path: KeyPath = ("tighten", key)
        requirement = draft.requirements.get(key)
        if requirement is None:
            if f"requirement:{key}" not in draft.claimed:
                said = Said(
                    f"没有要求“{key}”，应写作“阶段.要求”", f"there is no requirement “{key}”; write phase.requirement"
                )
                layer.fault(path, said)
            continue
        if requirement.every:
            layer.fault(
                path, Said("周期性要求没有单一期限，不能提前", "a periodic requirement has no one date to tighten")
            )
            continue
        due = _moment(layer, path, text, draft, end_of_day=True)
        if due is None:
            continue
        held = due_at(requirement.dues, layer.unit)
        if held and due > held:
            said = Said(
                f"只能提前，不能推后：“{key}”上级期限为 {_day(held)}，此处为 {_day(due)}；确需推后请用 pucha extend 申请延期",
                f"a lower office may only tighten: “{key}” is due {_day(held)} above, {_day(due)} here;"
                " to have more time ask for an extension (pucha extend)",
            )
            layer.fault(path, said)
            continue
        draft.places[f"{key}@{layer.unit or ''}"] = (layer.name, layer.document.line(path))
        draft.requirements[key] = replace(requirement, dues=(*requirement.dues, (layer.unit, due)))


def due_at(dues: Sequence[tuple[str | None, datetime]], unit: str | None) -> datetime | None:
    """The due moment that holds at `unit`: the narrowest scope that covers it by code."""
    found = None
    for scope, due in dues:
        if scope is None or (unit is not None and unit.startswith(scope)):
            found = due
    return found


def _day(moment: datetime) -> str:
    """A due moment as its writer wrote it: the day that ends there, or the day and time."""
    if moment.hour == moment.minute == 0:
        return (moment - timedelta(days=1)).strftime("%Y-%m-%d")
    return moment.strftime("%Y-%m-%d %H:%M")


def _after(layer: Layer, draft: _Draft) -> None:
    assert layer.shape is not None
    own = [(place, data.get("id")) for place, data in enumerate(layer.shape.phases) if isinstance(data, dict)]
    for place, name in own:
        phase = draft.phases.get(str(name))
        if phase is None:
            continue
        for predecessor in phase.after:
            if predecessor not in draft.phases and f"phase:{predecessor}" not in draft.claimed:
                said = Said(
                    f"after 中的“{predecessor}”不是本方案的阶段", f"“{predecessor}” in after is no phase of this plan"
                )
                layer.fault(("phases", place, "after"), said)
    after = {phase.id: phase.after for phase in draft.phases.values()}
    for circle in _find_circles(after):
        first = next((place for place, name in own if name == circle[0]), None)
        if first is not None:
            text = " → ".join(circle)
            layer.fault(
                ("phases", first, "after"), Said(f"阶段互为前置：{text}", f"phases wait for each other: {text}")
            )


def _find_circles(after: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Every circle in a graph, each once, from its first member in reading order back to it."""
    circles: list[list[str]] = []
    done: set[str] = set()

    def walk(name: str, way: list[str]) -> None:
        if name in way:
            circles.append([*way[way.index(name) :], name])
            return
        if name in done or name not in after:
            return
        for following in after[name]:
            walk(following, [*way, name])
        done.add(name)

    for name in after:
        walk(name, [])
    return circles


def _sets(layer: Layer, draft: _Draft) -> None:
    assert layer.shape is not None
    for name, data in layer.shape.sets.items():
        path: KeyPath = ("sets", name)
        if _taken(layer, path, name, draft.sets):
            continue
        shape = layer.read(SetShape, data, path)
        if shape is None:
            continue
        for key in shape.requirements:
            if key not in draft.requirements and f"requirement:{key}" not in draft.claimed:
                said = Said(f"没有要求“{key}”", f"there is no requirement “{key}”")
                layer.fault((*path, "requirements"), said)
        draft.sets[name] = NamedSet(name, shape.title, tuple(shape.requirements))
