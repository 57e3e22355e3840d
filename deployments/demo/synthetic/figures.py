"""What an office reports when all is in order, by topic and level. Stories change some of it."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from deployments.demo.synthetic.chance import between
from models.units import Level

Columns = Mapping[str, pl.Expr | int]
"""Indicator id → its figure, from the sums (names beginning with "_") of a level's frame."""

_STAFF = pl.col("_staff")
_VILLAGES = pl.col("_villages")
_BUDGET = pl.col("_districts") * 2_400
_DEPARTMENTS = 4  # 公安、卫健、民政、民宗

ORDINARY: Mapping[str, Mapping[Level, Columns]] = {
    "organisation": {
        "province": {"province_office": 1},
        "city": {"city_office": 1},
        "county": {
            "county_office": 1,
            "work_papers": 5,
            "member_departments": 16,
            "liaison_officers": 16,
            "office_staff": between(6, 14, 101),
            "work_groups": 5,
            "office_rooms": between(2, 5, 102),
        },
        "township": {"township_office": 1, "villages": _VILLAGES, "village_groups": _VILLAGES},
    },
    "safeguards": {
        "county": {
            "hotlines": 1,
            "quality_groups": 1,
            "risk_plans": 1,
            "contracts": 0,
            "contracts_lawful": 0,
        },
    },
    "funds": {
        "province": {"province_funds_arrived": 90_000_000},
        "city": {"city_funds_arrived": 6_000_000},
        "county": {
            "funds_budgeted": _BUDGET,
            "funds_approved": _BUDGET,
            "funds_arrived": _BUDGET,
            "allowance_due": _STAFF * 800,
            "allowance_arrived": _STAFF * 800,
        },
    },
    "materials": {
        "county": {
            "devices_needed": pl.col("_districts"),
            "devices_arrived": pl.col("_districts"),
            "devices_issued": pl.col("_districts"),
            "kits_needed": _STAFF,
            "kits_arrived": _STAFF,
            "kits_issued": _STAFF,
        },
    },
    "meetings": {
        "city": {"city_meetings": between(1, 3, 103), "city_reports_heard": between(1, 2, 104)},
        "county": {"county_meetings": between(1, 4, 105), "county_reports_heard": between(1, 3, 106)},
    },
    "pilots": {"province": {"province_pilots": 1}, "city": {"pilot_problems_open": 0}},
    "zoning": {
        "county": {
            "zoning_officers": 1,
            "county_boundaries": between(3, 7, 107),
            "county_boundaries_agreed": between(3, 7, 107),
        },
        "township": {"boundaries": between(3, 8, 108), "boundaries_agreed": between(3, 8, 108)},
    },
    "areas": {
        "village": {
            "areas": pl.col("areas"),
            "areas_submitted": pl.col("areas"),
            "areas_withdrawn": 0,
            "instructors": pl.col("instructors"),
        },
    },
    "cleanup": {
        "township": {"cleanup_due": pl.col("_dwellings"), "cleanup_done": pl.col("_dwellings")},
        "county": dict.fromkeys(
            ("handovers_due", "handovers_received", "handovers_split", "handovers_delivered"), _DEPARTMENTS
        ),
    },
    "publicity": {
        "county": {"publicity_plans": 1, "publicity_opened": 1},
        "township": {
            "letters_planned": pl.col("_dwellings"),
            "letters_issued": pl.col("_dwellings"),
            "notices_due": _VILLAGES,
            "notices_posted": _VILLAGES,
        },
    },
    "recruitment": {
        "township": {
            **dict.fromkeys(("staff", "staff_registered", "staff_assigned", "staff_insured", "staff_pledged"), _STAFF),
            "staff_left": pl.col("_districts") // 25,
            "staff_replaced": pl.col("_districts") // 25,
        },
    },
    "training": {
        "township": {
            **dict.fromkeys(("staff_trained", "staff_passed", "staff_certified"), _STAFF),
            "training_attendances": _STAFF + _STAFF // 3,
            "instructors_trained": pl.col("_instructors"),
        },
        "county": {"law_courses": between(1, 3, 109)},
    },
    "acceptance": {
        "township": {
            "checked_map_faults": 0,
            "checked_building_errors": 0,
            "checked_dwellings": between(55, 105, 110),
            "checked_dwelling_errors": 0,
            "checked_household_register": between(150, 300, 111),
            "checked_household_register_errors": 0,
            "checked_birth_errors": 0,
            "checked_death_errors": 0,
        },
    },
    "comparison": {"county": {"births_to_verify": 0, "deaths_to_verify": 0}},
    "registration": {
        "county": {"special_sites": 5, "special_sites_done": 5, "carryover_open": 0},
    },
}

OWN: Mapping[str, Mapping[Level, Columns]] = {
    "shanxi": {"province": {"province_papers": 4, "province_inspections": 0}},
    "hebei": {
        "city": {"field_inspections": between(2, 9, 201), "dispatch_meetings": 1},
        "county": {"duty_rosters": 1, "risk_kinds": 4, "registration_quality_plans": 1},
    },
    "shihezi": {
        "county": {
            "cloud_pilots": 1,
            "qa_channels": 1,
            "group_papers": 6,
            "schools_reached": 32,
            "school_letters_issued": 25_000,
            "school_leaflets_issued": 25_000,
            "shopping_bags": 1_000,
        },
    },
    "qianjiang": {
        "county": {"law_first_meetings": 4, "assessment_rules": 1, "quality_courses": 2},
        "township": {
            "field_checks": between(1, 4, 202),
            "staff_reviews": 4,
            "leaders_trained": 1,
            "spot_checks": between(1, 5, 203),
            "pledges_shown": 1,
        },
    },
    "tengzhou": {
        "county": {"allowance_rate": 800, "plan_papers": 1, "websites": 1, "early_listings": 4},
        "township": {
            "areas_planned": pl.col("_areas"),
            "districts_planned": pl.col("_districts"),
            "staff_planned": _STAFF,
        },
    },
}
"""What only this place's overlay asks for, under the topic "own"."""


def ordinary(place_id: str, topic: str) -> Mapping[Level, Columns]:
    """The figures of a topic at each level that reports it."""
    return OWN[place_id] if topic == "own" else ORDINARY[topic]
