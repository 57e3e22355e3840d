"""A census of 69 offices for the e2e tests, each of its phases in another state on 2020-11-05 at 17:00."""

from __future__ import annotations

from pathlib import Path

AS_OF = "2020-11-05T17:00:00+08:00"

STATES = {
    "preparation": "已达标",
    "zoning": "已达标",
    "recruitment": "有逾期",
    "training": "前置工作未完成",
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
