"""Offices that leave the units file (撤销的单位): what has become nobody's, and where it may have gone."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import polars as pl

from models.former_codes import FormerCodes
from models.units import DIGITS
from models.wording import Refusal, Said

_NAMED = 20
_SHOWN = 5
_CITY = DIGITS["city"]


@dataclass(frozen=True)
class Departed:
    """An office that is there no more. renamed: codes of new offices of the same name; moved: offices that answered to it."""

    unit: str
    name: str
    contacts: int
    cases: int
    renamed: tuple[str, ...]
    moved: tuple[str, ...]


def departed(
    before: pl.DataFrame, after: pl.DataFrame, contacts: Mapping[str, int], cases: Mapping[str, int]
) -> list[Departed]:
    """Every office of `before` that is not in `after`, in code order. Frames: unit, name, level, superior.

    contacts, cases: by unit, how many contacts and open cases stood under it.
    """
    gone = before.join(after, on="unit", how="anti").sort("unit")
    came = after.join(before, on="unit", how="anti")
    stayed = before.join(after.select("unit"), on="unit", how="semi")
    return [
        Departed(
            unit=one["unit"],
            name=one["name"],
            contacts=contacts.get(one["unit"], 0),
            cases=cases.get(one["unit"], 0),
            renamed=tuple(
                came.filter((pl.col("name") == one["name"]) & (pl.col("level") == one["level"]))["unit"].sort()
            ),
            moved=tuple(stayed.filter(pl.col("superior") == one["unit"])["unit"].sort()),
        )
        for one in gone.iter_rows(named=True)
    ]


def told(gone: Collection[Departed]) -> list[Said]:
    """A sentence for each of the first offices that left, and one for the number of the others."""
    listed = [_told(one) for one in list(gone)[:_NAMED]]
    more = len(gone) - len(listed)
    if more:
        listed.append(Said(f"另有 {more} 个单位已不在单位表中", f"and {more} more units are gone"))
    return listed


def _told(one: Departed) -> Said:
    zh = [f"{one.name}（{one.unit}）已不在单位表中"]
    en = [f"{one.unit} {one.name} is not among the units any more"]
    if one.contacts:
        zh.append(f"其 {one.contacts} 名联系人已删除")
        en.append(f"its {one.contacts} contacts are removed")
    if one.cases:
        zh.append(f"其 {one.cases} 件在办催办件下次巡查时撤销，办理记录可按原代码查看（pucha explain {one.unit}）")
        en.append(f"its {one.cases} open cases are withdrawn by the next pass, kept under the old code (pucha explain)")
    if one.moved:
        zh.append(f"原属其下的 {'、'.join(one.moved[:_NAMED])} 已改归其他上级")
        en.append(f"{', '.join(one.moved[:_NAMED])} answered to it and now answer elsewhere")
    if one.renamed:
        codes = "、".join(one.renamed)
        if any(code[:_CITY] == one.unit[:_CITY] for code in one.renamed):
            zh.append(
                f"新增的 {codes} 与其同名，疑为代码变更：请装回原单位表，用 pucha units change 转代码，数字、联系人和催办件随之转移"
            )
            en.append(
                f"{', '.join(one.renamed)} has the same name and its code may have changed: load the list of before again and use"
                " pucha units change, which carries figures, contacts and cases over"
            )
        else:
            zh.append(
                f"新增的 {codes} 与其同名，如系代码变更，已报数字和联系人不会自动转来，请用 pucha units change 转代码"
            )
            en.append(f"{', '.join(one.renamed)} has the same name: if the code changed, use pucha units change")
    return Said("，".join(zh), "; ".join(en))


def refuse_former_codes(units: pl.DataFrame, before: pl.DataFrame, former: FormerCodes, file: str) -> None:
    """Refuse a list from before divisions were changed: it would bring old codes back, without what went to the new ones.

    units: of the list; before: those loaded. Frames: unit, name …
    """
    fresh = units.join(before, on="unit", how="anti")
    stale = fresh.filter(pl.col("unit").is_in(sorted(former.old)))["unit"].sort().to_list()
    if stale:
        pairs = [(code, former.became(code)) for code in stale[:_SHOWN]]
        more = len(stale) > _SHOWN
        listed_zh = "、".join(f"{code}（现 {'、'.join(became)}）" for code, became in pairs)
        listed_en = ", ".join(f"{code} (now {', '.join(became)})" for code, became in pairs)
        raise Refusal(
            f"{file}：{len(stale)} 个代码已经 pucha units change 变更：{listed_zh}{'等' if more else ''}；请把单位表更新为现代码后再装载",
            f"{file}: {len(stale)} codes were changed by pucha units change: {listed_en}{' and others' if more else ''};"
            " put the codes of now into the file and load it again",
        )


def names_that_moved(before: pl.DataFrame, after: pl.DataFrame) -> Said | None:
    """What is said of a list in which an office bears the name that another of its superior's bore until now, and bears no
    more: codes that were swapped look so, and everything that is known stays under the codes. Frames: unit, name, superior …"""
    both = after.join(before, on="unit", suffix=":was").filter(pl.col("name") != pl.col("name:was"))
    bore = both.select("superior", name="name:was", bearer="unit")
    moved = both.join(bore, on=["superior", "name"]).select("unit", "name:was", "name", "bearer").sort("unit").rows()
    if not moved:
        return None
    more = len(moved) > _SHOWN
    zh = "；".join(f"{unit} 由{was}变为{now}，{now}原为 {bearer}" for unit, was, now, bearer in moved[:_SHOWN])
    en = "; ".join(f"{unit} was {was} and is {now}, which was {bearer}" for unit, was, now, bearer in moved[:_SHOWN])
    return Said(
        f"{len(moved)} 个单位的名称换到了另一代码下：{zh}{'等' if more else ''}。如系互换代码，数字、联系人和催办件仍记在原代码下，会归错单位："
        "请在单位表中让这些单位沿用原代码，重新装载，普查结束后再改",
        f"the names of {len(moved)} offices stand at another code now: {en}{' and others' if more else ''}. If codes were"
        " swapped, figures, contacts and cases stay under the old ones, and so with the wrong office: leave these offices their"
        " codes in the list, load it again, and change them after the campaign",
    )
