"""Write models/calendar/china.csv anew from the `holidays` package: `python -m deployments.calendars.seed` (for developers).

Only days whose notice is published belong in it: for a year without one the package leaves the make-up
days out without a word. Raise LAST_YEAR when it has learnt the new notice, and compare with that notice.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from models.calendar.holiday_notice import FESTIVALS, ListedDay
from models.calendar.working_time import agrees_with_weekend
from tasks.campaign.calendar_files import write_days
from tasks.campaign.calendars import SHIPPED

FIRST_YEAR, LAST_YEAR = 2010, 2026


def seeded_days() -> list[ListedDay]:
    """Every exception to the weekend from FIRST_YEAR to LAST_YEAR, under the name of its festival."""
    from holidays import country_holidays

    china = country_holidays("CN", years=range(FIRST_YEAR, LAST_YEAR + 2), language="zh_CN")
    made_up = {}  # make-up working day → the day off that it pays for
    for day, label in china.items():
        for paid in re.findall(r"由 (\d{4}-\d{2}-\d{2}) 调休", label):
            made_up[date.fromisoformat(paid)] = day
    days = []
    for n in range((date(LAST_YEAR + 1, 1, 1) - date(FIRST_YEAR, 1, 1)).days):
        day = date(FIRST_YEAR, 1, 1) + timedelta(days=n)
        works = china.is_working_day(day)
        if not agrees_with_weekend(day, works):
            days.append(ListedDay(day, works, _name(china, made_up.get(day, day))))
    return days


def _name(china: dict[date, str], day: date) -> str:
    """The festivals of the run of days off in which `day` stands."""
    run = [day]
    for step in (-1, 1):
        near = day + timedelta(days=step)
        while near in china or not agrees_with_weekend(near, works=True):
            run.append(near)
            near += timedelta(days=step)
    labels = "".join(china.get(each, "") for each in run).replace("农历除夕", "春节")
    return "、".join(name for name in (*FESTIVALS, "纪念日") if name in labels)


if __name__ == "__main__":
    write_days(SHIPPED / "china.csv", seeded_days())
