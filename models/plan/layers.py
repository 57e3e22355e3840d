"""One file of a plan, what is wrong in it, and where."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import ValidationError

from models.plan.shapes import OverlayShape, PlanShape, Shape
from models.plan.yaml_lines import Lined
from models.plan.yaml_lines import Path as KeyPath
from models.text import look_alike, odd_letter
from models.units import readings_of_code
from models.wording import Refusal, Said

ShapeT = TypeVar("ShapeT", bound=Shape)

SECTIONS = frozenset({"roles", "registers", "indicators", "ladders", "phases", "sets"})


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
    """One file of a plan with what is wrong in it. `shape` is None if nothing of it can be used.

    extends: the names of all files that it extends, directly or through others.
    """

    name: str
    document: Lined
    faults: list[Fault] = field(default_factory=list)
    shape: PlanShape | OverlayShape | None = None
    extends: frozenset[str] = frozenset()

    @property
    def unit(self) -> str | None:
        """The unit at and below which an overlay holds, without padding; None for a whole plan."""
        written = self.shape.unit if isinstance(self.shape, OverlayShape) else None
        return readings_of_code(written)[0] if written else None

    @property
    def unread(self) -> frozenset[str]:
        """The sections of which nothing is known, so that what others expect of them is no fault."""
        return SECTIONS if self.shape is None else SECTIONS & self.shape.spoilt

    def fault(self, path: KeyPath, said: Said) -> None:
        """Note a fault at the line of `path`, and the letter in what it quotes that only looks right."""
        if "U+" not in said.zh:
            letter = odd_letter(said.zh)
            said = Said(said.zh + letter.zh, said.en + letter.en)
        self.faults.append(Fault(self.name, self.document.line(path), said))

    def refuse(self, path: KeyPath, refusal: Refusal) -> None:
        self.fault(path, refusal.said)

    def read(self, kind: type[ShapeT], data: Any, path: KeyPath) -> ShapeT | None:
        """`data` as `kind`, after noting every fault of its shape; None if it is no mapping at all."""
        if not isinstance(data, dict):
            self.fault(path, Said("此处应为键值结构（名称: 内容）", "here must stand a mapping of keys to values"))
            return None
        try:
            return kind.model_validate(data)
        except ValidationError as fault:
            errors = fault.errors(include_url=False, include_context=True, include_input=True)
        for error in errors:
            place, said = _shape_fault(kind, path, error)
            sign = _sign_in(error)
            self.fault(place, Said(said.zh + sign.zh, said.en + sign.en))
        return kind.standing_in(data, frozenset(str(error["loc"][0]) for error in errors))


_KINDS = {
    "string_type": Said("文字", "a text"),
    "int_type": Said("整数", "a whole number"),
    "float_type": Said("数", "a number"),
    "finite_number": Said("数", "a number"),
    "bool_type": Said("true、false、yes 或 no", "true or false, yes or no"),
    "list_type": Said("清单（每项以“- ”开头）", "a list"),
    "dict_type": Said("键值结构（名称: 内容）", "a mapping of keys to values"),
    "string_too_short": Said("非空文字", "a text that is not empty"),
    "greater_than_equal": Said("正整数", "at least 1"),
    "less_than_equal": Said("不超过 9999 的整数", "at most 9999"),
}


def _shape_fault(kind: type[Shape], path: KeyPath, error: Any) -> tuple[KeyPath, Said]:
    place = (*path, *(part for part in error["loc"] if isinstance(part, (str, int))))
    key = next((part for part in reversed(error["loc"]) if isinstance(part, str)), "")
    sort = error["type"]
    if sort == "extra_forbidden":
        return place, _unknown_key(key, [one.alias or name for name, one in kind.model_fields.items()])
    if sort == "missing":
        return path, Said(f"缺少“{key}”", f"“{key}” is missing")
    if sort == "literal_error":
        choices = error["ctx"]["expected"].replace("'", "")
        zh = choices.replace(" or ", "、").replace(", ", "、")
        return place, Said(f"“{key}”应为 {zh} 之一", f"“{key}” must be one of {choices}")
    if sort == "string_pattern_mismatch":
        return place, Said(
            f"“{key}”的写法不对，应以小写英文字母开头，只用小写字母、数字和连字符",
            f"“{key}” must begin with a lower-case letter and hold only lower-case letters, digits and hyphens",
        )
    said = _KINDS.get(sort)
    if said is None:
        return place, Said(f"“{key}”的写法不对", f"“{key}” cannot be read")
    return place, Said(f"“{key}”应为{said.zh}", f"“{key}” must be {said.en}")


def _sign_in(error: Any) -> Said:
    """The sign or letter that only looks right, in what stands where the plan wants an id, a number or a list."""
    written = error["loc"][-1] if error["type"] == "extra_forbidden" else error["input"]
    if not isinstance(written, str) or error["type"] == "string_too_short":
        return Said("", "")
    return look_alike(written)


def _unknown_key(key: str, known: list[str]) -> Said:
    near = did_you_mean(key, known)
    if near:
        return Said(f"不认识“{key}”，是否为“{near}”", f"unknown key “{key}”; did you mean “{near}”?")
    listed = ", ".join(known)
    return Said(f"不认识“{key}”，此处可用：{listed}", f"unknown key “{key}”; here may stand: {listed}")


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """The one of `known` that is spelt most like `word`."""
    return next(iter(get_close_matches(word, list(known), 1)), None)
