"""The lists that a place's offices keep, row by row: drawn so that they add up to the totals of its story.

A list takes the frame of one topic and level (code, sums beginning with "_", the story's figures) and makes rows of it, in
the ids of the plan's register.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl

from deployments.demo.synthetic.places import Place
from models.units import Level

Rows = Callable[[Place, pl.DataFrame], pl.DataFrame]
MARK = pl.lit("合成数据").alias("note")
_STREET = pl.col("code").str.slice(6, 1) == "0"


@dataclass(frozen=True)
class Kept:
    """Rows of one register, as one office's file has them."""

    register: str
    rows: Rows


def lists_of(place: Place, topic: str, level: Level, frame: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    """Each register that offices of a level report under a topic, with its rows."""
    for kept in (*LISTS.get((topic, level), ()), *_OWN.get((place.id, topic, level), ())):
        rows = kept.rows(place, frame)
        if rows.height:
            yield kept.register, rows.with_columns(MARK)


def _formed(place: Place) -> date:
    """When a place's offices were formed: a few weeks before its document reports them."""
    return datetime.fromisoformat(place.topics["organisation"]).date() - timedelta(days=21)


def _day(place: Place, topic: str, days: int) -> pl.Expr:
    """A day so many days before a topic was reported."""
    return pl.lit(datetime.fromisoformat(place.topics[topic]).date() - timedelta(days=days))


def _each(frame: pl.DataFrame, column: str, values: Mapping[str, Mapping[str, object]]) -> pl.DataFrame:
    """Every office with one row a value, and the cells that go with it."""
    table = pl.DataFrame([{column: value, **cells} for value, cells in values.items()])
    return frame.select("code").join(table, how="cross")


# ---- bodies, departments, papers, meetings


def _bodies(place: Place, frame: pl.DataFrame) -> pl.DataFrame:
    formed = _formed(place)
    kinds = ("group", "office", "section") if frame["code"].str.len_chars().max() != 9 else ("group", "office")
    rows = _each(frame, "kind", {kind: {"formed": formed} for kind in kinds})
    if place.id == "shihezi":  # 20个乡级单位都设立了内设组
        rows = _each(frame, "kind", {kind: {"formed": formed} for kind in ("group", "office", "section")})
    of_township = pl.when(_STREET).then(pl.lit("both")).otherwise(pl.lit("head"))
    post = pl.when(pl.col("code").str.len_chars() == 9).then(of_township).otherwise(pl.lit("executive-deputy"))
    group = pl.col("kind") == "group"
    rows = rows.with_columns(head_post=pl.when(group).then(post), in_key_work=pl.when(group).then(True))
    if place.id == "qianjiang":
        county = group & (pl.col("code").str.len_chars() == 6)
        rows = rows.with_columns(deputies=pl.when(county).then(pl.lit("统计、政府办、宣传、公安")))
    if "_office_rooms" not in frame.columns:
        return rows
    of_office = frame.select("code", kind=pl.lit("office"), staff="_office_staff", rooms="_office_rooms")
    housed = rows.join(of_office, on=["code", "kind"], how="left", maintain_order="left")
    ready = pl.when(pl.col("rooms") >= 1).then(True)
    return housed.with_columns(posted=ready, equipped=ready)


def _village_groups(place: Place, frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select("code", kind=pl.lit("village"), formed=pl.lit(_formed(place)))


def _quality(place: Place, frame: pl.DataFrame) -> pl.DataFrame:
    """The quality group, and the day on which the office told where wrongs are reported."""
    group = frame.select("code", kind=pl.lit("quality"), formed=_day(place, "safeguards", 30))
    hotline = frame.select("code", kind=pl.lit("office"), hotline=_day(place, "safeguards", 30))
    return pl.concat([group, hotline], how="diagonal")


_MEMBERS = (
    "police",
    "health",
    "civil",
    "education",
    "housing",
    "finance",
    "hr",
    "publicity",
    "religion",
    "industry",
    "statistics",
    "government-office",
    "natural-resources",
    "justice",
    "transport",
    "agriculture",
)


def _departments(place: Place, frame: pl.DataFrame) -> pl.DataFrame:
    return _each(frame, "department", {one: {"duties_issued": _formed(place)} for one in _MEMBERS})


def _papers(kinds: tuple[str, ...], topic: str) -> Rows:
    def rows(place: Place, frame: pl.DataFrame) -> pl.DataFrame:
        issued = datetime.fromisoformat(place.topics[topic]).date() - timedelta(days=14)
        return _each(frame, "kind", {kind: {"issued": issued} for kind in kinds})

    return rows


def _office_papers(place: Place, frame: pl.DataFrame) -> pl.DataFrame:
    if place.id == "tengzhou":  # 滕政发〔2020〕7号: the leading group and the departments' duties
        return frame.select(
            "code", kind=pl.lit("division"), number=pl.lit("滕政发〔2020〕7号"), issued=_day(place, "own", 20)
        )
    return _papers(("division", "office-rules", "members", "schedule", "risk-plan"), "organisation")(place, frame)


def _joint_funds(place: Place, frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select("code", kind=pl.lit("funds-joint"), issued=_day(place, "own", 30), jointly=pl.lit("财政、人社"))


def _meetings(place: Place, frame: pl.DataFrame) -> pl.DataFrame:
    """Special meetings and reports heard, as many as the story has, days apart."""
    counts = frame.unpivot(["_special", "_heard"], index="code", variable_name="kind", value_name="_count")
    each = counts.select("code", "kind", _place=pl.int_ranges(0, pl.col("_count"))).explode(
        "_place", empty_as_null=False
    )
    last = datetime.fromisoformat(place.topics["meetings"]).replace(hour=9, minute=0)
    special = pl.col("kind") == "_special"
    return each.select(
        "code",
        meeting=pl.format(
            "{}-{}", pl.when(special).then(pl.lit("专题会")).otherwise(pl.lit("听取汇报")), pl.col("_place") + 1
        ),
        kind=pl.when(special).then(pl.lit("special")).otherwise(pl.lit("report-heard")),
        held=pl.lit(last.replace(tzinfo=None)) - pl.duration(days=1 + 4 * pl.col("_place")),
        law_first=pl.lit(True),
    ).sort("code", "meeting")


def _dispatch(_place: Place, frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select("code", meeting=pl.lit("调度会-1"), kind=pl.lit("dispatch"), held=pl.datetime(2020, 10, 20, 9))


# ---- funds, materials, contractors, risks


def _funds(place: Place, frame: pl.DataFrame) -> pl.DataFrame:
    """Every entry as far as it has come: what has arrived, by category, what is approved, what is but budgeted."""
    budgeted, approved, arrived, allowance = (
        pl.col(f"_{name}") for name in ("budgeted", "approved", "arrived", "allowance")
    )
    entries = {
        "第1笔": ("allowance", "arrived", allowance),
        "第2笔": ("office", "arrived", arrived - allowance),
        "第3笔": ("office", "approved", approved - arrived),
        "第4笔": ("office", "filed", budgeted - approved),
    }
    rows = [
        frame.select(
            "code",
            entry=pl.lit(entry),
            category=pl.lit(category),
            amount=amount.cast(pl.Int64),
            year=pl.lit(2020),
            stage=pl.lit(stage),
            day=_day(place, "funds", 15),
            approved=_day(place, "funds", 30) if stage in ("approved", "arrived") else pl.lit(None, pl.Date),
        )
        for entry, (category, stage, amount) in entries.items()
    ]
    return pl.concat(rows).filter(pl.col("amount") > 0).sort("code", maintain_order=True)


def _funds_above(amount: int) -> Rows:
    def rows(place: Place, frame: pl.DataFrame) -> pl.DataFrame:
        years = {"2019": amount // 4, "2020": amount // 2, "2021": amount - amount // 4 - amount // 2}
        entries = {
            year: {"category": "office", "amount": part, "year": int(year), "stage": "arrived"}
            for year, part in years.items()
        }
        return _each(frame, "entry", entries).with_columns(
            day=_day(place, "funds", 15), approved=_day(place, "funds", 30)
        )

    return rows


def _materials(_place: Place, frame: pl.DataFrame) -> pl.DataFrame:
    rows = [
        frame.select(
            "code",
            item=pl.lit(item),
            **{name: pl.col(f"_{item}_{name}").cast(pl.Int64) for name in ("needed", "arrived", "issued")},
        )
        for item in ("device", "kit")
    ]
    return pl.concat(rows).sort("code", maintain_order=True)


_PRINTS = {"notice": 3_645, "poster": 4_284, "letter": 173_000, "leaflet": 151_500}
_SCHOOLS = {"school-notice": 281, "school-poster": 217, "school-letter": 25_000, "school-leaflet": 25_000}


def _shihezi_prints(_place: Place, frame: pl.DataFrame) -> pl.DataFrame:
    """Exactly what the document counts: for townships, for 32 schools, and bags for the service centre."""
    handed = [
        *((item, count, "乡镇（街道）") for item, count in _PRINTS.items()),
        *((item, count, "学校") for item, count in _SCHOOLS.items()),
        ("bag", 1_000, "政务服务中心"),
    ]
    table = pl.DataFrame(
        [{"item": item, "needed": n, "arrived": n, "issued": n, "issued_to": to} for item, n, to in handed]
    )
    return frame.select("code").join(table, how="cross")


def _risks(_place: Place, frame: pl.DataFrame) -> pl.DataFrame:
    kinds = ("epidemic", "opinion", "data-loss", "program")
    return _each(frame, "kind", {kind: {"plan": "合成预案〔2020〕1号"} for kind in kinds})


def _contractor(_place: Place, frame: pl.DataFrame) -> pl.DataFrame:
    clauses = {name: pl.lit(True) for name in ("secrecy", "deletion", "no_subcontract", "joint_team")}
    return frame.select(
        "code",
        contractor=pl.lit("承包-1"),
        consent=pl.lit("合成〔2020〕1号"),
        items=pl.lit("13-16"),
        tendered=pl.lit(date(2020, 7, 20)),
        contracted=pl.lit(date(2020, 8, 10)),
        **clauses,
        ends=pl.lit(date(2020, 12, 31)),
    )


def _roster(_place: Place, frame: pl.DataFrame) -> pl.DataFrame:
    """Shifts of a day and a night from the first day of listing to the last of registration, two seats in turn."""
    number = pl.int_range(0, 72, eager=True).alias("_shift").to_frame()
    first = pl.datetime(2020, 10, 11)
    return (
        frame.select("code")
        .join(number, how="cross")
        .select(
            "code",
            starts=first + pl.duration(hours=12 * pl.col("_shift")),
            ends=first + pl.duration(hours=12 * pl.col("_shift") + 12),
            seat=pl.col("_shift") % 2 + 1,
        )
    )


# ---- pilots, handovers, publicity, special sites


def _sites(_place: Place, frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(
        "code",
        round=pl.lit("省级试点"),
        kind=pl.lit("province"),
        starts=pl.lit(date(2020, 6, 11)),
        ends=pl.lit(date(2020, 7, 15)),
    )


def _cloud_pilot(_place: Place, frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(
        "code",
        round=pl.lit("第四轮"),
        kind=pl.lit("cloud"),
        starts=pl.lit(date(2020, 8, 11)),
        ends=pl.lit(date(2020, 8, 31)),
        staff=pl.lit(60),
    )


def _pilot_problems(_place: Place, frame: pl.DataFrame) -> pl.DataFrame:
    each = frame.select("code", row=pl.int_ranges(1, pl.col("_problems") + 1)).explode("row", empty_as_null=False)
    return each.select("code", round=pl.lit("市级试点"), row="row", stage=pl.lit("listing"), state=pl.lit("in-field"))


_DATASETS = {"register": "police", "births": "health", "deaths": "civil", "religion": "religion"}


def _handovers(_place: Place, frame: pl.DataFrame) -> pl.DataFrame:
    cells = {dataset: {"department": department, "state": "delivered"} for dataset, department in _DATASETS.items()}
    return _each(frame, "dataset", cells).with_columns(due=pl.lit(date(2020, 9, 30)))


def _opening(_place: Place, frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(
        "code",
        carrier=pl.lit("opening"),
        stage=pl.lit("before"),
        planned=pl.lit(1),
        done=pl.lit(1),
        day=pl.lit(date(2020, 9, 20)),
    )


def _letters(_place: Place, frame: pl.DataFrame) -> pl.DataFrame:
    """Letters to every dwelling, and the notice in every village."""
    rows = [
        frame.select("code", carrier=pl.lit(carrier), stage=pl.lit("before"), planned=pl.col(count), done=pl.col(count))
        for carrier, count in (("letter", "_letters"), ("notice", "_villages"))
    ]
    return pl.concat(rows).sort("code", maintain_order=True)


def _schools(_place: Place, frame: pl.DataFrame) -> pl.DataFrame:
    """Prints for 32 schools, as the document counts them."""
    return frame.select(
        "code", carrier=pl.lit("school-lesson"), stage=pl.lit("before"), planned=pl.lit(32), done=pl.lit(32)
    )


def _carriers(day: date, **done: int) -> Rows:
    """Activities of an office itself, by carrier, as many as were planned."""

    def rows(_place: Place, frame: pl.DataFrame) -> pl.DataFrame:
        cells = {name.replace("_", "-"): {"planned": many, "done": many} for name, many in done.items()}
        return _each(frame, "carrier", cells).with_columns(stage=pl.lit("before"), day=pl.lit(day))

    return rows


def _meeting(number: str, kind: str, day: tuple[int, int, int]) -> Rows:
    def rows(_place: Place, frame: pl.DataFrame) -> pl.DataFrame:
        return frame.select(
            "code", meeting=pl.lit(number), kind=pl.lit(kind), held=pl.datetime(*day, 9), law_first=pl.lit(True)
        )

    return rows


def _leaders(place: Place, frame: pl.DataFrame) -> pl.DataFrame:
    held = datetime.fromisoformat(place.topics["training"]).replace(hour=9, minute=0, tzinfo=None) - timedelta(days=38)
    return frame.select("code", meeting=pl.lit("负责人培训"), kind=pl.lit("leaders-training"), held=pl.lit(held))


def _website(_place: Place, frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(
        "code",
        carrier=pl.lit("website"),
        stage=pl.lit("before"),
        planned=pl.lit(1),
        done=pl.lit(1),
        day=pl.lit(date(2020, 4, 16)),
    )


def _special_sites(_place: Place, frame: pl.DataFrame) -> pl.DataFrame:
    kinds = {"prison": "监狱", "detention": "看守所", "rehab": "戒毒所", "college": "高校", "nursing": "养老机构"}
    sites = {f"{title}-1": {"kind": kind, "state": "registered"} for kind, title in kinds.items()}
    return _each(frame, "site", sites).with_columns(due=pl.lit(date(2020, 10, 30)))


# ---- staff, reviews, sessions, attendance


def _persons(frame: pl.DataFrame, count: str) -> pl.DataFrame:
    """One row a person of every township, numbered from 1: code, _person."""
    each = frame.select("code", "_instructors", _person=pl.int_ranges(1, pl.col(count) + 1))
    return each.explode("_person", empty_as_null=False)


def _number(name: str = "_person") -> pl.Expr:
    """A number that the office gives out; no person's."""
    return pl.format("{}-{}", pl.col("code").str.tail(3), name)


def _staff(place: Place, frame: pl.DataFrame) -> pl.DataFrame:
    """Those in place, with what each of them has; then those who left, some of whom were replaced."""
    instructs = pl.col("_person") <= pl.col("_instructors")
    certified = _day(place, "training", 3) if "training" in place.topics else pl.lit(None, pl.Date)
    dates = {
        "registered": _day(place, "recruitment", 40),
        "assigned": _day(place, "recruitment", 30),
        "insured": _day(place, "recruitment", 28),
        "pledged": _day(place, "recruitment", 28),
        "certified": certified,
    }
    role = pl.when(instructs).then(pl.lit("instructor")).otherwise(pl.lit("enumerator"))
    gone_of = frame.select("code", _first=pl.col("_staff"), _gone="_left", _again="_replaced", _cadres="_cadres")
    there = _persons(frame, "_staff").join(gone_of, on="code", how="left", maintain_order="left")
    # the last of those in place came for those who left
    heir = pl.col("_person") - (pl.col("_first") - pl.col("_again"))
    replaced = pl.when(heir >= 1).then(pl.format("{}-{}", pl.col("code").str.tail(3), pl.col("_first") + heir))
    cadre = (
        pl.when(pl.col("_person") <= pl.col("_cadres")).then(True)
        if place.id == "qianjiang"
        else pl.lit(None, pl.Boolean)
    )
    present = there.select(
        "code", staff=_number(), role=role, cadre=cadre, **dates, departed=pl.lit(None, pl.Date), replaces=replaced
    )
    left = gone_of.select("code", "_first", _person=pl.int_ranges(1, pl.col("_gone") + 1)).explode(
        "_person", empty_as_null=False
    )
    left = left.with_columns(_person=pl.col("_person") + pl.col("_first"))
    nothing = {name: pl.lit(None, pl.Date) for name in ("insured", "pledged", "certified")}
    former = left.select(
        "code",
        staff=_number(),
        role=pl.lit("enumerator"),
        cadre=pl.lit(None, pl.Boolean),
        registered=dates["registered"],
        assigned=dates["assigned"],
        **nothing,
        departed=_day(place, "recruitment", 10),
        replaces=pl.lit(None, pl.String),
    )
    return pl.concat([present, former])


def _reviews(place: Place, frame: pl.DataFrame) -> pl.DataFrame:
    reviews = ("first", "second", "third", "final")
    return _each(frame, "review", {one: {} for one in reviews}).with_columns(passed=_day(place, "recruitment", 45))


def _sessions(place: Place, frame: pl.DataFrame) -> pl.DataFrame:
    """Trainers, then instructors, then enumerators; leaders on quality and risk."""
    held = {
        "师资班": ("trainers", 40),
        "指导员班": ("instructors", 35),
        "普查员班": ("enumerators", 25),
        "领导班": ("leaders", 38),
    } | ({"区划绘图班": ("zoning", 75)} if place.id == "shihezi" else {})
    rows = [
        frame.select(
            "code",
            session=pl.lit(name),
            audience=pl.lit(audience),
            form=pl.lit("central"),
            day=_day(place, "training", days),
            seats=pl.lit(50, pl.Int64) if audience in ("trainers", "leaders", "zoning") else pl.col("_staff"),
            hours=pl.lit(8),
            law_first=pl.lit(True),
            quality_and_risk=pl.lit(audience == "leaders"),
        )
        for name, (audience, days) in held.items()
    ]
    return pl.concat(rows).sort("code", maintain_order=True)


def _attendance(_place: Place, frame: pl.DataFrame) -> pl.DataFrame:
    """Everybody once, and as many a second time as the person-times say."""
    once = _persons(frame, "_staff").select("code", session=pl.lit("普查员班"), staff=_number())
    again = frame.with_columns(_again=pl.col("_attendances") - pl.col("_staff"))
    twice = _persons(again, "_again").select("code", session=pl.lit("摸底实操班"), staff=_number())
    return pl.concat([once, twice]).with_columns(passed=pl.lit(True))


LISTS: Mapping[tuple[str, Level], tuple[Kept, ...]] = {
    ("organisation", "province"): (Kept("bodies", _bodies),),
    ("organisation", "city"): (Kept("bodies", _bodies),),
    ("organisation", "county"): (
        Kept("bodies", _bodies),
        Kept("departments", _departments),
        Kept("papers", _office_papers),
    ),
    ("organisation", "township"): (Kept("bodies", _bodies),),
    ("organisation", "village"): (Kept("bodies", _village_groups),),
    ("safeguards", "province"): (Kept("risks", _risks),),
    ("safeguards", "city"): (Kept("risks", _risks),),
    ("safeguards", "county"): (Kept("bodies", _quality), Kept("risks", _risks), Kept("roster", _roster)),
    ("funds", "province"): (Kept("funds", _funds_above(90_000_000)),),
    ("funds", "city"): (Kept("funds", _funds_above(6_000_000)),),
    ("funds", "county"): (Kept("funds", _funds),),
    ("materials", "county"): (Kept("materials", _materials),),
    ("meetings", "city"): (Kept("meetings", _meetings),),
    ("meetings", "county"): (Kept("meetings", _meetings),),
    ("pilots", "province"): (Kept("sites", _sites),),
    ("pilots", "city"): (Kept("site_problems", _pilot_problems),),
    ("cleanup", "county"): (Kept("handovers", _handovers),),
    ("publicity", "county"): (Kept("papers", _papers(("publicity-plan",), "publicity")), Kept("publicity", _opening)),
    ("publicity", "township"): (Kept("publicity", _letters),),
    ("recruitment", "township"): (Kept("staff", _staff),),
    ("training", "county"): (Kept("sessions", _sessions),),
    ("training", "township"): (Kept("attendance", _attendance),),
    ("registration", "county"): (Kept("special_sites", _special_sites),),
}
"""What every place's offices keep, by topic and level."""

_SIX_GROUPS = ("students", "park-workers", "boarding-pupils", "site-workers", "long-patients", "nursing-residents")
_OWN: Mapping[tuple[str, str, Level], tuple[Kept, ...]] = {
    ("shanxi", "own", "province"): (
        Kept("papers", _papers(("work-plan", "office-rules", "schedule", "division"), "own")),
        Kept("papers", _joint_funds),
    ),
    ("hebei", "own", "city"): (Kept("meetings", _dispatch),),
    ("hebei", "own", "county"): (Kept("papers", _papers(("quality-plan",), "own")),),
    ("shihezi", "safeguards", "county"): (Kept("contractors", _contractor),),
    ("shihezi", "materials", "county"): (Kept("materials", _shihezi_prints),),
    ("shihezi", "pilots", "county"): (Kept("sites", _cloud_pilot),),
    ("shihezi", "own", "county"): (
        Kept("papers", _papers(_SIX_GROUPS, "own")),
        Kept("publicity", _schools),
        Kept("publicity", _carriers(date(2020, 9, 20), website=1, open_day=5)),
    ),
    ("qianjiang", "own", "county"): (
        Kept("papers", _papers(("assessment-rule",), "own")),
        Kept("meetings", _meeting("学习-1", "study", (2020, 7, 20))),
        Kept("publicity", _carriers(date(2020, 10, 12), school_lesson=1, landlord=1)),
    ),
    ("qianjiang", "own", "township"): (
        Kept("reviews", _reviews),
        Kept("meetings", _leaders),
        Kept("publicity", _carriers(date(2020, 10, 12), car=1, broadcast=1, rhyme=1)),
    ),
    ("tengzhou", "own", "county"): (
        Kept("papers", _papers(("work-plan",), "own")),
        Kept("publicity", _website),
        Kept("meetings", _meeting("成员会-1", "members", (2020, 4, 10))),
    ),
}
"""What only this place's document tells of."""
