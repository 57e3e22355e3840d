"""What an office reports when all is in order, by topic and level. Stories change some of it.

Totals that begin with "_" are reported by nobody: `lists` makes rows of them.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from deployments.demo.synthetic.chance import between
from models.units import Level

Columns = Mapping[str, pl.Expr | int]
"""Indicator id → its figure, from the sums (names beginning with "_") of a level's frame."""

_STAFF = pl.col("_staff")
_BUDGET = pl.col("_districts") * 2_400
_ALLOWANCE = 800  # 元/人，滕州2020-04-22

ORDINARY: Mapping[str, Mapping[Level, Columns]] = {
    "organisation": {
        "province": {},
        "city": {},
        "county": {
            "_office_staff": between(6, 14, 101),
            "_office_rooms": between(2, 5, 102),
        },
        "township": {},
        "village": {},
    },
    "safeguards": {"province": {}, "city": {}, "county": {}},
    "funds": {
        "province": {},
        "city": {},
        "county": {
            "_budgeted": _BUDGET,
            "_approved": _BUDGET,
            "_arrived": _BUDGET,
            "_allowance": _STAFF * _ALLOWANCE,
            "allowance_rate": _ALLOWANCE,
        },
    },
    "materials": {
        "county": {
            **dict.fromkeys(("_device_needed", "_device_arrived", "_device_issued"), pl.col("_districts")),
            **dict.fromkeys(("_kit_needed", "_kit_arrived", "_kit_issued"), _STAFF),
        },
    },
    "meetings": {
        "city": {"_special": between(1, 3, 103), "_heard": between(1, 2, 104)},
        "county": {"_special": between(1, 4, 105), "_heard": between(1, 3, 106)},
    },
    "pilots": {"province": {}, "city": {"_problems": 0}, "county": {}},
    "zoning": {
        "county": {},
    },
    "areas": {},
    "cleanup": {"county": {}},
    "publicity": {"county": {}, "township": {"_letters": pl.col("_dwellings")}},
    "recruitment": {
        "township": {"_left": pl.col("_districts") // 25, "_replaced": pl.col("_districts") // 25, "_cadres": 0},
    },
    "training": {"township": {"_attendances": _STAFF + _STAFF // 3}, "county": {}},
    "acceptance": {},
    "comparison": {},
    "registration": {"county": {}},
}

OWN: Mapping[str, Mapping[Level, Columns]] = {
    "shanxi": {"province": {}},
    "hebei": {"province": {"staff_stated": pl.lit("近47万")}, "county": {}},
    "shihezi": {"county": {"qa_channels": 1, "staff_stated": pl.lit("2900余")}},
    "qianjiang": {
        "county": {},
        "township": {},
    },
    "tengzhou": {
        "county": {
            "early_listings": 4,
            "areas_planned": pl.col("_areas"),
            "districts_planned": pl.col("_districts"),
            "staff_planned": pl.lit("8000余"),
        },
        "township": {},
    },
}
"""What only this place's overlay asks for, under the topic "own"."""


def ordinary(place_id: str, topic: str) -> Mapping[Level, Columns]:
    """The figures of a topic at each level that reports it."""
    return OWN[place_id] if topic == "own" else ORDINARY[topic]
