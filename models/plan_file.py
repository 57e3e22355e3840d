"""Plan file → frozen Plan. Every fault of every file is found and reported at once, with its line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from posixpath import dirname, join, normpath
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from models.plan import Plan
from models.plan_shapes import OverlayShape, PlanShape
from models.wording import Refusal, Said
from models.yaml_lines import Lined, YamlFault, read_yaml
from models.yaml_lines import Path as KeyPath

ShapeT = TypeVar("ShapeT", bound=BaseModel)


@dataclass(frozen=True, order=True)
class Fault:
    """One thing wrong with, or doubtful in, a plan file."""

    file: str
    line: int
    said: Said


class PlanError(Refusal):
    """A plan that cannot be used. `faults` holds every reason, in order of file and line."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__(
            "\n".join(f"{fault.file}:{fault.line}：{fault.said.zh}" for fault in self.faults),
            "\n".join(f"{fault.file}:{fault.line}: {fault.said.en}" for fault in self.faults),
        )


@dataclass
class Layer:
    """One file of a plan with what is wrong in it. `shape` is None if its top level cannot be used."""

    name: str
    document: Lined
    faults: list[Fault] = field(default_factory=list)
    shape: PlanShape | OverlayShape | None = None

    @property
    def unit(self) -> str | None:
        return self.shape.unit if isinstance(self.shape, OverlayShape) else None

    def fault(self, path: KeyPath, said: Said) -> None:
        """Note a fault at the line of `path`."""
        self.faults.append(Fault(self.name, self.document.line(path), said))

    def refuse(self, path: KeyPath, refusal: Refusal) -> None:
        self.fault(path, refusal.said)

    def read(self, kind: type[ShapeT], data: Any, path: KeyPath) -> ShapeT | None:
        """`data` as `kind`, or None after noting every fault of its shape."""
        try:
            return kind.model_validate(data)
        except ValidationError as fault:
            for error in fault.errors():
                self.fault(*_shape_fault(kind, path, error))
            return None


@dataclass(frozen=True)
class PlanFiles:
    """A plan with the text of every file that it was read from. `leaves` are the files asked for.

    places: where a phase, requirement (`phase.id`) or tightening (`phase.id@unit`) stands: (file, line).
    """

    plan: Plan
    sources: tuple[tuple[str, str], ...]
    leaves: tuple[str, ...]
    places: Mapping[str, tuple[str, int]]


def read_plan_files(*paths: Path | str) -> PlanFiles:
    """Read plans and overlays from disk. PlanError with every fault; Refusal if a file cannot be opened."""
    return read_plan(tuple(normpath(str(path)) for path in paths), _open_text)


def read_plan(leaves: Sequence[str], open_text: Callable[[str], str]) -> PlanFiles:
    """Read `leaves` and all that they extend through `open_text` (name → text)."""
    from models.plan_build import build

    texts: dict[str, str] = {}
    layers: dict[str, Layer] = {}
    for leaf in leaves:
        _gather(leaf, open_text, texts, layers, chain=())
    ordered = list(layers.values())
    bases = [layer for layer in ordered if not isinstance(layer.shape, OverlayShape)]
    for other in bases[1:]:
        said = Said(
            f"一次只能装载一个方案，{other.name} 与 {bases[0].name} 各成一体",
            f"one campaign has one plan; {other.name} and {bases[0].name} are two",
        )
        other.fault((), said)
    plan, places = build(ordered)
    faults = [fault for layer in ordered for fault in layer.faults]
    if faults or plan is None:
        raise PlanError(faults)
    return PlanFiles(plan, tuple(texts.items()), tuple(leaves), places)


def reread(sources: Sequence[tuple[str, str]], leaves: Sequence[str]) -> Plan:
    """The plan that was read from these texts before."""
    texts = dict(sources)
    return read_plan(leaves, texts.__getitem__).plan


def _open_text(name: str) -> str:
    try:
        return Path(name).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refusal(
            f"{name} 不是 UTF-8 文本，请另存为 UTF-8", f"{name} is not UTF-8 text; save it as UTF-8"
        ) from None
    except OSError as fault:
        reason = fault.strerror or "unreadable"
        raise Refusal(f"打不开方案文件 {name}（{reason}）", f"cannot open the plan {name} ({reason})") from None


def _gather(
    name: str,
    open_text: Callable[[str], str],
    texts: dict[str, str],
    layers: dict[str, Layer],
    chain: tuple[str, ...],
) -> None:
    """Read `name` after all that it extends, so that layers stand in the order in which they apply."""
    if name in layers:
        return
    text = open_text(name)
    texts[name] = text
    try:
        layer = Layer(name, read_yaml(text))
    except YamlFault as fault:
        layer = Layer(name, Lined({}), [Fault(name, fault.line, fault.said)])
        layers[name] = layer
        return
    for line, key in layer.document.repeated:
        said = Said(f"“{key}”写了两遍，只能保留一处", f"“{key}” stands twice; keep one")
        layer.faults.append(Fault(name, line, said))
    data = layer.document.data
    if not isinstance(data, dict):
        layer.fault((), Said("方案文件应为键值结构", "a plan file is a mapping of keys"))
        layers[name] = layer
        return
    layer.shape = layer.read(OverlayShape, data, ()) if "extends" in data else layer.read(PlanShape, data, ())
    below = data.get("extends")
    if isinstance(below, str):
        _gather_extended(layer, normpath(join(dirname(name), below)), open_text, texts, layers, (*chain, name))
    layers[name] = layer


def _gather_extended(
    layer: Layer,
    target: str,
    open_text: Callable[[str], str],
    texts: dict[str, str],
    layers: dict[str, Layer],
    chain: tuple[str, ...],
) -> None:
    if target in chain:
        circle = " → ".join((*chain, target))
        layer.fault(("extends",), Said(f"方案互相引用：{circle}", f"plans extend each other in a circle: {circle}"))
        return
    try:
        _gather(target, open_text, texts, layers, chain)
    except Refusal as refusal:
        if isinstance(refusal, PlanError):
            raise
        layer.refuse(("extends",), refusal)


def _shape_fault(kind: type[BaseModel], path: KeyPath, error: Any) -> tuple[KeyPath, Said]:
    place = (*path, *(part for part in error["loc"] if isinstance(part, (str, int))))
    key = next((part for part in reversed(error["loc"]) if isinstance(part, str)), "")
    sort = error["type"]
    if sort == "extra_forbidden":
        return place, _unknown_key(key, [*kind.model_fields])
    if sort == "missing":
        return path, Said(f"缺少“{key}”", f"“{key}” is missing")
    if sort == "literal_error":
        choices = error["ctx"]["expected"].replace("'", "")
        zh = choices.replace(" or ", "、").replace(", ", "、")
        return place, Said(f"“{key}”应为 {zh} 之一", f"“{key}” must be one of {choices}")
    if sort == "string_pattern_mismatch":
        return place, Said(
            f"“{key}”的写法不对，应以小写英文字母开头，只用小写字母、数字和连字符（指标名用下划线）",
            f"“{key}” must begin with a lower-case letter and hold only lower-case letters, digits and hyphens",
        )
    kinds = {"string_type": ("文字", "a text"), "int_type": ("整数", "a whole number"), "float_type": ("数", "a number"),
             "bool_type": ("true 或 false", "true or false"), "list_type": ("清单", "a list"),
             "dict_type": ("键值结构", "a mapping"), "model_type": ("键值结构", "a mapping"),
             "string_too_short": ("非空文字", "a text that is not empty"), "greater_than_equal": ("正整数", "at least 1")}  # fmt: skip
    zh, en = kinds.get(sort, ("别的写法", "something else"))
    return place, Said(f"“{key or '此处'}”应为{zh}", f"“{key or 'this'}” must be {en}")


def _unknown_key(key: str, known: list[str]) -> Said:
    from difflib import get_close_matches

    near = get_close_matches(key, known, 1)
    listed = ", ".join(known)
    if near:
        return Said(f"不认识“{key}”，是否为“{near[0]}”", f"unknown key “{key}”; did you mean “{near[0]}”?")
    return Said(f"不认识“{key}”，此处可用：{listed}", f"unknown key “{key}”; here may stand: {listed}")
