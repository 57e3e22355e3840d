"""Rows of what offices prepare: bodies, departments, papers, meetings, pilots, risks, requests, publicity."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

import polars as pl

from deployments.demo.synthetic.chance import first_of
from deployments.demo.synthetic.lists.kept import DOCUMENT, IS_STREET, SYNTHETIC, Rows, Topic

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
_DATASETS = {"register": "police", "births": "health", "deaths": "civil", "religion": "religion"}
_FORMED = 21
"""Days before a place reports its offices, and they were formed."""


# ---- bodies, departments, papers


def bodies(topic: Topic) -> pl.DataFrame:
    """Group, office and sections of every office; townships have no sections, but for the regiments' city, which says so."""
    township = topic.frame["code"].str.len_chars().max() == 9
    kinds = ("group", "office") if township and topic.place.id != "shihezi" else ("group", "office", "section")
    rows = topic.each("kind", {kind: {"formed": topic.on(_FORMED)} for kind in kinds})
    of_township = pl.when(IS_STREET).then(pl.lit("both")).otherwise(pl.lit("head"))
    # in Shanxi the deputy in charge heads the group everywhere, at the province the executive one
    deputy = topic.place.id == "shanxi" and topic.frame["code"].str.len_chars().max() != 2
    post = of_township if township else pl.lit("deputy" if deputy else "executive-deputy")
    group = pl.col("kind") == "group"
    rows = rows.with_columns(head_post=pl.when(group).then(post), in_key_work=pl.when(group).then(True))
    if topic.place.id == "qianjiang":
        county = group & (pl.col("code").str.len_chars() == 6)
        office = (pl.col("kind") == "office") & (pl.col("code").str.len_chars() == 6)
        rows = rows.with_columns(
            deputies=pl.when(county).then(pl.lit("统计、政府办、宣传、公安")),
            director_post=pl.when(office).then(pl.lit("deputy")),
        )
    return _housed(rows, topic.frame) if "_office_rooms" in topic.frame.columns else rows


def _housed(rows: pl.DataFrame, frame: pl.DataFrame) -> pl.DataFrame:
    """Each office with its people and rooms, as the story counts them."""
    of_office = frame.select("code", kind=pl.lit("office"), staff="_office_staff", rooms="_office_rooms")
    housed = rows.join(of_office, on=["code", "kind"], how="left", maintain_order="left")
    ready = pl.when(pl.col("rooms") >= 1).then(True)
    return housed.with_columns(posted=ready, equipped=ready)


def village_groups(topic: Topic) -> pl.DataFrame:
    return topic.one(kind="village", formed=topic.on(_FORMED))


def quality_groups(topic: Topic) -> pl.DataFrame:
    """The quality group, and the day on which the office told where wrongs are reported."""
    group = topic.one(kind="quality", formed=topic.on(30))
    return pl.concat([group, topic.one(kind="office", hotline=topic.on(30))], how="diagonal")


def departments(topic: Topic) -> pl.DataFrame:
    """Sixteen of them, as many as Tengzhou names; which they are is drawn."""
    return topic.each("department", {one: {"duties_issued": topic.on(_FORMED)} for one in _MEMBERS})


def papers(*kinds: str, days: int = 14) -> Rows:
    """Papers of these kinds, issued so many days before they are reported."""

    def rows(topic: Topic) -> pl.DataFrame:
        return topic.each("kind", {kind: {"issued": topic.on(days)} for kind in kinds})

    return rows


def office_papers(topic: Topic) -> pl.DataFrame:
    if topic.place.id == "tengzhou":  # the leading group and the departments' duties
        return topic.one(kind="division", number="滕政发〔2020〕7号", issued=topic.on(20), note=DOCUMENT)
    note = DOCUMENT if topic.place.id == "shihezi" else SYNTHETIC
    of_offices = papers("division", "office-rules", "members", "schedule", "risk-plan")(topic)
    return of_offices.with_columns(note=pl.lit(note))


def joint_papers(topic: Topic) -> pl.DataFrame:
    """Shanxi: with finance and personnel on money, with the publicity department on publicity."""
    jointly = {"funds-joint": {"jointly": "财政、人社"}, "publicity-plan": {"jointly": "宣传"}}
    return topic.each("kind", jointly).with_columns(issued=topic.on(30), note=pl.lit(DOCUMENT))


# ---- meetings


def meetings(topic: Topic) -> pl.DataFrame:
    """Special meetings and reports heard, as many as the story has, days apart."""
    counts = topic.frame.unpivot(["_special", "_heard"], index="code", variable_name="kind", value_name="_count")
    each = counts.select("code", "kind", _place=pl.int_ranges(0, pl.col("_count"))).explode(
        "_place", empty_as_null=False
    )
    last = datetime.combine(topic.on(0), datetime.min.time()).replace(hour=9)
    special = pl.col("kind") == "_special"
    return each.select(
        "code",
        meeting=pl.format(
            "{}-{}", pl.when(special).then(pl.lit("专题会")).otherwise(pl.lit("听取汇报")), pl.col("_place") + 1
        ),
        kind=pl.when(special).then(pl.lit("special")).otherwise(pl.lit("report-heard")),
        held=pl.lit(last) - pl.duration(days=1 + 4 * pl.col("_place")),
        law_first=pl.lit(True),
    ).sort("code", "meeting")


def meeting(number: str, kind: str, day: date) -> Rows:
    """One meeting of the office itself."""

    def rows(topic: Topic) -> pl.DataFrame:
        return topic.one(meeting=number, kind=kind, held=pl.datetime(day.year, day.month, day.day, 9), law_first=True)

    return rows


def leaders_meeting(topic: Topic) -> pl.DataFrame:
    day = topic.on(38, "training")
    return topic.one(meeting="负责人培训", kind="leaders-training", held=pl.datetime(day.year, day.month, day.day, 9))


def dispatch_meeting(topic: Topic) -> pl.DataFrame:
    """Hebei's meeting on the listing is the province's; its day is not topic."""
    return topic.one(meeting="摸底调度会", kind="dispatch", held=pl.datetime(2020, 10, 20, 9))


_HOUR_DRAWN = "文件所载，时刻为合成数据"


def national_conference(topic: Topic) -> pl.DataFrame:
    """The conference of 29 July, as the province keeps it: three departments and three provinces spoke."""
    return topic.one(
        meeting="全国电视电话会议",
        kind="mobilisation",
        held=pl.datetime(2020, 7, 29, 15),
        attending="国务院人口普查领导小组组长",
        speaking="宣传、公安、卫健",
        speakers="部门和省级人民政府有关负责人",
        spoke=3,
        note=_HOUR_DRAWN,
    )


def mobilisation(topic: Topic) -> pl.DataFrame:
    """Hebei's meeting of 31 October: who sat where, and four cities that spoke there."""
    named: dict[str, dict[str, object]] = {
        "登记动员会": {
            "kind": "mobilisation",
            "attending": "主会场：省人普办主任、副主任、各组组长；分会场：市县统计局局长、人普办主任、副主任",
            "spoke": None,
        },
        "登记动员会交流": {"kind": "exchange", "attending": None, "spoke": 4},
    }
    rows = topic.each("meeting", named)
    speakers = pl.when(pl.col("spoke").is_not_null()).then(pl.lit("市统计局局长"))
    return rows.with_columns(speakers=speakers, held=pl.datetime(2020, 10, 31, 15), note=pl.lit(_HOUR_DRAWN))


# ---- risks, contractors, rosters


def risks(topic: Topic) -> pl.DataFrame:
    kinds = ("epidemic", "opinion", "data-loss", "program")
    return topic.each("kind", {kind: {"plan": "合成预案〔2020〕1号"} for kind in kinds})


def contractor(topic: Topic) -> pl.DataFrame:
    clauses = dict.fromkeys(("secrecy", "deletion", "no_subcontract", "joint_team"), True)
    return topic.one(
        contractor="承包-1",
        consent="合成〔2020〕1号",
        items="13-16",
        tendered=date(2020, 7, 20),
        contracted=date(2020, 8, 10),
        **clauses,
        ends=date(2020, 12, 31),
    )


def roster(topic: Topic) -> pl.DataFrame:
    """Shifts of a day and a night from the first day of listing to the last of registration, two seats in turn."""
    shifts = pl.int_range(0, 72, eager=True).alias("_shift").to_frame()
    first = pl.datetime(2020, 10, 11)
    return (
        topic.frame.select("code")
        .join(shifts, how="cross")
        .select(
            "code",
            starts=first + pl.duration(hours=12 * pl.col("_shift")),
            ends=first + pl.duration(hours=12 * pl.col("_shift") + 12),
            seat=pl.col("_shift") % 2 + 1,
        )
    )


# ---- pilots


def province_pilot(topic: Topic) -> pl.DataFrame:
    return topic.one(round="省级试点", kind="province", starts=date(2020, 6, 11), ends=date(2020, 7, 15))


def shanxi_pilots(topic: Topic) -> pl.DataFrame:
    """The two places of the province's pilot; their days are not topic."""
    sites = {"万柏林": {"place": "140109"}, "忻府": {"place": "140902"}}
    rows = topic.each("round", {f"省级试点（{name}）": cells for name, cells in sites.items()})
    days = {"starts": pl.lit(date(2020, 6, 11)), "ends": pl.lit(date(2020, 7, 15))}
    return rows.with_columns(kind=pl.lit("province"), **days)


def cloud_pilot(topic: Topic) -> pl.DataFrame:
    return topic.one(
        round="第四轮", kind="cloud", starts=date(2020, 8, 11), ends=date(2020, 8, 31), staff=60, note=DOCUMENT
    )


def pilot_problems(topic: Topic) -> pl.DataFrame:
    each = topic.frame.select("code", row=pl.int_ranges(1, pl.col("_problems") + 1)).explode("row", empty_as_null=False)
    return each.select("code", round=pl.lit("市级试点"), row="row", stage=pl.lit("listing"), state=pl.lit("in-field"))


# ---- handovers, publicity, special sites, requests


def handovers(topic: Topic) -> pl.DataFrame:
    cells = {dataset: {"department": department, "state": "delivered"} for dataset, department in _DATASETS.items()}
    note = DOCUMENT if topic.place.id == "shihezi" else SYNTHETIC
    return topic.each("dataset", cells).with_columns(due=date(2020, 9, 30), note=pl.lit(note))


def opening(topic: Topic) -> pl.DataFrame:
    return topic.one(carrier="opening", stage="before", planned=1, done=1, day=date(2020, 9, 20))


def letters(topic: Topic) -> pl.DataFrame:
    """Letters to every dwelling, and the notice in every village."""
    rows = [
        topic.one(carrier=carrier, stage="before", planned=pl.col(count), done=pl.col(count))
        for carrier, count in (("letter", "_letters"), ("notice", "_villages"))
    ]
    return pl.concat(rows).sort("code", maintain_order=True)


def schools(topic: Topic) -> pl.DataFrame:
    """Lessons in 32 schools, as many as the document counts."""
    return topic.one(carrier="school-lesson", stage="before", planned=32, done=32, note=DOCUMENT)


def carriers(day: date, column: str = "carrier", **done: int) -> Rows:
    """Activities of an office itself, by carrier, as many as were planned. column: what its register calls the carrier."""

    def rows(topic: Topic) -> pl.DataFrame:
        cells = {name.replace("_", "-"): {"planned": many, "done": many} for name, many in done.items()}
        return topic.each(column, cells).with_columns(stage=pl.lit("before"), day=pl.lit(day))

    return rows


def website(topic: Topic) -> pl.DataFrame:
    """Tengzhou's web site, with nine columns."""
    return topic.one(
        carrier="website", stage="before", planned=1, done=1, sections=9, day=date(2020, 4, 16), note=DOCUMENT
    )


def raised_at_once(topic: Topic) -> pl.DataFrame:
    """Shanxi: films in two counties of three."""
    begun = topic.frame.filter(first_of(pl.lit(True), topic.frame.height * 2 // 3, topic.place.seed + 51))
    cells = {"carrier": "film", "stage": "before", "planned": 1, "done": 1}
    return begun.select("code", **{name: pl.lit(cell) for name, cell in cells.items()}, day=pl.lit(topic.on(3)))


def province_opening(topic: Topic) -> pl.DataFrame:
    return topic.one(means="opening", stage="before", planned=1, done=1, day=date(2020, 9, 27), note=DOCUMENT)


def in_villages(topic: Topic) -> pl.DataFrame:
    """Qianjiang: every village tells of it by its own means."""
    cells = {"carrier": "broadcast", "stage": "before", "planned": 1, "done": 1}
    return topic.ground.villages.select(
        "code", **{name: pl.lit(cell) for name, cell in cells.items()}, day=pl.lit(topic.on(15))
    )


def goods_plan(topic: Topic) -> pl.DataFrame:
    """Shanxi: goods for three years; how many is drawn."""
    years = pl.DataFrame({"item": ["device", "kit", "print"], "planned": [9_000, 60_000, 400_000]})
    years = years.join(pl.DataFrame({"year": [2019, 2020, 2021]}), how="cross")
    return topic.frame.select("code").join(years, how="cross")


def special_sites(topic: Topic) -> pl.DataFrame:
    """Only where people are held is registration done; of colleges and nursing homes the document tells of papers alone."""
    done = {"监狱": "prison", "看守所": "detention", "戒毒所": "rehab"}
    arranged = {"高校": "college", "养老机构": "nursing"}
    states: dict[str, dict[str, object]] = {
        **{name: {"kind": kind, "state": "registered", "note": DOCUMENT} for name, kind in done.items()},
        **{name: {"kind": kind, "state": "arranged", "note": SYNTHETIC} for name, kind in arranged.items()},
    }
    sites = {f"{name}-1": cells for name, cells in states.items()}
    return topic.each("site", sites).with_columns(due=date(2020, 10, 30))


def tengzhou_requests(topic: Topic) -> pl.DataFrame:
    """What the report asks of those above: devices by the end of August, the allowance in time, a stronger signal."""
    asked: Mapping[str, Mapping[str, object]] = {
        "建议1 采集设备": {"topic": "devices", "due": date(2020, 8, 31)},
        "建议2 两员补助": {"topic": "allowance", "due": None},
        "建议3 网络信号": {"topic": "signal", "due": None},
    }
    rows = topic.each("request", asked)
    # it was said to the province's survey team
    return rows.with_columns(
        addressee=pl.lit("37"), asked=date(2020, 4, 22), state=pl.lit("sent"), note=pl.lit(DOCUMENT)
    )


def shanxi_training_plans(topic: Topic) -> pl.DataFrame:
    """Some counties have their plan of training already."""
    ready = topic.frame.filter(first_of(pl.lit(True), topic.frame.height // 3, topic.place.seed + 50))
    return ready.select("code", kind=pl.lit("training-plan"), issued=pl.lit(topic.on(5)))
