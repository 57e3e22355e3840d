"""Synthetic figures (合成数据) for the five places of the founding documents, and for the bench.

The divisions are real, down to the village; everything reported about them is drawn from a fixed seed so
that the totals are those of the documents. No figure of a named office below the place itself is real.
"""

from deployments.demo.synthetic.national import national_districts, national_readings
from deployments.demo.synthetic.place_plans import plan_of
from deployments.demo.synthetic.places import (
    SAMPLES,
    Place,
    contacts_frame,
    places,
    units_frame,
    write_contacts,
    write_superiors,
    write_units,
)
from deployments.demo.synthetic.reports import ReportFile, write_reports

__all__ = [
    "SAMPLES",
    "Place",
    "ReportFile",
    "contacts_frame",
    "national_districts",
    "national_readings",
    "places",
    "plan_of",
    "units_frame",
    "write_contacts",
    "write_reports",
    "write_superiors",
    "write_units",
]
