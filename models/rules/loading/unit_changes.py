"""Changes of divisions (区划变更) as an office lists them, old code and new: checked against the units, and what becomes of these.

Rows may rename, give another code, move, merge (several old codes, one new) and split (one old code, several new). The new
code of an office stands for everything below it by its digits, as in 撤县设区, unless that is listed itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from models.former_codes import FormerCodes
from models.rules.loading.text_tables import Faults, named_columns
from models.rules.loading.unit_kinds import KIND_TITLES, kind_after, read_kind
from models.units import (
    DIGITS,
    LEVEL_ZH,
    UNIT_COLUMNS,
    UNIT_KIND_ZH,
    Level,
    is_code,
    level_of,
    prefix_superiors,
    readings_of_code,
)
from models.wording import Said

PAIRS = pl.Schema({"old": pl.String, "new": pl.String, "parts": pl.Int64, "joined": pl.Int64})
"""Which code became which; parts: into how many offices the old one went; joined: how many the new one came from."""
_COLUMNS = {
    "old": ("old", "旧代码", "原代码", "变更前代码", "旧区划代码", "原区划代码"),
    "new": ("new", "新代码", "现代码", "变更后代码", "新区划代码", "现区划代码"),
    "name": ("name", "名称", "新名称", "现名称", "单位名称", "变更后名称"),
    "superior": ("superior", "上级", "上级代码", "新上级"),
    "kind": KIND_TITLES,
}
_BESIDE = ("旧名称", "原名称", "变更前名称", "变更类型", "类型")
_NOTHING_SAID = {"name": "", "superior": "", "kind": ""}
_SHOWN = 5
_UNIT = pl.Schema(dict.fromkeys(UNIT_COLUMNS, pl.String))


@dataclass(frozen=True)
class UnitChanges:
    """What a list of changes makes of the units. pairs: PAIRS, in order, those below a listed office among them, renamed
    offices that keep their code not. units: all of them afterwards. renamed: (code, name before, name now). placed: codes of
    offices that keep code and name, and answer to another superior or are of another kind. unknown: old codes that no office
    has or had."""

    pairs: pl.DataFrame
    units: pl.DataFrame
    renamed: tuple[tuple[str, str, str], ...] = ()
    placed: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def something(self) -> bool:
        """False where everything that is listed was done before."""
        return self.pairs.height > 0 or bool(self.renamed) or bool(self.placed)


def read_changes(table: pl.DataFrame, file: str, units: pl.DataFrame, former: FormerCodes) -> UnitChanges:
    """The changes that a table lists: old, new, and where they change name, superior and kind. Refusal names every faulty row.

    units: as `UNIT_COLUMNS`; former: changes of before, whose rows are passed over.
    """
    return _Reading(table, file, units, former).changes()


class _Reading:
    """One list of changes being read."""

    def __init__(self, table: pl.DataFrame, file: str, units: pl.DataFrame, former: FormerCodes) -> None:
        self.faults = Faults(file)
        self.rows = named_columns(table, _COLUMNS, ("old", "new"), file, _BESIDE)
        self.file, self.units, self.former = file, units, former
        self.held = {row["unit"]: row for row in units.iter_rows(named=True)}
        self.became: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
        """By old code, by new code: the row that says so; that of the office above for those below it."""
        self.unknown: list[str] = []

    def changes(self) -> UnitChanges:
        self._listed()
        self._kept_below()
        self.faults.raise_any()
        self.came_from = self._came_from()
        self._new_codes()
        self.faults.raise_any()
        self.now = {code: self._name_and_level(code) for code in self.came_from}
        self.faults.raise_any()
        after = self._units_after()
        self.faults.raise_any()
        renamed = [
            (code, self.held[code]["name"], name)
            for code, (name, _) in sorted(self.now.items())
            if code in self.held and code in self.came_from[code] and self.held[code]["name"] != name
        ]
        pairs = self._pairs()
        told = {*pairs["old"], *pairs["new"], *(code for code, _, _ in renamed)}
        held_as = {row["unit"]: (row["superior"], row["kind"]) for row in after.iter_rows(named=True)}
        placed = [
            code
            for code, row in self.held.items()
            if code in self.came_from and code not in told and held_as[code] != (row["superior"], row["kind"])
        ]
        return UnitChanges(pairs, after, tuple(renamed), tuple(placed), tuple(sorted(set(self.unknown))))

    def _listed(self) -> None:
        """The rows of the list, those done before passed over."""
        done: set[str] = set()
        for row in self.rows:
            old, new = self._code(row, "old"), self._code(row, "new")
            if old is None or new is None:
                continue
            known = next((one for one in readings_of_code(old) if one in self.held), None)
            new = next((one for one in readings_of_code(new) if len(one) == len(known or old)), new)
            if self._is_done(known or old, new):
                done.add(new)
            elif known is None:
                self._not_held(row, old)
            elif new in self.became[known]:
                self.faults.add(
                    row["row"],
                    f"{known} 变更为 {new} 重复列出，请只保留一行",
                    f"{known} becoming {new} stands twice; keep one row",
                )
            else:
                self.became[known][new] = row
        self.became = defaultdict(dict, {old: new for old, new in self.became.items() if new})
        for new in done & {new for news in self.became.values() for new in news}:
            # what was merged into it before stays in it
            if new in self.held and new not in self.became:
                self.became[new][new] = {"row": 1, **_NOTHING_SAID}

    def _code(self, row: Mapping[str, Any], column: str) -> str | None:
        code = row[column]
        if is_code(code) and len(code) <= DIGITS["village"] and not code.startswith("00"):
            return str(code)
        zh, en = ("旧代码", "old code") if column == "old" else ("新代码", "new code")
        self.faults.add(
            row["row"],
            f"{zh}“{code}”不是单位代码，应为 2、4、6、9 或 12 位数字（撤销而无去向的单位不必列出，从单位表中删去即可）",
            f"the {en} “{code}” is no unit code; it must have 2, 4, 6, 9 or 12 digits (an office that went nowhere need not"
            " stand here: take it out of the units file)",
        )
        return None

    def _is_done(self, old: str, new: str) -> bool:
        if not self.former.holds(old, new):
            return False
        # a code that came back to its office may go again
        return old == new or old not in self.held

    def _not_held(self, row: Mapping[str, Any], old: str) -> None:
        became = [code for one in readings_of_code(old) if one in self.former.old for code in self.former.became(one)]
        if became:
            listed = "、".join(became[:_SHOWN])
            self.faults.add(
                row["row"],
                f"{old} 此前已变更为 {listed}，请从该代码填起",
                f"{old} became {', '.join(became[:_SHOWN])} before; begin from there",
            )
        else:
            self.unknown.append(old)

    def _kept_below(self) -> None:
        """Offices that are not listed, below one that is, follow it by their digits."""
        lost: dict[str, list[str]] = defaultdict(list)
        listed = set(self.became)
        for code in self.held:
            if code in listed:
                continue
            above = next((one for one in prefix_superiors(code) if one in listed), None)
            if above is None or above in self.became[above]:
                continue
            news = list(self.became[above])
            if len(news) > 1:
                lost[above].append(code)
            else:
                below = {**self.became[above][news[0]], **_NOTHING_SAID}
                self.became[code][news[0] + code[len(above) :]] = below
        for above, codes in lost.items():
            row = min(row["row"] for row in self.became[above].values())
            shown = "、".join(codes[:_SHOWN])
            self.faults.add(
                row,
                f"{above} 分设为多个单位，其下 {len(codes)} 个单位（{shown}{'等' if len(codes) > _SHOWN else ''}）归谁不明，请逐个列出新代码",
                f"{above} is split, and nothing says where the {len(codes)} offices below it go ({', '.join(codes[:_SHOWN])});"
                " list the new code of each",
            )

    def _came_from(self) -> dict[str, dict[str, dict[str, Any]]]:
        found: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
        for old, news in sorted(self.became.items()):
            for new, row in news.items():
                found[new][old] = row
        return found

    def _new_codes(self) -> None:
        """No new code may be, or have been, that of another office; and several become one only where the list says so."""
        listed = {(row["old"], row["new"]) for row in self.rows}
        for new, olds in sorted(self.came_from.items()):
            row = min(row["row"] for row in olds.values())
            levels = {len(old) for old in olds}
            if levels != {len(new)}:
                old = next(one for one in olds if len(one) != len(new))
                self.faults.add(
                    row,
                    f"{old} 是{LEVEL_ZH[level_of(old)]}代码，{new} 是{LEVEL_ZH[level_of(new)]}代码，级别须相同",
                    f"{old} is a code of a {level_of(old)} and {new} one of a {level_of(new)}; they must be of one level",
                )
            elif new in self.held and new not in olds:
                self._taken(row, new, olds)
            elif new not in self.held and new in self.former.old and not self._is_its_own(new, olds):
                self.faults.add(
                    row,
                    f"新代码 {new} 曾是另一单位的代码，其记录仍在该代码下，无法区分；请沿用原代码，或取一个未用过的代码",
                    f"the new code {new} was another office's, whose records stand under it; leave the old code, or take one that"
                    " was never used",
                )
            elif len(olds) > 1 and new not in olds and not all((old, new) in listed for old in olds):
                shown = "、".join(list(olds)[:_SHOWN])
                self.faults.add(
                    row,
                    f"{shown} 随上级变更后代码同为 {new}；如系合并请逐个列出，否则请另给新代码",
                    f"{', '.join(list(olds)[:_SHOWN])} would all become {new} with the office above; list each of them if they"
                    " merge, or give them other codes",
                )

    def _taken(self, row: int, new: str, olds: Mapping[str, Any]) -> None:
        shown = "、".join(list(olds)[:_SHOWN])
        if self.became.get(new):
            goes = "、".join(self.became[new])
            self.faults.add(
                row,
                f"{new} 在本表中又变更为 {goes}，不能同时作 {shown} 的新代码：一个代码先后属于两个单位，其记录无法区分；"
                f"请让 {shown} 沿用原代码，或取一个未用过的代码",
                f"{new} itself becomes {', '.join(self.became[new])} here and cannot be the new code of {', '.join(olds)}: what is"
                " kept under one code must be of one office; leave the old code, or take one that was never used",
            )
            return
        listed = {(one["old"], one["new"]) for one in self.rows}
        if not any((old, new) in listed for old in olds):
            self.faults.add(
                row,
                f"{shown} 随上级变更后代码成了 {new}，而它已是{self.held[new]['name']}的代码；请把 {shown} 也列入表中，另给新代码",
                f"{', '.join(olds)} would become {new} with the office above, which is that of an office already; list"
                f" {', '.join(olds)} too, with codes of their own",
            )
            return
        self.faults.add(
            row,
            f"新代码 {new} 已是{self.held[new]['name']}的代码；如系并入，请加一行“{new},{new}”，否则请核对",
            f"the new code {new} is that of an office already; if {', '.join(olds)} merged into it add the row {new},{new},"
            " else check it",
        )

    def _is_its_own(self, new: str, olds: Mapping[str, Any]) -> bool:
        return any(new in self.former.lineage(old) for old in olds)

    def _name_and_level(self, new: str) -> tuple[str, Level]:
        olds = self.came_from[new]
        row = min(row["row"] for row in olds.values())
        given = {row["name"] for row in olds.values() if row["name"]}
        levels = {self.held[old]["level"] for old in olds}
        if len(given) > 1:
            shown = "、".join(sorted(given))
            self.faults.add(
                row, f"{new} 有几个名称：{shown}，请统一", f"{new} has several names: {', '.join(sorted(given))}"
            )
        if len(levels) > 1:
            self.faults.add(
                row,
                f"并为 {new} 的各单位级别不同，请核对",
                f"the offices that become {new} are of different levels; check them",
            )
        if given:
            return min(given), min(levels)
        names = {self.held[old]["name"] for old in olds}
        if new in olds:
            return self.held[new]["name"], min(levels)
        if len(names) > 1 or any(len(self.became[old]) > 1 for old in olds):
            self.faults.add(
                row,
                f"{new} 由合并或分设而来，请在 name（名称）一栏写明名称",
                f"{new} comes of a merger or a split; say its name in the column name",
            )
        return min(names), min(levels)

    def _units_after(self) -> pl.DataFrame:
        codes = (set(self.held) - set(self.became)) | set(self.came_from)
        rows = []
        for code in sorted(codes):
            if code in self.came_from:
                name, level = self.now[code]
                above, kind = self._superior(code, codes), self._kind(code, level)
            else:
                name, level, kind = (self.held[code][column] for column in ("name", "level", "kind"))
                above = self._moved(self.held[code]["superior"], code, None)
            rows.append((code, name, level, above, kind))
        return pl.DataFrame(rows, schema=_UNIT, orient="row")

    def _kind(self, new: str, level: Level) -> str | None:
        olds = self.came_from[new]
        given = {
            kind: row["row"]
            for row in olds.values()
            if (kind := read_kind(row["kind"], new, level, row["row"], self.faults)) is not None
        }
        if len(given) > 1:
            self.faults.add(
                max(given.values()),
                f"{new} 有几个类别：{'、'.join(UNIT_KIND_ZH[kind] for kind in sorted(given))}，请统一",
                f"{new} has several kinds: {', '.join(sorted(given))}; keep one",
            )
        return kind_after(new, {old: self.held[old] for old in olds}, given)

    def _superior(self, new: str, codes: set[str]) -> str | None:
        olds = self.came_from[new]
        number = min(row["row"] for row in olds.values())
        given = sorted({row["superior"] for row in olds.values() if row["superior"]})
        if given:
            named = [one for one in readings_of_code(given[0]) if one in codes]
            if len(given) > 1 or not named or named[0] == new:
                self.faults.add(
                    number,
                    f"{new} 的上级 {'、'.join(given)} 有误：须为变更后单位表中的一个单位",
                    f"the superior {', '.join(given)} of {new} must be one office of those that there are after the change",
                )
                return None
            return named[0]
        first = new if new in olds else min(olds)
        was = self.held[first]["superior"]
        if was is None or (new in olds and was not in self.became):
            return None if was is None else str(was)
        by_digits = next((one for one in prefix_superiors(first) if one in self.held), None)
        if by_digits != was:
            return self._moved(was, new, number)
        above = next((one for one in prefix_superiors(new) if one in codes), None)
        if above is None or len(above) != len(was):
            nearest = prefix_superiors(new)[0] if prefix_superiors(new) else new
            self.faults.add(
                number,
                f"{new} 的新上级 {nearest} 不在单位表中，请先装载（pucha load --units），或在 superior（上级）一栏写明上级",
                f"the new superior {nearest} of {new} is not among the units; load it first (pucha load --units), or name one in"
                " the column superior",
            )
            return None
        return above

    def _moved(self, superior: str | None, unit: str, row: int | None) -> str | None:
        """The office that a superior by word has become."""
        if superior is None or superior not in self.became:
            return superior
        news = list(self.became[superior])
        if superior in news:
            return superior
        if len(news) > 1:
            at = row or min(one["row"] for one in self.became[superior].values())
            self.faults.add(
                at,
                f"{unit} 的上级 {superior} 分设为 {'、'.join(news)}，归谁不明，请把 {unit} 也列入表中并写明 superior（上级）",
                f"the superior {superior} of {unit} is split into {', '.join(news)}; list {unit} too, with its superior",
            )
        return news[0]

    def _pairs(self) -> pl.DataFrame:
        return pl.DataFrame(list(self._rows_of_pairs()), schema=PAIRS, orient="row").sort("old", "new")

    def _rows_of_pairs(self) -> Iterator[tuple[str, str, int, int]]:
        for old, news in self.became.items():
            for new in news:
                parts, joined = len(news), len(self.came_from[new])
                if old != new or parts > 1 or joined > 1:
                    yield old, new, parts, joined


def told_of(changes: UnitChanges) -> Iterator[Said]:
    """What a list of changes comes to, a sentence each."""
    moved = changes.pairs.filter(pl.col("old") != pl.col("new"))
    plain = moved.filter((pl.col("parts") == 1) & (pl.col("joined") == 1)).height
    merged = changes.pairs.filter(pl.col("joined") > 1)["new"].n_unique()
    split = changes.pairs.filter(pl.col("parts") > 1)["old"].n_unique()
    yield Said(
        f"单位：改码 {plain}，合并为 {merged}，分设 {split}，仅更名 {len(changes.renamed)}",
        f"units: {plain} with another code, {merged} by a merger, {split} split, {len(changes.renamed)} renamed alone",
    )
    if changes.placed:
        yield Said(
            f"另有 {len(changes.placed)} 个单位代码、名称不变，只改上级或类别",
            f"{len(changes.placed)} more offices keep code and name, and have another superior or kind",
        )
    if changes.unknown:
        more = len(changes.unknown) > _SHOWN
        shown = changes.unknown[:_SHOWN]
        yield Said(
            f"{len(changes.unknown)} 个旧代码不在单位表中，未作处理：{'、'.join(shown)}{'等' if more else ''}；请核对代码",
            f"{len(changes.unknown)} old codes are not among the units, and nothing was done for them: {', '.join(shown)}"
            f"{' and others' if more else ''}; check them",
        )
