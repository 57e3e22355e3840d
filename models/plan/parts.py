"""Errors and what they were found in (差错与被查数): pairs of indicators of which one can never be more than the other."""

from __future__ import annotations

import re

from models.plan.model import Indicator, Plan

_QUOTIENT = re.compile(r"\b([a-z][a-z0-9_]*)\s*/\s*([a-z][a-z0-9_]*)\b")
_ERRORS = re.compile(r"(?:^|_)(?:errors?|faults?|mistakes?|defects?)(?:_|$)")
_ERRORS_ZH = re.compile("差错|错误|错登|不合格")
_CHECKED = re.compile(rf"{_ERRORS.pattern}|(?:^|_)(?:wrong|checked|sampled|rectified)(?:_|$)")
_CHECKED_ZH = re.compile(f"{_ERRORS_ZH.pattern}|抽查|抽样|检查|核查|整改")


def wholes(plan: Plan) -> dict[str, str]:
    """For each reported count of errors the count of what was checked, as the plan's own conditions put them in a ratio.

    `1000 * errors / checked <= 4` says that errors are found among what was checked, at the same level.
    """
    texts = [r.met_when.text for r in plan.requirements]
    texts += [one.where.text for one in plan.indicators.values() if one.where]
    found: dict[str, str] = {}
    for text in texts:
        for part, whole in _QUOTIENT.findall(text):
            errors, checked = plan.indicators.get(part), plan.indicators.get(whole)
            if errors and checked and _counts_errors(errors) and errors.level == checked.level:
                found.setdefault(part, whole)
    return found


def _counts_errors(indicator: Indicator) -> bool:
    return bool(_ERRORS.search(indicator.id) or _ERRORS_ZH.search(indicator.title))


def counts_checks(name: str, title: str) -> bool:
    """True where a name speaks of what was checked, or of the faults that were found in it."""
    return bool(_CHECKED.search(name) or _CHECKED_ZH.search(title))
