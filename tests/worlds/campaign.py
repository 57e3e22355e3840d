"""A small campaign for tests: one province, one city, two counties, four townships, and somebody to tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from models.moments import read_moment
from models.plan.files import read_plan_files
from tasks.campaign.settings import Settings
from tasks.campaign.store import Store, open_store
from tasks.chasing.passes import Owed, owe
from tasks.delivery.deliver import deliver
from tasks.delivery.passes import Delivered
from tasks.loading.load import Files, load

UNITS = """code,name
99,试验省
9901,试验市
990101,甲县
990102,乙县
990101001,甲一镇
990101002,甲二乡
990102001,乙一镇
990102002,乙二街道
"""

PLAN = """
census: trial
title: 试验普查
standard_time: 2020-11-01T00:00:00+08:00
indicators:
  funds_arrived: {title: 到位经费, level: county, unit: yuan, roll_up: sum, rank: true}
  population: {title: 户籍人口, level: county, unit: persons, roll_up: sum}
  staff: {title: 两员人数, level: township, unit: persons, roll_up: sum, min: 0}
  maps: {title: 小区图, level: township, roll_up: sum, min: 0}
ladders:
  standard:
    - {id: remind-7, at: -7d, to: [unit.owner]}
    - {id: remind-1, at: -1d, to: [unit.owner, unit.leader]}
    - {id: overdue, at: +0d, to: [unit.owner, unit.leader]}
    - {id: superior, at: +1wd, to: [superior.owner]}
phases:
  - id: preparation
    title: 普查准备
    starts: T-200d
    ends: T-88d
    requirements:
      - {id: funds, no: 1, title: 人均经费不低于10元, judged_at: county, met_when: "funds_arrived / population >= 10", due: 2020-08-05, ladder: standard}
  - id: recruitment
    title: 两员选聘
    starts: T-120d
    ends: T-73d
    after: [preparation]
    requirements:
      - {id: staff, no: 14, title: 两员不少于10人, judged_at: township, met_when: "staff >= 10", due: T-73d, ladder: standard}
"""

ALWAYS = PLAN.replace("    requirements:", "    hours: always\n    requirements:")
"""The same plan with a duty roster round the clock."""


def at(text: str) -> datetime:
    """A moment in the plan's zone."""
    from pendulum import timezone

    return read_moment(text, timezone("Asia/Shanghai"))


@dataclass
class Campaign:
    """A loaded campaign whose clock the test sets."""

    store: Store
    settings: Settings
    folder: Path

    def report(self, rows: str, as_of: str, author: str = "试验") -> None:
        """Take in a CSV report through the product's own intake."""
        from tasks.intake.intake import take_in

        file = self.folder / f"report-{abs(hash((rows, as_of)))}.csv"
        file.write_text(rows, encoding="utf-8")
        take_in(self.store, file, at(as_of), author, at(as_of))

    def owe(self, moment: str, scope: str | None = None) -> Owed:
        return owe(self.store, scope, at(moment))

    def watch(self, moment: str, scope: str | None = None) -> tuple[Owed, Delivered]:
        """One whole pass at a moment."""
        owed = self.owe(moment, scope)
        return owed, deliver(self.store, self.settings, lambda: at(moment))


def make_campaign(
    folder: Path,
    database_url: str | None = None,
    *,
    plan: str = PLAN,
    units: str = UNITS,
    contacts: str | None = None,
    **settings: object,
) -> Campaign:
    """Load a campaign from texts. `contacts` is the CSV's body after the header."""
    (folder / "plan.yaml").write_text(plan, encoding="utf-8")
    (folder / "units.csv").write_text(units, encoding="utf-8")
    chosen = Settings(home=folder / "home", database_url=database_url, _env_file=None, **settings)  # type: ignore[call-arg, arg-type]
    store = open_store(chosen, create=True)
    people = None
    if contacts is not None:
        people = folder / "contacts.csv"
        people.write_text("unit,role,name,channel\n" + contacts, encoding="utf-8")
    load(
        store,
        Files(plan=read_plan_files(folder / "plan.yaml"), units=folder / "units.csv", contacts=people),
        at("2020-04-01T09:00"),
    )
    return Campaign(store, chosen, folder)


def everybody(url: str) -> str:
    """An owner and a leader in every office of the small campaign, each at a path of their own."""
    codes = [line.split(",")[0] for line in UNITS.strip().splitlines()[1:]]
    return "".join(
        f"{code},{role},{role}{code},{url}/{code}/{role}\n" for code in codes for role in ("owner", "leader")
    )
