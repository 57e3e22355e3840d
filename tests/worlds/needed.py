"""What a test needs of the machine: CI must have all of it, a developer's machine may lack some."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """Fail in CI, which may skip nothing; skip elsewhere."""
    if os.environ.get("PUCHA_TEST_ALL"):
        pytest.fail(f"{what} is missing, and CI may skip nothing")
    pytest.skip(f"{what} is missing")
