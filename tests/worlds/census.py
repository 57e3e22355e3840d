"""A census of 69 offices for the e2e tests, each of its phases in another state on 2020-11-05 at 17:00."""

from __future__ import annotations

from pathlib import Path

AS_OF = "2020-11-05T17:00:00+08:00"

PLAN = """
census: trial
title: 试验普查
standard_time: 2020-11-01T00:00:00+08:00
indicators:
  funds: {title: 到位经费, level: county, unit: yuan, roll_up: sum, rank: true}
  maps: {title: 小区图, level: township, roll_up: sum}
  staff: {title: 两员人数, level: township, unit: persons, roll_up: sum}
  trained: {title: 已培训, level: township, unit: persons, roll_up: sum}
  listed: {title: 已摸底, level: township, roll_up: sum}
  registered: {title: 已登记, level: township, roll_up: sum}
  problems: {title: 未办结问题, level: township, roll_up: sum}
  notices: {title: 公告, level: township, roll_up: sum}
ladders:
  standard:
    - {id: remind-1, at: -1d, to: [unit.owner]}
    - {id: overdue, at: +0d, to: [unit.owner]}
    - {id: superior, at: +1wd, to: [superior.owner]}
phases:
  - {id: preparation, title: 普查准备, starts: T-200d, ends: T-88d, requirements: [
      {id: funds, no: 1, title: 经费到位, judged_at: county, met_when: "funds >= 1", due: T-88d, ladder: standard}]}
  - {id: zoning, title: 区划绘图, starts: T-200d, ends: T-62d, after: [preparation], requirements: [
      {id: maps, no: 2, title: 小区图齐全, judged_at: township, met_when: "maps >= 1", due: T-62d, ladder: standard}]}
  - {id: recruitment, title: 两员选聘, starts: T-120d, ends: T-73d, after: [zoning], requirements: [
      {id: staff, no: 14, title: 两员不少于10人, judged_at: township, met_when: "staff >= 10", due: T-73d, ladder: standard}]}
  - {id: training, title: 两员培训, starts: T-43d, ends: T-22d, after: [recruitment], requirements: [
      {id: trained, no: 15, title: 两员全部培训, judged_at: township, met_when: "trained >= staff", due: T-22d, ladder: standard}]}
  - {id: listing, title: 摸底, starts: T-21d, ends: T-1d, after: [zoning], requirements: [
      {id: listed, no: 16, title: 摸底完成, judged_at: township, met_when: "listed >= 1", due: T-1d, ladder: standard}]}
  - {id: registration, title: 入户登记, starts: T-0d, ends: T+14d, after: [listing], requirements: [
      {id: registered, no: 20, title: 登记完成, judged_at: township, met_when: "registered >= 100", due: T+14d, ladder: standard}]}
  - {id: recheck, title: 比对复查, starts: T+15d, ends: T+39d, requirements: [
      {id: closed, no: 30, title: 问题办结, judged_at: township, met_when: "problems = 0", due: T+39d, ladder: standard}]}
  - {id: publicity, title: 普查宣传, starts: T-42d, ends: T+39d, requirements: [
      {id: notices, no: 8, title: 公告张贴, judged_at: township, met_when: "notices >= 1", due: T-2d, ladder: standard}]}
"""

STATES = {
    "preparation": "已达标",
    "zoning": "已达标",
    "recruitment": "有逾期",
    "training": "未就绪",
    "listing": "已达标",
    "registration": "进行中",
    "recheck": "未开始",
    "publicity": "有逾期",
}
SHORT_OF_STAFF = "990101001"


def townships() -> list[str]:
    return [
        f"99{city:02d}{county:02d}{number:03d}" for city in (1, 2) for county in (1, 2, 3) for number in range(1, 11)
    ]


def write_units(folder: Path) -> Path:
    """One province, two cities, six counties, sixty townships."""
    rows = ["99,试验省", "9901,甲市", "9902,乙市"]
    for city, name in (("9901", "甲"), ("9902", "乙")):
        rows += [f"{city}{county:02d},{name}{'一二三'[county - 1]}县" for county in (1, 2, 3)]
    rows += [f"{code},第{place}乡" for place, code in enumerate(townships(), start=1)]
    file = folder / "units.csv"
    file.write_text("code,name\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return file


def write_reports(folder: Path) -> list[Path]:
    """What the offices reported: one township is short of staff, nobody has posted a notice yet."""
    counties = sorted({code[:6] for code in townships()})
    funds = folder / "funds.csv"
    funds.write_text("code,funds\n" + "".join(f"{code},100000\n" for code in counties), encoding="utf-8")
    progress = folder / "progress.csv"
    rows = "".join(
        f"{code},1,{5 if code == SHORT_OF_STAFF else 12},{5 if code == SHORT_OF_STAFF else 12},1,{40 + place},0\n"
        for place, code in enumerate(townships())
    )
    progress.write_text("code,maps,staff,trained,listed,registered,notices\n" + rows, encoding="utf-8")
    return [funds, progress]
