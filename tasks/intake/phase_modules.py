"""The modules of phases (各阶段规则), found by walking their folder."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from typing import cast

from models.rules import phases
from models.rules.phases.given import PhaseModule


@cache
def phase_modules() -> tuple[PhaseModule, ...]:
    """The modules of `models.rules.phases`, in order of their names."""
    names = sorted(found.name for found in pkgutil.iter_modules(phases.__path__))
    loaded = [import_module(f"{phases.__name__}.{name}") for name in names]
    return tuple(cast("PhaseModule", module) for module in loaded if hasattr(module, "REGISTERS"))
