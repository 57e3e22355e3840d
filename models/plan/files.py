"""Plan file → frozen Plan. Every fault of every file is found and reported at once, with its line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from posixpath import dirname, join, normpath

from models.personal import PERSONAL, RespondentsData, personal_in
from models.plan.build import build
from models.plan.draft import Places
from models.plan.expressions import trust
from models.plan.layers import Layer, PlanError
from models.plan.model import Plan
from models.plan.noting import noting
from models.plan.shapes import OverlayShape, PlanShape
from models.plan.yaml_lines import Lined, YamlFault, read_yaml
from models.wording import Refusal, Said, because

MOST_FILES = 100


@dataclass(frozen=True)
class PlanFiles:
    """A plan with the text of every file that it was read from.

    leaves: the files asked for. provable: what stands in them that can be proved (`models.plan.expressions.proven`).
    """

    plan: Plan
    sources: tuple[tuple[str, str], ...]
    leaves: tuple[str, ...]
    places: Places
    provable: frozenset[str]


def read_plan_files(*paths: Path | str) -> PlanFiles:
    """Read plans and overlays from disk. PlanError with every fault; Refusal if a file cannot be opened."""
    return read_plan(tuple(normpath(str(path)) for path in paths), _open_text)


def read_plan(leaves: Sequence[str], open_text: Callable[[str], str], *, bound: bool = True) -> PlanFiles:
    """Read `leaves` and all that they extend through `open_text` (name → text).

    bound: False for a plan that is in force already: what the law forbids is refused where a plan is loaded, and must
    not stop a campaign that took it in before.
    """
    gathered = _Gathering(open_text)
    for leaf in leaves:
        gathered.gather(leaf, ())
    layers = list(gathered.layers.values())
    bases = [layer for layer in layers if isinstance(layer.shape, PlanShape)]
    for other in bases[1:]:
        said = Said(
            f"一次只能装载一个方案，{other.name} 与 {bases[0].name} 各成一体",
            f"one campaign has one plan; {other.name} and {bases[0].name} are two",
        )
        other.fault((), said)
    if len(bases) > 1:
        raise PlanError([fault for layer in layers for fault in layer.faults])
    with noting() as provable:
        plan, places = build(layers, bound=bound)
    if plan is None:
        raise PlanError([fault for layer in layers for fault in layer.faults])
    return PlanFiles(plan, tuple(gathered.texts.items()), tuple(leaves), places, frozenset(provable))


def reread(sources: Sequence[tuple[str, str]], leaves: Sequence[str], proof: str | None = None) -> Plan:
    """The plan that was read from these texts before. proof: what was proved of its conditions then."""
    return _reread(tuple((name, text) for name, text in sources), tuple(leaves), proof)


@lru_cache(maxsize=4)
def _reread(sources: tuple[tuple[str, str], ...], leaves: tuple[str, ...], proof: str | None) -> Plan:
    """The same texts give the same plan: whoever opens a campaign again and again reads its plan once."""
    trust(proof)
    return read_plan(leaves, dict(sources).__getitem__, bound=False).plan


def _open_text(name: str) -> str:
    try:
        if Path(name).exists() and not Path(name).is_file() and not Path(name).is_dir():
            raise Refusal(
                f"方案 {name} 不是普通文件（可能是管道或设备），请改用普通文件",
                f"the plan {name} is no plain file but a pipe or a device",
            )
        text = Path(name).read_bytes().decode("utf-8-sig")
        _refuse_respondents(name, text)
        return text
    except Refusal:
        raise
    except UnicodeDecodeError:
        raise Refusal(
            f"方案文件 {name} 不是 UTF-8 文本，请另存为 UTF-8", f"the plan {name} is not UTF-8 text; save it as UTF-8"
        ) from None
    except OSError as fault:
        why = because(fault)
        raise Refusal(f"打不开方案文件 {name}：{why.zh}", f"cannot open the plan {name}: {why.en}") from None
    except ValueError:
        raise Refusal("方案文件名不能用", "that cannot be the name of a plan file") from None


def _refuse_respondents(name: str, text: str) -> None:
    """Refusal where a line tells of a person who is counted, in a comment too: the text is kept as it is written."""
    for line, words in enumerate(text.splitlines(), 1):
        kind = personal_in(words)
        if kind is not None:
            said = PERSONAL[kind]
            raise RespondentsData(
                f"{name} 第 {line} 行含有{said.zh}：个人信息一律不得写入方案，请删去后重来",
                f"{name}, line {line}, holds {said.en}, which must not stand in a plan; take it out",
            )


@dataclass
class _Gathering:
    """The files of a plan, each after all that it extends, so that layers stand in the order in which they apply."""

    open_text: Callable[[str], str]
    texts: dict[str, str] = field(default_factory=dict)
    layers: dict[str, Layer] = field(default_factory=dict)

    def gather(self, name: str, chain: tuple[str, ...]) -> None:
        if name in self.layers:
            return
        text = self.open_text(name)
        self.texts[name] = text
        layer = _read_layer(name, text)
        if isinstance(layer.shape, OverlayShape) and "extends" not in layer.shape.spoilt:
            self._below(layer, normpath(join(dirname(name), layer.shape.extends)), (*chain, name))
        self.layers[name] = layer

    def _below(self, layer: Layer, target: str, chain: tuple[str, ...]) -> None:
        if target in chain or len(chain) > MOST_FILES:
            circle = " → ".join((*chain[-3:], target))
            layer.fault(("extends",), Said(f"方案互相引用：{circle}", f"plans extend each other: {circle}"))
            return
        try:
            self.gather(target, chain)
        except Refusal as refusal:
            layer.refuse(("extends",), refusal)
        if target in self.layers:
            layer.extends = self.layers[target].extends | {target}


def _read_layer(name: str, text: str) -> Layer:
    try:
        layer = Layer(name, read_yaml(text))
    except YamlFault as fault:
        layer = Layer(name, Lined({}, {(): fault.line}))
        layer.fault((), fault.said)
        return layer
    for line, key in layer.document.repeated:
        layer.document.lines[("", line)] = line
        layer.fault(("", line), Said(f"“{key}”写了两遍，只能保留一处", f"“{key}” stands twice; keep one"))
    data = layer.document.data
    if data is None:
        layer.fault((), Said("方案文件是空的", "the plan file is empty"))
    elif isinstance(data, dict) and "extends" in data:
        layer.shape = layer.read(OverlayShape, data, ())
    else:
        layer.shape = layer.read(PlanShape, data, ())
    return layer
