"""What expressions over rows are about: kinds of values, the names that every row knows, and the clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from models.affiliation import BY_DIGITS, Affiliation

Kind = Literal["text", "number", "date", "moment", "code", "truth", "list", "interval"]
"""Of what kind a value is: `one_of` and `text` are text, `yes_no` is truth, a `one_of` with several values is a list."""
Term = tuple[Any, ...]
"""An expression as `row_terms` computes it."""

KNOWN_OF_ROWS: Mapping[str, Kind] = {
    "code": "code",
    "office": "code",
    "level": "text",
    "unit_kind": "text",
    "today": "date",
    "now": "moment",
    "t0": "moment",
    "since": "moment",
    "changed": "moment",
}
"""What every row has beside its register's columns; no column may bear one of these names."""


@dataclass(frozen=True)
class Clock:
    """The moments that an expression may speak of, both aware; t0 is in the plan's zone, by whose days it is reckoned.

    affiliation: by which it tells who is below whom at that time.
    """

    now: datetime
    t0: datetime
    affiliation: Affiliation = BY_DIGITS
