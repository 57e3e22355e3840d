"""The report files that a place's offices send: CSV with Chinese headings, as a user's own would be.

Every file name begins with `synthetic-`, and office figures carry 合成数据 in the evidence column.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl

from deployments.demo.synthetic.chance import between, first_of, uniform
from deployments.demo.synthetic.figures import ordinary
from deployments.demo.synthetic.lists.catalogue import lists_of
from deployments.demo.synthetic.lists.kept import Topic
from deployments.demo.synthetic.place_plans import plan_of
from deployments.demo.synthetic.places import Place, at_level
from deployments.demo.synthetic.register import Ground, ground
from deployments.demo.synthetic.stories import lagging_share, tell
from models.plan.lists import Register
from models.units import LEVEL_ZH, LEVELS, Level

CODE, EVIDENCE = "区划代码", "evidence"
REGISTER_TITLE = "普查小区底册"
_HELPERS = ("name", "areas", "instructors", "township", "county")


@dataclass(frozen=True)
class ReportFile:
    """One file for `pucha report PATH --as-of AS_OF --by AUTHOR`. `title` says in Chinese what it reports.

    register: whose rows it brings (`--register`); None for one of figures.
    """

    path: Path
    as_of: str
    author: str
    title: str
    register: str | None = None


@dataclass(frozen=True)
class _Draft:
    """A report before it is a file: `name` ends the file name, the frame has code and indicator ids."""

    name: str
    title: str
    as_of: str
    frame: pl.DataFrame
    by_id: bool = False
    register: str | None = None


TOPIC_ZH: Mapping[str, str] = {
    "organisation": "机构和人员",
    "safeguards": "监督和保障",
    "funds": "普查经费",
    "materials": "普查物资",
    "meetings": "专题会和汇报",
    "pilots": "综合试点",
    "zoning": "区划绘图",
    "areas": "普查区底册",
    "cleanup": "户口整顿和部门资料",
    "publicity": "普查宣传",
    "recruitment": "两员选聘",
    "training": "两员培训",
    "acceptance": "摸底质量验收",
    "comparison": "部门资料比对",
    "registration": "入户登记准备",
    "own": "本地要求",
}


def write_reports(place: Place, into: Path) -> list[ReportFile]:
    """Write everything that has been reported in `place` by its moment; returns the files, oldest first."""
    into.mkdir(parents=True, exist_ok=True)
    plan = plan_of(place).plan
    titles = {name: i.title for name, i in plan.indicators.items()} | {"code": CODE}
    files = []
    for draft in sorted(drafts(place), key=_sent):
        path = into / f"synthetic-{place.id}-{draft.name}.csv"
        # districts are what a drawing system exports, by indicator id; offices write their own by title
        frame = draft.frame if draft.by_id else draft.frame.rename(titles, strict=False)
        if draft.register is not None:
            frame = _as_written(draft.frame, plan.registers[draft.register])
        frame.write_csv(path, datetime_format="%Y-%m-%d %H:%M")
        files.append(ReportFile(path, draft.as_of, place.office_zh, draft.title, draft.register))
    return files


def _sent(draft: _Draft) -> tuple[datetime, bool, str]:
    """When a report is sent; who attended a course, once it stands there who holds it."""
    return datetime.fromisoformat(draft.as_of), draft.register == "attendance", draft.name


def _as_written(rows: pl.DataFrame, register: Register) -> pl.DataFrame:
    """Rows as an office writes them: titles as header, the titles of values, 是 and 否."""
    cells = []
    for name in rows.columns:
        column, own = register.columns.get(name), pl.col(name)
        if column is not None and column.type == "yes_no":
            own = pl.when(own).then(pl.lit("是")).when(~own).then(pl.lit("否"))
        elif column is not None and column.type == "one_of" and not column.several:
            own = own.replace_strict(dict(column.values), return_dtype=pl.String)
        cells.append(own.alias(CODE if column is None else column.title))
    return rows.select(cells)


def drafts(place: Place) -> Iterator[_Draft]:
    """Every report of `place`, in no particular order."""
    drawn = ground(place)
    for topic, as_of in place.topics.items():
        if topic != "register":
            yield from _topic(place, drawn, topic, as_of)
    if "register" in place.topics:
        register = _register(place, drawn)
        yield _Draft("district-register", REGISTER_TITLE, place.topics["register"], register, by_id=True)
        if place.steps:
            earlier = register.with_columns(dwellings_listed=pl.col("dwellings_listed") * 7 // 10)
            yield _Draft("district-register-earlier", REGISTER_TITLE, place.topics["zoning"], earlier, by_id=True)
        yield from _listing_days(place, register)
    if "registration" in place.topics:
        yield from _registration_days(register)
    if place.id == "shanxi":
        yield from _zoning_weeks(place, drawn)
        yield from _monthly(place, "city", "regular_reports", (date(2020, 7, 25),))
    if place.id == "shihezi":
        yield _broken_off(place)
    if place.id == "tengzhou":
        days = tuple(date(2020, month, 25) for month in (1, 2, 3))
        yield from _monthly(place, "county", "monthly_dispatches", days)


def _topic(place: Place, drawn: Ground, topic: str, as_of: str) -> Iterator[_Draft]:
    """What is reported under a topic: figures, a file a level, and rows, a file a register with those of all levels."""
    kept: dict[str, list[pl.DataFrame]] = {}
    reported = ordinary(place.id, topic)
    for level in LEVELS:
        base = _base(place, drawn, level)
        if base.is_empty():
            continue
        columns = reported.get(level, {})
        figures = {name: pl.lit(value) if isinstance(value, int) else value for name, value in columns.items()}
        changed = tell(place, topic, level, base.with_columns(**figures))
        for register, rows in lists_of(Topic(place, topic, changed, drawn), level):
            kept.setdefault(register, []).append(rows)
        if level in reported:
            yield from _figures(topic, level, as_of, changed, columns)
    for register, parts in kept.items():
        rows = pl.concat(parts, how="diagonal_relaxed")
        yield _Draft(f"{topic}-{register}", f"{TOPIC_ZH[topic]}登记册", as_of, rows, register=register)


def _figures(
    topic: str, level: Level, as_of: str, changed: pl.DataFrame, columns: Mapping[str, object]
) -> Iterator[_Draft]:
    kept = [name for name in changed.columns if name != "code" and (name in columns or not _carried(name))]
    kept = [name for name in kept if not name.startswith("_")]
    if not kept or changed.is_empty():
        return
    frame = changed.select("code", *kept)
    if level != "village":
        frame = frame.with_columns(pl.lit("合成数据").alias(EVIDENCE))
    yield _Draft(f"{topic}-{level}", f"{TOPIC_ZH[topic]}（{LEVEL_ZH[level]}）", as_of, frame)


def _carried(name: str) -> bool:
    """A column that only helped to draw the figures."""
    return name.startswith("_") or name in _HELPERS


def _base(place: Place, drawn: Ground, level: Level) -> pl.DataFrame:
    own = {"village": drawn.villages, "township": drawn.townships, "county": drawn.counties}
    return own[level] if level in own else at_level(place, level).select("code")


def _register(place: Place, drawn: Ground) -> pl.DataFrame:
    """One row a district, eight columns; nine where registration has begun."""
    districts = _listed(place, drawn.districts)
    columns = [
        "code",
        "district_map",
        "buildings",
        "enumerators",
        "enumerator_load",
        "dwellings",
        "dwellings_listed",
        "households_due",
    ]
    districts = districts.with_columns(district_map=pl.lit(1), households_due=(pl.col("dwellings") * 9) // 10)
    if "registration" in place.topics:
        begun = (pl.col("enumerators") > 0) & (uniform(place.seed + 42) < 0.8)
        done = (pl.col("households_due") * (0.04 + 0.2 * uniform(place.seed + 43))).floor().cast(pl.Int64)
        districts = districts.with_columns(households_registered=pl.when(begun).then(done).otherwise(0))
        columns.append("households_registered")
    return districts.select(columns)


def _listed(place: Place, districts: pl.DataFrame) -> pl.DataFrame:
    """Add dwellings_listed: all where there is an enumerator in Shihezi, all but a few in Qianjiang, city by city in Hebei."""
    if place.id == "hebei":
        lags = lagging_share(place, at_level(place, "city"))
        city = pl.col("code").str.head(4)
        # one township in three carries what its city is behind
        late = pl.col("township").str.slice(6, 3).cast(pl.Int64) % 3 == 0
        share = pl.when(late).then(3 * pl.col("_lag")).otherwise(0.0)
        districts = (
            districts.with_columns(_city=city)
            .join(lags, left_on="_city", right_on="code", how="left", maintain_order="left")
            .with_columns(_share=share)
        )
    else:
        districts = districts.with_columns(_share=pl.lit(0.06 if place.id == "qianjiang" else 0.0))
    part = 0.3 + 0.6 * uniform(place.seed + 40)
    unfinished = uniform(place.seed + 41) < pl.col("_share")
    partly = (pl.col("dwellings") * part).floor().cast(pl.Int64)
    if place.id == "shihezi":  # how far the listing came is not told: the text breaks off before it
        unfinished = pl.col("enumerators") < 1
    listed = pl.when(unfinished).then(partly).otherwise(pl.col("dwellings"))
    return districts.with_columns(dwellings_listed=listed)


def _listing_days(place: Place, register: pl.DataFrame) -> Iterator[_Draft]:
    """摸底日报: one file a day from 11 October, until the moment of the place or the end of the month."""
    totals = _by_township(register, "dwellings_listed")
    last = min(datetime.fromisoformat(place.as_of).date(), date(2020, 10, 31))
    days = (last - date(2020, 10, 11)).days + 1
    pace = 0.8 + 0.4 * uniform(place.seed + 44)
    for number in range(1, days + 1):
        day = date(2020, 10, 10) + timedelta(days=number)
        share = (pl.lit(number / days) ** pace).clip(upper_bound=1.0)
        done = totals.select("code", listing_reported=(pl.col("total") * share).floor().cast(pl.Int64))
        if place.id == "hebei" and number == days:
            done = done.filter(uniform(place.seed + 45) > 0.02)  # some have not sent the last day's by 17:00
        yield _Draft(f"listing-{day}", f"摸底日报 {day.month}月{day.day}日", _moment(day, "16:30"), done)
    if "registration" in place.topics:
        # the phase ends at midnight, and with it the time in which its last report is due
        done = totals.select("code", listing_reported="total")
        yield _Draft("listing-last", "摸底末次报告", _moment(last, "20:00"), done)


def _registration_days(register: pl.DataFrame) -> Iterator[_Draft]:
    """登记进度报告: before each cut-off, at 09:00 and 17:00, up to the moment of the place."""
    totals = _by_township(register, "households_registered")
    for day, clock, part in ((1, "08:30", 0.1), (1, "16:30", 0.45), (2, "08:30", 0.6), (2, "16:30", 1.0)):
        done = totals.select("code", registration_reported=(pl.col("total") * part).floor().cast(pl.Int64))
        name = f"registration-2020-11-0{day}-{clock.replace(':', '')}"
        yield _Draft(name, f"登记进度报告 11月{day}日{clock}", _moment(date(2020, 11, day), clock), done)


def _by_township(register: pl.DataFrame, column: str) -> pl.DataFrame:
    code = pl.col("code").str.head(9).alias("code")
    return register.group_by(code, maintain_order=True).agg(total=pl.col(column).sum()).sort("code")


def _zoning_weeks(place: Place, drawn: Ground) -> Iterator[_Draft]:
    """区划绘图周报 of every county from the first week of April; three are missing in the last one."""
    first, weeks = date(2020, 4, 3), 18
    for number in range(1, weeks + 1):
        day = first + timedelta(weeks=number - 1)
        done = (pl.col("_areas") * (0.93 * number / weeks)).floor().cast(pl.Int64)
        frame = drawn.counties.select("code", zoning_weekly=done)
        if number == weeks:
            frame = frame.filter(~first_of(pl.lit(True), 3, place.seed + 46))
        title = f"区划绘图周报 {day.month}月{day.day}日"
        yield _Draft(f"zoning-week-{day}", title, _moment(day, "16:30"), frame)


def _monthly(place: Place, level: Level, indicator: str, days: tuple[date, ...]) -> Iterator[_Draft]:
    for day in days:
        frame = at_level(place, level).filter(pl.col("code").str.starts_with(place.unit)).select("code")
        frame = frame.with_columns(between(1, 1, place.seed).alias(indicator))
        yield _Draft(f"monthly-{day:%Y-%m}", f"{day.month}月工作情况", _moment(day, "16:30"), frame)


def _broken_off(place: Place) -> _Draft:
    """The document breaks off where it comes to the listing: a statement without a figure."""
    said = {"code": [place.unit], "listing_stated": [None], EVIDENCE: ["原文至摸底部分中断"]}
    frame = pl.DataFrame(said, schema={"code": pl.String, "listing_stated": pl.Int64, EVIDENCE: pl.String})
    return _Draft("own-broken-off", "汇报摸底部分", place.topics["own"], frame)


def _moment(day: date, clock: str) -> str:
    return f"{day.isoformat()}T{clock}:00+08:00"
