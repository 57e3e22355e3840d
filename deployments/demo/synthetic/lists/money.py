"""Rows of funds and of what is bought with them."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from deployments.demo.synthetic.chance import between
from deployments.demo.synthetic.lists.kept import DOCUMENT, SYNTHETIC, Rows, Topic
from deployments.demo.synthetic.stories import tell

_PRINTS = {"notice": 3_645, "poster": 4_284, "letter": 173_000, "leaflet": 151_500}
_SCHOOLS = {"school-notice": 281, "school-poster": 217, "school-letter": 25_000, "school-leaflet": 25_000}
_STAGES = ("planned", "tendering", "contracted")


def funds(topic: Topic) -> pl.DataFrame:
    """Every entry as far as it has come: what has arrived, by category, what is approved, what is but budgeted."""
    budgeted, approved, arrived, allowance = (
        pl.col(f"_{name}") for name in ("budgeted", "approved", "arrived", "allowance")
    )
    devices = pl.col("_devices") if "_devices" in topic.frame.columns else pl.lit(0)
    paid = "14" if topic.place.id == "shanxi" else None
    entries = {
        "第1笔": ("allowance", "arrived", allowance, paid),
        "第2笔": ("devices", "arrived", devices, paid),
        "第3笔": ("office", "arrived", arrived - allowance - devices, None),
        "第4笔": ("office", "approved", approved - arrived, None),
        "第5笔": ("office", "filed", budgeted - approved, None),
    }
    note = DOCUMENT if topic.place.id == "tengzhou" else SYNTHETIC
    rows = [
        topic.one(
            entry=entry,
            category=category,
            amount=amount.cast(pl.Int64),
            year=2020,
            stage=stage,
            day=topic.on(15),
            approved=topic.on(30) if stage in ("approved", "arrived") else pl.lit(None, pl.Date),
            payer=pl.lit(payer, pl.String),
            note=note,
        )
        for entry, (category, stage, amount, payer) in entries.items()
    ]
    return pl.concat(rows).filter(pl.col("amount") > 0).sort("code", maintain_order=True)


def funds_above(amount: int) -> Rows:
    """Money of a province or a city over three budget years."""

    def rows(topic: Topic) -> pl.DataFrame:
        years = {"2019": amount // 4, "2020": amount // 2, "2021": amount - amount // 4 - amount // 2}
        entries: dict[str, Mapping[str, object]] = {
            year: {"category": "office", "amount": part, "year": int(year), "stage": "arrived"}
            for year, part in years.items()
        }
        days = 165 if topic.place.id == "shanxi" else 15
        if topic.place.id == "shanxi" and set(topic.frame["code"]) == {topic.place.unit}:
            entries |= _paid_down(topic)
        return topic.each("entry", entries).with_columns(day=topic.on(days), approved=topic.on(days + 15))

    return rows


def _paid_down(topic: Topic) -> Mapping[str, Mapping[str, object]]:
    """What the province paid its counties: as much of each kind as has arrived there."""
    counties = tell(topic.place, "funds", "county", topic.ground.counties)
    kinds = {"allowance": "_allowance", "devices": "_devices"}
    return {
        f"下达县级-{number}": {"category": kind, "amount": int(counties[name].sum()), "year": 2020, "stage": "paid"}
        for number, (kind, name) in enumerate(kinds.items(), 1)
    }


def materials(topic: Topic) -> pl.DataFrame:
    """Devices and kits; in Shanxi with how far their purchase has come."""
    rows = [
        topic.one(
            item=item, **{name: pl.col(f"_{item}_{name}").cast(pl.Int64) for name in ("needed", "arrived", "issued")}
        )
        for item in ("device", "kit")
    ]
    both = pl.concat(rows).sort("code", maintain_order=True)
    if topic.place.id != "shanxi":
        return both
    begun = pl.when(pl.col("arrived") > 0).then(2).otherwise(between(0, 1, topic.place.seed + 47))
    return both.with_columns(procurement=begun.replace_strict(dict(enumerate(_STAGES)), return_dtype=pl.String))


def shihezi_prints(topic: Topic) -> pl.DataFrame:
    """Exactly what the document counts: for townships, for 32 schools, and bags for the service centre."""
    handed = [
        *((item, count, "乡镇（街道）") for item, count in _PRINTS.items()),
        *((item, count, "学校") for item, count in _SCHOOLS.items()),
        ("bag", 1_000, "政务服务中心"),
    ]
    table = pl.DataFrame(
        [{"item": item, "needed": n, "arrived": n, "issued": n, "issued_to": to} for item, n, to in handed]
    )
    return topic.frame.select("code").join(table, how="cross").with_columns(note=pl.lit(DOCUMENT))
