"""The history of a case: what became of its rungs, also of those that told nobody, in words (为何未收到).

It is text (the column `trail`), a row for each step: moment in microseconds, word, rungs. It grows in the same statement
that moves the case, so that a nation's first pass, which leaves hundreds of thousands of reminders behind, pays nothing
for it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from models.wording import Said

_SAID = {
    "overtaken": Said("未发：当时已到下一级，不再补发", "not sent: the next rung was due by then"),
    "nobody": Said(
        "本级和以上均无联系人，已告知系统管理员", "nobody holds this role here or above; the administrator was told"
    ),
    "hushed": Said(
        "暂不向上报告：仅因下级单位未完成，下级已分别催办",
        "not reported upwards for now: only offices below are late, and they are chased",
    ),
    "freed": Said("本单位自身未达标，恢复逐级催办", "late by itself again: the ladder goes on"),
    "moved": Said("按调整后的方案继续催办", "goes on by the changed plan"),
}
_ENDED = {
    "next rung": Said("已到下一级，不再补发", "the next rung was due by then"),
    "met": Said("已达标", "met"),
    "waived": Said("已免予办理", "waived"),
    "extended": Said("已延期", "extended"),
    "acknowledged": Said("已签收", "acknowledged"),
    "withdrawn": Said("不再要求", "no longer owed"),
    "moved": Said("方案已调整", "the plan was changed"),
    "merged": Said("单位已合并", "the office merged into another"),
    "split": Said("单位已分设", "the office was split"),
}


@dataclass(frozen=True)
class Step:
    """Something that happened to a case without a message. at: microseconds; rung: its id, empty for the whole case."""

    at: int
    rung: str
    word: str

    @property
    def said(self) -> Said:
        return _SAID[self.word]


def why_ended(reason: str | None) -> Said | None:
    """Why a line was taken back before it was sent; None while it was not."""
    return None if reason is None else _ENDED.get(reason, Said(reason, reason))


def untold(history: str, told: Collection[str]) -> list[Step]:
    """The steps of a history that told nobody. told: ids of the rungs for which there are lines."""
    return list(_steps(history, told))


def _steps(history: str, told: Collection[str]) -> Iterator[Step]:
    for step in history.splitlines():
        at, word, rungs = (*step.split(" "), "")[:3]
        if word == "fired":
            if rungs not in told:
                yield Step(int(at), rungs, "nobody")
        elif word == "overtaken":
            yield from (Step(int(at), rung, word) for rung in rungs.split(","))
        elif word in _SAID:
            yield Step(int(at), "", word)
