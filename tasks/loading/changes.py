"""What a load changed (装载结果): in figures for programs and in words for people."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from models.rules.loading.departed import Departed, told
from models.wording import Said


@dataclass
class Changes:
    """What a load changed, in words and in figures. first: the plan is the first that this database holds."""

    plan: bool = False
    first: bool = False
    units: dict[str, int] = field(default_factory=dict)
    superiors: dict[str, int] = field(default_factory=dict)
    contacts: dict[str, int] = field(default_factory=dict)
    moved: list[dict[str, Any]] = field(default_factory=list)
    dropped: list[int] = field(default_factory=list)
    idle_overlays: list[str] = field(default_factory=list)
    never_told: list[Said] = field(default_factory=list)
    departed: list[Departed] = field(default_factory=list)
    remarks: list[Said] = field(default_factory=list)
    move_cases: bool = False
    dry_run: bool = False

    @property
    def something(self) -> bool:
        """False where the files hold what is there already."""
        parts = (self.units, self.superiors, self.contacts)
        return self.plan or (self.move_cases and bool(self.moved)) or any(sum(part.values()) for part in parts)

    def counts(self) -> dict[str, Any]:
        """What changed, in figures: plan, units, superiors, contacts, and the cases that follow the new plan."""
        moved = [case["case"] for case in self.moved] if self.move_cases else []
        return {
            "plan": self.plan,
            "units": self.units,
            "superiors": self.superiors,
            "contacts": self.contacts,
            "moved": moved,
        }

    def words(self) -> list[Said]:
        """What changed, a sentence each."""
        said = [self._of_the_plan()]
        for zh, en, part in (
            ("单位", "units", self.units),
            ("另有上级", "further superiors", self.superiors),
            ("联系人", "contacts", self.contacts),
        ):
            if part:
                said.append(
                    Said(
                        f"{zh}：新增 {part['added']}，变更 {part['changed']}，删除 {part['removed']}",
                        f"{en}: {part['added']} added, {part['changed']} changed, {part['removed']} removed",
                    )
                )
        if self.moved:
            count = len(self.moved)
            kept = Said(
                f"{count} 件在办催办件仍按原方案；如需改按新方案，请加 --move-cases",
                f"{count} open cases keep their old dates; --move-cases moves them",
            )
            moved = Said(f"{count} 件在办催办件改按新方案", f"{count} open cases follow the new plan")
            said.append(moved if self.move_cases else kept)
        if self.dropped:
            count = len(self.dropped)
            said.append(
                Said(
                    f"{count} 件在办催办件的单位或要求已不存在，下次巡查时撤销",
                    f"{count} open cases are of offices or requirements that are gone; the next pass withdraws them",
                )
            )
        said += self.remarks
        said += told(self.departed)
        for unit in self.idle_overlays:
            said.append(
                Said(
                    f"方案对 {unit} 的规定没有单位适用：单位表里没有它，也没有它的下级",
                    f"what the plan lays down for {unit} holds for nobody: neither it nor anyone below it is loaded",
                )
            )
        said += self.never_told
        if self.dry_run:
            said.append(Said("以上为演练，未作更改", "a rehearsal: nothing was changed"))
        return said

    def _of_the_plan(self) -> Said:
        if not self.plan:
            return Said("方案：无变化", "plan: unchanged")
        return Said("方案：首次装载", "plan: loaded") if self.first else Said("方案：已更新", "plan: updated")
