"""What a paper (文稿) is made from: plain frozen values, kept with its text as JSON."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace

from models.units import Role
from models.wording import Lang, Said


@dataclass(frozen=True)
class PaperDuty:
    """One late duty in a paper, with the rung of its ladder that made the paper.

    due and told (when its office accepted a word about it): microseconds. by_default: due at a date that no source says.
    """

    case: int
    rung_no: int
    phase: str
    title: str
    no: int | None
    period: str
    due: int
    standing: str
    reason_zh: str
    reason_en: str
    source: str | None
    told: tuple[int, ...]
    by_default: bool = False

    def reason(self, lang: Lang) -> str:
        return Said(self.reason_zh, self.reason_en).in_language(lang)


@dataclass(frozen=True)
class PaperFacts:
    """Everything that the text of one paper says. as_of: microseconds.

    unit: the late office; addressees: (office, role) to whom the signed paper goes; recipients: the same as
    the ladder names them; contact: who answers for it in the signer's office (name and telephone), empty where not set.
    signer_title: of a signer's role that the plan declares, what it is called.
    """

    kind: str
    campaign: str
    as_of: int
    unit: str
    signer: str
    signer_role: Role
    recipients: tuple[str, ...]
    addressees: tuple[tuple[str, Role], ...]
    duties: tuple[PaperDuty, ...]
    contact: str = ""
    signer_title: str = ""

    def without(self, cases: Collection[int]) -> PaperFacts:
        """The same facts without the duties of `cases`."""
        return replace(self, duties=tuple(duty for duty in self.duties if duty.case not in cases))

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> PaperFacts:
        data = json.loads(text)
        duties = tuple(PaperDuty(**{**duty, "told": tuple(duty["told"])}) for duty in data.pop("duties"))
        addressees = tuple((office, role) for office, role in data.pop("addressees"))
        return cls(**{**data, "recipients": tuple(data["recipients"])}, addressees=addressees, duties=duties)


def office_title(office: str, role: Role, campaign: str) -> Said:
    """How a paper names an office: the leading group (领导小组) for a head, else its office (办公室)."""
    if role == "head":
        return Said(f"{office}{campaign}领导小组", f"the leading group of {office} for the census ({campaign})")
    return Said(f"{office}{campaign}领导小组办公室", f"the census office of {office} ({campaign})")
