"""The five places of the founding documents: what the documents say of them, their offices and mailboxes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import polars as pl

from models.units import CONTAINER_CODES, DIGITS, LEVEL_OF_DIGITS, Level
from models.wording import Said

SAMPLES = Path(__file__).parents[2] / "samples"
PLANS = Path(__file__).parents[2] / "plans"


@dataclass(frozen=True)
class Place:
    """One place at the moment of its document. A figure is None where the document gives none.

    staff: both kinds (两员), enumerators and instructors. topics: what has been reported, and as of when.
    filled: figures that no document gives but without which districts could not be drawn; synthetic.
    steps: earlier moments at which a pass is made, so that at `as_of` it shows who was told what. headlines: the
    requirements that the document is about, to be read first. left_open: lists of which it says nothing, and nobody reports.
    remark: what is to be known of the document.
    """

    id: str
    title_zh: str
    title_en: str
    unit: str
    plan_file: Path
    as_of: str
    document_zh: str
    seed: int
    topics: Mapping[str, str]
    districts: int | None = None
    staff: int | None = None
    areas: int | None = None
    buildings: int | None = None
    persons: int | None = None
    filled: Mapping[str, int] = field(default_factory=dict)
    steps: tuple[str, ...] = ()
    headlines: tuple[str, ...] = ()
    left_open: frozenset[str] = frozenset()
    remark: Said | None = None

    @property
    def office_zh(self) -> str:
        """Who reports, as the product will show it; never a person."""
        return f"{self.title_zh}普查办（合成数据）"


def _topics(as_of: str, *names: str, **at: str) -> Mapping[str, str]:
    return MappingProxyType({**dict.fromkeys(names, as_of), **at})


_BEFORE = (
    "organisation",
    "safeguards",
    "funds",
    "materials",
    "meetings",
    "pilots",
    "zoning",
    "areas",
    "cleanup",
    "publicity",
    "recruitment",
    "training",
)

_SHANXI = Place(
    id="shanxi",
    title_zh="山西省",
    title_en="Shanxi province",
    unit="14",
    plan_file=PLANS / "shanxi-2020.yaml",
    as_of="2020-08-03T17:00:00+08:00",
    document_zh="2020年8月3日全省推进会",
    seed=14,
    topics=_topics(
        "2020-07-31T17:00:00+08:00",
        "materials",
        "pilots",
        "zoning",
        "areas",
        "own",
        organisation="2020-07-15T17:00:00+08:00",
        funds="2020-07-15T17:00:00+08:00",
        meetings="2020-08-03T12:00:00+08:00",
    ),
    filled=MappingProxyType({"persons": 35_000_000, "districts": 140_000}),
    headlines=(
        "preparation.ten-yuan-province",
        "preparation.funds",
        "preparation.meeting-county",
        "preparation.report-county",
    ),
)
_HEBEI = Place(
    id="hebei",
    title_zh="河北省",
    title_en="Hebei province",
    unit="13",
    plan_file=PLANS / "hebei-2020.yaml",
    as_of="2020-10-31T17:00:00+08:00",
    document_zh="2020年10月31日登记动员会",
    seed=13,
    topics=_topics(
        "2020-10-25T17:00:00+08:00",
        *_BEFORE,
        "own",
        register="2020-10-31T16:00:00+08:00",
        acceptance="2020-10-31T16:00:00+08:00",
        comparison="2020-10-31T16:00:00+08:00",
    ),
    districts=354_000,
    staff=470_000,
    filled=MappingProxyType({"instructors": 82_000, "uncovered": 1_100}),
    # three mornings of the last week: on the first the offices that are late hear of it, on the second their superiors, on
    # the third letters are drafted, and one is signed
    steps=(
        "2020-10-26T09:00:00+08:00",
        "2020-10-27T09:00:00+08:00",
        "2020-10-28T09:00:00+08:00",
    ),
    headlines=(
        "recruitment.staff-enough",
        "recruitment.staff-enough-4",
        "listing.all-listed",
        "listing.births-verified",
        "recruitment.replaced",
    ),
    remark=Said(
        "原文称距标准时点“还有30多个小时”，与10月31日下午开会不符；本系统按时刻计算。",
        "The document has “more than 30 hours” to the standard time, which a meeting on the afternoon of 31 October contradicts;"
        " here it is counted from the clock.",
    ),
)
_SHIHEZI = Place(
    id="shihezi",
    title_zh="石河子市（第八师）",
    title_en="Shihezi city",
    unit="659001",
    plan_file=PLANS / "shihezi-2020.yaml",
    as_of="2020-11-02T17:00:00+08:00",
    document_zh="2020年11月2日进展汇报",
    seed=65,
    topics=_topics(
        "2020-11-01T17:00:00+08:00",
        *_BEFORE,
        "own",
        "registration",
        register="2020-11-02T16:00:00+08:00",
    ),
    districts=3_316,
    staff=2_900,
    areas=440,
    buildings=61_310,
    filled=MappingProxyType({"instructors": 470, "uncovered": 96}),
    headlines=(
        "recruitment.one-each",
        "recruitment.staff-enough-5",
        "recruitment.staff-enough-4",
        "recruitment.every-district-covered",
        "training.instructors-first",
    ),
    left_open=frozenset({"acceptance", "forms"}),
    remark=Said(
        "原文至摸底部分中断，摸底结果、验收和登记进度均未载：验收按未报处理，进度为合成数据。",
        "The text breaks off in its part on the listing and tells of no result, acceptance or registration: acceptance is"
        " unreported here, progress is synthetic.",
    ),
)
_QIANJIANG = Place(
    id="qianjiang",
    title_zh="重庆市黔江区",
    title_en="Qianjiang district",
    unit="500114",
    plan_file=PLANS / "qianjiang-2020.yaml",
    as_of="2020-10-28T17:00:00+08:00",
    document_zh="2020年10月28日“四严格四确保”",
    seed=50,
    topics=_topics("2020-10-27T17:00:00+08:00", *_BEFORE, "own", register="2020-10-28T16:00:00+08:00"),
    districts=2_802,
    staff=3_540,
    filled=MappingProxyType({"instructors": 700, "uncovered": 0}),
    headlines=("recruitment.staff-enough", "recruitment.four-reviews", "preparation.assessment-rule"),
)
_TENGZHOU = Place(
    id="tengzhou",
    title_zh="滕州市",
    title_en="Tengzhou city",
    unit="370481",
    plan_file=PLANS / "tengzhou-2020.yaml",
    as_of="2020-04-22T17:00:00+08:00",
    document_zh="2020年4月22日情况汇报",
    seed=37,
    topics=_topics("2020-04-22T16:00:00+08:00", "organisation", "funds", "materials", "meetings", "own"),
    districts=7_100,
    staff=8_000,
    areas=1_250,
    persons=1_756_000,
    filled=MappingProxyType({"instructors": 1_420, "uncovered": 0}),
    headlines=(
        "preparation.plan-enough-5",
        "preparation.plan-enough-4",
        "preparation.allowance-within-budget",
        "preparation.budget-approved",
        "37/coordination.requests-answered",
    ),
)


def places() -> Mapping[str, Place]:
    """The places by id, the one that a demonstration takes by default first."""
    return MappingProxyType({place.id: place for place in (_HEBEI, _SHANXI, _SHIHEZI, _QIANJIANG, _TENGZHOU)})


def units_frame(place: Place) -> pl.DataFrame:
    """The real divisions of `place` down to the village and those above it, in code order: code, name; level and superior
    where the code alone does not tell them."""
    return pl.read_csv(SAMPLES / f"units-{place.id}.csv.gz", infer_schema=False)


def county_of(place: Place) -> pl.Expr:
    """The county of a township, village or district by its `code`. A place that is one county itself has them all,
    whatever their codes: those of Shihezi's regiments begin as the counties around it do."""
    return pl.lit(place.unit) if len(place.unit) == DIGITS["county"] else pl.col("code").str.head(DIGITS["county"])


def offices(place: Place) -> pl.DataFrame:
    """Divisions that have an office: code, name, level. Containers (市辖区, 县 …) are left out."""
    level = pl.col("code").str.len_chars().replace_strict(LEVEL_OF_DIGITS, return_dtype=pl.String)
    named = units_frame(place).select("code", "name").filter(~pl.col("code").is_in(CONTAINER_CODES))
    return named.with_columns(level=level)


def at_level(place: Place, level: Level) -> pl.DataFrame:
    """The offices of one level, those above the place itself included: code, name."""
    return offices(place).filter(pl.col("level") == level).select("code", "name")


def write_units(place: Place, into: Path) -> Path:
    """Write units.csv; returns its path."""
    target = into / "units.csv"
    units_frame(place).write_csv(target)
    return target


def write_superiors(place: Place, into: Path) -> Path | None:
    """Write superiors.csv where a place answers to several offices; None elsewhere."""
    sample = SAMPLES / f"superiors-{place.id}.csv"
    if not sample.exists():
        return None
    target = into / "superiors.csv"
    target.write_bytes(sample.read_bytes())
    return target


def contacts_frame(place: Place, mailbox: str) -> pl.DataFrame:
    """A mailbox for every role of every office down to the township: unit, role, name, channel, seat.

    mailbox: a channel's address on loopback, such as json://127.0.0.1:8025, under which each gets a path of
    its own. Streets have two heads (双组长): the party secretary and the director. From the county up there are persons for
    zoning and for the lists of the recheck, and somebody through whom the departments are reached; in the roster of a county
    its owner has seat 1 and its leader seat 2.
    """
    roles = pl.DataFrame(
        {
            "role": ["owner", "leader", "head", "head", "zoning", "recheck", "liaison"],
            "place": ["owner", "leader", "head", "head2", "zoning", "recheck", "liaison"],
            "suffix": [
                "经办人",
                "办公室主任",
                "领导小组组长",
                "领导小组组长（党工委书记）",
                "区划绘图责任人",
                "问题清单接收专人",
                "部门联络员",
            ],
        }
    )
    serving = offices(place).filter(pl.col("level") != "village")
    street = (pl.col("code").str.len_chars() == 9) & pl.col("code").str.slice(6, 1).eq("0")
    return (
        serving.join(roles, how="cross")
        .filter(street | (pl.col("place") != "head2"))
        .filter((pl.col("level") != "township") | ~pl.col("role").is_in(["zoning", "recheck", "liaison"]))
        .select(
            unit="code",
            role="role",
            name=pl.format("合成·{}{}", "name", "suffix"),
            channel=pl.format("{}/{}/{}", pl.lit(mailbox.rstrip("/")), "code", "place"),
            seat=pl.when(pl.col("level") == "county").then(
                pl.col("role").replace_strict({"owner": 1, "leader": 2}, default=None)
            ),
        )
    )


def write_contacts(place: Place, into: Path, mailbox: str) -> Path:
    """Write contacts.csv with every mailbox on `mailbox`; returns its path."""
    target = into / "contacts.csv"
    contacts_frame(place, mailbox).write_csv(target)
    return target
