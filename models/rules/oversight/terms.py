"""Terms (保存期限): until when what is kept may not be retired.

网络安全法第二十一条第三项 asks for six months of logs at least. 统计法实施条例第二十二条 asks for two years of what was collected
and ten of what was summed up; 全国人口普查条例 leaves to the state's rules how forms are kept and destroyed. So figures and
received reports are not retired at all, and no term is ever shorter than the law's.
"""

from __future__ import annotations

from datetime import datetime


def latest_cut(before: datetime, now: datetime, months: int) -> datetime:
    """Up to when records may go that shall go up to `before`: not those younger than so many months at `now`."""
    return min(before, months_back(now, months))


def months_back(now: datetime, months: int) -> datetime:
    """The same day and hour so many months earlier; the month's last day where it has no such day."""
    year, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    for day in range(now.day, 28, -1):
        try:
            return now.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    return now.replace(year=year, month=month + 1, day=min(now.day, 28))
