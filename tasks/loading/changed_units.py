"""What a change of divisions did (区划变更结果): in figures for programs and in words for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from models.rules.loading.unit_changes import UnitChanges, told_of
from models.wording import Said

_SHOWN = 5


@dataclass
class Changed:
    """What a change of divisions did, or in a rehearsal would do.

    moved: old, new, name, of every code that is another now, or is of a part or a merger; counts: what follows, by kind;
    left: figures that do not (old, indicator, why).
    """

    changes: UnitChanges
    moved: Sequence[Mapping[str, str]] = ()
    counts: dict[str, int] = field(default_factory=dict)
    left: Sequence[Mapping[str, str]] = ()
    remarks: list[Said] = field(default_factory=list)
    batch: int | None = None
    dry_run: bool = False

    def words(self) -> list[Said]:
        """The same, a sentence each."""
        if not self.changes.something:
            said = [Said("没有要变更的：表中所列均已变更", "nothing to change: what is listed was done before")]
        else:
            count = self.counts
            said = [
                Said(
                    f"随转：数字 {count['readings']}，联系人 {count['contacts']}，催办件 {count['cases']}，决定和放行 {count['decisions']}，"
                    f"待签文稿 {count['papers']}，普查小区 {count['districts']}，登记册行 {count['rows']}",
                    f"carried over: {count['readings']} figures, {count['contacts']} contacts, {count['cases']} cases,"
                    f" {count['decisions']} decisions and exits, {count['papers']} drafts, {count['districts']} districts, {count['rows']} rows",
                )
            ]
        return [*self.remarks, *told_of(self.changes), *said, *self._left_behind(), *self._rehearsed()]

    def _rehearsed(self) -> list[Said]:
        return [Said("以上为演练，未作更改", "a rehearsal: nothing was changed")] if self.dry_run else []

    def _left_behind(self) -> list[Said]:
        said = []
        for why, zh, en in (
            (
                "split",
                "分设前已报的数字无法拆分，未转，请各单位按新区划重报",
                "of split offices cannot be divided and stay; report anew",
            ),
            (
                "gather",
                "这类数字合并后无法汇总，未转，请合并后的单位重报",
                "of merged offices cannot be put together; report anew",
            ),
        ):
            codes = sorted({one["old"] for one in self.left if one["why"] == why})
            if codes:
                shown = ", ".join(codes[:_SHOWN])
                more = len(codes) > _SHOWN
                said.append(
                    Said(
                        f"{len(codes)} 个单位（{shown.replace(', ', '、')}{'等' if more else ''}）{zh}",
                        f"figures of {len(codes)} offices ({shown}{' and others' if more else ''}) {en}",
                    )
                )
        if self.counts.get("merged"):
            count = self.counts["merged"]
            said.append(
                Said(
                    f"{count} 件催办件与合并后同一事项的另一件重复，或所属期次在变更前已结束，按“已并入”办结",
                    f"{count} cases close as merged: another of the same duty goes on, or their period was over before",
                )
            )
        if self.counts.get("rows_left"):
            count = self.counts["rows_left"]
            said.append(
                Said(
                    f"{count} 个普查小区或登记册行在新代码下与其他行同号，未转，仍在原代码下，请改号后重报",
                    f"{count} districts or rows have, under the new code, the name of another and stay under the old; number them"
                    " anew and report them",
                )
            )
        if self.counts.get("left"):
            count = self.counts["left"]
            said.append(
                Said(
                    f"{count} 项延期、免予办理或放行只对合并前的部分单位作出，不适用于合并后的单位（沿用原代码的除外）",
                    f"{count} decisions or exits were of a part of a merged office and do not hold for all of it, save where it"
                    " kept its code",
                )
            )
        return said
