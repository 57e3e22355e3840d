"""What whoever reports should know of a file that was taken in (提示): what was hidden, passed over, or read by a name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import polars as pl

from models.rules.intake.layout import Layout
from models.wording import Said

_AHEAD = timedelta(days=1)
"""Further ahead of the clock than this, a report's moment is told to whoever reports."""
_SHOWN = 5


def of_layout(layout: Layout) -> Iterator[Said]:
    """A sentence for hidden rows and for hidden columns, which are read, and for hidden sheets, which are not."""
    if layout.hidden_rows:
        yield Said(
            f"工作表中有 {layout.hidden_rows} 行被隐藏（如筛选），也已一并读入",
            f"{layout.hidden_rows} rows are hidden in the sheet (by a filter perhaps) and were read as well",
        )
    if layout.hidden_columns:
        titles = _listed(layout.hidden_columns)
        yield Said(f"隐藏的列（{titles.zh}）也已一并读入", f"hidden columns ({titles.en}) were read as well")
    if layout.hidden_sheets:
        names = _listed(layout.hidden_sheets)
        yield Said(
            f"隐藏的工作表（{names.zh}）未读入；如要上报，请取消隐藏、单独成表",
            f"hidden sheets ({names.en}) were not read; to report one, show it and save it as a file of its own",
        )
    yield from of_unread(layout.unread_sheets)


def of_unread(sheets: Sequence[str]) -> Iterator[Said]:
    """A sentence for sheets that hold something like a table and have no header by which they could be read."""
    if sheets:
        names = _listed(sheets)
        yield Said(
            f"工作表（{names.zh}）没有带区划代码或单位名称的表头，未读入；其中如有要上报的内容，请补上表头后再报",
            f"sheets ({names.en}) have no header with codes or names of units and were not read; if something on them is to be"
            " reported, put the header back and report again",
        )


def of_rows(passed: int, by_name: pl.DataFrame) -> Iterator[Said]:
    """A sentence for lines that were read past, and for rows whose unit was told by its name (codes.BY_NAME)."""
    if passed:
        yield Said(
            f"表头以上的标题、合计行和填报人等共 {passed} 行未作为数据读入",
            f"{passed} lines were read past: a title over the header, totals, who filled in the table",
        )
    if by_name.height:
        shown = _listed([f"{name}（{code}）" for code, name in by_name.select("code", "name").iter_rows()])
        yield Said(
            f"{by_name.height} 行没有区划代码，已按单位名称认定：{shown.zh}；如有误请填写代码重报",
            f"{by_name.height} rows have no code and were read by the unit's name: {shown.en}; if one is wrong, give the code",
        )


def of_form(untouched: int | None) -> Iterator[Said]:
    """A sentence for rows of a form that stand as they were handed out."""
    if untouched:
        yield Said(
            f"{untouched} 行与填报表发出时相同，未作改动",
            f"{untouched} rows stand as the form was handed out and were left as they are",
        )


def of_blank(sheet: str) -> Said:
    """What is said of a sheet of a form on which nobody has filled in anything."""
    return Said(
        f"工作表“{sheet}”没有新填的内容，未作更改", f"nothing was filled in on the sheet “{sheet}”; nothing was changed"
    )


def of_former_codes(by_former: pl.DataFrame) -> Iterator[Said]:
    """A sentence for rows that were read by a code of before divisions were changed (former_codes.BY_FORMER)."""
    if by_former.height:
        pairs = list(by_former.select("was", "code").iter_rows())
        shown = Said(
            _listed([f"{was}（现 {code}）" for was, code in pairs]).zh,
            _listed([f"{was} (now {code})" for was, code in pairs]).en,
        )
        yield Said(
            f"{by_former.height} 行用的是变更前的代码，已按现代码接收：{shown.zh}；下次请用现代码",
            f"{by_former.height} rows stand under codes of before divisions were changed and were taken for those of now:"
            f" {shown.en}; use those of now next time",
        )


def of_moment(as_of: datetime, received_at: datetime) -> Iterator[Said]:
    """A sentence for figures of a moment that is yet to come."""
    if as_of > received_at + _AHEAD:
        yield Said(
            f"截至时刻 {as_of:%Y-%m-%d %H:%M} 尚未到，这些数字到那时才起作用；年月日如有笔误请重报",
            f"the figures are of {as_of:%Y-%m-%d %H:%M}, which is yet to come, and count from then on",
        )


def _listed(names: Sequence[str]) -> Said:
    shown, more = names[:_SHOWN], len(names) - _SHOWN
    return Said(
        "、".join(shown) + ("等" if more > 0 else ""), ", ".join(shown) + (f" and {more} more" if more > 0 else "")
    )
